//! Several looks at one study: how the error is spent and what bound each look must pass; knows
//! no study.
#![expect(clippy::disallowed_methods, reason = "makes no pixels")]

use super::{StatsError, check_tail, normal_cdf, normal_quantile};

/// Most looks at one study.
pub const MOST_LOOKS: usize = 5;

/// One look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// Information at the look, as a share of all planned.
    pub information: f64,
    /// Error spent up to and with the look.
    pub spent: f64,
    /// One-sided bound of the standardised statistic.
    pub bound: f64,
    /// The bound as an error of one look: 1 − Φ(bound). Verdicts at this look use it as their α.
    pub nominal: f64,
}

/// Error that Lan and DeMets' (1983) O'Brien–Fleming function spends up to a share of the
/// information: 2 − 2 Φ(z_{1−α/2}/√share), one-sided α.
///
/// # Errors
/// If `alpha` is not in (0, 0.5) or the share not in (0, 1].
pub fn obrien_fleming_spending(alpha: f64, information: f64) -> Result<f64, StatsError> {
    check_tail(alpha)?;
    if !(information > 0.0 && information <= 1.0) {
        return Err(StatsError::Value { value: information, position: 0 });
    }
    Ok(2.0 * normal_cdf(-normal_quantile(1.0 - alpha / 2.0)? / information.sqrt()))
}

/// One-sided bounds for looks at ascending shares of the information: the chance to cross first
/// at look k is what [`obrien_fleming_spending`] spends between looks k − 1 and k, by recursive
/// numerical integration of the statistic's density (Armitage, McPherson and Rowe, 1969).
///
/// The last share may be below 1: what is left of the error is then not spent.
///
/// # Errors
/// If there is no look or more than [`MOST_LOOKS`], the shares do not ascend within (0, 1], or
/// `alpha` is not in (0, 0.5).
pub fn obrien_fleming(alpha: f64, information: &[f64]) -> Result<Vec<Look>, StatsError> {
    check_tail(alpha)?;
    if information.is_empty() || information.len() > MOST_LOOKS {
        return Err(StatsError::Looks { looks: information.len(), most: MOST_LOOKS });
    }
    let mut looks: Vec<Look> = Vec::with_capacity(information.len());
    let mut walk: Option<Walk> = None;
    for (position, &share) in information.iter().enumerate() {
        let (before, spent_before) =
            looks.last().map_or((0.0, 0.0), |last: &Look| (last.information, last.spent));
        if !(share > before && share <= 1.0) {
            return Err(StatsError::Value { value: share, position });
        }
        let spent = obrien_fleming_spending(alpha, share)?;
        let to_spend = spent - spent_before;
        let bound = match &walk {
            // From the lower tail: an early look may spend less than 1 − 1e-16 can tell from 1.
            None => -normal_quantile(to_spend)?,
            Some(walk) => walk.bound(to_spend, share),
        };
        walk = Some(match walk {
            None => Walk::begin(share, bound),
            Some(walk) => walk.step(share, bound),
        });
        looks.push(Look { information: share, spent, bound, nominal: normal_cdf(-bound) });
    }
    Ok(looks)
}

/// Deviations below which the density is taken as nothing: Φ(−9) = 1e-19.
const REACH: f64 = 9.0;
/// Steps per deviation of the narrower of density and increment: Simpson's error is then below
/// (1/24)⁴/180 = 2e-8 of the curvature.
const STEPS: f64 = 24.0;

/// Density of the score S = Z √information where no bound was crossed so far.
struct Walk {
    information: f64,
    /// First point and distance of the points.
    start: f64,
    step: f64,
    /// Density times Simpson's weight.
    mass: Vec<f64>,
}

impl Walk {
    fn begin(information: f64, bound: f64) -> Self {
        let deviation = information.sqrt();
        let density = |score: f64| gauss(score / deviation) / deviation;
        Self::over(information, bound, deviation, density)
    }

    fn step(&self, information: f64, bound: f64) -> Self {
        let deviation = (information - self.information).sqrt();
        let density = |score: f64| {
            self.points()
                .filter(|(from, _)| (score - from).abs() < REACH * deviation)
                .map(|(from, mass)| mass * gauss((score - from) / deviation) / deviation)
                .sum::<f64>()
        };
        Self::over(information, bound, deviation, density)
    }

    fn over(information: f64, bound: f64, narrowest: f64, density: impl Fn(f64) -> f64) -> Self {
        let whole = information.sqrt();
        let (start, end) = (-REACH * whole, bound.min(REACH) * whole);
        let intervals = (((end - start) / narrowest * STEPS).ceil() as usize).next_multiple_of(2);
        let step = (end - start) / intervals as f64;
        let mass = (0..=intervals)
            .map(|point| {
                let weight = match point {
                    0 => 1.0,
                    _ if point == intervals => 1.0,
                    _ if point % 2 == 1 => 4.0,
                    _ => 2.0,
                };
                density(start + point as f64 * step) * weight * step / 3.0
            })
            .collect();
        Self { information, start, step, mass }
    }

    fn points(&self) -> impl Iterator<Item = (f64, f64)> {
        self.mass
            .iter()
            .enumerate()
            .map(|(point, &mass)| (self.start + point as f64 * self.step, mass))
    }

    /// The bound that is crossed at `information` with probability `to_spend`.
    fn bound(&self, to_spend: f64, information: f64) -> f64 {
        let deviation = (information - self.information).sqrt();
        let crossing = |bound: f64| {
            let score = bound * information.sqrt();
            self.points()
                .map(|(from, mass)| mass * normal_cdf((from - score) / deviation))
                .sum::<f64>()
        };
        let (mut low, mut high) = (-REACH, REACH);
        // 60 halvings of 18 leave 2e-17.
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if crossing(middle) > to_spend { low = middle } else { high = middle }
        }
        f64::midpoint(low, high)
    }
}

/// Density of the standard normal distribution.
fn gauss(z: f64) -> f64 {
    (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::reference::{close, numbers, section};
    use super::*;

    #[test]
    fn bounds_are_the_published_ones() {
        // R's gsDesign(k = 5, test.type = 1, alpha = 0.025, sfu = sfLDOF) and ldbounds: 4.877,
        // 3.357, 2.680, 2.290, 2.031 (Lan and DeMets' O'Brien–Fleming, two-sided 0.05).
        let looks = obrien_fleming(0.025, &[0.2, 0.4, 0.6, 0.8, 1.0]).unwrap();
        for (look, expected) in looks.iter().zip([4.877, 3.357, 2.680, 2.290, 2.031]) {
            close(look.bound, expected, 5e-4);
        }
        close(looks[4].spent, 0.025, 1e-9);
    }

    #[test]
    fn bounds_are_those_of_the_joint_normal_distribution() {
        // scripts/stats_reference.py: each bound by scipy's brentq on the joint distribution of
        // all looks (Genz's multivariate normal integral).
        for known in section("sequential").as_array().unwrap() {
            let alpha = known["alpha"].as_f64().unwrap();
            let looks = obrien_fleming(alpha, &numbers(&known["information"])).unwrap();
            let expected = numbers(&known["bounds"]);
            for (number, (look, expected)) in looks.iter().zip(expected).enumerate() {
                // The first two are exact; from three dimensions on scipy integrates to 1e-8,
                // which moves a bound by 1e-6.
                close(look.bound, expected, if number < 2 { 1e-6 } else { 1e-5 });
            }
        }
    }

    #[test]
    fn one_look_is_the_usual_test() {
        let looks = obrien_fleming(0.025, &[1.0]).unwrap();
        close(looks[0].bound, 1.959963984540054, 1e-9);
        close(looks[0].nominal, 0.025, 1e-9);
    }

    #[test]
    fn looks_out_of_order_are_refused() {
        assert!(matches!(obrien_fleming(0.025, &[]), Err(StatsError::Looks { .. })));
        let many = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
        assert!(matches!(obrien_fleming(0.025, &many), Err(StatsError::Looks { looks: 6, .. })));
        for wrong in [&[0.5, 0.5][..], &[0.5, 1.1], &[0.0, 1.0]] {
            assert!(matches!(obrien_fleming(0.025, wrong), Err(StatsError::Value { .. })));
        }
    }
}
