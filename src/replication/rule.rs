//! Rules: what in results shows a published claim, and what shows its opposite. Pure.

use serde::Deserialize;

use super::evidence::{
    ArmName, Found, at, between, crossing, find, later, name_of, no_ranking, of_verdict, predictor,
    ranking, unusable,
};
use crate::record::{Agreement, Gate, QualityIndex, RatioResult, Results, Verdict};

/// What shows a claim, and what shows its opposite.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Rule {
    /// The level loses less than the margin.
    Safe {
        /// The arm.
        arm: ArmName,
        /// Target of the level.
        level: f64,
    },
    /// The level loses more than the margin.
    Lost {
        /// The arm.
        arm: ArmName,
        /// Target of the level.
        level: f64,
    },
    /// The level keeps a share of the score on originals.
    Keeps {
        /// The arm.
        arm: ArmName,
        /// Target of the level.
        level: f64,
        /// The share.
        share: f64,
    },
    /// An arm's loss reaches the margin at a larger ratio than another's.
    CrossesLater {
        /// The arm.
        arm: ArmName,
        /// The other.
        than: ArmName,
    },
    /// An arm's loss reaches the margin within a factor of a ratio.
    CrossesNear {
        /// The arm.
        arm: ArmName,
        /// The ratio, on stored bits.
        ratio: f64,
        /// The factor, above 1.
        factor: f64,
    },
    /// Networks that were trained in another way lose less at a level.
    LosesLess {
        /// The arm.
        arm: ArmName,
        /// The arm that loses more.
        than: ArmName,
        /// Target of the level, in both.
        level: f64,
    },
    /// Networks that were trained at a level lose less there than those trained on originals.
    MatchedIsBetter {
        /// The arm of networks trained on originals.
        arm: ArmName,
        /// Target of the level.
        level: f64,
    },
    /// Networks that were trained in another way score as much on originals.
    ScoresAsMuch {
        /// The arm.
        arm: ArmName,
        /// The arm whose score it reaches.
        than: ArmName,
    },
    /// Networks that were trained in another way score less on originals, by more than the margin.
    ScoresLess {
        /// The arm.
        arm: ArmName,
        /// The arm whose score it does not reach.
        than: ArmName,
    },
    /// An index of quality ranks the levels of a path as networks do.
    Ranks {
        /// An arm of the task and the path.
        arm: ArmName,
        /// The index.
        index: QualityIndex,
        /// Least rank correlation.
        least: f64,
    },
    /// An index ranks the levels of a path better than another.
    RanksBetter {
        /// An arm of the task and the path.
        arm: ArmName,
        /// The index.
        index: QualityIndex,
        /// The other.
        than: QualityIndex,
        /// Least difference of the rank correlations.
        by: f64,
    },
    /// An index calls a level of one codec better than one of another at which networks lose less, by
    /// more than the margin.
    Misranks {
        /// An arm of the task and the path.
        arm: ArmName,
        /// The index.
        index: QualityIndex,
    },
    /// At thresholds frozen on originals, sensitivity or specificity falls by the margin before the area
    /// under the ROC curve does.
    DriftsFirst {
        /// The arm.
        arm: ArmName,
    },
}

impl Rule {
    /// The arms that it looks at, each with the level that must be there.
    #[must_use]
    pub fn asks(&self) -> Vec<(&ArmName, Option<f64>)> {
        match self {
            Self::Safe { arm, level }
            | Self::Lost { arm, level }
            | Self::Keeps { arm, level, .. }
            | Self::MatchedIsBetter { arm, level } => vec![(arm, Some(*level))],
            Self::LosesLess { arm, than, level } => {
                vec![(arm, Some(*level)), (than, Some(*level))]
            }
            Self::CrossesLater { arm, than }
            | Self::ScoresAsMuch { arm, than }
            | Self::ScoresLess { arm, than } => {
                vec![(arm, None), (than, None)]
            }
            Self::CrossesNear { arm, .. }
            | Self::Ranks { arm, .. }
            | Self::RanksBetter { arm, .. }
            | Self::Misranks { arm, .. }
            | Self::DriftsFirst { arm } => vec![(arm, None)],
        }
    }

    /// The rule in words: what shows the claim; and its opposite.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Safe { level, .. } => format!(
                "the interval of the loss at level {level} lies below the margin; above it, the \
                 opposite"
            ),
            Self::Lost { level, .. } => format!(
                "the interval of the loss at level {level} lies above the margin; below it, the \
                 opposite"
            ),
            Self::Keeps { level, share, .. } => format!(
                "the interval of the score at level {level} lies above {share} of the score on \
                 originals; below it, the opposite"
            ),
            Self::CrossesLater { .. } => "the intervals of the two crossings of the margin lie \
                                          apart, the larger ratio as claimed; the other way \
                                          round, the opposite"
                .to_owned(),
            Self::CrossesNear { ratio, factor, .. } => format!(
                "the interval of the crossing of the margin lies within a factor of {factor} of \
                 {ratio}:1; outside, the opposite"
            ),
            Self::LosesLess { level, .. } => format!(
                "the intervals of the two losses at level {level} lie apart, the smaller as \
                 claimed; the other way round, the opposite"
            ),
            Self::MatchedIsBetter { level, .. } => format!(
                "the interval of what training at level {level} wins back lies above 0; below 0, \
                 the opposite"
            ),
            Self::ScoresAsMuch { .. } => "the interval of the score on originals lies above the \
                                          other score less the margin; below it, the opposite"
                .to_owned(),
            Self::ScoresLess { .. } => {
                "the interval of the score on originals lies below the other \
                                        score less the margin; above it, the opposite"
                    .to_owned()
            }
            Self::Ranks { index, least, .. } => format!(
                "Spearman's rank correlation of {} with the score is at least {least}; less, the \
                 opposite",
                index.name().to_uppercase()
            ),
            Self::RanksBetter { index, than, by, .. } => format!(
                "Spearman's rank correlation with the score is larger by {by} for {} than for {}; \
                 smaller by as much, the opposite",
                index.name().to_uppercase(),
                than.name().to_uppercase()
            ),
            Self::Misranks { index, .. } => format!(
                "{} calls a level of one codec better than one of another at which networks lose \
                 less by more than the margin; where the worst pair differs by less than the \
                 margin, the opposite",
                index.name().to_uppercase()
            ),
            Self::DriftsFirst { .. } => "the interval of the ratio at which sensitivity or \
                                         specificity has lost the margin lies below that of the \
                                         area; above it, the opposite"
                .to_owned(),
        }
    }

    /// What results say; `of` gives those of a study by its name.
    ///
    /// # Panics
    /// If an arm or a level is not in the results.
    #[must_use]
    pub fn judge<'a>(&self, of: &dyn Fn(Option<&str>) -> &'a Results) -> Found {
        let arm_of = |name: &ArmName| find(of(name.study.as_deref()), name);
        // A score near to guessing is a low score; that of what it is held against must be one.
        let of_scores = matches!(self, Self::ScoresAsMuch { .. } | Self::ScoresLess { .. });
        let but_for: [&[Gate]; 2] = match of_scores {
            true => [&[Gate::Lossy, Gate::Dose, Gate::Floor], &[Gate::Lossy, Gate::Dose]],
            false => [&[], &[]],
        };
        let asks = self.asks();
        let mut arms = asks.iter().zip(but_for.into_iter().cycle());
        if let Some(missing) = arms.find_map(|((name, _), it)| unusable(arm_of(name), it)) {
            return (Agreement::Undecided, missing);
        }
        match self {
            Self::Safe { arm, level } => {
                let (level, said) = at(arm_of(arm), *level);
                (of_verdict(level.verdict, Verdict::Pass), said)
            }
            Self::Lost { arm, level } => {
                let (level, said) = at(arm_of(arm), *level);
                (of_verdict(level.verdict, Verdict::Fail), said)
            }
            Self::Keeps { arm, level, share } => {
                let arm = arm_of(arm);
                let (level, _) = at(arm, *level);
                let kept = |loss: f64| (arm.original_score - loss) / arm.original_score;
                let bounds = [kept(level.loss_upper), kept(level.loss_lower)];
                let said = format!(
                    "at {} ({:.1}:1) {:.3} of the score on originals is kept ({:.3} to {:.3})",
                    name_of(level),
                    level.ratio_stored,
                    kept(level.loss),
                    bounds[0],
                    bounds[1]
                );
                (between(bounds, *share), said)
            }
            Self::CrossesLater { arm, than } => {
                let [one, other] = [arm, than].map(|name| &arm_of(name).limit.crossing);
                (later(one, other), format!("{} against {}", crossing(one), crossing(other)))
            }
            Self::CrossesNear { arm, ratio, factor } => {
                let found = &arm_of(arm).limit.crossing;
                let [low, high] = [ratio / factor, ratio * factor];
                let agreement = match (found.lower, found.upper) {
                    (Some(lower), Some(upper)) if lower >= low && upper <= high => {
                        Agreement::Agrees
                    }
                    (Some(lower), _) if lower > high => Agreement::Disagrees,
                    (_, Some(upper)) if upper < low => Agreement::Disagrees,
                    _ => Agreement::Undecided,
                };
                (agreement, crossing(found))
            }
            Self::LosesLess { arm, than, level } => {
                let [(one, said), (other, beside)] =
                    [arm, than].map(|name| at(arm_of(name), *level));
                let agreement = if one.loss_upper < other.loss_lower {
                    Agreement::Agrees
                } else if one.loss_lower > other.loss_upper {
                    Agreement::Disagrees
                } else {
                    Agreement::Undecided
                };
                (agreement, format!("{said}; beside it, {beside}"))
            }
            Self::MatchedIsBetter { arm, level } => {
                let results = of(arm.study.as_deref());
                let shift = results.shift.iter().find(|it| {
                    it.task == arm.task
                        && (it.codec, it.path, it.target) == (arm.codec, arm.path, *level)
                });
                let Some(shift) = shift else {
                    return (Agreement::Undecided, format!("no network was trained at {level}"));
                };
                let bounds = [shift.domain_shift_lower, shift.domain_shift_upper];
                let said = format!(
                    "loss {:.3} when trained on originals, {:.3} when trained at {level}; won back \
                     {:.3} ({:.3} to {:.3})",
                    shift.loss_original,
                    shift.loss_matched,
                    shift.domain_shift,
                    bounds[0],
                    bounds[1]
                );
                (between(bounds, 0.0), said)
            }
            Self::ScoresAsMuch { arm, than } | Self::ScoresLess { arm, than } => {
                let margin = of(arm.study.as_deref()).margin.points().unwrap_or(0.0);
                let [one, other] = [arm, than].map(arm_of);
                let bounds = [one.original_score_lower, one.original_score_upper];
                let said = format!(
                    "score on originals {:.3} ({:.3} to {:.3}) against {:.3}",
                    one.original_score, bounds[0], bounds[1], other.original_score
                );
                let as_much = between(bounds, other.original_score - margin);
                let agreement = match (self, as_much) {
                    (Self::ScoresLess { .. }, Agreement::Agrees) => Agreement::Disagrees,
                    (Self::ScoresLess { .. }, Agreement::Disagrees) => Agreement::Agrees,
                    _ => as_much,
                };
                (agreement, said)
            }
            Self::Ranks { arm, index, least } => {
                match ranking(of(arm.study.as_deref()), arm, *index) {
                    None => no_ranking(),
                    Some((found, levels)) => {
                        let said = format!("\u{3c1} = {found:.3} over {levels} levels");
                        (between([found, found], *least), said)
                    }
                }
            }
            Self::RanksBetter { arm, index, than, by } => {
                let results = of(arm.study.as_deref());
                let [one, other] = [*index, *than].map(|index| ranking(results, arm, index));
                let (Some((one, levels)), Some((other, _))) = (one, other) else {
                    return no_ranking();
                };
                let agreement = match one - other {
                    difference if difference >= *by => Agreement::Agrees,
                    difference if difference <= -by => Agreement::Disagrees,
                    _ => Agreement::Undecided,
                };
                (agreement, format!("\u{3c1} = {one:.3} against {other:.3} over {levels} levels"))
            }
            Self::Misranks { arm, index } => {
                let results = of(arm.study.as_deref());
                let Some(predictor) = predictor(results, arm, *index) else {
                    return no_ranking();
                };
                let margin = results.margin.points().unwrap_or(0.0);
                let Some(worst) = &predictor.inversion else {
                    return (Agreement::Disagrees, "no pair of levels is misjudged".to_owned());
                };
                let [better, worse] = [&worst.called_better, &worst.called_worse];
                let said = format!(
                    "{} at {} is called better than {} at {}, and loses {:.3} more",
                    better.codec.title(),
                    better.target,
                    worse.codec.title(),
                    worse.target,
                    worst.loss
                );
                let agreement = if worst.loss <= margin {
                    Agreement::Disagrees
                } else if better.codec == worse.codec {
                    Agreement::Undecided
                } else {
                    Agreement::Agrees
                };
                (agreement, said)
            }
            Self::DriftsFirst { arm } => {
                let results = of(arm.study.as_deref());
                let operating = results.operating.iter().find(|it| {
                    it.task == arm.task
                        && (it.codec, it.path, it.regime) == (arm.codec, arm.path, arm.regime)
                });
                let Some(operating) = operating else {
                    return (Agreement::Undecided, "no threshold was frozen".to_owned());
                };
                let of_area = &arm_of(arm).limit.crossing;
                let shares = [
                    ("sensitivity", &operating.sensitivity.limit.crossing),
                    ("specificity", &operating.specificity.limit.crossing),
                ];
                let first = |it: &RatioResult| it.ratio_stored.unwrap_or(f64::INFINITY);
                let (name, share) =
                    if first(shares[1].1) < first(shares[0].1) { shares[1] } else { shares[0] };
                let said = format!("{name}: {}; area: {}", crossing(share), crossing(of_area));
                (later(of_area, share), said)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::CodecName;
    use crate::record::{
        ArmResult, Gate, InputPath, LevelBase, LevelResult, LimitKind, LimitResult, Margin, Regime,
    };

    const MARGIN: f64 = 0.02;

    fn name(codec: CodecName) -> ArmName {
        ArmName {
            study: None,
            task: "identify".to_owned(),
            codec,
            path: InputPath::Windowed,
            regime: Regime::Original,
        }
    }

    fn level(target: f64, [loss, lower, upper]: [f64; 3]) -> LevelResult {
        let verdict = match () {
            () if upper < MARGIN => Verdict::Pass,
            () if lower > MARGIN => Verdict::Fail,
            () => Verdict::Inconclusive,
        };
        LevelResult {
            target: Some(target),
            target_base: LevelBase::Ratio,
            ratio_stored: target,
            ratio_allocated: target,
            ratio_input: target,
            bpp: 12.0 / target,
            psnr_db: Some(40.0),
            unreached: 0,
            score: 0.9 - loss,
            loss,
            loss_lower: lower,
            loss_upper: upper,
            verdict: Some(verdict),
            images_to_decide: None,
        }
    }

    fn arm(codec: CodecName, crossing: [f64; 3], levels: Vec<LevelResult>) -> ArmResult {
        let name = name(codec);
        ArmResult {
            task: name.task,
            codec,
            path: name.path,
            regime: name.regime,
            replicates: 5,
            images: 50,
            examples: 50,
            original_score: 0.9,
            original_score_lower: 0.88,
            original_score_upper: 0.92,
            levels,
            limit: LimitResult {
                kind: LimitKind::At,
                crossing: RatioResult {
                    ratio_stored: Some(crossing[0]),
                    lower: Some(crossing[1]),
                    upper: Some(crossing[2]),
                },
                ..LimitResult::none(Vec::new())
            },
            method: String::new(),
            supplement: None,
        }
    }

    /// JPEG reaches the margin at 10:1, JPEG 2000 at 20:1.
    fn results() -> Results {
        let levels = |shift: f64| {
            vec![
                level(5.0, [0.001, 0.0, 0.004]),
                level(10.0, [0.02 - shift, 0.012 - shift, 0.028 - shift]),
                level(30.0, [0.09, 0.08, 0.1]),
            ]
        };
        let arms = vec![
            arm(CodecName::Jpeg, [10.0, 8.0, 12.0], levels(0.0)),
            arm(CodecName::Jpeg2000, [20.0, 15.0, 25.0], levels(0.015)),
        ];
        Results::of_arms("fake", Vec::new(), Margin::Score(MARGIN), 0.025, arms)
    }

    fn says(rule: &Rule) -> Agreement {
        let results = results();
        assert!(!rule.words().is_empty());
        rule.judge(&|_| &results).0
    }

    #[test]
    fn verdicts_show_a_claim_or_its_opposite() {
        let arm = || name(CodecName::Jpeg);
        let of = |level| {
            [Rule::Safe { arm: arm(), level }, Rule::Lost { arm: arm(), level }].map(|it| says(&it))
        };
        assert_eq!(of(5.0), [Agreement::Agrees, Agreement::Disagrees]);
        assert_eq!(of(10.0), [Agreement::Undecided; 2]);
        assert_eq!(of(30.0), [Agreement::Disagrees, Agreement::Agrees]);
    }

    #[test]
    fn intervals_that_overlap_decide_nothing() {
        let [jpeg, wavelet] = [CodecName::Jpeg, CodecName::Jpeg2000].map(name);
        let later = |arm: &ArmName, than: &ArmName| {
            says(&Rule::CrossesLater { arm: arm.clone(), than: than.clone() })
        };
        assert_eq!(later(&wavelet, &jpeg), Agreement::Agrees);
        assert_eq!(later(&jpeg, &wavelet), Agreement::Disagrees);
        assert_eq!(later(&jpeg, &jpeg), Agreement::Undecided);
        let less =
            |level| says(&Rule::LosesLess { arm: wavelet.clone(), than: jpeg.clone(), level });
        assert_eq!([5.0, 10.0].map(less), [Agreement::Undecided, Agreement::Undecided]);
        let near = |ratio, factor| says(&Rule::CrossesNear { arm: jpeg.clone(), ratio, factor });
        assert_eq!(near(10.0, 1.5), Agreement::Agrees);
        assert_eq!(near(10.0, 1.1), Agreement::Undecided);
        assert_eq!(near(30.0, 1.5), Agreement::Disagrees);
        // 0.9 − 0.1 and 0.9 − 0.08 of 0.9: 0.889 to 0.911.
        let keeps = |share| says(&Rule::Keeps { arm: jpeg.clone(), level: 30.0, share });
        assert_eq!(
            [0.88, 0.9, 0.92].map(keeps),
            [Agreement::Agrees, Agreement::Undecided, Agreement::Disagrees]
        );
    }

    #[test]
    fn an_arm_without_a_limit_decides_nothing() {
        let mut results = results();
        results.arms[0].limit = LimitResult::none(vec![Gate::Ceiling]);
        let rule = Rule::Safe { arm: name(CodecName::Jpeg), level: 5.0 };
        let (agreement, found) = rule.judge(&|_| &results);
        assert_eq!(agreement, Agreement::Undecided);
        assert!(found.contains("at its ceiling"), "{found}");
    }
}
