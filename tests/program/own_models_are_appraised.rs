//! A network of PyTorch on images of its own: checked, put to the test, judged, to the verdicts that
//! PyTorch's own answers give.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;

use super::networks::hostile;

/// The files of `scripts/model_example.py`.
const FILES: [&str; 3] = ["finder.onnx", "finder.toml", "finder.npz"];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/model")
}

fn run(place: &Path, arguments: &[&str]) -> Output {
    Command::new(cargo_bin!("phantom-limit")).current_dir(place).args(arguments).output().unwrap()
}

fn done(place: &Path, arguments: &[&str]) -> String {
    let output = run(place, arguments);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {message}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs, and expects the exit code and a phrase in the message.
fn refused(place: &Path, arguments: &[&str], code: i32, phrase: &str) {
    let output = run(place, arguments);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {message}");
    assert!(message.contains(phrase), "{arguments:?}: no `{phrase}` in: {message}");
}

/// Slices as if they were of an archive, with targets drawn into them, and the files of the network.
fn images(place: &Path, count: &str) {
    for file in FILES {
        fs::copy(source().join(file), place.join(file)).unwrap();
    }
    let [slices, targets] = ["slices.toml", "targets.toml"].map(|file| source().join(file));
    let [slices, targets] = [&slices, &targets].map(|path| path.to_str().unwrap());
    done(place, &["generate", slices, "--count", count, "--format", "dicom", "--out", "slices"]);
    let insert =
        ["insert", "slices/test", "--targets", targets, "--mtf50", "0.4", "--range", "20..50"];
    let more = ["--per-image", "1", "--format", "npy", "--out", "hybrid"];
    done(place, &[&insert[..], &more].concat());
}

const CALIBRATE: [&str; 13] = [
    "calibrate",
    "hybrid/labels.csv",
    "--model",
    "finder.toml",
    "--codec",
    "jpeg2000",
    "--ratio",
    "4,8,16,32",
    "--bits-stored",
    "12",
    "--quiet",
    "--out",
    "run",
];
const CHECK: [&str; 5] = ["model", "check", "finder.toml", "--example", "finder.npz"];

/// Rows of a table as `(image, level) → score`, in order.
fn scores(csv: &str) -> Vec<(String, f64)> {
    let mut lines = csv.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let column = |name: &str| header.iter().position(|it| *it == name).unwrap();
    let (image, level, score) = (column("image"), column("level"), column("score"));
    let mut rows: Vec<(String, f64)> = lines
        .map(|line| {
            let values: Vec<&str> = line.split(',').collect();
            (format!("{}@{}", values[image], values[level]), values[score].parse().unwrap())
        })
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    rows
}

/// What is concluded at each level, and the limit.
fn verdicts(results: &Path) -> String {
    let results: serde_json::Value = serde_json::from_slice(&fs::read(results).unwrap()).unwrap();
    let arm = &results["arms"][0];
    let levels = arm["levels"].as_array().unwrap().iter();
    let said: Vec<String> = levels.map(|level| level["verdict"].to_string()).collect();
    format!("{} {} {}", said.join(" "), arm["limit"]["kind"], arm["limit"]["passed"]["target"])
}

#[test]
fn answers_and_verdicts_are_those_of_pytorch() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    images(place, "500");
    refused(place, &CALIBRATE, 2, "has not been compared with its owner's own output");
    let checked = done(place, &CHECK);
    assert!(checked.contains("passed: finder.check.json"), "{checked}");
    let said = done(place, &CALIBRATE);
    for phrase in ["on this data set", "ms of a core per image", "codec ", "model "] {
        assert!(said.contains(phrase), "no `{phrase}` in {said}");
    }

    // PyTorch 2.15.0 on the same decoded images, by scripts/model_example.py.
    let theirs = scores(&fs::read_to_string(source().join("answers.csv")).unwrap());
    let ours = scores(&fs::read_to_string(place.join("run/answers.csv")).unwrap());
    assert_eq!(ours.len(), theirs.len());
    let mut most = 0.0_f64;
    for ((place, score), (other, expected)) in ours.iter().zip(&theirs) {
        assert_eq!(place, other);
        most = most.max((score - expected).abs());
    }
    assert!(most < 1e-4, "the largest difference is {most}");

    let answers = source().join("answers.csv");
    let limit = ["limit", "--answers", answers.to_str().unwrap(), "--codec", "jpeg2000"];
    done(place, &[&limit[..], &["--bits-stored", "12", "--out", "theirs"]].concat());
    let of_pytorch = verdicts(&place.join("theirs/results.json"));
    assert_eq!(verdicts(&place.join("run/results.json")), of_pytorch);
    assert!(of_pytorch.contains("PASS") && of_pytorch.contains("FAIL"), "{of_pytorch}");

    let page = fs::read_to_string(place.join("run/report.html")).unwrap();
    assert!(page.contains("on this data set") && !page.contains("drawn phantom"));
    let certificate = place.join("run/certificates/classification-jpeg2000-native-original.json");
    let certificate = fs::read_to_string(certificate).unwrap();
    assert!(certificate.contains("limit on this data set"), "{certificate}");
    done(place, &["verify", "run"]);
    done(place, &["verify", "hybrid"]);
    let limit = done(place, &["limit", "run"]);
    assert!(said.contains(&limit), "{limit}");
    refused(place, &["limit", "run", "--margin", "0.05"], 2, "limit --answers run/answers.csv");
    assert!(done(place, &["decide", "run", "--ratio", "4"]).contains("SAFE"));

    // What is done is not done again, and fewer threads give the same bytes.
    fs::remove_file(place.join("run/images/000003.json")).unwrap();
    let before = fs::read(place.join("run/manifest.json")).unwrap();
    done(place, &[&CALIBRATE[..], &["--jobs", "1"]].concat());
    assert_eq!(fs::read(place.join("run/manifest.json")).unwrap(), before);
    refused(place, &[&CALIBRATE[..], &["--alpha", "0.05"]].concat(), 2, "choose another --out");
}

#[test]
fn no_model_runs_that_is_not_as_it_was_checked() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    images(place, "20");
    done(place, &CHECK);
    let text = fs::read_to_string(place.join("finder.toml")).unwrap();
    let write = |text: &str| fs::write(place.join("finder.toml"), text).unwrap();
    write(&text.replace("bilinear-antialias", "bilinear"));
    refused(place, &CALIBRATE, 2, "is of another model file, ONNX file or engine");
    refused(place, &CHECK, 3, "does not do what its owner's program does");
    assert!(!place.join("finder.check.json").exists());
    write(&text.replace("sha256 = \"", "sha256 = \"00"));
    refused(place, &CHECK, 2, "64 hexadecimal digits");
    write(&text.replace("\"present\"", "\"presence\""));
    done(place, &CHECK);
    refused(place, &CALIBRATE, 2, "did you mean `presence`");
    write(&text);
    done(place, &CHECK);
    for (more, phrase) in [
        (["--replicates", "3"], "nothing trained"),
        (["--path", "windowed"], "takes other values"),
        (["--model", "finder.toml"], "rename one"),
    ] {
        refused(place, &[&CALIBRATE[..], &more].concat(), 2, phrase);
    }
    assert!(!place.join("run").exists());
    // Four patients are too few for a limit, and that is said.
    let said = done(place, &CALIBRATE);
    assert!(said.contains("20"), "{said}");
    let folder = place.join("run/certificates");
    assert!(!folder.exists());
}

#[test]
fn hostile_networks_end_in_a_message() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    for file in FILES {
        fs::copy(source().join(file), place.join(file)).unwrap();
    }
    let text = fs::read_to_string(place.join("finder.toml")).unwrap();
    let plain = |line: &&str| !line.starts_with("name") && !line.starts_with("sha256");
    let text: String = text.lines().filter(plain).map(|line| format!("{line}\n")).collect();
    fs::write(place.join("finder.toml"), text).unwrap();
    for (name, bytes, phrase) in hostile() {
        fs::write(place.join("finder.onnx"), bytes).unwrap();
        let begun = Instant::now();
        refused(place, &CHECK, 2, phrase);
        // Two seconds of a core; the machine may be busy.
        assert!(begun.elapsed() < Duration::from_secs(10), "{name}: {:?}", begun.elapsed());
    }
}
