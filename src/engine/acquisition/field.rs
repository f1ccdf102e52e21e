//! Gaussian fields of a given spectrum: noise and anatomical structure. Knows no scene.
//!
//! A field is periodic over the matrix. It is stationary, so no place of it differs from another,
//! but opposite edges of one field continue each other, as those of a scene never do.

use rand_distr::{Distribution, StandardNormal};

use super::fft::{Complex2d, Fft2d};
use super::filter::frequency;
use crate::rng::Stream;

/// The spectrum of a stationary field on one matrix.
#[derive(Debug)]
pub(super) struct StationaryField {
    columns: usize,
    fft: Fft2d,
    /// Root of the power of each place of the spectrum, `[rows, columns]`.
    amplitude: Vec<f64>,
}

impl StationaryField {
    /// The field over `[rows, columns]`, `spacing` mm apart, of this standard deviation whose
    /// power at the frequencies fx and fy, in 1/mm, is `power(fx, fy)` up to a factor.
    pub(super) fn new(
        [rows, columns]: [usize; 2],
        spacing: f64,
        deviation: f64,
        power: impl Fn(f64, f64) -> f64,
    ) -> Self {
        let mut amplitude = Vec::with_capacity(rows * columns);
        for row in 0..rows {
            let fy = frequency(row, rows, spacing);
            amplitude
                .extend((0..columns).map(|column| power(frequency(column, columns, spacing), fy)));
        }
        // Parseval: the variance is the sum of the powers. Scaled by this sum and not by the
        // sample's deviation, which would tie all pixels together.
        let scale = deviation * deviation / amplitude.iter().sum::<f64>();
        amplitude.iter_mut().for_each(|value| *value = (*value * scale).sqrt());
        Self { columns, fft: Fft2d::new(rows, columns), amplitude }
    }

    /// One draw, each row of the spectrum from a stream of its own: the real part of complex white
    /// noise of this spectrum. Each of the two numbers of a place has the place's whole power, and
    /// the real part of the field half of both.
    pub(super) fn draw(&self, stream: impl Fn(usize) -> Stream) -> Vec<f64> {
        let pixels = self.amplitude.len();
        let (mut re, mut im) = (Vec::with_capacity(pixels), Vec::with_capacity(pixels));
        for (row, amplitudes) in self.amplitude.chunks_exact(self.columns).enumerate() {
            let mut stream = stream(row);
            for amplitude in amplitudes {
                let real: f64 = StandardNormal.sample(&mut stream);
                let imaginary: f64 = StandardNormal.sample(&mut stream);
                re.push(amplitude * real);
                im.push(amplitude * imaginary);
            }
        }
        let mut spectrum = Complex2d { re, im };
        self.fft.inverse(&mut spectrum);
        spectrum.re
    }
}
