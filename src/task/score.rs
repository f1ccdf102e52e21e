//! Combines scores of cases into the score of a network; knows no task.

use crate::stats::{StatsError, linearised_ratio};

/// What the scores of cases are divided by.
#[derive(Debug, Clone, PartialEq)]
pub enum Weights {
    /// A network's score is Σ values / Σ weights over the cases, such as right answers over
    /// regions. `[case]`, each 0 or above, not all 0; values lie between 0 and their weight.
    Counts(Vec<f64>),
    /// A network's score is the mean over so many cases: values are scores themselves, or
    /// pseudovalues whose mean is the score and whose spread is that of the score.
    Alike(usize),
}

impl Weights {
    /// Number of cases.
    #[must_use]
    pub fn cases(&self) -> usize {
        match self {
            Self::Counts(weights) => weights.len(),
            Self::Alike(cases) => *cases,
        }
    }

    /// Sum over the cases, each 1 where they are alike.
    #[must_use]
    pub fn total(&self) -> f64 {
        match self {
            Self::Counts(weights) => weights.iter().sum(),
            Self::Alike(cases) => *cases as f64,
        }
    }

    /// Weight of a case.
    #[must_use]
    pub fn of(&self, case: usize) -> f64 {
        match self {
            Self::Counts(weights) => weights[case],
            Self::Alike(_) => 1.0,
        }
    }

    /// Weights of the first `cases`.
    #[must_use]
    pub fn first(&self, cases: usize) -> Self {
        match self {
            Self::Counts(weights) => Self::Counts(weights[..cases.min(weights.len())].to_vec()),
            Self::Alike(all) => Self::Alike(cases.min(*all)),
        }
    }

    /// Mean score over networks and cases. `values` are `[network][case]`, row by row.
    #[must_use]
    pub fn mean(&self, values: &[f64]) -> f64 {
        let networks = values.len() / self.cases().max(1);
        values.iter().sum::<f64>() / (self.total() * networks as f64)
    }

    /// Cells `[network][case]` whose mean is the mean score and whose variance is that of the
    /// score: the values themselves where cases are alike, a ratio linearised otherwise.
    ///
    /// # Errors
    /// If the table is not full, a value is not finite, or the weights sum to 0.
    pub fn cells(&self, values: &[f64]) -> Result<Vec<f64>, StatsError> {
        match self {
            Self::Counts(weights) => linearised_ratio(values, weights),
            Self::Alike(_) => Ok(values.to_vec()),
        }
    }
}
