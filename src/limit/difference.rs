//! Computes the difference of two arms on the same test images, by networks of two runs; judges no
//! level.

use crate::record::{ArmOutcome, DifferenceResult};

use super::arm::Observers;
use super::criterion::Criterion;
use super::error::LimitError;

/// Score of `second` minus that of `first` on originals and at every target that both have.
///
/// Both must hold answers on the same test images, which the caller must ensure. Networks are
/// paired by their number, the larger arm cut to the smaller; the interval is that of a loss, so
/// with fewer than [`super::LEAST_NETWORKS`] it is conditional on these networks.
///
/// # Errors
/// If the criterion is out of range, the records contradict themselves, or the arms differ in
/// their test regions.
pub fn difference(
    first: &ArmOutcome,
    second: &ArmOutcome,
    criterion: &Criterion,
) -> Result<Vec<DifferenceResult>, LimitError> {
    let criterion = criterion.checked()?;
    super::check::check(first)?;
    super::check::check(second)?;
    if first.weights != second.weights {
        return Err(LimitError::Empty { missing: "test image that both arms share" });
    }
    let networks = first.original.len().min(second.original.len());
    let mut arm = first.clone();
    arm.original.truncate(networks);
    let observers = Observers::of(&arm);
    let one = |target: Option<f64>, a: &[Vec<f64>], b: &[Vec<f64>]| -> Result<_, LimitError> {
        let pairs = b[..networks].iter().flatten().zip(a[..networks].iter().flatten());
        let changes: Vec<f64> = pairs.map(|(&b, &a)| b - a).collect();
        let range = first.measure.loss_range();
        let found = observers.mean(&first.weights, &changes, range, &criterion)?;
        Ok(DifferenceResult {
            task: first.measure.task.clone(),
            codec: first.codec,
            path: first.path,
            regime: first.regime,
            target,
            difference: found.mean,
            lower: found.interval.lower,
            upper: found.interval.upper,
        })
    };
    let mut found = vec![one(None, &first.original, &second.original)?];
    for level in first.levels.iter().filter(|level| level.target.is_some()) {
        if let Some(other) = second.levels.iter().find(|it| it.target == level.target) {
            found.push(one(level.target, &level.scores, &other.scores)?);
        }
    }
    Ok(found)
}
