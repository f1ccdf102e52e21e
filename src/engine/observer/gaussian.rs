//! Computes the power spectrum and the covariance of a phantom's regions in Gaussian noise, and
//! prewhitens by them; knows no class and no rating.

use rayon::prelude::*;

use super::ObserverError;
use crate::acquisition::detectability::ct_spectra;
use crate::acquisition::fft::{Complex2d, Fft2d};
use crate::dataset::{Dataset, RegionSet, Split};
use crate::phantom::{Acquisition, Ct, Matrix, Phantom};
use crate::stats::normal_cdf;

/// Regions whose differences from the mean are held at a time.
const TOGETHER: usize = 32;

/// Area under the ROC curve of an ideal observer of a known signal in Gaussian noise: Φ(d′/√2).
#[must_use]
pub fn area_of_detectability(detectability: f64) -> f64 {
    normal_cdf(detectability / std::f64::consts::SQRT_2)
}

/// Power spectrum of stationary noise on a periodic matrix: the variance of each Fourier
/// coefficient over the number of pixels, `[rows, columns]`; its mean is the pixel variance.
#[derive(Debug, Clone, PartialEq)]
pub struct NoisePower {
    rows: usize,
    columns: usize,
    power: Vec<f64>,
}

impl NoisePower {
    /// White noise of a standard deviation; sides are powers of two.
    #[cfg(test)]
    pub(super) fn white(rows: usize, columns: usize, sigma: f64) -> Self {
        Self { rows, columns, power: vec![sigma * sigma; rows * columns] }
    }

    /// Noise of a phantom on its own matrix, in HU²: the acquisition's spectrum, and white
    /// quantisation noise of slope²/12.
    ///
    /// # Errors
    /// [`ObserverError::NoModel`] if the noise is not Gaussian and stationary.
    pub fn of(phantom: &Phantom) -> Result<Self, ObserverError> {
        let Matrix { rows, columns, rescale, .. } = phantom.formation.matrix;
        let (_, mut power) = ct_spectra(&gaussian_acquisition(phantom)?, &phantom.formation.matrix);
        let rounding = rescale.slope.powi(2) / 12.0;
        for power in &mut power {
            *power += rounding;
        }
        Ok(Self { rows, columns, power })
    }

    /// Covariance of the pixels of a square region, `[side², side²]` in row-major order: the
    /// autocovariance at their distance.
    ///
    /// # Panics
    /// If the region is larger than half the matrix, from where periodic noise repeats.
    #[must_use]
    pub fn covariance(&self, side: usize) -> Covariance {
        assert!(2 * side <= self.rows.min(self.columns), "a region is at most half the matrix");
        let mut correlation = Complex2d { re: self.power.clone(), im: vec![0.0; self.power.len()] };
        Fft2d::new(self.rows, self.columns).inverse(&mut correlation);
        let scale = 1.0 / self.power.len() as f64;
        let size = side * side;
        let mut values = Vec::with_capacity(size * size);
        for first in 0..size {
            for second in 0..size {
                let row = (first / side).abs_diff(second / side);
                let column = (first % side).abs_diff(second % side);
                values.push(correlation.re[row * self.columns + column] * scale);
            }
        }
        Covariance { size, mean: vec![0.0; size], values }
    }
}

/// The acquisition, where its noise is Gaussian and stationary.
pub(super) fn gaussian_acquisition(phantom: &Phantom) -> Result<Ct, ObserverError> {
    match phantom.formation.acquisition {
        Acquisition::Ct(ct) => Ok(ct),
        _ => Err(ObserverError::NoModel("the noise is not Gaussian and stationary")),
    }
}

/// The phantom without targets and without noise.
pub(super) fn anatomy_alone(phantom: &Phantom) -> Phantom {
    let mut quiet = phantom.clone();
    quiet.formation.targets.absent_fraction = 1.0;
    quiet.formation.detection = None;
    if let Acquisition::Ct(ct) = &mut quiet.formation.acquisition {
        ct.sigma_hu = 0.0;
    }
    quiet
}

/// Mean and covariance of a region without a target.
#[derive(Debug, Clone, PartialEq)]
pub struct Covariance {
    /// Pixels of a region.
    size: usize,
    /// Mean value of each pixel.
    mean: Vec<f64>,
    /// `[size, size]`.
    values: Vec<f64>,
}

impl Covariance {
    /// The same around another mean value of every pixel.
    #[must_use]
    pub fn around(mut self, mean: f64) -> Self {
        self.mean.fill(mean);
        self
    }

    /// Adds mean and covariance of a sample, `[count, size]`.
    pub(super) fn add_sample(&mut self, sample: &[f64]) {
        let count = (sample.len() / self.size).max(1) as f64;
        let mut mean = vec![0.0; self.size];
        for region in sample.chunks_exact(self.size) {
            for (sum, value) in mean.iter_mut().zip(region) {
                *sum += value / count;
            }
        }
        // Each value sums the regions in their order, whatever the lines and threads.
        for regions in sample.chunks(self.size * TOGETHER) {
            let mut from_mean = regions.to_vec();
            for region in from_mean.chunks_exact_mut(self.size) {
                for (difference, mean) in region.iter_mut().zip(&mean) {
                    *difference -= mean;
                }
            }
            // One half: a matrix of products is symmetric to the bit.
            let lines = self.values.par_chunks_exact_mut(self.size).enumerate();
            lines.for_each(|(at, line)| {
                for region in from_mean.chunks_exact(self.size) {
                    let a = region[at];
                    if a != 0.0 {
                        for (cell, b) in line[at..].iter_mut().zip(&region[at..]) {
                            *cell += a * b / count;
                        }
                    }
                }
            });
        }
        for at in 1..self.size {
            for before in 0..at {
                self.values[at * self.size + before] = self.values[before * self.size + at];
            }
        }
        for (sum, mean) in self.mean.iter_mut().zip(mean) {
            *sum += mean;
        }
    }

    /// Pixels of a region.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// Mean value of each pixel.
    #[must_use]
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// aᵀ C b.
    ///
    /// # Panics
    /// If either is of another size.
    #[must_use]
    pub fn product(&self, first: &[f64], second: &[f64]) -> f64 {
        assert!(first.len() == self.size && second.len() == self.size, "vectors fill the region");
        self.values.chunks_exact(self.size).zip(first).map(|(row, a)| a * dot(row, second)).sum()
    }

    /// The prewhitening matrix L⁻¹ with L Lᵀ the covariance (Cholesky), `[size, size]` in row-major
    /// order, lower triangular: it turns the noise into white noise of unit variance. `None` if the
    /// covariance is singular.
    #[must_use]
    pub fn whitening(&self) -> Option<Vec<f64>> {
        let n = self.size;
        let mut lower = self.values.clone();
        for i in 0..n {
            let (above, rest) = lower.split_at_mut(i * n);
            let line = &mut rest[..n];
            for j in 0..i {
                let other = &above[j * n..j * n + n];
                line[j] = (line[j] - dot(&line[..j], &other[..j])) / other[j];
            }
            let pivot = line[i] - dot(&line[..i], &line[..i]);
            if !(pivot.is_finite() && pivot > 1e-12 * self.values[i * n + i]) {
                return None;
            }
            line[i] = pivot.sqrt();
            line[i + 1..].fill(0.0);
        }
        // Row i of L⁻¹: (e_i − Σ_{k<i} L_ik row_k)/L_ii.
        let mut inverse = vec![0.0; n * n];
        for i in 0..n {
            let (done, rest) = inverse.split_at_mut(i * n);
            let line = &mut rest[..n];
            for k in 0..i {
                let factor = lower[i * n + k];
                if factor != 0.0 {
                    for (cell, value) in line[..=k].iter_mut().zip(&done[k * n..=k * n + k]) {
                        *cell -= factor * value;
                    }
                }
            }
            line[i] += 1.0;
            let diagonal = lower[i * n + i];
            line[..=i].iter_mut().for_each(|cell| *cell /= diagonal);
        }
        Some(inverse)
    }
}

/// One kind of anatomy that a region may hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Anatomy {
    /// Share of regions that hold it.
    pub share: f64,
    /// Mean and covariance of such a region, noise included.
    pub covariance: Covariance,
}

/// Regions that a kind of anatomy must have to be one of its own.
const LEAST_REGIONS: usize = 32;
/// Steps of the anatomy within a region, over the noise's deviation, that divide its kinds: none,
/// weak and strong ones.
const WEAK_STEP: f64 = 3.0;
/// Range of a texture within a region, over its deviation: no edge. The range of 1024 independent
/// normal values is 6.5 on average.
const TEXTURE_RANGE: f64 = 8.0;

/// Regions from which a covariance is taken, for each of its pixels.
const SAMPLES_PER_PIXEL: usize = 8;
/// Images that are drawn for it, at most.
const MOST_IMAGES: u64 = 2000;
/// Images that are drawn before regions are counted again.
const DRAWN_TOGETHER: u64 = 40;

impl Anatomy {
    /// What the regions of a phantom hold, in HU: a mixture of flat regions, regions with weak
    /// edges and regions with strong ones. Each kind has the mean and covariance of its noiseless
    /// regions, taken as Gaussian, and the acquisition's noise. They come from `images` drawn
    /// images, or from as many more as give eight regions for each pixel of one: from fewer a
    /// covariance knows the texture of its own sample too well.
    ///
    /// Edges are not Gaussian: an observer with these statistics does not use all the information
    /// in them.
    ///
    /// # Errors
    /// If the phantom has no room for a region, or its noise is not Gaussian and stationary.
    pub fn of(phantom: &Phantom, images: u64, seed: u64) -> Result<Vec<Self>, ObserverError> {
        let side = phantom.formation.targets.region_pixels;
        let noise = NoisePower::of(phantom)?.covariance(side);
        let layers = phantom.formation.background.iter();
        let texture = layers.filter_map(|layer| layer.texture).map(|it| it.sd).fold(0.0, f64::max);
        let weak = WEAK_STEP * gaussian_acquisition(phantom)?.sigma_hu + TEXTURE_RANGE * texture;
        let rescale = phantom.formation.matrix.rescale;
        let dataset = Dataset::new(anatomy_alone(phantom), seed);
        let mut regions = RegionSet::new(side);
        let draw = |index| {
            let case = dataset.case(Split::Train, index);
            case.map_err(|error| ObserverError::Failed(error.to_string()))
        };
        let (mut drawn, enough) = (0, SAMPLES_PER_PIXEL * side * side);
        while drawn < images || (regions.len() < enough && drawn < MOST_IMAGES) {
            let next = if drawn < images { images } else { drawn + DRAWN_TOGETHER };
            let cases: Vec<_> =
                (drawn..next).into_par_iter().map(draw).collect::<Result<_, _>>()?;
            for case in cases {
                regions.cut(&case.image, &case.scene.labels());
            }
            drawn = next;
        }
        let mut kinds: [Vec<f64>; 3] = Default::default();
        for region in 0..regions.len() {
            let values: Vec<f64> =
                regions.region(region).iter().map(|&value| rescale.physical(value)).collect();
            let low = values.iter().copied().fold(f64::INFINITY, f64::min);
            let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            // Rounding alone makes a step of one stored value.
            let kind = if high - low <= rescale.slope.abs() {
                0
            } else if high - low <= weak {
                1
            } else {
                2
            };
            kinds[kind].extend(values);
        }
        // Kinds too rare for statistics of their own join the next.
        let size = side * side;
        for kind in 0..2 {
            if kinds[kind].len() < LEAST_REGIONS * size {
                let few = std::mem::take(&mut kinds[kind]);
                kinds[kind + 1].extend(few);
            }
        }
        if kinds[2].len() < LEAST_REGIONS * size {
            let few = std::mem::take(&mut kinds[2]);
            let other = if kinds[1].is_empty() { 0 } else { 1 };
            kinds[other].extend(few);
        }
        Ok(kinds
            .iter()
            .filter(|values| !values.is_empty())
            .map(|values| {
                let mut covariance = noise.clone();
                covariance.add_sample(values);
                Self { share: (values.len() / size) as f64 / regions.len() as f64, covariance }
            })
            .collect())
    }
}

/// Sum of products in four lanes, so that the compiler can use vectors; a fixed order.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 4];
    let (a4, b4) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = a4.remainder().iter().zip(b4.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a4.zip(b4) {
        for lane in 0..4 {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    lanes.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = include_str!("../../../tests/phantom/small.toml");

    #[test]
    fn a_detectability_has_its_area() {
        // Φ(1/√2) = 0.7602499389065233 (scipy norm.cdf).
        assert!((area_of_detectability(1.0) - 0.760_249_938_906_523_3).abs() < 1e-9);
    }

    #[test]
    fn covariance_has_the_phantoms_variance_and_its_whitening_undoes_it() {
        let phantom = Phantom::parse(SMALL, "small.toml").unwrap();
        let side = 16;
        let covariance = NoisePower::of(&phantom).unwrap().covariance(side);
        let size = side * side;
        // σ = 4 HU and rounding to 1 HU: 16 + 1/12.
        assert!((covariance.values[0] - 16.0 - 1.0 / 12.0).abs() < 1e-9);
        let whitening = covariance.whitening().unwrap();
        // W C Wᵀ = 1 at some places; rounding of 256 products.
        for (i, j) in [(0, 0), (17, 17), (255, 255), (255, 3), (100, 99)] {
            let row = |k: usize| &whitening[k * size..(k + 1) * size];
            let projected: f64 = row(i)
                .iter()
                .enumerate()
                .map(|(k, w)| w * dot(&covariance.values[k * size..(k + 1) * size], row(j)))
                .sum();
            let expected = if i == j { 1.0 } else { 0.0 };
            assert!((projected - expected).abs() < 1e-8, "{i} {j}: {projected}");
        }
    }

    #[test]
    fn drawn_noise_has_the_covariance() {
        // Regions without targets in the flat brain of the small head: mean products at five
        // distances over 100 images. A mean over thousands of correlated pixels is known to
        // about 2 % of the variance.
        let mut phantom = Phantom::parse(SMALL, "small.toml").unwrap();
        phantom.formation.targets.absent_fraction = 1.0;
        let covariance = NoisePower::of(&phantom).unwrap().covariance(32);
        let dataset = Dataset::new(phantom, 5);
        let distances = [[0, 0], [0, 1], [1, 1], [0, 3], [5, 2]];
        let (mut sums, mut count) = ([0.0; 5], 0.0);
        for index in 0..100 {
            let case = dataset.case(Split::Train, index).unwrap();
            let at = |row: usize, column: usize| f64::from(case.image.at(row, column)) - 1059.0;
            for (row, column) in (50..74).flat_map(|row| (50..74).map(move |column| (row, column)))
            {
                for (sum, [down, right]) in sums.iter_mut().zip(distances) {
                    *sum += at(row, column) * at(row + down, column + right);
                }
                count += 1.0;
            }
        }
        for (sum, [down, right]) in sums.iter().zip(distances) {
            let expected = covariance.values[down * 32 + right];
            assert!(
                (sum / count - expected).abs() < 0.6,
                "{down} {right}: {} {expected}",
                sum / count
            );
        }
    }
}
