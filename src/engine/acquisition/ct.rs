//! CT image formation: blur by the MTF and noise with a ramp-shaped spectrum.
//!
//! Filtered back-projection leaves noise with NPS(f) ∝ f · MTF²(f) (Wagner, Brown & Pastel
//! 1979; Faulkner & Moores 1984), small but not zero at f = 0 through aliasing (Kijewski & Judy
//! 1987).

use super::blur::{AxisTransfer, Blur};
use super::field::StationaryField;
use super::noise::row_stream;
use crate::phantom::{Ct, Kernel, Matrix};

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
                let u = relative * relative;
                (1.0 + self.enhancement() * u) * libm::exp2(-self.decay() * u)
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

    /// k of the MTF.
    fn decay(&self) -> f64 {
        1.0 + libm::log2(1.0 + self.enhancement())
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
        let q = 4.0 * self.decay() * std::f64::consts::LN_2;
        let half = (q - 5.0 * a) / (2.0 * q * a);
        let u = -half + (half * half + 1.0 / (q * a)).sqrt();
        self.mtf50_per_mm * u.sqrt()
    }
}

/// Blur and noise of one matrix.
#[derive(Debug)]
pub(super) struct CtImager {
    /// The average over a pixel that painting makes is divided out, so that the MTF is the
    /// phantom's.
    blur: Blur,
    noise: StationaryField,
}

impl CtImager {
    pub(super) fn new(matrix: &Matrix, ct: Ct) -> Self {
        let (size, spacing) = ([matrix.rows, matrix.columns], matrix.pixel_spacing.0);
        let a = ct.enhancement();
        let blur = if a == 0.0 {
            Blur::gaussian(matrix, ct.mtf50_per_mm)
        } else {
            // (1 + a (u + v)) 2^(−k (u + v)), a sum of two products.
            let k = ct.decay();
            let plain = |u: f64| libm::exp2(-k * u);
            let risen = |u: f64| a * u * libm::exp2(-k * u);
            let both = |u: f64| (1.0 + a * u) * libm::exp2(-k * u);
            let terms: [[AxisTransfer<'_>; 2]; 2] = [[&plain, &both], [&risen, &plain]];
            Blur::of_terms(matrix, ct.mtf50_per_mm, 1.0, &terms)
        };
        let noise = StationaryField::new(size, spacing, ct.sigma_hu, |fx, fy| {
            ct.relative_noise_power((fx * fx + fy * fy).sqrt())
        });
        Self { blur, noise }
    }

    /// Blurs `painted` (HU) and adds noise.
    pub(super) fn acquire(&self, painted: &[f64], seed: u64, case: u64) -> Vec<f64> {
        let mut values = self.blur.apply(painted);
        let noise = self.noise.draw(|row| row_stream(seed, case, row));
        for (value, noise) in values.iter_mut().zip(noise) {
            *value += noise;
        }
        values
    }
}
