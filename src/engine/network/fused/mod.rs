//! The fused layers: hand-written layers with hand-written gradients over kernels chosen at run
//! time, for graphs that are a chain of 3×3 convolution blocks and dense layers. Other graphs are
//! for `candle`, which this knows nothing of.
//!
//! Inside, images lie as `[batch, row, column, channel]`. Same seed, recipe and regions give the
//! same network, bit for bit, with any number of threads, for one kernel; AVX-512 and AVX2 agree.
//! What was tried, and what it brought, is in `docs/performance.md`.

mod convolution;
mod dense;
mod kernel;
mod layers;
mod layout;
mod learner;
mod loss;
mod optimiser;
pub mod probe;
mod rater;
mod scan;
mod slopes;
mod stack;
#[cfg(test)]
mod tests;
mod workspace;

pub(super) use self::layout::Layout;
pub use self::layout::runs_fused;
pub(super) use self::learner::FusedLearner;
#[cfg(test)]
pub(super) use self::optimiser::orthogonalised;
pub(super) use self::rater::FusedRater;
pub(super) use self::scan::FusedScan;
pub(super) use self::slopes::FusedSlopes;
