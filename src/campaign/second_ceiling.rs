//! Puts networks that detect beside channelised Hotelling observers that were fitted to each level: a
//! second ceiling; fits and rates nothing.

use crate::codec::CodecName;
use crate::record::{
    ArmOutcome, LEAST_NETWORKS, LinearLevel, LinearResult, LinearResults, Regime, SecondCeiling,
    SecondCeilingLevel,
};
use crate::stats::{CrossedMean, StatsError, d_a, normal_quantile};
use crate::task::TaskName;

/// The second ceiling of each lossy arm that detects: of the channelised observers, each fitted to
/// the level that it rates, the one of the largest area on originals, so that chance at a level
/// chooses none. Empty where there is one test image, which does not say how images differ.
///
/// # Errors
/// If `alpha` is not in (0, 1), or scores are not one per network and image.
pub(super) fn second_ceiling(
    arms: &[ArmOutcome],
    linear: &LinearResults,
    alpha: f64,
) -> Result<Vec<SecondCeiling>, StatsError> {
    let z = -normal_quantile(alpha)?;
    let detects =
        |arm: &&ArmOutcome| arm.measure.task == TaskName::Detect.name() && arm.weights.cases() > 1;
    let mut found = Vec::new();
    for arm in arms.iter().filter(detects).filter(|it| it.codec != CodecName::Lossless) {
        let Some(course) = best(arm, linear) else { continue };
        let mut levels = Vec::new();
        let originals = std::iter::once((None, &arm.original));
        let compressed = arm.levels.iter().map(|it| (it.target, &it.scores));
        for (target, scores) in originals.chain(compressed) {
            let Some(of_level) = course.levels.iter().find(|it| it.target == target) else {
                continue;
            };
            levels.push(beside(of_level, scores, z)?);
        }
        let (codec, path, regime, observer) = (arm.codec, arm.path, arm.regime, course.observer);
        found.push(SecondCeiling { codec, path, regime, observer, levels });
    }
    Ok(found)
}

/// The channelised observer fitted to the levels of an arm that has the largest area on originals,
/// the first of equals.
fn best<'a>(arm: &ArmOutcome, linear: &'a LinearResults) -> Option<&'a LinearResult> {
    let of_arm = |it: &&LinearResult| {
        it.observer.is_channelised()
            && (it.codec, it.path, it.regime) == (arm.codec, arm.path, Regime::Matched)
    };
    let area = |it: &LinearResult| it.levels.first().map_or(0.0, |level| level.auc);
    linear
        .observers
        .iter()
        .filter(of_arm)
        .reduce(|best, it| if area(it) > area(best) { it } else { best })
}

/// One level. Networks exceed the observer where the difference of the areas is above `z` standard
/// errors: both see the same images, whose difficulty they share, so that errors that are taken as
/// independent are rather too large.
fn beside(
    observer: &LinearLevel,
    scores: &[Vec<f64>],
    z: f64,
) -> Result<SecondCeilingLevel, StatsError> {
    let values: Vec<f64> = scores.iter().flatten().copied().collect();
    let random = scores.len() >= LEAST_NETWORKS as usize;
    let networks = CrossedMean::of(&values, scores.first().map_or(0, Vec::len), random)?;
    let error = networks.variance().sqrt();
    Ok(SecondCeilingLevel {
        target: observer.target,
        auc: observer.auc,
        standard_error: observer.standard_error,
        d_a: d_a(observer.auc),
        networks_auc: networks.mean,
        networks_standard_error: error,
        networks_d_a: d_a(networks.mean),
        exceeded: networks.mean - observer.auc > z * libm::hypot(error, observer.standard_error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_exceed_the_observer_beyond_chance() {
        let observer =
            |auc| LinearLevel { target: Some(5.0), auc, standard_error: 0.01, detectability: 2.0 };
        // Two networks on four images: means of images 0.88, 0.9, 0.9, 0.92, whose standard error is
        // √(0.0008/3/4) = 0.00816. Together with 0.01 it is 0.0129, 1.96 times which are 0.0253.
        let scores = [vec![0.86, 0.9, 0.9, 0.94], vec![0.9, 0.9, 0.9, 0.9]];
        let found = |auc| beside(&observer(auc), &scores, 1.96).unwrap();
        assert!((found(0.9).networks_auc - 0.9).abs() < 1e-12);
        assert!((found(0.9).networks_standard_error - (0.0008_f64 / 12.0).sqrt()).abs() < 1e-12);
        assert!(found(0.874).exceeded && !found(0.876).exceeded);
        // √2 · 1.2815515655446 (scipy 1.17.1, norm.ppf(0.9)).
        assert!((found(0.9).d_a.unwrap() - 1.812_387_604_873_646).abs() < 1e-9);
        assert_eq!(found(1.0).d_a, None);
    }
}
