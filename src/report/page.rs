//! The page: the answer first, then the evidence for it, then the details. Draws no plot and no
//! picture.

use maud::{Markup, html};

use crate::record::Results;

use super::content::Report;
use super::markup::{document, label, panels, scrolling};
use super::{
    answer, attention, certificate, detail, gallery, leaks, levels, limits, linear, plot, quality,
    reading, training, words,
};

/// Sections in order: fragment and heading, in which `{score}` is the score of the study's task.
const SECTIONS: [(&str, &str); 14] = [
    ("limit", "The limit"),
    ("curves", "{score} against ratio"),
    ("levels", "Level by level"),
    ("training", "What training at a level recovers"),
    ("detail", "Contrast, size and compression"),
    ("observers", "Linear observers and the networks"),
    ("quality", "Image quality against {score}"),
    ("pictures", "What the networks see"),
    ("looks", "Where the networks look"),
    ("answers", "What the networks answer"),
    ("leaks", "Leak audit"),
    ("meaning", "What the limit means"),
    ("certificates", "Certificates"),
    ("made", "How it was made"),
];

/// The whole document.
pub(super) fn page(report: &Report<'_>) -> Markup {
    let bodies = [
        Some(limits::section(report)),
        Some(curves_section(report)),
        Some(levels::section(report.results)),
        training::section(report.results),
        detail::section(report),
        linear::section(report.results),
        quality::section(report.results),
        Some(gallery::pictures(report)),
        attention::section(report),
        Some(gallery::answers(report)),
        leaks::section(report.results),
        Some(meaning_section(report.results)),
        Some(certificate::section(report)),
        Some(made_section(report)),
    ];
    let heading =
        |name: &str| words::capitalised(&name.replace("{score}", &report.results.measure.score));
    let sections: Vec<(&str, String, &Markup)> = SECTIONS
        .iter()
        .zip(&bodies)
        .filter_map(|(&(id, name), body)| Some((id, heading(name), body.as_ref()?)))
        .collect();
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
    let examples = words::examples(results);
    let facts = [
        ("phantom", phantom.id.to_owned()),
        (
            "image",
            format!(
                "{} \u{d7} {}, {} mm, {stored} bits in {allocated}",
                phantom.rows,
                phantom.columns,
                words::typed(phantom.pixel_spacing_mm)
            ),
        ),
        ("preset", results.preset.clone()),
        ("networks per arm", words::count_span(results.arms.iter().map(|arm| arm.replicates))),
        ("test images", words::count_span(results.arms.iter().map(|arm| arm.images))),
        ("accepted loss", words::typed(results.margin)),
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

fn curves_section(report: &Report<'_>) -> Markup {
    let results = report.results;
    let score = &results.measure.score;
    html! {
        p { (label(results)) }
        (panels(&plot::scores(results, report.figures.classes.len())))
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
        @let areas = plot::further(results);
        @if !areas.is_empty() {
            h3 { "Is anything there? Area under the ROC curve against ratio" }
            (panels(&areas))
            p.note {
                "The second task, from the same ratings: any shape against none. 0.5 is chance. Loss, \
                 margin and sequence are as above."
            }
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
    let margin = words::typed(results.margin);
    html! {
        p { (label(results)) }
        p {
            "The limit is the harshest level of the ladder up to which networks of one recipe, \
             asked which shape a region of this phantom contains, are shown to lose less than "
            (margin) " of their " (results.measure.score) " (non-inferiority, one-sided error "
            (words::typed(results.alpha)) ", tested in a fixed sequence from the mildest level)."
        }
        ul {
            li { "It concerns small, known shapes in a drawn phantom. It does not concern patients, \
                 lesions or human readers, and it recommends no setting." }
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
            dt { "display window" }
            dd {
                "centre " (words::typed(window.center)) ", width " (words::typed(window.width))
                " " (phantom.unit)
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
