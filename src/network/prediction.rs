//! Rates regions with a trained network: batch norm folded into the weights, image by image so
//! that maps stay in the cache; knows no training.

use super::NetworkError;
use super::architecture::Architecture;
use super::convolution::{Convolution, Source};
use super::dense::Dense;
use super::kernel::{Kernel, Map};
use super::stack::{EPSILON, Running};
use super::symmetry;
use super::workspace::{Buffer, Workspace};
use crate::dataset::RegionSet;

/// Images that pass the network together.
const TOGETHER: usize = 16;

/// One folded block.
#[derive(Debug)]
struct Folded {
    convolution: Convolution,
    weights: Buffer,
    /// `[padded]`
    shift: Vec<f32>,
}

/// One dense layer.
#[derive(Debug)]
struct Layer {
    dense: Dense,
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl Layer {
    fn new(inputs: usize, weights: &[f32], bias: &[f32], relu: bool) -> Self {
        let dense = Dense { inputs, outputs: bias.len(), relu };
        Self { dense, weights: weights.to_vec(), bias: bias.to_vec() }
    }

    fn apply(&self, workspace: &Workspace, x: &[f32]) -> Vec<f32> {
        let mut y = vec![0.0; x.len() / self.dense.inputs * self.dense.outputs];
        self.dense.forward(workspace, x, &self.weights, &self.bias, &mut y);
        y
    }
}

/// A network made ready for prediction.
#[derive(Debug)]
pub(super) struct Predictor {
    workspace: Workspace,
    side: usize,
    classes: usize,
    mean: f32,
    factor: f32,
    blocks: Vec<Folded>,
    layers: [Layer; 2],
}

impl Predictor {
    /// `parameters` in the order of `Architecture::parameters`.
    pub(super) fn new(
        architecture: &Architecture,
        kernel: Kernel,
        [mean, factor]: [f32; 2],
        parameters: &[&[f32]],
        running: &[Running],
    ) -> Result<Self, NetworkError> {
        let workspace = Workspace::new(kernel, 1)?;
        let (sides, inputs) = (architecture.sides(), architecture.inputs());
        let blocks: Vec<Folded> = (architecture.blocks.iter().enumerate())
            .map(|(number, block)| {
                let (rows, columns) = (sides[number], sides[number]);
                let map = Map { rows, columns, channels: block.channels, pool: block.pool };
                let convolution = Convolution { map, inputs: inputs[number] };
                let (gamma, beta) = parameters[2 * number + 1].split_at(block.channels);
                let Running { mean, variance } = &running[number];
                let scale: Vec<f64> = (gamma.iter().zip(variance))
                    .map(|(&g, &v)| f64::from(g) / (f64::from(v) + EPSILON).sqrt())
                    .collect();
                let mut weights = parameters[2 * number].to_vec();
                for row in weights.chunks_exact_mut(block.channels) {
                    for (weight, scale) in row.iter_mut().zip(&scale) {
                        *weight = (f64::from(*weight) * scale) as f32;
                    }
                }
                let mut shift = vec![0.0; map.padded()];
                for channel in 0..block.channels {
                    let mean = f64::from(mean[channel]);
                    shift[channel] = (f64::from(beta[channel]) - mean * scale[channel]) as f32;
                }
                let weights = convolution.forward_weights(&workspace, &weights);
                Folded { convolution, weights, shift }
            })
            .collect();
        let dense = &parameters[2 * blocks.len()..];
        let layers = [
            Layer::new(architecture.features(), dense[0], dense[1], true),
            Layer::new(architecture.hidden, dense[2], dense[3], false),
        ];
        let (side, classes) = (architecture.side, architecture.classes);
        Ok(Self { workspace, side, classes, mean, factor, blocks, layers })
    }

    /// Logits of normalised images `[n, side, side]`.
    pub(super) fn logits(&self, images: &[f32]) -> Vec<f32> {
        let count = images.len() / (self.side * self.side);
        let mut maps = self.workspace.take(images.len());
        maps.copy_from_slice(images);
        for Folded { convolution, weights, shift } in &self.blocks {
            let mut next = self.workspace.take(count * convolution.map.behind());
            let stride = convolution.inputs;
            let source = Source { values: &maps, stride, factors: None };
            convolution.predict(&self.workspace, source, weights, shift, &mut next);
            self.workspace.give(std::mem::replace(&mut maps, next));
        }
        let hidden = self.layers[0].apply(&self.workspace, &maps);
        self.workspace.give(maps);
        self.layers[1].apply(&self.workspace, &hidden)
    }

    /// Logits `[n, classes]`, averaged over the eight symmetries if wanted.
    pub(super) fn rate(
        &self,
        regions: &RegionSet,
        symmetric: bool,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Vec<f32>, NetworkError> {
        let symmetries = if symmetric { symmetry::COUNT } else { 1 };
        let pixels = self.side * self.side;
        let mut images = vec![0.0; TOGETHER * pixels];
        let mut logits = vec![0.0; regions.len() * self.classes];
        let items: Vec<(usize, usize)> = (0..regions.len())
            .flat_map(|region| (0..symmetries).map(move |number| (region, number)))
            .collect();
        for items in items.chunks(TOGETHER) {
            if stopped() {
                return Err(NetworkError::Stopped);
            }
            for (&(region, number), image) in items.iter().zip(images.chunks_exact_mut(pixels)) {
                let values = regions.region(region);
                symmetry::normalised(values, self.side, number, self.mean, self.factor, image);
            }
            let rows = self.logits(&images[..items.len() * pixels]);
            for (&(region, _), row) in items.iter().zip(rows.chunks_exact(self.classes)) {
                let total = &mut logits[region * self.classes..(region + 1) * self.classes];
                for (total, logit) in total.iter_mut().zip(row) {
                    *total += logit / symmetries as f32;
                }
            }
        }
        Ok(logits)
    }
}
