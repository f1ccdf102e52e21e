//! Graphs of layers as data: shapes, parameters, cost and named presets; knows no weight, no kernel
//! and nothing else of `network`.
//!
//! In files:
//!
//! ```toml
//! side = 32
//! classes = 6
//!
//! [[layers]]
//! name = "conv1"
//! inputs = ["input"]
//! operation = { convolution = { channels = 16, size = 3, bias = false } }
//!
//! [[layers]]
//! name = "norm1"
//! inputs = ["conv1"]
//! operation = "batch_norm"
//!
//! # …
//!
//! [[layers]]
//! name = "output"
//! inputs = ["hidden_relu"]
//! operation = { dense = { outputs = "classes" } }
//! ```

mod error;
mod graph;
mod layer;
mod preset;
mod shape;

pub use self::error::ArchitectureError;
pub use self::graph::{Architecture, INPUT, Parameter, ParameterKind};
pub use self::layer::{Interpolation, Layer, NamedWidth, Operation, Width};
pub use self::preset::{PRESETS, Preset};
pub use self::shape::Shape;
