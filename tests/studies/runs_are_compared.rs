//! Runs are set side by side: differences where test images are the same, and what differs in the
//! plans.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use crate::study_fakes::{changes, codecs, run};
use phantom_limit::campaign::{Run, compare};
use phantom_limit::record::Results;
use phantom_limit::report::{self, Compared, PlanDifference};
use phantom_limit::store::RunDirectory;
use phantom_limit::study::Changes;

/// Runs of each of `asked`, compared.
fn compared(asked: &[Changes]) -> (Vec<Compared>, Vec<PlanDifference>) {
    let directories: Vec<tempfile::TempDir> = asked
        .iter()
        .map(|changes| {
            let directory = tempfile::tempdir().unwrap();
            run(directory.path(), changes, 2, u64::MAX).unwrap();
            directory
        })
        .collect();
    let open = |it: &tempfile::TempDir| Run::open(RunDirectory::open(it.path()).unwrap()).unwrap();
    let runs: Vec<Run> = directories.iter().map(open).collect();
    let names: Vec<String> = (0..runs.len()).map(|number| format!("run-{number}")).collect();
    compare(&runs, &names, &codecs).unwrap()
}

/// Accuracy of an arm, from its results alone.
fn accuracy(results: &Results, of: &phantom_limit::record::DifferenceResult) -> f64 {
    let arms = results.arms.iter();
    let arm = arms
        .clone()
        .find(|it| (it.codec, it.path, it.regime) == (of.codec, of.path, of.regime))
        .unwrap();
    match of.target {
        None => arm.original_score,
        target => arm.levels.iter().find(|it| it.target == target).unwrap().score,
    }
}

#[test]
fn differences_are_those_of_the_accuracies() {
    let (runs, plans) = compared(&[changes(), Changes { train_images: Some(14), ..changes() }]);
    assert!(runs[0].differences.is_empty());
    // Three codec × path arms in two regimes: originals and two levels.
    assert_eq!(runs[1].differences.len(), 6 * 3);
    for it in &runs[1].differences {
        let expected = accuracy(&runs[1].results, it) - accuracy(&runs[0].results, it);
        assert!((it.difference - expected).abs() < 1e-12, "{it:?}");
        assert!(it.lower < it.difference && it.difference < it.upper, "{it:?}");
    }
    let fields: Vec<&str> = plans.iter().map(|it| it.field.as_str()).collect();
    assert_eq!(fields, ["train_images"]);
    assert_eq!(plans[0].values, ["12", "14"]);
    let page = report::comparison(&runs, &plans);
    for said in ["run-0", "run-1", "train_images", "phantom-task limit, not clinical advice"] {
        assert!(page.contains(said), "{said}");
    }
    // One overlay for each arm.
    assert_eq!(page.matches("<svg").count(), 6);
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("<script"));
}

#[test]
fn a_run_differs_not_from_itself() {
    let (runs, plans) = compared(&[changes(), changes()]);
    assert!(plans.is_empty());
    assert!(runs[1].differences.iter().all(|it| (it.lower, it.upper) == (0.0, 0.0)));
    assert!(report::comparison(&runs, &plans).contains("the plans are the same"));
}

#[test]
fn other_test_images_give_no_difference() {
    let (runs, _) = compared(&[changes(), Changes { test_images: Some(20), ..changes() }]);
    assert!(runs[1].differences.is_empty());
    assert!(report::comparison(&runs, &[]).contains("no difference can be paired"));
}
