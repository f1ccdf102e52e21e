//! Users' networks: ONNX files with a description of what they take and give, run on images and
//! compared with the answers that their owners have; trains nothing and knows no codec.
//!
//! ```text
//! model.toml ─parse→ ModelFile   image ─prepare→ Tensor ─Network::run→ Outputs ─answer→ Answer
//! ```
//!
//! The steps of [`Input`] have one order, whatever the order of keys in the file.

mod answer;
mod check;
mod engine;
mod error;
mod example;
mod file;
mod foreign;
mod hint;
mod kernel;
mod prepare;
mod proto;
mod raw;
mod tensor;

pub use answer::Answer;
pub use check::{CheckRecord, Comparison, Stage, check};
pub use engine::{Network, Outputs};
pub use error::ModelError;
pub use example::Example;
pub use file::{Input, ModelFile, Output, Padding, Resize, ResizeTo};
pub use foreign::{Foreign, import};
pub use kernel::Kernel;
pub use prepare::{Picture, Prepared};
pub use raw::{Activation, Engine, Layout, ModelTask, Standard, Values};
pub use tensor::Tensor;
