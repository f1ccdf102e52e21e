//! Writes the coded samples of the only component (ITU-T T.87 A).

use super::bits::BitWriter;
use super::model::{Model, RUN_ORDERS};

struct Coder<'a> {
    bits: BitWriter<'a>,
    model: Model,
}

/// Appends every sample, row by row.
pub(super) fn encode(samples: &[u16], columns: usize, model: Model, out: &mut Vec<u8>) {
    let mut coder = Coder { bits: BitWriter::new(out), model };
    // A sample before the first and one after the last stand beside the line; lines hold what a
    // decoder restores.
    let mut above = vec![0; columns + 2];
    let mut line = vec![0; columns + 2];
    for row in samples.chunks_exact(columns) {
        above[columns + 1] = above[columns];
        line[0] = above[1];
        coder.line(row, &above, &mut line);
        std::mem::swap(&mut above, &mut line);
    }
    coder.bits.end();
}

impl Coder<'_> {
    /// One line; `above` and `line` hold a sample before the first and one after the last.
    fn line(&mut self, row: &[u16], above: &[i32], line: &mut [i32]) {
        let columns = row.len();
        let mut at = 1;
        while at <= columns {
            let (left, up) = (line[at - 1], above[at]);
            let (corner, next) = (above[at - 1], above[at + 1]);
            let gradients = [next - up, up - corner, corner - left];
            if self.model.is_flat(gradients) {
                let rest = at..columns + 1;
                at += self.run(&row[at - 1..], &above[rest.clone()], left, &mut line[rest]);
            } else {
                line[at] = self.regular(row[at - 1].into(), gradients, [left, up, corner]);
                at += 1;
            }
        }
    }

    /// A sample outside runs (A.3 to A.6); gives what it is restored to.
    fn regular(&mut self, sample: i32, gradients: [i32; 3], beside: [i32; 3]) -> i32 {
        let place = self.model.place(gradients, beside);
        let (error, restored) = self.model.error(sample, place.predicted, place.sign);
        let Model { near, step, preset, limit, .. } = self.model;
        let context = &mut self.model.regular[place.context];
        let k = context.golomb();
        let mapped = context.mapped(error, k, near);
        context.learn(error, step, preset.reset);
        self.golomb(mapped, k, limit);
        restored
    }

    /// A run and, unless it reaches the end of the line, the sample that ends it (A.7); gives
    /// the number of samples.
    fn run(&mut self, row: &[u16], above: &[i32], left: i32, line: &mut [i32]) -> usize {
        let near = self.model.near;
        let goes_on = |&&sample: &&u16| (i32::from(sample) - left).abs() <= near;
        let length = row.iter().take_while(goes_on).count();
        line[..length].fill(left);
        let mut rest = length;
        while rest >= 1 << RUN_ORDERS[self.model.run_index] {
            self.bits.put(1, 1);
            rest -= 1 << RUN_ORDERS[self.model.run_index];
            self.model.run_index = (self.model.run_index + 1).min(RUN_ORDERS.len() - 1);
        }
        if length == row.len() {
            if rest > 0 {
                self.bits.put(1, 1);
            }
            return length;
        }
        let order = RUN_ORDERS[self.model.run_index];
        self.bits.put(0, 1);
        self.bits.put(rest as u32, order);
        let (up, sample) = (above[length], i32::from(row[length]));
        let alike = (left - up).abs() <= near;
        let (predicted, sign) = match alike {
            true => (left, 1),
            false => (up, if left > up { -1 } else { 1 }),
        };
        let (error, restored) = self.model.error(sample, predicted, sign);
        let reset = self.model.preset.reset;
        let context = &mut self.model.interruptions[usize::from(alike)];
        let k = context.golomb();
        let mapped = context.mapped(error, k, reset);
        self.golomb(mapped, k, self.model.limit - order - 1);
        self.model.run_index = self.model.run_index.saturating_sub(1);
        line[length] = restored;
        length + 1
    }

    /// A Golomb code of limited length (A.5.3).
    fn golomb(&mut self, mapped: i32, k: u32, limit: u32) {
        let longest = limit - self.model.range_bits - 1;
        let zeros = mapped as u32 >> k;
        if zeros < longest {
            self.bits.zeros(zeros);
            self.bits.put(1, 1);
            self.bits.put(mapped as u32 & ((1 << k) - 1), k);
        } else {
            self.bits.zeros(longest);
            self.bits.put(1, 1);
            self.bits.put(mapped as u32 - 1, self.model.range_bits);
        }
    }
}
