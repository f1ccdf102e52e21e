//! The query of the page and its checks; knows no image.

use serde::Deserialize;

use super::ExploreError;
use super::rendition::{self, CODECS, Level, MOST_GENERATIONS, MOST_RATIO};
use crate::codec::CodecName;
use crate::record::{InputPath, Regime};

/// A query of the page: every key is optional, unknown keys are refused.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ImageQuery {
    pub(super) phantom: Option<String>,
    /// Name of an uploaded image, instead of a phantom.
    pub(super) upload: Option<String>,
    pub(super) case: Option<u64>,
    pub(super) contrast: Option<f64>,
    pub(super) radius: Option<f64>,
    pub(super) noise: Option<f64>,
    pub(super) path: Option<InputPath>,
    /// Window of the windowed path.
    pub(super) center: Option<f64>,
    pub(super) width: Option<f64>,
    pub(super) codec: Option<CodecName>,
    pub(super) ratio: Option<f64>,
    pub(super) quality: Option<f64>,
    pub(super) generations: Option<u32>,
    pub(super) regime: Option<Regime>,
    /// Number of a region of the image.
    pub(super) region: Option<usize>,
}

/// How a rendition is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Recipe {
    pub(super) codec: CodecName,
    pub(super) level: Level,
    pub(super) generations: u32,
}

impl ImageQuery {
    /// How the rendition of the query is made.
    pub(super) fn recipe(&self) -> Result<Recipe, ExploreError> {
        let codec = self.codec.unwrap_or(CodecName::Jpeg2000);
        let listed = CODECS.iter().any(|(name, _)| *name == codec);
        if !listed {
            return Err(ExploreError::Missing(format!("codec {codec} on this page")));
        }
        let level = match (self.ratio, self.quality) {
            (None, None) if codec == CodecName::Lossless => Level::Lossless,
            _ if codec == CodecName::Lossless => {
                return Err(ExploreError::Query(
                    "a lossless codec has no `ratio` or `quality`".into(),
                ));
            }
            (Some(_), Some(_)) => {
                return Err(ExploreError::Query("`ratio` and `quality` cannot be combined".into()));
            }
            (None, Some(_)) if !rendition::has_quality(codec) => {
                return Err(ExploreError::Query(format!("{codec} has no `quality`")));
            }
            (None, Some(quality)) => Level::Quality(between("quality", quality, 1.0, 100.0)?),
            (ratio, None) => {
                Level::Ratio(between("ratio", ratio.unwrap_or(10.0), 1.0, MOST_RATIO)?)
            }
        };
        let generations = self.generations.unwrap_or(1);
        if !(1..=MOST_GENERATIONS).contains(&generations) {
            let expected = format!("1 to {MOST_GENERATIONS} are possible");
            let found = generations.to_string();
            return Err(ExploreError::Value { key: "generations", found, expected });
        }
        Ok(Recipe { codec, level, generations })
    }
}

/// `found`, if it is in its range.
pub(super) fn between(
    key: &'static str,
    found: f64,
    least: f64,
    most: f64,
) -> Result<f64, ExploreError> {
    if (least..=most).contains(&found) {
        return Ok(found);
    }
    let expected = format!("{least} to {most} are possible");
    Err(ExploreError::Value { key, found: found.to_string(), expected })
}
