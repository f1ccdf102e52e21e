//! Any number of processes on any parts of a run give the bytes of one process, however they are
//! stopped; a run is concluded only when nothing is left, and says what is.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::study_fakes::{HashTrainer, StopAfter, changes, codecs, plan};
use phantom_limit::calibrate::Calibration;
use phantom_limit::campaign::{CampaignError, Run};
use phantom_limit::codec::CodecName;
use phantom_limit::files;
use phantom_limit::observer::{Lesson, ObserverError, Reader, Trainer};
use phantom_limit::record::{InputPath, Regime};
use phantom_limit::rng::{Purpose, StreamKey};
use phantom_limit::store::RunDirectory;
use phantom_limit::study::{Changes, PieceKind, Plan, StudyError};

fn small() -> Plan {
    plan(
        &Changes {
            codecs: Some(vec![CodecName::Jpeg2000]),
            paths: Some(vec![InputPath::Windowed]),
            regimes: Some(vec![Regime::Original, Regime::Mixed]),
            replicates: Some(2),
            ..changes()
        },
        1,
    )
    .1
}

/// A worker that stops after `limit` steps.
fn worker(directory: &Path, plan: &Plan, offset: f64, limit: u64) -> Calibration {
    let stopped = Arc::new(AtomicBool::new(false));
    let steps = AtomicU64::new(0);
    let progress = Arc::new(StopAfter { steps, limit, stopped: Arc::clone(&stopped) });
    Calibration {
        codecs: Arc::new(codecs),
        workers: 1,
        offset,
        progress,
        stopped,
        ..Calibration::new(plan.clone(), directory, Arc::new(HashTrainer))
    }
}

fn open(directory: &Path) -> Run {
    Run::open(RunDirectory::open(directory).unwrap()).unwrap()
}

/// Works until nothing is left, or a worker is stopped.
fn work(directory: &Path, plan: &Plan, offset: f64, limit: u64) -> bool {
    match worker(directory, plan, offset, limit).work(open(directory)) {
        Ok(_) => true,
        Err(CampaignError::Study(StudyError::Stopped)) => false,
        Err(error) => panic!("{error}"),
    }
}

/// What the work left, apart from clock and cache.
fn contents(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let kept = |file: &String| !file.starts_with("provenance") && !file.starts_with("cache/");
    let files = files::listing(directory).unwrap().into_iter().filter(kept);
    files.map(|file| (file.clone(), fs::read(directory.join(file)).unwrap())).collect()
}

fn begun(plan: &Plan) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    worker(directory.path(), plan, 0.0, u64::MAX).begin().unwrap();
    directory
}

/// The work of one process.
fn alone(plan: &Plan) -> tempfile::TempDir {
    let directory = begun(plan);
    assert!(work(directory.path(), plan, 0.0, u64::MAX));
    directory
}

#[test]
fn a_hundred_random_shardings_give_the_same_bytes() {
    let plan = small();
    let expected = contents(alone(&plan).path());
    for case in 0..100 {
        let key = StreamKey { seed: 17, purpose: Purpose::Simulation, case, part: 0 };
        let mut stream = key.open();
        let directory = begun(&plan);
        let place = directory.path();
        // Some workers at the same time, each stopped somewhere; then others, until all is done.
        while !open(place).standing().unwrap().done.iter().all(|done| *done) {
            let workers: Vec<(f64, u64)> = (0..1 + stream.below(4))
                .map(|_| (stream.uniform(), 8 + stream.below(60)))
                .collect();
            std::thread::scope(|scope| {
                for (offset, limit) in workers {
                    let plan = &plan;
                    scope.spawn(move || work(place, plan, offset, limit));
                }
            });
        }
        assert_eq!(contents(place), expected, "case {case}");
    }
}

/// Stops its worker after each epoch that is kept, and counts them.
struct OneEpoch {
    kept: Arc<AtomicU64>,
    stopped: Arc<AtomicBool>,
}

impl Trainer for OneEpoch {
    fn fit(&self, lesson: &Lesson<'_>) -> Result<Box<dyn Reader>, ObserverError> {
        let keep = |state: &dyn Fn() -> Vec<u8>| {
            (lesson.keep)(state);
            self.kept.fetch_add(1, Ordering::Relaxed);
            self.stopped.store(true, Ordering::Relaxed);
        };
        HashTrainer.fit(&Lesson { keep: &keep, ..*lesson })
    }

    fn restore(&self, bytes: &[u8]) -> Result<Box<dyn Reader>, ObserverError> {
        HashTrainer.restore(bytes)
    }

    fn kernel(&self) -> String {
        HashTrainer.kernel()
    }
}

#[test]
fn a_training_goes_on_after_the_last_epoch_of_another_process() {
    let plan = Plan { epochs: 4, mixed_epochs: 2, ..small() };
    let (whole, directory) = (alone(&plan), begun(&plan));
    let kept = Arc::new(AtomicU64::new(0));
    let mut stops = 0;
    loop {
        let worker = worker(directory.path(), &plan, 0.0, u64::MAX);
        let (kept, stopped) = (Arc::clone(&kept), Arc::clone(&worker.stopped));
        let worker = Calibration { trainer: Arc::new(OneEpoch { kept, stopped }), ..worker };
        match worker.work(open(directory.path())) {
            Ok(_) => break,
            Err(CampaignError::Study(StudyError::Stopped)) => stops += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(contents(directory.path()), contents(whole.path()));
    // Each epoch but the last of a training is kept once: none is done twice.
    let epochs: u64 = plan.jobs().iter().map(|job| u64::from(plan.passes(job.regime)) - 1).sum();
    assert!(epochs > plan.jobs().len() as u64);
    assert_eq!((stops, kept.load(Ordering::Relaxed)), (epochs, epochs));
}

#[test]
fn eight_processes_on_one_part_give_the_same_bytes() {
    let plan = small();
    let (whole, directory) = (alone(&plan), begun(&plan));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert!(work(directory.path(), &plan, 0.5, u64::MAX)));
        }
    });
    assert_eq!(contents(directory.path()), contents(whole.path()));
    // Concluded anywhere, the report is the same too.
    for place in [&whole, &directory] {
        let mut run = open(place.path());
        run.grow().unwrap();
        run.conclude(&codecs).unwrap();
        assert_eq!(run.store.verify().unwrap(), []);
    }
    assert_eq!(contents(directory.path()), contents(whole.path()));
    assert!(contents(whole.path()).contains_key("report.html"));
    let calls: Vec<serde_json::Value> =
        serde_json::from_slice(&fs::read(directory.path().join("provenance.json")).unwrap())
            .unwrap();
    assert!(!calls.is_empty() && calls.iter().all(|call| call["kernel"] == "fake"));
    assert!(!directory.path().join("provenance").exists());
}

#[test]
fn a_cache_of_its_own_gives_the_same_bytes_and_is_removed() {
    let plan = small();
    let (whole, directory, scratch) = (alone(&plan), begun(&plan), tempfile::tempdir().unwrap());
    std::thread::scope(|scope| {
        for offset in [0.0, 0.5] {
            let (plan, place, scratch) = (&plan, directory.path(), scratch.path().to_owned());
            scope.spawn(move || {
                let worker = worker(place, plan, offset, u64::MAX);
                Calibration { scratch: Some(scratch), ..worker }.work(open(place)).unwrap();
            });
        }
    });
    assert_eq!(contents(directory.path()), contents(whole.path()));
    assert!(!directory.path().join("cache").exists());
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
}

#[test]
fn what_is_left_is_named_and_concluding_waits_for_it() {
    let plan = small();
    let directory = begun(&plan);
    let mut run = open(directory.path());
    let status = run.status().unwrap();
    // 23 test, 2 tune and twice 12 training images in tens; two networks of each regime.
    let pieces = status.progress.iter().map(|it| (it.kind, it.pieces, it.done));
    assert_eq!(
        pieces.collect::<Vec<_>>(),
        [(PieceKind::Images, 3 + 1 + 2 * 2, 0), (PieceKind::Training, 4, 0)]
    );
    assert!(!work(directory.path(), &plan, 0.0, 50));
    let left = run.status().unwrap().left;
    assert!(!left.is_empty() && left.len() < 12, "{left:?}");
    let error = run.grow().unwrap_err();
    assert!(matches!(&error, CampaignError::Left(names) if *names == left), "{error}");
    assert!(error.to_string().contains(&left[0]), "{error}");
    assert!(work(directory.path(), &plan, 0.0, u64::MAX));
    assert_eq!(run.status().unwrap().left, Vec::<String>::new());
    let hosts = run.status().unwrap().hosts;
    assert_eq!(hosts.iter().map(|(_, pieces)| pieces).sum::<usize>(), 12);
    run.grow().unwrap();
}

#[test]
fn a_piece_that_another_process_holds_is_seen() {
    let plan = small();
    let directory = begun(&plan);
    let run = open(directory.path());
    let mut lock = run.store.lock("test-0001").unwrap().unwrap();
    lock.sign("node7 0123 avx2").unwrap();
    let held = run.status().unwrap().held;
    assert_eq!(held, BTreeMap::from([("test-0001".to_owned(), "node7 0123 avx2".to_owned())]));
    drop(lock);
    // What a killed process signed is held by nobody.
    fs::write(directory.path().join("locks/test-0001.lock"), "node8 0123 avx2").unwrap();
    assert!(run.status().unwrap().held.is_empty());
}

#[test]
fn a_growing_study_is_shared_look_by_look() {
    let growing = Changes {
        looks: Some(5),
        codecs: Some(vec![CodecName::Jpeg2000]),
        paths: Some(vec![InputPath::Windowed]),
        replicates: Some(7),
        test_images: Some(53),
        margin: Some(phantom_limit::record::Margin::from(0.001)),
        ..changes()
    };
    let (_, plan) = plan(&growing, 1);
    let (whole, directory) = (alone(&plan), begun(&plan));
    std::thread::scope(|scope| {
        for offset in [0.0, 0.3, 0.7] {
            let (plan, place) = (&plan, directory.path());
            scope.spawn(move || assert!(work(place, plan, offset, u64::MAX)));
        }
    });
    assert_eq!(contents(directory.path()), contents(whole.path()));
    assert!(contents(whole.path()).contains_key("looks/3.json"));
    assert_eq!(open(directory.path()).status().unwrap().looks, Some([3, 3]));
}

#[test]
fn another_program_does_not_begin() {
    let directory = begun(&small());
    let run = open(directory.path());
    // The fakes' plan has the versions of the program's codecs.
    run.check_program().unwrap();
    let mut other = run;
    other.plan.version = "0.1.9".to_owned();
    let error = other.check_program().unwrap_err().to_string();
    assert!(error.contains("0.1.9"), "{error}");
}
