//! What is wrong with a table of answers.

use thiserror::Error;

use crate::limit::LimitError;

/// Why a table of answers was not judged.
#[derive(Debug, Error)]
pub enum AnswersError {
    /// The bytes are no CSV.
    #[error("line {line}: {message}")]
    Csv {
        /// Line, from 1.
        line: u64,
        /// What is wrong.
        message: String,
    },
    /// A column that must be there is not.
    #[error("{0}")]
    Columns(String),
    /// A value is not one that its column takes.
    #[error("line {line}, column `{column}`: `{value}` is not {expected}")]
    Value {
        /// Line, from 1.
        line: u64,
        /// Column.
        column: &'static str,
        /// What stands there.
        value: String,
        /// What may.
        expected: &'static str,
    },
    /// An image is of two patients, or has two truths or two ratios.
    #[error("line {line}: image `{image}` is {now} here and {before} before")]
    Contradiction {
        /// Line, from 1.
        line: u64,
        /// The image.
        image: String,
        /// What is said of it in this line.
        now: String,
        /// What was said of it first.
        before: String,
    },
    /// Some answers are there and others are not.
    #[error(
        "network `{network}` has {found} answers on image `{image}` {at}, {expected} on originals \
         by the first network: every network answers on the same images at every level, the \
         originals included (an empty `level` and `ratio`){hint}"
    )]
    Missing {
        /// Network.
        network: String,
        /// The image.
        image: String,
        /// Where: on originals, or at a level.
        at: String,
        /// Answers found.
        found: usize,
        /// Answers of the first network on originals.
        expected: usize,
        /// What else may be the cause.
        hint: &'static str,
    },
    /// Ratings or figures of one image by one network, several times.
    #[error("network `{network}` has more than one score on image `{image}` {at}: it may have one")]
    Twice {
        /// Network.
        network: String,
        /// The image.
        image: String,
        /// Where: on originals, or at a level.
        at: String,
    },
    /// There is no original, or nothing else.
    #[error("{0}")]
    Empty(String),
    /// The statistics.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// Areas under curves of one kind alone.
    #[error(
        "network `{network}`: no area under the ROC curve {at}: needs finite scores, and images \
         of both truths"
    )]
    Area {
        /// Network.
        network: String,
        /// Where.
        at: String,
    },
}
