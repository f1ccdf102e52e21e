//! What a level was found to be.

use serde::{Deserialize, Serialize};

/// What a level was found to be.
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
