//! CT image formation: blur by the MTF and noise with a ramp-shaped spectrum.
//!
//! Filtered back-projection leaves noise with NPS(f) ∝ f · MTF²(f) (Wagner, Brown & Pastel
//! 1979; Faulkner & Moores 1984), small but not zero at f = 0 through aliasing (Kijewski & Judy
//! 1987).

use rand_distr::{Distribution, StandardNormal};

use super::fft::{Complex2d, Fft2d};
use super::filter::{frequency, sinc};
use crate::phantom::{Ct, Kernel, Matrix};
use crate::rng::{Purpose, StreamKey};

/// Frequency below which the ramp levels off, in 1/mm: the noise at f = 0 is then about 7 % of
/// that at the peak of a soft kernel.
const RAMP_FLOOR_PER_MM: f64 = 0.01;

impl Ct {
    /// Modulation transfer at spatial frequency f in 1/mm: (1 + a u) 2^(−k u) with u = (f/f₅₀)²
    /// and k = 1 + log₂(1 + a), so that it is one half at f₅₀. The enhancement a is 0 for the
    /// soft kernel, a Gaussian, 1 for the standard one, 3 for bone and 5 for lung.
    #[must_use]
    pub fn mtf(&self, frequency_per_mm: f64) -> f64 {
        match self.kernel {
            Kernel::Soft => {
                let relative = frequency_per_mm / self.mtf50_per_mm;
                libm::exp2(-(relative * relative))
            }
            Kernel::Standard | Kernel::Bone | Kernel::Lung => {
                let relative = frequency_per_mm / self.mtf50_per_mm;
                let (u, a) = (relative * relative, self.enhancement());
                (1.0 + a * u) * libm::exp2(-(1.0 + libm::log2(1.0 + a)) * u)
            }
        }
    }

    fn enhancement(&self) -> f64 {
        match self.kernel {
            Kernel::Soft => 0.0,
            Kernel::Standard => 1.0,
            Kernel::Bone => 3.0,
            Kernel::Lung => 5.0,
        }
    }

    /// Noise power at spatial frequency f, up to a constant factor.
    #[must_use]
    pub fn relative_noise_power(&self, frequency_per_mm: f64) -> f64 {
        let ramp =
            (frequency_per_mm * frequency_per_mm + RAMP_FLOOR_PER_MM * RAMP_FLOOR_PER_MM).sqrt();
        let mtf = self.mtf(frequency_per_mm);
        ramp * mtf * mtf
    }

    /// Frequency of the largest noise power in 1/mm: the maximum of f · MTF²(f). Soft kernel:
    /// f₅₀/(2 √ln 2). Others: with q = 4 k ln 2, u solves q a u² + (q − 5 a) u − 1 = 0.
    #[must_use]
    pub fn noise_peak_per_mm(&self) -> f64 {
        let a = self.enhancement();
        if a == 0.0 {
            return self.mtf50_per_mm / (2.0 * std::f64::consts::LN_2.sqrt());
        }
        let q = 4.0 * (1.0 + libm::log2(1.0 + a)) * std::f64::consts::LN_2;
        let half = (q - 5.0 * a) / (2.0 * q * a);
        let u = -half + (half * half + 1.0 / (q * a)).sqrt();
        self.mtf50_per_mm * u.sqrt()
    }
}

/// Filters of one matrix.
#[derive(Debug)]
pub(super) struct CtImager {
    rows: usize,
    columns: usize,
    fft: Fft2d,
    /// Transfer from painted pixels to the blurred image, `[rows, columns]`; the average over
    /// a pixel that painting makes is divided out, so that the MTF is exactly the phantom's.
    blur: Vec<f64>,
    /// Filter from white noise of unit variance to the phantom's noise.
    noise: Vec<f64>,
}

impl CtImager {
    pub(super) fn new(matrix: &Matrix, ct: Ct) -> Self {
        let Matrix { rows, columns, .. } = *matrix;
        let spacing = matrix.pixel_spacing.0;
        let mut blur = Vec::with_capacity(rows * columns);
        let mut noise = Vec::with_capacity(rows * columns);
        for row in 0..rows {
            for column in 0..columns {
                let (fy, fx) = (frequency(row, rows, spacing), frequency(column, columns, spacing));
                let radial = (fx * fx + fy * fy).sqrt();
                blur.push(ct.mtf(radial) / (sinc(fx * spacing) * sinc(fy * spacing)));
                noise.push(ct.relative_noise_power(radial));
            }
        }
        // Parseval: the variance is the mean of the squared filter. Scaled by this integral
        // and not by the sample's deviation, which would tie all pixels together.
        let mean = noise.iter().sum::<f64>() / (rows * columns) as f64;
        for value in &mut noise {
            *value = ct.sigma_hu * (*value / mean).sqrt();
        }
        Self { rows, columns, fft: Fft2d::new(rows, columns), blur, noise }
    }

    /// Blurs `painted` (HU) and adds noise.
    pub(super) fn acquire(&self, painted: Vec<f64>, seed: u64, case: u64) -> Vec<f64> {
        let mut white = Vec::with_capacity(painted.len());
        for row in 0..self.rows {
            let part = row as u64;
            let mut stream = StreamKey { seed, purpose: Purpose::Noise, case, part }.open();
            white.extend(
                StandardNormal.sample_iter(&mut stream).take(self.columns).map(|value: f64| value),
            );
        }
        // Scene and noise share one transform as real and imaginary part: with
        // Z = S + iW, S(k) = (Z(k) + Z*(−k))/2 and W(k) = (Z(k) − Z*(−k))/2i.
        let mut spectrum = Complex2d { re: painted, im: white };
        self.fft.forward(&mut spectrum);
        let scale = 0.5 / (self.rows * self.columns) as f64;
        for row in 0..self.rows {
            let mirror_row = (self.rows - row) % self.rows;
            for column in 0..self.columns {
                let mirror = mirror_row * self.columns + (self.columns - column) % self.columns;
                let at = row * self.columns + column;
                if mirror < at {
                    continue;
                }
                let (a, b) = (spectrum.re[at], spectrum.im[at]);
                let (c, d) = (spectrum.re[mirror], spectrum.im[mirror]);
                let (blur, noise) = (self.blur[at] * scale, self.noise[at] * scale);
                let re = blur * (a + c) + noise * (b + d);
                let im = blur * (b - d) + noise * (c - a);
                // The result is real, so its spectrum is Hermitian.
                (spectrum.re[at], spectrum.im[at]) = (re, im);
                (spectrum.re[mirror], spectrum.im[mirror]) = (re, -im);
            }
        }
        self.fft.inverse(&mut spectrum);
        spectrum.re
    }
}
