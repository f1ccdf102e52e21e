//! Optimisers as data: which rule a parameter follows, and with which numbers; takes no step.

use serde::{Deserialize, Serialize};

use super::architecture::{Parameter, ParameterKind};

/// How parameters follow their gradients.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Optimiser {
    /// Muon for the weights of all layers but the last that has any, AdamW for the weights of
    /// that one, and for biases and batch norms.
    MuonAdamw {
        /// Of the weights of hidden layers.
        muon: Muon,
        /// Of the rest.
        adamw: Adamw,
    },
}

/// Muon (Jordan et al. 2024): a step along the orthogonal matrix nearest to the momentum of a
/// weight matrix `[inputs, outputs]`, so that no direction of a layer learns faster than another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Muon {
    /// Share of the old in the momentum, 0 to below 1; Nesterov's.
    pub momentum: f64,
    /// Root mean square of a step over the learning rate: that of AdamW's steps (Liu et al. 2025).
    pub step_size: f64,
    /// Newton–Schulz iterations, 1 or more.
    pub iterations: usize,
    /// X ← aX + bX(XᵀX) + cX(XᵀX)² of an iteration.
    pub quintic: [f64; 3],
}

impl Default for Muon {
    /// The numbers of Jordan et al. 2024, whose five iterations take singular values from 0.002 to
    /// 1 to between 0.68 and 1.21.
    fn default() -> Self {
        Self { momentum: 0.95, step_size: 0.2, iterations: 5, quintic: [3.4445, -4.7750, 2.0315] }
    }
}

impl Muon {
    /// Factor on the learning rate that gives an orthogonal step of a matrix `[inputs, outputs]`
    /// its root mean square.
    pub(super) fn factor(&self, inputs: usize, outputs: usize) -> f64 {
        self.step_size * (inputs.max(outputs) as f64).sqrt()
    }
}

/// AdamW (Loshchilov & Hutter 2019): θ ← θ (1 − ηλ) − η m̂ / (√v̂ + ε).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adamw {
    /// Share of the recipe's learning rate.
    pub rate_share: f64,
    /// Share of the old in the mean of gradients, 0 to below 1.
    pub beta_1: f64,
    /// Share of the old in the mean of squares, 0 to below 1.
    pub beta_2: f64,
    /// ε.
    pub epsilon: f64,
}

impl Default for Adamw {
    /// The numbers of PyTorch, at a quarter of the rate: with Muon's whole rate for biases and
    /// batch norms, four of ten networks of mammography, which has few regions, never began to
    /// learn.
    fn default() -> Self {
        Self { rate_share: 0.25, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-8 }
    }
}

impl Default for Optimiser {
    fn default() -> Self {
        Self::MuonAdamw { muon: Muon::default(), adamw: Adamw::default() }
    }
}

/// How one parameter follows its gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// AdamW, with decay or without.
    Adamw {
        /// Whether the parameter decays.
        decays: bool,
    },
    /// Muon of a matrix with so many columns; decays.
    Muon {
        /// Columns.
        outputs: usize,
    },
    /// It stays as it is.
    Kept,
}

impl Rule {
    /// The rules of all parameters, in their order; those before the layer with weights number
    /// `frozen`, counted from 0, are kept.
    pub(super) fn of_all(parameters: &[Parameter], frozen: usize) -> Vec<Self> {
        let mut layers = 0;
        let rule = |parameter: &Parameter| {
            layers += usize::from(parameter.kind.is_weight());
            if frozen > 0 && layers <= frozen { Self::Kept } else { Self::of(parameter) }
        };
        parameters.iter().map(rule).collect()
    }

    fn of(parameter: &Parameter) -> Self {
        match (parameter.kind, parameter.shape.last()) {
            (ParameterKind::Weight { last: false }, Some(&outputs)) => Self::Muon { outputs },
            (kind, _) => Self::Adamw { decays: kind.is_weight() },
        }
    }
}

impl Optimiser {
    /// The first number that is out of range, in words.
    pub(super) fn problem(&self) -> Option<String> {
        let Self::MuonAdamw { muon, adamw } = self;
        let shares = [
            ("muon.momentum", muon.momentum),
            ("adamw.beta_1", adamw.beta_1),
            ("adamw.beta_2", adamw.beta_2),
        ];
        if let Some((name, share)) = shares.iter().find(|(_, share)| !(0.0..1.0).contains(share)) {
            return Some(format!("{name} is {share}, expected 0 to below 1"));
        }
        let sizes = [
            ("muon.step_size", muon.step_size),
            ("adamw.rate_share", adamw.rate_share),
            ("adamw.epsilon", adamw.epsilon),
        ];
        let possible = |size: f64| size > 0.0 && size.is_finite();
        if let Some((name, size)) = sizes.iter().find(|&&(_, size)| !possible(size)) {
            return Some(format!("{name} is {size}, expected above 0"));
        }
        if !(1..=100).contains(&muon.iterations) {
            return Some(format!("muon.iterations is {}, expected 1 to 100", muon.iterations));
        }
        let infinite = muon.quintic.iter().find(|factor| !factor.is_finite());
        infinite.map(|factor| format!("muon.quintic has {factor}, expected numbers"))
    }
}
