//! Defines how much a training reads: regions and bytes, so that regimes can be compared by their
//! cost; counts nothing.

use serde::{Deserialize, Serialize};

use super::{InputPath, Regime};
use crate::codec::CodecName;

/// What one training of a kind reads, as expected from the test images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadingResult {
    /// Name of the task.
    pub task: String,
    /// What the networks read.
    pub path: InputPath,
    /// What they are trained on.
    pub regime: Regime,
    /// The codec of regime `matched`; null where a training reads originals or several codecs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codec: Option<CodecName>,
    /// The level of regime `matched`, in the study's base.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<f64>,
    /// Networks that were trained so.
    pub networks: u32,
    /// Passes over the training regions; those of the network that it starts from not counted.
    pub passes: u32,
    /// Regions that a network sees in all passes.
    pub regions_seen: u64,
    /// Bytes that its images take as files: codestreams, and originals uncompressed.
    pub file_bytes: u64,
    /// Bytes of the same images uncompressed, as they are handed to the codec.
    pub uncompressed_bytes: u64,
}
