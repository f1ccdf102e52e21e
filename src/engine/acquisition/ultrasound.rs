//! Ultrasound image formation: scatterers, depth-dependent point spread, envelope, log
//! compression, linear and sector fields.
//!
//! Every sample holds one complex Gaussian scatterer whose mean power is the painted one; the
//! pulse spreads them along the beam and the beam across it, and the envelope of the sum is
//! Rayleigh: fully developed speckle (Wagner et al. 1983).

use std::f64::consts::PI;

use rand_distr::{Distribution, StandardNormal};

use super::noise::row_stream;
use crate::phantom::{Field, Matrix, Ultrasound, power};

/// Half-width of a kernel over its standard deviation.
const REACH: f64 = 3.0;
/// Largest half-width of a kernel in samples.
const WIDEST: usize = 64;
/// Samples per pixel along each axis of a sector: interpolation of coarser ones would smooth the
/// speckle.
const OVERSAMPLED: usize = 3;
/// Full width at half maximum over standard deviation, 2 √(2 ln 2).
const FWHM: f64 = 2.354_820_045_030_949_3;

#[derive(Debug)]
pub(super) struct UltrasoundImager {
    rows: usize,
    columns: usize,
    ultrasound: Ultrasound,
    beams: Beams,
    axial: Vec<f64>,
    /// One kernel across the beams for each depth.
    lateral: Vec<Vec<f64>>,
    /// Share of the amplitude that attenuation leaves at each depth.
    left: Vec<f64>,
    /// Amplitude of the electronic noise.
    noise: f64,
    /// Where each pixel lies among depths and beams, for a sector; none outside of it.
    scan: Option<Vec<Option<[f64; 2]>>>,
}

/// The grid that echoes are formed on.
#[derive(Debug)]
struct Beams {
    depths: usize,
    beams: usize,
    /// Depths per pixel.
    per_pixel: usize,
    /// Linear fields are the matrix itself.
    sector: Option<Sector>,
}

#[derive(Debug, Clone, Copy)]
struct Sector {
    /// Distance of the apex above the first row, in pixels.
    apex: f64,
    half_opening: f64,
    /// Angle between beams.
    step: f64,
}

impl UltrasoundImager {
    pub(super) fn new(matrix: &Matrix, ultrasound: Ultrasound) -> Self {
        let Matrix { rows, columns, .. } = *matrix;
        let spacing = matrix.pixel_spacing.0;
        let beams = match ultrasound.field {
            Field::Linear => Beams { depths: rows, beams: columns, per_pixel: 1, sector: None },
            Field::Sector { apex_mm, opening_deg } => {
                let apex = apex_mm / spacing;
                let half_opening = opening_deg * (PI / 360.0);
                let arc = 2.0 * half_opening * (apex + rows as f64);
                let beams = (arc * OVERSAMPLED as f64).ceil() as usize + 1;
                let step = 2.0 * half_opening / (beams - 1) as f64;
                Beams {
                    depths: rows * OVERSAMPLED,
                    beams,
                    per_pixel: OVERSAMPLED,
                    sector: Some(Sector { apex, half_opening, step }),
                }
            }
        };
        let sample_mm = spacing / beams.per_pixel as f64;
        let depth_mm = |sample: usize| (sample as f64 + 0.5) * sample_mm;
        let lateral = (0..beams.depths)
            .map(|sample| {
                let from_focus =
                    (depth_mm(sample) - ultrasound.focus_mm) / ultrasound.focal_zone_mm;
                let fwhm_mm = ultrasound.lateral_fwhm_mm * (1.0 + from_focus * from_focus).sqrt();
                let beam_mm = match beams.sector {
                    None => spacing,
                    Some(sector) => {
                        (sector.apex * spacing + depth_mm(sample)) * libm::sin(sector.step)
                    }
                };
                kernel(fwhm_mm / beam_mm)
            })
            .collect();
        let left = (0..beams.depths)
            .map(|sample| power(-ultrasound.attenuation_db_per_cm * depth_mm(sample) / 10.0).sqrt())
            .collect();
        let (depths, per_pixel) = (beams.depths, beams.per_pixel as f64);
        let scan = beams.sector.map(|sector| {
            let place = |row: usize, column: usize| {
                let x = column as f64 + 0.5 - columns as f64 / 2.0;
                let y = row as f64 + 0.5 + sector.apex;
                let angle = libm::atan2(x, y);
                let depth = ((x * x + y * y).sqrt() - sector.apex) * per_pixel - 0.5;
                let inside = angle.abs() <= sector.half_opening
                    && depth >= 0.0
                    && depth <= (depths - 1) as f64;
                inside.then_some([depth, (angle + sector.half_opening) / sector.step])
            };
            (0..rows * columns).map(|at| place(at / columns, at % columns)).collect()
        });
        Self {
            rows,
            columns,
            ultrasound,
            axial: kernel(ultrasound.axial_fwhm_mm / sample_mm),
            lateral,
            left,
            noise: ultrasound.noise_db.map_or(0.0, |level| power(level).sqrt()),
            beams,
            scan,
        }
    }

    /// Levels in dB from painted powers.
    pub(super) fn acquire(&self, painted: &[f64], seed: u64, case: u64) -> Vec<f64> {
        let powers = self.echoes(painted, seed, case);
        let Ultrasound { white_db, dynamic_range_db, .. } = self.ultrasound;
        let black_db = white_db - dynamic_range_db;
        // log10 of less than the darkest level is never looked at.
        let darkest = power(black_db);
        let level = |value: f64| {
            if value <= darkest { black_db } else { (10.0 * libm::log10(value)).min(white_db) }
        };
        let Some(scan) = &self.scan else {
            return powers.into_iter().map(level).collect();
        };
        let envelope: Vec<f64> = powers.into_iter().map(f64::sqrt).collect();
        scan.iter()
            .map(|place| {
                place.map_or(black_db, |[depth, beam]| {
                    let value = self.between(&envelope, depth, beam);
                    level(value * value)
                })
            })
            .collect()
    }

    /// Value between four neighbours of the grid.
    fn between(&self, values: &[f64], depth: f64, beam: f64) -> f64 {
        let (row, column) = (depth as usize, beam as usize);
        let (v, u) = (depth - row as f64, beam - column as f64);
        let below = (row + 1).min(self.beams.depths - 1);
        let right = (column + 1).min(self.beams.beams - 1);
        let at = |row: usize, column: usize| values[row * self.beams.beams + column];
        let upper = at(row, column) * (1.0 - u) + at(row, right) * u;
        let lower = at(below, column) * (1.0 - u) + at(below, right) * u;
        upper * (1.0 - v) + lower * v
    }

    /// Power of the echo at every depth and beam.
    fn echoes(&self, painted: &[f64], seed: u64, case: u64) -> Vec<f64> {
        let Beams { depths, beams, .. } = self.beams;
        let (margin, side) = (self.axial.len() / 2, self.widest());
        let width = beams + 2 * side;
        // Scatterers beyond the edges reach in with the power at the edge.
        let mut re = Vec::with_capacity((depths + 2 * margin) * width);
        let mut im = Vec::with_capacity((depths + 2 * margin) * width);
        for line in 0..depths + 2 * margin {
            let sample = line.saturating_sub(margin).min(depths - 1);
            let amplitudes = self.amplitudes(painted, sample);
            let mut stream = row_stream(seed, case, line);
            for place in 0..width {
                let amplitude = amplitudes[place.saturating_sub(side).min(beams - 1)];
                // Each channel carries half of the power.
                let scale = amplitude * std::f64::consts::FRAC_1_SQRT_2;
                let (real, imaginary): (f64, f64) =
                    (StandardNormal.sample(&mut stream), StandardNormal.sample(&mut stream));
                re.push(scale * real);
                im.push(scale * imaginary);
            }
        }
        let mut powers = vec![0.0; depths * beams];
        let (mut along, mut across) = (vec![0.0; width], vec![0.0; beams]);
        for channel in [&re, &im] {
            for sample in 0..depths {
                along.fill(0.0);
                for (tap, weight) in self.axial.iter().enumerate() {
                    let line = &channel[(sample + tap) * width..][..width];
                    for (sum, value) in along.iter_mut().zip(line) {
                        *sum += weight * value;
                    }
                }
                across.fill(0.0);
                let kernel = &self.lateral[sample];
                let first = side - kernel.len() / 2;
                for (tap, weight) in kernel.iter().enumerate() {
                    for (sum, value) in across.iter_mut().zip(&along[first + tap..]) {
                        *sum += weight * value;
                    }
                }
                let into = &mut powers[sample * beams..][..beams];
                for (power, value) in into.iter_mut().zip(&across) {
                    *power += value * value;
                }
            }
        }
        if self.noise > 0.0 {
            self.add_noise(&mut powers, seed, case);
        }
        powers
    }

    /// Adds electronic noise. Its phase to the echo is random, so the sum is that of two
    /// vectors.
    fn add_noise(&self, powers: &mut [f64], seed: u64, case: u64) {
        let scale = self.noise * std::f64::consts::FRAC_1_SQRT_2;
        let first = self.beams.depths + self.axial.len();
        for (sample, line) in powers.chunks_exact_mut(self.beams.beams).enumerate() {
            let mut stream = row_stream(seed, case, first + sample);
            for value in line {
                let (real, imaginary): (f64, f64) =
                    (StandardNormal.sample(&mut stream), StandardNormal.sample(&mut stream));
                let (a, b) = (value.sqrt() + scale * real, scale * imaginary);
                *value = a * a + b * b;
            }
        }
    }

    fn widest(&self) -> usize {
        self.lateral.iter().map(|kernel| kernel.len() / 2).max().unwrap_or(0)
    }

    /// Amplitudes of the scatterers of one depth.
    fn amplitudes(&self, painted: &[f64], sample: usize) -> Vec<f64> {
        let left = self.left[sample];
        let Some(sector) = self.beams.sector else {
            let line = &painted[sample * self.columns..][..self.columns];
            return line.iter().map(|power| left * power.max(0.0).sqrt()).collect();
        };
        let depth = sector.apex + (sample as f64 + 0.5) / self.beams.per_pixel as f64;
        (0..self.beams.beams)
            .map(|beam| {
                let angle = beam as f64 * sector.step - sector.half_opening;
                let (s, c) = libm::sincos(angle);
                let x = depth * s + self.columns as f64 / 2.0;
                let y = depth * c - sector.apex;
                // The sector's edges leave the matrix: there lies what is at its edge.
                let row = y.clamp(0.0, (self.rows - 1) as f64) as usize;
                let column = x.clamp(0.0, (self.columns - 1) as f64) as usize;
                left * painted[row * self.columns + column].max(0.0).sqrt()
            })
            .collect()
    }
}

/// A Gaussian of this full width at half maximum in samples, of unit energy, so that the mean
/// power of filtered scatterers stays.
fn kernel(fwhm: f64) -> Vec<f64> {
    let sigma = fwhm / FWHM;
    let half = ((REACH * sigma).ceil() as usize).clamp(1, WIDEST);
    let mut weights: Vec<f64> = (0..=2 * half)
        .map(|tap| {
            let t = (tap as f64 - half as f64) / sigma;
            libm::exp(-t * t / 2.0)
        })
        .collect();
    let energy: f64 = weights.iter().map(|weight| weight * weight).sum();
    weights.iter_mut().for_each(|weight| *weight /= energy.sqrt());
    weights
}
