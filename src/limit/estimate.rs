//! Derives the result of an arm from its outcome: verdicts, limit and what supplements it; reads no
//! file.

use super::criterion::Criterion;
use super::error::LimitError;
use super::verdicts::{Verdicts, standing};
use super::{arm, check, crossing, gates, routes, sequence, tested};
use crate::codec::CodecName;
use crate::record::{
    ArmOutcome, ArmResult, CostResult, FamilyResult, Gate, LevelResult, LimitResult, Margin,
    RelativeResult, Supplement, Verdict,
};
use crate::task::Direction;

/// Share of the score on originals that the relative margin keeps (Chen et al., 2020).
pub const KEEP: f64 = 0.95;

/// Verdicts and limits of all arms of a study, each also as one of a family: its limit at α/m,
/// m the number of lossy arms, so that the chance of any false PASS, or of any safe ratio beyond the
/// true crossing, in the table is at most α (Bonferroni over arms, a fixed sequence within each).
///
/// # Errors
/// As [`estimate`].
pub fn estimate_family(
    arms: &[ArmOutcome],
    criterion: &Criterion,
) -> Result<Vec<ArmResult>, LimitError> {
    let criterion = criterion.checked()?;
    let family = Family::of(arms, &criterion);
    arms.iter().map(|arm| estimate_among(arm, family, &criterion, &Verdicts::default())).collect()
}

/// Verdicts of all levels of an arm and its limit, the arm alone.
///
/// Intervals are two-sided 1 − 2α. With [`LEAST_NETWORKS`](crate::record::LEAST_NETWORKS) or more,
/// networks and images are random; with fewer, the loss is averaged over networks and images alone
/// are random: verdicts then hold for these networks, and no limit is derived. Nor is there one
/// where other [gates](crate::record::Gate) are closed. With one test image nothing is known
/// of how images differ, and intervals span all that is possible. The same records and
/// criterion give the same numbers, to the last bit.
///
/// # Errors
/// If the criterion is out of range, the records contradict themselves, or a lossless codec
/// changed an answer.
pub fn estimate(arm: &ArmOutcome, criterion: &Criterion) -> Result<ArmResult, LimitError> {
    let criterion = criterion.checked()?;
    let family = Family::of(std::slice::from_ref(arm), &criterion);
    estimate_among(arm, family, &criterion, &Verdicts::default())
}

/// The arms whose limits are in one table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Family {
    pub(super) arms: usize,
    /// α/m.
    pub(super) alpha: f64,
    /// The error of one verdict by which α/m is kept: smaller where there are several looks.
    pub(super) nominal: f64,
}

impl Family {
    fn of(arms: &[ArmOutcome], criterion: &Criterion) -> Self {
        let arms = Self::size(arms);
        let alpha = criterion.alpha / arms as f64;
        Self { arms, alpha, nominal: alpha }
    }

    /// The number of lossy arms, which is fixed before anything is measured; 1 where there is none.
    pub(super) fn size(arms: &[ArmOutcome]) -> usize {
        arms.iter().filter(|arm| arm.codec != CodecName::Lossless).count().max(1)
    }
}

/// An arm with the verdicts of one look, those of earlier looks kept.
pub(super) struct JudgedArm<'a> {
    observers: arm::Observers<'a>,
    levels: Vec<LevelResult>,
    /// What the margin tests at each level; `None` where the arm does not have it.
    tested: Option<Vec<arm::Estimate>>,
    costs: Vec<CostResult>,
    pub(super) kept: Verdicts,
}

pub(super) fn judge<'a>(
    arm: &'a ArmOutcome,
    family: Family,
    criterion: &Criterion,
    before: &Verdicts,
) -> Result<JudgedArm<'a>, LimitError> {
    let observers = arm::Observers::of(arm);
    let mut levels = Vec::with_capacity(arm.levels.len());
    let mut tested = Vec::with_capacity(arm.levels.len());
    let mut costs = Vec::new();
    for level in &arm.levels {
        let (result, of_level) = observers.judge(level, criterion)?;
        if arm.codec != CodecName::Lossless {
            costs.push(observers.cost(level, of_level.as_ref(), criterion)?);
        }
        levels.push(result);
        tested.push(of_level);
    }
    let tested: Option<Vec<arm::Estimate>> = tested.into_iter().collect();
    if arm.codec == CodecName::Lossless || gates::is_too_small(arm) {
        let kept = Verdicts::undecided(arm, before);
        return Ok(JudgedArm { observers, levels, tested, costs, kept });
    }
    let verdicts = levels.iter().map(|level| level.verdict).collect();
    let of_family = as_one_of(family, &observers, tested.as_deref(), criterion)?;
    let kept = Verdicts {
        levels: standing(&before.levels, verdicts),
        family: standing(&before.family, of_family),
        relative: standing(&before.relative, relative(arm, &observers, criterion)?),
    };
    for (level, &verdict) in levels.iter_mut().zip(&kept.levels) {
        level.verdict = verdict;
        if verdict != Some(Verdict::Inconclusive) {
            level.images_to_decide = None;
        }
    }
    Ok(JudgedArm { observers, levels, tested, costs, kept })
}

pub(super) fn estimate_among(
    arm: &ArmOutcome,
    family: Family,
    criterion: &Criterion,
    before: &Verdicts,
) -> Result<ArmResult, LimitError> {
    let examples = check::check(arm)?;
    check_area(arm, criterion)?;
    let JudgedArm { observers, mut levels, tested, costs, kept } =
        judge(arm, family, criterion, before)?;
    let score = observers.score(criterion)?;
    let mut gates = gates::of_study(arm, criterion);
    if gates != [Gate::Lossy] {
        gates.extend(gates::of_score(&arm.measure, score.mean));
    }
    let least = gates::least_cases(arm);
    for level in &mut levels {
        // More images decide nothing where something else is missing.
        let images_alone = gates.iter().all(|gate| matches!(gate, Gate::Images | Gate::Rarer));
        let needed = level.images_to_decide.filter(|_| images_alone);
        level.images_to_decide = needed.map(|images| images.max(least));
    }
    let mut supplement = Supplement {
        family: None,
        relative: None,
        routes: None,
        bootstrap: Vec::new(),
        costs,
        efficiency: None,
        failed_trainings: failed_trainings(arm),
    };
    let mut limit = LimitResult::none(gates);
    if let Some(tested) = tested.filter(|_| observers.has_course()) {
        let margin = tested::bound(criterion.margin);
        let of_margin = |level: &_| tested::values(arm, level, criterion.margin);
        let course = observers.course(&levels, of_margin)?;
        let isotonic = course.crossing(margin, criterion.alpha)?;
        let mut bootstrap = None;
        if criterion.bootstrap > 0 {
            let resampled = crossing::resampled(arm, &levels, criterion)?;
            bootstrap = resampled.crossing;
            supplement.bootstrap = resampled.levels;
        }
        let mut routes =
            routes::routes(arm, &observers, &levels, &tested, isotonic, bootstrap, criterion)?;
        if limit.gates.is_empty() {
            limit = sequence::limit(&levels, &kept.levels, isotonic);
            let in_family = course.crossing(margin, family.nominal)?;
            supplement.family = Some(FamilyResult {
                arms: family.arms as u32,
                alpha: family.alpha,
                limit: sequence::limit(&levels, &kept.family, in_family),
            });
            supplement.relative = relative_limit(&observers, &levels, &kept, criterion)?;
            routes.warning = routes::warning(&routes, &limit);
        } else {
            routes = routes::without_crossings(routes);
        }
        supplement.routes = Some(routes);
    }
    Ok(ArmResult {
        task: arm.measure.task.clone(),
        codec: arm.codec,
        path: arm.path,
        regime: arm.regime,
        replicates: arm.original.len() as u32,
        images: arm.weights.cases() as u32,
        examples,
        original_score: score.mean,
        original_score_lower: score.interval.lower,
        original_score_upper: score.interval.upper,
        levels,
        limit,
        method: observers.method(criterion),
        supplement: Some(supplement),
    })
}

/// The limit by the relative margin; `None` where the score should be small, of which a share means
/// nothing.
fn relative_limit(
    observers: &arm::Observers<'_>,
    levels: &[LevelResult],
    kept: &Verdicts,
    criterion: &Criterion,
) -> Result<Option<RelativeResult>, LimitError> {
    if observers.direction() == Direction::Lower {
        return Ok(None);
    }
    let course = observers.course(levels, |level| Some(observers.lost(level, KEEP)))?;
    let crossing = course.crossing(0.0, criterion.alpha)?;
    let limit = sequence::limit(levels, &kept.relative, crossing);
    Ok(Some(RelativeResult { keep: KEEP, limit }))
}

/// A margin of d_a needs a score that has one.
fn check_area(arm: &ArmOutcome, criterion: &Criterion) -> Result<(), LimitError> {
    if matches!(criterion.margin, Margin::DA(_)) && !arm.measure.is_area() {
        return Err(LimitError::NoArea { task: arm.measure.task.clone() });
    }
    Ok(())
}

/// Networks whose score on originals lies less than half as far above guessing as that of the best.
fn failed_trainings(arm: &ArmOutcome) -> Vec<u32> {
    if arm.measure.direction == Direction::Lower {
        return Vec::new();
    }
    let chance = arm.measure.chance.unwrap_or(arm.measure.range[0]);
    let gains: Vec<f64> =
        arm.original.iter().map(|scores| arm.weights.mean(scores) - chance).collect();
    let best = gains.iter().copied().fold(0.0, f64::max);
    (0..).zip(&gains).filter(|(_, of)| 2.0 * **of < best).map(|(network, _)| network).collect()
}

/// Verdicts of the levels at α/m.
fn as_one_of(
    family: Family,
    observers: &arm::Observers<'_>,
    tested: Option<&[arm::Estimate]>,
    criterion: &Criterion,
) -> Result<Vec<Option<Verdict>>, LimitError> {
    let bound = tested::bound(criterion.margin);
    let mut verdicts = Vec::new();
    for one in tested.unwrap_or_default() {
        verdicts.push(observers.verdict(&one.at(family.nominal)?, bound));
    }
    Ok(verdicts)
}

/// Verdicts where a level passes if it keeps [`KEEP`] of the score on originals: that share of it
/// minus the score at the level is below 0.
fn relative(
    arm: &ArmOutcome,
    observers: &arm::Observers<'_>,
    criterion: &Criterion,
) -> Result<Vec<Option<Verdict>>, LimitError> {
    let mut verdicts = Vec::with_capacity(arm.levels.len());
    for level in &arm.levels {
        let (lost, range) = (observers.lost(level, KEEP), arm.measure.loss_range());
        let loss = observers.mean(&arm.weights, &lost, range, criterion)?;
        verdicts.push(observers.verdict(&loss, 0.0));
    }
    Ok(verdicts)
}
