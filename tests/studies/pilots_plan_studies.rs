//! A pilot gives the size and the cost of a study, from its records and provenance alone.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use crate::study_fakes::{SMALL, changes, run};
use phantom_limit::campaign::{Aim, Planning, Run, TimeSpent, planning};
use phantom_limit::codec::CodecName;
use phantom_limit::record::Regime;
use phantom_limit::store::RunDirectory;
use phantom_limit::study::{Changes, Plan, Preset};

/// The fakes answer half of the regions at random: a wide margin is near what they lose.
const AIM: Aim = Aim { margin: 0.2, alpha: 0.025, power: 0.9 };

fn pilot(directory: &std::path::Path) -> Run {
    run(directory, &changes(), 2, u64::MAX).unwrap();
    // Each test sets the time that the pilot took.
    std::fs::remove_file(directory.join("provenance.json")).unwrap();
    Run::open(RunDirectory::open(directory).unwrap()).unwrap()
}

fn plan(run: &Run) -> Planning {
    planning(run, &AIM, Preset::Standard, 2).unwrap()
}

#[test]
fn every_lossy_arm_has_its_needs() {
    let directory = tempfile::tempdir().unwrap();
    let found = plan(&pilot(directory.path()));
    let arms = |codec| found.levels.iter().any(|level| level.codec == codec);
    assert!(arms(CodecName::Jpeg) && arms(CodecName::Jpeg2000) && !arms(CodecName::Lossless));
    assert_eq!((found.pilot.replicates, found.pilot.images), (5, 23));
    for level in &found.levels {
        let networks: Vec<u32> = level.needs.iter().map(|need| need.replicates).collect();
        assert_eq!(networks, [5, 10, 15, 20]);
        // Another network's answers are as good as random: they change from level to level.
        assert!(level.discordant.is_some_and(|it| (0.1..1.0).contains(&it)), "{level:?}");
        // More networks need no more images, and no loss needs fewer than some.
        for pair in level.needs.windows(2) {
            let [few, many] = [&pair[0], &pair[1]].map(|need| need.images_at_no_loss);
            assert!(few.is_none() || many.unwrap() <= few.unwrap(), "{level:?}");
        }
        for need in &level.needs {
            assert!(need.images.is_none() || need.images >= need.images_at_no_loss, "{level:?}");
        }
    }
    // Without provenance nothing is known of time.
    assert!(found.studies.iter().all(|study| study.cost.is_none()));
    assert!(serde_json::to_value(&found).unwrap()["levels"][0]["needs"][0]["replicates"] == 5);
}

#[test]
fn costs_follow_the_times_of_the_pilot() {
    let directory = tempfile::tempdir().unwrap();
    let run = pilot(directory.path());
    let name = |text: &str| text.to_owned();
    let spent = |factor: f64| TimeSpent {
        stages: vec![(name("images"), 1.0)],
        parts: vec![(name("rate original"), 2.0 * factor), (name("rate mixed"), 0.0)],
        units: vec![
            (name("test images"), 23, 23.0 * factor),
            (name("tune images"), 2, 0.0),
            (name("train images"), 60, 0.0),
            (name("original networks"), 10, 10.0 * factor),
            (name("mixed networks"), 10, 0.0),
        ],
        pieces: Vec::new(),
        processor: None,
    };
    run.call("fake".to_owned()).remember(spent(1.0)).unwrap();
    let first = plan(&run);
    let study = first.studies.iter().find(|study| study.cost.is_some()).unwrap();
    let (cost, images) = (study.cost.as_ref().unwrap(), study.test_images.unwrap() as f64);
    // One second for each test image: levels are the pilot's.
    assert!((cost.image_seconds - images).abs() < 1e-6, "{cost:?}");
    // 1 s for each network, 0.2 s of it rating 23 images; training 12 images for 2 passes there
    // and 165 for 8 here; two paths.
    let networks = 2.0 * f64::from(study.replicates);
    let training = networks * 0.8 * (165.0 * 8.0) / (12.0 * 2.0);
    assert!((cost.training_seconds - training).abs() < 1e-6, "{cost:?}");
    let rating = networks * 0.2 * images / 23.0;
    assert!((cost.rating_seconds - rating).abs() < 1e-6, "{cost:?}");
    assert!(cost.kept_bytes > 0 && cost.disk_bytes > cost.kept_bytes);
    // Another call that did as much in thrice the time: the mean doubles.
    run.call("fake".to_owned()).remember(spent(3.0)).unwrap();
    let second = plan(&run);
    let doubled = second.studies.iter().find(|it| it.replicates == study.replicates).unwrap();
    let doubled = doubled.cost.as_ref().unwrap();
    assert!((doubled.training_seconds - 2.0 * training).abs() < 1e-6, "{doubled:?}");
    assert!(!doubled.is_processor_time);
    // A third call knows that its parts, 2 s of workers, took 1 s of processors: half of the mean of
    // 1, 3 and 1.
    let known = TimeSpent { processor: Some(1.0), ..spent(1.0) };
    run.call("fake".to_owned()).remember(known).unwrap();
    let third = plan(&run);
    let halved = third.studies.iter().find(|it| it.replicates == study.replicates).unwrap();
    let halved = halved.cost.as_ref().unwrap();
    assert!((halved.training_seconds - 5.0 / 6.0 * training).abs() < 1e-6, "{halved:?}");
    assert!(halved.is_processor_time);
    // Time is in the provenance alone: every hash still holds.
    assert_eq!(run.store.verify().unwrap(), []);
}

#[test]
fn one_network_is_no_pilot() {
    let directory = tempfile::tempdir().unwrap();
    run(directory.path(), &Changes { replicates: Some(1), ..changes() }, 1, u64::MAX).unwrap();
    let run = Run::open(RunDirectory::open(directory.path()).unwrap()).unwrap();
    let error = planning(&run, &AIM, Preset::Standard, 1).unwrap_err().to_string();
    assert!(error.contains("one network per arm") && error.contains("preset quick"), "{error}");
    let wrong = Aim { power: 0.3, ..AIM };
    assert!(planning(&run, &wrong, Preset::Standard, 1).is_err());
    // A plan without changes is what `plan` makes of quick.
    let phantom = phantom_limit::phantom::Phantom::parse(SMALL, "small.toml").unwrap();
    let asked = Changes { preset: Some(Preset::Quick), ..Changes::default() };
    let quick = Plan::new(&phantom, SMALL, &asked, "fake").unwrap();
    assert_eq!((quick.replicates, quick.regimes), (5, vec![Regime::Original]));
}
