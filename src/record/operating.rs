//! Defines the record of networks at a frozen threshold: sensitivity and specificity, each judged by
//! itself; derives nothing.

use serde::{Deserialize, Serialize};

use super::{ArmResult, InputPath, Regime};
use crate::codec::CodecName;
use crate::task::Measure;

/// One codec × path × regime of a task that is scored by the area under the ROC curve, at the
/// threshold of each network at which its sensitivity and its specificity on originals are nearest
/// to each other. Areas may hold while one of the two falls and the other rises.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatingResult {
    /// Name of the task.
    pub task: String,
    /// Codec.
    pub codec: CodecName,
    /// What the codec was given.
    pub path: InputPath,
    /// What the networks were trained on.
    pub regime: Regime,
    /// The loss of either that is accepted.
    pub margin: f64,
    /// Of each network: what is rated as much or more is called present.
    pub thresholds: Vec<f64>,
    /// The share of what is present that is called present, with its levels and its limit.
    pub sensitivity: ArmResult,
    /// The share of what is absent that is called absent, likewise.
    pub specificity: ArmResult,
}

/// The measure of sensitivity, for a task that is scored by an area.
#[must_use]
pub fn sensitivity(of_area: &Measure) -> Measure {
    share(of_area, "sensitivity", "share of what is present that is called present")
}

/// The measure of specificity, likewise.
#[must_use]
pub fn specificity(of_area: &Measure) -> Measure {
    share(of_area, "specificity", "share of what is absent that is called absent")
}

fn share(of_area: &Measure, name: &str, unit: &str) -> Measure {
    Measure {
        score: name.to_owned(),
        short: name.to_owned(),
        unit: unit.to_owned(),
        range: [0.0, 1.0],
        usable: [0.5, 1.0],
        chance: None,
        ..of_area.clone()
    }
}
