//! Trains the fused layers: loss, gradients and one step of the optimiser per batch; knows no
//! schedule and no regions.

use std::sync::Arc;

use candle_core::{Device, Tensor, Var};

use super::layers::{Layers, Sink};
use super::layout::Layout;
use super::loss::CrossEntropy;
use super::optimiser::Steps;
use super::workspace::{Buffer, Workspace, lock, with_values};
use crate::network::error::NetworkError;
use crate::network::execution::Execution;
use crate::network::learner::Learner;
use crate::network::optimiser::Rule;
use crate::network::parameters::Parameters;
use crate::network::recipe::Recipe;

/// Fused layers with their variables and optimiser.
#[derive(Debug)]
pub(crate) struct FusedLearner {
    layout: Layout,
    label_smoothing: f64,
    pub(super) layers: Arc<Layers>,
    /// All weights, and all factors, in the order of the layers.
    variables: [Var; 2],
    sink: Sink,
    steps: Steps,
}

impl FusedLearner {
    /// A learner of the recipe's network, which has the layout, from the parameters given.
    pub(crate) fn new(
        layout: Layout,
        recipe: &Recipe,
        execution: Execution,
        parameters: Parameters,
    ) -> Result<Self, NetworkError> {
        let workspace = Workspace::new(execution.kernel, execution.threads)?;
        let variable = |values: Vec<f32>| {
            let count = values.len();
            Var::from_vec(values, count, &Device::Cpu)
        };
        let [weights, factors] = layout.joined(&parameters.values);
        let variables = [variable(weights)?, variable(factors)?];
        let mut parts = [Vec::new(), Vec::new()];
        for parameter in recipe.architecture.parameters()? {
            let part = usize::from(!parameter.kind.is_weight());
            parts[part].push((parameter.count(), Rule::of(&parameter)));
        }
        let slots = variables.clone().into_iter().zip(parts).collect();
        Ok(Self {
            label_smoothing: recipe.label_smoothing,
            layers: layout.layers(parameters.running, workspace, false),
            variables,
            sink: Sink::default(),
            steps: Steps::new(slots, recipe.optimiser, recipe.weight_decay),
            layout,
        })
    }

    /// Logits of a batch of images `[n, side, side]` with the moments of the batch, which the
    /// running statistics see.
    pub(crate) fn logits(&self, images: Vec<f32>) -> Result<Tensor, NetworkError> {
        let side = self.layout.side;
        let count = images.len() / (side * side);
        let images = Tensor::from_vec(images, (count, side, side, 1), &Device::Cpu)?;
        let [weights, factors] = &self.variables;
        Ok(self.layers.apply(&images, weights, factors, Some(&self.sink))?)
    }

    /// Mean loss of a batch, and its gradients in the order of `variables`.
    pub(super) fn pass(
        &self,
        images: Vec<f32>,
        labels: Vec<u8>,
    ) -> Result<(f64, [Buffer; 2]), NetworkError> {
        let logits = self.logits(images)?;
        let loss = CrossEntropy::new(labels, self.label_smoothing).apply(&logits)?;
        loss.backward()?;
        let Some(gradients) = lock(&self.sink).take() else {
            return Err(candle_core::Error::Msg("the pass left no gradients".to_owned()).into());
        };
        Ok((f64::from(loss.to_scalar::<f32>()?), gradients))
    }

    /// As `pass`, with the gradient of each parameter.
    #[cfg(test)]
    pub(crate) fn gradients(
        &self,
        images: Vec<f32>,
        labels: Vec<u8>,
    ) -> Result<(f64, Vec<Vec<f32>>), NetworkError> {
        let (loss, [weights, factors]) = self.pass(images, labels)?;
        Ok((loss, self.layout.separated([&weights, &factors])))
    }
}

impl Learner for FusedLearner {
    fn step(
        &mut self,
        images: Vec<f32>,
        labels: Vec<u8>,
        learning_rate: f64,
    ) -> Result<f64, NetworkError> {
        let (loss, gradients) = self.pass(images, labels)?;
        if loss.is_finite() {
            self.steps.step(&gradients, learning_rate, &self.layers.workspace)?;
        }
        gradients.into_iter().for_each(|buffer| self.layers.workspace.give(buffer));
        Ok(loss)
    }

    fn parameters(&self) -> Result<Parameters, NetworkError> {
        let [weights, factors] = &self.variables;
        let values = with_values(weights, |weights| {
            with_values(factors, |factors| Ok(self.layout.separated([weights, factors])))
        })?;
        let blocks = self.layout.blocks.iter().zip(&self.layers.stack.running);
        let running =
            blocks.filter(|(block, _)| block.norm).map(|(_, running)| lock(running).clone());
        Ok(Parameters { values, running: running.collect() })
    }
}
