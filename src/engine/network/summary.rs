//! How a training went; knows no network.

use serde::{Deserialize, Serialize};

/// One epoch of a training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Epoch {
    /// Mean cross-entropy with smoothed labels over the training regions, while training.
    pub train_loss: f64,
    /// Mean cross-entropy over the tune regions, after the epoch.
    pub tune_loss: f64,
    /// Share of tune regions classified correctly, after the epoch.
    pub tune_accuracy: f64,
}

/// How a training went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// The epoch whose parameters the network has, counted from 1.
    pub chosen_epoch: usize,
    /// Accuracy on the tune set after that epoch, without symmetry averaging.
    pub tune_accuracy: f64,
    /// All epochs.
    pub curve: Vec<Epoch>,
}
