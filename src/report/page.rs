//! The page: the answer first, then the evidence for it, then the details, which are folded. Draws no
//! plot and no picture.

use maud::{Markup, html};

use crate::record::Results;

use super::content::Report;
use super::markup::{document, label, panels, scrolling};
use super::opening::opening;
use super::{
    answer, attention, certificate, cost, detail, efficiency, gallery, leaks, levels, limits,
    linear, localisation, networks, operating, outlining, plot, quality, reading, training,
    transfer, words,
};

/// A part of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// What was found.
    Answer,
    /// What it rests on.
    Evidence,
    /// Everything else, folded.
    Details,
}

impl Part {
    /// In order.
    const ALL: [Self; 3] = [Self::Answer, Self::Evidence, Self::Details];

    fn name(self) -> &'static str {
        match self {
            Self::Answer => "Answer",
            Self::Evidence => "Evidence",
            Self::Details => "Details",
        }
    }
}

/// A section: its part, fragment, heading, in which `{score}` is the score of its task, whether each
/// task has its own, and what renders it.
struct Section {
    part: Part,
    id: &'static str,
    name: &'static str,
    of_each_task: bool,
    render: fn(&Report<'_>) -> Option<Markup>,
}

const fn of_study(
    part: Part,
    id: &'static str,
    name: &'static str,
    render: fn(&Report<'_>) -> Option<Markup>,
) -> Section {
    Section { part, id, name, of_each_task: false, render }
}

const fn of_each_task(
    part: Part,
    id: &'static str,
    name: &'static str,
    render: fn(&Report<'_>) -> Option<Markup>,
) -> Section {
    Section { of_each_task: true, ..of_study(part, id, name, render) }
}

/// In order.
const SECTIONS: [Section; 22] = {
    use Part::{Answer, Details, Evidence};
    [
        of_each_task(Answer, "limit", "The limit", |it| {
            Some(limits::section(it.results, it.phantom.format))
        }),
        of_each_task(Evidence, "curves", "{score} against ratio", |it| {
            Some(curves_section(it.results))
        }),
        of_study(Evidence, "pictures", "What the networks see", |it| Some(gallery::pictures(it))),
        of_study(Evidence, "leaks", "Leak audit", |it| leaks::section(it.results)),
        of_study(Evidence, "meaning", "What the limit means", |it| {
            Some(meaning_section(it.results))
        }),
        of_each_task(Details, "levels", "Level by level", |it| Some(levels::section(it.results))),
        of_each_task(Details, "psychometric", "Psychometric functions", |it| {
            psychometric_section(it.results)
        }),
        of_each_task(Details, "cost", "What a level costs", |it| cost::section(it.results)),
        of_each_task(Details, "operating", "Sensitivity and specificity", |it| {
            operating::section(it.results)
        }),
        of_study(Details, "search", "How the networks search", localisation::section),
        of_study(Details, "outlines", "What the networks outline", outlining::section),
        of_each_task(Details, "efficiency", "The limit against efficiency", |it| {
            efficiency::section(it.results)
        }),
        of_each_task(Details, "networks", "The limit and the kind of network", |it| {
            networks::section(it.results)
        }),
        of_each_task(Details, "transfer", "What a start elsewhere saves and costs", |it| {
            transfer::section(it.results)
        }),
        of_each_task(Details, "training", "What training at a level recovers", |it| {
            training::section(it.results)
        }),
        of_study(Details, "detail", "Contrast, size and compression", detail::section),
        of_study(Details, "observers", "Linear observers and the networks", |it| {
            linear::section(it.results)
        }),
        of_each_task(Details, "quality", "Image quality against {score}", |it| {
            quality::section(it.results)
        }),
        of_study(Details, "looks", "Where the networks look", attention::section),
        of_study(Details, "answers", "What the networks answer", |it| Some(gallery::answers(it))),
        of_study(Details, "certificates", "Certificates", |it| {
            Some(certificate::section(it.results, it.certificates))
        }),
        of_study(Details, "made", "How it was made", |it| Some(made_section(it))),
    ]
};

/// A section that there is.
struct Rendered {
    part: Part,
    id: String,
    name: String,
    body: Markup,
}

/// Every section that there is.
fn sections(report: &Report<'_>) -> Vec<Rendered> {
    let tasks = report.results.by_task();
    let mut sections = Vec::new();
    for Section { part, id, name, of_each_task, render } in SECTIONS {
        let mut add = |id: String, name: String, body: Option<Markup>| {
            sections.extend(body.map(|body| Rendered { part, id, name, body }));
        };
        if !of_each_task {
            add(id.to_owned(), name.to_owned(), render(report));
            continue;
        }
        for (place, results) in tasks.iter().enumerate() {
            let measure = results.measure();
            let heading = words::capitalised(&name.replace("{score}", &measure.score));
            let (id, heading) = match (place, tasks.len()) {
                (_, 1) => (id.to_owned(), heading),
                (0, _) => (id.to_owned(), format!("{heading}: {}", measure.task)),
                _ => (format!("{id}-{}", measure.task), format!("{heading}: {}", measure.task)),
            };
            add(id, heading, render(&Report { results, ..*report }));
        }
    }
    sections
}

/// The whole document.
pub(super) fn page(report: &Report<'_>) -> Markup {
    let sections = sections(report);
    let of = |part| sections.iter().filter(move |it| it.part == part);
    let body = html! {
        a.skip href="#limit" { "To the limit" }
        header { (opening(report)) }
        nav aria-label="Contents" { @for part in Part::ALL {
            div {
                p { (part.name()) }
                ul { @for it in of(part) { li { a href={ "#" (it.id) } { (it.name) } } } }
            }
        } }
        main {
            @for part in [Part::Answer, Part::Evidence] { @for Rendered { id, name, body, .. } in of(part) {
                section id=(id) aria-labelledby={ (id) "-heading" } {
                    h2 id={ (id) "-heading" } { (name) }
                    (body)
                }
            } }
            p.folds {
                "The details are folded: choose a heading to open it, or its name in the contents. A \
                 print holds those that are open."
            }
            @for it in of(Part::Details) { (folded(it)) }
        }
        footer { p { "phantom-limit, " (report.phantom.id) ". " (label(report.results)) } }
    };
    document(&format!("Compression limit of {}", report.phantom.id), &body)
}

/// The fragment is inside what is folded, so that browsers unfold it for a link.
fn folded(Rendered { id, name, body, .. }: &Rendered) -> Markup {
    html! { section.folded aria-labelledby={ (id) "-heading" } { details {
        summary { h2 id={ (id) "-heading" } { (name) } }
        div id=(id) { (body) }
    } } }
}

/// The curves of one task.
pub(super) fn curves_section(results: &Results) -> Markup {
    let score = &results.measure().score;
    html! {
        p { (label(results)) }
        (panels(&plot::scores(results)))
        p.note {
            "Each panel, from top to bottom: " (score) "; loss of " (score) " against the originals, enlarged \
             around the margin; and the limit with its interval. The green band is the accepted \
             loss. Bars are two-sided " (words::confidence(results.alpha)) " % intervals of the \
             loss, drawn from the " (score) " on originals downwards. In the loss, a filled marker is a \
             pass, a hollow one inconclusive, a cross a fail, and a dot has no verdict; losses above \
             the frame are not shown. Violet bands are guidelines: the left edge reads their ratio as \
             allocated bits, the right edge as stored bits. Thin grey lines: the same codecs with \
             networks of the other training. Dash-dotted: the ideal observer on native originals, \
             which no network may exceed. Point at a marker to see its numbers."
        }
    }
}

pub(super) fn psychometric_section(results: &Results) -> Option<Markup> {
    let score = &results.measure().score;
    let functions = plot::psychometric(results);
    (!functions.is_empty()).then(|| {
        html! {
            (panels(&functions))
            p.note {
                (words::capitalised(score)) " at each level with its interval, the likeliest of four functions (cumulative \
                 normal, logistic, Gumbel and reversed Gumbel over log ratio), and below it the \
                 residuals, with one margin each way in green. Upper diamond: where the loss of the \
                 function reaches the margin; lower diamond: its midpoint. Where residuals near the \
                 margin leave the green band, trust the isotonic crossing instead."
            }
        }
    })
}

fn meaning_section(results: &Results) -> Markup {
    let margin = words::of_theirs(results.margin);
    html! {
        p { (label(results)) }
        p {
            "The limit is the harshest level of the ladder up to which networks of one recipe are \
             shown to lose less than " (margin) " (non-inferiority, one-sided error "
            (words::typed(results.alpha)) ", tested in a fixed sequence from the mildest level). "
            @for measure in &results.measures {
                (words::capitalised(&measure.task)) ": networks are asked "
                (words::question(results, measure)) ", and their score is the " (measure.score) ". "
            }
            @if let Some(why) = words::no_detection(results) { (why) }
        }
        ul {
            @if results.data.is_some() {
                li { "It concerns networks of one recipe, trained and tested on this data set. What other \
                     patients, scanners or networks would give is not known, nor is what readers see, \
                     and it recommends no setting. No ideal observer bounds what is in these images, and \
                     nothing rules out that a class can be told by more than the disease." }
            } @else {
                li { "It concerns small, known shapes in a drawn phantom. It does not concern patients, \
                     lesions or human readers, and it recommends no setting." }
            }
            li { "\u{201c}Trained on originals\u{201d} asks how robust an existing network is: its \
                 loss includes domain shift as well as lost information. \u{201c}Trained on all levels\u{201d}, \
                 the originals and every codec and level of the path, asks what a network trained for compressed images can reach." }
            li { "Codec and path are two factors: a window saturates bone and air, so that the \
                 same bytes describe the rest better. Compare codecs within a path." }
            li { "A level that does not pass has not been shown to be harmful: \
                 \u{201c}inconclusive\u{201d} calls for more images, and only \u{201c}fail\u{201d} \
                 shows a loss above the margin." }
            li { "A better network may see more in the same image; the limit belongs to the recipe." }
            li { "PSNR is shown for comparison and decides nothing." }
        }
        details {
            summary { "What each preset can conclude" }
            (scrolling("Presets", &presets(results)))
        }
    }
}

fn presets(results: &Results) -> Markup {
    html! { table.presets {
        thead { tr {
            th scope="col" { "preset" } th scope="col" { "what it is" }
            th scope="col" { "what it can show" } th scope="col" { "what it cannot show" }
        } }
        tbody { @for preset in &answer::PRESETS {
            @let current = preset.name == results.preset;
            tr.current[current] {
                th scope="row" { (preset.name) @if current { br; span.interval { "this report" } } }
                td { (preset.what) } td { (preset.can) } td { (preset.cannot) }
            }
        } }
    } }
}

fn made_section(report: &Report<'_>) -> Markup {
    let command = report.made.iter().find(|(key, _)| key == "command");
    let phantom = &report.phantom;
    let window = &phantom.window;
    html! {
        @if let Some((_, command)) = command {
            p { "This command repeats the study:" }
            pre tabindex="0" { code { (command) } }
        }
        dl.made {
            dt { "seed" } dd { (report.results.seed) }
            @if let Some(window) = window {
                dt { "display window" }
                dd {
                    "centre " (words::typed(window.center)) ", width " (words::typed(window.width))
                    " " (phantom.unit)
                }
            }
            @for (key, value) in report.made.iter().filter(|(key, _)| key != "command") {
                dt { (key) } dd { (value) }
            }
        }
        @if let Some(reading) = reading::part(report.results) {
            h3 { "What a training reads" }
            (reading)
        }
        p.note { "The numbers of this page are in results.csv and results.json next to it." }
    }
}
