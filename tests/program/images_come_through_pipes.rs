//! `-` takes an image from standard input; `--dry-run` says what would be done and does nothing.

#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin;

use crate::image_files::png;
use crate::runs::{refused, run, text};

fn piped(arguments: &[&str], bytes: &[u8]) -> std::process::Output {
    Command::new(cargo_bin!("phantom-limit")).args(arguments).write_stdin(bytes).output().unwrap()
}

#[test]
fn an_image_on_standard_input_is_measured_as_its_file_is() {
    let place = tempfile::tempdir().unwrap();
    let bytes = png(64, &(0..4096).map(|at| at * 7 % 4096).collect::<Vec<u16>>(), 16);
    let file = place.path().join("scan.png");
    std::fs::write(&file, &bytes).unwrap();
    let levels = ["--bits-stored", "12", "--ratio", "4,8", "--json"];
    let from_file = run(&[&["compress", text(&file)][..], &levels].concat());
    let from_pipe = piped(&[&["compress", "-"][..], &levels].concat(), &bytes);
    assert!(from_pipe.status.success(), "{from_pipe:?}");
    let unnamed = |out: &[u8]| -> Vec<serde_json::Value> {
        let lines = std::str::from_utf8(out).unwrap().lines();
        lines
            .map(|line| {
                let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
                let fields = line.as_object_mut().unwrap();
                fields.remove("input");
                fields.remove("object");
                line
            })
            .collect()
    };
    assert_eq!(unnamed(&from_pipe.stdout).len(), 2);
    assert_eq!(unnamed(&from_pipe.stdout), unnamed(&from_file.stdout));
    assert!(String::from_utf8_lossy(&from_pipe.stdout).contains("\"input\":\"-\""));
}

#[test]
fn what_is_no_image_on_standard_input_is_said() {
    for (bytes, phrase) in [(&b""[..], "standard input is empty"), (b"no image", "not a PNG")] {
        let out = piped(&["compress", "-", "--ratio", "4"], bytes);
        let message = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(2), "{message}");
        assert!(message.contains(phrase), "{message}");
    }
    refused(&["compress", "-", "-", "--ratio", "4"], 2, &["write `-` once"]);
}

#[test]
fn a_dry_run_says_what_would_be_done_and_writes_nothing() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let (head, out_text) = ("ct-head", text(&out));
    let compress =
        ["compress", head, "--count", "5", "--codec", "jpeg2000,jpeg", "--ratio", "5,10"];
    let said = run(&[&compress[..], &["--out", out_text, "--dry-run"]].concat());
    let said = String::from_utf8(said.stdout).unwrap();
    for phrase in ["5 images: ct-head/0, ", "jpeg2000 (", "jpeg (own", "5:1", "10:1", out_text] {
        assert!(said.contains(phrase), "{phrase}: {said}");
    }
    let generate = ["generate", head, "--count", "20", "--format", "coco,dicom", "--compress"];
    let said = run(&[&generate[..], &["jpeg2000@10", "--out", out_text, "--dry-run"]].concat());
    let said = String::from_utf8(said.stdout).unwrap();
    for phrase in [
        "20 images of ct-head would be in ",
        "14 train, 2 tune, 4 test",
        "png, dicom, coco",
        "jpeg2000-10",
    ] {
        assert!(said.contains(phrase), "{phrase}: {said}");
    }
    assert!(!out.exists());
    // What could not be done is an error of a dry run, too.
    refused(&["compress", "nothing.png", "--ratio", "5", "--dry-run"], 2, &["nothing.png"]);
}
