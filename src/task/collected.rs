//! A task asked about a user's labelled images, where the unit of inference is the patient: scores as
//! the task does, and calls cases what they are.

use super::definition::{Answers, Labels, Task, Truth, WholeImage};
use super::measure::Measure;
use super::score::Weights;
use crate::dataset::RegionSet;
use crate::image::Image;
use crate::network::Architecture;

/// A task about a user's images.
#[derive(Debug)]
pub struct Collected {
    /// What is asked.
    pub task: Box<dyn Task>,
    /// What is random beside networks, singular: `patient`, or `image` where patients are unknown.
    pub case: String,
    /// What is shown to a network at once, singular: `image`, or `region` around a box.
    pub example: String,
}

impl Task for Collected {
    fn measure(&self) -> Measure {
        let own = self.task.measure();
        let Self { case, example, .. } = self;
        if self.task.labels_pixels() {
            return Measure { case: case.clone(), ..own };
        }
        // Where an example is no case, the score counts examples.
        let counts = own.example != own.case;
        Measure {
            unit: if counts { format!("share of {example}s that are right") } else { own.unit },
            example: if counts { example.clone() } else { case.clone() },
            case: case.clone(),
            ..own
        }
    }

    fn width(&self) -> usize {
        self.task.width()
    }

    fn outputs(&self) -> usize {
        self.task.outputs()
    }

    fn labels_pixels(&self) -> bool {
        self.task.labels_pixels()
    }

    fn architecture(&self, usual: Architecture) -> Architecture {
        self.task.architecture(usual)
    }

    fn side(&self, region_pixels: usize) -> usize {
        self.task.side(region_pixels)
    }

    fn examples(&self, image: &Image, labels: &Labels<'_>, examples: &mut RegionSet) {
        self.task.examples(image, labels, examples);
    }

    fn whole(&self) -> Option<&dyn WholeImage> {
        self.task.whole()
    }

    fn examples_of(&self, truth: &Truth) -> usize {
        self.task.examples_of(truth)
    }

    fn weights(&self, truths: &[Truth]) -> Weights {
        self.task.weights(truths)
    }

    fn score(&self, truths: &[Truth], answers: Answers<'_>) -> Option<Vec<f64>> {
        self.task.score(truths, answers)
    }

    fn classes(&self) -> Option<usize> {
        self.task.classes()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Detect, Identify};
    use super::*;

    #[test]
    fn cases_are_called_what_they_are() {
        let asked = |task: Box<dyn Task>| {
            let (case, example) = ("patient".to_owned(), "image".to_owned());
            Collected { task, case, example }.measure()
        };
        let identify = asked(Box::new(Identify { classes: 3 }));
        assert_eq!((&*identify.case, &*identify.example), ("patient", "image"));
        assert_eq!(identify.unit, "share of images that are right");
        let detect = asked(Box::new(Detect));
        assert_eq!((&*detect.case, &*detect.example), ("patient", "patient"));
        assert_eq!(detect.unit, Detect.measure().unit);
    }
}
