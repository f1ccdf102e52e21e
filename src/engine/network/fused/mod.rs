//! The fused layers: hand-written layers with hand-written gradients over kernels chosen at run
//! time, for any graph. A graph becomes a `plan` of units, each a step with the affine step, ReLU
//! and pool behind it, that run `forward` and `backward` over a batch.
//!
//! The map of a unit is stored once, before its affine step, and with a pool also the extreme of
//! each window. Whatever reads it applies affine step and ReLU while it reads, so the activated map
//! seldom exists; in the backward pass the sums that a batch norm needs are taken while the gradient
//! that has just been computed is still in the cache.
//!
//! Inside, images lie as `[batch, row, column, channel]`. Same seed, recipe and regions give the
//! same network, bit for bit, with any number of threads, for one kernel; AVX-512 and AVX2 agree.
//! What was tried, and what it brought, is in `docs/performance.md`.

mod backward;
mod convolution;
mod dense;
mod direct;
mod forward;
mod interpolation;
mod kernel;
mod learner;
mod norm;
mod objective;
mod optimiser;
mod plan;
pub mod probe;
mod rater;
#[cfg(test)]
mod tests;
mod workspace;

pub(super) use self::learner::FusedLearner;
#[cfg(test)]
pub(super) use self::optimiser::orthogonalised;
pub(super) use self::rater::FusedNetwork;
