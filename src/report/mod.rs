//! Renders results: one HTML page, SVG, CSV and a summary for a terminal. Takes values and returns
//! strings; uses no path, clock or environment, and computes no statistic.
//!
//! Colours and prose of results are here only, not in the modules above.

mod abreast;
mod answer;
mod attention;
mod brief;
mod certificate;
#[cfg(feature = "parquet")]
mod columnar;
mod comparison;
mod content;
mod cost;
mod data_page;
mod decision;
mod detail;
mod efficiency;
mod gallery;
mod ink;
mod leaks;
mod levels;
mod limits;
mod linear;
mod literature;
mod localisation;
mod lossless;
mod markup;
mod matrices;
mod networks;
mod observers;
mod opening;
mod operating;
mod outlining;
mod page;
mod picture;
mod plot;
mod quality;
mod reading;
mod second_ceiling;
mod sheet;
mod table;
mod text;
mod training;
mod transfer;
mod words;

use crate::files;
use crate::record::{LeakAudit, Results};

pub use certificate::certificates;
#[cfg(feature = "parquet")]
pub use columnar::parquet;
pub use comparison::comparison;
pub use content::{Compared, DataReport, PhantomSummary, PlanDifference, Report};
pub use decision::{SheetHead, decision_page, decision_text};
pub use detail::detail_csv;
pub use efficiency::sizes_csv;
pub use ink::Ink;
pub use linear::linear_csv;
pub use literature::{literature_page, literature_text, replication_text};
pub use localisation::localisation_csv;
pub use networks::networks_csv;
pub use operating::operating_csv;
pub use outlining::outlines_csv;
pub use plot::{PlotError, accuracy_svg};
pub use reading::TrainingTime;
pub use second_ceiling::second_ceiling_csv;
pub use table::{COLUMNS, ColumnKind, csv};
pub use transfer::transfer_csv;

/// A plot as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plot {
    /// Name of the file without its ending: lower-case letters, digits and dashes, unique.
    pub name: String,
    /// A stand-alone SVG without external references; light or dark as the viewer prefers.
    pub svg: String,
}

/// Renders the page: one self-contained HTML file that loads nothing.
///
/// The same report gives the same bytes.
#[must_use]
pub fn html(report: &Report<'_>) -> String {
    page::page(report).into_string()
}

/// Renders the page about a user's own images and networks, as [`html`] does that of a phantom.
#[must_use]
pub fn data_html(report: &DataReport<'_>) -> String {
    data_page::page(report).into_string()
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
/// If the text is not such an SVG.
pub fn png(svg: &str) -> Result<Vec<u8>, PlotError> {
    plot::png(svg)
}

/// The files of the results of a table of answers, with their names: results.json can be read again.
#[must_use]
pub fn of_answers(results: &Results) -> [(&'static str, Vec<u8>); 4] {
    [
        ("results.json", files::json(results)),
        ("results.csv", csv(results)),
        ("operating.csv", operating_csv(results)),
        ("accuracy.svg", accuracy_svg(results).into_bytes()),
    ]
}

/// Renders the answer for a terminal: about ten lines of at most 60 columns, a newline at the end.
#[must_use]
pub fn brief(results: &Results, ink: Ink) -> String {
    brief::brief(results, ink)
}

/// Renders the summary for a terminal: ASCII, at most 100 columns, a newline at the end.
#[must_use]
pub fn text(results: &Results) -> String {
    text::summary(results)
}

/// Renders the cost of trainings, for a terminal: ASCII, at most 100 columns, a newline at the end;
/// empty where that is unknown. It is in no file, since no two runs take the same time.
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
