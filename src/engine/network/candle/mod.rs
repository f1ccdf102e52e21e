//! Any graph from candle's ops, on any device of candle's; knows nothing of `fused`.
//!
//! Convolutions, products and autograd are candle's. Pools, upsampling and ReLU have gradients of
//! their own where candle's are wrong (`resampling`): loops on the processor, compositions of
//! candle's ops elsewhere. Nothing else but the device differs between kernels `candle` and `cuda`:
//! the first is how the second is tested without a GPU, against the fused layers and PyTorch. On a
//! processor it is some hundred times slower than those: 7 to 14 images per second in training of
//! the reference network at 32×32, against 1100 to 2400, on a busy machine.

mod graph;
mod learner;
mod optimiser;
mod resampling;
#[cfg(test)]
mod tests;

pub(super) use self::graph::CandleNetwork;
pub(super) use self::learner::CandleLearner;
#[cfg(test)]
pub(super) use self::optimiser::orthogonal;
pub use self::resampling::{average_pool, max_pool, upsample_bilinear, upsample_nearest};
