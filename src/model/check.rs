//! Holds a model and its description against the user's own example, stage by stage; the record of a
//! comparison that passed is what studies ask for.

use serde::{Deserialize, Serialize};

use super::answer::activate;
use super::engine::Network;
use super::error::ModelError;
use super::example::Example;
use super::file::ModelFile;
use super::hint;
use super::prepare::{Picture, Prepared};
use super::raw::Layout;
use super::tensor::{Tensor, shape};

/// Share of the largest of the user's numbers (of 1 at least) within which two outputs agree.
const OUTPUT_TOLERANCE: f64 = 1e-3;
/// Version of the record's format.
const FORMAT: u32 = 1;

/// One step of a model, ours beside the user's.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// `input`, `network`, `output` or `probabilities`.
    pub name: &'static str,
    /// The largest absolute difference; `None` where the shapes differ.
    pub difference: Option<f64>,
    /// The difference up to which the two agree.
    pub tolerance: f64,
    /// The shape of ours, and where the largest difference is.
    pub said: String,
    /// What would bring them together, or what to look at; empty where they agree.
    pub hints: Vec<String>,
}

impl Stage {
    /// Whether the two are the same.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.difference.is_some_and(|difference| difference <= self.tolerance)
    }
}

/// Every stage that an example allows to compare.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// In the order of the way from the image to the answer.
    pub stages: Vec<Stage>,
}

impl Comparison {
    /// Whether all stages agree.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.stages.iter().all(Stage::agrees)
    }
}

/// `model.check.json`: the comparison that a model has passed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckRecord {
    /// Version of the format: 1.
    pub format: u32,
    /// SHA-256 of the model file.
    pub model_sha256: String,
    /// SHA-256 of the ONNX file.
    pub onnx_sha256: String,
    /// SHA-256 of the example.
    pub example_sha256: String,
    /// The engine that ran it.
    pub engine: String,
    /// Version of this program.
    pub version: String,
    /// Stage and largest difference.
    pub differences: Vec<(String, f64)>,
}

impl CheckRecord {
    /// The record of a comparison, of files by their SHA-256: model file, ONNX file, example.
    #[must_use]
    pub fn of(
        comparison: &Comparison,
        network: &Network,
        [model, onnx, example]: [String; 3],
    ) -> Self {
        let of_stage =
            |stage: &Stage| (stage.name.to_owned(), stage.difference.unwrap_or(f64::MAX));
        Self {
            format: FORMAT,
            model_sha256: model,
            onnx_sha256: onnx,
            example_sha256: example,
            engine: network.engine(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            differences: comparison.stages.iter().map(of_stage).collect(),
        }
    }

    /// Whether it is of these files, by their SHA-256, and of this engine.
    #[must_use]
    pub fn is_of(&self, network: &Network, model_sha256: &str, onnx_sha256: &str) -> bool {
        self.format == FORMAT
            && self.model_sha256 == model_sha256
            && self.onnx_sha256 == onnx_sha256
            && self.engine == network.engine()
    }
}

/// Compares a model with the user's example.
///
/// The network is run on the user's input and on ours, so that a fault of the description is told
/// from one of the engine.
///
/// # Errors
/// If the image is not what the model takes, or the network cannot be run. A difference is no error:
/// see [`Comparison::agrees`].
pub fn check(
    file: &ModelFile,
    network: &Network,
    example: &Example,
) -> Result<Comparison, ModelError> {
    let image = &example.image;
    let picture = Picture { image: &image.image, file: image, windowed: false };
    let prepared = file.input.prepare(&picture)?;
    let mut stages = Vec::new();
    if let Some(theirs) = &example.input {
        let tolerance = hint::input_tolerance(theirs);
        let mut stage = compared("input", &prepared.tensor, theirs, tolerance);
        if !stage.agrees() {
            stage.hints = hint::of_input(&file.input, &picture, &prepared.tensor, theirs);
        }
        stages.push(stage);
        if let Some(given) = as_input(theirs, &prepared) {
            stages.extend(outputs(file, &network.run(&given)?.numbers, example, true));
        }
    }
    let ours = network.run(&prepared.tensor)?;
    // What the network gives must be what the model file says, whatever the example is.
    file.answer(&ours, &prepared)?;
    let inputs_part = stages.first().is_some_and(|stage| !stage.agrees());
    for mut stage in outputs(file, &ours.numbers, example, false) {
        if !stage.agrees() && inputs_part {
            stage.hints = vec!["the input above is why".to_owned()];
        } else if !stage.agrees() && example.input.is_none() {
            let equal = |changed: &Prepared| {
                let again = network.run(&changed.tensor);
                again.is_ok_and(|again| {
                    outputs(file, &again.numbers, example, false).iter().all(Stage::agrees)
                })
            };
            stage.hints.extend(hint::of_whole(file, &picture, &equal));
            if stage.hints.is_empty() {
                stage.hints.push(
                    "add `input` to the example, what the network is given, to see where the two \
                     part"
                        .to_owned(),
                );
            }
        }
        stages.push(stage);
    }
    Ok(Comparison { stages })
}

/// The user's input as the network takes it; `None` where it is of another size or order.
fn as_input(theirs: &Tensor, prepared: &Prepared) -> Option<Tensor> {
    let shape = &prepared.tensor.shape;
    hint::same_shape(shape, &theirs.shape)
        .then(|| Tensor { shape: shape.clone(), values: theirs.values.clone() })
}

/// What the network gives beside what the user has, before and after the activation.
fn outputs(file: &ModelFile, ours: &Tensor, example: &Example, of_theirs: bool) -> Vec<Stage> {
    let mut stages = Vec::new();
    if let Some(theirs) = &example.output {
        let name = if of_theirs { "network" } else { "output" };
        stages.push(of_output(name, ours, theirs));
    }
    if let Some(theirs) = &example.probabilities {
        let name = if of_theirs { "network" } else { "probabilities" };
        stages.push(of_output(name, &activated(file, ours), theirs));
    }
    stages
}

fn of_output(name: &'static str, ours: &Tensor, theirs: &Tensor) -> Stage {
    let tolerance = OUTPUT_TOLERANCE * theirs.magnitude().max(1.0);
    // Programs differ in which axes of length 1 they keep.
    let ours = if ours.squeezed() == theirs.squeezed() {
        &Tensor { shape: theirs.shape.clone(), values: ours.values.clone() }
    } else {
        ours
    };
    let mut stage = compared(name, ours, theirs, tolerance);
    if !stage.agrees() {
        stage.hints = hint::of_output(ours, theirs, tolerance);
    }
    stage
}

/// The output after the activation, class by class at each place.
fn activated(file: &ModelFile, output: &Tensor) -> Tensor {
    let classes = file.output.classes.len();
    let places = output.values.len() / classes.max(1);
    let at = |class: usize, place: usize| match file.input.layout {
        Layout::Nchw => class * places + place,
        Layout::Nhwc => place * classes + class,
    };
    let mut values = output.values.clone();
    if classes * places != values.len() || places == 0 {
        let numbers: Vec<f64> = values.iter().map(|&it| f64::from(it)).collect();
        let all = activate(file.output.activation, &numbers);
        values = all.into_iter().map(|it| it as f32).collect();
        return Tensor { shape: output.shape.clone(), values };
    }
    for place in 0..places {
        let numbers: Vec<f64> =
            (0..classes).map(|class| f64::from(output.values[at(class, place)])).collect();
        for (class, value) in activate(file.output.activation, &numbers).into_iter().enumerate() {
            values[at(class, place)] = value as f32;
        }
    }
    Tensor { shape: output.shape.clone(), values }
}

fn compared(name: &'static str, ours: &Tensor, theirs: &Tensor, tolerance: f64) -> Stage {
    if !hint::same_shape(&ours.shape, &theirs.shape) {
        return Stage {
            name,
            difference: None,
            tolerance,
            said: format!("shape {}, yours {}", shape(&ours.shape), shape(&theirs.shape)),
            hints: Vec::new(),
        };
    }
    let (difference, at) = ours.difference(theirs);
    let said = if difference <= tolerance {
        format!("shape {}", shape(&ours.shape))
    } else {
        format!(
            "shape {}; at {:?} ours is {}, yours {}",
            shape(&ours.shape),
            ours.place(at),
            ours.values[at],
            theirs.values[at]
        )
    };
    Stage { name, difference: Some(difference), tolerance, said, hints: Vec::new() }
}
