//! Computes the ceilings: the ideal observer's accuracy on originals over contrasts with its
//! numerical error, and its area under the ROC curve in detection. Knows no network.

use rayon::prelude::*;

use super::ObserverError;
use super::gaussian::Anatomy;
use super::ideal::{Grid, IdealObserver, LogSum, modelled};
use crate::dataset::{Dataset, RegionSet, Split};
use crate::phantom::{Phantom, Range};
use crate::scene::RegionKind;
use crate::stats::{CrossedMean, Placements, StatsError, normal_cdf, wilson};

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
    modelled(phantom)?;
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
        let (regions, of_images) = test_regions(scaled, seed, images, RegionKind::Identify)?;
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
        grid_error: (finer - last) / all,
    })
}

/// The ideal observer's answers to the regions of detection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectionCeiling {
    /// Regions that it rated.
    pub regions: u32,
    /// Area under the ROC curve.
    pub auc: f64,
    /// Its standard error over images.
    pub standard_error: f64,
}

/// Rates the regions of detection on the first `images` test images of a study; `None` for phantoms
/// without detection, and where these regions are all of one kind.
///
/// # Errors
/// As [`ceiling`].
pub fn detection_ceiling(
    phantom: &Phantom,
    seed: u64,
    images: u64,
    stopped: &dyn Fn() -> bool,
) -> Result<Option<DetectionCeiling>, ObserverError> {
    let Some(detection) = &phantom.formation.detection else { return Ok(None) };
    let (regions, counts) = test_regions(phantom.clone(), seed, images, RegionKind::Detect)?;
    // The same anatomy, in which the observer looks for these targets alone.
    let mut alone = phantom.clone();
    alone.formation.targets = detection.targets.clone();
    alone.formation.detection = None;
    let observer = IdealObserver::new(&alone, Grid::USUAL, ANATOMY_IMAGES, !seed)?;
    let contrast = detection.targets.contrast;
    let ratings = observer.rate_sets(&[(&regions, contrast)], stopped)?.remove(0);
    let classes = detection.targets.shapes.len() + 1;
    match area(&ratings, classes, &regions.labels, &counts) {
        Ok((auc, standard_error)) => {
            Ok(Some(DetectionCeiling { regions: regions.len() as u32, auc, standard_error }))
        }
        Err(_) => Ok(None),
    }
}

/// Sum of counts.
pub(super) fn total(counts: &[u32]) -> f64 {
    counts.iter().map(|&count| f64::from(count)).sum()
}

/// Regions of a kind on the first test images, and how many each image has.
pub(super) fn test_regions(
    phantom: Phantom,
    seed: u64,
    images: u64,
    kind: RegionKind,
) -> Result<(RegionSet, Vec<u32>), ObserverError> {
    let mut regions = RegionSet::new(phantom.formation.targets.region_pixels);
    let dataset = Dataset::new(phantom, seed);
    let drawn: Vec<_> = (0..images)
        .into_par_iter()
        .map(|index| dataset.case(Split::Test, index))
        .collect::<Result<_, _>>()
        .map_err(|error| ObserverError::Failed(error.to_string()))?;
    let mut counts = Vec::with_capacity(drawn.len());
    for case in drawn {
        let mut labels = case.scene.labels();
        labels.retain(|region| region.kind == kind);
        counts.push(labels.len() as u32);
        regions.cut(&case.image, &labels);
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

/// Area under the ROC curve of the log odds of any shape, with its standard error over images.
/// Ratings are of `classes` classes, the last of which is absent; labels are 1 where there is none.
fn area(
    ratings: &[f64],
    classes: usize,
    labels: &[u8],
    counts: &[u32],
) -> Result<(f64, f64), StatsError> {
    let (mut present, mut absent) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    let images = (0..).zip(counts).flat_map(|(image, &count)| (0..count).map(move |_| image));
    for ((row, &label), image) in ratings.chunks_exact(classes).zip(labels).zip(images) {
        let mut shapes = LogSum::default();
        row[..classes - 1].iter().for_each(|&rating| shapes.add(rating));
        let kind = if label == 1 { &mut absent } else { &mut present };
        kind.0.push(shapes.value() - row[classes - 1]);
        kind.1.push(image);
    }
    let found = Placements::of(&present.0, &absent.0)?;
    let cells = found.by_group(&present.1, &absent.1, counts.len())?;
    let variance = CrossedMean::columns_random(&cells, counts.len())?.variance();
    Ok((found.area, variance.sqrt()))
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
    use crate::acquisition::detectability::KnownTargetObserver;
    use crate::phantom::{Acquisition, Ct, Sign};
    use crate::scene::Target;

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
        let (regions, _) =
            test_regions(anatomy_alone(&phantom), 77, 1500, RegionKind::Identify).unwrap();
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
        let (regions, _) = test_regions(bright, 1, 3, RegionKind::Identify).unwrap();
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
        let (regions, counts) =
            test_regions(phantom.clone(), 1, 250, RegionKind::Identify).unwrap();
        let ratings = observer.rate_sets(&[(&regions, contrast)], &|| false).unwrap();
        let (found, error) = area(&ratings[0], 2, &regions.labels, &counts).unwrap();
        let knowing =
            IdealObserver::with(&phantom, grid, &[Anatomy { share: 1.0, covariance }], (0, 0))
                .unwrap();
        let ratings = knowing.rate_sets(&[(&regions, contrast)], &|| false).unwrap();
        let (best, _) = area(&ratings[0], 2, &regions.labels, &counts).unwrap();
        // On the same regions the two observers differ by far less than sampling does.
        let off = (found - expected).abs();
        assert!(off < 3.0 * error, "d' {detectability}: {expected}, found {found} +- {error}");
        assert!(best - found < 0.004, "with the covariance of 1500 patients {best}, found {found}");
    }

    const SMALL: &str = include_str!("../../../tests/phantom/small.toml");
    const DETECTION: &str = "\n[detection]\nequivalent_radius_mm = { uniform = [2.0, 2.0] }\n\
        contrast_hu = { uniform_magnitude = [2.5, 2.5], sign = \"positive\" }\n\
        offset_mm = 0.0\nshare = 0.9\n";

    #[test]
    fn targets_that_are_known_are_detected_as_theory_says() {
        let source = SMALL.replace("\n[acquisition.ct]", &format!("{DETECTION}\n[acquisition.ct]"));
        let phantom = Phantom::parse(&source, "small.toml").unwrap();
        let shape = phantom.formation.detection.as_ref().unwrap().targets.shapes[0];
        assert_eq!(phantom.formation.detection.as_ref().unwrap().targets.sign, Sign::Positive);
        let target = Target {
            shape,
            x_mm: 0.0,
            y_mm: 0.0,
            equivalent_radius_mm: 2.0,
            angle_deg: 0.0,
            contrast: 2.5,
            vessel_radius_mm: None,
        };
        let known = KnownTargetObserver::new(&phantom.formation).unwrap().detectability(&target);
        // Signal, place and size are the same in every region: AUC = Φ(d′/√2) (Green & Swets 1966).
        let expected = normal_cdf(known / std::f64::consts::SQRT_2);
        let found = detection_ceiling(&phantom, 3, 100, &|| false).unwrap().unwrap();
        assert!(found.regions > 300, "{found:?}");
        // Three standard errors of sampling.
        assert!((found.auc - expected).abs() < 3.0 * found.standard_error, "{found:?} {expected}");
        let without = Phantom::parse(SMALL, "small.toml").unwrap();
        assert_eq!(detection_ceiling(&without, 3, 1, &|| false).unwrap(), None);
    }
}
