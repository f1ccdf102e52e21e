//! A task about whole images: readers are given a part of each image under every condition, what is
//! kept of their answer is scored, and all of it comes again without the cache.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::study_fakes::{DETECTION, changes, codecs, plan_of};
use phantom_limit::calibrate::{Calibrated, Calibration};
use phantom_limit::dataset::{Dataset, ImagePart, Outlines, RegionSet, Split};
use phantom_limit::image::{Domain, Image};
use phantom_limit::observer::{
    Input, Lesson, ObserverError, Reader, ScoreMap, Trainer, TrainingSummary,
};
use phantom_limit::phantom::Phantom;
use phantom_limit::record::{Regime, Results};
use phantom_limit::store::RunDirectory;
use phantom_limit::study::{self, Changes, Plan};
use phantom_limit::task::{
    Answers, Identify, KeepAnswer, Labels, Measure, Series, Task, Truth, Weights, WholeImage,
};

/// Asks how bright the targets of an image are in the mean, as a share of all that can be stored.
#[derive(Debug)]
struct Brightness;

impl WholeImage for Brightness {
    fn part(&self, outlines: &Outlines, _: [usize; 2]) -> [usize; 4] {
        outlines.area.bounds()
    }

    fn answer<'a>(&self, outlines: &'a Outlines, part: [usize; 4]) -> KeepAnswer<'a> {
        Box::new(move |map| {
            let at = |[row, column]: [usize; 2]| map.at(row - part[0], column - part[1])[0];
            let values: Vec<f32> =
                outlines.targets.iter().flat_map(|it| it.pixels.iter()).map(at).collect();
            let mean = values.iter().sum::<f32>() / values.len().max(1) as f32;
            vec![mean / 65536.0, outlines.targets.len() as f32]
        })
    }
}

impl Task for Brightness {
    fn measure(&self) -> Measure {
        Measure { usable: [0.0, 1.0], chance: None, ..Identify { classes: 2 }.measure() }
    }

    fn width(&self) -> usize {
        2
    }

    fn examples(&self, image: &Image, labels: &Labels<'_>, examples: &mut RegionSet) {
        assert!(labels.outlines.is_some_and(|it| it.area.count() > 0));
        Identify { classes: 2 }.examples(image, labels, examples);
    }

    fn whole(&self) -> Option<&dyn WholeImage> {
        Some(self)
    }

    fn examples_of(&self, _: &Truth) -> usize {
        1
    }

    fn weights(&self, truths: &[Truth]) -> Weights {
        Weights::Alike(truths.len())
    }

    fn score(&self, _: &[Truth], answers: Answers<'_>) -> Option<Vec<f64>> {
        Some(answers.values.chunks_exact(2).map(|it| f64::from(it[0])).collect())
    }
}

/// Says of each place the value that is there.
#[derive(Debug)]
struct Mirror;

impl Reader for Mirror {
    fn takes(&self) -> Input {
        Input { domain: Domain::Pixels, side: 32, channels: 1, bits_stored: None }
    }

    fn learns(&self) -> bool {
        true
    }

    fn rate(&self, _: &RegionSet, _: &dyn Fn() -> bool) -> Result<Vec<f32>, ObserverError> {
        unreachable!("the task asks about whole images")
    }

    fn map(&self, part: &ImagePart, _: &dyn Fn() -> bool) -> Result<ScoreMap, ObserverError> {
        Ok(ScoreMap {
            origin: [0.0; 2],
            stride: 1,
            rows: part.rows,
            columns: part.columns,
            width: 1,
            values: part.values.iter().map(|&value| f32::from(value)).collect(),
        })
    }

    fn to_bytes(&self, _: &BTreeMap<String, String>) -> Vec<u8> {
        b"mirror".to_vec()
    }

    fn summary(&self) -> TrainingSummary {
        TrainingSummary { epoch: 1, tune_accuracy: 0.5 }
    }
}

struct Mirrors;

impl Trainer for Mirrors {
    fn fit(&self, _: &Lesson<'_>) -> Result<Box<dyn Reader>, ObserverError> {
        Ok(Box::new(Mirror))
    }

    fn restore(&self, _: &[u8]) -> Result<Box<dyn Reader>, ObserverError> {
        Ok(Box::new(Mirror))
    }

    fn kernel(&self) -> String {
        "fake".into()
    }
}

fn plan() -> (Phantom, Plan) {
    let originals = Some(vec![Regime::Original]);
    plan_of(DETECTION, &Changes { regimes: originals, ..changes() }, 1)
}

fn run(directory: &Path, plan: Plan, workers: usize) -> Results {
    let calibration = Calibration {
        codecs: Arc::new(codecs),
        task: Some(Arc::new(Brightness)),
        workers,
        ..Calibration::new(plan, directory, Arc::new(Mirrors))
    };
    let Calibrated { results, .. } = calibration.run().unwrap();
    results
}

fn identify_only(plan: Plan) -> Plan {
    Plan { tasks: plan.tasks[..1].to_vec(), ..plan }
}

#[test]
fn what_is_kept_is_what_the_reader_said_about_the_part() {
    let directory = tempfile::tempdir().unwrap();
    let (phantom, plan) = plan();
    let plan = identify_only(plan);
    let results = run(directory.path(), plan.clone(), 2);
    let store = RunDirectory::open(directory.path()).unwrap();
    let cases = study::cases(&plan, &store, Series::Regions).unwrap();
    assert!(study::cases(&plan, &store, Series::Search).unwrap().is_empty());
    let dataset = Dataset::new(phantom, plan.seed);
    let mut sum = 0.0;
    for case in &cases {
        let drawn = dataset.case(Split::Test, case.index).unwrap();
        let outlines = dataset.outlines(Split::Test, case.index).unwrap();
        assert_eq!(case.truth.outlines.as_ref(), Some(&outlines));
        let columns = drawn.image.columns();
        let values = outlines.targets.iter().flat_map(|it| it.pixels.iter());
        let values: Vec<f64> = values
            .map(|[row, column]| f64::from(drawn.image.samples()[row * columns + column]))
            .collect();
        sum += values.iter().sum::<f64>() / values.len() as f64 / 65536.0;
    }
    let native = results.arms.iter().find(|arm| arm.path.name() == "native").unwrap();
    let expected = sum / cases.len() as f64;
    assert!(
        (native.original_score - expected).abs() < 1e-6,
        "{} {expected}",
        native.original_score
    );
    // Low bits are dropped: targets get darker from level to level.
    let losses: Vec<f64> = native.levels.iter().map(|level| level.loss).collect();
    assert!(losses.windows(2).all(|pair| pair[0] < pair[1]) && losses[0] > 0.0, "{losses:?}");
}

#[test]
fn it_comes_again_without_the_cache_for_any_number_of_threads() {
    let (whole, again) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let plan = identify_only(plan().1);
    let results = run(whole.path(), plan.clone(), 3);
    assert_eq!(run(again.path(), plan.clone(), 1), results);
    // The cache is gone; one network is missing.
    assert!(!whole.path().join("cache").exists());
    let name = "windowed-original-1";
    let ratings = whole.path().join(format!("ratings/{name}.f32"));
    let before = fs::read(&ratings).unwrap();
    fs::remove_file(whole.path().join(format!("records/{name}.json"))).unwrap();
    fs::remove_file(&ratings).unwrap();
    assert_eq!(run(whole.path(), plan, 2), results);
    assert_eq!(fs::read(&ratings).unwrap(), before);
}
