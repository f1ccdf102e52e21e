//! Linear observers rate originals and every level from lessons of their own, change nothing else,
//! and can be switched on and off.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::study_fakes::{DETECTION, changes, codecs, plan, plan_of, run_plan};
use phantom_limit::campaign::Run;
use phantom_limit::record::{LinearName, LinearResult, Regime, Results};
use phantom_limit::store::RunDirectory;
use phantom_limit::study::{self, Changes, Plan, Preset, StudyFile};
use phantom_limit::task::Series;

const FILE: &str = "linear-observers.json";

/// Enough lessons for forty channels; networks that start from nothing, since a fake one would
/// learn the name of the plan in another's file.
fn enough() -> Changes {
    Changes { train_images: Some(60), regimes: Some(vec![Regime::Original]), ..changes() }
}

fn run(directory: &Path, changes: &Changes, workers: usize) -> Results {
    run_plan(directory, plan_of(DETECTION, changes, 1).1, workers, u64::MAX).unwrap()
}

fn asked() -> Changes {
    Changes { linear_observers: Some(true), ..enough() }
}

fn read(directory: &Path, file: &str) -> Vec<u8> {
    fs::read(directory.join(file)).unwrap()
}

#[test]
fn every_observer_rates_originals_and_every_level() {
    let directory = tempfile::tempdir().unwrap();
    let results = run(directory.path(), &asked(), 2);
    let linear = results.linear.as_ref().unwrap();
    assert_eq!((linear.training_images, linear.test_images), (30, 23));
    assert!(linear.training_absent > 20 && linear.training_present > 20);
    // The patches of this phantom lie within their regions: all those for detection are rated.
    let store = RunDirectory::open(directory.path()).unwrap();
    let cases =
        study::cases(&Run::open(store.clone()).unwrap().plan, &store, Series::Regions).unwrap();
    let regions: usize = cases.iter().map(|case| case.truth.detection.len()).sum();
    assert_eq!((linear.test_present + linear.test_absent) as usize, regions);
    // Three codecs × paths, two fits.
    assert_eq!(linear.observers.len(), 3 * 2 * LinearName::ALL.len());
    for course in &linear.observers {
        let targets: Vec<_> = course.levels.iter().map(|level| level.target).collect();
        assert_eq!(targets, [None, Some(4.0), Some(16.0)]);
        for level in &course.levels {
            assert!((0.0..=1.0).contains(&level.auc), "{course:?}");
            assert!(level.standard_error >= 0.0 && level.detectability.is_finite(), "{course:?}");
        }
        // Contrasts of 5 to 8 HU in noise of 4 HU, at a known place.
        assert!(course.levels[0].auc > 0.88, "{course:?}");
    }
    let of = |regime| linear.observers.iter().filter(move |it| it.regime == regime);
    for (original, matched) in of(Regime::Original).zip(of(Regime::Matched)) {
        assert_eq!(original.observer, matched.observer);
        // The same template where nothing is compressed, another where four bits are gone.
        assert_eq!(original.levels[0], matched.levels[0]);
        assert_ne!(original.levels[2], matched.levels[2]);
    }
    let text = String::from_utf8(read(directory.path(), "linear-observers.csv")).unwrap();
    assert_eq!(text.lines().count(), 1 + linear.observers.len() * 3);
    assert!(text.starts_with("codec,path,observer,fitted_to,target,"), "{text}");
    // Each arm that detects has a channelised observer beside it on originals and at every level.
    assert_eq!(results.second_ceiling.len(), 3);
    let mut exceeded = 0;
    for beside in &results.second_ceiling {
        assert!(beside.observer.is_channelised(), "{beside:?}");
        let same = |it: &&LinearResult| {
            (it.codec, it.path, it.observer, it.regime)
                == (beside.codec, beside.path, beside.observer, Regime::Matched)
        };
        let course = linear.observers.iter().find(same).unwrap();
        let arm = results.arms.iter().find(|arm| {
            (&arm.task[..], arm.codec, arm.path, arm.regime)
                == ("detect", beside.codec, beside.path, beside.regime)
        });
        for (level, fitted) in beside.levels.iter().zip(&course.levels) {
            assert_eq!((level.target, level.auc), (fitted.target, fitted.auc));
            // The fakes know seven of eight answers, at every level.
            let apart = level.networks_auc - level.auc;
            let error =
                (level.networks_standard_error.powi(2) + level.standard_error.powi(2)).sqrt();
            assert_eq!(level.exceeded, apart > 1.96 * error, "{level:?}");
            exceeded += u32::from(level.exceeded);
        }
        let scores: Vec<f64> = beside.levels.iter().map(|it| it.networks_auc).collect();
        let arm = arm.unwrap();
        let expected =
            std::iter::once(arm.original_score).chain(arm.levels.iter().map(|it| it.score));
        for (found, expected) in scores.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
        assert_eq!(scores.len(), 3);
    }
    assert!(exceeded > 0);
    let text = phantom_limit::report::text(&results);
    assert!(text.contains("SECOND CEILING") && text.contains("exceed"), "{text}");
    let csv = String::from_utf8(read(directory.path(), "second-ceiling.csv")).unwrap();
    assert_eq!(csv.lines().count(), 1 + 3 * 3);
    let page = String::from_utf8(read(directory.path(), "report.html")).unwrap();
    assert!(page.contains("Linear observers and the networks"));
    assert!(directory.path().join("figures/observers-jpeg2000-native.svg").exists());
}

#[test]
fn they_come_again_without_the_cache_and_change_nothing_else() {
    let (with, without) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let found = run(with.path(), &asked(), 2);
    let expected = run(without.path(), &enough(), 1);
    assert_eq!(expected.linear, None);
    assert!(!without.path().join(FILE).exists());
    assert_eq!(found.arms, expected.arms);
    // The regions that networks were shown are gone by now.
    let before = read(with.path(), FILE);
    fs::remove_file(with.path().join(FILE)).unwrap();
    let again = Run::open(RunDirectory::open(with.path()).unwrap()).unwrap();
    again.conclude(&codecs).unwrap();
    assert_eq!(read(with.path(), FILE), before);
}

#[test]
fn the_plan_names_them_only_where_they_differ_from_the_preset() {
    let key = |plan: &Plan| serde_json::to_value(plan).unwrap().get("linear_observers").cloned();
    let smoke = |asked| plan(&Changes { linear_observers: asked, ..changes() }, 1).1;
    for (asked, expected, has) in [
        (None, None, false),
        (Some(false), None, false),
        (Some(true), Some(serde_json::Value::Bool(true)), true),
    ] {
        let plan = smoke(asked);
        assert_eq!((key(&plan), plan.has_linear_observers()), (expected, has));
    }
    let (phantom, _) = plan(&changes(), 1);
    let of = |changes: &Changes| {
        Plan::new(&phantom, crate::study_fakes::SMALL, changes, "fake").unwrap()
    };
    let only = |preset| Changes { preset: Some(preset), ..Changes::default() };
    let on: BTreeSet<&str> = Preset::ALL
        .into_iter()
        .filter(|&preset| of(&only(preset)).has_linear_observers())
        .map(Preset::name)
        .collect();
    assert_eq!(on, BTreeSet::from(["standard", "full"]));
    let text = "format = 1\nphantoms = [\"ct-head\"]\nlinear_observers = false\n";
    let off = StudyFile::parse(text, "study.toml").unwrap().changes;
    assert!(!of(&off).has_linear_observers());
}
