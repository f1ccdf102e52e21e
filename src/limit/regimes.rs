//! Computes what networks trained at one level add to the limit: the split of a loss into domain
//! shift and lost information, and scores for every training level × test level; judges no level.

use crate::record::{ArmOutcome, CrossOutcome, MatrixResult, ShiftResult};

use super::arm::Observers;
use super::check::check_scores;
use super::criterion::Criterion;
use super::error::LimitError;
use super::error::Place;

/// Domain shift at every level of a `matched` arm: what its networks win back of the loss that
/// the originals' networks have on the same images.
///
/// With A₀ the score of the originals' networks on originals, A of the same networks at a level,
/// and M of the networks trained there, loss_original = A₀ − A, loss_matched = A₀ − M and the shift
/// is their difference M − A, paired by replicate and image; signs are reversed where smaller
/// scores are better. Its interval is that of a loss.
///
/// # Errors
/// If the criterion is out of range or the records contradict themselves.
pub fn domain_shift(
    matched: &ArmOutcome,
    crossed: &[CrossOutcome],
    criterion: &Criterion,
) -> Result<Vec<ShiftResult>, LimitError> {
    let criterion = criterion.checked()?;
    super::check::check(matched)?;
    let observers = Observers::of(matched);
    let mut shifts = Vec::new();
    for (number, level) in matched.levels.iter().enumerate() {
        let existing = crossed.iter().find(|cell| {
            (&cell.task, cell.codec, cell.path)
                == (&matched.measure.task, matched.codec, matched.path)
                && cell.trained_at.is_none()
                && cell.tested_at == level.target
        });
        let (Some(existing), Some(target)) = (existing, level.target) else { continue };
        check_scores(Place::Level(number), &existing.scores, matched)?;
        let measure = &matched.measure;
        let lost = |before: &[Vec<f64>], after: &[Vec<f64>]| {
            let pairs = before.iter().flatten().zip(after.iter().flatten());
            let lost: Vec<f64> = pairs.map(|(&a, &b)| measure.direction.loss(a, b)).collect();
            observers.mean(&matched.weights, &lost, measure.loss_range(), &criterion)
        };
        let shift = lost(&level.scores, &existing.scores)?;
        shifts.push(ShiftResult {
            task: measure.task.clone(),
            codec: matched.codec,
            path: matched.path,
            target,
            loss_original: lost(&matched.original, &existing.scores)?.mean,
            loss_matched: lost(&matched.original, &level.scores)?.mean,
            domain_shift: shift.mean,
            domain_shift_lower: shift.interval.lower,
            domain_shift_upper: shift.interval.upper,
        });
    }
    Ok(shifts)
}

/// Score of one training level at one test level; `arm` holds the same test images.
///
/// # Errors
/// If the criterion is out of range or the records contradict themselves.
pub fn cross_score(
    cell: &CrossOutcome,
    arm: &ArmOutcome,
    criterion: &Criterion,
) -> Result<MatrixResult, LimitError> {
    let criterion = criterion.checked()?;
    check_scores(Place::Cross, &cell.scores, arm)?;
    let [low, high] = arm.measure.range;
    let observers = Observers::of(arm);
    let score = observers.mean(&arm.weights, &cell.scores.concat(), (low, high), &criterion)?;
    Ok(MatrixResult {
        task: cell.task.clone(),
        codec: cell.codec,
        path: cell.path,
        trained_at: cell.trained_at,
        tested_at: cell.tested_at,
        score: score.mean,
        score_lower: score.interval.lower,
        score_upper: score.interval.upper,
    })
}
