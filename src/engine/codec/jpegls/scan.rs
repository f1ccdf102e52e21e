//! The coded samples of the only component (ITU-T T.87 A).

use super::bits::Bits;
use super::context::{Interruption, Regular};
use super::header::{Header, Preset};
use crate::codec::plane::{PlaneError, damaged};

/// J: the order of run-length codes (A.2.1).
const RUN_ORDERS: [u32; 32] = [
    0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13,
    14, 15,
];

/// Contexts of regular samples, by the merged gradients.
const CONTEXTS: usize = 365;

struct Scan<'a> {
    bits: Bits<'a>,
    near: i32,
    /// 2·NEAR + 1.
    step: i32,
    /// RANGE.
    range: i32,
    /// qbpp.
    range_bits: u32,
    /// LIMIT.
    limit: u32,
    preset: Preset,
    regular: Vec<Regular>,
    interruptions: [Interruption; 2],
    run_index: usize,
}

/// Reads every sample, row by row.
pub(super) fn decode(header: &Header, coded: &[u8]) -> Result<Vec<u16>, PlaneError> {
    let mut scan = Scan::new(header, coded);
    let columns = header.columns;
    let mut samples = Vec::with_capacity(header.rows * columns);
    // A sample before the first and one after the last stand beside the line.
    let mut above = vec![0; columns + 2];
    let mut line = vec![0; columns + 2];
    for _ in 0..header.rows {
        above[columns + 1] = above[columns];
        line[0] = above[1];
        scan.line(&above, &mut line)?;
        samples.extend(line[1..=columns].iter().map(|&sample| sample as u16));
        std::mem::swap(&mut above, &mut line);
    }
    scan.bits.end()?;
    Ok(samples)
}

impl<'a> Scan<'a> {
    fn new(header: &Header, coded: &'a [u8]) -> Self {
        let Header { near, preset, .. } = *header;
        let step = 2 * near + 1;
        let range = (preset.most + 2 * near) / step + 1;
        // The bits of the largest of so many values.
        let bits_of = |values: i32| 32 - (values as u32 - 1).leading_zeros();
        let sample_bits = bits_of(preset.most + 1).max(2);
        let magnitude = ((range + 32) >> 6).max(2);
        Self {
            bits: Bits::new(coded),
            near,
            step,
            range,
            range_bits: bits_of(range),
            limit: 2 * (sample_bits + sample_bits.max(8)),
            preset,
            regular: vec![Regular::new(magnitude); CONTEXTS],
            interruptions: [0, 1].map(|alike| Interruption::new(alike, magnitude)),
            run_index: 0,
        }
    }

    /// One line; `above` and `line` hold a sample before the first and one after the last.
    fn line(&mut self, above: &[i32], line: &mut [i32]) -> Result<(), PlaneError> {
        let columns = line.len() - 2;
        let mut at = 1;
        while at <= columns {
            let (left, up) = (line[at - 1], above[at]);
            let (corner, next) = (above[at - 1], above[at + 1]);
            let gradients = [next - up, up - corner, corner - left];
            if gradients.iter().all(|gradient| gradient.abs() <= self.near) {
                at += self.run(&above[at..=columns], left, &mut line[at..=columns])?;
            } else {
                line[at] = self.regular(gradients, [left, up, corner])?;
                at += 1;
            }
        }
        Ok(())
    }

    /// A sample outside runs (A.3 to A.6).
    fn regular(
        &mut self,
        gradients: [i32; 3],
        [left, up, corner]: [i32; 3],
    ) -> Result<i32, PlaneError> {
        let regions = gradients.map(|gradient| self.region(gradient));
        let number = 81 * regions[0] + 9 * regions[1] + regions[2];
        let sign = if number < 0 { -1 } else { 1 };
        let context = self.regular[number.unsigned_abs() as usize];
        let predicted = if corner >= left.max(up) {
            left.min(up)
        } else if corner <= left.min(up) {
            left.max(up)
        } else {
            left + up - corner
        };
        let predicted = (predicted + sign * context.bias).clamp(0, self.preset.most);
        let k = context.golomb();
        let mapped = self.golomb(k, self.limit)?;
        let error = context.unmapped(mapped, k, self.near);
        self.regular[number.unsigned_abs() as usize].learn(error, self.step, self.preset.reset);
        self.restored(predicted, sign * error)
    }

    /// A gradient's region, −4 to 4 (A.3.3).
    fn region(&self, gradient: i32) -> i32 {
        let size = gradient.abs();
        let reached = self.preset.thresholds.iter().filter(|&&threshold| size >= threshold).count();
        let region = if size <= self.near { 0 } else { 1 + reached as i32 };
        region * gradient.signum()
    }

    /// A run and, unless it reaches the end of the line, the sample that ends it (A.7); gives
    /// the number of samples.
    fn run(&mut self, above: &[i32], left: i32, line: &mut [i32]) -> Result<usize, PlaneError> {
        let mut length = 0;
        while self.bits.number(1)? == 1 {
            let whole = 1 << RUN_ORDERS[self.run_index];
            let filled = (line.len() - length).min(whole);
            length += filled;
            if filled == whole {
                self.run_index = (self.run_index + 1).min(RUN_ORDERS.len() - 1);
            }
            if length == line.len() {
                line.fill(left);
                return Ok(length);
            }
        }
        let order = RUN_ORDERS[self.run_index];
        length += self.bits.number(order)? as usize;
        if length >= line.len() {
            return Err(damaged("a run is longer than its line"));
        }
        line[..length].fill(left);
        let up = above[length];
        let alike = (left - up).abs() <= self.near;
        let context = self.interruptions[usize::from(alike)];
        let k = context.golomb();
        let mapped = self.golomb(k, self.limit - order - 1)?;
        let error = self.interruptions[usize::from(alike)].unmapped(mapped, k, self.preset.reset);
        line[length] = if alike {
            self.restored(left, error)?
        } else {
            self.restored(up, if left > up { -error } else { error })?
        };
        self.run_index = self.run_index.saturating_sub(1);
        Ok(length + 1)
    }

    /// A value of a Golomb code of limited length (A.5.3).
    fn golomb(&mut self, k: u32, limit: u32) -> Result<i32, PlaneError> {
        let longest = limit - self.range_bits - 1;
        let zeros = self.bits.zeros(longest)?;
        if zeros == longest {
            return Ok(self.bits.number(self.range_bits)? as i32 + 1);
        }
        if k > 16 {
            return Err(damaged("a code is longer than a sample"));
        }
        Ok(((zeros << k) | self.bits.number(k)?) as i32)
    }

    /// The sample at an error from its prediction (A.4.4, A.4.5).
    fn restored(&self, predicted: i32, error: i32) -> Result<i32, PlaneError> {
        let mut sample = predicted + error * self.step;
        if sample < -self.near {
            sample += self.range * self.step;
        } else if sample > self.preset.most + self.near {
            sample -= self.range * self.step;
        }
        let possible = -self.near..=self.preset.most + self.near;
        if possible.contains(&sample) {
            Ok(sample.clamp(0, self.preset.most))
        } else {
            Err(damaged("an error is larger than the range of the samples"))
        }
    }
}
