//! Owns tests of paired answers; knows no image and no network.

use statrs::distribution::{Binomial, Discrete, DiscreteCDF};

use super::{Interval, StatsError, check_tail, normal_quantile};

/// Two-sided p-values of McNemar's test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct McNemar {
    /// Exact binomial p-value, never above its nominal error.
    pub exact: f64,
    /// Mid-p: the observed table counted half; less conservative.
    pub mid_p: f64,
}

/// McNemar's test (1947) on the discordant pairs, `lost` (right, then wrong) and `gained`
/// (wrong, then right): with m = min and n = sum, exact min(1, 2 P(X ≤ m)) and mid-p (Fagerland,
/// Lydersen and Laake, 2013) 2 P(X ≤ m) − P(X = m), X ~ Binomial(n, ½).
///
/// A large p-value is no proof of equality: non-inferiority is decided by intervals. Pairs are
/// taken as independent: regions of one image are not.
///
/// ```
/// // R: mcnemar.exact of package exact2x2, b = 5, c = 1: 0.21875 = 2 (1 + 6) / 2⁶
/// assert!((phantom_limit_engine::stats::mcnemar(5, 1).exact - 0.21875).abs() < 1e-12);
/// ```
#[must_use]
pub fn mcnemar(lost: u64, gained: u64) -> McNemar {
    let binomial = Binomial::new(0.5, lost + gained).expect("one half is a probability");
    let fewer = lost.min(gained);
    let tail = 2.0 * binomial.cdf(fewer);
    McNemar { exact: tail.min(1.0), mid_p: (tail - binomial.pmf(fewer)).min(1.0) }
}

/// Tango's score interval (1998) of a difference of paired proportions, two-sided 1 − 2α: of n
/// pairs, `lost` are right only first and `gained` right only second. All δ with
///
/// |lost − gained − n δ| ≤ z √(n (2 q + δ (1 − δ))), where
/// q = (√(B² − 8 n C) − B)/(4 n), B = (2 n − lost + gained) δ − lost − gained,
/// C = −gained δ (1 − δ)
///
/// is the likeliest share of gained pairs when the difference is δ. Keeps its coverage with few
/// discordant pairs, none included. Pairs are taken as independent: regions of one image are not.
///
/// # Errors
/// If there is no pair, more discordant pairs than pairs, or `alpha` is not in (0, 0.5).
pub fn tango(lost: u64, gained: u64, pairs: u64, alpha: f64) -> Result<Interval, StatsError> {
    check_tail(alpha)?;
    if pairs == 0 || lost + gained > pairs {
        return Err(StatsError::Count { successes: lost + gained, trials: pairs });
    }
    let z = normal_quantile(1.0 - alpha)?;
    let (b, c, n) = (lost as f64, gained as f64, pairs as f64);
    // (estimate − δ) over its standard error under δ; falls with δ.
    let score = |delta: f64| {
        let linear = (2.0 * n - b + c) * delta - b - c;
        let constant = -c * delta * (1.0 - delta);
        let q = ((linear * linear - 8.0 * n * constant).max(0.0).sqrt() - linear) / (4.0 * n);
        let variance = (n * (2.0 * q + delta * (1.0 - delta))).max(0.0);
        let distance = b - c - n * delta;
        if distance == 0.0 { 0.0 } else { distance / variance.sqrt() }
    };
    let estimate = (b - c) / n;
    // 60 halvings of at most 2 leave 2e-18.
    let bound = |end: f64| {
        let (mut inside, mut outside) = (estimate, end);
        for _ in 0..60 {
            let middle = f64::midpoint(inside, outside);
            if score(middle).abs() <= z { inside = middle } else { outside = middle }
        }
        f64::midpoint(inside, outside)
    };
    Ok(Interval { lower: bound(-1.0), upper: bound(1.0) })
}

#[cfg(test)]
mod tests {
    use super::super::reference::{close, numbers, section};
    use super::*;

    #[test]
    fn tango_is_the_published_interval() {
        // Fagerland, Lydersen and Laake (2014), airway hyper-responsiveness before and after
        // stem cell transplantation (1, 1; 7, 12): difference −0.286, Tango −0.517 to −0.026.
        let interval = tango(1, 7, 21, 0.025).unwrap();
        close(interval.lower, -0.517, 5e-4);
        close(interval.upper, -0.026, 5e-4);
    }

    #[test]
    fn tango_is_the_inverted_score_test() {
        // scripts/stats_reference.py: scipy's minimize_scalar for the constrained likelihood and
        // brentq on the score, without the closed form.
        for known in section("tango").as_array().unwrap() {
            let of = |key: &str| known[key].as_u64().unwrap();
            let interval = tango(of("lost"), of("gained"), of("pairs"), 0.025).unwrap();
            let expected = numbers(&known["interval"]);
            close(interval.lower, expected[0], 1e-6);
            close(interval.upper, expected[1], 1e-6);
        }
    }

    #[test]
    fn impossible_pairs_are_refused() {
        assert!(matches!(tango(3, 3, 5, 0.025), Err(StatsError::Count { .. })));
        assert!(matches!(tango(0, 0, 0, 0.025), Err(StatsError::Count { .. })));
    }

    #[test]
    fn p_values_are_scipys() {
        // scipy 1.17.1, b = lost, c = gained, m = min(b, c): exact
        // scipy.stats.binomtest(m, b + c, 0.5).pvalue (equal to statsmodels 0.15.0
        // mcnemar([[0, b], [c, 0]], exact=True)), mid-p 2 binom.cdf(m, b + c, .5) - binom.pmf(m, b + c, .5)
        for (lost, gained, exact, mid_p) in [
            (0, 0, 1.0, 1.0),
            (5, 1, 0.21875, 0.125),
            (10, 3, 0.09228515625, 0.05737304687500002),
            (7, 7, 1.0, 1.0),
            (60, 30, 0.0020602656809630745, 0.0015165131944572226),
            (121, 59, 4.4344492637551645e-06, 3.2666467957745733e-06),
            (0, 8, 0.0078125, 0.00390625),
        ] {
            let found = mcnemar(lost, gained);
            assert!((found.exact - exact).abs() < 1e-9, "{lost} {gained}: {found:?}");
            assert!((found.mid_p - mid_p).abs() < 1e-9, "{lost} {gained}: {found:?}");
        }
    }
}
