//! Projection X-ray image formation: anatomical structure, attenuation, scatter, blur,
//! quantum and electronic noise, logarithm.
//!
//! Structure is a Gaussian field with the power spectrum 1/f^β (Burgess 1999, 2001) that scales
//! the local attenuation: where nothing attenuates there is none.

use rand_distr::{Distribution, StandardNormal};

use super::blur::{Blur, mtf50_of_fwhm};
use super::field::StationaryField;
use super::noise::{poisson, row_stream};
use crate::phantom::{Matrix, Xray};
use crate::rng::{Purpose, StreamKey};

/// First part of the anatomy's streams that rows of structure are drawn from, beyond all layers.
const STRUCTURE_PART: u64 = 1 << 32;

#[derive(Debug)]
pub(super) struct XrayImager {
    columns: usize,
    xray: Xray,
    /// Blur of the primary radiation.
    primary: Blur,
    /// Spread of the scattered radiation, which is a share of the primary one.
    scatter: Option<Blur>,
    structure: Option<StationaryField>,
}

impl XrayImager {
    pub(super) fn new(matrix: &Matrix, xray: Xray) -> Self {
        let (size, spacing) = ([matrix.rows, matrix.columns], matrix.pixel_spacing.0);
        let primary = Blur::gaussian(matrix, xray.mtf50_per_mm);
        let scatter = (xray.scatter_ratio > 0.0)
            .then(|| Blur::gaussian(matrix, mtf50_of_fwhm(xray.scatter_fwhm_mm)));
        let structure = (xray.structure > 0.0).then(|| {
            StationaryField::new(size, spacing, xray.structure, |fx, fy| {
                let squared = fx * fx + fy * fy;
                // No mean: the layers say what it is.
                if squared == 0.0 {
                    0.0
                } else {
                    libm::pow(squared, -xray.structure_exponent / 2.0)
                }
            })
        });
        Self { columns: matrix.columns, xray, primary, scatter, structure }
    }

    /// Stored signals from line integrals of attenuation.
    pub(super) fn acquire(
        &self,
        mut painted: Vec<f64>,
        seed: u64,
        case: u64,
        patient: u64,
    ) -> Vec<f64> {
        if let Some(field) = &self.structure {
            let structure = field.draw(|row| {
                let part = STRUCTURE_PART + row as u64;
                StreamKey { seed, purpose: Purpose::Anatomy, case: patient, part }.open()
            });
            for (value, structure) in painted.iter_mut().zip(structure) {
                *value += *value * structure;
            }
        }
        let quanta = self.xray.quanta_per_pixel;
        for value in &mut painted {
            *value = quanta * libm::exp(-*value);
        }
        let mut values = self.primary.apply(&painted);
        if let Some(scatter) = &self.scatter {
            for (value, scattered) in values.iter_mut().zip(scatter.apply(&painted)) {
                *value += self.xray.scatter_ratio * scattered;
            }
        }
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
}
