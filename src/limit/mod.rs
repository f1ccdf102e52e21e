//! Owns the way from answers to verdicts and a compression limit; knows no file, network or
//! pixel.
//!
//! Loss is paired: the score on a path's uncompressed images minus the score on the same images at a
//! level, by the same networks. What a score is, its unit, range and better direction, is said by the
//! [`Measure`](crate::task::Measure) of the task. Levels are judged in the order of the
//! plan, mildest first, and the limit is the last level that passed before the first that did
//! not (fixed-sequence non-inferiority), which keeps the error of one arm at α with no
//! correction. Beside it stand: the family table (each arm's sequence at α/m), a relative margin,
//! the crossing of the margin by other routes with a warning where they disagree, and further tasks.
#![expect(clippy::disallowed_methods, reason = "makes no pixels")]

mod arm;
mod check;
mod crossing;
mod difference;
mod dose;
mod further;
mod looks;
mod predictor;
mod regimes;
mod routes;
mod sequence;
#[cfg(test)]
mod tests;

use thiserror::Error;

pub use difference::difference;
pub use dose::doses;
pub use looks::{Kept, Looks};
pub use predictor::predictors;
pub use regimes::{cross_score, domain_shift};

pub use crate::record::LEAST_NETWORKS;
use crate::record::{
    ArmOutcome, ArmResult, Beside, FamilyResult, LevelResult, RelativeResult, TaskResult, Verdict,
};
use crate::stats::{StatsError, resamples_needed};
use crate::task::Direction;
use looks::standing;

/// Share of the accuracy on originals that the relative margin keeps (Chen et al., 2020).
pub const KEEP: f64 = 0.95;

/// Why no result could be derived.
#[derive(Debug, Error, Clone, PartialEq)]
#[non_exhaustive]
pub enum LimitError {
    /// A margin that is no share of accuracy.
    #[error("the margin {value} is not possible: above 0 and below 1, such as 0.02")]
    Margin {
        /// The margin given.
        value: f64,
    },
    /// A one-sided error that leaves no interval.
    #[error("the one-sided error {value} is not possible: above 0 and below 0.5, such as 0.025")]
    Alpha {
        /// The error given.
        value: f64,
    },
    /// Too few resamples for the error.
    #[error(
        "{value} resamples are too few for a one-sided error of {alpha}: 0 for no interval of the limit, or {needed} and more"
    )]
    Bootstrap {
        /// Resamples given.
        value: u32,
        /// One-sided error.
        alpha: f64,
        /// Fewest resamples.
        needed: usize,
    },
    /// Nothing was recorded.
    #[error("there is no {missing} in the records")]
    Empty {
        /// What is missing.
        missing: &'static str,
    },
    /// More examples than a result can count.
    #[error("{examples} regions are too many: at most 4294967295")]
    Examples {
        /// Examples of all images.
        examples: f64,
    },
    /// Another number of networks than on the originals.
    #[error("{place}: answers of {found} networks, but {expected} on the originals")]
    Networks {
        /// Where.
        place: Place,
        /// Networks found.
        found: usize,
        /// Networks on the originals.
        expected: usize,
    },
    /// Another number of images than have regions.
    #[error("{place}, network {network}: answers on {found} images, but {expected} test images")]
    Images {
        /// Where.
        place: Place,
        /// Network, from 0.
        network: usize,
        /// Images found.
        found: usize,
        /// Test images.
        expected: usize,
    },
    /// A score that is not possible: more right answers than regions, or no number.
    #[error("{place}, network {network}, image {image}: a score of {score} of {weight}")]
    Score {
        /// Where.
        place: Place,
        /// Network, from 0.
        network: usize,
        /// Image, from 0.
        image: usize,
        /// The score.
        score: f64,
        /// What the image can score at most.
        weight: f64,
    },
    /// A level without a rate.
    #[error("{place}: {bytes} bytes for {pixels} pixels is no compression")]
    Rate {
        /// Where.
        place: Place,
        /// Bytes.
        bytes: u64,
        /// Pixels.
        pixels: u64,
    },
    /// Levels that do not go from mild to harsh.
    #[error("{place} aims at {target} after a level of {previous}: mildest first, each once")]
    Order {
        /// Where.
        place: Place,
        /// Its target, in words.
        target: String,
        /// Target of the level before.
        previous: String,
    },
    /// A lossless codec changed an answer: the pipeline is at fault.
    #[error(
        "{place}, network {network}, image {image}: a score of {score}, {original} on the original, but the codec is lossless: the decoded image or the rating differs"
    )]
    NotLossless {
        /// Where.
        place: Place,
        /// Network, from 0.
        network: usize,
        /// Image, from 0.
        image: usize,
        /// Score at the level.
        score: f64,
        /// Score on the original.
        original: f64,
    },
    /// A statistic could not be computed.
    #[error(transparent)]
    Stats(#[from] StatsError),
}

/// A part of an arm's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The path's uncompressed images.
    Originals,
    /// A level, from 0.
    Level(usize),
    /// A training level at a test level.
    Cross,
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Originals => formatter.write_str("originals"),
            Self::Level(level) => write!(formatter, "level {level}"),
            Self::Cross => formatter.write_str("training level × test level"),
        }
    }
}

/// What counts as too much loss, and how sure a verdict must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Criterion {
    /// Largest loss of accuracy that is accepted, δ, in (0, 1).
    pub margin: f64,
    /// One-sided error of a verdict, α, in (0, 0.5); intervals are two-sided 1 − 2α.
    pub alpha: f64,
    /// Two-way resamples behind the bootstrap intervals; 0 for none of them.
    pub bootstrap: u32,
    /// Seed of the resamples.
    pub seed: u64,
}

impl Criterion {
    /// A checked criterion.
    ///
    /// # Errors
    /// If `margin` is not in (0, 1), `alpha` not in (0, 0.5), or `bootstrap` neither 0 nor
    /// enough for the tails.
    pub fn new(margin: f64, alpha: f64, bootstrap: u32, seed: u64) -> Result<Self, LimitError> {
        Self { margin, alpha, bootstrap, seed }.checked()
    }

    fn checked(self) -> Result<Self, LimitError> {
        if !(self.margin > 0.0 && self.margin < 1.0) {
            return Err(LimitError::Margin { value: self.margin });
        }
        if !(self.alpha > 0.0 && self.alpha < 0.5) {
            return Err(LimitError::Alpha { value: self.alpha });
        }
        let needed = resamples_needed(self.alpha)?;
        if self.bootstrap != 0 && (self.bootstrap as usize) < needed {
            return Err(LimitError::Bootstrap { value: self.bootstrap, alpha: self.alpha, needed });
        }
        Ok(self)
    }
}

/// Verdicts and limits of all arms of a study, each also as one of a family: its sequence at α/m,
/// m the arms that give a limit, so that the chance of any false PASS in the table is at most α
/// (Bonferroni over arms, a fixed sequence within each).
///
/// # Errors
/// As [`estimate`].
pub fn estimate_family(
    arms: &[ArmOutcome],
    criterion: &Criterion,
) -> Result<Vec<ArmResult>, LimitError> {
    let criterion = criterion.checked()?;
    let family = arms.iter().filter(|arm| arm::Observers::of(arm).gives_limit()).count();
    let family = Family::of(family, &criterion);
    arms.iter().map(|arm| estimate_among(arm, family, &criterion, &Kept::default())).collect()
}

/// Verdicts of all levels of an arm and its limit, the arm alone.
///
/// Intervals are two-sided 1 − 2α. With [`LEAST_NETWORKS`] or more, networks and images are
/// random; with fewer, the loss is averaged over networks and images alone are random: verdicts
/// then hold for these networks, and no limit is derived. With one test image nothing is known
/// of how images differ, and intervals span all that is possible. The same records and
/// criterion give the same numbers, to the last bit.
///
/// # Errors
/// If the criterion is out of range, the records contradict themselves, or a lossless codec
/// changed an answer.
pub fn estimate(arm: &ArmOutcome, criterion: &Criterion) -> Result<ArmResult, LimitError> {
    let criterion = criterion.checked()?;
    estimate_among(arm, Family::of(1, &criterion), &criterion, &Kept::default())
}

/// The arms whose limits stand in one table.
#[derive(Debug, Clone, Copy)]
struct Family {
    arms: usize,
    /// α/m.
    alpha: f64,
    /// The error of a verdict that keeps it: less where there are several looks.
    nominal: f64,
}

impl Family {
    fn of(arms: usize, criterion: &Criterion) -> Self {
        let alpha = criterion.alpha / arms as f64;
        Self { arms, alpha, nominal: alpha }
    }
}

/// An arm with the verdicts of one look, those of earlier looks kept.
struct Judged<'a> {
    observers: arm::Observers<'a>,
    levels: Vec<LevelResult>,
    losses: Vec<arm::Estimate>,
    further: Vec<TaskResult>,
    kept: Kept,
}

fn judge<'a>(
    arm: &'a ArmOutcome,
    family: Family,
    criterion: &Criterion,
    before: &Kept,
) -> Result<Judged<'a>, LimitError> {
    let observers = arm::Observers::of(arm);
    let mut levels = Vec::with_capacity(arm.levels.len());
    let mut losses = Vec::with_capacity(arm.levels.len());
    for level in &arm.levels {
        let (result, loss) = observers.judge(level, criterion)?;
        levels.push(result);
        losses.push(loss);
    }
    let further = further::further(arm, &observers, &levels, criterion, &before.further)?;
    if !observers.gives_limit() {
        let kept = Kept::undecided(arm, before);
        return Ok(Judged { observers, levels, losses, further, kept });
    }
    let verdicts = levels.iter().map(|level| level.verdict).collect();
    let of_family = as_one_of(family, &observers, &losses, criterion)?;
    let of_task = |task: &TaskResult| task.levels.iter().map(|level| level.verdict).collect();
    let kept = Kept {
        levels: standing(&before.levels, verdicts),
        family: standing(&before.family, of_family),
        relative: standing(&before.relative, relative(arm, &observers, criterion)?),
        further: further.iter().map(of_task).collect(),
    };
    for (level, &verdict) in levels.iter_mut().zip(&kept.levels) {
        level.verdict = verdict;
        if verdict != Some(Verdict::Inconclusive) {
            level.images_to_decide = None;
        }
    }
    Ok(Judged { observers, levels, losses, further, kept })
}

fn estimate_among(
    arm: &ArmOutcome,
    family: Family,
    criterion: &Criterion,
    before: &Kept,
) -> Result<ArmResult, LimitError> {
    let examples = check::check(arm)?;
    let Judged { observers, levels, losses, further, kept } =
        judge(arm, family, criterion, before)?;
    let score = observers.score(criterion)?;
    let mut limit = sequence::no_limit();
    let mut beside = Beside {
        family: None,
        relative: None,
        routes: None,
        bootstrap: Vec::new(),
        tasks: further,
        efficiency: None,
        failed_trainings: failed_trainings(arm),
    };
    if observers.gives_limit() {
        limit = sequence::limit(sequence::fixed_sequence(&levels, &kept.levels));
        beside.family = Some(FamilyResult {
            arms: family.arms as u32,
            alpha: family.alpha,
            sequence: sequence::fixed_sequence(&levels, &kept.family),
        });
        // A share of a score that should be small means nothing.
        beside.relative = (arm.measure.direction == Direction::Higher).then(|| RelativeResult {
            keep: KEEP,
            sequence: sequence::fixed_sequence(&levels, &kept.relative),
        });
        if arm.weights.cases() > 1 {
            let isotonic = crossing::isotonic(arm, &observers, &levels, criterion)?;
            limit.ratio_stored_lower = isotonic.lower;
            limit.ratio_stored_upper = isotonic.upper;
            let mut bootstrap = None;
            if criterion.bootstrap > 0 {
                let resampled = crossing::resampled(arm, &levels, criterion)?;
                bootstrap = Some(resampled.crossing);
                beside.bootstrap = resampled.levels;
            }
            let mut routes =
                routes::routes(arm, &observers, &levels, &losses, isotonic, bootstrap, criterion)?;
            routes.warning = routes::warning(&routes, &limit);
            beside.routes = Some(routes);
        }
    }
    limit.method = observers.method(criterion);
    Ok(ArmResult {
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
        beside: Some(beside),
    })
}

/// Networks that score less than half as much on originals as the best.
fn failed_trainings(arm: &ArmOutcome) -> Vec<u32> {
    if arm.measure.direction == Direction::Lower {
        return Vec::new();
    }
    let sums: Vec<f64> = arm.original.iter().map(|scores| scores.iter().sum()).collect();
    let best = sums.iter().copied().fold(0.0, f64::max);
    (0..).zip(&sums).filter(|(_, of)| 2.0 * **of < best).map(|(network, _)| network).collect()
}

/// Verdicts of the levels at α/m.
fn as_one_of(
    family: Family,
    observers: &arm::Observers<'_>,
    losses: &[arm::Estimate],
    criterion: &Criterion,
) -> Result<Vec<Option<Verdict>>, LimitError> {
    let mut verdicts = Vec::with_capacity(losses.len());
    for loss in losses {
        let loss = loss.at(family.nominal)?;
        verdicts.push(observers.verdict(&loss, criterion.margin));
    }
    Ok(verdicts)
}

/// Verdicts where a level passes if it keeps [`KEEP`] of the accuracy on originals: that
/// share of it minus the accuracy at the level is below 0.
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
