//! `input`: networks are given what files store of a region's blocks, or less than its pixels.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::study_fakes::{SMALL, changes};
use phantom_limit::calibrate::Calibration;
use phantom_limit::codec::{CodecName, Coefficients, Depth, JpegTables, Target, codec};
use phantom_limit::dataset::{Dataset, RegionSet, Split};
use phantom_limit::image::{Domain, ZERO};
use phantom_limit::observer::{Input, Lesson, ObserverError, Reader, Trainer, TrainingSummary};
use phantom_limit::phantom::Phantom;
use phantom_limit::record::{InputPath, Representation};
use phantom_limit::report;
use phantom_limit::scene::RegionKind;
use phantom_limit::study::{Changes, InputProblem, Naming, NetworkChoice, Plan, PlanError};
use phantom_limit::task::TaskName;

/// Keeps what it is given.
#[derive(Debug, Clone, Default)]
struct Keeper {
    domain: Domain,
    side: usize,
    sets: Arc<Mutex<Vec<RegionSet>>>,
}

impl Reader for Keeper {
    fn takes(&self) -> Input {
        Input { domain: self.domain, side: self.side, channels: 1, bits_stored: None }
    }

    fn learns(&self) -> bool {
        true
    }

    fn rate(&self, regions: &RegionSet, _: &dyn Fn() -> bool) -> Result<Vec<f32>, ObserverError> {
        self.sets.lock().unwrap().push(regions.clone());
        Ok(regions
            .labels
            .iter()
            .flat_map(|&label| (0..6).map(move |it| f32::from(u8::from(it == label))))
            .collect())
    }

    fn to_bytes(&self, _: &BTreeMap<String, String>) -> Vec<u8> {
        Vec::new()
    }

    fn summary(&self) -> TrainingSummary {
        TrainingSummary { epoch: 1, tune_accuracy: 1.0 }
    }
}

impl Trainer for Keeper {
    fn fit(&self, lesson: &Lesson<'_>) -> Result<Box<dyn Reader>, ObserverError> {
        self.sets.lock().unwrap().push(lesson.train.clone());
        Ok(Box::new(self.clone()))
    }

    fn restore(&self, _: &[u8]) -> Result<Box<dyn Reader>, ObserverError> {
        Ok(Box::new(self.clone()))
    }

    fn kernel(&self) -> String {
        "fake".into()
    }
}

fn asked(input: Representation) -> Changes {
    Changes {
        input: Some(input),
        tasks: Some(vec![TaskName::Identify]),
        paths: Some(vec![InputPath::Windowed]),
        ..changes()
    }
}

fn planned(changes: &Changes) -> Result<Plan, PlanError> {
    let phantom = Phantom::parse(SMALL, "small.toml").unwrap();
    Plan::new(&phantom, SMALL, changes, "fake")
}

#[test]
fn jpeg_2000_is_read_at_half_of_its_size() {
    let directory = tempfile::tempdir().unwrap();
    let keeper = Keeper { side: 20, ..Keeper::default() };
    let changes = Changes { replicates: Some(1), ..asked(Representation::Reduced1) };
    let plan = planned(&changes).unwrap();
    let calibration = Calibration::new(plan.clone(), directory.path(), Arc::new(keeper.clone()));
    let results = calibration.run().unwrap().results;
    assert!(report::text(&results).contains("at half of its rows and columns"));
    let codecs = |codec| matches!(codec, CodecName::Jpeg2000 | CodecName::Lossless);
    assert!(results.arms.iter().all(|arm| codecs(arm.codec)));
    let sets = keeper.sets.lock().unwrap();
    assert!(sets.iter().all(|set| set.side == 20 && set.windows.as_ref().unwrap().cell == 4));
    // Regions of each level are those of its file.
    let phantom = Phantom::parse(SMALL, "small.toml").unwrap();
    let matrix = &phantom.formation.matrix;
    let case = Dataset::new(phantom.clone(), plan.seed).case(Split::Test, 0).unwrap();
    let image = matrix.window.apply(&case.image, matrix.rescale);
    let mut regions = case.scene.labels();
    regions.retain(|it| it.kind == RegionKind::Identify);
    let targets: Vec<Target> =
        plan.ladder.targets.iter().map(|&it| plan.ladder.base.target(it)).collect();
    let jpeg2000 = codec(CodecName::Jpeg2000);
    let files = jpeg2000.encode_ladder(&image, case.image.format(), &targets).unwrap();
    for file in files {
        let depth = Depth::Reduced(1);
        let reduced = jpeg2000.decode_to(&file.bytes, image.format(), depth).unwrap();
        let mut expected = Representation::Reduced1.regions(32);
        expected.cut(&reduced, &regions[..1]);
        let is_given = |set: &RegionSet| set.values.chunks(400).any(|it| it == expected.values);
        assert!(sets.iter().any(is_given), "{:?}", file.target);
    }
}

#[test]
fn levels_are_read_from_their_files() {
    let directory = tempfile::tempdir().unwrap();
    let changes = Changes { replicates: Some(1), ..asked(Representation::DctLearned) };
    let keeper = Keeper { domain: Domain::Dct, side: 40, ..Keeper::default() };
    let plan = planned(&changes).unwrap();
    let calibration = Calibration::new(plan.clone(), directory.path(), Arc::new(keeper.clone()));
    let results = calibration.run().unwrap().results;
    assert!(report::text(&results).contains("by a learnt inverse transform"));
    assert!(
        results.arms.iter().all(|arm| matches!(arm.codec, CodecName::Jpeg | CodecName::Lossless))
    );
    let sets = keeper.sets.lock().unwrap();
    assert!(
        sets.iter()
            .all(|set| set.side == 40 && set.windows.as_ref().unwrap().phases.len() == set.len())
    );
    // Coefficients that a file has not stored are 0, of the originals hardly any is.
    let zeros = |set: &RegionSet| {
        set.values.iter().filter(|&&value| value == ZERO).count() as f64 / set.values.len() as f64
    };
    let (few, many) = sets
        .iter()
        .map(zeros)
        .fold((1.0_f64, 0.0_f64), |(few, many), share| (few.min(share), many.max(share)));
    assert!(few < 0.5 && many > 0.8, "{few} {many}");
}

#[test]
fn plans_keep_it_and_give_it_again() {
    let phantom = Phantom::parse(SMALL, "small.toml").unwrap();
    for input in Representation::ALL {
        if matches!(input, Representation::Partial1 | Representation::Reduced3) {
            // Three pools need more than 5×5 pixels.
            let said = planned(&asked(input)).unwrap_err().message(Naming::CommandLine);
            assert!(said.contains("leave pools out"), "{said}");
            continue;
        }
        let plan = planned(&asked(input)).unwrap();
        let text = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
        assert_eq!(text.contains("\"input\":"), input != Representation::Pixels);
        let again = Plan::new(&phantom, SMALL, &plan.changes(&phantom), "fake").unwrap();
        assert_eq!(again, plan);
        let network = plan.network.as_str();
        assert_eq!(network == "blocks", input == Representation::Dct, "{network}");
        let side = plan.training.architecture.input_side();
        let expected = match input {
            Representation::Pixels => 32,
            Representation::Partial4 | Representation::Reduced1 => 20,
            Representation::Partial2 | Representation::Reduced2 => 10,
            _ => 40,
        };
        assert_eq!(side, expected, "{input:?}");
    }
}

/// A file of layers that has a preset's name, or the name of the layer that is put before them.
#[test]
fn layers_of_ones_own_are_kept() {
    const LAYERS: &str = "[[layers]]\nname = \"inverse\"\ninputs = [\"input\"]\n\
        operation = { dense = { outputs = \"classes\" } }\n";
    let phantom = Phantom::parse(SMALL, "small.toml").unwrap();
    for (file, input) in [
        ("blocks.toml", Representation::Dct),
        ("reference.toml", Representation::DctLearned),
        ("own.toml", Representation::Partial1),
    ] {
        let mut choice = NetworkChoice::parse(file).unwrap();
        choice.read(LAYERS).unwrap();
        let changes = Changes { networks: Some(vec![choice]), ..asked(input) };
        let plan = planned(&changes).unwrap();
        let again = Plan::new(&phantom, SMALL, &plan.changes(&phantom), "fake").unwrap();
        assert_eq!(again, plan, "{file}");
    }
    let mut inverse = NetworkChoice::parse("own.toml").unwrap();
    inverse
        .read("[[layers]]\nname = \"a\"\ninputs = [\"input\"]\noperation = \"inverse_dct\"\n")
        .unwrap();
    let changes = Changes { networks: Some(vec![inverse]), ..asked(Representation::Window) };
    let said = planned(&changes).unwrap_err().message(Naming::CommandLine);
    assert!(said.contains("ask for input dct"), "{said}");
}

/// A region as large as its image lies in no window of whole blocks.
#[test]
fn windows_lie_in_images() {
    let mut phantom = Phantom::parse(SMALL, "small.toml").unwrap();
    phantom.formation.targets.region_pixels = 128;
    let changes = asked(Representation::Window);
    let error = Plan::new(&phantom, SMALL, &changes, "fake").unwrap_err();
    let problem = InputProblem::Window(136, 128);
    assert_eq!(error, PlanError::Input(Representation::Window, problem));
}

#[test]
fn what_has_no_coefficients_is_refused() {
    let dct = || asked(Representation::Dct);
    let codecs = Changes { codecs: Some(vec![CodecName::Jpeg2000]), ..dct() };
    let rescale = Changes { rescale: Some("bilinear@0.5".parse().unwrap()), ..dct() };
    let whole = Changes { tasks: Some(vec![TaskName::Outline]), ..dct() };
    let linear = Changes { linear_observers: Some(true), ..dct() };
    let network =
        Changes { networks: Some(vec!["reference".to_owned().try_into().unwrap()]), ..dct() };
    let other = Changes {
        networks: Some(vec!["blocks".to_owned().try_into().unwrap()]),
        ..asked(Representation::Pixels)
    };
    let dropped = Changes {
        codecs: Some(vec![CodecName::Jpeg]),
        paths: Some(vec![InputPath::Native]),
        ..dct()
    };
    for (changes, problem, words) in [
        (dropped, Some(InputProblem::DroppedBits), "--codec jpeg12"),
        (codecs, Some(InputProblem::Codec(CodecName::Jpeg2000)), "--codec jpeg12"),
        (rescale, Some(InputProblem::Rescale), "leave one out"),
        (whole, Some(InputProblem::Task(TaskName::Outline)), "--task identify"),
        (linear, Some(InputProblem::Linear), "--linear-observers"),
        (network, None, "input dct-learned"),
        (other, None, "input dct"),
    ] {
        let error = planned(&changes).unwrap_err();
        let said = error.message(Naming::CommandLine);
        assert!(said.contains(words), "{said}");
        if let Some(problem) = problem {
            assert_eq!(error, PlanError::Input(Representation::Dct, problem));
        }
    }
    let jpeg = Changes { codecs: Some(vec![CodecName::Jpeg]), ..asked(Representation::Reduced2) };
    let said = planned(&jpeg).unwrap_err().message(Naming::CommandLine);
    assert!(
        said.contains("reads levels of JPEG 2000") && said.contains("--codec jpeg2000"),
        "{said}"
    );
    // Rescaled pixels can be read in windows.
    let window = Changes {
        rescale: Some("bilinear@0.5".parse().unwrap()),
        jpeg_tables: Some(JpegTables::default()),
        ..asked(Representation::Window)
    };
    assert!(planned(&window).is_ok());
    assert!(Coefficients::read(CodecName::Jpeg, b"no JPEG").is_err());
}
