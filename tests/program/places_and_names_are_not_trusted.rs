//! Pipes and devices in place of files, sides that no codec takes, names that steer a terminal, files
//! that are no phantoms: said and refused.
#![cfg(unix)]

use std::fs;
use std::process::Command;

use crate::image_files::png;
use crate::runs::{refused, run, text};

#[test]
fn pipes_and_devices_are_no_files() {
    let place = tempfile::tempdir().unwrap();
    let pipe = place.path().join("pipe.dcm");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in [text(&pipe), "/dev/zero"] {
        refused(&["compress", path, "--ratio", "10"], 2, &[path, "a pipe or a device", "a file"]);
    }
    // In a folder they are passed over.
    fs::write(place.path().join("a.png"), png(16, &[7; 256], 16)).unwrap();
    let listed = run(&["compress", text(place.path()), "--ratio", "2"]);
    let message = String::from_utf8(listed.stderr).unwrap();
    assert!(listed.status.success() && message.contains("pipe.dcm"), "{message}");
}

#[test]
fn an_image_of_one_long_row_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let long = place.path().join("long.png");
    fs::write(&long, png(70_000, &[7; 70_000], 16)).unwrap();
    let phrases = ["long.png", "1×70000", "65535", "cut the image"];
    refused(&["compress", text(&long), "--ratio", "10"], 2, &phrases);
}

#[test]
fn names_do_not_steer_the_terminal() {
    let place = tempfile::tempdir().unwrap();
    let name = place.path().join("red\u{1b}[31m.png");
    fs::write(&name, "no image").unwrap();
    let message = refused(&["compress", text(&name), "--ratio", "10"], 2, &["red\\u{1b}[31m.png"]);
    assert!(!message.contains('\u{1b}'), "{message:?}");
    fs::write(&name, png(16, &(0..256).collect::<Vec<u16>>(), 16)).unwrap();
    let table = run(&["compress", text(&name), "--ratio", "2"]);
    assert!(table.status.success() && !table.stdout.contains(&0x1B), "{table:?}");
}

#[test]
fn a_phantom_extends_phantoms_only() {
    let place = tempfile::tempdir().unwrap();
    let (secret, phantom) = (place.path().join("secret"), place.path().join("phantom.toml"));
    fs::write(&secret, "a word that is nobody's business").unwrap();
    fs::write(&phantom, "format = 1\nextends = \"secret\"\n").unwrap();
    let message = refused(&["show", text(&phantom)], 2, &["secret", ".toml"]);
    assert!(!message.contains("nobody"), "{message}");
    fs::write(&phantom, b"format = 1 # \xFF").unwrap();
    refused(&["show", text(&phantom)], 2, &["phantom.toml", "byte 13", "UTF-8"]);
}
