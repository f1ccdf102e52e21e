//! Direct products: convolutions and matrix products, and the sums over pixels of their
//! gradients, in register tiles.
//!
//! In padded NHWC the taps of one row, (kx, ci), are contiguous, so a 3×3 convolution is three
//! segments of dot products and a dense layer is one. Each output is summed over segments and
//! taps in order, whatever the tile.

use super::lanes::{Lanes, Task};

/// `out[line, column, o] = Σ_s Σ_j input[line·line_stride + column·column_stride +
/// s·segment_stride + j] · weights[s·segment + j, o]`.
pub(super) struct Product<'a> {
    pub(super) input: &'a [f32],
    pub(super) lines: usize,
    pub(super) line_stride: usize,
    pub(super) columns: usize,
    pub(super) column_stride: usize,
    pub(super) segments: usize,
    pub(super) segment_stride: usize,
    pub(super) segment: usize,
    /// `[segments · segment, outputs]`
    pub(super) weights: &'a [f32],
    /// A multiple of 16.
    pub(super) outputs: usize,
    pub(super) out: &'a mut [f32],
    /// Distances of lines and columns in `out`.
    pub(super) out_strides: [usize; 2],
    /// The first outputs, those that are stored; all with `sums`.
    pub(super) width: usize,
    /// `[2, outputs]`: the sums of the outputs and of their squares are added.
    pub(super) sums: Option<&'a mut [f64]>,
}

impl Product<'_> {
    fn check(&self) {
        assert_eq!(self.outputs % 16, 0, "outputs in whole vectors");
        assert!(self.lines > 0 && self.columns > 0 && self.segments > 0, "an empty product");
        assert!(self.weights.len() >= self.segments * self.segment * self.outputs);
        assert!(self.width <= self.outputs && self.width > self.outputs - 16);
        let [line, column] = self.out_strides;
        let last = (self.lines - 1) * line + (self.columns - 1) * column + self.width;
        assert!(self.out.len() >= last, "output too short");
        assert!(self.sums.as_ref().is_none_or(|sums| sums.len() == 2 * self.outputs));
        let last = (self.lines - 1) * self.line_stride
            + (self.columns - 1) * self.column_stride
            + (self.segments - 1) * self.segment_stride
            + self.segment;
        assert!(self.input.len() >= last, "input too short");
    }

    /// `V` vectors of outputs from `output` on.
    ///
    /// # Safety
    /// `check` has passed and `output + 16 V ≤ outputs`.
    #[inline(always)]
    unsafe fn outputs<L: Lanes, const V: usize>(&mut self, output: usize) {
        // SAFETY: as the caller promises.
        unsafe {
            match self.column_stride {
                16 => self.strided::<L, V, 16>(output),
                32 => self.strided::<L, V, 32>(output),
                64 => self.strided::<L, V, 64>(output),
                _ => self.strided::<L, V, 0>(output),
            }
        }
    }

    /// As `outputs`, with the column stride known to the compiler unless `S` is 0.
    #[inline(always)]
    unsafe fn strided<L: Lanes, const V: usize, const S: usize>(&mut self, output: usize) {
        for line in 0..self.lines {
            // SAFETY: as the caller promises; sums hold [2, outputs].
            unsafe {
                let mut sums = [[L::zero(); V]; 2];
                let mut column = 0;
                while column < self.columns {
                    let width = tile(self.columns - column, L::ACCUMULATORS / V);
                    match width {
                        16 => self.tile::<L, V, 16, S>(output, line, column, &mut sums),
                        8 => self.tile::<L, V, 8, S>(output, line, column, &mut sums),
                        5 => self.tile::<L, V, 5, S>(output, line, column, &mut sums),
                        4 => self.tile::<L, V, 4, S>(output, line, column, &mut sums),
                        2 => self.tile::<L, V, 2, S>(output, line, column, &mut sums),
                        _ => self.tile::<L, V, 1, S>(output, line, column, &mut sums),
                    }
                    column += width;
                }
                if let Some(totals) = &mut self.sums {
                    for (part, vectors) in sums.into_iter().enumerate() {
                        for (v, vector) in vectors.into_iter().enumerate() {
                            let start = part * self.outputs + output + 16 * v;
                            add_to(&mut totals[start..start + 16], vector.array());
                        }
                    }
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn tile<L: Lanes, const V: usize, const P: usize, const S: usize>(
        &mut self,
        output: usize,
        line: usize,
        column: usize,
        sums: &mut [[L; V]; 2],
    ) {
        let stride = if S == 0 { self.column_stride } else { S };
        // SAFETY: `check` compared the last index of every walk with the lengths.
        unsafe {
            let mut total = [[L::zero(); V]; P];
            let start = self.input.as_ptr().add(line * self.line_stride + column * stride);
            let mut weights = self.weights.as_ptr().add(output);
            for segment in 0..self.segments {
                let mut input = start.add(segment * self.segment_stride);
                for _ in 0..self.segment {
                    let mut weight = [L::zero(); V];
                    for (v, weight) in weight.iter_mut().enumerate() {
                        *weight = L::load(weights.add(16 * v));
                    }
                    for (p, total) in total.iter_mut().enumerate() {
                        let value = L::splat(*input.add(p * stride));
                        for (total, weight) in total.iter_mut().zip(weight) {
                            *total = value.mul_add(weight, *total);
                        }
                    }
                    input = input.add(1);
                    weights = weights.add(self.outputs);
                }
            }
            let [out_line, out_column] = self.out_strides;
            let out = self.out.as_mut_ptr().add(line * out_line + column * out_column + output);
            for (p, total) in total.iter().enumerate() {
                for (v, total) in total.iter().enumerate() {
                    let to = out.add(p * out_column + 16 * v);
                    total.store_first(to, self.width - output - 16 * v);
                }
            }
            if self.sums.is_some() {
                for total in total {
                    for (v, total) in total.into_iter().enumerate() {
                        sums[0][v] = sums[0][v].add(total);
                        sums[1][v] = total.mul_add(total, sums[1][v]);
                    }
                }
            }
        }
    }
}

impl Task for Product<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(mut self) {
        self.check();
        let mut output = 0;
        while output < self.outputs {
            // SAFETY: checked; the instruction set as the caller promises.
            unsafe {
                if L::ACCUMULATORS >= 16 && self.outputs - output >= 32 {
                    self.outputs::<L, 2>(output);
                    output += 32;
                } else {
                    self.outputs::<L, 1>(output);
                    output += 16;
                }
            }
        }
    }
}

/// `out[j, o] += Σ_line Σ_column input[line·line_stride + column·column_stride + j] ·
/// gradient[line·gradient_line_stride + column·outputs + o]`, in the order of pixels.
pub(super) struct Outer<'a> {
    pub(super) input: &'a [f32],
    pub(super) lines: usize,
    pub(super) line_stride: usize,
    pub(super) columns: usize,
    pub(super) column_stride: usize,
    pub(super) length: usize,
    pub(super) gradient: &'a [f32],
    pub(super) gradient_line_stride: usize,
    /// A multiple of 16.
    pub(super) outputs: usize,
    /// `[length, outputs]`
    pub(super) out: &'a mut [f32],
}

impl Outer<'_> {
    fn check(&self) {
        assert_eq!(self.outputs % 16, 0, "outputs in whole vectors");
        assert!(self.out.len() >= self.length * self.outputs);
        assert!(self.lines > 0 && self.columns > 0, "an empty sum");
        let (line, column) = (self.lines - 1, self.columns - 1);
        let last = line * self.line_stride + column * self.column_stride + self.length;
        assert!(self.input.len() >= last, "input too short");
        let last = line * self.gradient_line_stride + (column + 1) * self.outputs;
        assert!(self.gradient.len() >= last, "gradient too short");
    }

    #[inline(always)]
    unsafe fn outputs<L: Lanes, const V: usize>(&mut self, output: usize) {
        let mut j = 0;
        while j < self.length {
            let width = tile(self.length - j, L::ACCUMULATORS / V);
            // SAFETY: as the caller promises.
            unsafe {
                match width {
                    16 => self.tile::<L, V, 16>(output, j),
                    8 => self.tile::<L, V, 8>(output, j),
                    5 => self.tile::<L, V, 5>(output, j),
                    4 => self.tile::<L, V, 4>(output, j),
                    2 => self.tile::<L, V, 2>(output, j),
                    _ => self.tile::<L, V, 1>(output, j),
                }
            }
            j += width;
        }
    }

    #[inline(always)]
    unsafe fn tile<L: Lanes, const V: usize, const J: usize>(&mut self, output: usize, j: usize) {
        // SAFETY: `check` compared the last index of every walk with the lengths.
        unsafe {
            let out = self.out.as_mut_ptr().add(j * self.outputs + output);
            let mut total = [[L::zero(); V]; J];
            for (j, total) in total.iter_mut().enumerate() {
                for (v, total) in total.iter_mut().enumerate() {
                    *total = L::load(out.add(j * self.outputs + 16 * v));
                }
            }
            for line in 0..self.lines {
                let mut input = self.input.as_ptr().add(line * self.line_stride + j);
                let start = line * self.gradient_line_stride + output;
                let mut gradient = self.gradient.as_ptr().add(start);
                for _ in 0..self.columns {
                    let mut slope = [L::zero(); V];
                    for (v, slope) in slope.iter_mut().enumerate() {
                        *slope = L::load(gradient.add(16 * v));
                    }
                    for (j, total) in total.iter_mut().enumerate() {
                        let value = L::splat(*input.add(j));
                        for (total, slope) in total.iter_mut().zip(slope) {
                            *total = value.mul_add(slope, *total);
                        }
                    }
                    input = input.wrapping_add(self.column_stride);
                    gradient = gradient.wrapping_add(self.outputs);
                }
            }
            for (j, total) in total.iter().enumerate() {
                for (v, total) in total.iter().enumerate() {
                    total.store(out.add(j * self.outputs + 16 * v));
                }
            }
        }
    }
}

impl Task for Outer<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(mut self) {
        self.check();
        let mut output = 0;
        while output < self.outputs {
            // SAFETY: checked; the instruction set as the caller promises.
            unsafe {
                if L::ACCUMULATORS >= 16 && self.outputs - output >= 32 {
                    self.outputs::<L, 2>(output);
                    output += 32;
                } else {
                    self.outputs::<L, 1>(output);
                    output += 16;
                }
            }
        }
    }
}

/// Width of the next tile: as wide as the registers allow, without leaving a narrow rest.
#[inline(always)]
fn tile(rest: usize, limit: usize) -> usize {
    match (rest, limit) {
        (16.., 16..) => 16,
        (8.., 8..) => 8,
        (6 | 8, 5) => 4,
        (5.., 5) => 5,
        (4.., 4..) => 4,
        (2.., 2..) => 2,
        _ => 1,
    }
}

/// Adds sixteen f32 to f64 totals.
#[inline(always)]
pub(super) fn add_to(totals: &mut [f64], lanes: [f32; 16]) {
    for (total, lane) in totals.iter_mut().zip(lanes) {
        *total += f64::from(lane);
    }
}
