//! The pages and what they are made of: text, code blocks, links.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::fs;
use std::path::{Path, PathBuf};

/// One Markdown page.
pub(crate) struct Page {
    /// Relative to the root of the repository.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// One fenced code block.
pub(crate) struct Block {
    /// Line of the fence, from 1.
    pub(crate) line: usize,
    /// Words after the fence: the language first.
    pub(crate) info: Vec<String>,
    pub(crate) text: String,
}

impl Block {
    pub(crate) fn is(&self, language: &str) -> bool {
        self.info.first().is_some_and(|word| word == language)
    }

    pub(crate) fn has(&self, mark: &str) -> bool {
        self.info.iter().skip(1).any(|word| word == mark)
    }

    /// The value of `key:value`.
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        self.info.iter().find_map(|word| word.strip_prefix(key)?.strip_prefix(':'))
    }
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All pages that people read.
pub(crate) fn all() -> Vec<Page> {
    let mut paths: Vec<PathBuf> =
        ["README.md", "CHANGELOG.md", "CONTRIBUTING.md"].map(|name| root().join(name)).to_vec();
    for directory in ["docs", "docs/results"] {
        let files = fs::read_dir(root().join(directory)).unwrap();
        paths.extend(files.map(|file| file.unwrap().path()).filter(|path| is_markdown(path)));
    }
    paths.sort();
    let pages: Vec<Page> = paths.into_iter().map(page).collect();
    assert!(pages.len() > 12, "{} pages", pages.len());
    pages
}

fn is_markdown(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "md")
}

fn page(path: PathBuf) -> Page {
    let text = fs::read_to_string(&path).unwrap();
    Page { path: path.strip_prefix(root()).unwrap().to_owned(), text }
}

impl Page {
    /// Lines outside of code blocks, with their numbers from 1.
    pub(crate) fn prose(&self) -> Vec<(usize, &str)> {
        let mut inside = false;
        let mut lines = Vec::new();
        for (number, line) in (1..).zip(self.text.lines()) {
            if line.starts_with("```") {
                inside = !inside;
            } else if !inside {
                lines.push((number, line));
            }
        }
        assert!(!inside, "{}: a code block without an end", self.path.display());
        lines
    }

    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        let mut inside = false;
        for (line, text) in (1..).zip(self.text.lines()) {
            match text.strip_prefix("```") {
                Some(info) if !inside => {
                    let info = info.split_whitespace().map(str::to_owned).collect();
                    blocks.push(Block { line, info, text: String::new() });
                    inside = true;
                }
                Some(_) => inside = false,
                None if inside => {
                    let block = blocks.last_mut().unwrap();
                    block.text.push_str(text);
                    block.text.push('\n');
                }
                None => {}
            }
        }
        blocks
    }

    /// Names of headings as links write them: lower case, hyphens for spaces, no punctuation.
    pub(crate) fn anchors(&self) -> Vec<String> {
        let headings = self.prose().into_iter().filter(|(_, line)| line.starts_with('#'));
        headings
            .map(|(_, line)| {
                let title = line.trim_start_matches('#').trim().to_lowercase();
                let kept = title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
                kept.map(|c| if c == ' ' { '-' } else { c }).collect()
            })
            .collect()
    }
}
