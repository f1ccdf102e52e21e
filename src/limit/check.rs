//! Checks that the records of an arm are complete and agree; computes no result from them.

use std::cmp::Ordering;

use crate::codec::CodecName;
use crate::record::{ArmOutcome, LevelBase, LevelOutcome};

use super::error::LimitError;
use super::error::Place;
use crate::task::Weights;

/// Number of examples of an arm whose records agree with one another.
pub(super) fn check(arm: &ArmOutcome) -> Result<u32, LimitError> {
    for (missing, empty) in [
        ("test image", arm.weights.cases() == 0),
        ("network", arm.original.is_empty()),
        ("compression level", arm.levels.is_empty()),
        ("region", arm.weights.total() <= 0.0),
    ] {
        if empty {
            return Err(LimitError::Empty { missing });
        }
    }
    let examples = arm.weights.total();
    if examples > f64::from(u32::MAX) {
        return Err(LimitError::Examples { examples });
    }
    check_scores(Place::Originals, &arm.original, arm)?;
    if let Some(scores) = &arm.at_dose {
        check_scores(Place::LessDose, scores, arm)?;
    }
    let mut previous: Option<(LevelBase, f64)> = None;
    for (number, level) in arm.levels.iter().enumerate() {
        let place = Place::Level(number);
        check_scores(place, &level.scores, arm)?;
        check_rate(place, level)?;
        if let (Some((base, previous)), Some(target)) = (previous, level.target) {
            let (from, to) = (base.harshness(previous), level.base.harshness(target));
            if base != level.base || to.partial_cmp(&from) != Some(Ordering::Greater) {
                let (target, previous) = (level.base.label(target), base.label(previous));
                return Err(LimitError::Order { place, target, previous });
            }
        }
        previous = level.target.map(|target| (level.base, target)).or(previous);
        if arm.codec == CodecName::Lossless {
            check_lossless(place, level, arm)?;
        }
    }
    Ok(examples as u32)
}

/// Whether there is a possible score for every network and case of `arm`.
pub(super) fn check_scores(
    place: Place,
    scores: &[Vec<f64>],
    arm: &ArmOutcome,
) -> Result<(), LimitError> {
    check_table(place, scores, arm)?;
    for (network, row) in scores.iter().enumerate() {
        for (image, &score) in row.iter().enumerate() {
            let weight = arm.weights.of(image);
            let possible = match arm.weights {
                Weights::Counts(_) => (0.0..=weight).contains(&score),
                Weights::Alike(_) => score.is_finite(),
            };
            if !possible {
                return Err(LimitError::Score { place, network, image, score, weight });
            }
        }
    }
    Ok(())
}

/// Whether a table has a row for every network and a value for every case of `arm`.
pub(super) fn check_table(
    place: Place,
    table: &[Vec<f64>],
    arm: &ArmOutcome,
) -> Result<(), LimitError> {
    let (found, expected) = (table.len(), arm.original.len());
    if found != expected {
        return Err(LimitError::Networks { place, found, expected });
    }
    for (network, row) in table.iter().enumerate() {
        let (found, expected) = (row.len(), arm.weights.cases());
        if found != expected {
            return Err(LimitError::Images { place, network, found, expected });
        }
    }
    Ok(())
}

fn check_rate(place: Place, level: &LevelOutcome) -> Result<(), LimitError> {
    let (bytes, pixels) = (level.achieved.bytes, level.achieved.pixels);
    if bytes == 0 || pixels == 0 {
        return Err(LimitError::Rate { place, bytes, pixels });
    }
    Ok(())
}

fn check_lossless(place: Place, level: &LevelOutcome, arm: &ArmOutcome) -> Result<(), LimitError> {
    for (network, (row, originals)) in level.scores.iter().zip(&arm.original).enumerate() {
        for (image, (&score, &original)) in row.iter().zip(originals).enumerate() {
            if score != original {
                return Err(LimitError::NotLossless { place, network, image, score, original });
            }
        }
    }
    Ok(())
}
