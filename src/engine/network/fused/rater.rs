//! Rates images with any graph, and has its slopes, batch norms folded into the weights where they
//! stand behind convolutions; knows no training.

use std::fmt;

use super::forward::{Mode, Pass, forward_weights};
use super::plan::Plan;
use super::workspace::{Buffer, Workspace};
use crate::network::architecture::Architecture;
use crate::network::error::NetworkError;
use crate::network::execution::Kernel;
use crate::network::learner::{Rater, Seed, Slopes};
use crate::network::parameters::Parameters;

/// A graph made ready for prediction.
pub(crate) struct FusedNetwork {
    architecture: Architecture,
    parameters: Parameters,
    plan: Plan,
    /// Folded.
    values: Vec<Vec<f32>>,
    weights: Vec<Buffer>,
    workspace: Workspace,
}

impl fmt::Debug for FusedNetwork {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("FusedNetwork").field("plan", &self.plan).finish_non_exhaustive()
    }
}

impl FusedNetwork {
    pub(crate) fn new(
        architecture: &Architecture,
        kernel: Kernel,
        parameters: &Parameters,
    ) -> Result<Self, NetworkError> {
        let workspace = Workspace::new(kernel, 1)?;
        let (plan, values) = Plan::of_regions(architecture)?.folded(parameters);
        let weights = forward_weights(&plan, &workspace, &values);
        let (architecture, parameters) = (architecture.clone(), parameters.clone());
        Ok(Self { architecture, parameters, plan, values, weights, workspace })
    }

    fn pass<'a>(&'a self, x: &'a [f32]) -> Pass<'a> {
        let Self { plan, values: parameters, weights, workspace, .. } = self;
        let images = plan.images(x);
        Pass { plan, workspace, parameters, weights, images, x }
    }

    fn values(&self, pass: Pass<'_>) -> Vec<f32> {
        let kept = pass.forward(Mode::Predict { running: &self.parameters.running, slopes: false });
        let output = pass.output(&kept);
        let values = output.to_vec();
        self.workspace.give(output);
        kept.into_iter().flatten().for_each(|kept| kept.release(&self.workspace));
        values
    }
}

impl Rater for FusedNetwork {
    /// Whole groups of tiles, and maps that stay in the cache.
    fn together(&self) -> usize {
        const PIXELS: usize = 16 * 32 * 32;
        (PIXELS / self.plan.image.after_pool()).clamp(4, 64)
    }

    fn logits(&self, images: &[f32]) -> Result<Vec<f32>, NetworkError> {
        Ok(self.values(self.pass(images)))
    }

    fn image(&self, image: &[f32], extent: [usize; 2]) -> Result<Vec<f32>, NetworkError> {
        let Self { architecture, parameters, workspace, .. } = self;
        let (plan, values) = Plan::of_images(architecture, extent)?.folded(parameters);
        let weights = forward_weights(&plan, workspace, &values);
        let (plan, parameters) = (&plan, &values[..]);
        let pass = Pass { plan, workspace, parameters, weights: &weights, images: 1, x: image };
        let values = self.values(pass);
        weights.into_iter().for_each(|buffer| workspace.give(buffer));
        Ok(values)
    }
}

impl Slopes for FusedNetwork {
    fn slopes(&self, images: Vec<f32>, seed: &Seed<'_>) -> Result<Vec<f32>, NetworkError> {
        let pass = self.pass(&images);
        let kept = pass.forward(Mode::Predict { running: &self.parameters.running, slopes: true });
        let mut logits = pass.output(&kept);
        let seeds = seed(&logits);
        logits.copy_from_slice(&seeds);
        let (gradients, slopes) = pass.backward(kept, logits, true);
        gradients.into_iter().for_each(|buffer| self.workspace.give(buffer));
        let Some(slopes) = slopes else { return Ok(vec![0.0; images.len()]) };
        let values = slopes.to_vec();
        self.workspace.give(slopes);
        Ok(values)
    }
}
