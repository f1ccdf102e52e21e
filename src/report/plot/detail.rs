//! The contrast–detail plots: accuracy by size and contrast of the target, one tile per level,
//! with the contour of the threshold contrast.

use maud::{Markup, html};

use crate::record::{DetailLevel, DetailResult, LevelBase, Results};

use super::drawing::{Drawing, at};
use crate::report::words;
use crate::report::words::level_name;

/// Left of the first tile, top of the first row.
const LEFT: f64 = 84.0;
const TOP: f64 = 66.0;
/// Width of a tile, height of a radius in it, and what lies between tiles.
const WIDTH: f64 = 56.0;
const ROW: f64 = 17.0;
const GAP: (f64, f64) = (8.0, 26.0);
/// Tiles in a row.
const ACROSS: usize = 8;

/// One drawing per codec, path and regime that has such a result.
pub(in crate::report) fn details(results: &Results) -> Vec<Drawing> {
    let base = results.target_base();
    results.detail.iter().map(|one| drawing(one, base)).collect()
}

fn drawing(one: &DetailResult, base: LevelBase) -> Drawing {
    let (codec, path, regime) = (one.codec.name(), one.path.name(), one.regime.name());
    let name =
        format!("{}, {path}, trained on {}", one.codec.title(), words::trained_on(one.regime));
    let cells =
        |level: &DetailLevel| words::span(level.accuracy.iter().flatten().flatten().copied());
    let said = one.levels.iter().filter_map(|level| {
        let (low, high) = cells(level)?;
        let name = level_name(level.target, base);
        Some(format!("{name}: {} to {}", words::fixed(low, 2), words::fixed(high, 2)))
    });
    let text = format!("Least and greatest accuracy: {}.", said.collect::<Vec<_>>().join("; "));
    let tile = tile_height(one);
    let rows = one.levels.len().div_ceil(ACROSS) as f64;
    Drawing {
        name: format!("detail-{codec}-{path}-{regime}"),
        title: format!("Accuracy by contrast and size: {name}"),
        text,
        size: (LEFT + ACROSS as f64 * (WIDTH + GAP.0) + 4.0, TOP + rows * (tile + GAP.1) + 22.0),
        body: tiles(one, &name, base),
    }
}

fn tile_height(one: &DetailResult) -> f64 {
    ROW * one.radii_mm.len().saturating_sub(1) as f64
}

fn tiles(one: &DetailResult, name: &str, base: LevelBase) -> Markup {
    let tile = tile_height(one);
    let ends = |edges: &[f64]| words::span(edges.iter().copied()).unwrap_or((1.0, 2.0));
    let (low, high) = ends(&one.contrasts);
    let place = |number: usize| {
        let (row, column) = ((number / ACROSS) as f64, (number % ACROSS) as f64);
        (LEFT + column * (WIDTH + GAP.0), TOP + row * (tile + GAP.1))
    };
    let bottom = TOP + one.levels.len().div_ceil(ACROSS) as f64 * (tile + GAP.1);
    html! {
        text.name x="16" y="18" { (name) }
        text.soft x="16" y="38" { "deeper: higher accuracy; line: the threshold contrast" }
        @for (number, level) in one.levels.iter().enumerate() {
            @let (x, y) = place(number);
            text.soft x=(at(x + WIDTH / 2.0)) y=(at(y - 6.0)) text-anchor="middle" {
                (level_name(level.target, base))
            }
            @if number % ACROSS == 0 {
                @for (row, radii) in one.radii_mm.windows(2).enumerate() {
                    text.soft x=(LEFT - 7.0) y=(at(y + ROW * (row as f64 + 0.5) + 4.0))
                        text-anchor="end" {
                        (words::fixed(radii[0], 2)) "\u{2013}" (words::fixed(radii[1], 2))
                    }
                }
            }
            (cells(one, level, base, (x, y)))
            @if let Some(contour) = contour(&level.thresholds, (low, high), (x, y)) {
                path.crossing d=(contour) {}
            }
            rect.frame x=(at(x)) y=(at(y)) width=(WIDTH) height=(at(tile)) {}
        }
        text.soft x="16" y=(at(bottom + 4.0)) {
            "down: equivalent radius in mm; across: contrast, " (words::typed(low.round())) " to "
            (words::typed(high.round())) ", logarithmic"
        }
    }
}

fn cells(one: &DetailResult, level: &DetailLevel, base: LevelBase, (x, y): (f64, f64)) -> Markup {
    let width = WIDTH / one.contrasts.len().saturating_sub(1).max(1) as f64;
    html! {
        @for (row, (line, radii)) in level.accuracy.iter().zip(one.radii_mm.windows(2)).enumerate() {
            @for (column, (accuracy, contrasts)) in line.iter().zip(one.contrasts.windows(2)).enumerate() {
                @if let Some(accuracy) = accuracy.filter(|it| it.is_finite()) {
                    rect.heat x=(at(x + width * column as f64)) y=(at(y + ROW * row as f64))
                        width=(at(width)) height=(ROW)
                        fill-opacity=(words::fixed(0.85 * accuracy.clamp(0.0, 1.0), 3)) {
                        title {
                            (level_name(level.target, base)) ", contrast "
                            (words::fixed(contrasts[0], 1)) " to " (words::fixed(contrasts[1], 1))
                            ", radius " (words::fixed(radii[0], 2)) " to "
                            (words::fixed(radii[1], 2)) " mm: accuracy " (words::fixed(accuracy, 3))
                        }
                    }
                }
            }
        }
    }
}

/// Down the radii that have a threshold within the contrasts.
fn contour(
    thresholds: &[Option<f64>],
    (low, high): (f64, f64),
    (x, y): (f64, f64),
) -> Option<String> {
    let mut path = String::new();
    let mut joined = false;
    for (row, threshold) in thresholds.iter().enumerate() {
        let share = threshold.map(|it| (it / low).ln() / (high / low).ln());
        let Some(share) = share.filter(|it| (0.0..=1.0).contains(it)) else {
            joined = false;
            continue;
        };
        let (across, top) = (x + share * WIDTH, y + ROW * row as f64);
        let start = if joined { format!("H{across:.1}") } else { format!("M{across:.1} {top:.1}") };
        path.push_str(&format!("{start}V{:.1}", top + ROW));
        joined = true;
    }
    (!path.is_empty()).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contour_follows_the_thresholds() {
        let thresholds = [Some(40.0), Some(20.0), None, Some(10.0), Some(90.0)];
        // ln 4/ln 8 = 2/3 and ln 2/ln 8 = 1/3 of 56 to the right of 10; 10 lies at 0, 90 beyond 80.
        assert_eq!(
            contour(&thresholds, (10.0, 80.0), (10.0, 0.0)).as_deref(),
            Some("M47.3 0.0V17.0H28.7V34.0M10.0 51.0V68.0")
        );
    }
}
