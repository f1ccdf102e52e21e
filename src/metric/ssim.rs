//! Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004, IEEE Trans. Image Process. 13,
//! 600–612), with the conventions of scikit-image.

use super::{MetricError, comparable};
use crate::image::Image;

/// The window in which means, variances and covariance are taken. The two give different
/// numbers: always name the one used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SsimWindow {
    /// 11×11 pixels with Gaussian weights, σ = 1.5 pixels, as in the paper.
    Gaussian,
    /// 7×7 pixels of equal weight, variances over n − 1: the default of scikit-image.
    Uniform,
}

impl SsimWindow {
    /// Pixels on a side.
    #[must_use]
    pub fn side(self) -> usize {
        match self {
            Self::Gaussian => 11,
            Self::Uniform => 7,
        }
    }

    /// Weights along one axis, of sum 1.
    fn weights(self) -> Vec<f64> {
        const SIGMA: f64 = 1.5;
        let side = self.side();
        let weights: Vec<f64> = (0..side)
            .map(|at| match self {
                Self::Gaussian => {
                    let offset = at as f64 - (side / 2) as f64;
                    (-offset * offset / (2.0 * SIGMA * SIGMA)).exp()
                }
                Self::Uniform => 1.0,
            })
            .collect();
        let sum: f64 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / sum).collect()
    }

    /// What makes a mean of squared deviations the variance asked for.
    fn variance_factor(self) -> f64 {
        match self {
            Self::Gaussian => 1.0,
            Self::Uniform => 49.0 / 48.0,
        }
    }
}

/// Mean structural similarity over all positions at which the window lies inside the image:
/// 1 for equal images. K₁ = 0.01, K₂ = 0.03, dynamic range 2^bits_stored − 1.
///
/// # Errors
/// If the images differ in size or format, or are smaller than the window.
pub fn ssim(first: &Image, second: &Image, window: SsimWindow) -> Result<f64, MetricError> {
    comparable(first, second)?;
    let (rows, columns, side) = (first.rows(), first.columns(), window.side());
    if rows < side || columns < side {
        return Err(MetricError::Window { rows, columns, side });
    }
    let weights = window.weights();
    let mean = |value: fn(f64, f64) -> f64| {
        let samples = first.samples().iter().zip(second.samples());
        let values: Vec<f64> = samples.map(|(&a, &b)| value(a.into(), b.into())).collect();
        window_means(&values, columns, &weights)
    };
    let means = [mean(|a, _| a), mean(|_, b| b)];
    let squares = [mean(|a, _| a * a), mean(|_, b| b * b)];
    let products = mean(|a, b| a * b);

    let peak = f64::from(first.format().peak());
    let (c1, c2) = ((0.01 * peak).powi(2), (0.03 * peak).powi(2));
    let factor = window.variance_factor();
    let mut sum = 0.0;
    for at in 0..products.len() {
        let (a, b) = (means[0][at], means[1][at]);
        let variances = factor * (squares[0][at] - a * a + squares[1][at] - b * b);
        let covariance = factor * (products[at] - a * b);
        sum += (2.0 * a * b + c1) * (2.0 * covariance + c2)
            / ((a * a + b * b + c1) * (variances + c2));
    }
    Ok(sum / products.len() as f64)
}

/// Weighted means at every position at which the window lies inside, row by row.
fn window_means(values: &[f64], columns: usize, weights: &[f64]) -> Vec<f64> {
    let inner = columns + 1 - weights.len();
    // Down the columns first: whole rows are added at a time.
    let mut means = Vec::new();
    for block in values.windows(weights.len() * columns).step_by(columns) {
        let mut sums = vec![0.0; columns];
        for (line, weight) in block.chunks_exact(columns).zip(weights) {
            for (sum, value) in sums.iter_mut().zip(line) {
                *sum += weight * value;
            }
        }
        let mut row = vec![0.0; inner];
        for (shift, weight) in weights.iter().enumerate() {
            for (mean, sum) in row.iter_mut().zip(&sums[shift..]) {
                *mean += weight * sum;
            }
        }
        means.append(&mut row);
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{SampleFormat, WINDOWED};

    const TWELVE: SampleFormat = SampleFormat { bits_stored: 12, bits_allocated: 16 };

    /// Agreement asked for: scikit-image filters in another order.
    const TOLERANCE: f64 = 1e-9;

    /// 23×31 pixels made by whole-number arithmetic, so that Python makes the same.
    fn pair(format: SampleFormat) -> [Image; 2] {
        let peak = i64::from(format.peak());
        let make = |value: fn(i64, i64, i64) -> i64| {
            let samples = (0..23)
                .flat_map(|r| (0..31).map(move |c| value(r, c, peak).clamp(0, peak) as u16))
                .collect();
            Image::new(23, 31, format, samples).expect("values are held in range")
        };
        [
            make(|r, c, p| p * (r * c % 29) / 29),
            make(|r, c, p| p * (r * c % 29) / 29 + p * ((7 * r + 3 * c) % 11 - 5) / 40),
        ]
    }

    #[test]
    fn equals_scikit_image() {
        // scikit-image 0.26.0, skimage.metrics.structural_similarity, for p in 255, 4095:
        //   r, c = numpy.mgrid[:23, :31]; a = p * (r * c % 29) // 29
        //   b = numpy.clip(a + numpy.trunc(p * ((7*r + 3*c) % 11 - 5) / 40).astype(int), 0, p)
        //   structural_similarity(a.astype(float), b.astype(float), data_range=p,
        //       gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
        //   structural_similarity(a.astype(float), b.astype(float), data_range=p)
        let expected = [
            (WINDOWED, 0.966_919_532_243_622_3, 0.967_247_684_147_389_8),
            (TWELVE, 0.965_365_117_246_413_3, 0.965_709_164_100_246_9),
        ];
        for (format, gaussian, uniform) in expected {
            let [a, b] = pair(format);
            let got = |window| ssim(&a, &b, window).expect("same format");
            let difference = got(SsimWindow::Gaussian) - gaussian;
            assert!(difference.abs() < TOLERANCE, "{format:?} Gaussian: {difference}");
            let difference = got(SsimWindow::Uniform) - uniform;
            assert!(difference.abs() < TOLERANCE, "{format:?} uniform: {difference}");
        }
    }

    #[test]
    fn equal_images_have_similarity_one() {
        let [image, _] = pair(TWELVE);
        for window in [SsimWindow::Gaussian, SsimWindow::Uniform] {
            let similarity = ssim(&image, &image, window).expect("same format");
            assert!((similarity - 1.0).abs() < TOLERANCE, "{similarity}");
        }
    }

    #[test]
    fn an_image_below_the_window_is_refused() {
        let small = Image::new(8, 20, TWELVE, vec![0; 160]).expect("valid image");
        let refused = MetricError::Window { rows: 8, columns: 20, side: 11 };
        assert_eq!(ssim(&small, &small, SsimWindow::Gaussian), Err(refused));
        assert!(ssim(&small, &small, SsimWindow::Uniform).is_ok());
    }
}
