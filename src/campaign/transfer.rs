//! Puts networks that start elsewhere beside those from scratch, by their training images; trains
//! and rates nothing.

use super::CampaignError;
use super::efficiency::{Ideals, size_of};
use crate::codec::CodecName;
use crate::limit::Criterion;
use crate::record::{ArmOutcome, ArmResult, Regime, SizeResult, TransferCourse, TransferSize};
use crate::study::{Plan, SizeOutcome};

/// One course for each lossy arm of regime `transferred` that has one of regime `original` beside
/// it; empty without a start.
///
/// # Errors
/// If the criterion is out of range, or records contradict themselves.
pub(super) fn transfer(
    arms: &[(&ArmOutcome, &ArmResult)],
    smaller: &[SizeOutcome],
    plan: &Plan,
    ideals: Ideals<'_>,
    criterion: &Criterion,
) -> Result<Vec<TransferCourse>, CampaignError> {
    let Some(transfer) = &plan.transfer else { return Ok(Vec::new()) };
    let mut courses = Vec::new();
    let started = arms.iter().filter(|(arm, _)| arm.regime == Regime::Transferred);
    for &(outcome, _) in started.filter(|(arm, _)| arm.codec != CodecName::Lossless) {
        let same = |arm: &ArmOutcome| {
            (&arm.measure.task, arm.codec, arm.path)
                == (&outcome.measure.task, outcome.codec, outcome.path)
        };
        let of = |regime: Regime| -> Result<Vec<SizeResult>, CampaignError> {
            let mut sizes = Vec::new();
            let of_regime = |arm: &ArmOutcome| same(arm) && arm.regime == regime;
            for one in smaller.iter().filter(|it| of_regime(&it.arm)) {
                let trained = (one.training_share, one.training_images);
                sizes.push(size_of(&one.arm, trained, ideals, criterion)?);
            }
            for (arm, _) in arms.iter().filter(|(arm, _)| of_regime(arm)) {
                sizes.push(size_of(arm, (1.0, plan.train_images), ideals, criterion)?);
            }
            Ok(sizes)
        };
        let (scratch, transferred) = (of(Regime::Original)?, of(Regime::Transferred)?);
        if scratch.is_empty() {
            // Networks from scratch are not studied.
            continue;
        }
        let pairs = scratch.into_iter().zip(transferred);
        courses.push(TransferCourse {
            task: outcome.measure.task.clone(),
            codec: outcome.codec,
            path: outcome.path,
            start: transfer.start.clone(),
            freeze: transfer.freeze,
            scratch_passes: plan.passes(Regime::Original),
            transferred_passes: plan.passes(Regime::Transferred),
            sizes: pairs
                .map(|(scratch, transferred)| TransferSize { scratch, transferred })
                .collect(),
        });
    }
    Ok(courses)
}
