//! The study file: what a calibration is asked for, in one TOML file; knows no path and plans
//! nothing.

use std::fmt;
use std::sync::LazyLock;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::json;
use thiserror::Error;

use super::option::{self, Changes, OPTIONS};

/// The version of the file format that this program reads.
const FORMAT: u32 = 1;

/// Why a study file could not be read.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum StudyFileError {
    /// It is not the TOML that is expected.
    #[error("{file}:{line}:{column}: {message}; `phantom-limit schema study` lists the keys")]
    Syntax {
        /// Name of the file.
        file: String,
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault in characters, from 1.
        column: usize,
        /// What was found and what was expected.
        message: String,
    },
    /// It is of another version.
    #[error("{file}: format {found} is not known; this program reads format {FORMAT}")]
    Format {
        /// Name of the file.
        file: String,
        /// The version that it states.
        found: u32,
    },
    /// It names no phantom.
    #[error("{file}: `phantoms` is empty: name ids from `phantom-limit list`, paths, or \"all\"")]
    NoPhantom {
        /// Name of the file.
        file: String,
    },
}

/// A study: which phantoms are calibrated, and what differs from the preset.
#[derive(Debug, Clone, PartialEq)]
pub struct StudyFile {
    /// Version of the file format: 1.
    format: u32,
    /// Phantoms: ids of the library, paths of .toml files from this file's folder, or "all" for
    /// the whole library.
    pub phantoms: Vec<String>,
    /// What is asked for.
    pub changes: Changes,
}

impl StudyFile {
    /// Reads the text of a study file; `name` stands for it in messages.
    ///
    /// ```
    /// use phantom_limit::study::StudyFile;
    /// let text = "format = 1\nphantoms = [\"ct-head\"]\nratios = [5, 10]\n";
    /// let study = StudyFile::parse(text, "study.toml")?;
    /// assert_eq!(study.changes.ratios, Some(vec![5.0, 10.0]));
    /// let error = StudyFile::parse("format = 1\nphantom = []", "study.toml").unwrap_err();
    /// assert!(error.to_string().starts_with("study.toml:2:1: unknown field `phantom`"));
    /// # Ok::<(), phantom_limit::study::StudyFileError>(())
    /// ```
    ///
    /// # Errors
    /// With the place of the first fault.
    pub fn parse(text: &str, name: &str) -> Result<Self, StudyFileError> {
        let study: Self = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start).min(text.len());
            let before = text.get(..at).unwrap_or(text);
            let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
            StudyFileError::Syntax {
                file: name.to_owned(),
                line: before.matches('\n').count() + 1,
                column: before[line_start..].chars().count() + 1,
                message: error.message().replace('\n', ", "),
            }
        })?;
        if study.format != FORMAT {
            return Err(StudyFileError::Format { file: name.to_owned(), found: study.format });
        }
        if study.phantoms.is_empty() {
            return Err(StudyFileError::NoPhantom { file: name.to_owned() });
        }
        Ok(study)
    }

    /// JSON Schema of study files.
    #[must_use]
    pub fn schema() -> serde_json::Value {
        let before = json!({
            "format": {
                "description": "Version of the file format: 1.",
                "type": "integer",
                "enum": [FORMAT],
            },
            "phantoms": {
                "description": "Phantoms: ids of the library, paths of .toml files from this \
                                file's folder, or \"all\" for the whole library.",
                "type": "array",
                "items": { "type": "string" },
                "minItems": 1,
            },
        });
        let before = before.as_object().cloned().unwrap_or_default();
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "study",
            "description": "A study: which phantoms are calibrated, and what differs from the \
                            preset.",
            "type": "object",
            "properties": option::schema(before),
            "required": ["format", "phantoms"],
            "additionalProperties": false,
        })
    }
}

/// A key of a study file.
enum Key {
    Format,
    Phantoms,
    Option(&'static str),
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = String::deserialize(deserializer)?;
        match found.as_str() {
            "format" => Ok(Self::Format),
            "phantoms" => Ok(Self::Phantoms),
            key => match option::by_key(key) {
                Some(option) => Ok(Self::Option(option.facts.key)),
                None => Err(de::Error::unknown_field(key, &KEYS)),
            },
        }
    }
}

/// Every key, for messages.
static KEYS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let keys = OPTIONS.iter().map(|option| option.facts.key);
    ["format", "phantoms"].into_iter().chain(keys).collect()
});

impl<'de> Deserialize<'de> for StudyFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Keys)
    }
}

/// Reads the keys of a study file, each at most once.
struct Keys;

impl<'de> Visitor<'de> for Keys {
    type Value = StudyFile;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a study")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<StudyFile, A::Error> {
        let (mut format, mut phantoms, mut changes) = (None, None, Changes::default());
        while let Some(key) = map.next_key()? {
            match key {
                Key::Format => format = Some(map.next_value()?),
                Key::Phantoms => phantoms = Some(map.next_value()?),
                Key::Option(key) => changes.read(key, &mut map)?,
            }
        }
        Ok(StudyFile {
            format: format.ok_or_else(|| de::Error::missing_field("format"))?,
            phantoms: phantoms.ok_or_else(|| de::Error::missing_field("phantoms"))?,
            changes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_have_a_place_and_a_way_out() {
        for (text, expected) in [
            ("format = 1\nphantoms = []", "s.toml: `phantoms` is empty"),
            ("format = 2\nphantoms = [\"a\"]", "s.toml: format 2 is not known"),
            (
                "format = 1\nphantoms = [\"a\"]\nregimes = [\"mixt\"]",
                "s.toml:3:12: unknown variant",
            ),
            ("format = 1\nphantoms = [\"a\"]\nmargin = \"2\"", "s.toml:3:10: invalid type"),
            ("format = 1\nphantoms = [\"a\"", "s.toml:2:"),
            ("phantoms = [\"a\"]", "s.toml:1:1: missing field `format`"),
        ] {
            let error = StudyFile::parse(text, "s.toml").unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn keys_of_earlier_versions_are_read_once() {
        let read = |keys: &str| {
            StudyFile::parse(&format!("format = 1\nphantoms = [\"a\"]\n{keys}"), "s.toml")
        };
        let earlier = read("matched_ratios = [5]").unwrap();
        assert_eq!(earlier.changes.matched_levels, Some(vec![5.0]));
        let twice = read("matched_ratios = [5]\nmatched_levels = [5]").unwrap_err().to_string();
        assert!(twice.contains("duplicate field `matched_levels`"), "{twice}");
    }

    #[test]
    fn the_schema_describes_every_key() {
        let schema = StudyFile::schema();
        let keys = schema["properties"].as_object().unwrap();
        assert_eq!(keys.len(), KEYS.len());
        assert!(keys.values().all(|key| key["description"].is_string()), "{schema}");
        assert_eq!(keys["margin"]["oneOf"][0]["exclusiveMaximum"], 1.0);
        assert_eq!(keys["margin"]["oneOf"][1]["required"][0], "dose_share");
        assert_eq!(keys["codecs"]["items"]["enum"][0], "jpeg");
    }
}
