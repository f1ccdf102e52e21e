//! Trains any graph: loss, gradients and one step of the optimiser per batch; knows no schedule and
//! no regions.

use super::forward::{Mode, Pass, Streams, forward_weights};
use super::objective::Objective;
use super::optimiser::Steps;
use super::plan::Plan;
use super::workspace::{Buffer, Workspace};
use crate::network::architecture::{Operation, Parameter};
use crate::network::error::NetworkError;
use crate::network::execution::Execution;
use crate::network::learner::{Learner, Momenta};
use crate::network::optimiser::Rule;
use crate::network::parameters::{Parameters, stream_part};
use crate::network::recipe::Recipe;
use crate::rng::{Purpose, Stream, StreamKey};

/// A graph that learns.
#[derive(Debug)]
pub(crate) struct FusedLearner {
    plan: Plan,
    objective: Objective,
    workspace: Workspace,
    parameters: Parameters,
    /// What each dropout draws, from (`seed`, Dropout, `replicate`, part of its name), batch after
    /// batch.
    streams: Streams,
    steps: Steps,
}

impl FusedLearner {
    pub(crate) fn new(
        recipe: &Recipe,
        execution: Execution,
        parameters: Parameters,
        [seed, replicate]: [u64; 2],
    ) -> Result<Self, NetworkError> {
        let architecture = &recipe.architecture;
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
        let described = architecture.parameters()?;
        let rules = Rule::of_all(&described, recipe.frozen_layers);
        let rules = described.iter().map(Parameter::count).zip(rules);
        Ok(Self {
            plan: Plan::of_regions(architecture)?,
            objective: Objective::of(recipe)?,
            workspace: Workspace::new(execution.kernel, execution.threads)?,
            parameters,
            streams: streams.collect(),
            steps: Steps::new(rules.collect(), recipe.optimiser, recipe.weight_decay),
        })
    }

    /// Mean loss of a batch, and the gradient of each parameter; the running statistics see it.
    fn pass(&mut self, x: &[f32], labels: &[u8]) -> (f64, Vec<Buffer>) {
        let Self { plan, objective, workspace, parameters, streams, .. } = self;
        let workspace = &*workspace;
        let weights = forward_weights(plan, workspace, &parameters.values);
        let images = plan.images(x);
        let values = &parameters.values;
        let pass = Pass { plan, workspace, parameters: values, weights: &weights, images, x };
        let kept = pass.forward(Mode::Train { running: &mut parameters.running, streams });
        let mut logits = pass.output(&kept);
        let loss = objective.slopes(&mut logits, labels);
        let (gradients, _) = pass.backward(kept, logits, false);
        weights.into_iter().for_each(|buffer| workspace.give(buffer));
        (loss, gradients)
    }

    /// As `pass`, without the gradients.
    pub(super) fn pass_only(&mut self, x: &[f32], labels: &[u8]) -> f64 {
        let (loss, gradients) = self.pass(x, labels);
        gradients.into_iter().for_each(|buffer| self.workspace.give(buffer));
        loss
    }

    /// Logits of a batch by its moments, which the running statistics see.
    #[cfg(test)]
    pub(crate) fn logits(&mut self, x: &[f32]) -> Vec<f32> {
        let Self { plan, workspace, parameters, streams, .. } = self;
        let weights = forward_weights(plan, workspace, &parameters.values);
        let images = plan.images(x);
        let values = &parameters.values;
        let pass = Pass { plan, workspace, parameters: values, weights: &weights, images, x };
        let kept = pass.forward(Mode::Train { running: &mut parameters.running, streams });
        pass.output(&kept).to_vec()
    }

    /// As `pass`, as plain values.
    #[cfg(test)]
    pub(crate) fn gradients(&mut self, x: &[f32], labels: &[u8]) -> (f64, Vec<Vec<f32>>) {
        let (loss, gradients) = self.pass(x, labels);
        (loss, gradients.into_iter().map(|gradient| gradient.to_vec()).collect())
    }
}

impl Learner for FusedLearner {
    fn step(
        &mut self,
        images: Vec<f32>,
        labels: Vec<u8>,
        learning_rate: f64,
    ) -> Result<f64, NetworkError> {
        let (loss, gradients) = self.pass(&images, &labels);
        if loss.is_finite() {
            let values = &mut self.parameters.values;
            self.steps.step(values, &gradients, learning_rate, &self.workspace);
        }
        gradients.into_iter().for_each(|buffer| self.workspace.give(buffer));
        Ok(loss)
    }

    fn parameters(&self) -> Result<Parameters, NetworkError> {
        Ok(self.parameters.clone())
    }

    fn momenta(&self) -> Option<Momenta> {
        let (steps, moments) = self.steps.state();
        let drawn = self.streams.values().map(Stream::drawn).collect();
        Some(Momenta { steps, moments, drawn })
    }

    fn go_on(&mut self, parameters: Parameters, momenta: Momenta) {
        self.parameters = parameters;
        self.steps.go_on(momenta.steps, momenta.moments);
        let streams = self.streams.values_mut().zip(momenta.drawn);
        streams.for_each(|(stream, drawn)| stream.go_on(drawn));
    }
}
