//! Slopes of logits over the pixels of an image, on the fused layers with batch norms folded in;
//! knows no training.

use std::sync::Arc;

use candle_core::{Device, Tensor, Var};

use super::layers::Layers;
use super::layout::Layout;
use super::workspace::Workspace;
use crate::network::error::NetworkError;
use crate::network::execution::Kernel;
use crate::network::learner::{Seed, Slopes};
use crate::network::parameters::Parameters;

/// The layers as they predict, with their weights and biases.
#[derive(Debug)]
pub(crate) struct FusedSlopes {
    side: usize,
    layers: Arc<Layers>,
    weights: Tensor,
    biases: Tensor,
}

impl FusedSlopes {
    pub(crate) fn new(
        layout: &Layout,
        kernel: Kernel,
        parameters: &Parameters,
    ) -> Result<Self, NetworkError> {
        let (folded, values) = layout.folded(parameters);
        let layers = folded.layers(Vec::new(), Workspace::new(kernel, 1)?, true);
        let tensor = |values: Vec<f32>| {
            let count = values.len();
            Tensor::from_vec(values, count, &Device::Cpu)
        };
        let [weights, biases] = folded.joined(&values).map(tensor);
        Ok(Self { side: layout.side, layers, weights: weights?, biases: biases? })
    }
}

impl Slopes for FusedSlopes {
    fn slopes(&self, images: Vec<f32>, seed: &Seed<'_>) -> Result<Vec<f32>, NetworkError> {
        let count = images.len() / (self.side * self.side);
        let x = Var::from_vec(images, (count, self.side, self.side, 1), &Device::Cpu)?;
        let y = self.layers.apply(&x, &self.weights, &self.biases, None)?;
        let seeds = seed(&y.flatten_all()?.to_vec1::<f32>()?);
        let seeds = Tensor::from_vec(seeds, y.shape(), &Device::Cpu)?;
        let gradients = (y * seeds)?.sum_all()?.backward()?;
        let Some(gradient) = gradients.get(&x) else {
            return Err(candle_core::Error::Msg("the pass left no gradient".to_owned()).into());
        };
        Ok(gradient.flatten_all()?.to_vec1::<f32>()?)
    }
}
