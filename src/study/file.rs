//! Owns the study file as typed: what a calibration is asked for, in one TOML file; knows no path
//! and plans nothing.

use schemars::JsonSchema;
use serde::Deserialize;
use thiserror::Error;

use super::{Changes, Preset};
use crate::codec::CodecName;
use crate::record::{InputPath, Regime};

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
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "study")]
pub struct StudyFile {
    /// Version of the file format: 1.
    #[schemars(extend("enum" = [FORMAT]))]
    format: u32,
    /// Phantoms: ids of the library, paths of .toml files from this file's folder, or "all" for
    /// the whole library.
    #[schemars(extend("minItems" = 1))]
    pub phantoms: Vec<String>,
    /// Amount of work, from which the other keys differ; standard if not given.
    #[serde(default)]
    #[schemars(with = "String", extend("enum" = ["smoke", "quick", "standard", "full"]))]
    pub preset: Option<Preset>,
    /// Seed; 1 if not given.
    #[serde(default)]
    pub seed: Option<u64>,
    /// Lossy codecs.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    codecs: Option<Vec<CodecName>>,
    /// What the codecs are given: "native", "windowed".
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    paths: Option<Vec<InputPath>>,
    /// What networks are trained on: "original", "mixed", "matched", "matrix".
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    regimes: Option<Vec<Regime>>,
    /// Levels as compression ratios N:1 on stored bits, above 1. Give one of ratios, qualities,
    /// psnr_db and bpp; the preset's ratios if none is given.
    #[serde(default)]
    #[schemars(with = "Vec<f64>")]
    ratios: Option<Vec<f64>>,
    /// Levels as qualities of the JPEG family, up to 100.
    #[serde(default)]
    #[schemars(with = "Vec<f64>")]
    qualities: Option<Vec<f64>>,
    /// Levels as least PSNR in dB against what the codec is given.
    #[serde(default)]
    #[schemars(with = "Vec<f64>")]
    psnr_db: Option<Vec<f64>>,
    /// Levels as compressed bits per pixel, below the bits stored.
    #[serde(default)]
    #[schemars(with = "Vec<f64>")]
    bpp: Option<Vec<f64>>,
    /// Levels at which networks of regimes matched and matrix are trained, out of those above.
    /// Earlier versions call them `matched_ratios`.
    #[serde(default, alias = "matched_ratios")]
    #[schemars(with = "Vec<f64>")]
    matched_levels: Option<Vec<f64>>,
    /// Whether those networks start from the originals' network; false if not given.
    #[serde(default)]
    warm_start: bool,
    /// Whether networks rate the mean over the eight flips and turns of a region, which takes
    /// eight times as long; false if not given.
    #[serde(default)]
    symmetric_prediction: bool,
    /// Networks per path and regime.
    #[serde(default)]
    #[schemars(with = "u32")]
    replicates: Option<u32>,
    /// Training images of each replicate.
    #[serde(default)]
    #[schemars(with = "u32")]
    train_images: Option<u32>,
    /// Test images.
    #[serde(default)]
    #[schemars(with = "u32")]
    test_images: Option<u32>,
    /// Passes over the training images.
    #[serde(default)]
    #[schemars(with = "u32")]
    epochs: Option<u32>,
    /// Largest loss of accuracy that is accepted.
    #[serde(default)]
    #[schemars(with = "f64")]
    margin: Option<f64>,
    /// One-sided error of each verdict.
    #[serde(default)]
    #[schemars(with = "f64")]
    alpha: Option<f64>,
    /// Most looks, 2 to 5, at a study that grows until every limit is decided: from 5 networks on
    /// to `replicates` and `test_images`, which are then the most that it may take. All at once if
    /// not given.
    #[serde(default)]
    #[schemars(with = "u32", range(min = 2, max = 5))]
    looks: Option<u32>,
    /// Whether linear observers (NPW, NPWE, channelised Hotelling) rate the test images too; if
    /// not given, in presets standard and full.
    #[serde(default)]
    #[schemars(with = "bool")]
    linear_observers: Option<bool>,
}

impl StudyFile {
    /// Reads the text of a study file; `name` stands for it in messages.
    ///
    /// ```
    /// use phantom_limit::study::StudyFile;
    /// let text = "format = 1\nphantoms = [\"ct-head\"]\nratios = [5, 10]\n";
    /// let study = StudyFile::parse(text, "study.toml")?;
    /// assert_eq!(study.changes().ratios, Some(vec![5.0, 10.0]));
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

    /// What differs from the preset.
    #[must_use]
    pub fn changes(&self) -> Changes {
        Changes {
            codecs: self.codecs.clone(),
            paths: self.paths.clone(),
            regimes: self.regimes.clone(),
            ratios: self.ratios.clone(),
            qualities: self.qualities.clone(),
            psnr_db: self.psnr_db.clone(),
            bpp: self.bpp.clone(),
            matched_levels: self.matched_levels.clone(),
            warm_start: self.warm_start,
            symmetric_prediction: self.symmetric_prediction,
            replicates: self.replicates,
            train_images: self.train_images,
            test_images: self.test_images,
            epochs: self.epochs,
            margin: self.margin,
            alpha: self.alpha,
            looks: self.looks,
            linear_observers: self.linear_observers,
        }
    }

    /// JSON Schema of study files.
    #[must_use]
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
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
    fn the_schema_describes_every_key() {
        let schema = StudyFile::schema();
        let keys = schema["properties"].as_object().unwrap();
        assert_eq!(keys.len(), 22);
        assert!(keys.values().all(|key| key["description"].is_string()), "{schema}");
    }
}
