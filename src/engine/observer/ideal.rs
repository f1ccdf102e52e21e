//! Rates originals of a phantom with Gaussian noise as the ideal observer does; knows no codec.
//!
//! With one kind of anatomy class k has the likelihood ratio ∫ p(θ) ∫ p(c) exp(c r − c² E/2) dc dθ
//! against absent, for templates s(θ) of unit contrast prewhitened by the region's covariance C:
//! response r = sᵀC⁻¹(g − ḡ), energy E = sᵀC⁻¹s. The integral over a uniform contrast c is a
//! truncated Gaussian's, in closed form. Position, size and angle θ are a grid, and within a cell
//! of it the logarithm is a parabola along each axis. Several kinds of anatomy are a mixture.
//!
//! Edges of the anatomy are taken as Gaussian, which they are not: on the CT head with 20 to 40 HU
//! it classifies 0.96 of 360 regions correctly, half of which are flat. Efficiencies are upper
//! bounds.
#![expect(clippy::disallowed_methods, reason = "makes no pixels")]

mod grid;
mod integral;
mod search;
mod templates;

use std::collections::BTreeMap;

use candle_core::{Device, Tensor};
use rayon::prelude::*;

use self::integral::{Cells, Contrast, Energy};
use self::templates::Canvas;
pub use grid::Grid;
pub use search::{SearchingObserver, search_background};

use super::gaussian::{Anatomy, gaussian_acquisition};
use super::reader::{Input, ObserverError, Reader, TrainingSummary};
use crate::dataset::RegionSet;
use crate::image::Domain;
use crate::image::{Rescale, SampleFormat};
use crate::phantom::{Design, Phantom, Range, Shape, Sign, Targets};

pub(super) use self::integral::LogSum;

impl From<candle_core::Error> for ObserverError {
    fn from(error: candle_core::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Rates regions of originals by the log of their class's posterior probability, up to a constant.
pub struct IdealObserver {
    size: usize,
    format: SampleFormat,
    rescale: Rescale,
    contrast: Range,
    sign: Sign,
    grid: Grid,
    /// The part of the phantom that forms the image, as JSON.
    formation: String,
    /// Number of images and seed that the anatomy's statistics come from.
    drawn: (u64, u64),
    shapes: Vec<Shape>,
    radius: Range,
    offset_mm: f64,
    canvas: Canvas,
    /// What a region may hold.
    anatomies: Vec<PrewhitenedAnatomy>,
    /// Log prior of each shape, then of absent.
    priors: Vec<f64>,
}

/// One kind of anatomy, prewhitened.
struct PrewhitenedAnatomy {
    /// Log of its share and of the density's factor, ln det L⁻¹.
    offset: f64,
    mean: Vec<f64>,
    /// L⁻¹.
    whitening: Tensor,
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

/// Fails where there is no model of a phantom's targets or noise.
pub(super) fn modelled(phantom: &Phantom) -> Result<(), ObserverError> {
    gaussian_acquisition(phantom)?;
    let targets = &phantom.formation.targets;
    modelled_shapes(targets)?;
    if targets.design != Design::Random || targets.grid_phase.is_some() {
        return Err(ObserverError::NoModel("targets are not drawn at random"));
    }
    Ok(())
}

/// Fails where a shape of targets has no templates.
fn modelled_shapes(targets: &Targets) -> Result<(), ObserverError> {
    let geometric = [Shape::Disk, Shape::Square, Shape::Triangle, Shape::Ring, Shape::Cross];
    match targets.shapes.iter().all(|shape| geometric.contains(shape)) {
        true => Ok(()),
        false => Err(ObserverError::NoModel("a shape is none of the five geometric ones")),
    }
}

/// Regions that are rated at once: what a table of responses may hold.
const BATCH: usize = 256;
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
        // Before anything is drawn.
        modelled(phantom)?;
        let anatomies = Anatomy::of(phantom, images, seed)?;
        Self::with(phantom, grid, &anatomies, (images, seed))
    }

    pub(super) fn with(
        phantom: &Phantom,
        grid: Grid,
        anatomies: &[Anatomy],
        drawn: (u64, u64),
    ) -> Result<Self, ObserverError> {
        modelled(phantom)?;
        let targets = &phantom.formation.targets;
        let anatomies = anatomies.iter().map(PrewhitenedAnatomy::of).collect::<Result<_, _>>()?;
        let absent = targets.absent_fraction;
        let each = (1.0 - absent) / targets.shapes.len() as f64;
        let mut priors = vec![each.ln(); targets.shapes.len()];
        priors.push(absent.ln());
        Ok(Self {
            size: targets.region_pixels * targets.region_pixels,
            format: phantom.formation.matrix.format,
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
    /// the range given with it. Templates are drawn and prewhitened once for all sets.
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
            contrasts.extend(std::iter::repeat_n(Contrast::uniform(*contrast), regions.len()));
        }
        let classes = self.priors.len();
        let mut sums = vec![LogSum::default(); contrasts.len() * classes];
        // Per kind of anatomy: log density without a target, and prewhitened regions.
        let mut seen = Vec::with_capacity(self.anatomies.len());
        for anatomy in &self.anatomies {
            let (densities, white) = anatomy.prewhiten(sets, self.rescale)?;
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
                let energies: Vec<Energy> =
                    squares(&templates)?.into_iter().map(Energy::new).collect();
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
        energies: &[Energy],
        contrast: Contrast,
    ) -> f64 {
        // No likelihood exceeds its bound; far below the best one the bound is used instead.
        let bounds = signs(self.sign).iter().map(|&sign| {
            let logs: Vec<f64> = (energies.iter().zip(responses))
                .map(|(energy, &response)| energy.largest(sign * f64::from(response), contrast))
                .collect();
            let best = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            (sign, logs, best)
        });
        let bounds: Vec<(f64, Vec<f64>, f64)> = bounds.collect();
        let best_of_all = bounds.iter().map(|it| it.2).fold(f64::NEG_INFINITY, f64::max);
        let mut sum = LogSum::default();
        for (sign, mut logs, best) in bounds {
            // Most targets are plainly brighter or plainly darker.
            if best < best_of_all - FAR {
                continue;
            }
            for (log, (energy, &response)) in logs.iter_mut().zip(energies.iter().zip(responses)) {
                if *log > best - FAR {
                    let response = sign * f64::from(response);
                    *log = energy.log_likelihood_ratio(response, contrast);
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

impl PrewhitenedAnatomy {
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
    fn prewhiten(
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

impl Reader for IdealObserver {
    fn takes(&self) -> Input {
        let bits_stored = Some(self.format.bits_stored);
        Input { domain: Domain::Pixels, side: self.size.isqrt(), channels: 1, bits_stored }
    }

    fn learns(&self) -> bool {
        false
    }

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

fn signs(sign: Sign) -> &'static [f64] {
    match sign {
        Sign::Positive => &[1.0],
        Sign::Negative => &[-1.0],
        Sign::Either => &[1.0, -1.0],
    }
}

#[cfg(test)]
mod tests {
    use super::super::NoisePower;
    use super::super::ceiling::{correct_of_images, test_regions};
    use super::*;
    use crate::rng::{Purpose, StreamKey};
    use crate::scene::{RegionKind, Target};

    const SMALL: &str = include_str!("../../../tests/phantom/small.toml");

    fn small() -> Phantom {
        Phantom::parse(SMALL, "small.toml").unwrap()
    }

    #[test]
    fn the_grid_agrees_with_brute_force_on_a_small_case() {
        // Log likelihood ratios of one shape by the grid and by 20 000 random positions, sizes and
        // angles with the same closed contrast; they differ by the sampling error of the latter
        // and the grid's own error, which a finer grid shows.
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
        let (mut regions, _) = test_regions(phantom.clone(), 9, 1, RegionKind::Identify).unwrap();
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
                        let contrast = Contrast::uniform(targets.contrast);
                        Energy::new(energy).log_likelihood_ratio(sign * response, contrast).exp()
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

    fn coarse_prior(targets: &Targets) -> f64 {
        (1.0 - targets.absent_fraction).ln()
    }

    #[test]
    fn ratings_are_the_same_again_and_right_where_contrast_is_high() {
        let mut phantom = small();
        phantom.formation.targets.contrast = Range { low: 30.0, high: 50.0 };
        let observer = IdealObserver::new(&phantom, Grid::USUAL, 20, 8).unwrap();
        let (regions, counts) = test_regions(phantom, 4, 12, RegionKind::Identify).unwrap();
        let ratings = observer.rate(&regions, &|| false).unwrap();
        assert_eq!(observer.rate(&regions, &|| false).unwrap(), ratings);
        let wide: Vec<f64> = ratings.iter().map(|&r| f64::from(r)).collect();
        assert_eq!(ratings.len(), 6 * regions.len());
        let right: u32 = correct_of_images(&wide, &regions.labels, &counts).iter().sum();
        assert!(f64::from(right) > 0.95 * regions.len() as f64, "{right} of {}", regions.len());
        assert!(matches!(observer.rate(&regions, &|| true), Err(ObserverError::Stopped)));
    }
}
