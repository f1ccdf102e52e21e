//! Networks: graphs of layers, recipes, training, prediction, slopes and the file form; knows no
//! codec, no path and no study.
//!
//! On the ground stand `architecture`, `recipe` and the values of a network. Two backends on them
//! know nothing of each other, and both run any graph: `fused`, hand-written layers over kernels
//! that are chosen at run time, and `candle`, with candle's ops on the processor or, with feature
//! and kernel `cuda`, on a GPU, with no promise of equal bits. `backend` chooses, and training,
//! prediction and saliency stand above it. What was tried, and what it brought, is in
//! `docs/performance.md`.

mod architecture;
mod backend;
mod candle;
mod error;
mod execution;
mod fused;
mod input;
mod learner;
mod loss;
mod model;
mod optimiser;
mod parameters;
mod persistence;
mod prediction;
mod recipe;
mod saliency;
mod schedule;
mod snapshot;
mod summary;
mod symmetry;
#[cfg(test)]
mod tests;
mod training;
mod transfer;

pub use self::architecture::{
    Architecture, ArchitectureError, INPUT, Interpolation, Layer, NamedWidth, Operation, PRESETS,
    Parameter, ParameterKind, Preset, Shape, Width, Window,
};
pub use self::candle::{average_pool, max_pool, upsample_bilinear, upsample_nearest};
pub use self::error::NetworkError;
pub use self::execution::{Execution, Kernel, UnknownKernel};
#[doc(hidden)]
pub use self::fused::probe;
pub use self::input::Normalisation;
pub use self::model::Network;
pub use self::optimiser::{Adamw, Muon, Optimiser};
pub use self::prediction::{ImageRating, decisions};
pub use self::recipe::{Recipe, RecipeError};
pub use self::schedule::Schedule;
pub use self::summary::{Epoch, Summary};
pub use self::training::{Silent, Watch, train, train_from, train_transferred};
