//! Defines the limit: where loss reaches the margin, up to where it is shown not to, or why neither
//! is stated; derives nothing.

use serde::{Deserialize, Serialize};

use super::Verdict;

/// Kind of a compression limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitKind {
    /// The last level passed in sequence.
    At,
    /// Every level passed.
    BeyondTested,
    /// The mildest level failed.
    BelowTested,
    /// The mildest level was inconclusive.
    Undetermined,
    /// No limit is derived: see the [gates](LimitResult::gates).
    None,
}

/// What a limit needs and an arm does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// A codec that loses something: this is the lossless null.
    Lossy,
    /// A preset that concludes something: this is `smoke`.
    Preset,
    /// [`LEAST_NETWORKS`](super::LEAST_NETWORKS): with fewer, verdicts hold for these networks only.
    Networks,
    /// [`LEAST_IMAGES`](super::LEAST_IMAGES): with fewer, verdicts err more often than they state.
    Images,
    /// [`LEAST_IMAGES`](super::LEAST_IMAGES) cases of the rarer kind of two that a score compares.
    Rarer,
    /// A score on originals that leaves something to lose: this one is at its ceiling.
    Ceiling,
    /// A score on originals that is far from guessing: this one is not.
    Floor,
    /// Answers on originals at the share of the dose that the margin names: this arm's networks gave
    /// none.
    Dose,
}

/// A ratio on both bases of bits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ratios {
    /// On stored bits.
    pub stored: f64,
    /// On allocated bits of the original.
    pub allocated: f64,
}

/// A ratio on stored bits with its two-sided 1 − 2α interval; null where it lies outside the
/// tested ratios.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RatioResult {
    /// The ratio.
    pub ratio_stored: Option<f64>,
    /// Lower bound.
    pub lower: Option<f64>,
    /// Upper bound.
    pub upper: Option<f64>,
}

/// A derived limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitResult {
    /// Kind.
    pub kind: LimitKind,
    /// Verdict of the level that ended the sequence (kind `at`).
    pub blocked_by: Option<Verdict>,
    /// Where the loss reaches the margin, along the isotonic loss. A lower bound at the harshest
    /// level says that the crossing lies beyond it, an upper one at the mildest that it lies before.
    pub crossing: RatioResult,
    /// The largest ratio that is shown to be safe: the lower bound of the crossing, as far as the
    /// sequence of levels passed. It exceeds the true crossing with a probability of at most α.
    /// Null where no level passed.
    pub safe: Option<Ratios>,
    /// Achieved ratio of the harshest level that passed in sequence.
    pub passed: Option<Ratios>,
    /// Why no limit is derived (kind `none`); empty otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<Gate>,
}

impl LimitResult {
    /// No limit, for these reasons.
    #[must_use]
    pub fn none(gates: Vec<Gate>) -> Self {
        Self {
            kind: LimitKind::None,
            blocked_by: None,
            crossing: RatioResult::default(),
            safe: None,
            passed: None,
            gates,
        }
    }
}
