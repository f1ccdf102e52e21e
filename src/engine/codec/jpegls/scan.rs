//! Reads the coded samples of the only component (ITU-T T.87 A).

use super::bits::Bits;
use super::header::Header;
use super::model::{Model, RUN_ORDERS};
use crate::codec::plane::{PlaneError, damaged};

struct Scan<'a> {
    bits: Bits<'a>,
    model: Model,
}

/// Reads every sample, row by row.
pub(super) fn decode(header: &Header, coded: &[u8]) -> Result<Vec<u16>, PlaneError> {
    let mut scan = Scan { bits: Bits::new(coded), model: Model::new(header.near, header.preset) };
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

impl Scan<'_> {
    /// One line; `above` and `line` hold a sample before the first and one after the last.
    fn line(&mut self, above: &[i32], line: &mut [i32]) -> Result<(), PlaneError> {
        let columns = line.len() - 2;
        let mut at = 1;
        while at <= columns {
            let (left, up) = (line[at - 1], above[at]);
            let (corner, next) = (above[at - 1], above[at + 1]);
            let gradients = [next - up, up - corner, corner - left];
            if self.model.is_flat(gradients) {
                at += self.run(&above[at..=columns], left, &mut line[at..=columns])?;
            } else {
                line[at] = self.regular(gradients, [left, up, corner])?;
                at += 1;
            }
        }
        Ok(())
    }

    /// A sample outside runs (A.3 to A.6).
    fn regular(&mut self, gradients: [i32; 3], beside: [i32; 3]) -> Result<i32, PlaneError> {
        let place = self.model.place(gradients, beside);
        let k = self.model.regular[place.context].golomb();
        let mapped = self.golomb(k, self.model.limit)?;
        let Model { near, step, preset, .. } = self.model;
        let context = &mut self.model.regular[place.context];
        let error = context.unmapped(mapped, k, near);
        context.learn(error, step, preset.reset);
        self.restored(place.predicted, place.sign * error)
    }

    /// A run and, unless it reaches the end of the line, the sample that ends it (A.7); gives
    /// the number of samples.
    fn run(&mut self, above: &[i32], left: i32, line: &mut [i32]) -> Result<usize, PlaneError> {
        let mut length = 0;
        while self.bits.number(1)? == 1 {
            let whole = 1 << RUN_ORDERS[self.model.run_index];
            let filled = (line.len() - length).min(whole);
            length += filled;
            if filled == whole {
                self.model.run_index = (self.model.run_index + 1).min(RUN_ORDERS.len() - 1);
            }
            if length == line.len() {
                line.fill(left);
                return Ok(length);
            }
        }
        let order = RUN_ORDERS[self.model.run_index];
        length += self.bits.number(order)? as usize;
        if length >= line.len() {
            return Err(damaged("a run is longer than its line"));
        }
        line[..length].fill(left);
        let up = above[length];
        let alike = (left - up).abs() <= self.model.near;
        let k = self.model.interruptions[usize::from(alike)].golomb();
        let mapped = self.golomb(k, self.model.limit - order - 1)?;
        let reset = self.model.preset.reset;
        let error = self.model.interruptions[usize::from(alike)].unmapped(mapped, k, reset);
        line[length] = if alike {
            self.restored(left, error)?
        } else {
            self.restored(up, if left > up { -error } else { error })?
        };
        self.model.run_index = self.model.run_index.saturating_sub(1);
        Ok(length + 1)
    }

    /// A value of a Golomb code of limited length (A.5.3).
    fn golomb(&mut self, k: u32, limit: u32) -> Result<i32, PlaneError> {
        let longest = limit - self.model.range_bits - 1;
        let zeros = self.bits.zeros(longest)?;
        if zeros == longest {
            return Ok(self.bits.number(self.model.range_bits)? as i32 + 1);
        }
        if k > 16 {
            return Err(damaged("a code is longer than a sample"));
        }
        Ok(((zeros << k) | self.bits.number(k)?) as i32)
    }

    fn restored(&self, predicted: i32, error: i32) -> Result<i32, PlaneError> {
        let sample = self.model.restored(predicted, error);
        sample.ok_or_else(|| damaged("an error is larger than the range of the samples"))
    }
}
