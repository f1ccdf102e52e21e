//! Networks that detect beside channelised Hotelling observers fitted to each level: a part of the
//! page, CSV and text; fits nothing.

use maud::{Markup, html};

use crate::codec::CodecName;
use crate::record::{InputPath, LevelBase, Results, SecondCeiling, SecondCeilingLevel};

use super::markup::{caption, scrolling};
use super::sheet::{Sheet, optional};
use super::words;

/// Arms of one codec and path, which share an observer.
fn groups(results: &Results) -> Vec<((CodecName, InputPath), Vec<&SecondCeiling>)> {
    let mut groups: Vec<((CodecName, InputPath), Vec<&SecondCeiling>)> = Vec::new();
    for one in &results.second_ceiling {
        let key = (one.codec, one.path);
        match groups.iter_mut().find(|it| it.0 == key) {
            Some((_, arms)) => arms.push(one),
            None => groups.push((key, vec![one])),
        }
    }
    groups
}

/// Targets of all arms, the arm of most levels deciding; originals first.
fn targets(arms: &[&SecondCeiling]) -> Vec<Option<f64>> {
    let longest = arms.iter().max_by_key(|it| it.levels.len());
    longest.map_or_else(Vec::new, |it| it.levels.iter().map(|level| level.target).collect())
}

fn level(arm: &SecondCeiling, target: Option<f64>) -> Option<&SecondCeilingLevel> {
    arm.levels.iter().find(|it| it.target == target)
}

/// The observer at a level, from the first arm that has it.
fn of_any<'a>(arms: &[&'a SecondCeiling], target: Option<f64>) -> Option<&'a SecondCeilingLevel> {
    arms.iter().find_map(|arm| level(arm, target))
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "\u{2013}".to_owned(), |it| words::fixed(it, 2))
}

/// The tables; nothing where there is no such ceiling.
pub(super) fn part(results: &Results) -> Markup {
    let base = results.target_base();
    html! { @if !results.second_ceiling.is_empty() {
        h3 { "A second ceiling at every level" }
        p {
            "Beside the networks stands the channelised Hotelling observer that was fitted to images of \
             the same level. Its task is easier, for it knows where the target would be and whether it \
             is bright or dark; it sees the image only through its channels. "
            (exceeded(results, base))
        }
        @for ((codec, path), arms) in groups(results) {
            @let name = words::arm_name(codec, path);
            (scrolling(&format!("Second ceiling: {name}"), &table(&name, &arms, base)))
        }
        p.note {
            "Area under the ROC curve \u{b1} its standard error, and d_a = \u{221a}2 \u{3a6}\u{207b}\u{b9}(area). \
             The observer is the channelised one of the largest area on originals. \u{25b2}: the \
             networks exceed it by more than chance allows (one-sided error "
            (words::typed(results.alpha)) " at each level, errors taken as independent). The numbers \
             are in second-ceiling.csv."
        }
    } }
}

fn table(name: &str, arms: &[&SecondCeiling], base: LevelBase) -> Markup {
    html! { table {
        (caption(&html! { (name) ": the second ceiling, and the networks" }))
        thead { tr {
            th scope="col" { "level" }
            @if let Some(first) = arms.first() {
                th scope="col" { (words::observer(first.observer)) ", fitted to the level" }
            }
            @for arm in arms {
                th.first scope="col" { "networks trained on " (words::trained_on(arm.regime)) }
            }
        } }
        tbody { @for target in targets(arms) { tr {
            th scope="row" { (words::level_name(target, base)) }
            td { @if let Some(it) = of_any(arms, target) {
                (words::fixed(it.auc, 3)) " "
                span.interval { "\u{b1} " (words::fixed(it.standard_error, 3)) ", d_a " (number(it.d_a)) }
            } }
            @for arm in arms { td.first {
                @match level(arm, target) {
                    Some(it) => {
                        @if it.exceeded { "\u{25b2} " }
                        (words::fixed(it.networks_auc, 3)) " "
                        span.interval {
                            "\u{b1} " (words::fixed(it.networks_standard_error, 3)) ", d_a "
                            (number(it.networks_d_a))
                        }
                    }
                    None => "\u{2013}",
                }
            } }
        } } }
    } }
}

/// Where networks exceed the observer, in a sentence. Plain ASCII.
fn exceeded(results: &Results, base: LevelBase) -> String {
    let all = results.second_ceiling.iter();
    let places: Vec<String> = all
        .filter_map(|arm| {
            let above: Vec<String> = (arm.levels.iter())
                .filter(|it| it.exceeded)
                .map(|it| words::level_name(it.target, base))
                .collect();
            let name = || {
                let (codec, path) = (arm.codec.title(), arm.path.name());
                format!("{codec}, {path}, trained on {}", words::trained_on(arm.regime))
            };
            (!above.is_empty()).then(|| format!("{} ({})", name(), words::listed(&above)))
        })
        .collect();
    if places.is_empty() {
        return "No networks exceed it at any level.".to_owned();
    }
    format!("Networks exceed it, so that it is no ceiling there: {}.", places.join("; "))
}

/// For a terminal; empty where there is no such ceiling. Plain ASCII; the last line is to be wrapped.
pub(super) fn lines(results: &Results) -> Vec<String> {
    if results.second_ceiling.is_empty() {
        return Vec::new();
    }
    let base = results.target_base();
    let mut lines = vec![
        String::new(),
        "SECOND CEILING (area and d_a of channelised Hotelling observers fitted to the level; ^ \
         exceeded)"
            .to_owned(),
    ];
    let cell = |auc: f64, d_a: Option<f64>, mark: &str| {
        let d_a = d_a.map_or_else(|| "-".to_owned(), |it| words::fixed(it, 2));
        format!("{} {d_a:>5}{mark:<2}", words::fixed(auc, 3))
    };
    for ((codec, path), arms) in groups(results) {
        let mut head =
            format!("{:<18}{:<18}", format!("{} {}", codec.name(), path.name()), "observer");
        for arm in &arms {
            head.push_str(&format!("{:<18}", arm.regime.name()));
        }
        lines.push(head);
        for target in targets(&arms) {
            let mut line = format!("{:<18}", words::level_name(target, base));
            let observer = of_any(&arms, target).map(|it| cell(it.auc, it.d_a, ""));
            line.push_str(&format!("{:<18}", observer.unwrap_or_default()));
            for arm in &arms {
                let networks = level(arm, target).map(|it| {
                    cell(it.networks_auc, it.networks_d_a, if it.exceeded { " ^" } else { "" })
                });
                line.push_str(&format!("{:<18}", networks.unwrap_or_default()));
            }
            lines.push(line);
        }
    }
    lines.push(exceeded(results, base));
    lines
}

/// Columns of `second-ceiling.csv`.
const HEADER: [&str; 13] = [
    "codec",
    "path",
    "regime",
    "observer",
    "target",
    "target_base",
    "auc",
    "auc_standard_error",
    "d_a",
    "networks_auc",
    "networks_auc_standard_error",
    "networks_d_a",
    "exceeded",
];

/// Renders `second-ceiling.csv`: one line per arm that detects and level; an empty target is the
/// uncompressed image.
#[must_use]
pub fn second_ceiling_csv(results: &Results) -> Vec<u8> {
    let mut sheet = Sheet::new(HEADER);
    for arm in &results.second_ceiling {
        for it in &arm.levels {
            sheet.line([
                arm.codec.name().to_owned(),
                arm.path.name().to_owned(),
                arm.regime.name().to_owned(),
                arm.observer.name().to_owned(),
                optional(it.target),
                results.target_base().name().to_owned(),
                it.auc.to_string(),
                it.standard_error.to_string(),
                optional(it.d_a),
                it.networks_auc.to_string(),
                it.networks_standard_error.to_string(),
                optional(it.networks_d_a),
                it.exceeded.to_string(),
            ]);
        }
    }
    sheet.bytes()
}
