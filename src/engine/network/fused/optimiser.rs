//! Steps of training on the processor: Muon and AdamW over candle variables; knows no layer.
//!
//! Candle has no Muon, and its AdamW makes some fifteen temporary tensors per variable. AdamW's
//! loops are plain, and the products of Muon those of the layers, so that AVX-512 and AVX2 agree.

use std::ops::Deref;
use std::sync::Mutex;

use candle_core::{CpuStorage, InplaceOp1, Layout, Result, Var, bail};

use super::dense::{narrow, widen};
use super::workspace::{Workspace, lock};
use crate::network::optimiser::{Adamw, Muon, Optimiser, Rule};

/// One parameter in its variable, and the moments of its gradient.
#[derive(Debug)]
struct Part {
    count: usize,
    rule: Rule,
    first: Vec<f32>,
    second: Vec<f32>,
}

/// The steps of one training.
#[derive(Debug)]
pub(super) struct Steps {
    slots: Vec<(Var, Mutex<Vec<Part>>)>,
    muon: Muon,
    adamw: Adamw,
    weight_decay: f64,
    steps: i32,
}

/// Factors of one step of AdamW.
#[derive(Debug, Clone, Copy)]
struct Factors {
    rate: f32,
    second_scale: f32,
}

/// One update of one variable.
struct Update<'a> {
    gradient: &'a [f32],
    parts: &'a Mutex<Vec<Part>>,
    workspace: &'a Workspace,
    learning_rate: f64,
    weight_decay: f64,
    muon: Muon,
    adamw: Adamw,
    factors: Factors,
}

impl InplaceOp1 for Update<'_> {
    fn name(&self) -> &'static str {
        "optimiser"
    }

    fn cpu_fwd(&self, variable: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let (Some((start, end)), CpuStorage::F32(variable)) =
            (layout.contiguous_offsets(), variable)
        else {
            bail!("a variable is contiguous f32")
        };
        let (mut theta, mut gradient) = (&mut variable[start..end], self.gradient);
        for part in lock(self.parts).iter_mut() {
            let (mine, rest) = theta.split_at_mut(part.count);
            let (slopes, others) = gradient.split_at(part.count);
            let rate = match part.rule {
                Rule::Adamw { decays: false } => 0.0,
                Rule::Adamw { decays: true } => self.adamw.rate_share * self.learning_rate,
                Rule::Muon { .. } => self.learning_rate,
            };
            let keep = 1.0 - rate * self.weight_decay;
            mine.iter_mut().for_each(|theta| *theta *= keep as f32);
            match part.rule {
                Rule::Adamw { .. } => part.adamw(mine, slopes, self.adamw, self.factors),
                Rule::Muon { outputs } => part.muon(mine, slopes, outputs, self),
            }
            (theta, gradient) = (rest, others);
        }
        Ok(())
    }
}

impl Part {
    fn adamw(&mut self, theta: &mut [f32], gradient: &[f32], adamw: Adamw, factors: Factors) {
        let Adamw { beta_1, beta_2, epsilon, .. } = adamw;
        let [(old, new), (old_square, new_square)] =
            [beta_1, beta_2].map(|beta| (beta as f32, (1.0 - beta) as f32));
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((theta, &g), (m, v)) in theta.iter_mut().zip(gradient).zip(moments) {
            *m = old * *m + new * g;
            *v = old_square * *v + new_square * (g * g);
            *theta -= factors.rate * (*m / ((*v * factors.second_scale).sqrt() + epsilon as f32));
        }
    }

    fn muon(&mut self, theta: &mut [f32], gradient: &[f32], outputs: usize, update: &Update<'_>) {
        let Update { workspace, muon, learning_rate, .. } = *update;
        let (old, new) = (muon.momentum as f32, (1.0 - muon.momentum) as f32);
        let mut step = workspace.take(self.count);
        for ((m, &g), step) in self.first.iter_mut().zip(gradient).zip(step.iter_mut()) {
            *m = old * *m + new * g;
            // Nesterov's: where the momentum will be.
            *step = old * *m + new * g;
        }
        orthogonalise(workspace, &mut step, outputs, muon);
        let rate = (learning_rate * muon.factor(self.count / outputs, outputs)) as f32;
        theta.iter_mut().zip(step.iter()).for_each(|(theta, step)| *theta -= rate * step);
        workspace.give(step);
    }
}

/// X `[rows, columns]` becomes nearly X (XᵀX)^(−1/2). The iteration runs on the Gram matrix and on
/// its polynomial, which are as small as the layer has outputs.
fn orthogonalise(workspace: &Workspace, x: &mut [f32], columns: usize, muon: Muon) {
    let side = columns.next_multiple_of(16);
    let mut wide = workspace.take(x.len() / columns * side);
    widen(x, columns, side, &mut wide);
    let [mut gram, mut polynomial, mut factor, mut product] =
        std::array::from_fn(|_| workspace.take(side * side));
    gram.fill(0.0);
    workspace.kernel.outer_product(&wide, side, side, &wide, side, &mut gram);
    let trace: f32 = gram.iter().step_by(side + 1).sum();
    if trace > 0.0 {
        let multiply = |a: &[f32], b: &[f32], out: &mut [f32]| {
            workspace.kernel.matrix_product(a, side, b, side, out);
        };
        gram.iter_mut().for_each(|g| *g /= trace);
        let [a, b, c] = muon.quintic.map(|factor| factor as f32);
        for iteration in 0..muon.iterations {
            multiply(&gram, &gram, &mut product);
            for ((q, g), square) in factor.iter_mut().zip(gram.iter()).zip(product.iter()) {
                *q = b * g + c * square;
            }
            factor.iter_mut().step_by(side + 1).for_each(|q| *q += a);
            if iteration == 0 {
                polynomial.copy_from_slice(&factor);
            } else {
                multiply(&polynomial, &factor, &mut product);
                std::mem::swap(&mut polynomial, &mut product);
            }
            if iteration + 1 < muon.iterations {
                multiply(&factor, &gram, &mut product);
                multiply(&product, &factor, &mut gram);
            }
        }
        let norm = trace.sqrt();
        polynomial.iter_mut().for_each(|p| *p /= norm);
        let mut out = workspace.take(wide.len());
        workspace.kernel.matrix_product(&wide, side, &polynomial, side, &mut out);
        narrow(&out, side, columns, x);
        workspace.give(out);
    }
    [wide, gram, polynomial, factor, product].into_iter().for_each(|it| workspace.give(it));
}

/// The values of X (XᵀX)^(−1/2), nearly, of `x [rows, columns]`.
#[cfg(test)]
pub(crate) fn orthogonalised(
    kernel: crate::network::execution::Kernel,
    mut x: Vec<f32>,
    columns: usize,
) -> std::result::Result<Vec<f32>, crate::network::error::NetworkError> {
    orthogonalise(&Workspace::new(kernel, 1)?, &mut x, columns, Muon::default());
    Ok(x)
}

impl Steps {
    /// Steps of `variables`, each with sizes and rules of the parameters in it.
    pub(super) fn new(
        variables: Vec<(Var, Vec<(usize, Rule)>)>,
        optimiser: Optimiser,
        weight_decay: f64,
    ) -> Self {
        let Optimiser::MuonAdamw { muon, adamw } = optimiser;
        let part = |(count, rule)| {
            let second = if matches!(rule, Rule::Adamw { .. }) { count } else { 0 };
            Part { count, rule, first: vec![0.0; count], second: vec![0.0; second] }
        };
        let slots = variables
            .into_iter()
            .map(|(variable, parts)| (variable, Mutex::new(parts.into_iter().map(part).collect())));
        Self { slots: slots.collect(), muon, adamw, weight_decay, steps: 0 }
    }

    /// One step along `gradients`, one per variable.
    pub(super) fn step<G: Deref<Target = [f32]>>(
        &mut self,
        gradients: &[G],
        learning_rate: f64,
        workspace: &Workspace,
    ) -> Result<()> {
        self.steps += 1;
        let Self { muon, adamw, weight_decay, .. } = *self;
        let first_scale = 1.0 / (1.0 - adamw.beta_1.powi(self.steps));
        let second_scale = 1.0 / (1.0 - adamw.beta_2.powi(self.steps));
        let factors = Factors {
            rate: (adamw.rate_share * learning_rate * first_scale) as f32,
            second_scale: second_scale as f32,
        };
        for ((variable, parts), gradient) in self.slots.iter().zip(gradients) {
            let update = Update {
                gradient,
                parts,
                workspace,
                learning_rate,
                weight_decay,
                muon,
                adamw,
                factors,
            };
            variable.inplace_op1(&update)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Tensor};
    use candle_nn::Optimizer;

    use super::*;
    use crate::network::execution::Kernel;

    #[test]
    fn adam_agrees_with_candles() {
        let device = Device::Cpu;
        let workspace = Workspace::new(Kernel::Portable, 1).unwrap();
        let start = Tensor::new(&[0.5_f32, -1.0, 2.0, 1e-3], &device).unwrap();
        let (ours, theirs) = (Var::from_tensor(&start).unwrap(), Var::from_tensor(&start).unwrap());
        let rule = Rule::Adamw { decays: true };
        let mut adam =
            Steps::new(vec![(ours.clone(), vec![(4, rule)])], Optimiser::default(), 0.05);
        let settings =
            candle_nn::ParamsAdamW { lr: 0.01, weight_decay: 0.05, ..Default::default() };
        let mut reference = candle_nn::AdamW::new(vec![theirs.clone()], settings).unwrap();
        for _ in 0..20 {
            let gradients = ours.sqr().unwrap().sum_all().unwrap().backward().unwrap();
            let gradient = gradients.get(&ours).unwrap().to_vec1::<f32>().unwrap();
            adam.step(&[gradient], 0.01 / Adamw::default().rate_share, &workspace).unwrap();
            reference.backward_step(&theirs.sqr().unwrap().sum_all().unwrap()).unwrap();
        }
        let difference = (ours.as_tensor() - theirs.as_tensor()).unwrap().abs().unwrap();
        let difference: Vec<f32> = difference.to_vec1().unwrap();
        // Both in f32, twenty roundings of values near 1.
        assert!(difference.iter().all(|&d| d < 5e-6), "{difference:?}");
    }

    #[test]
    fn a_matrix_without_gradient_stays() {
        let workspace = Workspace::new(Kernel::Portable, 1).unwrap();
        let start = Tensor::new(&[1.0_f32, 2.0, 3.0, 4.0], &Device::Cpu).unwrap();
        let variable = Var::from_tensor(&start).unwrap();
        let parts = vec![(4, Rule::Muon { outputs: 2 })];
        let mut muon = Steps::new(vec![(variable.clone(), parts)], Optimiser::default(), 0.0);
        muon.step(&[vec![0.0; 4]], 0.1, &workspace).unwrap();
        assert_eq!(variable.to_vec1::<f32>().unwrap(), [1.0, 2.0, 3.0, 4.0]);
    }
}
