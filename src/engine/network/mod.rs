//! Owns architectures, training, prediction and the file form of networks; knows no codec, no
//! path and no study.
//!
//! Candle holds tensors, variables and the graph; the layers are a custom op with a gradient
//! written by hand (`layers`, over `stack` and `dense`), as is the loss, over kernels that are
//! chosen at run time (`kernel`). Same seed, recipe and regions give the same network, bit for
//! bit, with any number of threads, for a recorded kernel; AVX-512 and AVX2 agree. Inside, images
//! lie as `[batch, row, column, channel]`.
//!
//! A GPU (feature and kernel `cuda`), or the processor for a test of that (kernel `candle`), runs
//! the same networks on candle's own ops (`plain`), with no promise of equal bits. Architectures
//! of candle's layers find pooling and upsampling with right gradients in [`max_pool`] and its
//! neighbours.
//!
//! # What was tried
//!
//! On one core of an Intel Xeon with AVX-512, AMX and 2 MiB of L2, in f32 but where it says
//! otherwise, each against what is here, by alternated repetitions of one process; the best
//! counts, for the machine was not idle.
//!
//! | tried | found |
//! |---|---|
//! | Winograd F(4×4) for direct convolution, forward | kept: 1.5 times faster (16→16 channels at 32×32 and 64×64) to 2.1 (64→64 at 8×8) |
//! | Winograd F(2×2) for F(4×4), forward | lost: 1.40 (64→64) to 1.68 times (16→16) the time; groups of 256 tiles for 64 change little (1.35 to 1.65) |
//! | statistics in the pass that writes the map | kept: a pass of its own reads 0.9 MB an image at 64×64, 34 µs at the measured 27 GB/s |
//! | computing the first map again for keeping it | lost: 10.4 µs an image each time; reading it from memory for the cache costs 2.3 µs, writing it 5 µs |
//! | buffers given back and used again | kept: fresh ones cost 29 ms a step at 64×64 in page faults, with mimalloc 40 ms |
//! | more images for more passes (`ct-head`, windowed, two networks, same time) | won: 160 images in 5 epochs reach 0.833, 80 in 10 reach 0.813; 160 in 10, for twice the time, 0.907 |
//! | inputs prewhitened by a 7×7 filter, C^(−1/2) of the training regions (head without white matter and ventricles, 20 to 40 HU, native; two networks, 100 images in 8 passes) | lost: accuracy 0.742 for 0.815; with C^(−1/4) 0.802 |
//! | Muon for AdamW in the hidden layers (`ct-head`, native, 100 images in 10 passes, two networks; Muon at the best of six learning rates) | kept: accuracy 0.927 for 0.906 at the same number of steps, each 8 % longer |
//! | a quarter of Muon's rate for AdamW's parameters (`mammography`, windowed, five networks of 6 passes) | kept: all five learn, with the whole rate three stayed at chance; with half of both rates one did |
//! | labels smoothed by 0.1 (the same, with Muon) | kept: 0.933 for 0.927; 0.921 after 6 passes |
//! | batches of 32 and of 16 for 64, at the same rate (`ct-head`, native, 165 images in 8 passes, two networks of each) | not taken: 0.941 and 0.941 for 0.938, about as much as networks differ by, for 3 and 9 % more time; at 0.7 of the rate nothing |
//! | the epoch by the loss on the tune regions for the accuracy there | kept: 15 tune images know an accuracy to 0.007 only, more than the last epochs differ by |
//! | more for preset `full` (`ct-head`, native, one network, 400 images in 12 passes: 0.950) | 800 images in 6 passes 0.951, decay 0.05 0.947, learning rate 0.010 0.947, 256 hidden units 0.950, the pools one block later 0.951 for a third more time, 48, 48, 96 and 96 channels for the last four no better; 32 channels for 16 in the first two 0.954 for twice the time |
//! | the same with averaged ratings (0.953) | 16 and 32 channels in the first two 0.955, 32 and 32 0.955, eight convolutions 0.954, nine 0.955, batches of 32 0.954 (two networks); 32 and 32 in 16 passes 0.956, with eight convolutions 0.955 |
//! | the same with 1000 images in 10 passes and averaged ratings (two networks, 300 test images) | not taken: 0.956, for the time of 25 passes over 400 |
//! | ratings averaged over the eight flips and turns (`ct-head`, native, two networks of preset `full`, 300 test images) | an option: accuracy 0.954 for 0.951, efficiency 0.68 for 0.63, for eight times the time of rating |
//! | all layers as one op for one op each | kept: 12 % of a step at 64×64 (see `layers`) |
//! | `vdpbf16ps` for f32 multiply-adds | lost: 123 Gflop/s for 246 |
//! | AMX tiles in bf16 | not taken, though 3.7 Tflop/s: bf16 frequencies put an error of 2.1 % of a map's deviation on F(4×4) (3e-7 in f32; 0.24 % for direct convolution in bf16), bits would depend on the processor, and stable Rust has no intrinsics for it. With direct products it would be the next factor for those who need neither |

mod architecture;
mod convolution;
mod dense;
mod kernel;
mod layers;
mod loss;
mod optimiser;
mod persistence;
mod plain;
mod prediction;
#[doc(hidden)]
pub mod probe;
mod resampling;
mod saliency;
mod schedule;
mod stack;
mod symmetry;
#[cfg(test)]
mod tests;
mod training;
mod workspace;

use serde::{Deserialize, Serialize};

pub use self::architecture::{Architecture, Block};
pub use self::kernel::{Kernel, UnknownKernel};
pub use self::resampling::{average_pool, max_pool, upsample_bilinear, upsample_nearest};
pub use self::schedule::Schedule;
pub use self::training::{Recipe, Silent, Watch, train, train_from};

use self::prediction::Predictor;
use self::stack::Running;
use crate::dataset::RegionSet;

/// Why a network could not be trained, used, saved or loaded.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The watch asked to stop.
    #[error("stopped")]
    Stopped,
    /// A set without regions.
    #[error("the {0} set has no region")]
    Empty(&'static str),
    /// Regions of another size than the architecture's.
    #[error("regions of side {found}, the network takes {expected}")]
    Side {
        /// The architecture's.
        expected: usize,
        /// The set's.
        found: usize,
    },
    /// Values and labels do not belong together.
    #[error("{values} values are not {labels} regions of side {side}")]
    Values {
        /// Stored values found.
        values: usize,
        /// Labels found.
        labels: usize,
        /// Side of the regions.
        side: usize,
    },
    /// A class that the architecture does not have.
    #[error("label {label} of region {region}, the network has {classes} classes")]
    Label {
        /// The label.
        label: u8,
        /// Where it stands.
        region: usize,
        /// Classes of the architecture.
        classes: usize,
    },
    /// An architecture that cannot be built.
    #[error("architecture: {0}")]
    Architecture(String),
    /// A recipe that cannot be followed.
    #[error("recipe: {0}")]
    Recipe(String),
    /// The loss is no number any more.
    #[error("training diverged in epoch {epoch}: lower the learning rate")]
    Diverged {
        /// Counted from 1.
        epoch: usize,
    },
    /// The machine or the build lacks the kernel.
    #[error("there is no {0} kernel here")]
    KernelUnavailable(Kernel),
    /// The kernel is there, but fails to open its device.
    #[error("device: {0}")]
    Device(String),
    /// Bytes that are no network.
    #[error("damaged network: {0}")]
    Damaged(String),
    /// Threads could not be started.
    #[error("threads: {0}")]
    Threads(String),
    /// A fault of the tensor library.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
}

/// How stored values become inputs: (v − mean) / deviation, both over the training set.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normalisation {
    /// Mean stored value.
    pub mean: f64,
    /// Standard deviation of stored values; 1 if they are all the same.
    pub deviation: f64,
}

impl Normalisation {
    fn of(regions: &RegionSet) -> Self {
        // Whole numbers: exact in any order.
        let (mut sum, mut squares) = (0_u64, 0_u128);
        for &value in &regions.values {
            sum += u64::from(value);
            squares += u128::from(value) * u128::from(value);
        }
        let count = regions.values.len().max(1) as f64;
        let mean = sum as f64 / count;
        let variance = squares as f64 / count - mean * mean;
        let deviation = if variance > 1e-9 { variance.sqrt() } else { 1.0 };
        Self { mean, deviation }
    }

    fn factors(self) -> [f32; 2] {
        [self.mean as f32, (1.0 / self.deviation) as f32]
    }
}

/// One epoch of a training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Epoch {
    /// Mean cross-entropy with smoothed labels over the training regions, while training.
    pub train_loss: f64,
    /// Mean cross-entropy over the tune regions, behind the epoch.
    pub tune_loss: f64,
    /// Share of tune regions rated right, behind the epoch.
    pub tune_accuracy: f64,
}

/// How a training went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// The epoch that was kept, counted from 1.
    pub chosen_epoch: usize,
    /// Accuracy on the tune set behind that epoch, without symmetry averaging.
    pub tune_accuracy: f64,
    /// All epochs.
    pub curve: Vec<Epoch>,
}

/// A trained network.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    architecture: Architecture,
    normalisation: Normalisation,
    kernel: Kernel,
    symmetric_prediction: bool,
    summary: Summary,
    /// In the order of `Architecture::parameters`.
    parameters: Vec<Vec<f32>>,
    /// Of each block.
    running: Vec<Running>,
}

impl Network {
    /// The shape.
    #[must_use]
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// How stored values become inputs.
    #[must_use]
    pub fn normalisation(&self) -> Normalisation {
        self.normalisation
    }

    /// The kernel it was trained with.
    #[must_use]
    pub fn kernel(&self) -> Kernel {
        self.kernel
    }

    /// Whether ratings are averaged over the eight symmetries of the square.
    #[must_use]
    pub fn symmetric_prediction(&self) -> bool {
        self.symmetric_prediction
    }

    /// How the training went.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Logits `[n, classes]`, computed on one thread with the kernel of the training, or the
    /// fastest that this processor has if it lacks that one.
    ///
    /// # Errors
    /// Regions of another side or count than stated, or `stopped` said so (asked at every
    /// 64 images or oftener, and with candle's ops at every 256).
    pub fn rate(
        &self,
        regions: &RegionSet,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Vec<f32>, NetworkError> {
        let kernel = if self.kernel.is_available() { self.kernel } else { Kernel::detect() };
        self.rate_with(kernel, regions, stopped)
    }

    /// As `rate`, with another kernel.
    ///
    /// # Errors
    /// As `rate`, and a kernel that the processor lacks.
    pub fn rate_with(
        &self,
        kernel: Kernel,
        regions: &RegionSet,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Vec<f32>, NetworkError> {
        if !kernel.is_available() {
            return Err(NetworkError::KernelUnavailable(kernel));
        }
        check_size(&self.architecture, regions)?;
        let parameters: Vec<&[f32]> = self.parameters.iter().map(Vec::as_slice).collect();
        let factors = self.normalisation.factors();
        Predictor::new(&self.architecture, kernel, factors, &parameters, &self.running)?.rate(
            regions,
            self.symmetric_prediction,
            stopped,
        )
    }
}

/// Index of the greatest logit of each row; the first of equals.
#[must_use]
pub fn decisions(logits: &[f32], classes: usize) -> Vec<u8> {
    let greatest = |row: &[f32]| {
        let mut best = 0;
        for (class, logit) in row.iter().enumerate() {
            if *logit > row[best] {
                best = class;
            }
        }
        best as u8
    };
    logits.chunks_exact(classes).map(greatest).collect()
}

fn check_size(architecture: &Architecture, regions: &RegionSet) -> Result<(), NetworkError> {
    if regions.side != architecture.side {
        return Err(NetworkError::Side { expected: architecture.side, found: regions.side });
    }
    let (values, labels, side) = (regions.values.len(), regions.len(), regions.side);
    if values != labels * side * side {
        return Err(NetworkError::Values { values, labels, side });
    }
    Ok(())
}
