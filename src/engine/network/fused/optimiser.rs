//! Steps of training on the processor: Muon and AdamW over plain values; knows no layer.
//!
//! AdamW's loops are plain, and the products of Muon those of the layers, so that AVX-512 and AVX2
//! agree.

use std::ops::Deref;

use super::dense::{narrow, widen};
use super::workspace::Workspace;
use crate::network::optimiser::{Adamw, Muon, Optimiser, Rule};

/// How one parameter follows, and the moments of its gradient.
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
    parts: Vec<Part>,
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

/// One update of all parameters.
struct Update<'a> {
    workspace: &'a Workspace,
    learning_rate: f64,
    weight_decay: f64,
    muon: Muon,
    adamw: Adamw,
    factors: Factors,
}

impl Part {
    fn step(&mut self, theta: &mut [f32], gradient: &[f32], update: &Update<'_>) {
        let rate = match self.rule {
            Rule::Kept => return,
            Rule::Adamw { decays: false } => 0.0,
            Rule::Adamw { decays: true } => update.adamw.rate_share * update.learning_rate,
            Rule::Muon { .. } => update.learning_rate,
        };
        let keep = 1.0 - rate * update.weight_decay;
        theta.iter_mut().for_each(|theta| *theta *= keep as f32);
        match self.rule {
            Rule::Adamw { .. } => self.adamw(theta, gradient, update.adamw, update.factors),
            Rule::Muon { outputs } => self.muon(theta, gradient, outputs, update),
            Rule::Kept => {}
        }
    }

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
) -> Result<Vec<f32>, crate::network::error::NetworkError> {
    orthogonalise(&Workspace::new(kernel, 1)?, &mut x, columns, Muon::default());
    Ok(x)
}

impl Steps {
    /// Steps of parameters, from the number of values and the rule of each.
    pub(super) fn new(
        parameters: Vec<(usize, Rule)>,
        optimiser: Optimiser,
        weight_decay: f64,
    ) -> Self {
        let Optimiser::MuonAdamw { muon, adamw } = optimiser;
        let part = |(count, rule)| {
            let second = if matches!(rule, Rule::Adamw { .. }) { count } else { 0 };
            Part { count, rule, first: vec![0.0; count], second: vec![0.0; second] }
        };
        let parts = parameters.into_iter().map(part).collect();
        Self { parts, muon, adamw, weight_decay, steps: 0 }
    }

    /// Steps taken, and the first and second moments of each parameter.
    pub(super) fn state(&self) -> (i32, Vec<Vec<f32>>) {
        let moments = self.parts.iter().flat_map(|part| [part.first.clone(), part.second.clone()]);
        (self.steps, moments.collect())
    }

    /// Goes on from what `state` said.
    pub(super) fn go_on(&mut self, steps: i32, moments: Vec<Vec<f32>>) {
        self.steps = steps;
        let all = self.parts.iter_mut().flat_map(|part| [&mut part.first, &mut part.second]);
        all.zip(moments).for_each(|(moment, kept)| *moment = kept);
    }

    /// One step along `gradients`, one per parameter.
    pub(super) fn step<G: Deref<Target = [f32]>>(
        &mut self,
        parameters: &mut [Vec<f32>],
        gradients: &[G],
        learning_rate: f64,
        workspace: &Workspace,
    ) {
        self.steps += 1;
        let Self { muon, adamw, weight_decay, .. } = *self;
        let first_scale = 1.0 / (1.0 - adamw.beta_1.powi(self.steps));
        let second_scale = 1.0 / (1.0 - adamw.beta_2.powi(self.steps));
        let factors = Factors {
            rate: (adamw.rate_share * learning_rate * first_scale) as f32,
            second_scale: second_scale as f32,
        };
        let update = Update { workspace, learning_rate, weight_decay, muon, adamw, factors };
        let all = self.parts.iter_mut().zip(parameters).zip(gradients);
        all.for_each(|((part, theta), gradient)| part.step(theta, gradient, &update));
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Tensor, Var};
    use candle_nn::Optimizer;

    use super::*;
    use crate::network::execution::Kernel;

    #[test]
    fn adam_agrees_with_candles() {
        let workspace = Workspace::new(Kernel::Portable, 1).unwrap();
        let mut ours = [vec![0.5_f32, -1.0, 2.0, 1e-3]];
        let start = Tensor::new(&ours[0][..], &Device::Cpu).unwrap();
        let theirs = Var::from_tensor(&start).unwrap();
        let rule = Rule::Adamw { decays: true };
        let mut adam = Steps::new(vec![(4, rule)], Optimiser::default(), 0.05);
        let settings =
            candle_nn::ParamsAdamW { lr: 0.01, weight_decay: 0.05, ..Default::default() };
        let mut reference = candle_nn::AdamW::new(vec![theirs.clone()], settings).unwrap();
        for _ in 0..20 {
            // Of the sum of squares.
            let gradient: Vec<f32> = ours[0].iter().map(|theta| 2.0 * theta).collect();
            adam.step(&mut ours, &[gradient], 0.01 / Adamw::default().rate_share, &workspace);
            reference.backward_step(&theirs.sqr().unwrap().sum_all().unwrap()).unwrap();
        }
        let theirs: Vec<f32> = theirs.to_vec1().unwrap();
        // Both in f32, twenty roundings of values near 1.
        assert!(ours[0].iter().zip(&theirs).all(|(a, b)| (a - b).abs() < 5e-6), "{ours:?}");
    }

    #[test]
    fn a_matrix_without_gradient_stays() {
        let workspace = Workspace::new(Kernel::Portable, 1).unwrap();
        let mut values = [vec![1.0_f32, 2.0, 3.0, 4.0]];
        let parts = vec![(4, Rule::Muon { outputs: 2 })];
        let mut muon = Steps::new(parts, Optimiser::default(), 0.0);
        muon.step(&mut values, &[vec![0.0; 4]], 0.1, &workspace);
        assert_eq!(values[0], [1.0, 2.0, 3.0, 4.0]);
    }
}
