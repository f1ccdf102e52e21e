//! Decides whether there is enough evidence for a limit, and names what is missing; judges no level.

use crate::codec::CodecName;
use crate::record::{ArmOutcome, Gate, LEAST_IMAGES, LEAST_NETWORKS, Readers};
use crate::task::{Direction, Measure};

use super::criterion::Criterion;

/// What the size and the kind of a study lack for a limit of `arm`, by any score.
pub(super) fn of_study(arm: &ArmOutcome, criterion: &Criterion) -> Vec<Gate> {
    if arm.codec == CodecName::Lossless {
        return vec![Gate::Lossy];
    }
    let missing = [
        (Gate::Preset, criterion.trial),
        (Gate::Networks, few_networks(arm)),
        (Gate::Images, few_images(arm)),
        (Gate::Rarer, few_of_the_rarer(arm)),
        (Gate::Dose, criterion.margin.dose_share().is_some() && arm.at_dose.is_none()),
    ];
    missing.into_iter().filter_map(|(gate, missing)| missing.then_some(gate)).collect()
}

/// Whether networks that should stand for others are too few to.
pub(super) fn few_networks(arm: &ArmOutcome) -> bool {
    arm.readers == Readers::Sampled && arm.original.len() < LEAST_NETWORKS as usize
}

fn few_of_the_rarer(arm: &ArmOutcome) -> bool {
    arm.rarer.is_some_and(|cases| cases < LEAST_IMAGES as usize)
}

/// Cases that a limit needs at least: so many that there are enough of the rarest kind, at its present
/// share.
pub(super) fn least_cases(arm: &ArmOutcome) -> u64 {
    let (least, cases) = (u64::from(LEAST_IMAGES), arm.weights.cases() as u64);
    match arm.rarer {
        Some(rarer) if rarer > 0 => (least * cases).div_ceil(rarer as u64).max(least),
        _ => least,
    }
}

fn few_images(arm: &ArmOutcome) -> bool {
    arm.weights.cases() < LEAST_IMAGES as usize
}

/// Whether more networks or images could still let verdicts stand: while there are too few, none
/// does.
pub(super) fn is_too_small(arm: &ArmOutcome) -> bool {
    few_networks(arm) || few_images(arm) || few_of_the_rarer(arm)
}

/// Whether a score on originals leaves nothing to lose, or little but guessing.
pub(super) fn of_score(measure: &Measure, on_originals: f64) -> Option<Gate> {
    let [low, high] = measure.usable;
    let (above, below) = match measure.direction {
        Direction::Higher => (Gate::Ceiling, Gate::Floor),
        Direction::Lower => (Gate::Floor, Gate::Ceiling),
    };
    if on_originals > high {
        Some(above)
    } else if on_originals < low {
        Some(below)
    } else {
        None
    }
}
