//! Computes contrast–detail–compression: accuracy by size and contrast of the targets, and the
//! contrast that a level requires; trains and rates nothing.
//!
//! **Threshold**: within a cell of radius, accuracy over the logarithm of contrast is made
//! monotone (isotonic), and the threshold is where it crosses the middle between guessing, one
//! over the classes, and 1. Thresholds over radii are an iso-performance contour.
//!
//! **Intervals** of a cell are those of an arm: two-way over networks and images where there are
//! enough networks for a limit, and with fewer over images alone, for these networks. Where all
//! answers are right, or all wrong, there is no spread to estimate: Wilson's interval then takes
//! the cell's targets as independent, each asked once. An area of 1 has no interval. A threshold's
//! interval is where the isotonic curves of the upper and of the lower bounds cross the middle.

use crate::codec::CodecName;
use crate::dataset::{Dataset, SourceError, Split};
use crate::limit::LEAST_NETWORKS;
use crate::phantom::Range;
use crate::record::{ArmResult, DetailLevel, DetailResult, Job, Regime};
use crate::scene::{RegionKind, Target};
use crate::stats::{
    CrossedMean, Crossing, Interval, MonotoneCurve, Placements, StatsError, argmax,
    linearised_ratio, wilson,
};
use crate::store::RunDirectory;
use crate::study::{self, Plan, StudyError};
use crate::task::{Series, TaskName, presence};

use super::CampaignError;

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

/// Answers to the targets of one cell under one condition.
struct Cell {
    /// Number of right answers, `[network][image]` row by row.
    right: Vec<f64>,
    /// The area under the ROC curve as one number per network and image; empty where it is
    /// undefined for a network.
    areas: Option<Vec<f64>>,
}

/// A test region: class, cell where it holds a target, number of its image.
struct CellRegion {
    class: usize,
    cell: Option<usize>,
    image: usize,
}

/// Rows of radius, columns of contrast, for every arm whose networks rated all levels; intervals
/// are two-sided 1 − 2 `alpha`.
pub(super) fn detail(
    plan: &Plan,
    dataset: &Dataset,
    store: &RunDirectory,
    arms: &[ArmResult],
    alpha: f64,
) -> Result<Vec<DetailResult>, CampaignError> {
    let targets = &dataset.phantom().formation.targets;
    let radii = edges(targets.equivalent_radius_mm, RADII, false);
    let contrasts = edges(targets.contrast, CONTRASTS, true);
    let columns = contrasts.len() - 1;
    let cells = (radii.len() - 1) * columns;
    // Every test region, image by image.
    let mut regions: Vec<CellRegion> = Vec::new();
    let cases = study::cases(plan, store, Series::Regions)?;
    let images = cases.len();
    for (image, case) in cases.iter().enumerate() {
        let of_target = |target: &Target| {
            cell(&radii, target.equivalent_radius_mm) * columns
                + cell(&contrasts, target.contrast.abs())
        };
        let scene = dataset
            .scene(Split::Test, case.index)
            .map_err(|error| StudyError::from(SourceError::from(error)))?;
        let of_kind = scene.regions.iter().filter(|it| it.kind == RegionKind::Identify);
        regions.extend(of_kind.map(|it| CellRegion {
            class: usize::from(it.class),
            cell: it.target.as_ref().map(of_target),
            image,
        }));
    }
    // `[cell][image]`, targets.
    let mut held = vec![vec![0.0; images]; cells];
    for (cell, image) in regions.iter().filter_map(|it| Some((it.cell?, it.image))) {
        held[cell][image] += 1.0;
    }
    let rows = |values: &[Option<f64>]| -> Vec<Vec<Option<f64>>> {
        values.chunks_exact(columns).map(<[_]>::to_vec).collect()
    };
    let middle = f64::midpoint(1.0, 1.0 / (targets.shapes.len() + 1) as f64);
    let mut found = Vec::new();
    let whole = |arm: &&ArmResult| {
        arm.task == TaskName::Identify.name()
            && arm.codec != CodecName::Lossless
            && matches!(arm.regime, Regime::Original | Regime::Mixed)
    };
    for arm in arms.iter().filter(whole) {
        let conditions = plan.conditions(arm.path);
        let chosen: Vec<usize> = (0..conditions.len())
            .filter(|&at| conditions[at].codec.is_none_or(|codec| codec == arm.codec))
            .collect();
        let none = || Cell { right: Vec::new(), areas: Some(Vec::new()) };
        let mut answers: Vec<Vec<Cell>> =
            chosen.iter().map(|_| (0..cells).map(|_| none()).collect()).collect();
        for replicate in 0..plan.replicates {
            let job = Job::new(TaskName::Identify, arm.path, arm.regime, replicate);
            let answered = study::answers(plan, store, &job, regions.len())?;
            for (answers, &condition) in answers.iter_mut().zip(&chosen) {
                let under = answered.under(condition);
                add(answers, &regions, under.values.chunks_exact(under.width), images);
            }
        }
        let networks = plan.replicates as usize;
        let mut levels = Vec::with_capacity(chosen.len());
        for (answers, &condition) in answers.iter().zip(&chosen) {
            let mut accuracy = vec![None; cells];
            let mut auc = vec![None; cells];
            for (cell, answers) in answers.iter().enumerate() {
                accuracy[cell] = share(&answers.right, &held[cell], networks, alpha)?;
                let areas = answers.areas.as_ref();
                auc[cell] = areas.map(|areas| mean(areas, networks, alpha)).transpose()?;
            }
            let target = conditions[condition].target;
            let part = |cells: &[Option<Estimate>], of: fn(&Estimate) -> Option<f64>| {
                rows(&cells.iter().map(|cell| of(cell.as_ref()?)).collect::<Vec<_>>())
            };
            let thresholds = |rows: &[Vec<Option<f64>>]| -> Vec<Option<f64>> {
                rows.iter().map(|row| threshold(row, &contrasts, middle)).collect()
            };
            let values = part(&accuracy, |it| Some(it.mean));
            let accuracy_lower = part(&accuracy, |it| it.interval.map(|it| it.lower));
            let accuracy_upper = part(&accuracy, |it| it.interval.map(|it| it.upper));
            levels.push(DetailLevel {
                target,
                thresholds: thresholds(&values),
                // Where accuracy is higher, less contrast is enough.
                thresholds_lower: thresholds(&accuracy_upper),
                thresholds_upper: thresholds(&accuracy_lower),
                accuracy: values,
                accuracy_lower,
                accuracy_upper,
                auc: part(&auc, |it| Some(it.mean)),
                auc_lower: part(&auc, |it| it.interval.map(|it| it.lower)),
                auc_upper: part(&auc, |it| it.interval.map(|it| it.upper)),
            });
        }
        let counts = held.iter().map(|of_cell| of_cell.iter().sum::<f64>() as u32);
        found.push(DetailResult {
            codec: arm.codec,
            path: arm.path,
            regime: arm.regime,
            levels,
            targets: counts.collect::<Vec<_>>().chunks_exact(columns).map(<[_]>::to_vec).collect(),
            radii_mm: radii.clone(),
            contrasts: contrasts.clone(),
        });
    }
    Ok(found)
}

/// Adds the ratings of one network under one condition.
fn add<'a>(
    answers: &mut [Cell],
    regions: &[CellRegion],
    ratings: impl Iterator<Item = &'a [f32]>,
    images: usize,
) {
    let mut present = vec![(Vec::new(), Vec::new()); answers.len()];
    let mut absent = (Vec::new(), Vec::new());
    let mut right = vec![vec![0.0; images]; answers.len()];
    for (region, rated) in regions.iter().zip(ratings) {
        let presence = presence(rated);
        let kind = match region.cell {
            Some(cell) => &mut present[cell],
            None => &mut absent,
        };
        kind.0.push(presence);
        kind.1.push(region.image);
        if let Some(cell) = region.cell {
            let is_right = argmax(rated) == region.class;
            right[cell][region.image] += f64::from(u8::from(is_right));
        }
    }
    for ((answers, present), right) in answers.iter_mut().zip(present).zip(right) {
        answers.right.extend(right);
        let placed = Placements::of(&present.0, &absent.0);
        let one = placed.and_then(|it| it.by_group(&present.1, &absent.1, images)).ok();
        answers.areas = answers.areas.take().zip(one).map(|(mut all, one)| {
            all.extend(one);
            all
        });
    }
}

/// A mean with its interval, where the answers give one.
#[derive(Clone)]
struct Estimate {
    mean: f64,
    interval: Option<Interval>,
}

/// Right answers per target: `right` holds networks × images, `held` the targets of each image;
/// `None` where there is no target.
fn share(
    right: &[f64],
    held: &[f64],
    networks: usize,
    alpha: f64,
) -> Result<Option<Estimate>, StatsError> {
    let targets: f64 = held.iter().sum();
    if targets == 0.0 {
        return Ok(None);
    }
    let sum: f64 = right.iter().sum();
    let asked = targets * networks as f64;
    let mean = sum / asked;
    let interval = if sum == 0.0 || sum == asked {
        let successes = if sum == 0.0 { 0 } else { targets as u64 };
        wilson(successes, targets as u64, alpha)?
    } else {
        crossed(&linearised_ratio(right, held)?, networks)?.interval(alpha)?.clamped(0.0, 1.0)
    };
    Ok(Some(Estimate { mean, interval: Some(interval) }))
}

/// The mean of areas, networks × images.
fn mean(areas: &[f64], networks: usize, alpha: f64) -> Result<Estimate, StatsError> {
    let crossed = crossed(areas, networks)?;
    let interval = crossed.interval(alpha)?.clamped(0.0, 1.0);
    let is_known = interval.lower < interval.upper;
    Ok(Estimate { mean: crossed.mean, interval: is_known.then_some(interval) })
}

/// Networks are random where there are enough of them for a limit.
fn crossed(cells: &[f64], networks: usize) -> Result<CrossedMean, StatsError> {
    let images = cells.len() / networks.max(1);
    CrossedMean::of(cells, images, networks >= LEAST_NETWORKS as usize)
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
    fn a_share_has_the_interval_of_the_arm_or_of_wilson() {
        // Two networks, three images of two targets: images alone are random. By hand: shares of
        // the images 0.75, 0.5, 0.25, variance 1/16 over 3, t of 2 degrees at 0.975 is 4.302653.
        let right = [2.0, 1.0, 0.0, 1.0, 1.0, 1.0];
        let found = share(&right, &[2.0; 3], 2, 0.025).unwrap().unwrap();
        assert!((found.mean - 0.5).abs() < 1e-12);
        let interval = found.interval.unwrap();
        assert_eq!((interval.lower, interval.upper), (0.0, 1.0));
        let narrow = share(&right, &[2.0; 3], 2, 0.25).unwrap().unwrap().interval.unwrap();
        // t of 2 degrees at 0.75 is 0.816497 = √(2/3): half a width of √(2/3)/√48.
        assert!((narrow.upper - 0.5 - (2.0_f64 / 3.0).sqrt() / 48.0_f64.sqrt()).abs() < 1e-6);
        // All right: Wilson's lower bound of n = 6 is 1/(1 + z²/n), z = 1.959964.
        let all = share(&[2.0; 6], &[2.0; 3], 2, 0.025).unwrap().unwrap().interval.unwrap();
        assert!((all.lower - 1.0 / (1.0 + 1.959_964_f64.powi(2) / 6.0)).abs() < 1e-6);
        assert_eq!(all.upper, 1.0);
        assert!(share(&[0.0; 6], &[0.0; 3], 2, 0.025).unwrap().is_none());
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
