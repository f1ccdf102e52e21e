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
mod weights;

pub(crate) use self::input::{InputGradient, InputTransform, SCRATCH, Source};
pub(crate) use self::output::{GradientTransform, OutputActivate, OutputTransform};
pub(crate) use self::products::{Outers, Products};
pub(crate) use self::weights::{WeightGradient, WeightTransform};

/// An array of `count` values of an expression in an index, unrolled: closures in `array::map`
/// are not inlined across instruction sets.
macro_rules! each {
    (3, |$i:ident| $value:expr) => {
        each!(@ [0, 1, 2], $i, $value)
    };
    (4, |$i:ident| $value:expr) => {
        each!(@ [0, 1, 2, 3], $i, $value)
    };
    (6, |$i:ident| $value:expr) => {
        each!(@ [0, 1, 2, 3, 4, 5], $i, $value)
    };
    (@ [$($number:literal),*], $i:ident, $value:expr) => {
        [$({
            let $i: usize = $number;
            $value
        }),*]
    };
}
use each;

/// Frequencies of a tile.
pub(crate) const FREQUENCIES: usize = 36;
/// Outputs along the edge of a tile.
pub(crate) const EDGE: usize = 4;

/// Tiles of a map in one line.
pub(crate) fn tiles(extent: usize) -> usize {
    extent.div_ceil(EDGE)
}

/// Where the frequencies of a group of tiles lie: frequency f of tile t from
/// `f · stride + t · channels` on. `channels` is in whole vectors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spectrum {
    pub(crate) tiles: usize,
    pub(crate) channels: usize,
}

impl Spectrum {
    /// A vector more than the tiles need, so that frequencies do not share a cache set.
    pub(crate) fn stride(self) -> usize {
        self.tiles * self.channels + 16
    }

    pub(crate) fn len(self) -> usize {
        FREQUENCIES * self.stride()
    }
}
