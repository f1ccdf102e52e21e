//! Non-decreasing fits and where they cross a value; knows no ratio and no margin.

use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::StatsError;

/// Non-decreasing least-squares fit by pooling adjacent violators (Ayer et al., 1955): the
/// vector closest to `values` in Σ weight (value − fit)², never falling.
///
/// ```
/// let fit = phantom_limit_engine::stats::isotonic_fit(&[1.0, 3.0, 2.0, 4.0], &[1.0; 4]).unwrap();
/// assert_eq!(fit, [1.0, 2.5, 2.5, 4.0]);
/// ```
///
/// # Errors
/// If the slices are empty or differ in length, a value is not finite or a weight not above 0.
pub fn isotonic_fit(values: &[f64], weights: &[f64]) -> Result<Vec<f64>, StatsError> {
    if values.is_empty() || values.len() != weights.len() {
        return Err(StatsError::Lengths { first: values.len(), second: weights.len() });
    }
    check(values, f64::is_finite)?;
    check(weights, |weight| weight.is_finite() && weight > 0.0)?;
    let mut blocks: Vec<Block> = Vec::with_capacity(values.len());
    for (&value, &weight) in values.iter().zip(weights) {
        let mut block = Block { mean: value, weight, count: 1 };
        while let Some(last) = blocks.pop_if(|last| last.mean >= block.mean) {
            block = last.pooled(block);
        }
        blocks.push(block);
    }
    Ok(blocks.iter().flat_map(|block| std::iter::repeat_n(block.mean, block.count)).collect())
}

/// A run of pooled values.
#[derive(Debug, Clone, Copy)]
struct Block {
    mean: f64,
    weight: f64,
    count: usize,
}

impl Block {
    fn pooled(self, other: Self) -> Self {
        let weight = self.weight + other.weight;
        Self {
            mean: (self.mean * self.weight + other.mean * other.weight) / weight,
            weight,
            count: self.count + other.count,
        }
    }
}

/// Where a curve reaches a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Crossing {
    /// The curve is above the value from its first point on.
    Before,
    /// First position at which the curve reaches the value.
    At(f64),
    /// The curve stays below the value.
    After,
}

/// A non-decreasing curve: straight between the points of an isotonic fit.
#[derive(Debug, Clone, PartialEq)]
pub struct MonotoneCurve {
    /// Distinct positions, ascending.
    positions: Vec<f64>,
    /// Fitted values there, never falling.
    fit: Vec<f64>,
}

impl MonotoneCurve {
    /// Fits `values` at `positions`, which may come in any order. Values at one position are
    /// averaged first and weigh as one point: a repeated observation is not a new one.
    ///
    /// # Errors
    /// If the slices are empty or differ in length, or hold what is not finite.
    pub fn fit(positions: &[f64], values: &[f64]) -> Result<Self, StatsError> {
        if positions.len() != values.len() {
            return Err(StatsError::Lengths { first: positions.len(), second: values.len() });
        }
        check(positions, f64::is_finite)?;
        let mut points: Vec<(f64, f64)> =
            positions.iter().copied().zip(values.iter().copied()).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (positions, means): (Vec<f64>, Vec<f64>) = points
            .chunk_by(|a, b| a.0 == b.0)
            .map(|tied| {
                (tied[0].0, tied.iter().map(|point| point.1).sum::<f64>() / tied.len() as f64)
            })
            .unzip();
        let fit = isotonic_fit(&means, &vec![1.0; means.len()])?;
        Ok(Self { positions, fit })
    }

    /// First position at which the curve reaches `value`.
    #[must_use]
    pub fn crossing(&self, value: f64) -> Crossing {
        let Some(next) = self.fit.iter().position(|&fit| fit >= value) else {
            return Crossing::After;
        };
        if next == 0 {
            return if self.fit[0] > value {
                Crossing::Before
            } else {
                Crossing::At(self.positions[0])
            };
        }
        let (low, high) = (self.fit[next - 1], self.fit[next]);
        let share = (value - low) / (high - low);
        let (left, right) = (self.positions[next - 1], self.positions[next]);
        Crossing::At(left + share * (right - left))
    }
}

/// How far values are from never falling.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MonotoneMisfit {
    /// Σ (value − fit)²/variance over the isotonic fit weighted by 1/variance.
    pub statistic: f64,
    /// Probability of so much misfit where nothing falls.
    pub p_value: f64,
}

/// Tests whether independent normal values of known variance may come from means that never fall
/// (Bartholomew, 1959; Robertson, Wright and Dykstra, 1988, theorem 2.3.1): at the least
/// favourable equal means the misfit is chi-bar-squared, Σ_l P(l, k) P(χ²_{k−l} ≥ statistic),
/// with the level probabilities of equal weights, P(l, k) = P(l−1, k−1)/k + (k−1) P(l, k−1)/k.
///
/// Values that are positively correlated, as losses of the same images are, scatter less around
/// their common course: the p-value is then too large, and a small one still counts.
///
/// # Errors
/// If the slices are empty or differ in length, a value is not finite or a variance not above 0.
pub fn monotone_misfit(values: &[f64], variances: &[f64]) -> Result<MonotoneMisfit, StatsError> {
    check(variances, |variance| variance.is_finite() && variance > 0.0)?;
    let weights: Vec<f64> = variances.iter().map(|variance| 1.0 / variance).collect();
    let fit = isotonic_fit(values, &weights)?;
    let statistic: f64 =
        values.iter().zip(&fit).zip(&weights).map(|((v, f), w)| w * (v - f).powi(2)).sum();
    if statistic == 0.0 {
        return Ok(MonotoneMisfit { statistic, p_value: 1.0 });
    }
    let levels = values.len();
    let p_value = level_probabilities(levels)
        .iter()
        .enumerate()
        .take(levels - 1)
        .map(|(left, probability)| {
            let freedom = (levels - 1 - left) as f64;
            let chi = ChiSquared::new(freedom).expect("one degree of freedom or more");
            probability * chi.sf(statistic)
        })
        .sum();
    Ok(MonotoneMisfit { statistic, p_value })
}

/// P(l, k) for l = 1..=k: how likely the isotonic fit of k equal means has l distinct values.
fn level_probabilities(levels: usize) -> Vec<f64> {
    let mut probabilities = vec![1.0];
    for k in 2..=levels {
        let of = |l: usize| probabilities.get(l).copied().unwrap_or(0.0);
        let k = k as f64;
        probabilities = (0..k as usize)
            .map(|l| l.checked_sub(1).map_or(0.0, of) / k + of(l) * (k - 1.0) / k)
            .collect();
    }
    probabilities
}

fn check(values: &[f64], possible: impl Fn(f64) -> bool) -> Result<(), StatsError> {
    match values.iter().position(|&value| !possible(value)) {
        Some(position) => Err(StatsError::Value { value: values[position], position }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sums of ten numbers of size 1 in f64.
    const TOLERANCE: f64 = 1e-12;

    const VALUES: [f64; 10] = [0.0, -0.01, 0.02, 0.015, 0.05, 0.03, 0.04, 0.3, 0.25, 0.6];

    fn close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (f, e) in found.iter().zip(expected) {
            assert!((f - e).abs() < TOLERANCE, "{found:?}");
        }
    }

    #[test]
    fn fit_is_scikit_learns() {
        // scikit-learn 1.9.1: IsotonicRegression().fit_transform(range(10), y)
        close(
            &isotonic_fit(&VALUES, &[1.0; 10]).unwrap(),
            &[-0.005, -0.005, 0.0175, 0.0175, 0.04, 0.04, 0.04, 0.275, 0.275, 0.6],
        );
        // IsotonicRegression().fit_transform(range(10), y, sample_weight=w), equal to
        // scipy 1.17.1 scipy.optimize.isotonic_regression(y, weights=w).x
        let third = -0.02 / 3.0;
        close(
            &isotonic_fit(&VALUES, &[1.0, 2.0, 1.0, 1.0, 3.0, 1.0, 1.0, 1.0, 4.0, 1.0]).unwrap(),
            &[third, third, 0.0175, 0.0175, 0.044, 0.044, 0.044, 0.26, 0.26, 0.6],
        );
    }

    #[test]
    fn crossing_is_on_the_straight_line_between_points() {
        let curve = MonotoneCurve::fit(&[1.0, 2.0, 3.0], &[0.0, 0.01, 0.03]).unwrap();
        assert_eq!(curve.crossing(0.02), Crossing::At(2.5));
        assert_eq!(curve.crossing(0.0), Crossing::At(1.0));
        assert_eq!(curve.crossing(-0.01), Crossing::Before);
        assert_eq!(curve.crossing(0.04), Crossing::After);
    }

    #[test]
    fn order_and_repetition_of_points_change_nothing() {
        let once = MonotoneCurve::fit(&[1.0, 2.0, 3.0], &[0.02, 0.01, 0.03]).unwrap();
        let tied = MonotoneCurve::fit(&[3.0, 1.0, 2.0, 2.0], &[0.03, 0.02, 0.01, 0.01]).unwrap();
        assert_eq!(once, tied);
    }

    #[test]
    fn level_probabilities_are_the_published_ones() {
        // Robertson, Wright and Dykstra (1988), table A.10: k = 3 is 1/3, 1/2, 1/6 and k = 4 is
        // 1/4, 11/24, 1/4, 1/24.
        close(&level_probabilities(3), &[1.0 / 3.0, 0.5, 1.0 / 6.0]);
        close(&level_probabilities(4), &[0.25, 11.0 / 24.0, 0.25, 1.0 / 24.0]);
    }

    #[test]
    fn misfit_has_the_simulated_probability() {
        // scripts/stats_reference.py: share of 100 000 draws of equal means whose misfit by
        // scipy.optimize.isotonic_regression is larger; 4 standard errors of it.
        let known = super::super::reference::section("misfit");
        let found = monotone_misfit(
            &super::super::reference::numbers(&known["values"]),
            &super::super::reference::numbers(&known["variances"]),
        )
        .unwrap();
        let of = |key: &str| known[key].as_f64().unwrap();
        super::super::reference::close(found.statistic, of("statistic"), 1e-9);
        super::super::reference::close(found.p_value, of("p_value"), 4.0 * of("standard_error"));
        let rising = monotone_misfit(&[0.0, 0.1, 0.1, 0.5], &[0.01; 4]).unwrap();
        assert_eq!((rising.statistic, rising.p_value), (0.0, 1.0));
    }

    #[test]
    fn what_cannot_be_fitted_is_refused() {
        assert!(matches!(isotonic_fit(&[], &[]), Err(StatsError::Lengths { .. })));
        assert!(matches!(isotonic_fit(&[1.0], &[0.0]), Err(StatsError::Value { .. })));
        assert!(matches!(isotonic_fit(&[f64::NAN], &[1.0]), Err(StatsError::Value { .. })));
        let infinite = MonotoneCurve::fit(&[f64::INFINITY], &[1.0]);
        assert!(matches!(infinite, Err(StatsError::Value { .. })));
    }
}
