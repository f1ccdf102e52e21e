//! The detectability d′ of a known target for the ideal observer; knows no image and no
//! network.
//!
//! In stationary Gaussian noise an observer that knows signal and background reaches
//! d′² = Σ |S(k)|²/NPS(k) (Barrett & Myers 2004, Foundations of Image Science, 13.2.12; ICRU
//! Report 54, 1996). No observer of the same stored values does better, so d′ says how hard a
//! target is before any network has seen it.

use super::fft::{Complex2d, Fft2d};
use super::filter::{frequency, sinc};
use crate::phantom::{Acquisition, Ct, Formation, Matrix};
use crate::scene::Target;
use crate::scene::raster;

/// Side of the smallest transform.
const SMALLEST: usize = 8;

/// Smallest noise in stored units for which rounding acts as further white noise (Widrow &
/// Kollár 2008, Quantization Noise, 4.3: from half a step on, within 2 % of 1/12).
const LEAST_NOISE: f64 = 0.5;

/// The ideal observer of targets that it knows all about, on a flat background, in one phantom's
/// noise. Shared between threads.
#[derive(Debug)]
pub struct KnownTargetObserver {
    matrix: Matrix,
    /// Inverse transform of |H|²/NPS, `[rows, columns]` by lag: what two pixels of a target
    /// contribute together.
    weight: Vec<f64>,
}

impl KnownTargetObserver {
    /// The observer of a phantom's images, or `None` where the noise is not stationary and
    /// Gaussian, is too faint for the rounding to stored values to be noise as well, or where
    /// the contrast is not a value that is added.
    #[must_use]
    pub fn new(formation: &Formation) -> Option<Self> {
        let Acquisition::Ct(ct) = &formation.acquisition else { return None };
        let matrix = formation.matrix;
        let step = matrix.rescale.slope;
        let added = formation.targets.contrast_unit == formation.unit;
        if !added || ct.sigma_hu < LEAST_NOISE * step {
            return None;
        }
        let (transfer, noise) = ct_spectra(ct, &matrix);
        let noise = noise.into_iter().map(|power| power + step * step / 12.0);
        let ratio = transfer.iter().zip(noise).map(|(h, power)| h * h / power).collect();
        Some(Self::from_spectrum(matrix, ratio))
    }

    /// `ratio` is |H|²/NPS, `[rows, columns]`, NPS scaled so that its mean is the variance of a
    /// pixel.
    fn from_spectrum(matrix: Matrix, ratio: Vec<f64>) -> Self {
        let pixels = ratio.len() as f64;
        let mut spectrum = Complex2d { im: vec![0.0; ratio.len()], re: ratio };
        Fft2d::new(matrix.rows, matrix.columns).inverse(&mut spectrum);
        let weight = spectrum.re.into_iter().map(|value| value / pixels).collect();
        Self { matrix, weight }
    }

    /// d′ of a target, 0 or more. Values that the stored range clips are not accounted for.
    #[must_use]
    pub fn detectability(&self, target: &Target) -> f64 {
        let Matrix { rows, columns, .. } = self.matrix;
        let cover = raster::cover(&target.outline(), &self.matrix);
        // The sum over all pairs of pixels goes by lags: each counts as often as the
        // autocorrelation of the coverage says. Where a transform of twice the target does not
        // fit, the matrix's own period is the right one.
        let side = |part: usize, whole: usize| {
            (2 * part).next_power_of_two().clamp(SMALLEST.min(whole), whole)
        };
        let (high, wide) = (side(cover.rows, rows), side(cover.columns, columns));
        let pixels = high * wide;
        let mut painted = Complex2d { re: vec![0.0; pixels], im: vec![0.0; pixels] };
        for (row, shares) in cover.share.chunks_exact(cover.columns.max(1)).enumerate() {
            painted.re[row * wide..][..cover.columns].copy_from_slice(shares);
        }
        let fft = Fft2d::new(high, wide);
        fft.forward(&mut painted);
        for (re, im) in painted.re.iter_mut().zip(&mut painted.im) {
            (*re, *im) = (*re * *re + *im * *im, 0.0);
        }
        fft.inverse(&mut painted);
        // The second half of a transform holds the negative lags.
        let lag = |index: usize, part: usize, whole: usize| {
            if 2 * index < part { index } else { (index + whole - part) % whole }
        };
        let mut sum = 0.0;
        for row in 0..high {
            let weights = &self.weight[lag(row, high, rows) * columns..][..columns];
            for column in 0..wide {
                sum += painted.re[row * wide + column] * weights[lag(column, wide, columns)];
            }
        }
        target.contrast.abs() * (sum / pixels as f64).max(0.0).sqrt()
    }
}

/// Transfer from painted pixels to the image, and noise power whose mean is σ²; both
/// `[rows, columns]`.
pub(crate) fn ct_spectra(ct: &Ct, matrix: &Matrix) -> (Vec<f64>, Vec<f64>) {
    let Matrix { rows, columns, .. } = *matrix;
    let spacing = matrix.pixel_spacing.0;
    let (transfer, mut noise): (Vec<f64>, Vec<f64>) = (0..rows * columns)
        .map(|at| {
            let fy = frequency(at / columns, rows, spacing);
            let fx = frequency(at % columns, columns, spacing);
            let radial = (fx * fx + fy * fy).sqrt();
            let pixel = sinc(fx * spacing) * sinc(fy * spacing);
            (ct.mtf(radial) / pixel, ct.relative_noise_power(radial))
        })
        .unzip();
    let scale = ct.sigma_hu * ct.sigma_hu * noise.len() as f64 / noise.iter().sum::<f64>();
    for power in &mut noise {
        *power *= scale;
    }
    (transfer, noise)
}

#[cfg(test)]
mod tests {
    use super::super::ct::CtImager;
    use super::*;
    use crate::phantom::{Phantom, Shape};

    const SOURCE: &str = include_str!("../../../tests/phantom/small.toml");

    fn formation() -> Formation {
        Phantom::parse(SOURCE, "small.toml").unwrap().formation
    }

    fn disk(equivalent_radius_mm: f64) -> Target {
        Target {
            shape: Shape::Disk,
            x_mm: 1.3,
            y_mm: -0.4,
            equivalent_radius_mm,
            angle_deg: 0.0,
            contrast: -3.0,
            vessel_radius_mm: None,
        }
    }

    #[test]
    fn in_white_noise_it_is_contrast_over_sigma_times_the_root_of_the_pixels() {
        // d′² = Σ c²/σ² over N pixels. A square of 10 × 10 pixels that lies on pixel borders.
        let matrix = formation().matrix;
        let sigma = 4.0;
        let flat = vec![1.0 / (sigma * sigma); matrix.rows * matrix.columns];
        let observer = KnownTargetObserver::from_spectrum(matrix, flat);
        let half = 5.0 * matrix.pixel_spacing.0;
        let square = Target {
            shape: Shape::Square,
            x_mm: 0.0,
            y_mm: 0.0,
            equivalent_radius_mm: 2.0 * half / std::f64::consts::PI.sqrt(),
            angle_deg: 0.0,
            contrast: -3.0,
            vessel_radius_mm: None,
        };
        let expected = 3.0 / sigma * 100.0_f64.sqrt();
        assert!((observer.detectability(&square) / expected - 1.0).abs() < 1e-12);
    }

    #[test]
    fn large_and_small_targets_agree_with_the_sum_over_frequencies() {
        // Σ |S(k)|²/NPS(k) written out on the whole matrix.
        let formation = formation();
        let matrix = formation.matrix;
        let Acquisition::Ct(ct) = formation.acquisition else { panic!("small.toml is CT") };
        let observer = KnownTargetObserver::new(&formation).unwrap();
        let (transfer, noise) = ct_spectra(&ct, &matrix);
        let fft = Fft2d::new(matrix.rows, matrix.columns);
        let pixels = matrix.rows * matrix.columns;
        for radius in [0.2, 2.0, 11.0, 24.0] {
            let target = disk(radius);
            let cover = raster::cover(&target.outline(), &matrix);
            let mut painted = Complex2d { re: vec![0.0; pixels], im: vec![0.0; pixels] };
            for (at, share) in cover.share.iter().enumerate() {
                let (row, column) = (at / cover.columns, at % cover.columns);
                painted.re[(cover.row + row) * matrix.columns + cover.column + column] =
                    target.contrast * share;
            }
            fft.forward(&mut painted);
            let sum: f64 = (0..pixels)
                .map(|k| {
                    let power = painted.re[k].powi(2) + painted.im[k].powi(2);
                    power * transfer[k].powi(2) / (noise[k] + 1.0 / 12.0)
                })
                .sum();
            let expected = (sum / pixels as f64).sqrt();
            let found = observer.detectability(&target);
            assert!((found / expected - 1.0).abs() < 1e-9, "{radius} mm: {found}, {expected}");
        }
    }

    #[test]
    fn a_matched_filter_on_acquired_images_reaches_it() {
        // The template S/NPS on stored values of images with and without the target: the
        // difference of its means over its standard deviation is d′.
        const IMAGES: u64 = 400;
        let formation = formation();
        let matrix = formation.matrix;
        let Acquisition::Ct(ct) = formation.acquisition else { panic!("small.toml is CT") };
        let observer = KnownTargetObserver::new(&formation).unwrap();
        let target = disk(2.0);
        let imager = CtImager::new(&matrix, ct);
        let pixels = matrix.rows * matrix.columns;
        let plain = vec![35.0; pixels];
        let mut with = plain.clone();
        let cover = raster::cover(&target.outline(), &matrix);
        for (at, share) in cover.share.iter().enumerate() {
            let (row, column) = (at / cover.columns, at % cover.columns);
            with[(cover.row + row) * matrix.columns + cover.column + column] +=
                target.contrast * share;
        }
        let stored = |painted: &[f64], case| -> Vec<f64> {
            let values = imager.acquire(painted, 7, case);
            values
                .into_iter()
                .map(|value| f64::from(matrix.rescale.stored(value, matrix.format)))
                .collect()
        };
        let fft = Fft2d::new(matrix.rows, matrix.columns);
        let (_, noise) = ct_spectra(&ct, &matrix);
        let (present, absent) = (imager.acquire(&with, 7, 0), imager.acquire(&plain, 7, 0));
        let signal = present.iter().zip(&absent).map(|(a, b)| a - b).collect();
        let mut template = Complex2d { re: signal, im: vec![0.0; pixels] };
        fft.forward(&mut template);
        for ((re, im), power) in template.re.iter_mut().zip(&mut template.im).zip(&noise) {
            let scale = 1.0 / (power + 1.0 / 12.0) / pixels as f64;
            *re *= scale;
            *im *= scale;
        }
        fft.inverse(&mut template);
        let rate =
            |image: &[f64]| -> f64 { image.iter().zip(&template.re).map(|(g, w)| g * w).sum() };
        let (mut difference, mut ratings) = (0.0, Vec::new());
        for case in 0..IMAGES {
            let rating = rate(&stored(&plain, case));
            difference += (rate(&stored(&with, case)) - rating) / IMAGES as f64;
            ratings.push(rating);
        }
        let mean = ratings.iter().sum::<f64>() / IMAGES as f64;
        let variance =
            ratings.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (IMAGES - 1) as f64;
        let measured = difference / variance.sqrt();
        let expected = observer.detectability(&target);
        // The deviation of a standard deviation from 400 images is 1/√800; three of them.
        assert!((measured / expected - 1.0).abs() < 0.106, "{measured} against {expected}");
    }

    #[test]
    fn faint_noise_has_none() {
        let source = SOURCE.replace("sigma_hu = 4.0", "sigma_hu = 0.4");
        let phantom = Phantom::parse(&source, "small.toml").unwrap();
        assert!(KnownTargetObserver::new(&phantom.formation).is_none());
    }
}
