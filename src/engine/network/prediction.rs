//! Rates regions with a trained network, averaged over the symmetries where it does; knows no
//! training.

use super::backend::{kernel_for, rater};
use super::error::NetworkError;
use super::execution::Kernel;
use super::input::{Normalisation, check_output, check_size};
use super::learner::Rater;
use super::model::Network;
use super::symmetry;
use crate::dataset::RegionSet;
use crate::stats::argmax;

impl Network {
    /// Logits `[n, classes]`, computed on one thread with the kernel of the training, or the
    /// fastest that this processor has if it lacks that one.
    ///
    /// # Errors
    /// Regions of another side or count than stated, an architecture that gives maps, or `stopped`
    /// said so (asked at every 64 images or oftener, and with candle's ops at every 256).
    pub fn rate(
        &self,
        regions: &RegionSet,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Vec<f32>, NetworkError> {
        let kernel = if self.kernel.is_available() { self.kernel } else { Kernel::detect() };
        self.rate_with(kernel, regions, stopped)
    }

    /// As `rate`, with another kernel; candle's ops in place of an instruction set where the fused
    /// layers cannot run the graph.
    ///
    /// # Errors
    /// As `rate`, and a kernel that this machine or build lacks.
    pub fn rate_with(
        &self,
        kernel: Kernel,
        regions: &RegionSet,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Vec<f32>, NetworkError> {
        check_output(&self.architecture)?;
        check_size(&self.architecture, regions)?;
        let kernel = kernel_for(&self.architecture, kernel);
        let rater = rater(&self.architecture, kernel, &self.parameters)?;
        let classes = self.architecture.classes;
        let symmetric = self.symmetric_prediction;
        rate_all(&*rater, classes, self.normalisation, regions, symmetric, stopped)
    }
}

/// Logits `[n, classes]`, averaged over the eight symmetries if wanted.
pub(super) fn rate_all(
    rater: &dyn Rater,
    classes: usize,
    normalisation: Normalisation,
    regions: &RegionSet,
    symmetric: bool,
    stopped: &dyn Fn() -> bool,
) -> Result<Vec<f32>, NetworkError> {
    let symmetries = if symmetric { symmetry::COUNT } else { 1 };
    let pixels = regions.side * regions.side;
    let together = rater.together();
    let mut images = vec![0.0; together * pixels];
    let mut logits = vec![0.0; regions.len() * classes];
    let items: Vec<(usize, usize)> = (0..regions.len())
        .flat_map(|region| (0..symmetries).map(move |number| (region, number)))
        .collect();
    for items in items.chunks(together) {
        if stopped() {
            return Err(NetworkError::Stopped);
        }
        let images = &mut images[..items.len() * pixels];
        normalisation.images(regions, items, images);
        let rows = rater.logits(images)?;
        for (&(region, _), row) in items.iter().zip(rows.chunks_exact(classes)) {
            let total = &mut logits[region * classes..(region + 1) * classes];
            for (total, logit) in total.iter_mut().zip(row) {
                *total += logit / symmetries as f32;
            }
        }
    }
    Ok(logits)
}

/// The class with the greatest logit of each row `[classes]`, the first of equals.
#[must_use]
pub fn decisions(logits: &[f32], classes: usize) -> Vec<u8> {
    logits.chunks_exact(classes).map(|row| argmax(row) as u8).collect()
}
