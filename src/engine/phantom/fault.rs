//! What can be wrong with a phantom and the messages about it: place, cause, advice; finds no fault
//! itself.

use std::fmt::{self, Write as _};
use std::ops::Range;

use thiserror::Error;

use super::nearest::listed;

/// Largest phantom file that is read: 1 MiB.
pub const MAX_BYTES: usize = 1 << 20;

/// Faults beyond this number are not collected.
const MOST_COLLECTED: usize = 100;

/// Faults beyond this number are counted, not shown.
const MOST_SHOWN: usize = 10;

/// Characters of an excerpt.
const EXCERPT_WIDTH: usize = 100;

/// How messages name the table that holds all others.
pub(super) const TOP_LEVEL: &str = "at the top level";

/// Why there is no phantom.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum PhantomError {
    /// The file describes something that a phantom cannot be. Never empty; in the order of the file.
    #[error("{}", shown(.0))]
    Invalid(Vec<Fault>),
    /// No embedded phantom has this identifier.
    #[error(
        "no phantom is called `{id}`{}; the library has {}; \
         for a file of your own, give its path ending in .toml",
        meant(nearest),
        listed(ids)
    )]
    NotInLibrary {
        /// The identifier that was given.
        id: String,
        /// The most similar identifier, if one is similar.
        nearest: Option<String>,
        /// All identifiers, in order.
        ids: Vec<String>,
    },
}

/// One fault of a phantom file: `file:line:column: what was wrong and what was expected`, then
/// the line with a caret.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// Where it is.
    pub place: Place,
    /// What it is.
    pub cause: Cause,
    excerpt: Excerpt,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.cause)?;
        let Excerpt { text, before, marked } = &self.excerpt;
        if text.is_empty() {
            return Ok(());
        }
        let margin = self.place.line.to_string();
        let gap = " ".repeat(margin.len());
        write!(formatter, "\n  {margin} | {text}")?;
        write!(formatter, "\n  {gap} | {}{}", " ".repeat(*before), "^".repeat(*marked))
    }
}

/// A place in a phantom file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The name under which the source was parsed.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// What is wrong at a place of a phantom file.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Cause {
    /// The file is larger than [`MAX_BYTES`].
    #[error("the file has {bytes} bytes; a phantom file has at most {}", MAX_BYTES)]
    Bytes {
        /// Size of the file.
        bytes: usize,
    },
    /// The file is not TOML.
    #[error("{message}")]
    Syntax {
        /// The message of the TOML parser.
        message: String,
    },
    /// The file is written for another version of the format.
    #[error("format {found} is not known: this version reads format {}", super::raw::FORMAT)]
    Format {
        /// The version found.
        found: String,
    },
    /// A table has a key that it may not have.
    #[error("unknown key `{key}` {table}: {hint}")]
    UnknownKey {
        /// The key.
        key: String,
        /// The table, as `in [name]`.
        table: String,
        /// What to write instead.
        hint: KeyHint,
    },
    /// A table lacks a key.
    #[error("missing key `{key}` {table}: expected {expected}")]
    MissingKey {
        /// The key.
        key: String,
        /// The table, as `in [name]`.
        table: String,
        /// Kind, range and unit of its value.
        expected: String,
    },
    /// A value is of the wrong kind.
    #[error("`{key}` is {found}; expected {expected}")]
    Kind {
        /// The key.
        key: String,
        /// Kind found.
        found: String,
        /// Kind, range and unit expected.
        expected: String,
    },
    /// A value is not one of the possible ones.
    #[error("`{key}` is {found}{}; expected {}", meant(nearest), listed(valid))]
    Choice {
        /// The key.
        key: String,
        /// Value found.
        found: String,
        /// The most similar possible value, if one is similar.
        nearest: Option<String>,
        /// All possible values.
        valid: Vec<String>,
    },
    /// A value is out of range.
    #[error("`{key}` is {found}; expected {expected}")]
    Value {
        /// The key.
        key: String,
        /// Value found.
        found: String,
        /// Range and unit expected, with the reason where it comes from other values.
        expected: String,
    },
    /// A name refers to nothing.
    #[error("`{key}` names no layer: {name}{}; expected {}", meant(nearest), listed(valid))]
    Reference {
        /// The key.
        key: String,
        /// The name found.
        name: String,
        /// The most similar layer name, if one is similar.
        nearest: Option<String>,
        /// All layer names.
        valid: Vec<String>,
    },
    /// Something that may occur once occurs again.
    #[error("`{key}` has {value} twice; each may occur once")]
    Repeated {
        /// The key.
        key: String,
        /// The repeated value.
        value: String,
    },
    /// The file named by `extends` cannot be used.
    #[error("`extends` cannot be followed: {reason}")]
    Extends {
        /// Why not.
        reason: String,
    },
    /// Something does not fit into something else.
    #[error("{what}: {advice}")]
    Room {
        /// What does not fit, with the lengths.
        what: String,
        /// What to change.
        advice: String,
    },
}

/// What to write instead of an unknown key.
#[derive(Debug, Clone, PartialEq)]
pub enum KeyHint {
    /// The quantity exists, in this unit.
    Unit {
        /// The valid key.
        key: String,
        /// Its unit.
        unit: String,
    },
    /// The key exists in another table.
    Elsewhere {
        /// That table, as `in [name]`.
        table: String,
    },
    /// The key exists for other values of another key of the table.
    When {
        /// The other key.
        key: String,
        /// Its values that go with the key.
        values: Vec<String>,
    },
    /// The key exists for other physics.
    Physics {
        /// Those that have it.
        physics: Vec<String>,
        /// Keys that the phantom's own physics still lacks here.
        keys: Vec<String>,
    },
    /// A similar key exists.
    Similar {
        /// The valid key.
        key: String,
    },
    /// These keys exist.
    OneOf {
        /// All valid keys of the table that are not taken yet.
        keys: Vec<String>,
    },
}

impl fmt::Display for KeyHint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit { key, unit } => {
                write!(formatter, "the unit is part of the key: write `{key}`, in {unit}")
            }
            Self::Elsewhere { table } if table == TOP_LEVEL => {
                write!(formatter, "it belongs {table}, above the first [table]")
            }
            Self::Elsewhere { table } => write!(formatter, "it belongs {table}"),
            Self::When { key, values } => {
                write!(formatter, "it goes with `{key}` {}", listed(values))
            }
            Self::Physics { physics, keys } => {
                write!(formatter, "it belongs to the physics {}", listed(physics))?;
                if keys.is_empty() {
                    Ok(())
                } else {
                    write!(formatter, "; expected {}", listed(keys))
                }
            }
            Self::Similar { key } => write!(formatter, "did you mean `{key}`?"),
            Self::OneOf { keys } if keys.is_empty() => {
                write!(formatter, "every key of this table is already there")
            }
            Self::OneOf { keys } => write!(formatter, "expected {}", listed(keys)),
        }
    }
}

/// The line around a place, with the marked part.
#[derive(Debug, Clone, PartialEq, Default)]
struct Excerpt {
    text: String,
    before: usize,
    marked: usize,
}

/// One of the files that make up a phantom.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// Its name in messages.
    pub(super) name: String,
    /// Its text.
    pub(super) text: String,
    /// Where its places begin: they go on after those of the file before.
    pub(super) first: usize,
    /// The text after as many blanks, so that the parser counts places from there.
    pub(super) padded: String,
}

impl Source {
    pub(super) fn new(name: String, text: String, first: usize) -> Self {
        let padded = if first == 0 {
            text.clone()
        } else {
            // A byte order mark, three bytes, is none there.
            " ".repeat(first) + &text.replacen('\u{feff}', "   ", 1)
        };
        Self { name, text, first, padded }
    }
}

/// Faults as they are found: byte ranges of the source and causes.
#[derive(Debug, Default)]
pub(super) struct Faults {
    found: Vec<(Range<usize>, Cause)>,
}

impl Faults {
    pub(super) fn one(span: Range<usize>, cause: Cause) -> Self {
        Self { found: vec![(span, cause)] }
    }

    pub(super) fn push(&mut self, span: Range<usize>, cause: Cause) {
        if !self.is_full() {
            self.found.push((span, cause));
        }
    }

    /// Whether further faults would be dropped.
    pub(super) fn is_full(&self) -> bool {
        self.found.len() >= MOST_COLLECTED
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The faults with their places in `sources`, in order.
    pub(super) fn into_error(mut self, sources: &[Source]) -> PhantomError {
        self.found.sort_by_key(|(span, _)| span.start);
        let faults = self.found.into_iter().map(|(span, cause)| {
            let source = sources
                .iter()
                .rfind(|source| source.first <= span.start)
                .expect("the first file begins at 0");
            let within = span.start - source.first..span.end.max(span.start) - source.first;
            let (line, column, excerpt) = locate(&source.text, &within);
            Fault { place: Place { file: source.name.clone(), line, column }, cause, excerpt }
        });
        PhantomError::Invalid(faults.collect())
    }
}

/// Line and column of a byte range, and the line around it.
fn locate(source: &str, span: &Range<usize>) -> (usize, usize, Excerpt) {
    let mut start = span.start.min(source.len());
    while !source.is_char_boundary(start) {
        start -= 1;
    }
    let head = &source[..start];
    // A byte order mark is no column.
    let first = if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8().min(start) } else { 0 };
    let line_start = head.rfind('\n').map_or(first, |at| at + 1);
    let line = head.matches('\n').count() + 1;
    let column = source[line_start..start].chars().count() + 1;

    let rest = &source[line_start..];
    let whole = rest.split('\n').next().unwrap_or_default().trim_end_matches('\r');
    // A long line is shown from a little before the place.
    let skipped = column.saturating_sub(EXCERPT_WIDTH / 2 + 1);
    let text: String = whole
        .chars()
        .skip(skipped)
        .take(EXCERPT_WIDTH)
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect();
    let before = column - 1 - skipped;
    let room = text.chars().count().saturating_sub(before).max(1);
    let marked = source.get(start..span.end).map_or(1, |marked| {
        marked.chars().take(room).take_while(|&character| character != '\n').count()
    });
    (line, column, Excerpt { text, before, marked: marked.max(1) })
}

/// The name that was probably meant, as a remark.
fn meant(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default()
}

/// The first faults, one after the other, and the number of the others.
fn shown(faults: &[Fault]) -> String {
    let mut text = String::new();
    for fault in faults.iter().take(MOST_SHOWN) {
        if !text.is_empty() {
            text.push('\n');
        }
        let _infallible = write!(text, "{fault}");
    }
    if faults.len() > MOST_SHOWN {
        let _infallible = write!(text, "\nand {} more", faults.len() - MOST_SHOWN);
    }
    text
}
