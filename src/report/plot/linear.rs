//! The plots of linear observers and networks: area under the ROC curve against the ratio.

use maud::{Markup, html};

use super::axis::RatioAxis;
use super::drawing::{Drawing, at, side_label};
use crate::codec::CodecName;
use crate::record::{ArmResult, InputPath, LinearName, LinearResults, Regime, Results};
use crate::report::observers::{COMPARED, area, arms, course, networks};
use crate::report::words;

const SIZE: (f64, f64) = (648.0, 340.0);
const TOP: f64 = 104.0;
const HEIGHT: f64 = 180.0;
/// Fitted to originals, and to the level.
const FIELDS: [((f64, f64), Regime, &str); 2] = [
    ((62.0, 296.0), Regime::Original, "fitted to originals"),
    ((374.0, 608.0), Regime::Matched, "fitted to the level"),
];
/// An area is below one half by chance only.
const FLOOR: f64 = 0.4;

/// One drawing per codec and path.
pub(in crate::report) fn linears(results: &Results) -> Vec<Drawing> {
    let Some(linear) = &results.linear else { return Vec::new() };
    arms(linear).into_iter().filter_map(|arm| drawing(results, linear, arm)).collect()
}

fn drawing(
    results: &Results,
    linear: &LinearResults,
    arm: (CodecName, InputPath),
) -> Option<Drawing> {
    let supplement: Vec<&ArmResult> =
        COMPARED.iter().filter_map(|&regime| networks(results, arm, regime)).collect();
    let levels = &supplement.first()?.levels;
    let (low, high) = words::span(levels.iter().map(|it| it.ratio_stored).filter(|it| *it > 0.0))?;
    let said: Vec<String> = LinearName::ALL
        .into_iter()
        .filter_map(|name| {
            let levels = &course(linear, arm, Regime::Matched, name)?.levels;
            let (first, last) = (levels.first()?, levels.last()?);
            Some(format!(
                "{}: {} on originals, {} at the harshest level",
                words::observer(name),
                words::fixed(first.auc, 3),
                words::fixed(last.auc, 3)
            ))
        })
        .collect();
    let pad = (high / low).max(2.0).powf(0.04);
    Some(Drawing {
        name: format!("observers-{}-{}", arm.0.name(), arm.1.name()),
        title: format!("Linear observers and networks: {}, {}", arm.0.title(), words::path(arm.1)),
        text: format!("Fitted to the level: {}.", said.join("; ")),
        size: SIZE,
        body: body(results, linear, arm, &supplement, (low / pad, high * pad)),
    })
}

fn y(area: f64) -> f64 {
    let share = (area - FLOOR) / (1.0 - FLOOR);
    TOP + (1.0 - if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }) * HEIGHT
}

/// The CSS class of a line: of an observer, or of networks.
fn look(name: Option<LinearName>, regime: Regime) -> String {
    match name {
        Some(name) => format!("line observer-{}", name as usize),
        None if regime == Regime::Original => "line networks".to_owned(),
        None => "line networks mixed".to_owned(),
    }
}

fn body(
    results: &Results,
    linear: &LinearResults,
    arm: (CodecName, InputPath),
    supplement: &[&ArmResult],
    ratios: (f64, f64),
) -> Markup {
    let ratio = |target: Option<f64>| {
        let level = supplement[0].levels.iter().find(|it| it.target == target && target.is_some());
        level.map(|it| it.ratio_stored).filter(|it| *it > 0.0)
    };
    let base = results.target_base();
    html! {
        text.name x=(FIELDS[0].0.0) y="18" {
            (arm.0.title()) ", " (words::path(arm.1))
        }
        (legend(supplement))
        @for ((left, right), regime, name) in FIELDS {
            @let axis = RatioAxis { ratios, left, right };
            text.soft x=(left) y=(TOP - 8.0) { (name) }
            @for tick in (4..=10).map(|tenths| f64::from(tenths) / 10.0) {
                path.grid d=(format!("M{left} {:.1}H{right}", y(tick))) {}
                text.soft x=(left - 7.0) y=(at(y(tick) + 4.0)) text-anchor="end" {
                    (words::fixed(tick, 1))
                }
            }
            path.chance d=(format!("M{left} {:.1}H{right}", y(0.5))) {}
            @for arm in supplement {
                path class=(look(None, arm.regime)) d=(line(&axis, arm.levels.iter().filter_map(|level| {
                    Some((ratio(level.target)?, area(arm, level.target)?))
                }))) {}
            }
            @for observer in LinearName::ALL {
                @if let Some(course) = course(linear, arm, regime, observer) {
                    g {
                        title {
                            (words::observer(observer)) ", " (name) ": "
                            @for level in &course.levels {
                                (words::level_name(level.target, base)) " "
                                (words::fixed(level.auc, 3)) " \u{b1} "
                                (words::fixed(level.standard_error, 3)) "; "
                            }
                        }
                        path class=(look(Some(observer), regime)) d=(line(&axis, course.levels.iter()
                            .filter_map(|level| Some((ratio(level.target)?, level.auc))))) {}
                    }
                }
            }
            path.frame d=(format!("M{left} {TOP}v{HEIGHT}")) {}
            (axis.draw(TOP + HEIGHT))
        }
        (side_label("area under the ROC curve", TOP + HEIGHT / 2.0))
    }
}

fn line(axis: &RatioAxis, points: impl Iterator<Item = (f64, f64)>) -> String {
    let place = |(number, (ratio, area)): (usize, (f64, f64))| {
        format!("{}{:.1} {:.1}", if number == 0 { 'M' } else { 'L' }, axis.x(ratio), y(area))
    };
    points.enumerate().map(place).collect()
}

/// Networks in the first row, observers in the second.
fn legend(supplement: &[&ArmResult]) -> Markup {
    let mut entries: Vec<(f64, f64, String, String)> = Vec::new();
    let mut x = FIELDS[0].0.0;
    for arm in supplement {
        let text = format!("networks trained on {}", words::trained_on(arm.regime));
        entries.push((x, 40.0, look(None, arm.regime), text));
        x += 240.0;
    }
    x = FIELDS[0].0.0;
    for name in LinearName::ALL {
        let text = words::observer(name).to_owned();
        let width = 44.0 + 6.6 * text.chars().count() as f64;
        entries.push((x, 62.0, look(Some(name), Regime::Matched), text));
        x += width;
    }
    html! { @for (x, y, look, text) in entries {
        path class=(look) d=(format!("M{x:.1} {y:.1}h20")) {}
        text.soft x=(at(x + 25.0)) y=(at(y + 4.5)) { (text) }
    } }
}
