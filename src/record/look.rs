//! Defines the records of the looks at a study that grows until it is decided; decides nothing.

use serde::{Deserialize, Serialize};

use super::{InputPath, Regime, Verdict};
use crate::codec::CodecName;

/// One look at a study that grows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookResult {
    /// Networks per path and regime.
    pub replicates: u32,
    /// Test images.
    pub images: u32,
    /// Share of the planned information.
    pub information: f64,
    /// One-sided error of a verdict at this look.
    pub nominal_alpha: f64,
    /// Part of the study's error that was spent up to and including this look.
    pub spent_alpha: f64,
    /// Whether every arm's limit is decided: more networks and images could not move it.
    pub decided: bool,
}

/// What a look found of one arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookArm {
    /// Name of the task.
    pub task: String,
    /// Codec.
    pub codec: CodecName,
    /// What the codec was given.
    pub path: InputPath,
    /// What the networks were trained on.
    pub regime: Regime,
    /// Whether its limit is decided: every level passed, or the first that did not is a FAIL.
    pub decided: bool,
    /// Verdicts of its levels, mildest first, each from the first look that reached it.
    pub verdicts: Vec<Option<Verdict>>,
}

/// `looks/N.json`: what was decided at a look, and so whether there was another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookRecord {
    /// [`super::FORMAT`].
    pub format: u32,
    /// SHA-256 of the plan.
    pub plan: String,
    /// Which look, counted from 1.
    pub look: u32,
    /// Looks that are planned.
    pub most: u32,
    /// Size, error and decision.
    pub result: LookResult,
    /// The lossy arms.
    pub arms: Vec<LookArm>,
}

impl LookRecord {
    /// Whether the study grows to another look.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        !self.result.decided && self.look < self.most
    }
}
