//! Derives verdicts and a compression limit from scores; knows no file, network or pixel.
//!
//! Loss is paired: the score on a path's uncompressed images minus the score on the same images at
//! a level, by the same networks. The [`Measure`](crate::task::Measure) of the task states name,
//! unit, range and better direction of a score. Levels are judged in the order of the plan, mildest
//! first, while all milder ones have passed (fixed-sequence non-inferiority), which keeps the error of
//! one arm at α with no correction. The limit states where the loss reaches the margin, with an
//! interval, and the largest ratio that is shown to be safe: the lower bound of that crossing, with
//! the sequence behind it. Where there is too little evidence, gates say so and there is no limit.
//! Supplements are the family table (each arm's limit at α/m), a relative margin, and the crossing
//! of the margin by other routes with a warning where they disagree.
#![expect(clippy::disallowed_methods, reason = "makes no pixels")]

mod arm;
mod check;
mod cost;
mod criterion;
mod crossing;
mod decision;
mod difference;
mod dose;
mod efficiency;
mod error;
mod estimate;
mod gates;
mod looks;
mod operating;
mod predictor;
mod regimes;
mod routes;
mod sequence;
mod tested;
#[cfg(test)]
mod tests;
mod verdicts;

pub use criterion::Criterion;
pub use decision::decide;
pub use difference::difference;
pub use dose::doses;
pub use efficiency::{FARTHEST, LEAST_EFFICIENCY, LEAST_SIZES, at_ideal};
pub use error::{LimitError, Place};
pub use estimate::{KEEP, estimate, estimate_family};
pub use looks::Looks;
pub use operating::{Rated, RatedArm, operating};
pub use predictor::predictors;
pub use regimes::{cross_score, domain_shift};
pub use verdicts::Verdicts;

pub use crate::record::{LEAST_IMAGES, LEAST_NETWORKS};
