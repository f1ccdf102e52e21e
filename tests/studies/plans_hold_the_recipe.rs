//! What decides a network's bits is part of the plan; which revision of the program ran is not, but
//! stands in every record.

use std::fs;

use crate::study_fakes::{changes, codecs, plan, run, run_plan};
use phantom_limit::campaign::{CampaignError, Run};
use phantom_limit::files;
use phantom_limit::record::{FORMAT, REVISION, Regime};
use phantom_limit::store::RunDirectory;
use phantom_limit::study::{Changes, PlanFileError, PlannedLook, StudyError};
use phantom_limit::task::{Identify, TaskName};

const SIX: Identify = Identify { classes: 6 };

#[test]
fn another_recipe_is_another_plan() {
    let directory = tempfile::tempdir().unwrap();
    let (_, own) = plan(&changes(), 1);
    run_plan(directory.path(), own.clone(), 2, u64::MAX).unwrap();
    let mut other = own.clone();
    other.training.weight_decay *= 2.0;
    assert_ne!(other.recipe(Regime::Original, &SIX), own.recipe(Regime::Original, &SIX));
    match run_plan(directory.path(), other, 2, u64::MAX) {
        Err(CampaignError::Study(StudyError::OtherPlan(text))) => {
            assert!(text.contains("training"), "{text}");
        }
        found => panic!("{found:?}"),
    }
}

#[test]
fn recipes_follow_the_plan() {
    let (_, plan) = plan(&changes(), 1);
    let [original, mixed] =
        [Regime::Original, Regime::Mixed].map(|regime| plan.recipe(regime, &SIX));
    assert_eq!((original.epochs, original.peak_learning_rate), (2, 16e-3));
    assert_eq!((mixed.epochs, mixed.peak_learning_rate), (1, 8e-3));
    assert_eq!(original.architecture, plan.training.architecture);
    let mut slower = plan.clone();
    slower.training.batch = 17;
    assert_eq!(slower.recipe(Regime::Mixed, &SIX).batch, 17);
}

#[test]
fn outlining_rates_a_share_of_the_test_images_in_whole_groups() {
    let sized = |images| {
        let tasks = Some(vec![TaskName::Identify, TaskName::Outline]);
        plan(&Changes { tasks, test_images: Some(images), ..changes() }, 1).1
    };
    // A quarter, in tens, at least 20, and never more than there are.
    for (images, rated) in [(8, 8), (20, 20), (50, 20), (130, 40), (300, 80)] {
        let plan = sized(images);
        assert_eq!(plan.rated_images(TaskName::Outline), rated, "{images}");
        assert_eq!(plan.rated_images(TaskName::Identify), images);
        assert_eq!(plan.first_images(TaskName::Outline, 0), rated);
    }
    // A study that grows rates each image once.
    let mut grown = sized(300);
    let look = |replicates, test_images| PlannedLook { replicates, test_images, information: 1.0 };
    grown.looks = vec![look(5, 100), look(7, 200), look(10, 300)];
    assert_eq!(grown.first_images(TaskName::Outline, 0), 30);
    assert_eq!(grown.added_images(TaskName::Outline, 0), [(2, 30..50), (3, 50..80)]);
    assert_eq!(grown.added_images(TaskName::Identify, 6), [(3, 200..300)]);
    // What is missing at this share is four times as many test images.
    assert_eq!(grown.images_for(TaskName::Outline, 50), 200);
}

#[test]
fn revisions_stand_in_the_records_and_in_no_plan() {
    let directory = tempfile::tempdir().unwrap();
    run(directory.path(), &changes(), 2, u64::MAX).unwrap();
    let read = |file: &str| fs::read_to_string(directory.path().join(file)).unwrap();
    assert!(!read("plan.json").contains(REVISION));
    let report = read("report.html");
    assert!(report.contains(REVISION) && !report.contains("different revisions"));
    let line = format!("\"revision\": \"{REVISION}\"");
    let mut records = 0;
    for file in files::listing(directory.path()).unwrap() {
        if file.starts_with("records/") || file.starts_with("images/") {
            assert!(read(&file).contains(&line), "{file}");
            records += 1;
        }
    }
    assert!(records > 20, "{records}");

    // A job of an earlier revision: the run is read as before, and reports that revision.
    let file = "records/native-mixed-0.json";
    fs::write(directory.path().join(file), read(file).replace(&line, "\"revision\": \"earlier\""))
        .unwrap();
    Run::open(RunDirectory::open(directory.path()).unwrap()).unwrap().conclude(&codecs).unwrap();
    let report = read("report.html");
    assert!(report.contains("made by different revisions") && report.contains("1 by earlier"));
}

#[test]
fn runs_of_format_1_are_refused_with_their_reader() {
    let directory = tempfile::tempdir().unwrap();
    let store = RunDirectory::claim(directory.path()).unwrap();
    store.write("plan.json", b"{\"format\": 1, \"version\": \"0.1.0\"}").unwrap();
    let opened = Run::open(store.clone()).unwrap_err();
    let begun = Run::begin(store, &plan(&changes(), 1).1).unwrap_err();
    for error in [opened, begun] {
        assert!(
            matches!(error, CampaignError::Format(_, PlanFileError::Format { found: 1 })),
            "{error}"
        );
        let text = error.to_string();
        assert!(text.contains("phantom-limit 0.1.0 reads"), "{text}");
        assert!(text.contains(&format!("this program reads format {FORMAT}")), "{text}");
    }
}
