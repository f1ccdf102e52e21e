//! Linear filters of whole images: a real, symmetric transfer on the frequency plane.

use super::fft::{Complex2d, Fft2d};
use crate::phantom::Matrix;

/// A filter for one matrix. The image is periodic to it.
#[derive(Debug)]
pub(super) struct Filter {
    pub(super) fft: Fft2d,
    /// Transfer over the number of pixels, which the inverse transform leaves out.
    pub(super) transfer: Vec<f64>,
}

impl Filter {
    /// The filter with `transfer(fx, fy)` at the frequencies fx and fy in 1/mm.
    pub(super) fn new(matrix: &Matrix, transfer: impl Fn(f64, f64) -> f64) -> Self {
        let Matrix { rows, columns, .. } = *matrix;
        let spacing = matrix.pixel_spacing.0;
        let scale = 1.0 / (rows * columns) as f64;
        let mut values = Vec::with_capacity(rows * columns);
        for row in 0..rows {
            let fy = frequency(row, rows, spacing);
            values.extend(
                (0..columns)
                    .map(|column| scale * transfer(frequency(column, columns, spacing), fy)),
            );
        }
        Self { fft: Fft2d::new(rows, columns), transfer: values }
    }

    /// Filters real and imaginary part, two images, at the same time.
    pub(super) fn apply(&self, mut image: Complex2d) -> Complex2d {
        self.fft.forward(&mut image);
        self.shape(&mut image);
        self.fft.inverse(&mut image);
        image
    }

    /// Filters one image.
    pub(super) fn apply_real(&self, image: Vec<f64>) -> Vec<f64> {
        let im = vec![0.0; image.len()];
        self.apply(Complex2d { re: image, im }).re
    }

    /// Multiplies a spectrum by the transfer.
    pub(super) fn shape(&self, spectrum: &mut Complex2d) {
        let values = spectrum.re.iter_mut().zip(&mut spectrum.im).zip(&self.transfer);
        for ((re, im), transfer) in values {
            *re *= transfer;
            *im *= transfer;
        }
    }
}

/// Frequency of a place of the spectrum in 1/mm.
pub(crate) fn frequency(index: usize, size: usize, spacing_mm: f64) -> f64 {
    let signed = if index <= size / 2 { index as f64 } else { index as f64 - size as f64 };
    signed / (size as f64 * spacing_mm)
}

/// A Gaussian MTF that is one half at `mtf50_per_mm`, over the transfer of the average over a
/// pixel that painting has made already.
pub(super) fn gaussian_blur(mtf50_per_mm: f64, spacing_mm: f64) -> impl Fn(f64, f64) -> f64 {
    move |fx, fy| {
        let relative_squared = (fx * fx + fy * fy) / (mtf50_per_mm * mtf50_per_mm);
        libm::exp2(-relative_squared) / (sinc(fx * spacing_mm) * sinc(fy * spacing_mm))
    }
}

/// Frequency in 1/mm at which the MTF of a Gaussian point spread of this width is one half:
/// 2 ln 2/(π FWHM).
pub(super) fn mtf50_of_fwhm(fwhm_mm: f64) -> f64 {
    2.0 * std::f64::consts::LN_2 / (std::f64::consts::PI * fwhm_mm)
}

/// sin(πx)/(πx).
pub(super) fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        return 1.0;
    }
    let angle = std::f64::consts::PI * x;
    libm::sin(angle) / angle
}
