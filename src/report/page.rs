//! The page: the answer first, then the evidence for it, then the details. Draws no plot and no
//! picture.

use maud::{Markup, html};

use crate::record::Results;

use super::content::Report;
use super::markup::{document, label, panels, scrolling};
use super::{
    answer, attention, certificate, cost, detail, efficiency, gallery, leaks, levels, limits,
    linear, localisation, networks, operating, outlining, plot, quality, reading, training,
    transfer, words,
};

/// A section: fragment, heading, in which `{score}` is the score of its task, whether each task has
/// its own, and what renders it.
struct Section {
    id: &'static str,
    name: &'static str,
    of_each_task: bool,
    render: fn(&Report<'_>) -> Option<Markup>,
}

const fn of_study(
    id: &'static str,
    name: &'static str,
    render: fn(&Report<'_>) -> Option<Markup>,
) -> Section {
    Section { id, name, of_each_task: false, render }
}

const fn of_each_task(
    id: &'static str,
    name: &'static str,
    render: fn(&Report<'_>) -> Option<Markup>,
) -> Section {
    Section { of_each_task: true, ..of_study(id, name, render) }
}

/// In order.
const SECTIONS: [Section; 21] = [
    of_each_task("limit", "The limit", |it| Some(limits::section(it.results, it.phantom.format))),
    of_each_task("curves", "{score} against ratio", |it| Some(curves_section(it.results))),
    of_each_task("levels", "Level by level", |it| Some(levels::section(it.results))),
    of_each_task("cost", "What a level costs", |it| cost::section(it.results)),
    of_each_task("operating", "Sensitivity and specificity", |it| operating::section(it.results)),
    of_study("search", "How the networks search", localisation::section),
    of_study("outlines", "What the networks outline", outlining::section),
    of_each_task("efficiency", "The limit against efficiency", |it| {
        efficiency::section(it.results)
    }),
    of_each_task("networks", "The limit and the kind of network", |it| {
        networks::section(it.results)
    }),
    of_each_task("transfer", "What a start elsewhere saves and costs", |it| {
        transfer::section(it.results)
    }),
    of_each_task("training", "What training at a level recovers", |it| {
        training::section(it.results)
    }),
    of_study("detail", "Contrast, size and compression", detail::section),
    of_study("observers", "Linear observers and the networks", |it| linear::section(it.results)),
    of_each_task("quality", "Image quality against {score}", |it| quality::section(it.results)),
    of_study("pictures", "What the networks see", |it| Some(gallery::pictures(it))),
    of_study("looks", "Where the networks look", attention::section),
    of_study("answers", "What the networks answer", |it| Some(gallery::answers(it))),
    of_study("leaks", "Leak audit", |it| leaks::section(it.results)),
    of_study("meaning", "What the limit means", |it| Some(meaning_section(it.results))),
    of_study("certificates", "Certificates", |it| {
        Some(certificate::section(it.results, it.certificates))
    }),
    of_study("made", "How it was made", |it| Some(made_section(it))),
];

/// Fragment, heading and body of every section that there is.
fn sections(report: &Report<'_>) -> Vec<(String, String, Markup)> {
    let tasks = report.results.by_task();
    let mut sections = Vec::new();
    for Section { id, name, of_each_task, render } in SECTIONS {
        if !of_each_task {
            sections.extend(render(report).map(|body| (id.to_owned(), name.to_owned(), body)));
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
            let body = render(&Report { results, ..*report });
            sections.extend(body.map(|body| (id, heading, body)));
        }
    }
    sections
}

/// The whole document.
pub(super) fn page(report: &Report<'_>) -> Markup {
    let sections = sections(report);
    let body = html! {
        a.skip href="#limit" { "To the limit" }
        header { (opening(report)) }
        nav aria-label="Sections" {
            ul { @for (id, name, _) in &sections { li { a href={ "#" (id) } { (name) } } } }
        }
        main {
            @for (id, name, body) in &sections {
                section id=(id) aria-labelledby={ (id) "-heading" } {
                    h2 id={ (id) "-heading" } { (name) }
                    (body)
                }
            }
        }
        footer { p { "phantom-limit, " (report.phantom.id) ". " (label(report.results)) } }
    };
    document(&format!("Compression limit of {}", report.phantom.id), &body)
}

/// The subject, the answer, and the study in figures.
fn opening(report: &Report<'_>) -> Markup {
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
    let facts = [
        (if is_drawn { "phantom" } else { "data set" }, phantom.id.to_owned()),
        ("image", image.join(", ")),
        ("preset", results.preset.clone()),
        ("networks per arm", words::count_span(results.arms.iter().map(|arm| arm.replicates))),
        (
            if results.measure().case == "patient" { "test patients" } else { "test images" },
            words::count_span(results.arms.iter().map(|arm| arm.images)),
        ),
        ("accepted loss", words::margin(results.margin)),
        ("one-sided error \u{3b1}", words::typed(results.alpha)),
    ];
    html! {
        p.kind { "phantom-limit: how far can this image be compressed?" }
        h1 { (phantom.title) }
        p.answer { (answer::answer(results)) }
        p { (label(results)) }
        @if results.post_hoc {
            p.note {
                "The criterion was changed after the plan had been frozen: the verdicts and \
                 limits below are not those that the study set out to test."
            }
        }
        dl.facts {
            @for (name, value) in facts { div { dt { (name) } dd { (value) } } }
            @if let Some((name, count)) = examples { div { dt { "test " (name) } dd { (count) } } }
        }
    }
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
        @let functions = plot::psychometric(results);
        @if !functions.is_empty() {
            h3 { "Psychometric functions with their data" }
            (panels(&functions))
            p.note {
                (words::capitalised(score)) " at each level with its interval, the likeliest of four functions (cumulative \
                 normal, logistic, Gumbel and reversed Gumbel over log ratio), and below it the \
                 residuals, with one margin each way in green. Upper diamond: where the loss of the \
                 function reaches the margin; lower diamond: its midpoint. Where residuals near the \
                 margin leave the green band, trust the isotonic crossing instead."
            }
        }
    }
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
        h3 { "What each preset can conclude" }
        (scrolling("Presets", &html! { table.presets {
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
        } }))
    }
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
