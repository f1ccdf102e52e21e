//! Sensitivity and specificity at frozen thresholds, in the page, in the terminal and as a file;
//! finds nothing.

use maud::{Markup, html};

use crate::record::{ArmResult, LevelResult, OperatingResult, Results, sensitivity, specificity};
use crate::task::Measure;

use super::markup::{caption, scrolling};
use super::sheet::{Sheet, optional};
use super::words;

/// What both are, and where the threshold lies.
const INTRODUCTION: &str = "The threshold of each network is where its sensitivity and its specificity on originals are \
     nearest to each other, and stays there: an area can hold while one of the two falls and the \
     other rises.";

/// Both figures of an arm, with what they are.
fn both(found: &OperatingResult, results: &Results) -> [(Measure, ArmResult); 2] {
    let measure = results.measure();
    [
        (sensitivity(measure), found.sensitivity.clone()),
        (specificity(measure), found.specificity.clone()),
    ]
}

/// "0.013 (0.004 to 0.022)".
fn loss(level: &LevelResult) -> String {
    let [loss, lower, upper] =
        [level.loss, level.loss_lower, level.loss_upper].map(|it| words::fixed(it, 3));
    format!("{loss} ({lower} to {upper})")
}

/// The section; nothing where no score is an area.
pub(super) fn section(results: &Results) -> Option<Markup> {
    let first = results.operating.first()?;
    Some(html! {
        p { (INTRODUCTION) }
        (scrolling("Limits at the operating point", &html! { table {
            (caption(&html! {
                "Up to where less than " (words::fixed(first.margin, 2)) " of either is shown to be lost"
            }))
            thead { tr {
                th scope="col" { "codec, path" }
                th scope="col" { "trained on" }
                th scope="col" { "figure" }
                th scope="col" { "on originals" }
                th scope="col" { "safe up to, stored bits" }
                th scope="col" { "margin reached at" }
            } }
            tbody { @for found in &results.operating { @for (measure, arm) in both(found, results) {
                tr {
                    th scope="row" { (words::arm_name(found.codec, found.path)) }
                    td { (words::trained_on(found.regime)) }
                    td { (measure.short) }
                    td { (words::fixed(arm.original_score, 3)) }
                    td.nowrap { (words::limit(&arm.limit).safe) }
                    td.nowrap {
                        @let crossing = words::crossing(&arm.limit.crossing);
                        @if crossing.is_empty() { (words::reason(&arm, &measure)) } @else { (crossing) }
                    }
                }
            } } }
        } }))
        @for found in &results.operating {
            @let name = format!(
                "{}, trained on {}",
                words::arm_name(found.codec, found.path),
                words::trained_on(found.regime)
            );
            details {
                summary { (name) }
                (scrolling(&name, &levels(found)))
            }
        }
        p.note {
            "In brackets: two-sided " (words::confidence(results.alpha)) " % intervals, as of the score. The \
             numbers are in operating.csv."
        }
    })
}

fn levels(found: &OperatingResult) -> Markup {
    let verdict = |level: &LevelResult| {
        html! { @if let Some(verdict) = level.verdict {
            span class=(words::verdict_class(verdict)) {
                (words::verdict_sign(verdict)) (words::verdict(verdict))
            }
        } }
    };
    html! { table {
        (caption(&html! { "Sensitivity and specificity by level" }))
        thead { tr {
            th scope="col" { "ratio, stored bits" }
            th scope="col" { "sensitivity" } th scope="col" { "loss" } th scope="col" { "verdict" }
            th scope="col" { "specificity" } th scope="col" { "loss" } th scope="col" { "verdict" }
        } }
        tbody { @for (one, other) in found.sensitivity.levels.iter().zip(&found.specificity.levels) {
            tr {
                th scope="row" { (words::ratio(one.ratio_stored)) }
                @for level in [one, other] {
                    td { (words::fixed(level.score, 3)) }
                    td.nowrap { (loss(level)) }
                    td { (verdict(level)) }
                }
            }
        } }
    } }
}

/// For a terminal; empty where no score is an area. Plain ASCII, at most 100 columns but for the
/// introduction, which is to be wrapped.
pub(super) fn lines(results: &Results) -> Vec<String> {
    let Some(first) = results.operating.first() else { return Vec::new() };
    let row = |cells: [&str; 7]| {
        let [codec, path, training, figure, score, safe, crossing] = cells;
        format!("{codec:<9}{path:<9}{training:<9}{figure:<13}{score:<14}{safe:<14}{crossing}")
    };
    let mut lines = vec![
        String::new(),
        format!("OPERATING POINT (margin {} of either)", words::typed(first.margin)),
        INTRODUCTION.to_owned(),
        row(["codec", "path", "training", "figure", "on originals", "safe up to", "reached at"]),
    ];
    for found in &results.operating {
        for (measure, arm) in both(found, results) {
            let crossing = words::crossing(&arm.limit.crossing);
            let reason = words::reason(&arm, &measure);
            lines.push(row([
                found.codec.name(),
                found.path.name(),
                found.regime.name(),
                &measure.short,
                &words::fixed(arm.original_score, 3),
                &words::limit(&arm.limit).safe,
                if crossing.is_empty() { &reason } else { &crossing },
            ]));
        }
    }
    lines
}

/// Columns of `operating.csv`.
const HEADER: [&str; 17] = [
    "task",
    "codec",
    "path",
    "regime",
    "figure",
    "margin",
    "original_score",
    "target",
    "ratio_stored",
    "score",
    "loss",
    "loss_lower",
    "loss_upper",
    "verdict",
    "safe_ratio_stored",
    "crossing_ratio_stored",
    "networks",
];

/// Renders `operating.csv`: one line per task, codec, path, regime, figure and level.
#[must_use]
pub fn operating_csv(results: &Results) -> Vec<u8> {
    let mut sheet = Sheet::new(HEADER);
    for found in &results.operating {
        let both = [("sensitivity", &found.sensitivity), ("specificity", &found.specificity)];
        for (figure, arm) in both {
            for level in &arm.levels {
                sheet.line([
                    found.task.clone(),
                    found.codec.name().to_owned(),
                    found.path.name().to_owned(),
                    found.regime.name().to_owned(),
                    figure.to_owned(),
                    found.margin.to_string(),
                    arm.original_score.to_string(),
                    optional(level.target),
                    level.ratio_stored.to_string(),
                    level.score.to_string(),
                    level.loss.to_string(),
                    level.loss_lower.to_string(),
                    level.loss_upper.to_string(),
                    level.verdict.map_or_else(String::new, |it| words::verdict(it).to_owned()),
                    optional(arm.limit.safe.map(|it| it.stored)),
                    optional(arm.limit.crossing.ratio_stored),
                    arm.replicates.to_string(),
                ]);
            }
        }
    }
    sheet.bytes()
}
