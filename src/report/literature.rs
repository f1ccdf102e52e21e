//! Replications of published studies, as text and as a page: one study after the other, and how many
//! agree.

use maud::{Markup, html};

use crate::record::{Agreement, ReplicationResult};

use super::ink::{Ink, Tone};
use super::markup::{caption, document, scrolling};
use super::text::wrapped_to;
use super::words;

/// Columns of text.
const WIDTH: usize = 78;

fn tone(agreement: Agreement) -> Tone {
    match agreement {
        Agreement::Agrees => Tone::Safe,
        Agreement::Disagrees => Tone::Lost,
        Agreement::InPart | Agreement::Undecided | Agreement::CannotBeAsked => Tone::Open,
    }
}

/// How many of the replications agree with what was published.
fn tally(replications: &[ReplicationResult], of: usize) -> String {
    let count = |which: Agreement| replications.iter().filter(|it| it.agreement == which).count();
    let mut parts: Vec<String> = (Agreement::ALL.into_iter())
        .filter(|&which| count(which) > 0)
        .map(|which| format!("{} {}", count(which), which.words()))
        .collect();
    if replications.len() < of {
        parts.push(format!("{} not run yet", of - replications.len()));
    }
    format!(
        "literature in kind: {} of {of}; {}",
        count(Agreement::Agrees) + count(Agreement::InPart),
        words::listed(&parts)
    )
}

/// A replication as text.
#[must_use]
pub fn replication_text(one: &ReplicationResult, ink: Ink) -> String {
    let mut text =
        format!("{}: {}\n", one.name, ink.paint(tone(one.agreement), one.agreement.words()));
    let mut put = |name: &str, said: &str| {
        for (number, line) in wrapped_to(said, WIDTH - 12).into_iter().enumerate() {
            let name = if number == 0 { name } else { "" };
            text += &format!("  {name:<10}{line}\n");
        }
    };
    put("published", &one.finding);
    if let Some(cannot) = &one.cannot {
        put("here", cannot);
        return text;
    }
    put("differs", &one.differs);
    for claim in &one.claims {
        put("claim", &claim.claim);
        put("found", &format!("{}: {}", claim.agreement.words(), claim.found));
    }
    text
}

/// The table of all that were run, of `of` that the program knows.
#[must_use]
pub fn literature_text(replications: &[ReplicationResult], of: usize, ink: Ink) -> String {
    let mut text = String::new();
    for one in replications {
        let said = ink.paint(tone(one.agreement), one.agreement.words());
        text += &format!("  {:<24}{said}\n", one.name);
    }
    for line in wrapped_to(&tally(replications, of), WIDTH) {
        text += &format!("{line}\n");
    }
    text
}

/// One self-contained HTML file that loads nothing: a summary, and a page for each study.
#[must_use]
pub fn literature_page(replications: &[ReplicationResult], of: usize) -> String {
    let body = html! {
        header {
            p.kind { "phantom-limit: published studies, asked again" }
            h1 { "Literature in kind" }
            p { (words::capitalised(&tally(replications, of))) "." }
            p { span.label { (words::label_of(false, None, Default::default())) } }
        }
        main {
            section aria-labelledby="summary" {
                h2 id="summary" { "Summary" }
                (scrolling("Summary", &summary(replications)))
                p {
                    "Agrees: every claim was shown by the rule that stood in the study's file before \
                     it was run. Disagrees: none was, and the opposite of one at least. Not decided: \
                     neither; a larger preset may decide."
                }
            }
            @for one in replications {
                section aria-labelledby=(one.name) style="break-before: page" {
                    (study(one))
                }
            }
        }
    };
    document("Literature in kind", &body).into_string()
}

fn summary(replications: &[ReplicationResult]) -> Markup {
    html! { table.limits {
        (caption(&html! { "What was published, and whether it was found here" }))
        thead { tr {
            th scope="col" { "study" } th scope="col" { "published" } th scope="col" { "here" }
        } }
        tbody { @for one in replications { tr {
            th scope="row" { a href={ "#" (one.name) } { (one.name) } }
            td { (one.finding) }
            td { strong { (one.agreement.words()) } }
        } } }
    } }
}

fn study(one: &ReplicationResult) -> Markup {
    html! {
        h2 id=(one.name) { (one.name) ": " (one.agreement.words()) }
        p { (one.citation) }
        p { strong { "Published. " } (one.finding) }
        @if let Some(cannot) = &one.cannot {
            p { strong { "Cannot be asked here. " } (cannot) }
        } @else {
            p { strong { "The same here. " } (one.same) }
            p { strong { "Different here. " } (one.differs) }
            (scrolling("Claims", &claims(one)))
            ul { @for run in &one.runs { li {
                "Run " a href={ (run.directory) "/report.html" } { (run.name) } ": phantom "
                (run.phantom) ", preset " (one.preset) "; results.json has SHA-256 "
                code { (run.results_sha256) } "."
            } } }
        }
    }
}

fn claims(one: &ReplicationResult) -> Markup {
    html! { table.limits {
        (caption(&html! { "Claims of " (one.name) }))
        thead { tr {
            th scope="col" { "claim" } th scope="col" { "shown where" }
            th scope="col" { "found" } th scope="col" { "" }
        } }
        tbody { @for claim in &one.claims { tr {
            th scope="row" { (claim.claim) }
            td { (claim.rule) }
            td { (claim.found) }
            td { strong { (claim.agreement.words()) } }
        } } }
    } }
}
