//! The quantiles that intervals need; knows no table of values.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use super::StatsError;

/// Standard normal distribution Φ(z).
#[must_use]
pub fn normal_cdf(z: f64) -> f64 {
    Normal::standard().cdf(z)
}

/// Quantile of the standard normal distribution: z with Φ(z) = `probability`.
///
/// # Errors
/// If `probability` is not in (0, 1).
pub fn normal_quantile(probability: f64) -> Result<f64, StatsError> {
    check_probability(probability)?;
    Ok(Normal::standard().inverse_cdf(probability))
}

/// From here on the series is exact to 1e-8 and the inverse beta function no longer to 1e-6.
const MANY_DEGREES_OF_FREEDOM: f64 = 1000.0;

/// Quantile of Student's t distribution (Student, 1908) with any number of degrees of freedom
/// above 0, whole or not; from 1000 on by Fisher and Cornish's series (Abramowitz and Stegun,
/// 1964, 26.7.5).
///
/// # Errors
/// If `probability` is not in (0, 1) or `degrees_of_freedom` is not a number above 0.
pub fn t_quantile(probability: f64, degrees_of_freedom: f64) -> Result<f64, StatsError> {
    check_probability(probability)?;
    let student = StudentsT::new(0.0, 1.0, degrees_of_freedom)
        .map_err(|_| StatsError::DegreesOfFreedom { value: degrees_of_freedom })?;
    if degrees_of_freedom < MANY_DEGREES_OF_FREEDOM {
        return Ok(student.inverse_cdf(probability));
    }
    let (z, n) = (normal_quantile(probability)?, degrees_of_freedom);
    let first = z * (z * z + 1.0) / 4.0;
    let second = z * (5.0 * z.powi(4) + 16.0 * z * z + 3.0) / 96.0;
    let third = z * (3.0 * z.powi(6) + 19.0 * z.powi(4) + 17.0 * z * z - 15.0) / 384.0;
    Ok(z + first / n + second / (n * n) + third / (n * n * n))
}

/// Below this a tail is known better than 1 minus it.
const SMALL_TAIL: f64 = 1e-6;

/// Quantile of Student's t distribution with the upper tail `alpha`: t with P(T > t) = α, also
/// where α is so small that 1 − α is 1.
///
/// # Errors
/// As [`t_quantile`].
pub fn t_of_tail(alpha: f64, degrees_of_freedom: f64) -> Result<f64, StatsError> {
    if alpha < SMALL_TAIL {
        Ok(-t_quantile(alpha, degrees_of_freedom)?)
    } else {
        t_quantile(1.0 - alpha, degrees_of_freedom)
    }
}

fn check_probability(value: f64) -> Result<(), StatsError> {
    if value > 0.0 && value < 1.0 {
        Ok(())
    } else {
        Err(StatsError::Probability { value, below: 1.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published tables and other programs agree to this.
    const TOLERANCE: f64 = 1e-6;

    #[test]
    fn normal_quantiles_are_scipys() {
        // scipy 1.17.1: scipy.stats.norm.ppf(p)
        for (probability, expected) in [
            (1e-6, -4.753424308822899),
            (0.025, -1.9599639845400545),
            (0.5, 0.0),
            (0.9, 1.2815515655446004),
            (0.95, 1.6448536269514722),
            (0.975, 1.959963984540054),
            (0.9995, 3.2905267314919255),
        ] {
            let found = normal_quantile(probability).unwrap();
            assert!((found - expected).abs() < TOLERANCE, "{probability}: {found}");
        }
    }

    #[test]
    fn normal_probabilities_are_scipys() {
        // scipy 1.17.1: scipy.stats.norm.cdf(z)
        for (z, expected) in [
            (-9.0, 1.1285884059538324e-19),
            (-5.012, 2.693360203585614e-07),
            (-1.0, 0.15865525393145707),
            (0.0, 0.5),
            (2.5, 0.9937903346742238),
        ] {
            assert!((normal_cdf(z) / expected - 1.0).abs() < 1e-9, "{z}: {}", normal_cdf(z));
        }
    }

    #[test]
    fn t_quantiles_are_scipys() {
        // scipy 1.17.1: scipy.stats.t.ppf(p, df)
        for (probability, degrees_of_freedom, expected) in [
            (0.975, 1.0, 12.706204736174694),
            (0.975, 2.0, 4.302652729749462),
            (0.975, 4.0, 2.7764451051977934),
            (0.975, 9.0, 2.262157162798205),
            (0.95, 4.0, 2.1318467863266495),
            (0.995, 29.0, 2.756385903670605),
            (0.975, 149.0, 1.976013177689192),
            (0.9, 199.0, 1.2858202092594093),
            (0.025, 4.0, -2.7764451051977943),
            (0.9995, 999.0, 3.3002924403987666),
            (0.0005, 1000.0, -3.3002826484239134),
            (0.975, 99_999.0, 1.9599877077718442),
        ] {
            let found = t_quantile(probability, degrees_of_freedom).unwrap();
            assert!((found - expected).abs() < TOLERANCE, "{degrees_of_freedom}: {found}");
        }
    }

    #[test]
    fn small_tails_are_those_of_the_closed_forms() {
        // 2 degrees of freedom: (1 − 2α)/√(2 α (1 − α)); 4: 2 √(cos(acos(√a)/3)/√a − 1) with
        // a = 4 α (1 − α) (Shaw, 2006).
        for alpha in [0.025_f64, 1e-3, 1e-5, 1e-7, 1e-10, 1e-14, 1e-18] {
            let two = (1.0 - 2.0 * alpha) / (2.0 * alpha * (1.0 - alpha)).sqrt();
            let root = (4.0 * alpha * (1.0 - alpha)).sqrt();
            let four = 2.0 * (libm::cos(libm::acos(root) / 3.0) / root - 1.0).sqrt();
            for (degrees_of_freedom, expected) in [(2.0, two), (4.0, four)] {
                let found = t_of_tail(alpha, degrees_of_freedom).unwrap();
                assert!((found / expected - 1.0).abs() < 1e-6, "{alpha}: {found}, not {expected}");
            }
        }
    }

    #[test]
    fn what_is_no_probability_is_refused() {
        for value in [0.0, 1.0, -0.1, f64::NAN] {
            assert!(matches!(normal_quantile(value), Err(StatsError::Probability { .. })));
        }
        assert!(matches!(t_quantile(0.5, 0.0), Err(StatsError::DegreesOfFreedom { .. })));
        assert!(matches!(t_quantile(0.5, f64::NAN), Err(StatsError::DegreesOfFreedom { .. })));
    }
}
