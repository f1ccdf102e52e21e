//! Owns the ideal observer of a phantom whose noise is Gaussian: the ceiling on originals, with
//! its numerical error, and what it says of a network's efficiency; knows no codec.
//!
//! With one kind of anatomy class k has the likelihood ratio ∫ p(θ) ∫ p(c) exp(c r − c² E/2) dc dθ
//! against absent, for templates s(θ) of unit contrast prewhitened by the region's covariance C:
//! response r = sᵀC⁻¹(g − ḡ), energy E = sᵀC⁻¹s. The integral over a uniform contrast c is a
//! truncated Gaussian's, in closed form. Position, size and angle θ are a grid, and within a cell
//! of it the logarithm is a parabola along each axis. Several kinds of anatomy are a mixture.
//!
//! Edges of the anatomy are taken as Gaussian, which they are not: on the CT head with 20 to 40 HU
//! it names 0.96 of 360 regions, where half the regions are flat. Efficiencies are upper bounds.
#![expect(clippy::disallowed_methods, reason = "makes no pixels")]

use std::collections::BTreeMap;
use std::f64::consts::PI;

use candle_core::{Device, Tensor};
use rayon::prelude::*;

use super::gaussian::{Anatomy, NoisePower, frequency, gaussian_acquisition};
use super::{Observer, ObserverError};
use crate::acquisition::fft::{Complex2d, Fft2d};
use crate::acquisition::raster;
use crate::dataset::{Dataset, RegionSet, Split};
use crate::image::Rescale;
use crate::phantom::{Design, Matrix, Phantom, Range, Shape, Sign};
use crate::record::TrainingSummary;
use crate::scene::Target;
use crate::stats::{Crossing, MonotoneCurve, Placements, normal_cdf, wilson};

impl From<candle_core::Error> for ObserverError {
    fn from(error: candle_core::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// How finely position, size and angle are marginalised: the middles of so many equal parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Grid {
    /// Positions along each axis.
    pub positions: usize,
    /// Equivalent radii.
    pub sizes: usize,
    /// Angles within 90 degrees, for shapes that turn; a disk and a ring have one.
    pub angles: usize,
}

impl Grid {
    /// Steps that move an edge of the CT head's targets by about 0.3 mm, a third of the blur's
    /// width: at a d′ of some tens, hundredths of a template's energy are whole units of log
    /// likelihood.
    pub const USUAL: Self = Self { positions: 14, sizes: 5, angles: 9 };

    /// A finer one, to tell the error of [`Self::USUAL`] by.
    pub const FINE: Self = Self { positions: 16, sizes: 6, angles: 11 };
}

/// Rates regions of originals by the log of their class's posterior probability, up to a constant.
pub struct IdealObserver {
    size: usize,
    rescale: Rescale,
    contrast: Range,
    sign: Sign,
    grid: Grid,
    /// The part of the phantom that forms the image, as JSON.
    formation: String,
    /// Images and seed behind the anatomy's statistics.
    drawn: (u64, u64),
    shapes: Vec<Shape>,
    radius: Range,
    offset_mm: f64,
    canvas: Canvas,
    /// What a region may hold.
    anatomies: Vec<Prepared>,
    /// Log prior of each shape, then of absent.
    priors: Vec<f64>,
}

/// One kind of anatomy, prewhitened.
struct Prepared {
    /// Log of its share and of the density's factor, ln det L⁻¹.
    offset: f64,
    mean: Vec<f64>,
    /// L⁻¹.
    whitening: Tensor,
}

/// Grid of one shape: sizes, angles, rows and columns of positions, the last fastest.
#[derive(Debug, Clone, Copy)]
struct Cells {
    sizes: usize,
    angles: usize,
    positions: usize,
}

impl std::fmt::Debug for IdealObserver {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("IdealObserver")
            .field("size", &self.size)
            .field("grid", &self.grid)
            .field("anatomies", &self.anatomies.len())
            .finish_non_exhaustive()
    }
}

/// Regions that are rated at once: what a table of responses may hold.
const BATCH: usize = 256;
/// A template whose likelihood is e⁻³⁰ of the best of its class adds nothing in f64 sums.
const NEGLIGIBLE: f64 = 30.0;

impl IdealObserver {
    /// Prepares the observer of a phantom. The anatomy's statistics come from `images` drawn by
    /// `seed`, which need not be the study's.
    ///
    /// # Errors
    /// If the phantom has no room for a region or its covariance is singular.
    pub fn new(
        phantom: &Phantom,
        grid: Grid,
        images: u64,
        seed: u64,
    ) -> Result<Self, ObserverError> {
        let anatomies = Anatomy::of(phantom, images, seed)?;
        Self::with(phantom, grid, &anatomies, (images, seed))
    }

    fn with(
        phantom: &Phantom,
        grid: Grid,
        anatomies: &[Anatomy],
        drawn: (u64, u64),
    ) -> Result<Self, ObserverError> {
        let targets = &phantom.formation.targets;
        let geometric = [Shape::Disk, Shape::Square, Shape::Triangle, Shape::Ring, Shape::Cross];
        if targets.shapes.iter().any(|shape| !geometric.contains(shape)) {
            return Err(ObserverError::NoModel("a shape is none of the five geometric ones"));
        }
        if targets.design != Design::Random || targets.grid_phase.is_some() {
            return Err(ObserverError::NoModel("targets are not drawn at random"));
        }
        let anatomies = anatomies.iter().map(Prepared::of).collect::<Result<_, _>>()?;
        let absent = targets.absent_fraction;
        let each = (1.0 - absent) / targets.shapes.len() as f64;
        let mut priors = vec![each.ln(); targets.shapes.len()];
        priors.push(absent.ln());
        Ok(Self {
            size: targets.region_pixels * targets.region_pixels,
            rescale: phantom.formation.matrix.rescale,
            contrast: targets.contrast,
            sign: targets.sign,
            grid,
            formation: serde_json::to_string(&phantom.formation)
                .map_err(|error| ObserverError::Failed(error.to_string()))?,
            drawn,
            shapes: targets.shapes.clone(),
            radius: targets.equivalent_radius_mm,
            offset_mm: targets.offset.0,
            canvas: Canvas::of(phantom)?,
            anatomies,
            priors,
        })
    }

    /// Ratings `[region, class]` of each set, where the contrast of its targets is uniform over
    /// the range beside it. Templates are drawn and prewhitened once for all sets.
    ///
    /// # Errors
    /// [`ObserverError::Stopped`] soon after `stopped` turns true, or if regions are of another
    /// size.
    pub fn rate_sets(
        &self,
        sets: &[(&RegionSet, Range)],
        stopped: &dyn Fn() -> bool,
    ) -> Result<Vec<Vec<f64>>, ObserverError> {
        let mut contrasts = Vec::new();
        for (regions, contrast) in sets {
            if regions.side * regions.side != self.size {
                return Err(ObserverError::Failed(format!(
                    "regions of {} pixels a side, but the observer was made for {}",
                    regions.side,
                    self.size.isqrt()
                )));
            }
            contrasts.extend(std::iter::repeat_n(*contrast, regions.len()));
        }
        let classes = self.priors.len();
        let mut sums = vec![LogSum::default(); contrasts.len() * classes];
        // Per kind of anatomy: log density without a target, and prewhitened regions.
        let mut seen = Vec::with_capacity(self.anatomies.len());
        for anatomy in &self.anatomies {
            let (densities, white) = anatomy.see(sets, self.rescale)?;
            for (row, density) in sums.chunks_exact_mut(classes).zip(&densities) {
                row[classes - 1].add(*density);
            }
            seen.push((densities, white));
        }
        for (class, &shape) in self.shapes.iter().enumerate() {
            let cells = self.grid.cells(shape);
            let targets = self.grid.targets(shape, self.radius, self.offset_mm);
            let drawn: Vec<f32> =
                targets.par_chunks(2).flat_map_iter(|pair| self.canvas.templates(pair)).collect();
            let drawn = Tensor::from_vec(drawn, (targets.len(), self.size), &Device::Cpu)?;
            for (anatomy, (densities, white)) in self.anatomies.iter().zip(&seen) {
                let templates = drawn.matmul(&anatomy.whitening.t()?)?;
                let energies: Vec<f64> = squares(&templates)?;
                for first in (0..contrasts.len()).step_by(BATCH) {
                    if stopped() {
                        return Err(ObserverError::Stopped);
                    }
                    let count = BATCH.min(contrasts.len() - first);
                    let batch = white.narrow(0, first, count)?;
                    let responses = batch.matmul(&templates.t()?)?.to_vec2::<f32>()?;
                    let ratios: Vec<f64> = responses
                        .par_iter()
                        .zip(&contrasts[first..first + count])
                        .map(|(row, &contrast)| self.likelihood(cells, row, &energies, contrast))
                        .collect();
                    for (at, ratio) in (first..).zip(ratios) {
                        sums[at * classes + class].add(densities[at] + ratio);
                    }
                }
            }
        }
        let priors = self.priors.iter().cycle();
        let mut ratings = sums.iter().zip(priors).map(|(sum, prior)| prior + sum.value());
        Ok(sets
            .iter()
            .map(|(regions, _)| ratings.by_ref().take(regions.len() * classes).collect())
            .collect())
    }

    /// Log likelihood ratio of one class against absent from one region's responses under one
    /// kind of anatomy.
    fn likelihood(
        &self,
        cells: Cells,
        responses: &[f32],
        energies: &[f64],
        contrast: Range,
    ) -> f64 {
        let mut sum = LogSum::default();
        for sign in signs(self.sign) {
            let signed = |at: usize| (sign * f64::from(responses[at]), energies[at]);
            // No likelihood is above its bound; far below the best one the bound stands for it.
            let mut logs: Vec<f64> = (0..responses.len())
                .map(|at| {
                    let (response, energy) = signed(at);
                    largest(response, energy, contrast)
                })
                .collect();
            let best = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            for (at, log) in logs.iter_mut().enumerate() {
                if *log > best - FAR {
                    let (response, energy) = signed(at);
                    *log = log_likelihood_ratio(response, energy, contrast);
                }
            }
            sum.add(cells.integral(&logs));
        }
        sum.value() - (signs(self.sign).len() as f64).ln()
    }
}

/// Log likelihoods this far below the best of a class are not computed, only bounded.
const FAR: f64 = 60.0;

/// Sum of squares of each row.
fn squares(rows: &Tensor) -> Result<Vec<f64>, ObserverError> {
    let of_row = |row: &Vec<f32>| row.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
    Ok(rows.to_vec2::<f32>()?.iter().map(of_row).collect())
}

impl Prepared {
    fn of(anatomy: &Anatomy) -> Result<Self, ObserverError> {
        let size = anatomy.covariance.size();
        let whitening = anatomy.covariance.whitening().ok_or_else(|| {
            ObserverError::Failed("the covariance of the regions is singular".into())
        })?;
        let determinant: f64 = (0..size).map(|at| whitening[at * size + at].ln()).sum();
        let single: Vec<f32> = whitening.iter().map(|&value| value as f32).collect();
        Ok(Self {
            offset: anatomy.share.ln() + determinant,
            mean: anatomy.covariance.mean().to_vec(),
            whitening: Tensor::from_vec(single, (size, size), &Device::Cpu)?,
        })
    }

    /// Log density of regions without a target, up to a constant, and the prewhitened regions.
    fn see(
        &self,
        sets: &[(&RegionSet, Range)],
        rescale: Rescale,
    ) -> Result<(Vec<f64>, Tensor), ObserverError> {
        let size = self.mean.len();
        let values: Vec<f32> = sets
            .iter()
            .flat_map(|(regions, _)| regions.values.iter().zip(self.mean.iter().cycle()))
            .map(|(&stored, mean)| (rescale.physical(stored) - mean) as f32)
            .collect();
        let count = values.len() / size;
        let values = Tensor::from_vec(values, (count, size), &Device::Cpu)?;
        let white = values.matmul(&self.whitening.t()?)?;
        let densities = squares(&white)?.into_iter().map(|sum| self.offset - sum / 2.0).collect();
        Ok((densities, white))
    }
}

/// Nodes and weights of Gauss and Legendre's rule with six points on −½..½ (Abramowitz and Stegun,
/// 1964, table 25.4).
const GAUSS: [(f64, f64); 6] = [
    (-0.466_234_757_101_576, 0.085_662_246_189_585_17),
    (-0.330_604_693_233_132_26, 0.180_380_786_524_069_3),
    (-0.119_309_593_041_598_45, 0.233_956_967_286_345_52),
    (0.119_309_593_041_598_45, 0.233_956_967_286_345_52),
    (0.330_604_693_233_132_26, 0.180_380_786_524_069_3),
    (0.466_234_757_101_576, 0.085_662_246_189_585_17),
];

impl Cells {
    /// ln of the mean of exp(log) over the grid's whole volume: in each cell the logarithm is a
    /// parabola through the node and its neighbours along every axis.
    fn integral(self, logs: &[f64]) -> f64 {
        let best = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let places = self.positions * self.positions;
        let mut sum = LogSum::default();
        for (at, &log) in logs.iter().enumerate() {
            if log < best - NEGLIGIBLE {
                continue;
            }
            let axes = [
                (at % self.positions, self.positions, 1, false),
                (at / self.positions % self.positions, self.positions, self.positions, false),
                (at / places % self.angles, self.angles, places, true),
                (at / (places * self.angles), self.sizes, places * self.angles, false),
            ];
            let cell: f64 = axes
                .into_iter()
                .map(|(index, count, stride, periodic)| {
                    along(logs, at, index, count, stride, periodic)
                })
                .sum();
            sum.add(log + cell);
        }
        sum.value() - (logs.len() as f64).ln()
    }
}

/// ln of the mean of exp of a parabola over a cell, relative to its node: through the node and its
/// neighbours on one axis; at an end, with the curvature of the next three.
fn along(
    logs: &[f64],
    at: usize,
    index: usize,
    count: usize,
    stride: usize,
    periodic: bool,
) -> f64 {
    if count < 3 {
        return 0.0;
    }
    let first = at - index * stride;
    let node = |index: usize| logs[first + index * stride];
    let here = node(index);
    let (before, after) = if periodic {
        (node((index + count - 1) % count), node((index + 1) % count))
    } else if index == 0 {
        (3.0 * here - 3.0 * node(1) + node(2), node(1))
    } else if index + 1 == count {
        (node(index - 1), 3.0 * here - 3.0 * node(index - 1) + node(index - 2))
    } else {
        (node(index - 1), node(index + 1))
    };
    let (slope, curvature) = ((after - before) / 2.0, after - 2.0 * here + before);
    // A parabola that fits rises above its nodes by an eighth of its curvature at most.
    let most = (after - here).max(before - here).max(0.0) + curvature.abs() / 8.0;
    let mean: f64 = GAUSS
        .iter()
        .map(|(t, weight)| weight * (t * (slope + curvature * t / 2.0)).min(most).exp())
        .sum();
    mean.ln()
}

impl Observer for IdealObserver {
    fn rate(
        &self,
        regions: &RegionSet,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Vec<f32>, ObserverError> {
        let ratings = self.rate_sets(&[(regions, self.contrast)], stopped)?;
        Ok(ratings.into_iter().flatten().map(|rating| rating as f32).collect())
    }

    /// What it is made from: the phantom's formation, the grid and the draws of the anatomy.
    fn to_bytes(&self, provenance: &BTreeMap<String, String>) -> Vec<u8> {
        let (images, seed) = self.drawn;
        serde_json::json!({
            "observer": "ideal",
            "formation": self.formation,
            "grid": self.grid,
            "anatomy_images": images,
            "anatomy_seed": seed,
            "provenance": provenance,
        })
        .to_string()
        .into_bytes()
    }

    /// Zeros: nothing is trained, and nothing chosen on the tune regions.
    fn summary(&self) -> TrainingSummary {
        TrainingSummary { epoch: 0, tune_accuracy: 0.0 }
    }
}

impl Grid {
    fn cells(self, shape: Shape) -> Cells {
        let (angles, _) = self.angles(shape);
        Cells { sizes: self.sizes, angles, positions: self.positions }
    }

    /// Number of angles, and degrees after which a shape looks the same.
    fn angles(self, shape: Shape) -> (usize, f64) {
        match shape {
            Shape::Disk | Shape::Ring => (1, 360.0),
            Shape::Square | Shape::Cross => (self.angles, 90.0),
            Shape::Triangle => ((4 * self.angles).div_ceil(3), 120.0),
            // As drawn, without any symmetry; refused before a rating.
            _ => (4 * self.angles, 360.0),
        }
    }

    /// Targets of unit contrast around the matrix's centre.
    fn targets(self, shape: Shape, radius: Range, offset_mm: f64) -> Vec<Target> {
        let middles = |parts: usize, low: f64, high: f64| {
            (0..parts).map(move |part| low + (high - low) * (part as f64 + 0.5) / parts as f64)
        };
        let (angles, period) = self.angles(shape);
        let mut targets = Vec::new();
        for equivalent_radius_mm in middles(self.sizes, radius.low, radius.high) {
            for angle_deg in middles(angles, 0.0, period) {
                for y_mm in middles(self.positions, -offset_mm, offset_mm) {
                    for x_mm in middles(self.positions, -offset_mm, offset_mm) {
                        targets.push(Target {
                            shape,
                            x_mm,
                            y_mm,
                            equivalent_radius_mm,
                            angle_deg,
                            contrast: 1.0,
                            vessel_radius_mm: None,
                        });
                    }
                }
            }
        }
        targets
    }
}

/// A small matrix around a region on which targets are painted and blurred as the imager does.
struct Canvas {
    matrix: Matrix,
    side: usize,
    blur: Vec<f64>,
    fft: Fft2d,
}

impl Canvas {
    /// As much again around a region of the phantom: blur comes round from there.
    fn of(phantom: &Phantom) -> Result<Self, ObserverError> {
        let pixels = (2 * phantom.formation.targets.region_pixels).next_power_of_two();
        Self::on(phantom, Matrix { rows: pixels, columns: pixels, ..phantom.formation.matrix })
    }

    fn on(phantom: &Phantom, matrix: Matrix) -> Result<Self, ObserverError> {
        let ct = gaussian_acquisition(phantom)?;
        let Matrix { rows, columns, .. } = matrix;
        let spacing = matrix.pixel_spacing.0;
        let mut blur = Vec::with_capacity(rows * columns);
        for row in 0..rows {
            for column in 0..columns {
                let fy = frequency(row, rows, spacing);
                let fx = frequency(column, columns, spacing);
                // Painting averages over a pixel, which the imager divides out.
                let painted = sinc(fx * spacing) * sinc(fy * spacing);
                let scale = (rows * columns) as f64;
                blur.push(ct.mtf((fx * fx + fy * fy).sqrt()) / (painted * scale));
            }
        }
        let side = phantom.formation.targets.region_pixels;
        Ok(Self { matrix, side, blur, fft: Fft2d::new(rows, columns) })
    }

    /// One or two targets as they appear on the whole canvas, in HU.
    fn acquire(&self, targets: &[Target]) -> Complex2d {
        let pixels = self.matrix.rows * self.matrix.columns;
        let paint = |target: Option<&Target>| {
            let mut values = vec![0.0; pixels];
            let Some(target) = target else { return values };
            let cover = raster::cover(&target.outline(), &self.matrix);
            for (line, shares) in cover.share.chunks_exact(cover.columns.max(1)).enumerate() {
                let start = (cover.row + line) * self.matrix.columns + cover.column;
                for (value, share) in values[start..].iter_mut().zip(shares) {
                    *value = target.contrast * share;
                }
            }
            values
        };
        // Two real images as one complex one: the blur is even, so they stay apart.
        let mut image = Complex2d { re: paint(targets.first()), im: paint(targets.get(1)) };
        self.fft.forward(&mut image);
        for ((re, im), blur) in image.re.iter_mut().zip(&mut image.im).zip(&self.blur) {
            *re *= blur;
            *im *= blur;
        }
        self.fft.inverse(&mut image);
        image
    }

    /// The region's pixels of one or two targets, one after the other.
    fn templates(&self, targets: &[Target]) -> Vec<f32> {
        let image = self.acquire(targets);
        let first = (self.matrix.rows - self.side) / 2;
        let mut values = Vec::with_capacity(targets.len() * self.side * self.side);
        for part in [&image.re, &image.im].into_iter().take(targets.len()) {
            for row in first..first + self.side {
                let start = row * self.matrix.columns + first;
                values.extend(part[start..start + self.side].iter().map(|&it| it as f32));
            }
        }
        values
    }
}

/// d′ of the ideal observer of one target that it knows all about, in the phantom's noise on a
/// flat background.
///
/// # Errors
/// [`ObserverError::NoModel`] if the noise is not Gaussian and stationary.
pub fn known_detectability(phantom: &Phantom, target: &Target) -> Result<f64, ObserverError> {
    let canvas = Canvas::on(phantom, phantom.formation.matrix)?;
    let signal = canvas.acquire(std::slice::from_ref(target)).re;
    Ok(NoisePower::of(phantom)?.detectability(&signal))
}

/// sin(πx)/(πx).
fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { libm::sin(PI * x) / (PI * x) }
}

fn signs(sign: Sign) -> &'static [f64] {
    match sign {
        Sign::Positive => &[1.0],
        Sign::Negative => &[-1.0],
        Sign::Either => &[1.0, -1.0],
    }
}

/// A sum of exponentials by its logarithm, in the order of arrival.
#[derive(Debug, Clone, Copy)]
struct LogSum {
    largest: f64,
    sum: f64,
}

impl Default for LogSum {
    fn default() -> Self {
        Self { largest: f64::NEG_INFINITY, sum: 0.0 }
    }
}

impl LogSum {
    fn add(&mut self, value: f64) {
        if value > self.largest {
            self.sum = self.sum * (self.largest - value).exp() + 1.0;
            self.largest = value;
        } else {
            self.sum += (value - self.largest).exp();
        }
    }

    fn value(&self) -> f64 {
        self.largest + self.sum.ln()
    }
}

/// The largest c r − c² E/2 over the contrasts: no mean of exponentials is above it.
fn largest(response: f64, energy: f64, contrast: Range) -> f64 {
    let best = (response / energy).clamp(contrast.low, contrast.high);
    best * (response - best * energy / 2.0)
}

/// ln of the mean of exp(c r − c² E/2) over c uniform in the range: with u = r/E and s = √E,
/// r²/2E + ½ ln(2π/E) + ln(Φ((high − u) s) − Φ((low − u) s)) − ln(high − low).
fn log_likelihood_ratio(response: f64, energy: f64, contrast: Range) -> f64 {
    let width = contrast.high - contrast.low;
    if width <= 0.0 {
        return contrast.low * (response - contrast.low * energy / 2.0);
    }
    let (likeliest, scale) = (response / energy, energy.sqrt());
    let (low, high) = ((contrast.low - likeliest) * scale, (contrast.high - likeliest) * scale);
    response * likeliest / 2.0 + 0.5 * (2.0 * PI / energy).ln() + log_normal_between(low, high)
        - width.ln()
}

/// ln(Φ(high) − Φ(low)), low < high, without loss in the tails.
fn log_normal_between(low: f64, high: f64) -> f64 {
    if low > 0.0 {
        // Φ(high) − Φ(low) = Φ(−low) − Φ(−high).
        return log_normal_between(-high, -low);
    }
    if high > 0.0 || low > -5.0 {
        return (normal_cdf(high) - normal_cdf(low)).max(f64::MIN_POSITIVE).ln();
    }
    let (upper, lower) = (log_normal_tail(high), log_normal_tail(low));
    upper + (-(lower - upper).exp()).ln_1p()
}

/// ln Φ(z) for z ≤ 0: below −8 by the asymptotic series (Abramowitz and Stegun, 1964, 26.2.12),
/// whose first term left out is 1e-6 there.
fn log_normal_tail(z: f64) -> f64 {
    if z > -8.0 {
        return normal_cdf(z).ln();
    }
    let square = 1.0 / (z * z);
    let series = 1.0 - square * (1.0 - 3.0 * square * (1.0 - 5.0 * square * (1.0 - 7.0 * square)));
    -z * z / 2.0 - (-z).ln() - 0.5 * (2.0 * PI).ln() + series.ln()
}

/// Accuracy of the ideal observer over the same regions at several contrasts.
#[derive(Debug, Clone, PartialEq)]
pub struct Ceiling {
    /// Regions rated at each contrast.
    pub regions: usize,
    /// Contrast as a share of the phantom's, ascending; the last is 1.
    pub contrasts: Vec<f64>,
    /// Accuracy at each.
    pub accuracies: Vec<f64>,
    /// Half the width of Wilson's 68 % interval of the last: one standard error of sampling.
    pub standard_error: f64,
    /// Area under the ROC curve of present against absent at contrast 1; `None` where the regions
    /// are all of one kind.
    pub auc: Option<f64>,
    /// Accuracy at contrast 1 by the finer grid minus that by the usual one: the numerical error of
    /// the usual grid is about twice this.
    pub grid_error: f64,
}

/// Images behind the statistics of the anatomy.
const ANATOMY_IMAGES: u64 = 40;
/// Contrasts at which a ceiling is rated.
const CONTRASTS: [f64; 7] = [0.15, 0.22, 0.3, 0.4, 0.55, 0.75, 1.0];

/// Rates the first `images` test images of a study at several contrasts: positions, shapes and
/// noise are the study's own, as streams do not depend on the contrast.
///
/// # Errors
/// [`ObserverError::Stopped`] soon after `stopped` turns true; or as [`IdealObserver::new`].
pub fn ceiling(
    phantom: &Phantom,
    seed: u64,
    images: u64,
    stopped: &dyn Fn() -> bool,
) -> Result<Ceiling, ObserverError> {
    // The anatomy is drawn by another seed, so that no test image is among it.
    let anatomies = Anatomy::of(phantom, ANATOMY_IMAGES, !seed)?;
    let drawn = (ANATOMY_IMAGES, !seed);
    let usual = IdealObserver::with(phantom, Grid::USUAL, &anatomies, drawn)?;
    let mut sets = Vec::with_capacity(CONTRASTS.len());
    for share in CONTRASTS {
        let mut scaled = phantom.clone();
        let range = &mut scaled.formation.targets.contrast;
        *range = Range { low: share * range.low, high: share * range.high };
        let contrast = *range;
        sets.push((test_regions(scaled, seed, images)?, contrast));
    }
    let sets: Vec<(&RegionSet, Range)> =
        sets.iter().map(|(regions, contrast)| (regions, *contrast)).collect();
    let ratings = usual.rate_sets(&sets, stopped)?;
    let accuracies: Vec<f64> = sets
        .iter()
        .zip(&ratings)
        .map(|((regions, _), ratings)| share_correct(ratings, &regions.labels))
        .collect();
    let (own, last) = (sets[sets.len() - 1], accuracies[accuracies.len() - 1]);
    let (regions, labels) = (own.0.len(), &own.0.labels);
    let auc = area(&ratings[ratings.len() - 1], labels);
    drop(usual);
    let fine = IdealObserver::with(phantom, Grid::FINE, &anatomies, drawn)?;
    let finer = fine.rate_sets(&[own], stopped)?;
    let grid_error = share_correct(&finer[0], labels) - last;
    let right = (last * regions as f64).round() as u64;
    // z = 1: one-sided 15.87 %.
    let interval = wilson(right, regions as u64, normal_cdf(-1.0))
        .map_err(|error| ObserverError::Failed(error.to_string()))?;
    Ok(Ceiling {
        regions,
        contrasts: CONTRASTS.to_vec(),
        accuracies,
        standard_error: (interval.upper - interval.lower) / 2.0,
        auc,
        grid_error,
    })
}

fn test_regions(phantom: Phantom, seed: u64, images: u64) -> Result<RegionSet, ObserverError> {
    let mut regions = RegionSet::new(phantom.formation.targets.region_pixels);
    let dataset = Dataset::new(phantom, seed);
    let drawn: Vec<_> = (0..images)
        .into_par_iter()
        .map(|index| dataset.case(Split::Test, index))
        .collect::<Result<_, _>>()
        .map_err(|error| ObserverError::Failed(error.to_string()))?;
    for case in drawn {
        regions.cut(&case.image, &case.scene);
    }
    Ok(regions)
}

/// Share of regions whose largest rating, the first of equals, is their label's.
fn share_correct(ratings: &[f64], labels: &[u8]) -> f64 {
    let classes = ratings.len() / labels.len().max(1);
    let right = ratings.chunks_exact(classes).zip(labels).filter(|(row, label)| {
        let best = (0..row.len()).fold(0, |best, k| if row[k] > row[best] { k } else { best });
        best == usize::from(**label)
    });
    right.count() as f64 / labels.len() as f64
}

/// Area under the ROC curve of the log odds of any shape; the last class is absent.
fn area(ratings: &[f64], labels: &[u8]) -> Option<f64> {
    let classes = ratings.len() / labels.len().max(1);
    let (mut present, mut absent) = (Vec::new(), Vec::new());
    for (row, &label) in ratings.chunks_exact(classes).zip(labels) {
        let mut shapes = LogSum::default();
        row[..classes - 1].iter().for_each(|&rating| shapes.add(rating));
        let odds = shapes.value() - row[classes - 1];
        if usize::from(label) + 1 == classes { absent.push(odds) } else { present.push(odds) }
    }
    Some(Placements::of(&present, &absent).ok()?.area)
}

impl Ceiling {
    /// Accuracy at the phantom's own contrast.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        self.accuracies[self.accuracies.len() - 1]
    }

    /// Efficiency of an observer that reaches `accuracy` at the phantom's contrast: the squared
    /// share of the contrast at which the ideal observer reaches it (Tanner and Birdsall, 1958),
    /// read off the isotonic accuracies, straight over the logarithm of the contrast. `None` where
    /// the ideal observer reaches it at none or at all of the contrasts.
    #[must_use]
    pub fn efficiency(&self, accuracy: f64) -> Option<f64> {
        let positions: Vec<f64> = self.contrasts.iter().map(|share| share.ln()).collect();
        let curve = MonotoneCurve::fit(&positions, &self.accuracies).ok()?;
        match curve.crossing(accuracy) {
            Crossing::At(position) => Some((2.0 * position).exp()),
            Crossing::Before | Crossing::After => None,
        }
    }

    /// Whether an accuracy with its own standard error lies above the ceiling by more than three
    /// standard errors and the numerical error: then something leaks.
    #[must_use]
    pub fn leaks(&self, accuracy: f64, standard_error: f64) -> bool {
        let error = self.standard_error.hypot(standard_error);
        accuracy > self.accuracy() + 2.0 * self.grid_error.max(0.0) + 3.0 * error
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phantom::Acquisition;
    use crate::rng::{Purpose, StreamKey};

    const SMALL: &str = include_str!("../../tests/phantom/small.toml");

    fn small() -> Phantom {
        Phantom::parse(SMALL, "small.toml").unwrap()
    }

    #[test]
    fn the_contrast_integral_is_the_closed_form() {
        // scipy 1.17.1: log(quad(lambda c: exp(c*r - c*c*E/2 - m), 20, 40)[0]/20) + m, with m the
        // largest exponent, for (r, E).
        let contrast = Range { low: 20.0, high: 40.0 };
        for (response, energy, expected) in CONTRAST_INTEGRALS {
            let found = log_likelihood_ratio(response, energy, contrast);
            assert!(
                (found - expected).abs() < 1e-5 * expected.abs().max(1.0),
                "{response} {energy}: {found}"
            );
            assert!(found <= largest(response, energy, contrast) + 1e-9);
        }
        let known = Range { low: 3.0, high: 3.0 };
        assert_eq!(log_likelihood_ratio(2.0, 0.5, known), 3.0 * 2.0 - 9.0 * 0.25);
    }

    const CONTRAST_INTEGRALS: [(f64, f64, f64); 5] = [
        (3.0, 0.1, 44.072_932_177_367_42),
        (0.0, 0.1, -23.712_481_458_631_885),
        (-4.0, 0.2, -125.078_274_769_373_62),
        (12.0, 0.2, 315.605_841_837_435_95),
        (3.0, 0.01, 108.047_282_422_716_89),
    ];

    #[test]
    fn templates_are_what_the_imager_makes() {
        // The same noiseless head with and without its targets, each rounded to whole HU.
        let mut phantom = small();
        if let Acquisition::Ct(ct) = &mut phantom.formation.acquisition {
            ct.sigma_hu = 0.0;
        }
        let mut empty = phantom.clone();
        empty.formation.targets.absent_fraction = 1.0;
        let canvas = Canvas::of(&phantom).unwrap();
        let case = Dataset::new(phantom, 3).case(Split::Test, 0).unwrap();
        let without = Dataset::new(empty, 3).case(Split::Test, 0).unwrap();
        let spacing = 0.45;
        for region in &case.scene.regions {
            let Some(target) = region.target else { continue };
            let center = |corner: usize| (corner as f64 + 16.0 - 64.0) * spacing;
            let own = Target {
                x_mm: target.x_mm - center(region.column),
                y_mm: target.y_mm - center(region.row),
                ..target
            };
            let template = canvas.templates(&[own]);
            for (at, value) in template.iter().enumerate() {
                let place = (region.row + at / 32, region.column + at % 32);
                let stored = |image: &crate::image::Image| f64::from(image.at(place.0, place.1));
                let found = stored(&case.image) - stored(&without.image);
                assert!((found - f64::from(*value)).abs() < 1.02, "{at}: {found} {value}");
            }
        }
    }

    #[test]
    fn one_known_target_has_the_closed_detectability() {
        // With one template of known contrast, √E c is d′ of that target in the region's noise;
        // the region cuts off what the whole matrix still sees, so it is a little less.
        let phantom = small();
        let target = Target {
            shape: Shape::Disk,
            x_mm: 0.1,
            y_mm: -0.2,
            equivalent_radius_mm: 2.0,
            angle_deg: 0.0,
            contrast: 10.0,
            vessel_radius_mm: None,
        };
        let whole = known_detectability(&phantom, &target).unwrap();
        let canvas = Canvas::of(&phantom).unwrap();
        let template = canvas.templates(&[target]);
        let covariance = NoisePower::of(&phantom).unwrap().covariance(32);
        let whitening = covariance.whitening().unwrap();
        let energy: f64 = whitening
            .chunks_exact(1024)
            .map(|row| {
                row.iter().zip(&template).map(|(w, s)| w * f64::from(*s)).sum::<f64>().powi(2)
            })
            .sum();
        let region = energy.sqrt();
        assert!(region <= whole * 1.0001 && region > 0.97 * whole, "{region} {whole}");
    }

    #[test]
    fn the_grid_agrees_with_brute_force_on_a_small_case() {
        // Log likelihood ratios of one shape by the grid and by 20 000 random positions, sizes and
        // angles with the same closed contrast; they differ by the sampling error of the latter
        // and the grid's own error, told by a finer grid.
        let mut phantom = small();
        phantom.formation.targets.shapes = vec![Shape::Square];
        phantom.formation.targets.offset.0 = 0.9;
        phantom.formation.targets.contrast = Range { low: 4.0, high: 8.0 };
        let targets = phantom.formation.targets.clone();
        let covariance = NoisePower::of(&phantom).unwrap().covariance(32).around(35.0);
        let flat = [Anatomy { share: 1.0, covariance: covariance.clone() }];
        let with = |grid| IdealObserver::with(&phantom, grid, &flat, (0, 0)).unwrap();
        let coarse = with(Grid { positions: 6, sizes: 4, angles: 4 });
        let fine = with(Grid { positions: 8, sizes: 6, angles: 6 });
        let mut regions = test_regions(phantom.clone(), 9, 1).unwrap();
        regions.values.truncate(4 * 1024);
        regions.labels.truncate(4);
        let rate = |observer: &IdealObserver| {
            observer.rate_sets(&[(&regions, targets.contrast)], &|| false).unwrap().remove(0)
        };
        let (by_coarse, by_fine) = (rate(&coarse), rate(&fine));

        const DRAWS: usize = 20_000;
        let key = StreamKey { seed: 1, purpose: Purpose::Simulation, case: 0, part: 0 };
        let mut stream = key.open();
        let drawn: Vec<Target> = (0..DRAWS)
            .map(|_| Target {
                shape: Shape::Square,
                x_mm: stream.between(-0.9, 0.9),
                y_mm: stream.between(-0.9, 0.9),
                equivalent_radius_mm: stream.between(1.35, 2.7),
                angle_deg: stream.between(0.0, 360.0),
                contrast: 1.0,
                vessel_radius_mm: None,
            })
            .collect();
        let canvas = Canvas::of(&phantom).unwrap();
        let templates: Vec<f32> =
            drawn.par_chunks(2).flat_map_iter(|pair| canvas.templates(pair)).collect();
        let templates = Tensor::from_vec(templates, (DRAWS, 1024), &Device::Cpu).unwrap();
        let white = templates.matmul(&coarse.anatomies[0].whitening.t().unwrap()).unwrap();
        let white = white.to_vec2::<f32>().unwrap();
        let whitening = covariance.whitening().unwrap();
        for (region, (coarse, fine)) in
            (0..4).zip(by_coarse.chunks_exact(2).zip(by_fine.chunks_exact(2)))
        {
            let values: Vec<f64> =
                regions.region(region).iter().map(|&v| f64::from(v) - 1059.0).collect();
            let seen: Vec<f64> = whitening
                .chunks_exact(1024)
                .map(|row| row.iter().zip(&values).map(|(w, v)| w * v).sum())
                .collect();
            let ratios: Vec<f64> = white
                .iter()
                .map(|row| {
                    let energy: f64 = row.iter().map(|&w| f64::from(w).powi(2)).sum();
                    let response: f64 = row.iter().zip(&seen).map(|(&w, s)| f64::from(w) * s).sum();
                    let mean = [1.0, -1.0].map(|sign| {
                        log_likelihood_ratio(sign * response, energy, targets.contrast).exp()
                    });
                    (mean[0] + mean[1]) / 2.0
                })
                .collect();
            let mean = ratios.iter().sum::<f64>() / DRAWS as f64;
            let spread = ratios.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / DRAWS as f64;
            let sampling = (spread / DRAWS as f64).sqrt() / mean;
            let brute = mean.ln();
            let of_grid = |rated: &[f64]| {
                rated[0] - coarse_prior(&targets) - (rated[1] - targets.absent_fraction.ln())
            };
            let (coarse, fine) = (of_grid(coarse), of_grid(fine));
            // Twice the change, four standard errors of the draws, and what f32 leaves.
            let stated = 2.0 * (coarse - fine).abs() + 4.0 * sampling + 0.01;
            println!("coarse {coarse:.4}, fine {fine:.4}, brute force {brute:.4} +- {sampling:.4}");
            assert!((coarse - brute).abs() < stated, "{coarse} {fine} {brute} {sampling}");
        }
    }

    fn coarse_prior(targets: &crate::phantom::Targets) -> f64 {
        (1.0 - targets.absent_fraction).ln()
    }

    #[test]
    fn efficiency_is_the_squared_share_of_the_contrast() {
        let ceiling = Ceiling {
            regions: 1000,
            contrasts: vec![0.25, 0.5, 1.0],
            accuracies: vec![0.5, 0.9, 0.99],
            standard_error: 0.003,
            auc: Some(0.999),
            grid_error: 0.0,
        };
        assert!((ceiling.efficiency(0.9).unwrap() - 0.25).abs() < 1e-12);
        assert!((ceiling.efficiency(0.99).unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(ceiling.efficiency(0.999), None);
        assert_eq!(ceiling.efficiency(0.4), None);
        assert!(!ceiling.leaks(0.995, 0.002));
        assert!(ceiling.leaks(0.9999, 0.0));
    }

    #[test]
    fn ratings_are_the_same_again_and_right_where_contrast_is_high() {
        let mut phantom = small();
        phantom.formation.targets.contrast = Range { low: 30.0, high: 50.0 };
        let observer = IdealObserver::new(&phantom, Grid::USUAL, 20, 8).unwrap();
        let regions = test_regions(phantom, 4, 3).unwrap();
        let ratings = observer.rate(&regions, &|| false).unwrap();
        assert_eq!(observer.rate(&regions, &|| false).unwrap(), ratings);
        let wide: Vec<f64> = ratings.iter().map(|&r| f64::from(r)).collect();
        assert_eq!(ratings.len(), 6 * regions.len());
        assert!(share_correct(&wide, &regions.labels) > 0.95);
        assert!(matches!(observer.rate(&regions, &|| true), Err(ObserverError::Stopped)));
    }
}
