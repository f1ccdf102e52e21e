//! Commands of the documents run, and what they are said to print and to write is there.
//!
//! A page is one temporary directory, its blocks in order:
//!
//! - `toml file:NAME` (or another language) writes the block to a file;
//! - `sh run` runs each line, with `exit:CODE` (0 if not given), `creates:FILE,FILE`, and
//!   `needs:FILE,FILE` of the repository, which are put beside it first;
//! - `console` runs the lines after `$ ` and finds every other line in what they print;
//! - `sh REASON` does not run, and says why: its commands are only checked for their options.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use assert_cmd::cargo::cargo_bin;

use crate::pages::{Block, Page, all};

/// Why a block is not run.
const REASONS: [&str; 5] = ["minutes", "server", "build", "your-files", "tools"];

/// Lines of a block, continued ones joined, without remarks and empty ones.
fn commands(block: &Block) -> Vec<String> {
    let joined = block.text.replace("\\\n", " ");
    let bare = joined.lines().map(|line| line.split(" #").next().unwrap_or(line).trim());
    bare.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

/// Words of a command line; single and double quotes hold a word together.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for character in line.chars() {
        match quote {
            Some(open) if open == character => quote = None,
            None if matches!(character, '\'' | '"') => quote = Some(character),
            None if character == ' ' => words.push(std::mem::take(&mut word)),
            _ => word.push(character),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

fn run(line: &str, place: &str, directory: &Path) -> Output {
    let words = words(line);
    assert_eq!(words[0], "phantom-limit", "{place}: only the program itself is run");
    let mut command = Command::new(cargo_bin!("phantom-limit"));
    command.args(&words[1..]).current_dir(directory).output().unwrap()
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

/// Runs a page and returns how many commands that were.
fn run_page(page: &Page) -> usize {
    let directory = tempfile::tempdir().unwrap();
    let mut count = 0;
    for block in page.blocks() {
        let place = format!("{}:{}", page.path.display(), block.line);
        if let Some(file) = block.value("file") {
            fs::write(directory.path().join(file), &block.text).unwrap();
        }
        for file in block.value("needs").unwrap_or("").split(',').filter(|it| !it.is_empty()) {
            let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
            fs::copy(&source, directory.path().join(source.file_name().unwrap())).unwrap();
        }
        if block.is("sh") && block.has("run") {
            let code = block.value("exit").map_or(0, |code| code.parse().unwrap());
            for line in commands(&block) {
                let output = run(&line, &place, directory.path());
                assert_eq!(output.status.code(), Some(code), "{place}: {line}\n{}", said(&output));
                count += 1;
            }
            for file in block.value("creates").unwrap_or("").split(',').filter(|it| !it.is_empty())
            {
                assert!(directory.path().join(file).exists(), "{place}: there is no {file}");
            }
        } else if block.is("console") {
            count += run_console(&block, &place, directory.path());
        }
    }
    count
}

fn run_console(block: &Block, place: &str, directory: &Path) -> usize {
    let mut printed = String::new();
    let (mut count, mut expected) = (0, 0);
    for line in block.text.lines().filter(|line| !line.is_empty() && *line != "…") {
        if let Some(command) = line.strip_prefix("$ ") {
            printed = said(&run(command, place, directory));
            count += 1;
        } else {
            let there = printed.lines().any(|it| it.trim_end() == line.trim_end());
            assert!(there, "{place}: `{line}` is not printed, but:\n{printed}");
            expected += 1;
        }
    }
    assert!(count > 0 && expected > 0, "{place}: a console block shows a command and its output");
    count
}

#[test]
fn marked_commands_run() {
    let pages = all();
    let runs = |page: &&Page| {
        page.blocks().iter().any(|it| it.is("console") || it.is("sh") && it.has("run"))
    };
    let count: usize = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (pages.iter().filter(runs)).map(|page| scope.spawn(move || run_page(page))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert!(count >= 15, "{count} commands");
}

#[test]
fn every_shell_block_runs_or_says_why_not() {
    for page in all() {
        for block in page.blocks().iter().filter(|block| block.is("sh")) {
            let reasons = REASONS.iter().filter(|reason| block.has(reason)).count();
            let runs = usize::from(block.has("run"));
            let place = format!("{}:{}", page.path.display(), block.line);
            assert_eq!(reasons + runs, 1, "{place}: mark it `run` or with one of {REASONS:?}");
        }
    }
}

#[test]
fn commands_that_do_not_run_have_only_options_that_exist() {
    let mut help: BTreeMap<String, String> = BTreeMap::new();
    let mut seen = 0;
    for page in all() {
        for block in page.blocks().iter().filter(|it| it.is("sh") && !it.has("run")) {
            for line in commands(block) {
                let line = line.replace("cargo run --release --", "phantom-limit");
                let words = words(&line);
                if words[0] != "phantom-limit" || words.len() < 2 {
                    continue;
                }
                let place = format!("{}:{}: {line}", page.path.display(), block.line);
                // A command, or the command of a command.
                let named = if words[1] == "model" { &words[1..3] } else { &words[1..2] };
                let text = help.entry(named.join(" ")).or_insert_with(|| {
                    let mut command = Command::new(cargo_bin!("phantom-limit"));
                    let output = command.args(named).arg("--help").output().unwrap();
                    assert!(output.status.success(), "{place}: {}", said(&output));
                    said(&output)
                });
                let listed: Vec<&str> =
                    text.split(|c: char| !(c.is_alphanumeric() || c == '-')).collect();
                for option in words.iter().filter(|word| word.starts_with("--")) {
                    let name = option.split('=').next().unwrap_or(option);
                    assert!(listed.contains(&name), "{place}: there is no {name}");
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 10, "{seen} options");
}
