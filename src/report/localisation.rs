//! How networks search whole images: figures by level, maps and false marks as a section of the
//! page, and figures as CSV; measures nothing.

use maud::{Markup, PreEscaped, html};

use crate::record::{
    ArmResult, FALSE_MARK_RATES, FalseMark, LevelBase, LocalisationLevel, LocalisationResult,
    Results, STRICT_MARGIN, SearchedImage, SearchedLevel, Tile,
};

use super::content::Report;
use super::markup::{caption, panels, scrolling};
use super::sheet::{Sheet, optional};
use super::{picture, plot, words};

/// The section; nothing where no network searches.
pub(super) fn section(report: &Report<'_>) -> Option<Markup> {
    let results = report.results;
    let base = results.target_base();
    (!results.localisation.is_empty()).then(|| {
        html! {
            p {
                "How networks find targets in whole images: means over the networks. A mark hits the \
                 target in whose pixels it lies, and each image has at most 100 marks."
            }
            (panels(&plot::localisations(results)))
            @for one in &results.localisation {
                @let name = format!(
                    "{}, trained on {}", words::path(one.path), words::trained_on(one.regime)
                );
                h3 { (words::capitalised(&name)) }
                (scrolling(&name, &table(one, base)))
                @let of_one = |arm: &&ArmResult| (arm.path, arm.regime) == (one.path, one.regime);
                @for arm in results.strict.iter().filter(of_one) { p { (strict(arm)) } }
            }
            (definitions())
            (maps(report, base))
            (false_marks(report, base))
        }
    })
}

/// A column: heading, a second line below it, name in the CSV file, and the figure.
type Column = (&'static str, &'static str, &'static str, fn(&LocalisationLevel) -> Option<f64>);

const COLUMNS: [Column; 10] = [
    ("wAFROC", "", "wafroc", |it| Some(it.wafroc)),
    ("wAFROC", "+ 2 pixels", "wafroc_tolerant", |it| Some(it.wafroc_tolerant)),
    ("AFROC", "", "afroc", |it| Some(it.afroc)),
    ("AFROC1", "", "afroc1", |it| Some(it.afroc1)),
    ("wAFROC1", "", "wafroc1", |it| Some(it.wafroc1)),
    ("AUC", "highest mark", "hr_auc", |it| Some(it.hr_auc)),
    ("CPM", "", "cpm", |it| Some(it.cpm)),
    ("ALROC", "one target", "alroc", |it| it.alroc),
    ("PCL", "one target", "pcl", |it| it.pcl),
    ("AP50", "", "ap50", |it| Some(it.ap50)),
];

fn table(one: &LocalisationResult, base: LevelBase) -> Markup {
    let name = |level: &LocalisationLevel| match level.codec {
        None => "originals".to_owned(),
        Some(codec) => format!("{}, {}", codec.title(), words::level_name(level.target, base)),
    };
    let cell = |value: Option<f64>| {
        value.map_or_else(|| "\u{2013}".to_owned(), |value| words::fixed(value, 3))
    };
    html! { table {
        (caption(&html! {
            (one.targets) " targets in " (one.abnormal_images) " images, and "
            (one.normal_images) " images without one"
        }))
        thead { tr {
            th scope="col" { "level" }
            @for (heading, below, ..) in &COLUMNS { th scope="col" {
                (heading) @if !below.is_empty() { br; span.interval { (below) } }
            } }
        } }
        tbody { @for level in &one.levels { tr {
            th scope="row" { (name(level)) }
            @for (.., of) in &COLUMNS { td { (cell(of(level))) } }
        } } }
    } }
}

/// The limit by the stricter margin, in a sentence.
fn strict(arm: &ArmResult) -> String {
    let name = words::arm_name(arm.codec, arm.path);
    let margin = words::typed(STRICT_MARGIN);
    let limit = words::limit(&arm.limit);
    let crossing = match limit.crossing.as_str() {
        "" => String::new(),
        crossing => format!("; the loss reaches it at {crossing}"),
    };
    match arm.limit.safe {
        Some(_) => format!(
            "{name}, strict margin of {margin}: shown to be safe up to {}{crossing}.",
            limit.safe
        ),
        None => {
            format!("{name}, strict margin of {margin}: no ratio is shown to cost less{crossing}.")
        }
    }
}

fn definitions() -> Markup {
    html! { p.note {
        "wAFROC: area under the weighted AFROC curve, the score: how often a target is rated above the \
         highest false mark of an image without one, images with targets counting alike; AFROC: \
         targets counting alike; with a 1, against the false marks of all images. AUC: of the highest \
         mark of each image. CPM: mean share of targets found at \u{215b}, \u{bc}, \u{bd}, 1, 2, 4 and 8 \
         false marks per image. ALROC and PCL: area under the localisation ROC curve, and share of \
         targets with the highest mark of their image, over images with at most one target. AP50: \
         average precision as of COCO, boxes overlapping by one half, a mark being a square of the \
         targets\u{2019} mean size. The numbers are in localisation.csv."
    } }
}

/// What a network says of the places of one image, before and after compression.
fn maps(report: &Report<'_>, base: LevelBase) -> Markup {
    let images = report.figures.search.iter().flat_map(|it| &it.images);
    html! {
        @for (number, image) in images.enumerate() {
            @if number == 0 { h3 { "What a network says of each place" } }
            @let name = words::arm_name(image.codec, image.path);
            (scrolling(&format!("Maps: {name}"), &map_sheet(image, &name, base)))
        }
        @if report.figures.search.as_ref().is_some_and(|it| !it.images.is_empty()) { p.note {
            "The first network trained on originals, in one test image. Warm: rated high, on one \
             scale for all levels; yellow circles: targets; blue crosses: the five highest marks."
        } }
    }
}

fn map_sheet(image: &SearchedImage, name: &str, base: LevelBase) -> Markup {
    html! { table.strip {
        (caption(&html! { (name) ", image " (image.case) }))
        thead { tr { @for level in &image.levels {
            th scope="col" { (level_name(level.target, base)) }
        } } }
        tbody { tr { @for level in &image.levels { td { (map(image, level, base)) } } } }
    } }
}

fn level_name(target: Option<f64>, base: LevelBase) -> String {
    target.map_or_else(|| "original".to_owned(), |target| base.label(target))
}

fn map(image: &SearchedImage, level: &SearchedLevel, base: LevelBase) -> Markup {
    let [rows, columns] = image.size;
    let Some(uri) = picture::grey_values(&image.display, [rows, columns]) else {
        return html! { "\u{2013}" };
    };
    let overlay = picture::warm_values(&level.ratings, image.places);
    let step = f64::from(image.step);
    let scale = |pixels: f64| words::fixed(pixels / step, 1);
    let corner = |place: f64| scale(place + 0.5 - f64::from(image.stride) / 2.0);
    let extent = |count: u32| scale(f64::from(count * image.stride));
    let label = format!("Ratings of the places at {}", level_name(level.target, base));
    html! {
        svg.search-map viewBox={ "0 0 " (columns) " " (rows) } role="img" aria-label=(label) {
            image href=(PreEscaped(uri)) width=(columns) height=(rows) {}
            @if let Some(overlay) = overlay {
                image href=(PreEscaped(overlay)) x=(corner(image.origin[1]))
                    y=(corner(image.origin[0])) width=(extent(image.places[1]))
                    height=(extent(image.places[0])) preserveAspectRatio="none" {}
            }
            @for [row, column, radius] in &image.targets {
                circle.true-target cx=(scale(column + 0.5)) cy=(scale(row + 0.5))
                    r=(scale(radius + 6.0)) {}
            }
            @for [row, column] in &level.marks {
                path.found-mark d={
                    "M" (scale(column - 7.5)) " " (scale(row + 0.5)) "H" (scale(column + 8.5))
                    "M" (scale(column + 0.5)) " " (scale(row - 7.5)) "V" (scale(row + 8.5))
                } {}
            }
        }
    }
}

/// The highest false marks, before and after compression.
fn false_marks(report: &Report<'_>, base: LevelBase) -> Markup {
    let marks = report.figures.search.as_ref().map_or(&[][..], |it| &it.false_marks);
    html! {
        @if !marks.is_empty() { h3 { "The worst false marks" } }
        @for group in marks.chunk_by(|a, b| (a.codec, a.path) == (b.codec, b.path)) {
            @let name = words::arm_name(group[0].codec, group[0].path);
            (scrolling(&format!("False marks: {name}"), &mark_sheet(group, &name, base)))
        }
        @if !marks.is_empty() { p.note {
            "The highest marks in test images without a target, at the middle one of the levels shown, \
             one of each image; below each tile what the network says of its middle. In brackets: \
             share of the targets that are rated lower."
        } }
    }
}

fn mark_sheet(group: &[FalseMark], name: &str, base: LevelBase) -> Markup {
    let tile = |mark: &FalseMark, display: &[u8]| {
        let tile = Tile { display: display.to_vec(), difference: Vec::new() };
        picture::display(&tile, mark.side)
    };
    html! { table.strip {
        (caption(&html! { (name) }))
        thead { tr {
            th scope="col" { "image" }
            @for tile in group.first().iter().flat_map(|mark| &mark.tiles) {
                th scope="col" { (level_name(tile.target, base)) }
            }
        } }
        tbody { @for mark in group { tr {
            th scope="row" { (mark.case) br; span.interval { "(" (words::fixed(mark.above, 2)) ")" } }
            @for one in &mark.tiles { td {
                @if let Some(uri) = tile(mark, &one.display) {
                    img.tile src=(PreEscaped(uri))
                        alt=(format!("False mark in image {}", mark.case));
                }
                span.interval { (words::fixed(one.rating, 2)) }
            } }
        } } }
    } }
}

/// Columns of `localisation.csv`; a released column keeps its name and its place.
const HEADER: [&str; 29] = [
    "path",
    "regime",
    "codec",
    "target",
    "ratio_stored",
    "normal_images",
    "abnormal_images",
    "targets",
    "wafroc",
    "wafroc_tolerant",
    "afroc",
    "afroc1",
    "wafroc1",
    "hr_auc",
    "cpm",
    "alroc",
    "pcl",
    "ap50",
    "sensitivity_at_0",
    "sensitivity_at_1/16",
    "sensitivity_at_1/8",
    "sensitivity_at_1/4",
    "sensitivity_at_1/2",
    "sensitivity_at_1",
    "sensitivity_at_2",
    "sensitivity_at_4",
    "sensitivity_at_8",
    "sensitivity_at_16",
    "sensitivity_at_32",
];

/// Renders `localisation.csv`: one line per path, regime and level; an empty codec is the
/// uncompressed image. Sensitivities are at false marks per image.
#[must_use]
pub fn localisation_csv(results: &Results) -> Vec<u8> {
    let mut sheet = Sheet::new(HEADER);
    for one in &results.localisation {
        for level in &one.levels {
            let mut line = vec![
                one.path.name().to_owned(),
                one.regime.name().to_owned(),
                level.codec.map_or_else(String::new, |codec| codec.name().to_owned()),
                optional(level.target),
                optional(level.ratio_stored),
                one.normal_images.to_string(),
                one.abnormal_images.to_string(),
                one.targets.to_string(),
            ];
            line.extend(COLUMNS.iter().map(|(.., of)| optional(of(level))));
            let rates = 0..FALSE_MARK_RATES.len();
            line.extend(rates.map(|place| optional(level.free_response.get(place).copied())));
            sheet.line(line.try_into().expect("a line has a value for each column"));
        }
    }
    sheet.bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_the_file_are_those_of_the_table() {
        let names: Vec<&str> = COLUMNS.iter().map(|(_, _, name, _)| *name).collect();
        assert_eq!(HEADER[8..18], names);
        assert_eq!(HEADER.len(), 8 + COLUMNS.len() + FALSE_MARK_RATES.len());
    }
}
