//! Defines what a task is: truths, answers, and how answers are scored; knows no task.

use std::fmt::Debug;

use serde::{Deserialize, Serialize};

use super::measure::Measure;
use super::score::Weights;
use crate::dataset::{Outlines, RegionSet};
use crate::image::Image;
use crate::network::Architecture;
use crate::observer::ScoreMap;
use crate::scene::{LabelledRegion, RegionKind};

/// What is true of one case, as far as tasks score it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Truth {
    /// Class of each region that is for identification, in the order in which regions are cut; the
    /// last class is `absent`.
    pub classes: Vec<u8>,
    /// Whether there is a target in each region that is for detection, in the same order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub detection: Vec<bool>,
    /// Where targets lie and may lie, for tasks that ask about whole images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outlines: Option<Outlines>,
    /// The same of the other images of a patient; no record has them, since it is of one image.
    #[serde(skip)]
    pub further: Vec<Outlines>,
}

/// What a task is told of an image apart from its pixels.
#[derive(Debug, Clone, Copy)]
pub struct Labels<'a> {
    /// Its regions with their classes.
    pub regions: &'a [LabelledRegion],
    /// Where targets lie and may lie; known where a task of the study asks about whole images.
    pub outlines: Option<&'a Outlines>,
    /// Seed of the study, for what a task draws itself.
    pub seed: u64,
    /// Number of the case in the whole dataset, likewise.
    pub case: u64,
}

impl Truth {
    /// What is true of an image with these labels.
    #[must_use]
    pub fn of(labels: &Labels<'_>) -> Self {
        let of = |kind| labels.regions.iter().filter(move |region| region.kind == kind);
        Self {
            classes: of(RegionKind::Identify).map(|region| region.class).collect(),
            detection: of(RegionKind::Detect).map(|region| region.class == 0).collect(),
            outlines: labels.outlines.cloned(),
            further: Vec::new(),
        }
    }

    /// Where targets lie and may lie in each of its images, for tasks that ask about whole images.
    pub fn images(&self) -> impl Iterator<Item = &Outlines> {
        self.outlines.iter().chain(&self.further)
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

    /// Number of values of each example of an answer.
    fn width(&self) -> usize;

    /// Number of values that a reader gives for each region, or for each place of an image: the
    /// classes of its network.
    fn outputs(&self) -> usize {
        self.width()
    }

    /// Whether an example has a label for each of its pixels, so that readers classify pixels.
    fn labels_pixels(&self) -> bool {
        false
    }

    /// Layers of its networks, from those that networks of the study usually have.
    fn architecture(&self, usual: Architecture) -> Architecture {
        Architecture { classes: self.outputs(), ..usual }
    }

    /// Pixels per side of an example, for a source whose regions have `region_pixels`.
    fn side(&self, region_pixels: usize) -> usize {
        region_pixels
    }

    /// Adds what a reader learns from, or is given, of an image, which may be a decoded rendition,
    /// with what it must answer.
    fn examples(&self, image: &Image, labels: &Labels<'_>, examples: &mut RegionSet);

    /// The same task as one that asks about whole images: its readers learn from
    /// [examples](Self::examples), and answer for an image at once.
    fn whole(&self) -> Option<&dyn WholeImage> {
        None
    }

    /// Number of examples of a case; of a whole image, how many rows of values its answer has.
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

/// Reduces what a reader says about the places of a part of an image to an answer, `[example, value]`.
pub type KeepAnswer<'a> = Box<dyn Fn(&ScoreMap) -> Vec<f32> + 'a>;

/// A question about an image as a whole.
pub trait WholeImage: Send + Sync {
    /// The part of an image of `size` rows and columns that a reader is given: first row, first
    /// column, rows and columns.
    fn part(&self, outlines: &Outlines, size: [usize; 2]) -> [usize; 4];

    /// What is kept of what readers say about the places of a part with this first row, first
    /// column, rows and columns; made ready once for all renditions of the part.
    fn answer<'a>(&self, outlines: &'a Outlines, part: [usize; 4]) -> KeepAnswer<'a>;

    /// Whether readers learn a second time, with examples that they found hard.
    fn learns_from_hard_examples(&self) -> bool {
        false
    }

    /// Adds examples of an image that a reader which has learnt finds hard, from what it says about
    /// the places of a part of it that begins at the pixel `corner`.
    fn hard_examples(
        &self,
        _map: &ScoreMap,
        _corner: [usize; 2],
        _image: &Image,
        _labels: &Labels<'_>,
        _examples: &mut RegionSet,
    ) {
    }
}

/// Adds the regions of a kind that lie in an image, with their classes.
pub(super) fn cut(image: &Image, labels: &Labels<'_>, kind: RegionKind, examples: &mut RegionSet) {
    let of_kind: Vec<LabelledRegion> =
        labels.regions.iter().filter(|region| region.kind == kind).copied().collect();
    examples.cut(image, &of_kind);
}
