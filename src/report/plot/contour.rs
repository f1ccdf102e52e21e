//! The iso-performance contours: the contrast that a performance requires, against size, one curve
//! per level.

use maud::{Markup, html};

use crate::record::{DetailLevel, DetailResult, LevelBase, Results};

use super::drawing::{Drawing, at, side_label};
use crate::report::words;
use crate::report::words::level_name;

const SIZE: (f64, f64) = (540.0, 330.0);
const LEFT: f64 = 62.0;
/// Right end of the curves; names of levels follow.
const RIGHT: f64 = 420.0;
const TOP: f64 = 52.0;
const HEIGHT: f64 = 220.0;
/// Least distance of two names.
const NAME: f64 = 13.0;
/// Opacity of the mildest level's curve; the harshest is solid.
const FAINT: f64 = 0.35;

/// One drawing for each codec, path and regime that has a threshold within its contrasts.
pub(in crate::report) fn contours(results: &Results, classes: usize) -> Vec<Drawing> {
    let performance = f64::midpoint(1.0, 1.0 / classes.max(1) as f64);
    let shown = results.detail.iter().filter(|it| {
        it.contrasts.len() > 2
            && it.levels.iter().any(|level| level.thresholds.iter().any(Option::is_some))
    });
    shown.map(|it| drawing(it, results.target_base(), performance)).collect()
}

fn drawing(one: &DetailResult, base: LevelBase, performance: f64) -> Drawing {
    let said: Vec<String> = one
        .levels
        .iter()
        .filter(|level| level.thresholds.iter().any(Option::is_some))
        .map(|level| {
            let of_size = level
                .thresholds
                .iter()
                .map(|it| it.map_or_else(|| "outside".to_owned(), |it| words::fixed(it, 1)));
            format!(
                "{}: {}",
                level_name(level.target, base),
                of_size.collect::<Vec<_>>().join(", ")
            )
        })
        .collect();
    Drawing {
        name: format!("contours-{}-{}-{}", one.codec.name(), one.path.name(), one.regime.name()),
        title: format!(
            "Threshold contrast against size: {}, {}, trained on {}",
            one.codec.title(),
            one.path.name(),
            words::trained_on(one.regime)
        ),
        text: format!(
            "Contrast at which {} are classified correctly, from the smallest to the largest size. {}.",
            words::fixed(performance, 2),
            said.join("; ")
        ),
        size: SIZE,
        body: body(one, base, performance),
    }
}

/// Where a threshold lies: within the contrasts, or beyond an end of them.
#[derive(Clone, Copy)]
enum Spot {
    At(f64),
    Below,
    Above,
    Unknown,
}

fn spot(level: &DetailLevel, row: usize, performance: f64) -> Spot {
    if let Some(threshold) = level.thresholds.get(row).copied().flatten() {
        return Spot::At(threshold);
    }
    let shares: Vec<f64> =
        level.accuracy.get(row).into_iter().flatten().flatten().copied().collect();
    match shares.iter().sum::<f64>() / shares.len() as f64 {
        mean if mean >= performance => Spot::Below,
        mean if mean < performance => Spot::Above,
        _ => Spot::Unknown,
    }
}

/// Abscissa of a size: its share of the range.
fn x(radii: &[f64], radius: f64) -> f64 {
    let (low, high) = (radii[0], radii[radii.len() - 1]);
    let share = if high > low { (radius - low) / (high - low) } else { 0.5 };
    LEFT + share * (RIGHT - LEFT)
}

fn body(one: &DetailResult, base: LevelBase, performance: f64) -> Markup {
    let (low, high) = (one.contrasts[0], one.contrasts[one.contrasts.len() - 1]);
    let y = |contrast: f64| {
        let share = (contrast / low).ln() / (high / low).ln();
        TOP + (1.0 - if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }) * HEIGHT
    };
    let middles: Vec<f64> = one.radii_mm.windows(2).map(|it| f64::midpoint(it[0], it[1])).collect();
    let drawn: Vec<(usize, &DetailLevel)> = one
        .levels
        .iter()
        .enumerate()
        .filter(|(_, level)| level.thresholds.iter().any(Option::is_some))
        .collect();
    let opacity = |number: usize| {
        FAINT + (1.0 - FAINT) * number as f64 / (one.levels.len().max(2) - 1) as f64
    };
    // Names from top to bottom, without overlap.
    let mut names: Vec<(f64, f64, usize)> = drawn
        .iter()
        .filter_map(|&(number, level)| {
            let last = level.thresholds.iter().rposition(Option::is_some)?;
            let end = (x(&one.radii_mm, *middles.get(last)?), y(level.thresholds[last]?));
            Some((end.1, end.0, number))
        })
        .collect();
    names.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut free = f64::NEG_INFINITY;
    let names: Vec<(f64, f64, f64, usize)> = names
        .into_iter()
        .map(|(from, end, number)| {
            free = from.max(free + NAME);
            (from, end, free, number)
        })
        .collect();
    html! {
        text.name x=(LEFT) y="18" {
            (one.codec.title()) ", " (one.path.name()) ", trained on "
            (words::trained_on(one.regime))
        }
        text.soft x=(LEFT) y="38" {
            "contrast at which " (words::fixed(performance, 2)) " are classified correctly; triangles: beyond"
        }
        @for contrast in &one.contrasts {
            path.grid d=(format!("M{LEFT} {:.1}H{RIGHT}", y(*contrast))) {}
            text.soft x=(LEFT - 7.0) y=(at(y(*contrast) + 4.0)) text-anchor="end" {
                (words::fixed(*contrast, 1))
            }
        }
        @for radius in &one.radii_mm {
            path.frame d=(format!("M{:.1} {:.1}v6", x(&one.radii_mm, *radius), TOP + HEIGHT)) {}
            text.soft x=(at(x(&one.radii_mm, *radius))) y=(at(TOP + HEIGHT + 19.0))
                text-anchor="middle" { (words::fixed(*radius, 2)) }
        }
        @for &(number, level) in &drawn {
            @let spots: Vec<Spot> = (0..middles.len()).map(|row| spot(level, row, performance)).collect();
            g opacity=(words::fixed(opacity(number), 2)) {
                path class=(format!("line {}", one.codec.name())) d=(course(&one.radii_mm, &middles, &spots, y)) {}
                @for (row, spot) in spots.iter().enumerate() {
                    @let here = x(&one.radii_mm, middles[row]);
                    g {
                        title { (level_name(level.target, base)) ", " (words::fixed(one.radii_mm[row], 2))
                            " to " (words::fixed(one.radii_mm[row + 1], 2)) " mm: " (said(level, row, *spot)) }
                        @if let Spot::At(threshold) = spot {
                            @let bound = |bounds: &[Option<f64>], end: f64| {
                                bounds.get(row).copied().flatten().map_or(end, y)
                            };
                            @if !level.thresholds_lower.is_empty() {
                                path class=(format!("bar {}", one.codec.name())) d=(format!(
                                    "M{here:.1} {:.1}V{:.1}",
                                    bound(&level.thresholds_lower, TOP + HEIGHT),
                                    bound(&level.thresholds_upper, TOP)
                                )) {}
                            }
                            path class=(format!("mark {}", one.codec.name())) d=(format!(
                                "M{:.1} {:.1}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z", here - 3.0, y(*threshold)
                            )) {}
                        } @else if let Spot::Below = spot {
                            path class=(format!("mark hollow {}", one.codec.name()))
                                d=(format!("M{:.1} {:.1}h8l-4 7z", here - 4.0, TOP + HEIGHT - 8.0)) {}
                        } @else if let Spot::Above = spot {
                            path class=(format!("mark hollow {}", one.codec.name()))
                                d=(format!("M{:.1} {:.1}h8l-4 -7z", here - 4.0, TOP + 8.0)) {}
                        }
                    }
                }
            }
        }
        @for (from, end, place, number) in names {
            path.grid d=(format!("M{:.1} {from:.1}L{:.1} {place:.1}", end + 5.0, RIGHT + 8.0)) {}
            text.soft x=(RIGHT + 12.0) y=(at(place + 4.0)) {
                (level_name(one.levels[number].target, base))
            }
        }
        path.frame d=(format!("M{LEFT} {TOP}v{HEIGHT}H{RIGHT}")) {}
        (side_label("threshold contrast (logarithmic)", TOP + HEIGHT / 2.0))
        text.soft x=(at(f64::midpoint(LEFT, RIGHT))) y=(at(TOP + HEIGHT + 38.0)) text-anchor="middle" {
            "equivalent radius in mm"
        }
    }
}

/// The curve through neighbouring thresholds that lie within the contrasts.
fn course(radii: &[f64], middles: &[f64], spots: &[Spot], y: impl Fn(f64) -> f64) -> String {
    let mut path = String::new();
    let mut joined = false;
    for (&middle, spot) in middles.iter().zip(spots) {
        if let Spot::At(threshold) = spot {
            let letter = if joined { 'L' } else { 'M' };
            path.push_str(&format!("{letter}{:.1} {:.1}", x(radii, middle), y(*threshold)));
        }
        joined = matches!(spot, Spot::At(_));
    }
    path
}

fn said(level: &DetailLevel, row: usize, spot: Spot) -> String {
    let bound = |bounds: &[Option<f64>]| {
        let bound = bounds.get(row).copied().flatten();
        bound.map_or_else(|| "outside".to_owned(), |it| words::fixed(it, 1))
    };
    match spot {
        Spot::At(threshold) => format!(
            "{} ({} to {})",
            words::fixed(threshold, 1),
            bound(&level.thresholds_lower),
            bound(&level.thresholds_upper)
        ),
        Spot::Below => "below all contrasts".to_owned(),
        Spot::Above => "above all contrasts".to_owned(),
        Spot::Unknown => "no target".to_owned(),
    }
}
