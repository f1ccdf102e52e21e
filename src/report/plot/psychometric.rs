//! The plots of psychometric functions with the answers that they were fitted to.

use maud::{Markup, html};

use crate::record::{ArmResult, CurveResult, RatioResult, Results, Routes, Verdict};
use crate::stats::Psychometric;

use super::axis::RatioAxis;
use super::drawing::{Drawing, at, side_label};
use super::frame::unit;
use super::marks::{bar, line_class, marker};
use crate::report::words;

const WIDTH: f64 = 540.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 526.0;
/// Top and height of the curve, and of the residuals below it.
const CURVE: (f64, f64) = (46.0, 160.0);
const RESIDUALS: (f64, f64) = (222.0, 64.0);
const HEIGHT: f64 = 334.0;
/// Steps of the drawn curve.
const STEPS: u32 = 120;

/// One drawing for each arm that has routes to its limit.
pub(in crate::report) fn psychometric(results: &Results) -> Vec<Drawing> {
    let ratios = words::lossy(results).flat_map(|arm| &arm.levels).map(|it| it.ratio_stored);
    let Some((low, high)) = words::span(ratios.filter(|it| *it > 0.0)) else { return Vec::new() };
    let pad = (high / low).max(2.0).powf(0.03);
    let axis = RatioAxis { ratios: (low / pad, high * pad), left: LEFT, right: RIGHT };
    let arms = words::lossy(results);
    arms.filter_map(|arm| {
        let routes = arm.supplement.as_ref()?.routes.as_ref()?;
        Some(drawing(results, arm, routes, axis))
    })
    .collect()
}

/// The crossing by the isotonic route, in words.
fn isotonic(found: &RatioResult) -> String {
    let said = words::crossing(found);
    if said.is_empty() { "none".to_owned() } else { said }
}

fn drawing(results: &Results, arm: &ArmResult, routes: &Routes, axis: RatioAxis) -> Drawing {
    let name =
        format!("psychometric-{}-{}-{}", arm.codec.name(), arm.path.name(), arm.regime.name());
    let name = words::file_prefix(results) + &name;
    let fitted = routes.curve.as_ref().and_then(|curve| Some((curve, function(curve)?)));
    let said = fitted.map_or_else(
        || "The levels determine no function.".to_owned(),
        |(curve, _)| {
            let crossing = results.margin.points().map_or_else(String::new, |margin| {
                let at = words::crossing(&curve.crossing);
                format!(" Loss reaches the margin of {} at {at};", words::typed(margin))
            });
            format!(
                "A {} function.{crossing} midpoint {}; {} left at the harshest levels; dispersion {}.",
                curve.sigmoid.name(),
                words::crossing(&curve.midpoint),
                words::fixed(curve.guess, 3),
                words::fixed(curve.dispersion, 1)
            )
        },
    );
    Drawing {
        title: format!("Psychometric function: {}", words::arm(arm)),
        text: format!("{said} By the isotonic route: {}.", isotonic(&routes.isotonic)),
        size: (WIDTH, HEIGHT),
        body: body(results, arm, routes, fitted, axis, &name),
        name,
    }
}

/// ψ over the natural logarithm of the ratio; `None` where its midpoint is unknown.
fn function(curve: &CurveResult) -> Option<Psychometric> {
    Some(Psychometric {
        midpoint: curve.midpoint.ratio_stored.filter(|it| *it > 0.0)?.ln(),
        sigmoid: curve.sigmoid,
        spread: curve.spread,
        guess: curve.guess,
        lapse: curve.lapse,
    })
}

fn value_y(score: f64) -> f64 {
    let share = if score.is_nan() { 0.0 } else { score.clamp(0.0, 1.0) };
    CURVE.0 + (1.0 - share) * CURVE.1
}

fn body(
    results: &Results,
    arm: &ArmResult,
    routes: &Routes,
    fitted: Option<(&CurveResult, Psychometric)>,
    axis: RatioAxis,
    name: &str,
) -> Markup {
    let (bottom, below) = (CURVE.0 + CURVE.1, RESIDUALS.0 + RESIDUALS.1);
    let (margin, unit) = (results.margin.points(), unit(results));
    let levels = || arm.levels.iter().filter(|it| it.ratio_stored > 0.0 && it.score.is_finite());
    html! {
        text.name x=(LEFT) y="18" {
            (arm.codec.title()) ", " (arm.path.name()) ", trained on "
            (words::trained_on(arm.regime))
        }
        text.soft x=(LEFT) y="36" {
            @if let Some((curve, _)) = fitted {
                (curve.sigmoid.name())
                @if let Some(margin) = margin {
                    ": loss " (words::typed(margin)) " at " (words::crossing(&curve.crossing))
                }
                "; isotonic " (isotonic(&routes.isotonic))
            } @else {
                "no fit; isotonic " (isotonic(&routes.isotonic))
            }
        }
        @for tick in (0..=5).map(|it| f64::from(it) / 5.0) {
            @let y = value_y(tick);
            path.grid d=(format!("M{LEFT} {y:.1}H{RIGHT}")) {}
            text.soft x=(LEFT - 7.0) y=(at(y + 4.0)) text-anchor="end" { (words::fixed(tick, 1)) }
        }
        @if let Some(ideal) = words::ideal(results) {
            path.ceiling d=(format!("M{LEFT} {:.1}H{RIGHT}", value_y(ideal))) {
                title { "ideal observer " (words::fixed(ideal, 3)) }
            }
        }
        path.level d=(format!("M{LEFT} {:.1}h14", value_y(arm.original_score))) {
            title { "originals " (words::fixed(arm.original_score, 3)) }
        }
        @if let Some((curve, psi)) = fitted {
            path class=(line_class(arm.codec)) d=(course(&axis, |x| value_y(psi.at(x.ln())))) {}
            (crossing(arm, &axis, &curve.crossing, value_y(1.0 - psi.lapse - unit),
                "fitted crossing of the margin"))
            (crossing(arm, &axis, &curve.midpoint,
                value_y((1.0 - psi.lapse + psi.guess) / 2.0), "midpoint"))
        }
        @for level in levels() {
            @let x = axis.x(level.ratio_stored);
            g {
                title {
                    (words::target(level)) ": " (words::fixed(level.score, 3))
                    @if let Some((_, psi)) = fitted {
                        ", fitted " (words::fixed(psi.at(level.ratio_stored.ln()), 3))
                    }
                }
                (bar(arm.codec, x, value_y(arm.original_score - level.loss_lower),
                    value_y(arm.original_score - level.loss_upper)))
                (marker(arm.codec, Some(Verdict::Pass), x, value_y(level.score)))
            }
        }
        path.frame d=(format!("M{LEFT} {:.1}V{bottom:.1}H{RIGHT}", CURVE.0)) {}
        (side_label(&results.measure().short, CURVE.0 + CURVE.1 / 2.0))
        @if let Some((_, psi)) = fitted {
            (residuals(arm, &axis, &psi, unit, name))
        } @else {
            text.soft x=(at((LEFT + RIGHT) / 2.0)) y=(at(RESIDUALS.0 + RESIDUALS.1 / 2.0))
                text-anchor="middle" { "the levels determine no function" }
        }
        (axis.draw(below))
    }
}

/// A path through evenly spaced places of the axis.
fn course(axis: &RatioAxis, y: impl Fn(f64) -> f64) -> String {
    let (low, high) = axis.ratios;
    let points = (0..=STEPS).map(|step| {
        let ratio = low * (high / low).powf(f64::from(step) / f64::from(STEPS));
        let letter = if step == 0 { 'M' } else { 'L' };
        format!("{letter}{:.1} {:.1}", axis.x(ratio), y(ratio))
    });
    points.collect()
}

/// A place on the curve with its interval along the axis.
fn crossing(arm: &ArmResult, axis: &RatioAxis, found: &RatioResult, y: f64, what: &str) -> Markup {
    let (low, high) = axis.ratios;
    let Some(ratio) = found.ratio_stored.filter(|it| (low..=high).contains(it)) else {
        return html! {};
    };
    let end = |bound: Option<f64>, open: f64| bound.map_or(open, |it| axis.x(it));
    let (from, to) = (end(found.lower, LEFT), end(found.upper, RIGHT));
    let x = axis.x(ratio);
    html! { g {
        title { (what) ": " (words::crossing(found)) }
        path.crossing d=(format!("M{from:.1} {y:.1}H{to:.1}M{from:.1} {0:.1}v8M{to:.1} {0:.1}v8", y - 4.0)) {}
        path class=(format!("mark hollow {}", arm.codec.name()))
            d=(format!("M{x:.1} {:.1}l6 6l-6 6l-6 -6z", y - 6.0)) {}
    } }
}

/// Observed minus fitted, on an axis of four units each way, of a margin where that is points.
fn residuals(
    arm: &ArmResult,
    axis: &RatioAxis,
    psi: &Psychometric,
    unit: f64,
    name: &str,
) -> Markup {
    let (top, height) = RESIDUALS;
    let y = |residual: f64| {
        let share = residual / (8.0 * unit);
        top + (0.5 - if share.is_finite() { share.clamp(-20.0, 20.0) } else { 0.0 }) * height
    };
    let clip = format!("{name}-residuals");
    html! {
        clipPath id=(clip) {
            rect x=(LEFT) y=(at(top)) width=(RIGHT - LEFT) height=(at(height)) {}
        }
        @for step in [-4_i32, 0, 4] {
            @let value = f64::from(step) * unit;
            path.grid d=(format!("M{LEFT} {:.1}H{RIGHT}", y(value))) {}
            text.soft x=(LEFT - 7.0) y=(at(y(value) + 4.0)) text-anchor="end" {
                (words::signed(value, 2))
            }
        }
        rect.accepted x=(LEFT) y=(at(y(unit))) width=(RIGHT - LEFT)
            height=(at(y(-unit) - y(unit))) {}
        g clip-path=(format!("url(#{clip})")) {
            @for level in arm.levels.iter().filter(|it| it.ratio_stored > 0.0) {
                @let x = axis.x(level.ratio_stored);
                @let residual = level.score - psi.at(level.ratio_stored.ln());
                @if residual.is_finite() {
                    g {
                        title {
                            (words::target(level)) ": observed minus fitted "
                            (words::signed(residual, 3))
                        }
                        path class=(format!("bar {}", arm.codec.name()))
                            d=(format!("M{x:.1} {:.1}V{:.1}", y(0.0), y(residual))) {}
                        (marker(arm.codec, Some(Verdict::Pass), x, y(residual)))
                    }
                }
            }
        }
        path.frame d=(format!("M{LEFT} {top:.1}V{:.1}", top + height)) {}
        (side_label("residual", top + height / 2.0))
    }
}
