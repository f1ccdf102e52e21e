//! A module uses only modules that stand above it, in `src/engine/lib.rs` or in `src/lib.rs`, which
//! goes on from there; and effects stay in the modules that own them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The binary's modules: they may use everything.
const BINARY: [&str; 2] = ["main", "cli"];

/// Owners of paths, files, the clock and the environment.
const OWNERS_OF_FILES: [&str; 7] =
    ["files", "import", "export", "store", "study", "calibrate", "explore"];

/// What only they and the binary may name.
const FILE_EFFECTS: [&str; 4] = ["std::time", "std::env", "std::path", "std::fs"];

/// Modules that take values and return values.
const PURE: [&str; 14] = [
    "units",
    "rng",
    "image",
    "stats",
    "phantom",
    "scene",
    "acquisition",
    "dataset",
    "metric",
    "resampling",
    "measurement",
    "record",
    "limit",
    "report",
];

/// What these may not name, besides [`FILE_EFFECTS`].
const IMPURE: [&str; 6] =
    ["std::thread", "std::process", "std::net", "std::io::stdin", "std::io::stdout", "rayon"];

#[test]
fn modules_use_only_modules_above_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let engine = root.join("engine");
    let listed = |folder: &Path| module_order(&fs::read_to_string(folder.join("lib.rs")).unwrap());
    let order = [listed(&engine), listed(&root)].concat();
    assert!(order.len() > 20, "src/lib.rs and src/engine/lib.rs list {order:?}");
    let mut found = Vec::new();
    for file in source_files(&root) {
        let relative = file.strip_prefix(&engine).or_else(|_| file.strip_prefix(&root)).unwrap();
        let place = ModulePath::of(relative);
        if relative == Path::new("lib.rs")
            || is_test_module(if file.starts_with(&engine) { &engine } else { &root }, relative)
        {
            continue;
        }
        let source = fs::read_to_string(&file).unwrap();
        let whole = file.strip_prefix(&root).unwrap();
        for wrong in violations(&place, &source, &order) {
            found.push(format!("src/{}: {wrong}", whole.display()));
        }
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// Where a source file stands in the tree of modules.
struct ModulePath {
    /// Top-level module.
    top: String,
    /// Number of `super` from inside that lead to the crate's root.
    depth: usize,
}

impl ModulePath {
    fn of(relative: &Path) -> Self {
        let mut parts: Vec<String> = relative
            .with_extension("")
            .iter()
            .map(|part| part.to_string_lossy().into_owned())
            .collect();
        parts.pop_if(|last| last == "mod");
        Self { top: parts[0].clone(), depth: parts.len() }
    }
}

/// Names after `mod` at the top level of `src/lib.rs`, in order.
fn module_order(library: &str) -> Vec<String> {
    let tokens = tokens(&without_tests(&without_comments_and_literals(library)));
    tokens
        .windows(3)
        .filter(|three| three[0] == "mod" && three[2] == ";")
        .map(|three| three[1].clone())
        .collect()
}

/// Every rule that one file breaks.
fn violations(place: &ModulePath, source: &str, order: &[String]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if BINARY.contains(&place.top.as_str()) {
        return found;
    }
    let Some(own) = order.iter().position(|module| *module == place.top) else {
        found.insert(format!("module {} is not listed in src/lib.rs", place.top));
        return found;
    };
    for path in paths(&tokens(&without_tests(&without_comments_and_literals(source)))) {
        let names: Vec<&str> = path.split("::").collect();
        if let Some(used) = from_root(&names, place.depth) {
            match order.iter().position(|module| module == used) {
                Some(position) if position <= own => {}
                Some(_) => {
                    found.insert(format!("{} uses {used}, which is below it", place.top));
                }
                None if names[0] == "crate" => {
                    found.insert(format!("{} uses {used}, which is no listed module", place.top));
                }
                None => {}
            }
        }
        let names_one_of = |effects: &[&str]| {
            effects.iter().any(|effect| path == *effect || path.starts_with(&format!("{effect}::")))
        };
        let owner = OWNERS_OF_FILES.contains(&place.top.as_str());
        let pure = PURE.contains(&place.top.as_str());
        if (!owner && names_one_of(&FILE_EFFECTS)) || (pure && names_one_of(&IMPURE)) {
            found.insert(format!("{} names {path}", place.top));
        }
    }
    found
}

/// The top-level module that a path leads to: after `crate`, or after enough `super`.
fn from_root<'a>(names: &[&'a str], depth: usize) -> Option<&'a str> {
    if names[0] == "crate" {
        return names.get(1).copied();
    }
    let ups = names.iter().take_while(|name| **name == "super").count();
    (ups >= depth.max(1)).then(|| names.get(ups).copied()).flatten()
}

/// Blanks comments (doc comments too), strings and characters.
fn without_comments_and_literals(source: &str) -> String {
    let characters: Vec<char> = source.chars().collect();
    let at = |place: usize| characters.get(place).copied().unwrap_or('\0');
    let mut kept = String::with_capacity(source.len());
    let mut place = 0;
    while place < characters.len() {
        let before = place.checked_sub(1).map_or(' ', at);
        match (at(place), at(place + 1)) {
            ('/', '/') => {
                while place < characters.len() && at(place) != '\n' {
                    place += 1;
                }
            }
            ('/', '*') => place = end_of_block_comment(&characters, place),
            ('r', '"' | '#') if !is_name(before) || before == 'b' => {
                let hashes = characters[place + 1..].iter().take_while(|c| **c == '#').count();
                if at(place + 1 + hashes) == '"' {
                    let end: Vec<char> =
                        std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
                    place += hashes + 2;
                    while place < characters.len() && !characters[place..].starts_with(&end) {
                        place += 1;
                    }
                    place += end.len();
                } else {
                    // A raw identifier: r#type.
                    place += 2;
                }
            }
            ('"', _) => {
                place += 1;
                while place < characters.len() && at(place) != '"' {
                    place += if at(place) == '\\' { 2 } else { 1 };
                }
                place += 1;
            }
            ('\'', '\\') => {
                place += 3;
                while place < characters.len() && at(place) != '\'' {
                    place += 1;
                }
                place += 1;
            }
            // A character, and not a lifetime.
            ('\'', _) if at(place + 2) == '\'' => place += 3,
            (character, _) => {
                kept.push(character);
                place += 1;
                continue;
            }
        }
        kept.push(' ');
    }
    kept
}

fn end_of_block_comment(characters: &[char], start: usize) -> usize {
    let (mut place, mut depth) = (start, 0);
    while place < characters.len() {
        if characters[place..].starts_with(&['/', '*']) {
            (place, depth) = (place + 2, depth + 1);
        } else if characters[place..].starts_with(&['*', '/']) {
            (place, depth) = (place + 2, depth - 1);
            if depth == 0 {
                break;
            }
        } else {
            place += 1;
        }
    }
    place
}

/// Cuts out every item behind `#[cfg(test)]`: up to its `;`, or its closing brace.
fn without_tests(source: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut kept = String::new();
    let mut rest = source;
    while let Some(start) = rest.find(MARK) {
        kept.push_str(&rest[..start]);
        let item = &rest[start + MARK.len()..];
        let mut depth = 0;
        let end = item.char_indices().find(|&(_, character)| {
            match character {
                '{' | '[' | '(' => depth += 1,
                '}' | ']' | ')' => depth -= 1,
                _ => {}
            }
            depth == 0 && matches!(character, ';' | '}')
        });
        rest = end.map_or("", |(end, _)| &item[end + 1..]);
    }
    kept.push_str(rest);
    kept
}

/// Whether the file is a module that its parent declares behind `#[cfg(test)]`.
fn is_test_module(root: &Path, relative: &Path) -> bool {
    let Some(folder) = relative.parent().filter(|folder| *folder != Path::new("")) else {
        return false;
    };
    let stem = relative.file_stem().expect("a source file has a name").to_string_lossy();
    [root.join(folder).join("mod.rs"), root.join(folder).with_extension("rs")]
        .iter()
        .filter_map(|parent| fs::read_to_string(parent).ok())
        .any(|parent| {
            let plain = without_comments_and_literals(&parent);
            let declares = |source: &str| {
                tokens(source).windows(3).any(|t| t[0] == "mod" && t[1] == stem && t[2] == ";")
            };
            declares(&plain) && !declares(&without_tests(&plain))
        })
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Names, `::`, and every other character alone.
fn tokens(source: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = source.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("::") {
            2
        } else if is_name(first) {
            rest.find(|character| !is_name(character)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        tokens.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    tokens
}

/// Every path of two names or more, groups in braces written out.
fn paths(tokens: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    let mut place = 0;
    while place < tokens.len() {
        let starts =
            tokens[place].starts_with(is_name) && (place == 0 || tokens[place - 1] != "::");
        if starts && tokens.get(place + 1).is_some_and(|next| next == "::") {
            place = path_tree(tokens, place, "", &mut found);
        } else {
            place += 1;
        }
    }
    found
}

/// Reads one path from `place`, with all its groups, and returns where it ends.
fn path_tree(tokens: &[String], place: usize, prefix: &str, found: &mut Vec<String>) -> usize {
    let (mut path, mut place) = (prefix.to_owned(), place);
    while let Some(token) = tokens.get(place) {
        if token.starts_with(is_name) {
            let joint = if path.is_empty() { "" } else { "::" };
            path = if token == "self" && !path.is_empty() {
                path
            } else {
                format!("{path}{joint}{token}")
            };
            place += 1;
            if tokens.get(place).is_some_and(|next| next == "::") {
                place += 1;
                continue;
            }
        } else if token == "{" && !path.is_empty() {
            place += 1;
            while tokens.get(place).is_some_and(|next| next != "}") {
                let end = path_tree(tokens, place, &path, found);
                // Skip what stands between two paths: a comma, a star, `as name`.
                place = end.max(place + 1);
                while tokens.get(place).is_some_and(|next| next == "as" || next == ",") {
                    place += if tokens[place] == "as" { 2 } else { 1 };
                }
            }
            return place + 1;
        }
        break;
    }
    if path != prefix || tokens.get(place).is_some_and(|next| next == "*") {
        found.push(path);
    }
    place
}

fn source_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("the source tree can be read") {
        let path = entry.expect("the source tree can be read").path();
        if path.is_dir() {
            files.extend(source_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// What the rules say of `source` as `src/<relative>`, with four modules in order.
fn said(relative: &str, source: &str) -> Vec<String> {
    let order = ["units", "image", "network", "files"].map(str::to_owned);
    violations(&ModulePath::of(Path::new(relative)), source, &order).into_iter().collect()
}

#[test]
fn a_use_of_a_lower_module_is_seen() {
    let below = ["image uses files, which is below it"];
    assert_eq!(said("image.rs", "use crate::files::Lock;"), below);
    assert_eq!(said("image/mod.rs", "use crate::{units, files::{self, Lock}};"), below);
    assert_eq!(said("image/mask.rs", "fn f() -> super::super::files::Lock { todo() }"), below);
    assert_eq!(said("image.rs", "fn f(x: &crate::files::Lock) {}"), below);
    assert_eq!(
        said("image.rs", "use crate::pixels::P;"),
        ["image uses pixels, which is no listed module"]
    );
    assert_eq!(said("mask.rs", ""), ["module mask is not listed in src/lib.rs"]);
}

#[test]
fn a_use_of_a_higher_or_the_own_module_is_fine() {
    let source = "use crate::units::{Millimetres as Mm, *}; use crate::image::Mask; use super::x;";
    assert!(said("image/mask.rs", source).is_empty());
    assert!(
        said("files.rs", "use crate::{image, units}; use std::{fs, time::Instant};").is_empty()
    );
    assert!(said("main.rs", "use std::env; use crate::cli;").is_empty());
}

#[test]
fn effects_outside_their_owners_are_seen() {
    assert_eq!(said("image.rs", "use std::{fmt, path::{Path, PathBuf}};").len(), 2);
    assert_eq!(said("network.rs", "fn f() { std::fs::read(x); }"), ["network names std::fs::read"]);
    assert_eq!(said("image.rs", "use rayon::prelude::*;"), ["image names rayon::prelude"]);
    assert!(said("network.rs", "use rayon::prelude::*; use std::thread;").is_empty());
    assert_eq!(said("units.rs", "use std::time;"), ["units names std::time"]);
}

#[test]
fn comments_literals_and_tests_are_no_uses() {
    let source = r##"
        //! See crate::files and std::fs::read.
        /* crate::files /* nested */ crate::files */
        const A: &str = "crate::files::x \" crate::files"; const B: &str = r#"std::fs::"x""#;
        fn f<'a>(x: &'a str) -> char { '"' }
        #[cfg(test)]
        mod tests { use crate::files; fn g(x: [u8; 2]) { { } } }
        #[cfg(test)]
        use crate::files::{self, Lock};
        #[cfg(test)]
        fn h(x: [u8; 2]) { crate::files::lock(); }
        const C: char = '\''; const D: u8 = b'"';
    "##;
    assert!(said("image.rs", source).is_empty(), "{:?}", said("image.rs", source));
    let after = format!("{source} use crate::files::Lock;");
    assert_eq!(said("image.rs", &after), ["image uses files, which is below it"]);
}
