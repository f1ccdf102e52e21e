//! Extrapolates the crossing of the margin from networks of several training sizes to the
//! efficiency of the ideal observer; knows no rating.
//!
//! The logarithm of the crossing is a straight line over 1/efficiency. In an observer whose
//! inefficiency is noise of its own (Burgess and Colborne, 1988), 1/efficiency is 1 plus the
//! variance of that noise in units of the image's, and compression adds noise too: of efficiency,
//! its logarithm and its inverse, the inverse then gives the straightest line.

use crate::record::{IdealCrossing, LEAST_NETWORKS, RatioResult, Refusal, SizeResult};
use crate::stats::normal_quantile;

use super::error::LimitError;

/// Fewest training sizes: two always lie on a line.
pub const LEAST_SIZES: usize = 3;

/// Least efficiency of the best networks: below it, a model observer with noise of its own leaves
/// the line by more than a factor of two.
pub const LEAST_EFFICIENCY: f64 = 0.5;

/// Farthest that the ideal observer may lie beyond the best networks on the axis of 1/efficiency, as
/// a share of the range that the networks span.
pub const FARTHEST: f64 = 0.5;

/// A size as a point of the fit, with half the widths of its two-sided 1 − 2α intervals.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Point {
    /// 1/efficiency.
    x: f64,
    x_error: f64,
    /// ln of the crossing.
    y: f64,
    y_error: f64,
}

impl Point {
    /// `None` where a bound is missing.
    fn of(size: &SizeResult) -> Result<Self, Refusal> {
        let efficiency = (size.efficiency, size.efficiency_lower, size.efficiency_upper);
        let (Some(efficiency), Some(low), Some(high)) = efficiency else {
            return Err(Refusal::UnknownEfficiency);
        };
        let RatioResult { ratio_stored: Some(ratio), lower: Some(lower), upper: Some(upper) } =
            size.crossing
        else {
            return Err(Refusal::NoCrossing);
        };
        let known = low > 0.0 && lower > 0.0 && lower < upper && ratio > 0.0;
        if !known {
            return Err(if low > 0.0 { Refusal::NoCrossing } else { Refusal::UnknownEfficiency });
        }
        Ok(Self {
            x: 1.0 / efficiency,
            x_error: (1.0 / low - 1.0 / high) / 2.0,
            y: ratio.ln(),
            y_error: (upper / lower).ln() / 2.0,
        })
    }

    /// Half the width of what is not known of y on a line of some slope.
    fn error(&self, slope: f64) -> f64 {
        self.y_error.hypot(slope * self.x_error)
    }
}

/// The crossing at efficiency 1, or why there is none. `sizes` are networks of one arm.
///
/// The line is fitted by least squares with weights from both intervals of each size (effective
/// variance; Orear, 1982). Its value at 1 is a sum of the sizes' crossings with known coefficients, so
/// its interval follows from theirs (Zou and Donner, 2008). Sizes share test images and ideal
/// observer, which correlates their errors by an unknown amount: the interval is the wider of that for
/// independent errors and that for errors wholly shared, and an error in between has a variance in
/// between. Where sizes scatter about the line more than their intervals explain, the
/// interval is widened by the root of χ² over its degrees of freedom (Birge, 1932), and by one more
/// scatter of that kind, since the ideal observer is another observer.
///
/// It is refused for fewer than [`LEAST_SIZES`] sizes or [`LEAST_NETWORKS`] networks, where an
/// efficiency, a crossing or a bound of one is unknown (the sizes that are left would be chosen by
/// their result), where the best networks have less than [`LEAST_EFFICIENCY`], and where 1 lies
/// farther beyond them than [`FARTHEST`] of the range of 1/efficiency that the sizes span.
///
/// # Errors
/// If `alpha` is not in (0, 0.5).
pub fn at_ideal(
    sizes: &[SizeResult],
    alpha: f64,
) -> Result<Result<IdealCrossing, Refusal>, LimitError> {
    if !(alpha > 0.0 && alpha < 0.5) {
        return Err(LimitError::Alpha { value: alpha });
    }
    let z = -normal_quantile(alpha)?;
    Ok(points(sizes).map(|points| extrapolated(&points, z)))
}

fn points(sizes: &[SizeResult]) -> Result<Vec<Point>, Refusal> {
    if sizes.iter().any(|size| size.networks < LEAST_NETWORKS) {
        return Err(Refusal::FewNetworks);
    }
    if sizes.len() < LEAST_SIZES {
        return Err(Refusal::FewSizes);
    }
    let points: Vec<Point> = sizes.iter().map(Point::of).collect::<Result<_, _>>()?;
    let (best, worst) = points
        .iter()
        .fold((f64::INFINITY, 0.0_f64), |(low, high), it| (low.min(it.x), high.max(it.x)));
    let far = best > 1.0 / LEAST_EFFICIENCY || best - 1.0 > FARTHEST * (worst - best);
    if far || worst <= best {
        return Err(Refusal::TooFar);
    }
    Ok(points)
}

/// A straight line through points.
struct Line {
    slope: f64,
    /// At x = 1.
    value: f64,
    /// Of each y in that value; they add up to 1.
    coefficients: Vec<f64>,
}

impl Line {
    /// By least squares, with the weights that follow from a slope.
    fn fit(points: &[Point], slope: f64) -> Self {
        let weights: Vec<f64> = points.iter().map(|it| it.error(slope).powi(-2)).collect();
        let all: f64 = weights.iter().sum();
        let mean = |of: fn(&Point) -> f64| {
            points.iter().zip(&weights).map(|(it, weight)| weight * of(it)).sum::<f64>() / all
        };
        let (x, y) = (mean(|it| it.x), mean(|it| it.y));
        let weighted = points.iter().zip(&weights);
        let spread: f64 = weighted.clone().map(|(it, weight)| weight * (it.x - x).powi(2)).sum();
        let slope =
            weighted.clone().map(|(it, weight)| weight * (it.x - x) * (it.y - y)).sum::<f64>()
                / spread;
        let coefficient =
            |(it, weight): (&Point, &f64)| weight / all + (1.0 - x) * weight * (it.x - x) / spread;
        Self {
            slope,
            value: y + slope * (1.0 - x),
            coefficients: weighted.map(coefficient).collect(),
        }
    }
}

/// Steps by which slope and weights agree: each changes the slope by a small share of the last.
const STEPS: usize = 30;

/// `z` is the quantile that the errors of the points are of.
fn extrapolated(points: &[Point], z: f64) -> IdealCrossing {
    let mut line = Line::fit(points, 0.0);
    for _ in 0..STEPS {
        line = Line::fit(points, line.slope);
    }
    let Line { slope, value, coefficients } = line;
    let at = |it: &Point| value + slope * (it.x - 1.0);
    let squares: f64 =
        points.iter().map(|it| (z * (it.y - at(it)) / it.error(slope)).powi(2)).sum();
    let misfit = (squares / (points.len() - 2) as f64).sqrt();
    let parts = || points.iter().zip(&coefficients);
    let independent: f64 = parts().map(|(it, c)| (c * it.error(slope)).powi(2)).sum();
    let common = parts().map(|(it, c)| c * it.y_error).sum::<f64>();
    let common_x = parts().map(|(it, c)| c * slope * it.x_error).sum::<f64>();
    let shared = common.powi(2) + common_x.powi(2);
    let scatter = misfit.powi(2).max(1.0);
    let own = points.iter().map(|it| it.error(slope).powi(2)).sum::<f64>() / points.len() as f64;
    let half = (scatter * independent.max(shared) + (scatter - 1.0) * own).sqrt();
    IdealCrossing {
        ratio_stored: value.exp(),
        lower: (value - half).exp(),
        upper: (value + half).exp(),
        slope,
        misfit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Stream, StreamKey};
    use rand_distr::{Distribution, StandardNormal};

    /// A size by 1/efficiency and ln of its crossing, each with half the width of its interval.
    fn size((x, x_error): (f64, f64), (y, y_error): (f64, f64)) -> SizeResult {
        SizeResult {
            training_share: 1.0,
            training_images: 100,
            networks: 5,
            original_score: 0.9,
            original_score_lower: 0.89,
            original_score_upper: 0.91,
            efficiency: Some(1.0 / x),
            efficiency_lower: Some(1.0 / (x + x_error)),
            efficiency_upper: Some(1.0 / (x - x_error)),
            crossing: RatioResult {
                ratio_stored: Some(y.exp()),
                lower: Some((y - y_error).exp()),
                upper: Some((y + y_error).exp()),
            },
        }
    }

    fn found(sizes: &[SizeResult]) -> Result<IdealCrossing, Refusal> {
        at_ideal(sizes, 0.025).unwrap()
    }

    #[test]
    fn the_line_is_that_of_numpy() {
        // numpy 2.4.6: p = [0, 0]; a hundred times p = polyfit(x, y, 1, w=1/sqrt(sy**2 +
        // (p[0] * sx)**2)); then p[0], polyval(p, 1), and [1, 1] @ cov @ [1, 1] of cov='unscaled' for the
        // half width by independent errors. (scipy.odr, which also lets the weights choose the slope,
        // gives 0.17875 and 2.98565.)
        let sizes = [
            size((4.0, 0.4), (3.52, 0.06)),
            size((2.9, 0.3), (3.31, 0.05)),
            size((2.1, 0.15), (3.20, 0.04)),
            size((1.6, 0.1), (3.08, 0.05)),
        ];
        let found = found(&sizes).unwrap();
        assert!((found.slope - 0.178_054_401_314_868).abs() < 1e-12, "{found:?}");
        assert!((found.ratio_stored.ln() - 2.986_546_669_558_646).abs() < 1e-12, "{found:?}");
        assert!((found.misfit - 0.676_967_604_683_578).abs() < 1e-9, "{found:?}");
        let half = (found.upper / found.lower).ln() / 2.0;
        assert!((half - 0.060_579_622_159_821).abs() < 1e-9, "{half}");
    }

    #[test]
    fn an_exact_line_is_continued() {
        // ln r = 2.8 + 0.2/efficiency: 3 at efficiency 1. With equal errors of y alone and x of 2, 3 and
        // 4 (mean 3, sum of squares 2), the coefficients at 1 are 1/3 + 2·1/2, 1/3 and 1/3 − 2·1/2, whose
        // squares add up to 7/3.
        let sizes = [4.0, 3.0, 2.0].map(|x| size((x, 0.0), (2.8 + 0.2 * x, 0.06)));
        let line = extrapolated(&sizes.each_ref().map(|it| Point::of(it).unwrap()), 1.96);
        assert!((line.ratio_stored.ln() - 3.0).abs() < 1e-12, "{line:?}");
        assert!((line.slope - 0.2).abs() < 1e-12 && line.misfit < 1e-9, "{line:?}");
        let half = 0.06 * (7.0_f64 / 3.0).sqrt();
        assert!((line.upper.ln() - 3.0 - half).abs() < 1e-12, "{line:?}");
        assert!((line.lower.ln() - 3.0 + half).abs() < 1e-12, "{line:?}");
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let usual = || [4.0, 3.0, 1.8].map(|x| size((x, 0.1), (2.8 + 0.2 * x, 0.06)));
        assert!(found(&usual()).is_ok());
        assert_eq!(found(&usual()[1..]), Err(Refusal::FewSizes));
        let mut few = usual();
        few[0].networks = 4;
        assert_eq!(found(&few), Err(Refusal::FewNetworks));
        let mut unknown = usual();
        unknown[1].efficiency_upper = None;
        assert_eq!(found(&unknown), Err(Refusal::UnknownEfficiency));
        let mut beyond = usual();
        beyond[2].crossing.upper = None;
        assert_eq!(found(&beyond), Err(Refusal::NoCrossing));
        // 1.8 is 0.8 from 1, and must lie at least 1.6 before the worst.
        let near = [3.3, 2.5, 1.8].map(|x| size((x, 0.1), (2.8 + 0.2 * x, 0.06)));
        assert_eq!(found(&near), Err(Refusal::TooFar));
        // An efficiency below one half.
        let weak = [8.0, 4.0, 2.1].map(|x| size((x, 0.1), (2.8 + 0.2 * x, 0.06)));
        assert_eq!(found(&weak), Err(Refusal::TooFar));
        assert!(at_ideal(&usual(), 0.6).is_err());
    }

    /// Sizes whose crossings lie on a line, found with errors of which `common` of the variance is the
    /// same for all, by five networks.
    fn drawn(common: f64, x_error: f64, stream: &mut Stream) -> [SizeResult; 4] {
        /// Student's t of 4 degrees of freedom at 0.975, and the normal quantile.
        const T: f64 = 2.776;
        const Z: f64 = 1.960;
        const SD: f64 = 0.03;
        let mut normal = || -> f64 { StandardNormal.sample(stream) };
        let (shared, shared_x) = (normal(), normal());
        [0.25, 0.35, 0.48, 0.62].map(|efficiency: f64| {
            let x = 1.0 / efficiency;
            let off = common.sqrt() * shared + (1.0 - common).sqrt() * normal();
            let off_x = (shared_x + normal()) / 2.0_f64.sqrt();
            let of_networks: f64 = (0..4).map(|_| normal().powi(2)).sum::<f64>() / 4.0;
            let seen = x * (1.0 + x_error * off_x);
            size(
                (seen, Z * x_error * seen),
                (2.8 + 0.17 * x + SD * off, T * SD * of_networks.sqrt()),
            )
        })
    }

    #[test]
    fn the_interval_holds_the_crossing_of_the_ideal_observer() {
        const STUDIES: u64 = 4000;
        let truth = (2.8 + 0.17_f64).exp();
        for (part, common, x_error) in
            [(0, 0.0, 0.0), (1, 0.0, 0.06), (2, 0.5, 0.06), (3, 0.9, 0.0)]
        {
            let (mut held, mut given, mut sum) = (0, 0, 0.0);
            for case in 0..STUDIES {
                let key = StreamKey { seed: 5, purpose: Purpose::Verification, case, part };
                let Ok(it) = found(&drawn(common, x_error, &mut key.open())) else { continue };
                given += 1;
                held += u64::from((it.lower..=it.upper).contains(&truth));
                sum += (it.ratio_stored / truth).ln();
            }
            let (coverage, bias) = (held as f64 / given as f64, sum / given as f64);
            println!("{common} {x_error}: {coverage:.4} of {given}, off {bias:+.4}");
            // Two Monte Carlo errors below 0.95; at most what shared errors cost.
            assert!(given > 9 * STUDIES / 10, "{given}");
            assert!((0.943..0.995).contains(&coverage), "{coverage}");
            assert!(bias.abs() < 0.01, "{bias}");
        }
    }
}
