//! Forms what a margin tests at a level: values whose mean is compared with a bound; judges nothing.
//!
//! A margin of the score tests the paired loss against itself. A margin of dose tests what the level
//! loses beyond originals at that share of the dose, on the same images by the same networks,
//! against 0. A margin of d_a tests the loss of d_a, linearised (delta method).

use crate::record::{ArmOutcome, LevelOutcome, Margin};
use crate::stats::{d_a, d_a_rate};
use crate::task::Weights;

/// What the mean of the tested values must be below.
pub(super) fn bound(margin: Margin) -> f64 {
    match margin {
        Margin::Score(points) => points,
        Margin::DoseShare(_) => 0.0,
        Margin::DA(distance) => distance,
    }
}

/// Smallest and largest tested value.
pub(super) fn range(arm: &ArmOutcome, margin: Margin) -> (f64, f64) {
    match margin {
        Margin::Score(_) | Margin::DoseShare(_) => arm.measure.loss_range(),
        Margin::DA(_) => d_a_range(arm),
    }
}

/// Smallest and largest loss of d_a.
pub(super) fn d_a_range(arm: &ArmOutcome) -> (f64, f64) {
    let cases = arm.weights.cases();
    let most = distance(1.0, cases) - distance(0.0, cases);
    (-most, most)
}

/// The tested values at a level, networks × cases; their mean by the arm's weights is what is
/// tested. `None` where the arm has none: no answers at the margin's dose, or a score that is no
/// area.
pub(super) fn values(arm: &ArmOutcome, level: &LevelOutcome, margin: Margin) -> Option<Vec<f64>> {
    match margin {
        Margin::Score(_) => Some(lost(arm, &arm.original, level, 1.0)),
        Margin::DoseShare(_) => Some(lost(arm, arm.at_dose.as_ref()?, level, 1.0)),
        Margin::DA(_) => lost_d_a(arm, level),
    }
}

/// What is lost at a level of `keep` times the scores of `before`, networks × cases.
pub(super) fn lost(
    arm: &ArmOutcome,
    before: &[Vec<f64>],
    level: &LevelOutcome,
    keep: f64,
) -> Vec<f64> {
    let pairs = before.iter().flatten().zip(level.scores.iter().flatten());
    pairs.map(|(&before, &score)| arm.measure.direction.loss(keep * before, score)).collect()
}

/// What is lost of d_a at a level: `None` where the score is no area under the ROC curve.
///
/// With A the mean area of all networks and a their pseudovalues, a cell is
/// d_a(A) + (a − A) √2/φ(Φ⁻¹(A)), on originals minus at the level: its mean is the loss of d_a, and
/// its spread that of the loss to first order.
pub(super) fn lost_d_a(arm: &ArmOutcome, level: &LevelOutcome) -> Option<Vec<f64>> {
    if !(arm.measure.is_area() && matches!(arm.weights, Weights::Alike(_))) {
        return None;
    }
    let (before, after) = (linearised(&arm.original), linearised(&level.scores));
    Some(before.iter().zip(after).map(|(before, after)| before - after).collect())
}

fn linearised(scores: &[Vec<f64>]) -> Vec<f64> {
    let cells = scores.concat();
    let cases = scores.first().map_or(0, Vec::len);
    let area = cells.iter().sum::<f64>() / cells.len().max(1) as f64;
    let (mean, rate) = (distance(area, cases), rate(area, cases));
    cells.into_iter().map(|cell| mean + rate * (cell - area)).collect()
}

/// An area as far from 0 and 1 as half of one pair of `cases` with and without a target: d_a has no
/// end beyond.
fn inside(area: f64, cases: usize) -> f64 {
    let least = 0.5 / (cases.max(1) as f64).powi(2);
    area.clamp(least, 1.0 - least)
}

fn distance(area: f64, cases: usize) -> f64 {
    d_a(inside(area, cases)).unwrap_or_default()
}

fn rate(area: f64, cases: usize) -> f64 {
    d_a_rate(inside(area, cases)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::{Criterion, LimitError, estimate};
    use super::*;
    use crate::codec::{Achieved, CodecName};
    use crate::image::SampleFormat;
    use crate::record::Readers;
    use crate::record::{Gate, InputPath, LevelBase, Regime, Verdict};
    use crate::task::{Detect, Identify, Task};

    const NETWORKS: usize = 5;

    fn arm(
        cases: usize,
        before: fn(usize, usize) -> f64,
        after: fn(usize, usize) -> f64,
    ) -> ArmOutcome {
        let table = |of: fn(usize, usize) -> f64| -> Vec<Vec<f64>> {
            (0..NETWORKS).map(|s| (0..cases).map(|i| of(s, i)).collect()).collect()
        };
        let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
        ArmOutcome {
            codec: CodecName::Jpeg2000,
            path: InputPath::Native,
            regime: Regime::Original,
            measure: Detect.measure(),
            readers: Readers::Sampled,
            weights: Weights::Alike(cases),
            rarer: None,
            original: table(before),
            at_dose: None,
            levels: vec![LevelOutcome {
                base: LevelBase::Ratio,
                target: Some(5.0),
                achieved: Achieved { bytes: 30, pixels: 100, original: format, input: format },
                unreached: 0,
                psnr_db: 40.0,
                scores: table(after),
            }],
        }
    }

    #[test]
    fn the_loss_of_d_a_has_the_interval_of_numpy_and_scipy() {
        let arm = arm(
            12,
            |s, i| 0.9 + 0.02 * (((7 * i + 3 * s) % 11) as f64 - 5.0),
            |s, i| 0.8 + 0.03 * (((5 * i + 2 * s) % 7) as f64 - 3.0) + 0.08 * (i % 3) as f64,
        );
        let criterion = Criterion::new(Margin::DA(0.1), 0.025, 0, 0).unwrap();
        let found = estimate(&arm, &criterion).unwrap();
        let cost = found.supplement.unwrap().costs[0];
        // numpy 2.4.6, scipy 1.17.1: d = 2**.5*norm.ppf(a), r = 2**.5/norm.pdf(norm.ppf(a)),
        // c = d(A0) - d(A1) + (a0 - A0)*r(A0) - (a1 - A1)*r(A1) with A0, A1 = a0.mean(), a1.mean();
        // from the mean squares of c: g ± t.ppf(.975, 4)*((MSR + max(MSC - MSE, 0))/60)**.5
        let lost = cost.d_a.unwrap();
        assert!((lost.mean - 0.152_251_046_679_079).abs() < 1e-9, "{lost:?}");
        assert!((lost.lower + 0.246_817_887_183_910).abs() < 1e-8, "{lost:?}");
        assert!((lost.upper - 0.551_319_980_542_067).abs() < 1e-8, "{lost:?}");
        // max(MSC - MSE, 0)/5 of a0 - a1, its root.
        assert!((cost.images_sd.unwrap() - 0.071_336_802_521_135).abs() < 1e-9, "{cost:?}");
        assert_eq!(found.levels[0].verdict, Some(Verdict::Inconclusive));
        assert_eq!((cost.beyond_dose, cost.dose), (None, None));
    }

    #[test]
    fn areas_of_1_have_a_d_a_and_other_scores_none() {
        let mut arm = arm(40, |_, _| 0.95, |_, _| 1.0);
        let lost = lost_d_a(&arm, &arm.levels[0]).unwrap();
        // As if half a pair were missing: 2**.5*(norm.ppf(.95) - norm.ppf(1 - .5/40**2)).
        assert!((lost[0] + 2.5111809438465897).abs() < 1e-9, "{}", lost[0]);
        let criterion = Criterion::new(Margin::DA(0.1), 0.025, 0, 0).unwrap();
        assert_eq!(estimate(&arm, &criterion).unwrap().levels[0].verdict, Some(Verdict::Pass));
        (arm.measure, arm.weights) =
            (Identify { classes: 6 }.measure(), Weights::Counts(vec![1.0; 40]));
        assert_eq!(lost_d_a(&arm, &arm.levels[0]), None);
        let refused = estimate(&arm, &criterion);
        assert_eq!(refused, Err(LimitError::NoArea { task: "identify".to_owned() }));
    }

    #[test]
    fn less_dose_is_what_a_level_is_measured_by() {
        let scatter = |s: usize, i: usize| 0.01 * ((s + i) % 3) as f64;
        let mut arm = arm(40, |_, _| 0.9, |_, _| 0.88);
        let criterion = Criterion::new(Margin::DoseShare(0.9), 0.025, 99, 0).unwrap();
        let judged = |arm: &ArmOutcome| estimate(arm, &criterion).unwrap();
        let missing = judged(&arm);
        assert_eq!(missing.limit.gates, [Gate::Dose]);
        assert_eq!((missing.levels[0].verdict, missing.levels[0].loss > 0.0), (None, true));
        let at_dose = |lost: f64| {
            let of = |s| (0..40).map(|i| 0.9 - lost + scatter(s, i)).collect();
            Some((0..NETWORKS).map(of).collect())
        };
        // The level loses 0.02; scatter is 0.01 on average.
        for (lost, verdict) in [(0.05, Verdict::Pass), (0.01, Verdict::Fail)] {
            arm.at_dose = at_dose(lost);
            let found = judged(&arm);
            assert_eq!(found.levels[0].verdict, Some(verdict));
            let beyond = found.supplement.unwrap().costs[0].beyond_dose.unwrap();
            let cells = (0..NETWORKS).flat_map(|s| (0..40).map(move |i| scatter(s, i)));
            let scattered = cells.sum::<f64>() / (40 * NETWORKS) as f64;
            assert!((beyond.mean - (0.02 - lost + scattered)).abs() < 1e-12, "{beyond:?}");
        }
    }
}
