//! Fits linear observers of a signal at a known place and rates by them: non-prewhitening, with and
//! without an eye filter, and channelised Hotelling; knows no codec and no class.
//!
//! They answer present or absent for patches around a target, from originals and from compressed
//! images alike: at each level they may be fitted anew.

mod channels;
mod patches;

use std::ops::Range;

pub use self::channels::{Channels, Eye};
pub use self::patches::Patches;
use super::gaussian::Covariance;
use crate::acquisition::fft::{Complex2d, Fft2d};
use crate::acquisition::filter::frequency;
use crate::stats::{Placements, StatsError};

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

/// Sums over patches of one kind.
#[derive(Debug, Clone, PartialEq)]
struct Sums {
    count: usize,
    /// Σ g.
    patch: Vec<f64>,
    /// Σ (Uᵀg)(Uᵀg)ᵀ over all channels U.
    outer: Vec<f64>,
}

impl Sums {
    fn mean(&self) -> Result<Vec<f64>, StatsError> {
        if self.count < 2 {
            return Err(StatsError::Lengths { first: self.count, second: 2 });
        }
        Ok(self.patch.iter().map(|sum| sum / self.count as f64).collect())
    }
}

/// Sums over patches with and without a target, from which observers are fitted: more patches take
/// no more memory.
#[derive(Debug, Clone, PartialEq)]
pub struct PatchSums {
    present: Sums,
    absent: Sums,
}

impl PatchSums {
    /// Number of patches with and without a target.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.present.count, self.absent.count)
    }

    /// Adds the sums over other patches.
    ///
    /// # Panics
    /// If they were of another lesson.
    pub fn add(&mut self, other: &Self) {
        for (sums, more) in [(&mut self.present, &other.present), (&mut self.absent, &other.absent)]
        {
            assert_eq!(sums.outer.len(), more.outer.len(), "sums of one lesson");
            sums.count += more.count;
            let all = sums.patch.iter_mut().chain(&mut sums.outer);
            for (sum, more) in all.zip(more.patch.iter().chain(&more.outer)) {
                *sum += more;
            }
        }
    }
}

/// How several kinds of observers learn from the same patches.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearLesson {
    side: usize,
    /// Each kind with its range of `channels`.
    kinds: Vec<(LinearKind, Range<usize>)>,
    /// Channels of all kinds, `[channel][side²]`.
    channels: Vec<Vec<f64>>,
}

impl LinearLesson {
    /// A lesson from patches of `side` pixels.
    #[must_use]
    pub fn new(side: usize, kinds: &[LinearKind]) -> Self {
        let mut channels = Vec::new();
        let of_kind = |&kind: &LinearKind| {
            let first = channels.len();
            if let LinearKind::ChannelisedHotelling(own) = kind {
                channels.extend(own.over(side));
            }
            (kind, first..channels.len())
        };
        let kinds = kinds.iter().map(of_kind).collect();
        Self { side, kinds, channels }
    }

    /// Sums over patches.
    ///
    /// # Panics
    /// If they are of another size.
    #[must_use]
    pub fn sums(&self, patches: &Patches) -> PatchSums {
        assert_eq!(patches.side, self.side, "patches of one size");
        let (pixels, count) = (self.side * self.side, self.channels.len());
        let none = Sums { count: 0, patch: vec![0.0; pixels], outer: vec![0.0; count * count] };
        let mut sums = PatchSums { present: none.clone(), absent: none };
        for (patch, is_present) in patches.iter() {
            let kind = if is_present { &mut sums.present } else { &mut sums.absent };
            kind.count += 1;
            for (sum, value) in kind.patch.iter_mut().zip(patch) {
                *sum += value;
            }
            let outputs: Vec<f64> =
                self.channels.iter().map(|channel| product(channel, patch)).collect();
            for (line, a) in kind.outer.chunks_exact_mut(count.max(1)).zip(&outputs) {
                for (sum, b) in line.iter_mut().zip(&outputs) {
                    *sum += a * b;
                }
            }
        }
        sums
    }

    /// One observer of each kind: its signal is the difference of both means, and channels take
    /// the mean of both covariances.
    ///
    /// # Errors
    /// If there were fewer than 2 patches of a kind, or not more than channels.
    pub fn observers(&self, sums: &PatchSums) -> Result<Vec<LinearObserver>, StatsError> {
        let (present, absent) = (sums.present.mean()?, sums.absent.mean()?);
        let signal: Vec<f64> = present.iter().zip(&absent).map(|(a, b)| a - b).collect();
        let all = self.channels.len();
        let made = |(kind, own): &(LinearKind, Range<usize>)| {
            let channels = &self.channels[own.clone()];
            let patches = sums.present.count + sums.absent.count;
            if patches <= channels.len() + 2 {
                let (first, second) = (patches, channels.len() + 2);
                return Err(StatsError::Lengths { first, second });
            }
            let mut covariance = vec![0.0; own.len() * own.len()];
            for (sums, mean) in [(&sums.present, &present), (&sums.absent, &absent)] {
                let count = sums.count as f64;
                let outputs: Vec<f64> = channels.iter().map(|u| product(u, mean)).collect();
                for (a, line) in covariance.chunks_exact_mut(own.len().max(1)).enumerate() {
                    for (b, cell) in line.iter_mut().enumerate() {
                        let outer = sums.outer[(own.start + a) * all + own.start + b];
                        *cell += 0.5 * (outer - count * outputs[a] * outputs[b]) / (count - 1.0);
                    }
                }
            }
            Ok(match *kind {
                LinearKind::NonPrewhitening => LinearObserver { template: signal.clone() },
                LinearKind::NonPrewhiteningEye(eye) => {
                    LinearObserver { template: through_the_eye(&signal, eye) }
                }
                LinearKind::ChannelisedHotelling(_) => {
                    LinearObserver::hotelling(channels, &covariance, &signal)
                }
            })
        };
        self.kinds.iter().map(made).collect()
    }
}

/// An observer that rates a patch by its product with a template.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearObserver {
    template: Vec<f64>,
}

/// How well ratings distinguish present from absent.
#[derive(Debug, Clone, PartialEq)]
pub struct Detection {
    /// Areas and placements.
    pub placements: Placements,
    /// d′: difference of the mean ratings over the root of the mean of their variances.
    pub detectability: f64,
}

impl Detection {
    /// Detection by the ratings of patches that hold a target, and of those that do not.
    ///
    /// # Errors
    /// If there are fewer than 2 of a kind, or one is no finite number.
    pub fn of(present: &[f64], absent: &[f64]) -> Result<Self, StatsError> {
        let placements = Placements::of(present, absent)?;
        if present.len() < 2 || absent.len() < 2 {
            return Err(StatsError::Lengths { first: present.len(), second: absent.len() });
        }
        let moments = |ratings: &[f64]| {
            let count = ratings.len() as f64;
            let mean = ratings.iter().sum::<f64>() / count;
            let squares: f64 = ratings.iter().map(|rating| (rating - mean).powi(2)).sum();
            (mean, squares / (count - 1.0))
        };
        let ((a, of_a), (b, of_b)) = (moments(present), moments(absent));
        Ok(Self { placements, detectability: (a - b) / f64::midpoint(of_a, of_b).sqrt() })
    }
}

/// The template of a known signal on a square patch that is seen through the eye.
pub(super) fn through_the_eye(signal: &[f64], eye: Eye) -> Vec<f64> {
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
        // Once for what the eye sees, once for the template.
        let gain = eye.sensitivity((fx * fx + fy * fy).sqrt()).powi(2) / (size * size) as f64;
        image.re[at] *= gain;
        image.im[at] *= gain;
    }
    fft.inverse(&mut image);
    (0..side * side).map(|at| image.re[at / side * size + at % side]).collect()
}

impl LinearObserver {
    /// The observer of a known signal where the covariance is known.
    ///
    /// # Panics
    /// If signal and covariance are of different size, or not of a square patch.
    #[must_use]
    pub fn known(kind: LinearKind, signal: &[f64], covariance: &Covariance) -> Self {
        assert_eq!(signal.len(), covariance.size(), "a signal fills the patch");
        match kind {
            LinearKind::NonPrewhitening => Self { template: signal.to_vec() },
            LinearKind::NonPrewhiteningEye(eye) => Self { template: through_the_eye(signal, eye) },
            LinearKind::ChannelisedHotelling(channels) => {
                let channels = channels.over(signal.len().isqrt());
                let outputs: Vec<f64> = channels
                    .iter()
                    .flat_map(|a| channels.iter().map(|b| covariance.product(a, b)))
                    .collect();
                Self::hotelling(&channels, &outputs, signal)
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
#[expect(clippy::disallowed_methods, reason = "makes no pixels")]
mod tests {
    use std::f64::consts::PI;

    use super::super::gaussian::NoisePower;
    use super::*;
    use crate::dataset::{Dataset, RegionSet, Split};
    use crate::phantom::Phantom;

    const SMALL: &str = include_str!("../../../tests/phantom/small.toml");
    const GAUSSIANS: Channels = Channels::LaguerreGauss { count: 6, width_pixels: 12.0 };
    const KINDS: [LinearKind; 5] = [
        LinearKind::NonPrewhitening,
        LinearKind::NonPrewhiteningEye(Eye::HALF_A_METRE),
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

    /// Patches of the first images of a split.
    fn drawn(dataset: &Dataset, split: Split, images: u64) -> Patches {
        let formation = &dataset.phantom().formation;
        let (targets, matrix) = (&formation.targets, &formation.matrix);
        let mut patches = Patches::new(Patches::largest_side(targets, matrix));
        for index in 0..images {
            let case = dataset.case(split, index).unwrap();
            let mut regions = RegionSet::new(targets.region_pixels);
            regions.cut(&case.image, &case.scene.labels());
            patches.cut(&regions, 0, &case.scene.regions, matrix);
        }
        patches
    }

    #[test]
    fn fitted_observers_find_targets_that_they_have_not_seen() {
        let dataset = Dataset::new(Phantom::parse(SMALL, "small.toml").unwrap(), 2);
        let lesson = LinearLesson::new(22, &KINDS);
        let mut sums = lesson.sums(&Patches::new(22));
        assert!(matches!(lesson.observers(&sums), Err(StatsError::Lengths { .. })));
        let train = drawn(&dataset, Split::Train, 60);
        let absent = train.present().iter().filter(|it| !**it).count();
        sums.add(&lesson.sums(&train));
        assert_eq!(sums.counts(), (train.len() - absent, absent));
        assert_eq!(train.scenes().last(), Some(&59));
        let test = drawn(&dataset, Split::Test, 60);
        for (kind, observer) in KINDS.iter().zip(lesson.observers(&sums).unwrap()) {
            let rated = || observer.rate(&test).into_iter().zip(test.present());
            let of = |kind: bool| rated().filter(|it| *it.1 == kind).map(|it| it.0).collect();
            let (present, absent): (Vec<f64>, Vec<f64>) = (of(true), of(false));
            let found = Detection::of(&present, &absent).unwrap();
            assert!(found.placements.area > 0.9, "{kind:?}: {}", found.placements.area);
            assert!(found.detectability > 1.5, "{kind:?}: {}", found.detectability);
        }
    }

    #[test]
    fn sums_give_the_covariance_of_the_channels() {
        let dataset = Dataset::new(Phantom::parse(SMALL, "small.toml").unwrap(), 2);
        let patches = drawn(&dataset, Split::Train, 8);
        let lesson = LinearLesson::new(22, &KINDS[2..3]);
        let sums = lesson.sums(&patches);
        // As in textbooks: deviations from the mean of each kind, n − 1.
        let mut expected = vec![0.0; 36];
        let mut means = Vec::new();
        for kind in [true, false] {
            let of_kind: Vec<&[f64]> =
                patches.iter().filter(|it| it.1 == kind).map(|it| it.0).collect();
            let count = of_kind.len() as f64;
            let mean: Vec<f64> = (0..22 * 22)
                .map(|at| of_kind.iter().map(|patch| patch[at]).sum::<f64>() / count)
                .collect();
            for patch in &of_kind {
                let off: Vec<f64> = patch.iter().zip(&mean).map(|(a, b)| a - b).collect();
                let outputs: Vec<f64> = lesson.channels.iter().map(|u| product(u, &off)).collect();
                for (at, cell) in expected.iter_mut().enumerate() {
                    *cell += 0.5 * outputs[at / 6] * outputs[at % 6] / (count - 1.0);
                }
            }
            means.push(mean);
        }
        let signal: Vec<f64> = means[0].iter().zip(&means[1]).map(|(a, b)| a - b).collect();
        let expected = LinearObserver::hotelling(&lesson.channels, &expected, &signal);
        let found = &lesson.observers(&sums).unwrap()[0];
        let largest = expected.template.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
        for (a, b) in found.template.iter().zip(&expected.template) {
            // Channels that nearly repeat others amplify the rounding of both ways.
            assert!((a - b).abs() < 1e-6 * largest, "{a} {b}");
        }
        // In parts it is the same.
        let mut parts = lesson.sums(&drawn(&dataset, Split::Train, 0));
        parts.add(&sums);
        assert_eq!(parts, sums);
    }

    #[test]
    fn detectability_is_the_distance_of_the_means() {
        // Means 3 and 1, variances 1 and 1: d′ 2; one of nine pairs is tied.
        let found = Detection::of(&[2.0, 3.0, 4.0], &[0.0, 1.0, 2.0]).unwrap();
        assert!((found.detectability - 2.0).abs() < 1e-12);
        assert!((found.placements.area - 8.5 / 9.0).abs() < 1e-12);
        assert!(Detection::of(&[1.0], &[0.0, 0.5]).is_err());
    }
}
