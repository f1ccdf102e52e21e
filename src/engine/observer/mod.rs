//! The only door to what rates: readers, the trainers that make them, and model observers. A
//! trained network is a reader, the ideal observer of a phantom is another. Knows no codec, level or
//! statistic.

mod ceiling;
mod efficiency;
mod gaussian;
mod ideal;
mod linear;
mod network;

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use ceiling::{Ceiling, ceiling};
pub use efficiency::AgainstCeiling;
pub use gaussian::{Anatomy, Covariance, NoisePower, area_of_detectability};
pub use ideal::{Grid, IdealObserver};
pub use linear::{
    Channels, Detection, Eye, LinearKind, LinearLesson, LinearObserver, Patches, Taught,
};
pub use network::NetworkTrainer;

use crate::dataset::RegionSet;
use crate::network::Recipe;

/// Why an observer could not be made or could not rate.
#[derive(Debug, Error)]
pub enum ObserverError {
    /// The caller asked to stop.
    #[error("stopped")]
    Stopped,
    /// The ideal observer has no model of the phantom.
    #[error("no ideal observer: {0}")]
    NoModel(&'static str),
    /// Anything else, in words.
    #[error("{0}")]
    Failed(String),
}

/// How an observer came about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingSummary {
    /// Epoch whose weights were kept, counted from 1.
    pub epoch: u32,
    /// Accuracy on the tune regions at that epoch.
    pub tune_accuracy: f64,
}

/// What a reader is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// Stored values of decoded pixels.
    Pixels,
}

/// What a reader takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Input {
    /// Pixels, or what a codec stores of them.
    pub domain: Domain,
    /// Rows and columns of a region.
    pub side: usize,
    /// Values of each place.
    pub channels: usize,
    /// Bits of each value that it was made for; `None` where it takes any.
    pub bits_stored: Option<u8>,
}

/// Answers examples: for each as many values as its task asks for, such as one rating per class,
/// larger for the likelier.
pub trait Reader: Debug + Send + Sync {
    /// What it takes.
    fn takes(&self) -> Input;

    /// Whether it was trained on examples, so that others may be trained like it.
    fn learns(&self) -> bool;

    /// How its answers depend on what it is given, where that is known.
    fn gradient(&self) -> Option<&dyn Gradient> {
        None
    }

    /// Answers `[example, value]`.
    ///
    /// # Errors
    /// [`ObserverError::Stopped`] soon after `stopped` turns true.
    fn rate(
        &self,
        regions: &RegionSet,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Vec<f32>, ObserverError>;

    /// Everything needed to use the observer again, with `provenance` beside it. The same
    /// observer gives the same bytes.
    fn to_bytes(&self, provenance: &BTreeMap<String, String>) -> Vec<u8>;

    /// What is worth recording about how it was made.
    fn summary(&self) -> TrainingSummary;
}

/// A reader whose answers can be differentiated.
pub trait Gradient {
    /// Slopes of the log odds of each region's label by each stored value, `[region, side, side]`.
    ///
    /// # Errors
    /// [`ObserverError::Stopped`] soon after `stopped` turns true.
    fn slopes(
        &self,
        regions: &RegionSet,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Vec<f32>, ObserverError>;
}

/// The reader that wrote these bytes by [`Reader::to_bytes`], whatever kind it is; `None` where no
/// kind of this library did.
///
/// # Errors
/// If the bytes are damaged.
pub fn restore(bytes: &[u8]) -> Result<Option<Box<dyn Reader>>, ObserverError> {
    network::restore(bytes)
}

/// What an observer learns from.
pub struct Lesson<'a> {
    /// Seed of the study.
    pub seed: u64,
    /// Number of the replicate: its weights and batches are its own.
    pub replicate: u64,
    /// How a network is trained; kernel and threads are the trainer's.
    pub recipe: &'a Recipe,
    /// Regions to fit.
    pub train: &'a RegionSet,
    /// Regions to choose the epoch on.
    pub tune: &'a RegionSet,
    /// Number of classes.
    pub classes: usize,
    /// An observer to start from, as its bytes.
    pub start: Option<&'a [u8]>,
    /// True when training must end soon.
    pub stopped: &'a dyn Fn() -> bool,
    /// Called after each epoch.
    pub epoch_done: &'a dyn Fn(),
}

impl Debug for Lesson<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Lesson")
            .field("seed", &self.seed)
            .field("replicate", &self.replicate)
            .field("epochs", &self.recipe.epochs)
            .field("train", &self.train.len())
            .field("tune", &self.tune.len())
            .finish_non_exhaustive()
    }
}

/// Makes observers.
pub trait Trainer: Send + Sync {
    /// Fits a new observer.
    ///
    /// # Errors
    /// [`ObserverError::Stopped`] soon after the lesson's `stopped` turns true.
    fn fit(&self, lesson: &Lesson<'_>) -> Result<Box<dyn Reader>, ObserverError>;

    /// Makes an observer from its bytes.
    ///
    /// # Errors
    /// If the bytes are damaged or of another kind.
    fn restore(&self, bytes: &[u8]) -> Result<Box<dyn Reader>, ObserverError>;

    /// What the bits of a result depend on beside the plan: the compute kernel.
    fn kernel(&self) -> String;
}
