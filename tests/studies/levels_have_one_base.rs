//! Levels by quality, PSNR or bits per pixel run like those by ratio: from the mildest to the
//! harshest, written in their base, with the limit as a measured ratio; records by ratio keep their
//! form.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::fs;
use std::path::Path;

use crate::study_fakes::{SMALL, changes, plan, run};
use phantom_limit::campaign::Run;
use phantom_limit::codec::CodecName;
use phantom_limit::record::{ArmResult, LevelBase, Regime};
use phantom_limit::report;
use phantom_limit::store::RunDirectory;
use phantom_limit::study::{Changes, PlanError, Preset};

/// Two levels of a base, harshest first as typed, and the plan's own words for them.
fn bases() -> [(LevelBase, Changes, [&'static str; 2]); 3] {
    let without = Changes { ratios: None, ..changes() };
    [
        (
            LevelBase::Quality,
            Changes {
                qualities: Some(vec![20.0, 90.0]),
                codecs: Some(vec![CodecName::Jpeg]),
                ..without.clone()
            },
            ["quality 90", "quality 20"],
        ),
        (
            LevelBase::Psnr,
            Changes { psnr_db: Some(vec![30.5, 50.0]), ..without.clone() },
            ["PSNR 50 dB", "PSNR 30.5 dB"],
        ),
        (LevelBase::Bpp, Changes { bpp: Some(vec![0.8, 4.0]), ..without }, ["4 bpp", "0.8 bpp"]),
    ]
}

fn read(directory: &Path, file: &str) -> String {
    fs::read_to_string(directory.join(file)).unwrap()
}

fn lossy(arm: &&ArmResult) -> bool {
    arm.codec != CodecName::Lossless
}

#[test]
fn levels_of_every_base_run_and_are_said_by_it() {
    for (base, asked, said) in bases() {
        let asked = Changes {
            regimes: Some(vec![Regime::Original, Regime::Mixed, Regime::Matrix]),
            ..asked
        };
        let directory = tempfile::tempdir().unwrap();
        let results = run(directory.path(), &asked, 2, u64::MAX).unwrap();
        assert_eq!(results.target_base(), base);
        for arm in results.arms.iter().filter(lossy) {
            let labels = arm.levels.iter().map(|level| {
                assert_eq!(level.target_base, base);
                base.label(level.target.unwrap())
            });
            assert_eq!(labels.collect::<Vec<_>>(), said);
            if let Some(passed) = arm.limit.passed {
                assert!(arm.levels.iter().any(|level| level.ratio_stored == passed.stored));
            }
        }
        // Two levels, and originals: the matrix runs from the originals to the harshest.
        let row: Vec<_> = results.matrix[..3].iter().map(|cell| cell.tested_at).collect();
        let mildest = results.arms[0].levels[0].target;
        assert_eq!((row[0], row[1]), (None, mildest));
        let text = report::text(&results);
        for label in said {
            assert!(text.contains(label), "{label}: {text}");
        }
        assert!(text.lines().all(|line| line.len() <= 100), "{text}");
        let page = read(directory.path(), "report.html");
        assert!(page.contains(said[0]) && page.contains(said[1]), "{base:?}");
        let option = format!("--{} ", base.name());
        assert!(page.contains(&option), "the command lacks `{option}`");
        let table = read(directory.path(), "results.csv");
        assert!(table.lines().next().unwrap().split(',').any(|name| name == "target_base"));
        // Everything is read back: plan, records and ratings.
        let open = Run::open(RunDirectory::open(directory.path()).unwrap()).unwrap();
        assert_eq!(open.plan.ladder.base, base);
        assert_eq!(open.rederive(open.plan.margin, open.plan.alpha).unwrap(), results);
        assert_eq!(open.replay(3, &crate::study_fakes::codecs).unwrap(), Vec::<String>::new());
    }
}

#[test]
fn a_stopped_study_by_quality_continues_to_the_same_bytes() {
    let (_, asked, _) = bases().into_iter().next().unwrap();
    let (whole, parts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    run(whole.path(), &asked, 2, u64::MAX).unwrap();
    while run(parts.path(), &asked, 1, 40).is_err() {}
    for file in ["results.json", "report.html", "records/windowed-mixed-1.json", "plan.json"] {
        assert_eq!(read(whole.path(), file), read(parts.path(), file), "{file}");
    }
}

#[test]
fn files_by_ratio_have_the_keys_that_they_had() {
    let directory = tempfile::tempdir().unwrap();
    run(directory.path(), &changes(), 2, u64::MAX).unwrap();
    let plan = read(directory.path(), "plan.json");
    let levels = "  \"ratios\": [\n    4.0,\n    16.0\n  ],\n  \"matched_ratios\": [],\n";
    assert!(plan.contains(&format!("  ],\n{levels}  \"warm_start\": false,\n")), "{plan}");
    for file in ["records/native-mixed-0.json", "images/0000.json", "plan.json"] {
        assert!(!read(directory.path(), file).contains("base"), "{file}");
    }
    assert!(read(directory.path(), "images/0000.json").contains("\"target\": 16.0\n"));
}

#[test]
fn results_without_a_base_are_by_ratio() {
    let directory = tempfile::tempdir().unwrap();
    let results = run(directory.path(), &changes(), 2, u64::MAX).unwrap();
    let text = read(directory.path(), "results.json");
    let earlier = text.replace("          \"target_base\": \"ratio\",\n", "");
    assert_ne!(text, earlier);
    let read: phantom_limit::record::Results = serde_json::from_str(&earlier).unwrap();
    assert_eq!(read, results);
}

#[test]
fn a_codec_that_does_not_know_the_base_is_named() {
    let phantom = phantom_limit::phantom::Phantom::parse(SMALL, "small.toml").unwrap();
    let preset = Some(Preset::Smoke);
    let asked = Changes { preset, qualities: Some(vec![50.0]), ..Changes::default() };
    let error = phantom_limit::study::Plan::new(&phantom, SMALL, &asked, "fake").unwrap_err();
    let (codec, base) = (CodecName::Jpeg2000, LevelBase::Quality);
    assert_eq!(error, PlanError::Target { codec, base, value: 50.0 });
    // The levels at which networks are trained follow the base.
    let (_, plan) = plan(
        &Changes {
            psnr_db: Some(vec![60.0, 51.0, 40.0, 31.0]),
            regimes: Some(vec![Regime::Matched]),
            ..Changes::default()
        },
        1,
    );
    assert_eq!(plan.ladder.trained, [51.0, 40.0, 31.0]);
}
