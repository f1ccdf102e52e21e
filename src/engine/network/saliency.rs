//! Owns where a trained network looks: the slope of its answer over the pixels of a region, on the
//! fused layers with batch norm folded in; knows no training and judges no map.

use std::sync::Arc;

use candle_core::{Device, Tensor, Var};

use super::convolution::Convolution;
use super::dense::Dense;
use super::kernel::{Kernel, Map};
use super::layers::Layers;
use super::prediction::folded;
use super::stack::{BlockShape, Stack};
use super::workspace::Workspace;
use super::{Network, NetworkError, check_size, symmetry};
use crate::dataset::RegionSet;

/// Regions that pass the layers together, each under all symmetries.
const TOGETHER: usize = 8;

impl Network {
    /// The slope of the log odds of the right class over every pixel, `[region, side, side]`, per
    /// stored value: d/dv (z_t − ln Σ_{k≠t} exp z_k), with z the logits as [`Network::rate`] gives
    /// them, averaged over the symmetries where it does. On one thread, with the kernel of the
    /// training or, where that has no fused layers or the processor lacks it, the fastest here.
    ///
    /// # Errors
    /// Regions of another side or count than stated, a label that the network lacks, or `stopped`
    /// said so (asked at every 8 regions).
    pub fn slopes(
        &self,
        regions: &RegionSet,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Vec<f32>, NetworkError> {
        check_size(&self.architecture, regions)?;
        let (side, classes) = (self.architecture.side, self.architecture.classes);
        let wrong = regions.labels.iter().position(|&label| usize::from(label) >= classes);
        if let Some(region) = wrong {
            let label = regions.labels[region];
            return Err(NetworkError::Label { label, region, classes });
        }
        let kernel = if self.kernel.is_fused() && self.kernel.is_available() {
            self.kernel
        } else {
            Kernel::detect()
        };
        let (layers, weights, factors) = self.layers(kernel)?;
        let symmetries = if self.symmetric_prediction { symmetry::COUNT } else { 1 };
        let [mean, factor] = self.normalisation.factors();
        let pixels = side * side;
        let mut slopes = vec![0.0; regions.values.len()];
        let numbers: Vec<usize> = (0..regions.len()).collect();
        for numbers in numbers.chunks(TOGETHER) {
            if stopped() {
                return Err(NetworkError::Stopped);
            }
            let images = numbers.len() * symmetries;
            let mut values = vec![0.0; images * pixels];
            for (image, values) in values.chunks_exact_mut(pixels).enumerate() {
                let region = regions.region(numbers[image / symmetries]);
                symmetry::normalised(region, side, image % symmetries, mean, factor, values);
            }
            let x = Var::from_vec(values, (images, side, side, 1), &Device::Cpu)?;
            let y = layers.apply(&x, &weights, &factors, None)?;
            let logits = y.flatten_all()?.to_vec1::<f32>()?;
            let mut seeds = Vec::with_capacity(logits.len());
            for (rows, &number) in logits.chunks_exact(symmetries * classes).zip(numbers) {
                let seed = seed(rows, classes, usize::from(regions.labels[number]));
                for _ in 0..symmetries {
                    seeds.extend(seed.iter().map(|slope| slope / symmetries as f32));
                }
            }
            let seeds = Tensor::from_vec(seeds, (images, classes), &Device::Cpu)?;
            let gradients = (y * seeds)?.sum_all()?.backward()?;
            let Some(gradient) = gradients.get(&x) else { continue };
            let gradient = gradient.flatten_all()?.to_vec1::<f32>()?;
            for (image, gradient) in gradient.chunks_exact(pixels).enumerate() {
                let first = numbers[image / symmetries] * pixels;
                let region = &mut slopes[first..first + pixels];
                symmetry::add_back(gradient, side, image % symmetries, region);
            }
        }
        slopes.iter_mut().for_each(|slope| *slope *= factor);
        Ok(slopes)
    }

    /// The layers as they predict, with their weights and biases.
    fn layers(&self, kernel: Kernel) -> Result<(Arc<Layers>, Tensor, Tensor), NetworkError> {
        let architecture = &self.architecture;
        let parameters: Vec<&[f32]> = self.parameters.iter().map(Vec::as_slice).collect();
        let (sides, inputs) = (architecture.sides(), architecture.inputs());
        let shapes = architecture.blocks.iter().enumerate().map(|(number, block)| {
            let (rows, columns) = (sides[number], sides[number]);
            let map = Map { rows, columns, channels: block.channels, pool: block.pool };
            BlockShape { convolution: Convolution { map, inputs: inputs[number] }, norm: false }
        });
        let (hidden, classes) = (architecture.hidden, architecture.classes);
        let layers = Layers {
            stack: Stack { blocks: shapes.collect(), running: Vec::new() },
            dense: vec![
                Dense { inputs: architecture.features(), outputs: hidden, relu: true },
                Dense { inputs: hidden, outputs: classes, relu: false },
            ],
            workspace: Workspace::new(kernel, 1)?,
            input_gradient: true,
        };
        let (mut weights, mut factors) = (Vec::new(), Vec::new());
        for (weight, bias) in folded(architecture, &parameters, &self.running) {
            weights.extend(weight);
            factors.extend(bias);
        }
        for layer in parameters[2 * architecture.blocks.len()..].chunks_exact(2) {
            weights.extend_from_slice(layer[0]);
            factors.extend_from_slice(layer[1]);
        }
        let tensor = |values: Vec<f32>| {
            let count = values.len();
            Tensor::from_vec(values, count, &Device::Cpu)
        };
        Ok((Arc::new(layers), tensor(weights)?, tensor(factors)?))
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
