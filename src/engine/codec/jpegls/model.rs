//! What coder and decoder share: ranges, prediction, contexts, and what a sample becomes
//! (ITU-T T.87 A).

use super::context::{Interruption, Regular};
use super::header::Preset;

/// J: the order of run-length codes (A.2.1).
pub(super) const RUN_ORDERS: [u32; 32] = [
    0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13,
    14, 15,
];

/// Contexts of regular samples, by the merged gradients.
const CONTEXTS: usize = 365;

/// What a coder knows between two samples.
pub(super) struct Model {
    pub(super) near: i32,
    /// 2·NEAR + 1.
    pub(super) step: i32,
    /// RANGE.
    range: i32,
    /// qbpp.
    pub(super) range_bits: u32,
    /// LIMIT.
    pub(super) limit: u32,
    pub(super) preset: Preset,
    /// Of the gradients −MAXVAL to MAXVAL.
    regions: Vec<i8>,
    pub(super) regular: Vec<Regular>,
    pub(super) interruptions: [Interruption; 2],
    pub(super) run_index: usize,
}

/// How a regular sample is coded.
pub(super) struct Place {
    /// Number of its context.
    pub(super) context: usize,
    /// −1 where errors are mirrored.
    pub(super) sign: i32,
    pub(super) predicted: i32,
}

impl Model {
    pub(super) fn new(near: i32, preset: Preset) -> Self {
        let step = 2 * near + 1;
        let range = (preset.most + 2 * near) / step + 1;
        // The bits of the largest of so many values.
        let bits_of = |values: i32| 32 - (values as u32 - 1).leading_zeros();
        let sample_bits = bits_of(preset.most + 1).max(2);
        let magnitude = ((range + 32) >> 6).max(2);
        Self {
            near,
            step,
            range,
            range_bits: bits_of(range),
            limit: 2 * (sample_bits + sample_bits.max(8)),
            preset,
            regions: (-preset.most..=preset.most).map(|it| region(it, near, preset)).collect(),
            regular: vec![Regular::new(magnitude); CONTEXTS],
            interruptions: [0, 1].map(|alike| Interruption::new(alike, magnitude)),
            run_index: 0,
        }
    }

    /// True where a run begins.
    pub(super) fn is_flat(&self, gradients: [i32; 3]) -> bool {
        gradients.iter().all(|gradient| gradient.abs() <= self.near)
    }

    /// Context and prediction of a sample outside runs (A.3, A.4.1, A.4.2).
    pub(super) fn place(&self, gradients: [i32; 3], [left, up, corner]: [i32; 3]) -> Place {
        let regions = gradients.map(|it| i32::from(self.regions[(it + self.preset.most) as usize]));
        let number = 81 * regions[0] + 9 * regions[1] + regions[2];
        let sign = if number < 0 { -1 } else { 1 };
        let context = number.unsigned_abs() as usize;
        let predicted = if corner >= left.max(up) {
            left.min(up)
        } else if corner <= left.min(up) {
            left.max(up)
        } else {
            left + up - corner
        };
        let bias = self.regular[context].bias;
        Place { context, sign, predicted: (predicted + sign * bias).clamp(0, self.preset.most) }
    }

    /// The sample at an error from its prediction (A.4.4, A.4.5); `None` where none lies so far.
    pub(super) fn restored(&self, predicted: i32, error: i32) -> Option<i32> {
        let mut sample = predicted + error * self.step;
        if sample < -self.near {
            sample += self.range * self.step;
        } else if sample > self.preset.most + self.near {
            sample -= self.range * self.step;
        }
        let possible = -self.near..=self.preset.most + self.near;
        possible.contains(&sample).then(|| sample.clamp(0, self.preset.most))
    }

    /// The error of a sample in steps, as it is coded, and what it is restored to (A.4.3 to A.4.5).
    pub(super) fn error(&self, sample: i32, predicted: i32, sign: i32) -> (i32, i32) {
        let exact = sign * (sample - predicted);
        let error = if exact > 0 {
            (exact + self.near) / self.step
        } else {
            -((self.near - exact) / self.step)
        };
        let restored = (predicted + sign * error * self.step).clamp(0, self.preset.most);
        let wrapped = if error < 0 { error + self.range } else { error };
        let half = (self.range + 1) / 2;
        (if wrapped >= half { wrapped - self.range } else { wrapped }, restored)
    }
}

/// A gradient's region, −4 to 4 (A.3.3).
fn region(gradient: i32, near: i32, preset: Preset) -> i8 {
    let size = gradient.abs();
    let reached = preset.thresholds.iter().filter(|&&threshold| size >= threshold).count() as i8;
    let region = if size <= near { 0 } else { 1 + reached };
    region * gradient.signum() as i8
}
