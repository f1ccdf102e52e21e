//! The engine in Rust, which is always there: one version of the network for each shape of its input.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::{
    Datum, DatumType, Framework, InferenceFact, InferenceModelExt, IntoRunnable, TypedSimplePlan,
    tvec,
};

use super::runner::{Runner, Wanted, cannot_be_run, shown};
use crate::model::error::ModelError;
use crate::model::tensor::Tensor;

/// The engine and its version, as in `Cargo.lock`.
const NAME: &str = "tract 0.23.9";
/// Most bytes of one array within a network.
const MOST_BYTES: usize = 4 << 30;
/// Most sizes of inputs for which a network is kept ready.
const MOST_PLANS: usize = 8;

/// A network for one size of input.
type Plan = Arc<TypedSimplePlan>;

pub(super) struct Tract {
    model: ModelProto,
    outputs: Vec<usize>,
    /// By the shape of the input.
    plans: Mutex<BTreeMap<Vec<usize>, Plan>>,
}

impl Tract {
    pub(super) fn new(wanted: Wanted<'_>) -> Self {
        let outputs = wanted.outputs.into_iter().map(|(place, _)| place).collect();
        Self { model: wanted.model, outputs, plans: Mutex::default() }
    }

    fn plan(&self, input: &[usize]) -> Result<Plan, ModelError> {
        // A thread that panicked here has changed nothing.
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(plan) = plans.get(input) {
            return Ok(Arc::clone(plan));
        }
        let plan = plan(&self.model, &self.outputs, input)?;
        if plans.len() >= MOST_PLANS {
            plans.pop_first();
        }
        plans.insert(input.to_vec(), Arc::clone(&plan));
        Ok(plan)
    }
}

impl Runner for Tract {
    fn name(&self) -> String {
        NAME.to_owned()
    }

    fn make_ready(&self, shape: &[usize]) -> Result<(), ModelError> {
        self.plan(shape).map(drop)
    }

    fn run(&self, input: &Tensor) -> Result<Vec<Tensor>, ModelError> {
        let plan = self.plan(&input.shape)?;
        let given = tract_onnx::prelude::Tensor::from_shape(&input.shape, &input.values);
        let outputs = plan.run(tvec!(given.map_err(wrong)?.into())).map_err(wrong)?;
        let tensor = |output: &tract_onnx::prelude::Tensor| {
            let numbers = output.cast_to_dt(DatumType::F32).map_err(wrong)?;
            let view = numbers.to_plain_array_view::<f32>().map_err(wrong)?;
            Ok(Tensor { shape: output.shape().to_vec(), values: view.iter().copied().collect() })
        };
        outputs.iter().map(|output| tensor(output)).collect()
    }
}

fn plan(model: &ModelProto, outputs: &[usize], input: &[usize]) -> Result<Plan, ModelError> {
    let onnx = tract_onnx::onnx().with_ignore_output_shapes(true).with_ignore_value_info(true);
    let mut model = onnx.model_for_proto_model(model).map_err(wrong)?;
    let fact = InferenceFact::dt_shape(f32::datum_type(), input);
    model.set_input_fact(0, fact).map_err(wrong)?;
    let outlets = model.output_outlets().map_err(wrong)?;
    let outlets: Option<Vec<_>> = outputs.iter().map(|&at| outlets.get(at).copied()).collect();
    let Some(outlets) = outlets else {
        return Err(ModelError::Onnx("the network gives nothing".to_owned()));
    };
    model.select_output_outlets(&outlets).map_err(wrong)?;
    let model = model.into_optimized().map_err(wrong)?;
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
    model.into_runnable().map_err(wrong)
}

fn wrong(error: impl fmt::Display) -> ModelError {
    // With its causes; its other form looks up the names of a whole backtrace.
    match cannot_be_run(&format!("{error:#}")) {
        ModelError::Onnx(said) => ModelError::Onnx(format!(
            "{said}; engine = \"onnxruntime\" in the model file may run it"
        )),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::NAME;

    #[test]
    fn the_engine_is_that_of_the_lock_file() {
        let lock = include_str!("../../../Cargo.lock");
        let package = lock.split("[[package]]").find(|it| it.contains("name = \"tract-onnx\"\n"));
        let version = package.and_then(|it| it.split("version = \"").nth(1)?.split('"').next());
        assert_eq!(version.map(|version| format!("tract {version}")).as_deref(), Some(NAME));
    }
}
