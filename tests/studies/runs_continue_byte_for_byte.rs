//! A run that is stopped anywhere and continued ends with the bytes of one that was not; two
//! processes share a run; damage and other plans are refused, and the error shows where.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::study_fakes::{changes, codecs, run};
use phantom_limit::campaign::{CampaignError, Run};
use phantom_limit::files;
use phantom_limit::record::LimitKind;
use phantom_limit::store::RunDirectory;
use phantom_limit::study::{Changes, StudyError};

fn contents(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    files::listing(directory)
        .unwrap()
        .into_iter()
        // That file holds clock and host.
        .filter(|file| file != "provenance.json")
        .map(|file| {
            let bytes = fs::read(directory.join(&file)).unwrap();
            (file, bytes)
        })
        .collect()
}

fn finished() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    run(directory.path(), &changes(), 2, u64::MAX).unwrap();
    directory
}

#[test]
fn stopped_anywhere_and_continued() {
    let whole = finished();
    let expected = contents(whole.path());
    assert!(expected.contains_key("report.html") && expected.contains_key("results.csv"));
    for limit in [1, 12, 30, 47, 61, 80, 110] {
        let directory = tempfile::tempdir().unwrap();
        let mut stops = 0;
        loop {
            match run(directory.path(), &changes(), 1, limit) {
                Ok(_) => break,
                Err(CampaignError::Study(StudyError::Stopped)) => stops += 1,
                Err(error) => panic!("{error}"),
            }
            // With one step a call nothing would ever be finished.
            if limit == 1 {
                assert!(!directory.path().join("report.html").exists());
                run(directory.path(), &changes(), 2, u64::MAX).unwrap();
                break;
            }
            assert!(stops < 500, "no progress from call to call at {limit} steps");
        }
        assert_eq!(contents(directory.path()), expected, "stopped every {limit} steps");
    }
}

#[test]
fn finished_work_is_not_done_again() {
    let directory = finished();
    let network = directory.path().join("networks/native-original-0.safetensors");
    let before = fs::metadata(&network).unwrap().modified().unwrap();
    let all = contents(directory.path());
    run(directory.path(), &changes(), 2, u64::MAX).unwrap();
    assert_eq!(fs::metadata(&network).unwrap().modified().unwrap(), before);
    assert_eq!(contents(directory.path()), all);
}

#[test]
fn a_lost_job_is_done_again_to_the_same_bytes() {
    let directory = finished();
    let all = contents(directory.path());
    for file in ["records/windowed-mixed-1.json", "images/0001.json"] {
        fs::remove_file(directory.path().join(file)).unwrap();
    }
    run(directory.path(), &changes(), 2, u64::MAX).unwrap();
    assert_eq!(contents(directory.path()), all);
}

#[test]
fn two_processes_share_one_run() {
    let whole = finished();
    let directory = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| run(directory.path(), &changes(), 1, u64::MAX).unwrap());
        }
    });
    assert_eq!(contents(directory.path()), contents(whole.path()));
}

#[test]
fn another_plan_is_refused_and_named() {
    let directory = finished();
    let all = contents(directory.path());
    let other = Changes { margin: Some(0.05.into()), test_images: Some(24), ..changes() };
    let error = run(directory.path(), &other, 1, u64::MAX).unwrap_err().to_string();
    assert!(error.contains("margin: 0.02 there, 0.05 asked for"), "{error}");
    assert!(error.contains("test_images: 23 there, 24 asked for"), "{error}");
    assert_eq!(contents(directory.path()), all);
}

#[test]
fn damage_is_found_and_named() {
    for (file, again) in [
        ("records/native-original-0.json", true),
        ("ratings/windowed-mixed-4.f32", true),
        ("images/0002.json", true),
        ("plan.json", true),
        ("networks/native-original-3.safetensors", false),
        ("results.json", false),
    ] {
        let directory = finished();
        let path = directory.path().join(file);
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x55;
        fs::write(&path, bytes).unwrap();
        let store = RunDirectory::open(directory.path()).unwrap();
        let found: Vec<String> = store.verify().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(found, [format!("changed  {file}")]);
        if again {
            let error = run(directory.path(), &changes(), 1, u64::MAX).unwrap_err().to_string();
            let name = file.rsplit('/').next().unwrap();
            assert!(error.contains(name), "{file}: {error}");
        }
    }
}

#[test]
fn replay_draws_and_encodes_again() {
    let directory = finished();
    let open = || Run::open(RunDirectory::open(directory.path()).unwrap()).unwrap();
    assert_eq!(open().replay(23, &codecs).unwrap(), Vec::<String>::new());
    let path = directory.path().join("images/0000.json");
    let text = fs::read_to_string(&path).unwrap();
    let digest = text.split("\"sha256\": \"").nth(2).unwrap()[..64].to_owned();
    fs::write(&path, text.replacen(&digest, &"0".repeat(64), 1)).unwrap();
    let differences = open().replay(23, &codecs).unwrap();
    assert_eq!(differences.len(), 1, "{differences:?}");
    assert!(differences[0].contains("other codestream"), "{differences:?}");
}

#[test]
fn the_null_loses_nothing_and_small_studies_give_no_limit() {
    let directory = tempfile::tempdir().unwrap();
    let few = Changes { replicates: Some(2), ..changes() };
    let results = run(directory.path(), &few, 2, u64::MAX).unwrap();
    for arm in &results.arms {
        assert_eq!(arm.limit.kind, LimitKind::None);
    }
    let directory = finished();
    let results: phantom_limit::record::Results =
        serde_json::from_slice(&fs::read(directory.path().join("results.json")).unwrap()).unwrap();
    for arm in results.arms.iter().filter(|arm| arm.codec.name() == "lossless") {
        assert_eq!(arm.levels[0].loss, 0.0);
        assert_eq!(arm.levels[0].psnr_db, None);
    }
    for arm in results.arms.iter().filter(|arm| arm.codec.name() != "lossless") {
        assert_ne!(arm.limit.kind, LimitKind::None);
    }
}
