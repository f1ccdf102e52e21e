//! Owns the checks that an arm's records are whole; computes nothing from them.

use std::cmp::Ordering;

use crate::codec::CodecName;
use crate::record::{ArmOutcome, LevelBase, LevelOutcome};

use super::{LimitError, Place};

/// Total number of regions of an arm whose records agree with one another.
pub(super) fn check(arm: &ArmOutcome) -> Result<u32, LimitError> {
    for (missing, empty) in [
        ("test image", arm.regions.is_empty()),
        ("network", arm.original.is_empty()),
        ("compression level", arm.levels.is_empty()),
        ("region", arm.regions.iter().all(|&regions| regions == 0)),
    ] {
        if empty {
            return Err(LimitError::Empty { missing });
        }
    }
    let regions: u64 = arm.regions.iter().map(|&regions| u64::from(regions)).sum();
    let total = u32::try_from(regions).map_err(|_| LimitError::Regions { regions })?;
    check_answers(Place::Originals, &arm.original, arm)?;
    let mut previous: Option<(LevelBase, f64)> = None;
    for (number, level) in arm.levels.iter().enumerate() {
        let place = Place::Level(number);
        check_answers(place, &level.correct, arm)?;
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
    Ok(total)
}

/// Whether answers are there for every network and image of `arm`.
pub(super) fn check_answers(
    place: Place,
    answers: &[Vec<u32>],
    arm: &ArmOutcome,
) -> Result<(), LimitError> {
    if answers.len() != arm.original.len() {
        let (found, expected) = (answers.len(), arm.original.len());
        return Err(LimitError::Networks { place, found, expected });
    }
    for (network, row) in answers.iter().enumerate() {
        if row.len() != arm.regions.len() {
            let (found, expected) = (row.len(), arm.regions.len());
            return Err(LimitError::Images { place, network, found, expected });
        }
        for (image, (&correct, &regions)) in row.iter().zip(&arm.regions).enumerate() {
            if correct > regions {
                return Err(LimitError::Correct { place, network, image, correct, regions });
            }
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
    for (network, (row, originals)) in level.correct.iter().zip(&arm.original).enumerate() {
        for (image, (&correct, &original)) in row.iter().zip(originals).enumerate() {
            if correct != original {
                return Err(LimitError::NotLossless { place, network, image, correct, original });
            }
        }
    }
    Ok(())
}
