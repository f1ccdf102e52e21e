//! Owns the only constructor of a random generator; knows no phantom, codec, level or regime.
//!
//! A stream is keyed by coordinates and nothing else: never by thread, order of calls or
//! content. So a changed contrast moves no position, every level sees the same cases, and the
//! result does not depend on the number of threads.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a stream is for. The number is part of the key and never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Purpose {
    /// Background anatomy.
    Anatomy = 1,
    /// Where targets lie.
    Placement = 2,
    /// Which shape a target has, absent included.
    Shape = 3,
    /// Equivalent radius of a target.
    Size = 4,
    /// Orientation of a target.
    Angle = 5,
    /// Contrast of a target, sign included.
    Contrast = 6,
    /// Acquisition noise, one part per pixel row.
    Noise = 7,
    /// Initial weights of a network, one part per tensor.
    Weights = 8,
    /// Order of the training regions, one part per epoch.
    Shuffle = 9,
    /// Symmetry applied to training regions, one part per epoch.
    Augmentation = 10,
    /// Resampling of records.
    Bootstrap = 11,
    /// Which compression levels a training image is seen at.
    LevelChoice = 12,
    /// Permuted labels of the shuffled-label control.
    LabelPermutation = 13,
    /// Choices made while verifying a run.
    Verification = 14,
    /// Simulated studies with fake observers.
    Simulation = 15,
    /// Values that a dropout layer sets to 0, one part per layer.
    Dropout = 16,
    /// Pose of the whole anatomy, one part for each value.
    Pose = 17,
    /// Displacement field of the whole anatomy.
    Displacement = 18,
    /// How a layer differs from image to image, one part for each layer and property.
    LayerVariation = 19,
    /// Texture inside layers, one part for each row of a pair of fields.
    Texture = 20,
    /// Which regions belong to detection.
    DetectionSlots = 21,
    /// Where the targets of detection lie in their regions.
    DetectionPlacement = 22,
    /// Which shape a target of detection has, absent included.
    DetectionShape = 23,
    /// Equivalent radius of a target of detection.
    DetectionSize = 24,
    /// Orientation of a target of detection.
    DetectionAngle = 25,
    /// Contrast of a target of detection, sign included.
    DetectionContrast = 26,
    /// How many targets an image of a sparse design holds, and which regions.
    Sparse = 27,
    /// Where an image is cut for examples without a target.
    Background = 28,
}

/// Coordinates of a random stream.
///
/// The fields fill the 256-bit key of ChaCha8 without hashing, so two different keys can
/// never collide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StreamKey {
    /// Seed of the study or dataset.
    pub seed: u64,
    /// What the stream is for.
    pub purpose: Purpose,
    /// Number of the case in the whole dataset (its split included), or of the replicate for
    /// purposes that have no case.
    pub case: u64,
    /// Part inside the case: target number, pixel row, tensor, epoch.
    pub part: u64,
}

impl StreamKey {
    /// Opens the stream at its beginning.
    ///
    /// ```
    /// use phantom_limit_engine::rng::{Purpose, StreamKey};
    /// let key = StreamKey { seed: 1, purpose: Purpose::Size, case: 7, part: 0 };
    /// assert_eq!(key.open().uniform(), key.open().uniform());
    /// ```
    #[must_use]
    pub fn open(self) -> Stream {
        let mut key = [0_u8; 32];
        key[..8].copy_from_slice(&self.seed.to_le_bytes());
        key[8..12].copy_from_slice(&(self.purpose as u32).to_le_bytes());
        key[16..24].copy_from_slice(&self.case.to_le_bytes());
        key[24..].copy_from_slice(&self.part.to_le_bytes());
        Stream { generator: ChaCha8Rng::from_seed(key) }
    }
}

/// An open random stream. Also a `rand` generator, for `rand_distr`.
#[derive(Debug, Clone)]
pub struct Stream {
    generator: ChaCha8Rng,
}

impl Stream {
    /// Next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.generator.next_u64()
    }

    /// Uniform in [0, 1): 53 random bits, the same on every platform.
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Uniform in [low, high).
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Uniform whole number in [0, bound), without bias (multiply-shift with rejection,
    /// Lemire 2019).
    ///
    /// # Panics
    /// If `bound` is 0: there is no such number.
    pub fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "a draw below 0 does not exist");
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.bits()) * u128::from(bound);
            if product as u64 >= threshold {
                return (product >> 64) as u64;
            }
        }
    }

    /// How many words of 32 bits were drawn. No stream here comes near 2⁶⁴.
    #[must_use]
    pub fn drawn(&self) -> u64 {
        self.generator.get_word_pos() as u64
    }

    /// Goes on where so many words were drawn.
    pub fn go_on(&mut self, drawn: u64) {
        self.generator.set_word_pos(u128::from(drawn));
    }

    /// Puts `items` into uniformly random order (Fisher–Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last as u64 + 1) as usize;
            items.swap(last, other);
        }
    }
}

impl rand_chacha::rand_core::TryRng for Stream {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(self.generator.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(self.generator.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.generator.fill_bytes(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(part: u64) -> StreamKey {
        StreamKey { seed: 1, purpose: Purpose::Noise, case: 3, part }
    }

    #[test]
    fn every_coordinate_opens_another_stream() {
        let base = key(0);
        let others = [
            StreamKey { seed: 2, ..base },
            StreamKey { purpose: Purpose::Shape, ..base },
            StreamKey { case: 4, ..base },
            StreamKey { part: 1, ..base },
        ];
        for other in others {
            assert_ne!(base.open().bits(), other.open().bits(), "{other:?}");
        }
    }

    #[test]
    fn purposes_keep_their_numbers() {
        let purposes = [
            (Purpose::Anatomy, 1),
            (Purpose::Placement, 2),
            (Purpose::Shape, 3),
            (Purpose::Size, 4),
            (Purpose::Angle, 5),
            (Purpose::Contrast, 6),
            (Purpose::Noise, 7),
            (Purpose::Weights, 8),
            (Purpose::Shuffle, 9),
            (Purpose::Augmentation, 10),
            (Purpose::Bootstrap, 11),
            (Purpose::LevelChoice, 12),
            (Purpose::LabelPermutation, 13),
            (Purpose::Verification, 14),
            (Purpose::Simulation, 15),
            (Purpose::Dropout, 16),
            (Purpose::Pose, 17),
            (Purpose::Displacement, 18),
            (Purpose::LayerVariation, 19),
            (Purpose::Texture, 20),
            (Purpose::DetectionSlots, 21),
            (Purpose::DetectionPlacement, 22),
            (Purpose::DetectionShape, 23),
            (Purpose::DetectionSize, 24),
            (Purpose::DetectionAngle, 25),
            (Purpose::DetectionContrast, 26),
        ];
        for (purpose, number) in purposes {
            assert_eq!(purpose as u32, number, "{purpose:?}");
        }
    }

    #[test]
    fn below_is_uniform() {
        // Chi-square with 6 degrees of freedom: 99.9 % quantile 22.46 (scipy.stats.chi2.ppf).
        let mut stream = key(0).open();
        let mut counts = [0_u32; 7];
        for _ in 0..70_000 {
            counts[stream.below(7) as usize] += 1;
        }
        let chi_square: f64 =
            counts.iter().map(|&n| (f64::from(n) - 10_000.0).powi(2) / 10_000.0).sum();
        assert!(chi_square < 22.46, "{chi_square}");
    }

    #[test]
    fn shuffle_keeps_every_item() {
        let mut items: Vec<u32> = (0..100).collect();
        key(0).open().shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
