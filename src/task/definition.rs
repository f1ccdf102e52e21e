//! Defines what a task is: truths, answers, and how answers are scored; knows no task.

use std::fmt::Debug;

use serde::{Deserialize, Serialize};

use super::measure::Measure;
use super::score::Weights;
use crate::dataset::RegionSet;
use crate::image::Image;
use crate::scene::{LabelledRegion, RegionKind};

/// What is true of one case, as far as tasks score it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Truth {
    /// Class of each region that is for identification, in the order in which regions are cut; the
    /// last class is `absent`.
    pub classes: Vec<u8>,
    /// Whether there is a target in each region that is for detection, in the same order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub detection: Vec<bool>,
}

impl Truth {
    /// The truth of an image with these regions.
    #[must_use]
    pub fn of(regions: &[LabelledRegion]) -> Self {
        let of = |kind| regions.iter().filter(move |region| region.kind == kind);
        Self {
            classes: of(RegionKind::Identify).map(|region| region.class).collect(),
            detection: of(RegionKind::Detect).map(|region| region.class == 0).collect(),
        }
    }
}

/// What one reader answered on all cases of one rendition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answers<'a> {
    /// `[example, value]`, case by case.
    pub values: &'a [f32],
    /// Values of each example: one rating per class.
    pub width: usize,
}

/// One question that a study asks of its readers.
pub trait Task: Debug + Send + Sync {
    /// Name, unit, range and direction of its score.
    fn measure(&self) -> Measure;

    /// Number of values that a reader answers for each example.
    fn width(&self) -> usize;

    /// Adds what a reader is given of an image, which may be a decoded rendition, with what it
    /// must answer.
    fn examples(&self, image: &Image, regions: &[LabelledRegion], examples: &mut RegionSet);

    /// Number of examples of a case.
    fn examples_of(&self, truth: &Truth) -> usize {
        truth.classes.len()
    }

    /// What the scores of these cases are divided by.
    fn weights(&self, truths: &[Truth]) -> Weights;

    /// The score of each case; `None` where these cases have none, such as an area under the ROC
    /// curve of targets alone.
    fn score(&self, truths: &[Truth], answers: Answers<'_>) -> Option<Vec<f64>>;

    /// Classes of the ratings that its answers are, for tasks whose examples are classified: what
    /// confusion tables and contrast-detail diagrams are made from.
    fn classes(&self) -> Option<usize> {
        None
    }
}

/// Adds the regions of a kind that lie in an image, with their classes.
pub(super) fn cut(
    image: &Image,
    regions: &[LabelledRegion],
    kind: RegionKind,
    examples: &mut RegionSet,
) {
    let of_kind: Vec<LabelledRegion> =
        regions.iter().filter(|region| region.kind == kind).copied().collect();
    examples.cut(image, &of_kind);
}
