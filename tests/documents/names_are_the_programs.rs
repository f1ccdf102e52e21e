//! Commands, formats, keys, presets, phantoms and modules in the book are those of the program.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::fs;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use phantom_limit::phantom::library;
use phantom_limit::study::{Changes, Plan, Preset};

use crate::pages::root;

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn printed(arguments: &[&str]) -> String {
    let output = Command::new(cargo_bin!("phantom-limit")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Code spans of a line.
fn spans(line: &str) -> Vec<&str> {
    line.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_command_is_described() {
    let page = text("docs/commands.md");
    let help = printed(&["--help"]);
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = list.lines().filter_map(|line| line.split_whitespace().next());
    let names: Vec<&str> = names.filter(|name| *name != "help").collect();
    assert!(names.len() >= 12, "{names:?}");
    for name in names {
        assert!(page.contains(&format!("phantom-limit {name}")), "{name} is not described");
    }
}

#[test]
fn every_dataset_format_is_described() {
    let page = text("docs/datasets.md");
    let help = printed(&["generate", "--help"]);
    let formats = help.split("--format").nth(1).unwrap().split("[default").next().unwrap();
    let names =
        formats.lines().filter_map(|line| line.trim().strip_prefix("- ")?.split(':').next());
    let names: Vec<&str> = names.collect();
    assert!(names.len() >= 9, "{names:?}");
    for name in names {
        assert!(page.contains(&format!("`{name}`")), "{name} is not described");
    }
}

#[test]
fn every_phantom_is_described() {
    let page = text("docs/phantoms.md");
    let missing: Vec<String> = library::all()
        .map(|file| file.id())
        .filter(|id| !page.contains(&format!("`{id}`")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn presets_are_as_large_as_the_table_says() {
    let page = text("docs/getting-started.md");
    let head = library::embedded("ct-head").unwrap();
    for preset in Preset::ALL {
        let phantom = head.phantom().unwrap();
        let changes = Changes { preset: Some(preset), ..Changes::default() };
        let plan = Plan::new(&phantom, head.source, &changes, "avx2").unwrap();
        let row = page.lines().find(|line| line.starts_with(&format!("| `{}`", preset.name())));
        let cells: Vec<&str> = row.unwrap().split('|').map(str::trim).collect();
        let sizes = [plan.replicates.to_string(), plan.test_images.to_string()];
        assert_eq!(cells[2..4], sizes, "{}", preset.name());
    }
}

#[test]
fn a_line_of_compress_has_the_keys_that_are_listed() {
    let line = printed(&["compress", "contrast-detail", "--ratio", "10", "--json"]);
    let page = text("docs/own-images.md");
    let listed = page.lines().find(|line| line.starts_with("Each JSON line has")).unwrap();
    // In the order of the text: a parsed object would not keep it.
    let mut rest = line.as_str();
    for key in spans(listed) {
        let quoted = format!("\"{key}\":");
        let at = rest.find(&quoted).unwrap_or_else(|| panic!("no {key} in its place in {line}"));
        rest = &rest[at + quoted.len()..];
    }
    let keys = serde_json::from_str::<serde_json::Value>(&line).unwrap();
    assert_eq!(keys.as_object().unwrap().len(), spans(listed).len(), "{line}");
}

#[test]
fn keys_of_results_that_are_named_are_fields() {
    let mut fields = String::new();
    let record = root().join("src/record");
    for file in fs::read_dir(record).unwrap() {
        fields.push_str(&fs::read_to_string(file.unwrap().path()).unwrap());
    }
    let page = text("docs/method.md");
    let table = page.split("| key | content |").nth(1).unwrap().lines().skip(2);
    let rows: Vec<&str> = table.take_while(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 8, "{rows:?}");
    for row in rows {
        for key in spans(row.split('|').nth(1).unwrap()) {
            for word in key.split('.').filter(|word| !word.is_empty()) {
                assert!(fields.contains(&format!("pub {word}:")), "`{key}` is no key of results");
            }
        }
    }
}

/// Modules that a `lib.rs` lists, in order.
fn modules(path: &str) -> Vec<String> {
    let source = text(path);
    let names = source.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    names.map(str::to_owned).collect()
}

#[test]
fn rooms_of_the_architecture_are_the_modules_in_their_order() {
    let page = text("docs/architecture.md");
    let table = page.split("| module | holds |").nth(1).unwrap().lines().skip(2);
    let rows = table.take_while(|line| line.starts_with("| `"));
    let rooms: Vec<&str> = rows.filter_map(|line| spans(line).first().copied()).collect();
    assert_eq!(rooms, [modules("src/engine/lib.rs"), modules("src/lib.rs")].concat());
}
