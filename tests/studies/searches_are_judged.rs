//! Task `locate` from plan to report: networks learn, search whole images, and are judged by their
//! marks, with the same bytes for any number of threads.

use std::fs;

use crate::study_fakes::{DETECTION, changes, studied_by_any_number};
use phantom_limit::phantom::Phantom;
use phantom_limit::record::{FALSE_MARK_RATES, InputPath, Margin, Regime};
use phantom_limit::study::{Changes, Plan};
use phantom_limit::task::TaskName;

fn source() -> String {
    let search =
        "[search]\ncontrast_hu = { uniform_magnitude = [40.0, 60.0], sign = \"positive\" }\n\n";
    DETECTION.replacen("[acquisition.ct]", &format!("{search}[acquisition.ct]"), 1)
}

fn asked() -> Changes {
    Changes {
        tasks: Some(vec![TaskName::Locate]),
        regimes: Some(vec![Regime::Original]),
        paths: Some(vec![InputPath::Windowed]),
        ratios: Some(vec![4.0, 120.0]),
        replicates: Some(2),
        train_images: Some(60),
        test_images: Some(12),
        epochs: Some(5),
        ..changes()
    }
}

#[test]
fn searches_run_from_study_to_report() {
    let files = ["localisation.csv", "ratings/locate-windowed-original-1.f32", "results.json"];
    let (results, directory) = studied_by_any_number(&source(), &asked(), &files);

    assert_eq!((&*results.measure().task, &*results.measure().short), ("locate", "wAFROC"));
    assert_eq!(results.margin, Margin::Score(0.05));
    assert_eq!(results.localisation.len(), 1);
    for one in &results.localisation {
        assert_eq!(one.normal_images + one.abnormal_images, 12);
        assert!(one.targets >= one.abnormal_images && one.normal_images > 1, "{one:?}");
        let arms: Vec<_> = results.arms.iter().filter(|arm| arm.path == one.path).collect();
        let [original, mild, .., harsh] = &one.levels[..] else { panic!("three levels") };
        // The score is the mean over networks.
        assert!((original.wafroc - arms[0].original_score).abs() < 1e-9);
        assert!(original.wafroc > 0.6 && original.cpm > 0.5, "{original:?}");
        assert!(original.wafroc <= original.wafroc_tolerant, "{original:?}");
        assert!(mild.wafroc >= harsh.wafroc, "{mild:?} {harsh:?}");
        for level in &one.levels {
            assert_eq!(level.free_response.len(), FALSE_MARK_RATES.len());
            // But for rounding of means.
            let rises = |course: &[f64]| course.windows(2).all(|it| it[1] > it[0] - 1e-9);
            assert!(rises(&level.free_response) && rises(&level.weighted_afroc), "{level:?}");
        }
        // The strict margin judges the same scores.
        let lossy: Vec<_> = arms.iter().filter(|arm| arm.levels[0].target.is_some()).collect();
        let strict: Vec<_> = results.strict.iter().filter(|arm| arm.path == one.path).collect();
        assert_eq!(strict.len(), lossy.len());
        for (strict, arm) in strict.into_iter().zip(lossy) {
            assert_eq!((strict.codec, strict.original_score), (arm.codec, arm.original_score));
        }
    }

    let read = |file: &str| fs::read(directory.path().join(file)).unwrap();
    let page = String::from_utf8(read("report.html")).unwrap();
    for part in ["id=\"search\"", "What a network says of each place", "class=\"true-target\""] {
        assert!(page.contains(part), "{part}");
    }
    let lines = String::from_utf8(read("localisation.csv")).unwrap();
    let levels: usize = results.localisation.iter().map(|it| it.levels.len()).sum();
    assert_eq!(lines.lines().count(), levels + 1);
}

/// 0.05 where it is asked alone, 0.02 beside other tasks, and what the user says before both; the
/// printed changes give each plan again.
#[test]
fn searches_have_a_margin_of_their_own() {
    let phantom = Phantom::parse(&source(), "search.toml").unwrap();
    let both = vec![TaskName::Detect, TaskName::Locate];
    for (tasks, margin, expected) in [
        (vec![TaskName::Locate], None, 0.05),
        (both.clone(), None, 0.02),
        (vec![TaskName::Locate], Some(0.02), 0.02),
        (both, Some(0.05), 0.05),
    ] {
        let asked = Changes { tasks: Some(tasks), margin: margin.map(Margin::Score), ..asked() };
        let plan = Plan::new(&phantom, &source(), &asked, "fake").unwrap();
        assert_eq!(plan.margin, Margin::Score(expected));
        let again = Plan::new(&phantom, &source(), &plan.changes(&phantom), "fake");
        assert_eq!(again.unwrap(), plan);
    }
}
