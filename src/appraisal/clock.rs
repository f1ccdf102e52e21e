//! Where the time goes; decides nothing.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use serde::{Deserialize, Serialize};

/// A part of the work on an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Reading the image, and writing what was found.
    Read,
    /// Encoding and decoding.
    Codec,
    /// From the restored image to the network's input.
    Prepare,
    /// The networks.
    Model,
}

/// Nanoseconds of each part, over all threads.
#[derive(Debug, Default)]
pub(super) struct Clock {
    parts: [AtomicU64; 4],
    images: AtomicU64,
    answers: AtomicU64,
}

/// Where the time of the images went that were worked on: core time, over all threads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeSpent {
    /// Images; those that were done before are not counted.
    pub images: u64,
    /// Runs of a network.
    pub answers: u64,
    /// Seconds of reading and writing.
    pub reading: f64,
    /// Seconds of encoding and decoding.
    pub codec: f64,
    /// Seconds of resampling and normalisation.
    pub preparing: f64,
    /// Seconds of the networks.
    pub model: f64,
}

impl Clock {
    pub(super) fn time<T>(&self, part: Part, work: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let done = work();
        let spent = begun.elapsed().as_nanos() as u64;
        self.parts[part as usize].fetch_add(spent, Ordering::Relaxed);
        if part == Part::Model {
            self.answers.fetch_add(1, Ordering::Relaxed);
        }
        done
    }

    pub(super) fn image_done(&self) {
        self.images.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn spent(&self) -> TimeSpent {
        let [reading, codec, preparing, model] =
            [0, 1, 2, 3].map(|part: usize| self.parts[part].load(Ordering::Relaxed) as f64 / 1e9);
        TimeSpent {
            images: self.images.load(Ordering::Relaxed),
            answers: self.answers.load(Ordering::Relaxed),
            reading,
            codec,
            preparing,
            model,
        }
    }
}
