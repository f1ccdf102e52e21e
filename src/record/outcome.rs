//! Defines the scores of an arm's networks as `limit` takes them; has no text form.

use serde::{Deserialize, Serialize};

use super::condition::{InputPath, Regime};
use super::level::LevelBase;
use crate::codec::{Achieved, CodecName};
use crate::task::{Measure, Weights};

/// Scores of every network on every test image at one level.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelOutcome {
    /// What the target is.
    pub base: LevelBase,
    /// Target in the numbers of the base; `None` for the lossless null.
    pub target: Option<f64>,
    /// Rate over all test images.
    pub achieved: Achieved,
    /// Test images on which the target could not be reached (the nearest was taken).
    pub unreached: u32,
    /// PSNR in dB from the mean squared error over all test images, peak 2^BitsStored − 1 of
    /// the codec's input; infinite when lossless.
    pub psnr_db: f64,
    /// `[network][case]`, scores at the arm's task.
    pub scores: Vec<Vec<f64>>,
}

/// What the networks of an arm stand for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Readers {
    /// A sample of all networks that are trained like them: verdicts hold for those, and need
    /// [`LEAST_NETWORKS`](super::LEAST_NETWORKS).
    #[default]
    Sampled,
    /// Themselves: verdicts hold for these networks alone, and cases are all that is random.
    Fixed,
}

/// Everything that `limit` needs of one task × codec × path × regime.
#[derive(Debug, Clone, PartialEq)]
pub struct ArmOutcome {
    /// Codec.
    pub codec: CodecName,
    /// What the codec was given.
    pub path: InputPath,
    /// What the networks were trained on.
    pub regime: Regime,
    /// Name of the task, name, unit and direction of its score.
    pub measure: Measure,
    /// What its networks stand for.
    pub readers: Readers,
    /// What scores of cases are divided by: the regions of each test image.
    pub weights: Weights,
    /// Cases with something of the rarer kind, where the score compares two kinds that are not in
    /// every case; `None` where every case has a score by itself.
    pub rarer: Option<usize>,
    /// `[network][case]`, scores on the path's uncompressed images.
    pub original: Vec<Vec<f64>>,
    /// The same on the same images at the share of the dose that a margin names; `None` where it
    /// names none, or nothing was rated there.
    pub at_dose: Option<Vec<Vec<f64>>>,
    /// From the mildest to the harshest level.
    pub levels: Vec<LevelOutcome>,
}

/// Scores on the test images at one level, by networks that were trained at another.
#[derive(Debug, Clone, PartialEq)]
pub struct CrossOutcome {
    /// Name of the task.
    pub task: String,
    /// Codec.
    pub codec: CodecName,
    /// What the codec was given.
    pub path: InputPath,
    /// Target of the training images in the study's base; `None` for originals.
    pub trained_at: Option<f64>,
    /// Target of the test images; `None` for originals.
    pub tested_at: Option<f64>,
    /// `[network][case]`.
    pub scores: Vec<Vec<f64>>,
}
