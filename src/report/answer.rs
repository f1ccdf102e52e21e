//! The answer: what a study concludes in one or two sentences, and what each preset can conclude.

use crate::record::{ArmResult, LEAST_NETWORKS, LevelBase, LimitKind, Regime, Results};

use super::words::{
    POST_HOC, capitalised, fixed, limit_level, limit_ratios, listed, lossy, plain_ratio, span,
    target, trained_on, typed,
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
        cannot: "Anything about compression. No limit is derived.",
    },
    Preset {
        name: "quick",
        what: "A few networks and test images.",
        can: "Curves, and verdicts for these networks only: where plateau and knee lie, and large \
              differences between codecs, paths and regimes.",
        cannot: "What other networks of the same recipe would do; therefore no limit.",
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

/// The answer in one or two sentences for each task.
pub(super) fn answer(results: &Results) -> String {
    let answers: Vec<String> = results.by_task().iter().map(of_task).collect();
    answers.join(" ")
}

fn of_task(results: &Results) -> String {
    let stamp = if results.post_hoc { format!("[{POST_HOC}] ") } else { String::new() };
    let arms: Vec<&ArmResult> = lossy(results).collect();
    if arms.is_empty() {
        return format!("{stamp}No lossy codec was studied on {}.", results.phantom);
    }
    if arms.iter().all(|arm| arm.limit.kind == LimitKind::None) {
        return format!("{stamp}{}", no_limit(results, &arms));
    }
    let (margin, score) = (typed(results.margin), &results.measure().score);
    let mut sentences = Vec::new();
    for regime in Regime::ALL {
        let clauses: Vec<String> =
            arms.iter().filter(|arm| arm.regime == regime).map(|arm| clause(arm)).collect();
        if clauses.is_empty() {
            continue;
        }
        let limits = listed(&clauses);
        sentences.push(if sentences.is_empty() {
            format!(
                "On {}, networks trained on {} lose less than {margin} of {score} up to {limits}, \
                 counting stored bits.",
                results.phantom,
                trained_on(regime)
            )
        } else {
            format!("Trained on {}: {limits}.", trained_on(regime))
        });
    }
    format!("{stamp}{}", sentences.join(" "))
}

/// "8:1 (windowed JPEG)", by kind.
fn clause(arm: &ArmResult) -> String {
    let ratio = limit_ratios(arm).map_or_else(|| "n/a".to_owned(), |it| plain_ratio(it.0));
    // For a target ratio, the achieved ratio is enough.
    let at = limit_level(arm)
        .filter(|level| level.target_base != LevelBase::Ratio)
        .map_or_else(|| ratio.clone(), |level| format!("{}, {ratio}", target(level)));
    let limit = match arm.limit.kind {
        LimitKind::At => at,
        LimitKind::BeyondTested => format!("beyond {at}, the harshest tested"),
        LimitKind::BelowTested => format!("less than {at}, the mildest tested"),
        LimitKind::Undetermined => "an undetermined ratio".to_owned(),
        LimitKind::None => "a ratio not derived".to_owned(),
    };
    format!("{limit} ({} {})", arm.path.name(), arm.codec.title())
}

/// The answer where no arm has a limit.
fn no_limit(results: &Results, arms: &[&ArmResult]) -> String {
    let networks = arms.iter().map(|arm| arm.replicates).min().unwrap_or(0);
    let why = if networks >= LEAST_NETWORKS {
        "none was derived from these records".to_owned()
    } else if networks <= 1 {
        format!(
            "one network per arm only checks that everything runs; a limit needs {LEAST_NETWORKS}"
        )
    } else {
        format!(
            "curves and verdicts hold for these {networks} networks per arm only; a limit needs \
             {LEAST_NETWORKS}"
        )
    };
    let originals = span(arms.iter().map(|arm| arm.original_score));
    let harshest = span(arms.iter().filter_map(|arm| Some(arm.levels.last()?.score)));
    let ratio = span(arms.iter().filter_map(|arm| Some(arm.levels.last()?.ratio_stored)));
    let range = |(low, high): (f64, f64)| {
        let (low, high) = (fixed(low, 2), fixed(high, 2));
        if low == high { low } else { format!("{low} to {high}") }
    };
    let course = match (originals, harshest, ratio) {
        (Some(originals), Some(harshest), Some((_, ratio))) => format!(
            " {} was {} on originals and {} at {}.",
            capitalised(&results.measure().score),
            range(originals),
            range(harshest),
            plain_ratio(ratio)
        ),
        _ => String::new(),
    };
    format!("No limit for {}: {why}.{course}", results.phantom)
}
