//! Networks as safetensors bytes; knows no path.
//!
//! Besides the tensors there is one metadata entry, `phantom_limit`, a JSON text with sorted
//! keys: safetensors keeps metadata in a hash map, and the bytes of one network must always be
//! the same. Weights of convolutions are `[3, 3, inputs, channels]`, affine parameters
//! `[2, channels]` (γ, β) of blocks with a batch norm, biases `[channels]` of those without,
//! dense weights `[inputs, outputs]`.

use std::collections::{BTreeMap, HashMap};

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde::{Deserialize, Serialize};

use super::architecture::{Architecture, Block};
use super::kernel::Kernel;
use super::stack::Running;
use super::{Network, NetworkError, Normalisation, Summary};

const KEY: &str = "phantom_limit";
const FORMAT: u32 = 1;

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

/// Names and shapes of all stored tensors: parameters, then running statistics.
fn layout(architecture: &Architecture) -> Vec<(String, Vec<usize>)> {
    let mut names = architecture.parameters();
    for (number, block) in architecture.blocks.iter().enumerate().filter(|(_, b)| b.norm) {
        for what in ["mean", "variance"] {
            names.push((format!("blocks.{number}.{what}"), vec![block.channels]));
        }
    }
    names
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
            normalisation: self.normalisation,
            kernel: self.kernel,
            symmetric_prediction: self.symmetric_prediction,
            summary: self.summary.clone(),
            provenance: provenance.clone(),
        };
        let metadata = serde_json::to_string(&metadata).expect("plain structs become JSON");
        let blocks = self.architecture.blocks.iter().zip(&self.running);
        let normed = blocks.filter_map(|(block, running)| block.norm.then_some(running));
        let running = normed.flat_map(|r| [&r.mean, &r.variance]);
        let bytes: Vec<Vec<u8>> = (self.parameters.iter().chain(running))
            .map(|values| values.iter().flat_map(|value| value.to_le_bytes()).collect())
            .collect();
        let mut tensors = Vec::new();
        for ((name, shape), bytes) in layout(&self.architecture).into_iter().zip(&bytes) {
            let view = TensorView::new(Dtype::F32, shape, bytes);
            tensors.push((name, view.expect("parameters have the architecture's shapes")));
        }
        let metadata = HashMap::from([(KEY.to_owned(), metadata)]);
        serialize(tensors, Some(metadata)).expect("names are unique and the header is small")
    }

    /// The network of `bytes` and its provenance.
    ///
    /// # Errors
    /// `Damaged` for anything that `to_bytes` did not write.
    pub fn from_bytes(bytes: &[u8]) -> Result<(Self, BTreeMap<String, String>), NetworkError> {
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
        let text = header.metadata().as_ref().and_then(|entries| entries.get(KEY));
        let text = text.ok_or_else(|| damaged(format!("no metadata entry {KEY:?}")))?;
        let metadata: Metadata = serde_json::from_str(text).map_err(damaged)?;
        if metadata.format != FORMAT {
            return Err(damaged(format!("format {}, expected {FORMAT}", metadata.format)));
        }
        metadata.architecture.check().map_err(damaged)?;
        let tensors = SafeTensors::deserialize(bytes).map_err(damaged)?;
        let layout = layout(&metadata.architecture);
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
        let blocks = &metadata.architecture.blocks;
        let normed = blocks.iter().filter(|block| block.norm).count();
        let mut statistics = all.split_off(all.len() - 2 * normed).into_iter();
        // The layout, checked above, holds two for each.
        let mut statistic = || statistics.next().unwrap_or_default();
        let of_block = |block: &Block| match block.norm {
            true => Running { mean: statistic(), variance: statistic() },
            false => Running::new(block.channels),
        };
        let running = blocks.iter().map(of_block).collect();
        let Metadata {
            architecture,
            normalisation,
            kernel,
            symmetric_prediction,
            summary,
            provenance,
            ..
        } = metadata;
        let network = Self {
            architecture,
            normalisation,
            kernel,
            symmetric_prediction,
            summary,
            parameters: all,
            running,
        };
        Ok((network, provenance))
    }
}
