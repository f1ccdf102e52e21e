//! How limits depend on the kind of network: a section of the page, CSV and text; compares nothing
//! but what is stated.

use maud::{Markup, html};

use crate::record::{NetworkCourse, NetworkLimit, Results};

use super::markup::{caption, scrolling};
use super::sheet::{Sheet, optional};
use super::words;

/// The section; nothing where there is one kind.
pub(super) fn section(results: &Results) -> Option<Markup> {
    let courses = &results.networks;
    (!courses.is_empty()).then(|| {
        html! {
            p {
                "A limit belongs to the networks that it was found with. These kinds were trained on \
                 the same images with the same recipe. Kinds are chosen, not drawn: the range over \
                 them is stated, and nothing is pooled."
            }
            @for course in courses {
                @let name = name(course);
                h3 { (name) }
                (scrolling(&name, &table(course, results)))
                p { (conclusion(course)) }
            }
            p.note {
                "In brackets: two-sided " (words::confidence(results.alpha)) " % intervals. The numbers \
                 are in networks.csv."
            }
        }
    })
}

fn name(course: &NetworkCourse) -> String {
    let arm = words::arm_name(course.codec, course.path);
    format!("{arm}, trained on {}", words::trained_on(course.regime))
}

fn table(course: &NetworkCourse, results: &Results) -> Markup {
    let short = words::short(results, &course.task);
    html! { table {
        (caption(&html! { "Limits by kind of network" }))
        thead { tr {
            th scope="col" { "network" } th scope="col" { "parameters" }
            th scope="col" { "multiply-adds" } th scope="col" { (short) " on originals" }
            th scope="col" { "loss reaches the margin at" } th scope="col" { "safe up to" }
        } }
        tbody { @for limit in &course.limits { tr {
            th scope="row" { (limit.network) }
            td { (limit.parameters) }
            td { (words::fixed(limit.multiply_adds as f64 / 1e6, 1)) " M" }
            td { (score(limit)) }
            td { (words::or_dash(&words::crossing(&limit.limit.crossing))) }
            td { (words::limit(&limit.limit).safe) }
        } } }
    } }
}

fn score(limit: &NetworkLimit) -> String {
    let bounds = [limit.original_score_lower, limit.original_score_upper];
    words::bounded(limit.original_score, bounds)
}

/// The range over kinds in a sentence. Plain ASCII.
fn conclusion(course: &NetworkCourse) -> String {
    let all = course.limits.len();
    match course.range() {
        Some((low, high, known)) if known > 1 => format!(
            "{known} of {all} kinds reach the margin within the tested ratios, at {}:1 to {}:1.",
            words::ratio_number(low),
            words::ratio_number(high)
        ),
        Some((only, _, _)) => format!(
            "One of {all} kinds reaches the margin within the tested ratios, at {}:1.",
            words::ratio_number(only)
        ),
        None => format!("None of {all} kinds reaches the margin within the tested ratios."),
    }
}

/// For a terminal; empty where there is one kind. Plain ASCII, at most 100 columns.
pub(super) fn lines(results: &Results) -> Vec<String> {
    if results.networks.is_empty() {
        return Vec::new();
    }
    let row = |cells: [&str; 6]| {
        let [network, parameters, cost, score, crossing, safe] = cells;
        format!("{network:<16}{parameters:>11}{cost:>9}  {score:<23}{crossing:<20}{safe}")
    };
    let short = &results.measure().short;
    let mut lines = vec![String::new(), "LIMIT BY KIND OF NETWORK".to_owned()];
    for course in &results.networks {
        lines.push(format!(
            "{}, {}, trained on {}",
            course.codec.title(),
            course.path.name(),
            words::trained_on(course.regime)
        ));
        lines.push(row(["network", "parameters", "M mult.", short, "margin at", "safe up to"]));
        for limit in &course.limits {
            lines.push(row([
                limit.network.as_str(),
                &limit.parameters.to_string(),
                &words::fixed(limit.multiply_adds as f64 / 1e6, 1),
                &score(limit),
                &words::crossing(&limit.limit.crossing),
                &words::limit(&limit.limit).safe,
            ]));
        }
        lines.push(conclusion(course));
    }
    lines
}

/// Columns of `networks.csv`.
const HEADER: [&str; 14] = [
    "task",
    "codec",
    "path",
    "regime",
    "network",
    "parameters",
    "multiply_adds",
    "networks",
    "original_score",
    "original_score_lower",
    "original_score_upper",
    "crossing_ratio_stored",
    "crossing_lower",
    "crossing_upper",
];

/// Renders `networks.csv`: one line per task, codec, path, regime and kind of network.
#[must_use]
pub fn networks_csv(results: &Results) -> Vec<u8> {
    let mut sheet = Sheet::new(HEADER);
    for course in &results.networks {
        for it in &course.limits {
            sheet.line([
                course.task.clone(),
                course.codec.name().to_owned(),
                course.path.name().to_owned(),
                course.regime.name().to_owned(),
                it.network.to_string(),
                it.parameters.to_string(),
                it.multiply_adds.to_string(),
                it.networks.to_string(),
                it.original_score.to_string(),
                it.original_score_lower.to_string(),
                it.original_score_upper.to_string(),
                optional(it.limit.crossing.ratio_stored),
                optional(it.limit.crossing.lower),
                optional(it.limit.crossing.upper),
            ]);
        }
    }
    sheet.bytes()
}
