//! Owns resampling with replacement and percentile intervals; knows no statistic that is
//! resampled.
//!
//! A two-way bootstrap draws rows (networks) and columns (images) each with replacement, and
//! gives every cell the product of both multiplicities (McCarthy, 1969; Owen, 2007): images
//! stay whole, and every level of a study sees the same draw.

use crate::rng::Stream;

use super::{Interval, StatsError, check_tail};

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
    // A hair less than 1/α, so that 1/0.025 asks for 39 and not for 40.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, StreamKey};

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
