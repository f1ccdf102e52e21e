//! A study that grows until it is decided stops at the look that decides it, never exceeds its full
//! size, and is the same study to the byte however often it was stopped and continued.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::study_fakes::{changes, codecs, plan, run};
use phantom_limit::campaign::{CampaignError, Run};
use phantom_limit::codec::{Achieved, CodecName};
use phantom_limit::files;
use phantom_limit::image::SampleFormat;
use phantom_limit::limit::{Criterion, Looks};
use phantom_limit::record::{
    ArmOutcome, Certificate, InputPath, LevelBase, LevelOutcome, LimitKind, LookRecord, Readers,
    Regime, Results, Verdict,
};
use phantom_limit::store::RunDirectory;
use phantom_limit::study::{self, Changes, PlanError, StudyError};
use phantom_limit::task::{Identify, Task, Weights};

/// The fakes answer an eighth of the regions at random whatever the level: no loss, and much noise.
fn growing(margin: f64) -> Changes {
    Changes {
        looks: Some(5),
        codecs: Some(vec![CodecName::Jpeg2000]),
        paths: Some(vec![InputPath::Windowed]),
        replicates: Some(8),
        test_images: Some(53),
        margin: Some(margin.into()),
        ..changes()
    }
}

/// Never decided.
const NARROW: f64 = 0.001;

fn finished(directory: &Path, margin: f64) -> Results {
    run(directory, &growing(margin), 2, u64::MAX).unwrap()
}

/// A study that grew to its full size. No test writes into it.
fn grown() -> &'static (PathBuf, Results) {
    static GROWN: OnceLock<(PathBuf, Results)> = OnceLock::new();
    GROWN.get_or_init(|| {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("grown");
        files::remove_directory(&directory).unwrap();
        let results = finished(&directory, NARROW);
        (directory, results)
    })
}

/// The same for a test that writes.
fn copied() -> tempfile::TempDir {
    let (from, to) = (&grown().0, tempfile::tempdir().unwrap());
    for file in files::listing(from).unwrap() {
        let path = to.path().join(&file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(from.join(file), path).unwrap();
    }
    to
}

fn open(directory: &Path) -> Run {
    Run::open(RunDirectory::open(directory).unwrap()).unwrap()
}

fn contents(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    // The provenance holds clock and host.
    let files = files::listing(directory).unwrap().into_iter().filter(|it| it != "provenance.json");
    files.map(|file| (file.clone(), fs::read(directory.join(file)).unwrap())).collect()
}

fn sizes(results: &Results) -> Vec<(u32, u32)> {
    results.looks.iter().map(|look| (look.replicates, look.images)).collect()
}

#[test]
fn a_study_that_is_decided_stops() {
    let directory = tempfile::tempdir().unwrap();
    let results = finished(directory.path(), 0.9);
    assert_eq!(sizes(&results), [(5, 40)]);
    assert!(results.looks[0].decided);
    assert!(!directory.path().join("records/windowed-original-5.json").exists());
    assert!(!directory.path().join("images/0004.json").exists());
    for arm in results.arms.iter().filter(|arm| arm.codec != CodecName::Lossless) {
        assert_eq!((arm.replicates, arm.images), (5, 40));
        assert_eq!(arm.limit.kind, LimitKind::BeyondTested);
        assert!(arm.method.contains("Look 1"), "{}", arm.method);
    }
    let file = directory.path().join("certificates/identify-jpeg2000-windowed-original.json");
    let certificate: Certificate = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    assert_eq!(certificate.looks, results.looks);
    let report = fs::read_to_string(directory.path().join("report.html")).unwrap();
    assert!(report.contains("--until-decided") && report.contains("1 look at a growing study"));
}

#[test]
fn a_study_that_is_not_decided_ends_at_its_full_size() {
    let (directory, results) = grown();
    assert_eq!(sizes(results), [(5, 40), (6, 40), (7, 50), (8, 53)]);
    assert!(results.looks.iter().all(|look| !look.decided));
    assert_eq!(results.looks[3].information, 1.0);
    assert!((results.looks[3].spent_alpha - 0.025).abs() < 1e-9);
    assert!(results.looks.is_sorted_by(|a, b| a.nominal_alpha < b.nominal_alpha));
    assert!(!directory.join("records/windowed-original-8.json").exists());
    let run = open(directory);
    assert_eq!(run.store.verify().unwrap(), []);
    assert_eq!(run.check_certificates().unwrap(), Vec::<String>::new());
    assert_eq!(run.replay(53, &codecs).unwrap(), Vec::<String>::new());
}

/// The final results are those of one study of the full size.
#[test]
fn growing_changes_no_answer() {
    let (grown, whole) = (&*grown().0, tempfile::tempdir().unwrap());
    let at_once = Changes { looks: None, ..growing(NARROW) };
    run(whole.path(), &at_once, 2, u64::MAX).unwrap();
    let [grown, whole] = [grown, whole.path()].map(open).map(|run| {
        let mut arms = study::tally(&run.plan, &run.store, &run.tasks).unwrap().arms;
        // Fakes that start from another network learn the hash of its plan.
        arms.retain(|arm| arm.regime == Regime::Original);
        arms
    });
    assert_eq!(grown.len(), 2);
    assert_eq!(grown, whole);
}

#[test]
fn stopped_anywhere_and_continued() {
    let expected = contents(&grown().0);
    assert!(expected.contains_key("looks/4.json"));
    assert!(expected.contains_key("ratings/windowed-mixed-0-look3.f32"));
    // Images do not grow from look 1 to look 2.
    assert!(!expected.contains_key("ratings/windowed-mixed-0-look2.f32"));
    for limit in [23, 90] {
        let directory = tempfile::tempdir().unwrap();
        let mut stops = 0;
        loop {
            match run(directory.path(), &growing(NARROW), 1, limit) {
                Ok(_) => break,
                Err(CampaignError::Study(StudyError::Stopped)) => stops += 1,
                Err(error) => panic!("{error}"),
            }
            assert!(stops < 500, "no progress from call to call at {limit} steps");
        }
        assert!(stops > 0);
        assert_eq!(contents(directory.path()), expected, "stopped every {limit} steps");
    }
}

#[test]
fn processes_share_a_growing_run() {
    let directory = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| run(directory.path(), &growing(NARROW), 1, u64::MAX).unwrap());
        }
    });
    assert_eq!(contents(directory.path()), contents(&grown().0));
}

#[test]
fn finished_work_is_not_done_again_and_lost_work_is() {
    let directory = copied();
    let path = |file: &str| directory.path().join(file);
    let changed = |file: &str| fs::metadata(path(file)).unwrap().modified().unwrap();
    let kept = ["networks/windowed-original-0.safetensors", "looks/1.json", "images/0005.json"];
    let (all, before) = (contents(directory.path()), kept.map(changed));
    finished(directory.path(), NARROW);
    assert_eq!(kept.map(changed), before);
    assert_eq!(contents(directory.path()), all);
    let lost = [
        "records/windowed-mixed-1.json",
        "records/windowed-original-2-look3.json",
        "images/0001.json",
        "looks/2.json",
    ];
    for file in lost {
        fs::remove_file(path(file)).unwrap();
    }
    finished(directory.path(), NARROW);
    assert_eq!(kept.map(changed), before);
    assert_eq!(contents(directory.path()), all);
}

#[test]
fn decisions_follow_from_the_records() {
    let (directory, results) = (copied(), &grown().1);
    assert_eq!(open(directory.path()).rederive(NARROW, 0.025).unwrap(), *results);
    let other = open(directory.path()).rederive(0.9, 0.025).unwrap();
    assert!(other.post_hoc && other.looks.iter().all(|look| look.decided));
    // By another criterion the looks stay those that were taken.
    assert_eq!(sizes(&other), sizes(results));

    let file = directory.path().join("looks/3.json");
    let mut look: LookRecord = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    look.arms[0].verdicts[0] = Some(Verdict::Pass);
    fs::write(&file, files::json(&look)).unwrap();
    let error = open(directory.path()).conclude(&codecs).unwrap_err().to_string();
    assert!(error.contains("3.json") && error.contains("another decision"), "{error}");

    fs::remove_file(&file).unwrap();
    let error = open(directory.path()).conclude(&codecs).unwrap_err().to_string();
    assert!(error.contains("3.json") && error.contains("not finished"), "{error}");
    let error = run(directory.path(), &Changes { looks: None, ..growing(NARROW) }, 1, u64::MAX);
    let error = error.unwrap_err().to_string();
    assert!(error.contains("looks"), "{error}");
}

/// Answers of `networks` on 60 images of 50 regions whose one level loses `lost` regions an image,
/// not alike over networks and images.
fn arm(networks: usize, lost: u32) -> ArmOutcome {
    let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
    let answers = |lost: u32| -> Vec<Vec<f64>> {
        let of = |network: usize, image: usize| {
            let spread = ((image * 7 + network * 3) % 3) as u32;
            f64::from(if lost == 0 { 47 } else { 48 - lost - spread })
        };
        (0..networks).map(|network| (0..60).map(|image| of(network, image)).collect()).collect()
    };
    ArmOutcome {
        codec: CodecName::Jpeg2000,
        path: InputPath::Native,
        regime: Regime::Original,
        measure: Identify { classes: 6 }.measure(),
        readers: Readers::Sampled,
        weights: Weights::Counts(vec![50.0; 60]),
        rarer: None,
        original: answers(0),
        at_dose: None,
        levels: vec![LevelOutcome {
            base: LevelBase::Ratio,
            target: Some(5.0),
            achieved: Achieved {
                bytes: 300_000,
                pixels: 1_000_000,
                original: format,
                input: format,
            },
            unreached: 0,
            psnr_db: 50.0,
            scores: answers(lost),
        }],
    }
}

#[test]
fn a_verdict_stands_from_the_first_look_that_reached_it() {
    // No loss at the first look; exactly the margin, 1 of 50 regions, at the second.
    let (before, now) = ([arm(5, 0)], [arm(5, 1)]);
    let criterion = Criterion::new(0.02, 0.025, 0, 1).unwrap();
    let looks = Looks::new(&criterion, &[0.5, 1.0], &before).unwrap();
    let kept = looks.verdicts(0, &before, &[]).unwrap();
    assert!(kept[0].is_decided());
    assert!(!looks.verdicts(1, &now, &[]).unwrap()[0].is_decided());
    let found = looks.estimate(1, &now, &kept).unwrap().remove(0);
    let level = &found.levels[0];
    assert_eq!((level.verdict, level.images_to_decide), (Some(Verdict::Pass), None));
    assert!(level.loss_upper > 0.02, "the interval is that of the second look: {level:?}");
    assert_eq!(found.limit.kind, LimitKind::BeyondTested);
    assert!(found.method.contains("Look 2"), "{}", found.method);
    let family = found.supplement.unwrap().family.unwrap();
    assert_eq!((family.alpha, family.limit.kind), (0.025, LimitKind::BeyondTested));
    // Four networks give no limit at any look.
    assert!(!looks.verdicts(0, &[arm(4, 0)], &[]).unwrap()[0].is_decided());
}

#[test]
fn only_plans_that_can_grow_have_looks() {
    let made = |changes: Changes| {
        let phantom =
            phantom_limit::phantom::Phantom::parse(crate::study_fakes::SMALL, "small").unwrap();
        study::Plan::new(&phantom, crate::study_fakes::SMALL, &changes, "fake")
    };
    let (_, whole) = plan(&changes(), 1);
    assert!(serde_json::to_value(&whole).unwrap().get("looks").is_none());
    assert_eq!(whole.at_look(0), whole);
    let asked = |replicates, looks| Changes {
        replicates: Some(replicates),
        looks: Some(looks),
        ..Changes::default()
    };
    assert_eq!(made(asked(5, 5)).unwrap_err(), PlanError::Growth(5));
    for looks in [0, 1, 6] {
        assert!(matches!(
            made(asked(10, looks)),
            Err(PlanError::Range { option, .. }) if option.flag == "max-looks"
        ));
    }
    // The growth that `tests/studies/limit_controls_its_error.rs` simulates.
    let plan = made(Changes { test_images: Some(150), ..asked(15, 5) }).unwrap();
    let sizes: Vec<_> = plan.looks.iter().map(|look| (look.replicates, look.test_images)).collect();
    assert_eq!(sizes, [(5, 50), (8, 80), (10, 100), (13, 130), (15, 150)]);
    for replicates in 6..60 {
        for most in 2..=5 {
            let plan = made(asked(replicates, most)).unwrap();
            let (first, last) = (plan.looks[0], *plan.looks.last().unwrap());
            assert_eq!(plan.looks.len() as u32, most.min(replicates - 4));
            assert!(first.replicates >= 5 && first.test_images % 10 == 0);
            assert_eq!((last.replicates, last.test_images), (replicates, 130));
            assert!((last.information - 1.0).abs() < 1e-12);
            for (number, pair) in plan.looks.windows(2).enumerate() {
                assert!(pair[0].replicates < pair[1].replicates, "{:?}", plan.looks);
                assert!(pair[0].test_images <= pair[1].test_images, "{:?}", plan.looks);
                // Images are no smaller a share than networks.
                assert!(f64::from(pair[0].test_images) / 130.0 >= pair[0].information);
                assert_eq!(plan.at_look(number).looks, plan.looks[..=number]);
            }
        }
    }
}
