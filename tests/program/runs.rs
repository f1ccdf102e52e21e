//! Runs the program as its users do.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::path::Path;
use std::process::{Command, Output};

use assert_cmd::cargo::cargo_bin;

pub(crate) fn run(arguments: &[&str]) -> Output {
    Command::new(cargo_bin!("phantom-limit")).args(arguments).output().unwrap()
}

/// Runs and expects the exit code, no result, and every phrase in the message, which it gives.
pub(crate) fn refused(arguments: &[&str], code: i32, phrases: &[&str]) -> String {
    let output = run(arguments);
    let message = said(&output, code, phrases, arguments);
    assert!(output.stdout.is_empty(), "{arguments:?} printed a result");
    message
}

/// Runs and expects the exit code, whatever was printed before it, and every phrase in the message.
pub(crate) fn ended(arguments: &[&str], code: i32, phrases: &[&str]) {
    said(&run(arguments), code, phrases, arguments);
}

fn said(output: &Output, code: i32, phrases: &[&str], arguments: &[&str]) -> String {
    let message = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {message}");
    for phrase in phrases {
        assert!(message.contains(phrase), "{arguments:?}: no `{phrase}` in: {message}");
    }
    message
}

/// Runs, expects success, and gives what it printed.
pub(crate) fn done(arguments: &[&str]) -> String {
    let output = run(arguments);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {message}");
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
