//! How a plan has networks trained: all that decides their bits but seed, regions and kernel.

use serde::{Deserialize, Serialize};

use super::network::PlannedNetwork;
use crate::network::{Architecture, Optimiser, Recipe, Schedule};
use crate::task::Task;

/// Regions that an example with a label for each pixel stands for in a step.
const LABELLED_REGIONS: usize = 4;

/// The recipe of a plan's networks, with what differs between regimes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// Layers of the network.
    pub architecture: Architecture,
    /// Networks that classify pixels, where a task asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pixel_network: Option<PlannedNetwork>,
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
            pixel_network: None,
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
    ///
    /// An example whose pixels are all labelled teaches as much as several regions: there are fewer
    /// of them in a step, and their labels are hard, as in nnU-Net (Isensee et al. 2021, Nat Methods
    /// 18:203).
    pub(super) fn recipe(
        &self,
        task: &dyn Task,
        epochs: u32,
        warm: bool,
        symmetric_prediction: bool,
    ) -> Recipe {
        let of_pixels = self.pixel_network.as_ref().filter(|_| task.labels_pixels());
        let architecture = of_pixels.map_or(&self.architecture, |it| &it.architecture).clone();
        let pixels = of_pixels.is_some();
        Recipe {
            architecture: task.architecture(architecture),
            epochs: epochs as usize,
            batch: if pixels { self.batch.div_ceil(LABELLED_REGIONS) } else { self.batch },
            peak_learning_rate: if warm { self.warm_learning_rate } else { self.learning_rate },
            weight_decay: self.weight_decay,
            label_smoothing: if pixels { 0.0 } else { self.label_smoothing },
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
    use crate::record::Representation;
    use crate::study::network::NetworkChoice;
    use crate::task::{Detect, Identify, Locate, Outline};

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

    #[test]
    fn tasks_of_pixels_have_a_network_of_their_own() {
        let task = Outline { shapes: 5 };
        let unet = NetworkChoice::of_pixels()
            .planned(task.side(32), task.outputs(), Representation::Pixels)
            .unwrap();
        let training = Training { pixel_network: Some(unet), ..Training::reference(32, 6) };
        let recipe = training.recipe(&task, 8, false, false);
        assert_eq!(Ok(&recipe.architecture), Architecture::preset("unet", 64, 6).as_ref());
        assert_eq!((recipe.batch, recipe.label_smoothing), (16, 0.0));
        let six = Identify { classes: 6 };
        assert_eq!(training.recipe(&six, 8, false, false), Recipe::reference(32, 6));
    }
}
