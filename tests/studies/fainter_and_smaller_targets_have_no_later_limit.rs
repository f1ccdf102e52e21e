//! Smaller or fainter targets never give a later limit, beyond noise.
//!
//! Whole studies with the real phantom, acquisition and JPEG 2000, and with observers that cost
//! nothing to train: the mean target itself as template. The claim holds where the task is neither
//! too easy nor too hard: observers that guess have nothing to lose.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeMap;
use std::sync::Arc;

use phantom_limit::calibrate::Calibration;
use phantom_limit::codec::CodecName;
use phantom_limit::dataset::RegionSet;
use phantom_limit::image::Domain;
use phantom_limit::observer::{Input, Lesson, ObserverError, Reader, Trainer};
use phantom_limit::phantom::Phantom;
use phantom_limit::record::{ArmResult, InputPath, RatioResult, Regime, TrainingSummary};
use phantom_limit::study::{Changes, Plan, Preset};

const SMALL: &str = include_str!("../phantom/small.toml");

/// Rates a region by its product with the difference of the mean regions, against the middle of
/// both kinds' mean products.
#[derive(Debug)]
struct Matched {
    template: Vec<f64>,
    middle: f64,
}

impl Matched {
    /// With the values around their mean: the template sums to zero. A loop without iterators, as
    /// tests are compiled without optimisation.
    fn product(&self, region: &[u16]) -> f64 {
        let (template, mut sum, mut at) = (&self.template[..], 0.0, 0);
        while at < template.len() {
            sum += template[at] * f64::from(region[at]);
            at += 1;
        }
        sum
    }

    fn learned(regions: &RegionSet) -> Self {
        let size = regions.side * regions.side;
        let mut sums = [vec![0.0; size], vec![0.0; size]];
        let mut counts = [0.0; 2];
        for (index, &label) in regions.labels.iter().enumerate() {
            counts[usize::from(label)] += 1.0;
            for (sum, &value) in sums[usize::from(label)].iter_mut().zip(regions.region(index)) {
                *sum += f64::from(value);
            }
        }
        let mut template: Vec<f64> =
            sums[0].iter().zip(&sums[1]).map(|(a, b)| a / counts[0] - b / counts[1]).collect();
        let mean = template.iter().sum::<f64>() / size as f64;
        template.iter_mut().for_each(|weight| *weight -= mean);
        let unset = Self { template, middle: 0.0 };
        let mut products = [0.0; 2];
        for (index, &label) in regions.labels.iter().enumerate() {
            let label = usize::from(label);
            products[label] += unset.product(regions.region(index)) / counts[label];
        }
        Self { middle: f64::midpoint(products[0], products[1]), ..unset }
    }
}

impl Reader for Matched {
    fn takes(&self) -> Input {
        Input {
            domain: Domain::Pixels,
            side: self.template.len().isqrt(),
            channels: 1,
            bits_stored: None,
        }
    }

    fn learns(&self) -> bool {
        true
    }

    fn rate(&self, regions: &RegionSet, _: &dyn Fn() -> bool) -> Result<Vec<f32>, ObserverError> {
        let rating = |index| (self.product(regions.region(index)) - self.middle) as f32;
        Ok((0..regions.len()).flat_map(|index| [rating(index), 0.0]).collect())
    }

    fn to_bytes(&self, _: &BTreeMap<String, String>) -> Vec<u8> {
        self.template.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    fn summary(&self) -> TrainingSummary {
        TrainingSummary { epoch: 1, tune_accuracy: 0.5 }
    }
}

struct MatchedTrainer;

impl Trainer for MatchedTrainer {
    fn fit(&self, lesson: &Lesson<'_>) -> Result<Box<dyn Reader>, ObserverError> {
        Ok(Box::new(Matched::learned(lesson.train)))
    }

    fn restore(&self, _: &[u8]) -> Result<Box<dyn Reader>, ObserverError> {
        Err(ObserverError::Failed("no study of this test restores".into()))
    }

    fn kernel(&self) -> String {
        "matched".into()
    }
}

/// The JPEG 2000 arm of a study of disks of one size and contrast in the middle of their regions,
/// in half of them.
fn arm(radius_mm: f64, contrast_hu: f64) -> ArmResult {
    let mut source = SMALL.to_owned();
    for (old, new) in [
        ("[\"disk\", \"square\", \"triangle\", \"ring\", \"cross\"]", "[\"disk\"]".to_owned()),
        ("absent_fraction = 0.1667", "absent_fraction = 0.5".to_owned()),
        ("uniform = [1.35, 2.7]", format!("uniform = [{radius_mm}, {radius_mm}]")),
        (
            "uniform_magnitude = [20.0, 40.0], sign = \"either\"",
            format!("uniform_magnitude = [{contrast_hu}, {contrast_hu}], sign = \"positive\""),
        ),
        ("offset_mm = 2.25", "offset_mm = 0.0".to_owned()),
        // Six times as many regions in an image.
        ("rows = 128\ncolumns = 128", "rows = 256\ncolumns = 256".to_owned()),
        ("semi_axes_mm = [27.0, 27.0]", "semi_axes_mm = [55.0, 55.0]".to_owned()),
    ] {
        assert!(source.contains(old), "{old}");
        source = source.replace(old, &new);
    }
    let phantom = Phantom::parse(&source, "disks.toml").unwrap();
    let changes = Changes {
        // The smallest preset that may give limits.
        preset: Some(Preset::Quick),
        codecs: Some(vec![CodecName::Jpeg2000]),
        paths: Some(vec![InputPath::Native]),
        regimes: Some(vec![Regime::Original]),
        ratios: Some(vec![4.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0, 30.0]),
        replicates: Some(5),
        train_images: Some(20),
        test_images: Some(160),
        epochs: Some(1),
        ..Changes::default()
    };
    let plan = Plan::new(&phantom, &source, &changes, "matched").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let calibration = Calibration {
        workers: 2,
        ..Calibration::new(plan, directory.path(), Arc::new(MatchedTrainer))
    };
    let results = calibration.run().unwrap().results;
    results.arms.into_iter().find(|arm| arm.codec == CodecName::Jpeg2000).unwrap()
}

/// Where the loss reaches the margin, with its interval.
fn crossing(arm: &ArmResult) -> RatioResult {
    arm.supplement.as_ref().unwrap().routes.as_ref().unwrap().isotonic
}

#[test]
fn a_step_down_in_size_or_contrast_brings_no_later_limit() {
    let usual = arm(1.8, 7.6);
    let described = |arm: &ArmResult| format!("{:.3} {:?}", arm.original_score, crossing(arm));
    assert!((0.95..0.98).contains(&usual.original_score), "{}", described(&usual));
    for (name, harder) in [("fainter", arm(1.8, 4.9)), ("smaller", arm(1.35, 7.6))] {
        let said = format!("usual {}, {name} {}", described(&usual), described(&harder));
        // Below about 0.84 a loss of d' costs less accuracy again, and at chance none.
        assert!((0.84..usual.original_score).contains(&harder.original_score), "{said}");
        let (usual, harder) = (crossing(&usual), crossing(&harder));
        assert!(harder.lower.unwrap() <= usual.upper.unwrap(), "a later limit: {said}");
        // The noise is small enough to show that it is an earlier one.
        assert!(harder.upper.unwrap() < usual.lower.unwrap(), "{said}");
    }
}
