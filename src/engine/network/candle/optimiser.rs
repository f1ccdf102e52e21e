//! Steps of training from candle's ops: its AdamW, and Muon; knows no layer.

use candle_core::backprop::GradStore;
use candle_core::{DType, Result, Tensor, Var};
use candle_nn::{AdamW, Optimizer, ParamsAdamW};

use crate::network::architecture::Parameter;
use crate::network::optimiser::{Muon, Optimiser, Rule};
use crate::network::recipe::Recipe;

/// The steps of one training.
#[derive(Debug)]
pub(super) struct Steps {
    muon: Muon,
    weight_decay: f64,
    /// Share of the learning rate that AdamW has.
    rate_share: f64,
    /// Of what decays, and of what does not.
    adamws: [AdamW; 2],
    /// Of hidden layers, each with the momentum of its gradient.
    muons: Vec<(Var, Tensor)>,
}

impl Steps {
    /// Steps of `variables`, which are described one by one.
    pub(super) fn new(variables: &[Var], described: &[Parameter], recipe: &Recipe) -> Result<Self> {
        let (weight_decay, frozen) = (recipe.weight_decay, recipe.frozen_layers);
        let Optimiser::MuonAdamw { muon, adamw } = recipe.optimiser;
        let rules = Rule::of_all(described, frozen);
        let of_rule = |decays: bool| {
            let mine = (variables.iter().zip(&rules))
                .filter(|(_, rule)| **rule == Rule::Adamw { decays })
                .map(|(variable, _)| variable.clone());
            let settings = ParamsAdamW {
                beta1: adamw.beta_1,
                beta2: adamw.beta_2,
                eps: adamw.epsilon,
                weight_decay: if decays { weight_decay } else { 0.0 },
                ..ParamsAdamW::default()
            };
            AdamW::new(mine.collect(), settings)
        };
        let adamws = [of_rule(true)?, of_rule(false)?];
        let muons = (variables.iter().zip(&rules))
            .filter(|(_, rule)| matches!(rule, Rule::Muon { .. }))
            .map(|(variable, _)| Ok((variable.clone(), variable.zeros_like()?)))
            .collect::<Result<_>>()?;
        Ok(Self { muon, weight_decay, rate_share: adamw.rate_share, adamws, muons })
    }

    /// One step along the gradients.
    pub(super) fn step(&mut self, gradients: &GradStore, learning_rate: f64) -> Result<()> {
        for adamw in &mut self.adamws {
            adamw.set_learning_rate(self.rate_share * learning_rate);
            adamw.step(gradients)?;
        }
        let old = self.muon.momentum;
        for (variable, momentum) in &mut self.muons {
            let Some(gradient) = gradients.get(variable) else { continue };
            let fresh = (gradient * (1.0 - old))?;
            *momentum = ((&*momentum * old)? + &fresh)?;
            let ahead = ((&*momentum * old)? + fresh)?;
            let outputs = variable.dim(variable.rank() - 1)?;
            let inputs = variable.elem_count() / outputs;
            let step = orthogonal(&ahead.reshape((inputs, outputs))?, self.muon)?;
            let step = step.reshape(variable.shape())?;
            let kept = (variable.as_tensor() * (1.0 - learning_rate * self.weight_decay))?;
            let factor = learning_rate * self.muon.factor(inputs, outputs);
            variable.set(&(kept - (step * factor)?)?)?;
        }
        Ok(())
    }
}

/// X (XᵀX)^(−1/2), nearly, of `x [rows, columns]`.
pub(crate) fn orthogonal(x: &Tensor, muon: Muon) -> Result<Tensor> {
    let norm = x.sqr()?.sum_all()?.sqrt()?;
    let x = x.broadcast_div(&norm.maximum(f64::from(f32::MIN_POSITIVE))?)?;
    let mut gram = x.t()?.matmul(&x)?;
    let [a, b, c] = muon.quintic;
    let unit = Tensor::eye(gram.dim(0)?, DType::F32, gram.device())?;
    let mut polynomial = unit.clone();
    for _ in 0..muon.iterations {
        let square = (gram.matmul(&gram)? * c)?;
        let factor = (((&unit * a)? + (&gram * b)?)? + square)?;
        polynomial = polynomial.matmul(&factor)?;
        gram = factor.matmul(&gram)?.matmul(&factor)?;
    }
    x.matmul(&polynomial)
}
