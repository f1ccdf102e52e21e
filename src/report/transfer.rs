//! What a start elsewhere saves and costs: a section of the page, CSV and text; derives nothing.

use maud::{Markup, html};

use crate::record::{Results, TransferCourse};

use super::efficiency::score;
use super::markup::{caption, scrolling};
use super::sheet::{Sheet, optional};
use super::words;

/// The section; nothing without a start elsewhere.
pub(super) fn section(results: &Results) -> Option<Markup> {
    let courses = &results.transfer;
    let first = courses.first()?;
    Some(html! {
        p { (introduction(first)) }
        @for course in courses {
            @let name = words::arm_name(course.codec, course.path);
            h3 { (name) }
            (scrolling(&name, &table(course, results)))
        }
        p.note {
            "In brackets: two-sided " (words::confidence(results.alpha)) " % intervals. Time for \
             training is in proportion to images times passes. The numbers are in transfer.csv."
        }
    })
}

/// What was compared. Plain ASCII.
fn introduction(course: &TransferCourse) -> String {
    let frozen = match course.freeze {
        0 => "all layers went on learning".to_owned(),
        1 => "the first layer with weights kept its values".to_owned(),
        many => format!("the first {many} layers with weights kept their values"),
    };
    format!(
        "Networks that start from those of {} and see the training images in {} passes ({frozen}), \
         beside networks from random weights that see them in {}.",
        course.start, course.transferred_passes, course.scratch_passes
    )
}

fn table(course: &TransferCourse, results: &Results) -> Markup {
    let short = words::short(results, &course.task);
    html! { table {
        (caption(&html! { "From scratch and transferred, by training images" }))
        thead { tr {
            th scope="col" { "training images" }
            th scope="col" { (short) " from scratch" } th scope="col" { (short) " transferred" }
            th scope="col" { "margin at, from scratch" } th scope="col" { "margin at, transferred" }
        } }
        tbody { @for size in &course.sizes { tr {
            th scope="row" { (size.scratch.training_images) }
            td { (score(&size.scratch)) } td { (score(&size.transferred)) }
            td { (words::or_dash(&words::crossing(&size.scratch.crossing))) }
            td { (words::or_dash(&words::crossing(&size.transferred.crossing))) }
        } } }
    } }
}

/// For a terminal; empty without a start elsewhere. Plain ASCII, at most 100 columns but for the
/// introduction, which is to be wrapped.
pub(super) fn lines(results: &Results) -> Vec<String> {
    let Some(first) = results.transfer.first() else { return Vec::new() };
    let row = |cells: [&str; 7]| {
        let [codec, path, images, scratch, transferred, before, after] = cells;
        format!("{codec:<9}{path:<9}{images:>7}  {scratch:<13}{transferred:<13}{before:<22}{after}")
    };
    let short = &results.measure().short;
    let mut lines = vec![
        String::new(),
        "TRANSFER (from scratch, then transferred)".to_owned(),
        introduction(first),
        row(["codec", "path", "images", short, short, "margin reached at", "margin reached at"]),
    ];
    for course in &results.transfer {
        for size in &course.sizes {
            lines.push(row([
                course.codec.name(),
                course.path.name(),
                &size.scratch.training_images.to_string(),
                &words::fixed(size.scratch.original_score, 3),
                &words::fixed(size.transferred.original_score, 3),
                &words::crossing(&size.scratch.crossing),
                &words::crossing(&size.transferred.crossing),
            ]));
        }
    }
    lines
}

/// Columns of `transfer.csv`.
const HEADER: [&str; 16] = [
    "task",
    "codec",
    "path",
    "regime",
    "start",
    "freeze",
    "passes",
    "training_share",
    "training_images",
    "networks",
    "original_score",
    "original_score_lower",
    "original_score_upper",
    "crossing_ratio_stored",
    "crossing_lower",
    "crossing_upper",
];

/// Renders `transfer.csv`: one line per task, codec, path, number of training images and regime.
#[must_use]
pub fn transfer_csv(results: &Results) -> Vec<u8> {
    let mut sheet = Sheet::new(HEADER);
    for course in &results.transfer {
        for size in &course.sizes {
            let both = [
                ("original", course.scratch_passes, &size.scratch),
                ("transferred", course.transferred_passes, &size.transferred),
            ];
            for (regime, passes, one) in both {
                let is_started = regime == "transferred";
                sheet.line([
                    course.task.clone(),
                    course.codec.name().to_owned(),
                    course.path.name().to_owned(),
                    regime.to_owned(),
                    if is_started { course.start.clone() } else { String::new() },
                    if is_started { course.freeze.to_string() } else { String::new() },
                    passes.to_string(),
                    one.training_share.to_string(),
                    one.training_images.to_string(),
                    one.networks.to_string(),
                    one.original_score.to_string(),
                    one.original_score_lower.to_string(),
                    one.original_score_upper.to_string(),
                    optional(one.crossing.ratio_stored),
                    optional(one.crossing.lower),
                    optional(one.crossing.upper),
                ]);
            }
        }
    }
    sheet.bytes()
}
