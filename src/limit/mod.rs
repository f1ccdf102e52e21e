//! Owns the way from answers to verdicts and a compression limit; knows no file, network or
//! pixel.
//!
//! Loss is paired: accuracy on a path's uncompressed images minus accuracy on the same images
//! at a level, by the same networks, over all regions. Levels are judged in the order of the
//! plan, mildest first, and the limit is the last level that passed before the first that did
//! not (fixed-sequence non-inferiority), which keeps the error of one arm at α with no
//! correction.
#![expect(clippy::disallowed_methods, reason = "makes no pixels")]

mod arm;
mod check;
mod crossing;
mod regimes;
mod sequence;
#[cfg(test)]
mod tests;

use thiserror::Error;

pub use regimes::{cross_accuracy, domain_shift};

use crate::record::{ArmOutcome, ArmResult};
use crate::stats::{StatsError, resamples_needed};

/// Fewest networks from which a limit is derived: with fewer, how networks differ cannot be
/// told, and verdicts hold for the networks at hand.
pub const LEAST_NETWORKS: usize = 5;

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
    /// More regions than a result can count.
    #[error("{regions} regions are too many: at most 4294967295")]
    Regions {
        /// Regions in all images.
        regions: u64,
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
    /// More correct answers than regions.
    #[error("{place}, network {network}, image {image}: {correct} of {regions} regions correct")]
    Correct {
        /// Where.
        place: Place,
        /// Network, from 0.
        network: usize,
        /// Image, from 0.
        image: usize,
        /// Correct answers.
        correct: u32,
        /// Regions of that image.
        regions: u32,
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
    #[error("{place} aims at {target}:1 after a level of {previous}:1: mildest first, each once")]
    Order {
        /// Where.
        place: Place,
        /// Its target.
        target: f64,
        /// Target of the level before.
        previous: f64,
    },
    /// A lossless codec changed an answer: the pipeline is at fault.
    #[error(
        "{place}, network {network}, image {image}: {correct} correct, {original} on the original, but the codec is lossless: the decoded image or the rating differs"
    )]
    NotLossless {
        /// Where.
        place: Place,
        /// Network, from 0.
        network: usize,
        /// Image, from 0.
        image: usize,
        /// Correct answers at the level.
        correct: u32,
        /// Correct answers on the original.
        original: u32,
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
    /// Resamples behind the interval of a limit; 0 for no such interval.
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

/// Verdicts of all levels of an arm and its limit.
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
    let regions = check::check(arm)?;
    let observers = arm::Observers::of(arm);
    let accuracy = observers.accuracy(&criterion)?;
    let levels = arm
        .levels
        .iter()
        .map(|level| observers.judge(level, &criterion))
        .collect::<Result<Vec<_>, _>>()?;
    let mut limit = if observers.gives_limit() {
        sequence::fixed_sequence(&levels)
    } else {
        sequence::no_limit()
    };
    if observers.gives_limit() && criterion.bootstrap > 0 && arm.regions.len() > 1 {
        let bounds = crossing::interval(arm, &criterion)?;
        limit.ratio_stored_lower = bounds.lower;
        limit.ratio_stored_upper = bounds.upper;
    }
    limit.method = observers.method(&criterion);
    Ok(ArmResult {
        codec: arm.codec,
        path: arm.path,
        regime: arm.regime,
        replicates: arm.original.len() as u32,
        images: arm.regions.len() as u32,
        regions,
        original_accuracy: accuracy.mean,
        original_accuracy_lower: accuracy.interval.lower,
        original_accuracy_upper: accuracy.interval.upper,
        levels,
        limit,
    })
}
