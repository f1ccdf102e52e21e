//! Linear observers, and the networks to compare them with, by codec, path and regime; renders
//! nothing.

use crate::codec::CodecName;
use crate::record::{
    ArmResult, InputPath, LinearName, LinearResult, LinearResults, Regime, Results,
};
use crate::task::TaskName;

/// Regimes of the networks that observers are compared with.
pub(super) const COMPARED: [Regime; 2] = [Regime::Original, Regime::Mixed];

/// Codecs and paths, in their order.
pub(super) fn arms(linear: &LinearResults) -> Vec<(CodecName, InputPath)> {
    let mut arms: Vec<_> = linear.observers.iter().map(|it| (it.codec, it.path)).collect();
    arms.dedup();
    arms
}

/// An observer's course.
pub(super) fn course(
    linear: &LinearResults,
    (codec, path): (CodecName, InputPath),
    regime: Regime,
    observer: LinearName,
) -> Option<&LinearResult> {
    let same = |it: &&LinearResult| {
        (it.codec, it.path, it.regime, it.observer) == (codec, path, regime, observer)
    };
    linear.observers.iter().find(same)
}

/// The networks of a codec, path and regime that detect.
pub(super) fn networks(
    results: &Results,
    (codec, path): (CodecName, InputPath),
    regime: Regime,
) -> Option<&ArmResult> {
    let same = |it: &&ArmResult| {
        it.task == TaskName::Detect.name()
            && (it.codec, it.path, it.regime) == (codec, path, regime)
    };
    results.arms.iter().find(same)
}

/// Their area under the ROC curve at a target; `None` is originals.
pub(super) fn area(arm: &ArmResult, target: Option<f64>) -> Option<f64> {
    match target {
        None => Some(arm.original_score),
        target => Some(arm.levels.iter().find(|level| level.target == target)?.score),
    }
}
