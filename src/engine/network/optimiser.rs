//! Steps of training: Muon (Jordan et al. 2024) for the weights of hidden layers, AdamW
//! (Loshchilov & Hutter 2019) for the output layer, biases and batch norms, over candle variables.
//!
//! Muon steps along the orthogonal matrix nearest to the momentum of a weight matrix
//! `[inputs, outputs]`, so that no direction of a layer learns faster than another. A step has the
//! root mean square of one of AdamW's at its rate (Liu et al. 2025).
//! Candle has no Muon, and its AdamW makes some fifteen temporary tensors per variable. AdamW's
//! loops are plain, and the products of Muon those of the layers, so that AVX-512 and AVX2 agree.

use std::ops::Deref;
use std::sync::Mutex;

use candle_core::{CpuStorage, InplaceOp1, Layout, Result, Var, bail};

use super::architecture::{Architecture, is_weight};
use super::dense::{narrow, widen};
use super::workspace::{Workspace, lock};

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f32 = 1e-8;

/// Share of the learning rate that AdamW's parameters follow. With Muon's whole rate for biases and
/// batch norms, four of ten networks of mammography, which has few regions, never began to learn.
pub(super) const ADAM_SHARE: f64 = 0.25;

/// Share of the old in Muon's momentum.
pub(super) const MOMENTUM: f64 = 0.95;
/// Root mean square of AdamW's steps, which Muon's are given.
const STEP_SIZE: f64 = 0.2;
/// Newton–Schulz iterations of Muon.
pub(super) const ITERATIONS: usize = 5;
/// X ← aX + bX(XᵀX) + cX(XᵀX)², which in five iterations takes singular
/// values from 0.002 to 1 to between 0.68 and 1.21.
pub(super) const QUINTIC: [f32; 3] = [3.4445, -4.7750, 2.0315];

/// How a parameter follows its gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// AdamW, with decay or without.
    Adam {
        /// Whether the parameter decays.
        decays: bool,
    },
    /// Muon of a matrix with so many columns; decays.
    Muon {
        /// Columns.
        outputs: usize,
    },
}

impl Rule {
    /// The rule of each parameter, in the order of [`Architecture::parameters`].
    pub(super) fn of(architecture: &Architecture) -> Vec<Self> {
        let rule = |(name, shape): (String, Vec<usize>)| match shape.last() {
            Some(&outputs) if is_weight(&name) && !name.starts_with("output") => {
                Self::Muon { outputs }
            }
            _ => Self::Adam { decays: is_weight(&name) },
        };
        architecture.parameters().into_iter().map(rule).collect()
    }
}

/// Factor on the learning rate that gives an orthogonal step the size of AdamW's.
pub(super) fn muon_factor(inputs: usize, outputs: usize) -> f64 {
    STEP_SIZE * (inputs.max(outputs) as f64).sqrt()
}

/// One parameter in its variable, and the moments of its gradient.
#[derive(Debug)]
struct Part {
    count: usize,
    rule: Rule,
    first: Vec<f32>,
    second: Vec<f32>,
}

/// The optimiser of one training.
#[derive(Debug)]
pub(super) struct Optimiser {
    slots: Vec<(Var, Mutex<Vec<Part>>)>,
    weight_decay: f64,
    steps: i32,
}

/// Factors of a step of AdamW: θ ← θ (1 − ηλ) − η m̂ / (√v̂ + ε).
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
    adam: Factors,
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
                Rule::Adam { decays: false } => 0.0,
                Rule::Adam { decays: true } => ADAM_SHARE * self.learning_rate,
                Rule::Muon { .. } => self.learning_rate,
            };
            let keep = 1.0 - rate * self.weight_decay;
            mine.iter_mut().for_each(|theta| *theta *= keep as f32);
            match part.rule {
                Rule::Adam { .. } => part.adam(mine, slopes, self.adam),
                Rule::Muon { outputs } => {
                    part.muon(mine, slopes, outputs, self.learning_rate, self.workspace);
                }
            }
            (theta, gradient) = (rest, others);
        }
        Ok(())
    }
}

impl Part {
    fn adam(&mut self, theta: &mut [f32], gradient: &[f32], factors: Factors) {
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((theta, &g), (m, v)) in theta.iter_mut().zip(gradient).zip(moments) {
            *m = BETA_1 as f32 * *m + (1.0 - BETA_1) as f32 * g;
            *v = BETA_2 as f32 * *v + (1.0 - BETA_2) as f32 * (g * g);
            *theta -= factors.rate * (*m / ((*v * factors.second_scale).sqrt() + EPSILON));
        }
    }

    fn muon(
        &mut self,
        theta: &mut [f32],
        gradient: &[f32],
        outputs: usize,
        learning_rate: f64,
        workspace: &Workspace,
    ) {
        let mut step = workspace.take(self.count);
        for ((m, &g), step) in self.first.iter_mut().zip(gradient).zip(step.iter_mut()) {
            *m = MOMENTUM as f32 * *m + (1.0 - MOMENTUM) as f32 * g;
            // Nesterov's: where the momentum will be.
            *step = MOMENTUM as f32 * *m + (1.0 - MOMENTUM) as f32 * g;
        }
        orthogonalise(workspace, &mut step, outputs);
        let rate = (learning_rate * muon_factor(self.count / outputs, outputs)) as f32;
        theta.iter_mut().zip(step.iter()).for_each(|(theta, step)| *theta -= rate * step);
        workspace.give(step);
    }
}

/// X `[rows, columns]` becomes nearly X (XᵀX)^(−1/2). The iteration runs on the Gram matrix and on
/// its polynomial, which are as small as the layer has outputs.
fn orthogonalise(workspace: &Workspace, x: &mut [f32], columns: usize) {
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
        let [a, b, c] = QUINTIC;
        for iteration in 0..ITERATIONS {
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
            if iteration + 1 < ITERATIONS {
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

impl Optimiser {
    /// An optimiser of `variables`, each with sizes and rules of the parameters in it.
    pub(super) fn new(variables: Vec<(Var, Vec<(usize, Rule)>)>, weight_decay: f64) -> Self {
        let part = |(count, rule)| {
            let second = if matches!(rule, Rule::Adam { .. }) { count } else { 0 };
            Part { count, rule, first: vec![0.0; count], second: vec![0.0; second] }
        };
        let slots = variables
            .into_iter()
            .map(|(variable, parts)| (variable, Mutex::new(parts.into_iter().map(part).collect())));
        Self { slots: slots.collect(), weight_decay, steps: 0 }
    }

    /// One step along `gradients`, one per variable.
    pub(super) fn step<G: Deref<Target = [f32]>>(
        &mut self,
        gradients: &[G],
        learning_rate: f64,
        workspace: &Workspace,
    ) -> Result<()> {
        self.steps += 1;
        let first_scale = 1.0 / (1.0 - BETA_1.powi(self.steps));
        let second_scale = 1.0 / (1.0 - BETA_2.powi(self.steps));
        let adam = Factors {
            rate: (ADAM_SHARE * learning_rate * first_scale) as f32,
            second_scale: second_scale as f32,
        };
        let weight_decay = self.weight_decay;
        for ((variable, parts), gradient) in self.slots.iter().zip(gradients) {
            let update = Update { gradient, parts, workspace, learning_rate, weight_decay, adam };
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
    use crate::network::kernel::Kernel;
    use crate::network::plain;

    #[test]
    fn adam_agrees_with_candles() {
        let device = Device::Cpu;
        let workspace = Workspace::new(Kernel::Portable, 1).unwrap();
        let start = Tensor::new(&[0.5_f32, -1.0, 2.0, 1e-3], &device).unwrap();
        let (ours, theirs) = (Var::from_tensor(&start).unwrap(), Var::from_tensor(&start).unwrap());
        let rule = Rule::Adam { decays: true };
        let mut adam = Optimiser::new(vec![(ours.clone(), vec![(4, rule)])], 0.05);
        let settings =
            candle_nn::ParamsAdamW { lr: 0.01, weight_decay: 0.05, ..Default::default() };
        let mut reference = candle_nn::AdamW::new(vec![theirs.clone()], settings).unwrap();
        for _ in 0..20 {
            let gradients = ours.sqr().unwrap().sum_all().unwrap().backward().unwrap();
            let gradient = gradients.get(&ours).unwrap().to_vec1::<f32>().unwrap();
            adam.step(&[gradient], 0.01 / ADAM_SHARE, &workspace).unwrap();
            reference.backward_step(&theirs.sqr().unwrap().sum_all().unwrap()).unwrap();
        }
        let difference = (ours.as_tensor() - theirs.as_tensor()).unwrap().abs().unwrap();
        let difference: Vec<f32> = difference.to_vec1().unwrap();
        // Both in f32, twenty roundings of values near 1.
        assert!(difference.iter().all(|&d| d < 5e-6), "{difference:?}");
    }

    /// Q diag(s) with orthonormal columns Q, here those of a Hadamard matrix turned by another,
    /// must become Q diag(p(s)), p the quintic of the iteration, applied in f64.
    #[test]
    fn singular_values_follow_the_quintic() {
        const ROWS: usize = 32;
        let sign =
            |i: usize, j: usize| if (i & j).count_ones().is_multiple_of(2) { 1.0 } else { -1.0 };
        for columns in [8, 16] {
            let scale = 1.0 / (ROWS as f64 * columns as f64).sqrt();
            let values: Vec<f64> = (0..columns).map(|k| 0.7_f64.powi(k as i32)).collect();
            let made = |values: &[f64]| -> Vec<f32> {
                let at = |i: usize, j: usize| {
                    (0..columns).map(|k| sign(i, k) * values[k] * sign(k, j)).sum::<f64>()
                };
                let places = (0..ROWS).flat_map(|i| (0..columns).map(move |j| (i, j)));
                places.map(|(i, j)| (scale * at(i, j)) as f32).collect()
            };
            let norm = values.iter().map(|v| v * v).sum::<f64>().sqrt();
            let [a, b, c] = QUINTIC.map(f64::from);
            let mapped: Vec<f64> = values
                .iter()
                .map(|&v| (0..ITERATIONS).fold(v / norm, |s, _| s * (a + s * s * (b + c * s * s))))
                .collect();
            let expected = made(&mapped);
            let mut found: Vec<Vec<f32>> = Kernel::available()
                .into_iter()
                .filter(|kernel| kernel.is_fused())
                .map(|kernel| {
                    let mut x = made(&values);
                    orthogonalise(&Workspace::new(kernel, 1).unwrap(), &mut x, columns);
                    x
                })
                .collect();
            let x = Tensor::from_vec(made(&values), (ROWS, columns), &Device::Cpu).unwrap();
            found.push(plain::orthogonal(&x).unwrap().flatten_all().unwrap().to_vec1().unwrap());
            for found in found {
                let worst = found.iter().zip(&expected).map(|(a, b)| (a - b).abs());
                let worst = worst.fold(0.0, f32::max);
                // Entries are up to 0.6; small singular values come from a Gram matrix in f32.
                assert!(worst < 5e-4, "{columns} columns: off by {worst}");
            }
        }
    }

    #[test]
    fn a_matrix_without_gradient_stays() {
        let workspace = Workspace::new(Kernel::Portable, 1).unwrap();
        let start = Tensor::new(&[1.0_f32, 2.0, 3.0, 4.0], &Device::Cpu).unwrap();
        let variable = Var::from_tensor(&start).unwrap();
        let parts = vec![(4, Rule::Muon { outputs: 2 })];
        let mut muon = Optimiser::new(vec![(variable.clone(), parts)], 0.0);
        muon.step(&[vec![0.0; 4]], 0.1, &workspace).unwrap();
        assert_eq!(variable.to_vec1::<f32>().unwrap(), [1.0, 2.0, 3.0, 4.0]);
    }
}
