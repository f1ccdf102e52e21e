//! Links lead somewhere, files that are named exist, and the index of the book names every page.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use crate::pages::{Page, all, root};

/// Targets of `[words](target)` in a line.
fn links(line: &str) -> Vec<&str> {
    let after = line.split("](").skip(1);
    after.filter_map(|rest| rest.split_once(')').map(|(target, _)| target)).collect()
}

/// Words in code spans of a line.
fn spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// The path without `..` and `.`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

fn target_of(page: &Page, link: &str) -> PathBuf {
    plain(&page.path.parent().unwrap_or(Path::new("")).join(link))
}

#[test]
fn links_lead_somewhere() {
    let pages = all();
    let anchors: BTreeMap<&Path, Vec<String>> =
        pages.iter().map(|page| (page.path.as_path(), page.anchors())).collect();
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for page in &pages {
        for (number, line) in page.prose() {
            for link in links(line).into_iter().filter(|link| !link.contains("://")) {
                seen += 1;
                let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
                let target =
                    if file.is_empty() { page.path.clone() } else { target_of(page, file) };
                let headings = anchors.get(target.as_path());
                let there = root().join(&target).exists()
                    && (anchor.is_empty()
                        || headings.is_some_and(|all| all.iter().any(|it| it == anchor)));
                if !there {
                    wrong.push(format!("{}:{number}: {link}", page.path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "links to nothing:\n{}", wrong.join("\n"));
    assert!(seen > 40, "{seen} links");
}

#[test]
fn files_that_are_named_exist() {
    let folders = ["src/", "tests/", "scripts/", "docs/", "examples/", "phantoms/", "benches/"];
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for page in all().iter().filter(|page| page.path != Path::new("CHANGELOG.md")) {
        for (number, line) in page.prose() {
            for span in spans(line) {
                // A command's arguments and a line of a file are no part of its name.
                let name = span.split([' ', ':']).next().unwrap_or(span);
                let pattern = name.contains(['*', '<', '…', '{'])
                    || name
                        .split(['/', '.'])
                        .any(|part| part.len() > 1 && part.chars().all(|c| c.is_ascii_uppercase()))
                        && !root().join(name).exists();
                if !folders.iter().any(|folder| name.starts_with(folder)) || pattern {
                    continue;
                }
                seen += 1;
                if !root().join(name).exists() {
                    wrong.push(format!("{}:{number}: {name}", page.path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "files that do not exist:\n{}", wrong.join("\n"));
    assert!(seen > 20, "{seen} files are named");
}

#[test]
fn the_index_names_every_page_of_the_book() {
    let pages = all();
    let index = pages.iter().find(|page| page.path == Path::new("docs/README.md"));
    let index = index.expect("the book has an index");
    let named: Vec<PathBuf> = index
        .prose()
        .into_iter()
        .flat_map(|(_, line)| links(line))
        .map(|link| target_of(index, link))
        .collect();
    for page in pages.iter().filter(|page| page.path.starts_with("docs")) {
        let is_index = page.path == Path::new("docs/README.md");
        assert!(is_index || named.contains(&page.path), "{} is not named", page.path.display());
    }
}

#[test]
fn the_readme_is_short() {
    let pages = all();
    let readme = pages.iter().find(|page| page.path == Path::new("README.md"));
    let lines = readme.map_or(0, |page| page.text.lines().count());
    assert!((40..=150).contains(&lines), "README.md has {lines} lines");
}
