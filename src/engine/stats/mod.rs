//! Owns intervals, tests, what a cue tells, variance components, resampling, curves, ROC,
//! sequential bounds and planning: slices in, numbers out; knows no codec, network, record or
//! verdict.
//!
//! Numbers are held against other programs: `scripts/stats_reference.py` writes what they say.

mod adjust;
mod bootstrap;
mod crossed;
mod isotonic;
mod paired;
mod planning;
mod predictability;
mod proportion;
mod psychometric;
mod quantile;
mod rank;
#[cfg(test)]
mod reference;
mod roc;
mod sequential;

use thiserror::Error;

pub use adjust::{benjamini_hochberg, holm};
pub use bootstrap::{
    BcaTails, Multiplicity, bca_interval, bca_tails, percentile_interval, resamples_needed,
    two_way_bootstrap,
};
pub use crossed::{CrossedMean, MeanSquares, linearised_ratio};
pub use isotonic::{Crossing, MonotoneCurve, MonotoneMisfit, isotonic_fit, monotone_misfit};
pub use paired::{McNemar, mcnemar, tango};
pub use planning::{Components, NonInferiority};
pub use predictability::{Exchange, Labelled, Predictability, quantile_cells};
pub use proportion::{clopper_pearson, wilson};
pub use psychometric::{LEAST_LEVELS, Overdispersed, Psychometric, Sigmoid, Trials};
pub use quantile::{normal_cdf, normal_quantile, t_of_tail, t_quantile};
pub use rank::{argmax, spearman};
pub use roc::{Placements, RocPoint, roc_curve};
pub use sequential::{Look, MOST_LOOKS, obrien_fleming, obrien_fleming_spending};

/// Why a statistic could not be computed.
#[derive(Debug, Error, Clone, PartialEq)]
pub enum StatsError {
    /// A probability outside its open range.
    #[error("the probability {value} is not possible: above 0 and below {below}")]
    Probability {
        /// The value given.
        value: f64,
        /// The end of the open range.
        below: f64,
    },
    /// Degrees of freedom that are not a number above 0.
    #[error("{value} degrees of freedom are not possible: above 0")]
    DegreesOfFreedom {
        /// The value given.
        value: f64,
    },
    /// More successes than trials, or no trial.
    #[error(
        "{successes} successes in {trials} trials are not possible: 1 trial or more, at most as many successes"
    )]
    Count {
        /// Successes given.
        successes: u64,
        /// Trials given.
        trials: u64,
    },
    /// A table that has too few rows or columns, or values that do not fill it.
    #[error(
        "{values} values do not fill a table of {columns} columns with at least {least_rows} rows and {least_columns} columns"
    )]
    Table {
        /// Values given.
        values: usize,
        /// Columns given.
        columns: usize,
        /// Fewest rows.
        least_rows: usize,
        /// Fewest columns.
        least_columns: usize,
    },
    /// Two slices that belong together differ in length, or are empty.
    #[error("{first} and {second} values do not belong together: equally many, 1 or more")]
    Lengths {
        /// Length of the first.
        first: usize,
        /// Length of the second.
        second: usize,
    },
    /// A number that is not finite, or a weight that is not above 0.
    #[error("the value {value} at position {position} is not possible here")]
    Value {
        /// The value.
        value: f64,
        /// Its position in the slice.
        position: usize,
    },
    /// No look, or too many.
    #[error("{looks} looks are not possible: 1 to {most}")]
    Looks {
        /// Looks given.
        looks: usize,
        /// Most looks.
        most: usize,
    },
    /// Too few resamples for the tail that is asked for.
    #[error("{resamples} resamples cannot give a tail of {alpha}: {needed} or more")]
    Resamples {
        /// Resamples given.
        resamples: usize,
        /// The tail.
        alpha: f64,
        /// Fewest resamples for it.
        needed: usize,
    },
}

/// A two-sided interval with `lower` ≤ `upper`; either may be infinite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
}

impl Interval {
    /// `center` ± `half_width`.
    #[must_use]
    pub fn around(center: f64, half_width: f64) -> Self {
        Self { lower: center - half_width, upper: center + half_width }
    }

    /// Whether `value` lies between the bounds, these included.
    #[must_use]
    pub fn contains(self, value: f64) -> bool {
        self.lower <= value && value <= self.upper
    }

    /// Both bounds brought into the possible range `low..=high`.
    #[must_use]
    pub fn clamped(self, low: f64, high: f64) -> Self {
        Self { lower: self.lower.clamp(low, high), upper: self.upper.clamp(low, high) }
    }
}

/// One-sided errors lie in (0, 0.5): at 0.5 a two-sided interval is empty.
fn check_tail(alpha: f64) -> Result<(), StatsError> {
    if alpha > 0.0 && alpha < 0.5 {
        Ok(())
    } else {
        Err(StatsError::Probability { value: alpha, below: 0.5 })
    }
}
