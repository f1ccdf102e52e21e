//! A study of several kinds of networks trains each on the same lessons, has its limits from the
//! first, and says in one table how they depend on the kind.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::study_fakes::{DETECTION, HashTrainer, changes, codecs, plan_of, run_plan};
use phantom_limit::calibrate::{Calibrated, Calibration, Request};
use phantom_limit::observer::{Lesson, ObserverError, Reader, Trainer};
use phantom_limit::record::{Regime, Results};
use phantom_limit::report;
use phantom_limit::study::{Changes, Naming, NetworkChoice, Plan, PlanError};

fn kinds(words: &[&str]) -> Option<Vec<NetworkChoice>> {
    Some(words.iter().map(|word| NetworkChoice::parse(word).unwrap()).collect())
}

fn asked(words: &[&str]) -> Changes {
    Changes { networks: kinds(words), ..changes() }
}

/// Another answer for every architecture; keeps how many lessons each had.
#[derive(Default)]
struct ByArchitecture(Mutex<BTreeMap<usize, Vec<(u64, usize)>>>);

impl Trainer for ByArchitecture {
    fn fit(&self, lesson: &Lesson<'_>) -> Result<Box<dyn Reader>, ObserverError> {
        let layers = lesson.recipe.architecture.layers.len();
        let seen = (lesson.replicate, lesson.train.len());
        self.0.lock().unwrap().entry(layers).or_default().push(seen);
        let seed = lesson.seed + layers as u64;
        HashTrainer.fit(&Lesson { seed, ..*lesson })
    }

    fn restore(&self, bytes: &[u8]) -> Result<Box<dyn Reader>, ObserverError> {
        HashTrainer.restore(bytes)
    }

    fn kernel(&self) -> String {
        HashTrainer.kernel()
    }
}

fn run(directory: &Path, changes: &Changes, trainer: &Arc<ByArchitecture>) -> Results {
    let plan = plan_of(DETECTION, changes, 1).1;
    let trainer = Arc::clone(trainer) as Arc<dyn Trainer>;
    let calibration = Calibration {
        codecs: Arc::new(codecs),
        workers: 2,
        ..Calibration::new(plan, directory, trainer)
    };
    let Calibrated { results, .. } = calibration.run().unwrap();
    results
}

#[test]
fn each_kind_has_the_same_lessons_and_its_own_limits() {
    let (several, alone) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let trainer = Arc::new(ByArchitecture::default());
    let found = run(several.path(), &asked(&["reference", "resnet-8", "vgg"]), &trainer);
    let lessons = trainer.0.lock().unwrap().clone();
    assert_eq!(lessons.len(), 3);
    let mut sorted: Vec<Vec<(u64, usize)>> = lessons.into_values().collect();
    sorted.iter_mut().for_each(|of_kind| of_kind.sort_unstable());
    assert!(sorted[0] == sorted[1] && sorted[1] == sorted[2] && !sorted[0].is_empty());
    // What the first kind gives alone is there to the last digit.
    let expected = run(alone.path(), &changes(), &Arc::default());
    // (Fakes that start from a file learn the name of its plan.)
    let originals = |results: &Results| -> Vec<_> {
        results.arms.iter().filter(|it| it.regime == Regime::Original).cloned().collect()
    };
    assert_eq!(originals(&found), originals(&expected));
    assert!(expected.networks.is_empty());
    // Two tasks, three codecs and paths, two regimes.
    assert_eq!(found.networks.len(), 2 * 3 * 2);
    for course in &found.networks {
        let names: Vec<&str> = course.limits.iter().map(|it| it.network.as_str()).collect();
        assert_eq!(names, ["reference", "resnet-8", "vgg"]);
        let arm = found.arms.iter().find(|arm| {
            (&arm.task, arm.codec, arm.path, arm.regime)
                == (&course.task, course.codec, course.path, course.regime)
        });
        assert_eq!(course.limits[0].limit, arm.unwrap().limit);
        assert_ne!(course.limits[0].original_score, course.limits[1].original_score);
        let crossings = course.limits.iter().filter_map(|it| it.limit.crossing.ratio_stored);
        let crossings: Vec<f64> = crossings.collect();
        let low = crossings.iter().copied().fold(f64::INFINITY, f64::min);
        assert_eq!(
            course.range().map(|it| (it.0, it.2)),
            (!crossings.is_empty()).then_some((low, crossings.len()))
        );
        // PyTorch's numbers for resnet-8 with 6 classes and with 2: 74 742 − 4 · 65.
        let classes = if course.task == "identify" { 74_742 } else { 74_742 - 4 * 65 };
        assert_eq!(course.limits[1].parameters, classes);
    }
    let csv = fs::read_to_string(several.path().join("networks.csv")).unwrap();
    assert_eq!(csv.lines().count(), 1 + 12 * 3);
    let text = report::text(&found);
    assert!(text.contains("LIMIT BY KIND OF NETWORK") && text.contains("resnet-8"), "{text}");
    assert!(text.is_ascii() && text.lines().all(|line| line.len() <= 100), "{text}");
    let page = fs::read_to_string(several.path().join("report.html")).unwrap();
    assert!(page.contains("The limit and the kind of network: detect"));
    let record = several.path().join("records/detect-windowed-mixed-resnet-8-1.json");
    let record: serde_json::Value = serde_json::from_slice(&fs::read(record).unwrap()).unwrap();
    assert_eq!(record["job"]["network"], "resnet-8");
}

#[test]
fn the_plan_says_what_was_asked() {
    let (phantom, plan) = plan_of(DETECTION, &asked(&["resnet-8", "reference"]), 1);
    assert_eq!(plan.network.as_str(), "resnet-8");
    assert_eq!(plan.changes(&phantom).networks, kinds(&["resnet-8", "reference"]));
    let text = serde_json::to_vec(&plan).unwrap();
    assert_eq!(Plan::parse(&text).unwrap(), plan);
    let (phantom, usual) = plan_of(DETECTION, &changes(), 1);
    assert_eq!(usual.changes(&phantom).networks, None);
    assert!(
        !String::from_utf8(serde_json::to_vec(&usual).unwrap())
            .unwrap()
            .contains("further_networks")
    );
    // Jobs of the first kind have the names that they have in any study.
    assert!(plan.jobs().iter().any(|job| job.name() == "native-original-0"));
    assert!(plan.jobs().iter().any(|job| job.name() == "native-original-reference-0"));
    let refused = |words: &[&str]| {
        Plan::new(&phantom, DETECTION, &asked(words), "fake")
            .unwrap_err()
            .message(Naming::CommandLine)
    };
    let twice = refused(&["reference", "reference"]);
    assert!(twice.contains("`reference` cannot be trained: it is asked for twice"), "{twice}");
    let pixels = refused(&["unet"]);
    assert!(pixels.contains("it gives a class for each pixel"), "{pixels}");
    assert!(pixels.ends_with("choose another for --network"), "{pixels}");
    assert!(NetworkChoice::parse("lenet").unwrap_err().contains("reference, alexnet, vgg"));
}

#[test]
fn layers_come_from_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("Two_Layers.toml");
    let layers = "[[layers]]\nname = \"a\"\ninputs = [\"input\"]\noperation = { convolution = { \
                  channels = 8, size = 3, stride = 1, bias = true } }\n\n[[layers]]\nname = \"out\"\n\
                  inputs = [\"a\"]\noperation = { dense = { outputs = \"classes\" } }\n";
    fs::write(&file, layers).unwrap();
    let phantom = directory.path().join("phantom.toml");
    fs::write(&phantom, DETECTION).unwrap();
    let request = Request {
        phantoms: vec![phantom.to_string_lossy().into_owned()],
        changes: asked(&["reference", &file.to_string_lossy()]),
    };
    let planned = request.plan("fake").unwrap();
    assert_eq!(planned.plan.further_networks[0].name.as_str(), "two-layers");
    assert_eq!(planned.plan.further_networks[0].architecture.layers.len(), 2);
    run_plan(&directory.path().join("run"), planned.plan, 1, u64::MAX).unwrap();
    fs::write(&file, layers.replace("size = 3", "size = 4")).unwrap();
    let error = request.plan("fake").unwrap_err().to_string();
    assert!(error.contains("layer \"a\""), "{error}");
    fs::write(&file, "[[layer]]\n").unwrap();
    let error = request.plan("fake").unwrap_err().to_string();
    assert!(error.contains("Two_Layers.toml: TOML parse error at line 1"), "{error}");
    fs::remove_file(&file).unwrap();
    assert!(request.plan("fake").unwrap_err().to_string().contains("Two_Layers.toml"));
    assert!(matches!(
        Plan::new(&planned.phantom, DETECTION, &request.changes, "fake"),
        Err(PlanError::Network(_))
    ));
    let originals = Changes { regimes: Some(vec![Regime::Original]), ..request.changes };
    assert_eq!(originals.networks.unwrap()[1].file(), Some(&*file.to_string_lossy()));
}
