//! The tables of levels: achieved compression, accuracy, loss and verdict.

use maud::{Markup, html};

use crate::codec::CodecName;
use crate::record::{ArmResult, LevelResult, LimitKind, Results};

use super::markup::{caption, label, scrolling};
use super::words;

/// Arms of one codec and path whose levels are the same images: they share a table.
pub(super) fn shared_tables(results: &Results) -> Vec<Vec<&ArmResult>> {
    let rates = |arm: &ArmResult| -> Vec<(Option<u64>, u64)> {
        let bits =
            |level: &LevelResult| (level.target.map(f64::to_bits), level.ratio_stored.to_bits());
        arm.levels.iter().map(bits).collect()
    };
    let mut tables: Vec<Vec<&ArmResult>> = Vec::new();
    for arm in words::lossy(results) {
        let fits = |table: &&mut Vec<&ArmResult>| {
            let first = table[0];
            (first.codec, first.path) == (arm.codec, arm.path) && rates(first) == rates(arm)
        };
        match tables.iter_mut().find(fits) {
            Some(table) => table.push(arm),
            None => tables.push(vec![arm]),
        }
    }
    tables
}

/// The section.
pub(super) fn section(results: &Results) -> Markup {
    let null: Vec<&ArmResult> =
        results.arms.iter().filter(|arm| arm.codec == CodecName::Lossless).collect();
    html! {
        p {
            "The sequence runs from the mildest to the harshest level and stops at the first that \
             does not pass; verdicts after the stop are shown for information, in grey."
        }
        p { (label(results)) }
        p.note {
            "Sd over patients: by so much, as a standard deviation, the loss differs between patients, \
             of whom each test image is another one: the root of the variance component of images of \
             the paired loss, without what chance adds."
        }
        @if results.arms.iter().flat_map(|arm| &arm.levels).any(|it| it.images_to_decide.is_some()) {
            p.note {
                @let case = &results.measure().case;
                "\u{2248} n " (case) "s: test " (case) "s that would decide an inconclusive level at its \
                 present loss."
            }
        }
        @for arms in shared_tables(results) {
            @let name = format!("{}, {}", arms[0].codec.title(), words::path(arms[0].path));
            h3 { (name) }
            (scrolling(&name, &level_table(&arms, results)))
        }
        @if !null.is_empty() {
            h3 { "Lossless, the null" }
            (scrolling("Lossless", &null_table(results, &null)))
        }
    }
}

/// The table of one arm.
pub(super) fn of_arm(arm: &ArmResult, results: &Results) -> Markup {
    level_table(&[arm], results)
}

fn level_table(arms: &[&ArmResult], results: &Results) -> Markup {
    let missed: Vec<String> = arms[0]
        .levels
        .iter()
        .filter(|level| level.unreached > 0)
        .map(|level| format!("{} on {}", words::target(level), level.unreached))
        .collect();
    html! {
        table.levels {
            (caption(&html! { "Achieved compression, " (results.measure().score) " and loss; margin " (words::margin(results.margin)) }))
            thead {
                tr {
                    th rowspan="2" scope="col" { "target" }
                    th colspan="3" scope="colgroup" { "achieved ratio on bits" }
                    th rowspan="2" scope="col" { "bpp" }
                    th rowspan="2" scope="col" { "PSNR, dB" }
                    @for arm in arms {
                        th.first colspan="4" scope="colgroup" {
                            "trained on " (words::trained_on(arm.regime))
                        }
                    }
                }
                tr {
                    th scope="col" { "stored" } th scope="col" { "allocated" } th scope="col" { "input" }
                    @for _ in arms {
                        th.first scope="col" { (results.measure().short) }
                        th scope="col" { "loss (interval)" }
                        th scope="col" { "sd over patients" }
                        th scope="col" { "verdict" }
                    }
                }
            }
            tbody { @for (row, level) in arms[0].levels.iter().enumerate() { tr {
                th scope="row" {
                    (words::target(level)) @if level.unreached > 0 { "*" }
                }
                td { (words::ratio_number(level.ratio_stored)) }
                td { (words::ratio_number(level.ratio_allocated)) }
                td { (words::ratio_number(level.ratio_input)) }
                td { (words::fixed(level.bpp, 3)) }
                td { (psnr(level)) }
                @for arm in arms {
                    (outcome(arm, row, results))
                }
            } } }
        }
        @if !missed.is_empty() {
            p.note {
                "* not reached on each of the " (arms[0].images) " images, where the nearest level was taken: "
                (words::listed(&missed)) "."
            }
        }
    }
}

fn psnr(level: &LevelResult) -> String {
    match level.psnr_db {
        None => "\u{221e}".to_owned(),
        Some(psnr_db) if psnr_db == f64::INFINITY => "\u{221e}".to_owned(),
        Some(psnr_db) => words::fixed(psnr_db, 1),
    }
}

/// Standard deviation of the loss over patients, each test image another one.
fn images_sd(arm: &ArmResult, row: usize) -> String {
    let cost = arm.supplement.as_ref().and_then(|it| it.costs.get(row));
    let found = cost.and_then(|it| it.images_sd);
    found.map_or_else(|| "\u{2013}".to_owned(), |it| words::fixed(it, 3))
}

/// Accuracy, loss and verdict of one level.
fn outcome(arm: &ArmResult, row: usize, results: &Results) -> Markup {
    let level = &arm.levels[row];
    let (case, post_hoc) = (&results.measure().case, results.post_hoc);
    let stop = words::stopped_at(arm);
    let (class, sign) = level.verdict.map_or(("verdict", ""), |verdict| {
        (words::verdict_class(verdict), words::verdict_sign(verdict))
    });
    let after = if stop.is_some_and(|stop| row > stop) { " after" } else { "" };
    let is_last = arm.limit.kind == LimitKind::At && stop == Some(row + 1);
    html! {
        td.first { (words::fixed(level.score, 3)) }
        td {
            (words::signed(level.loss, 3)) " "
            span.interval {
                "(" (words::signed(level.loss_lower, 3)) " to " (words::signed(level.loss_upper, 3)) ")"
            }
        }
        td { (images_sd(arm, row)) }
        td class={ (class) (after) } {
            (sign) (level.verdict.map_or("\u{2013}", words::verdict))
            @if is_last {
                " " span.here { "\u{25c6} harshest passed" @if post_hoc { ", " (words::POST_HOC) } }
            }
            @if let Some(images) = level.images_to_decide {
                br; span.interval { "\u{2248} " (images) " " (case) "s" }
            }
        }
    }
}

fn null_table(results: &Results, arms: &[&ArmResult]) -> Markup {
    html! { table {
        (caption(&html! { "JPEG 2000, reversible: no bit is lost, so nothing of the " (results.measure().score) " may be" }))
        thead { tr {
            th scope="col" { "path" } th scope="col" { "trained on" }
            th scope="col" { "ratio, stored bits" } th scope="col" { "allocated bits" }
            th scope="col" { "bpp" } th scope="col" { "PSNR, dB" }
            th scope="col" { (results.measure().short) } th scope="col" { "loss" }
        } }
        tbody { @for arm in arms { @for level in &arm.levels { tr {
            th scope="row" { (arm.path.name()) }
            td { (words::trained_on(arm.regime)) }
            td { (words::ratio_number(level.ratio_stored)) }
            td { (words::ratio_number(level.ratio_allocated)) }
            td { (words::fixed(level.bpp, 3)) }
            td { (psnr(level)) }
            td { (words::fixed(level.score, 3)) }
            td {
                @if level.loss == 0.0 { "0, exactly" } @else { strong { (level.loss) } }
            }
        } } } }
    } }
}
