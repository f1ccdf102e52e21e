//! Fake observers: studies whose true loss at every level is known, made in microseconds without
//! image, codec or network.
#![expect(clippy::disallowed_methods, reason = "makes no pixels")]

use phantom_limit::codec::{Achieved, CodecName};
use phantom_limit::image::SampleFormat;
use phantom_limit::record::{ArmOutcome, InputPath, LevelBase, LevelOutcome, Readers, Regime};
use phantom_limit::rng::{Purpose, Stream, StreamKey};
use phantom_limit::task::{Identify, Task, Weights};
use rand_distr::{Distribution, StandardNormal};

/// Regions of an image are 40 to 50.
const FEWEST_REGIONS: u64 = 40;
/// Regions of every image that are wrong on the original, and a mean number more. Many, so that
/// what is regained nearly never exceeds them; paired loss does not depend on them.
const WRONG: u32 = 6;
/// Mean number of further ones.
const WRONG_MORE: f64 = 2.0;
/// Share of regions whose answer changes each way without any loss.
const CHANGED: f64 = 0.02;

/// How studies with fake observers are drawn.
///
/// At a level, network s loses the share λ = loss + `replicate_sd` · z of its regions, z
/// standard normal: `replicate_sd` is that of the *paired* loss over networks. What makes a
/// network good or bad on originals and levels alike cancels in a pair. Counts are Poisson: lost
/// regions at the rate 0.02 + max(λ, 0), regained ones at 0.02 + max(−λ, 0), each times a
/// difficulty of the image, uniform with mean 1 and standard deviation `image_sd` and common to
/// all networks, which correlates networks and the regions of one image. Levels are independent:
/// the worst case for a family of verdicts.
#[derive(Debug, Clone)]
pub(crate) struct FakeStudies {
    /// Networks per study.
    pub(crate) networks: usize,
    /// Test images per study.
    pub(crate) images: usize,
    /// Standard deviation of the loss over networks.
    pub(crate) replicate_sd: f64,
    /// Standard deviation of an image's difficulty relative to its mean; up to 1/√3.
    pub(crate) image_sd: f64,
    /// Target ratio and true loss of each level, mildest first.
    pub(crate) levels: Vec<(f64, f64)>,
}

impl FakeStudies {
    /// One study; another `number` is an independent one.
    pub(crate) fn draw(&self, number: u64) -> ArmOutcome {
        let stream = |part| {
            StreamKey { seed: 2026, purpose: Purpose::Simulation, case: number, part }.open()
        };
        let mut shared = stream(0);
        let regions: Vec<u32> =
            (0..self.images).map(|_| (FEWEST_REGIONS + shared.below(11)) as u32).collect();
        let original: Vec<Vec<u32>> = (0..self.networks)
            .map(|_| {
                let right = |&n: &u32| n - (WRONG + poisson(WRONG_MORE, &mut shared)).min(n);
                regions.iter().map(right).collect()
            })
            .collect();
        let levels = (1..)
            .zip(&self.levels)
            .map(|(part, &(target, loss))| {
                let correct = self.answers(loss, &regions, &original, &mut stream(part));
                level(target, self.images, scores(&correct))
            })
            .collect();
        ArmOutcome {
            codec: CodecName::Jpeg2000,
            path: InputPath::Native,
            regime: Regime::Original,
            measure: Identify { classes: 6 }.measure(),
            readers: Readers::Sampled,
            weights: Weights::Counts(regions.iter().map(|&it| f64::from(it)).collect()),
            rarer: None,
            original: scores(&original),
            at_dose: None,
            levels,
        }
    }

    /// The same with answers on originals at less dose, whose true loss is `loss`.
    pub(crate) fn draw_at_dose(&self, number: u64, loss: f64) -> ArmOutcome {
        let mut study = self.draw(number);
        let counts = |rows: &[Vec<f64>]| -> Vec<Vec<u32>> {
            rows.iter().map(|row| row.iter().map(|&it| it as u32).collect()).collect()
        };
        let regions: Vec<u32> =
            (0..self.images).map(|image| study.weights.of(image) as u32).collect();
        let key =
            StreamKey { seed: 2027, purpose: Purpose::Simulation, case: number, part: 1 << 20 };
        let correct = self.answers(loss, &regions, &counts(&study.original), &mut key.open());
        study.at_dose = Some(scores(&correct));
        study
    }

    /// Correct regions at a level of known loss.
    fn answers(
        &self,
        loss: f64,
        regions: &[u32],
        original: &[Vec<u32>],
        stream: &mut Stream,
    ) -> Vec<Vec<u32>> {
        let spread = 3.0_f64.sqrt() * self.image_sd;
        let mut difficulty = || stream.between(1.0 - spread, 1.0 + spread);
        let difficulties: Vec<[f64; 2]> =
            regions.iter().map(|_| [difficulty(), difficulty()]).collect();
        original
            .iter()
            .map(|row| {
                let z: f64 = StandardNormal.sample(stream);
                let own = loss + self.replicate_sd * z;
                let (losing, regaining) = (CHANGED + own.max(0.0), CHANGED + (-own).max(0.0));
                row.iter()
                    .zip(regions)
                    .zip(&difficulties)
                    .map(|((&right, &n), [lost, regained])| {
                        let lost = poisson(f64::from(n) * losing * lost, stream);
                        let regained = poisson(f64::from(n) * regaining * regained, stream);
                        (right + regained).saturating_sub(lost).min(n)
                    })
                    .collect()
            })
            .collect()
    }
}

/// Counts as scores.
fn scores(counts: &[Vec<u32>]) -> Vec<Vec<f64>> {
    counts.iter().map(|row| row.iter().map(|&it| f64::from(it)).collect()).collect()
}

/// A level that reaches its target on images of 512×512 pixels, 12 bits stored in 16.
pub(crate) fn level(target: f64, images: usize, scores: Vec<Vec<f64>>) -> LevelOutcome {
    let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
    let pixels = 512 * 512 * images as u64;
    let bytes = (pixels as f64 * 1.5 / target).round() as u64;
    LevelOutcome {
        base: LevelBase::Ratio,
        target: Some(target),
        achieved: Achieved { bytes, pixels, original: format, input: format },
        unreached: 0,
        psnr_db: 60.0 - 10.0 * target.log10(),
        scores,
    }
}

/// A Poisson count by inversion of one uniform; for means up to some tens.
fn poisson(mean: f64, stream: &mut Stream) -> u32 {
    let mut left = stream.uniform();
    let mut probability = (-mean).exp();
    let mut count = 0;
    while left >= probability && probability > 0.0 {
        left -= probability;
        count += 1;
        probability *= mean / f64::from(count);
    }
    count
}
