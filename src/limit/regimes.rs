//! Owns what networks trained at one level say beside the limit: the split of a loss into domain
//! shift and lost information, and accuracy for every training level × test level; judges no
//! level.

use crate::record::{ArmOutcome, CrossOutcome, MatrixResult, ShiftResult};

use super::arm::Observers;
use super::check::check_answers;
use super::{Criterion, LimitError, Place};

/// Domain shift at every level of a `matched` arm: what its networks win back of the loss that
/// the originals' networks have on the same images.
///
/// With A₀ the accuracy of the originals' networks on originals, A of the same networks at a
/// level, and M of the networks trained there, loss_original = A₀ − A, loss_matched = A₀ − M and
/// the shift is their difference M − A, paired by replicate and image. Its interval is that of a
/// loss.
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
            (cell.codec, cell.path) == (matched.codec, matched.path)
                && cell.trained_at.is_none()
                && cell.tested_at == level.target
        });
        let (Some(existing), Some(target)) = (existing, level.target) else { continue };
        check_answers(Place::Level(number), &existing.correct, matched)?;
        let difference = |a: &[Vec<u32>], b: &[Vec<u32>]| -> Vec<f64> {
            let pairs = a.iter().flatten().zip(b.iter().flatten());
            pairs.map(|(&a, &b)| f64::from(a) - f64::from(b)).collect()
        };
        let share = |a: &[Vec<u32>], b: &[Vec<u32>]| {
            observers.share(&difference(a, b), (-1.0, 1.0), &criterion)
        };
        let shift = share(&level.correct, &existing.correct)?;
        shifts.push(ShiftResult {
            codec: matched.codec,
            path: matched.path,
            target,
            loss_original: share(&matched.original, &existing.correct)?.mean,
            loss_matched: share(&matched.original, &level.correct)?.mean,
            domain_shift: shift.mean,
            domain_shift_lower: shift.interval.lower,
            domain_shift_upper: shift.interval.upper,
        });
    }
    Ok(shifts)
}

/// Accuracy of one training level at one test level; `arm` holds the same test images.
///
/// # Errors
/// If the criterion is out of range or the records contradict themselves.
pub fn cross_accuracy(
    cell: &CrossOutcome,
    arm: &ArmOutcome,
    criterion: &Criterion,
) -> Result<MatrixResult, LimitError> {
    let criterion = criterion.checked()?;
    check_answers(Place::Cross, &cell.correct, arm)?;
    let correct: Vec<f64> = cell.correct.iter().flatten().map(|&it| f64::from(it)).collect();
    let accuracy = Observers::of(arm).share(&correct, (0.0, 1.0), &criterion)?;
    Ok(MatrixResult {
        codec: cell.codec,
        path: cell.path,
        trained_at: cell.trained_at,
        tested_at: cell.tested_at,
        accuracy: accuracy.mean,
        accuracy_lower: accuracy.interval.lower,
        accuracy_upper: accuracy.interval.upper,
    })
}
