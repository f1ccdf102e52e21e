//! The crossing of the margin against the efficiency of networks: a section of the page, CSV and
//! text; fits nothing.

use maud::{Markup, html};

use crate::limit::{FARTHEST, LEAST_EFFICIENCY, LEAST_NETWORKS, LEAST_SIZES};
use crate::record::{Refusal, Results, SizeCourse, SizeResult};

use super::markup::{caption, panels, scrolling};
use super::sheet::{Sheet, optional};
use super::{plot, words};

/// The section; nothing where all networks have one size.
pub(super) fn section(results: &Results) -> Option<Markup> {
    let courses = &results.training_sizes;
    (!courses.is_empty()).then(|| {
        html! {
            p {
                "The limit belongs to the network. These were trained on originals, on a share of the \
                 training images or on all of them, with the same number of passes: the more they \
                 have seen, the more of the image\u{2019}s information they use, and the ratio at which \
                 they lose the margin moves. The line continues it to the ideal observer, efficiency 1."
            }
            (panels(&plot::efficiencies(results)))
            @for course in courses {
                @let name = words::arm_name(course.codec, course.path);
                h3 { (name) }
                (scrolling(&name, &table(course, results)))
                p { (conclusion(course)) }
            }
            p.note {
                "In brackets: two-sided " (words::confidence(results.alpha)) " % intervals. Efficiency is \
                 the squared share of the contrast (in detection of d_a) at which the ideal observer \
                 scores as much. The logarithm of the crossing is taken as a straight line over \
                 1/efficiency, weighted by both intervals of each size. No line is continued for fewer \
                 than " (LEAST_SIZES) " sizes of " (LEAST_NETWORKS) " networks, where a crossing or an \
                 efficiency has no interval, where the best networks have an efficiency below "
                (words::typed(LEAST_EFFICIENCY)) ", or where 1 is farther beyond them than "
                (words::typed(FARTHEST)) " of the range of 1/efficiency that all sizes span. The \
                 interval does not hold that the line is straight. The numbers are in \
                 training-sizes.csv."
            }
        }
    })
}

fn table(course: &SizeCourse, results: &Results) -> Markup {
    html! { table {
        (caption(&html! { "Where networks of each training size lose the margin of " (words::margin(results.margin)) }))
        thead { tr {
            th scope="col" { "training images" } th scope="col" { "networks" }
            th scope="col" { (words::short(results, &course.task)) " on originals" }
            th scope="col" { "efficiency" }
            th scope="col" { "loss reaches the margin at" }
        } }
        tbody {
            @for size in &course.sizes { tr {
                th scope="row" { (size.training_images) }
                td { (size.networks) }
                td { (score(size)) }
                td { (words::or_dash(&efficiency(size))) }
                td { (words::or_dash(&words::crossing(&size.crossing))) }
            } }
            @if let Some(ideal) = &course.ideal { tr {
                th scope="row" { "ideal" }
                td { "\u{2013}" } td { "\u{2013}" } td { "1" }
                td {
                    (words::ratio_number(ideal.ratio_stored)) " ("
                    (words::floored_number(ideal.lower)) " to " (words::ceiled_number(ideal.upper)) ")"
                }
            } }
        }
    } }
}

/// "0.45 (0.38 to 0.54)"; empty where it is unknown.
fn efficiency(size: &SizeResult) -> String {
    let Some(value) = size.efficiency else { return String::new() };
    let bound = |it: Option<f64>| it.map_or_else(|| "..".to_owned(), |it| words::fixed(it, 2));
    let (lower, upper) = (bound(size.efficiency_lower), bound(size.efficiency_upper));
    format!("{} ({lower} to {upper})", words::fixed(value, 2))
}

/// The score on originals with its bounds.
pub(super) fn score(size: &SizeResult) -> String {
    let bounds = [size.original_score_lower, size.original_score_upper];
    words::bounded(size.original_score, bounds)
}

/// The crossing at efficiency 1 in a sentence, or why there is none. Plain ASCII.
pub(super) fn conclusion(course: &SizeCourse) -> String {
    match (&course.ideal, course.refusal) {
        (Some(ideal), _) => format!(
            "Continued to the ideal observer, the loss reaches the margin at {}:1 ({} to {}).",
            words::ratio_number(ideal.ratio_stored),
            words::floored_number(ideal.lower),
            words::ceiled_number(ideal.upper)
        ),
        (None, Some(refusal)) => format!("Not continued to the ideal observer: {}.", why(refusal)),
        (None, None) => String::new(),
    }
}

fn why(refusal: Refusal) -> String {
    match refusal {
        Refusal::NoIdealObserver => "there is none of this phantom and task, so that the score on \
                                     originals alone says how good networks are"
            .to_owned(),
        Refusal::FewNetworks => {
            format!("a size has fewer than {LEAST_NETWORKS} networks, which give no interval")
        }
        Refusal::FewSizes => {
            format!("there are fewer than {LEAST_SIZES} sizes, which show no line")
        }
        Refusal::UnknownEfficiency => {
            "the efficiency of a size, or a bound of it, is unknown".to_owned()
        }
        Refusal::NoCrossing => {
            "the loss of a size, or a bound of where it reaches the margin, lies \
                                outside the tested levels"
                .to_owned()
        }
        Refusal::TooFar => format!(
            "it is too far from these networks: the best need an efficiency of {}, and 1 may lie at \
             most {} of their range of 1/efficiency beyond them",
            words::typed(LEAST_EFFICIENCY),
            words::typed(FARTHEST)
        ),
    }
}

/// For a terminal; empty where all networks have one size. Plain ASCII, at most 100 columns but for
/// conclusions, which are to be wrapped.
pub(super) fn lines(results: &Results) -> Vec<String> {
    let courses = &results.training_sizes;
    if courses.is_empty() {
        return Vec::new();
    }
    let row = |cells: [&str; 7]| {
        let [codec, path, images, networks, score, efficiency, crossing] = cells;
        format!(
            "{codec:<9}{path:<9}{images:>7}{networks:>9}  {score:<23}{efficiency:<20}{crossing}"
        )
    };
    let mut lines = vec![
        String::new(),
        "CROSSING AGAINST EFFICIENCY (networks trained on originals, by their training images)"
            .to_owned(),
        row([
            "codec",
            "path",
            "images",
            "networks",
            &results.measure().short,
            "efficiency",
            "margin reached at",
        ]),
    ];
    for course in courses {
        for size in &course.sizes {
            lines.push(row([
                course.codec.name(),
                course.path.name(),
                &size.training_images.to_string(),
                &size.networks.to_string(),
                &score(size),
                &efficiency(size),
                &words::crossing(&size.crossing),
            ]));
        }
        lines.push(conclusion(course));
    }
    lines
}

/// Columns of `training-sizes.csv`.
const HEADER: [&str; 18] = [
    "task",
    "codec",
    "path",
    "training_share",
    "training_images",
    "networks",
    "original_score",
    "original_score_lower",
    "original_score_upper",
    "efficiency",
    "efficiency_lower",
    "efficiency_upper",
    "crossing_ratio_stored",
    "crossing_lower",
    "crossing_upper",
    "slope",
    "misfit",
    "refusal",
];

/// Renders `training-sizes.csv`: one line per task, codec, path and size, then one of the ideal
/// observer, whose training share is empty and whose crossing is where the refusal is empty.
#[must_use]
pub fn sizes_csv(results: &Results) -> Vec<u8> {
    let mut sheet = Sheet::new(HEADER);
    for course in &results.training_sizes {
        let name = || {
            let (codec, path) = (course.codec.name(), course.path.name());
            [course.task.clone(), codec.to_owned(), path.to_owned()]
        };
        let nothing = String::new;
        for size in &course.sizes {
            let [task, codec, path] = name();
            sheet.line([
                task,
                codec,
                path,
                size.training_share.to_string(),
                size.training_images.to_string(),
                size.networks.to_string(),
                size.original_score.to_string(),
                size.original_score_lower.to_string(),
                size.original_score_upper.to_string(),
                optional(size.efficiency),
                optional(size.efficiency_lower),
                optional(size.efficiency_upper),
                optional(size.crossing.ratio_stored),
                optional(size.crossing.lower),
                optional(size.crossing.upper),
                nothing(),
                nothing(),
                nothing(),
            ]);
        }
        let [task, codec, path] = name();
        let ideal = course.ideal.as_ref();
        sheet.line([
            task,
            codec,
            path,
            nothing(),
            nothing(),
            nothing(),
            nothing(),
            nothing(),
            nothing(),
            "1".to_owned(),
            nothing(),
            nothing(),
            optional(ideal.map(|it| it.ratio_stored)),
            optional(ideal.map(|it| it.lower)),
            optional(ideal.map(|it| it.upper)),
            optional(ideal.map(|it| it.slope)),
            optional(ideal.map(|it| it.misfit)),
            course.refusal.map_or_else(nothing, why),
        ]);
    }
    sheet.bytes()
}
