//! Defines the scores of a study's networks on noisier originals; rates nothing.

use serde::{Deserialize, Serialize};

use super::{ArmOutcome, InputPath, Regime};

/// Scores of the networks of one task, path and regime.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoiseCourse {
    /// Name of the task.
    pub task: String,
    /// What the networks read.
    pub path: InputPath,
    /// What they were trained on.
    pub regime: Regime,
    /// `[factor][network][case]`.
    pub scores: Vec<Vec<Vec<f64>>>,
}

/// Networks on the first test images, uncompressed and noisier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoiseLadder {
    /// [`FORMAT`](super::FORMAT).
    pub format: u32,
    /// Test images, from the first on.
    pub images: u32,
    /// Factors of the noise's standard deviation, ascending, above 1: those of 1 are the originals.
    pub factors: Vec<f64>,
    /// One per task, path and regime.
    pub courses: Vec<NoiseCourse>,
}

impl NoiseLadder {
    /// Shares of the dose at its factors, falling, to six decimals.
    #[must_use]
    pub fn shares(&self) -> Vec<f64> {
        self.factors.iter().map(|factor| (1e6 / (factor * factor)).round() / 1e6).collect()
    }

    /// The place of the factor at a share of the dose, to six decimals.
    #[must_use]
    pub fn at_share(&self, share: f64) -> Option<usize> {
        self.shares().iter().position(|it| (it - share).abs() < 1e-6)
    }

    /// Scores of the networks of an arm at a factor, `[network][case]`.
    #[must_use]
    pub fn of_arm(&self, arm: &ArmOutcome, factor: usize) -> Option<&Vec<Vec<f64>>> {
        self.course(arm)?.scores.get(factor)
    }

    /// The course of the networks of an arm.
    #[must_use]
    pub fn course(&self, arm: &ArmOutcome) -> Option<&NoiseCourse> {
        let of_arm = (&arm.measure.task, arm.path, arm.regime);
        self.courses.iter().find(|it| (&it.task, it.path, it.regime) == of_arm)
    }
}

/// The share of the dose at which originals lose as much as at a level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoseResult {
    /// The share, 1 over the squared factor of the noise; null where the level loses more than the
    /// noisiest originals.
    pub share: Option<f64>,
    /// Lower two-sided 1 − 2α bound; null where that lies beyond the noisiest.
    pub lower: Option<f64>,
    /// Upper bound, at most 1; null where even that lies beyond the noisiest.
    pub upper: Option<f64>,
    /// Test images that it comes from.
    pub images: u32,
}
