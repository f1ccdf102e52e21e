//! Contrast, detail and compression as a section of the page and as CSV; fits nothing.

use maud::{Markup, html};

use crate::record::{DetailLevel, DetailResult, LEAST_NETWORKS, LevelBase, Results};

use super::content::Report;
use super::markup::{caption, panels, scrolling};
use super::sheet::{Sheet, optional};
use super::{plot, words};

/// The section; nothing where there is no such result.
pub(super) fn section(report: &Report<'_>) -> Option<Markup> {
    let detail = &report.results.detail;
    let base = report.results.target_base();
    (!detail.is_empty()).then(|| {
        html! {
            p {
                "Contrast at which accuracy is half-way between guessing and certainty, for targets of \
                 each size. A dash: outside the contrasts of the \
                 phantom. All cells of size \u{d7} contrast with accuracy, area \
                 under the ROC curve and their intervals are in contrast-detail.csv."
            }
            (panels(&plot::details(report.results)))
            (panels(&plot::contours(report.results, report.figures.classes.len())))
            @for one in detail {
                @let name = format!(
                    "{}, {}, trained on {}",
                    one.codec.title(), one.path.name(), words::trained_on(one.regime)
                );
                h3 { (name) }
                (scrolling(&name, &table(one, base, report.phantom.contrast_unit)))
            }
            p.note {
                "In brackets: two-sided " (words::confidence(report.results.alpha)) " % intervals: where \
                 the isotonic curves of the cells\u{2019} upper and lower bounds cross the same \
                 accuracy. The bounds of a cell are over networks and images ("
                (LEAST_NETWORKS) " networks or more; with fewer, over images only, for these \
                 networks), and Wilson\u{2019}s over its targets where all answers are right or all wrong."
            }
        }
    })
}

fn table(one: &DetailResult, base: LevelBase, unit: &str) -> Markup {
    let number = |value: Option<f64>, decimals| {
        value.map_or_else(|| "\u{2013}".to_owned(), |value| words::fixed(value, decimals))
    };
    html! { table {
        (caption(&html! { "Threshold contrast in " (unit) " per equivalent radius" }))
        thead { tr {
            th scope="col" { "level" }
            @for ends in one.radii_mm.windows(2) {
                th scope="col" { (words::fixed(ends[0], 2)) " to " (words::fixed(ends[1], 2)) " mm" }
            }
        } }
        tbody { @for level in &one.levels { tr {
            th scope="row" { (words::level_name(level.target, base)) }
            @for (row, threshold) in level.thresholds.iter().enumerate() { td {
                (number(*threshold, 1))
                @if let Some((lower, upper)) = bounds(level, row) {
                    " " span.interval { "(" (number(lower, 1)) " to " (number(upper, 1)) ")" }
                }
            } }
        } } }
    } }
}

/// Bounds of a threshold, where either lies within the contrasts.
fn bounds(level: &DetailLevel, row: usize) -> Option<(Option<f64>, Option<f64>)> {
    let (lower, upper) = (*level.thresholds_lower.get(row)?, *level.thresholds_upper.get(row)?);
    lower.or(upper).map(|_| (lower, upper))
}

/// Columns of `contrast-detail.csv`; a released column keeps its name and its place.
const HEADER: [&str; 18] = [
    "codec",
    "path",
    "regime",
    "target",
    "radius_low_mm",
    "radius_high_mm",
    "contrast_low",
    "contrast_high",
    "targets",
    "accuracy",
    "auc",
    "accuracy_lower",
    "accuracy_upper",
    "auc_lower",
    "auc_upper",
    "threshold",
    "threshold_lower",
    "threshold_upper",
];

/// Renders `contrast-detail.csv`: one line per arm, level and cell; an empty target is the
/// uncompressed image, and the threshold is that of the cell's radius.
#[must_use]
pub fn detail_csv(results: &Results) -> Vec<u8> {
    let mut sheet = Sheet::new(HEADER);
    // Earlier versions have no bounds.
    let cell = |table: &[Vec<Option<f64>>], row: usize, column: usize| {
        optional(table.get(row).and_then(|cells| *cells.get(column)?))
    };
    let of_row = |column: &[Option<f64>], row: usize| optional(column.get(row).copied().flatten());
    for one in &results.detail {
        for level in &one.levels {
            for (row, radius) in one.radii_mm.windows(2).enumerate() {
                for (column, contrast) in one.contrasts.windows(2).enumerate() {
                    sheet.line([
                        one.codec.name().to_owned(),
                        one.path.name().to_owned(),
                        one.regime.name().to_owned(),
                        optional(level.target),
                        radius[0].to_string(),
                        radius[1].to_string(),
                        contrast[0].to_string(),
                        contrast[1].to_string(),
                        one.targets[row][column].to_string(),
                        optional(level.accuracy[row][column]),
                        optional(level.auc[row][column]),
                        cell(&level.accuracy_lower, row, column),
                        cell(&level.accuracy_upper, row, column),
                        cell(&level.auc_lower, row, column),
                        cell(&level.auc_upper, row, column),
                        of_row(&level.thresholds, row),
                        of_row(&level.thresholds_lower, row),
                        of_row(&level.thresholds_upper, row),
                    ]);
                }
            }
        }
    }
    sheet.bytes()
}
