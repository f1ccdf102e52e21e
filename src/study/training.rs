//! How a plan has networks trained: all that decides their bits but seed, regions and kernel.

use serde::{Deserialize, Serialize};

use crate::network::{Architecture, Optimiser, Recipe, Schedule};
use crate::task::Task;

/// The recipe of a plan's networks, with what differs between regimes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// Layers of the network.
    pub architecture: Architecture,
    /// How parameters follow their gradients.
    pub optimiser: Optimiser,
    /// Regions per step.
    pub batch: usize,
    /// Largest learning rate of networks that start from random weights.
    pub learning_rate: f64,
    /// Largest learning rate of networks that start from the originals' network.
    pub warm_learning_rate: f64,
    /// Decay of weights per step, times the learning rate.
    pub weight_decay: f64,
    /// Share of a label that all classes have equally, 0 to below 1.
    pub label_smoothing: f64,
    /// Course of the learning rate.
    pub schedule: Schedule,
    /// Whether training regions are flipped and turned at random.
    pub symmetric_training: bool,
}

impl Training {
    /// The reference for regions of `side` pixels and `classes` classes.
    pub(super) fn reference(side: usize, classes: usize) -> Self {
        let recipe = Recipe::reference(side, classes);
        Self {
            architecture: recipe.architecture,
            optimiser: recipe.optimiser,
            batch: recipe.batch,
            learning_rate: recipe.peak_learning_rate,
            warm_learning_rate: recipe.peak_learning_rate / 2.0,
            weight_decay: recipe.weight_decay,
            label_smoothing: recipe.label_smoothing,
            schedule: recipe.schedule,
            symmetric_training: recipe.symmetric_training,
        }
    }

    /// The recipe of one network of a task, `warm` if it starts from the originals' network.
    pub(super) fn recipe(
        &self,
        task: &dyn Task,
        epochs: u32,
        warm: bool,
        symmetric_prediction: bool,
    ) -> Recipe {
        Recipe {
            architecture: task.architecture(self.architecture.clone()),
            epochs: epochs as usize,
            batch: self.batch,
            peak_learning_rate: if warm { self.warm_learning_rate } else { self.learning_rate },
            weight_decay: self.weight_decay,
            label_smoothing: self.label_smoothing,
            symmetric_training: self.symmetric_training,
            symmetric_prediction,
            frozen_layers: 0,
            optimiser: self.optimiser,
            schedule: self.schedule,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::{Detect, Identify, Locate};

    #[test]
    fn a_plan_gives_back_the_reference() {
        let (training, reference) = (Training::reference(32, 6), Recipe::reference(32, 6));
        let recipe = |task: &dyn Task| training.recipe(task, 8, false, false);
        assert_eq!(recipe(&Identify { classes: 6 }), reference);
        assert_eq!(recipe(&Detect), Recipe::reference(32, 2));
        // Whole images are searched with a halo around each region.
        let halo = Architecture::reference(32, 2).with_halo().unwrap();
        assert_eq!(recipe(&Locate), Recipe { architecture: halo, ..Recipe::reference(32, 2) });
        assert_eq!(training.warm_learning_rate, 8e-3);
    }
}
