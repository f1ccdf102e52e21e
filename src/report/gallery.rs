//! The sections with pictures and tables of answers: image strips, the example, confusion tables.

use maud::{Markup, html};

use crate::record::{Confusion, Example, InputPath, LevelBase, Regime, Strip, StripLevel};

use super::content::{PhantomSummary, Report};
use super::markup::scrolling;
use super::{picture, words};

/// Strips and the example image.
pub(super) fn pictures(report: &Report<'_>) -> Markup {
    let sheets = sheets(&report.figures.strips);
    html! {
        @if sheets.is_empty() {
            p { "This run has no image strips." }
        } @else {
            p {
                "One target of each shape, before and after compression, through the display \
                 window. Below each decoded tile is its signed difference from the original; a circle \
                 on the copy of the original marks the target."
            }
            @let base = report.results.target_base();
            @for sheet in &sheets { (strip_table(sheet, &report.phantom, base)) }
        }
        h3 { "One whole test image" }
        (example_figure(&report.figures.example, &report.figures.classes))
    }
}

/// Strips by codec and path, those of the same targets together: they share a table.
fn sheets(strips: &[Strip]) -> Vec<Vec<&[Strip]>> {
    let same = |a: &[Strip], b: &[Strip]| {
        let target = |it: &Strip| (it.side, it.center_row.to_bits(), it.center_column.to_bits());
        a.len() == b.len()
            && a.iter().zip(b).all(|(a, b)| {
                a.shape == b.shape && a.original == b.original && target(a) == target(b)
            })
    };
    let mut sheets: Vec<Vec<&[Strip]>> = Vec::new();
    for group in strips.chunk_by(|a, b| (a.codec, a.path) == (b.codec, b.path)) {
        match sheets.iter_mut().find(|sheet| same(sheet[0], group)) {
            Some(sheet) => sheet.push(group),
            None => sheets.push(vec![group]),
        }
    }
    sheets
}

/// The same targets under one or more codecs and paths: two rows per shape.
fn strip_table(sheet: &[&[Strip]], phantom: &PhantomSummary<'_>, base: LevelBase) -> Markup {
    let ranges: Vec<u32> = sheet
        .iter()
        .map(|group| {
            let levels = group.iter().flat_map(|strip| &strip.levels);
            picture::difference_range(levels.map(|level| &level.tile))
        })
        .collect();
    let levels = |group: &[Strip]| group.iter().map(|it| it.levels.len()).max().unwrap_or(0);
    let names: Vec<String> = sheet.iter().map(|group| group_name(&group[0])).collect();
    let table = html! { table.strip {
        thead {
            tr {
                th rowspan="2" scope="col" { "target" }
                th rowspan="2" scope="col" { "original" }
                @for ((group, name), range) in sheet.iter().zip(&names).zip(&ranges) {
                    th.first colspan=(levels(group).max(1)) scope="colgroup" {
                        (name)
                        (scale(*range, group[0].path))
                    }
                }
            }
            tr { @for group in sheet {
                @let widest = group.iter().max_by_key(|strip| strip.levels.len());
                @for (index, level) in widest.iter().flat_map(|it| &it.levels).enumerate() {
                    th.first[index == 0] scope="col" {
                        (base.label(level.target))
                        br; span.interval { "at " (words::ratio_number(level.ratio_stored)) }
                    }
                }
            } }
        }
        @for (index, strip) in sheet[0].iter().enumerate() { tbody {
            tr {
                th scope="rowgroup" rowspan="2" {
                    (strip.shape)
                    br; span.interval {
                        (words::signed(strip.contrast, 0)) " " (phantom.contrast_unit)
                        br; (words::fixed(strip.equivalent_radius_mm, 1)) " mm"
                    }
                }
                td { (tile(picture::display(&strip.original, strip.side), "tile",
                    &format!("{}, original", strip.shape))) }
                @for group in sheet {
                    (row(&group[index], levels(group), |level| decoded(&group[index], level, base)))
                }
            }
            tr {
                td { (tile(picture::outlined(strip), "tile smooth",
                    &format!("{}, original with the target circled", strip.shape))) }
                @for (group, range) in sheet.iter().zip(&ranges) {
                    (row(&group[index], levels(group), |level| differing(&group[index], level, base, *range)))
                }
            }
        } }
    } };
    scrolling(&format!("Image strips: {}", names.join("; ")), &table)
}

fn group_name(strip: &Strip) -> String {
    format!("{}, {}", strip.codec.title(), strip.path.name())
}

/// One cell per level, empty ones where a strip has fewer.
fn row(strip: &Strip, levels: usize, picture: impl Fn(&StripLevel) -> Markup) -> Markup {
    html! { @for index in 0..levels.max(1) {
        td.first[index == 0] { @if let Some(level) = strip.levels.get(index) { (picture(level)) } }
    } }
}

/// The scale of differences.
fn scale(range: u32, path: InputPath) -> Markup {
    html! { span.scale {
        "\u{2212}" (range)
        span.gradient style={ "background:" (picture::gradient()) } {}
        "+" (range) " " (words::difference_unit(path))
    } }
}

fn decoded(strip: &Strip, level: &StripLevel, base: LevelBase) -> Markup {
    tile(
        picture::display(&level.tile, strip.side),
        "tile",
        &format!("{} at {}", strip.shape, base.label(level.target)),
    )
}

fn differing(strip: &Strip, level: &StripLevel, base: LevelBase, range: u32) -> Markup {
    tile(
        picture::difference(&level.tile, strip.side, range),
        "tile",
        &format!("{} at {} minus original", strip.shape, base.label(level.target)),
    )
}

fn tile(uri: Option<String>, class: &str, alt: &str) -> Markup {
    html! {
        @match uri {
            Some(uri) => { img class=(class) src=(uri) alt=(alt); }
            None => { span.interval { "no picture" } }
        }
    }
}

/// The example with a letter and a hover text for every region.
fn example_figure(example: &Example, classes: &[String]) -> Markup {
    let Some(uri) = picture::example(example) else {
        return html! { p { "This run has no example image." } };
    };
    let (rows, columns) = (example.rows, example.columns);
    let letters = letters(classes);
    let class = |index: u8| classes.get(usize::from(index)).map_or("unknown", String::as_str);
    html! {
        figure.example {
            svg viewBox=(format!("0 0 {columns} {rows}")) role="img"
                aria-labelledby="example-title" {
                title id="example-title" {
                    "A test image with a box around each of its " (example.regions.len())
                    " regions for identification, coloured and lettered by class"
                    @if !example.detection.is_empty() {
                        ", and " (example.detection.len()) " regions for detection"
                    }
                }
                image href=(uri) width=(columns) height=(rows) {}
                @for &([row, column], index) in &example.regions {
                    @let colour = picture::hex(picture::class_colour(usize::from(index)));
                    text x=(f64::from(column) + 2.5) y=(f64::from(row) + 10.0) style={ "fill:" (colour) } {
                        title { (class(index)) }
                        (letters.get(usize::from(index)).map_or("?", String::as_str))
                    }
                }
            }
            figcaption {
                ul.classes { @for (index, name) in classes.iter().enumerate() { li {
                    span.swatch style={ "background:" (picture::hex(picture::class_colour(index))) } {
                        (letters[index])
                    }
                    " " (name)
                } } }
                @if !example.detection.is_empty() {
                    p.note {
                        "Regions without a letter are for detection: with a white box where they hold \
                         a subtle target, with a grey one where they do not."
                    }
                }
                p.note {
                    "Each box is one region of " (example.region_side) " \u{d7} "
                    (example.region_side) " pixels: all that a network sees of the image. It answers \
                     with one of the classes."
                }
            }
        }
    }
}

/// The shortest capitalised prefixes that distinguish the classes.
fn letters(classes: &[String]) -> Vec<String> {
    let beginning = |name: &str, count: usize| -> String {
        name.chars()
            .take(count)
            .enumerate()
            .flat_map(|(at, it)| if at == 0 { it.to_uppercase().collect() } else { vec![it] })
            .collect()
    };
    let shortest = |name: &String| {
        (1..=4)
            .map(|count| beginning(name, count))
            .find(|it| {
                classes.iter().filter(|other| beginning(other, it.chars().count()) == *it).count()
                    == 1
            })
            .unwrap_or_else(|| beginning(name, 4))
    };
    classes.iter().map(shortest).collect()
}

/// Confusion tables by path and training.
pub(super) fn answers(report: &Report<'_>) -> Markup {
    let figures = report.figures;
    let letters = letters(&figures.classes);
    let studied = InputPath::ALL.into_iter().flat_map(|path| Regime::ALL.map(|it| (path, it)));
    let groups: Vec<(InputPath, Regime, Vec<&Confusion>)> = studied
        .map(|(path, regime)| {
            let tables = figures.confusions.iter();
            let mut tables: Vec<_> =
                tables.filter(|it| (it.path, it.regime) == (path, regime)).collect();
            // Originals first; within a codec the order stays.
            tables.sort_by_key(|it| it.codec);
            (path, regime, tables)
        })
        .filter(|(_, _, tables)| !tables.is_empty())
        .collect();
    html! {
        @if groups.is_empty() {
            p { "This run has no confusion tables." }
        } @else {
            p {
                "Rows are the truth, columns the answer, in percent of the row over all networks. \
                 The deeper the colour of a cell, the larger its share; right answers lie on the \
                 diagonal."
            }
        }
        @for (path, regime, tables) in groups {
            h3 { (words::path(path)) ", trained on " (words::trained_on(regime)) }
            div.confusions { @for codec in tables.chunk_by(|a, b| a.codec == b.codec) {
                div.of-codec { @for table in codec {
                    (confusion_table(table, report.results.target_base(), &figures.classes, &letters))
                } }
            } }
        }
    }
}

fn confusion_table(
    confusion: &Confusion,
    base: LevelBase,
    classes: &[String],
    letters: &[String],
) -> Markup {
    let name = match (confusion.codec, confusion.target) {
        (None, _) => "originals".to_owned(),
        (Some(codec), None) => codec.title().to_owned(),
        (Some(codec), Some(target)) => {
            format!("{} {}", codec.title(), base.label(target))
        }
    };
    let name_of = |names: &[String], index: usize| names.get(index).cloned().unwrap_or_default();
    let total: u64 = confusion.counts.iter().flatten().sum();
    let right: u64 =
        confusion.counts.iter().enumerate().filter_map(|(truth, row)| row.get(truth)).sum();
    let width = confusion.counts.iter().map(Vec::len).max().unwrap_or(0);
    html! { table.confusion {
        caption {
            strong { (name) }
            @if total > 0 { ", " (words::fixed(100.0 * right as f64 / total as f64, 1)) " % right" }
        }
        thead { tr {
            th scope="col" { "truth" }
            @for answer in 0..width {
                th scope="col" {
                    abbr title={ "answer: " (name_of(classes, answer)) } { (name_of(letters, answer)) }
                }
            }
        } }
        tbody { @for (truth, row) in confusion.counts.iter().enumerate() {
            @let sum: u64 = row.iter().sum();
            tr {
                th scope="row" { (name_of(classes, truth)) }
                @for (answer, &count) in row.iter().enumerate() {
                    @let share = if sum == 0 { 0.0 } else { count as f64 / sum as f64 };
                    td.right[truth == answer] style=(format!("--share:{share:.3}")) {
                        (words::fixed(100.0 * share, 0))
                    }
                }
            }
        } }
    } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_tell_classes_apart() {
        let classes = ["disk", "square", "star", "absent"].map(str::to_owned);
        assert_eq!(letters(&classes), ["D", "Sq", "St", "A"]);
        assert_eq!(letters(&["same", "same"].map(str::to_owned)), ["Same", "Same"]);
    }
}
