//! Compares networks with the ideal observer: their efficiency on originals, and the crossing of
//! the margin against it; rates nothing.

use super::CampaignError;
use crate::limit::{self, Criterion};
use crate::observer::Ceiling;
use crate::record::{
    ArmOutcome, ArmResult, CeilingResult, DetectionCeilingResult, EfficiencyResult, RatioResult,
    Refusal, Regime, SizeCourse, SizeResult,
};
use crate::stats::{StatsError, d_a, normal_quantile};
use crate::study::SizeOutcome;
use crate::task::TaskName;

/// A stored ceiling in the form from which efficiencies are computed.
pub(super) fn ideal(ceiling: &CeilingResult) -> Ceiling {
    Ceiling {
        regions: ceiling.image_regions.clone(),
        contrasts: ceiling.contrasts.clone(),
        correct: ceiling.correct.clone(),
        standard_error: ceiling.standard_error,
        grid_error: ceiling.grid_error,
    }
}

/// An arm's networks on originals.
pub(super) fn efficiency(
    ideal: &Ceiling,
    arm: &ArmOutcome,
    alpha: f64,
) -> Result<EfficiencyResult, StatsError> {
    let found = ideal.against(&counts(&arm.original), alpha)?;
    Ok(EfficiencyResult {
        accuracy: found.accuracy,
        share_of_ideal: found.share,
        efficiency: found.efficiency,
        efficiency_lower: found.interval.map(|it| it.lower),
        efficiency_upper: found.interval.map(|it| it.upper),
        leak: found.leaks,
    })
}

/// Scores that are numbers of right answers, as whole numbers.
fn counts(scores: &[Vec<f64>]) -> Vec<Vec<u32>> {
    scores.iter().map(|row| row.iter().map(|&right| right as u32).collect()).collect()
}

/// An efficiency with its two-sided 1 − 2α interval, as far as it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Efficiency {
    value: Option<f64>,
    lower: Option<f64>,
    upper: Option<f64>,
}

/// The ideal observers of a study, where it has any.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ideals<'a> {
    pub(super) identify: Option<&'a Ceiling>,
    pub(super) detect: Option<&'a DetectionCeilingResult>,
}

impl Ideals<'_> {
    /// Efficiency of networks on originals; `None` where there is no ideal observer of their task.
    fn of(
        &self,
        outcome: &ArmOutcome,
        result: &ArmResult,
        alpha: f64,
    ) -> Result<Option<Efficiency>, StatsError> {
        if outcome.measure.task == TaskName::Identify.name() {
            let Some(ideal) = self.identify else { return Ok(None) };
            let found = efficiency(ideal, outcome, alpha)?;
            return Ok(Some(Efficiency {
                value: found.efficiency,
                lower: found.efficiency_lower,
                upper: found.efficiency_upper,
            }));
        }
        match self.detect.filter(|_| outcome.measure.task == TaskName::Detect.name()) {
            Some(ideal) => {
                let score = [
                    result.original_score_lower,
                    result.original_score,
                    result.original_score_upper,
                ];
                Ok(Some(detection(ideal, score, alpha)?))
            }
            None => Ok(None),
        }
    }
}

/// Efficiency in detection: the squared share of the ideal observer's d_a (Tanner and Birdsall,
/// 1958). `networks` is their area with its bounds, the lower first. The interval is that of a
/// difference of logarithms whose parts have intervals (Zou and Donner, 2008).
fn detection(
    ideal: &DetectionCeilingResult,
    networks: [f64; 3],
    alpha: f64,
) -> Result<Efficiency, StatsError> {
    // ln d_a² of areas above one half.
    let of = |area: f64| d_a(area).filter(|it| *it > 0.0).map(|it| 2.0 * libm::log(it));
    let half = -normal_quantile(alpha)? * ideal.standard_error;
    let [low, own, high] = networks.map(of);
    let (best, worst_case, best_case) = (of(ideal.auc), of(ideal.auc - half), of(ideal.auc + half));
    let difference = own.zip(best).map(|(own, best)| own - best);
    let bound = |own_bound: Option<f64>, ideal_bound: Option<f64>, sign: f64| {
        let off = libm::hypot(own_bound? - own?, ideal_bound? - best?);
        Some(libm::exp(difference? + sign * off))
    };
    Ok(Efficiency {
        value: difference.map(libm::exp),
        lower: bound(low, best_case, -1.0),
        upper: bound(high, worst_case, 1.0),
    })
}

/// Where the loss of networks of each training size reaches the margin, against their efficiency,
/// for each task, codec and path of which there are several sizes. `arms` are those of all training
/// images, with their outcomes. None for a margin of dose: networks of a share of the training
/// images rate nothing at less dose.
///
/// # Errors
/// If the criterion is out of range, or records contradict themselves.
pub(super) fn sizes(
    arms: &[(&ArmOutcome, &ArmResult)],
    smaller: &[SizeOutcome],
    train_images: u32,
    ideals: Ideals<'_>,
    criterion: &Criterion,
) -> Result<Vec<SizeCourse>, CampaignError> {
    let mut courses = Vec::new();
    if criterion.margin.dose_share().is_some() {
        return Ok(courses);
    }
    for &(outcome, result) in arms.iter().filter(|(arm, _)| arm.regime == Regime::Original) {
        let same = |it: &&SizeOutcome| {
            (&it.arm.measure.task, it.arm.codec, it.arm.path, it.arm.regime)
                == (&outcome.measure.task, outcome.codec, outcome.path, Regime::Original)
        };
        let mut sizes = Vec::new();
        for one in smaller.iter().filter(same) {
            let trained = (one.training_share, one.training_images);
            sizes.push(size_of(&one.arm, trained, ideals, criterion)?);
        }
        if sizes.is_empty() {
            continue;
        }
        let efficiency = ideals.of(outcome, result, criterion.alpha)?;
        sizes.push(size((1.0, train_images), result, efficiency.unwrap_or_default()));
        let found = match efficiency {
            None => Err(Refusal::NoIdealObserver),
            Some(_) => limit::at_ideal(&sizes, criterion.alpha)?,
        };
        courses.push(SizeCourse {
            task: outcome.measure.task.clone(),
            codec: outcome.codec,
            path: outcome.path,
            sizes,
            ideal: found.ok(),
            refusal: found.err(),
        });
    }
    Ok(courses)
}

/// Networks of one training size: share and number of images.
///
/// # Errors
/// If the criterion is out of range, or records contradict themselves.
pub(super) fn size_of(
    arm: &ArmOutcome,
    trained: (f64, u32),
    ideals: Ideals<'_>,
    criterion: &Criterion,
) -> Result<SizeResult, CampaignError> {
    // Only the isotonic crossing is asked for, which needs no resamples.
    let criterion = Criterion { bootstrap: 0, ..*criterion };
    let found = limit::estimate(arm, &criterion)?;
    let efficiency = ideals.of(arm, &found, criterion.alpha)?;
    Ok(size(trained, &found, efficiency.unwrap_or_default()))
}

fn size(
    (training_share, training_images): (f64, u32),
    found: &ArmResult,
    efficiency: Efficiency,
) -> SizeResult {
    let routes = found.supplement.as_ref().and_then(|it| it.routes.as_ref());
    SizeResult {
        training_share,
        training_images,
        networks: found.replicates,
        original_score: found.original_score,
        original_score_lower: found.original_score_lower,
        original_score_upper: found.original_score_upper,
        efficiency: efficiency.value,
        efficiency_lower: efficiency.lower,
        efficiency_upper: efficiency.upper,
        crossing: routes.map_or_else(RatioResult::default, |it| it.isotonic),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn efficiency_in_detection_is_the_squared_share_of_d_a() {
        let ideal = DetectionCeilingResult {
            format: 3,
            images: 9,
            regions: 700,
            auc: 0.95,
            standard_error: 0.008,
        };
        let of = |score| detection(&ideal, score, 0.025).unwrap();
        // scipy 1.17.1: d = lambda a: 2**.5 * norm.ppf(a); v = (d(.9) / d(.95))**2;
        // v * exp(-hypot(2*log(d(.88)/d(.9)), 2*log(d(.95 + q)/d(.95)))) with q = norm.ppf(.975) * .008,
        // and the same with .92 and .95 - q.
        let found = of([0.88, 0.9, 0.92]);
        for (found, expected) in [
            (found.value, 0.607_040_486_695_467_7),
            (found.lower, 0.464_656_620_599_772_7),
            (found.upper, 0.781_321_789_481_862_7),
        ] {
            assert!((found.unwrap() - expected).abs() < 1e-9, "{found:?} {expected}");
        }
        // Guessing is within the interval: there is no lower bound. All right: no efficiency.
        let guessing = of([0.49, 0.6, 0.7]);
        assert!(guessing.value.is_some() && guessing.lower.is_none(), "{guessing:?}");
        assert_eq!(of([0.99, 1.0, 1.0]).value, None);
    }
}
