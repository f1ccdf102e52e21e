//! The forms that a fall can have between its asymptotes.

use std::f64::consts::LN_2;

use serde::{Deserialize, Serialize};

use crate::stats::{normal_cdf, normal_quantile};

/// How the loss grows with z, deviations beyond its midpoint: all forms are one half at 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sigmoid {
    /// Φ(z).
    #[default]
    Normal,
    /// 1/(1 + e⁻ᶻ), with more loss far before the midpoint.
    Logistic,
    /// 1 − 2^(−eᶻ): begins early and ends abruptly; over a logarithm, Weibull's function.
    Gumbel,
    /// 2^(−e⁻ᶻ): begins abruptly and ends late.
    ReversedGumbel,
}

impl Sigmoid {
    /// All forms; where two fit alike, the former is taken.
    pub const ALL: [Self; 4] = [Self::Normal, Self::Logistic, Self::Gumbel, Self::ReversedGumbel];

    /// What it is called in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "cumulative normal",
            Self::Logistic => "logistic",
            Self::Gumbel => "Gumbel",
            Self::ReversedGumbel => "reversed Gumbel",
        }
    }

    /// Share that is kept `before` the midpoint, in deviations: 1 − loss(−before).
    pub(super) fn kept(self, before: f64) -> f64 {
        match self {
            Self::Normal => normal_cdf(before),
            Self::Logistic => 1.0 / (1.0 + (-before).exp()),
            Self::Gumbel => (-LN_2 * (-before).exp()).exp(),
            Self::ReversedGumbel => -(-LN_2 * before.exp()).exp_m1(),
        }
    }

    /// Derivative of `kept`.
    pub(super) fn density(self, before: f64) -> f64 {
        // e⁻ᵗ t is 0 long before t overflows.
        let extreme = |power: f64| {
            let rate = (LN_2 * power).min(1e3);
            rate * (-rate).exp()
        };
        match self {
            Self::Normal => (-before * before / 2.0).exp() / std::f64::consts::TAU.sqrt(),
            Self::Logistic => self.kept(before) * self.kept(-before),
            Self::Gumbel => extreme((-before).exp()),
            Self::ReversedGumbel => extreme(before.exp()),
        }
    }

    /// Deviations before the midpoint at which a share in (0, 1) is kept.
    pub(super) fn quantile(self, kept: f64) -> Option<f64> {
        if !(kept > 0.0 && kept < 1.0) {
            return None;
        }
        match self {
            Self::Normal => normal_quantile(kept).ok(),
            Self::Logistic => Some((kept / (1.0 - kept)).ln()),
            Self::Gumbel => Some(-(-kept.ln() / LN_2).ln()),
            Self::ReversedGumbel => Some((-(-kept).ln_1p() / LN_2).ln()),
        }
    }

    /// Deviations from 5 % to 95 % of the fall, psignifit's width.
    #[must_use]
    pub fn width(self) -> f64 {
        let at = |kept| self.quantile(kept).unwrap_or(f64::NAN);
        at(0.95) - at(0.05)
    }
}
