//! Checks and holds what counts as too much loss and how sure a verdict must be; judges nothing.

use super::error::LimitError;
use crate::record::Margin;
use crate::stats::resamples_needed;

/// Least one-sided error of a verdict: below, intervals are those of no study.
const LEAST_ALPHA: f64 = 1e-6;

/// What counts as too much loss, and how sure a verdict must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Criterion {
    /// The loss up to which a level is accepted, δ.
    pub margin: Margin,
    /// One-sided error of a verdict, α, in [10⁻⁶, 0.5); intervals are two-sided 1 − 2α.
    pub alpha: f64,
    /// Two-way resamples for the bootstrap intervals; 0 for no such intervals.
    pub bootstrap: u32,
    /// Seed of the resamples.
    pub seed: u64,
    /// Whether the study only tries whether everything runs, as preset `smoke` does: no limit.
    pub trial: bool,
}

impl Criterion {
    /// A checked criterion of a study that concludes something.
    ///
    /// # Errors
    /// If `margin` is out of its range, `alpha` not in [10⁻⁶, 0.5), or `bootstrap` neither 0 nor
    /// enough for the tails.
    pub fn new(
        margin: impl Into<Margin>,
        alpha: f64,
        bootstrap: u32,
        seed: u64,
    ) -> Result<Self, LimitError> {
        let margin = margin.into();
        Self { margin, alpha, bootstrap, seed, trial: false }.checked()
    }

    pub(super) fn checked(self) -> Result<Self, LimitError> {
        if !self.margin.is_possible() {
            return Err(LimitError::Margin { margin: self.margin });
        }
        if !(self.alpha >= LEAST_ALPHA && self.alpha < 0.5) {
            return Err(LimitError::Alpha { value: self.alpha });
        }
        let needed = resamples_needed(self.alpha)?;
        if self.bootstrap != 0 && (self.bootstrap as usize) < needed {
            return Err(LimitError::Bootstrap { value: self.bootstrap, alpha: self.alpha, needed });
        }
        Ok(self)
    }
}
