//! Owns contrast–detail–compression: ratings sorted by size and contrast of their targets, what
//! contrast a level asks for, and what dose it costs; trains and rates nothing.
//!
//! **Threshold**: within a cell of radius, accuracy over the logarithm of contrast is made
//! monotone (isotonic), and the threshold is where it crosses the middle between guessing, one
//! over the classes, and 1. Thresholds over radii are an iso-performance contour.
//!
//! **Dose**: in noise of a given spectrum the ideal observer depends on contrast over σ alone. It
//! reaches a network's accuracy on originals at the share k₀ of the contrast, and the accuracy at
//! a level at k. With the network's efficiency taken as constant, the level costs what a contrast
//! of k/k₀ would, that is noise of k₀/k, that is a dose of (k/k₀)² where σ² ∝ 1/dose: the ratio of
//! both efficiencies. So no network is rated again on noisier images, and the number is as good as
//! that assumption.

use crate::codec::CodecName;
use crate::dataset::{Dataset, Split};
use crate::observer::Ceiling;
use crate::phantom::Range;
use crate::record::{ArmResult, DetailLevel, DetailResult, Job, Regime};
use crate::scene::Target;
use crate::stats::{Crossing, MonotoneCurve, Placements};
use crate::store::RunDirectory;
use crate::study::{self, Plan, Rated, StudyError};

/// Cells of radius.
const RADII: usize = 3;
/// Cells of contrast.
const CONTRASTS: usize = 4;

/// Edges of cells over a range; one cell where it has no width.
fn edges(range: Range, cells: usize, logarithmic: bool) -> Vec<f64> {
    if range.high <= range.low {
        return vec![range.low, range.high];
    }
    let at = |share: f64| {
        if logarithmic && range.low > 0.0 {
            range.low * libm::pow(range.high / range.low, share)
        } else {
            range.low + share * (range.high - range.low)
        }
    };
    (0..=cells).map(|edge| at(edge as f64 / cells as f64)).collect()
}

/// The cell that holds a value.
fn cell(edges: &[f64], value: f64) -> usize {
    edges[1..edges.len() - 1].partition_point(|&edge| edge <= value)
}

/// Rows of radius, columns of contrast, for every arm that the studied networks rated whole.
pub(super) fn detail(
    plan: &Plan,
    dataset: &Dataset,
    store: &RunDirectory,
    arms: &[ArmResult],
    ceiling: Option<&Ceiling>,
) -> Result<Vec<DetailResult>, StudyError> {
    let targets = &dataset.phantom().formation.targets;
    let radii = edges(targets.equivalent_radius_mm, RADII, false);
    let contrasts = edges(targets.contrast, CONTRASTS, true);
    let columns = contrasts.len() - 1;
    let cells = (radii.len() - 1) * columns;
    // Class and cell of every test region, image by image; no cell where absent.
    let mut truth: Vec<(usize, Option<usize>)> = Vec::new();
    for case in study::cases(plan, store)? {
        let of_target = |target: &Target| {
            cell(&radii, target.equivalent_radius_mm) * columns
                + cell(&contrasts, target.contrast.abs())
        };
        let scene = dataset.scene(Split::Test, case.index)?;
        truth.extend(
            scene
                .regions
                .iter()
                .map(|it| (usize::from(it.class), it.target.as_ref().map(of_target))),
        );
    }
    let mut held = vec![0_u32; cells];
    truth.iter().filter_map(|it| it.1).for_each(|cell| held[cell] += 1);
    let rows = |values: &[Option<f64>]| -> Vec<Vec<Option<f64>>> {
        values.chunks_exact(columns).map(<[_]>::to_vec).collect()
    };
    let mut found = Vec::new();
    let whole = |arm: &&ArmResult| {
        arm.codec != CodecName::Lossless && matches!(arm.regime, Regime::Original | Regime::Mixed)
    };
    for arm in arms.iter().filter(whole) {
        let conditions = plan.conditions(arm.path);
        let chosen: Vec<usize> = (0..conditions.len())
            .filter(|&at| conditions[at].codec.is_none_or(|codec| codec == arm.codec))
            .collect();
        let mut right = vec![vec![0.0; cells]; chosen.len()];
        let mut area = vec![vec![Some(0.0); cells]; chosen.len()];
        for replicate in 0..plan.replicates {
            let (path, regime) = (arm.path, arm.regime);
            let job = Job { path, regime, replicate, trained_at: None };
            let Rated { classes, conditions } = study::ratings(plan, store, &job, truth.len())?;
            for (place, &condition) in chosen.iter().enumerate() {
                let of_condition = &conditions[condition];
                let mut present = vec![Vec::new(); cells];
                let mut absent = Vec::new();
                for ((class, cell), rated) in truth.iter().zip(of_condition.chunks_exact(classes)) {
                    let presence = study::presence(rated);
                    let Some(cell) = *cell else {
                        absent.push(presence);
                        continue;
                    };
                    present[cell].push(presence);
                    right[place][cell] += f64::from(u8::from(study::largest(rated) == *class));
                }
                for (sum, present) in area[place].iter_mut().zip(&present) {
                    let one = Placements::of(present, &absent).ok().map(|it| it.area);
                    *sum = sum.zip(one).map(|(sum, one)| sum + one);
                }
            }
        }
        let networks = f64::from(plan.replicates);
        let levels = chosen.iter().enumerate().map(|(place, &condition)| {
            let accuracy: Vec<Option<f64>> = right[place]
                .iter()
                .zip(&held)
                .map(|(&right, &held)| (held > 0).then(|| right / (networks * f64::from(held))))
                .collect();
            let auc: Vec<Option<f64>> =
                area[place].iter().map(|sum| sum.map(|sum| sum / networks)).collect();
            let target = conditions[condition].target;
            let of_level = arm.levels.iter().find(|level| level.target == target);
            let overall = target.map_or(Some(arm.original_accuracy), |_| Some(of_level?.accuracy));
            let dose = ceiling.zip(overall).and_then(|(ideal, overall)| {
                Some(ideal.efficiency(overall)? / ideal.efficiency(arm.original_accuracy)?)
            });
            let middle = f64::midpoint(1.0, 1.0 / (targets.shapes.len() + 1) as f64);
            let accuracy = rows(&accuracy);
            DetailLevel {
                target,
                thresholds: accuracy.iter().map(|row| threshold(row, &contrasts, middle)).collect(),
                accuracy,
                auc: rows(&auc),
                dose,
            }
        });
        found.push(DetailResult {
            codec: arm.codec,
            path: arm.path,
            regime: arm.regime,
            levels: levels.collect(),
            targets: held.chunks_exact(columns).map(<[_]>::to_vec).collect(),
            radii_mm: radii.clone(),
            contrasts: contrasts.clone(),
        });
    }
    Ok(found)
}

/// The contrast at which the isotonic accuracy of a row crosses `middle`.
fn threshold(row: &[Option<f64>], contrasts: &[f64], middle: f64) -> Option<f64> {
    let (mut positions, mut values) = (Vec::new(), Vec::new());
    for (ends, accuracy) in contrasts.windows(2).zip(row) {
        if let Some(accuracy) = accuracy {
            positions.push(0.5 * (libm::log(ends[0]) + libm::log(ends[1])));
            values.push(*accuracy);
        }
    }
    match MonotoneCurve::fit(&positions, &values).ok()?.crossing(middle) {
        Crossing::At(position) => Some(libm::exp(position)),
        Crossing::Before | Crossing::After => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_cover_the_range_and_one_value_is_one_cell() {
        let range = Range { low: 10.0, high: 160.0 };
        let found = edges(range, 4, true);
        // Each edge doubles the one before: 160 = 10 · 2⁴.
        assert!(
            found.iter().zip([10.0, 20.0, 40.0, 80.0, 160.0]).all(|(a, b)| (a - b).abs() < 1e-9)
        );
        assert_eq!([9.0, 10.0, 25.0, 160.0, 200.0].map(|it| cell(&found, it)), [0, 0, 1, 3, 3]);
        assert_eq!(edges(Range { low: 2.0, high: 2.0 }, 4, true), [2.0, 2.0]);
        assert_eq!(cell(&[2.0, 2.0], 2.0), 0);
    }

    #[test]
    fn a_threshold_lies_where_accuracy_crosses_the_middle() {
        // Cells around √200 and √800: half-way between 0.4 and 0.8 in the logarithm is 20.
        let edges = [10.0, 20.0, 40.0];
        let found = threshold(&[Some(0.4), Some(0.8)], &edges, 0.6).unwrap();
        assert!((found - 20.0).abs() < 1e-9, "{found}");
        assert_eq!(threshold(&[Some(0.7), Some(0.8)], &edges, 0.6), None);
        assert_eq!(threshold(&[None, Some(0.8)], &edges, 0.6), None);
    }
}
