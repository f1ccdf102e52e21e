//! Owns fits to answers that scatter more than binomial ones.

use statrs::function::gamma::ln_gamma;

use super::curve::{Psychometric, Trials};
use super::sigmoid::Sigmoid;
use crate::stats::StatsError;

/// A fitted function whose answers scatter more than binomial ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overdispersed {
    /// The function.
    pub curve: Psychometric,
    /// η of Schütt et al. (2016): shares at a level are beta-distributed around ψ with variance
    /// η² ψ (1 − ψ); 0 for binomial answers.
    pub eta: f64,
}

impl Overdispersed {
    /// Fits by maximum likelihood of beta-binomial answers: Nelder and Mead's simplex (1965) from
    /// the binomial fit, started again until it stays.
    ///
    /// # Errors
    /// As [`Psychometric::fit_as`].
    pub fn fit_as(sigmoid: Sigmoid, trials: &[Trials]) -> Result<Self, StatsError> {
        let binomial = Psychometric::fit_as(sigmoid, trials)?;
        let excess = (binomial.dispersion(trials) - 1.0).max(0.05);
        let mean_total = trials.iter().map(|at| at.total).sum::<f64>() / trials.len() as f64;
        let eta = (excess / (mean_total - 1.0)).sqrt().clamp(1e-3, 0.9);
        let logit = |rate: f64| (rate / (1.0 - rate)).ln();
        let mut point = [
            binomial.midpoint,
            binomial.spread.ln(),
            logit(binomial.guess.max(1e-4)),
            logit(binomial.lapse.max(1e-4)),
            logit(eta),
        ];
        let decode = |point: &[f64; 5]| {
            let rate = |x: f64| 1.0 / (1.0 + (-x).exp());
            let curve = Psychometric {
                sigmoid,
                midpoint: point[0],
                spread: point[1].exp(),
                guess: rate(point[2]),
                lapse: rate(point[3]),
            };
            Self { curve, eta: rate(point[4]) }
        };
        let objective = |point: &[f64; 5]| {
            let fit = decode(point);
            if fit.curve.height() <= 1e-6 {
                return f64::INFINITY;
            }
            -fit.log_likelihood(trials)
        };
        let mut least = objective(&point);
        // In practice two or three rounds; each starts a fresh simplex at the former's end.
        for _ in 0..12 {
            let size = [0.2 * binomial.spread, 0.2, 0.3, 0.3, 0.3];
            let (best, value) = simplex(point, size, &objective);
            let gained = least - value;
            (point, least) = (best, value);
            if gained < 1e-9 {
                break;
            }
        }
        Ok(decode(&point))
    }

    /// ln likelihood, less what does not depend on the parameters.
    #[must_use]
    pub fn log_likelihood(&self, trials: &[Trials]) -> f64 {
        let precision = 1.0 / (self.eta * self.eta) - 1.0;
        trials
            .iter()
            .map(|at| {
                let psi = self.curve.at(at.position).clamp(1e-12, 1.0 - 1e-12);
                let (a, b) = (psi * precision, (1.0 - psi) * precision);
                let wrong = at.total - at.correct;
                ln_gamma(at.correct + a) + ln_gamma(wrong + b)
                    - ln_gamma(at.total + precision)
                    - ln_gamma(a)
                    - ln_gamma(b)
                    + ln_gamma(precision)
            })
            .sum()
    }
}

/// Nelder and Mead's downhill simplex with the usual coefficients 1, 2, ½, ½.
fn simplex<const N: usize>(
    start: [f64; N],
    size: [f64; N],
    objective: &impl Fn(&[f64; N]) -> f64,
) -> ([f64; N], f64) {
    let mut corners: Vec<([f64; N], f64)> = vec![(start, objective(&start))];
    for axis in 0..N {
        let mut corner = start;
        corner[axis] += size[axis];
        corners.push((corner, objective(&corner)));
    }
    for _ in 0..400 * N {
        corners.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (best, worst) = (corners[0], corners[N]);
        if worst.1 - best.1 < 1e-11 * (1.0 + best.1.abs()) {
            break;
        }
        let mut center = [0.0; N];
        for (corner, _) in &corners[..N] {
            for (sum, value) in center.iter_mut().zip(corner) {
                *sum += value / N as f64;
            }
        }
        let along = |share: f64| {
            let mut point = center;
            for (value, from) in point.iter_mut().zip(worst.0) {
                *value += share * (*value - from);
            }
            (point, objective(&point))
        };
        let reflected = along(1.0);
        if reflected.1 < best.1 {
            let expanded = along(2.0);
            corners[N] = if expanded.1 < reflected.1 { expanded } else { reflected };
        } else if reflected.1 < corners[N - 1].1 {
            corners[N] = reflected;
        } else {
            let contracted = if reflected.1 < worst.1 { along(0.5) } else { along(-0.5) };
            if contracted.1 < worst.1.min(reflected.1) {
                corners[N] = contracted;
            } else {
                for corner in &mut corners[1..] {
                    for (value, to) in corner.0.iter_mut().zip(best.0) {
                        *value = f64::midpoint(*value, to);
                    }
                    corner.1 = objective(&corner.0);
                }
            }
        }
    }
    corners.sort_by(|a, b| a.1.total_cmp(&b.1));
    corners[0]
}
