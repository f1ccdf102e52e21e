//! Judges further tasks from the same answers: their scores and losses at every level, and verdicts
//! by the study's margin; knows no rating.

use super::arm::Observers;
use super::check::check_table;
use super::criterion::Criterion;
use super::error::LimitError;
use super::error::Place;
use super::sequence;
use super::verdicts::standing;
use crate::record::{ArmOutcome, LevelResult, TaskLevel, TaskOutcome, TaskResult, Verdict};
use crate::task::Direction;

/// Every further task of an arm, with the verdicts of its loss by the study's margin, those of
/// earlier looks kept where the arm gives a limit.
pub(super) fn further(
    arm: &ArmOutcome,
    observers: &Observers<'_>,
    levels: &[LevelResult],
    criterion: &Criterion,
    before: &[Vec<Option<Verdict>>],
) -> Result<Vec<TaskResult>, LimitError> {
    let one = |(place, task): (usize, &TaskOutcome)| {
        let before = before.get(place).map_or(&[][..], Vec::as_slice);
        judge(arm, task, observers, levels, criterion, before)
    };
    arm.further.iter().enumerate().map(one).collect()
}

fn judge(
    arm: &ArmOutcome,
    task: &TaskOutcome,
    observers: &Observers<'_>,
    levels: &[LevelResult],
    criterion: &Criterion,
    before: &[Option<Verdict>],
) -> Result<TaskResult, LimitError> {
    check(arm, task)?;
    let TaskOutcome { measure, weights, .. } = task;
    let original = task.original.concat();
    let [low, high] = measure.range;
    let on_originals = observers.mean(weights, &original, (low, high), criterion)?;
    let mut found = Vec::with_capacity(levels.len());
    for rows in &task.levels {
        let pairs = original.iter().zip(rows.iter().flatten());
        let lost: Vec<f64> = pairs.map(|(&a, &b)| measure.direction.loss(a, b)).collect();
        let loss = observers.mean(weights, &lost, measure.loss_range(), criterion)?;
        let score = match measure.direction {
            Direction::Higher => on_originals.mean - loss.mean,
            Direction::Lower => on_originals.mean + loss.mean,
        };
        found.push(TaskLevel {
            score,
            loss: loss.mean,
            loss_lower: loss.interval.lower,
            loss_upper: loss.interval.upper,
            verdict: observers.verdict(&loss, criterion.margin),
        });
    }
    let mut verdicts: Vec<_> = found.iter().map(|level| level.verdict).collect();
    if observers.gives_limit() {
        verdicts = standing(before, verdicts);
        for (level, &verdict) in found.iter_mut().zip(&verdicts) {
            level.verdict = verdict;
        }
    }
    Ok(TaskResult {
        measure: measure.clone(),
        original_score: on_originals.mean,
        original_score_lower: on_originals.interval.lower,
        original_score_upper: on_originals.interval.upper,
        levels: found,
        sequence: observers.gives_limit().then(|| sequence::fixed_sequence(levels, &verdicts)),
    })
}

/// As many networks and images as in the study's own task.
fn check(arm: &ArmOutcome, task: &TaskOutcome) -> Result<(), LimitError> {
    if task.levels.len() != arm.levels.len() || task.weights.cases() != arm.weights.cases() {
        return Err(LimitError::Empty { missing: "score of a further task at some level" });
    }
    check_table(Place::Originals, &task.original, arm)?;
    let mut levels = task.levels.iter().enumerate();
    levels.try_for_each(|(level, rows)| check_table(Place::Level(level), rows, arm))
}
