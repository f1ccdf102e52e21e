//! Rates images with the fused layers, batch norms folded into the weights, a few images at a time
//! so that maps stay in the cache; knows no training.

use super::convolution::{Convolution, Source};
use super::dense::Dense;
use super::layout::Layout;
use super::workspace::{Buffer, Workspace};
use crate::network::error::NetworkError;
use crate::network::execution::Kernel;
use crate::network::learner::Rater;
use crate::network::parameters::Parameters;

/// One block, folded.
#[derive(Debug)]
struct Block {
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
    fn apply(&self, workspace: &Workspace, x: &[f32]) -> Vec<f32> {
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
        let (folded, values) = layout.folded(parameters);
        let (of_blocks, of_dense) = values.split_at(2 * folded.blocks.len());
        let blocks = folded.blocks.iter().zip(of_blocks.chunks_exact(2)).map(|(block, values)| {
            let convolution = block.convolution;
            let mut shift = vec![0.0; convolution.map.padded()];
            shift[..convolution.map.channels].copy_from_slice(&values[1]);
            let weights = convolution.forward_weights(&workspace, &values[0]);
            Block { convolution, weights, shift }
        });
        let blocks = blocks.collect();
        let dense = folded.dense.iter().zip(of_dense.chunks_exact(2));
        let layers = dense.map(|(&dense, values)| Layer {
            dense,
            weights: values[0].clone(),
            bias: values[1].clone(),
        });
        let layers = layers.collect();
        Ok(Self { workspace, pixels: layout.side * layout.side, blocks, layers })
    }
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
        for Block { convolution, weights, shift } in &self.blocks {
            let mut next = self.workspace.take(count * convolution.map.after_pool());
            let stride = convolution.inputs;
            let source = Source { values: &maps, stride, factors: None, relu: false };
            convolution.predict(&self.workspace, source, weights, shift, &mut next);
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

    fn image(&self, _: &[f32], _: [usize; 2]) -> Result<Vec<f32>, NetworkError> {
        Err(candle_core::Error::Msg("later".to_owned()).into())
    }
}
