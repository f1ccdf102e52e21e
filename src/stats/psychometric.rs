//! Owns falling psychometric functions: fit, overdispersion, thresholds and their intervals;
//! knows no codec and no level.
//!
//! ψ(x) = γ + (1 − γ − λ) Φ((m − x)/s): from 1 − λ at mild levels down to γ at harsh ones, both
//! free (Wichmann and Hill, 2001).
#![expect(clippy::disallowed_methods, reason = "makes no pixels")]

use statrs::function::gamma::ln_gamma;

use super::{Interval, StatsError, normal_cdf, normal_quantile, t_quantile};

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

/// Fewest distinct levels at finite positions: one per parameter.
pub const LEAST_LEVELS: usize = 4;

/// Smallest and largest lapse and guess rate.
const RATES: (f64, f64) = (1e-9, 0.999);

/// A fitted psychometric function.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Psychometric {
    /// m: where ψ is half-way between its asymptotes.
    pub midpoint: f64,
    /// s: standard deviation of the cumulative normal; psignifit's width is 3.2897 s.
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
        self.guess + self.height() * normal_cdf((self.midpoint - position) / self.spread)
    }

    fn height(&self) -> f64 {
        1.0 - self.guess - self.lapse
    }

    /// Where ψ has fallen by `loss` below 1 − λ; `None` where it never does.
    #[must_use]
    pub fn position_of_loss(&self, loss: f64) -> Option<f64> {
        let share = loss / self.height();
        let z = normal_quantile(share).ok()?;
        Some(self.midpoint + self.spread * z)
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

    /// Fits by maximum likelihood of binomial answers: Fisher scoring with Levenberg's damping
    /// from two starts, rates held in their bounds. The same trials give the same bits.
    ///
    /// # Errors
    /// If there are fewer than [`LEAST_LEVELS`] distinct finite positions, a count is impossible,
    /// or answers do not fall with the position.
    pub fn fit(trials: &[Trials]) -> Result<Self, StatsError> {
        check(trials)?;
        let start = Self::start(trials)?;
        let fits = [1.0, 0.4].map(|narrower| {
            let start = Self { spread: start.spread * narrower, ..start };
            scoring(start, trials, None)
        });
        let [first, second] = fits;
        Ok(if second.deviance(trials) < first.deviance(trials) { second } else { first })
    }

    /// Read off the data: asymptotes from the ends, the midpoint where a straight line between
    /// levels crosses half-way.
    fn start(trials: &[Trials]) -> Result<Self, StatsError> {
        let mut points: Vec<(f64, f64)> =
            trials.iter().map(|at| (at.position, at.correct / at.total)).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let best = points.iter().map(|point| point.1).fold(0.0, f64::max);
        let worst = points.iter().map(|point| point.1).fold(1.0, f64::min);
        let finite: Vec<(f64, f64)> = points.into_iter().filter(|it| it.0.is_finite()).collect();
        let (first, last) = (finite[0], finite[finite.len() - 1]);
        let half = f64::midpoint(best, worst);
        if last.1 >= first.1 {
            return Err(StatsError::Value { value: last.1, position: trials.len() - 1 });
        }
        let crossing = finite.windows(2).find(|two| two[0].1 >= half && two[1].1 < half);
        let midpoint = crossing.map_or(last.0, |two| {
            two[0].0 + (two[0].1 - half) / (two[0].1 - two[1].1) * (two[1].0 - two[0].0)
        });
        Ok(Self {
            midpoint,
            spread: (last.0 - first.0) / 6.0,
            guess: (worst * 0.95).clamp(RATES.0, 0.98),
            lapse: (1.0 - best).clamp(1e-4, 0.5 * (1.0 - worst)),
        })
    }

    /// Two-sided 1 − 2α interval of the midpoint by the profile likelihood of binomial answers:
    /// where the deviance, all else fitted again, rises by t² · dispersion above its least, t on
    /// the levels to spare; with a dispersion of 1 or less, by z².
    ///
    /// # Errors
    /// If `alpha` is not in (0, 0.5).
    pub fn midpoint_interval(&self, trials: &[Trials], alpha: f64) -> Result<Interval, StatsError> {
        let dispersion = self.dispersion(trials);
        let rise = if dispersion > 1.0 {
            let spare = (trials.len() - PARAMETERS) as f64;
            t_quantile(1.0 - alpha, spare)?.powi(2) * dispersion
        } else {
            normal_quantile(1.0 - alpha)?.powi(2)
        };
        let least = self.deviance(trials);
        let beyond = |midpoint: f64| {
            let fixed = Self { midpoint, ..*self };
            scoring(fixed, trials, Some(0)).deviance(trials) - least - rise
        };
        let bound = |direction: f64| {
            let mut step = 0.05 * self.spread;
            while beyond(self.midpoint + direction * step) < 0.0 && step < 100.0 * self.spread {
                step *= 2.0;
            }
            let (mut inside, mut outside) = (0.0, step);
            // 50 halvings leave 1e-13 of the spread.
            for _ in 0..50 {
                let middle = f64::midpoint(inside, outside);
                if beyond(self.midpoint + direction * middle) < 0.0 {
                    inside = middle;
                } else {
                    outside = middle;
                }
            }
            self.midpoint + direction * f64::midpoint(inside, outside)
        };
        Ok(Interval { lower: bound(-1.0), upper: bound(1.0) })
    }

    /// How the position of a loss (or the midpoint, for `None`) moves with the observed share of
    /// each level: d position / d share, by the delta method through the fit's weights. With it,
    /// any covariance of the shares gives that of the position. `None` where the levels do not
    /// determine the curve.
    #[must_use]
    pub fn influence(&self, trials: &[Trials], loss: Option<f64>) -> Option<Vec<f64>> {
        let gradient = match loss {
            None => [1.0, 0.0, 0.0, 0.0],
            Some(loss) => {
                let (share, height) = (loss / self.height(), self.height());
                let z = normal_quantile(share).ok()?;
                // d z/d share = 1/φ(z), and share = loss/height grows with both rates.
                let by_rate = self.spread / gauss(z) * share / height;
                [1.0, z, by_rate, by_rate]
            }
        };
        let free = [true, true, self.guess > RATES.0, self.lapse > RATES.0];
        let (mut information, jacobian) = (Square::default(), self.jacobian(trials));
        for (row, at) in jacobian.iter().zip(trials) {
            information.add(row, weight(self.at(at.position), at.total));
        }
        let solved = information.solve(&gradient, free, 0.0)?;
        let rates: Vec<f64> = jacobian
            .iter()
            .zip(trials)
            .map(|(row, at)| {
                weight(self.at(at.position), at.total)
                    * row.iter().zip(solved).map(|(a, b)| a * b).sum::<f64>()
            })
            .collect();
        rates.iter().all(|rate| rate.is_finite()).then_some(rates)
    }

    /// d ψ/d (m, s, γ, λ) at every level.
    fn jacobian(&self, trials: &[Trials]) -> Vec<[f64; PARAMETERS]> {
        trials
            .iter()
            .map(|at| {
                if at.position == f64::NEG_INFINITY {
                    return [0.0, 0.0, 0.0, -1.0];
                }
                let z = (self.midpoint - at.position) / self.spread;
                let (share, slope) = (normal_cdf(z), self.height() * gauss(z) / self.spread);
                [slope, -slope * z, 1.0 - share, -share]
            })
            .collect()
    }
}

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
    /// As [`Psychometric::fit`].
    pub fn fit(trials: &[Trials]) -> Result<Self, StatsError> {
        let binomial = Psychometric::fit(trials)?;
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

const PARAMETERS: usize = 4;

fn check(trials: &[Trials]) -> Result<(), StatsError> {
    for (position, at) in trials.iter().enumerate() {
        if at.position.is_nan() || at.position == f64::INFINITY {
            return Err(StatsError::Value { value: at.position, position });
        }
        if !(at.total >= 1.0 && (0.0..=at.total).contains(&at.correct)) {
            return Err(StatsError::Value { value: at.correct, position });
        }
    }
    let mut places: Vec<f64> =
        trials.iter().map(|at| at.position).filter(|it| it.is_finite()).collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    if places.len() < LEAST_LEVELS {
        return Err(StatsError::Lengths { first: places.len(), second: LEAST_LEVELS });
    }
    Ok(())
}

/// Fisher information per share: n/(ψ(1 − ψ)).
fn weight(psi: f64, total: f64) -> f64 {
    total / (psi * (1.0 - psi)).max(1e-9)
}

/// Fisher scoring with damping; `fixed` names a parameter that keeps its value.
fn scoring(start: Psychometric, trials: &[Trials], fixed: Option<usize>) -> Psychometric {
    let (mut curve, mut damping) = (start, 1e-3);
    let mut deviance = curve.deviance(trials);
    for _ in 0..200 {
        let (mut information, mut score) = (Square::default(), [0.0; PARAMETERS]);
        for (row, at) in curve.jacobian(trials).iter().zip(trials) {
            let psi = curve.at(at.position);
            let of_level = weight(psi, at.total);
            information.add(row, of_level);
            for (sum, slope) in score.iter_mut().zip(row) {
                *sum += slope * of_level * (at.correct / at.total - psi);
            }
        }
        // A rate at its bound that wants to leave it stays there.
        let mut free = [
            true,
            true,
            curve.guess > RATES.0 || score[2] > 0.0,
            curve.lapse > RATES.0 || score[3] > 0.0,
        ];
        if let Some(fixed) = fixed {
            free[fixed] = false;
        }
        let mut moved = None;
        while damping < 1e12 {
            let step = information.solve(&score, free, damping);
            let next = step.map(|step| advanced(&curve, step));
            let at_next = next.map_or(f64::NAN, |next| next.deviance(trials));
            if at_next <= deviance {
                damping = (damping / 10.0).max(1e-12);
                moved = next.map(|next| (next, at_next));
                break;
            }
            damping *= 10.0;
        }
        let Some((next, at_next)) = moved else { break };
        let gained = deviance - at_next;
        let shift = ((next.midpoint - curve.midpoint) / curve.spread).abs();
        (curve, deviance) = (next, at_next);
        if gained <= 1e-12 * (1.0 + deviance) && shift < 1e-9 {
            break;
        }
    }
    curve
}

/// One step, the spread held above 0 and rates in their bounds.
fn advanced(curve: &Psychometric, step: [f64; PARAMETERS]) -> Psychometric {
    let guess = (curve.guess + step[2]).clamp(RATES.0, RATES.1);
    Psychometric {
        midpoint: curve.midpoint + step[0],
        spread: (curve.spread + step[1]).clamp(curve.spread / 4.0, curve.spread * 4.0),
        guess,
        lapse: (curve.lapse + step[3]).clamp(RATES.0, (RATES.1 - guess).max(RATES.0)),
    }
}

/// A symmetric matrix of the parameters.
#[derive(Debug, Default, Clone, Copy)]
struct Square([[f64; PARAMETERS]; PARAMETERS]);

impl Square {
    /// Adds weight · row rowᵀ.
    fn add(&mut self, row: &[f64; PARAMETERS], weight: f64) {
        for (line, a) in self.0.iter_mut().zip(row) {
            for (cell, b) in line.iter_mut().zip(row) {
                *cell += weight * a * b;
            }
        }
    }

    /// x with (M + damping · diag M) x = right over the free parameters, 0 for the others, by
    /// Cholesky's decomposition; `None` where that is singular.
    fn solve(
        &self,
        right: &[f64; PARAMETERS],
        free: [bool; PARAMETERS],
        damping: f64,
    ) -> Option<[f64; PARAMETERS]> {
        let mut lower = [[0.0; PARAMETERS]; PARAMETERS];
        let mut found = [0.0; PARAMETERS];
        for i in 0..PARAMETERS {
            if !free[i] {
                lower[i][i] = 1.0;
                continue;
            }
            for j in 0..=i {
                if !free[j] {
                    continue;
                }
                let mut sum = self.0[i][j] * if i == j { 1.0 + damping } else { 1.0 };
                sum -= lower[i][..j].iter().zip(&lower[j]).map(|(a, b)| a * b).sum::<f64>();
                if i == j {
                    // Below this share of its own size a pivot is rounding.
                    if sum <= 1e-13 * self.0[i][i] || !sum.is_finite() {
                        return None;
                    }
                    lower[i][i] = sum.sqrt();
                } else {
                    lower[i][j] = sum / lower[j][j];
                }
            }
            let known: f64 = (0..i).map(|k| lower[i][k] * found[k]).sum();
            found[i] = (right[i] - known) / lower[i][i];
        }
        for i in (0..PARAMETERS).rev() {
            let known: f64 = (i + 1..PARAMETERS).map(|k| lower[k][i] * found[k]).sum();
            found[i] = if free[i] { (found[i] - known) / lower[i][i] } else { 0.0 };
        }
        Some(found)
    }
}

/// Density of the standard normal distribution.
fn gauss(z: f64) -> f64 {
    (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt()
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

#[cfg(test)]
mod tests {
    use super::super::reference::{close, close_to, numbers, section};
    use super::*;

    fn trials(known: &serde_json::Value) -> Vec<Trials> {
        numbers(&known["position"])
            .into_iter()
            .zip(numbers(&known["correct"]))
            .zip(numbers(&known["total"]))
            .map(|((position, correct), total)| Trials { position, correct, total })
            .collect()
    }

    /// psignifit's width over the standard deviation: 2 norm.ppf(0.95).
    const WIDTH: f64 = 3.289_707_253_902_945;

    #[test]
    fn binomial_fits_are_psignifits() {
        // scripts/stats_reference.py: psignifit's likelihood with flat priors and eta = 0,
        // maximised by its own maximize_posterior with scipy's fmin at its tightest.
        for known in section("psychometric").as_array().unwrap() {
            let trials = trials(known);
            let fit = Psychometric::fit(&trials).unwrap();
            let of = |key: &str| known["binomial"][key].as_f64().unwrap();
            close_to(fit.midpoint, of("threshold"), 0.001);
            close_to(fit.spread * WIDTH, of("width"), 0.005);
            close(fit.guess, of("gamma"), 0.001);
            close(fit.lapse, of("lambda"), 0.001);
            // And never a worse likelihood than theirs.
            let theirs = Psychometric {
                midpoint: of("threshold"),
                spread: of("width") / WIDTH,
                guess: of("gamma"),
                lapse: of("lambda"),
            };
            assert!(fit.deviance(&trials) <= theirs.deviance(&trials) + 1e-9);
        }
    }

    #[test]
    fn overdispersed_fits_are_psignifits() {
        for known in section("psychometric").as_array().unwrap() {
            let fit = Overdispersed::fit(&trials(known)).unwrap();
            let of = |key: &str| known["beta_binomial"][key].as_f64().unwrap();
            close_to(fit.curve.midpoint, of("threshold"), 0.02);
            close_to(fit.curve.spread * WIDTH, of("width"), 0.02);
            close(fit.curve.guess, of("gamma"), 0.005);
            close(fit.curve.lapse, of("lambda"), 0.005);
            // Near 0 eta has no curvature; psignifit's own grid is coarser than this.
            close(fit.eta, of("eta"), 0.02 * of("eta") + 0.002);
        }
    }

    #[test]
    fn profile_interval_is_scipys() {
        // The same profile with scipy.optimize.minimize at every midpoint and brentq on it.
        for known in section("psychometric").as_array().unwrap() {
            let trials = trials(known);
            let fit = Psychometric::fit(&trials).unwrap();
            let interval = fit.midpoint_interval(&trials, 0.025).unwrap();
            let expected = numbers(&known["midpoint_interval"]);
            close(interval.lower, expected[0], 0.02 * (expected[1] - expected[0]));
            close(interval.upper, expected[1], 0.02 * (expected[1] - expected[0]));
            close_to(fit.dispersion(&trials), known["dispersion"].as_f64().unwrap(), 0.02);
        }
    }

    #[test]
    fn the_position_of_a_loss_is_where_the_curve_lost_it() {
        let curve = Psychometric { midpoint: 3.0, spread: 0.5, guess: 0.2, lapse: 0.06 };
        let position = curve.position_of_loss(0.02).unwrap();
        close(curve.at(position), 0.92, 1e-9);
        assert_eq!(curve.position_of_loss(0.8), None);
    }

    #[test]
    fn influence_is_the_derivative_of_the_fit() {
        // Shares exactly on a curve, one moved by 1e-5 either way: a central difference.
        let curve = Psychometric { midpoint: 3.0, spread: 0.6, guess: 0.2, lapse: 0.06 };
        let positions = [f64::NEG_INFINITY, 1.0, 1.6, 2.0, 2.4, 2.8, 3.2, 3.8, 4.4, 5.0];
        let exact: Vec<Trials> = positions
            .iter()
            .map(|&position| Trials {
                position,
                correct: 4000.0 * curve.at(position),
                total: 4000.0,
            })
            .collect();
        let moved = |level: usize, by: f64| {
            let mut trials = exact.clone();
            trials[level].correct += by * 4000.0;
            Psychometric::fit(&trials).unwrap().position_of_loss(0.02).unwrap()
        };
        let influence = curve.influence(&exact, Some(0.02)).unwrap();
        for (level, influence) in influence.iter().enumerate() {
            let slope = (moved(level, 1e-5) - moved(level, -1e-5)) / 2e-5;
            // The difference's own error: third order in 1e-5 and the fit's last digits.
            close(*influence, slope, 1e-3 * (1.0 + slope.abs()));
        }
    }

    #[test]
    fn what_does_not_fall_or_is_too_little_is_refused() {
        let at = |position: f64, correct: f64| Trials { position, correct, total: 100.0 };
        let few = [at(1.0, 90.0), at(2.0, 50.0), at(3.0, 20.0)];
        assert!(matches!(Psychometric::fit(&few), Err(StatsError::Lengths { .. })));
        let rising = [at(1.0, 20.0), at(2.0, 30.0), at(3.0, 50.0), at(4.0, 90.0)];
        assert!(matches!(Psychometric::fit(&rising), Err(StatsError::Value { .. })));
        let wrong = [at(1.0, 120.0), at(2.0, 50.0), at(3.0, 20.0), at(4.0, 20.0)];
        assert!(matches!(Psychometric::fit(&wrong), Err(StatsError::Value { position: 0, .. })));
    }
}
