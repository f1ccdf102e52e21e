//! The answer: what a study concludes in one or two sentences, and what each preset can conclude.

use crate::record::{ArmResult, Gate, LimitKind, Regime, Results};
use crate::task::Direction;

use super::words::{
    self, POST_HOC, Studied, by, capitalised, fixed, floored, listed, lossy, plain_ratio, ratio,
    reason, remedy, shared, span, trained_on, typed,
};

/// What a preset can and what it cannot conclude.
pub(super) struct Preset {
    /// Its name on the command line.
    pub(super) name: &'static str,
    /// What it is.
    pub(super) what: &'static str,
    /// What it can conclude.
    pub(super) can: &'static str,
    /// What it cannot.
    pub(super) cannot: &'static str,
}

/// The presets, from the cheapest.
pub(super) const PRESETS: [Preset; 4] = [
    Preset {
        name: "smoke",
        what: "One network per regime and path, few levels.",
        can: "That every part works together on this machine.",
        cannot: "Anything about compression. No limit is derived, however many networks and images \
                 are asked for.",
    },
    Preset {
        name: "quick",
        what: "Five networks per path, trained on originals with few images; 50 test images.",
        can: "A limit with a wide interval, for networks of this recipe, which see less than those of \
              standard.",
        cannot: "What training on compressed images gains; differences between codecs that the wide \
                 intervals hide; other anatomy, patients.",
    },
    Preset {
        name: "standard",
        what: "Five networks per regime and path, at least 130 test images.",
        can: "A limit with its interval, for networks of this recipe on images of this phantom.",
        cannot: "Differences smaller than the intervals; other recipes, other anatomy, patients.",
    },
    Preset {
        name: "full",
        what: "Ten networks per regime and path, more phantoms.",
        can: "The same as standard with narrower intervals; with ten networks, the bootstrap over \
              networks and images may decide as well.",
        cannot: "Other recipes, other anatomy, patients.",
    },
];

/// The answer in a few sentences for each task. Its numbers hold together: they are those of the family.
pub(super) fn answer(results: &Results) -> String {
    let stamp = if results.post_hoc { format!("[{POST_HOC}] ") } else { String::new() };
    if lossy(results).next().is_none() {
        return format!("{stamp}No lossy codec was studied on {}.", results.phantom);
    }
    let mut sentences: Vec<String> = Vec::new();
    let tasks = results.by_task();
    for sentence in tasks.iter().flat_map(|task| of_task(task, tasks.len() > 1)) {
        // What to do for a limit may be the same for all tasks.
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    let limited = lossy(results).filter(|arm| arm.limit.kind != LimitKind::None).count();
    if limited > 0 {
        sentences.push(format!("Ratios count stored bits; {}.", held(results.alpha, limited)));
    }
    format!("{stamp}{}", sentences.join(" "))
}

/// The sentences of one task, which is named where it is one of `several`.
fn of_task(results: &Results, several: bool) -> Vec<String> {
    let arms: Vec<&ArmResult> = lossy(results).collect();
    let (limited, without): (Vec<&ArmResult>, Vec<&ArmResult>) =
        arms.iter().partition(|arm| arm.limit.kind != LimitKind::None);
    if limited.is_empty() {
        return no_limit(results, &arms, several);
    }
    let measure = results.measure();
    let change = match measure.direction {
        Direction::Higher => "falls",
        Direction::Lower => "rises",
    };
    let mut sentences = Vec::new();
    for regime in Regime::ALL {
        let clauses: Vec<String> =
            limited.iter().filter(|arm| arm.regime == regime).map(|arm| clause(arm)).collect();
        if clauses.is_empty() {
            continue;
        }
        let limits = listed(&clauses);
        sentences.push(if sentences.is_empty() && Studied::of(results) == Studied::Answers {
            format!(
                "On {}, {} {change} {} {limits}.",
                results.phantom,
                measure.score,
                by(measure, results.margin)
            )
        } else if sentences.is_empty() {
            format!(
                "On {}, {} of networks trained on {} {change} {} {limits}.",
                results.phantom,
                measure.score,
                trained_on(regime),
                by(measure, results.margin)
            )
        } else {
            format!("Trained on {}: {limits}.", trained_on(regime))
        });
    }
    let reasons: Vec<(String, String)> = without
        .iter()
        .map(|arm| (format!("{}, {}", name(arm), trained_on(arm.regime)), reason(arm, measure)))
        .collect();
    for (arms, why) in shared(reasons.iter().map(|(arm, why)| (arm.clone(), why.as_str())), "; ") {
        sentences.push(format!("No limit for {arms}: {why}."));
    }
    sentences
}

/// What the safe ratios of the answer hold with.
fn held(alpha: f64, limited: usize) -> String {
    let alpha = typed(alpha);
    if limited == 1 {
        format!("the safe ratio holds with a one-sided error of {alpha}")
    } else {
        format!("the safe ratios hold all together, with a one-sided error of {alpha}")
    }
}

fn name(arm: &ArmResult) -> String {
    format!("{} {}", arm.path.name(), arm.codec.title())
}

/// "at 11.1:1 (windowed JPEG; shown to be safe up to 10.2:1)".
fn clause(arm: &ArmResult) -> String {
    let limit = arm.in_family();
    let ratios = span(arm.levels.iter().map(|level| level.ratio_stored));
    let (mildest, harshest) = ratios.unwrap_or((f64::NAN, f64::NAN));
    let crossing = &limit.crossing;
    let at = match (crossing.ratio_stored, crossing.lower, crossing.upper) {
        (Some(at), ..) => format!("at {}", ratio(at)),
        (None, None, None) => "at an unknown ratio".to_owned(),
        (None, None, Some(_)) => format!("below {}, the mildest tested", ratio(mildest)),
        (None, Some(_), _) => format!("beyond {}, the harshest tested", ratio(harshest)),
    };
    let safe = match limit.safe {
        Some(safe) => format!("shown to be safe up to {}", floored(safe.stored)),
        None => "no ratio shown to be safe".to_owned(),
    };
    format!("{at} ({}; {safe})", name(arm))
}

/// The answer where no arm of a task has a limit.
fn no_limit(results: &Results, arms: &[&ArmResult], several: bool) -> Vec<String> {
    if arms.is_empty() {
        return Vec::new();
    }
    let mut gates: Vec<Gate> = arms.iter().flat_map(|arm| arm.limit.gates.clone()).collect();
    gates.sort_unstable();
    gates.dedup();
    let measure = results.measure();
    let task = if several { format!(" in task {}", measure.task) } else { String::new() };
    let why = words::no_limit(arms, measure);
    let mut sentences = vec![format!("No limit for {}{task}: {why}.", results.phantom)];
    sentences.extend(remedy(&gates, Studied::of(results)).map(|it| format!("For a limit, {it}.")));
    let needed = arms.iter().filter_map(|arm| words::images_to_decide(arm)).max();
    if let Some(needed) = needed.filter(|_| Studied::of(results) != Studied::Drawn) {
        sentences.push(format!(
            "About {needed} test {}s would decide every level at which the sequence stopped, at the \
             present losses.",
            measure.case
        ));
    }
    let originals = span(arms.iter().map(|arm| arm.original_score));
    let harshest = span(arms.iter().filter_map(|arm| Some(arm.levels.last()?.score)));
    let ratio = span(arms.iter().filter_map(|arm| Some(arm.levels.last()?.ratio_stored)));
    let range = |(low, high): (f64, f64)| {
        let (low, high) = (fixed(low, 2), fixed(high, 2));
        if low == high { low } else { format!("{low} to {high}") }
    };
    if let (Some(originals), Some(harshest), Some((_, ratio))) = (originals, harshest, ratio) {
        sentences.push(format!(
            "{} was {} on originals and {} at {}.",
            capitalised(&results.measure().score),
            range(originals),
            range(harshest),
            plain_ratio(ratio)
        ));
    }
    sentences
}
