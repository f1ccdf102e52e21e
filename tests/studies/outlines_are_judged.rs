//! Task `outline` from plan to report: a U-Net learns, outlines whole images, and is judged by Dice
//! coefficient and lesion recall, with the same bytes for any number of threads.

use std::fs;

use crate::study_fakes::{SMALL, changes, plan_of, studied_by_any_number};
use phantom_limit::files;
use phantom_limit::network::Architecture;
use phantom_limit::phantom::Phantom;
use phantom_limit::record::{InputPath, Regime};
use phantom_limit::study::{Changes, Naming, NetworkChoice, Plan, PlanError};
use phantom_limit::task::TaskName;

fn asked() -> Changes {
    Changes {
        tasks: Some(vec![TaskName::Outline]),
        regimes: Some(vec![Regime::Original]),
        paths: Some(vec![InputPath::Native]),
        ratios: Some(vec![4.0, 120.0]),
        replicates: Some(2),
        train_images: Some(60),
        test_images: Some(6),
        epochs: Some(12),
        ..changes()
    }
}

#[test]
fn outlines_run_from_study_to_report() {
    let files = ["outlines.csv", "ratings/outline-native-original-1.f32", "results.json"];
    let (results, directory) = studied_by_any_number(SMALL, &asked(), &files);

    assert_eq!(results.measures.len(), 1);
    assert_eq!((&*results.measure().task, &*results.measure().short), ("outline", "Dice"));
    assert_eq!(results.outlining.len(), 1);
    for one in &results.outlining {
        assert_eq!(one.images, 6);
        let arms: Vec<_> = results.arms.iter().filter(|arm| arm.path == one.path).collect();
        let [original, mild, .., harsh] = &one.levels[..] else { panic!("three levels") };
        // The score is the mean over networks and targets.
        assert!((original.dice - arms[0].original_score).abs() < 1e-12);
        assert!(original.dice > 0.3 && original.recall > 0.5, "{original:?}");
        assert!(original.dice_of_shape <= original.dice && original.f1 <= 1.0);
        assert!(mild.dice > harsh.dice && harsh.recall <= original.recall, "{harsh:?}");
        assert!(original.average_mm <= original.hausdorff_95_mm);
        assert!(original.mean_mm <= original.percentile_95_mm);
        // Recall of the arm is that of the level, of all networks.
        let lossy: Vec<_> = arms.iter().filter(|arm| arm.levels[0].target.is_some()).collect();
        assert_eq!(one.recall.len(), lossy.len());
        for (recall, arm) in one.recall.iter().zip(lossy) {
            assert!((recall.original_score - original.recall).abs() < 1e-12);
            assert_eq!((recall.codec, recall.examples), (arm.codec, arm.examples));
            assert_eq!(recall.examples, one.targets);
        }
    }

    let read = |file: &str| fs::read(directory.path().join(file)).unwrap();
    let page = String::from_utf8(read("report.html")).unwrap();
    for part in ["id=\"outlines\"", "Where compression costs the most", "class=\"true-outline\""] {
        assert!(page.contains(part), "{part}");
    }
    let lines = String::from_utf8(read("outlines.csv")).unwrap();
    let levels: usize = results.outlining.iter().map(|it| it.levels.len()).sum();
    assert_eq!(lines.lines().count(), levels + 1);
    let names = files::listing(directory.path()).unwrap();
    let network = "networks/outline-native-original-0.safetensors";
    assert!(names.iter().any(|name| name == network), "{names:?}");
}

#[test]
fn outlines_have_a_network_of_their_own() {
    let phantom = Phantom::parse(SMALL, "small.toml").unwrap();
    let (_, plan) = plan_of(SMALL, &asked(), 1);
    let own = plan.training.pixel_network.as_ref().unwrap();
    assert_eq!(own.name.as_str(), "unet");
    assert_eq!(Ok(&own.architecture), Architecture::preset("unet", 64, 6).as_ref());
    assert_eq!(plan.changes(&phantom).networks, None);

    let with = |words: &[&str]| {
        let networks = words.iter().map(|word| NetworkChoice::parse(word).unwrap()).collect();
        Plan::new(&phantom, SMALL, &Changes { networks: Some(networks), ..asked() }, "fake")
    };
    let wider = with(&["unet-16"]).unwrap();
    let own = wider.training.pixel_network.as_ref().unwrap();
    assert_eq!(Ok(&own.architecture), Architecture::preset("unet-16", 64, 6).as_ref());
    assert_eq!(wider, with(&["reference", "unet-16"]).unwrap());
    assert_eq!(wider.training.architecture, plan.training.architecture);
    let again = Plan::new(&phantom, SMALL, &wider.changes(&phantom), "fake");
    assert_eq!(again.as_ref(), Ok(&wider));
    assert!(wider.changes(&phantom).networks.is_some());

    let error = with(&["vgg"]).unwrap_err();
    assert_eq!(error, PlanError::OwnNetwork(TaskName::Outline));
    let message = error.message(Naming::CommandLine);
    assert!(message.contains("--network") && message.contains("outline"), "{message}");
    let two = with(&["unet", "unet-16"]).unwrap_err().message(Naming::CommandLine);
    assert!(two.contains("`unet-16`") && two.contains("one kind"), "{two}");
}
