//! Recipes: all that decides what a network learns but the seed and the regions; knows no kernel
//! and no thread.

use serde::{Deserialize, Serialize};

use super::architecture::{Architecture, ArchitectureError};
use super::optimiser::Optimiser;
use super::schedule::Schedule;

/// All that decides a training but the seed, the regions and the kernel. What it does not hold is
/// fixed: initial weights (He et al. 2015), the loss (softmax cross-entropy) and the choice of the
/// epoch (least loss on the tune regions).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The network.
    pub architecture: Architecture,
    /// Passes over the training regions.
    pub epochs: usize,
    /// Regions per step; the last batch of an epoch may be smaller.
    pub batch: usize,
    /// The greatest learning rate: of Muon, for the weights of hidden layers; AdamW, for the rest,
    /// has a share of it.
    pub peak_learning_rate: f64,
    /// Decay of weights per step, times the learning rate; biases and batch norms do not decay.
    pub weight_decay: f64,
    /// Share of a label that all classes have equally, 0 to below 1.
    pub label_smoothing: f64,
    /// How parameters follow their gradients.
    pub optimiser: Optimiser,
    /// Course of the learning rate.
    pub schedule: Schedule,
    /// Whether training regions are flipped and turned at random.
    pub symmetric_training: bool,
    /// Whether ratings are averaged over the eight flips and turns.
    pub symmetric_prediction: bool,
    /// How many layers with weights, from the first on, keep their weights and biases as they
    /// start, and with them the factors of every batch norm before the next layer with weights: 0 to
    /// fewer than all. Running statistics of these norms follow the batches all the same.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub frozen_layers: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// Why a recipe cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecipeError {
    /// Its architecture cannot be built.
    #[error("architecture: {0}")]
    Architecture(#[from] ArchitectureError),
    /// A number out of range: its name, its value and what is expected.
    #[error("recipe: {0}")]
    Number(String),
}

impl Recipe {
    /// The defaults for regions of `side` pixels and `classes` classes.
    #[must_use]
    pub fn reference(side: usize, classes: usize) -> Self {
        Self::of(Architecture::reference(side, classes))
    }

    /// The defaults for an architecture.
    #[must_use]
    pub fn of(architecture: Architecture) -> Self {
        Self {
            architecture,
            epochs: 8,
            batch: 64,
            peak_learning_rate: 16e-3,
            weight_decay: 0.02,
            label_smoothing: 0.1,
            optimiser: Optimiser::default(),
            schedule: Schedule::OneCycle,
            symmetric_training: true,
            symmetric_prediction: false,
            frozen_layers: 0,
        }
    }

    /// Whether it can be followed.
    ///
    /// # Errors
    /// The first number that is out of range, or the architecture's error.
    pub fn check(&self) -> Result<(), RecipeError> {
        self.architecture.check()?;
        let bad = |what: String| Err(RecipeError::Number(what));
        if self.epochs == 0 || self.batch == 0 {
            return bad(format!("{} epochs of batches of {}", self.epochs, self.batch));
        }
        let rate = self.peak_learning_rate;
        if !(rate > 0.0 && rate.is_finite()) {
            return bad(format!("peak_learning_rate is {rate}, expected above 0"));
        }
        let decay = self.weight_decay;
        if !(0.0..1.0 / rate).contains(&decay) {
            return bad(format!("weight_decay is {decay}, expected 0 to 1/peak_learning_rate"));
        }
        let smoothing = self.label_smoothing;
        if !(0.0..1.0).contains(&smoothing) {
            return bad(format!("label_smoothing is {smoothing}, expected 0 to below 1"));
        }
        let weighted = self.architecture.layers.iter().filter(|it| it.operation.has_weights());
        let (frozen, weighted) = (self.frozen_layers, weighted.count());
        if frozen > 0 && frozen >= weighted {
            return bad(format!(
                "frozen_layers is {frozen}, expected fewer than the {weighted} layers with weights"
            ));
        }
        match self.optimiser.problem() {
            Some(problem) => bad(format!("optimiser.{problem}")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipes_are_read_back_from_files() {
        let recipe = Recipe::reference(32, 6);
        let json = serde_json::to_string(&recipe).unwrap();
        assert_eq!(serde_json::from_str::<Recipe>(&json).unwrap(), recipe);
        assert!(json.contains(
            r#""optimiser":{"muon_adamw":{"muon":{"momentum":0.95,"step_size":0.2,"iterations":5,"#
        ));
        let toml = toml::to_string(&recipe).unwrap();
        assert_eq!(toml::from_str::<Recipe>(&toml).unwrap(), recipe, "{toml}");
    }

    #[test]
    fn numbers_out_of_range_are_named() {
        let with = |change: &dyn Fn(&mut Recipe)| {
            let mut recipe = Recipe::reference(32, 6);
            change(&mut recipe);
            recipe.check().unwrap_err().to_string()
        };
        assert_eq!(
            with(&|recipe| recipe.weight_decay = 100.0),
            "recipe: weight_decay is 100, expected 0 to 1/peak_learning_rate"
        );
        assert_eq!(
            with(&|recipe| {
                let Optimiser::MuonAdamw { muon, .. } = &mut recipe.optimiser;
                muon.momentum = 1.0;
            }),
            "recipe: optimiser.muon.momentum is 1, expected 0 to below 1"
        );
        // Six convolutions and two dense layers.
        assert_eq!(
            with(&|recipe| recipe.frozen_layers = 8),
            "recipe: frozen_layers is 8, expected fewer than the 8 layers with weights"
        );
        assert_eq!(
            with(&|recipe| recipe.architecture.side = 0),
            "architecture: side is 0, expected 1 to 4096"
        );
    }
}
