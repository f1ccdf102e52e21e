//! Ranges of drawn values.

use serde::Serialize;

/// A closed interval from which a value is drawn uniformly.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Range {
    /// Smallest value.
    pub low: f64,
    /// Largest value, `low` or more.
    pub high: f64,
}
