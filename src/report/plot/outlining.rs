//! The plots of networks that outline: overlaps against the ratio.

use maud::{Markup, html};

use super::axis::RatioAxis;
use super::drawing::{Drawing, at, side_label};
use crate::codec::CodecName;
use crate::record::{InputPath, OutliningLevel, OutliningResult, Regime, Results};
use crate::report::words;

const SIZE: (f64, f64) = (648.0, 318.0);
const TOP: f64 = 82.0;
const HEIGHT: f64 = 180.0;
const FIELDS: [((f64, f64), Regime); 2] =
    [((62.0, 296.0), Regime::Original), ((374.0, 608.0), Regime::Mixed)];

/// A curve: its name, the width of its entry in the legend, and its figure.
type Curve = (&'static str, f64, fn(&OutliningLevel) -> f64);

const CURVES: [Curve; 4] = [
    ("Dice", 90.0, |it| it.dice),
    ("lesion recall", 130.0, |it| it.recall),
    ("F1", 70.0, |it| it.f1),
    ("surface Dice", 130.0, |it| it.surface_dice),
];

/// One drawing per codec and path, with a field per regime.
pub(in crate::report) fn outlinings(results: &Results) -> Vec<Drawing> {
    let mut arms: Vec<(CodecName, InputPath)> = Vec::new();
    for one in &results.outlining {
        for codec in one.levels.iter().filter_map(|level| level.codec) {
            if !arms.contains(&(codec, one.path)) {
                arms.push((codec, one.path));
            }
        }
    }
    arms.into_iter().filter_map(|arm| drawing(results, arm)).collect()
}

fn drawing(results: &Results, (codec, path): (CodecName, InputPath)) -> Option<Drawing> {
    let of_path: Vec<&OutliningResult> =
        results.outlining.iter().filter(|one| one.path == path).collect();
    let all = of_path.iter().flat_map(|one| levels(one, codec));
    let (low, high) = words::span(all.filter_map(|level| level.ratio_stored))?;
    let pad = (high / low).max(2.0).powf(0.04);
    let ratios = (low / pad, high * pad);
    let said = of_path.iter().filter_map(|one| {
        let (first, last) = (levels(one, codec).next()?, levels(one, codec).last()?);
        let dice = [first, last].map(|level| words::fixed(level.dice, 3));
        let regime = words::trained_on(one.regime);
        Some(format!(
            "trained on {regime}: Dice {} at the mildest level, {} at the harshest",
            dice[0], dice[1]
        ))
    });
    let said: Vec<String> = said.collect();
    let name = words::arm_name(codec, path);
    Some(Drawing {
        name: format!("outlines-{}-{}", codec.name(), path.name()),
        title: format!("What networks outline: {name}"),
        text: format!("{}.", words::capitalised(&said.join("; "))),
        size: SIZE,
        body: html! {
            text.name x=(FIELDS[0].0.0) y="18" { (name) }
            (legend())
            @for ((left, right), regime) in FIELDS {
                @if let Some(one) = of_path.iter().find(|one| one.regime == regime) {
                    (field(one, codec, RatioAxis { ratios, left, right }))
                }
            }
            (side_label("share", TOP + HEIGHT / 2.0))
        },
    })
}

/// Levels of a codec that have a ratio.
fn levels(one: &OutliningResult, codec: CodecName) -> impl Iterator<Item = &OutliningLevel> {
    let is_shown = |level: &OutliningLevel| level.ratio_stored.is_some_and(|it| it > 0.0);
    one.levels.iter().filter(move |level| level.codec == Some(codec) && is_shown(level))
}

fn y(share: f64) -> f64 {
    TOP + (1.0 - if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }) * HEIGHT
}

fn look(number: usize) -> String {
    format!("line observer-{number}")
}

fn field(one: &OutliningResult, codec: CodecName, axis: RatioAxis) -> Markup {
    let (left, right) = (axis.left, axis.right);
    let original = one.levels.iter().find(|level| level.codec.is_none());
    html! {
        text.soft x=(left) y=(TOP - 8.0) { "trained on " (words::trained_on(one.regime)) }
        @for tick in (0..=5).map(|fifths| f64::from(fifths) / 5.0) {
            path.grid d=(format!("M{left} {:.1}H{right}", y(tick))) {}
            text.soft x=(left - 7.0) y=(at(y(tick) + 4.0)) text-anchor="end" {
                (words::fixed(tick, 1))
            }
        }
        @for (number, (name, _, of)) in CURVES.iter().enumerate() {
            g {
                title {
                    (name)
                    @if let Some(level) = original { ": " (words::fixed(of(level), 3)) " on originals" }
                }
                path class=(look(number)) d=(line(&axis, levels(one, codec), *of)) {}
            }
        }
        path.frame d=(format!("M{left} {TOP}v{HEIGHT}")) {}
        (axis.draw(TOP + HEIGHT))
    }
}

fn line<'a>(
    axis: &RatioAxis,
    levels: impl Iterator<Item = &'a OutliningLevel>,
    of: fn(&OutliningLevel) -> f64,
) -> String {
    let place = |(number, level): (usize, &OutliningLevel)| {
        let x = axis.x(level.ratio_stored.unwrap_or(1.0));
        format!("{}{x:.1} {:.1}", if number == 0 { 'M' } else { 'L' }, y(of(level)))
    };
    levels.enumerate().map(place).collect()
}

fn legend() -> Markup {
    html! { @for (number, (name, ..)) in CURVES.iter().enumerate() {
        @let x = FIELDS[0].0.0 + CURVES[..number].iter().map(|curve| curve.1).sum::<f64>();
        path class=(look(number)) d=(format!("M{x:.1} 42h20")) {}
        text.soft x=(at(x + 25.0)) y="46.5" { (name) }
    } }
}
