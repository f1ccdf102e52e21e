//! Networks as safetensors bytes; knows no path.
//!
//! Besides the tensors there is one metadata entry, `phantom_limit`, a JSON text with sorted
//! keys: safetensors keeps metadata in a hash map, and the bytes of one network must always be
//! the same. It holds the graph; tensors are called after its layers: parameters as
//! [`Architecture::parameters`] says, and running statistics of batch norms `LAYER.mean` and
//! `LAYER.variance`, `[channels]`.

use std::collections::{BTreeMap, HashMap};

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde::{Deserialize, Serialize};

use super::architecture::{Architecture, ArchitectureError};
use super::error::NetworkError;
use super::execution::Kernel;
use super::input::Normalisation;
use super::model::Network;
use super::parameters::{Parameters, Running};
use super::summary::Summary;
use crate::image::BLOCK;

const KEY: &str = "phantom_limit";
/// 1 held one layout of blocks, 2 holds graphs.
const FORMAT: u32 = 2;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Metadata {
    format: u32,
    architecture: Architecture,
    normalisation: Normalisation,
    kernel: Kernel,
    symmetric_prediction: bool,
    summary: Summary,
    provenance: BTreeMap<String, String>,
}

fn damaged(what: impl ToString) -> NetworkError {
    NetworkError::Damaged(what.to_string())
}

/// What stands in the metadata of every format.
#[derive(Deserialize)]
struct Header {
    format: u32,
}

/// Names and shapes of all stored tensors: parameters, then running statistics.
fn layout(architecture: &Architecture) -> Result<Vec<(String, Vec<usize>)>, ArchitectureError> {
    let parameters = architecture.parameters()?;
    let mut names: Vec<_> =
        parameters.into_iter().map(|parameter| (parameter.name, parameter.shape)).collect();
    for (name, channels) in architecture.norms()? {
        for what in ["mean", "variance"] {
            names.push((format!("{name}.{what}"), vec![channels]));
        }
    }
    Ok(names)
}

impl Network {
    /// One safetensors file: weights, running statistics, and as metadata the architecture,
    /// normalisation, kernel, prediction symmetry, summary and the caller's `provenance`. The
    /// same network and provenance give the same bytes.
    #[must_use]
    pub fn to_bytes(&self, provenance: &BTreeMap<String, String>) -> Vec<u8> {
        let metadata = Metadata {
            format: FORMAT,
            architecture: self.architecture.clone(),
            normalisation: self.normalisation.clone(),
            kernel: self.kernel,
            symmetric_prediction: self.symmetric_prediction,
            summary: self.summary.clone(),
            provenance: provenance.clone(),
        };
        let metadata = serde_json::to_string(&metadata).expect("plain structs become JSON");
        let Parameters { values, running } = &self.parameters;
        let running = running.iter().flat_map(|running| [&running.mean, &running.variance]);
        let bytes: Vec<Vec<u8>> = (values.iter().chain(running))
            .map(|values| values.iter().flat_map(|value| value.to_le_bytes()).collect())
            .collect();
        let layout = layout(&self.architecture).expect("a network's architecture was checked");
        let mut tensors = Vec::new();
        for ((name, shape), bytes) in layout.into_iter().zip(&bytes) {
            let view = TensorView::new(Dtype::F32, shape, bytes);
            tensors.push((name, view.expect("parameters have the architecture's shapes")));
        }
        let metadata = HashMap::from([(KEY.to_owned(), metadata)]);
        serialize(tensors, Some(metadata)).expect("names are unique and the header is small")
    }

    /// The network of `bytes` and its provenance.
    ///
    /// # Errors
    /// `Format` for a file of an earlier or later version, `Damaged` for anything else that `to_bytes`
    /// did not write.
    pub fn from_bytes(bytes: &[u8]) -> Result<(Self, BTreeMap<String, String>), NetworkError> {
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
        let text = header.metadata().as_ref().and_then(|entries| entries.get(KEY));
        let text = text.ok_or_else(|| damaged(format!("no metadata entry {KEY:?}")))?;
        let Header { format } = serde_json::from_str(text).map_err(damaged)?;
        if format != FORMAT {
            return Err(NetworkError::Format { found: format, expected: FORMAT });
        }
        let metadata: Metadata = serde_json::from_str(text).map_err(damaged)?;
        let layout = layout(&metadata.architecture).map_err(damaged)?;
        let Normalisation { mean, deviation } = &metadata.normalisation;
        let values = if metadata.architecture.domain.is_pixels() { 1 } else { BLOCK * BLOCK };
        if [mean.len(), deviation.len()] != [values; 2] {
            return Err(damaged(format!("a normalisation of other than {values} values")));
        }
        let tensors = SafeTensors::deserialize(bytes).map_err(damaged)?;
        if tensors.len() != layout.len() {
            let (found, expected) = (tensors.len(), layout.len());
            return Err(damaged(format!("{found} tensors, expected {expected}")));
        }
        let mut all = Vec::with_capacity(layout.len());
        for (name, shape) in layout {
            let tensor = tensors.tensor(&name).map_err(damaged)?;
            if tensor.dtype() != Dtype::F32 || tensor.shape() != shape {
                let found = (tensor.dtype(), tensor.shape());
                return Err(damaged(format!("{name} is {found:?}, expected F32 {shape:?}")));
            }
            let (values, _) = tensor.data().as_chunks::<4>();
            all.push(values.iter().map(|&value| f32::from_le_bytes(value)).collect());
        }
        let parameters = metadata.architecture.parameters().map_err(damaged)?.len();
        let statistics: Vec<Vec<f32>> = all.split_off(parameters);
        let running = statistics
            .chunks_exact(2)
            .map(|pair| Running { mean: pair[0].clone(), variance: pair[1].clone() });
        let parameters = Parameters { running: running.collect(), values: all };
        let Metadata {
            architecture,
            normalisation,
            kernel,
            symmetric_prediction,
            summary,
            provenance,
            ..
        } = metadata;
        let network =
            Self { architecture, normalisation, kernel, symmetric_prediction, summary, parameters };
        Ok((network, provenance))
    }
}
