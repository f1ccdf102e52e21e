//! Winograd's minimal filtering F(4×4, 3×3) (Lavin & Gray 2016, points 0, ±1, ±2, ∞): four
//! times fewer multiplications than the direct convolution.
//!
//! Maps are cut into tiles of 4×4 outputs. A line of tiles is transformed into 36 frequencies,
//! `[36, tiles, channels]`; there the convolution is a matrix product per frequency. The
//! gradients are the exact adjoints of the same steps: A carries the gradient of a tile to the
//! frequencies, where both its products are taken, and B carries the input's gradient back,
//! neighbouring tiles overlapping by two pixels.

mod input;
mod matrices;
mod output;
mod products;
mod steps;
mod tiles;
mod unroll;
mod weights;

pub(crate) use self::input::{SCRATCH, Source};
pub(crate) use self::steps::{Line, Maps};
pub(crate) use self::tiles::{EDGE, FREQUENCIES, Spectrum, tiles};
