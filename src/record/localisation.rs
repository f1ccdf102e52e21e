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
