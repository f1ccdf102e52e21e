//! Defines how networks outline targets, level by level, and pictures of what they outline; computes
//! nothing.

use serde::{Deserialize, Serialize};

use super::{ArmResult, InputPath, Regime};
use crate::codec::CodecName;
use crate::task::Measure;

/// Intersection over union from which on a target counts as found.
pub const LEAST_OVERLAP: f64 = 0.1;

/// Accepted loss of lesion recall.
pub const RECALL_MARGIN: f64 = 0.05;

/// The measure of lesion recall, for a task that outlines.
#[must_use]
pub fn lesion_recall(task: &Measure) -> Measure {
    Measure {
        score: "lesion recall".to_owned(),
        short: "recall".to_owned(),
        unit: format!("share of targets outlined with an overlap of {LEAST_OVERLAP} or more"),
        usable: [0.5, 1.0],
        ..task.clone()
    }
}

/// Figures of networks that outline, under one condition. Overlaps are means over targets and
/// networks; distances are medians, since the few targets that are missed count as far off as the
/// diagonal of the image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutliningLevel {
    /// Codec; null for the path's uncompressed images.
    pub codec: Option<CodecName>,
    /// Target in the study's base; null for uncompressed images.
    pub target: Option<f64>,
    /// Achieved ratio on stored bits; null for uncompressed images.
    pub ratio_stored: Option<f64>,
    /// Dice coefficient, whatever the shape is said to be: the score.
    pub dice: f64,
    /// Dice coefficient of the pixels that are said to be of the target's shape.
    pub dice_of_shape: f64,
    /// Share of targets in whose region nothing is outlined.
    pub missed: f64,
    /// Outlined pixels in a target's region over its own.
    pub area: f64,
    /// Share of targets that have a candidate with an overlap of [`LEAST_OVERLAP`].
    pub recall: f64,
    /// Candidates per image that have no such target.
    pub false_candidates: f64,
    /// 2 TP / (2 TP + FP + FN) over targets and candidates.
    pub f1: f64,
    /// Surface Dice within one pixel.
    pub surface_dice: f64,
    /// Average symmetric surface distance; null where the distance of pixels is not known.
    pub average_mm: Option<f64>,
    /// 95 % Hausdorff distance; null likewise.
    pub hausdorff_95_mm: Option<f64>,
    /// Mean signed distance to the exact outline, above 0 beyond it; null where none is known.
    pub bias_mm: Option<f64>,
    /// Mean distance to the exact outline.
    pub mean_mm: Option<f64>,
    /// 95th percentile of that distance.
    pub percentile_95_mm: Option<f64>,
}

/// Figures of networks that outline, for one path and regime.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutliningResult {
    /// What the codec was given.
    pub path: InputPath,
    /// What the networks were trained on.
    pub regime: Regime,
    /// Test images.
    pub images: u32,
    /// Targets in them.
    pub targets: u32,
    /// Uncompressed first, then every codec's levels.
    pub levels: Vec<OutliningLevel>,
    /// Lesion recall judged like the score, each codec by itself, with [`RECALL_MARGIN`].
    pub recall: Vec<ArmResult>,
}

/// What a network outlined in one region at one level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutlinedTile {
    /// Target in the study's base; null for the uncompressed image.
    pub target: Option<f64>,
    /// Dice coefficient.
    pub dice: f64,
    /// Displayed values 0..=255, `[side, side]` in row-major order.
    pub display: Vec<u8>,
    /// 1 where a pixel is outlined and 0 elsewhere, in the same order.
    pub outlined: Vec<u8>,
}

/// One target with what a network outlined, before and after compression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutlinedStrip {
    /// Codec.
    pub codec: CodecName,
    /// What the codec was given.
    pub path: InputPath,
    /// Whether it is here because compression costs it the most; otherwise it is a usual one.
    pub worst: bool,
    /// Test image.
    pub case: u32,
    /// Class name of the target.
    pub shape: String,
    /// Pixels per side.
    pub side: u32,
    /// The exact outline: contours of (column, row) in pixels from the region's top-left corner.
    pub truth: Vec<Vec<[f64; 2]>>,
    /// Uncompressed first, then the levels that figures show.
    pub tiles: Vec<OutlinedTile>,
}
