//! Owns tests of paired answers; knows no image and no network.

use statrs::distribution::{Binomial, Discrete, DiscreteCDF};

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
/// assert!((phantom_limit::stats::mcnemar(5, 1).exact - 0.21875).abs() < 1e-12);
/// ```
#[must_use]
pub fn mcnemar(lost: u64, gained: u64) -> McNemar {
    let binomial = Binomial::new(0.5, lost + gained).expect("one half is a probability");
    let fewer = lost.min(gained);
    let tail = 2.0 * binomial.cdf(fewer);
    McNemar { exact: tail.min(1.0), mid_p: (tail - binomial.pmf(fewer)).min(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

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
