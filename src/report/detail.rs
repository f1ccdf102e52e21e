//! Owns contrast–detail–compression as a section and as CSV; fits nothing.

use maud::{Markup, html};

use crate::record::{DetailResult, LevelBase, Results};

use super::page::{caption, panels, scrolling};
use super::{Report, plot, words};

/// The section; nothing where there is no such result.
pub(super) fn section(report: &Report<'_>) -> Option<Markup> {
    let detail = &report.results.detail;
    let base = report.results.target_base();
    (!detail.is_empty()).then(|| {
        html! {
            p {
                "Contrast at which half of what lies between guessing and certainty is named, for \
                 targets of each size, and what a level costs in dose. A dash: outside the \
                 contrasts of the phantom. All cells of size \u{d7} contrast with accuracy and area \
                 under the ROC curve are in contrast-detail.csv."
            }
            (panels(&plot::details(report.results)))
            @for one in detail {
                @let name = format!(
                    "{}, {}, trained on {}",
                    words::codec(one.codec), one.path.name(), words::trained_on(one.regime)
                );
                h3 { (name) }
                (scrolling(&name, &table(one, base, report.phantom.contrast_unit)))
            }
            p.note {
                "Dose: with the networks' efficiency taken as constant, the ideal observer reaches \
                 the accuracy at the level with a smaller share of the contrast than that on \
                 originals; noise is larger by the inverse of their ratio, and dose, as one over \
                 its square, is the ratio's square. No network was rated on noisier images."
            }
        }
    })
}

fn table(one: &DetailResult, base: LevelBase, unit: &str) -> Markup {
    let number = |value: Option<f64>, decimals| {
        value.map_or_else(|| "\u{2013}".to_owned(), |value| words::fixed(value, decimals))
    };
    html! { table {
        (caption(&html! { "Threshold contrast in " (unit) " per equivalent radius, and dose" }))
        thead { tr {
            th scope="col" { "level" }
            @for ends in one.radii_mm.windows(2) {
                th scope="col" { (words::fixed(ends[0], 2)) " to " (words::fixed(ends[1], 2)) " mm" }
            }
            th scope="col" { "share of the dose" }
        } }
        tbody { @for level in &one.levels { tr {
            th scope="row" { (super::training::level_name(level.target, base)) }
            @for threshold in &level.thresholds { td { (number(*threshold, 1)) } }
            td { (number(level.dose, 2)) }
        } } }
    } }
}

/// Columns of `contrast-detail.csv`.
const HEADER: [&str; 12] = [
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
    "dose",
];

/// Renders `contrast-detail.csv`: one line per arm, level and cell; an empty target is the
/// uncompressed image.
#[must_use]
pub fn detail_csv(results: &Results) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut write = |line: [String; 12]| {
        writer.write_record(&line).expect("memory takes every line, and all have one length");
    };
    write(HEADER.map(str::to_owned));
    let optional = |value: Option<f64>| value.map_or_else(String::new, |it| it.to_string());
    for one in &results.detail {
        for level in &one.levels {
            for (row, radius) in one.radii_mm.windows(2).enumerate() {
                for (column, contrast) in one.contrasts.windows(2).enumerate() {
                    write([
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
                        optional(level.dose),
                    ]);
                }
            }
        }
    }
    writer.into_inner().expect("memory takes the last bytes")
}
