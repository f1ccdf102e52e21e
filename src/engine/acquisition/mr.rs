//! Spin-echo MR image formation: coil sensitivity, blur, k-space truncation and Rician noise.
//!
//! Noise is white in k-space, as it is received, and complex; the magnitude of signal and noise
//! is Rician (Gudbjartsson & Patz 1995). The scene is blurred and truncated as if the field of view
//! were oversampled without end along both axes: nothing of it is aliased, though a scanner's
//! field of view wraps along the phase encoding.

use std::f64::consts::TAU;

use rand_distr::{Distribution, StandardNormal};

use super::blur::{AxisTransfer, Blur, gaussian};
use super::fft::{Complex2d, Fft2d};
use super::filter::frequency;
use super::noise::row_stream;
use crate::phantom::{Matrix, Mr};
use crate::rng::{Purpose, StreamKey};

/// Part of the anatomy's stream that the coil's sensitivity is drawn from, beyond all layers.
const BIAS_PART: u64 = 1 << 32;

#[derive(Debug)]
pub(super) struct MrImager {
    rows: usize,
    columns: usize,
    blur: Blur,
    fft: Fft2d,
    /// Which rows and columns of k-space are acquired.
    acquired: [Vec<bool>; 2],
    /// Standard deviation of each channel of a place of k-space.
    noise: f64,
    bias: f64,
}

impl MrImager {
    pub(super) fn new(matrix: &Matrix, mr: Mr) -> Self {
        let Matrix { rows, columns, .. } = *matrix;
        let spacing = matrix.pixel_spacing.0;
        let cut = mr.kspace_share / (2.0 * spacing);
        let acquired = [rows, columns].map(|size| {
            (0..size).map(|index| frequency(index, size, spacing).abs() <= cut).collect::<Vec<_>>()
        });
        let terms = [[&gaussian as AxisTransfer<'_>; 2]];
        let blur = Blur::of_terms(matrix, mr.mtf50_per_mm, mr.kspace_share, &terms);
        let kept: Vec<f64> = acquired
            .iter()
            .map(|axis| axis.iter().filter(|&&is_kept| is_kept).count() as f64)
            .collect();
        // A pixel's variance is the sum over the acquired places.
        let noise = mr.sigma_au / (kept[0] * kept[1]).sqrt();
        let fft = Fft2d::new(rows, columns);
        Self { rows, columns, blur, fft, acquired, noise, bias: mr.bias }
    }

    /// Magnitudes from painted signals.
    pub(super) fn acquire(
        &self,
        mut painted: Vec<f64>,
        seed: u64,
        case: u64,
        patient: u64,
    ) -> Vec<f64> {
        if self.bias > 0.0 {
            self.weigh(&mut painted, seed, patient);
        }
        let mut values = self.blur.apply(&painted);
        if self.noise > 0.0 {
            let noise = self.noise(seed, case);
            for ((value, re), im) in values.iter_mut().zip(noise.re).zip(noise.im) {
                *value = ((*value + re) * (*value + re) + im * im).sqrt();
            }
        } else {
            values.iter_mut().for_each(|value| *value = value.abs());
        }
        values
    }

    /// White noise of the acquired places of k-space, as it is in the image.
    fn noise(&self, seed: u64, case: u64) -> Complex2d {
        let pixels = self.rows * self.columns;
        let mut spectrum = Complex2d { re: vec![0.0; pixels], im: vec![0.0; pixels] };
        for row in 0..self.rows {
            if !self.acquired[0][row] {
                continue;
            }
            let mut stream = row_stream(seed, case, row);
            for column in 0..self.columns {
                if !self.acquired[1][column] {
                    continue;
                }
                let at = row * self.columns + column;
                let real: f64 = StandardNormal.sample(&mut stream);
                let imaginary: f64 = StandardNormal.sample(&mut stream);
                spectrum.re[at] = self.noise * real;
                spectrum.im[at] = self.noise * imaginary;
            }
        }
        self.fft.inverse(&mut spectrum);
        spectrum
    }

    /// Multiplies by the sensitivity 1 + b/2 (cos(2π(u/2 + p)) + cos(2π(v/2 + q))), u and v from
    /// 0 to 1 over the matrix.
    fn weigh(&self, painted: &mut [f64], seed: u64, case: u64) {
        let key = StreamKey { seed, purpose: Purpose::Anatomy, case, part: BIAS_PART };
        let mut stream = key.open();
        let mut axis = |size: usize| -> Vec<f64> {
            let phase = stream.uniform();
            (0..size)
                .map(|index| {
                    let place = (index as f64 + 0.5) / size as f64;
                    self.bias / 2.0 * libm::cos(TAU * (place / 2.0 + phase))
                })
                .collect()
        };
        let (down, across) = (axis(self.rows), axis(self.columns));
        for (line, v) in painted.chunks_exact_mut(self.columns).zip(&down) {
            for (value, u) in line.iter_mut().zip(&across) {
                *value *= 1.0 + (u + v);
            }
        }
    }
}
