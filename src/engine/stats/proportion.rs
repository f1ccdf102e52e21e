//! Owns intervals of one proportion of independent trials; knows no clustering of trials.

use statrs::distribution::{Beta, ContinuousCDF};

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
    let z = normal_quantile(1.0 - alpha)?;
    let scale = 1.0 + z * z / n;
    let center = (p + z * z / (2.0 * n)) / scale;
    let half_width = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt() / scale;
    Ok(Interval::around(center, half_width).clamped(0.0, 1.0))
}

/// Clopper and Pearson's exact interval (1934) of a proportion x/n, two-sided 1 − 2α: quantiles
/// α of Beta(x, n − x + 1) and 1 − α of Beta(x + 1, n − x); 0 and 1 at the ends.
///
/// Trials are taken as independent: regions of one image are not.
///
/// # Errors
/// If there is no trial, more successes than trials, or `alpha` is not in (0, 0.5).
pub fn clopper_pearson(successes: u64, trials: u64, alpha: f64) -> Result<Interval, StatsError> {
    check(successes, trials, alpha)?;
    let (x, n) = (successes as f64, trials as f64);
    let lower = if successes == 0 { 0.0 } else { beta_quantile(alpha, x, n - x + 1.0) };
    let upper = if successes == trials { 1.0 } else { beta_quantile(1.0 - alpha, x + 1.0, n - x) };
    Ok(Interval { lower, upper })
}

fn check(successes: u64, trials: u64, alpha: f64) -> Result<(), StatsError> {
    check_tail(alpha)?;
    if trials == 0 || successes > trials {
        return Err(StatsError::Count { successes, trials });
    }
    Ok(())
}

fn beta_quantile(probability: f64, a: f64, b: f64) -> f64 {
    Beta::new(a, b).expect("both shapes are counts of 1 or more").inverse_cdf(probability)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published tables and other programs agree to this.
    const TOLERANCE: f64 = 1e-6;

    /// Successes, trials, one-sided α, lower and upper bound.
    type Known = (u64, u64, f64, f64, f64);

    fn agrees(interval: fn(u64, u64, f64) -> Result<Interval, StatsError>, known: &[Known]) {
        for &(successes, trials, alpha, lower, upper) in known {
            let found = interval(successes, trials, alpha).unwrap();
            assert!(
                (found.lower - lower).abs() < TOLERANCE && (found.upper - upper).abs() < TOLERANCE,
                "{successes}/{trials}: {found:?}"
            );
        }
    }

    #[test]
    fn wilson_is_statsmodels() {
        // statsmodels 0.15.0: proportion_confint(successes, trials, 2 * alpha, 'wilson')
        agrees(
            wilson,
            &[
                (0, 10, 0.025, 0.0, 0.27753279986288926),
                (10, 10, 0.025, 0.7224672001371106, 1.0),
                (1, 50, 0.025, 0.003539259271646236, 0.10495443589637815),
                (8, 10, 0.025, 0.49016247153664183, 0.9433178485456247),
                (130, 150, 0.025, 0.803019825502258, 0.9120019952944858),
                (6210, 6750, 0.025, 0.9132865947021416, 0.9262356289939495),
                (7, 13, 0.05, 0.32481955895892445, 0.7388522269250104),
            ],
        );
    }

    #[test]
    fn clopper_pearson_is_statsmodels() {
        // statsmodels 0.15.0: proportion_confint(successes, trials, 2 * alpha, 'beta')
        agrees(
            clopper_pearson,
            &[
                (0, 10, 0.025, 0.0, 0.30849710781876083),
                (10, 10, 0.025, 0.6915028921812392, 1.0),
                (1, 50, 0.025, 0.000506227983040829, 0.10646954571149993),
                (8, 10, 0.025, 0.4439045376923585, 0.9747892736731666),
                (130, 150, 0.025, 0.8016130324009504, 0.9166161933604736),
                (6210, 6750, 0.025, 0.9132709089027244, 0.9263635529312166),
                (7, 13, 0.05, 0.28704900279438894, 0.7760446057886807),
            ],
        );
    }

    #[test]
    fn impossible_counts_are_refused() {
        assert_eq!(wilson(3, 2, 0.025), Err(StatsError::Count { successes: 3, trials: 2 }));
        assert_eq!(
            clopper_pearson(0, 0, 0.025),
            Err(StatsError::Count { successes: 0, trials: 0 })
        );
        assert!(matches!(wilson(1, 2, 0.5), Err(StatsError::Probability { .. })));
    }
}
