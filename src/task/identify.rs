//! Scores which shape is in a region, or none, by the accuracy over regions; knows no reader.

use super::definition::{Answers, Labels, Task, Truth, cut};
use super::measure::{Direction, Measure};
use super::score::Weights;
use crate::dataset::RegionSet;
use crate::image::Image;
use crate::scene::RegionKind;
use crate::stats::argmax;

pub(super) const NAME: &str = "identify";

/// What it asks, and by which score.
pub(super) const MEANING: &str = "Which shape is in a region, or none: accuracy";

/// Classifies each square region that is for identification, `absent` being one of the classes. Answers are ratings of the
/// classes, the largest of which is the answer, the first of equals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identify {
    /// Number of classes, the last of which is `absent`.
    pub classes: usize,
}

impl Task for Identify {
    fn measure(&self) -> Measure {
        Measure {
            task: NAME.to_owned(),
            score: "accuracy".to_owned(),
            short: "accuracy".to_owned(),
            unit: format!("share of regions in {} classes, absent included", self.classes),
            example: "region".to_owned(),
            case: "image".to_owned(),
            range: [0.0, 1.0],
            usable: [0.75, 0.98],
            chance: Some(1.0 / self.classes as f64),
            direction: Direction::Higher,
        }
    }

    fn width(&self) -> usize {
        self.classes
    }

    fn examples(&self, image: &Image, labels: &Labels<'_>, examples: &mut RegionSet) {
        cut(image, labels, RegionKind::Identify, examples);
    }

    fn weights(&self, truths: &[Truth]) -> Weights {
        Weights::Counts(truths.iter().map(|truth| truth.classes.len() as f64).collect())
    }

    fn score(&self, truths: &[Truth], answers: Answers<'_>) -> Option<Vec<f64>> {
        let mut of_region = answers.values.chunks_exact(answers.width);
        let of_case = |truth: &Truth| {
            let rated = truth.classes.iter().zip(&mut of_region);
            rated.filter(|(truth, ratings)| argmax(ratings) == usize::from(**truth)).count() as f64
        };
        Some(truths.iter().map(of_case).collect())
    }

    fn classes(&self) -> Option<usize> {
        Some(self.classes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_scores_its_right_answers() {
        let truth = |classes: &[u8]| Truth {
            classes: classes.to_vec(),
            detection: vec![true],
            ..Truth::default()
        };
        let truths = [truth(&[0, 1]), truth(&[1])];
        let task = Identify { classes: 2 };
        // The first of equals is the answer.
        let answers = Answers { values: &[0.5, 0.5, 0.0, 1.0, 2.0, 1.0], width: 2 };
        assert_eq!(task.score(&truths, answers), Some(vec![2.0, 0.0]));
        let weights = task.weights(&truths);
        assert_eq!((weights.cases(), weights.total()), (2, 3.0));
        assert!((weights.mean(&[2.0, 0.0, 1.0, 1.0]) - 4.0 / 6.0).abs() < 1e-15);
    }
}
