//! Resampling with replacement and percentile intervals of any statistic.
//!
//! A two-way bootstrap draws rows (networks) and columns (images) each with replacement, and
//! gives every cell the product of both multiplicities (McCarthy, 1969; Owen, 2007): images
//! stay whole, and every level of a study sees the same draw.

use crate::rng::Stream;

use super::{Interval, StatsError, check_tail, normal_cdf, normal_quantile};

/// How often each of some items was drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Multiplicity {
    counts: Vec<u32>,
}

impl Multiplicity {
    /// As many draws with replacement as there are items, uniform.
    #[must_use]
    pub fn draw(items: usize, stream: &mut Stream) -> Self {
        let mut counts = vec![0; items];
        for _ in 0..items {
            counts[stream.below(items as u64) as usize] += 1;
        }
        Self { counts }
    }

    /// Every item once: nothing is random.
    #[must_use]
    pub fn once(items: usize) -> Self {
        Self { counts: vec![1; items] }
    }

    /// One count per item; they sum to the number of items.
    #[must_use]
    pub fn counts(&self) -> &[u32] {
        &self.counts
    }
}

/// Fewest resamples whose ordered values have an inner one at both tails: (B + 1) α ≥ 1.
///
/// # Errors
/// If `alpha` is not in (0, 0.5).
pub fn resamples_needed(alpha: f64) -> Result<usize, StatsError> {
    check_tail(alpha)?;
    // A hair less than 1/α, so that 1/0.025 gives 39 and not 40.
    Ok(((1.0 - 1e-9) / alpha - 1.0).ceil() as usize)
}

/// Percentile interval (Efron, 1979), two-sided 1 − 2α: of B ordered values the k-th from either
/// end, k = ⌊(B + 1) α⌋ (Davison and Hinkley, 1997, section 5.2). Values may be infinite.
/// Puts `values` in order.
///
/// # Errors
/// If `alpha` is not in (0, 0.5), there are fewer than [`resamples_needed`] values, or one is
/// not a number.
pub fn percentile_interval(values: &mut [f64], alpha: f64) -> Result<Interval, StatsError> {
    let needed = resamples_needed(alpha)?;
    if values.len() < needed {
        return Err(StatsError::Resamples { resamples: values.len(), alpha, needed });
    }
    if let Some(position) = values.iter().position(|value| value.is_nan()) {
        return Err(StatsError::Value { value: f64::NAN, position });
    }
    values.sort_by(f64::total_cmp);
    let rank = (((values.len() + 1) as f64 * alpha * (1.0 + 1e-9)).floor() as usize).max(1);
    Ok(Interval { lower: values[rank - 1], upper: values[values.len() - rank] })
}

/// Tails at which a bias-corrected and accelerated interval reads the resampled values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BcaTails {
    /// Share of values below the lower bound.
    pub lower: f64,
    /// Share of values below the upper bound.
    pub upper: f64,
    /// Acceleration â: a sixth of the skewness of the jackknife's influences.
    pub acceleration: f64,
}

/// Efron's BCa tails (1987) of a two-sided 1 − 2α interval of a statistic of two samples, here
/// rows and columns: with ẑ₀ from the share of resampled values below `estimate` (ties counted
/// half) and â from leaving out each row and each column once (Efron and Tibshirani, 1993,
/// equation 15.36), Φ(ẑ₀ + (ẑ₀ ± z)/(1 − â (ẑ₀ ± z))).
///
/// # Errors
/// If `alpha` is not in (0, 0.5), a sample has fewer than 2 values left out, there is no resample,
/// or all or no resamples lie below the estimate.
pub fn bca_tails(
    resampled: &[f64],
    estimate: f64,
    without_row: &[f64],
    without_column: &[f64],
    alpha: f64,
) -> Result<BcaTails, StatsError> {
    check_tail(alpha)?;
    let (mut cubes, mut squares) = (0.0, 0.0);
    for left_out in [without_row, without_column] {
        if left_out.len() < 2 {
            let (first, second) = (left_out.len(), 2);
            return Err(StatsError::Lengths { first, second });
        }
        let n = left_out.len() as f64;
        let mean = left_out.iter().sum::<f64>() / n;
        for value in left_out {
            let influence = (n - 1.0) * (mean - value) / n;
            cubes += influence.powi(3);
            squares += influence.powi(2);
        }
    }
    let acceleration = if squares > 0.0 { cubes / (6.0 * squares.powi(3).sqrt()) } else { 0.0 };
    let below = resampled.iter().filter(|&&value| value < estimate).count();
    let tied = resampled.iter().filter(|&&value| value == estimate).count();
    let bias = normal_quantile((below as f64 + tied as f64 / 2.0) / resampled.len() as f64)?;
    let z = normal_quantile(1.0 - alpha)?;
    let tail = |z: f64| normal_cdf(bias + (bias + z) / (1.0 - acceleration * (bias + z)));
    Ok(BcaTails { lower: tail(-z), upper: tail(z), acceleration })
}

/// BCa interval: the resampled values at [`bca_tails`], as order statistics ⌊(B + 1) tail⌋ from
/// below and its like from above, held within the values there are. Puts `resampled` in order.
///
/// # Errors
/// As [`bca_tails`].
pub fn bca_interval(
    resampled: &mut [f64],
    estimate: f64,
    without_row: &[f64],
    without_column: &[f64],
    alpha: f64,
) -> Result<Interval, StatsError> {
    let tails = bca_tails(resampled, estimate, without_row, without_column, alpha)?;
    resampled.sort_by(f64::total_cmp);
    let count = resampled.len();
    let rank = |tail: f64| (((count + 1) as f64 * tail).floor() as usize).clamp(1, count);
    Ok(Interval {
        lower: resampled[rank(tails.lower) - 1],
        upper: resampled[count - rank(1.0 - tails.upper)],
    })
}

#[cfg(test)]
mod tests {
    use super::super::reference::{close, numbers, section};
    use super::*;
    use crate::rng::{Purpose, StreamKey};

    #[test]
    fn bca_tails_are_scipys() {
        // scripts/stats_reference.py: scipy.stats.bootstrap over row and column numbers, its
        // resampled means and _bca_interval.
        let known = section("bca");
        let of = |key: &str| numbers(&known[key]);
        let (table, columns) = (of("table"), known["columns"].as_u64().unwrap() as usize);
        let rows = table.len() / columns;
        let mean = |skip_row: usize, skip_column: usize| {
            let kept: Vec<f64> = table
                .iter()
                .enumerate()
                .filter(|(at, _)| at / columns != skip_row && at % columns != skip_column)
                .map(|(_, value)| *value)
                .collect();
            kept.iter().sum::<f64>() / kept.len() as f64
        };
        let without_row: Vec<f64> = (0..rows).map(|row| mean(row, columns)).collect();
        let without_column: Vec<f64> = (0..columns).map(|column| mean(rows, column)).collect();
        let estimate = mean(rows, columns);
        let mut resampled = of("resampled");
        let tails = bca_tails(&resampled, estimate, &without_row, &without_column, 0.025).unwrap();
        close(tails.acceleration, known["acceleration"].as_f64().unwrap(), 1e-9);
        close(tails.lower, of("tails")[0], 1e-6);
        close(tails.upper, of("tails")[1], 1e-6);
        // scipy interpolates between order statistics where ours rounds outwards: two apart at most.
        let interval =
            bca_interval(&mut resampled, estimate, &without_row, &without_column, 0.025).unwrap();
        let near = |found: f64, expected: f64| {
            let at = resampled.partition_point(|&value| value < found);
            resampled[at.saturating_sub(2)] - 1e-12 <= expected
                && expected <= resampled[(at + 2).min(resampled.len() - 1)] + 1e-12
        };
        assert!(near(interval.lower, of("interval")[0]), "{interval:?}");
        assert!(near(interval.upper, of("interval")[1]), "{interval:?}");
    }

    #[test]
    fn two_way_resamples_vary_as_rows_columns_and_cells_do() {
        // For x_ij = a_i + b_j the variance over resamples is Σ(a − ā)²/S² + Σ(b − b̄)²/I²; its
        // own standard error with 4000 resamples is 1/√2000 = 2.2 %, and 4 of them are allowed.
        let (a, b) = ([0.0, 1.0, 4.0], [0.0, 0.5, 2.0, 2.5]);
        let key = |resample: usize| {
            StreamKey { seed: 1, purpose: Purpose::Bootstrap, case: 0, part: resample as u64 }
                .open()
        };
        let weighted = |values: &[f64], counts: &[u32]| {
            values.iter().zip(counts).map(|(v, &n)| v * f64::from(n)).sum::<f64>()
                / values.len() as f64
        };
        let values: Vec<f64> = (0..4000)
            .map(|resample| {
                let mut stream = key(resample);
                let rows = Multiplicity::draw(a.len(), &mut stream);
                let columns = Multiplicity::draw(b.len(), &mut stream);
                weighted(&a, rows.counts()) + weighted(&b, columns.counts())
            })
            .collect();
        let spread = |values: &[f64]| {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64
        };
        let expected = spread(&a) / 3.0 + spread(&b) / 4.0;
        assert!((spread(&values) / expected - 1.0).abs() < 4.0 * 0.022, "{}", spread(&values));
    }

    #[test]
    fn draws_are_as_many_as_items() {
        let mut stream =
            StreamKey { seed: 1, purpose: Purpose::Bootstrap, case: 0, part: 0 }.open();
        let draw = Multiplicity::draw(150, &mut stream);
        assert_eq!(draw.counts().iter().sum::<u32>(), 150);
        // Expected share never drawn (1 − 1/n)ⁿ = 0.367 for n = 150, standard deviation 0.025.
        let missed = draw.counts().iter().filter(|&&count| count == 0).count();
        assert!((40..=70).contains(&missed), "{missed}");
    }

    #[test]
    fn percentiles_are_order_statistics() {
        // k = 0.025 · 40 = 1 of 39 values, and 0.025 · 2000 = 50 of 1999.
        let mut few: Vec<f64> = (1..=39).rev().map(f64::from).collect();
        let interval = percentile_interval(&mut few, 0.025).unwrap();
        assert_eq!(interval, Interval { lower: 1.0, upper: 39.0 });
        let mut many: Vec<f64> = (1..=1999).map(f64::from).collect();
        let interval = percentile_interval(&mut many, 0.025).unwrap();
        assert_eq!(interval, Interval { lower: 50.0, upper: 1950.0 });
    }

    #[test]
    fn infinite_values_stay_at_the_ends() {
        let mut values = vec![1.0; 99];
        values[..5].fill(f64::INFINITY);
        let interval = percentile_interval(&mut values, 0.025).unwrap();
        assert_eq!(interval, Interval { lower: 1.0, upper: f64::INFINITY });
    }

    #[test]
    fn too_few_resamples_are_refused() {
        assert_eq!(resamples_needed(0.025), Ok(39));
        assert_eq!(resamples_needed(0.05), Ok(19));
        let too_few = percentile_interval(&mut [0.0; 38], 0.025);
        assert!(matches!(too_few, Err(StatsError::Resamples { needed: 39, .. })));
    }
}
