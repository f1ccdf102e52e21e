//! What pages are made from: a study with its phantom, and runs to compare; renders nothing.

use crate::image::{SampleFormat, Window};
use crate::phantom::Phantom;
use crate::record::{Certificate, DifferenceResult, Figures, Results};

/// Everything that a page shows.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// What was concluded.
    pub results: &'a Results,
    /// Pictures and confusion tables that the study stored.
    pub figures: &'a Figures,
    /// One per arm that has a limit, by [`certificates`](super::certificates).
    pub certificates: &'a [Certificate],
    /// What was imaged.
    pub phantom: PhantomSummary<'a>,
    /// How it was made, in the order of the page: for example `command`, `version`, `codecs`,
    /// `kernel`, hashes. The key `command` is shown apart, as the command that repeats the study.
    pub made: &'a [(String, String)],
}

/// Everything that a page about a user's own images and networks shows.
#[derive(Debug, Clone, Copy)]
pub struct DataReport<'a> {
    /// What was concluded.
    pub results: &'a Results,
    /// One per arm that has a limit, by [`certificates`](super::certificates).
    pub certificates: &'a [Certificate],
    /// One line about networks and data set.
    pub title: &'a str,
    /// Bits of a sample of the images.
    pub format: SampleFormat,
    /// How it was made, in the order of the page.
    pub made: &'a [(String, String)],
}

/// The facts about a phantom that a page shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PhantomSummary<'a> {
    /// Identifier.
    pub id: &'a str,
    /// One line for people.
    pub title: &'a str,
    /// Rows and columns of the image; none where images differ.
    pub size: Option<[usize; 2]>,
    /// Distance of pixel centres in mm, where it is known.
    pub pixel_spacing_mm: Option<f64>,
    /// Bits of a sample.
    pub format: SampleFormat,
    /// Display window, which is also that of the windowed path; none where there is no such.
    pub window: Option<Window>,
    /// Unit of the window.
    pub unit: &'a str,
    /// Unit of contrasts.
    pub contrast_unit: &'a str,
}

impl<'a> From<&'a Phantom> for PhantomSummary<'a> {
    fn from(phantom: &'a Phantom) -> Self {
        let matrix = &phantom.formation.matrix;
        Self {
            id: &phantom.id,
            title: &phantom.title,
            size: Some([matrix.rows, matrix.columns]),
            pixel_spacing_mm: Some(matrix.pixel_spacing.0),
            format: matrix.format,
            window: Some(matrix.window),
            unit: phantom.formation.unit.symbol(),
            contrast_unit: phantom.formation.targets.contrast_unit.symbol(),
        }
    }
}

/// One run among others.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// Its name among the runs.
    pub name: String,
    /// What it concluded.
    pub results: Results,
    /// Accuracy in it minus that in the first run; empty for the first, and where test images
    /// differ.
    pub differences: Vec<DifferenceResult>,
}

/// A field of the plans that is not the same in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanDifference {
    /// Name of the field.
    pub field: String,
    /// Its value in each run.
    pub values: Vec<String>,
}
