//! Scores whether there is a subtle target in a region, by the area under the ROC curve; knows no reader.

use super::definition::{Answers, Labels, Task, Truth, cut};
use super::measure::{AREA, Direction, Measure};
use super::score::Weights;
use crate::dataset::RegionSet;
use crate::image::Image;
use crate::scene::RegionKind;
use crate::stats::Placements;

pub(super) const NAME: &str = "detect";

/// What it asks, and by which score.
pub(super) const MEANING: &str =
    "Whether there is a subtle target in a region: area under the ROC curve";

/// Distinguishes regions with a subtle target from those without: the regions that are for
/// detection. The score of a network is the area under its ROC curve (Mann and Whitney, 1947), as
/// the mean of one pseudovalue per case (DeLong, DeLong and Clarke-Pearson, 1988). Scores ratings
/// whose last class is `absent`, by [`presence`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Detect;

impl Task for Detect {
    fn measure(&self) -> Measure {
        Measure {
            task: NAME.to_owned(),
            score: AREA.to_owned(),
            short: "AUC".to_owned(),
            unit: "mean area under the ROC curve".to_owned(),
            // A case has one pseudovalue.
            example: "image".to_owned(),
            case: "image".to_owned(),
            range: [0.0, 1.0],
            usable: [0.75, 0.98],
            chance: Some(0.5),
            direction: Direction::Higher,
        }
    }

    /// One rating each of present and absent.
    fn width(&self) -> usize {
        2
    }

    /// The square regions, labelled 0 where there is a target and 1 where there is none.
    fn examples(&self, image: &Image, labels: &Labels<'_>, examples: &mut RegionSet) {
        cut(image, labels, RegionKind::Detect, examples);
    }

    fn examples_of(&self, truth: &Truth) -> usize {
        truth.detection.len()
    }

    fn weights(&self, truths: &[Truth]) -> Weights {
        Weights::Alike(truths.len())
    }

    /// `None` where all regions are of one kind or a rating is no number.
    fn score(&self, truths: &[Truth], answers: Answers<'_>) -> Option<Vec<f64>> {
        let (mut present, mut absent) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
        let mut of_region = answers.values.chunks_exact(answers.width);
        for (case, truth) in truths.iter().enumerate() {
            for (&is_present, ratings) in truth.detection.iter().zip(&mut of_region) {
                let kind = if is_present { &mut present } else { &mut absent };
                kind.0.push(presence(ratings));
                kind.1.push(case);
            }
        }
        let placements = Placements::of(&present.0, &absent.0).ok()?;
        placements.by_group(&present.1, &absent.1, truths.len()).ok()
    }
}

/// How much likelier any shape is than absent: the log of the summed exponentials of all ratings
/// but the last, minus the last. Natural where ratings are log-probabilities up to a constant.
#[must_use]
pub fn presence(ratings: &[f32]) -> f64 {
    let Some((&absent, shapes)) = ratings.split_last() else { return 0.0 };
    let largest = shapes.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 =
        shapes.iter().map(|&rating| libm::exp(f64::from(rating) - f64::from(largest))).sum();
    f64::from(largest) + libm::log(sum) - f64::from(absent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presence_is_the_log_odds_of_any_shape() {
        // ln((e¹ + e²)/e³) = ln(0.135335 + 0.367879).
        assert!((presence(&[1.0, 2.0, 3.0]) - libm::log(0.503_214_724)).abs() < 1e-6);
        // Large ratings do not overflow.
        assert!((presence(&[1e4, 1e4, 0.0]) - (1e4 + std::f64::consts::LN_2)).abs() < 1e-9);
    }

    #[test]
    fn scores_of_cases_have_the_area_as_their_mean() {
        // Presence 2, 1 (shapes) and 1.5, 0 (absent): three of four pairs in order.
        let truth = |detection: [bool; 2]| Truth {
            classes: vec![3],
            detection: detection.to_vec(),
            ..Truth::default()
        };
        let truths = [truth([true, false]), truth([true, false])];
        let values = [2.0, 0.0, 1.5, 0.0, 1.0, 0.0, 0.0, 0.0];
        assert_eq!(Detect.examples_of(&truths[0]), 2);
        let areas = Detect.score(&truths, Answers { values: &values, width: 2 }).unwrap();
        assert!((areas.iter().sum::<f64>() / 2.0 - 0.75).abs() < 1e-12);
        let alike = [truth([true, true]), truth([true, true])];
        assert_eq!(Detect.score(&alike, Answers { values: &values, width: 2 }), None);
    }
}
