//! A certificate states one limit with everything it depends on; the same records give the same
//! bytes, and a certificate that contradicts them is found.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::fs;
use std::path::Path;

use crate::study_fakes::{changes, codecs, run};
use phantom_limit::campaign::Run;
use phantom_limit::files;
use phantom_limit::record::{Certificate, LimitKind, Results};
use phantom_limit::report;
use phantom_limit::store::RunDirectory;
use phantom_limit::study::Changes;

fn open(directory: &Path) -> Run {
    Run::open(RunDirectory::open(directory).unwrap()).unwrap()
}

fn certificates(directory: &Path, folder: &str) -> Vec<(String, Certificate)> {
    let read = |file: String| {
        let bytes = fs::read(directory.join(&file)).unwrap();
        (file, serde_json::from_slice(&bytes).unwrap())
    };
    let inside = format!("{folder}certificates/");
    let listing = files::listing(directory).unwrap();
    listing.into_iter().filter(|file| file.starts_with(&inside)).map(read).collect()
}

#[test]
fn every_limit_has_one_that_says_what_the_results_say() {
    let directory = tempfile::tempdir().unwrap();
    let results = run(directory.path(), &changes(), 2, u64::MAX).unwrap();
    let found = certificates(directory.path(), "");
    let limited: Vec<_> =
        results.arms.iter().filter(|arm| arm.limit.kind != LimitKind::None).collect();
    assert_eq!((limited.len(), found.len()), (6, 6));
    let hash = |file: &str| files::sha256(&fs::read(directory.path().join(file)).unwrap());
    for arm in limited {
        let (codec, path, regime) = (arm.codec.name(), arm.path.name(), arm.regime.name());
        let file = format!("certificates/identify-{codec}-{path}-{regime}.json");
        let (_, one) = found.iter().find(|(found, _)| *found == file).unwrap();
        assert_eq!((&one.limit, &one.levels), (&arm.limit, &arm.levels));
        assert_eq!((one.replicates, one.images, one.post_hoc), (5, 23, false));
        assert_eq!(one.origin.plan_sha256, hash("plan.json"));
        assert_eq!(one.origin.results_sha256, hash("results.json"));
        assert_eq!(one.guidelines.len(), results.guidelines.len());
    }
    let manifest = fs::read_to_string(directory.path().join("manifest.json")).unwrap();
    assert_eq!(manifest.matches("\"certificates/").count(), 6);
    let page = fs::read_to_string(directory.path().join("report.html")).unwrap();
    assert_eq!(page.matches("<article class=\"certificate\"").count(), 6);
    assert!(!report::text(&results).contains("No certificate"));
}

#[test]
fn derived_again_it_has_the_same_bytes() {
    let directory = tempfile::tempdir().unwrap();
    run(directory.path(), &changes(), 2, u64::MAX).unwrap();
    let file = directory.path().join("certificates/identify-jpeg2000-native-mixed.json");
    let before = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    let stale = directory.path().join("certificates/jpeg2000-native-none.json");
    fs::write(&stale, b"{}").unwrap();
    open(directory.path()).conclude(&codecs).unwrap();
    assert_eq!(fs::read(&file).unwrap(), before);
    assert!(!stale.exists());
    assert_eq!(open(directory.path()).check_certificates().unwrap(), Vec::<String>::new());
}

#[test]
fn another_criterion_is_stamped_and_what_is_altered_is_found() {
    let directory = tempfile::tempdir().unwrap();
    run(directory.path(), &changes(), 2, u64::MAX).unwrap();
    let run = open(directory.path());
    let results = run.rederive(0.9, 0.025).unwrap();
    run.leave_post_hoc(&results).unwrap();
    let folder = "post-hoc/margin-0.9-alpha-0.025/";
    let found = certificates(directory.path(), folder);
    assert_eq!(found.len(), 6);
    assert!(found.iter().all(|(_, one)| one.post_hoc && one.margin == 0.9.into()));
    assert_eq!(run.check_certificates().unwrap(), Vec::<String>::new());
    let path = directory.path().join(&found[0].0);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"post_hoc\": true", "\"post_hoc\": false")).unwrap();
    let differences = run.check_certificates().unwrap();
    assert_eq!(differences.len(), 1, "{differences:?}");
    assert!(differences[0].contains(&found[0].0), "{differences:?}");
    fs::write(&path, "{").unwrap();
    assert_eq!(run.check_certificates().unwrap(), differences);
}

#[test]
fn without_a_limit_there_is_none_and_the_result_says_why() {
    let directory = tempfile::tempdir().unwrap();
    let few = Changes { replicates: Some(2), ..changes() };
    let results: Results = run(directory.path(), &few, 2, u64::MAX).unwrap();
    assert_eq!(certificates(directory.path(), "").len(), 0);
    let text = report::text(&results);
    assert!(text.contains("No certificate: no limit is derived (2 networks, needs 5)."), "{text}");
    let page = fs::read_to_string(directory.path().join("report.html")).unwrap();
    assert!(page.contains("2 networks, needs 5"));
}
