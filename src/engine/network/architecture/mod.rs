//! Graphs of layers as data: shapes, parameters, cost and named presets; knows no weight, no kernel
//! and nothing else of `network`.

mod error;
mod graph;
mod halo;
mod image;
mod layer;
mod preset;
mod shape;

pub use self::error::ArchitectureError;
pub use self::graph::{Architecture, INPUT, Parameter, ParameterKind};
pub use self::halo::Window;
pub(crate) use self::image::ImageExtent;
pub use self::layer::{Interpolation, Layer, NamedWidth, Operation, Width};
pub use self::preset::{PRESETS, Preset};
pub use self::shape::Shape;
