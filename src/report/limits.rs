//! The section on limits: the table with the guidelines, what must hold, and folded how it was made.

use maud::{Markup, html};

use crate::codec::CodecName;
use crate::image::SampleFormat;
use crate::record::{
    ArmResult, GuidelineResult, InputPath, LEAST_IMAGES, LEAST_NETWORKS, LimitKind, Regime,
    Results, Standing, Supplement, Verdict,
};

use super::markup::{caption, label, scrolling};
use super::{lossless, words};

/// The section.
pub(super) fn section(results: &Results, format: SampleFormat) -> Markup {
    let mut methods: Vec<&str> = Vec::new();
    for arm in words::lossy(results) {
        if !arm.method.is_empty() && !methods.contains(&arm.method.as_str()) {
            methods.push(&arm.method);
        }
    }
    html! {
        p { (label(results)) }
        (scrolling("Limit of each codec, path and training", &limit_table(results)))
        p.note {
            "Safe up to: the lower bound of the ratio at which "
            (words::are_lost(results.measure(), results.margin)) ", as far as levels passed in sequence; each row \
             with a one-sided error of " (words::typed(results.alpha)) " by itself (all together: in \
             the family, below, and in the answer above). \
             \u{2713} every level passed, \u{2715} a level failed, ? a level was inconclusive. \
             Native: stored values as acquired. Windowed: 8 bits through the display window. All \
             levels: the originals and every codec and level of the path. "
            "A ratio counts the " (format.bits_stored) " stored bits of a pixel or \
             the " (format.bits_allocated) " allocated for it. The sources of the \
             guidelines do not state which they mean, so each safe ratio is compared on both: \u{25b2} \
             it is above the guideline, \u{25bc} below, = equal within 2 %."
        }
        @for arm in words::lossy(results) {
            @if let Some(warning) = words::failed_trainings(arm) {
                p.note { strong { "Warning: " } (words::arm(arm)) ": " (warning) "." }
            }
        }
        (checks(results))
        details {
            summary { "Method, guidelines, other criteria and ceiling" }
            @for sentence in lossless::sentences(results) { p.note { (sentence) } }
            @for method in methods { p.note { "Method: " (method) } }
            @if let Some(looks) = words::looks(&results.looks, results.alpha) {
                p.note { (looks) "." }
            }
            (step_table(results))
            @if !results.guidelines.is_empty() {
                h3 { "Guidelines" }
                (guideline_list(results))
            }
            (supplement(results))
            (ceiling(results))
            (detection_ceiling(results))
            (search_ceiling(results))
        }
    }
}

/// One row per lossy arm.
fn limit_table(results: &Results) -> Markup {
    html! {
        table.limits {
            (caption(&html! {
                (results.phantom) ": up to where the loss of " (results.measure().score) " is shown to stay \
                 below " (words::margin(results.margin)) ", and where it reaches it, with "
                (words::confidence(results.alpha)) " % intervals"
            }))
            thead { tr {
                th scope="col" { "codec, path" }
                th scope="col" { "trained on" }
                th scope="col" { "safe up to, stored bits" }
                th scope="col" { "allocated bits" }
                th scope="col" { (words::lost_at(results.measure(), results.margin)) ", stored bits" }
                th scope="col" { "harshest passed" }
                th scope="col" { "ended by" }
                @for guideline in &results.guidelines {
                    th.guideline scope="col" {
                        (guideline.body) " " (guideline.year) br; (words::typed(guideline.ratio)) ":1"
                    }
                }
            } }
            tbody { @for arm in words::lossy(results) { (limit_row(arm, results)) } }
        }
    }
}

/// The same question by other criteria and routes.
fn supplement(results: &Results) -> Markup {
    let arms: Vec<(&ArmResult, &Supplement)> =
        words::lossy(results).filter_map(|arm| Some((arm, arm.supplement.as_ref()?))).collect();
    let stated: Vec<_> = arms
        .iter()
        .filter_map(|(arm, it)| Some((*arm, *it, it.family.as_ref()?, it.relative.as_ref())))
        .collect();
    let Some((_, _, family, relative)) = stated.first() else { return html! {} };
    let head = |arm: &ArmResult| {
        html! { th scope="row" { (arm.codec.title()) ", " (arm.path.name()) } }
    };
    let table = html! { table {
        (caption(&html! {
            "Safe up to, on stored bits, by other criteria, and the crossing by other routes, with "
            (words::confidence(results.alpha)) " % intervals"
        }))
        thead { tr {
            th scope="col" { "codec, path" }
            th scope="col" { "trained on" }
            th scope="col" { "in the family" }
            @if let Some(relative) = relative {
                th scope="col" { "keeping " (words::typed(100.0 * relative.keep)) " %" }
            }
            th scope="col" { "isotonic crossing" }
            th scope="col" { "psychometric crossing" }
            th scope="col" { "midpoint" }
        } }
        tbody { @for (arm, supplement, family, relative) in &stated { tr {
            (head(arm))
            td { (words::trained_on(arm.regime)) }
            td.nowrap { (words::limit(&family.limit).safe) }
            @if let Some(relative) = relative {
                td.nowrap { (words::limit(&relative.limit).safe) }
            }
            @let routes = supplement.routes.as_ref();
            @let curve = routes.and_then(|it| it.curve.as_ref());
            td.nowrap { (routes.map(|it| words::crossing(&it.isotonic)).unwrap_or_default()) }
            td.nowrap { (curve.map_or_else(|| "no fit".to_owned(), |it| words::crossing(&it.crossing))) }
            td.nowrap { (curve.map_or_else(String::new, |it| words::crossing(&it.midpoint))) }
        } } }
    } };
    html! {
        h3 { "Other criteria" }
        (scrolling("Other criteria and routes", &table))
        p.note {
            "In the family: the safe ratio of each arm at a one-sided error of "
            (words::typed(results.alpha)) "/" (family.arms)
            ", so that the chance that any in the table is too large stays below "
            (words::typed(results.alpha)) "; the answer at the top states these."
            @if relative.is_some() {
                " Keeping: the " (results.measure().score) " must stay above that share of the one on \
                 originals."
            }
            " Crossings: where the loss reaches the margin, along the \
             isotonic loss and along the likeliest of four psychometric functions with free \
             asymptotes; two dots stand for an end outside the tested ratios."
        }
        @let warnings = stated.iter().filter_map(|(arm, supplement, ..)| {
            Some((words::arm(arm), supplement.routes.as_ref()?.warning.as_deref()?))
        });
        @for (arms, warning) in words::shared(warnings, "; ") {
            p.note { strong { "Warning: " } (arms) ": " (warning) "." }
        }
    }
}

/// The ideal observer that detects.
fn detection_ceiling(results: &Results) -> Markup {
    let Some(ideal) = &results.detection_ceiling else { return html! {} };
    let networks = words::span(words::lossy(results).map(|arm| arm.original_score));
    html! {
        h3 { "Ceiling" }
        p {
            "The ideal observer detects with an area under the ROC curve of "
            (words::fixed(ideal.auc, 3)) " \u{b1} " (words::fixed(ideal.standard_error, 3)) " on "
            (ideal.regions) " regions of the same native originals, knowing mean and covariance of \
             the anatomy"
            @if let Some((low, high)) = networks {
                "; the networks reach " (words::fixed(low, 3)) " to " (words::fixed(high, 3))
            }
            ". The ceiling holds for originals."
        }
    }
}

/// The ideal observer that searches.
fn search_ceiling(results: &Results) -> Markup {
    let Some(ideal) = &results.search_ceiling else { return html! {} };
    let networks = words::span(words::lossy(results).map(|arm| arm.original_score));
    html! {
        h3 { "Ceiling" }
        p {
            "The ideal observer searches " (ideal.images) " of the native originals with an area \
             under the weighted AFROC curve of " (words::fixed(ideal.wafroc, 3)) " \u{b1} "
            (words::fixed(ideal.standard_error, 3)) ", knowing the anatomy of each image"
            @if let Some((low, high)) = networks {
                "; the networks, which do not, reach " (words::fixed(low, 3)) " to "
                (words::fixed(high, 3))
            }
            ". The ceiling holds for originals."
        }
    }
}

/// The ideal observer, and what share of its information the networks use.
fn ceiling(results: &Results) -> Markup {
    let Some(ceiling) = &results.ceiling else { return html! {} };
    let rows: Vec<_> = Regime::ALL
        .into_iter()
        .flat_map(|regime| InputPath::ALL.map(|path| (path, regime)))
        .filter_map(|(path, regime)| {
            let arm = words::lossy(results).find(|it| it.path == path && it.regime == regime)?;
            Some((arm, arm.supplement.as_ref()?.efficiency?))
        })
        .collect();
    let table = html! { table {
        (caption(&html! { "Networks against the ideal observer, on originals" }))
        thead { tr {
            th scope="col" { "path" } th scope="col" { "trained on" }
            th scope="col" { "accuracy there" } th scope="col" { "share of the ideal" }
            th scope="col" { "efficiency" }
        } }
        tbody { @for (arm, found) in &rows { tr {
            th scope="row" { (arm.path.name()) }
            td { (words::trained_on(arm.regime)) }
            td { (words::fixed(found.accuracy, 3)) }
            td { (words::fixed(found.share_of_ideal, 3)) }
            td {
                (words::efficiency(found).unwrap_or_else(|| "\u{2013}".to_owned()))
                @if found.leak { br; strong { "above the ceiling: a leak, or information in edges beyond mean and covariance" } }
            }
        } } }
    } };
    html! {
        h3 { "Ceiling and efficiency" }
        p {
            "The ideal observer reaches " (words::fixed(ceiling.accuracy, 3)) " \u{b1} "
            (words::fixed(ceiling.standard_error, 3)) " on " (ceiling.regions)
            " regions of the same native originals, knowing mean and covariance of the anatomy, \
             separately for flat regions and those with edges; a finer grid of positions, sizes and \
             angles changes that by "
            (words::signed(ceiling.grid_error, 4)) ". The ceiling holds for originals."
        }
        (scrolling("Networks against the ideal observer", &table))
        p.note {
            "Networks on the same regions as the ideal observer, since regions differ in difficulty. \
             Efficiency: the squared share of the contrast at which the ideal observer classifies \
             as many of them correctly, with its interval over images and networks. Accuracies \
             saturate, efficiency does not; with inefficient networks a limit can lie above or below \
             the one that the information allows."
        }
    }
}

fn limit_row(arm: &ArmResult, results: &Results) -> Markup {
    let said = words::limit(&arm.limit);
    html! { tr {
        th scope="row" { (arm.codec.title()) ", " (arm.path.name()) }
        td { (words::trained_on(arm.regime)) }
        td class=(kind_class(arm.limit.kind)) {
            strong { (said.safe) }
            @if results.post_hoc { br; span.stamp { (words::POST_HOC) } }
        }
        td.nowrap { (words::or_dash(&said.allocated)) }
        td.nowrap { (words::or_dash(&said.crossing)) }
        td.nowrap { (words::or_dash(&said.passed)) }
        td class=(end_class(arm)) {
            span { (end_sign(arm)) (words::or_dash(&words::reason(arm, results.measure()))) }
            @if let Some(images) = words::images_to_decide(arm) {
                br; span.interval { "about " (images) " " (results.measure().case) "s would decide" }
            }
        }
        @for guideline in &results.guidelines { td { (standing(arm, guideline)) } }
    } }
}

/// What ended the sequence: the verdict that did, or that none did.
fn end(arm: &ArmResult) -> Option<Verdict> {
    match arm.limit.kind {
        LimitKind::At => arm.limit.blocked_by,
        LimitKind::BeyondTested => Some(Verdict::Pass),
        LimitKind::BelowTested => Some(Verdict::Fail),
        LimitKind::Undetermined => Some(Verdict::Inconclusive),
        LimitKind::None => None,
    }
}

fn end_class(arm: &ArmResult) -> &'static str {
    end(arm).map_or("end", words::verdict_class)
}

fn end_sign(arm: &ArmResult) -> &'static str {
    end(arm).map_or("", words::verdict_sign)
}

/// A limit against a guideline, on both bases.
fn standing(arm: &ArmResult, guideline: &GuidelineResult) -> Markup {
    words::standing(arm, guideline).map_or_else(|| html! { "\u{2013}" }, on_both_bases)
}

/// How a limit compares on stored and on allocated bits.
pub(super) fn on_both_bases([stored, allocated]: [Standing; 2]) -> Markup {
    let said = |it, base: &str| {
        html! { span.nowrap class=(words::standing_class(it)) {
            (words::standing_sign(it)) " " (words::standing_word(it)) (base)
        } }
    };
    if stored == allocated {
        return said(stored, "");
    }
    html! {
        (said(stored, " (stored)"))
        br;
        (said(allocated, " (allocated)"))
    }
}

/// The CSS classes of a cell with a limit.
pub(super) fn kind_class(kind: LimitKind) -> &'static str {
    match kind {
        LimitKind::At | LimitKind::BeyondTested => "limit pass",
        LimitKind::BelowTested => "limit fail",
        LimitKind::Undetermined => "limit open",
        LimitKind::None => "limit none",
    }
}

fn guideline_list(results: &Results) -> Markup {
    html! {
        ul.guidelines { @for guideline in &results.guidelines {
            li {
                strong { (guideline.body) " " (guideline.year) ", " (words::typed(guideline.ratio)) ":1" }
                " \u{2013} " (guideline.source)
                @if let Some(quoted) = &guideline.as_quoted_by { " (as quoted by " (quoted) ")" }
            }
        } }
    }
}

/// What must hold before a limit means anything.
fn checks(results: &Results) -> Markup {
    let null: Vec<&ArmResult> =
        results.arms.iter().filter(|arm| arm.codec == CodecName::Lossless).collect();
    let exact = |arm: &&ArmResult| {
        arm.levels.iter().all(|it| it.loss == 0.0 && it.loss_lower == 0.0 && it.loss_upper == 0.0)
    };
    let (count, total) = (null.iter().copied().filter(exact).count(), null.len());
    let networks = words::lossy(results).map(|arm| arm.replicates).min().unwrap_or(0);
    let enough = networks >= LEAST_NETWORKS;
    let images = words::lossy(results).map(|arm| arm.images).min().unwrap_or(0);
    let [low_usable, high_usable] = results.measure().usable;
    let originals = words::span(
        words::lossy(results)
            .filter(|arm| arm.regime == Regime::Original)
            .map(|arm| arm.original_score),
    );
    html! {
        ul.checks {
            @if total > 0 {
                (check(count == total, html! {
                    "Lossless compression must lose nothing: the loss is exactly 0 in " (count)
                    " of " (total) " arms."
                }))
            }
            (check(enough, html! {
                (words::counted(networks, "network", "networks")) " per arm: "
                @if enough { "verdicts hold for networks of this recipe." }
                @else {
                    "verdicts hold for these networks only, and no limit is derived ("
                    (LEAST_NETWORKS) " are needed)."
                }
            }))
            (check(images >= LEAST_IMAGES, html! {
                (words::counted(images, "test image", "test images")) ": "
                @if images >= LEAST_IMAGES { "enough for verdicts to err as rarely as stated." }
                @else { "too few for a limit (" (LEAST_IMAGES) " are needed)." }
            }))
            @if let Some((low, high)) = originals {
                (check(low >= low_usable && high <= high_usable, html! {
                    "Networks trained on originals reach " (words::fixed(low, 3)) " to "
                    (words::fixed(high, 3)) " on originals; limits are given between "
                    (words::fixed(low_usable, 2)) " and " (words::fixed(high_usable, 2))
                    ", where the task is neither hopeless nor trivial."
                }))
            }
        }
    }
}

fn check(holds: bool, text: Markup) -> Markup {
    html! { li class=(if holds { "holds" } else { "fails" }) {
        strong { (if holds { "\u{2713} holds" } else { "! note" }) } " " span { (text) }
    } }
}

/// Accuracy on originals per path: what the window costs or gains.
fn step_table(results: &Results) -> Markup {
    let of = |path: InputPath, regime: Regime| {
        results.arms.iter().find(|arm| arm.path == path && arm.regime == regime)
    };
    let rows: Vec<(Regime, &ArmResult, &ArmResult)> = Regime::ALL
        .into_iter()
        .filter_map(|it| Some((it, of(InputPath::Native, it)?, of(InputPath::Windowed, it)?)))
        .collect();
    let cell = |arm: &ArmResult| {
        html! {
            (words::fixed(arm.original_score, 3)) " "
            span.interval {
                "(" (words::fixed(arm.original_score_lower, 3)) " to "
                (words::fixed(arm.original_score_upper, 3)) ")"
            }
        }
    };
    let table = html! { table {
        (caption(&html! { (words::capitalised(&results.measure().score)) " on uncompressed images: the step from native to windowed, before \
            any codec" }))
        thead { tr {
            th scope="col" { "trained on" } th scope="col" { "native" }
            th scope="col" { "windowed" } th scope="col" { "step" }
        } }
        tbody { @for (regime, native, windowed) in &rows { tr {
            th scope="row" { (words::trained_on(*regime)) }
            td { (cell(native)) } td { (cell(windowed)) }
            td { (words::signed(windowed.original_score - native.original_score, 3)) }
        } } }
    } };
    html! { @if !rows.is_empty() { (scrolling("Step from native to windowed", &table)) } }
}
