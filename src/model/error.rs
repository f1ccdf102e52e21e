//! Why a model cannot be used, by cause.

use thiserror::Error;

/// Why a model cannot be used.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModelError {
    /// A description is not what is expected.
    #[error("{file}:{line}:{column}: {message}")]
    Description {
        /// Name of the file.
        file: String,
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault in characters, from 1.
        column: usize,
        /// What was found, what is expected, and what to do.
        message: String,
    },
    /// The description of another program cannot be read.
    #[error("{file}: {message}")]
    Foreign {
        /// Name of the file.
        file: String,
        /// What is wrong, and what to do.
        message: String,
    },
    /// The ONNX file cannot be run.
    #[error("the ONNX file: {0}")]
    Onnx(String),
    /// The engine that the model file asks for is not there.
    #[error("{0}")]
    Engine(String),
    /// An image is not what the model takes.
    #[error("{0}")]
    Image(String),
    /// What the network gives is not what its description says.
    #[error("the network's output: {0}")]
    Output(String),
    /// The example is not in the form of the book's chapter on own models.
    #[error("the example: {0}")]
    Example(String),
}
