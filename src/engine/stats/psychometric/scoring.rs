//! The search for the likeliest function: Fisher scoring with damping.

use super::curve::{PARAMETERS, Psychometric, RATES, Trials};

/// Fisher information per share: n/(ψ(1 − ψ)).
pub(super) fn weight(psi: f64, total: f64) -> f64 {
    total / (psi * (1.0 - psi)).max(1e-9)
}

/// Fisher scoring with damping.
pub(super) fn scoring(start: Psychometric, trials: &[Trials]) -> Psychometric {
    let (mut curve, mut damping) = (start, 1e-3);
    let mut deviance = curve.deviance(trials);
    for _ in 0..200 {
        let (mut information, mut score) = (Square::default(), [0.0; PARAMETERS]);
        for (row, at) in curve.jacobian(trials).iter().zip(trials) {
            let psi = curve.at(at.position);
            let of_level = weight(psi, at.total);
            information.add(row, of_level);
            for (sum, slope) in score.iter_mut().zip(row) {
                *sum += slope * of_level * (at.correct / at.total - psi);
            }
        }
        // A rate at its bound that wants to leave it stays there.
        let free = [
            true,
            true,
            curve.guess > RATES.0 || score[2] > 0.0,
            curve.lapse > RATES.0 || score[3] > 0.0,
        ];
        let mut moved = None;
        while damping < 1e12 {
            let step = information.solve(&score, free, damping);
            let next = step.map(|step| advanced(&curve, step));
            let at_next = next.map_or(f64::NAN, |next| next.deviance(trials));
            if at_next <= deviance {
                damping = (damping / 10.0).max(1e-12);
                moved = next.map(|next| (next, at_next));
                break;
            }
            damping *= 10.0;
        }
        let Some((next, at_next)) = moved else { break };
        let gained = deviance - at_next;
        let shift = ((next.midpoint - curve.midpoint) / curve.spread).abs();
        (curve, deviance) = (next, at_next);
        if gained <= 1e-12 * (1.0 + deviance) && shift < 1e-9 {
            break;
        }
    }
    curve
}

/// One step, the spread held above 0 and rates in their bounds.
fn advanced(curve: &Psychometric, step: [f64; PARAMETERS]) -> Psychometric {
    let guess = (curve.guess + step[2]).clamp(RATES.0, RATES.1);
    Psychometric {
        sigmoid: curve.sigmoid,
        midpoint: curve.midpoint + step[0],
        spread: (curve.spread + step[1]).clamp(curve.spread / 4.0, curve.spread * 4.0),
        guess,
        lapse: (curve.lapse + step[3]).clamp(RATES.0, (RATES.1 - guess).max(RATES.0)),
    }
}

/// A symmetric matrix of the parameters.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Square([[f64; PARAMETERS]; PARAMETERS]);

impl Square {
    /// Adds weight · row rowᵀ.
    pub(super) fn add(&mut self, row: &[f64; PARAMETERS], weight: f64) {
        for (line, a) in self.0.iter_mut().zip(row) {
            for (cell, b) in line.iter_mut().zip(row) {
                *cell += weight * a * b;
            }
        }
    }

    /// x with (M + damping · diag M) x = right over the free parameters, 0 for the others, by
    /// Cholesky's decomposition; `None` where that is singular.
    pub(super) fn solve(
        &self,
        right: &[f64; PARAMETERS],
        free: [bool; PARAMETERS],
        damping: f64,
    ) -> Option<[f64; PARAMETERS]> {
        let mut lower = [[0.0; PARAMETERS]; PARAMETERS];
        let mut found = [0.0; PARAMETERS];
        for i in 0..PARAMETERS {
            if !free[i] {
                lower[i][i] = 1.0;
                continue;
            }
            for j in 0..=i {
                if !free[j] {
                    continue;
                }
                let mut sum = self.0[i][j] * if i == j { 1.0 + damping } else { 1.0 };
                sum -= lower[i][..j].iter().zip(&lower[j]).map(|(a, b)| a * b).sum::<f64>();
                if i == j {
                    // Below this share of its own size a pivot is rounding.
                    if sum <= 1e-13 * self.0[i][i] || !sum.is_finite() {
                        return None;
                    }
                    lower[i][i] = sum.sqrt();
                } else {
                    lower[i][j] = sum / lower[j][j];
                }
            }
            let known: f64 = (0..i).map(|k| lower[i][k] * found[k]).sum();
            found[i] = (right[i] - known) / lower[i][i];
        }
        for i in (0..PARAMETERS).rev() {
            let known: f64 = (i + 1..PARAMETERS).map(|k| lower[k][i] * found[k]).sum();
            found[i] = if free[i] { (found[i] - known) / lower[i][i] } else { 0.0 };
        }
        Some(found)
    }
}
