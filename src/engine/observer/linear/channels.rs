//! Computes the eye filter and the channels of linear observers; knows no patch.
#![expect(clippy::disallowed_methods, reason = "makes no pixels")]

use std::f64::consts::{LN_2, PI, TAU};

use crate::acquisition::fft::{Complex2d, Fft2d};
use crate::acquisition::filter::frequency;

/// How sensitive the eye is at a frequency: f^1.3 · exp(−c f²), largest at 4 cycles per degree
/// (Burgess, 1994).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Eye {
    /// Pixels that a degree of the visual field holds: 35 for pixels of 0.25 mm at 0.5 m.
    pub pixels_per_degree: f64,
}

impl Eye {
    /// Pixels of 0.25 mm seen from half a metre.
    pub const HALF_A_METRE: Self = Self { pixels_per_degree: 35.0 };

    pub(super) fn sensitivity(self, cycles_per_pixel: f64) -> f64 {
        const PEAK: f64 = 4.0;
        let f = cycles_per_pixel * self.pixels_per_degree;
        f.powf(1.3) * (-1.3 / (2.0 * PEAK * PEAK) * f * f).exp()
    }
}

/// Channels of an observer that sees a patch only through them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Channels {
    /// Laguerre–Gauss functions √2/a · exp(−πr²/a²) · L_j(2πr²/a²), j = 0..count (Gallas and
    /// Barrett, 2003): efficient for round signals at a known place.
    LaguerreGauss {
        /// Number of channels.
        count: usize,
        /// Width a in pixels.
        width_pixels: f64,
    },
    /// Ten dense differences of Gaussians, exp(−½(ρ/Qσ_j)²) − exp(−½(ρ/σ_j)²) with
    /// σ_j = 0.005 · 1.4^j per pixel and Q = 1.67 (Abbey and Barrett, 2001): close to people.
    DenseDifferenceOfGaussians,
    /// Forty Gabor functions: octaves from 1/64 to 1/4 per pixel, five angles, two phases
    /// (Eckstein, Abbey and Bochud, 2000).
    Gabor,
}

impl Channels {
    /// The channels over a patch, `[channel][side²]`.
    #[must_use]
    pub fn over(self, side: usize) -> Vec<Vec<f64>> {
        let center = side as f64 / 2.0;
        // Pixel centres from the middle of the patch.
        let place =
            |at: usize| ((at % side) as f64 + 0.5 - center, (at / side) as f64 + 0.5 - center);
        match self {
            Self::LaguerreGauss { count, width_pixels: a } => (0..count)
                .map(|order| {
                    (0..side * side)
                        .map(|at| {
                            let (x, y) = place(at);
                            let r2 = (x * x + y * y) / (a * a);
                            2.0_f64.sqrt() / a * (-PI * r2).exp() * laguerre(order, TAU * r2)
                        })
                        .collect()
                })
                .collect(),
            Self::DenseDifferenceOfGaussians => (0..10)
                .map(|order| {
                    let sigma = 0.005 * 1.4_f64.powi(order);
                    let gauss = |f: f64, sigma: f64| (-0.5 * (f / sigma).powi(2)).exp();
                    radial(side, |f| gauss(f, 1.67 * sigma) - gauss(f, sigma))
                })
                .collect(),
            Self::Gabor => {
                let mut channels = Vec::with_capacity(40);
                for octave in 0..4 {
                    let frequency = 3.0 / 128.0 * 2.0_f64.powi(octave);
                    // One octave wide at half height: 56.48 pixels for 1/64 to 1/32.
                    let width = 56.48 / 2.0_f64.powi(octave);
                    for angle in 0..5 {
                        let (sine, cosine) = (TAU * f64::from(angle) / 10.0).sin_cos();
                        for phase in [0.0, PI / 2.0] {
                            let value = |at: usize| {
                                let (x, y) = place(at);
                                let along = x * cosine + y * sine;
                                (-4.0 * LN_2 * (x * x + y * y) / (width * width)).exp()
                                    * (TAU * frequency * along + phase).cos()
                            };
                            channels.push((0..side * side).map(value).collect());
                        }
                    }
                }
                channels
            }
        }
    }
}

/// Laguerre polynomial by its recurrence.
fn laguerre(order: usize, x: f64) -> f64 {
    let (mut before, mut now) = (1.0, 1.0 - x);
    if order == 0 {
        return before;
    }
    for k in 1..order {
        let k = k as f64;
        (before, now) = (now, ((2.0 * k + 1.0 - x) * now - k * before) / (k + 1.0));
    }
    now
}

/// A round function of frequency (cycles per pixel) as a kernel around the middle of a patch.
fn radial(side: usize, of: impl Fn(f64) -> f64) -> Vec<f64> {
    let size = side.next_power_of_two();
    let mut spectrum = Complex2d { re: vec![0.0; size * size], im: vec![0.0; size * size] };
    for at in 0..size * size {
        let fy = frequency(at / size, size, 1.0);
        let fx = frequency(at % size, size, 1.0);
        // Moves the kernel from the first pixel's corner to the middle of the patch.
        let phase = -TAU * (fx + fy) * (side as f64 / 2.0 - 0.5);
        let gain = of((fx * fx + fy * fy).sqrt()) / (size * size) as f64;
        (spectrum.re[at], spectrum.im[at]) = (gain * phase.cos(), gain * phase.sin());
    }
    Fft2d::new(size, size).inverse(&mut spectrum);
    (0..side * side).map(|at| spectrum.re[at / side * size + at % side]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn laguerre_polynomials_are_the_tables() {
        // Abramowitz and Stegun (1964), table 22.10: L_2 = (x² − 4x + 2)/2,
        // L_3 = (−x³ + 9x² − 18x + 6)/6, at 0.7.
        assert_eq!(laguerre(0, 0.7), 1.0);
        assert!((laguerre(2, 0.7) - (0.49 - 2.8 + 2.0) / 2.0).abs() < 1e-12);
        assert!((laguerre(3, 0.7) - (-0.343 + 4.41 - 12.6 + 6.0) / 6.0).abs() < 1e-12);
    }

    #[test]
    fn the_eye_sees_best_at_four_cycles_per_degree() {
        let eye = Eye { pixels_per_degree: 32.0 };
        let at = |cycles_per_degree: f64| eye.sensitivity(cycles_per_degree / 32.0);
        assert!(at(4.0) > at(3.9) && at(4.0) > at(4.1));
        assert_eq!(at(0.0), 0.0);
    }
}
