//! AdamW (Loshchilov & Hutter 2019) over candle variables, one pass per variable.
//!
//! Candle's own makes some fifteen temporary tensors per variable and decays biases and batch
//! norm too; here only weights decay. Plain loops, so the bits do not depend on the kernel.

use std::ops::Deref;
use std::sync::Mutex;

use candle_core::{CpuStorage, InplaceOp1, Layout, Result, Var, bail};

use super::workspace::lock;

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f32 = 1e-8;

#[derive(Debug)]
struct Moments {
    first: Vec<f32>,
    second: Vec<f32>,
}

/// One variable and its moments.
#[derive(Debug)]
struct Slot {
    variable: Var,
    decays: bool,
    moments: Mutex<Moments>,
}

/// The optimiser of one training.
#[derive(Debug)]
pub(super) struct AdamW {
    slots: Vec<Slot>,
    weight_decay: f64,
    steps: i32,
}

/// One update of one variable: θ ← θ (1 − ηλ) − η m̂ / (√v̂ + ε).
struct Update<'a> {
    gradient: &'a [f32],
    moments: &'a Mutex<Moments>,
    keep: f32,
    rate: f32,
    second_scale: f32,
}

impl InplaceOp1 for Update<'_> {
    fn name(&self) -> &'static str {
        "adamw"
    }

    fn cpu_fwd(&self, variable: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let (Some((start, end)), CpuStorage::F32(variable)) =
            (layout.contiguous_offsets(), variable)
        else {
            bail!("a variable is contiguous f32")
        };
        let mut moments = lock(self.moments);
        let Moments { first, second } = &mut *moments;
        let moments = first.iter_mut().zip(second);
        for ((theta, &g), (m, v)) in variable[start..end].iter_mut().zip(self.gradient).zip(moments)
        {
            *m = BETA_1 as f32 * *m + (1.0 - BETA_1) as f32 * g;
            *v = BETA_2 as f32 * *v + (1.0 - BETA_2) as f32 * (g * g);
            let step = *m / ((*v * self.second_scale).sqrt() + EPSILON);
            *theta = self.keep * *theta - self.rate * step;
        }
        Ok(())
    }
}

impl AdamW {
    /// An optimiser of `variables`, each with whether it decays.
    pub(super) fn new(variables: Vec<(Var, bool)>, weight_decay: f64) -> Self {
        let slots = variables
            .into_iter()
            .map(|(variable, decays)| {
                let zeros = vec![0.0; variable.elem_count()];
                let moments = Mutex::new(Moments { first: zeros.clone(), second: zeros });
                Slot { variable, decays, moments }
            })
            .collect();
        Self { slots, weight_decay, steps: 0 }
    }

    /// One step along `gradients`, one per variable.
    pub(super) fn step<G: Deref<Target = [f32]>>(
        &mut self,
        gradients: &[G],
        learning_rate: f64,
    ) -> Result<()> {
        self.steps += 1;
        let first_scale = 1.0 / (1.0 - BETA_1.powi(self.steps));
        let second_scale = 1.0 / (1.0 - BETA_2.powi(self.steps));
        for (Slot { variable, decays, moments }, gradient) in self.slots.iter().zip(gradients) {
            let decay = if *decays { learning_rate * self.weight_decay } else { 0.0 };
            variable.inplace_op1(&Update {
                gradient,
                moments,
                keep: (1.0 - decay) as f32,
                rate: (learning_rate * first_scale) as f32,
                second_scale: second_scale as f32,
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Tensor};
    use candle_nn::Optimizer;

    use super::*;

    #[test]
    fn agrees_with_candles() {
        let device = Device::Cpu;
        let start = Tensor::new(&[0.5_f32, -1.0, 2.0, 1e-3], &device).unwrap();
        let (ours, theirs) = (Var::from_tensor(&start).unwrap(), Var::from_tensor(&start).unwrap());
        let mut adam = AdamW::new(vec![(ours.clone(), true)], 0.05);
        let settings =
            candle_nn::ParamsAdamW { lr: 0.01, weight_decay: 0.05, ..Default::default() };
        let mut reference = candle_nn::AdamW::new(vec![theirs.clone()], settings).unwrap();
        for _ in 0..20 {
            let gradients = ours.sqr().unwrap().sum_all().unwrap().backward().unwrap();
            let gradient = gradients.get(&ours).unwrap().to_vec1::<f32>().unwrap();
            adam.step(&[gradient], 0.01).unwrap();
            reference.backward_step(&theirs.sqr().unwrap().sum_all().unwrap()).unwrap();
        }
        let difference = (ours.as_tensor() - theirs.as_tensor()).unwrap().abs().unwrap();
        let difference: Vec<f32> = difference.to_vec1().unwrap();
        // Both in f32, twenty roundings of values near 1.
        assert!(difference.iter().all(|&d| d < 5e-6), "{difference:?}");
    }
}
