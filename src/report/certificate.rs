//! Certificates: their statements, taken from results, and their pages; derives no limit.

use maud::{Markup, html};

use crate::record::{
    ArmResult, CERTIFICATE_FORMAT, Certificate, CertifiedCeiling, Comparison, Gate,
    GuidelineResult, LeakAudit, LimitKind, Origin, Results, STRICT_MARGIN, Standing,
};

use super::markup::{label, scrolling};
use super::{leaks, levels, limits, lossless, words};

/// One certificate per arm that has a limit, in the order of the arms; none where the class
/// leaks.
#[must_use]
pub fn certificates(results: &Results, origin: &Origin) -> Vec<Certificate> {
    if leak(results).is_some() {
        return Vec::new();
    }
    let of_task = |results: &Results| -> Vec<Certificate> {
        let limited = words::lossy(results).filter(|arm| arm.limit.kind != LimitKind::None);
        limited.map(|arm| certificate(results, arm, origin)).collect()
    };
    results.by_task().iter().flat_map(of_task).collect()
}

/// What a study of one task states of an arm.
fn certificate(results: &Results, arm: &ArmResult, origin: &Origin) -> Certificate {
    let supplement = arm.supplement.as_ref();
    let networks = supplement.and_then(|it| it.efficiency);
    let ceiling = results.ceiling.as_ref().zip(networks);
    Certificate {
        format: CERTIFICATE_FORMAT,
        label: words::label(results),
        phantom: results.phantom.clone(),
        codec: arm.codec,
        path: arm.path,
        regime: arm.regime,
        preset: results.preset.clone(),
        seed: results.seed,
        measure: results.measure().clone(),
        margin: results.margin,
        alpha: results.alpha,
        post_hoc: results.post_hoc,
        looks: results.looks.clone(),
        replicates: arm.replicates,
        images: arm.images,
        examples: arm.examples,
        original_score: arm.original_score,
        original_score_lower: arm.original_score_lower,
        original_score_upper: arm.original_score_upper,
        limit: arm.limit.clone(),
        method: arm.method.clone(),
        lossless_ratio: results.lossless_ratio(arm.path),
        family: supplement.and_then(|it| it.family.clone()),
        warning: supplement.and_then(|it| it.routes.as_ref()?.warning.clone()),
        ceiling: ceiling.map(|(ceiling, networks)| CertifiedCeiling {
            accuracy: ceiling.accuracy,
            standard_error: ceiling.standard_error,
            grid_error: ceiling.grid_error,
            networks,
        }),
        search_ceiling: results.search_ceiling.clone(),
        strict: strict(results, arm).map(|it| it.limit.clone()),
        guidelines: results.guidelines.iter().map(|it| comparison(arm, it)).collect(),
        levels: arm.levels.clone(),
        origin: origin.clone(),
    }
}

/// The same arm judged by the stricter margin.
fn strict<'a>(results: &'a Results, arm: &ArmResult) -> Option<&'a ArmResult> {
    let key = |it: &ArmResult| (it.task.clone(), it.codec, it.path, it.regime);
    results.strict.iter().find(|it| key(it) == key(arm))
}

fn comparison(arm: &ArmResult, guideline: &GuidelineResult) -> Comparison {
    let standing = words::standing(arm, guideline);
    Comparison {
        guideline: guideline.clone(),
        stored: standing.map(|it| it[0]),
        allocated: standing.map(|it| it[1]),
    }
}

fn leak(results: &Results) -> Option<&LeakAudit> {
    results.leaks.as_ref().filter(|audit| audit.leaks().next().is_some())
}

/// Why some lossy arms have no certificate, in one sentence; `None` where all have one.
pub(super) fn missing(results: &Results) -> Option<String> {
    if let Some(audit) = leak(results) {
        return Some(format!("{}.", leaks::verdict(audit)));
    }
    if words::Studied::of(results) == words::Studied::Answers {
        // The answer has said it; answers alone are never certified.
        return None;
    }
    let tasks = results.by_task();
    let name = if tasks.len() > 1 { words::arm_of_task } else { words::arm };
    // What has no limit, a task as a whole where none of its arms has one, and why.
    let (mut without, mut reasons, mut whole) = (Vec::new(), Vec::new(), true);
    for task in &tasks {
        let none = |arm: &&ArmResult| arm.limit.kind == LimitKind::None;
        let (lacking, limited): (Vec<&ArmResult>, Vec<&ArmResult>) =
            words::lossy(task).partition(none);
        if limited.is_empty() && !lacking.is_empty() {
            let why = words::no_limit(&lacking, task.measure());
            reasons.push((task.measure().task.clone(), why));
        } else {
            whole = false;
            reasons
                .extend(lacking.iter().map(|arm| (name(arm), words::reason(arm, task.measure()))));
        }
        without.extend(lacking);
    }
    if without.is_empty() {
        return None;
    }
    let shared = words::shared(reasons.iter().map(|(it, why)| (it.clone(), why.as_str())), "; ");
    let said = if whole && shared.len() == 1 {
        format!("no limit is derived ({}).", shared[0].1)
    } else {
        let each: Vec<String> = shared.iter().map(|(it, why)| format!("{it} ({why})")).collect();
        format!("no limit is derived for {}.", words::listed(&each))
    };
    let mut gates: Vec<Gate> = without.iter().flat_map(|arm| arm.limit.gates.clone()).collect();
    gates.sort_unstable();
    gates.dedup();
    Some(
        words::remedy(&gates, words::Studied::of(results))
            .map_or_else(|| said.clone(), |remedy| format!("{said} For a limit, {remedy}.")),
    )
}

/// The section: one page for each when printed.
pub(super) fn section(results: &Results, certificates: &[Certificate]) -> Markup {
    html! {
        @if certificates.is_empty() {
            p { (label(results)) }
        } @else {
            p {
                "The statement of the study on each task, codec, path and training, complete by itself. The \
                 same statements are in certificates/ next to this page, one JSON file each."
            }
        }
        @if let Some(why) = missing(results) { p.note { "No certificate: " (why) } }
        @for of_task in results.by_task() {
            @for certificate in certificates {
                @if let Some(arm) = of_arm(&of_task, certificate) {
                    (page(&of_task, certificate, arm))
                }
            }
        }
    }
}

fn of_arm<'a>(results: &'a Results, certificate: &Certificate) -> Option<&'a ArmResult> {
    results.arms.iter().find(|arm| {
        (&arm.task, arm.codec, arm.path, arm.regime)
            == (&certificate.measure.task, certificate.codec, certificate.path, certificate.regime)
    })
}

/// One certificate.
fn page(results: &Results, certificate: &Certificate, arm: &ArmResult) -> Markup {
    let name = words::arm(arm);
    html! {
        article.certificate id={ "certificate-" (certificate.name()) } {
            h3 { (certificate.phantom) ", " (certificate.measure.task) ": " (name) }
            p { (certificate.origin.phantom_title) ". " (label(results)) }
            (statements(results, certificate, arm))
            (scrolling(&format!("Levels of {name}"), &levels::of_arm(arm, results)))
            (origin(certificate, results.data.is_some()))
        }
    }
}

/// Limit, criterion, numbers, ceiling and guidelines.
fn statements(results: &Results, certificate: &Certificate, arm: &ArmResult) -> Markup {
    let said = words::limit(&arm.limit);
    let measure = &certificate.measure;
    let interval = |low: f64, high: f64| {
        html! { " " span.interval { "(" (words::fixed(low, 3)) " to " (words::fixed(high, 3)) ")" } }
    };
    html! { dl.made {
        dt { "task" }
        dd { (certificate.measure.task) ": " (words::question(results, &certificate.measure)) }
        dt { "limit" }
        dd {
            "shown to be safe up to " strong { (said.safe) } " on stored bits"
            @if !said.allocated.is_empty() { ", " (said.allocated) " on allocated bits" }
        }
        @if !said.crossing.is_empty() {
            dt { (words::lost_at(measure, certificate.margin)) }
            dd {
                (said.crossing) " on stored bits, with "
                (words::confidence(certificate.alpha)) " % interval"
            }
        }
        dt { "harshest level passed" }
        dd {
            @if said.passed.is_empty() { "none" } @else { (said.passed) }
            "; " (words::reason(arm, measure))
        }
        @if let Some(ratio) = certificate.lossless_ratio {
            dt { "lossless" }
            dd {
                (words::ratio(ratio)) " on stored bits"
                @if lossless::is_near(arm, ratio) {
                    ": the limit lies at most a quarter above it, and says little"
                }
            }
        }
        @if let Some(strict) = &certificate.strict {
            dt { "strict margin of " (words::typed(STRICT_MARGIN)) }
            dd { (words::safe(strict)) }
        }
        @if let Some(family) = &certificate.family {
            dt { "in the family" }
            dd {
                (words::safe(&family.limit)) ", together with the other arms: error "
                (words::typed(certificate.alpha)) "/" (family.arms)
            }
        }
        @if let Some(warning) = &certificate.warning { dt { "warning" } dd { (warning) } }
        dt { "criterion" }
        dd {
            "loss of " (certificate.measure.score) " (" (certificate.measure.unit) ") below " (words::margin(certificate.margin))
            ", one-sided error " (words::typed(certificate.alpha)) ", "
            @if certificate.post_hoc { strong { (words::POST_HOC) } ": changed after the plan" }
            @else { "as planned" }
        }
        @if let Some(looks) = words::looks(&certificate.looks, certificate.alpha) {
            dt { "looks" } dd { (looks) }
        }
        dt { "numbers" }
        dd {
            (words::counted(certificate.replicates, "network", "networks")) ", "
            @let case = format!("test {}", certificate.measure.case);
            (words::counted(certificate.images, &case, &format!("{case}s")))
            @let example = &certificate.measure.example;
            @if example != "image" {
                ", " (words::counted(certificate.examples, example, &format!("{example}s")))
            }
            @if !certificate.preset.is_empty() {
                "; preset " (certificate.preset) ", seed " (certificate.seed)
            }
        }
        dt { (certificate.measure.score) " on originals" }
        dd {
            (words::fixed(certificate.original_score, 3))
            (interval(certificate.original_score_lower, certificate.original_score_upper))
        }
        @if let Some(ceiling) = &certificate.ceiling { (efficiency(ceiling)) }
        @if let Some(ideal) = &certificate.search_ceiling {
            dt { "ceiling" }
            dd {
                (words::fixed(ideal.wafroc, 3)) " \u{b1} " (words::fixed(ideal.standard_error, 3))
                ", the ideal observer that searches native originals, anatomy known"
            }
        }
        @for compared in &certificate.guidelines {
            @let guideline = &compared.guideline;
            dt { (guideline.body) " " (guideline.year) }
            dd {
                (words::typed(guideline.ratio)) ":1, bits not stated; the safe ratio is "
                (standing(compared))
            }
        }
    } }
}

fn standing(compared: &Comparison) -> Markup {
    let both: Option<[Standing; 2]> = compared.stored.zip(compared.allocated).map(Into::into);
    both.map_or_else(|| html! { "not comparable" }, limits::on_both_bases)
}

fn efficiency(ceiling: &CertifiedCeiling) -> Markup {
    html! {
        dt { "ceiling" }
        dd {
            (words::fixed(ceiling.accuracy, 3)) " \u{b1} " (words::fixed(ceiling.standard_error, 3))
            ", the ideal observer on native originals, statistics of the anatomy known"
        }
        dt { "efficiency" }
        dd {
            @match words::efficiency(&ceiling.networks) {
                Some(efficiency) => (efficiency),
                None => "beyond the rated contrasts",
            }
            ", " (words::fixed(ceiling.networks.share_of_ideal, 3)) " of the ideal accuracy"
            @if ceiling.networks.leak { "; " strong { "above the ceiling" } }
        }
    }
}

/// Hashes and versions.
fn origin(certificate: &Certificate, is_data: bool) -> Markup {
    let origin = &certificate.origin;
    let codec = origin.codec_versions.get(certificate.codec.name());
    html! { dl.made {
        dt { "version" }
        dd {
            "phantom-limit " (origin.version) ", kernel " (origin.kernel)
            @if let Some(version) = codec { ", " (version) }
        }
        dt { @if is_data { "data set SHA-256" } @else { "phantom SHA-256" } } dd { (origin.phantom_sha256) }
        dt { "plan SHA-256" } dd { (origin.plan_sha256) }
        dt { "results SHA-256" } dd { (origin.results_sha256) }
    } }
}
