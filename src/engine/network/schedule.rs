//! Learning rates over a training; knows no optimiser.

use serde::{Deserialize, Serialize};

/// How the learning rate runs from the first to the last step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Schedule {
    /// Up from 1/25 of the peak over the first three tenths, down to 1/10⁴ of 1/25, both by
    /// cosine (Smith & Topin 2019, with the numbers of PyTorch's `OneCycleLR`).
    OneCycle,
    /// Linear from 0 over the share `warmup`, then down to 0 by cosine.
    Cosine {
        /// Share of the steps, 0 to 1.
        warmup: f64,
    },
}

impl Schedule {
    /// Share of the peak at step `step` of `steps`.
    pub(super) fn share(self, step: usize, steps: usize) -> f64 {
        let cosine = |from: f64, to: f64, share: f64| {
            to + (from - to) * 0.5 * (1.0 + libm::cos(std::f64::consts::PI * share.clamp(0.0, 1.0)))
        };
        let steps = steps.max(1) as f64;
        match self {
            Self::OneCycle => {
                let (start, end) = (1.0 / 25.0, 1.0 / 25.0e4);
                let top = (0.3 * steps - 1.0).max(1.0);
                let step = step as f64;
                if step <= top {
                    cosine(start, 1.0, step / top)
                } else {
                    cosine(1.0, end, (step - top) / (steps - 1.0 - top).max(1.0))
                }
            }
            Self::Cosine { warmup } => {
                let rise = warmup.clamp(0.0, 1.0) * steps;
                let step = step as f64 + 1.0;
                if step <= rise {
                    step / rise
                } else {
                    cosine(1.0, 0.0, (step - rise) / (steps - rise).max(1.0))
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_cycle_is_pytorchs() {
        // torch 2.15: OneCycleLR(SGD([p], lr=1), max_lr=1, total_steps=10), get_last_lr() per step.
        let expected = [
            0.04,
            0.52,
            1.0,
            0.950_484_64,
            0.811_745_1,
            0.611_261_48,
            0.388_742_52,
            0.188_258_9,
            0.049_519_36,
            4e-6,
        ];
        for (step, expected) in expected.into_iter().enumerate() {
            let share = Schedule::OneCycle.share(step, 10);
            assert!((share - expected).abs() < 2e-6, "step {step}: {share} for {expected}");
        }
    }

    #[test]
    fn cosine_rises_to_one_and_falls_to_zero() {
        let schedule = Schedule::Cosine { warmup: 0.25 };
        let shares: Vec<f64> = (0..8).map(|step| schedule.share(step, 8)).collect();
        assert_eq!(shares[0], 0.5);
        assert_eq!(shares[1], 1.0);
        assert!(shares[1..].windows(2).all(|pair| pair[1] < pair[0]));
        assert!(shares[7].abs() < 1e-12);
    }
}
