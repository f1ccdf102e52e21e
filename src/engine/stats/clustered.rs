//! The interval of a proportion whose trials come in clusters; knows nothing of what a cluster is.

use super::proportion::score_interval;
use super::{Interval, StatsError, check_tail, t_quantile};

/// Interval of the proportion p = Σ y / Σ x of trials that come in clusters, such as the answers of
/// readers, two-sided 1 − 2α: Wilson's score interval with the effective number of trials n/d
/// (Korn and Graubard, 1998, Surv. Methodol. 24, 193–201; Dean and Pagano, 2015, J. Surv. Stat.
/// Methodol. 3, 484–503), and Student's t of m − 1 degrees of freedom in place of z. With m clusters,
/// n = Σ x trials and the linearised variance of a ratio (Cochran, 1977, section 2.11), the design
/// effect is
///
/// d = v / (p(1 − p)/n), v = m/(m − 1) Σ (y − p x)² / n²,
///
/// and at least 1. Where all trials or none succeed it cannot be estimated, and each cluster counts
/// as one trial. `successes` and `trials` have one number for each cluster; one without trials is
/// left out. `None` for fewer than two clusters, which show no spread.
///
/// # Errors
/// If the slices differ in length, a cluster has more successes than trials, or `alpha` is not in
/// (0, 0.5).
pub fn clustered_wilson(
    successes: &[u64],
    trials: &[u64],
    alpha: f64,
) -> Result<Option<Interval>, StatsError> {
    check_tail(alpha)?;
    if successes.len() != trials.len() {
        return Err(StatsError::Lengths { first: successes.len(), second: trials.len() });
    }
    let clusters = || successes.iter().zip(trials).filter(|(_, trials)| **trials > 0);
    if let Some((&successes, &trials)) = successes.iter().zip(trials).find(|(y, x)| y > x) {
        return Err(StatsError::Count { successes, trials });
    }
    let m = clusters().count() as f64;
    if m < 2.0 {
        return Ok(None);
    }
    let n: f64 = clusters().map(|(_, x)| *x as f64).sum();
    let p = clusters().map(|(y, _)| *y as f64).sum::<f64>() / n;
    let squares: f64 = clusters().map(|(y, x)| (*y as f64 - p * *x as f64).powi(2)).sum();
    let variance = m / (m - 1.0) * squares / (n * n);
    let independent = p * (1.0 - p) / n;
    let effective = if independent > 0.0 { n / (variance / independent).max(1.0) } else { m };
    Ok(Some(score_interval(p, effective, t_quantile(1.0 - alpha, m - 1.0)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, StreamKey};

    #[test]
    fn a_small_class_by_hand() {
        // Readers with 4, 2 and 0 of 4: p = 1/2, Σ (y − 2)² = 8, v = 3/2 · 8/144 = 1/12,
        // p(1 − p)/n = 1/48, d = 4, n/d = 3; t of 2 degrees of freedom at 0.975 is 4.302652729911275.
        // Wilson: 1/2 ± t √(1/12 + t²/36) / (1 + t²/3).
        let found = clustered_wilson(&[4, 2, 0], &[4, 4, 4], 0.025).unwrap().unwrap();
        let t = 4.302_652_729_911_275_f64;
        let half = t * (1.0 / 12.0 + t * t / 36.0).sqrt() / (1.0 + t * t / 3.0);
        assert!((found.lower - (0.5 - half)).abs() < 1e-9, "{found:?} {half}");
        assert!((found.upper - (0.5 + half)).abs() < 1e-9, "{found:?} {half}");
        // A reader without trials changes nothing.
        let more = clustered_wilson(&[4, 2, 0, 0], &[4, 4, 4, 0], 0.025).unwrap().unwrap();
        assert_eq!(more, found);
    }

    #[test]
    fn where_all_succeed_each_reader_counts_once() {
        let found = clustered_wilson(&[8; 10], &[8; 10], 0.025).unwrap().unwrap();
        // n/d = 10, t of 9 degrees of freedom: lower end 1/(1 + t²/10).
        let t = t_quantile(0.975, 9.0).unwrap();
        assert!((found.lower - 1.0 / (1.0 + t * t / 10.0)).abs() < 1e-12, "{found:?}");
        assert!((found.upper - 1.0).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn one_reader_shows_no_spread_and_impossible_counts_are_refused() {
        assert_eq!(clustered_wilson(&[3], &[4], 0.025), Ok(None));
        assert_eq!(clustered_wilson(&[], &[], 0.025), Ok(None));
        assert!(matches!(clustered_wilson(&[5, 1], &[4, 4], 0.025), Err(StatsError::Count { .. })));
        assert!(matches!(clustered_wilson(&[1], &[4, 4], 0.025), Err(StatsError::Lengths { .. })));
        assert!(clustered_wilson(&[1, 1], &[4, 4], 0.5).is_err());
    }

    /// Share of 2000 simulated classes whose interval holds the true share: readers are right with a
    /// probability of their own, uniform from `low` to `high`.
    fn coverage(readers: usize, each: u64, low: f64, high: f64) -> f64 {
        const CLASSES: u64 = 2000;
        let covered = (0..CLASSES).filter(|&case| {
            let key = StreamKey { seed: 11, purpose: Purpose::Simulation, case, part: 0 };
            let mut stream = key.open();
            let successes: Vec<u64> = (0..readers)
                .map(|_| {
                    let right = stream.between(low, high);
                    (0..each).filter(|_| stream.uniform() < right).count() as u64
                })
                .collect();
            let trials = vec![each; readers];
            let interval = clustered_wilson(&successes, &trials, 0.025).unwrap().unwrap();
            interval.contains((low + high) / 2.0)
        });
        covered.count() as f64 / CLASSES as f64
    }

    #[test]
    fn intervals_of_classes_cover_the_true_share() {
        // The standard error of a coverage of 0.95 in 2000 classes is 0.005.
        for (readers, each, low, high) in
            [(30, 8, 0.3, 0.9), (10, 8, 0.5, 1.0), (30, 8, 0.9, 1.0), (5, 8, 0.2, 0.8)]
        {
            let found = coverage(readers, each, low, high);
            assert!(found > 0.935, "{readers} readers, {low} to {high}: {found}");
        }
    }
}
