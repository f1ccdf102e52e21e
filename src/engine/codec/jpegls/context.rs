//! What the coder learns while it goes (ITU-T T.87 A.2, A.6, A.7.2).

/// Bounds of the bias (A.2.1).
const BIAS: std::ops::RangeInclusive<i32> = -128..=127;

/// A context of regular samples: N, A, B and C of the standard.
#[derive(Debug, Clone, Copy)]
pub(super) struct Regular {
    count: i32,
    magnitude: i32,
    drift: i32,
    pub(super) bias: i32,
}

/// The smallest k with `count`·2^k ≥ `magnitude`.
fn golomb(count: i32, magnitude: i32) -> u32 {
    let mut k = 0;
    while (i64::from(count) << k) < i64::from(magnitude) {
        k += 1;
    }
    k
}

impl Regular {
    pub(super) fn new(magnitude: i32) -> Self {
        Self { count: 1, magnitude, drift: 0, bias: 0 }
    }

    pub(super) fn golomb(&self) -> u32 {
        golomb(self.count, self.magnitude)
    }

    /// The error that a mapped value stands for (A.5.2).
    pub(super) fn unmapped(&self, mapped: i32, k: u32, near: i32) -> i32 {
        let error = if mapped & 1 == 0 { mapped >> 1 } else { -((mapped + 1) >> 1) };
        let flipped = near == 0 && k == 0 && 2 * self.drift <= -self.count;
        if flipped { -error - 1 } else { error }
    }

    /// What an error is coded as (A.5.2).
    pub(super) fn mapped(&self, error: i32, k: u32, near: i32) -> i32 {
        let flipped = near == 0 && k == 0 && 2 * self.drift <= -self.count;
        let error = if flipped { -error - 1 } else { error };
        if error >= 0 { 2 * error } else { -2 * error - 1 }
    }

    /// Learns from an error, counted in steps of 2·NEAR + 1 = `step` (A.6).
    pub(super) fn learn(&mut self, error: i32, step: i32, reset: i32) {
        self.drift += error * step;
        self.magnitude += error.abs();
        if self.count == reset {
            self.magnitude >>= 1;
            self.drift >>= 1;
            self.count >>= 1;
        }
        self.count += 1;
        if self.drift <= -self.count {
            self.drift = (self.drift + self.count).max(1 - self.count);
            self.bias = (self.bias - 1).max(*BIAS.start());
        } else if self.drift > 0 {
            self.drift = (self.drift - self.count).min(0);
            self.bias = (self.bias + 1).min(*BIAS.end());
        }
    }
}

/// A context of samples that end a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Interruption {
    /// RItype: 1 where left and above are alike.
    pub(super) alike: i32,
    count: i32,
    magnitude: i32,
    negative: i32,
}

impl Interruption {
    pub(super) fn new(alike: i32, magnitude: i32) -> Self {
        Self { alike, count: 1, magnitude, negative: 0 }
    }

    pub(super) fn golomb(&self) -> u32 {
        golomb(self.count, self.magnitude + self.alike * (self.count >> 1))
    }

    /// The error that a mapped value stands for (A.7.2.2), and learns from it.
    pub(super) fn unmapped(&mut self, mapped: i32, k: u32, reset: i32) -> i32 {
        let number = mapped + self.alike;
        let odd = number & 1;
        let size = (number + odd) >> 1;
        let positive_is_odd = k == 0 && 2 * self.negative < self.count;
        let error = if (odd == 1) == positive_is_odd { size } else { -size };
        self.learn(error, mapped, reset);
        error
    }

    /// What an error is coded as (A.7.2.1), and learns from it.
    pub(super) fn mapped(&mut self, error: i32, k: u32, reset: i32) -> i32 {
        let positive_is_odd = k == 0 && 2 * self.negative < self.count;
        let odd = error != 0 && (error > 0) == positive_is_odd;
        let mapped = 2 * error.abs() - self.alike - i32::from(odd);
        self.learn(error, mapped, reset);
        mapped
    }

    fn learn(&mut self, error: i32, mapped: i32, reset: i32) {
        if error < 0 {
            self.negative += 1;
        }
        self.magnitude += (mapped + 1 - self.alike) >> 1;
        if self.count == reset {
            self.magnitude >>= 1;
            self.count >>= 1;
            self.negative >>= 1;
        }
        self.count += 1;
    }
}
