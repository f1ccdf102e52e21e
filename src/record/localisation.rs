//! Defines how networks find targets in whole images, level by level; computes nothing.

use serde::{Deserialize, Serialize};

use super::{InputPath, Regime};
use crate::codec::CodecName;

/// False marks per image at which free-response curves are stored.
pub const FALSE_MARK_RATES: [f64; 11] =
    [0.0, 0.0625, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0];

/// Steps of the share of images with a false mark at which weighted AFROC curves are stored, 0 and 1
/// included.
pub const AFROC_STEPS: usize = 41;

/// How far beside a target a mark may lie where hits are counted with a tolerance, in pixels.
pub const TOLERANCE: f64 = 2.0;

/// Accepted loss of the stricter statement beside the study's own.
pub const STRICT_MARGIN: f64 = 0.02;

/// How well the ideal observer that knows the anatomy searches native originals: a ceiling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchCeilingResult {
    /// [`FORMAT`](super::FORMAT).
    pub format: u32,
    /// Test images that it searched, the first.
    pub images: u32,
    /// Area under the weighted AFROC curve.
    pub wafroc: f64,
    /// Its standard error over images.
    pub standard_error: f64,
}

/// Figures of networks that search, under one condition: means over the networks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalisationLevel {
    /// Codec; null for the path's uncompressed images.
    pub codec: Option<CodecName>,
    /// Target in the study's base; null for uncompressed images.
    pub target: Option<f64>,
    /// Achieved ratio on stored bits; null for uncompressed images.
    pub ratio_stored: Option<f64>,
    /// Area under the weighted AFROC curve: the score.
    pub wafroc: f64,
    /// The same where marks up to [`TOLERANCE`] pixels beside a target hit it.
    pub wafroc_tolerant: f64,
    /// Area under the AFROC curve, all targets alike.
    pub afroc: f64,
    /// The same with the false marks of all images.
    pub afroc1: f64,
    /// Area under the weighted AFROC curve with the false marks of all images.
    pub wafroc1: f64,
    /// Area under the ROC curve of the highest mark of each image.
    pub hr_auc: f64,
    /// Mean sensitivity at ⅛, ¼, ½, 1, 2, 4 and 8 false marks per image.
    pub cpm: f64,
    /// Area under the localisation ROC curve, over images with at most one target; null without.
    pub alroc: Option<f64>,
    /// Share of the single targets that the highest mark hits; null without.
    pub pcl: Option<f64>,
    /// Average precision at an overlap of one half, a mark being a square of the mean size of the
    /// targets' boxes.
    pub ap50: f64,
    /// Sensitivity at [`FALSE_MARK_RATES`].
    pub free_response: Vec<f64>,
    /// Weighted sensitivity at [`AFROC_STEPS`] shares of images with a false mark.
    pub weighted_afroc: Vec<f64>,
}

/// Figures of networks that search, for one path and regime.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalisationResult {
    /// What the codec was given.
    pub path: InputPath,
    /// What the networks were trained on.
    pub regime: Regime,
    /// Test images without a target.
    pub normal_images: u32,
    /// Test images with one or more.
    pub abnormal_images: u32,
    /// Targets in them.
    pub targets: u32,
    /// Uncompressed first, then every codec's levels.
    pub levels: Vec<LocalisationLevel>,
}

/// What a network makes of one whole test image at one level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchedLevel {
    /// Target in the study's base; null for the uncompressed image.
    pub target: Option<f64>,
    /// Ratings of the places, `[rows, columns]`, from 0 (lowest of all levels) to 255 (highest).
    pub ratings: Vec<u8>,
    /// Row and column in the image of the highest marks.
    pub marks: Vec<[f64; 2]>,
}

/// A whole test image with what a network makes of its places.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchedImage {
    /// Codec.
    pub codec: CodecName,
    /// What the codec was given.
    pub path: InputPath,
    /// Test image.
    pub case: u32,
    /// Rows and columns of `display`.
    pub size: [u32; 2],
    /// Pixels of the image from one displayed value to the next.
    pub step: u32,
    /// Displayed values 0..=255 of the uncompressed image, every `step`-th pixel.
    pub display: Vec<u8>,
    /// Row, column and radius of each target, in pixels of the image.
    pub targets: Vec<[f64; 3]>,
    /// Row and column in the image of the middle of the first place.
    pub origin: [f64; 2],
    /// Pixels from one place to the next.
    pub stride: u32,
    /// Rows and columns of places.
    pub places: [u32; 2],
    /// Uncompressed first, then the levels that figures show.
    pub levels: Vec<SearchedLevel>,
}

/// What is at one of the worst false marks, at one level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FalseMarkTile {
    /// Target in the study's base; null for the uncompressed image.
    pub target: Option<f64>,
    /// What the network says of that place.
    pub rating: f64,
    /// Displayed values 0..=255, `[side, side]` in row-major order.
    pub display: Vec<u8>,
}

/// One of the highest false marks in test images without a target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FalseMark {
    /// Codec.
    pub codec: CodecName,
    /// What the codec was given.
    pub path: InputPath,
    /// Test image.
    pub case: u32,
    /// Row and column in the image.
    pub place: [f64; 2],
    /// Share of the targets that are rated below it at the level where it is so high.
    pub above: f64,
    /// Pixels per side of the tiles.
    pub side: u32,
    /// Uncompressed first, then the levels that figures show.
    pub tiles: Vec<FalseMarkTile>,
}

/// Pictures of how networks search.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchFigures {
    /// One image of each codec and path.
    pub images: Vec<SearchedImage>,
    /// The worst false marks of each codec and path, the worst first.
    pub false_marks: Vec<FalseMark>,
}
