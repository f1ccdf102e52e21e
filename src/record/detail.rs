//! Defines the records of contrast, size and compression together: accuracy and detection per cell
//! and the contrast that a level requires; computes nothing.

use serde::{Deserialize, Serialize};

use super::{InputPath, Regime};
use crate::codec::CodecName;

/// One condition of an arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetailLevel {
    /// Target, in what the study counts levels by; null for the path's uncompressed images.
    pub target: Option<f64>,
    /// `[radius][contrast]`, share of targets that are classified correctly; null in an empty cell.
    pub accuracy: Vec<Vec<Option<f64>>>,
    /// Lower two-sided 1 − 2α bound of the accuracy; empty in results of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accuracy_lower: Vec<Vec<Option<f64>>>,
    /// Upper bound.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accuracy_upper: Vec<Vec<Option<f64>>>,
    /// `[radius][contrast]`, area under the ROC curve of the cell's targets against all absent
    /// regions.
    pub auc: Vec<Vec<Option<f64>>>,
    /// Lower two-sided 1 − 2α bound of the area; null also where the area is 1, and empty in
    /// results of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub auc_lower: Vec<Vec<Option<f64>>>,
    /// Upper bound.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub auc_upper: Vec<Vec<Option<f64>>>,
    /// Contrast per radius at which accuracy is half-way between guessing and 1; null where that is
    /// outside the cells.
    pub thresholds: Vec<Option<f64>>,
    /// Lower bound of the threshold, from the upper bounds of the accuracy; null where that is
    /// outside the cells, and empty in results of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds_lower: Vec<Option<f64>>,
    /// Upper bound, from the lower bounds of the accuracy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds_upper: Vec<Option<f64>>,
}

/// Size × contrast × level of one codec, path and regime.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetailResult {
    /// Codec.
    pub codec: CodecName,
    /// What the codec was given.
    pub path: InputPath,
    /// What the networks were trained on.
    pub regime: Regime,
    /// Edges of the cells of equivalent radius, ascending, one more than cells.
    pub radii_mm: Vec<f64>,
    /// Edges of the cells of contrast magnitude, equally wide in its logarithm.
    pub contrasts: Vec<f64>,
    /// `[radius][contrast]`, targets.
    pub targets: Vec<Vec<u32>>,
    /// Uncompressed first, then from the mildest to the harshest level.
    pub levels: Vec<DetailLevel>,
}
