//! The decision on one setting of an archive: text of at most 60 columns, and a sheet of paper.

use maud::{Markup, html};

use crate::record::{DecidedArm, Decision, InputPath, Readers, Shown};
use crate::units::CompressionRatio;

use super::ink::{Ink, Tone};
use super::markup::document;
use super::{text, words};

/// Who decides, and on what machine: what the sheet states beside results.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SheetHead {
    /// Day of the decision, as it is to be printed.
    pub date: String,
    /// Site; empty for a line to write on.
    pub site: String,
    /// Author; empty for a line to write on.
    pub author: String,
    /// Command that makes the decision again.
    pub command: String,
    /// SHA-256 of the `results.json` that decided.
    pub results_sha256: String,
}

/// What a leak means for a decision.
const LEAKS: &str = "Nothing is shown: the class can be recognised without its shape (leak audit).";

/// Widest line of the text.
const WIDTH: usize = 60;

/// What is shown, in a word.
fn word(shown: Shown) -> &'static str {
    match shown {
        Shown::Safe => "SAFE",
        Shown::NotDecided => "NOT DECIDED",
        Shown::Lost => "LOST",
        Shown::NoLimit => "NO LIMIT",
    }
}

/// In the colour of what is shown.
fn painted(ink: Ink, shown: Shown, word: &str) -> String {
    match shown {
        Shown::Safe => ink.paint(Tone::Safe, word),
        Shown::NotDecided => ink.paint(Tone::Open, word),
        Shown::Lost => ink.paint(Tone::Lost, word),
        Shown::NoLimit => word.to_owned(),
    }
}

/// What is shown, in a clause.
fn said(shown: Shown) -> &'static str {
    match shown {
        Shown::Safe => "shown safe",
        Shown::NotDecided => "not decided",
        Shown::Lost => "shown to lose more than the margin",
        Shown::NoLimit => "without a limit",
    }
}

/// What an archive has to do with a path.
fn place(path: InputPath) -> &'static str {
    match path {
        InputPath::Native => "stored values, as an archive keeps them",
        InputPath::Windowed => "8 bits through the display window, as exported",
    }
}

/// Paths in the order of the arms.
fn paths(decision: &Decision) -> Vec<InputPath> {
    let mut paths: Vec<InputPath> = decision.arms.iter().map(|arm| arm.path).collect();
    paths.dedup();
    paths.sort_unstable();
    paths.dedup();
    paths
}

fn of_path(decision: &Decision, path: InputPath) -> impl Iterator<Item = (usize, &DecidedArm)> {
    decision.arms.iter().enumerate().filter(move |(_, arm)| arm.path == path)
}

/// The worst of what is shown: a loss before what is open, and that before what is safe.
fn worst(shown: impl Iterator<Item = Shown>) -> Shown {
    let rank = |it: &Shown| match it {
        Shown::Lost => 3,
        Shown::NotDecided => 2,
        Shown::NoLimit => 1,
        Shown::Safe => 0,
    };
    shown.max_by_key(rank).unwrap_or(Shown::NoLimit)
}

/// A ratio as it was asked or published.
fn ratio(value: f64) -> String {
    format!("{}:1", words::typed(value))
}

/// "JPEG 2000 at 8:1 on stored bits".
fn setting(decision: &Decision) -> String {
    let CompressionRatio { value, base } = decision.ratio;
    format!("{} at {} on {base} bits", decision.codec.title(), ratio(value))
}

/// The answer in a sentence: for each path the worst that any task and training shows.
fn headline(decision: &Decision) -> String {
    let of = |path: InputPath| {
        let shown: Vec<Shown> = of_path(decision, path).map(|(_, arm)| arm.shown).collect();
        let (count, worst) = (shown.len(), worst(shown.iter().copied()));
        let those = shown.iter().filter(|it| **it == worst).count();
        let others: Vec<Shown> = shown.into_iter().filter(|it| *it != worst).collect();
        let share = match others.first() {
            None => String::new(),
            Some(&one) if one == Shown::Safe && others.iter().all(|it| *it == one) => {
                format!(" in {those} of {count} arms, the others {}", said(one))
            }
            Some(_) => format!(" in {those} of {count} arms"),
        };
        format!("{}: {}{share}", path.name(), said(worst))
    };
    let said: Vec<String> = paths(decision).into_iter().map(of).collect();
    words::capitalised(&said.join("; ")) + "."
}

/// What an arm's networks are asked, and what they were trained on where that was done here.
fn name(decision: &Decision, arm: &DecidedArm) -> String {
    match decision.readers {
        None => format!("{}, trained on {}", arm.task, words::trained_on(arm.regime)),
        Some(Readers::Fixed) => format!("{}, these networks alone", arm.task),
        Some(Readers::Sampled) => format!("{}, networks like these", arm.task),
    }
}

/// Up to where an arm is safe, or from where it is lost.
fn evidence(arm: &DecidedArm) -> String {
    match (arm.shown, arm.safe, arm.lost_from) {
        (Shown::NoLimit, ..) => String::new(),
        (Shown::Lost, _, Some(from)) => format!("from {}", words::ceiled(from.stored)),
        (Shown::NotDecided, _, _) if arm.beyond_tested => "beyond tests".to_owned(),
        (_, Some(safe), _) => format!("safe to {}", words::floored(safe.stored)),
        _ => "no safe ratio".to_owned(),
    }
}

/// What the setting saves of lossless compression.
fn saving(arm: &DecidedArm) -> Option<String> {
    let percent = (100.0 * arm.saved?).round();
    Some(if percent > 0.0 {
        format!("{percent} % smaller than lossless")
    } else {
        "no smaller than lossless".to_owned()
    })
}

/// What all statements hold with, and what they are of.
fn held(decision: &Decision) -> String {
    format!(
        "Safe: the loss is shown to be below {}. All statements together have a one-sided error of {}. \
         Ratios behind a verdict count stored bits and hold for {}: {}.",
        words::margin(decision.margin),
        words::typed(decision.alpha),
        decision.phantom,
        words::label_of(decision.on_data, decision.rescale, decision.input),
    )
}

/// The decision for a terminal.
#[must_use]
pub fn decision_text(decision: &Decision, ink: Ink) -> String {
    let mut lines = wrapped(&format!("{}: {}", decision.phantom, setting(decision)));
    lines.extend(wrapped(&headline(decision)));
    if decision.post_hoc {
        lines.push(words::POST_HOC.to_owned());
    }
    if decision.leaks {
        lines.extend(wrapped(LEAKS));
    }
    for path in paths(decision) {
        lines.push(String::new());
        lines.push(format!("{} ({})", path.name(), place(path)));
        for (_, arm) in of_path(decision, path) {
            let (name, evidence) = (name(decision, arm), evidence(arm));
            let word = painted(ink, arm.shown, &format!("{:<11}", word(arm.shown)));
            lines.push(format!("  {name:<31} {word} {evidence}").trim_end().to_owned());
        }
        let first = of_path(decision, path).next();
        lines.extend(first.and_then(|(_, arm)| saving(arm)).map(|it| format!("  {it}")));
    }
    if !decision.guidelines.is_empty() {
        lines.push(String::new());
        lines.push(format!("Guidelines with {}", decision.codec.title()));
    }
    for one in &decision.guidelines {
        let of = |path: InputPath| {
            let shown = of_path(decision, path).map(|(place, _)| one.shown[place]);
            format!("{} {}", path.name(), word(worst(shown)).to_lowercase())
        };
        let said: Vec<String> = paths(decision).into_iter().map(of).collect();
        let (body, year) = (&one.guideline.body, one.guideline.year);
        let cited = format!("{body} {year}, {}", ratio(one.guideline.ratio));
        lines.push(format!("  {cited:<16} {}", said.join(", ")));
    }
    lines.push(String::new());
    lines.extend(wrapped(&held(decision)));
    lines.join("\n") + "\n"
}

fn wrapped(text: &str) -> Vec<String> {
    text::wrapped_to(text, WIDTH)
}

/// The decision as a page that prints on one sheet of A4 paper, with room for a signature.
#[must_use]
pub fn decision_page(decision: &Decision, head: &SheetHead) -> String {
    let class = |shown: Shown| match shown {
        Shown::Safe => "verdict pass",
        Shown::Lost => "verdict fail",
        Shown::NotDecided | Shown::NoLimit => "verdict open",
    };
    let body = html! {
        main.sheet {
            h1 { (decision.phantom) ": " (setting(decision)) }
            p.answer { strong { (headline(decision)) } }
            @if decision.post_hoc { p { strong.stamp { (words::POST_HOC) } } }
            @if decision.leaks { p { strong.stamp { (LEAKS) } } }
            @for path in paths(decision) {
                h2 { (words::capitalised(path.name())) }
                p.note {
                    (words::capitalised(place(path)))
                    @if let Some(saving) = of_path(decision, path).next().and_then(|(_, it)| saving(it)) {
                        "; " (saving)
                    }
                    "."
                }
                table {
                    thead { tr { th scope="col" { "task and training" } th scope="col" { "verdict" }
                        th scope="col" { "evidence (stored bits)" } } }
                    tbody {
                        @for (_, arm) in of_path(decision, path) {
                            tr {
                                th scope="row" { (name(decision, arm)) }
                                td { span class=(class(arm.shown)) { (word(arm.shown)) } }
                                td { (evidence(arm)) }
                            }
                        }
                    }
                }
            }
            (guidelines(decision, &class))
            p { (held(decision)) }
            (signature(head))
        }
    };
    document(&format!("{}: {}", decision.phantom, setting(decision)), &body).into_string()
}

fn guidelines(decision: &Decision, class: &dyn Fn(Shown) -> &'static str) -> Markup {
    let paths = paths(decision);
    html! {
        @if !decision.guidelines.is_empty() {
            h2 { "Guidelines with " (decision.codec.title()) }
            table {
                thead { tr { th scope="col" { "published ratio" }
                    @for path in &paths { th scope="col" { (path.name()) } } } }
                tbody {
                    @for one in &decision.guidelines {
                        tr {
                            th scope="row" {
                                (one.guideline.body) " " (one.guideline.year) ", " (ratio(one.guideline.ratio))
                            }
                            @for &path in &paths {
                                @let shown = worst(of_path(decision, path).map(|(place, _)| one.shown[place]));
                                td { span class=(class(shown)) { (word(shown)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn signature(head: &SheetHead) -> Markup {
    let line = |text: &str| html! { @if text.is_empty() { span.blank {} } @else { (text) } };
    html! {
        dl.made.signature {
            dt { "date" } dd { (line(&head.date)) }
            dt { "site" } dd { (line(&head.site)) }
            dt { "author" } dd { (line(&head.author)) }
            dt { "signature" } dd { span.blank {} }
            dt { "made by" } dd { "phantom-limit " (env!("CARGO_PKG_VERSION")) ": " code { (head.command) } }
            dt { "results" } dd { "SHA-256 " code { (head.results_sha256) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::CodecName;
    use crate::record::{DecidedGuideline, FORMAT, Gate, GuidelineResult, Margin, Ratios, Regime};

    fn arm(path: InputPath, regime: Regime, shown: Shown) -> DecidedArm {
        let both = |stored: f64| Ratios { stored, allocated: stored * 4.0 / 3.0 };
        let limited = shown != Shown::NoLimit;
        DecidedArm {
            task: "identify".to_owned(),
            codec: CodecName::Jpeg2000,
            path,
            regime,
            ratio: both(12.0),
            shown,
            beyond_tested: false,
            safe: limited.then(|| both(if shown == Shown::Safe { 18.04 } else { 9.08 })),
            lost_from: limited.then(|| both(11.8)),
            saved: Some(0.75),
            gates: if limited { Vec::new() } else { vec![Gate::Networks] },
        }
    }

    fn decision(shown: [Shown; 4]) -> Decision {
        let places = [InputPath::Native, InputPath::Windowed]
            .into_iter()
            .flat_map(|path| [Regime::Original, Regime::Mixed].map(|regime| (path, regime)));
        let cited = GuidelineResult {
            body: "CAR".to_owned(),
            ratio: 12.0,
            year: 2008,
            source: String::new(),
            as_quoted_by: None,
        };
        Decision {
            format: FORMAT,
            phantom: "ct-head".to_owned(),
            on_data: false,
            rescale: None,
            input: Default::default(),
            readers: None,
            codec: CodecName::Jpeg2000,
            ratio: CompressionRatio::stored(12.0),
            margin: Margin::Score(0.02),
            alpha: 0.025,
            post_hoc: false,
            leaks: false,
            arms: places
                .zip(shown)
                .map(|((path, regime), shown)| arm(path, regime, shown))
                .collect(),
            guidelines: vec![DecidedGuideline { guideline: cited, shown: shown.to_vec() }],
        }
    }

    #[test]
    fn the_first_lines_are_the_answer_and_no_line_is_too_wide() {
        let text = decision_text(
            &decision([Shown::Lost, Shown::NotDecided, Shown::Safe, Shown::Safe]),
            Ink::Plain,
        );
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "ct-head: JPEG 2000 at 12:1 on stored bits");
        let said = text.lines().skip(1).take(3).collect::<Vec<_>>().join(" ");
        assert!(said.starts_with(
            "Native: shown to lose more than the margin in 1 of 2 arms; windowed: shown safe."
        ));
        assert!(text.contains("LOST        from 11.8:1"), "{text}");
        assert!(text.contains("NOT DECIDED safe to 9.0:1"), "{text}");
        assert!(text.contains("75 % smaller than lossless"), "{text}");
        assert!(text.contains("CAR 2008, 12:1   native lost, windowed safe"), "{text}");
        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH), "{text}");
    }

    #[test]
    fn a_ratio_is_named_as_it_was_asked_and_bounds_are_on_the_safe_side() {
        let mut asked = decision([Shown::Safe, Shown::Lost, Shown::Safe, Shown::Lost]);
        asked.ratio = CompressionRatio::stored(7.85);
        let text = decision_text(&asked, Ink::Plain);
        assert!(text.starts_with("ct-head: JPEG 2000 at 7.85:1 on stored bits"), "{text}");
        // 18.04 is safe, so 18.0 is and 18.1 is not; lost from 11.8 on.
        assert!(text.contains("safe to 18.0:1") && text.contains("from 11.8:1"), "{text}");
        asked.leaks = true;
        let flat = decision_text(&asked, Ink::Plain).replace('\n', " ");
        assert!(flat.contains("the class can be recognised without its shape"), "{flat}");
    }

    #[test]
    fn without_a_limit_nothing_is_called_safe() {
        let none = decision([Shown::NoLimit; 4]);
        let text = decision_text(&none, Ink::Plain);
        assert!(text.contains("Native: without a limit; windowed: without a limit."), "{text}");
        assert!(!text.contains("SAFE") && text.contains("NO LIMIT"), "{text}");
        let page = decision_page(&none, &SheetHead::default());
        assert!(!page.contains(">SAFE<") && page.contains(">NO LIMIT<"));
    }

    #[test]
    fn the_sheet_has_what_a_committee_signs() {
        let head = SheetHead {
            date: "2026-11-29".to_owned(),
            site: "Radiology <A&B>".to_owned(),
            command: "phantom-limit decide runs/ct-head --ratio 12:1".to_owned(),
            results_sha256: "ab".repeat(32),
            author: String::new(),
        };
        let page = decision_page(&decision([Shown::Safe; 4]), &head);
        for part in ["2026-11-29", "Radiology &lt;A&amp;B&gt;", "--ratio 12:1", "abab", "signature"]
        {
            assert!(page.contains(part), "{part}");
        }
        // Lines to write on: author and signature.
        assert_eq!(page.matches("class=\"blank\"").count(), 2);
    }
}
