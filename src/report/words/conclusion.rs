//! Wording of limits, of what qualifies them, and of looks.

use super::{
    NEAR, Studied, ceiled_number, counted, fixed, floored, floored_number, listed, ratio,
    ratio_number, span, target, typed, verdict,
};
use crate::record::{
    ArmResult, DataResult, EfficiencyResult, Gate, GuidelineResult, LEAST_IMAGES, LEAST_NETWORKS,
    LevelResult, LimitKind, LimitResult, LookResult, RatioResult, Ratios, Readers, Results,
    Standing, Verdict,
};
use crate::task::Measure;

/// The first level that did not pass: where the fixed sequence stopped.
pub(in crate::report) fn stopped_at(arm: &ArmResult) -> Option<usize> {
    arm.levels.iter().position(|level| level.verdict.is_some_and(|it| it != Verdict::Pass))
}

/// The ratios that guidelines are compared with, on stored and on allocated bits: up to where the
/// limit is shown to be safe.
///
/// Below the ladder these are its mildest level, which the limit lies below.
fn compared_ratios(arm: &ArmResult) -> Option<Ratios> {
    let of = |level: &LevelResult| Ratios {
        stored: level.ratio_stored,
        allocated: level.ratio_allocated,
    };
    match arm.limit.kind {
        LimitKind::At | LimitKind::BeyondTested => arm.limit.safe,
        LimitKind::BelowTested => arm.levels.first().map(of),
        LimitKind::Undetermined | LimitKind::None => None,
    }
}

/// Test images that would decide the level at which the sequence stopped, where that is known.
pub(in crate::report) fn images_to_decide(arm: &ArmResult) -> Option<u64> {
    arm.levels.get(stopped_at(arm)?)?.images_to_decide
}

/// A limit in the words of a table row; what there is not is empty.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct LimitWords {
    /// Up to where it is shown to be safe on stored bits, or that it is so nowhere.
    pub(in crate::report) safe: String,
    /// The same on allocated bits.
    pub(in crate::report) allocated: String,
    /// Where the loss reaches the margin on stored bits, with its interval.
    pub(in crate::report) crossing: String,
    /// The harshest level that passed, on stored bits.
    pub(in crate::report) passed: String,
}

/// Words for a limit by whatever criterion.
pub(in crate::report) fn limit(limit: &LimitResult) -> LimitWords {
    let said = |ratios: Option<Ratios>, of: fn(Ratios) -> f64, word: fn(f64) -> String| {
        ratios.map(of).filter(|it| it.is_finite()).map_or_else(String::new, word)
    };
    let stored = said(limit.safe, |it| it.stored, floored);
    LimitWords {
        safe: match (limit.kind, stored.as_str()) {
            (LimitKind::None, _) => "no limit".to_owned(),
            (_, "") => "none".to_owned(),
            _ => stored,
        },
        allocated: said(limit.safe, |it| it.allocated, floored),
        crossing: crossing(&limit.crossing),
        passed: said(limit.passed, |it| it.stored, ratio),
    }
}

/// "safe up to 10.5:1", or that there is no such ratio.
pub(in crate::report) fn safe(found: &LimitResult) -> String {
    let said = limit(found).safe;
    match said.as_str() {
        "none" => "no safe ratio".to_owned(),
        "no limit" => said,
        _ => format!("safe up to {said}"),
    }
}

/// "11.6 (11.1 to 12.4)", "beyond 200", "below 2.0"; an end outside the tested ratios is left open. Ends
/// are rounded outwards, so that the lower one is the safe ratio that stands beside it.
pub(in crate::report) fn crossing(found: &RatioResult) -> String {
    let open = || "..".to_owned();
    match (found.ratio_stored, found.lower, found.upper) {
        (None, None, None) => String::new(),
        (None, Some(lower), None) => format!("beyond {}", floored_number(lower)),
        (None, None, Some(upper)) => format!("below {}", ceiled_number(upper)),
        (at, lower, upper) => {
            let at = at.map_or_else(|| "none".to_owned(), ratio_number);
            let lower = lower.map_or_else(open, floored_number);
            format!("{at} ({lower} to {})", upper.map_or_else(open, ceiled_number))
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
pub(in crate::report) fn reason(arm: &ArmResult, measure: &Measure) -> String {
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
        LimitKind::None => no_limit(&[arm], measure),
    }
}

/// Why none of these arms of a task has a limit, each reason once.
pub(in crate::report) fn no_limit(arms: &[&ArmResult], measure: &Measure) -> String {
    let Some(first) = arms.first() else { return String::new() };
    let mut gates: Vec<Gate> = arms.iter().flat_map(|arm| arm.limit.gates.clone()).collect();
    gates.sort_unstable();
    gates.dedup();
    // The scores of the arms that are too easy or too hard.
    let originals = |gate: Gate| {
        let those = arms.iter().filter(|arm| arm.limit.gates.contains(&gate));
        let (low, high) = span(those.map(|arm| arm.original_score)).unwrap_or_default();
        let (low, high) = (fixed(low, 3), fixed(high, 3));
        let scores = if low == high { low } else { format!("{low} to {high}") };
        format!("{} {scores} on originals", measure.short)
    };
    let one = |gate: &Gate| match gate {
        Gate::Lossy => "lossless: the null case".to_owned(),
        Gate::Preset => "preset smoke concludes nothing".to_owned(),
        Gate::Networks => {
            format!("{}, needs {LEAST_NETWORKS}", counted(first.replicates, "network", "networks"))
        }
        Gate::Images => {
            format!("{}, needs {LEAST_IMAGES}", counted_cases(first, measure))
        }
        Gate::Rarer => {
            if measure.is_area() {
                format!(
                    "fewer than {LEAST_IMAGES} {}s with, or without, what is looked for",
                    measure.case
                )
            } else {
                format!("fewer than {LEAST_IMAGES} {}s of one of the classes", measure.case)
            }
        }
        Gate::Dose => "no network rated originals at the margin's dose".to_owned(),
        Gate::Ceiling => format!("{}, too easy: needs {}", originals(*gate), usable(measure)),
        Gate::Floor => format!("{}, too hard: needs {}", originals(*gate), usable(measure)),
    };
    let reasons: Vec<String> = gates.iter().map(one).collect();
    if reasons.is_empty() { "not derived".to_owned() } else { reasons.join("; ") }
}

fn counted_cases(arm: &ArmResult, measure: &Measure) -> String {
    let case = match measure.case.as_str() {
        "image" => "test image",
        case => case,
    };
    counted(arm.images, case, &format!("{case}s"))
}

fn usable(measure: &Measure) -> String {
    let [low, high] = measure.usable;
    format!("{} to {}", typed(low), typed(high))
}

/// What to do so that there is a limit; `None` where nothing can be done.
pub(in crate::report) fn remedy(gates: &[Gate], studied: Studied) -> Option<String> {
    let one = |gate: &Gate| match (gate, studied) {
        (Gate::Lossy, _) => None,
        (Gate::Preset, _) => Some("choose another preset, such as standard"),
        (Gate::Networks, Studied::Drawn | Studied::Images) => {
            Some("train more networks (--replicates 5)")
        }
        (Gate::Networks, Studied::Answers) => {
            Some("add answers of more networks, or speak of these alone (--readers fixed)")
        }
        (Gate::Images, Studied::Drawn) => {
            Some("take more test images (--test-images 20, better 130)")
        }
        (Gate::Images, Studied::Images) => Some("add cases to split test"),
        (Gate::Images, Studied::Answers) => Some("add answers on more cases"),
        (Gate::Rarer, Studied::Images) => Some("add cases of the rarest kind to split test"),
        (Gate::Rarer, _) => Some("take more cases of the rarer kind"),
        (Gate::Dose, _) => Some("choose a margin of the score (--margin 0.02)"),
        (Gate::Ceiling, Studied::Drawn) => Some("make targets fainter (tune finds contrasts)"),
        (Gate::Ceiling, Studied::Images | Studied::Answers) => Some("take cases that are harder"),
        (Gate::Floor, Studied::Drawn) => {
            Some("make targets clearer (tune finds contrasts) or train longer (--epochs)")
        }
        (Gate::Floor, Studied::Images) => {
            Some("add cases to split train, train longer (--epochs), or ask what is easier to see")
        }
        (Gate::Floor, Studied::Answers) => {
            Some("take networks that see more, or cases that are easier")
        }
    };
    let remedies: Vec<String> = gates.iter().filter_map(one).map(str::to_owned).collect();
    (!remedies.is_empty()).then(|| listed(&remedies))
}

/// Networks and cases of a user's own images or answers.
pub(in crate::report) fn of_data(
    results: &Results,
    data: &DataResult,
    networks: &str,
    cases: &str,
) -> String {
    let case = &results.measure().case;
    if Studied::of(results) == Studied::Images {
        let (name, preset) = (&results.phantom, &results.preset);
        let of_cases = if case == "image" { String::new() } else { format!("; {case}s: {cases}") };
        return format!(
            "{name}, own labelled images, preset {preset}; networks per arm: {networks}{of_cases}; \
             test images: {}",
            data.images
        );
    }
    let stand = match data.readers {
        Readers::Sampled => "as a sample of networks like them",
        Readers::Fixed => "as themselves",
    };
    format!(
        "{}: answers of own networks; networks per arm: {networks}, {stand}; {case}s: {cases}; \
         images: {}",
        results.phantom, data.images
    )
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

/// Compares the largest safe ratio of `arm` with `guideline` on stored and on allocated bits.
pub(in crate::report) fn standing(
    arm: &ArmResult,
    guideline: &GuidelineResult,
) -> Option<[Standing; 2]> {
    let Ratios { stored, allocated } = compared_ratios(arm)?;
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
    use crate::codec::CodecName;
    use crate::record::InputPath;
    use crate::task::{Identify, Task};

    /// An arm whose limit is of `kind`, at 9:1 on stored and 12:1 on allocated bits.
    fn limited(kind: LimitKind) -> ArmResult {
        let level = LevelResult { verdict: Some(Verdict::Pass), ..LevelResult::for_tests(9.0) };
        let limit = LimitResult {
            kind,
            safe: Some(Ratios { stored: 9.0, allocated: 12.0 }),
            ..LimitResult::none(Vec::new())
        };
        let arm = ArmResult::for_tests(CodecName::Jpeg, vec![level], limit);
        ArmResult { path: InputPath::Windowed, ..arm }
    }

    #[test]
    fn a_crossing_leaves_open_what_was_not_tested() {
        let found = |ratio_stored, lower, upper| RatioResult { ratio_stored, lower, upper };
        assert_eq!(crossing(&found(Some(11.62), Some(11.1), Some(12.4))), "11.6 (11.1 to 12.4)");
        assert_eq!(crossing(&found(Some(2.0), None, Some(3.0))), "2.0 (.. to 3.0)");
        assert_eq!(crossing(&found(None, Some(201.6), None)), "beyond 201");
        assert_eq!(crossing(&found(None, None, Some(2.0))), "below 2.0");
        assert_eq!(crossing(&found(None, None, None)), "");
    }

    #[test]
    fn every_gate_is_said_with_what_to_do() {
        let measure = Identify { classes: 6 }.measure();
        let mut arm = limited(LimitKind::None);
        let all = [Gate::Preset, Gate::Networks, Gate::Images, Gate::Ceiling, Gate::Floor];
        for (gate, word, todo) in [
            (Gate::Preset, "preset smoke", "standard"),
            (Gate::Networks, "5 networks, needs 5", "--replicates"),
            (Gate::Images, "130 test images, needs 20", "--test-images"),
            (Gate::Ceiling, "accuracy 0.900 on originals, too easy: needs 0.75 to 0.98", "fainter"),
            (Gate::Floor, "too hard", "clearer"),
            (Gate::Dose, "the margin's dose", "--margin 0.02"),
        ] {
            arm.limit = LimitResult::none(vec![gate]);
            assert!(reason(&arm, &measure).contains(word), "{}", reason(&arm, &measure));
            assert!(remedy(&[gate], Studied::Drawn).unwrap().contains(todo));
        }
        arm.limit = LimitResult::none(all.to_vec());
        assert_eq!(reason(&arm, &measure).matches("; ").count(), 4);
        assert_eq!(remedy(&[Gate::Lossy], Studied::Drawn), None);
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
