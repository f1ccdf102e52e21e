//! Compares networks with the ideal observer: their efficiency on originals, and the dose that a
//! level costs by it; rates nothing.

use crate::observer::Ceiling;
use crate::record::{ArmOutcome, CeilingResult, DetailResult, EfficiencyResult};
use crate::stats::StatsError;

/// A stored ceiling in the form from which efficiencies are computed.
pub(super) fn ideal(ceiling: &CeilingResult) -> Ceiling {
    Ceiling {
        regions: ceiling.image_regions.clone(),
        contrasts: ceiling.contrasts.clone(),
        correct: ceiling.correct.clone(),
        standard_error: ceiling.standard_error,
        grid_error: ceiling.grid_error,
    }
}

/// An arm's networks on originals.
pub(super) fn efficiency(
    ideal: &Ceiling,
    arm: &ArmOutcome,
    alpha: f64,
) -> Result<EfficiencyResult, StatsError> {
    let found = ideal.against(&counts(&arm.original), alpha)?;
    Ok(EfficiencyResult {
        accuracy: found.accuracy,
        share_of_ideal: found.share,
        efficiency: found.efficiency,
        efficiency_lower: found.interval.map(|it| it.lower),
        efficiency_upper: found.interval.map(|it| it.upper),
        leak: found.leaks,
    })
}

/// Sets the share of the dose that each level leaves, by efficiency: see [`super::detail`].
pub(super) fn doses(ideal: &Ceiling, arm: &ArmOutcome, detail: &mut DetailResult) {
    let Some(originals) = ideal.efficiency(&counts(&arm.original)) else { return };
    for level in &mut detail.levels {
        let scores = match level.target {
            None => Some(&arm.original),
            target => arm.levels.iter().find(|it| it.target == target).map(|it| &it.scores),
        };
        level.dose = scores.and_then(|it| Some(ideal.efficiency(&counts(it))? / originals));
    }
}

/// Scores that are numbers of right answers, as whole numbers.
fn counts(scores: &[Vec<f64>]) -> Vec<Vec<u32>> {
    scores.iter().map(|row| row.iter().map(|&right| right as u32).collect()).collect()
}
