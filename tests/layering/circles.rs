//! The files of a module form no circle.
//!
//! The nodes are files: `report/words.rs` and each file of `report/words/` stand for themselves,
//! and so do `report/mod.rs` and the files beside it. File A uses file B if A, its tests left out,
//! names an item that B defines:
//!
//! - by a path (`super::words::fixed`, `crate::report::words::fixed`, `words::fixed`), or by a `use`;
//! - whatever the way there: a path through a re-export or another file's `use` leads to the file
//!   that defines the item, so that `super::Stack`, where the parent only says `pub use
//!   stack::Stack`, is a use of `stack.rs`, and of the parent only where the parent defines `Stack`.
//!
//! `mod child;` is no use, nor is a `use` of a whole module: what is then reached through its name
//! is. A re-export is a use only if the file names the item elsewhere as well. Not seen are methods
//! (their type was named somewhere), and macros by textual scope.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::Path;

use crate::source::{
    is_name, is_test_module, paths, source_files, tokens, without_comments_and_literals,
    without_tests,
};

/// More re-exports of re-exports than any path leads through.
const MOST_STEPS: usize = 16;

#[test]
fn files_of_a_module_form_no_circle() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let engine = source.join("engine");
    let mut found = Vec::new();
    for (root, prefix) in [(&engine, "src/engine"), (&source, "src")] {
        let files: Vec<SourceFile> = source_files(root)
            .into_iter()
            .filter(|file| *root == engine || !file.starts_with(&engine))
            .filter_map(|file| {
                let relative = file.strip_prefix(root).expect("the file is below the root");
                (!is_test_module(root, relative))
                    .then(|| SourceFile::read(relative, &fs::read_to_string(&file).unwrap()))
            })
            .collect();
        found.extend(Tree::new(files).circles().into_iter().map(|circle| (prefix, circle)));
    }
    let found: Vec<String> =
        found.iter().map(|(prefix, circle)| format!("{prefix}: {circle}")).collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// One `use`, groups written out.
struct Import {
    path: Vec<String>,
    /// The name that it brings into the file; `*` for all.
    name: String,
    /// Whether it is a re-export.
    public: bool,
}

/// What one file defines, imports and names.
struct SourceFile {
    /// Its place from the root, as in an error.
    file: String,
    /// Its module path.
    module: Vec<String>,
    defined: BTreeSet<String>,
    imports: Vec<Import>,
    /// Paths of two names or more outside `use`.
    paths: Vec<Vec<String>>,
    /// Single names outside `use` that may be those of items.
    names: BTreeSet<String>,
}

impl SourceFile {
    fn read(relative: &Path, source: &str) -> Self {
        let file = relative.to_string_lossy().replace('\\', "/");
        let stem = file.strip_suffix(".rs").unwrap_or(&file);
        let mut module: Vec<String> = stem.split('/').map(str::to_owned).collect();
        if module.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
            module.pop();
        }
        let tokens = tokens(&without_tests(&without_comments_and_literals(source)));
        let mut imports = Vec::new();
        let mut body = Vec::new();
        let mut place = 0;
        while place < tokens.len() {
            if tokens[place] == "use" {
                let before = place.checked_sub(1).map_or("", |before| tokens[before].as_str());
                let end = (place..tokens.len()).find(|&it| tokens[it] == ";");
                let end = end.unwrap_or(tokens.len());
                // `pub use`, or the bracket of `pub(super) use`.
                let public = before == "pub" || before == ")";
                import_tree(&tokens[place + 1..end], &[], public, &mut imports);
                place = end;
            } else {
                body.push(tokens[place].clone());
            }
            place += 1;
        }
        Self {
            file,
            module,
            defined: defined(&body),
            imports,
            paths: paths(&body)
                .iter()
                .map(|path| path.split("::").map(str::to_owned).collect())
                .collect(),
            names: names(&body),
        }
    }
}

/// Writes out one tree of a `use` and returns how many tokens it took.
fn import_tree(
    tokens: &[String],
    prefix: &[String],
    public: bool,
    found: &mut Vec<Import>,
) -> usize {
    let (mut path, mut place) = (prefix.to_vec(), 0);
    while let Some(token) = tokens.get(place) {
        place += 1;
        match token.as_str() {
            "::" => {}
            "{" => {
                while tokens.get(place).is_some_and(|it| it != "}") {
                    place += import_tree(&tokens[place..], &path, public, found);
                    place += usize::from(tokens.get(place).is_some_and(|it| it == ","));
                }
                return place + 1;
            }
            "*" => {
                found.push(Import { path, name: token.clone(), public });
                return place;
            }
            "self" if path.len() > prefix.len().min(1) || !prefix.is_empty() => break,
            name => {
                path.push(name.to_owned());
                if tokens.get(place).is_none_or(|next| next != "::") {
                    break;
                }
            }
        }
    }
    let mut name = path.last().cloned().unwrap_or_default();
    if tokens.get(place).is_some_and(|it| it == "as") {
        name = tokens.get(place + 1).cloned().unwrap_or_default();
        place += 2;
    }
    found.push(Import { path, name, public });
    place
}

/// Names of the items of a file, at whatever depth.
fn defined(body: &[String]) -> BTreeSet<String> {
    const KINDS: [&str; 8] = ["fn", "struct", "enum", "union", "trait", "type", "const", "static"];
    body.windows(2)
        .filter(|two| KINDS.contains(&two[0].as_str()) && two[1].starts_with(is_name))
        .map(|two| two[1].clone())
        .collect()
}

/// Names that stand alone and are neither fields, methods nor parts of a path.
fn names(body: &[String]) -> BTreeSet<String> {
    let supplement = |place: Option<usize>| place.and_then(|it| body.get(it)).map(String::as_str);
    let alone = |place: usize| {
        let (before, after) = (supplement(place.checked_sub(1)), supplement(Some(place + 1)));
        body[place].starts_with(is_name)
            && !matches!(before, Some("." | "::" | "mod" | "fn" | "let" | "mut"))
            && after != Some(":")
    };
    (0..body.len()).filter(|&place| alone(place)).map(|place| body[place].clone()).collect()
}

/// The files of one package.
struct Tree {
    files: Vec<SourceFile>,
    places: BTreeMap<Vec<String>, usize>,
}

/// Files that use one another.
struct Circle {
    module: String,
    /// Who uses whom, by which path.
    uses: Vec<String>,
    files: BTreeSet<String>,
}

impl fmt::Display for Circle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, uses) = (self.files.len(), self.uses.join("\n  "));
        write!(formatter, "{count} files of {} use one another\n  {uses}", self.module)
    }
}

impl Tree {
    fn new(files: Vec<SourceFile>) -> Self {
        let places = files.iter().enumerate().map(|(place, it)| (it.module.clone(), place));
        Self { places: places.collect(), files }
    }

    /// The file that defines what `path` names, seen from `module`; `None` for what this package
    /// does not define and for a whole module.
    fn resolve(&self, module: &[String], path: &[String], steps: usize) -> Option<usize> {
        if steps == 0 {
            return None;
        }
        match path.first()?.as_str() {
            "crate" => self.inside(&[], &path[1..], steps - 1),
            "self" => self.inside(module, &path[1..], steps - 1),
            "super" => {
                let parent = &module[..module.len().checked_sub(1)?];
                match path.get(1).map(String::as_str) {
                    Some("super") => self.resolve(parent, &path[1..], steps - 1),
                    _ => self.inside(parent, &path[1..], steps - 1),
                }
            }
            _ => self.inside(module, path, steps - 1),
        }
    }

    /// The same for a path that starts within `module`.
    fn inside(&self, module: &[String], path: &[String], steps: usize) -> Option<usize> {
        let (first, rest) = path.split_first()?;
        let child = [module, std::slice::from_ref(first)].concat();
        if self.places.contains_key(&child) {
            return self.inside(&child, rest, steps);
        }
        let here = *self.places.get(module)?;
        let file = &self.files[here];
        if file.defined.contains(first) {
            return Some(here);
        }
        if let Some(import) = file.imports.iter().find(|it| it.name == *first) {
            let whole = [&import.path[..], rest].concat();
            // A path of another crate's that starts with its own name.
            return (whole != path).then(|| self.resolve(module, &whole, steps.checked_sub(1)?))?;
        }
        let globs = file.imports.iter().filter(|it| it.name == "*");
        let whole = |it: &Import| [&it.path[..], path].concat();
        globs.into_iter().find_map(|it| self.resolve(module, &whole(it), steps.checked_sub(1)?))
    }

    /// The files that `file` uses, each with the path by which it is named first.
    fn uses(&self, own: usize) -> BTreeMap<usize, String> {
        let file = &self.files[own];
        let mut found = BTreeMap::new();
        let mut add = |path: &[String]| {
            let target = self.resolve(&file.module, path, MOST_STEPS);
            if let Some(target) = target.filter(|&it| self.same_module(own, it)) {
                found.entry(target).or_insert_with(|| path.join("::"));
            }
        };
        for import in &file.imports {
            if import.name == "*" {
                // Everything that the module defines.
                let module = self.module_of(&file.module, &import.path);
                let items = module.into_iter().flat_map(|it| &self.files[it].defined);
                for item in items {
                    add(&[&import.path[..], std::slice::from_ref(item)].concat());
                }
            } else if !import.public || file.names.contains(&import.name) {
                add(&import.path);
            }
        }
        for path in &file.paths {
            add(path);
        }
        found
    }

    /// The file of the module that a path names as a whole.
    fn module_of(&self, module: &[String], path: &[String]) -> Option<usize> {
        let mut at = match path.first()?.as_str() {
            "crate" => Vec::new(),
            "self" => module.to_vec(),
            "super" => module[..module.len().checked_sub(1)?].to_vec(),
            first => [module, &[first.to_owned()]].concat(),
        };
        for name in &path[1..] {
            if name == "super" {
                at.pop()?;
            } else {
                at.push(name.clone());
            }
        }
        self.places.get(&at).copied()
    }

    fn same_module(&self, one: usize, other: usize) -> bool {
        one != other && self.files[one].module.first() == self.files[other].module.first()
    }

    /// Every greatest set of files that all use one another, in the order of the files.
    fn circles(&self) -> Vec<Circle> {
        let uses: Vec<BTreeMap<usize, String>> =
            (0..self.files.len()).map(|file| self.uses(file)).collect();
        let reached: Vec<BTreeSet<usize>> = (0..self.files.len())
            .map(|start| {
                let (mut reached, mut open) = (BTreeSet::new(), vec![start]);
                while let Some(file) = open.pop() {
                    open.extend(uses[file].keys().filter(|it| reached.insert(**it)));
                }
                reached
            })
            .collect();
        let mut placed: BTreeSet<usize> = BTreeSet::new();
        let mut circles = Vec::new();
        for file in 0..self.files.len() {
            if !reached[file].contains(&file) || placed.contains(&file) {
                continue;
            }
            let members: BTreeSet<usize> =
                reached[file].iter().copied().filter(|&it| reached[it].contains(&file)).collect();
            placed.extend(&members);
            let name = |it: usize| &self.files[it].file;
            let used = members.iter().flat_map(|&from| {
                let inside = uses[from].iter().filter(|(to, _)| members.contains(*to));
                inside.map(move |(&to, path)| format!("{} uses {} ({path})", name(from), name(to)))
            });
            circles.push(Circle {
                module: self.files[file].module.first().cloned().unwrap_or_default(),
                uses: used.collect(),
                files: members.iter().map(|&it| name(it).clone()).collect(),
            });
        }
        circles
    }
}

/// The circles of a package of `(file, source)`, as lists of files.
fn circles(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    let files = files.iter().map(|(file, source)| SourceFile::read(Path::new(file), source));
    let circles = Tree::new(files.collect()).circles();
    circles.into_iter().map(|it| it.files.into_iter().collect()).collect()
}

#[test]
fn two_files_that_use_one_another_are_a_circle() {
    for a in ["use super::b::f;", "use crate::m::b::{self, f};", "fn g() { super::b::f() }"] {
        let found = circles(&[
            ("m/mod.rs", "mod a; mod b;"),
            ("m/a.rs", &format!("{a} pub fn h() {{ b::f() }}")),
            ("m/b.rs", "use super::a; pub fn f() { a::h() }"),
        ]);
        assert_eq!(found, [["m/a.rs", "m/b.rs"]], "{a}");
    }
}

#[test]
fn a_longer_circle_is_found_once() {
    let found = circles(&[
        ("m/mod.rs", "mod a; mod b; mod c; mod d;"),
        ("m/a.rs", "use super::b::B; use super::d::D; pub struct A;"),
        ("m/b.rs", "use super::c::C; pub struct B;"),
        ("m/c.rs", "use super::a::A; pub struct C;"),
        ("m/d.rs", "pub struct D;"),
    ]);
    assert_eq!(found, [["m/a.rs", "m/b.rs", "m/c.rs"]]);
}

#[test]
fn a_child_that_uses_its_parent_closes_a_circle_if_the_parent_uses_the_child() {
    let child = ("m/a.rs", "use super::Parent; pub fn f(_: Parent) {}");
    let uses = "mod a; pub struct Parent; pub fn g() { a::f(Parent) }";
    for file in ["m/mod.rs", "m.rs"] {
        assert_eq!(circles(&[(file, uses), child]).len(), 1, "{file}");
    }
    let imports = "mod a; use a::f; pub struct Parent;";
    assert_eq!(circles(&[("m.rs", imports), child]).len(), 1);
    // A parent that only declares and re-exports the child does not use it.
    let lists = "mod a; pub use a::f; pub struct Parent;";
    assert_eq!(circles(&[("m.rs", lists), child]).len(), 0);
    // One that names the re-exported item does.
    let names = "mod a; pub(crate) use a::f; pub struct Parent; fn g() { f(Parent) }";
    assert_eq!(circles(&[("m.rs", names), child]).len(), 1);
}

#[test]
fn a_path_through_a_re_export_leads_to_the_defining_file() {
    // b reaches A through its parent, which uses b: no circle, for the parent does not define A.
    let parent = "mod a; mod b; pub use a::A; pub fn f() { b::g() }";
    let b = ("m/b.rs", "use super::A; pub fn g() { A }");
    assert!(circles(&[("m/mod.rs", parent), ("m/a.rs", "pub struct A;"), b]).is_empty());
    let back = ("m/a.rs", "pub struct A; fn h() { super::b::g() }");
    assert_eq!(circles(&[("m/mod.rs", parent), back, b]), [["m/a.rs", "m/b.rs"]]);
    // The same through a private `use` under another name, and through a folder's file.
    let deep = ("m/a/deep.rs", "use super::super::Alias; pub struct Deep(Alias);");
    let parent = ("m/mod.rs", "mod a; mod b; use b::B as Alias;");
    let a = ("m/a.rs", "mod deep; pub use deep::Deep;");
    let b = ("m/b.rs", "use super::a::Deep; pub struct B;");
    assert_eq!(circles(&[parent, a, deep, b]), [["m/a/deep.rs", "m/b.rs"]]);
}

#[test]
fn a_glob_uses_all_that_its_module_defines() {
    let found = circles(&[
        ("m/mod.rs", "mod a; pub struct Parent; fn f() { a::g() }"),
        ("m/a.rs", "use super::*; pub fn g() {}"),
    ]);
    assert_eq!(found, [["m/a.rs", "m/mod.rs"]]);
}

#[test]
fn tests_comments_other_modules_and_whole_modules_close_no_circle() {
    let found = circles(&[
        ("m/mod.rs", "mod a; mod b;"),
        ("m/a.rs", "use super::b::B; use crate::n::N; /// See [`super::b`]. \n pub struct A;"),
        (
            "m/b.rs",
            "use super::a; pub struct B; #[cfg(test)] mod tests { use super::super::a::A; }",
        ),
        ("n.rs", "use crate::m::a::A; pub struct N;"),
    ]);
    assert!(found.is_empty(), "{found:?}");
    let macros = "macro_rules! x { () => {} } pub fn a() { std::fs::read(b::c) }";
    assert!(circles(&[("m/a.rs", macros), ("m/b.rs", "use std::fs;")]).is_empty());
}
