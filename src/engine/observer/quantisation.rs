//! Computes the quantisation steps of JPEG by which an observer of a phantom's targets loses least;
//! knows no codec.
//!
//! A step q on a DCT coefficient adds noise of variance q²/12 to it (Widrow & Kollár 2008). Where an
//! observer rates by its product with a template, all steps together add Σ a q²/12 to the variance
//! of its ratings, with a(u, v) the energy of the template in that coefficient, over all blocks and
//! all places against their grid. Bits go with Σ −log₂ q as long as steps are small. So at the
//! same size the least noise is that of steps with the same a q²: q ∝ 1/√a. It is the rule for any
//! weighted error (Gersho & Gray 1992, 8.3), with the weights of the non-prewhitening observer with an
//! eye filter.
#![expect(clippy::disallowed_methods, reason = "makes no pixels")]

use std::f64::consts::PI;

use super::linear::{Eye, through_the_eye};
use crate::phantom::{Matrix, Targets};
use crate::scene::Target;
use crate::scene::raster;

/// Rows and columns of a block of JPEG.
const BLOCK: usize = 8;
/// Pixels around a target over which the eye filter spreads it.
const SURROUNDINGS: usize = 16;
/// Sizes of the targets, and angles within a right angle.
const SIZES: [f64; 3] = [0.0, 0.5, 1.0];
const ANGLES: usize = 6;
/// The largest step of an 8-bit table.
const MOST: f64 = 255.0;

/// Energy of a coefficient in the templates of targets, vertical frequency × 8 + horizontal frequency.
type Energies = [f64; BLOCK * BLOCK];

/// Steps for the targets of a phantom, vertical frequency × 8 + horizontal frequency, 1 to 255, with
/// this geometric mean as far as the largest step permits; `None` where a target lies in a vessel.
///
/// The templates are those of the targets' outlines on the matrix, without the blur of the image, of
/// all shapes, sizes and angles alike.
#[must_use]
pub fn detection_steps(
    targets: &Targets,
    matrix: &Matrix,
    eye: Eye,
    mean: f64,
) -> Option<[u8; 64]> {
    if targets.shapes.iter().any(|shape| shape.needs_vessel()) {
        return None;
    }
    Some(steps(&energies(targets, matrix, eye), mean))
}

/// The energy of each coefficient in the templates of all targets.
fn energies(targets: &Targets, matrix: &Matrix, eye: Eye) -> Energies {
    let range = targets.equivalent_radius_mm;
    let mut energies = [0.0; BLOCK * BLOCK];
    for &shape in &targets.shapes {
        for (size, angle) in SIZES.iter().flat_map(|size| (0..ANGLES).map(move |it| (size, it))) {
            let target = Target {
                shape,
                x_mm: 0.0,
                y_mm: 0.0,
                equivalent_radius_mm: range.low + size * (range.high - range.low),
                angle_deg: 90.0 * angle as f64 / ANGLES as f64,
                contrast: 1.0,
                vessel_radius_mm: None,
            };
            let (template, side) = template(&target, matrix, eye);
            add_energies(&mut energies, &template, side);
        }
    }
    energies
}

/// The template of a target and its rows and columns, a multiple of a block's.
fn template(target: &Target, matrix: &Matrix, eye: Eye) -> (Vec<f64>, usize) {
    let cover = raster::cover(&target.outline(), matrix);
    let side = (cover.rows.max(cover.columns) + 2 * SURROUNDINGS).next_multiple_of(BLOCK);
    let mut signal = vec![0.0; side * side];
    for (row, line) in cover.share.chunks_exact(cover.columns.max(1)).enumerate() {
        let first = (row + SURROUNDINGS) * side + SURROUNDINGS;
        signal[first..first + cover.columns].copy_from_slice(line);
    }
    (through_the_eye(&signal, eye), side)
}

/// Adds the energy of a template in each coefficient, mean over all places against the grid of blocks.
fn add_energies(energies: &mut Energies, template: &[f64], side: usize) {
    let basis = cosines();
    let places = (BLOCK * BLOCK) as f64;
    // A block more on each axis, so that every place of the grid covers the template.
    for (down, right) in (0..BLOCK).flat_map(|down| (0..BLOCK).map(move |right| (down, right))) {
        for block in 0..(side / BLOCK + 1).pow(2) {
            let (first_row, first_column) =
                (block / (side / BLOCK + 1) * BLOCK, block % (side / BLOCK + 1) * BLOCK);
            let value = |row: usize, column: usize| {
                let (row, column) = (first_row + row, first_column + column);
                let inside =
                    (down..down + side).contains(&row) && (right..right + side).contains(&column);
                if inside { template[(row - down) * side + column - right] } else { 0.0 }
            };
            let mut along = [[0.0; BLOCK]; BLOCK];
            for (row, line) in along.iter_mut().enumerate() {
                for (frequency, sum) in line.iter_mut().enumerate() {
                    *sum = (0..BLOCK).map(|at| basis[frequency][at] * value(row, at)).sum();
                }
            }
            for (place, energy) in energies.iter_mut().enumerate() {
                let (vertical, horizontal) = (place / BLOCK, place % BLOCK);
                let found: f64 =
                    (0..BLOCK).map(|row| basis[vertical][row] * along[row][horizontal]).sum();
                *energy += found * found / places;
            }
        }
    }
}

/// The orthonormal cosines of eight places, by frequency.
fn cosines() -> [[f64; BLOCK]; BLOCK] {
    std::array::from_fn(|frequency| {
        let scale = if frequency == 0 { 1.0 / BLOCK as f64 } else { 2.0 / BLOCK as f64 };
        std::array::from_fn(|at| {
            let angle = PI * (at as f64 + 0.5) * frequency as f64 / BLOCK as f64;
            scale.sqrt() * angle.cos()
        })
    })
}

/// Steps in proportion to 1/√a of this geometric mean; both directions alike, as targets turn.
fn steps(energies: &Energies, mean: f64) -> [u8; 64] {
    let weight: Energies = std::array::from_fn(|at| {
        let other = at % BLOCK * BLOCK + at / BLOCK;
        1.0 / f64::midpoint(energies[at], energies[other]).sqrt()
    });
    let bounded = |scale: f64| weight.map(|it| (scale * it).clamp(1.0, MOST));
    let logarithm = |scale: f64| bounded(scale).map(f64::ln).iter().sum::<f64>() / 64.0;
    // What is cut off at the largest step is made up by the others.
    let (mut low, mut high) = (-60.0_f64, 60.0_f64);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if logarithm(middle.exp()) < mean.ln() { low = middle } else { high = middle }
    }
    bounded(high.exp()).map(|step| step.round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phantom::{Shape, library};
    use crate::rng::{Purpose, StreamKey};

    /// The standard's table has this geometric mean.
    const MEAN: f64 = 46.6;

    fn head() -> (Targets, Matrix) {
        let file = library::all().find(|file| file.id() == "ct-head").unwrap();
        let formation = file.phantom().unwrap().formation;
        (formation.detection.unwrap().targets, formation.matrix)
    }

    #[test]
    fn noise_of_ratings_is_that_of_rounded_coefficients() {
        let (targets, matrix) = head();
        let target = Target {
            shape: targets.shapes[0],
            x_mm: 0.0,
            y_mm: 0.0,
            equivalent_radius_mm: 2.0,
            angle_deg: 0.0,
            contrast: 1.0,
            vessel_radius_mm: None,
        };
        let (template, side) = template(&target, &matrix, Eye::HALF_A_METRE);
        let mut energies = [0.0; 64];
        add_energies(&mut energies, &template, side);
        // Parseval: all coefficients together have the template's energy.
        let energy: f64 = template.iter().map(|value| value * value).sum();
        assert!((energies.iter().sum::<f64>() / energy - 1.0).abs() < 1e-9);
        let steps: [f64; 64] = std::array::from_fn(|at| 1.0 + (at % 7) as f64);
        let expected: f64 = (energies.iter().zip(&steps)).map(|(a, q)| a * q * q / 12.0).sum();
        // Uniform errors of all coefficients, at places of the grid in turn, as a rating sees them.
        let mut stream =
            StreamKey { seed: 1, purpose: Purpose::Simulation, case: 0, part: 0 }.open();
        let (basis, tiles, draws) = (cosines(), side / 8 + 1, 4000);
        let mut sum = 0.0;
        for draw in 0..draws {
            let (down, right) = (draw / 8 % 8, draw % 8);
            let mut rating = 0.0;
            for block in 0..tiles * tiles {
                let mut errors = [0.0; 64];
                for (error, step) in errors.iter_mut().zip(&steps) {
                    *error = stream.between(-step / 2.0, step / 2.0);
                }
                for pixel in 0..64 {
                    let row = (block / tiles * 8 + pixel / 8).checked_sub(down);
                    let column = (block % tiles * 8 + pixel % 8).checked_sub(right);
                    let inside = |it: &usize| *it < side;
                    if let (Some(row), Some(column)) = (row.filter(inside), column.filter(inside)) {
                        let error: f64 = (0..64)
                            .map(|at| {
                                errors[at] * basis[at / 8][pixel / 8] * basis[at % 8][pixel % 8]
                            })
                            .sum();
                        rating += template[row * side + column] * error;
                    }
                }
            }
            sum += rating * rating;
        }
        let found = sum / draws as f64;
        // Standard error of a variance from 4000 draws: 2 %.
        assert!((found / expected - 1.0).abs() < 0.07, "{found} {expected}");
    }

    #[test]
    fn no_other_steps_of_the_same_mean_add_less_noise() {
        let (targets, matrix) = head();
        let found = detection_steps(&targets, &matrix, Eye::HALF_A_METRE, MEAN).unwrap();
        let logarithm = found.iter().map(|&step| f64::from(step).ln()).sum::<f64>() / 64.0;
        assert!((logarithm.exp() / MEAN - 1.0).abs() < 0.02, "{found:?}");
        // Alike in both directions, and finest below the frequencies that the eye does not see.
        for at in 0..64 {
            assert_eq!(found[at], found[at % 8 * 8 + at / 8], "{found:?}");
        }
        assert!(found[36] > 20 * found[18] && found[18] > 1, "{found:?}");
        let vessels = Targets { shapes: vec![Shape::Disk, Shape::Stenosis], ..targets.clone() };
        assert_eq!(detection_steps(&vessels, &matrix, Eye::HALF_A_METRE, MEAN), None);
        let energies = energies(&targets, &matrix, Eye::HALF_A_METRE);
        let noise =
            |steps: &[f64; 64]| -> f64 { energies.iter().zip(steps).map(|(a, q)| a * q * q).sum() };
        let own = noise(&found.map(f64::from));
        assert!(noise(&[MEAN; 64]) > 1.2 * own, "{} {own}", noise(&[MEAN; 64]));
        // Finer in one coefficient by as much as coarser in another adds noise.
        for (finer, coarser) in [(18, 27), (27, 18), (3, 34), (34, 3), (4, 20)] {
            let mut other = found.map(f64::from);
            other[finer] /= 1.5;
            other[coarser] *= 1.5;
            assert!(noise(&other) > own, "{finer} {coarser}");
        }
    }
}
