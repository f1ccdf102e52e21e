//! Computes the crossing of the margin by routes other than the sequence, and whether they agree;
//! gives no verdict.

use crate::record::{ArmOutcome, CurveResult, LevelResult, LimitResult, RatioResult, Routes};
use crate::stats::{CrossedMean, Psychometric, Trials, monotone_misfit};

use super::arm::{Estimate, Observers};
use super::criterion::Criterion;
use super::error::LimitError;
use crate::task::Direction;

/// Below this probability losses are called not monotone.
const MONOTONE_P: f64 = 0.01;

/// All routes. `losses` are the estimates of what the margin tests at `levels`. Only a margin of the
/// score has a psychometric crossing.
pub(super) fn routes(
    arm: &ArmOutcome,
    observers: &Observers<'_>,
    levels: &[LevelResult],
    losses: &[Estimate],
    isotonic: RatioResult,
    bootstrap: Option<RatioResult>,
    criterion: &Criterion,
) -> Result<Routes, LimitError> {
    let curve = curve(arm, observers, levels, criterion)?;
    // No change at any region has a variance of 0: as if half a region of all had changed.
    let asked = arm.weights.total() * arm.original.len() as f64;
    let least = (0.5 / asked).powi(2);
    let variances: Vec<f64> = losses
        .iter()
        .map(|loss| loss.crossed.map_or(least, |crossed| crossed.variance().max(least)))
        .collect();
    let means: Vec<f64> = losses.iter().map(|loss| loss.mean).collect();
    let monotone_p = monotone_misfit(&means, &variances)?.p_value;
    Ok(Routes { isotonic, bootstrap, curve, monotone_p, warning: None })
}

/// The likeliest psychometric function of the score over log ratio, the originals at its axis' end;
/// `None` for scores that are no shares from 0 to 1 that fall with the ratio. The intervals span
/// those of every form that the answers do not contradict.
fn curve(
    arm: &ArmOutcome,
    observers: &Observers<'_>,
    levels: &[LevelResult],
    criterion: &Criterion,
) -> Result<Option<CurveResult>, LimitError> {
    let networks = arm.original.len() as f64;
    let share = arm.measure.range == [0.0, 1.0] && arm.measure.direction == Direction::Higher;
    if !share {
        return Ok(None);
    }
    let total = arm.weights.total() * networks;
    let at = |position: f64, scores: &[Vec<f64>]| Trials {
        position,
        correct: scores.iter().flatten().sum(),
        total,
    };
    let trials: Vec<Trials> = std::iter::once(at(f64::NEG_INFINITY, &arm.original))
        .chain(
            arm.levels
                .iter()
                .zip(levels)
                .map(|(outcome, level)| at(level.ratio_stored.ln(), &outcome.scores)),
        )
        .collect();
    // Too few levels, or scores that do not fall: no curve.
    let Ok(fits) = Psychometric::fits(&trials, criterion.alpha) else { return Ok(None) };
    let best = &fits[0];
    let widest = |loss: Option<f64>| -> Result<Option<RatioResult>, LimitError> {
        let found = |fit| crossing(fit, &trials, arm, observers, loss, criterion.alpha);
        // The likeliest form gives the ratio; where it gives none, the others are not used.
        let Some(mut widest) = found(best)? else { return Ok(None) };
        for fit in &fits[1..] {
            // A form that crosses beyond the tested levels leaves both ends open.
            let other = found(fit)?;
            let bound = |of: fn(&RatioResult) -> Option<f64>| other.as_ref().and_then(of);
            let (lower, upper) = (bound(|it| it.lower), bound(|it| it.upper));
            widest.lower = widest.lower.zip(lower).map(|(a, b)| a.min(b));
            widest.upper = widest.upper.zip(upper).map(|(a, b)| a.max(b));
        }
        Ok(Some(widest))
    };
    let crossing = match criterion.margin.points() {
        Some(points) => widest(Some(points))?,
        None => Some(RatioResult::default()),
    };
    let (Some(crossing), Some(midpoint)) = (crossing, widest(None)?) else { return Ok(None) };
    Ok(Some(CurveResult {
        crossing,
        midpoint,
        sigmoid: best.sigmoid,
        spread: best.spread,
        guess: best.guess,
        lapse: best.lapse,
        dispersion: best.dispersion(&trials),
    }))
}

/// Where one function loses `loss`, nothing outside the tested levels; for `None` its midpoint, up
/// to e times beyond them. Its interval: the fit moves with every level's score by a known rate
/// (delta method), so a threshold is a mean of cells, networks × images, with the same two-way
/// interval as a loss.
fn crossing(
    fit: &Psychometric,
    trials: &[Trials],
    arm: &ArmOutcome,
    observers: &Observers<'_>,
    loss: Option<f64>,
    alpha: f64,
) -> Result<Option<RatioResult>, LimitError> {
    let levels = trials[1..].iter().map(|at| at.position);
    let (mildest, harshest) =
        (levels.clone().fold(f64::INFINITY, f64::min), levels.fold(f64::NEG_INFINITY, f64::max));
    let tested = |position: f64| (mildest..=harshest).contains(&position);
    let position = loss.map_or(Some(fit.midpoint), |loss| fit.position_of_loss(loss));
    let reach = if loss.is_none() { 1.0 } else { 0.0 };
    let inside = position.filter(|it| (mildest - reach..=harshest + reach).contains(it));
    let (Some(position), Some(influence)) = (inside, fit.influence(trials, loss)) else {
        return Ok(None);
    };
    let mut sums = vec![0.0; arm.original.len() * arm.weights.cases()];
    let tables = std::iter::once(&arm.original).chain(arm.levels.iter().map(|level| &level.scores));
    for (table, rate) in tables.zip(&influence) {
        for (sum, &score) in sums.iter_mut().zip(table.iter().flatten()) {
            *sum += rate * score;
        }
    }
    let cells = arm.weights.cells(&sums)?;
    let crossed: CrossedMean = observers.crossed(&cells)?;
    let half = crossed.t(alpha)? * crossed.variance().sqrt();
    Ok(Some(RatioResult {
        ratio_stored: Some(position.exp()),
        lower: tested(position - half).then(|| (position - half).exp()),
        upper: tested(position + half).then(|| (position + half).exp()),
    }))
}

/// The routes of an arm that has no limit: the fitted curve stays, and no crossing is stated.
pub(super) fn without_crossings(routes: Routes) -> Routes {
    let none = RatioResult::default();
    let curve = routes.curve.map(|curve| CurveResult { crossing: none, ..curve });
    Routes { isotonic: none, bootstrap: None, curve, ..routes }
}

/// What contradicts what, in words; `None` where all agree.
pub(super) fn warning(routes: &Routes, limit: &LimitResult) -> Option<String> {
    let mut found = Vec::new();
    if routes.monotone_p < MONOTONE_P {
        found.push(format!(
            "losses rise and fall over the levels more than chance allows (p = {:.1e}), so no \
             single ratio divides them",
            routes.monotone_p
        ));
    }
    if let Some(curve) = &routes.curve
        && let (Some(isotonic), Some(fitted)) =
            (routes.isotonic.ratio_stored, curve.crossing.ratio_stored)
        && !holds(&routes.isotonic, fitted)
        && !holds(&curve.crossing, isotonic)
    {
        found.push(
            "the isotonic and the psychometric crossing lie outside each other's interval: no \
             function fits these losses near the margin, so the isotonic one is to be trusted"
                .to_owned(),
        );
    }
    if let (Some(passed), Some(upper)) = (limit.passed, routes.isotonic.upper)
        && passed.stored > upper
    {
        let passed = passed.stored;
        found.push(format!(
            "the sequence passed {passed:.1}:1, but loss is above the margin from {upper:.1}:1 on"
        ));
    }
    (!found.is_empty()).then(|| found.join("; "))
}

fn holds(ratio: &RatioResult, value: f64) -> bool {
    ratio.lower.is_none_or(|lower| lower <= value) && ratio.upper.is_none_or(|upper| value <= upper)
}
