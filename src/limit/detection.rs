//! Owns the second task, present against absent: areas under the ROC curve, their loss and its
//! verdicts; knows no rating.

use crate::record::{
    ArmOutcome, DetectionLevel, DetectionOutcome, DetectionResult, LevelResult, Verdict,
};

use super::arm::Observers;
use super::looks::standing;
use super::{Criterion, LimitError, Place, sequence};

/// Areas on originals and at every level, with the verdicts of the loss by the study's margin,
/// those of earlier looks kept where the arm gives a limit.
pub(super) fn detection(
    arm: &ArmOutcome,
    observers: &Observers<'_>,
    levels: &[LevelResult],
    criterion: &Criterion,
    before: &[Option<Verdict>],
) -> Result<Option<DetectionResult>, LimitError> {
    let Some(areas) = &arm.detection else { return Ok(None) };
    check(arm, areas)?;
    let original: Vec<f64> = areas.original.iter().flatten().copied().collect();
    let on_originals = observers.mean(&original, (0.0, 1.0), criterion)?;
    let mut found = Vec::with_capacity(levels.len());
    for rows in &areas.levels {
        let lost: Vec<f64> =
            original.iter().zip(rows.iter().flatten()).map(|(a, b)| a - b).collect();
        let loss = observers.mean(&lost, (-1.0, 1.0), criterion)?;
        found.push(DetectionLevel {
            auc: on_originals.mean - loss.mean,
            loss: loss.mean,
            loss_lower: loss.interval.lower,
            loss_upper: loss.interval.upper,
            verdict: observers.verdict(&loss, criterion.margin),
        });
    }
    let mut verdicts: Vec<_> = found.iter().map(|level| level.verdict).collect();
    if observers.gives_limit() {
        verdicts = standing(before, verdicts);
        for (level, &verdict) in found.iter_mut().zip(&verdicts) {
            level.verdict = verdict;
        }
    }
    Ok(Some(DetectionResult {
        original_auc: on_originals.mean,
        original_auc_lower: on_originals.interval.lower,
        original_auc_upper: on_originals.interval.upper,
        levels: found,
        sequence: observers.gives_limit().then(|| sequence::fixed_sequence(levels, &verdicts)),
    }))
}

/// As many networks and images as in the answers.
fn check(arm: &ArmOutcome, areas: &DetectionOutcome) -> Result<(), LimitError> {
    if areas.levels.len() != arm.levels.len() {
        return Err(LimitError::Empty { missing: "area under the ROC curve of some level" });
    }
    let places = std::iter::once((Place::Originals, &areas.original))
        .chain(areas.levels.iter().enumerate().map(|(level, rows)| (Place::Level(level), rows)));
    for (place, rows) in places {
        let (found, expected) = (rows.len(), arm.original.len());
        if found != expected {
            return Err(LimitError::Networks { place, found, expected });
        }
        for (network, row) in rows.iter().enumerate() {
            let (found, expected) = (row.len(), arm.regions.len());
            if found != expected {
                return Err(LimitError::Images { place, network, found, expected });
            }
        }
    }
    Ok(())
}
