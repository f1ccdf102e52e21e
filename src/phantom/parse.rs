//! Owns the way from the text of a phantom file to a [`Phantom`]; knows no single rule.

use serde::Deserialize;
use toml::de::{DeTable, DeValue};

use super::check::check;
use super::conform::conform;
use super::fault::{Cause, Faults};
use super::nearest::printable;
use super::raw::{FORMAT, RawPhantom, SCHEMA};
use super::{Phantom, PhantomError};

/// Largest phantom file that is read: 1 MiB.
pub const MAX_BYTES: usize = 1 << 20;

impl Phantom {
    /// Reads the text of a phantom file. `name` stands for the file in errors.
    ///
    /// ```
    /// use phantom_limit::phantom::Phantom;
    /// let error = Phantom::parse("format = 1\nidd = \"ct-head\"\n", "head.toml").unwrap_err();
    /// assert!(error.to_string().contains("head.toml:2:1: unknown key `idd`"));
    /// ```
    ///
    /// # Errors
    /// [`PhantomError::Invalid`] with every fault that is independent of the others and its
    /// place: first those of TOML, then those of single keys and values, then those that join
    /// several values.
    pub fn parse(source: &str, name: &str) -> Result<Self, PhantomError> {
        read(source).map_err(|faults| faults.into_error(source, name))
    }
}

fn read(source: &str) -> Result<Phantom, Faults> {
    if source.len() > MAX_BYTES {
        return Err(Faults::one(0..0, Cause::Bytes { bytes: source.len() }));
    }
    let document = DeTable::parse(source).map_err(|error| unread("this is not TOML", &error))?;
    // A file for another version would only seem to be full of faults.
    if let Some(format) = document.get_ref().get("format")
        && let DeValue::Integer(found) = format.get_ref()
        && found.to_string() != FORMAT.to_string()
    {
        let found = printable(&found.to_string());
        return Err(Faults::one(format.span(), Cause::Format { found }));
    }
    let mut faults = Faults::default();
    conform(document.get_ref(), &SCHEMA, &mut faults);
    if !faults.is_empty() {
        return Err(faults);
    }
    let raw = RawPhantom::deserialize(toml::de::Deserializer::from(document))
        .map_err(|error| unread("this cannot be read", &error))?;
    check(raw)
}

fn unread(what: &str, error: &toml::de::Error) -> Faults {
    let message = format!("{what}: {}", error.message().trim().replace('\n', ", "));
    Faults::one(error.span().unwrap_or(0..0), Cause::Syntax { message })
}

/// The JSON Schema (draft 2020-12) of phantom files: keys, kinds, ranges with units, choices.
/// Rules that join several values are in the descriptions.
#[must_use]
pub fn schema() -> serde_json::Value {
    SCHEMA.clone()
}
