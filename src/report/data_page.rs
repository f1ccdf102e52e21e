//! The page about a user's own images and networks: what results alone can show; draws no plot.

use maud::{Markup, html};

use crate::record::{Readers, Results};

use super::content::DataReport;
use super::markup::{document, label};
use super::{answer, certificate, cost, levels, limits, operating, page, words};

/// Fragment, heading and body of every section that there is.
fn sections(report: &DataReport<'_>) -> Vec<(String, String, Markup)> {
    let mut found = Vec::new();
    let tasks = report.results.by_task();
    for results in &tasks {
        let (measure, one) = (results.measure(), tasks.len() == 1);
        let mut add = |id: &str, name: &str, body: Option<Markup>| {
            let name = words::capitalised(&name.replace("{score}", &measure.score));
            found.extend(body.map(|body| {
                if one {
                    (id.to_owned(), name, body)
                } else {
                    (format!("{id}-{}", measure.task), format!("{name}: {}", measure.task), body)
                }
            }));
        };
        add("limit", "The limit", Some(limits::section(results, report.format)));
        add("curves", "{score} against ratio", Some(page::curves_section(results)));
        add("psychometric", "Psychometric functions", page::psychometric_section(results));
        add("levels", "Level by level", Some(levels::section(results)));
        add("cost", "What a level costs", cost::section(results));
        add("operating", "Sensitivity and specificity", operating::section(results));
    }
    let mut add = |id: &str, name: &str, body| found.push((id.to_owned(), name.to_owned(), body));
    add("meaning", "What the limit means", meaning(report.results));
    add("certificates", "Certificates", certificate::section(report.results, report.certificates));
    add("made", "How it was made", made(report));
    found
}

/// The whole document.
pub(super) fn page(report: &DataReport<'_>) -> Markup {
    let (sections, results) = (sections(report), report.results);
    let body = html! {
        a.skip href="#limit" { "To the limit" }
        header { (opening(report)) }
        nav aria-label="Contents" { div {
            p { "Contents" }
            ul { @for (id, name, _) in &sections { li { a href={ "#" (id) } { (name) } } } }
        } }
        main {
            @for (id, name, body) in &sections {
                section id=(id) aria-labelledby={ (id) "-heading" } {
                    h2 id={ (id) "-heading" } { (name) }
                    (body)
                }
            }
        }
        footer { p { "phantom-limit, " (results.phantom) ". " (label(results)) } }
    };
    document(&format!("Compression limit of {}", results.phantom), &body)
}

/// The subject, the answer, and the study in figures.
fn opening(report: &DataReport<'_>) -> Markup {
    let results = report.results;
    let facts = [
        ("data set", results.phantom.clone()),
        ("bits", format!("{} in {}", report.format.bits_stored, report.format.bits_allocated)),
        ("networks", words::count_span(results.arms.iter().map(|arm| arm.replicates))),
        ("cases", words::count_span(results.arms.iter().map(|arm| arm.images))),
        ("images", results.data.as_ref().map_or_else(String::new, |data| data.images.to_string())),
        ("accepted loss", words::margin(results.margin)),
        ("one-sided error \u{3b1}", words::typed(results.alpha)),
    ];
    html! {
        p.kind { "phantom-limit: how far can these images be compressed?" }
        h1 { (words::capitalised(report.title)) }
        p.answer { (answer::answer(results)) }
        p { (label(results)) }
        dl.facts { @for (name, value) in facts { div { dt { (name) } dd { (value) } } } }
    }
}

fn meaning(results: &Results) -> Markup {
    let fixed = results.data.as_ref().is_some_and(|data| data.readers == Readers::Fixed);
    html! {
        p { (label(results)) }
        p {
            "The limit is the harshest level of the ladder up to which these networks are shown to \
             lose less than " (words::of_theirs(results.margin)) " on this data set \
             (non-inferiority, one-sided error " (words::typed(results.alpha)) ", tested in a fixed \
             sequence from the mildest level). The loss is paired: every level is compared with the \
             originals of the same patients."
        }
        ul {
            @if fixed {
                li { "Networks stand for themselves: intervals are over patients alone, and the limit \
                     says nothing of a network that is trained again." }
            } @else {
                li { "Networks stand for all that are trained like them: intervals are over networks \
                     and patients." }
            }
            li { "It holds for patients like those of the data set. Who is not in it is not spoken of, \
                 and it recommends no setting." }
            li { "What is true of an image is what its label says. There is no ceiling: nobody knows \
                 how much these images show at best." }
            li { "The networks were not trained on compressed images, unless their owner did so: the \
                 loss includes domain shift as well as lost information." }
            li { "A level that does not pass has not been shown to be harmful: \
                 \u{201c}inconclusive\u{201d} calls for more patients, and only \u{201c}fail\u{201d} \
                 shows a loss above the margin." }
        }
    }
}

fn made(report: &DataReport<'_>) -> Markup {
    html! {
        dl.made { @for (key, value) in report.made { dt { (key) } dd { (value) } } }
        p.note {
            "The numbers of this page are in results.csv and results.json next to it, and every answer \
             in answers.csv: phantom-limit limit --answers answers.csv --bits-stored "
            (report.format.bits_stored) " derives the same limit."
        }
    }
}
