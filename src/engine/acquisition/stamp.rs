//! One target as an image with this MTF shows it: its coverage, blurred. Knows no contrast and no
//! image that it is drawn into.

use std::f64::consts::PI;

use super::blur::MTF50_TIMES_SIGMA;
use super::fft::{Complex2d, Fft2d};
use super::filter::{frequency, sinc};
use super::mtf::Mtf;
use crate::phantom::Matrix;
use crate::scene::Target;
use crate::scene::raster;
use crate::units::Millimetres;

/// Lines of the raster in a pixel, an odd number: one of them lies in its middle, and what the MTF
/// lets through above the Nyquist frequency of the pixels is sampled as a detector does.
const FINE: usize = 3;

/// Values below this in magnitude are 0.
const LEAST: f64 = 1e-4;

/// Standard deviations of a Gaussian as wide as the blur within which a target reaches beyond its
/// outline.
const REACH: f64 = 5.0;

/// Fewest pixels of room beside a target.
const LEAST_REACH: usize = 16;

/// Share of that room over which what is left fades to 0.
const FADING: f64 = 0.25;

/// A blurred target, within the image.
#[derive(Debug, Clone, PartialEq)]
pub struct Stamp {
    /// First row.
    pub row: usize,
    /// First column.
    pub column: usize,
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Share of the contrast that each pixel shows, `[rows, columns]` in row-major order: 0 where
    /// the target does not reach, 1 in the middle of a large one, beyond both where the MTF rises
    /// above 1.
    pub share: Vec<f64>,
}

impl Stamp {
    /// Pixels beside a target that its blur reaches, `spacing` being the distance of pixel centres in
    /// mm: memory and time go with its square.
    #[must_use]
    pub fn reach(mtf: &Mtf, spacing: f64) -> usize {
        let mtf50 = mtf.mtf50_per_mm().unwrap_or(0.5 / spacing);
        let reach = (REACH * MTF50_TIMES_SIGMA / (mtf50 * spacing)).ceil() as usize;
        reach.max(LEAST_REACH)
    }

    /// The target in an image of `matrix`, whose average over a pixel `mtf` contains.
    #[must_use]
    pub fn of(target: &Target, matrix: &Matrix, mtf: &Mtf) -> Self {
        let spacing = matrix.pixel_spacing.0;
        let fine = Matrix {
            rows: FINE * matrix.rows,
            columns: FINE * matrix.columns,
            pixel_spacing: Millimetres(spacing / FINE as f64),
            ..*matrix
        };
        let cover = raster::cover(&target.outline(), &fine);
        let reach = Self::reach(mtf, spacing);
        let [down, across] = [(cover.row, cover.rows), (cover.column, cover.columns)]
            .map(|(first, count)| Side::of(first, count, reach));
        let (high, wide) = (down.fine, across.fine);
        let mut painted = Complex2d { re: vec![0.0; high * wide], im: vec![0.0; high * wide] };
        for (line, shares) in cover.share.chunks_exact(cover.columns.max(1)).enumerate() {
            let start = (down.offset + line) * wide + across.offset;
            painted.re[start..][..cover.columns].copy_from_slice(shares);
        }
        let fft = Fft2d::new(high, wide);
        fft.forward(&mut painted);
        let step = fine.pixel_spacing.0;
        for at in 0..high * wide {
            let fy = frequency(at / wide, high, step);
            let fx = frequency(at % wide, wide, step);
            // The raster has averaged over its own squares already.
            let square = sinc(fx * step) * sinc(fy * step);
            let transfer = mtf.at((fx * fx + fy * fy).sqrt()) / square / (high * wide) as f64;
            painted.re[at] *= transfer;
            painted.im[at] *= transfer;
        }
        fft.inverse(&mut painted);
        let values = (0..down.pixels * across.pixels).map(|at| {
            let (row, column) = (at / across.pixels, at % across.pixels);
            let middle = FINE / 2;
            let value = painted.re[(FINE * row + middle) * wide + FINE * column + middle];
            value * down.fade(row, reach) * across.fade(column, reach)
        });
        cut(&values.collect::<Vec<f64>>(), [&down, &across], matrix)
    }

    /// Pixels of the image that the target reaches, with the share that each shows: place in the
    /// image, in row-major order, and share.
    pub fn pixels(&self, columns: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let place = move |at: usize| {
            (self.row + at / self.columns) * columns + self.column + at % self.columns
        };
        let reached = self.share.iter().enumerate().filter(|(_, share)| **share != 0.0);
        reached.map(move |(at, &share)| (place(at), share))
    }
}

/// Rows or columns around a target.
struct Side {
    /// The first pixel, which may lie outside the image.
    first: i64,
    /// Pixels.
    pixels: usize,
    /// Lines of the raster, a power of two.
    fine: usize,
    /// Line at which the coverage begins.
    offset: usize,
}

impl Side {
    /// Around `count` lines of the raster from `first` on, with `reach` pixels on either side.
    fn of(first: usize, count: usize, reach: usize) -> Self {
        let (from, to) = (first / FINE, (first + count).div_ceil(FINE));
        let pixels = to - from + 2 * reach;
        Self {
            first: from as i64 - reach as i64,
            pixels,
            fine: (FINE * pixels).next_power_of_two(),
            offset: FINE * reach + first % FINE,
        }
    }

    /// 1 beside the target, 0 at either end.
    fn fade(&self, pixel: usize, reach: usize) -> f64 {
        let from_end = pixel.min(self.pixels - 1 - pixel) as f64 + 0.5;
        let width = FADING * reach as f64;
        if from_end >= width { 1.0 } else { 0.5 - 0.5 * libm::cos(PI * from_end / width) }
    }
}

/// The smallest rectangle of the image that holds every value that is not small.
fn cut(values: &[f64], [down, across]: [&Side; 2], matrix: &Matrix) -> Stamp {
    let inside = |at: usize| {
        let row = down.first + (at / across.pixels) as i64;
        let column = across.first + (at % across.pixels) as i64;
        let within = |place: i64, whole: usize| (0..whole as i64).contains(&place);
        let large = values[at].abs() >= LEAST;
        (large && within(row, matrix.rows) && within(column, matrix.columns))
            .then_some([row as usize, column as usize])
    };
    let [mut top, mut left, mut bottom, mut right] = [usize::MAX, usize::MAX, 0, 0];
    for [row, column] in (0..values.len()).filter_map(inside) {
        (top, bottom) = (top.min(row), bottom.max(row + 1));
        (left, right) = (left.min(column), right.max(column + 1));
    }
    let (rows, columns) = (bottom.saturating_sub(top), right.saturating_sub(left));
    let mut share = vec![0.0; rows * columns];
    for (at, &value) in values.iter().enumerate() {
        if let Some([row, column]) = inside(at) {
            share[(row - top) * columns + column - left] = value;
        }
    }
    let [row, column] = if share.is_empty() { [0, 0] } else { [top, left] };
    Stamp { row, column, rows, columns, share }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phantom::Shape;

    fn disk(equivalent_radius_mm: f64) -> Target {
        Target {
            shape: Shape::Disk,
            x_mm: 0.21,
            y_mm: -0.4,
            equivalent_radius_mm,
            angle_deg: 0.0,
            contrast: 1.0,
            vessel_radius_mm: None,
        }
    }

    #[test]
    fn a_blurred_disk_has_its_area_and_the_values_of_the_formula() {
        // Sides that are no powers of two.
        let matrix = Matrix::for_tests(90, 101, 0.5);
        let mtf = Mtf::Gaussian { mtf50_per_mm: 0.3 };
        let stamp = Stamp::of(&disk(3.0), &matrix, &mtf);
        let sum: f64 = stamp.share.iter().sum::<f64>() * 0.25;
        // What is below 1e-4 is gone.
        assert!((sum / (PI * 9.0) - 1.0).abs() < 1e-3, "{sum}");
        // In the middle of a disk a Gaussian blur leaves 1 − exp(−R²/2σ²), a little less half a
        // pixel off it.
        let sigma = MTF50_TIMES_SIGMA / 0.3;
        let middle = 1.0 - libm::exp(-9.0 / (2.0 * sigma * sigma));
        let highest = stamp.share.iter().copied().fold(0.0, f64::max);
        assert!((highest - middle).abs() < 2e-3, "{highest} {middle}");
    }

    #[test]
    fn a_speck_becomes_the_point_spread() {
        let matrix = Matrix::for_tests(64, 64, 0.5);
        let mtf = Mtf::Gaussian { mtf50_per_mm: 0.25 };
        let radius = 0.2;
        let stamp = Stamp::of(&disk(radius), &matrix, &mtf);
        // A disk of radius R spreads by R²/4 along each axis.
        let blur = MTF50_TIMES_SIGMA / 0.25;
        let sigma = (blur * blur + radius * radius / 4.0).sqrt();
        let peak = radius * radius / (2.0 * sigma * sigma);
        for (at, share) in stamp.pixels(64) {
            let y = ((at / 64) as f64 + 0.5 - 32.0) * 0.5 + 0.4;
            let x = ((at % 64) as f64 + 0.5 - 32.0) * 0.5 - 0.21;
            let expected = peak * libm::exp(-(x * x + y * y) / (2.0 * sigma * sigma));
            // A disk is no Gaussian, and lies on the squares of the raster with what they cover.
            assert!((share - expected).abs() < 0.01 * peak, "{x} {y}: {share} {expected}");
        }
    }

    #[test]
    fn what_lies_beyond_the_image_is_cut_off() {
        let matrix = Matrix::for_tests(64, 64, 0.5);
        let target = Target { x_mm: -15.5, ..disk(2.0) };
        let stamp = Stamp::of(&target, &matrix, &Mtf::Gaussian { mtf50_per_mm: 0.4 });
        assert_eq!(stamp.column, 0);
        assert!(stamp.pixels(64).all(|(at, _)| at % 64 < 22));
    }
}
