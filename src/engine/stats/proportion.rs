//! Intervals of one proportion of independent trials; knows no clustering of trials.

use super::{Interval, StatsError, check_tail, normal_quantile};

/// Wilson's score interval (Wilson, 1927) of a proportion p = x/n, two-sided 1 − 2α:
///
/// (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n), z = z_{1−α}.
///
/// Trials are taken as independent: regions of one image are not.
///
/// # Errors
/// If there is no trial, more successes than trials, or `alpha` is not in (0, 0.5).
pub fn wilson(successes: u64, trials: u64, alpha: f64) -> Result<Interval, StatsError> {
    check(successes, trials, alpha)?;
    let (n, p) = (trials as f64, successes as f64 / trials as f64);
    Ok(score_interval(p, n, normal_quantile(1.0 - alpha)?))
}

/// Wilson's interval of the proportion `p` of `n` trials, which need not be a whole number, with the
/// quantile `z`.
pub(super) fn score_interval(p: f64, n: f64, z: f64) -> Interval {
    let scale = 1.0 + z * z / n;
    let center = (p + z * z / (2.0 * n)) / scale;
    let half_width = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt() / scale;
    Interval::around(center, half_width).clamped(0.0, 1.0)
}

fn check(successes: u64, trials: u64, alpha: f64) -> Result<(), StatsError> {
    check_tail(alpha)?;
    if trials == 0 || successes > trials {
        return Err(StatsError::Count { successes, trials });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published tables and other programs agree to this.
    const TOLERANCE: f64 = 1e-6;

    #[test]
    fn wilson_is_statsmodels() {
        // statsmodels 0.15.0: proportion_confint(successes, trials, 2 * alpha, 'wilson')
        let known = [
            (0, 10, 0.025, 0.0, 0.27753279986288926),
            (10, 10, 0.025, 0.7224672001371106, 1.0),
            (1, 50, 0.025, 0.003539259271646236, 0.10495443589637815),
            (8, 10, 0.025, 0.49016247153664183, 0.9433178485456247),
            (130, 150, 0.025, 0.803019825502258, 0.9120019952944858),
            (6210, 6750, 0.025, 0.9132865947021416, 0.9262356289939495),
            (7, 13, 0.05, 0.32481955895892445, 0.7388522269250104),
        ];
        for (successes, trials, alpha, lower, upper) in known {
            let found = wilson(successes, trials, alpha).unwrap();
            assert!(
                (found.lower - lower).abs() < TOLERANCE && (found.upper - upper).abs() < TOLERANCE,
                "{successes}/{trials}: {found:?}"
            );
        }
    }

    #[test]
    fn impossible_counts_are_refused() {
        assert_eq!(wilson(3, 2, 0.025), Err(StatsError::Count { successes: 3, trials: 2 }));
        assert_eq!(wilson(0, 0, 0.025), Err(StatsError::Count { successes: 0, trials: 0 }));
        assert!(matches!(wilson(1, 2, 0.5), Err(StatsError::Probability { .. })));
    }
}
