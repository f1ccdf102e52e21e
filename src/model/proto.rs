//! What an ONNX file claims, held against its bytes before anything is made of it; runs nothing.
//!
//! The engine believes the shapes of weights, so one that lies would have it read beyond them.

use tract_onnx::pb::{AttributeProto, GraphProto, ModelProto, TensorProto, tensor_proto::DataType};
use tract_onnx::prelude::Framework;

use super::error::ModelError;
use super::tensor::shape;

/// Most operations of a network, its inner graphs included.
const MOST_NODES: usize = 100_000;
/// `TensorProto.DataLocation.EXTERNAL`.
const EXTERNAL: i32 = 1;

/// Reads the file.
pub(super) fn read(mut bytes: &[u8]) -> Result<ModelProto, ModelError> {
    let none = |_| {
        ModelError::Onnx(
            "it is no ONNX file, or is damaged: export the network again with torch.onnx.export"
                .to_owned(),
        )
    };
    let model = tract_onnx::onnx().proto_model_for_read(&mut bytes).map_err(none)?;
    let Some(graph) = &model.graph else {
        return Err(ModelError::Onnx("it holds no network".to_owned()));
    };
    let mut nodes = 0;
    check(graph, &mut nodes)?;
    Ok(model)
}

/// Names of the graph's inputs that are no weights.
pub(super) fn inputs(graph: &GraphProto) -> Vec<&str> {
    let is_weight = |name: &str| graph.initializer.iter().any(|weight| weight.name == name);
    let names = graph.input.iter().map(|input| input.name.as_str());
    names.filter(|name| !is_weight(name)).collect()
}

fn check(graph: &GraphProto, nodes: &mut usize) -> Result<(), ModelError> {
    *nodes += graph.node.len();
    if *nodes > MOST_NODES {
        return Err(ModelError::Onnx(format!("it has more than {MOST_NODES} operations")));
    }
    if !graph.sparse_initializer.is_empty() {
        return Err(ModelError::Onnx("sparse weights are not taken: export dense ones".to_owned()));
    }
    graph.initializer.iter().try_for_each(check_weight)?;
    graph.node.iter().flat_map(|node| &node.attribute).try_for_each(|it| check_attribute(it, nodes))
}

fn check_attribute(attribute: &AttributeProto, nodes: &mut usize) -> Result<(), ModelError> {
    attribute.t.iter().chain(&attribute.tensors).try_for_each(check_weight)?;
    attribute.g.iter().chain(&attribute.graphs).try_for_each(|graph| check(graph, nodes))
}

/// The bytes of a weight are those that its shape and type need.
fn check_weight(weight: &TensorProto) -> Result<(), ModelError> {
    let name: String = weight.name.chars().take(60).flat_map(char::escape_debug).collect();
    if weight.data_location == Some(EXTERNAL) {
        return Err(ModelError::Onnx(format!(
            "the weight `{name}` is in another file: export the network with all weights in one \
             (torch.onnx.export(…, external_data=False))"
        )));
    }
    let Some(bytes) = width(weight.data_type) else {
        let kind = weight.data_type;
        return Err(ModelError::Onnx(format!(
            "the weight `{name}` is of type {kind}, which is not run"
        )));
    };
    let lengths: Option<Vec<usize>> =
        weight.dims.iter().map(|&length| usize::try_from(length).ok()).collect();
    let count = lengths.as_ref().and_then(|lengths| {
        lengths.iter().try_fold(1_usize, |all, &length| all.checked_mul(length))
    });
    let found = if weight.raw_data.is_empty() {
        // Complex numbers and halves share fields; of those of one type exactly one is filled.
        [
            weight.float_data.len(),
            weight.double_data.len(),
            weight.int32_data.len(),
            weight.int64_data.len(),
            weight.uint64_data.len(),
            weight.string_data.len(),
        ]
        .into_iter()
        .sum()
    } else if weight.raw_data.len().is_multiple_of(bytes) {
        weight.raw_data.len() / bytes
    } else {
        usize::MAX
    };
    if count == Some(found) {
        return Ok(());
    }
    let claimed = lengths.map_or_else(|| "below 0".to_owned(), |lengths| shape(&lengths));
    Err(ModelError::Onnx(format!(
        "the weight `{name}` claims the shape {claimed}, and the file does not hold as many \
         numbers: it is damaged, export it again"
    )))
}

/// Bytes of a number.
fn width(kind: i32) -> Option<usize> {
    Some(match DataType::try_from(kind).ok()? {
        DataType::Bool | DataType::Uint8 | DataType::Int8 => 1,
        DataType::Uint16 | DataType::Int16 | DataType::Float16 => 2,
        DataType::Uint32 | DataType::Int32 | DataType::Float => 4,
        DataType::Uint64 | DataType::Int64 | DataType::Double => 8,
        // Its bytes are in string_data.
        DataType::String => 1,
        _ => return None,
    })
}
