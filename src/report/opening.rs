//! The first screen of the page: what was asked, of what, and the answer; finds nothing.

use maud::{Markup, html};

use crate::record::{ArmResult, LimitKind, Regime, Results};

use super::content::Report;
use super::markup::{label, scrolling};
use super::{answer, brief, limits, picture, words};

/// Key of [`Report::made`] with the day on which the run was begun.
const BEGUN: &str = "begun";

/// Subject, question, picture, answer, and the study in figures.
pub(super) fn opening(report: &Report<'_>) -> Markup {
    let results = report.results;
    html! {
        p.kind { "phantom-limit: how far can this image be compressed?" }
        h1 { (report.phantom.title) }
        div.opening {
            p.question { (question(results)) }
            (subject(report))
            div.answered {
                (answered(results))
                p { (label(results)) }
            }
        }
        @if results.post_hoc {
            p.note {
                "The criterion was changed after the plan had been frozen: the verdicts and \
                 limits below are not those that the study set out to test."
            }
        }
        (facts(report))
    }
}

/// What the study asks, with what its networks are asked.
fn question(results: &Results) -> String {
    let several = results.measures.len() > 1;
    let asked: Vec<String> = (results.measures.iter())
        .map(|measure| {
            let task = if several { format!(" ({})", measure.task) } else { String::new() };
            format!("{}{task}", words::question(results, measure))
        })
        .collect();
    format!(
        "Up to which ratio do networks lose less than {} when they are asked {}?",
        words::of_theirs(results.margin),
        words::listed(&asked)
    )
}

/// A test image, where the run stored one.
fn subject(report: &Report<'_>) -> Markup {
    let example = &report.figures.example;
    let size = [example.rows, example.columns];
    let window = report.phantom.window.map(|window| {
        let [center, width] = [window.center, window.width].map(words::typed);
        format!(
            ", through the display window (centre {center}, width {width} {})",
            report.phantom.unit
        )
    });
    html! { @if let Some(uri) = picture::grey_values(&example.display, size) {
        figure.subject {
            img src=(uri) width=(example.columns) height=(example.rows)
                alt={ "A test image of " (report.phantom.title) };
            figcaption { "One of the test images" (window.unwrap_or_default()) }
        }
    } }
}

/// The answer as a table where there is a limit, else in sentences.
fn answered(results: &Results) -> Markup {
    let arms: Vec<&ArmResult> = words::lossy(results).collect();
    if arms.iter().all(|arm| arm.limit.kind == LimitKind::None) {
        return html! { p.answer { (answer::answer(results)) } };
    }
    let regimes: Vec<Regime> = Regime::ALL
        .into_iter()
        .filter(|&regime| arms.iter().any(|arm| arm.regime == regime))
        .collect();
    let several = results.measures.len() > 1;
    let table = html! { table.answers {
        caption {
            "Safe up to, and in brackets where the loss reaches " (words::margin(results.margin))
            ": ratios of stored bits"
        }
        thead { tr {
            th scope="col" { @if several { "task, " } "path and codec" }
            @for &regime in &regimes {
                th scope="col" { "trained on " (words::trained_on(regime)) }
            }
        } }
        tbody { @for (of, row) in brief::rows(&arms) { tr {
            th scope="row" {
                @if several { (of.task) ", " }
                (of.path.name()) " " (of.codec.title())
            }
            @for &regime in &regimes {
                @match row.iter().find(|arm| arm.regime == regime) {
                    None => td {},
                    Some(arm) => td class=(limits::kind_class(arm.in_family().kind)) {
                        @let (said, at) = brief::cell(arm);
                        strong { (said) }
                        @if let Some(at) = at { " " span.interval { "(" (at) ")" } }
                    },
                }
            }
        } } }
    } };
    html! {
        (scrolling("The answer", &table))
        p.note { (brief::held(results, &arms).join(" ")) }
    }
}

/// The study in figures.
fn facts(report: &Report<'_>) -> Markup {
    let (results, phantom) = (report.results, &report.phantom);
    let (stored, allocated) = (phantom.format.bits_stored, phantom.format.bits_allocated);
    let examples = results.by_task().first().and_then(words::examples);
    let mut image = vec![format!("{stored} bits in {allocated}")];
    if let Some(spacing) = phantom.pixel_spacing_mm {
        image.insert(0, format!("{} mm", words::typed(spacing)));
    }
    if let Some([rows, columns]) = phantom.size {
        image.insert(0, format!("{rows} \u{d7} {columns}"));
    }
    let is_drawn = results.data.is_none();
    let of_patients = results.measure().case == "patient";
    let mut facts = vec![
        (if is_drawn { "phantom" } else { "data set" }, phantom.id.to_owned()),
        ("image", image.join(", ")),
        ("preset", results.preset.clone()),
        ("networks per arm", words::count_span(results.arms.iter().map(|arm| arm.replicates))),
        (
            if of_patients { "test patients" } else { "test images" },
            words::count_span(results.arms.iter().map(|arm| arm.images)),
        ),
        ("accepted loss", words::margin(results.margin)),
        ("one-sided error \u{3b1}", words::typed(results.alpha)),
    ];
    if let Some((_, day)) = report.made.iter().find(|(key, _)| key == BEGUN) {
        facts.push(("begun on", day.clone()));
    }
    html! {
        dl.facts {
            @for (name, value) in facts { div { dt { (name) } dd { (value) } } }
            @if let Some((name, count)) = examples { div { dt { "test " (name) } dd { (count) } } }
        }
    }
}
