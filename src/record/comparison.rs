//! Defines what is compared between runs; compares nothing.

use serde::{Deserialize, Serialize};

use super::{InputPath, Regime};
use crate::codec::CodecName;

/// Score in a run minus that in the first, on the same test images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DifferenceResult {
    /// Name of the task.
    pub task: String,
    /// Codec.
    pub codec: CodecName,
    /// What the codec was given.
    pub path: InputPath,
    /// What the networks were trained on.
    pub regime: Regime,
    /// Target ratio on stored bits; null for the path's uncompressed images.
    pub target: Option<f64>,
    /// The difference.
    pub difference: f64,
    /// Lower two-sided 1 − 2α bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
}
