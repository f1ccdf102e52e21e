//! Integrates a likelihood: over a uniform contrast in closed form, and over a grid of positions,
//! sizes and angles; knows no image.

use std::f64::consts::PI;

use crate::phantom::Range;
use crate::stats::normal_cdf;

/// Grid of one shape: sizes, angles, rows and columns of positions, the last fastest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cells {
    pub(super) sizes: usize,
    pub(super) angles: usize,
    pub(super) positions: usize,
}

/// Nodes and weights of Gauss and Legendre's rule with six points on −½..½ (Abramowitz and Stegun,
/// 1964, table 25.4).
const SIX_POINTS: [(f64, f64); 6] = [
    (-0.466_234_757_101_576, 0.085_662_246_189_585_17),
    (-0.330_604_693_233_132_26, 0.180_380_786_524_069_3),
    (-0.119_309_593_041_598_45, 0.233_956_967_286_345_52),
    (0.119_309_593_041_598_45, 0.233_956_967_286_345_52),
    (0.330_604_693_233_132_26, 0.180_380_786_524_069_3),
    (0.466_234_757_101_576, 0.085_662_246_189_585_17),
];

/// Slopes and curvatures per cell below which two terms give the mean over it to 1e-4.
const GENTLE: f64 = 0.2;

/// Those below which Gauss and Legendre's rule with three points gives it to 1e-4.
const MODERATE: f64 = 1.0;

impl Cells {
    /// ln of the mean of exp(log) over the grid's whole volume: in each cell the logarithm is a
    /// parabola through the node and its neighbours along every axis.
    pub(super) fn integral(self, logs: &[f64]) -> f64 {
        let best = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let places = self.positions * self.positions;
        let mut sum = LogSum::default();
        for (at, &log) in logs.iter().enumerate() {
            if log < best - NEGLIGIBLE {
                continue;
            }
            let axes = [
                (at % self.positions, self.positions, 1, false),
                (at / self.positions % self.positions, self.positions, self.positions, false),
                (at / places % self.angles, self.angles, places, true),
                (at / (places * self.angles), self.sizes, places * self.angles, false),
            ];
            let cell: f64 = axes
                .into_iter()
                .map(|(index, count, stride, periodic)| {
                    along(logs, at, index, count, stride, periodic)
                })
                .product();
            sum.add_times(log, cell);
        }
        sum.value() - (logs.len() as f64).ln()
    }
}

/// Mean of exp of a parabola over a cell, relative to its node: through the node and its
/// neighbours on one axis; at an end, with the curvature of the next three.
fn along(
    logs: &[f64],
    at: usize,
    index: usize,
    count: usize,
    stride: usize,
    periodic: bool,
) -> f64 {
    if count < 3 {
        return 1.0;
    }
    let first = at - index * stride;
    let node = |index: usize| logs[first + index * stride];
    let here = node(index);
    let (before, after) = if periodic {
        (node((index + count - 1) % count), node((index + 1) % count))
    } else if index == 0 {
        (3.0 * here - 3.0 * node(1) + node(2), node(1))
    } else if index + 1 == count {
        (node(index - 1), 3.0 * here - 3.0 * node(index - 1) + node(index - 2))
    } else {
        (node(index - 1), node(index + 1))
    };
    let (slope, curvature) = ((after - before) / 2.0, after - 2.0 * here + before);
    // A parabola that fits rises above its nodes by an eighth of its curvature at most.
    let most = (after - here).max(before - here).max(0.0) + curvature.abs() / 8.0;
    mean_over_cell(slope, curvature, most)
}

/// Mean of exp(t (slope + curvature t/2)), its exponent `most` at most, over t from −½ to ½.
fn mean_over_cell(slope: f64, curvature: f64, most: f64) -> f64 {
    let steepness = slope.abs().max(curvature.abs());
    if steepness < GENTLE {
        return 1.0 + (slope * slope + curvature) / 24.0;
    }
    let at = |t: f64| (t * (slope + curvature * t / 2.0)).min(most).exp();
    if steepness < MODERATE {
        const NODE: f64 = 0.387_298_334_620_741_7;
        return (5.0 * (at(-NODE) + at(NODE)) + 8.0) / 18.0;
    }
    SIX_POINTS.iter().map(|&(t, weight)| weight * at(t)).sum()
}

/// A sum of exponentials by its logarithm, in the order of arrival.
#[derive(Debug, Clone, Copy)]
pub(in crate::observer) struct LogSum {
    largest: f64,
    sum: f64,
}

impl Default for LogSum {
    fn default() -> Self {
        Self { largest: f64::NEG_INFINITY, sum: 0.0 }
    }
}

impl LogSum {
    pub(in crate::observer) fn add(&mut self, value: f64) {
        self.add_times(value, 1.0);
    }

    /// Adds `times` exp(`value`).
    fn add_times(&mut self, value: f64, times: f64) {
        if value > self.largest {
            self.sum = self.sum * (self.largest - value).exp() + times;
            self.largest = value;
        } else {
            self.sum += times * (value - self.largest).exp();
        }
    }

    pub(in crate::observer) fn value(&self) -> f64 {
        self.largest + self.sum.ln()
    }
}

/// A contrast that is uniform over a range, or known where the range is a single number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Contrast {
    range: Range,
    log_width: f64,
}

impl Contrast {
    pub(super) fn uniform(range: Range) -> Self {
        Self { range, log_width: (range.high - range.low).ln() }
    }
}

/// Energy of a template at unit contrast, with the terms of its likelihoods that depend on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Energy {
    energy: f64,
    root: f64,
    /// ½ ln(2π/E).
    constant: f64,
}

impl Energy {
    pub(super) fn new(energy: f64) -> Self {
        Self { energy, root: energy.sqrt(), constant: 0.5 * (2.0 * PI / energy).ln() }
    }

    /// The largest c r − c² E/2 over the contrasts: no mean of exponentials is above it.
    pub(super) fn largest(&self, response: f64, contrast: Contrast) -> f64 {
        let best = (response / self.energy).clamp(contrast.range.low, contrast.range.high);
        best * (response - best * self.energy / 2.0)
    }

    /// ln of the mean of exp(c r − c² E/2) over the contrasts c: with u = r/E and s = √E,
    /// r²/2E + ½ ln(2π/E) + ln(Φ((high − u) s) − Φ((low − u) s)) − ln(high − low).
    pub(super) fn log_likelihood_ratio(&self, response: f64, contrast: Contrast) -> f64 {
        let Range { low, high } = contrast.range;
        if high <= low {
            return low * (response - low * self.energy / 2.0);
        }
        let likeliest = response / self.energy;
        let [low, high] = [low, high].map(|bound| (bound - likeliest) * self.root);
        response * likeliest / 2.0 + self.constant + log_normal_between(low, high)
            - contrast.log_width
    }
}

/// ln(Φ(high) − Φ(low)), low < high, without loss in the tails.
fn log_normal_between(low: f64, high: f64) -> f64 {
    if low < -INSIDE && high > INSIDE {
        return 0.0;
    }
    if low > 0.0 {
        // Φ(high) − Φ(low) = Φ(−low) − Φ(−high).
        return log_normal_between(-high, -low);
    }
    if high > 0.0 || low > -5.0 {
        return (normal_cdf(high) - normal_cdf(low)).max(f64::MIN_POSITIVE).ln();
    }
    let (upper, lower) = (log_normal_tail(high), log_normal_tail(low));
    upper + (-(lower - upper).exp()).ln_1p()
}

/// Standard deviations on each side beyond which a normal density leaves 1e-9.
const INSIDE: f64 = 6.0;

/// ln Φ(z) for z ≤ 0: below −8 by the asymptotic series (Abramowitz and Stegun, 1964, 26.2.12),
/// whose first term left out is 1e-6 there.
fn log_normal_tail(z: f64) -> f64 {
    if z > -8.0 {
        return normal_cdf(z).ln();
    }
    let square = 1.0 / (z * z);
    let series = 1.0 - square * (1.0 - 3.0 * square * (1.0 - 5.0 * square * (1.0 - 7.0 * square)));
    -z * z / 2.0 - (-z).ln() - 0.5 * (2.0 * PI).ln() + series.ln()
}

/// A template whose likelihood is e⁻³⁰ of the best of its class adds nothing in f64 sums.
const NEGLIGIBLE: f64 = 30.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contrast_integral_is_the_closed_form() {
        // scipy 1.17.1: log(quad(lambda c: exp(c*r - c*c*E/2 - m), 20, 40)[0]/20) + m, with m the
        // largest exponent, for (r, E).
        let contrast = Contrast::uniform(Range { low: 20.0, high: 40.0 });
        for (response, energy, expected) in CONTRAST_INTEGRALS {
            let template = Energy::new(energy);
            let found = template.log_likelihood_ratio(response, contrast);
            assert!(
                (found - expected).abs() < 1e-5 * expected.abs().max(1.0),
                "{response} {energy}: {found}"
            );
            assert!(found <= template.largest(response, contrast) + 1e-9);
        }
        let known = Contrast::uniform(Range { low: 3.0, high: 3.0 });
        assert_eq!(Energy::new(0.5).log_likelihood_ratio(2.0, known), 3.0 * 2.0 - 9.0 * 0.25);
    }

    #[test]
    fn means_over_a_cell_are_the_integral() {
        // By the midpoint rule with a thousand steps, up to slopes at which six points do.
        for slope in [-5.0, -1.0, -0.99, -0.2, -0.19, 0.0, 0.1, 0.6, 0.99, 3.0] {
            for curvature in [-5.0, -0.99, -0.5, -0.19, 0.0, 0.19, 0.5, 0.99, 5.0] {
                let at = |t: f64| (t * (slope + curvature * t / 2.0)).exp();
                let exact: f64 = (0..1000).map(|i| at((f64::from(i) + 0.5) / 1000.0 - 0.5)).sum();
                let found = mean_over_cell(slope, curvature, f64::INFINITY);
                let error = (1000.0 * found / exact - 1.0).abs();
                assert!(error < 1e-4, "{slope} {curvature}: {error}");
            }
        }
    }

    const CONTRAST_INTEGRALS: [(f64, f64, f64); 5] = [
        (3.0, 0.1, 44.072_932_177_367_42),
        (0.0, 0.1, -23.712_481_458_631_885),
        (-4.0, 0.2, -125.078_274_769_373_62),
        (12.0, 0.2, 315.605_841_837_435_95),
        (3.0, 0.01, 108.047_282_422_716_89),
    ];
}
