//! Networks that start from those of another run stand beside those from scratch, at every number
//! of training images; the plan holds where they start.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::study_fakes::{DETECTION, HashTrainer, SMALL, changes, codecs, plan_of, run_plan};
use phantom_limit::calibrate::{Calibrated, Calibration, Planned, Request};
use phantom_limit::files;
use phantom_limit::observer::{Lesson, ObserverError, Reader, Trainer};
use phantom_limit::record::{Regime, Results};
use phantom_limit::report;
use phantom_limit::study::{Changes, Naming, Plan, PlanError, StartChoice};

/// Start, layers to keep, passes.
type Seen = (Option<String>, Option<usize>, usize);

/// Where each network started, and how many layers it was to keep.
#[derive(Default)]
struct Starts(Mutex<BTreeMap<u64, Seen>>);

impl Trainer for Starts {
    fn fit(&self, lesson: &Lesson<'_>) -> Result<Box<dyn Reader>, ObserverError> {
        let start = lesson.start.map(files::sha256);
        let frozen = lesson.transfer.then_some(lesson.recipe.frozen_layers);
        let seen = (start, frozen, lesson.recipe.epochs);
        self.0.lock().unwrap().insert(lesson.replicate, seen);
        HashTrainer.fit(lesson)
    }

    fn restore(&self, bytes: &[u8]) -> Result<Box<dyn Reader>, ObserverError> {
        HashTrainer.restore(bytes)
    }

    fn kernel(&self) -> String {
        HashTrainer.kernel()
    }
}

fn originals() -> Changes {
    Changes { train_images: Some(40), regimes: Some(vec![Regime::Original]), ..changes() }
}

fn asked(start: &Path) -> Changes {
    let start = StartChoice::parse(&start.to_string_lossy()).unwrap();
    Changes {
        start: Some(start),
        freeze: Some(3),
        training_shares: Some(vec![0.25]),
        ..originals()
    }
}

fn planned(directory: &Path, changes: Changes) -> Planned {
    let phantom = directory.join("phantom.toml");
    fs::write(&phantom, DETECTION).unwrap();
    let phantoms = vec![phantom.to_string_lossy().into_owned()];
    Request { phantoms, changes }.plan("fake").unwrap()
}

fn run(out: &Path, planned: Planned, trainer: &Arc<Starts>) -> Results {
    let calibration = Calibration {
        codecs: Arc::new(codecs),
        workers: 2,
        start: planned.start,
        ..Calibration::new(planned.plan, out, Arc::clone(trainer) as Arc<dyn Trainer>)
    };
    let Calibrated { results, .. } = calibration.run().unwrap();
    results
}

#[test]
fn each_starts_from_its_like_in_the_other_run() {
    let directory = tempfile::tempdir().unwrap();
    let (first, out) = (directory.path().join("first"), directory.path().join("out"));
    run_plan(&first, plan_of(DETECTION, &changes(), 1).1, 2, u64::MAX).unwrap();
    let trainer = Arc::new(Starts::default());
    let planned = planned(directory.path(), asked(&first));
    let plan = planned.plan.clone();
    let found = run(&out, planned, &trainer);
    let seen = trainer.0.lock().unwrap().clone();
    // Two tasks, two paths, five networks: all and a quarter, from scratch and transferred.
    assert_eq!(seen.len(), 2 * 2 * 5 * 2 * 2);
    let (started, scratch): (Vec<_>, Vec<_>) =
        seen.values().partition(|(start, _, _)| start.is_some());
    assert_eq!((started.len(), scratch.len()), (40, 40));
    assert!(scratch.iter().all(|it| it.1.is_none() && it.2 == plan.epochs as usize));
    assert!(started.iter().all(|it| it.1 == Some(3) && it.2 == plan.mixed_epochs as usize));
    let transfer = plan.transfer.as_ref().unwrap();
    assert_eq!(transfer.networks.len(), 2 * 2 * 5);
    for (job, sha256) in &transfer.networks {
        let like = job.replace("transferred", "original");
        let network = fs::read(first.join(format!("networks/{like}.safetensors"))).unwrap();
        assert_eq!(files::sha256(&network), *sha256, "{job}");
        assert_eq!(fs::read(out.join(format!("start/{sha256}.safetensors"))).unwrap(), network);
    }
    // An arm of its own, and a course of both numbers of images, for each codec and path.
    let arms = found.arms.iter().filter(|it| it.regime == Regime::Transferred);
    assert_eq!(arms.count(), 2 * 5);
    assert_eq!(found.transfer.len(), 2 * 3);
    for course in &found.transfer {
        let images: Vec<u32> = course.sizes.iter().map(|it| it.scratch.training_images).collect();
        assert_eq!((&images[..], course.freeze), (&[10, 40][..], 3));
        let score = |regime| {
            let same = |it: &&phantom_limit::record::ArmResult| {
                (&it.task, it.codec, it.path, it.regime)
                    == (&course.task, course.codec, course.path, regime)
            };
            found.arms.iter().find(same).unwrap().original_score
        };
        assert_eq!(course.sizes[1].scratch.original_score, score(Regime::Original));
        assert_eq!(course.sizes[1].transferred.original_score, score(Regime::Transferred));
    }
    let csv = fs::read_to_string(out.join("transfer.csv")).unwrap();
    assert_eq!(csv.lines().count(), 1 + 6 * 2 * 2);
    let text = report::text(&found);
    assert!(text.contains("TRANSFER (from scratch, then transferred)"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("What a start elsewhere saves and costs"));
    // The same again does nothing, also where the other run is gone.
    fs::remove_dir_all(&first).unwrap();
    let again = Calibration {
        codecs: Arc::new(codecs),
        ..Calibration::new(plan, &out, Arc::clone(&trainer) as Arc<dyn Trainer>)
    };
    assert_eq!(again.run().unwrap().results, found);
    assert_eq!(*trainer.0.lock().unwrap(), seen);
}

#[test]
fn all_start_from_one_file_and_a_missing_one_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("network.safetensors");
    fs::write(&file, "0 3 {}").unwrap();
    let found = planned(directory.path(), asked(&file)).plan.transfer.unwrap();
    let expected = files::sha256(b"0 3 {}");
    assert!(found.networks.len() == 20 && found.networks.values().all(|it| *it == expected));
    let missing = asked(&directory.path().join("none.safetensors"));
    let request = Request { phantoms: vec!["ct-head".to_owned()], changes: missing };
    assert!(request.plan("fake").unwrap_err().to_string().contains("none.safetensors"));
}

#[test]
fn some_layer_learns() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("network.safetensors");
    fs::write(&file, "0 3 {}").unwrap();
    let all = Changes { freeze: Some(8), ..asked(&file) };
    let request = Request { phantoms: vec!["ct-head".to_owned()], changes: all };
    let error = request.plan("fake").unwrap_err().message(Naming::CommandLine);
    assert!(
        error.starts_with("8 of 8 layers with weights") && error.contains("--freeze 4"),
        "{error}"
    );
}

#[test]
fn the_regime_needs_a_start() {
    let (phantom, _) = plan_of(SMALL, &changes(), 1);
    let refused = |changes: &Changes| Plan::new(&phantom, SMALL, changes, "fake").unwrap_err();
    let regimes = Some(vec![Regime::Original, Regime::Transferred]);
    let none = refused(&Changes { regimes, ..changes() });
    assert_eq!(none, PlanError::NoStart);
    assert!(none.message(Naming::CommandLine).contains("--start runs/mr-brain"), "{none}");
    // Named, but not read.
    let unread = refused(&asked(Path::new("elsewhere")));
    assert!(unread.to_string().contains("`elsewhere` holds no network to start from"), "{unread}");
}
