//! Trains a graph with candle's ops: loss, gradients and one step of the optimiser per batch; knows
//! no schedule and no regions.

use candle_core::backprop::GradStore;
use candle_core::{D, DType, Result, Tensor};

use super::graph::{CandleNetwork, Streams};
use super::optimiser::Steps;
use crate::dataset::IGNORED;
use crate::network::architecture::Operation;
use crate::network::error::NetworkError;
use crate::network::execution::Kernel;
use crate::network::learner::{Learner, Momenta};
use crate::network::loss::DICE_SMOOTHING;
use crate::network::parameters::{Parameters, stream_part};
use crate::network::recipe::Recipe;
use crate::rng::{Purpose, StreamKey};

/// Soft Dice of probabilities `[pixels, classes]`, mean over all classes but 0.
fn dice(probabilities: &Tensor, labels: &Tensor) -> Result<Tensor> {
    let classes = probabilities.dim(1)?;
    let known = Tensor::arange(0, classes as u32, labels.device())?.reshape((1, classes))?;
    let truth = labels.reshape(((), 1))?.broadcast_eq(&known)?.to_dtype(probabilities.dtype())?;
    let sum = |values: &Tensor| values.sum(0)?.narrow(0, 1, classes - 1);
    let both = (sum(&(probabilities * &truth)?)? * 2.0)?;
    let all = (sum(probabilities)? + sum(&truth)?)?;
    ((both + DICE_SMOOTHING)? / (all + DICE_SMOOTHING)?)?.mean_all()
}

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
        let steps = Steps::new(&network.parameters, &described, recipe)?;
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
        let (x, phases) = (self.network.images(images)?, self.network.phases(images));
        let pass = self.network.train(&x, &phases, &mut self.streams)?;
        let classes = pass.logits.dim(D::Minus1)?;
        let mut logits = pass.logits.reshape(((), classes))?;
        let of_pixels = pass.logits.rank() == 4;
        let is_asked = |label: &&u8| !of_pixels || **label != IGNORED;
        let asked: Vec<u8> = labels.iter().filter(is_asked).copied().collect();
        if asked.len() < labels.len() {
            let numbers = (0..).zip(labels).filter(|(_, label)| is_asked(label));
            let places: Vec<u32> = numbers.map(|(place, _)| place).collect();
            let places = Tensor::new(places, logits.device())?;
            logits = logits.index_select(&places, 0)?;
        }
        let labels = self.network.labels(&asked)?;
        let logarithms = candle_nn::ops::log_softmax(&logits, 1)?;
        let hard = (candle_nn::loss::nll(&logarithms, &labels)? * (1.0 - self.label_smoothing))?;
        let mut loss = (hard - (logarithms.mean_all()? * self.label_smoothing)?)?;
        if of_pixels {
            loss = (loss + (1.0 - dice(&logarithms.exp()?, &labels)?)?)?;
        }
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

    // Candle's AdamW keeps its moments to itself.
    fn momenta(&self) -> Option<Momenta> {
        None
    }

    fn go_on(&mut self, _: Parameters, _: Momenta) {}
}
