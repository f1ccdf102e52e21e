//! Rank correlation, and the place of the largest value; knows no image.

use super::StatsError;

/// Index of the greatest rating, the first of equals; 0 where there is none, and ratings that are
/// not numbers are passed over unless the first is one.
///
/// ```
/// assert_eq!(phantom_limit_engine::stats::argmax(&[0.5, 2.0, -1.0, 2.0]), 1);
/// ```
#[must_use]
pub fn argmax(ratings: &[f32]) -> usize {
    let mut best = 0;
    for (index, rating) in ratings.iter().enumerate() {
        if *rating > ratings[best] {
            best = index;
        }
    }
    best
}

/// Spearman's rank correlation of two rows of values: Pearson's correlation of their ranks, ties
/// given the mean of theirs. `None` where either row is of one value.
///
/// ```
/// // scipy 1.17.1: stats.spearmanr([1, 2, 3, 4], [1, 3, 2, 4]).statistic = 0.8
/// let rho = phantom_limit_engine::stats::spearman(&[1.0, 2.0, 3.0, 4.0], &[1.0, 3.0, 2.0, 4.0]);
/// assert!((rho?.expect("values differ") - 0.8).abs() < 1e-12);
/// # Ok::<(), phantom_limit_engine::stats::StatsError>(())
/// ```
///
/// # Errors
/// If the rows differ in length or are empty, or a value is not finite.
pub fn spearman(first: &[f64], second: &[f64]) -> Result<Option<f64>, StatsError> {
    if first.len() != second.len() || first.is_empty() {
        return Err(StatsError::Lengths { first: first.len(), second: second.len() });
    }
    for row in [first, second] {
        if let Some(position) = row.iter().position(|value| !value.is_finite()) {
            return Err(StatsError::Value { value: row[position], position });
        }
    }
    let (a, b) = (centred_ranks(first), centred_ranks(second));
    let product = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    let squares = product(&a, &a) * product(&b, &b);
    Ok((squares > 0.0).then(|| product(&a, &b) / squares.sqrt()))
}

/// Ranks less their mean.
fn centred_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0;
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let rank = below as f64 + (tied.len() - 1) as f64 / 2.0;
        below += tied.len();
        for &place in tied {
            ranks[place] = rank - (values.len() - 1) as f64 / 2.0;
        }
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_have_the_mean_of_their_ranks() {
        assert_eq!(centred_ranks(&[3.0, 1.0, 3.0, -0.0, 0.0]), [1.5, 0.0, 1.5, -1.5, -1.5]);
    }

    #[test]
    fn agrees_with_scipy() {
        // scipy 1.17.1, stats.spearmanr of the same rows.
        let first = [31.2, 28.4, 28.4, 25.0, 40.1, 33.3, 19.9, 25.0];
        let second = [0.91, 0.85, 0.88, 0.88, 0.93, 0.80, 0.31, 0.52];
        let rho = spearman(&first, &second).unwrap().unwrap();
        assert!((rho - 0.666_678_910_652_574_9).abs() < 1e-12, "{rho}");
        let rho = spearman(&[1.0, 2.0, 2.0, 3.0], &[4.0, 3.0, 3.0, 1.0]).unwrap().unwrap();
        assert!((rho + 1.0).abs() < 1e-12, "{rho}");
    }

    #[test]
    fn what_cannot_be_ranked_is_refused_or_none() {
        assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), Ok(None));
        assert_eq!(spearman(&[], &[]), Err(StatsError::Lengths { first: 0, second: 0 }));
        let refused = spearman(&[1.0, f64::INFINITY], &[1.0, 2.0]).unwrap_err();
        assert_eq!(refused, StatsError::Value { value: f64::INFINITY, position: 1 });
    }
}
