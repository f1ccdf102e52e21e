//! Planar image formation of nuclear medicine: a Gaussian point spread and Poisson counts.

use super::blur::{Blur, mtf50_of_fwhm};
use super::noise::{poisson, row_stream};
use crate::phantom::{Matrix, Nuclear};

#[derive(Debug)]
pub(super) struct NuclearImager {
    columns: usize,
    blur: Blur,
    counts_per_pixel: f64,
}

impl NuclearImager {
    pub(super) fn new(matrix: &Matrix, nuclear: Nuclear) -> Self {
        Self {
            columns: matrix.columns,
            blur: Blur::gaussian(matrix, mtf50_of_fwhm(nuclear.fwhm_mm)),
            counts_per_pixel: nuclear.counts_per_pixel,
        }
    }

    /// Counts of each pixel, from activity relative to that of `counts_per_pixel`.
    pub(super) fn acquire(&self, painted: &[f64], seed: u64, case: u64) -> Vec<f64> {
        let mut values = self.blur.apply(painted);
        for (row, line) in values.chunks_exact_mut(self.columns).enumerate() {
            let mut stream = row_stream(seed, case, row);
            for value in line {
                *value = poisson(self.counts_per_pixel * *value, stream.uniform());
            }
        }
        values
    }
}
