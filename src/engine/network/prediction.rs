//! Rates regions with a trained network: on the fused layers with batch norm folded into the
//! weights, image by image so that maps stay in the cache; knows no training.

use super::NetworkError;
use super::architecture::Architecture;
use super::convolution::{Convolution, Source};
use super::dense::Dense;
use super::kernel::{Kernel, Map};
use super::plain::{self, Plain};
use super::stack::{EPSILON, Running};
use super::symmetry;
use super::workspace::{Buffer, Workspace};
use crate::dataset::RegionSet;

/// Images of `pixels` that pass the fused layers together: whole groups of tiles, and maps that
/// stay in the cache.
fn together(pixels: usize) -> usize {
    const PIXELS: usize = 16 * 32 * 32;
    (PIXELS / pixels).clamp(4, 64)
}

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

/// Weights and bias of every block with its batch norm folded in; `parameters` in the order of
/// `Architecture::parameters`.
pub(super) fn folded(
    architecture: &Architecture,
    parameters: &[&[f32]],
    running: &[Running],
) -> Vec<(Vec<f32>, Vec<f32>)> {
    let blocks = architecture.blocks.iter().enumerate().map(|(number, block)| {
        let mut weights = parameters[2 * number].to_vec();
        if !block.norm {
            return (weights, parameters[2 * number + 1].to_vec());
        }
        let (gamma, beta) = parameters[2 * number + 1].split_at(block.channels);
        let Running { mean, variance } = &running[number];
        let scale: Vec<f64> = (gamma.iter().zip(variance))
            .map(|(&g, &v)| f64::from(g) / (f64::from(v) + EPSILON).sqrt())
            .collect();
        for row in weights.chunks_exact_mut(block.channels) {
            for (weight, scale) in row.iter_mut().zip(&scale) {
                *weight = (f64::from(*weight) * scale) as f32;
            }
        }
        let bias = (beta.iter().zip(mean).zip(&scale))
            .map(|((&beta, &mean), scale)| (f64::from(beta) - f64::from(mean) * scale) as f32);
        (weights, bias.collect())
    });
    blocks.collect()
}

/// The fused layers of a network made ready for prediction.
#[derive(Debug)]
struct Fused {
    workspace: Workspace,
    pixels: usize,
    blocks: Vec<Folded>,
    layers: [Layer; 2],
}

impl Fused {
    fn new(
        architecture: &Architecture,
        kernel: Kernel,
        parameters: &[&[f32]],
        running: &[Running],
    ) -> Result<Self, NetworkError> {
        let workspace = Workspace::new(kernel, 1)?;
        let (sides, inputs) = (architecture.sides(), architecture.inputs());
        let folded = folded(architecture, parameters, running);
        let blocks: Vec<Folded> = (architecture.blocks.iter().zip(folded).enumerate())
            .map(|(number, (block, (weights, bias)))| {
                let (rows, columns) = (sides[number], sides[number]);
                let map = Map { rows, columns, channels: block.channels, pool: block.pool };
                let convolution = Convolution { map, inputs: inputs[number] };
                let mut shift = vec![0.0; map.padded()];
                shift[..block.channels].copy_from_slice(&bias);
                let weights = convolution.forward_weights(&workspace, &weights);
                Folded { convolution, weights, shift }
            })
            .collect();
        let dense = &parameters[2 * blocks.len()..];
        let layers = [
            Layer::new(architecture.features(), dense[0], dense[1], true),
            Layer::new(architecture.hidden, dense[2], dense[3], false),
        ];
        let pixels = architecture.side * architecture.side;
        Ok(Self { workspace, pixels, blocks, layers })
    }

    fn logits(&self, images: &[f32]) -> Vec<f32> {
        let count = images.len() / self.pixels;
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
}

/// How logits come about.
#[derive(Debug)]
enum Way {
    Fused(Fused),
    Plain(Plain),
}

/// A network made ready for prediction.
#[derive(Debug)]
pub(super) struct Predictor {
    side: usize,
    classes: usize,
    mean: f32,
    factor: f32,
    way: Way,
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
        let way = if kernel.is_fused() {
            Way::Fused(Fused::new(architecture, kernel, parameters, running)?)
        } else {
            Way::Plain(Plain::new(architecture, kernel, parameters, running)?)
        };
        let (side, classes) = (architecture.side, architecture.classes);
        Ok(Self { side, classes, mean, factor, way })
    }

    /// Logits of normalised images `[n, side, side]`.
    pub(super) fn logits(&self, images: &[f32]) -> Result<Vec<f32>, NetworkError> {
        match &self.way {
            Way::Fused(layers) => Ok(layers.logits(images)),
            Way::Plain(layers) => layers.logits(images),
        }
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
        let together = match self.way {
            Way::Fused(_) => together(pixels),
            Way::Plain(_) => plain::TOGETHER,
        };
        let mut images = vec![0.0; together * pixels];
        let mut logits = vec![0.0; regions.len() * self.classes];
        let items: Vec<(usize, usize)> = (0..regions.len())
            .flat_map(|region| (0..symmetries).map(move |number| (region, number)))
            .collect();
        for items in items.chunks(together) {
            if stopped() {
                return Err(NetworkError::Stopped);
            }
            for (&(region, number), image) in items.iter().zip(images.chunks_exact_mut(pixels)) {
                let values = regions.region(region);
                symmetry::normalised(values, self.side, number, self.mean, self.factor, image);
            }
            let rows = self.logits(&images[..items.len() * pixels])?;
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
