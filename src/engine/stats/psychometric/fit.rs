//! Fits of a psychometric function, and the uncertainty of what is read off it.

use super::curve::{Psychometric, RATES, Trials};
use super::scoring::{Square, scoring, weight};
use super::sigmoid::Sigmoid;
use crate::stats::{StatsError, normal_quantile};

/// Fewest distinct levels at finite positions: one per parameter.
pub const LEAST_LEVELS: usize = 4;

impl Psychometric {
    /// The likeliest function of each form that answers do not speak against, the likeliest of
    /// all first: those whose deviance exceeds the least by no more than z² (all forms have as
    /// many parameters), or z² times the dispersion where that is above 1; `alpha` is one-sided.
    ///
    /// # Errors
    /// As [`Psychometric::fit_as`], and if `alpha` is not in (0, 0.5).
    pub fn fits(trials: &[Trials], alpha: f64) -> Result<Vec<Self>, StatsError> {
        let mut fits = Vec::new();
        for sigmoid in Sigmoid::ALL {
            let fit = Self::fit_as(sigmoid, trials)?;
            fits.push((fit.deviance(trials), fit));
        }
        fits.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (least, best) = fits[0];
        let most = least + normal_quantile(1.0 - alpha)?.powi(2) * best.dispersion(trials).max(1.0);
        Ok(fits.into_iter().filter(|&(deviance, _)| deviance <= most).map(|it| it.1).collect())
    }

    /// Fits one form by maximum likelihood of binomial answers: Fisher scoring with Levenberg's
    /// damping from two starts, rates held in their bounds. The same trials give the same bits.
    ///
    /// # Errors
    /// If there are fewer than [`LEAST_LEVELS`] distinct finite positions, a count is impossible,
    /// or answers do not fall with the position.
    pub fn fit_as(sigmoid: Sigmoid, trials: &[Trials]) -> Result<Self, StatsError> {
        check(trials)?;
        let start = Self::start(sigmoid, trials)?;
        let fits = [1.0, 0.4].map(|narrower| {
            let start = Self { spread: start.spread * narrower, ..start };
            scoring(start, trials)
        });
        let [first, second] = fits;
        Ok(if second.deviance(trials) < first.deviance(trials) { second } else { first })
    }

    /// Read off the data: asymptotes from the ends, the midpoint where a straight line between
    /// levels crosses half-way.
    fn start(sigmoid: Sigmoid, trials: &[Trials]) -> Result<Self, StatsError> {
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
            sigmoid,
            midpoint,
            // Half of the tested range, as a first guess of the width.
            spread: (last.0 - first.0) / (2.0 * sigmoid.width()),
            guess: (worst * 0.95).clamp(RATES.0, 0.98),
            lapse: (1.0 - best).clamp(1e-4, 0.5 * (1.0 - worst)),
        })
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
                let before = self.sigmoid.quantile(1.0 - share)?;
                // d before/d share = −1/F′(before), and share = loss/height grows with both rates.
                let by_rate = self.spread / self.sigmoid.density(before) * share / height;
                [1.0, -before, by_rate, by_rate]
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
}

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
