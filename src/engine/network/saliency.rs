//! Where a trained network looks: the slope of its answer over the pixels of a region; knows no
//! training and judges no map.

use super::backend::slopes;
use super::error::NetworkError;
use super::execution::Kernel;
use super::input::Examples;
use super::model::Network;
use super::symmetry;
use crate::dataset::RegionSet;

/// Regions that pass the layers together, each under all symmetries.
const TOGETHER: usize = 8;

impl Network {
    /// The slope of the log odds of the right class over every pixel, `[region, side, side]`, per
    /// stored value: d/dv (z_t − ln Σ_{k≠t} exp z_k), with z the logits as [`Network::rate`] gives
    /// them, averaged over the symmetries where it does. On one thread, with the kernel of the
    /// training or, where that is not an instruction set or the processor lacks it, the fastest
    /// here.
    ///
    /// # Errors
    /// Regions of another side or count than stated, a label that the network lacks, an architecture
    /// that gives maps or reads coefficients, or `stopped` said so (asked at every 8 regions).
    pub fn slopes(
        &self,
        regions: &RegionSet,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Vec<f32>, NetworkError> {
        if !self.architecture.domain.is_pixels() {
            return Err(NetworkError::Slopes);
        }
        let regions = Examples::from(regions);
        regions.check(&self.architecture)?;
        let (side, classes) = (self.architecture.side, self.architecture.classes);
        let usable = self.kernel.is_fused() && self.kernel.is_available();
        let kernel = if usable { self.kernel } else { Kernel::detect() };
        let network = slopes(&self.architecture, kernel, &self.parameters)?;
        let symmetries = if self.symmetric_prediction { symmetry::COUNT } else { 1 };
        let [_, factor] = self.normalisation.factors();
        let pixels = side * side;
        let mut slopes = vec![0.0; regions.values.len()];
        let numbers: Vec<usize> = (0..regions.len()).collect();
        for numbers in numbers.chunks(TOGETHER) {
            if stopped() {
                return Err(NetworkError::Stopped);
            }
            let items: Vec<(usize, usize)> = (numbers.iter())
                .flat_map(|&region| (0..symmetries).map(move |number| (region, number)))
                .collect();
            let images = self.normalisation.batch(regions, &items);
            let seeds = |logits: &[f32]| {
                let mut seeds = Vec::with_capacity(logits.len());
                for (rows, &number) in logits.chunks_exact(symmetries * classes).zip(numbers) {
                    let seed = seed(rows, classes, usize::from(regions.labels[number]));
                    for _ in 0..symmetries {
                        seeds.extend(seed.iter().map(|slope| slope / symmetries as f32));
                    }
                }
                seeds
            };
            let gradient = network.slopes(images, &seeds)?;
            for (&(region, number), gradient) in items.iter().zip(gradient.chunks_exact(pixels)) {
                let region = &mut slopes[region * pixels..(region + 1) * pixels];
                symmetry::add_back(gradient, side, number, region);
            }
        }
        slopes.iter_mut().for_each(|slope| *slope *= factor);
        Ok(slopes)
    }
}

/// d/dz of z_t − ln Σ_{k≠t} exp z_k at the mean of the rows.
fn seed(rows: &[f32], classes: usize, truth: usize) -> Vec<f32> {
    let count = (rows.len() / classes) as f32;
    let mean: Vec<f32> = (0..classes)
        .map(|class| rows.iter().skip(class).step_by(classes).sum::<f32>() / count)
        .collect();
    let others = mean.iter().enumerate().filter(|(class, _)| *class != truth);
    let largest = others.map(|(_, &logit)| logit).fold(f32::NEG_INFINITY, f32::max);
    let weight = |(class, &logit): (usize, &f32)| {
        if class == truth { 0.0 } else { libm::expf(logit - largest) }
    };
    let weights: Vec<f32> = mean.iter().enumerate().map(weight).collect();
    let sum: f32 = weights.iter().sum();
    (weights.iter().enumerate())
        .map(|(class, weight)| if class == truth { 1.0 } else { -weight / sum })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_is_the_slope_of_the_log_odds() {
        // Others at ln 1 and ln 3: shares of 1/4 and 3/4.
        let rows = [0.7, 0.0, 3.0_f32.ln()];
        let found = seed(&rows, 3, 0);
        for (found, expected) in found.iter().zip([1.0, -0.25, -0.75]) {
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
    }
}
