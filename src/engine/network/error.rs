//! Why a network could not be trained, used, saved or loaded.

use super::architecture::ArchitectureError;
use super::execution::Kernel;
use super::recipe::RecipeError;

/// Why a network could not be trained, used, saved or loaded.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The watch asked to stop.
    #[error("stopped")]
    Stopped,
    /// A start that learned something else has nothing for a parameter that is to keep it, or for
    /// none at all.
    #[error(
        "the start has no {0} of that shape: start from a network of the same kind, or freeze fewer \
         layers"
    )]
    Transfer(String),
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
    /// Regions where a network takes windows of whole blocks.
    #[error(
        "the network reads blocks of coefficients, and these regions are no windows of whole blocks"
    )]
    Phases,
    /// Slopes over pixels of a network that reads none.
    #[error("the network reads coefficients, and has no slopes over pixels")]
    Slopes,
    /// Values and labels do not belong together.
    #[error(
        "{labels} labels for {values} values, expected one for each region of side {side} or for each \
         of its pixels"
    )]
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
        /// Place of its region in the set.
        region: usize,
        /// Classes of the architecture.
        classes: usize,
    },
    /// An architecture that cannot be built.
    #[error("architecture: {0}")]
    Architecture(#[from] ArchitectureError),
    /// A recipe that cannot be followed.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// A warm start from a network with another architecture than the recipe's.
    #[error("the network to start from has another architecture than the recipe")]
    Start,
    /// An architecture that gives a map where classes of whole regions are wanted.
    #[error(
        "the architecture gives classes of {rows}×{columns} pixels, and regions are classified as \
         a whole: end it with a global average or a dense layer"
    )]
    OutputMap {
        /// Rows of its output.
        rows: usize,
        /// Columns of its output.
        columns: usize,
    },
    /// An architecture that does not give a class of each pixel where these are wanted.
    #[error(
        "the architecture gives {found}, and each of {side}×{side} pixels is classified: end it \
         with a convolution at full size, as \"unet\" does"
    )]
    OutputPixels {
        /// What it gives.
        found: String,
        /// Side of the regions.
        side: usize,
    },
    /// An image that the network cannot rate.
    #[error("an image of {rows}×{columns} pixels and {values} values: {problem}")]
    Image {
        /// Rows of the image.
        rows: usize,
        /// Columns of the image.
        columns: usize,
        /// Stored values found.
        values: usize,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// The loss is not a number any more.
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
    /// A network file of another format.
    #[error(
        "a network file of format {found}, and this version reads format {expected}: train the \
         network again, or use the version that wrote it"
    )]
    Format {
        /// The file's.
        found: u32,
        /// This version's.
        expected: u32,
    },
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
