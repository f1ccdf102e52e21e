//! Runs networks of ONNX files, with `tract`; knows no image.
//!
//! Two runs give equal bits, on any number of threads: each run is on the calling thread alone.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::{
    Datum, DatumType, Framework, InferenceFact, InferenceModelExt, IntoRunnable, TypedSimplePlan,
    tvec,
};

use super::error::ModelError;
use super::file::ModelFile;
use super::proto;
use super::tensor::Tensor;

/// The engine and its version, as in `Cargo.lock`: outputs are identical for one such text.
pub const ENGINE: &str = "tract 0.23.9";
/// Most bytes of one array within a network.
const MOST_BYTES: usize = 4 << 30;
/// Most sizes of inputs for which a network is kept ready.
const MOST_PLANS: usize = 8;
/// Letters of the engine's messages that are shown.
const MOST_LETTERS: usize = 300;

/// A network for one size of input.
type Plan = Arc<TypedSimplePlan>;

/// A network that can be run, on several threads at once.
pub struct Network {
    model: ModelProto,
    /// Place of the input among those of the graph that are no weights: the only one.
    input: String,
    output: usize,
    /// By the shape of the input.
    plans: Mutex<BTreeMap<Vec<usize>, Plan>>,
}

impl fmt::Debug for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Network").field("input", &self.input).finish_non_exhaustive()
    }
}

impl Network {
    /// Reads an ONNX file; input and output are those that the model file names.
    ///
    /// # Errors
    /// If the file is damaged, claims what it does not hold, or has no such input or output.
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
        let outputs: Vec<&str> = graph.output.iter().map(|it| it.name.as_str()).collect();
        let output = chosen("output", &outputs, file.output.name.as_deref())?;
        let input = inputs[input].to_owned();
        Ok(Self { model, input, output, plans: Mutex::default() })
    }

    /// Runs the network on an input of any shape.
    ///
    /// # Errors
    /// If the network has an operation that the engine does not, does not take this shape, or gives
    /// no numbers.
    pub fn run(&self, input: &Tensor) -> Result<Tensor, ModelError> {
        let plan = self.plan(&input.shape)?;
        guarded(|| run(&plan, input))?
    }

    /// The network for a shape, made ready before its first run.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn make_ready(&self, input: &[usize]) -> Result<(), ModelError> {
        self.plan(input).map(drop)
    }

    fn plan(&self, input: &[usize]) -> Result<Plan, ModelError> {
        // A thread that panicked here has changed nothing.
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(plan) = plans.get(input) {
            return Ok(Arc::clone(plan));
        }
        let plan = guarded(|| plan(&self.model, self.output, input))??;
        if plans.len() >= MOST_PLANS {
            plans.pop_first();
        }
        plans.insert(input.to_vec(), Arc::clone(&plan));
        Ok(plan)
    }
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

fn plan(model: &ModelProto, output: usize, input: &[usize]) -> Result<Plan, ModelError> {
    let onnx = tract_onnx::onnx().with_ignore_output_shapes(true).with_ignore_value_info(true);
    let mut model = onnx.model_for_proto_model(model).map_err(engine_error)?;
    let fact = InferenceFact::dt_shape(f32::datum_type(), input);
    model.set_input_fact(0, fact).map_err(engine_error)?;
    let outlets = model.output_outlets().map_err(engine_error)?;
    let Some(&outlet) = outlets.get(output) else {
        return Err(ModelError::Onnx("the network gives nothing".to_owned()));
    };
    model.select_output_outlets(&[outlet]).map_err(engine_error)?;
    let model = model.into_optimized().map_err(engine_error)?;
    for node in &model.nodes {
        for output in &node.outputs {
            let Some(lengths) = output.fact.shape.as_concrete() else { continue };
            let width = output.fact.datum_type.size_of();
            let bytes = lengths.iter().try_fold(width, |all, &length| all.checked_mul(length));
            if bytes.is_none_or(|bytes| bytes > MOST_BYTES) {
                return Err(ModelError::Onnx(format!(
                    "the operation `{}` gives an array of more than 4 GiB for this input",
                    shown(&node.name)
                )));
            }
        }
    }
    model.into_runnable().map_err(engine_error)
}

fn run(plan: &Plan, input: &Tensor) -> Result<Tensor, ModelError> {
    let given = tract_onnx::prelude::Tensor::from_shape(&input.shape, &input.values);
    let outputs = plan.run(tvec!(given.map_err(engine_error)?.into())).map_err(engine_error)?;
    let Some(output) = outputs.first() else {
        return Err(ModelError::Onnx("the network gives nothing".to_owned()));
    };
    let numbers = output.cast_to_dt(DatumType::F32).map_err(engine_error)?;
    let view = numbers.to_plain_array_view::<f32>().map_err(engine_error)?;
    Ok(Tensor { shape: output.shape().to_vec(), values: view.iter().copied().collect() })
}

/// The engine panics on some damaged networks.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, ModelError> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|cause| {
        let said = cause
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| cause.downcast_ref::<&str>().copied())
            .unwrap_or("without a reason");
        ModelError::Onnx(format!("it cannot be run ({})", shown(said)))
    })
}

fn engine_error(error: impl fmt::Display) -> ModelError {
    // With its causes, on one line; its other form looks up the names of a whole backtrace.
    ModelError::Onnx(format!("it cannot be run ({})", shown(&format!("{error:#}"))))
}

fn shown(message: &str) -> String {
    let letters = message.chars().count();
    let mut shown: String =
        message.chars().take(MOST_LETTERS).flat_map(char::escape_debug).collect();
    if letters > MOST_LETTERS {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::ENGINE;

    #[test]
    fn the_engine_is_that_of_the_lock_file() {
        let lock = include_str!("../../Cargo.lock");
        let package = lock.split("[[package]]").find(|it| it.contains("name = \"tract-onnx\"\n"));
        let version = package.and_then(|it| it.split("version = \"").nth(1)?.split('"').next());
        assert_eq!(version.map(|version| format!("tract {version}")).as_deref(), Some(ENGINE));
    }
}
