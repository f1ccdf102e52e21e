//! Defines the records of image quality at each level, and of how well its indices rank the loss of
//! the score; measures nothing.

use serde::{Deserialize, Serialize};

use super::{InputPath, Regime};
use crate::codec::CodecName;
use crate::metric::Artefacts;

/// Similarity and artefacts of one codec at one level, means over the first test images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QualityResult {
    /// Codec.
    pub codec: CodecName,
    /// What the codec was given.
    pub path: InputPath,
    /// Target ratio on stored bits.
    pub target: f64,
    /// Test images measured, from the first on.
    pub images: u32,
    /// Structural similarity with the codec's input, Gaussian window; null where the image is
    /// smaller than the window.
    pub ssim: Option<f64>,
    /// Blocking, ringing, ripple and blur against the codec's input.
    pub artefacts: Artefacts,
}

/// An index of image quality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QualityIndex {
    /// Peak signal-to-noise ratio over all test images.
    Psnr,
    /// Structural similarity.
    Ssim,
    /// Differences across the borders of 8×8 blocks.
    Blocking,
    /// Oscillations next to edges.
    Ringing,
    /// Wavelet details that are gone.
    Ripple,
    /// Slope that edges have lost.
    Blur,
}

impl QualityIndex {
    /// All, in order.
    pub const ALL: [Self; 6] =
        [Self::Psnr, Self::Ssim, Self::Blocking, Self::Ringing, Self::Ripple, Self::Blur];

    /// The name used in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Psnr => "psnr",
            Self::Ssim => "ssim",
            Self::Blocking => "blocking",
            Self::Ringing => "ringing",
            Self::Ripple => "ripple",
            Self::Blur => "blur",
        }
    }

    /// Whether larger values mean a better image.
    #[must_use]
    pub fn rises_with_quality(self) -> bool {
        matches!(self, Self::Psnr | Self::Ssim)
    }

    /// The index at a level; `psnr_db` is known elsewhere.
    #[must_use]
    pub fn of(self, quality: &QualityResult, psnr_db: Option<f64>) -> Option<f64> {
        let artefacts = &quality.artefacts;
        match self {
            Self::Psnr => psnr_db,
            Self::Ssim => quality.ssim,
            Self::Blocking => Some(artefacts.blocking),
            Self::Ringing => Some(artefacts.ringing),
            Self::Ripple => Some(artefacts.ripple),
            Self::Blur => Some(artefacts.blur),
        }
    }
}

/// A codec at a level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelName {
    /// Codec.
    pub codec: CodecName,
    /// What the codec was given.
    pub path: InputPath,
    /// Target ratio on stored bits.
    pub target: f64,
}

/// Two levels that an index of quality ranks in the wrong order.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inversion {
    /// The level of better or equal quality by the index.
    pub called_better: LevelName,
    /// The other, at which networks lose less.
    pub called_worse: LevelName,
    /// Loss of the score at the first minus that at the second, above 0.
    pub loss: f64,
}

/// How well an index of image quality ranks the loss of the score over codecs and levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PredictorResult {
    /// Name of the task whose loss is ranked.
    pub task: String,
    /// The index.
    pub index: QualityIndex,
    /// What the networks were trained on.
    pub regime: Regime,
    /// The path whose levels are ranked; null for those of all paths together.
    pub path: Option<InputPath>,
    /// Levels ranked.
    pub levels: u32,
    /// Spearman's rank correlation of quality by the index with the score that is left: 1 where the
    /// index ranks levels as networks do. Null where either is the same at all levels.
    pub rank_correlation: Option<f64>,
    /// The pair of levels that the index misjudges most; null where it misjudges none.
    pub inversion: Option<Inversion>,
}
