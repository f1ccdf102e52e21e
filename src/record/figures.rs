//! Defines the stored figures of a report: confusions, strips and examples; draws nothing.

use serde::{Deserialize, Serialize};

use super::{Attention, InputPath, OutlinedStrip, QualityResult, Regime, SearchFigures};
use crate::codec::CodecName;

/// Answers against truth at one level, summed over networks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confusion {
    /// Codec; null for the path's uncompressed images.
    pub codec: Option<CodecName>,
    /// What the codec was given.
    pub path: InputPath,
    /// What the networks were trained on.
    pub regime: Regime,
    /// Target in the study's base; null for uncompressed images.
    pub target: Option<f64>,
    /// `[truth][answer]`, in the order of the class names.
    pub counts: Vec<Vec<u64>>,
}

/// One square region as a reader would see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tile {
    /// Displayed values 0..=255 through the phantom's window, `[side, side]` in row-major order.
    pub display: Vec<u8>,
    /// Decoded minus original in stored units of the codec's input, same order; empty for the
    /// original.
    pub difference: Vec<i32>,
}

/// One compressed rendition of a strip's target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StripLevel {
    /// Target in the study's base.
    pub target: f64,
    /// Achieved ratio of the whole image on stored bits.
    pub ratio_stored: f64,
    /// The region.
    pub tile: Tile,
}

/// One target at several levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Strip {
    /// Codec.
    pub codec: CodecName,
    /// What the codec was given.
    pub path: InputPath,
    /// Class name of the target.
    pub shape: String,
    /// Contrast in the phantom's physical units.
    pub contrast: f64,
    /// Equivalent radius.
    pub equivalent_radius_mm: f64,
    /// Pixels per side.
    pub side: u32,
    /// Centre of the target within the region, in pixels from its top-left corner (column).
    pub center_column: f64,
    /// The same (row).
    pub center_row: f64,
    /// Extent of the target: radius of the circle around its centre that holds it, in pixels.
    pub extent_pixels: f64,
    /// Before compression.
    pub original: Tile,
    /// Compressed, mildest first.
    pub levels: Vec<StripLevel>,
}

/// Figures that a study stores so that a report never recomputes images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// [`FORMAT`](super::FORMAT).
    pub format: u32,
    /// Class names in the order of the network's outputs.
    pub classes: Vec<String>,
    /// Confusion tables.
    pub confusions: Vec<Confusion>,
    /// Image strips.
    pub strips: Vec<Strip>,
    /// Similarity and artefacts of every level; empty in figures of earlier versions.
    #[serde(default)]
    pub quality: Vec<QualityResult>,
    /// Where the networks look; null where the observers are no networks, and in figures of
    /// earlier versions.
    #[serde(default)]
    pub attention: Option<Attention>,
    /// How networks search; null where none does, and in figures of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<SearchFigures>,
    /// What a network outlined; empty where none does, and in figures of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outlines: Vec<OutlinedStrip>,
    /// One whole test image, displayed 0..=255.
    pub example: Example,
}

/// One whole displayed test image with its targets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Rows.
    pub rows: u32,
    /// Columns.
    pub columns: u32,
    /// Displayed values in row-major order.
    pub display: Vec<u8>,
    /// Corner `[row, column]` and class index of every region that is for identification.
    pub regions: Vec<([u32; 2], u8)>,
    /// Corner `[row, column]` of every region that is for detection, and whether it holds a target.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub detection: Vec<([u32; 2], bool)>,
    /// Pixels per side of a region.
    pub region_side: u32,
}
