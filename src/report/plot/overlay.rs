//! The plots that overlay the curves of several runs.

use maud::{Markup, html};

use super::axis::RatioAxis;
use super::drawing::{Drawing, at, side_label};
use crate::record::ArmResult;
use crate::report::content::Compared;
use crate::report::words;

const SIZE: (f64, f64) = (540.0, 330.0);
const LEFT: f64 = 62.0;
const RIGHT: f64 = 526.0;
/// Height of the area of curves; its top follows the legend.
const HEIGHT: f64 = 190.0;
/// Height of a row of the legend.
const ROW: f64 = 18.0;
/// Runs with a style of their own; further runs reuse them.
const LOOKS: usize = 4;

/// One drawing per task, codec, path and regime of any run.
pub(in crate::report) fn overlays(runs: &[Compared]) -> Vec<Drawing> {
    let arms = || runs.iter().flat_map(|run| words::lossy(&run.results));
    let ratios =
        arms().flat_map(|arm| &arm.levels).map(|it| it.ratio_stored).filter(|it| *it > 0.0);
    let Some((low, high)) = words::span(ratios) else { return Vec::new() };
    let pad = (high / low).max(2.0).powf(0.03);
    let axis = RatioAxis { ratios: (low / pad, high * pad), left: LEFT, right: RIGHT };
    let mut drawn: Vec<Drawing> = Vec::new();
    for arm in arms() {
        let name =
            format!("overlay-{}-{}-{}", arm.codec.name(), arm.path.name(), arm.regime.name());
        let name = format!("{}-{name}", arm.task);
        if drawn.iter().any(|it| it.name == name) {
            continue;
        }
        let same = |other: &&ArmResult| {
            (&other.task, other.codec, other.path, other.regime)
                == (&arm.task, arm.codec, arm.path, arm.regime)
        };
        let shown: Vec<(usize, &str, &ArmResult)> = runs
            .iter()
            .enumerate()
            .filter_map(|(number, run)| {
                let found = words::lossy(&run.results).find(same)?;
                Some((number, run.name.as_str(), found))
            })
            .collect();
        let said: Vec<String> = shown
            .iter()
            .map(|(_, name, arm)| format!("{name}: {}", words::safe(&arm.limit)))
            .collect();
        drawn.push(Drawing {
            name,
            title: words::arm_of_task(arm),
            text: format!("{}.", said.join("; ")),
            size: (SIZE.0, SIZE.1 + ROW * shown.len() as f64),
            body: body(
                &words::arm_of_task(arm),
                words::short(&runs[shown[0].0].results, &arm.task),
                &shown,
                axis,
            ),
        });
    }
    drawn
}

fn body(title: &str, score: &str, shown: &[(usize, &str, &ArmResult)], axis: RatioAxis) -> Markup {
    let top = 38.0 + ROW * shown.len() as f64;
    let y = |score: f64| {
        top + (1.0 - if score.is_finite() { score.clamp(0.0, 1.0) } else { 0.0 }) * HEIGHT
    };
    html! {
        text.name x=(LEFT) y="18" { (title) }
        @for tick in (0..=5).map(|it| f64::from(it) / 5.0) {
            path.grid d=(format!("M{LEFT} {:.1}H{RIGHT}", y(tick))) {}
            text.soft x=(LEFT - 7.0) y=(at(y(tick) + 4.0)) text-anchor="end" { (words::fixed(tick, 1)) }
        }
        @for (row, (number, name, arm)) in shown.iter().enumerate() {
            @let look = format!("run-{}", number % LOOKS);
            @let line = 36.0 + ROW * row as f64;
            path class=(format!("line {look}")) d=(format!("M{LEFT} {line:.1}h24")) {}
            text.soft x=(LEFT + 30.0) y=(at(line + 4.5)) {
                (name) ": originals " (words::fixed(arm.original_score, 3)) ", "
                (words::safe(&arm.limit))
            }
            @let levels = || arm.levels.iter().filter(|it| it.ratio_stored > 0.0 && it.score.is_finite());
            path class=(format!("line {look}")) d=(levels().enumerate().map(|(place, level)| {
                let letter = if place == 0 { 'M' } else { 'L' };
                format!("{letter}{:.1} {:.1}", axis.x(level.ratio_stored), y(level.score))
            }).collect::<String>()) {}
            @for level in levels() {
                @let (x, from, to) = (axis.x(level.ratio_stored),
                    y(arm.original_score - level.loss_lower), y(arm.original_score - level.loss_upper));
                g {
                    title {
                        (name) ", " (words::target(level)) ": " (words::fixed(level.score, 3))
                        ", loss " (words::signed(level.loss, 3)) " (" (words::signed(level.loss_lower, 3))
                        " to " (words::signed(level.loss_upper, 3)) ")"
                    }
                    path class=(format!("bar {look}")) d=(format!("M{x:.1} {from:.1}V{to:.1}")) {}
                    path class=(format!("mark {look}"))
                        d=(format!("M{:.1} {:.1}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z", x - 3.0, y(level.score))) {}
                }
            }
        }
        path.frame d=(format!("M{LEFT} {top:.1}v{HEIGHT}H{RIGHT}")) {}
        (side_label(score, top + HEIGHT / 2.0))
        (axis.draw(top + HEIGHT))
    }
}
