//! A falling psychometric function and how answers lie around it; fits nothing.

use super::sigmoid::Sigmoid;

/// Parameters of a function.
pub(super) const PARAMETERS: usize = 4;

/// Answers at one level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trials {
    /// Where, such as the logarithm of a ratio; −∞ for the uncompressed, whose share is 1 − λ.
    pub position: f64,
    /// Correct answers; may be a mean over networks and so not a whole number.
    pub correct: f64,
    /// Answers.
    pub total: f64,
}

/// Smallest and largest lapse and guess rate.
pub(super) const RATES: (f64, f64) = (1e-9, 0.999);

/// A fitted psychometric function.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Psychometric {
    /// F.
    pub sigmoid: Sigmoid,
    /// m: where ψ is half-way between its asymptotes.
    pub midpoint: f64,
    /// s: the unit of F's axis, such as the standard deviation of the cumulative normal;
    /// psignifit's width is s times [`Sigmoid::width`].
    pub spread: f64,
    /// γ: what is kept at the harshest levels.
    pub guess: f64,
    /// λ: what is missed at the mildest.
    pub lapse: f64,
}

impl Psychometric {
    /// ψ at a position.
    #[must_use]
    pub fn at(&self, position: f64) -> f64 {
        self.guess + self.height() * self.sigmoid.kept((self.midpoint - position) / self.spread)
    }

    pub(super) fn height(&self) -> f64 {
        1.0 - self.guess - self.lapse
    }

    /// Where ψ has fallen by `loss` below 1 − λ; `None` where it never does.
    #[must_use]
    pub fn position_of_loss(&self, loss: f64) -> Option<f64> {
        let before = self.sigmoid.quantile(1.0 - loss / self.height())?;
        Some(self.midpoint - self.spread * before)
    }

    /// −2 ln likelihood of binomial answers, less its smallest possible value (deviance).
    #[must_use]
    pub fn deviance(&self, trials: &[Trials]) -> f64 {
        let part = |count: f64, expected: f64| {
            if count > 0.0 { 2.0 * count * (count / expected).ln() } else { 0.0 }
        };
        trials
            .iter()
            .map(|at| {
                let psi = self.at(at.position);
                part(at.correct, at.total * psi)
                    + part(at.total - at.correct, at.total * (1.0 - psi))
            })
            .sum()
    }

    /// Pearson's χ² over its degrees of freedom: how much more answers scatter around the curve
    /// than independent ones would (quasi-binomial dispersion; McCullagh and Nelder, 1989). 0 with
    /// no level to spare.
    #[must_use]
    pub fn dispersion(&self, trials: &[Trials]) -> f64 {
        if trials.len() <= PARAMETERS {
            return 0.0;
        }
        let chi_square: f64 = trials
            .iter()
            .map(|at| {
                let psi = self.at(at.position);
                (at.correct - at.total * psi).powi(2) / (at.total * psi * (1.0 - psi))
            })
            .sum();
        chi_square / (trials.len() - PARAMETERS) as f64
    }

    /// d ψ/d (m, s, γ, λ) at every level.
    pub(super) fn jacobian(&self, trials: &[Trials]) -> Vec<[f64; PARAMETERS]> {
        trials
            .iter()
            .map(|at| {
                if at.position == f64::NEG_INFINITY {
                    return [0.0, 0.0, 0.0, -1.0];
                }
                let z = (self.midpoint - at.position) / self.spread;
                let share = self.sigmoid.kept(z);
                let slope = self.height() * self.sigmoid.density(z) / self.spread;
                [slope, -slope * z, 1.0 - share, -share]
            })
            .collect()
    }
}
