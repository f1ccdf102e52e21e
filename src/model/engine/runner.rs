//! What an engine is given and does.

use tract_onnx::pb::ModelProto;

use crate::model::error::ModelError;
use crate::model::tensor::Tensor;

/// Letters of an engine's messages that are shown.
const MOST_LETTERS: usize = 300;

/// What an engine does with a network.
pub(super) trait Runner: Send + Sync {
    /// Its name and version: outputs are identical for one such text, on one machine.
    fn name(&self) -> String;

    /// Makes the network ready for inputs of a shape.
    fn make_ready(&self, shape: &[usize]) -> Result<(), ModelError>;

    /// The outputs that were asked for, in that order.
    fn run(&self, input: &Tensor) -> Result<Vec<Tensor>, ModelError>;
}

/// What an engine needs of a network.
#[cfg_attr(not(feature = "ort"), expect(dead_code, reason = "tract takes what is read already"))]
pub(super) struct Wanted<'a> {
    /// The file.
    pub(super) bytes: &'a [u8],
    /// The same, read and held against its bytes.
    pub(super) model: ModelProto,
    /// Name of the only input that is no weight.
    pub(super) input: String,
    /// Places and names of the outputs.
    pub(super) outputs: Vec<(usize, String)>,
}

/// An engine's reason, with its causes, on one line.
pub(super) fn cannot_be_run(reason: &str) -> ModelError {
    ModelError::Onnx(format!("it cannot be run ({})", shown(reason)))
}

pub(super) fn shown(message: &str) -> String {
    let letters = message.chars().count();
    let mut shown: String =
        message.chars().take(MOST_LETTERS).flat_map(char::escape_debug).collect();
    if letters > MOST_LETTERS {
        shown.push('…');
    }
    shown
}
