//! The plots of networks that search: sensitivity against false marks, level by level.

use maud::{Markup, html};

use super::drawing::{Drawing, at, side_label};
use crate::codec::CodecName;
use crate::record::{
    AFROC_STEPS, FALSE_MARK_RATES, LevelBase, LocalisationLevel, LocalisationResult, Results,
};
use crate::report::words;

const SIZE: (f64, f64) = (648.0, 306.0);
const TOP: f64 = 64.0;
const HEIGHT: f64 = 180.0;
/// Sides of the free-response curve and of the weighted AFROC curve.
const FREE: (f64, f64) = (62.0, 296.0);
const AFROC: (f64, f64) = (374.0, 608.0);

/// One drawing for each path, training and codec.
pub(in crate::report) fn localisations(results: &Results) -> Vec<Drawing> {
    let base = results.target_base();
    let mut drawings = Vec::new();
    for one in &results.localisation {
        let codecs: Vec<CodecName> =
            one.levels.chunk_by(|a, b| a.codec == b.codec).filter_map(|it| it[0].codec).collect();
        drawings.extend(codecs.into_iter().map(|codec| drawing(one, codec, base)));
    }
    drawings
}

fn drawing(one: &LocalisationResult, codec: CodecName, base: LevelBase) -> Drawing {
    let levels: Vec<&LocalisationLevel> =
        one.levels.iter().filter(|it| it.codec.is_none_or(|it| it == codec)).collect();
    let said: Vec<String> = levels
        .iter()
        .map(|level| {
            format!(
                "{}: {} found at one false mark per image, weighted AFROC {}",
                words::level_name(level.target, base),
                words::fixed(sensitivity(level, 1.0), 2),
                words::fixed(level.wafroc, 3)
            )
        })
        .collect();
    let arm = words::arm_name(codec, one.path);
    let trained = words::trained_on(one.regime);
    let [path, regime] = [one.path.name(), one.regime.name()];
    Drawing {
        name: format!("search-{}-{path}-{regime}", codec.name()),
        title: format!("Targets found against false marks: {arm}, trained on {trained}"),
        text: format!("{}.", said.join("; ")),
        size: SIZE,
        body: body(&levels, &format!("{arm}, trained on {trained}"), base),
    }
}

fn sensitivity(level: &LocalisationLevel, rate: f64) -> f64 {
    let place = FALSE_MARK_RATES.iter().position(|it| *it == rate);
    place.and_then(|place| level.free_response.get(place)).copied().unwrap_or(0.0)
}

fn share(value: f64) -> f64 {
    if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.0 }
}

fn y(value: f64) -> f64 {
    TOP + (1.0 - share(value)) * HEIGHT
}

/// Abscissa of false marks per image, on a logarithmic axis without 0.
fn x_of_rate(rate: f64) -> f64 {
    let [low, high] = [FALSE_MARK_RATES[1], FALSE_MARK_RATES[FALSE_MARK_RATES.len() - 1]];
    FREE.0 + share((rate / low).ln() / (high / low).ln()) * (FREE.1 - FREE.0)
}

fn x_of_share(value: f64) -> f64 {
    AFROC.0 + share(value) * (AFROC.1 - AFROC.0)
}

fn body(levels: &[&LocalisationLevel], name: &str, base: LevelBase) -> Markup {
    let count = levels.len().max(2) as f64;
    html! {
        text.name x=(FREE.0) y="18" { (name) }
        path.line.networks d=(format!("M{} 38h20", FREE.0)) {}
        text.soft x=(FREE.0 + 26.0) y="42.5" { "originals" }
        @if let Some(codec) = levels.iter().find_map(|it| it.codec) {
            path class={ "line " (codec.name()) } d=(format!("M{} 38h20", FREE.0 + 100.0)) {}
            text.soft x=(FREE.0 + 126.0) y="42.5" { "levels, fainter the milder" }
        }
        @for (left, right) in [FREE, AFROC] {
            @for tick in (0..=5).map(|fifths| f64::from(fifths) / 5.0) {
                path.grid d=(format!("M{left} {:.1}H{right}", y(tick))) {}
                text.soft x=(left - 7.0) y=(at(y(tick) + 4.0)) text-anchor="end" {
                    (words::fixed(tick, 1))
                }
            }
            path.frame d=(format!("M{left} {TOP}v{HEIGHT}H{right}")) {}
        }
        @for (number, level) in levels.iter().enumerate() {
            @let look = level.codec.map_or_else(
                || "line networks".to_owned(), |codec| format!("line {}", codec.name())
            );
            @let strength = if level.codec.is_none() { 1.0 } else {
                0.25 + 0.75 * number as f64 / (count - 1.0)
            };
            g opacity=(words::fixed(strength, 2)) {
                title {
                    (words::level_name(level.target, base)) ": weighted AFROC "
                    (words::fixed(level.wafroc, 3)) ", competition metric "
                    (words::fixed(level.cpm, 3))
                }
                path class=(look) d=(line(
                    FALSE_MARK_RATES.iter().zip(&level.free_response).skip(1)
                        .map(|(rate, value)| (x_of_rate(*rate), y(*value)))
                )) {}
                path class=(look) d=(line(
                    level.weighted_afroc.iter().enumerate().map(|(step, value)| {
                        (x_of_share(step as f64 / (AFROC_STEPS - 1) as f64), y(*value))
                    })
                )) {}
            }
        }
        @for rate in [0.125, 0.5, 2.0, 8.0, 32.0] {
            @let x = x_of_rate(rate);
            path.frame d=(format!("M{x:.1} {:.1}v5", TOP + HEIGHT)) {}
            text.soft x=(at(x)) y=(at(TOP + HEIGHT + 19.0)) text-anchor="middle" {
                (words::typed(rate))
            }
        }
        @for tick in (0..=5).map(|fifths| f64::from(fifths) / 5.0) {
            @let x = x_of_share(tick);
            path.frame d=(format!("M{x:.1} {:.1}v5", TOP + HEIGHT)) {}
            text.soft x=(at(x)) y=(at(TOP + HEIGHT + 19.0)) text-anchor="middle" {
                (words::fixed(tick, 1))
            }
        }
        text.soft x=(at(f64::midpoint(FREE.0, FREE.1))) y=(at(TOP + HEIGHT + 37.0))
            text-anchor="middle" { "false marks per image" }
        text.soft x=(at(f64::midpoint(AFROC.0, AFROC.1))) y=(at(TOP + HEIGHT + 37.0))
            text-anchor="middle" { "images without a target, marked" }
        (side_label("share of targets found", TOP + HEIGHT / 2.0))
    }
}

fn line(points: impl Iterator<Item = (f64, f64)>) -> String {
    let place = |(number, (x, y)): (usize, (f64, f64))| {
        format!("{}{x:.1} {y:.1}", if number == 0 { 'M' } else { 'L' })
    };
    points.enumerate().map(place).collect()
}
