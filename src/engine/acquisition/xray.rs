//! Projection X-ray image formation: anatomical structure, attenuation, scatter, blur,
//! quantum and electronic noise, logarithm.
//!
//! Structure is a Gaussian field with the power spectrum 1/f^β (Burgess 1999, 2001) that scales
//! the local attenuation: where nothing attenuates there is none.

use rand_distr::{Distribution, StandardNormal};

use super::fft::Complex2d;
use super::filter::{Filter, gaussian_blur, mtf50_of_fwhm};
use super::noise::{poisson, row_stream};
use crate::phantom::{Matrix, Xray};
use crate::rng::{Purpose, StreamKey};

/// First part of the anatomy's streams that rows of structure are drawn from, beyond all layers.
const STRUCTURE_PART: u64 = 1 << 32;

#[derive(Debug)]
pub(super) struct XrayImager {
    rows: usize,
    columns: usize,
    xray: Xray,
    /// Blur of the primary radiation, with the scatter's share.
    blur: Filter,
    structure: Option<Filter>,
}

impl XrayImager {
    pub(super) fn new(matrix: &Matrix, xray: Xray) -> Self {
        let Matrix { rows, columns, .. } = *matrix;
        let spacing = matrix.pixel_spacing.0;
        let primary = gaussian_blur(xray.mtf50_per_mm, spacing);
        let scatter = gaussian_blur(mtf50_of_fwhm(xray.scatter_fwhm_mm), spacing);
        let blur = Filter::new(matrix, |fx, fy| {
            let scattered =
                if xray.scatter_ratio > 0.0 { xray.scatter_ratio * scatter(fx, fy) } else { 0.0 };
            primary(fx, fy) + scattered
        });
        let structure = (xray.structure > 0.0).then(|| {
            let amplitude = |fx: f64, fy: f64| {
                let squared = fx * fx + fy * fy;
                // No mean: the layers say what it is.
                if squared == 0.0 {
                    0.0
                } else {
                    libm::pow(squared, -xray.structure_exponent / 4.0)
                }
            };
            let mut filter = Filter::new(matrix, amplitude);
            // The variance is the sum of squares over the frequency plane.
            let variance: f64 = filter.transfer.iter().map(|value| value * value).sum();
            let scale = xray.structure / variance.sqrt();
            filter.transfer.iter_mut().for_each(|value| *value *= scale);
            filter
        });
        Self { rows, columns, xray, blur, structure }
    }

    /// Stored signals from line integrals of attenuation.
    pub(super) fn acquire(
        &self,
        mut painted: Vec<f64>,
        seed: u64,
        case: u64,
        patient: u64,
    ) -> Vec<f64> {
        if let Some(filter) = &self.structure {
            for (value, structure) in painted.iter_mut().zip(self.field(filter, seed, patient)) {
                *value += *value * structure;
            }
        }
        let quanta = self.xray.quanta_per_pixel;
        for value in &mut painted {
            *value = quanta * libm::exp(-*value);
        }
        let mut values = self.blur.apply_real(painted);
        let electronic = self.xray.electronic_quanta;
        for (row, line) in values.chunks_exact_mut(self.columns).enumerate() {
            let mut stream = row_stream(seed, case, row);
            for value in line {
                let mut detected = poisson(*value, stream.uniform());
                if electronic > 0.0 {
                    let normal: f64 = StandardNormal.sample(&mut stream);
                    detected += electronic * normal;
                }
                *value = self.xray.signal_au(detected);
            }
        }
        values
    }

    /// One draw of the structure: the real part of complex white noise through the filter, which
    /// is half of its power, so each part has the whole.
    fn field(&self, filter: &Filter, seed: u64, case: u64) -> Vec<f64> {
        let pixels = self.rows * self.columns;
        let (mut re, mut im) = (Vec::with_capacity(pixels), Vec::with_capacity(pixels));
        for row in 0..self.rows {
            let part = STRUCTURE_PART + row as u64;
            let mut stream = StreamKey { seed, purpose: Purpose::Anatomy, case, part }.open();
            for _ in 0..self.columns {
                re.push(StandardNormal.sample(&mut stream));
                im.push(StandardNormal.sample(&mut stream));
            }
        }
        let mut spectrum = Complex2d { re, im };
        filter.shape(&mut spectrum);
        filter.fft.inverse(&mut spectrum);
        spectrum.re
    }
}
