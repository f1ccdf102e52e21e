//! Wording of limits, of what qualifies them, and of looks.

use super::{NEAR, counted, fixed, listed, ratio, ratio_number, target, typed, verdict};
use crate::codec::CodecName;
use crate::record::{
    ArmResult, EfficiencyResult, GuidelineResult, LEAST_NETWORKS, LevelResult, LimitKind,
    LookResult, RatioResult, SequenceResult, Standing, Verdict,
};

/// The first level that did not pass: where the fixed sequence stopped.
pub(in crate::report) fn stopped_at(arm: &ArmResult) -> Option<usize> {
    arm.levels.iter().position(|level| level.verdict.is_some_and(|it| it != Verdict::Pass))
}

/// The ratios that a limit states: on stored and on allocated bits.
///
/// Beyond (below) the ladder these are its harshest (mildest) level, which the limit lies above
/// (below).
pub(in crate::report) fn limit_ratios(arm: &ArmResult) -> Option<(f64, f64)> {
    let limit = &arm.limit;
    let of = |level: &LevelResult| (level.ratio_stored, level.ratio_allocated);
    match limit.kind {
        LimitKind::At => limit.ratio_stored.map(|stored| {
            let allocated = limit.ratio_allocated.unwrap_or(f64::NAN);
            (stored, allocated)
        }),
        LimitKind::BeyondTested => arm.levels.last().map(of),
        LimitKind::BelowTested => arm.levels.first().map(of),
        LimitKind::Undetermined | LimitKind::None => None,
    }
}

/// The level whose ratios a limit states.
pub(in crate::report) fn limit_level(arm: &ArmResult) -> Option<&LevelResult> {
    match arm.limit.kind {
        LimitKind::At => arm.levels.get(stopped_at(arm)?.checked_sub(1)?),
        LimitKind::BeyondTested => arm.levels.last(),
        LimitKind::BelowTested => arm.levels.first(),
        LimitKind::Undetermined | LimitKind::None => None,
    }
}

/// Test images that would decide the level at which the sequence stopped, where that is known.
pub(in crate::report) fn images_to_decide(arm: &ArmResult) -> Option<u64> {
    arm.levels.get(stopped_at(arm)?)?.images_to_decide
}

/// A limit in the words of a table row.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct LimitWords {
    /// The limit on stored bits, or that there is none.
    pub(in crate::report) stored: String,
    /// Its interval.
    pub(in crate::report) interval: String,
    /// The limit on allocated bits.
    pub(in crate::report) allocated: String,
    /// What ended the sequence, or why there is no limit.
    pub(in crate::report) reason: String,
}

/// Words for the limit of `arm`.
pub(in crate::report) fn limit(arm: &ArmResult) -> LimitWords {
    let limit = &arm.limit;
    let said = |prefix: &str, value: Option<f64>| {
        value
            .filter(|it| it.is_finite())
            .map_or_else(String::new, |it| prefix.to_owned() + &ratio(it))
    };
    let ratios = limit_ratios(arm);
    let prefix = match limit.kind {
        LimitKind::BeyondTested => "beyond ",
        LimitKind::BelowTested => "below ",
        _ => "",
    };
    let stored = match limit.kind {
        LimitKind::Undetermined => "undetermined".to_owned(),
        LimitKind::None => "none".to_owned(),
        _ => said(prefix, ratios.map(|it| it.0)),
    };
    let interval = match (limit.ratio_stored_lower, limit.ratio_stored_upper) {
        (Some(low), Some(high)) => format!("{} to {}", ratio_number(low), ratio_number(high)),
        (Some(low), None) => format!("above {}", ratio_number(low)),
        (None, Some(high)) => format!("below {}", ratio_number(high)),
        (None, None) => String::new(),
    };
    LimitWords {
        stored,
        interval,
        allocated: said(prefix, ratios.map(|it| it.1)),
        reason: reason(arm),
    }
}

/// What a sequence by another criterion gave on stored bits.
pub(in crate::report) fn sequence(sequence: &SequenceResult, arm: &ArmResult) -> String {
    let end = |level: Option<&LevelResult>| level.map_or(f64::NAN, |level| level.ratio_stored);
    match sequence.kind {
        LimitKind::At => ratio(sequence.ratio_stored.unwrap_or(f64::NAN)),
        LimitKind::BeyondTested => format!("beyond {}", ratio(end(arm.levels.last()))),
        LimitKind::BelowTested => format!("below {}", ratio(end(arm.levels.first()))),
        LimitKind::Undetermined => "undetermined".to_owned(),
        LimitKind::None => "none".to_owned(),
    }
}

/// "11.6 (11.1 to 12.4)"; an end outside the tested ratios is left open.
pub(in crate::report) fn crossing(found: &RatioResult) -> String {
    let number = |value: Option<f64>| value.map_or_else(|| "..".to_owned(), ratio_number);
    match (found.ratio_stored, found.lower, found.upper) {
        (None, None, None) => String::new(),
        (at, lower, upper) => {
            let at = at.map_or_else(|| "none".to_owned(), ratio_number);
            format!("{at} ({} to {})", number(lower), number(upper))
        }
    }
}

/// "0.45 (0.38 to 0.54)"; without the interval where it is unknown.
pub(in crate::report) fn efficiency(found: &EfficiencyResult) -> Option<String> {
    let value = fixed(found.efficiency?, 2);
    Some(match found.efficiency_lower.zip(found.efficiency_upper) {
        Some((lower, upper)) => format!("{value} ({} to {})", fixed(lower, 2), fixed(upper, 2)),
        None => value,
    })
}

/// What ended the sequence, or why there is no limit.
fn reason(arm: &ArmResult) -> String {
    let stop = stopped_at(arm).map(|at| &arm.levels[at]);
    match arm.limit.kind {
        LimitKind::At => match (arm.limit.blocked_by, stop) {
            (Some(blocked), Some(level)) => {
                format!("{} at {}", verdict(blocked), target(level))
            }
            (Some(blocked), None) => verdict(blocked).to_owned(),
            (None, _) => String::new(),
        },
        LimitKind::BeyondTested => "every level passed".to_owned(),
        LimitKind::BelowTested => "mildest level failed".to_owned(),
        LimitKind::Undetermined => "mildest level inconclusive".to_owned(),
        LimitKind::None if arm.codec == CodecName::Lossless => "lossless: the null case".to_owned(),
        LimitKind::None if arm.replicates < LEAST_NETWORKS => {
            format!("{}, needs {LEAST_NETWORKS}", counted(arm.replicates, "network", "networks"))
        }
        LimitKind::None => "not derived".to_owned(),
    }
}

/// How a limit compares with a guideline, in one word.
pub(in crate::report) fn standing_word(standing: Standing) -> &'static str {
    match standing {
        Standing::Above => "above",
        Standing::Equal => "equal",
        Standing::Below => "below",
        Standing::Unknown => "unknown",
    }
}

/// The CSS class of a comparison.
pub(in crate::report) fn standing_class(standing: Standing) -> &'static str {
    match standing {
        Standing::Above => "standing pass",
        Standing::Equal => "standing",
        Standing::Below => "standing fail",
        Standing::Unknown => "standing open",
    }
}

/// A sign for it, readable without colour.
pub(in crate::report) fn standing_sign(standing: Standing) -> &'static str {
    match standing {
        Standing::Above => "\u{25b2}",
        Standing::Equal => "=",
        Standing::Below => "\u{25bc}",
        Standing::Unknown => "\u{2013}",
    }
}

/// Compares the limit of `arm` with `guideline` on stored and on allocated bits.
pub(in crate::report) fn standing(
    arm: &ArmResult,
    guideline: &GuidelineResult,
) -> Option<[Standing; 2]> {
    let (stored, allocated) = limit_ratios(arm)?;
    let against = |limit: f64| {
        let quotient = limit / guideline.ratio;
        let plain = if !quotient.is_finite() {
            Standing::Unknown
        } else if (quotient - 1.0).abs() <= NEAR {
            Standing::Equal
        } else if quotient > 1.0 {
            Standing::Above
        } else {
            Standing::Below
        };
        match (arm.limit.kind, plain) {
            (LimitKind::BeyondTested, Standing::Below) => Standing::Unknown,
            (LimitKind::BeyondTested, Standing::Equal) => Standing::Above,
            (LimitKind::BelowTested, Standing::Above) => Standing::Unknown,
            (LimitKind::BelowTested, Standing::Equal) => Standing::Below,
            (_, plain) => plain,
        }
    };
    Some([against(stored), against(allocated)])
}

/// The looks of a growing study, their error and how they ended; `None` where there are none.
pub(in crate::report) fn looks(looks: &[LookResult], alpha: f64) -> Option<String> {
    let last = looks.last()?;
    let sizes: Vec<String> = (looks.iter())
        .map(|look| format!("{} networks on {} test images", look.replicates, look.images))
        .collect();
    let end = if last.decided { "every limit is decided" } else { "the full size is reached" };
    Some(format!(
        "{} at a growing study ({}), ended because {end}; one-sided error spent: {} of {}, {} for a \
         verdict at the last look",
        counted(looks.len() as u64, "look", "looks"),
        listed(&sizes),
        error(last.spent_alpha),
        typed(alpha),
        error(last.nominal_alpha)
    ))
}

/// A small probability: two digits.
fn error(value: f64) -> String {
    if value >= 1e-4 { fixed(value, 4) } else { format!("{value:.1e}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{InputPath, LevelBase, LimitResult, Regime};

    /// An arm whose limit is of `kind`, at 9:1 on stored and 12:1 on allocated bits.
    fn limited(kind: LimitKind) -> ArmResult {
        let level = LevelResult {
            target: Some(9.0),
            target_base: LevelBase::Ratio,
            ratio_stored: 9.0,
            ratio_allocated: 12.0,
            ratio_input: 6.0,
            bpp: 12.0 / 9.0,
            psnr_db: Some(40.0),
            unreached: 0,
            score: 0.9,
            loss: 0.0,
            loss_lower: -0.01,
            loss_upper: 0.01,
            verdict: Some(Verdict::Pass),
            images_to_decide: None,
        };
        ArmResult {
            task: "identify".to_owned(),
            codec: CodecName::Jpeg,
            path: InputPath::Windowed,
            regime: Regime::Original,
            replicates: 5,
            images: 130,
            examples: 6240,
            original_score: 0.9,
            original_score_lower: 0.89,
            original_score_upper: 0.91,
            levels: vec![level],
            limit: LimitResult {
                kind,
                blocked_by: None,
                ratio_stored: Some(9.0),
                ratio_stored_lower: None,
                ratio_stored_upper: None,
                ratio_allocated: Some(12.0),
                method: String::new(),
            },
            supplement: None,
        }
    }

    #[test]
    fn a_crossing_leaves_open_what_was_not_tested() {
        let found = |ratio_stored, lower, upper| RatioResult { ratio_stored, lower, upper };
        assert_eq!(crossing(&found(Some(11.62), Some(11.1), Some(12.4))), "11.6 (11.1 to 12.4)");
        assert_eq!(crossing(&found(Some(2.0), None, Some(3.0))), "2.0 (.. to 3.0)");
        assert_eq!(crossing(&found(None, None, None)), "");
    }

    #[test]
    fn a_limit_is_compared_with_a_guideline_on_both_bases() {
        use Standing::{Above, Below, Equal, Unknown};
        let against = |kind, ratio| {
            let (body, source) = ("CAR".to_owned(), String::new());
            let cited = GuidelineResult { body, ratio, year: 2008, source, as_quoted_by: None };
            standing(&limited(kind), &cited)
        };
        assert_eq!(against(LimitKind::At, 12.0), Some([Below, Equal]));
        assert_eq!(against(LimitKind::At, 10.0), Some([Below, Above]));
        // The ladder ends at 9:1: nothing is known beyond it.
        assert_eq!(against(LimitKind::BeyondTested, 10.0), Some([Unknown, Above]));
        assert_eq!(against(LimitKind::BeyondTested, 9.0), Some([Above, Above]));
        assert_eq!(against(LimitKind::BelowTested, 10.0), Some([Below, Unknown]));
        assert_eq!(against(LimitKind::None, 10.0), None);
    }
}
