//! Computes the ceiling: the ideal observer's accuracy on originals over contrasts, with its
//! numerical error. Knows no network.

use rayon::prelude::*;

use super::ObserverError;
use super::gaussian::Anatomy;
use super::ideal::{Grid, IdealObserver, LogSum};
use crate::dataset::{Dataset, RegionSet, Split};
use crate::phantom::{Phantom, Range};
use crate::stats::{Placements, normal_cdf, wilson};

/// Answers of the ideal observer to the same regions at several contrasts.
#[derive(Debug, Clone, PartialEq)]
pub struct Ceiling {
    /// Regions of each image, rated at each contrast.
    pub regions: Vec<u32>,
    /// Contrast as a share of the phantom's, ascending; the last is 1.
    pub contrasts: Vec<f64>,
    /// Right answers, `[contrast][image]`.
    pub correct: Vec<Vec<u32>>,
    /// Half the width of Wilson's 68 % interval of the last accuracy: one standard error of
    /// sampling.
    pub standard_error: f64,
    /// Area under the ROC curve of present against absent at contrast 1; `None` where the regions
    /// are all of one kind.
    pub auc: Option<f64>,
    /// Accuracy at contrast 1 by the finer grid minus that by the usual one: the numerical error of
    /// the usual grid is about twice this.
    pub grid_error: f64,
}

/// Images that the statistics of the anatomy are taken from.
const ANATOMY_IMAGES: u64 = 40;

/// Contrasts at which a ceiling is rated: dense where networks lie, sparse below.
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
    let mut counts = Vec::new();
    for share in CONTRASTS {
        let mut scaled = phantom.clone();
        let range = &mut scaled.formation.targets.contrast;
        *range = Range { low: share * range.low, high: share * range.high };
        let contrast = *range;
        let (regions, of_images) = test_regions(scaled, seed, images)?;
        counts = of_images;
        sets.push((regions, contrast));
    }
    let sets: Vec<(&RegionSet, Range)> =
        sets.iter().map(|(regions, contrast)| (regions, *contrast)).collect();
    let ratings = usual.rate_sets(&sets, stopped)?;
    let correct: Vec<Vec<u32>> = sets
        .iter()
        .zip(&ratings)
        .map(|((regions, _), ratings)| correct_of_images(ratings, &regions.labels, &counts))
        .collect();
    let own = sets[sets.len() - 1];
    let (labels, last) = (&own.0.labels, total(&correct[correct.len() - 1]));
    let auc = area(&ratings[ratings.len() - 1], labels);
    drop(usual);
    let fine = IdealObserver::with(phantom, Grid::FINE, &anatomies, drawn)?;
    let finer = total(&correct_of_images(&fine.rate_sets(&[own], stopped)?[0], labels, &counts));
    let all = total(&counts);
    // z = 1: one-sided 15.87 %.
    let interval = wilson(last as u64, all as u64, normal_cdf(-1.0))
        .map_err(|error| ObserverError::Failed(error.to_string()))?;
    Ok(Ceiling {
        regions: counts,
        contrasts: CONTRASTS.to_vec(),
        correct,
        standard_error: (interval.upper - interval.lower) / 2.0,
        auc,
        grid_error: (finer - last) / all,
    })
}

/// Sum of counts.
pub(super) fn total(counts: &[u32]) -> f64 {
    counts.iter().map(|&count| f64::from(count)).sum()
}

/// Regions of the first test images, and how many each image has.
pub(super) fn test_regions(
    phantom: Phantom,
    seed: u64,
    images: u64,
) -> Result<(RegionSet, Vec<u32>), ObserverError> {
    let mut regions = RegionSet::new(phantom.formation.targets.region_pixels);
    let dataset = Dataset::new(phantom, seed);
    let drawn: Vec<_> = (0..images)
        .into_par_iter()
        .map(|index| dataset.case(Split::Test, index))
        .collect::<Result<_, _>>()
        .map_err(|error| ObserverError::Failed(error.to_string()))?;
    let counts = drawn.iter().map(|case| case.scene.regions.len() as u32).collect();
    for case in drawn {
        regions.cut(&case.image, &case.scene.labels());
    }
    Ok((regions, counts))
}

/// Regions of each image whose largest rating, the first of equals, is their label's.
pub(super) fn correct_of_images(ratings: &[f64], labels: &[u8], counts: &[u32]) -> Vec<u32> {
    let classes = ratings.len() / labels.len().max(1);
    let mut right = ratings.chunks_exact(classes).zip(labels).map(|(row, &label)| {
        let best = (0..row.len()).fold(0, |best, k| if row[k] > row[best] { k } else { best });
        u32::from(best == usize::from(label))
    });
    counts.iter().map(|&count| right.by_ref().take(count as usize).sum()).collect()
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
    /// Accuracy at each contrast.
    #[must_use]
    pub fn accuracies(&self) -> Vec<f64> {
        let regions = total(&self.regions);
        self.correct.iter().map(|correct| total(correct) / regions).collect()
    }

    /// Accuracy at the phantom's own contrast.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        total(&self.correct[self.correct.len() - 1]) / total(&self.regions)
    }
}

#[cfg(test)]
mod tests {
    use super::super::gaussian::{NoisePower, anatomy_alone, area_of_detectability};
    use super::*;
    use crate::phantom::{Acquisition, Ct};

    /// A small head of many patients: one disk of known size and place, on tissue whose value
    /// differs from patient to patient and has texture.
    fn patients() -> Phantom {
        let source = include_str!("../../../tests/phantom/small.toml")
            .replacen(
                "value_hu = 35.0",
                "value_hu = 35.0\nvary = { value_hu = 6.0 }\n\
                 texture = { sd_hu = 4.0, exponent = 3.0, longest_mm = 10.0 }",
                1,
            )
            .replacen("\"disk\", \"square\", \"triangle\", \"ring\", \"cross\"", "\"disk\"", 1)
            .replacen("absent_fraction = 0.1667", "absent_fraction = 0.5", 1)
            .replacen("[1.35, 2.7]", "[2.0, 2.0]", 1)
            .replacen("[20.0, 40.0], sign = \"either\"", "[5.0, 5.0], sign = \"positive\"", 1)
            .replacen("offset_mm = 2.25", "offset_mm = 0.0", 1);
        Phantom::parse(&source, "small.toml").unwrap()
    }

    #[test]
    fn the_ceiling_knows_how_patients_differ() {
        // The area that the ideal observer of a known disk reaches is Φ(d′/√2), d′² = sᵀC⁻¹s. Here
        // C, of noise, tissue values and texture, is that of 1500 patients whom the ceiling
        // never saw; s is a disk of 1000 HU without noise, which rounding changes by a thousandth.
        let phantom = patients();
        let (regions, _) = test_regions(anatomy_alone(&phantom), 77, 1500).unwrap();
        let values: Vec<f64> =
            regions.values.iter().map(|&value| f64::from(value) - 1024.0).collect();
        let mut covariance = NoisePower::of(&phantom).unwrap().covariance(32);
        covariance.add_sample(&values);
        let mut bright = phantom.clone();
        bright.formation.targets.contrast = Range { low: 1000.0, high: 1000.0 };
        bright.formation.acquisition = match bright.formation.acquisition {
            Acquisition::Ct(ct) => Acquisition::Ct(Ct { sigma_hu: 0.0, ..ct }),
            other => other,
        };
        let layer = &mut bright.formation.background[0];
        (layer.texture, layer.vary) = (None, None);
        let (regions, _) = test_regions(bright, 1, 3).unwrap();
        let disk = regions.labels.iter().position(|&label| label == 0).expect("half have one");
        let signal: Vec<f64> = regions
            .region(disk)
            .iter()
            .map(|&value| (f64::from(value) - 1059.0) * 5.0 / 1000.0)
            .collect();
        let whitening = covariance.whitening().unwrap();
        let whitened = whitening
            .chunks_exact(covariance.size())
            .map(|row| row.iter().zip(&signal).map(|(w, s)| w * s).sum::<f64>());
        let detectability = whitened.map(|value| value * value).sum::<f64>().sqrt();
        let expected = area_of_detectability(detectability);

        let anatomies = Anatomy::of(&phantom, ANATOMY_IMAGES, !1).unwrap();
        let grid = Grid { positions: 2, sizes: 2, angles: 2 };
        let observer = IdealObserver::with(&phantom, grid, &anatomies, (0, 0)).unwrap();
        let contrast = phantom.formation.targets.contrast;
        let (regions, _) = test_regions(phantom.clone(), 1, 250).unwrap();
        let ratings = observer.rate_sets(&[(&regions, contrast)], &|| false).unwrap();
        let found = area(&ratings[0], &regions.labels).unwrap();
        let knowing =
            IdealObserver::with(&phantom, grid, &[Anatomy { share: 1.0, covariance }], (0, 0))
                .unwrap();
        let ratings = knowing.rate_sets(&[(&regions, contrast)], &|| false).unwrap();
        let best = area(&ratings[0], &regions.labels).unwrap();
        // Standard error of an area of 0.905 with 600 regions of each kind: 0.009 (Hanley and McNeil
        // 1982). On the same regions the two observers differ by far less.
        assert!((found - expected).abs() < 0.027, "d' {detectability}: {expected}, found {found}");
        assert!(best - found < 0.004, "with the covariance of 1500 patients {best}, found {found}");
    }
}
