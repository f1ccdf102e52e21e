//! Rust source as the rules read it: without comments, literals and tests, as tokens and paths.

use std::fs;
use std::path::{Path, PathBuf};

/// Blanks comments (doc comments too), strings and characters.
pub(crate) fn without_comments_and_literals(source: &str) -> String {
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
pub(crate) fn without_tests(source: &str) -> String {
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
pub(crate) fn is_test_module(root: &Path, relative: &Path) -> bool {
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

pub(crate) fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Names, `::`, and every other character alone.
pub(crate) fn tokens(source: &str) -> Vec<String> {
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
pub(crate) fn paths(tokens: &[String]) -> Vec<String> {
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

pub(crate) fn source_files(folder: &Path) -> Vec<PathBuf> {
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
