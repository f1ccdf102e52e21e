//! Blur of the scene: a sum of separable convolutions. Knows no noise.
//!
//! Beyond the matrix the scene goes on as at its edge: nothing reaches an edge from the opposite
//! one, as it would through a transform of the whole matrix, which is periodic.

use super::filter::sinc;
use super::line::{LANES, LineBlur, Lines};
use crate::phantom::Matrix;

/// Frequency at which the MTF of a Gaussian is one half times its standard deviation:
/// √(2 ln 2)/(2π).
pub(super) const MTF50_TIMES_SIGMA: f64 = 0.187_390_625_129_277_6;

/// A transfer along one axis, of the squared frequency over that at which the MTF is one half.
pub(super) type AxisTransfer<'a> = &'a dyn Fn(f64) -> f64;

/// The blur of one matrix.
#[derive(Debug)]
pub(super) struct Blur {
    rows: usize,
    columns: usize,
    terms: Vec<Term>,
}

/// A blur along the columns and one along the rows, whose transfers multiply.
#[derive(Debug)]
struct Term {
    down: LineBlur,
    across: LineBlur,
}

impl Blur {
    /// A Gaussian MTF that is one half at `mtf50_per_mm`, over the transfer of the average over a
    /// pixel that painting has made already.
    pub(super) fn gaussian(matrix: &Matrix, mtf50_per_mm: f64) -> Self {
        let Matrix { rows, columns, .. } = *matrix;
        let sigma = MTF50_TIMES_SIGMA / (mtf50_per_mm * matrix.pixel_spacing.0);
        let wide = |pixels| LineBlur::of_wide_gaussian(sigma, pixels);
        if let (Some(down), Some(across)) = (wide(rows), wide(columns)) {
            return Self { rows, columns, terms: vec![Term { down, across }] };
        }
        Self::of_terms(matrix, mtf50_per_mm, 1.0, &[[&gaussian, &gaussian]])
    }

    /// The transfer Σ D(v) A(u) of pairs D along the columns and A along the rows, over that of
    /// the average over a pixel; u and v are the squared frequencies over the square of
    /// `mtf50_per_mm`. Frequencies above the share `band` of the Nyquist frequency are cut off
    /// along each axis.
    pub(super) fn of_terms(
        matrix: &Matrix,
        mtf50_per_mm: f64,
        band: f64,
        terms: &[[AxisTransfer<'_>; 2]],
    ) -> Self {
        let mtf50 = mtf50_per_mm * matrix.pixel_spacing.0;
        let axis = |transfer: AxisTransfer<'_>| {
            LineBlur::of_transfer(band / 2.0, MTF50_TIMES_SIGMA / mtf50, |frequency| {
                let relative = frequency / mtf50;
                transfer(relative * relative) / sinc(frequency)
            })
        };
        let terms = terms.iter().map(|[d, a]| Term { down: axis(d), across: axis(a) }).collect();
        Self { rows: matrix.rows, columns: matrix.columns, terms }
    }

    /// Blurs one image.
    pub(super) fn apply(&self, image: &[f64]) -> Vec<f64> {
        let (rows, columns) = (self.rows, self.columns);
        let mut lines = Lines::default();
        let (mut between, mut blurred) = (vec![0.0; image.len()], vec![0.0; image.len()]);
        for term in &self.terms {
            for first in (0..columns).step_by(LANES) {
                lines.values.clear();
                lines.values.extend((0..rows).map(|row| {
                    let mut vector = [0.0; LANES];
                    vector.copy_from_slice(&image[row * columns + first..][..LANES]);
                    vector
                }));
                term.down.apply(&mut lines);
                for (row, vector) in lines.values.iter().enumerate() {
                    between[row * columns + first..][..LANES].copy_from_slice(vector);
                }
            }
            for first in (0..rows).step_by(LANES) {
                let at = |lane: usize, column: usize| (first + lane) * columns + column;
                lines.values.clear();
                lines.values.extend(
                    (0..columns)
                        .map(|column| std::array::from_fn(|lane| between[at(lane, column)])),
                );
                term.across.apply(&mut lines);
                for (column, vector) in lines.values.iter().enumerate() {
                    for (lane, value) in vector.iter().enumerate() {
                        blurred[at(lane, column)] += value;
                    }
                }
            }
        }
        blurred
    }
}

/// The transfer of a Gaussian along one axis.
pub(super) fn gaussian(relative_squared: f64) -> f64 {
    libm::exp2(-relative_squared)
}

/// Frequency in 1/mm at which the MTF of a Gaussian point spread of this width is one half:
/// 2 ln 2/(π FWHM).
pub(super) fn mtf50_of_fwhm(fwhm_mm: f64) -> f64 {
    2.0 * std::f64::consts::LN_2 / (std::f64::consts::PI * fwhm_mm)
}
