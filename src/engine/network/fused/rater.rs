//! Rates images with the fused layers, batch norms folded into the weights, a few images at a time
//! so that maps stay in the cache; knows no training.

use super::convolution::{Convolution, Source};
use super::dense::Dense;
use super::layout::Layout;
use super::stack::{BlockShape, crop};
use super::workspace::{Buffer, Workspace};
use crate::network::error::NetworkError;
use crate::network::execution::Kernel;
use crate::network::learner::Rater;
use crate::network::parameters::Parameters;

/// One block, folded.
#[derive(Debug)]
pub(super) struct Block {
    shape: BlockShape,
    weights: Buffer,
    /// `[padded]`
    shift: Vec<f32>,
}

impl Block {
    /// What it makes of `count` images, without its crop.
    pub(super) fn apply(&self, workspace: &Workspace, count: usize, maps: &[f32]) -> Buffer {
        let convolution = self.shape.convolution;
        let mut next = workspace.take(count * convolution.map.after_pool());
        let source = Source { values: maps, stride: convolution.inputs, factors: None };
        convolution.predict(workspace, source, &self.weights, &self.shift, &mut next);
        next
    }
}

/// One dense layer.
#[derive(Debug)]
pub(super) struct Layer {
    dense: Dense,
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl Layer {
    pub(super) fn apply(&self, workspace: &Workspace, x: &[f32]) -> Vec<f32> {
        let mut y = vec![0.0; x.len() / self.dense.inputs * self.dense.outputs];
        self.dense.forward(workspace, x, &self.weights, &self.bias, &mut y);
        y
    }
}

/// The fused layers of a network made ready for prediction.
#[derive(Debug)]
pub(crate) struct FusedRater {
    workspace: Workspace,
    pixels: usize,
    blocks: Vec<Block>,
    layers: Vec<Layer>,
}

impl FusedRater {
    pub(crate) fn new(
        layout: &Layout,
        kernel: Kernel,
        parameters: &Parameters,
    ) -> Result<Self, NetworkError> {
        let workspace = Workspace::new(kernel, 1)?;
        let (blocks, layers) = made_ready(layout, &workspace, parameters);
        Ok(Self { workspace, pixels: layout.side * layout.side, blocks, layers })
    }
}

/// Blocks and dense layers with their batch norms folded.
pub(super) fn made_ready(
    layout: &Layout,
    workspace: &Workspace,
    parameters: &Parameters,
) -> (Vec<Block>, Vec<Layer>) {
    let (folded, values) = layout.folded(parameters);
    let (of_blocks, of_dense) = values.split_at(2 * folded.blocks.len());
    let blocks = folded.blocks.iter().zip(of_blocks.chunks_exact(2)).map(|(&shape, values)| {
        let convolution = shape.convolution;
        let mut shift = vec![0.0; convolution.map.padded()];
        shift[..convolution.map.channels].copy_from_slice(&values[1]);
        let weights = convolution.forward_weights(workspace, &values[0]);
        Block { shape, weights, shift }
    });
    let dense = folded.dense.iter().zip(of_dense.chunks_exact(2));
    let layers = dense.map(|(&dense, values)| Layer {
        dense,
        weights: values[0].clone(),
        bias: values[1].clone(),
    });
    (blocks.collect(), layers.collect())
}

impl Rater for FusedRater {
    /// Whole groups of tiles, and maps that stay in the cache.
    fn together(&self) -> usize {
        const PIXELS: usize = 16 * 32 * 32;
        (PIXELS / self.pixels).clamp(4, 64)
    }

    fn logits(&self, images: &[f32]) -> Result<Vec<f32>, NetworkError> {
        let count = images.len() / self.pixels;
        let mut maps = self.workspace.take(images.len());
        maps.copy_from_slice(images);
        for block in &self.blocks {
            let mut next = block.apply(&self.workspace, count, &maps);
            let BlockShape { convolution: Convolution { map, .. }, crop: margin, .. } = block.shape;
            if margin > 0 {
                let mut left = self.workspace.take(count * block.shape.after().after_pool());
                crop(map.without_pool(), map.channels, margin, &next, &mut left);
                self.workspace.give(std::mem::replace(&mut next, left));
            }
            self.workspace.give(std::mem::replace(&mut maps, next));
        }
        let mut values: Option<Vec<f32>> = None;
        for layer in &self.layers {
            let x = values.as_deref().unwrap_or(&maps);
            values = Some(layer.apply(&self.workspace, x));
        }
        let logits = values.unwrap_or_else(|| maps.to_vec());
        self.workspace.give(maps);
        Ok(logits)
    }
}
