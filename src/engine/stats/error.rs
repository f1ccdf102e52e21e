//! Why a statistic could not be computed.

use thiserror::Error;

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
    /// Too few resamples for the requested tail.
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

/// One-sided errors lie in (0, 0.5): at 0.5 a two-sided interval is empty.
pub(super) fn check_tail(alpha: f64) -> Result<(), StatsError> {
    if alpha > 0.0 && alpha < 0.5 {
        Ok(())
    } else {
        Err(StatsError::Probability { value: alpha, below: 0.5 })
    }
}
