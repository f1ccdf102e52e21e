//! What networks outline: figures by level, lesion recall and pictures as a section of the page, and
//! figures as CSV; measures nothing.

use maud::{Markup, PreEscaped, html};

use crate::record::{
    LEAST_OVERLAP, LevelBase, OutlinedStrip, OutlinedTile, OutliningLevel, OutliningResult,
    RECALL_MARGIN, Results, Tile, lesion_recall,
};
use crate::task::{Measure, TaskName};

use super::content::Report;
use super::markup::{caption, panels, scrolling};
use super::sheet::{Sheet, optional};
use super::{picture, plot, words};

/// The section; nothing where no network outlines.
pub(super) fn section(report: &Report<'_>) -> Option<Markup> {
    let results = report.results;
    let base = results.target_base();
    (!results.outlining.is_empty()).then(|| {
        html! {
            p {
                "How well networks outline, over all test images. Overlaps are means over targets and \
                 networks, distances medians in mm. Each target is compared within its own region; \
                 candidates, connected by sides and corners, are matched in the whole image."
            }
            (panels(&plot::outlinings(results)))
            @for one in &results.outlining {
                @let name = format!(
                    "{}, trained on {}", words::path(one.path), words::trained_on(one.regime)
                );
                h3 { (words::capitalised(&name)) }
                (scrolling(&name, &table(one, base)))
                @for line in recall(one, results) { p { (line) } }
            }
            (definitions())
            (pictures(report, base))
        }
    })
}

/// A column: heading, a second line below it, and the figure with its decimals.
type Column = (&'static str, &'static str, usize, fn(&OutliningLevel) -> Option<f64>);

const COLUMNS: [Column; 13] = [
    ("Dice", "", 3, |it| Some(it.dice)),
    ("Dice", "of the shape", 3, |it| Some(it.dice_of_shape)),
    ("recall", "", 3, |it| Some(it.recall)),
    ("F1", "", 3, |it| Some(it.f1)),
    ("false", "per image", 2, |it| Some(it.false_candidates)),
    ("missed", "", 3, |it| Some(it.missed)),
    ("area", "over true", 2, |it| Some(it.area)),
    ("surface Dice", "1 pixel", 3, |it| Some(it.surface_dice)),
    ("ASSD", "mm", 3, |it| it.average_mm),
    ("HD95", "mm", 3, |it| it.hausdorff_95_mm),
    ("bias", "mm, exact", 3, |it| it.bias_mm),
    ("distance", "mm, exact", 3, |it| it.mean_mm),
    ("95 %", "mm, exact", 3, |it| it.percentile_95_mm),
];

/// What the table shows of a figure: no median of distances where at least half of the targets are
/// missed and have none.
fn shown(level: &OutliningLevel, (_, unit, _, of): &Column) -> Option<f64> {
    let is_distance = unit.starts_with("mm");
    of(level).filter(|_| !is_distance || level.missed < 0.5)
}

fn table(one: &OutliningResult, base: LevelBase) -> Markup {
    let name = |level: &OutliningLevel| match level.codec {
        None => "originals".to_owned(),
        Some(codec) => format!("{}, {}", codec.title(), words::level_name(level.target, base)),
    };
    let cell = |value: Option<f64>, decimals: usize| {
        value.map_or_else(|| "\u{2013}".to_owned(), |value| words::fixed(value, decimals))
    };
    html! { table {
        (caption(&html! { (one.targets) " targets in " (one.images) " images" }))
        thead { tr {
            th scope="col" { "level" }
            @for (heading, below, ..) in &COLUMNS { th scope="col" {
                (heading) @if !below.is_empty() { br; span.interval { (below) } }
            } }
        } }
        tbody { @for level in &one.levels { tr {
            th scope="row" { (name(level)) }
            @for column in &COLUMNS { td { (cell(shown(level, column), column.2)) } }
        } } }
    } }
}

/// Up to which ratio lesion recall is safe, of each codec.
fn recall(one: &OutliningResult, results: &Results) -> Vec<String> {
    let is_outline = |it: &&Measure| it.task == TaskName::Outline.name();
    let Some(measure) = results.measures.iter().find(is_outline).map(lesion_recall) else {
        return Vec::new();
    };
    let line = |arm: &crate::record::ArmResult| {
        let name = words::arm_name(arm.codec, arm.path);
        let recall = words::fixed(arm.original_score, 3);
        let margin = words::typed(RECALL_MARGIN);
        let limit = words::limit(&arm.limit);
        let crossing = match limit.crossing.as_str() {
            "" => String::new(),
            crossing => format!(", and its loss reaches the margin at {crossing}"),
        };
        match arm.limit.safe {
            Some(_) => format!(
                "{name}: lesion recall, {recall} on originals, falls by less than {margin} up to \
                 {}{crossing}.",
                limit.safe
            ),
            None => format!(
                "{name}: lesion recall is {recall} on originals, and no ratio is shown to cost less \
                 than {margin}: {}.",
                words::reason(arm, &measure)
            ),
        }
    };
    one.recall.iter().map(line).collect()
}

fn definitions() -> Markup {
    html! { p.note {
        "Recall: share of targets whose candidate overlaps them by an intersection over union of "
        (words::typed(LEAST_OVERLAP)) " or more; F1: 2 TP / (2 TP + FP + FN). ASSD, HD95 and surface \
         Dice are those of MONAI: boundaries are the pixels with one of four neighbours outside, ASSD \
         is the mean over both boundaries together, HD95 the larger of both directions\u{2019} \
         percentiles; other tools differ by a third. Exact distances are those of the predicted \
         outline, where the probability of a target is one half, to the drawn outline itself; bias is \
         above 0 where too much is outlined. Missed: share of targets in whose region nothing is \
         outlined; their overlaps are 0 and their distances the diagonal of the image, and medians of distances are \
         not shown where half of the targets or more are missed. What touches a \
         subtle target of detection is ignored. The numbers are in outlines.csv."
    } }
}

/// Usual targets and the worst, before and after compression.
fn pictures(report: &Report<'_>, base: LevelBase) -> Markup {
    let strips = &report.figures.outlines;
    let heading = |worst: bool| match worst {
        false => "What a network outlines",
        true => "Where compression costs the most",
    };
    html! {
        @for worst in [false, true] {
            @let of_kind: Vec<&OutlinedStrip> =
                strips.iter().filter(|it| it.worst == worst).collect();
            @if !of_kind.is_empty() {
                h3 { (heading(worst)) }
                @for group in of_kind.chunk_by(|a, b| (a.codec, a.path) == (b.codec, b.path)) {
                    @let name = words::arm_name(group[0].codec, group[0].path);
                    (scrolling(&format!("{}: {name}", heading(worst)), &sheet(group, &name, base)))
                }
            }
        }
        @if !strips.is_empty() { p.note {
            "The first network trained on originals. Yellow: the exact outline; blue: the outline of \
             the pixels that the network takes for a target, along their edges; below each tile its \
             Dice coefficient. The worst are the targets of all test images whose Dice coefficient \
             falls the most to the middle one of the levels shown."
        } }
    }
}

fn sheet(group: &[&OutlinedStrip], name: &str, base: LevelBase) -> Markup {
    html! { table.strip {
        (caption(&html! { (name) }))
        thead { tr {
            th scope="col" { "target" }
            @for tile in group.first().iter().flat_map(|strip| &strip.tiles) {
                th scope="col" { (level(tile, base)) }
            }
        } }
        @for strip in group { tbody { tr {
            th scope="row" { (strip.shape) br; span.interval { "image " (strip.case) } }
            @for tile in &strip.tiles { td {
                (picture_of(strip, tile, base))
                span.interval { (words::fixed(tile.dice, 2)) }
            } }
        } } }
    } }
}

fn level(tile: &OutlinedTile, base: LevelBase) -> String {
    tile.target.map_or_else(|| "original".to_owned(), |target| base.label(target))
}

/// A tile with both outlines.
fn picture_of(strip: &OutlinedStrip, tile: &OutlinedTile, base: LevelBase) -> Markup {
    let side = strip.side;
    let display = Tile { display: tile.display.clone(), difference: Vec::new() };
    let Some(uri) = picture::display(&display, side) else {
        return html! { "\u{2013}" };
    };
    let label = format!("{} at {}, outlined", strip.shape, level(tile, base));
    html! {
        svg.tile viewBox={ "0 0 " (side) " " (side) } role="img" aria-label=(label) {
            image href=(PreEscaped(uri)) width=(side) height=(side) {}
            path.true-outline d=(true_path(&strip.truth)) {}
            path.found-outline d=(edges(&tile.outlined, side as usize)) {}
        }
    }
}

/// Contours as a path.
fn true_path(contours: &[Vec<[f64; 2]>]) -> String {
    let mut path = String::new();
    for contour in contours {
        for (number, [x, y]) in contour.iter().enumerate() {
            let begin = if number == 0 { 'M' } else { 'L' };
            path.push_str(&format!("{begin}{x:.2} {y:.2}"));
        }
        path.push('Z');
    }
    path
}

/// Edges between pixels of a mask and others as a path; empty where it does not fill `side`².
fn edges(mask: &[u8], side: usize) -> String {
    let mut path = String::new();
    if mask.len() != side * side {
        return path;
    }
    let inside = |row: usize, column: usize| {
        (1..=side).contains(&row)
            && (1..=side).contains(&column)
            && mask[(row - 1) * side + column - 1] == 1
    };
    for row in 1..=side + 1 {
        for column in 1..=side + 1 {
            let here = inside(row, column);
            if here != inside(row - 1, column) {
                path.push_str(&format!("M{} {}h1", column - 1, row - 1));
            }
            if here != inside(row, column - 1) {
                path.push_str(&format!("M{} {}v1", column - 1, row - 1));
            }
        }
    }
    path
}

/// Columns of `outlines.csv`; a released column keeps its name and its place.
const HEADER: [&str; 20] = [
    "path",
    "regime",
    "codec",
    "target",
    "ratio_stored",
    "images",
    "targets",
    "dice",
    "dice_of_shape",
    "recall",
    "f1",
    "false_candidates",
    "missed",
    "area",
    "surface_dice",
    "average_mm",
    "hausdorff_95_mm",
    "bias_mm",
    "mean_mm",
    "percentile_95_mm",
];

/// Renders `outlines.csv`: one line per path, regime and level; an empty codec is the uncompressed
/// image.
#[must_use]
pub fn outlines_csv(results: &Results) -> Vec<u8> {
    let mut sheet = Sheet::new(HEADER);
    for one in &results.outlining {
        for level in &one.levels {
            let codec = level.codec.map_or_else(String::new, |codec| codec.name().to_owned());
            let named = [
                one.path.name().to_owned(),
                one.regime.name().to_owned(),
                codec,
                optional(level.target),
                optional(level.ratio_stored),
                one.images.to_string(),
                one.targets.to_string(),
            ];
            let figures = COLUMNS.map(|(.., of)| optional(of(level)));
            let mut cells = named.into_iter().chain(figures);
            sheet.line(std::array::from_fn(|_| cells.next().unwrap_or_default()));
        }
    }
    sheet.bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_go_around_pixels() {
        // One pixel: above, left, right and below.
        assert_eq!(edges(&[0, 0, 0, 1], 2), "M1 1h1M1 1v1M2 1v1M1 2h1");
        assert_eq!(edges(&[1], 1), "M0 0h1M0 0v1M1 0v1M0 1h1");
        assert_eq!(edges(&[1, 1], 2), "");
    }

    #[test]
    fn distances_to_nothing_stand_in_the_file_alone() {
        let level = |missed| OutliningLevel {
            codec: None,
            target: None,
            ratio_stored: None,
            dice: 0.1,
            dice_of_shape: 0.1,
            missed,
            area: 0.1,
            recall: 0.1,
            false_candidates: 0.0,
            f1: 0.1,
            surface_dice: 0.1,
            average_mm: Some(325.8),
            hausdorff_95_mm: Some(325.8),
            bias_mm: None,
            mean_mm: Some(325.8),
            percentile_95_mm: Some(325.8),
        };
        let count = |missed| COLUMNS.iter().filter_map(|it| shown(&level(missed), it)).count();
        assert_eq!((count(0.4), count(0.5)), (12, 8));
        let filed = COLUMNS.iter().filter_map(|(.., of)| of(&level(0.5))).count();
        assert_eq!(filed, 12);
    }

    #[test]
    fn contours_are_closed() {
        let triangle = vec![vec![[0.0, 0.0], [1.5, 0.0], [0.0, 2.25]]];
        assert_eq!(true_path(&triangle), "M0.00 0.00L1.50 0.00L0.00 2.25Z");
    }
}
