//! Reads from results what lossless compression reaches; derives nothing.

use super::{InputPath, Results};
use crate::codec::CodecName;

impl Results {
    /// Ratio on stored bits that lossless compression reaches on a path: Σ bits / Σ bytes over the
    /// test images. `None` where the study has no lossless null on it.
    #[must_use]
    pub fn lossless_ratio(&self, path: InputPath) -> Option<f64> {
        let null = |arm: &&super::ArmResult| arm.codec == CodecName::Lossless && arm.path == path;
        self.arms.iter().find(null)?.levels.first().map(|level| level.ratio_stored)
    }
}
