//! Runs networks of ONNX files; knows no image.
//!
//! Two runs on one machine give equal bits, on any number of threads: each run is on the calling thread
//! alone. An engine is one file here and one name of [`Engine`].

#[cfg(feature = "ort")]
mod onnxruntime;
mod runner;
mod tract;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tract_onnx::pb::{GraphProto, type_proto};

use self::runner::{Runner, Wanted, cannot_be_run};
use super::error::ModelError;
use super::file::ModelFile;
use super::proto;
use super::raw::Engine;
use super::tensor::Tensor;

/// A network that can be run, on several threads at once.
pub struct Network {
    runner: Box<dyn Runner>,
    /// Whether the input has no axis of images, as those of torchvision's detectors.
    without_images: bool,
}

/// What a network says of an input.
#[derive(Debug, Clone, PartialEq)]
pub struct Outputs {
    /// The output of the model file.
    pub numbers: Tensor,
    /// Class of each box, where the model file names an output of them.
    pub labels: Option<Tensor>,
}

impl fmt::Debug for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Network").field("engine", &self.engine()).finish_non_exhaustive()
    }
}

impl Network {
    /// Reads an ONNX file; engine, input and output are those that the model file names.
    ///
    /// # Errors
    /// If the file is damaged, claims what it does not hold, or has no such input or output, or the
    /// engine is not there.
    pub fn read(bytes: &[u8], file: &ModelFile) -> Result<Self, ModelError> {
        let model = guarded(|| proto::read(bytes))??;
        let graph =
            model.graph.as_ref().ok_or_else(|| ModelError::Onnx("no network".to_owned()))?;
        let inputs = proto::inputs(graph);
        let input = chosen("input", &inputs, file.input.name.as_deref())?;
        if inputs.len() > 1 {
            return Err(ModelError::Onnx(format!(
                "the network takes {} inputs ({}), not one image",
                inputs.len(),
                listed(&inputs)
            )));
        }
        let input = inputs[input].to_owned();
        let names: Vec<&str> = graph.output.iter().map(|it| it.name.as_str()).collect();
        let mut outputs = vec![chosen("output", &names, file.output.name.as_deref())?];
        if let Some(labels) = file.output.labels.as_deref() {
            outputs.push(chosen("output", &names, Some(labels))?);
        }
        let outputs = outputs.into_iter().map(|at| (at, names[at].to_owned())).collect();
        let without_images = axes(graph, &input) == Some(3);
        let wanted = Wanted { bytes, input, outputs, model };
        let runner: Box<dyn Runner> = match file.engine {
            Engine::Tract => Box::new(tract::Tract::new(wanted)),
            #[cfg(feature = "ort")]
            Engine::OnnxRuntime => Box::new(onnxruntime::OnnxRuntime::new(wanted)?),
            #[cfg(not(feature = "ort"))]
            Engine::OnnxRuntime => {
                return Err(ModelError::Engine(
                    "engine = \"onnxruntime\" needs a program that was built with it: cargo build \
                     --release --features ort"
                        .to_owned(),
                ));
            }
        };
        Ok(Self { runner, without_images })
    }

    /// The engine and its version: outputs are identical for one such text, on one machine.
    #[must_use]
    pub fn engine(&self) -> String {
        self.runner.name()
    }

    /// Runs the network on an input of any shape.
    ///
    /// # Errors
    /// If the network has an operation that the engine does not, does not take this shape, or gives
    /// no numbers.
    pub fn run(&self, input: &Tensor) -> Result<Outputs, ModelError> {
        let shape = self.shape(&input.shape);
        let outputs = if shape == input.shape {
            guarded(|| self.runner.run(input))??
        } else {
            let input = Tensor { shape: shape.to_vec(), values: input.values.clone() };
            guarded(|| self.runner.run(&input))??
        };
        let mut outputs = outputs.into_iter();
        let none = || ModelError::Onnx("the network gives nothing".to_owned());
        Ok(Outputs { numbers: outputs.next().ok_or_else(none)?, labels: outputs.next() })
    }

    /// Makes the network ready for inputs of a shape, before its first run.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn make_ready(&self, input: &[usize]) -> Result<(), ModelError> {
        guarded(|| self.runner.make_ready(self.shape(input)))?
    }

    /// The shape without the axis of images, where the network has none.
    fn shape<'a>(&self, input: &'a [usize]) -> &'a [usize] {
        input.strip_prefix(&[1]).filter(|it| self.without_images && it.len() == 3).unwrap_or(input)
    }
}

/// Axes of an input, where the file states them.
fn axes(graph: &GraphProto, input: &str) -> Option<usize> {
    let kind = graph.input.iter().find(|it| it.name == input)?.r#type.as_ref()?.value.as_ref()?;
    let type_proto::Value::TensorType(tensor) = kind;
    tensor.shape.as_ref().map(|it| it.dim.len())
}

/// The place of a name, or of the only one there is.
fn chosen(what: &str, names: &[&str], asked: Option<&str>) -> Result<usize, ModelError> {
    let fault = |message: String| Err(ModelError::Onnx(message));
    match asked {
        Some(asked) => match names.iter().position(|name| *name == asked) {
            Some(place) => Ok(place),
            None => fault(format!("there is no {what} `{asked}`, but {}", listed(names))),
        },
        None if names.len() == 1 => Ok(0),
        None if names.is_empty() => fault(format!("the network has no {what}")),
        None => fault(format!(
            "there are {} {what}s: say which with `name` in [{what}]: {}",
            names.len(),
            listed(names)
        )),
    }
}

fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(12).map(|name| {
        let name: String = name.chars().take(60).flat_map(char::escape_debug).collect();
        format!("`{name}`")
    });
    shown.collect::<Vec<String>>().join(", ")
}

/// Engines panic on some damaged networks.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, ModelError> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|cause| {
        let said = cause
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| cause.downcast_ref::<&str>().copied())
            .unwrap_or("without a reason");
        cannot_be_run(said)
    })
}
