//! The two-dimensional FFT of power-of-two sizes in f64, with the same bits on every
//! machine: libm twiddles, no fused multiply-add, no run-time dispatch.
//!
//! Forward transforms have the kernel e^(−2πi kn/N), inverse ones e^(+2πi kn/N); neither scales.

use std::f64::consts::TAU;

/// Columns that are transformed side by side, so that the compiler can use vectors.
const LANES: usize = 8;

/// A complex image, real and imaginary parts separately, `[rows, columns]` in row-major order.
#[derive(Debug, Clone)]
pub struct Complex2d {
    /// Real parts.
    pub re: Vec<f64>,
    /// Imaginary parts.
    pub im: Vec<f64>,
}

/// Twiddle factors for one matrix size.
#[derive(Debug, Clone)]
pub struct Fft2d {
    rows: usize,
    columns: usize,
    row_twiddles: Twiddles,
    column_twiddles: Twiddles,
}

impl Fft2d {
    /// Prepares transforms of `rows` × `columns`.
    ///
    /// # Panics
    /// If a side is not a power of two of at least 8: a checked phantom's always is.
    #[must_use]
    pub fn new(rows: usize, columns: usize) -> Self {
        assert!(
            [rows, columns].iter().all(|n| n.is_power_of_two() && *n >= LANES),
            "FFT sides are powers of two of at least 8"
        );
        Self {
            rows,
            columns,
            row_twiddles: Twiddles::new(columns),
            column_twiddles: Twiddles::new(rows),
        }
    }

    /// Forward transform in place.
    pub fn forward(&self, image: &mut Complex2d) {
        self.transform(&mut image.re, &mut image.im);
    }

    /// Inverse transform in place, without the factor 1/(rows · columns).
    pub fn inverse(&self, image: &mut Complex2d) {
        // Swapping real and imaginary parts turns the forward kernel into the inverse one.
        self.transform(&mut image.im, &mut image.re);
    }

    fn transform(&self, re: &mut [f64], im: &mut [f64]) {
        let mut lanes = Lanes::new(self.rows.max(self.columns));
        // Along the columns: eight neighbouring columns are eight lanes as they lie.
        for first in (0..self.columns).step_by(LANES) {
            let at = |row: usize| row * self.columns + first;
            lanes.load(self.rows, |row, lane| (re[at(row) + lane], im[at(row) + lane]));
            lanes.transform(self.rows, &self.column_twiddles);
            lanes.store(self.rows, |row, lane, a, b| {
                re[at(row) + lane] = a;
                im[at(row) + lane] = b;
            });
        }
        // Along the rows: eight rows are gathered into lanes.
        for first in (0..self.rows).step_by(LANES) {
            let at = |column: usize, lane: usize| (first + lane) * self.columns + column;
            lanes.load(self.columns, |column, lane| (re[at(column, lane)], im[at(column, lane)]));
            lanes.transform(self.columns, &self.row_twiddles);
            lanes.store(self.columns, |column, lane, a, b| {
                re[at(column, lane)] = a;
                im[at(column, lane)] = b;
            });
        }
    }
}

/// e^(−2πi k/n) for k below n/2.
#[derive(Debug, Clone)]
struct Twiddles {
    cosine: Vec<f64>,
    sine: Vec<f64>,
    reversed: Vec<u32>,
}

impl Twiddles {
    fn new(n: usize) -> Self {
        let bits = n.trailing_zeros();
        let (sine, cosine) = (0..n / 2)
            .map(|k| {
                let (s, c) = libm::sincos(TAU * k as f64 / n as f64);
                (-s, c)
            })
            .unzip();
        let reversed = (0..n as u32).map(|k| k.reverse_bits() >> (32 - bits)).collect();
        Self { cosine, sine, reversed }
    }
}

type Vector = [f64; LANES];

/// Eight transforms side by side.
struct Lanes {
    re: Vec<Vector>,
    im: Vec<Vector>,
}

impl Lanes {
    fn new(n: usize) -> Self {
        Self { re: vec![[0.0; LANES]; n], im: vec![[0.0; LANES]; n] }
    }

    fn load(&mut self, n: usize, value: impl Fn(usize, usize) -> (f64, f64)) {
        for k in 0..n {
            for lane in 0..LANES {
                (self.re[k][lane], self.im[k][lane]) = value(k, lane);
            }
        }
    }

    fn store(&self, n: usize, mut put: impl FnMut(usize, usize, f64, f64)) {
        for k in 0..n {
            for lane in 0..LANES {
                put(k, lane, self.re[k][lane], self.im[k][lane]);
            }
        }
    }

    /// Radix-2 with decimation in time (Cooley & Tukey 1965), two stages a pass.
    fn transform(&mut self, n: usize, twiddles: &Twiddles) {
        let (re, im) = (&mut self.re[..n], &mut self.im[..n]);
        for k in 0..n {
            let other = twiddles.reversed[k] as usize;
            if k < other {
                re.swap(k, other);
                im.swap(k, other);
            }
        }
        let mut half = 1;
        if n.trailing_zeros() % 2 == 1 {
            for k in (0..n).step_by(2) {
                butterfly(re, im, k, k + 1, 1.0, 0.0);
            }
            half = 2;
        }
        while half < n {
            let (inner, outer) = (n / (2 * half), n / (4 * half));
            for block in (0..n).step_by(4 * half) {
                for k in 0..half {
                    let [a, b, c, d] = [0, 1, 2, 3].map(|part| block + k + part * half);
                    let (wr, wi) = (twiddles.cosine[k * inner], twiddles.sine[k * inner]);
                    butterfly(re, im, a, b, wr, wi);
                    butterfly(re, im, c, d, wr, wi);
                    let (wr, wi) = (twiddles.cosine[k * outer], twiddles.sine[k * outer]);
                    butterfly(re, im, a, c, wr, wi);
                    let at = (k + half) * outer;
                    butterfly(re, im, b, d, twiddles.cosine[at], twiddles.sine[at]);
                }
            }
            half *= 4;
        }
    }
}

/// (a, b) → (a + w b, a − w b) in every lane.
#[inline(always)]
fn butterfly(re: &mut [Vector], im: &mut [Vector], a: usize, b: usize, wr: f64, wi: f64) {
    let (ar, ai, br, bi) = (re[a], im[a], re[b], im[b]);
    for lane in 0..LANES {
        let tr = br[lane] * wr - bi[lane] * wi;
        let ti = br[lane] * wi + bi[lane] * wr;
        re[a][lane] = ar[lane] + tr;
        im[a][lane] = ai[lane] + ti;
        re[b][lane] = ar[lane] - tr;
        im[b][lane] = ai[lane] - ti;
    }
}

#[cfg(test)]
mod tests {
    use rustfft::FftPlanner;
    use rustfft::num_complex::Complex;

    use super::*;
    use crate::rng::{Purpose, StreamKey};

    fn noise(n: usize) -> Complex2d {
        let mut stream =
            StreamKey { seed: 5, purpose: Purpose::Simulation, case: 0, part: 0 }.open();
        let mut draw = || (0..n).map(|_| stream.between(-1.0, 1.0)).collect();
        Complex2d { re: draw(), im: draw() }
    }

    #[test]
    fn agrees_with_rustfft() {
        for (rows, columns) in [(8, 16), (64, 32), (16, 128)] {
            let mut ours = noise(rows * columns);
            let mut theirs: Vec<Complex<f64>> =
                ours.re.iter().zip(&ours.im).map(|(&re, &im)| Complex { re, im }).collect();
            Fft2d::new(rows, columns).forward(&mut ours);
            let mut planner = FftPlanner::new();
            planner.plan_fft_forward(columns).process(&mut theirs);
            let plan = planner.plan_fft_forward(rows);
            for column in 0..columns {
                let mut line: Vec<_> =
                    (0..rows).map(|row| theirs[row * columns + column]).collect();
                plan.process(&mut line);
                for (row, value) in line.into_iter().enumerate() {
                    theirs[row * columns + column] = value;
                }
            }
            for (k, want) in theirs.iter().enumerate() {
                // Rounding of about log2(n) additions of values near √n.
                assert!((ours.re[k] - want.re).abs() < 1e-12 * (rows * columns) as f64);
                assert!((ours.im[k] - want.im).abs() < 1e-12 * (rows * columns) as f64);
            }
        }
    }

    #[test]
    fn inverse_undoes_forward() {
        let (rows, columns) = (32, 64);
        let before = noise(rows * columns);
        let mut after = before.clone();
        let fft = Fft2d::new(rows, columns);
        fft.forward(&mut after);
        fft.inverse(&mut after);
        let scale = 1.0 / (rows * columns) as f64;
        for k in 0..rows * columns {
            assert!((after.re[k] * scale - before.re[k]).abs() < 1e-14);
            assert!((after.im[k] * scale - before.im[k]).abs() < 1e-14);
        }
    }
}
