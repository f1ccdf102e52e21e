//! A trained network as a value; computes nothing.

use super::architecture::Architecture;
use super::execution::Kernel;
use super::input::Normalisation;
use super::parameters::Parameters;
use super::summary::Summary;

/// A trained network.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    pub(super) architecture: Architecture,
    pub(super) normalisation: Normalisation,
    pub(super) kernel: Kernel,
    pub(super) symmetric_prediction: bool,
    pub(super) summary: Summary,
    pub(super) parameters: Parameters,
}

impl Network {
    /// The graph of its layers.
    #[must_use]
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// Pixels along the edge of the regions that it takes.
    #[must_use]
    pub fn side(&self) -> usize {
        self.architecture.side
    }

    /// How stored values become inputs.
    #[must_use]
    pub fn normalisation(&self) -> &Normalisation {
        &self.normalisation
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
}
