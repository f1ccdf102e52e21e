//! Decides one setting of an archive by the limits of a study; derives no limit.

use crate::codec::CodecName;
use crate::record::{
    ArmResult, DecidedArm, DecidedGuideline, Decision, FORMAT, GuidelineResult, LimitKind,
    LimitResult, Ratios, Results, Shown,
};
use crate::units::{CompressionRatio, RatioBase};

/// What results show about a codec at a ratio, and at the ratio of each guideline: by the limits that
/// hold for all arms together, so that all statements do. Empty `arms` where the codec was not
/// studied.
///
/// A ratio is safe up to the largest safe ratio of an arm, and lost from the upper bound of its
/// crossing on; nothing is read off between.
#[must_use]
pub fn decide(results: &Results, codec: CodecName, ratio: CompressionRatio) -> Decision {
    let arms: Vec<&ArmResult> = results.arms.iter().filter(|arm| arm.codec == codec).collect();
    let shown_at = |value: f64| {
        let ratio = CompressionRatio { value, ..ratio };
        let of = |arm: &&ArmResult| match leaks(results) {
            true => Shown::NoLimit,
            false => shown(arm.in_family(), on_both(arm, ratio)),
        };
        arms.iter().map(of).collect()
    };
    let guideline = |guideline: &GuidelineResult| DecidedGuideline {
        guideline: guideline.clone(),
        shown: shown_at(guideline.ratio),
    };
    Decision {
        format: FORMAT,
        phantom: results.phantom.clone(),
        on_data: results.data.is_some(),
        rescale: results.rescale,
        input: results.input,
        readers: (results.data.as_ref())
            .filter(|data| data.answers_sha256.is_some())
            .map(|data| data.readers),
        codec,
        ratio,
        margin: results.margin,
        alpha: results.alpha,
        post_hoc: results.post_hoc,
        leaks: leaks(results),
        guidelines: results.guidelines.iter().map(guideline).collect(),
        arms: arms.iter().map(|arm| decided(results, arm, on_both(arm, ratio))).collect(),
    }
}

/// Whether a cue other than the shape reveals a class, which voids every limit.
fn leaks(results: &Results) -> bool {
    results.leaks.as_ref().is_some_and(|audit| audit.leaks().next().is_some())
}

fn decided(results: &Results, arm: &ArmResult, ratio: Ratios) -> DecidedArm {
    let limit = arm.in_family();
    let harshest = arm.levels.iter().map(|level| level.ratio_stored).fold(0.0, f64::max);
    let lost_from = limit.crossing.upper.filter(|_| limit.kind != LimitKind::None);
    DecidedArm {
        task: arm.task.clone(),
        codec: arm.codec,
        path: arm.path,
        regime: arm.regime,
        ratio,
        shown: if leaks(results) { Shown::NoLimit } else { shown(limit, ratio) },
        beyond_tested: ratio.stored > harshest,
        safe: limit.safe,
        lost_from: lost_from.map(|stored| on_both(arm, CompressionRatio::stored(stored))),
        saved: results.lossless_ratio(arm.path).map(|lossless| 1.0 - lossless / ratio.stored),
        gates: limit.gates.clone(),
    }
}

fn shown(limit: &LimitResult, ratio: Ratios) -> Shown {
    if limit.kind == LimitKind::None {
        Shown::NoLimit
    } else if limit.safe.is_some_and(|safe| ratio.stored <= safe.stored) {
        Shown::Safe
    } else if limit.crossing.upper.is_some_and(|upper| ratio.stored >= upper) {
        Shown::Lost
    } else {
        Shown::NotDecided
    }
}

/// A ratio on stored and on allocated bits, which all levels of an arm have in one proportion.
fn on_both(arm: &ArmResult, ratio: CompressionRatio) -> Ratios {
    let Some(level) = arm.levels.first() else {
        return Ratios { stored: f64::NAN, allocated: f64::NAN };
    };
    let asked = match ratio.base {
        RatioBase::Stored => level.ratio_stored,
        RatioBase::Allocated => level.ratio_allocated,
        RatioBase::Input => level.ratio_input,
    };
    let more = ratio.value / asked;
    Ratios { stored: level.ratio_stored * more, allocated: level.ratio_allocated * more }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{FamilyResult, Gate, LevelResult, Margin, RatioResult, Supplement};
    use crate::task::{Identify, Task};

    /// Alone safe to 10:1 with a crossing from 10 to 12, in the family to 9:1, from 9 to 15.
    fn results() -> Results {
        let limit = |lower: f64, upper| LimitResult {
            kind: LimitKind::At,
            safe: Some(Ratios { stored: lower, allocated: lower * 16.0 / 12.0 }),
            crossing: RatioResult {
                ratio_stored: Some(11.0),
                lower: Some(lower),
                upper: Some(upper),
            },
            ..LimitResult::none(Vec::new())
        };
        let family = FamilyResult { arms: 4, alpha: 0.00625, limit: limit(9.0, 15.0) };
        let levels = |ratios: &[f64]| ratios.iter().map(|&it| LevelResult::for_tests(it)).collect();
        let arm = ArmResult {
            supplement: Some(Supplement { family: Some(family), ..Supplement::default() }),
            ..ArmResult::for_tests(CodecName::Jpeg2000, levels(&[4.0, 30.0]), limit(10.0, 12.0))
        };
        let lossy = LimitResult::none(vec![Gate::Lossy]);
        let null = ArmResult::for_tests(CodecName::Lossless, levels(&[3.0]), lossy);
        let cited = |ratio| GuidelineResult {
            body: "CAR".to_owned(),
            ratio,
            year: 2008,
            source: String::new(),
            as_quoted_by: None,
        };
        let measures = vec![Identify { classes: 6 }.measure()];
        let arms = vec![arm, null];
        Results {
            guidelines: vec![cited(5.0), cited(12.0), cited(20.0)],
            ..Results::of_arms("ct-head", measures, Margin::Score(0.02), 0.025, arms)
        }
    }

    #[test]
    fn a_ratio_is_decided_by_the_limits_that_hold_together() {
        let found = results();
        let asked = |value, base| {
            let ratio = CompressionRatio { value, base };
            decide(&found, CodecName::Jpeg2000, ratio).arms.remove(0)
        };
        let shown = |value| asked(value, RatioBase::Stored).shown;
        assert_eq!(
            [9.0, 9.5, 14.9, 15.0, 31.0].map(shown),
            [Shown::Safe, Shown::NotDecided, Shown::NotDecided, Shown::Lost, Shown::Lost]
        );
        // 12:1 on allocated bits of 16 is 9:1 on stored bits of 12; on the codec's 8 bits it is 18:1.
        let [allocated, input] =
            [RatioBase::Allocated, RatioBase::Input].map(|base| asked(12.0, base));
        assert_eq!((allocated.shown, allocated.ratio.stored), (Shown::Safe, 9.0));
        assert!((input.ratio.stored - 18.0).abs() < 1e-9 && input.shown == Shown::Lost);
        assert!(asked(31.0, RatioBase::Stored).beyond_tested && !input.beyond_tested);
        // Lossless reaches 3:1: at 9:1 a third of its bytes are left.
        assert!((allocated.saved.unwrap() - 2.0 / 3.0).abs() < 1e-9);
        let lost_from = allocated.lost_from.unwrap();
        assert_eq!((lost_from.stored, lost_from.allocated), (15.0, 20.0));
    }

    #[test]
    fn guidelines_are_decided_in_the_same_way() {
        let ratio = CompressionRatio::stored(8.0);
        let decision = decide(&results(), CodecName::Jpeg2000, ratio);
        let shown: Vec<Shown> = decision.guidelines.iter().map(|it| it.shown[0]).collect();
        assert_eq!(shown, [Shown::Safe, Shown::NotDecided, Shown::Lost]);
        assert_eq!(decide(&results(), CodecName::Jpeg, ratio).arms, []);
        let null = decide(&results(), CodecName::Lossless, ratio);
        assert_eq!((null.arms[0].shown, null.arms[0].lost_from), (Shown::NoLimit, None));
    }
}
