//! Networks of a share of the training images tell how a limit depends on how good networks are, and
//! change nothing else.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::study_fakes::{DETECTION, HashTrainer, changes, codecs, plan_of, run_plan};
use phantom_limit::calibrate::Calibration;
use phantom_limit::dataset::RegionSet;
use phantom_limit::observer::{Lesson, ObserverError, Reader, Trainer};
use phantom_limit::phantom::Phantom;
use phantom_limit::record::{Refusal, Regime, Results};
use phantom_limit::report;
use phantom_limit::study::{Changes, Naming, Plan, PlanError, Preset};
use phantom_limit::{files, task::TaskName};

/// Forty training images in groups of ten: shares of 10 and of 20 images.
fn asked() -> Changes {
    Changes { training_shares: Some(vec![0.25, 0.5]), ..without() }
}

fn without() -> Changes {
    Changes { train_images: Some(40), regimes: Some(vec![Regime::Original]), ..changes() }
}

fn run(directory: &Path, changes: &Changes, workers: usize) -> Results {
    run_plan(directory, plan_of(DETECTION, changes, 1).1, workers, u64::MAX).unwrap()
}

fn folder(directory: &Path, name: &str) -> BTreeMap<String, Vec<u8>> {
    let listed = files::listing(directory).unwrap().into_iter();
    let of_folder = listed.filter(|file| file.starts_with(name));
    of_folder.map(|file| (file.clone(), fs::read(directory.join(&file)).unwrap())).collect()
}

#[test]
fn sizes_stand_beside_the_limits_and_change_none() {
    let (with, plain) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let found = run(with.path(), &asked(), 2);
    let expected = run(plain.path(), &without(), 1);
    assert_eq!(found.arms, expected.arms);
    assert!(expected.training_sizes.is_empty());
    // What was there before is there to the byte.
    let (all, before) = (folder(with.path(), "ratings/"), folder(plain.path(), "ratings/"));
    assert!(before.iter().all(|(name, bytes)| all.get(name) == Some(bytes)));
    // Two shares, two tasks, two paths, five networks.
    assert_eq!(all.len() - before.len(), 2 * 2 * 2 * 5);
    let record = with.path().join("records/detect-windowed-original-share-0.25-4.json");
    let record: serde_json::Value = serde_json::from_slice(&fs::read(record).unwrap()).unwrap();
    assert_eq!(record["job"]["training_share"], 0.25);
    // Two tasks, three codecs and paths.
    assert_eq!(found.training_sizes.len(), 2 * 3);
    for course in &found.training_sizes {
        let images: Vec<u32> = course.sizes.iter().map(|it| it.training_images).collect();
        let shares: Vec<f64> = course.sizes.iter().map(|it| it.training_share).collect();
        assert_eq!((&images[..], &shares[..]), (&[10, 20, 40][..], &[0.25, 0.5, 1.0][..]));
        assert!(course.sizes.iter().all(|it| it.networks == 5));
        let whole = found.arms.iter().find(|arm| {
            (&arm.task, arm.codec, arm.path) == (&course.task, course.codec, course.path)
        });
        assert_eq!(course.sizes[2].original_score, whole.unwrap().original_score);
        assert_ne!(course.sizes[0].original_score, course.sizes[1].original_score);
        // The ideal observer has no model of the shapes of these targets.
        assert_eq!((course.ideal, course.refusal), (None, Some(Refusal::NoIdealObserver)));
    }
    let csv = String::from_utf8(fs::read(with.path().join("training-sizes.csv")).unwrap()).unwrap();
    assert_eq!(csv.lines().count(), 1 + 6 * 4);
    let text = report::text(&found);
    assert!(text.contains("CROSSING AGAINST EFFICIENCY"), "{text}");
    assert!(text.contains("Not continued to the ideal observer: there is none of"), "{text}");
    assert!(text.is_ascii() && text.lines().all(|line| line.len() <= 100), "{text}");
    let page = fs::read_to_string(with.path().join("report.html")).unwrap();
    assert!(page.contains("The limit against efficiency: detect"), "no section");
}

/// Keeps what each network was given to learn.
#[derive(Default)]
struct Witness(Mutex<BTreeMap<u64, (RegionSet, usize)>>);

impl Trainer for Witness {
    fn fit(&self, lesson: &Lesson<'_>) -> Result<Box<dyn Reader>, ObserverError> {
        let seen = (lesson.train.clone(), lesson.recipe.epochs);
        let before = self.0.lock().unwrap().insert(lesson.replicate, seen);
        assert!(before.is_none(), "two networks have the number {}", lesson.replicate);
        HashTrainer.fit(lesson)
    }

    fn restore(&self, bytes: &[u8]) -> Result<Box<dyn Reader>, ObserverError> {
        HashTrainer.restore(bytes)
    }

    fn kernel(&self) -> String {
        HashTrainer.kernel()
    }
}

#[test]
fn a_share_is_the_first_images_of_its_replicate_in_as_many_passes() {
    let directory = tempfile::tempdir().unwrap();
    let trainer = Arc::new(Witness::default());
    let (_, plan) = plan_of(DETECTION, &asked(), 1);
    let calibration = Calibration {
        codecs: Arc::new(codecs),
        workers: 2,
        ..Calibration::new(plan, directory.path(), Arc::clone(&trainer) as Arc<dyn Trainer>)
    };
    calibration.run().unwrap();
    let seen = trainer.0.lock().unwrap();
    assert_eq!(seen.len(), 3 * 2 * 2 * 5);
    let mut regions = BTreeMap::<u64, (usize, usize)>::new();
    for (number, (part, passes)) in seen.iter().filter(|(number, _)| **number >= 1 << 24) {
        let (whole, of_whole) = &seen[&(number & ((1 << 24) - 1))];
        assert_eq!(passes, of_whole);
        assert!(whole.values.starts_with(&part.values) && whole.labels.starts_with(&part.labels));
        let of_share = regions.entry(number >> 24).or_default();
        *of_share = (of_share.0 + part.len(), of_share.1 + whole.len());
    }
    // Ten and twenty images of forty, whose regions differ in number.
    assert_eq!(regions.keys().copied().collect::<Vec<_>>(), [250_000, 500_000]);
    for (share, (part, whole)) in regions {
        let (found, expected) = (part as f64 / whole as f64, share as f64 / 1e6);
        assert!((found - expected).abs() < 0.05, "{found} {expected}");
    }
}

#[test]
fn shares_are_those_of_the_preset_or_asked_for() {
    let phantom = Phantom::parse(DETECTION, "phantom.toml").unwrap();
    let plan = |changes: &Changes| Plan::new(&phantom, DETECTION, changes, "fake");
    let of = |preset, training_shares: Option<Vec<f64>>, train_images| {
        let preset = Some(preset);
        plan(&Changes { preset, training_shares, train_images, ..Changes::default() })
    };
    assert!(of(Preset::Standard, None, None).unwrap().training_shares.is_empty());
    let full = of(Preset::Full, None, None).unwrap();
    assert_eq!(full.training_shares, [0.125, 0.25, 0.5]);
    let images = |plan: &Plan| -> Vec<u32> {
        let jobs = plan.jobs().into_iter();
        let of_share = jobs.filter(|job| job.training_share.is_some() && job.replicate == 0);
        let first = of_share.filter(|job| job.task == TaskName::Identify);
        let mut images: Vec<u32> = first.map(|job| plan.images_of(job)).collect();
        images.dedup();
        images
    };
    assert_eq!(images(&full), [50, 100, 200]);
    // Five networks of each share, of ten of all images.
    assert_eq!(full.jobs().iter().filter(|it| it.training_share == Some(0.5)).count(), 5 * 2 * 2);
    // Shares that the images do not allow are left out of the preset's.
    assert_eq!(images(&of(Preset::Full, None, Some(30)).unwrap()), [10, 20]);
    // The whole adds nothing, and says so again in the changes that make the plan.
    let off = of(Preset::Full, Some(vec![1.0]), None).unwrap();
    assert!(off.training_shares.is_empty());
    assert_eq!(off.changes(&phantom).training_shares, Some(vec![1.0]));
    assert_eq!(full.changes(&phantom).training_shares, None);
    let given = of(Preset::Standard, Some(vec![0.5, 0.2]), None).unwrap();
    assert_eq!(given.training_shares, [0.2, 0.5]);
    assert_eq!(given.changes(&phantom).training_shares, Some(vec![0.2, 0.5]));
    // Two shares of as many images, none of its own, none of networks that are trained.
    let refused = of(Preset::Standard, Some(vec![0.5, 0.51]), Some(40)).unwrap_err();
    assert!(matches!(refused, PlanError::Share { images: 20, .. }), "{refused}");
    assert!(refused.message(Naming::CommandLine).contains("--training-share 0.5"), "{refused}");
    assert!(matches!(
        of(Preset::Standard, Some(vec![0.0]), None),
        Err(PlanError::Range { value: 0.0, .. })
    ));
    let mixed = Changes {
        regimes: Some(vec![Regime::Mixed]),
        training_shares: Some(vec![0.5]),
        ..Changes::default()
    };
    assert_eq!(plan(&mixed), Err(PlanError::SharesOfOriginals));
}
