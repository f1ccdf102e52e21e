//! Defines the records of test images and of finished jobs; writes no file.

use serde::{Deserialize, Serialize};

use super::condition::{Condition, InputPath, Job};
use crate::dataset::ImageOrigin;
use crate::observer::TrainingSummary;
use crate::task::Truth;

/// One compressed rendition of a test image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rendition {
    /// What the codec was given.
    pub path: InputPath,
    /// Codec and target.
    pub condition: Condition,
    /// Bytes of the codestream, headers included.
    pub bytes: u64,
    /// Quality of the JPEG family.
    pub quality: Option<f64>,
    /// False where the target could not be reached and the nearest was taken.
    pub reached: bool,
    /// Mean of (decoded − given)² over the image, in squared stored units of the codec's input.
    pub mse: f64,
    /// Largest |decoded − given|.
    pub max_error: u16,
    /// SHA-256 of the codestream.
    pub sha256: String,
}

/// One test image: its truth, and the rates and errors of its renditions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseRecord {
    /// Index within the test split.
    pub index: u64,
    /// SHA-256 of the stored values as 16-bit little-endian words.
    pub sha256: String,
    /// Which of a user's images it is; absent where it was drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<ImageOrigin>,
    /// What is true of it.
    pub truth: Truth,
    /// In the order of the plan's paths and conditions.
    pub renditions: Vec<Rendition>,
}

/// Several test images, prepared together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChunkRecord {
    /// [`FORMAT`](super::version::FORMAT).
    pub format: u32,
    /// SHA-256 of the plan.
    pub plan: String,
    /// [`REVISION`](super::version::REVISION) of the program that made it.
    pub revision: String,
    /// In order of their index.
    pub cases: Vec<CaseRecord>,
}

/// One finished job; or, in a study that grew, its network's ratings of the test images that a
/// later look added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobRecord {
    /// [`FORMAT`](super::version::FORMAT).
    pub format: u32,
    /// SHA-256 of the plan.
    pub plan: String,
    /// [`REVISION`](super::version::REVISION) of the program that made it.
    pub revision: String,
    /// The job.
    pub job: Job,
    /// The later look, counted from 1; absent where the network was trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look: Option<u32>,
    /// What the network's training reached.
    pub training: TrainingSummary,
    /// SHA-256 of the network's file.
    pub network_sha256: String,
    /// SHA-256 of the ratings' file: f32, little-endian, `[condition, example, value]`.
    pub ratings_sha256: String,
    /// The first axis of the ratings.
    pub conditions: Vec<Condition>,
    /// Length of the second axis.
    pub examples: u64,
    /// Length of the third axis: the number of classes that are rated.
    pub width: u32,
}
