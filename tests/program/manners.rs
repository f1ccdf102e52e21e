//! How the program speaks: colours, quiet, and what it names first.

use std::fs;
use std::process::{Command, Output};

use assert_cmd::cargo::cargo_bin;

use crate::runs::{refused, run, text};

const PHANTOM: &str = include_str!("../phantom/small.toml");
/// What begins every colour (ECMA-48).
const ESCAPE: u8 = 0x1b;

fn has_colours(bytes: &[u8]) -> bool {
    bytes.contains(&ESCAPE)
}

#[test]
fn colours_come_where_they_are_asked_for_and_say_nothing_alone() {
    let place = tempfile::tempdir().unwrap();
    let shipped = place.path().join("shipped");
    assert!(run(&["demo", "--out", text(&shipped)]).status.success());
    let decide = ["decide", text(&shipped), "--ratio", "12"];
    let with = |more: &[&str]| run(&[&decide[..], more].concat()).stdout;
    let (plain, coloured) = (with(&[]), with(&["--color", "always"]));
    // Neither is a terminal.
    assert!(!has_colours(&plain) && has_colours(&coloured));
    assert_eq!(with(&["--color=never"]), plain);
    let codes = ["\u{1b}[32m", "\u{1b}[33m", "\u{1b}[31m", "\u{1b}[0m"];
    let bare =
        codes.iter().fold(String::from_utf8(coloured).unwrap(), |it, code| it.replace(code, ""));
    assert_eq!(bare.as_bytes(), plain);
    // Messages too, also of words that are not understood.
    for words in [&["limit", "nowhere"][..], &["limmit"]] {
        let said = |color: &str| run(&[&[color], words].concat()).stderr;
        assert!(has_colours(&said("--color=always")), "{words:?}");
        assert!(!has_colours(&said("--color=never")), "{words:?}");
    }
}

#[test]
fn quiet_leaves_progress_out_and_not_errors() {
    let place = tempfile::tempdir().unwrap();
    let phantom = place.path().join("small.toml");
    fs::write(&phantom, PHANTOM).unwrap();
    let generate = |name: &str, more: &[&str]| -> Output {
        let out = place.path().join(name);
        let words = ["generate", text(&phantom), "--count", "1", "--out", text(&out)];
        Command::new(cargo_bin!("phantom-limit")).args(words).args(more).output().unwrap()
    };
    assert!(!generate("loud", &[]).stderr.is_empty());
    for quiet in ["-q", "--quiet"] {
        let output = generate(quiet, &[quiet]);
        assert!(output.status.success() && output.stderr.is_empty(), "{quiet}");
    }
    refused(&["limit", "nowhere", "-q"], 2, &["nowhere"]);
}

#[test]
fn a_missing_file_is_named_before_missing_levels() {
    let message = refused(&["compress", "nowhere.png"], 2, &["nowhere.png", "no such file"]);
    assert!(!message.contains("level"), "{message}");
}
