//! Judges networks at thresholds that stay where they are on originals: sensitivity and specificity.

use super::criterion::Criterion;
use super::error::LimitError;
use super::estimate::estimate;
use crate::record::{ArmOutcome, LevelOutcome, Margin, OperatingResult, sensitivity, specificity};
use crate::stats::balanced_threshold;
use crate::task::Weights;

/// The loss of sensitivity or specificity that is accepted where the margin of the study counts
/// something else.
const USUAL_MARGIN: f64 = 0.02;

/// What is rated, and by whom: one rendition of all test images.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rated {
    /// `[network][example]`, ratings of what is present.
    pub present: Vec<Vec<f64>>,
    /// The same of what is absent.
    pub absent: Vec<Vec<f64>>,
}

/// The ratings behind an arm whose scores are areas under the ROC curve.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RatedArm {
    /// Case of each present example, below the number of cases.
    pub present: Vec<usize>,
    /// Case of each absent example.
    pub absent: Vec<usize>,
    /// On originals.
    pub original: Rated,
    /// At each level of the arm.
    pub levels: Vec<Rated>,
}

/// Sensitivity and specificity of an arm, each with verdicts and a limit of its own. `None` where
/// nothing is present, or nothing is absent, or a rating is no number.
///
/// The threshold of a network is the rating at which its sensitivity and its specificity on originals
/// are nearest to each other. It maximises neither, so that scores on originals are hardly too good
/// by the choice.
///
/// # Errors
/// As [`estimate`].
pub fn operating(
    arm: &ArmOutcome,
    rated: &RatedArm,
    criterion: &Criterion,
) -> Result<Option<OperatingResult>, LimitError> {
    let networks = rated.original.present.iter().zip(&rated.original.absent);
    let thresholds: Option<Vec<f64>> =
        networks.map(|(present, absent)| balanced_threshold(present, absent).ok()).collect();
    let Some(thresholds) =
        thresholds.filter(|_| !rated.present.is_empty() && !rated.absent.is_empty())
    else {
        return Ok(None);
    };
    let margin = criterion.margin.points().unwrap_or(USUAL_MARGIN);
    let criterion = Criterion { margin: Margin::Score(margin), ..*criterion };
    // Cases without any of a kind say nothing of it and are no units.
    let (present, absent) = (Units::of(&rated.present), Units::of(&rated.absent));
    let judged = |measure, units: &Units, right: &dyn Fn(&Rated) -> Vec<Vec<f64>>| {
        let levels = arm.levels.iter().zip(&rated.levels);
        let outcome = ArmOutcome {
            measure,
            weights: Weights::Counts(units.summed(units.of_example.iter().map(|_| 1.0))),
            rarer: None,
            original: right(&rated.original),
            at_dose: None,
            levels: levels
                .map(|(level, at)| LevelOutcome { scores: right(at), ..level.clone() })
                .collect(),
            ..arm.clone()
        };
        estimate(&outcome, &criterion)
    };
    let hits = |at: &Rated| -> Vec<Vec<f64>> {
        let of_network = |(ratings, &threshold): (&Vec<f64>, &f64)| {
            let called = ratings.iter().map(|&rating| f64::from(rating >= threshold));
            present.summed(called)
        };
        at.present.iter().zip(&thresholds).map(of_network).collect()
    };
    let rejections = |at: &Rated| -> Vec<Vec<f64>> {
        let of_network = |(ratings, &threshold): (&Vec<f64>, &f64)| {
            let called = ratings.iter().map(|&rating| f64::from(rating < threshold));
            absent.summed(called)
        };
        at.absent.iter().zip(&thresholds).map(of_network).collect()
    };
    Ok(Some(OperatingResult {
        task: arm.measure.task.clone(),
        codec: arm.codec,
        path: arm.path,
        regime: arm.regime,
        margin,
        sensitivity: judged(sensitivity(&arm.measure), &present, &hits)?,
        specificity: judged(specificity(&arm.measure), &absent, &rejections)?,
        thresholds,
    }))
}

/// The cases that examples of one kind are of, numbered among themselves.
struct Units {
    of_example: Vec<usize>,
    count: usize,
}

impl Units {
    fn of(cases: &[usize]) -> Self {
        let mut distinct = cases.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        let of_example =
            cases.iter().map(|case| distinct.partition_point(|it| it < case)).collect();
        Self { of_example, count: distinct.len() }
    }

    /// Sum of the values of each.
    fn summed(&self, values: impl Iterator<Item = f64>) -> Vec<f64> {
        let mut sums = vec![0.0; self.count];
        for (&unit, value) in self.of_example.iter().zip(values) {
            sums[unit] += value;
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Achieved, CodecName};
    use crate::image::SampleFormat;
    use crate::record::{InputPath, LevelBase, Readers, Regime, Verdict};
    use crate::task::{Detect, Task};

    const CASES: usize = 80;

    /// Each case has one present and one absent example; 8 of the 80 present are rated below 0.5,
    /// and as many absent above. At the level all ratings are higher by `shift`.
    fn rated(shift: f64) -> Rated {
        let rating = |case: usize, usual: f64, wrong: f64| {
            let right = !case.is_multiple_of(10);
            (if right { usual } else { wrong }) + 0.001 * case as f64 + shift
        };
        let of = |usual: f64, wrong: f64| -> Vec<Vec<f64>> {
            vec![(0..CASES).map(|case| rating(case, usual, wrong)).collect(); 5]
        };
        Rated { present: of(0.8, 0.2), absent: of(0.2, 0.8) }
    }

    #[test]
    fn areas_hold_where_specificity_falls() {
        let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
        let area = vec![vec![0.9; CASES]; 5];
        let level = LevelOutcome {
            base: LevelBase::Ratio,
            target: Some(10.0),
            achieved: Achieved { bytes: 15, pixels: 100, original: format, input: format },
            unreached: 0,
            psnr_db: 40.0,
            scores: area.clone(),
        };
        let arm = ArmOutcome {
            codec: CodecName::Jpeg,
            path: InputPath::Native,
            regime: Regime::Original,
            measure: Detect.measure(),
            readers: Readers::Sampled,
            weights: Weights::Alike(CASES),
            rarer: None,
            original: area,
            at_dose: None,
            levels: vec![level],
        };
        let cases: Vec<usize> = (0..CASES).collect();
        let of_shift = |shift| {
            let levels = vec![rated(shift)];
            let ratings = RatedArm {
                present: cases.clone(),
                absent: cases.clone(),
                original: rated(0.0),
                levels,
            };
            let criterion = Criterion::new(0.02, 0.025, 0, 1).unwrap();
            operating(&arm, &ratings, &criterion).unwrap().unwrap()
        };
        let found = of_shift(0.0);
        assert_eq!(found.sensitivity.original_score, 0.9);
        assert_eq!(found.specificity.original_score, 0.9);
        assert_eq!(found.sensitivity.levels[0].verdict, Some(Verdict::Pass));
        // Everything is rated higher, in the same order: nothing present is missed that was not, and
        // everything absent is called present.
        let found = of_shift(1.0);
        assert_eq!(found.sensitivity.levels[0].score, 1.0);
        assert_eq!(found.specificity.levels[0].score, 0.0);
        assert_eq!(found.specificity.levels[0].verdict, Some(Verdict::Fail));
        assert_eq!(found.thresholds.len(), 5);
        assert_eq!(
            operating(&arm, &RatedArm::default(), &Criterion::new(0.02, 0.025, 0, 1).unwrap()),
            Ok(None)
        );
    }
}
