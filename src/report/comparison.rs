//! The page that compares runs: limits, curves, differences and plans.

use maud::{Markup, html};

use crate::codec::CodecName;
use crate::record::{
    ArmResult, DifferenceResult, InputPath, LEAST_NETWORKS, Regime, Representation, Results,
};

use super::content::{Compared, PlanDifference};
use super::markup::{caption, document, label, panels, scrolling};
use super::{plot, words};

/// Task, codec, path and regime.
type Key<'a> = (&'a str, CodecName, InputPath, Regime);

fn key(arm: &ArmResult) -> Key<'_> {
    (&arm.task, arm.codec, arm.path, arm.regime)
}

/// Renders the comparison of runs: one self-contained HTML file that loads nothing.
#[must_use]
pub fn comparison(runs: &[Compared], plans: &[PlanDifference]) -> String {
    let names: Vec<String> = runs.iter().map(|run| run.name.clone()).collect();
    let mut keys: Vec<Key<'_>> = Vec::new();
    for arm in runs.iter().flat_map(|run| words::lossy(&run.results)) {
        if !keys.contains(&key(arm)) {
            keys.push(key(arm));
        }
    }
    let body = html! {
        header {
            p.kind { "phantom-limit: runs side by side" }
            h1 { (words::listed(&names)) }
            @if let Some(first) = runs.first() { p { (label(&shared(&first.results, runs))) } }
        }
        main {
            section aria-labelledby="limits" {
                h2 id="limits" { "Limits" }
                (scrolling("Limits of each run", &limits(runs, &keys)))
            }
            section aria-labelledby="curves" {
                h2 id="curves" { "Scores against ratio" }
                (panels(&plot::overlays(runs)))
            }
            section aria-labelledby="differences" {
                h2 id="differences" { "Differences on the same test images" }
                (differences(runs))
            }
            section aria-labelledby="plans" {
                h2 id="plans" { "What differs in the plans" }
                @if plans.is_empty() {
                    p { "Nothing: the plans are the same." }
                } @else {
                    (scrolling("Plans", &plan_table(&names, plans)))
                }
            }
        }
    };
    document(&format!("Comparison of {}", words::listed(&names)), &body).into_string()
}

/// Results whose label holds for all runs: what some of them do stands above their columns.
fn shared(first: &Results, runs: &[Compared]) -> Results {
    let mut shared = first.clone();
    if runs.iter().any(|run| run.results.rescale != first.rescale) {
        shared.rescale = None;
    }
    if runs.iter().any(|run| run.results.input != first.input) {
        shared.input = Representation::Pixels;
    }
    shared
}

fn limits(runs: &[Compared], keys: &[Key<'_>]) -> Markup {
    let mut tasks: Vec<&str> = keys.iter().map(|key| key.0).collect();
    tasks.dedup();
    html! { table.limits {
        (caption(&html! { "Safe up to, and crossing of the margin, on stored bits" }))
        thead { tr {
            th scope="col" { "task" } th scope="col" { "codec, path" }
            th scope="col" { "trained on" }
            @for run in runs { th scope="col" {
                (run.name) br; (run.results.phantom)
                @if let Some(rescale) = run.results.rescale { br; "rescaled by " (rescale) }
                @if !run.results.input.is_pixels() { br; "input " (run.results.input.name()) }
            } }
        } }
        tbody { @for &(task, codec, path, regime) in keys { tr {
            td { (task) }
            th scope="row" { (codec.title()) ", " (path.name()) }
            td { (words::trained_on(regime)) }
            @for run in runs {
                @match run.results.arms.iter().find(|arm| key(arm) == (task, codec, path, regime)) {
                    None => { td { "\u{2013}" } },
                    Some(arm) => {
                        @let said = words::limit(&arm.limit);
                        td {
                            strong { (said.safe) }
                            @if !said.crossing.is_empty() { br; span.interval { (said.crossing) } }
                            @if let Some(measure) = words::measure(&run.results, task) {
                                br; span.interval { (words::reason(arm, measure)) }
                            }
                        }
                    },
                }
            }
        } } }
        tbody {
            @for task in tasks { @for regime in Regime::ALL { @for path in InputPath::ALL {
                @let of = |run: &Compared| {
                    let same = |arm: &&ArmResult| {
                        (arm.task.as_str(), arm.path, arm.regime) == (task, path, regime)
                    };
                    words::lossy(&run.results).find(same).map(|arm| arm.original_score)
                };
                @if runs.iter().any(|run| of(run).is_some()) { tr {
                    td { (task) }
                    th scope="row" { "originals, " (path.name()) }
                    td { (words::trained_on(regime)) }
                    @for run in runs {
                        td { (of(run).map_or_else(|| "\u{2013}".to_owned(), |it| words::fixed(it, 3))) }
                    }
                } }
            } } }
        }
    } }
}

fn differences(runs: &[Compared]) -> Markup {
    let Some((first, others)) = runs.split_first() else { return html! {} };
    html! {
        p.note {
            "Score in a run minus that in " (first.name) ", paired by the numbers of networks and \
             images; " (words::confidence(first.results.alpha))
            " % intervals over networks and images, over images alone with fewer than "
            (LEAST_NETWORKS) " networks."
        }
        @for run in others {
            h3 { (run.name) }
            @if run.differences.is_empty() {
                p { "Its test images differ, or it has no codec, path and training in common: no \
                     difference can be paired." }
            } @else {
                (scrolling(&run.name, &difference_table(&run.differences)))
            }
        }
    }
}

fn difference_table(found: &[DifferenceResult]) -> Markup {
    html! { table.levels {
        thead { tr {
            th scope="col" { "task" } th scope="col" { "codec, path" }
            th scope="col" { "trained on" } th scope="col" { "level" }
            th scope="col" { "difference (interval)" } th scope="col" { "distinct from 0" }
        } }
        tbody { @for it in found { tr {
            td { (it.task) }
            th scope="row" { (it.codec.title()) ", " (it.path.name()) }
            td { (words::trained_on(it.regime)) }
            td { (it.target.map_or_else(|| "originals".to_owned(), |at| format!("{}:1", words::typed(at)))) }
            td {
                (words::signed(it.difference, 3)) " "
                span.interval { "(" (words::signed(it.lower, 3)) " to " (words::signed(it.upper, 3)) ")" }
            }
            td {
                @if it.lower > 0.0 { span.standing.pass { "\u{25b2} better" } }
                @else if it.upper < 0.0 { span.standing.fail { "\u{25bc} worse" } }
                @else { "no" }
            }
        } } }
    } }
}

fn plan_table(names: &[String], plans: &[PlanDifference]) -> Markup {
    html! { table {
        thead { tr {
            th scope="col" { "field" } @for name in names { th scope="col" { (name) } }
        } }
        tbody { @for plan in plans { tr {
            th scope="row" { (plan.field) }
            @for value in &plan.values { td { (value) } }
        } } }
    } }
}
