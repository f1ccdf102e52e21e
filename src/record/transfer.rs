//! Defines what networks that start elsewhere reach beside those from scratch; derives nothing.

use serde::{Deserialize, Serialize};

use super::InputPath;
use super::efficiency::SizeResult;
use crate::codec::CodecName;

/// Networks of one number of training images, from scratch and from a start elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransferSize {
    /// Regime `original`.
    pub scratch: SizeResult,
    /// Regime `transferred`.
    pub transferred: SizeResult,
}

/// What a start elsewhere saves and costs, of one task, codec and path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransferCourse {
    /// Name of the task.
    pub task: String,
    /// Codec.
    pub codec: CodecName,
    /// What the codec was given.
    pub path: InputPath,
    /// Where the networks start, as it was asked for.
    pub start: String,
    /// Layers with weights, from the first on, that keep their values.
    pub freeze: u32,
    /// Passes over the training images from scratch.
    pub scratch_passes: u32,
    /// Passes of networks that start elsewhere.
    pub transferred_passes: u32,
    /// From the fewest training images to all.
    pub sizes: Vec<TransferSize>,
}
