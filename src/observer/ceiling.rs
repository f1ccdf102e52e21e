//! Owns the ceiling: the ideal observer's accuracy on originals over contrasts, with its numerical
//! error, and what it says of a network's efficiency.
#![expect(clippy::disallowed_methods, reason = "makes no pixels")]

use rayon::prelude::*;

use super::ObserverError;
use super::gaussian::Anatomy;
use super::ideal::{Grid, IdealObserver, LogSum};
use crate::dataset::{Dataset, RegionSet, Split};
use crate::phantom::{Phantom, Range};
use crate::stats::{Crossing, MonotoneCurve, Placements, normal_cdf, wilson};

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

/// Contrasts at which a ceiling is rated: close where networks are, apart below.
const CONTRASTS: [f64; 5] = [0.15, 0.3, 0.55, 0.75, 1.0];

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

pub(super) fn test_regions(
    phantom: Phantom,
    seed: u64,
    images: u64,
) -> Result<RegionSet, ObserverError> {
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
pub(super) fn share_correct(ratings: &[f64], labels: &[u8]) -> f64 {
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
}
