//! Shells ask the program what may follow on a command line. `scripts/check-completions` types into
//! the shells themselves.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::fs;
use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;

use crate::runs::run;

/// What bash is told may follow the words, of which the last is being typed.
fn offered(words: &[&str], directory: &Path) -> Vec<String> {
    let output = Command::new(cargo_bin!("phantom-limit"))
        .args(["--", "phantom-limit"])
        .args(words)
        .env("PHANTOM_LIMIT_COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", words.len().to_string())
        .env("_CLAP_IFS", "\n")
        .current_dir(directory)
        .output()
        .unwrap();
    assert!(output.status.success(), "{words:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn options_values_phantoms_and_runs_complete_after_the_command() {
    let place = tempfile::tempdir().unwrap();
    let run = place.path().join("runs/first");
    fs::create_dir_all(&run).unwrap();
    fs::create_dir(place.path().join("runs/other")).unwrap();
    fs::write(run.join(".phantom-limit"), "").unwrap();
    fs::write(place.path().join("own.toml"), "").unwrap();
    fs::write(place.path().join("scan.png"), "").unwrap();
    for (words, expected) in [
        (&["calib"][..], &["calibrate"][..]),
        (&["calibrate", "--repl"], &["--replicates"]),
        (&["calibrate", "ct-head", "--preset", "s"], &["smoke", "standard"]),
        (&["calibrate", "ct-head", "--codec", "jpeg,jpeg20"], &["jpeg,jpeg2000"]),
        (&["demo", "--color", "al"], &["always"]),
        (&["show", "ct-he"], &["ct-head"]),
        (&["show", "ow"], &["own.toml"]),
        (&["show", "sc"], &[]),
        (&["compress", "sc"], &["scan.png"]),
        (&["decide", "runs/f"], &["runs/first/"]),
        (&["explore", "--run", "runs/f"], &["runs/first/"]),
    ] {
        assert_eq!(offered(words, place.path()), expected, "{words:?}");
    }
}

#[test]
fn every_shell_has_a_script_that_asks() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = String::from_utf8(run(&["completions", shell]).stdout).unwrap();
        let asks = script.contains("PHANTOM_LIMIT_COMPLETE") && script.contains("phantom-limit");
        assert!(asks, "{shell}: {script}");
    }
}
