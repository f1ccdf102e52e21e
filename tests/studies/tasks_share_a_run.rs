//! A phantom with subtle targets gives a study of both tasks: they share images and codecs, their
//! networks are their own, and neither changes the other.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::study_fakes::{DETECTION, SMALL, changes, plan, plan_of, run_plan};
use phantom_limit::files;
use phantom_limit::phantom::Phantom;
use phantom_limit::record::{ArmResult, Certificate, InputPath, Job, Regime, Results};
use phantom_limit::report;
use phantom_limit::store::RunDirectory;
use phantom_limit::study::{self, Changes, Naming, Plan, PlanError, Preset};
use phantom_limit::task::{Series, TaskName};

fn both(directory: &Path, workers: usize) -> Results {
    run_plan(directory, plan_of(DETECTION, &changes(), 1).1, workers, u64::MAX).unwrap()
}

fn only(directory: &Path, task: TaskName) -> Results {
    let asked = Changes { tasks: Some(vec![task]), ..changes() };
    run_plan(directory, plan_of(DETECTION, &asked, 1).1, 2, u64::MAX).unwrap()
}

/// Ratings of the networks trained on originals by file, which know no name of another network.
fn ratings(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = files::listing(directory).unwrap().into_iter();
    files
        .filter(|file| file.starts_with("ratings/") && file.contains("-original-"))
        .map(|file| (file.clone(), fs::read(directory.join(&file)).unwrap()))
        .collect()
}

#[test]
fn both_tasks_are_judged_and_reported() {
    let directory = tempfile::tempdir().unwrap();
    let results = both(directory.path(), 2);
    let tasks: Vec<&str> = results.measures.iter().map(|it| it.task.as_str()).collect();
    assert_eq!(tasks, ["identify", "detect"]);
    let [identify, detect] = &results.by_task()[..] else { panic!("two tasks") };
    assert_eq!(identify.arms.len(), detect.arms.len());
    assert_eq!(identify.arms.len() + detect.arms.len(), results.arms.len());
    for (a, b) in identify.arms.iter().zip(&detect.arms) {
        assert_eq!((a.codec, a.path, a.regime), (b.codec, b.path, b.regime));
        // The same files of the same images.
        let rates =
            |arm: &ArmResult| arm.levels.iter().map(|level| level.ratio_stored).collect::<Vec<_>>();
        assert_eq!(rates(a), rates(b));
        // Regions are counted where each is right or wrong; an area has one part for each image.
        assert_eq!((b.examples, b.images), (23, 23));
        assert!(a.examples > 23);
    }
    let text = report::text(&results);
    assert!(text.contains("TASK IDENTIFY") && text.contains("TASK DETECT"), "{text}");
    assert!(text.lines().all(|line| line.len() <= 100), "{text}");
    let names = files::listing(directory.path()).unwrap();
    for file in [
        "networks/native-original-0.safetensors",
        "networks/detect-native-original-0.safetensors",
        "figures/auc-native-original.svg",
    ] {
        assert!(names.iter().any(|name| name == file), "{file} is missing");
    }
    let page = fs::read_to_string(directory.path().join("report.html")).unwrap();
    assert!(page.contains("id=\"limit-detect\"") && page.contains("regions for detection"));
    let stated = names.iter().filter(|name| name.starts_with("certificates/detect-"));
    for file in stated {
        let bytes = fs::read(directory.path().join(file)).unwrap();
        let certificate: Certificate = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(certificate.measure.task, "detect");
    }
}

#[test]
fn the_truth_of_regions_is_recorded_by_task() {
    let directory = tempfile::tempdir().unwrap();
    both(directory.path(), 2);
    let (phantom, plan) = plan_of(DETECTION, &changes(), 1);
    let cases =
        study::cases(&plan, &RunDirectory::open(directory.path()).unwrap(), Series::Regions)
            .unwrap();
    let truths = || cases.iter().flat_map(|case| &case.truth.detection);
    let (all, present) = (truths().count() as f64, truths().filter(|it| **it).count() as f64);
    let identified = cases.iter().map(|case| case.truth.classes.len()).sum::<usize>() as f64;
    // Shares of one half each, within four standard errors.
    assert!((all / (all + identified) - 0.5).abs() < 4.0 * 0.5 / (all + identified).sqrt());
    assert!((present / all - 0.5).abs() < 4.0 * 0.5 / all.sqrt(), "{present} of {all}");
    assert_eq!(phantom.formation.classes().last(), Some(&"lesion"));
}

#[test]
fn neither_task_changes_the_other_nor_do_threads() {
    let directories: Vec<_> = (0..4).map(|_| tempfile::tempdir().unwrap()).collect();
    let paths: Vec<&Path> = directories.iter().map(tempfile::TempDir::path).collect();
    let (found, again) = (both(paths[0], 2), both(paths[1], 1));
    assert_eq!(found.arms, again.arms);
    let [identify, detect] = [(2, TaskName::Identify), (3, TaskName::Detect)]
        .map(|(place, task)| only(paths[place], task));
    assert_eq!((identify.measures.len(), detect.measures.len()), (1, 1));
    let all = ratings(paths[0]);
    let apart: BTreeMap<_, _> =
        [ratings(paths[2]), ratings(paths[3])].into_iter().flatten().collect();
    assert_eq!(all.len(), 2 * 2 * 5);
    assert!(all == apart, "the ratings of a task depend on the other");
}

#[test]
fn a_phantom_without_subtle_targets_is_asked_to_identify_alone() {
    let (phantom, own) = plan(&changes(), 1);
    assert_eq!(own.tasks, [TaskName::Identify]);
    let asked = Changes { tasks: Some(vec![TaskName::Detect]), ..changes() };
    let error = Plan::new(&phantom, SMALL, &asked, "fake").unwrap_err();
    assert_eq!(error, PlanError::NoDetection("small-head".to_owned()));
    assert_eq!(
        error.message(Naming::CommandLine),
        "phantom `small-head` gives nothing to detect, for it has no [detection] table: ask for \
         --task identify, or add that table to the phantom"
    );
    let none = Changes { tasks: Some(Vec::new()), ..changes() };
    assert_eq!(Plan::new(&phantom, SMALL, &none, "fake").unwrap_err(), PlanError::NoTask);
}

#[test]
fn plans_with_a_task_say_it_only_where_it_is_not_the_usual() {
    let phantom = Phantom::parse(DETECTION, "detection.toml").unwrap();
    let preset = Some(Preset::Smoke);
    for (tasks, expected) in [
        (None, None),
        (Some(vec![TaskName::Identify, TaskName::Detect]), None),
        // Tasks about whole images are asked only where they are named.
        (Some(TaskName::ALL.to_vec()), Some(TaskName::ALL.to_vec())),
        (Some(vec![TaskName::Detect]), Some(vec![TaskName::Detect])),
    ] {
        let asked = Changes { preset, tasks, ..Changes::default() };
        let plan = Plan::new(&phantom, DETECTION, &asked, "fake").unwrap();
        assert_eq!(plan.changes(&phantom).tasks, expected);
    }
}

#[test]
fn names_of_jobs_state_the_task_but_for_the_first() {
    let job = |task| Job::new(task, InputPath::Windowed, Regime::Mixed, 3);
    assert_eq!(job(TaskName::Identify).name(), "windowed-mixed-3");
    assert_eq!(job(TaskName::Detect).name(), "detect-windowed-mixed-3");
}
