//! From the text of a phantom file, and of the files it extends, to a [`Phantom`]; knows no single
//! rule and no file system.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::check::check;
use super::conform::conform;
use super::fault::{Cause, Faults, MAX_BYTES, Source};
use super::nearest::printable;
use super::raw::{FORMAT, RawPhantom};
use super::resolve::{Resolver, library_only};
use super::rules::{published, schema_of};
use super::{Phantom, PhantomError, Physics};

/// Files that extend one another, at most.
const MOST_FILES: usize = 8;

impl Phantom {
    /// Reads the text of a phantom file that may extend files of the library. `name` is
    /// the name of the file in errors.
    ///
    /// ```
    /// use phantom_limit_engine::phantom::Phantom;
    /// let error = Phantom::parse("format = 1\nidd = \"ct-head\"\n", "head.toml").unwrap_err();
    /// assert!(error.to_string().contains("head.toml:2:1: unknown key `idd`"));
    /// ```
    ///
    /// # Errors
    /// [`PhantomError::Invalid`] with every fault that is independent of the others and its
    /// place: first those of TOML, then those of single keys and values, then those that join
    /// several values.
    pub fn parse(source: &str, name: &str) -> Result<Self, PhantomError> {
        Self::parse_with(source, name, &library_only).map(|(phantom, _)| phantom)
    }

    /// Reads the text of a phantom file; `resolve` finds what it extends. Returns the phantom
    /// with a text that is complete by itself: the given one if it extends nothing, or else all
    /// files joined.
    ///
    /// # Errors
    /// As [`Self::parse`], and [`Cause::Extends`] for a file that is missing or extends itself.
    pub fn parse_with(
        source: &str,
        name: &str,
        resolve: &Resolver<'_>,
    ) -> Result<(Self, String), PhantomError> {
        let mut sources = vec![Source::new(name.to_owned(), source.to_owned(), 0)];
        if let Err(faults) = follow(&mut sources, resolve) {
            return Err(faults.into_error(&sources));
        }
        read(&sources).map_err(|faults| faults.into_error(&sources))
    }
}

/// Adds the files that the first one extends, one after the other.
fn follow(sources: &mut Vec<Source>, resolve: &Resolver<'_>) -> Result<(), Faults> {
    loop {
        let last = sources.last().expect("there is a first file");
        let (name, first) = (last.name.clone(), last.first);
        if last.text.len() > MAX_BYTES {
            let cause = Cause::Bytes { bytes: last.text.len() };
            return Err(Faults::one(first..first, cause));
        }
        let document = table(last)?;
        let Some(extends) = document.get_ref().get("extends") else { return Ok(()) };
        let span = extends.span();
        let refuse = |reason| Err(Faults::one(span.clone(), Cause::Extends { reason }));
        let word = match extends.get_ref() {
            DeValue::String(word) => word.to_string(),
            _ => return refuse("expected the path of a phantom file as a text".to_owned()),
        };
        let found = match resolve(&name, &word) {
            Ok(found) => found,
            Err(reason) => return refuse(reason),
        };
        if let Some(start) = sources.iter().position(|source| source.name == found.name) {
            let mut names: Vec<&str> =
                sources[start..].iter().map(|source| source.name.as_str()).collect();
            names.push(&found.name);
            return refuse(format!("the files extend one another: {}", names.join(" → ")));
        }
        if sources.len() == MOST_FILES {
            return refuse(format!("more than {MOST_FILES} files extend one another"));
        }
        let first = first + sources.last().map_or(0, |last| last.text.len()) + 1;
        sources.push(Source::new(found.name, found.source, first));
    }
}

/// The table of one file; its places count from the beginning of the first file.
fn table(source: &Source) -> Result<Spanned<DeTable<'_>>, Faults> {
    DeTable::parse(&source.padded).map_err(|error| unread("this is not TOML", source.first, &error))
}

fn read(sources: &[Source]) -> Result<(Phantom, String), Faults> {
    let mut document = table(&sources[0])?;
    // A file for another version would only seem to be full of faults.
    let mut formats = vec![document.get_ref().get("format").cloned()];
    for source in &sources[1..] {
        let base = table(source)?;
        formats.push(base.get_ref().get("format").cloned());
        join(document.get_mut(), base.into_inner());
    }
    for format in formats.iter().flatten() {
        if let DeValue::Integer(found) = format.get_ref()
            && found.to_string() != FORMAT.to_string()
        {
            let found = printable(&found.to_string());
            return Err(Faults::one(format.span(), Cause::Format { found }));
        }
    }
    let physics = physics(document.get_ref());
    let mut faults = Faults::default();
    conform(document.get_ref(), schema_of(physics), &mut faults);
    if !faults.is_empty() {
        return Err(faults);
    }
    let text = if sources.len() == 1 { sources[0].text.clone() } else { joined(&document) };
    let raw = RawPhantom::deserialize(toml::de::Deserializer::from(document))
        .map_err(|error| unread("this cannot be read", 0, &error))?;
    Ok((check(raw)?, text))
}

/// The physics of the modality; for a modality that does not exist, of the acquisition.
fn physics(document: &DeTable<'_>) -> Physics {
    let modality = document.get("modality").and_then(|value| value.get_ref().as_str());
    let by_modality = Physics::ALL.into_iter().find(|physics| {
        physics.modalities().iter().any(|one| Some(format!("{one:?}").as_str()) == modality)
    });
    by_modality
        .or_else(|| {
            let DeValue::Table(acquisition) = document.get("acquisition")?.get_ref() else {
                return None;
            };
            Physics::ALL.into_iter().find(|physics| acquisition.contains_key(physics.name()))
        })
        .unwrap_or(Physics::Ct)
}

/// Adds what `into` lacks; tables of both are joined key by key.
fn join<'a>(into: &mut DeTable<'a>, base: DeTable<'a>) {
    for (key, value) in base {
        if key.get_ref() == "extends" {
            continue;
        }
        match into.get_mut(key.get_ref().as_ref()) {
            None => drop(into.insert(key, value)),
            Some(own) => {
                if let (DeValue::Table(own), DeValue::Table(base)) =
                    (own.get_mut(), value.into_inner())
                {
                    join(own, base);
                }
            }
        }
    }
}

/// The text of a joined file, without `extends`.
fn joined(document: &Spanned<DeTable<'_>>) -> String {
    let mut value = toml::Table::deserialize(toml::de::Deserializer::from(document.clone()))
        .expect("a parsed document is a table");
    value.remove("extends");
    let text = toml::to_string(&value).expect("a table of TOML values is TOML");
    format!("# Joined from several files by phantom-limit.\n{text}")
}

fn unread(what: &str, first: usize, error: &toml::de::Error) -> Faults {
    let message = format!("{what}: {}", error.message().trim().replace('\n', ", "));
    let span: Range<usize> = error.span().unwrap_or(first..first);
    Faults::one(span.start.max(first)..span.end.max(first), Cause::Syntax { message })
}

/// The JSON Schema (draft 2020-12) of phantom files: keys, kinds, ranges with units, choices, for
/// each physics. Rules that join several values are in the descriptions.
#[must_use]
pub fn schema() -> serde_json::Value {
    published()
}
