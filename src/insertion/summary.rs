//! What an insertion came to.

use serde::{Deserialize, Serialize};

use super::audit::Audit;

/// The file that holds it.
pub(super) const SUMMARY: &str = "summary.json";

/// What an insertion came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Images with targets, each of which is there without as well.
    pub images: u64,
    /// Patients whom they show.
    pub patients: u64,
    /// Targets.
    pub targets: u64,
    /// Images with fewer targets than were asked for, for want of room.
    pub images_with_fewer: u64,
    /// Lowest, median and highest d′ of a target in its local noise.
    pub detectability: [f64; 3],
    /// Pixels of targets that the range of stored values clips.
    pub clipped_pixels: u64,
    /// Targets of MR images where the signal is below five times the noise, whose noise is not additive.
    pub low_signal: u64,
    /// What no target was drawn into.
    pub left_out: Vec<LeftOut>,
    /// Whether images with and without targets can be told apart by anything else.
    pub audit: Audit,
    /// The same in a sentence.
    pub verdict: String,
}

/// An image that no target was drawn into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The image.
    pub input: String,
    /// Why.
    pub reason: String,
    /// True if it is no image at all, which is no fault of it.
    pub passed_over: bool,
}
