//! Defines readers: what they take and what they answer; knows no kind of reader.

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::map::ScoreMap;
use crate::dataset::{ImagePart, RegionSet};
use crate::image::Domain;

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

/// What the training of an observer reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingSummary {
    /// Epoch whose weights were kept, counted from 1.
    pub epoch: u32,
    /// Accuracy on the tune regions at that epoch.
    pub tune_accuracy: f64,
}

/// What a reader takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Input {
    /// Pixels, or the coefficients that a codec stores.
    pub domain: Domain,
    /// Rows and columns of a region, or of the window of whole blocks that holds it.
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

    /// Answers at the places of a part of an image.
    ///
    /// # Errors
    /// If this reader answers for regions only, or [`ObserverError::Stopped`] soon after `stopped`
    /// turns true.
    fn map(
        &self,
        _part: &ImagePart,
        _stopped: &dyn Fn() -> bool,
    ) -> Result<ScoreMap, ObserverError> {
        Err(ObserverError::Failed("this reader answers for regions, not for whole images".into()))
    }

    /// Everything needed to use the observer again, with `provenance`. The same observer gives the
    /// same bytes.
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
