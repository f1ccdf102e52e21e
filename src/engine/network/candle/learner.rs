//! Trains a graph with candle's ops: loss, gradients and one step of the optimiser per batch; knows
//! no schedule and no regions.

use candle_core::backprop::GradStore;
use candle_core::{DType, Result};

use super::graph::{CandleNetwork, Streams};
use super::optimiser::Steps;
use crate::network::architecture::Operation;
use crate::network::error::NetworkError;
use crate::network::execution::Kernel;
use crate::network::learner::Learner;
use crate::network::parameters::{Parameters, stream_part};
use crate::network::recipe::Recipe;
use crate::rng::{Purpose, StreamKey};

/// A graph that learns.
#[derive(Debug)]
pub(crate) struct CandleLearner {
    network: CandleNetwork,
    label_smoothing: f64,
    steps: Steps,
    /// What each dropout draws, from (`seed`, Dropout, `replicate`, part of its name), batch after
    /// batch.
    streams: Streams,
}

impl CandleLearner {
    pub(crate) fn new(
        recipe: &Recipe,
        kernel: Kernel,
        parameters: &Parameters,
        [seed, replicate]: [u64; 2],
    ) -> std::result::Result<Self, NetworkError> {
        let architecture = &recipe.architecture;
        let network = CandleNetwork::new(architecture, kernel, parameters)?;
        let described = architecture.parameters()?;
        let steps =
            Steps::new(&network.parameters, &described, recipe.optimiser, recipe.weight_decay)?;
        let streams = architecture.layers.iter().enumerate().filter_map(|(number, layer)| {
            let key = StreamKey {
                seed,
                purpose: Purpose::Dropout,
                case: replicate,
                part: stream_part(&layer.name),
            };
            let drops = matches!(layer.operation, Operation::Dropout { .. });
            drops.then(|| (number, key.open()))
        });
        let streams = streams.collect();
        Ok(Self { network, label_smoothing: recipe.label_smoothing, steps, streams })
    }

    /// Mean loss, and the gradients; the running statistics see the batch.
    fn pass(&mut self, images: &[f32], labels: &[u8]) -> Result<(f64, GradStore)> {
        let labels = self.network.labels(labels)?;
        let pass = self.network.train(&self.network.images(images)?, &mut self.streams)?;
        let logarithms = candle_nn::ops::log_softmax(&pass.logits, 1)?;
        let hard = (candle_nn::loss::nll(&logarithms, &labels)? * (1.0 - self.label_smoothing))?;
        let loss = (hard - (logarithms.mean_all()? * self.label_smoothing)?)?;
        let gradients = loss.backward()?;
        self.network.update_running(pass)?;
        Ok((f64::from(loss.to_dtype(DType::F32)?.to_scalar::<f32>()?), gradients))
    }

    /// As `pass`, with the gradient of each parameter.
    #[cfg(test)]
    pub(crate) fn gradients(
        &mut self,
        images: &[f32],
        labels: &[u8],
    ) -> std::result::Result<(f64, Vec<Vec<f32>>), NetworkError> {
        let (loss, gradients) = self.pass(images, labels)?;
        let gradient = |variable: &candle_core::Var| match gradients.get(variable) {
            Some(gradient) => gradient.flatten_all()?.to_vec1(),
            None => candle_core::bail!("a parameter without gradient"),
        };
        Ok((loss, self.network.parameters.iter().map(gradient).collect::<Result<_>>()?))
    }
}

impl Learner for CandleLearner {
    fn step(
        &mut self,
        images: Vec<f32>,
        labels: Vec<u8>,
        learning_rate: f64,
    ) -> std::result::Result<f64, NetworkError> {
        let (loss, gradients) = self.pass(&images, &labels)?;
        if loss.is_finite() {
            self.steps.step(&gradients, learning_rate)?;
        }
        Ok(loss)
    }

    fn parameters(&self) -> std::result::Result<Parameters, NetworkError> {
        Ok(self.network.state()?)
    }
}
