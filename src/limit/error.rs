//! States why no result could be derived, and where the records are at fault; checks nothing.

use thiserror::Error;

use crate::record::Margin;
use crate::stats::StatsError;

/// Why no result could be derived.
#[derive(Debug, Error, Clone, PartialEq)]
#[non_exhaustive]
pub enum LimitError {
    /// A margin out of its range.
    #[error("the margin {margin} is not possible: {}", Margin::WORDS)]
    Margin {
        /// The margin given.
        margin: Margin,
    },
    /// A margin of d_a for a score that has none.
    #[error(
        "a margin of d_a needs areas under the ROC curve, and task `{task}` has none: choose a margin \
         of the score or of dose, or study the task detect alone"
    )]
    NoArea {
        /// The task.
        task: String,
    },
    /// A one-sided error that leaves no interval.
    #[error(
        "the one-sided error {value} is not possible: 0.000001 and more, below 0.5, such as 0.025"
    )]
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
    #[error("the records hold no {missing}")]
    Empty {
        /// What is missing.
        missing: &'static str,
    },
    /// More examples than a result can hold.
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
    /// The path's uncompressed images at less dose.
    LessDose,
    /// A level, from 0.
    Level(usize),
    /// A training level at a test level.
    Cross,
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Originals => formatter.write_str("originals"),
            Self::LessDose => formatter.write_str("originals at less dose"),
            Self::Level(level) => write!(formatter, "level {level}"),
            Self::Cross => formatter.write_str("training level × test level"),
        }
    }
}
