//! Puts limits of further kinds of networks beside those of the study; trains and rates nothing.

use super::CampaignError;
use crate::codec::CodecName;
use crate::limit::{self, Criterion};
use crate::record::{ArmOutcome, ArmResult, NetworkCourse, NetworkLimit, NetworkName};
use crate::study::{NetworkOutcome, PlannedNetwork};

/// For each lossy arm that further kinds of networks have too, the limits of all kinds. `first` is
/// the kind of the arms. None for a margin of dose: further kinds rate nothing at less dose.
///
/// # Errors
/// If the criterion is out of range, or records contradict themselves.
pub(super) fn networks(
    arms: &[(&ArmOutcome, &ArmResult)],
    further: &[NetworkOutcome],
    first: &PlannedNetwork,
    classes: impl Fn(&str) -> usize,
    criterion: &Criterion,
) -> Result<Vec<NetworkCourse>, CampaignError> {
    // Only the isotonic crossing is asked for, which needs no resamples.
    let criterion = Criterion { bootstrap: 0, ..*criterion };
    let mut courses = Vec::new();
    if criterion.margin.dose_share().is_some() {
        return Ok(courses);
    }
    for &(outcome, result) in arms.iter().filter(|(arm, _)| arm.codec != CodecName::Lossless) {
        let same = |it: &&NetworkOutcome| {
            (&it.arm.measure.task, it.arm.codec, it.arm.path, it.arm.regime)
                == (&outcome.measure.task, outcome.codec, outcome.path, outcome.regime)
        };
        let task = &outcome.measure.task;
        let mut limits = vec![limit_of(first.name, first.cost(classes(task)), result)];
        for other in further.iter().filter(same) {
            let found = limit::estimate(&other.arm, &criterion)?;
            limits.push(limit_of(other.network, other.cost, &found));
        }
        if limits.len() > 1 {
            courses.push(NetworkCourse {
                task: task.clone(),
                codec: outcome.codec,
                path: outcome.path,
                regime: outcome.regime,
                limits,
            });
        }
    }
    Ok(courses)
}

fn limit_of(
    network: NetworkName,
    [parameters, multiply_adds]: [u64; 2],
    arm: &ArmResult,
) -> NetworkLimit {
    NetworkLimit {
        network,
        parameters,
        multiply_adds,
        networks: arm.replicates,
        original_score: arm.original_score,
        original_score_lower: arm.original_score_lower,
        original_score_upper: arm.original_score_upper,
        limit: arm.limit.clone(),
    }
}
