//! A module uses only modules that stand above it, in `src/engine/lib.rs` or in `src/lib.rs`, which
//! goes on from there; the files of a module form no circle (see [`circles`]); and effects stay in
//! the modules that own them.

#[path = "layering/circles.rs"]
mod circles;
#[path = "layering/source.rs"]
mod source;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use source::{
    is_test_module, paths, source_files, tokens, without_comments_and_literals, without_tests,
};

/// The binary's modules: they may use everything.
const BINARY: [&str; 2] = ["main", "cli"];

/// Owners of paths, files, the clock and the environment.
const OWNERS_OF_FILES: [&str; 10] = [
    "files",
    "import",
    "collection",
    "export",
    "store",
    "study",
    "calibrate",
    "appraisal",
    "explore",
    "insertion",
];

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
