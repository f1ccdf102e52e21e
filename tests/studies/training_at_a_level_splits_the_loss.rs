//! Regimes `matched` and `matrix`: which networks are trained and rated, that the split of a
//! loss adds up, and that asking for them moves nothing else.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::study_fakes::{changes, plan, run};
use phantom_limit::codec::CodecName;
use phantom_limit::record::{InputPath, LevelBase, Regime, Results};
use phantom_limit::report;
use phantom_limit::study::{Changes, PlanError};

fn asked(regimes: &[Regime]) -> Changes {
    Changes { regimes: Some(regimes.to_vec()), ..changes() }
}

fn results(directory: &Path, changes: &Changes) -> Results {
    run(directory, changes, 2, u64::MAX).unwrap()
}

fn records(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory.join("ratings")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        found.insert(name, fs::read(&path).unwrap());
    }
    found
}

/// Mean share of correct answers, from `results.json` alone.
fn arm_accuracy(results: &Results, regime: Regime, codec: CodecName, target: f64) -> f64 {
    let arm = results
        .arms
        .iter()
        .find(|arm| (arm.regime, arm.codec, arm.path) == (regime, codec, InputPath::Windowed))
        .unwrap();
    arm.levels.iter().find(|level| level.target == Some(target)).unwrap().score
}

#[test]
fn the_split_adds_up_and_the_matrix_holds_its_margins() {
    let directory = tempfile::tempdir().unwrap();
    let found = results(
        directory.path(),
        &asked(&[Regime::Original, Regime::Mixed, Regime::Matched, Regime::Matrix]),
    );
    // Three lossy codec × path arms, two levels each.
    assert_eq!(found.shift.len(), 6);
    for shift in &found.shift {
        let sum = shift.loss_matched + shift.domain_shift;
        assert!((shift.loss_original - sum).abs() < 1e-12, "{shift:?}");
        assert!(shift.domain_shift_lower <= shift.domain_shift);
        assert!(shift.domain_shift <= shift.domain_shift_upper);
    }
    // Originals and two levels: three rows of three columns for each arm.
    assert_eq!(found.matrix.len(), 3 * 9);
    let cell = |trained: Option<f64>, tested: Option<f64>| {
        let here = |it: &&phantom_limit::record::MatrixResult| {
            (it.codec, it.path) == (CodecName::Jpeg, InputPath::Windowed)
                && (it.trained_at, it.tested_at) == (trained, tested)
        };
        found.matrix.iter().find(here).unwrap().score
    };
    for target in [4.0, 16.0] {
        let row = arm_accuracy(&found, Regime::Original, CodecName::Jpeg, target);
        let diagonal = arm_accuracy(&found, Regime::Matched, CodecName::Jpeg, target);
        assert_eq!(cell(None, Some(target)), row);
        assert_eq!(cell(Some(target), Some(target)), diagonal);
    }
    let original = found
        .arms
        .iter()
        .find(|arm| arm.regime == Regime::Original && arm.path == InputPath::Windowed)
        .unwrap();
    assert_eq!(cell(None, None), original.original_score);
    let text = report::text(&found);
    assert!(text.contains("DOMAIN SHIFT") && text.contains("tested at"), "{text}");
    assert!(text.lines().all(|line| line.len() <= 100), "{text}");
    let page = fs::read_to_string(directory.path().join("report.html")).unwrap();
    assert!(page.contains("What training at a level recovers"));
}

#[test]
fn matched_rates_originals_and_its_own_level() {
    let (_, plan) = plan(&asked(&[Regime::Original, Regime::Matched]), 1);
    let at_levels: Vec<_> =
        plan.jobs().into_iter().filter(|job| job.regime == Regime::Matched).collect();
    // 5 replicates × 3 codec × path arms × 2 levels.
    assert_eq!(at_levels.len(), 30);
    for job in at_levels {
        let rated = plan.rated(job);
        assert_eq!(rated.len(), 2);
        assert_eq!(rated[0].codec, None);
        assert_eq!(Some(rated[1]), job.trained_at);
    }
}

#[test]
fn other_regimes_are_not_moved() {
    let (few, many) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    results(few.path(), &asked(&[Regime::Original, Regime::Mixed]));
    results(many.path(), &asked(&[Regime::Original, Regime::Mixed, Regime::Matrix]));
    let (few, many) = (records(few.path()), records(many.path()));
    // Networks of `mixed` start from bytes that name the plan, and the fake learns all of them.
    let same = |name: &&String| name.contains("original");
    assert_eq!(few.keys().filter(same).count(), 10);
    for name in few.keys().filter(same) {
        assert!(many.get(name) == few.get(name), "{name} differs");
    }
}

#[test]
fn a_warm_start_begins_at_the_originals_network() {
    let (cold, warm) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let asked = asked(&[Regime::Matched]);
    results(cold.path(), &asked);
    results(warm.path(), &Changes { warm_start: Some(true), ..asked });
    let (cold, warm) = (records(cold.path()), records(warm.path()));
    assert_eq!(cold["windowed-original-0.f32"], warm["windowed-original-0.f32"]);
    assert_ne!(cold["windowed-matched-jpeg-4-0.f32"], warm["windowed-matched-jpeg-4-0.f32"]);
}

#[test]
fn a_stopped_matrix_continues_to_the_same_bytes() {
    let (whole, parts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let asked = asked(&[Regime::Matrix]);
    results(whole.path(), &asked);
    while run(parts.path(), &asked, 1, 70).is_err() {}
    assert_eq!(records(whole.path()), records(parts.path()));
    let page = |directory: &Path| fs::read(directory.join("report.html")).unwrap();
    assert_eq!(page(whole.path()), page(parts.path()));
}

#[test]
fn training_levels_are_among_the_tested() {
    let changes = Changes { matched_levels: Some(vec![5.0]), ..asked(&[Regime::Matched]) };
    let phantom =
        phantom_limit::phantom::Phantom::parse(crate::study_fakes::SMALL, "small.toml").unwrap();
    let error =
        phantom_limit::study::Plan::new(&phantom, crate::study_fakes::SMALL, &changes, "fake")
            .unwrap_err();
    assert_eq!(error, PlanError::MatchedLevel(LevelBase::Ratio, 5.0));
    assert!(error.to_string().contains("`ratios`"), "{error}");
}
