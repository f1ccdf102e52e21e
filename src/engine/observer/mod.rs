//! Owns what it means to read regions: observers that rate and trainers that make them; the
//! network is one of them, the ideal observer of a phantom another. Knows no codec, level or statistic.

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

/// Rates regions: one number per class, larger for the likelier.
pub trait Observer: Debug + Send {
    /// Ratings `[region, class]`.
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

/// What an observer learns from.
pub struct Lesson<'a> {
    /// Seed of the study.
    pub seed: u64,
    /// Number of the replicate: its weights and batches are its own.
    pub replicate: u64,
    /// Passes over the training regions.
    pub epochs: u32,
    /// Largest learning rate.
    pub peak_learning_rate: f64,
    /// Whether ratings are averaged over the eight flips and turns of a region.
    pub symmetric_prediction: bool,
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
            .field("epochs", &self.epochs)
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
    fn fit(&self, lesson: &Lesson<'_>) -> Result<Box<dyn Observer>, ObserverError>;

    /// Makes an observer from its bytes.
    ///
    /// # Errors
    /// If the bytes are damaged or of another kind.
    fn restore(&self, bytes: &[u8]) -> Result<Box<dyn Observer>, ObserverError>;

    /// What the bits of a result depend on beside the plan: the compute kernel.
    fn kernel(&self) -> String;
}
