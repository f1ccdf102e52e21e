//! Owns linear observers of a signal at a known place: non-prewhitening, with and without an eye
//! filter, and channelised Hotelling; knows no codec and no class.
//!
//! They answer present or absent for patches around a target, from originals and from compressed
//! images alike: at each level they may be fitted anew.
#![expect(clippy::disallowed_methods, reason = "makes no pixels")]

use std::f64::consts::{LN_2, PI, TAU};

use super::gaussian::Covariance;
use crate::acquisition::fft::{Complex2d, Fft2d};
use crate::acquisition::filter::frequency;
use crate::image::{Image, Rescale};
use crate::scene::Scene;
use crate::stats::{Placements, StatsError};

/// Square patches with a target in their middle, or without one.
#[derive(Debug, Clone, PartialEq)]
pub struct Patches {
    side: usize,
    /// `[patch, side, side]`.
    values: Vec<f64>,
    present: Vec<bool>,
}

impl Patches {
    /// No patch of `side` pixels yet.
    #[must_use]
    pub fn new(side: usize) -> Self {
        Self { side, values: Vec::new(), present: Vec::new() }
    }

    /// Number of patches.
    #[must_use]
    pub fn len(&self) -> usize {
        self.present.len()
    }

    /// True when there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.present.is_empty()
    }

    /// Cuts one patch per region of `scene` out of `image`, which may be a decoded rendition:
    /// around the pixel of the target's centre, or the middle of the region where absent; patches
    /// beyond the edge are left out. The patch's own mean is taken off, for the level of the
    /// anatomy is no signal, and dark targets are turned bright; absent patches are turned one by
    /// one, so that the sign is no cue.
    pub fn cut(&mut self, image: &Image, scene: &Scene, rescale: Rescale, spacing_mm: f64) {
        let half = self.side / 2;
        let mut turned = false;
        for region in &scene.regions {
            let (row, column, sign) = match region.target {
                Some(target) => (
                    (target.y_mm / spacing_mm + image.rows() as f64 / 2.0).floor() as usize,
                    (target.x_mm / spacing_mm + image.columns() as f64 / 2.0).floor() as usize,
                    target.contrast.signum(),
                ),
                None => {
                    turned = !turned;
                    let sign = if turned { -1.0 } else { 1.0 };
                    (region.row + half, region.column + half, sign)
                }
            };
            let (Some(top), Some(left)) = (row.checked_sub(half), column.checked_sub(half)) else {
                continue;
            };
            if top + self.side > image.rows() || left + self.side > image.columns() {
                continue;
            }
            let mut stored = Vec::with_capacity(self.side * self.side);
            image.copy_region(top, left, self.side, &mut stored);
            let physical = stored.iter().map(|&value| rescale.physical(value));
            let mean = physical.clone().sum::<f64>() / stored.len() as f64;
            self.values.extend(physical.map(|value| sign * (value - mean)));
            self.present.push(region.target.is_some());
        }
    }

    fn iter(&self) -> impl Iterator<Item = (&[f64], bool)> {
        self.values.chunks_exact(self.side * self.side).zip(self.present.iter().copied())
    }

    /// Mean of all patches of a kind.
    fn mean(&self, present: bool) -> Result<Vec<f64>, StatsError> {
        let count = self.present.iter().filter(|&&it| it == present).count();
        if count < 2 {
            return Err(StatsError::Lengths { first: count, second: 2 });
        }
        let mut mean = vec![0.0; self.side * self.side];
        for (patch, _) in self.iter().filter(|(_, it)| *it == present) {
            for (sum, value) in mean.iter_mut().zip(patch) {
                *sum += value / count as f64;
            }
        }
        Ok(mean)
    }
}

/// How sensitive the eye is at a frequency: f^1.3 · exp(−c f²), largest at 4 cycles per degree
/// (Burgess, 1994).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Eye {
    /// Pixels that a degree of the visual field holds: 35 for pixels of 0.25 mm at 0.5 m.
    pub pixels_per_degree: f64,
}

impl Eye {
    fn sensitivity(self, cycles_per_pixel: f64) -> f64 {
        const PEAK: f64 = 4.0;
        let f = cycles_per_pixel * self.pixels_per_degree;
        f.powf(1.3) * (-1.3 / (2.0 * PEAK * PEAK) * f * f).exp()
    }
}

/// Channels of an observer that sees a patch only through them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Channels {
    /// Laguerre–Gauss functions √2/a · exp(−πr²/a²) · L_j(2πr²/a²), j = 0..count (Gallas and
    /// Barrett, 2003): efficient for round signals at a known place.
    LaguerreGauss {
        /// Number of channels.
        count: usize,
        /// Width a in pixels.
        width_pixels: f64,
    },
    /// Ten dense differences of Gaussians, exp(−½(ρ/Qσ_j)²) − exp(−½(ρ/σ_j)²) with
    /// σ_j = 0.005 · 1.4^j per pixel and Q = 1.67 (Abbey and Barrett, 2001): close to people.
    DenseDifferenceOfGaussians,
    /// Forty Gabor functions: octaves from 1/64 to 1/4 per pixel, five angles, two phases
    /// (Eckstein, Abbey and Bochud, 2000).
    Gabor,
}

impl Channels {
    /// The channels over a patch, `[channel][side²]`.
    #[must_use]
    pub fn over(self, side: usize) -> Vec<Vec<f64>> {
        let center = side as f64 / 2.0;
        // Pixel centres from the middle of the patch.
        let place =
            |at: usize| ((at % side) as f64 + 0.5 - center, (at / side) as f64 + 0.5 - center);
        match self {
            Self::LaguerreGauss { count, width_pixels: a } => (0..count)
                .map(|order| {
                    (0..side * side)
                        .map(|at| {
                            let (x, y) = place(at);
                            let r2 = (x * x + y * y) / (a * a);
                            2.0_f64.sqrt() / a * (-PI * r2).exp() * laguerre(order, TAU * r2)
                        })
                        .collect()
                })
                .collect(),
            Self::DenseDifferenceOfGaussians => (0..10)
                .map(|order| {
                    let sigma = 0.005 * 1.4_f64.powi(order);
                    let gauss = |f: f64, sigma: f64| (-0.5 * (f / sigma).powi(2)).exp();
                    radial(side, |f| gauss(f, 1.67 * sigma) - gauss(f, sigma))
                })
                .collect(),
            Self::Gabor => {
                let mut channels = Vec::with_capacity(40);
                for octave in 0..4 {
                    let frequency = 3.0 / 128.0 * 2.0_f64.powi(octave);
                    // One octave wide at half height: 56.48 pixels for 1/64 to 1/32.
                    let width = 56.48 / 2.0_f64.powi(octave);
                    for angle in 0..5 {
                        let (sine, cosine) = (TAU * f64::from(angle) / 10.0).sin_cos();
                        for phase in [0.0, PI / 2.0] {
                            let value = |at: usize| {
                                let (x, y) = place(at);
                                let along = x * cosine + y * sine;
                                (-4.0 * LN_2 * (x * x + y * y) / (width * width)).exp()
                                    * (TAU * frequency * along + phase).cos()
                            };
                            channels.push((0..side * side).map(value).collect());
                        }
                    }
                }
                channels
            }
        }
    }
}

/// Laguerre polynomial by its recurrence.
fn laguerre(order: usize, x: f64) -> f64 {
    let (mut before, mut now) = (1.0, 1.0 - x);
    if order == 0 {
        return before;
    }
    for k in 1..order {
        let k = k as f64;
        (before, now) = (now, ((2.0 * k + 1.0 - x) * now - k * before) / (k + 1.0));
    }
    now
}

/// A round function of frequency (cycles per pixel) as a kernel around the middle of a patch.
fn radial(side: usize, of: impl Fn(f64) -> f64) -> Vec<f64> {
    let size = side.next_power_of_two();
    let mut spectrum = Complex2d { re: vec![0.0; size * size], im: vec![0.0; size * size] };
    for at in 0..size * size {
        let fy = frequency(at / size, size, 1.0);
        let fx = frequency(at % size, size, 1.0);
        // Moves the kernel from the first pixel's corner to the middle of the patch.
        let phase = -TAU * (fx + fy) * (side as f64 / 2.0 - 0.5);
        let gain = of((fx * fx + fy * fy).sqrt()) / (size * size) as f64;
        (spectrum.re[at], spectrum.im[at]) = (gain * phase.cos(), gain * phase.sin());
    }
    Fft2d::new(size, size).inverse(&mut spectrum);
    (0..side * side).map(|at| spectrum.re[at / side * size + at % side]).collect()
}

/// Which linear observer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LinearKind {
    /// The signal itself as template (NPW).
    NonPrewhitening,
    /// The signal seen twice through the eye (NPWE).
    NonPrewhiteningEye(Eye),
    /// Hotelling's template on channel outputs (CHO).
    ChannelisedHotelling(Channels),
}

/// An observer that rates a patch by its product with a template.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearObserver {
    template: Vec<f64>,
}

/// How well ratings tell present from absent.
#[derive(Debug, Clone, PartialEq)]
pub struct Detection {
    /// Areas and placements.
    pub placements: Placements,
    /// d′: difference of the mean ratings over the root of the mean of their variances.
    pub detectability: f64,
}

impl LinearObserver {
    /// Learns from patches: the signal is the difference of both means, and channels take the
    /// mean of both covariances.
    ///
    /// # Errors
    /// If there are fewer than 2 patches of a kind, or fewer than channels.
    pub fn fit(kind: LinearKind, patches: &Patches) -> Result<Self, StatsError> {
        let (present, absent) = (patches.mean(true)?, patches.mean(false)?);
        let signal: Vec<f64> = present.iter().zip(&absent).map(|(a, b)| a - b).collect();
        match kind {
            LinearKind::NonPrewhitening => Ok(Self { template: signal }),
            LinearKind::NonPrewhiteningEye(eye) => Ok(Self::through_the_eye(&signal, eye)),
            LinearKind::ChannelisedHotelling(channels) => {
                let channels = channels.over(patches.side);
                let count = channels.len();
                if patches.len() <= count + 2 {
                    let (first, second) = (patches.len(), count + 2);
                    return Err(StatsError::Lengths { first, second });
                }
                let mut covariance = vec![0.0; count * count];
                for (kind, mean) in [(true, &present), (false, &absent)] {
                    let of_kind: Vec<&[f64]> =
                        patches.iter().filter(|it| it.1 == kind).map(|it| it.0).collect();
                    let share = 0.5 / (of_kind.len() as f64 - 1.0);
                    for patch in of_kind {
                        let out: Vec<f64> = channels
                            .iter()
                            .map(|channel| {
                                channel
                                    .iter()
                                    .zip(patch.iter().zip(mean))
                                    .map(|(u, (g, m))| u * (g - m))
                                    .sum()
                            })
                            .collect();
                        for (line, a) in covariance.chunks_exact_mut(count).zip(&out) {
                            for (cell, b) in line.iter_mut().zip(&out) {
                                *cell += share * a * b;
                            }
                        }
                    }
                }
                Ok(Self::hotelling(&channels, &covariance, &signal))
            }
        }
    }

    /// The observer of a known signal where the covariance is known.
    ///
    /// # Panics
    /// If signal and covariance are of different size, or not of a square patch.
    #[must_use]
    pub fn known(kind: LinearKind, signal: &[f64], covariance: &Covariance) -> Self {
        assert_eq!(signal.len(), covariance.size(), "a signal fills the patch");
        match kind {
            LinearKind::NonPrewhitening => Self { template: signal.to_vec() },
            LinearKind::NonPrewhiteningEye(eye) => Self::through_the_eye(signal, eye),
            LinearKind::ChannelisedHotelling(channels) => {
                let channels = channels.over(signal.len().isqrt());
                let seen: Vec<f64> = channels
                    .iter()
                    .flat_map(|a| channels.iter().map(|b| covariance.product(a, b)))
                    .collect();
                Self::hotelling(&channels, &seen, signal)
            }
        }
    }

    /// d′ for a known signal in noise of known covariance: wᵀs/√(wᵀCw).
    ///
    /// # Panics
    /// If signal and covariance are of different size than the template.
    #[must_use]
    pub fn detectability(&self, signal: &[f64], covariance: &Covariance) -> f64 {
        assert_eq!(signal.len(), self.template.len(), "a signal fills the patch");
        product(&self.template, signal) / covariance.product(&self.template, &self.template).sqrt()
    }

    /// One rating per patch, larger for the likelier present.
    ///
    /// # Panics
    /// If the patches are of another size.
    #[must_use]
    pub fn rate(&self, patches: &Patches) -> Vec<f64> {
        assert_eq!(patches.side * patches.side, self.template.len(), "patches of one size");
        patches.iter().map(|(patch, _)| product(&self.template, patch)).collect()
    }

    /// Rates patches and tells how well that went.
    ///
    /// # Errors
    /// If there are fewer than 2 patches of a kind.
    pub fn detect(&self, patches: &Patches) -> Result<Detection, StatsError> {
        let ratings = self.rate(patches);
        let of = |kind: bool| -> Vec<f64> {
            let rated = ratings.iter().zip(&patches.present);
            rated.filter(|it| *it.1 == kind).map(|it| *it.0).collect()
        };
        let (present, absent) = (of(true), of(false));
        let placements = Placements::of(&present, &absent)?;
        let moments = |ratings: &[f64]| {
            let count = ratings.len() as f64;
            let mean = ratings.iter().sum::<f64>() / count;
            let squares: f64 = ratings.iter().map(|rating| (rating - mean).powi(2)).sum();
            (mean, squares / (count - 1.0))
        };
        if present.len() < 2 || absent.len() < 2 {
            return Err(StatsError::Lengths { first: present.len(), second: absent.len() });
        }
        let ((a, of_a), (b, of_b)) = (moments(&present), moments(&absent));
        Ok(Detection { placements, detectability: (a - b) / f64::midpoint(of_a, of_b).sqrt() })
    }

    fn through_the_eye(signal: &[f64], eye: Eye) -> Self {
        let side = signal.len().isqrt();
        let size = (2 * side).next_power_of_two();
        let mut image = Complex2d { re: vec![0.0; size * size], im: vec![0.0; size * size] };
        for (row, line) in signal.chunks_exact(side).enumerate() {
            image.re[row * size..row * size + side].copy_from_slice(line);
        }
        let fft = Fft2d::new(size, size);
        fft.forward(&mut image);
        for at in 0..size * size {
            let fy = frequency(at / size, size, 1.0);
            let fx = frequency(at % size, size, 1.0);
            // Once for what is seen, once for the template that expects it.
            let gain = eye.sensitivity((fx * fx + fy * fy).sqrt()).powi(2) / (size * size) as f64;
            image.re[at] *= gain;
            image.im[at] *= gain;
        }
        fft.inverse(&mut image);
        let template = (0..side * side).map(|at| image.re[at / side * size + at % side]).collect();
        Self { template }
    }

    /// Σ_j w_j u_j with w = K⁻¹ Uᵀs. Channels that nearly repeat others are held apart by a ridge
    /// of 1e-10 of the mean variance.
    fn hotelling(channels: &[Vec<f64>], covariance: &[f64], signal: &[f64]) -> Self {
        let count = channels.len();
        let trace: f64 = (0..count).map(|k| covariance[k * count + k]).sum();
        let mut system = covariance.to_vec();
        for k in 0..count {
            system[k * count + k] += 1e-10 * trace / count as f64;
        }
        let right: Vec<f64> = channels.iter().map(|channel| product(channel, signal)).collect();
        let weights = solve(system, right);
        let mut template = vec![0.0; signal.len()];
        for (weight, channel) in weights.iter().zip(channels) {
            for (sum, value) in template.iter_mut().zip(channel) {
                *sum += weight * value;
            }
        }
        Self { template }
    }
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// x with `matrix` x = `right`, by elimination with the largest pivot of each column.
fn solve(mut matrix: Vec<f64>, mut right: Vec<f64>) -> Vec<f64> {
    let n = right.len();
    for column in 0..n {
        let size = |row: &usize| matrix[row * n + column].abs();
        let pivot = (column..n).max_by(|a, b| size(a).total_cmp(&size(b))).unwrap_or(column);
        for k in 0..n {
            matrix.swap(column * n + k, pivot * n + k);
        }
        right.swap(column, pivot);
        for row in column + 1..n {
            let factor = matrix[row * n + column] / matrix[column * n + column];
            for k in column..n {
                matrix[row * n + k] -= factor * matrix[column * n + k];
            }
            right[row] -= factor * right[column];
        }
    }
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n).map(|k| matrix[row * n + k] * right[k]).sum();
        right[row] = (right[row] - known) / matrix[row * n + row];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::super::gaussian::NoisePower;
    use super::*;
    use crate::dataset::{Dataset, Split};
    use crate::phantom::Phantom;

    const SMALL: &str = include_str!("../../tests/phantom/small.toml");
    const GAUSSIANS: Channels = Channels::LaguerreGauss { count: 6, width_pixels: 12.0 };
    const KINDS: [LinearKind; 5] = [
        LinearKind::NonPrewhitening,
        LinearKind::NonPrewhiteningEye(Eye { pixels_per_degree: 35.0 }),
        LinearKind::ChannelisedHotelling(GAUSSIANS),
        LinearKind::ChannelisedHotelling(Channels::DenseDifferenceOfGaussians),
        LinearKind::ChannelisedHotelling(Channels::Gabor),
    ];

    /// exp(−πr²/a²): the first Laguerre–Gauss function.
    fn blob(side: usize, width: f64, contrast: f64) -> Vec<f64> {
        let center = side as f64 / 2.0 - 0.5;
        (0..side * side)
            .map(|at| {
                let (x, y) = ((at % side) as f64 - center, (at / side) as f64 - center);
                contrast * (-PI * (x * x + y * y) / (width * width)).exp()
            })
            .collect()
    }

    /// What is possible at all: √(sᵀC⁻¹s).
    fn ideal(signal: &[f64], covariance: &Covariance) -> f64 {
        let whitening = covariance.whitening().unwrap();
        let rows = whitening.chunks_exact(signal.len());
        rows.map(|row| product(row, signal).powi(2)).sum::<f64>().sqrt()
    }

    #[test]
    fn in_white_noise_the_signal_itself_is_the_best_template() {
        let signal = blob(32, 12.0, 3.0);
        let covariance = NoisePower::white(64, 64, 4.0).covariance(32);
        let best = product(&signal, &signal).sqrt() / 4.0;
        assert!((ideal(&signal, &covariance) - best).abs() < 1e-9);
        let of = |kind| {
            LinearObserver::known(kind, &signal, &covariance).detectability(&signal, &covariance)
        };
        assert!((of(KINDS[0]) - best).abs() < 1e-9);
        // The first channel is the signal.
        assert!((of(KINDS[2]) / best - 1.0).abs() < 1e-8);
        for kind in KINDS {
            assert!(of(kind) <= best * (1.0 + 1e-9) && of(kind) > 0.2 * best, "{kind:?}");
        }
    }

    #[test]
    fn in_ramp_noise_prewhitening_pays_and_none_beats_the_ideal() {
        let phantom = Phantom::parse(SMALL, "small.toml").unwrap();
        let covariance = NoisePower::of(&phantom).unwrap().covariance(32);
        let signal = blob(32, 10.0, 5.0);
        let best = ideal(&signal, &covariance);
        let found = KINDS.map(|kind| {
            LinearObserver::known(kind, &signal, &covariance).detectability(&signal, &covariance)
        });
        assert!(found.iter().all(|it| *it <= best * (1.0 + 1e-6)), "{found:?} {best}");
        // Hotelling weighs the channels by the noise; the matched filter does not (Wagner and
        // Brown, 1985).
        assert!(found[2] > found[0] && found[2] > 0.9 * best, "{found:?} {best}");
    }

    #[test]
    fn fitted_observers_find_targets_that_they_have_not_seen() {
        let phantom = Phantom::parse(SMALL, "small.toml").unwrap();
        let rescale = phantom.formation.matrix.rescale;
        let dataset = Dataset::new(phantom, 2);
        let draw = |split| {
            let mut patches = Patches::new(24);
            for index in 0..60 {
                let case = dataset.case(split, index).unwrap();
                patches.cut(&case.image, &case.scene, rescale, 0.45);
            }
            patches
        };
        let (train, test) = (draw(Split::Train), draw(Split::Test));
        assert!(!train.is_empty() && train.present.contains(&false));
        for kind in KINDS {
            let observer = LinearObserver::fit(kind, &train).unwrap();
            let found = observer.detect(&test).unwrap();
            assert!(found.placements.area > 0.9, "{kind:?}: {}", found.placements.area);
            assert!(found.detectability > 1.5, "{kind:?}: {}", found.detectability);
        }
        let few = Patches::new(24);
        assert!(matches!(LinearObserver::fit(KINDS[0], &few), Err(StatsError::Lengths { .. })));
    }

    #[test]
    fn laguerre_polynomials_are_the_tables() {
        // Abramowitz and Stegun (1964), table 22.10: L_2 = (x² − 4x + 2)/2,
        // L_3 = (−x³ + 9x² − 18x + 6)/6, at 0.7.
        assert_eq!(laguerre(0, 0.7), 1.0);
        assert!((laguerre(2, 0.7) - (0.49 - 2.8 + 2.0) / 2.0).abs() < 1e-12);
        assert!((laguerre(3, 0.7) - (-0.343 + 4.41 - 12.6 + 6.0) / 6.0).abs() < 1e-12);
    }

    #[test]
    fn the_eye_sees_best_at_four_cycles_per_degree() {
        let eye = Eye { pixels_per_degree: 32.0 };
        let at = |cycles_per_degree: f64| eye.sensitivity(cycles_per_degree / 32.0);
        assert!(at(4.0) > at(3.9) && at(4.0) > at(4.1));
        assert_eq!(at(0.0), 0.0);
    }
}
