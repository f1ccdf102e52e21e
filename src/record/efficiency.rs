//! Defines the results of networks of several training sizes: where the loss of each reaches the
//! margin, against their efficiency; fits nothing.

use serde::{Deserialize, Serialize};

use super::{InputPath, RatioResult};
use crate::codec::CodecName;

/// Networks of one training size, regime `original`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SizeResult {
    /// Share of the training images of a replicate, 1 for all of them.
    pub training_share: f64,
    /// Training images of each network.
    pub training_images: u32,
    /// Number of networks.
    pub networks: u32,
    /// Mean score on the path's uncompressed images.
    pub original_score: f64,
    /// Lower two-sided 1 − 2α bound of that score.
    pub original_score_lower: f64,
    /// Upper bound.
    pub original_score_upper: f64,
    /// Efficiency against the ideal observer, on originals: the squared share of the contrast at
    /// which the ideal observer scores as much, or of its d_a in detection. Null where it is
    /// unknown.
    pub efficiency: Option<f64>,
    /// Lower two-sided 1 − 2α bound of the efficiency.
    pub efficiency_lower: Option<f64>,
    /// Upper bound.
    pub efficiency_upper: Option<f64>,
    /// Where their loss reaches the margin, along the isotonic loss.
    pub crossing: RatioResult,
}

/// Why a crossing is not extrapolated to the ideal observer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// There is no ideal observer of this task and phantom.
    NoIdealObserver,
    /// A size has fewer networks than give a crossing an interval.
    FewNetworks,
    /// There are fewer sizes than show whether a line fits.
    FewSizes,
    /// The efficiency of a size, or a bound of it, is unknown.
    UnknownEfficiency,
    /// The crossing of a size, or a bound of it, lies outside the tested levels.
    NoCrossing,
    /// Efficiency 1 is farther from the networks than what they show allows.
    TooFar,
}

/// A crossing extrapolated to efficiency 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdealCrossing {
    /// The ratio on stored bits.
    pub ratio_stored: f64,
    /// Lower two-sided 1 − 2α bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
    /// Change of the natural logarithm of the crossing for each unit of 1/efficiency.
    pub slope: f64,
    /// Scatter of the sizes about the line, in units of their own errors: the root of χ² over its
    /// degrees of freedom. Above 1 it has widened the interval.
    pub misfit: f64,
}

/// The crossing of the margin against the efficiency of networks, of one task, codec and path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SizeCourse {
    /// Name of the task.
    pub task: String,
    /// Codec.
    pub codec: CodecName,
    /// What the codec was given.
    pub path: InputPath,
    /// From the fewest training images to all.
    pub sizes: Vec<SizeResult>,
    /// At efficiency 1; null where it is refused.
    pub ideal: Option<IdealCrossing>,
    /// Why there is no crossing at efficiency 1.
    pub refusal: Option<Refusal>,
}
