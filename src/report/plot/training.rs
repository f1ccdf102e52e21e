//! The plots on what networks are trained on: loss split into domain shift and lost
//! information, and the score for every training level × test level.

use maud::{Markup, html};

use crate::record::{Results, ShiftResult};

use super::drawing::{Drawing, at, side_label};
use super::frame::unit;
use crate::report::matrices::{Matrix, matrices};
use crate::report::words;
use crate::report::words::{arm_name, level_name};

const LEFT: f64 = 62.0;
/// Top and height of the bars.
const BARS: (f64, f64) = (52.0, 190.0);
/// Room of one level's bar.
const STEP: f64 = 74.0;
/// Least width of a plot: its heading.
const LEAST_WIDTH: f64 = 528.0;
/// Head, left margin and cell of a heat map.
const HEAD: f64 = 74.0;
const SIDE: f64 = 92.0;
const CELL: (f64, f64) = (72.0, 46.0);

/// Loss of networks trained on originals as information loss and domain shift: one drawing per
/// codec and path.
pub(in crate::report) fn shifts(results: &Results) -> Vec<Drawing> {
    let groups = results.shift.chunk_by(|a, b| (a.codec, a.path) == (b.codec, b.path));
    groups.map(|levels| shift(results, levels)).collect()
}

fn shift(results: &Results, levels: &[ShiftResult]) -> Drawing {
    let (first, base) = (&levels[0], results.target_base());
    let said: Vec<String> = levels
        .iter()
        .map(|it| {
            format!(
                "{}: lost information {}, domain shift {} ({} to {})",
                base.label(it.target),
                words::signed(it.loss_matched, 3),
                words::signed(it.domain_shift, 3),
                words::signed(it.domain_shift_lower, 3),
                words::signed(it.domain_shift_upper, 3)
            )
        })
        .collect();
    let right = LEFT + STEP * levels.len() as f64 + 12.0;
    Drawing {
        name: words::file_prefix(results)
            + &format!("shift-{}-{}", first.codec.name(), first.path.name()),
        title: format!(
            "Domain shift against information loss: {}",
            arm_name(first.codec, first.path)
        ),
        text: format!("{}.", said.join("; ")),
        size: (right.max(LEAST_WIDTH) + 12.0, BARS.0 + BARS.1 + 48.0),
        body: bars(results, levels, right),
    }
}

fn bars(results: &Results, levels: &[ShiftResult], right: f64) -> Markup {
    let base = results.target_base();
    let ends = levels.iter().flat_map(|it| {
        [
            it.loss_original,
            it.loss_matched,
            it.loss_matched + it.domain_shift_lower,
            it.loss_matched + it.domain_shift_upper,
            0.0,
            2.0 * unit(results),
        ]
    });
    let (low, high) = words::span(ends).unwrap_or((0.0, 1.0));
    let step =
        [0.02, 0.05, 0.1, 0.2].into_iter().find(|it| (high - low) / it <= 7.0).unwrap_or(0.5);
    // Below 0 only as much as is needed.
    let (low, high) = (low - 0.04 * (high - low), (high / step).ceil() * step);
    let y = |loss: f64| {
        let share = (loss - low) / (high - low);
        BARS.0 + (1.0 - if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }) * BARS.1
    };
    let first = (low / step).ceil();
    let ticks =
        (0..=20).map(|it| (first + f64::from(it)) * step).filter(|it| *it <= high + step / 2.0);
    let area = |from: f64, to: f64, x: f64, class: &str| {
        let (top, bottom) = (y(from.max(to)), y(from.min(to)));
        html! { rect class=(class) x=(at(x)) y=(at(top)) width="38" height=(at(bottom - top)) {} }
    };
    html! {
        text.name x=(LEFT) y="18" { (arm_name(levels[0].codec, levels[0].path)) }
        rect.lost x=(LEFT) y="28" width="14" height="12" {}
        text.soft x=(LEFT + 20.0) y="38.5" { "lost information" }
        rect.shift x=(LEFT + 140.0) y="28" width="14" height="12" {}
        text.soft x=(LEFT + 160.0) y="38.5" { "domain shift, with its interval" }
        @for tick in ticks {
            path.grid d=(format!("M{LEFT} {:.1}H{right:.1}", y(tick))) {}
            text.soft x=(LEFT - 7.0) y=(at(y(tick) + 4.0)) text-anchor="end" {
                (words::signed(tick, 2))
            }
        }
        @for (number, level) in levels.iter().enumerate() {
            @let x = LEFT + STEP * (number as f64 + 0.5) - 13.0;
            @let total = level.loss_matched + level.domain_shift;
            @let (from, to) =
                (y(level.loss_matched + level.domain_shift_lower), y(level.loss_matched + level.domain_shift_upper));
            g {
                title {
                    (base.label(level.target)) ": loss of networks trained on originals "
                    (words::signed(level.loss_original, 3)) ", trained at the level "
                    (words::signed(level.loss_matched, 3)) "; domain shift "
                    (words::signed(level.domain_shift, 3)) " ("
                    (words::signed(level.domain_shift_lower, 3)) " to "
                    (words::signed(level.domain_shift_upper, 3)) ")"
                }
                (area(0.0, level.loss_matched, x, "lost"))
                (area(level.loss_matched, total, x, "shift"))
                path.crossing d=(format!("M{0:.1} {from:.1}h8M{1:.1} {from:.1}V{to:.1}M{0:.1} {to:.1}h8", x + 15.0, x + 19.0)) {}
            }
            text.soft x=(at(x + 19.0)) y=(at(BARS.0 + BARS.1 + 18.0)) text-anchor="middle" {
                (base.label(level.target))
            }
        }
        path.level d=(format!("M{LEFT} {:.1}H{right:.1}", y(0.0))) {}
        @if let Some(margin) = results.margin.points() {
            path.margin d=(format!("M{LEFT} {:.1}H{right:.1}", y(margin))) {
                title { "margin " (words::typed(margin)) }
            }
        }
        path.frame d=(format!("M{LEFT} {:.1}v{:.1}", BARS.0, BARS.1)) {}
        (side_label("loss", BARS.0 + BARS.1 / 2.0))
        text.soft x=(at((LEFT + right) / 2.0)) y=(at(BARS.0 + BARS.1 + 38.0)) text-anchor="middle" {
            (base.axis())
        }
    }
}

/// Training level × test level: one heat map per codec and path.
pub(in crate::report) fn heat_maps(results: &Results) -> Vec<Drawing> {
    matrices(results).iter().map(|matrix| heat_map(results, matrix)).collect()
}

fn heat_map(results: &Results, matrix: &Matrix<'_>) -> Drawing {
    let (count, base) = (matrix.levels.len() as f64, results.target_base());
    let own: Vec<String> = matrix
        .levels
        .iter()
        .filter_map(|&level| {
            let cell = matrix.cell(level, level)?;
            Some(format!("{} at {}", words::fixed(cell.score, 3), level_name(level, base)))
        })
        .collect();
    let name = arm_name(matrix.codec, matrix.path);
    Drawing {
        name: words::file_prefix(results)
            + &format!("matrix-{}-{}", matrix.codec.name(), matrix.path.name()),
        title: format!("Training level × test level: {name}"),
        text: format!(
            "{} of networks at the level that they were trained at: {}.",
            words::capitalised(&results.measure().score),
            own.join(", ")
        ),
        size: ((SIDE + CELL.0 * count).max(LEAST_WIDTH) + 12.0, HEAD + CELL.1 * count + 14.0),
        body: cells(results, matrix, &name),
    }
}

fn cells(results: &Results, matrix: &Matrix<'_>, name: &str) -> Markup {
    let base = results.target_base();
    // The best and the worst cell are the ends of the scale, so that differences are visible.
    let all = matrix.levels.iter().flat_map(|&row| {
        matrix.levels.iter().filter_map(move |&column| Some(matrix.cell(row, column)?.score))
    });
    let (low, high) = words::span(all).unwrap_or((0.0, 1.0));
    let share = |score: f64| {
        let share = (score - low) / (high - low);
        if share.is_finite() { share.clamp(0.0, 1.0) } else { 1.0 }
    };
    html! {
        text.name x="16" y="18" { (name) }
        text.soft x="16" y="38" {
            (results.measure().short) " \u{b1} half of the " (words::confidence(results.alpha))
            " % interval; rows: trained at, columns: tested at"
        }
        @for (place, &level) in matrix.levels.iter().enumerate() {
            text.soft x=(at(SIDE + CELL.0 * (place as f64 + 0.5))) y=(at(HEAD - 8.0))
                text-anchor="middle" { (level_name(level, base)) }
            text.soft x=(SIDE - 8.0) y=(at(HEAD + CELL.1 * (place as f64 + 0.5) + 4.0))
                text-anchor="end" { (level_name(level, base)) }
        }
        @for (row, &trained) in matrix.levels.iter().enumerate() {
            @for (column, &tested) in matrix.levels.iter().enumerate() {
                @let (x, y) = (SIDE + CELL.0 * column as f64, HEAD + CELL.1 * row as f64);
                @if let Some(cell) = matrix.cell(trained, tested) {
                    g {
                        title {
                            "trained at " (level_name(trained, base)) ", tested at " (level_name(tested, base))
                            ": " (words::fixed(cell.score, 3)) " ("
                            (words::fixed(cell.score_lower, 3)) " to "
                            (words::fixed(cell.score_upper, 3)) ")"
                        }
                        rect.heat.own[row == column] x=(at(x + 1.0)) y=(at(y + 1.0)) width=(CELL.0 - 2.0)
                            height=(CELL.1 - 2.0)
                            fill-opacity=(words::fixed(0.6 * share(cell.score), 3)) {}
                        text x=(at(x + CELL.0 / 2.0)) y=(at(y + 20.0)) text-anchor="middle" {
                            (words::fixed(cell.score, 3))
                        }
                        text.small x=(at(x + CELL.0 / 2.0)) y=(at(y + 37.0)) text-anchor="middle" {
                            "\u{b1} "
                            (words::fixed((cell.score_upper - cell.score_lower) / 2.0, 3))
                        }
                    }
                } @else {
                    text.soft x=(at(x + CELL.0 / 2.0)) y=(at(y + 27.0)) text-anchor="middle" { "\u{2013}" }
                }
            }
        }
    }
}
