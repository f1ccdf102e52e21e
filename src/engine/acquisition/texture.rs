//! Texture inside layers: Gaussian fields with power-law spectra (Burgess 1999; Li, Burgess and
//! others for soft tissue), drawn at half the resolution of the matrix and linear in between.
//!
//! A field is periodic to the matrix, as any field of a discrete spectrum.

use std::f64::consts::PI;

use super::field::StationaryField;
use super::filter::frequency;
use crate::phantom::{Formation, Matrix, Spectrum};
use crate::rng::{Purpose, StreamKey};

/// Pixels per place of a field along each axis.
const COARSE: usize = 2;

/// The fields that a phantom needs.
#[derive(Debug)]
pub(super) struct Textures {
    /// Different spectra in the order of the layers, each with its field.
    fields: Vec<(Spectrum, StationaryField)>,
    /// Rows and columns of a field.
    size: [usize; 2],
}

impl Textures {
    pub(super) fn new(formation: &Formation) -> Self {
        let Matrix { rows, columns, pixel_spacing, .. } = formation.matrix;
        let size = [rows / COARSE, columns / COARSE];
        let mut fields: Vec<(Spectrum, StationaryField)> = Vec::new();
        for texture in formation.background.iter().filter_map(|layer| layer.texture) {
            let spectrum = texture.spectrum;
            if !fields.iter().any(|(other, _)| *other == spectrum) {
                fields.push((spectrum, field(&spectrum, size, pixel_spacing.0 * COARSE as f64)));
            }
        }
        Self { fields, size }
    }

    /// The fields of one patient, each drawn when it is first asked for.
    pub(super) fn of_patient(&self, seed: u64, patient: u64) -> Fields<'_> {
        Fields { textures: self, seed, patient, drawn: self.fields.iter().map(|_| None).collect() }
    }

    fn draw(&self, number: usize, seed: u64, patient: u64) -> Field {
        let stream = |row: usize| {
            let part = (number as u64) << 32 | row as u64;
            StreamKey { seed, purpose: Purpose::Texture, case: patient, part }.open()
        };
        let [rows, columns] = self.size;
        Field { rows, columns, values: self.fields[number].1.draw(stream) }
    }
}

/// The fields of one patient.
pub(super) struct Fields<'a> {
    textures: &'a Textures,
    seed: u64,
    patient: u64,
    drawn: Vec<Option<Field>>,
}

impl Fields<'_> {
    pub(super) fn of(&mut self, spectrum: &Spectrum) -> &Field {
        let known = self.textures.fields.iter().position(|(other, _)| other == spectrum);
        let number = known.expect("textures are those of the formation");
        let (seed, patient) = (self.seed, self.patient);
        self.drawn[number].get_or_insert_with(|| self.textures.draw(number, seed, patient))
    }
}

/// A field of mean 0 and unit variance at its places.
#[derive(Debug)]
pub(super) struct Field {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
}

impl Field {
    /// The value in the middle of a pixel.
    pub(super) fn at(&self, row: usize, column: usize) -> f64 {
        // With two pixels to a place, the middle of each is a quarter of the way to the next.
        let around = |pixel: usize, size: usize| {
            let place = pixel / COARSE;
            let next = if pixel.is_multiple_of(COARSE) { place + size - 1 } else { place + 1 };
            (place, next % size)
        };
        let (top, bottom) = around(row, self.rows);
        let (left, right) = around(column, self.columns);
        let line = |row: usize| {
            let line = &self.values[row * self.columns..][..self.columns];
            0.75 * line[left] + 0.25 * line[right]
        };
        0.75 * line(top) + 0.25 * line(bottom)
    }
}

/// Share of a wave's power that the interpolation between places leaves, in the mean over pixels;
/// along one axis, for a frequency in cycles per place: |3/4 + e^(2πif)/4|².
fn kept(cycles: f64) -> f64 {
    0.625 + 0.375 * libm::cos(2.0 * PI * cycles)
}

/// Share of a wave's amplitude that is left at its own frequency; the rest appears beyond the
/// frequencies that places can hold: the mean of 3/4 + e^(2πif)/4 over pixels, each turned back to its
/// own place.
fn passed(cycles: f64) -> f64 {
    0.75 * libm::cos(PI * cycles / 2.0) + 0.25 * libm::cos(1.5 * PI * cycles)
}

/// The field of a spectrum whose pixels, interpolated between places, have the spectrum and a
/// variance of 1.
fn field(spectrum: &Spectrum, [rows, columns]: [usize; 2], spacing: f64) -> StationaryField {
    let placed = |fx: f64, fy: f64| {
        let passed = passed(fx * spacing) * passed(fy * spacing);
        power(spectrum, fx, fy) / (passed * passed)
    };
    let (mut all, mut left) = (0.0, 0.0);
    for row in 0..rows {
        let fy = frequency(row, rows, spacing);
        for column in 0..columns {
            let fx = frequency(column, columns, spacing);
            let power = placed(fx, fy);
            all += power;
            left += power * kept(fx * spacing) * kept(fy * spacing);
        }
    }
    let deviation = (all / left).sqrt();
    StationaryField::new([rows, columns], spacing, deviation, placed)
}

/// Power at a frequency in 1/mm, up to a factor.
fn power(spectrum: &Spectrum, fx: f64, fy: f64) -> f64 {
    // No mean: the layer says what it is.
    if fx == 0.0 && fy == 0.0 {
        return 0.0;
    }
    let (sine, cosine) = libm::sincos(spectrum.angle_deg * (PI / 180.0));
    // Area is kept: structures are longer along and thinner across.
    let stretch = spectrum.stretch.sqrt();
    let (along, across) =
        ((cosine * fx + sine * fy) * stretch, (cosine * fy - sine * fx) / stretch);
    let least = 1.0 / (spectrum.longest_mm * spectrum.longest_mm);
    libm::pow(along * along + across * across + least, -spectrum.exponent / 2.0)
}

#[cfg(test)]
mod tests {
    use super::super::fft::{Complex2d, Fft2d};
    use super::*;

    #[test]
    fn a_field_has_unit_variance_and_its_exponent() {
        let (rows, columns) = (128, 128);
        let spectrum = Spectrum { exponent: 3.0, longest_mm: 1e6, stretch: 1.0, angle_deg: 0.0 };
        let size = [rows, columns];
        let textures = Textures { fields: vec![(spectrum, field(&spectrum, size, 1.0))], size };
        let fft = Fft2d::new(2 * rows, 2 * columns);
        let (mut variance, mut low, mut high) = (0.0, 0.0, 0.0);
        const CASES: u64 = 40;
        for case in 0..CASES {
            let field = textures.draw(0, 7, case);
            for pixel in 0..4 * rows * columns {
                let value = field.at(pixel / (2 * columns), pixel % (2 * columns));
                variance += value * value / (4 * rows * columns) as f64;
            }
            let values = (0..4 * rows * columns)
                .map(|pixel| field.at(pixel / (2 * columns), pixel % (2 * columns)))
                .collect();
            let mut image = Complex2d { re: values, im: vec![0.0; 4 * rows * columns] };
            fft.forward(&mut image);
            let power = |row: usize, column: usize| {
                let at = row * 2 * columns + column;
                image.re[at] * image.re[at] + image.im[at] * image.im[at]
            };
            // At 8 and at 48 cycles along each axis; places hold up to 64.
            low += power(0, 8) + power(8, 0);
            high += power(0, 48) + power(48, 0);
        }
        // The largest waves decide the variance of β = 3: about a tenth over 40 fields.
        assert!((variance / CASES as f64 - 1.0).abs() < 0.15, "{}", variance / CASES as f64);
        // 6³ = 216; the mean of 80 exponential values is known to 11 %, their ratio to 16 %.
        assert!((low / high / 216.0 - 1.0).abs() < 0.4, "{}", low / high);
    }

    #[test]
    fn a_stretched_field_is_longer_along_its_direction() {
        let spectrum = Spectrum { exponent: 2.0, longest_mm: 8.0, stretch: 4.0, angle_deg: 90.0 };
        // Along y the same power is reached at a quarter of the frequency across.
        let (along, across) = (power(&spectrum, 0.0, 0.05), power(&spectrum, 0.2, 0.0));
        assert!((along / across - 1.0).abs() < 1e-12);
    }
}
