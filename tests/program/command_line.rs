//! The program as a user meets it: results, exit codes, messages that help, nothing left behind,
//! and Ctrl-C.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::runs::{refused, run, text};
use assert_cmd::cargo::cargo_bin;

#[test]
fn the_version_holds_release_and_revision() {
    let version = String::from_utf8(run(&["--version"]).stdout).unwrap();
    let (release, revision) = version.trim().split_once(' ').unwrap().1.split_once(' ').unwrap();
    assert_eq!(release, env!("CARGO_PKG_VERSION"));
    assert_eq!(revision, format!("({})", phantom_limit::record::REVISION));
}

#[test]
fn list_and_schema() {
    let table = String::from_utf8(run(&["list"]).stdout).unwrap();
    assert!(table.contains("ct-head") && table.contains("CAR 12:1"), "{table}");
    let json: serde_json::Value = serde_json::from_slice(&run(&["list", "--json"]).stdout).unwrap();
    let all = json.as_array().unwrap();
    let head = all.iter().find(|one| one["id"] == "ct-head").unwrap();
    assert_eq!(head["bits_stored"], 12);
    for id in ["mr-brain", "mammography", "us", "shapes"] {
        assert!(all.iter().any(|one| one["id"] == id), "{id} is not listed");
    }
    let schema: serde_json::Value = serde_json::from_slice(&run(&["schema"]).stdout).unwrap();
    assert!(schema["oneOf"][0]["properties"]["matrix"].is_object());
}

#[test]
fn mistakes_are_explained_and_leave_nothing() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let out = text(&out);
    let calibrate = |phantom: &str, more: &[&str], phrases: &[&str]| {
        let mut arguments = vec!["calibrate", phantom, "--out", out];
        arguments.extend_from_slice(more);
        refused(&arguments, 2, phrases);
        assert!(!Path::new(out).exists(), "{arguments:?} left `{out}`");
    };
    calibrate("ct-haed", &[], &["ct-haed", "did you mean `ct-head`"]);
    calibrate("missing.toml", &[], &["missing.toml", "no such file"]);
    calibrate("ct-head", &["--ratio", "5,0.5"], &["0.5", "above 1"]);
    calibrate("ct-head", &["--ratio", "1"], &["above 1"]);
    calibrate("ct-head", &["--quality", "90"], &["jpeg2000", "quality 90", "--codec"]);
    let jpeg = ["--codec", "jpeg", "--quality"];
    calibrate("ct-head", &[&jpeg[..], &["30.5"]].concat(), &["jpeg", "quality 30.5"]);
    calibrate("ct-head", &[&jpeg[..], &["101"]].concat(), &["101", "up to 100"]);
    calibrate("ct-head", &["--psnr", "0"], &["PSNR of 0 dB"]);
    calibrate("ct-head", &["--bpp", "12"], &["12 bits per pixel", "--bpp 2,1,0.5"]);
    calibrate("ct-head", &["--ratio", "5", "--psnr", "40"], &["ratio and by psnr", "one of them"]);
    calibrate("ct-head", &["--margin", "2"], &["margin", "above 0 and below 1"]);
    calibrate("ct-head", &["--codec", "htj2k"], &["htj2k", "jpeg12"]);
    calibrate("ct-head", &["--replicates", "0"], &["--replicates", "1 to"]);
    let grows = ["--until-decided", "--replicates", "10", "--max-looks"];
    calibrate("ct-head", &grows[..1], &["5 networks cannot grow", "--replicates 15"]);
    calibrate("ct-head", &[&grows[..], &["6"]].concat(), &["--max-looks", "2 to 5"]);
    calibrate("ct-head", &["--max-looks", "3"], &["--until-decided"]);
    calibrate("ct-head", &["--preset", "huge"], &["huge", "standard"]);
    calibrate("ct-head", &["--kernel", "mmx"], &["mmx"]);

    let plan = |arguments: &[&str], phrases: &[&str]| {
        refused(&[&["plan"], arguments].concat(), 2, phrases);
    };
    plan(&[], &["<PHANTOM>"]);
    plan(&["ct-head", "--power", "0.4", "--out", out], &["power of 0.4", "above 0.5 and below 1"]);
    plan(&["ct-head", "--margin", "0", "--out", out], &["margin of 0", "above 0 and below 1"]);
    plan(&["ct-head", "--pilot", out], &["--pilot", "cannot be used with"]);
    plan(&["--pilot", out], &["out"]);

    let study = place.path().join("study.toml");
    let of_study = |content: &str, more: &[&str], phrases: &[&str]| {
        fs::write(&study, content).unwrap();
        let mut arguments = vec!["calibrate", "--study", text(&study), "--out", out];
        arguments.extend_from_slice(more);
        refused(&arguments, 2, phrases);
        assert!(!Path::new(out).exists(), "{arguments:?} left `{out}`");
    };
    let asks = "format = 1\nphantoms = [\"ct-head\"]\n";
    of_study("format = 1\nphantom = 1", &[], &["study.toml:2:1", "unknown field `phantom`"]);
    of_study(asks, &["--margin", "0.1"], &["--study", "--margin"]);
    of_study(asks, &["ct-head"], &["--study"]);
    of_study(&format!("{asks}ratios = [1]"), &[], &["above 1"]);
    of_study(&format!("{asks}qualities = [50]\nbpp = [1]"), &[], &["by quality and by bpp"]);
    of_study(
        &format!("{asks}regimes = [\"matched\"]\nmatched_ratios = [7]"),
        &[],
        &["7:1", "`matched_levels`", "`ratios`"],
    );
    of_study(&format!("{asks}looks = 3"), &[], &["5 networks cannot grow"]);
    of_study(asks, &["--until-decided"], &["--study", "--until-decided"]);
    of_study("format = 1\nphantoms = [\"none.toml\"]", &[], &["none.toml", "no such file"]);

    let wrong = place.path().join("wrong.toml");
    let source = include_str!("../phantom/small.toml").replace("sigma_hu", "sigma_hounsfield");
    fs::write(&wrong, source).unwrap();
    let message = refused(&["calibrate", text(&wrong), "--out", out], 2, &["sigma_hu"]);
    assert!(message.contains("wrong.toml:35:1"), "{message}");
    assert!(!Path::new(out).exists());
}

#[test]
fn phantom_files_extend_files_beside_them() {
    let place = tempfile::tempdir().unwrap();
    let file = |name: &str, source: &str| {
        let path = place.path().join(name);
        fs::write(&path, source).unwrap();
        path.to_str().unwrap().to_owned()
    };
    file("base.toml", include_str!("../phantom/small.toml"));
    let child = file("child.toml", "extends = \"base.toml\"\nid = \"child\"\n");
    let out = place.path().join("out");
    let output = run(&["generate", &child, "--count", "1", "--out", text(&out)]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // What is kept beside the images needs no other file.
    let request = fs::read_to_string(out.join("dataset.json")).unwrap();
    let request: serde_json::Value = serde_json::from_str(&request).unwrap();
    let whole = request["phantom_source"].as_str().unwrap();
    assert!(whole.contains("[acquisition.ct]") && !whole.contains("extends"), "{whole}");

    let refused_file = |source: &str, phrases: &[&str]| {
        let path = file("wrong.toml", source);
        let out = place.path().join("none");
        refused(&["generate", &path, "--out", text(&out)], 2, phrases);
        assert!(!out.exists());
    };
    refused_file("extends = \"bas.toml\"\n", &["wrong.toml:1:11", "no file `bas.toml`", "library"]);
    refused_file("extends = \"wrong.toml\"\n", &["extend one another", "wrong.toml"]);
    refused_file("extends = \"base.toml\"\nid = \"a/b\"\n", &["wrong.toml:2:6", "`id`"]);
}

#[test]
fn directories_of_others_are_left_alone() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("thesis.tex"), "years of work").unwrap();
    let directory = text(place.path());
    for command in ["calibrate", "generate"] {
        refused(&[command, "ct-head", "--out", directory], 2, &[directory, "another --out"]);
    }
    for command in ["limit", "report", "verify"] {
        refused(&[command, directory], 2, &[directory]);
    }
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
    // Below a file nothing can be made: unwritable even for root.
    let below = place.path().join("thesis.tex/out");
    refused(&["generate", "ct-head", "--out", text(&below)], 1, &["cannot create", "thesis.tex"]);
}

#[test]
fn a_dataset_is_written_continued_and_verified() {
    let place = tempfile::tempdir().unwrap();
    let phantom = place.path().join("small.toml");
    fs::write(&phantom, include_str!("../phantom/small.toml")).unwrap();
    let out = place.path().join("set");
    let generate = |count: &str, out: &Path| {
        run(&["generate", text(&phantom), "--count", count, "--out", text(out), "--quiet"])
    };
    assert!(generate("130", &out).status.success());
    let lines = fs::read_to_string(out.join("train/metadata.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), 91);
    for line in lines.lines() {
        let truth: serde_json::Value = serde_json::from_str(line).unwrap();
        let image = out.join("train").join(truth["file_name"].as_str().unwrap());
        assert!(image.exists());
    }
    // The 16-bit PNG holds the stored values of the NPY file: header 128 bytes, then <u2.
    let npy = fs::read(out.join("train/000003.npy")).unwrap();
    let values: Vec<u16> =
        npy[128..].chunks_exact(2).map(|w| u16::from_le_bytes([w[0], w[1]])).collect();
    let png = image::open(out.join("train/000003.png")).unwrap().into_luma16();
    assert_eq!(png.as_raw(), &values);
    // Masks hold the class + 1 exactly at the targets: as many islands as targets.
    let mask = image::open(out.join("train/000003.mask.png")).unwrap().into_luma8();
    let binary = image::GrayImage::from_fn(128, 128, |x, y| {
        image::Luma([u8::from(mask.get_pixel(x, y)[0] > 0)])
    });
    let islands = imageproc::region_labelling::connected_components(
        &binary,
        imageproc::region_labelling::Connectivity::Eight,
        image::Luma([0]),
    );
    let truth: serde_json::Value = serde_json::from_str(lines.lines().nth(3).unwrap()).unwrap();
    let targets = truth["targets"].as_array().unwrap();
    let present = targets.iter().filter(|target| target["class"] != "absent").count();
    assert_eq!(islands.pixels().map(|pixel| pixel[0]).max(), Some(present as u32));

    assert!(run(&["verify", text(&out)]).status.success());
    assert!(generate("130", &out).status.success(), "a second run finds everything done");
    let again = generate("131", &out);
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8(again.stderr).unwrap().contains("--count differs"));

    // A larger dataset has the same images.
    let larger = place.path().join("larger");
    assert!(generate("200", &larger).status.success());
    for file in ["train/000090.npy", "tune/000012.npy", "test/000025.mask.png"] {
        assert_eq!(fs::read(out.join(file)).unwrap(), fs::read(larger.join(file)).unwrap());
    }

    fs::write(out.join("test/000001.npy"), "x").unwrap();
    fs::remove_file(out.join("tune/000002.png")).unwrap();
    fs::write(out.join("test/extra.txt"), "x").unwrap();
    let verify = run(&["verify", text(&out)]);
    assert_eq!(verify.status.code(), Some(3));
    let found = String::from_utf8(verify.stdout).unwrap();
    for line in ["changed  test/000001.npy", "missing  tune/000002.png", "unknown  test/extra.txt"]
    {
        assert!(found.contains(line), "{found}");
    }
}

#[cfg(unix)]
#[test]
fn control_c_stops_and_the_same_command_continues() {
    use std::os::unix::process::ExitStatusExt;

    let place = tempfile::tempdir().unwrap();
    let phantom = place.path().join("small.toml");
    fs::write(&phantom, include_str!("../phantom/small.toml")).unwrap();
    let command = |out: &Path| {
        let mut command = Command::new(cargo_bin!("phantom-limit"));
        command.args(["calibrate", text(&phantom), "--preset", "smoke", "--out", text(out)]);
        command.args(["--train-images", "12", "--test-images", "12", "--epochs", "3"]);
        command.args(["--ratio", "8,40"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let whole = place.path().join("whole");
    assert!(command(&whole).status().unwrap().success());
    let files = phantom_limit::files::listing(&whole).unwrap();

    let stopped = place.path().join("stopped");
    // How far a run has come is how many of its files are there: its time depends on the machine.
    let until = |share: f64, child: &mut Child| {
        let there = || phantom_limit::files::listing(&stopped).map_or(0, |found| found.len());
        // A file more than before: a process that has just begun takes no signal yet.
        let enough = (share * files.len() as f64).max(there() as f64 + 1.0);
        while child.try_wait().unwrap().is_none() && (there() as f64) < enough {
            std::thread::sleep(Duration::from_millis(2));
        }
    };
    let mut interrupted = 0;
    for share in [0.1, 0.3, 0.5] {
        let mut child = command(&stopped).spawn().unwrap();
        until(share, &mut child);
        // SIGINT through the shell's kill: the standard library sends SIGKILL only.
        let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        let asked = Instant::now();
        let status = child.wait().unwrap();
        if sent.success() && !status.success() {
            assert_eq!(status.signal(), None, "ended by the signal itself");
            assert_eq!(status.code(), Some(130));
            assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
            interrupted += 1;
        }
    }
    assert!(interrupted > 0, "the run was over before it could be interrupted");
    let mut killed = command(&stopped).spawn().unwrap();
    until(0.7, &mut killed);
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(command(&stopped).status().unwrap().success());

    assert_eq!(phantom_limit::files::listing(&stopped).unwrap(), files);
    for file in files.iter().filter(|file| *file != "provenance.json") {
        let (a, b) = (fs::read(whole.join(file)).unwrap(), fs::read(stopped.join(file)).unwrap());
        assert!(a == b, "{file} differs");
    }
    assert!(run(&["verify", text(&stopped), "--replay", "3"]).status.success());

    // Another criterion is stamped and leaves the run as it is.
    let limit = run(&["limit", text(&whole), "--margin", "0.1", "--json"]);
    let results: serde_json::Value = serde_json::from_slice(&limit.stdout).unwrap();
    assert_eq!(results["post_hoc"], true);
    assert!(run(&["verify", text(&whole)]).status.success());
    assert!(run(&["report", text(&whole)]).status.success());
    assert!(run(&["verify", text(&whole)]).status.success());
}

#[test]
fn own_answers_are_judged() {
    let folder = tempfile::tempdir().unwrap();
    let (table, out) = (folder.path().join("network.csv"), folder.path().join("out"));
    let mut csv = "image,patient,ratio,correct\n".to_owned();
    for (ratio, lost) in [("", 0), ("4:1", 0), ("8:1", 1), ("16:1", 10)] {
        for image in 0..600 {
            // 36 of 40 are right, and then `lost` less.
            let right = u8::from(image % 40 >= 4 + lost);
            csv += &format!("i{image},p{},{ratio},{right}\n", image / 2);
        }
    }
    fs::write(&table, &csv).unwrap();
    let arguments = ["limit", "--answers", text(&table), "--codec", "jpeg", "--bits-stored", "12"];
    let output = run(&[&arguments[..], &["--out", text(&out)]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("limit on this data set, not clinical advice"), "{said}");
    assert!(said.contains("networks per arm: 1, as themselves; patients: 300"), "{said}");
    let results: serde_json::Value =
        serde_json::from_slice(&fs::read(out.join("results.json")).unwrap()).unwrap();
    let levels = results["arms"][0]["levels"].as_array().unwrap();
    let verdicts: Vec<&str> = levels.iter().map(|it| it["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["PASS", "INCONCLUSIVE", "FAIL"]);
    assert!(out.join("results.csv").is_file() && out.join("accuracy.svg").is_file());
    // The same again, and no directory of others.
    assert!(run(&[&arguments[..], &["--out", text(&out)]].concat()).status.success());
    let foreign = [&arguments[..], &["--out", text(folder.path())]].concat();
    refused(&foreign, 2, &["limit"]);
    // JSON on the command line is that of the file.
    let json = run(&[&arguments[..], &["--json"]].concat()).stdout;
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&json).unwrap(), results);
    // What they say about one setting, with a page to sign.
    let sheet = folder.path().join("sheet.html");
    let setting = ["decide", text(&out), "--ratio", "4:1", "--codec", "jpeg"];
    let decided = run(&[&setting[..], &["--out", text(&sheet), "--site", "PACS 1"]].concat());
    let said = String::from_utf8(decided.stdout).unwrap().replace('\n', " ");
    assert!(said.contains("shown safe") && said.contains("limit on this data set"), "{said}");
    assert!(fs::read_to_string(&sheet).unwrap().contains("PACS 1"));
    let json = run(&["decide", text(&out), "--ratio", "16", "--codec", "jpeg", "--json"]).stdout;
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["arms"][0]["shown"], "lost");
    refused(&["decide", text(&out), "--ratio", "4"], 2, &["did not study jpeg2000", "jpeg"]);
    refused(&["decide", text(&out), "--ratio", "4:2", "--codec", "jpeg"], 2, &["8 or 8:1"]);
    refused(&["decide", text(folder.path()), "--ratio", "4"], 2, &["results.json", "finished run"]);
    refused(&["limit"], 2, &["--answers", "DIRECTORY"]);
    refused(&["limit", "--answers", text(&table)], 2, &["network.csv", "--codec"]);
    refused(&["limit", text(folder.path()), "--answers", text(&table)], 2, &["cannot be used"]);
    refused(&["limit", text(folder.path()), "--codec", "jpeg"], 2, &["cannot be used"]);
}

#[test]
fn the_shipped_limit_is_that_of_the_table_beside_the_phantom() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo");
    let shown = run(&["demo", "--out", text(&out)]);
    assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
    let said = String::from_utf8(shown.stdout).unwrap();
    assert!(said.starts_with("ct-head (standard): safe up to"), "{said}");
    assert!(said.lines().take(10).all(|line| line.len() <= 60), "{said}");
    let table = fs::read(out.join("results.csv")).unwrap();
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("phantoms/ct/head-results.csv");
    assert!(table == fs::read(beside).unwrap(), "the shipped results are of another run");
    assert!(fs::read_to_string(out.join("report.html")).unwrap().contains("data:image/png"));
    // It can be asked about a setting, shown again, and is no place for another run.
    assert!(run(&["decide", text(&out), "--ratio", "8"]).status.success());
    assert!(run(&["demo", "--out", text(&out)]).status.success());
    refused(&["calibrate", "us", "--out", text(&out)], 2, &["another plan"]);
    // Without a command the program says where to begin.
    let start = run(&[]);
    let said = String::from_utf8(start.stdout).unwrap();
    assert!(start.status.success() && said.contains("phantom-limit demo"), "{said}");
}
