//! Defines the verdict of a level; judges nothing.

use serde::{Deserialize, Serialize};

/// Verdict of one level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// Upper bound of the loss below the margin.
    Pass,
    /// Lower bound of the loss above the margin.
    Fail,
    /// Neither.
    Inconclusive,
}
