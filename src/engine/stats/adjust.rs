//! Owns corrections of p-values for many tests; knows no test.

use super::StatsError;

/// Holm's adjusted p-values (1979), in the order given: the k-th smallest of m times m − k + 1,
/// never falling, at most 1. Rejecting those at or below α keeps the family-wise error at α.
///
/// ```
/// let adjusted = phantom_limit_engine::stats::holm(&[0.01, 0.04, 0.03]).unwrap();
/// assert_eq!(adjusted, [0.03, 0.06, 0.06]);
/// ```
///
/// # Errors
/// If there is none, or one is not in 0..=1.
pub fn holm(p_values: &[f64]) -> Result<Vec<f64>, StatsError> {
    let order = ascending(p_values)?;
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest = 0.0_f64;
    for (rank, &position) in order.iter().enumerate() {
        largest = largest.max(p_values[position] * (p_values.len() - rank) as f64).min(1.0);
        adjusted[position] = largest;
    }
    Ok(adjusted)
}

/// Benjamini and Hochberg's adjusted p-values (1995), in the order given: the k-th smallest of m
/// times m/k, never falling from the end. Rejecting those at or below q keeps the expected share
/// of false rejections at q for independent tests.
///
/// # Errors
/// If there is none, or one is not in 0..=1.
pub fn benjamini_hochberg(p_values: &[f64]) -> Result<Vec<f64>, StatsError> {
    let order = ascending(p_values)?;
    let mut adjusted = vec![0.0; p_values.len()];
    let mut smallest = 1.0_f64;
    for (rank, &position) in order.iter().enumerate().rev() {
        let scaled = p_values[position] * p_values.len() as f64 / (rank + 1) as f64;
        smallest = smallest.min(scaled);
        adjusted[position] = smallest;
    }
    Ok(adjusted)
}

fn ascending(p_values: &[f64]) -> Result<Vec<usize>, StatsError> {
    if p_values.is_empty() {
        return Err(StatsError::Lengths { first: 0, second: 0 });
    }
    if let Some(position) = p_values.iter().position(|p| !(0.0..=1.0).contains(p)) {
        return Err(StatsError::Value { value: p_values[position], position });
    }
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::super::reference::{close, numbers, section};
    use super::*;

    #[test]
    fn adjusted_p_values_are_statsmodels() {
        // scripts/stats_reference.py: multipletests(p, method='holm') and 'fdr_bh'.
        let known = section("adjust");
        let p_values = numbers(&known["p"]);
        for (found, expected) in [
            (holm(&p_values).unwrap(), numbers(&known["holm"])),
            (benjamini_hochberg(&p_values).unwrap(), numbers(&known["benjamini_hochberg"])),
        ] {
            for (f, e) in found.iter().zip(expected) {
                close(*f, e, 1e-12);
            }
        }
    }

    #[test]
    fn what_is_no_p_value_is_refused() {
        assert!(matches!(holm(&[]), Err(StatsError::Lengths { .. })));
        assert!(matches!(holm(&[0.5, 1.5]), Err(StatsError::Value { position: 1, .. })));
        assert!(matches!(benjamini_hochberg(&[f64::NAN]), Err(StatsError::Value { .. })));
    }
}
