//! Owns what a reader gets to see: one HTML page, SVG, CSV and a terminal summary, from values to
//! strings; knows no path, clock or environment, and computes no statistic.
//!
//! Colours and prose of results live here and nowhere upstream.

mod answer;
mod attention;
mod certificate;
#[cfg(feature = "parquet")]
mod columnar;
mod comparison;
mod detail;
mod gallery;
mod leaks;
mod levels;
mod limits;
mod linear;
mod page;
mod picture;
mod plot;
mod quality;
mod reading;
mod table;
mod text;
mod training;
mod words;

use thiserror::Error;

use crate::image::{SampleFormat, Window};
use crate::phantom::Phantom;
use crate::record::{Certificate, Figures, LeakAudit, Regime, Results};

pub use certificate::certificates;
#[cfg(feature = "parquet")]
pub use columnar::parquet;
pub use comparison::{Compared, PlanDifference, comparison};
pub use detail::detail_csv;
pub use linear::linear_csv;
pub use plot::accuracy_svg;
pub use table::{COLUMNS, ColumnKind, csv};

/// A plot as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plot {
    /// Name of the file without its ending: lower-case letters, digits and dashes, unique.
    pub name: String,
    /// A stand-alone SVG that asks for nothing; light and dark follow the viewer.
    pub svg: String,
}

/// A plot could not be made into pixels.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("a plot cannot be drawn: {0}")]
pub struct PlotError(String);

/// Everything that a page shows.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// What was concluded.
    pub results: &'a Results,
    /// Pictures and confusion tables that the study stored.
    pub figures: &'a Figures,
    /// One per arm that has a limit, by [`certificates`].
    pub certificates: &'a [Certificate],
    /// What was imaged.
    pub phantom: PhantomSummary<'a>,
    /// How it was made, in the order of reading: for example `command`, `version`, `codecs`,
    /// `kernel`, hashes. The key `command` is set apart as the one that repeats the study.
    pub made: &'a [(String, String)],
}

/// What a reader needs to know about a phantom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PhantomSummary<'a> {
    /// Identifier.
    pub id: &'a str,
    /// One line for people.
    pub title: &'a str,
    /// Rows of the image.
    pub rows: usize,
    /// Columns of the image.
    pub columns: usize,
    /// Distance of pixel centres in mm.
    pub pixel_spacing_mm: f64,
    /// Bits of a sample.
    pub format: SampleFormat,
    /// Display window, which is also what the windowed path is given.
    pub window: Window,
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
            rows: matrix.rows,
            columns: matrix.columns,
            pixel_spacing_mm: matrix.pixel_spacing.0,
            format: matrix.format,
            window: matrix.window,
            unit: phantom.formation.unit.symbol(),
            contrast_unit: phantom.formation.targets.contrast_unit.symbol(),
        }
    }
}

/// Renders the page: one self-contained HTML file that asks for nothing from anywhere.
///
/// The same report gives the same bytes.
#[must_use]
pub fn html(report: &Report<'_>) -> String {
    page::page(report).into_string()
}

/// Renders every plot of the page as a file of its own, for `classes` classes.
#[must_use]
pub fn plots(results: &Results, classes: usize) -> Vec<Plot> {
    let all = plot::all(results, classes).into_iter();
    all.map(|drawing| Plot { svg: drawing.alone(results), name: drawing.name }).collect()
}

/// Draws a plot of [`plots`] or [`accuracy_svg`] as an opaque PNG, two pixels for each unit of the
/// SVG, in light colours.
///
/// # Errors
/// If the text is none of their SVG.
pub fn png(svg: &str) -> Result<Vec<u8>, PlotError> {
    plot::png(svg)
}

/// Renders the summary for a terminal: ASCII, at most 100 columns, a newline at the end.
#[must_use]
pub fn text(results: &Results) -> String {
    text::summary(results)
}

/// What a training of a regime took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainingTime {
    /// Regime.
    pub regime: Regime,
    /// Mean over its networks of the seconds of one thread, rating not counted.
    pub seconds: f64,
}

/// Renders what trainings cost, for a terminal: ASCII, at most 100 columns, a newline at the end;
/// nothing where that is not known. It stands in no file, for no two runs take the same time.
#[must_use]
pub fn training_text(results: &Results, times: &[TrainingTime]) -> String {
    reading::text(results, times)
}

/// Renders the limits of several phantoms as one table: ASCII, at most 100 columns.
#[must_use]
pub fn overview(studies: &[Results]) -> String {
    text::overview(studies)
}

/// The leak audit in one sentence.
#[must_use]
pub fn leak_verdict(audit: &LeakAudit) -> String {
    leaks::verdict(audit)
}

/// The answer in one or two sentences.
#[must_use]
pub fn answer(results: &Results) -> String {
    answer::answer(results)
}
