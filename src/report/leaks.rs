//! The leak audit as a section of the page and as lines of text; judges nothing.

use maud::{Markup, html};

use crate::record::{Clipping, Cue, CueResult, Finding, LeakAudit, LevelCue, Question, Results};

use super::markup::{caption, scrolling};
use super::words;

/// What counts as a leak, for a page and a terminal.
const DEFINITION: &str = "A cue leaks if it predicts the class of a region although it is unrelated to shape. Which \
     shape: by area, mean value, contrast with the surround, position relative to the 8 x 8 grid of \
     blocks, or the files of the image; present or absent: by the position of the region. Values may \
     distinguish present from absent, since a target is a difference in value. Files may reveal their \
     level: networks receive decoded regions and no file.";

/// The same for a user's images.
const OF_IMAGES: &str = "Does the size of the file, the mean value, the size of the image or the scanner predict the \
     class? In patients' images this may be the disease, or how its images were made: networks may have \
     learnt either, and this audit does not tell them apart. A limit then holds for what they have \
     learnt, whatever it is.";

/// The section; nothing where there was no audit.
pub(super) fn section(results: &Results) -> Option<Markup> {
    results.leaks.as_ref().map(|audit| {
        html! {
            p { (if results.data.is_some() { OF_IMAGES } else { DEFINITION }) }
            p {
                @if audit.leaks().chain(audit.with(Finding::Predicts)).next().is_none() { (words::capitalised(&verdict(audit))) "." }
                @else { strong { (verdict(audit)) } }
            }
            @for sentence in clipping(audit) { p { (sentence) } }
            details {
                summary { "Every cue" }
                (scrolling("Cues that must not predict the class", &cue_table(audit)))
                @if !audit.levels.is_empty() {
                    (scrolling("Cues that may reveal the level", &level_table(&audit.levels)))
                }
                @if results.data.is_some() { p.note {
                    "Balanced accuracy from the cue alone, binned without regard to class: each half of the \
                     patients is predicted from the other half, by the mean over the test images of each. Chance: \
                     the central 95 % of what permuted patients give. A cue predicts the class where the p-value \
                     is at most " (scientific(audit.threshold)) ": one audit in a thousand says so by chance."
                } } @else { p.note {
                    "Balanced accuracy from the cue alone, binned without regard to class: each half of the \
                     images is predicted from the other half. Chance: the central 95 % of what permuted \
                     classes give, permuted within images since their regions share the anatomy, or among \
                     images for cues of files. A leak has a p-value of at most " (scientific(audit.threshold))
                    ": one audit in a thousand reports one by chance. Areas and positions are those of the \
                     drawn truth, values those of the uncompressed images. The contrast with the surround is \
                     the mean of the square that holds any target around the target's centre, minus the mean \
                     of the rest of the region, over the standard deviation of the rest."
                } }
            }
        }
    })
}

/// The lines of the summary.
pub(super) fn lines(results: &Results, audit: &LeakAudit) -> Vec<String> {
    let (asked, found) = match results.data {
        None => ("a cue other than shape", "leak"),
        Some(_) => ("a cue beside the image", "predicts"),
    };
    let mut lines = vec![format!(
        "LEAK AUDIT (does {asked} predict the class? {found}: p at most {})",
        scientific(audit.threshold)
    )];
    let row = |cells: [&str; 4]| {
        let [cue, accuracy, chance, p] = cells;
        format!("{cue:<58}{accuracy:<10}{chance:<16}{p}")
    };
    lines.push(row(["cue", "accuracy", "95 % by chance", "p"]));
    for cue in &audit.cues {
        let chance = format!(
            "{} to {}",
            words::fixed(cue.chance_lower, 3),
            words::fixed(cue.chance_upper, 3)
        );
        let finding = match cue.finding {
            Finding::Chance => "",
            Finding::Clipping => " CLIPPING",
            Finding::Predicts => " PREDICTS",
            Finding::Leak => " LEAK",
        };
        let p = format!("{}{finding}", scientific(cue.p_value));
        let name = format!("{}: {}", question(cue), cue_name(cue));
        lines.push(row([&name, &words::fixed(cue.accuracy, 3), &chance, &p]));
    }
    lines.push(verdict(audit));
    lines.extend(clipping(audit));
    lines
}

/// The audit in one sentence.
pub(super) fn verdict(audit: &LeakAudit) -> String {
    let leaks = predicted(audit, Finding::Leak);
    if !leaks.is_empty() {
        format!("the class leaks: {} can be predicted", words::listed(&leaks))
    } else if audit.with(Finding::Predicts).next().is_some() {
        let cues = predicted(audit, Finding::Predicts);
        format!(
            "the disease or how images were made: {} can be predicted without a look at them",
            words::listed(&cues)
        )
    } else if audit.with(Finding::Clipping).next().is_some() {
        "no cue but clipping predicts the class".to_owned()
    } else {
        "no cue predicts the class".to_owned()
    }
}

/// Questions with the cues of a finding.
fn predicted(audit: &LeakAudit, finding: Finding) -> Vec<String> {
    audit.with(finding).map(|cue| format!("{} by {}", question(cue), cue_name(cue))).collect()
}

/// What the window clips, and what that explains; nothing without a windowed path.
fn clipping(audit: &LeakAudit) -> Vec<String> {
    let Some(Clipping { targets, of_pixels, of_targets, explains }) = audit.clipping else {
        return Vec::new();
    };
    let percent = |share: f64| format!("{} %", words::fixed(100.0 * share, 1));
    let mut said = vec![format!(
        "The window clips {} of the pixels of {targets} targets, and at least half of the pixels of \
         {} of them.",
        percent(of_pixels),
        percent(of_targets)
    )];
    let by_clipping = predicted(audit, Finding::Clipping);
    if !by_clipping.is_empty() {
        said.push(format!(
            "Clipping, no leak: {} can be predicted. The acquired values reveal nothing, and a window \
             that clips {} of the pixels or more takes more contrast from some shapes than from others.",
            words::listed(&by_clipping),
            percent(explains)
        ));
    }
    said
}

fn question(cue: &CueResult) -> &'static str {
    match cue.question {
        Question::Shape => "which shape",
        Question::Presence => "present or absent",
        Question::Detection => "lesion or none",
        Question::Class => "which class",
    }
}

fn cue_name(cue: &CueResult) -> String {
    let name = match cue.cue {
        Cue::Area => "area of the target",
        Cue::MeanValue if cue.path.is_none() => "mean value of the image",
        Cue::MeanValue => "mean value of the region",
        Cue::TargetOnGrid => "position of the target in its block",
        Cue::RegionOnGrid => "position of the region in its block",
        Cue::FileSize if cue.codec.is_none() => "size of the original file",
        Cue::FileSize => "size of the files",
        Cue::Scanner => "scanner",
        Cue::ImageSize => "pixels of the image",
        Cue::Tables => "quantisation tables",
        Cue::LocalContrast => "contrast with the surround",
    };
    let mut said = vec![name.to_owned()];
    said.extend(cue.codec.map(|codec| codec.title().to_owned()));
    said.extend(cue.path.map(|path| path.name().to_owned()));
    said.join(", ")
}

/// Two significant digits where a number is small.
fn scientific(value: f64) -> String {
    if value < 0.001 { format!("{value:.1e}") } else { words::fixed(value, 3) }
}

fn cue_table(audit: &LeakAudit) -> Markup {
    html! { table {
        (caption(&html! { "Whether a cue other than shape predicts the class, on " (audit.images)
            " test images" }))
        thead { tr {
            th scope="col" { "question" } th scope="col" { "cue" } th scope="col" { "regions" }
            th scope="col" { "accuracy" } th scope="col" { "95 % by chance" }
            th scope="col" { "p" } th scope="col" { "verdict" }
        } }
        tbody { @for cue in &audit.cues { tr {
            td { (question(cue)) } th scope="row" { (cue_name(cue)) } td { (cue.regions) }
            td { (words::fixed(cue.accuracy, 3)) }
            td.nowrap { (words::fixed(cue.chance_lower, 3)) " to " (words::fixed(cue.chance_upper, 3)) }
            td { (scientific(cue.p_value)) }
            @let (class, said) = match cue.finding {
                Finding::Chance => ("verdict pass", "\u{2713} none"),
                Finding::Clipping => ("verdict open", "clipping"),
                Finding::Predicts => ("verdict open", "predicts"),
                Finding::Leak => ("verdict fail", "\u{2715} leak"),
            };
            td class=(class) { (said) }
        } } }
    } }
}

fn level_table(levels: &[LevelCue]) -> Markup {
    html! { table {
        (caption(&html! { "How well files reveal their level, which is no leak" }))
        thead { tr {
            th scope="col" { "codec, path" } th scope="col" { "cue" }
            th scope="col" { "levels" } th scope="col" { "accuracy" }
        } }
        tbody { @for level in levels { tr {
            th scope="row" { (level.codec.title()) ", " (level.path.name()) }
            td { (if level.cue == Cue::Tables { "quantisation tables" } else { "file size" }) }
            td { (level.levels) }
            td { (words::fixed(level.accuracy, 3)) }
        } } }
    } }
}
