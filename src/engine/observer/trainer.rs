//! Defines trainers and what a reader learns from; knows no kind of reader.

use std::fmt::Debug;

use super::reader::{ObserverError, Reader};
use crate::dataset::RegionSet;
use crate::network::Recipe;

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
    /// Whether the start learned something else: what has another name or shape in it starts from
    /// random values.
    pub transfer: bool,
    /// True when training must end soon.
    pub stopped: &'a dyn Fn() -> bool,
    /// Called after each epoch; after those that `kept` holds too.
    pub epoch_done: &'a dyn Fn(),
    /// What `keep` was last given by a training of the same lesson that did not end.
    pub kept: Option<&'a [u8]>,
    /// Called after each epoch that another follows, if the trainer can go on from there, with what
    /// makes the bytes that it must be given for that.
    pub keep: &'a dyn Fn(&dyn Fn() -> Vec<u8>),
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

    /// What the bits of a result depend on apart from the plan: the compute kernel.
    fn kernel(&self) -> String;
}
