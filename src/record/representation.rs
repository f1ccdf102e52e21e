//! What networks of a study are given of a region; decodes nothing.

use serde::{Deserialize, Serialize};

use crate::codec::Depth;
use crate::dataset::RegionSet;
use crate::image::BLOCK;

/// What networks are given of a region.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Representation {
    /// Its decoded pixels.
    #[default]
    #[serde(rename = "pixels")]
    Pixels,
    /// Decoded pixels of the smallest window of whole blocks that holds it.
    #[serde(rename = "window")]
    Window,
    /// Dequantised coefficients of that window, one cell with 64 channels for each block.
    #[serde(rename = "dct")]
    Dct,
    /// The same coefficients, which the first layer makes the region's pixels by a matrix that begins
    /// as the inverse transform and is learnt.
    #[serde(rename = "dct-learned")]
    DctLearned,
    /// Pixels of that window, decoded from the 4×4 lowest frequencies of each block to 4×4.
    #[serde(rename = "dct-partial:4")]
    Partial4,
    /// The same of 2×2.
    #[serde(rename = "dct-partial:2")]
    Partial2,
    /// The same of 1×1: the means of blocks.
    #[serde(rename = "dct-partial:1")]
    Partial1,
    /// Pixels of that window, decoded without the finest wavelet level.
    #[serde(rename = "reduced:1")]
    Reduced1,
    /// The same without the two finest.
    #[serde(rename = "reduced:2")]
    Reduced2,
    /// The same without the three finest.
    #[serde(rename = "reduced:3")]
    Reduced3,
}

impl Representation {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Pixels,
        Self::Window,
        Self::Dct,
        Self::DctLearned,
        Self::Partial4,
        Self::Partial2,
        Self::Partial1,
        Self::Reduced1,
        Self::Reduced2,
        Self::Reduced3,
    ];

    /// The name used in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pixels => "pixels",
            Self::Window => "window",
            Self::Dct => "dct",
            Self::DctLearned => "dct-learned",
            Self::Partial4 => "dct-partial:4",
            Self::Partial2 => "dct-partial:2",
            Self::Partial1 => "dct-partial:1",
            Self::Reduced1 => "reduced:1",
            Self::Reduced2 => "reduced:2",
            Self::Reduced3 => "reduced:3",
        }
    }

    /// True for pixels, which need not be written down.
    #[must_use]
    pub fn is_pixels(&self) -> bool {
        *self == Self::Pixels
    }

    /// How far files are decoded.
    #[must_use]
    pub fn depth(self) -> Depth {
        match self {
            Self::Pixels | Self::Window => Depth::Pixels,
            Self::Dct | Self::DctLearned => Depth::Coefficients,
            Self::Partial4 => Depth::Blocks(4),
            Self::Partial2 => Depth::Blocks(2),
            Self::Partial1 => Depth::Blocks(1),
            Self::Reduced1 => Depth::Reduced(1),
            Self::Reduced2 => Depth::Reduced(2),
            Self::Reduced3 => Depth::Reduced(3),
        }
    }

    /// Values along the edge of a block in the images that windows are cut from; `None` where regions
    /// are cut from decoded images.
    #[must_use]
    pub fn cell(self) -> Option<usize> {
        match self {
            Self::Pixels => None,
            Self::Window | Self::Dct | Self::DctLearned => Some(BLOCK),
            Self::Partial4 | Self::Reduced1 => Some(4),
            Self::Partial2 | Self::Reduced2 => Some(2),
            Self::Partial1 | Self::Reduced3 => Some(1),
        }
    }

    /// Pixels along the edge of a region whose networks' `side` is this.
    #[must_use]
    pub fn region_side(self, side: usize) -> usize {
        match (self, self.cell()) {
            (Self::Dct | Self::DctLearned, _) | (_, None) => side,
            (_, Some(cell)) => (side / cell).saturating_sub(1) * BLOCK,
        }
    }

    /// An empty set of what is given of regions of `side` pixels.
    #[must_use]
    pub fn regions(self, side: usize) -> RegionSet {
        match self.cell() {
            None => RegionSet::new(side),
            Some(cell) => RegionSet::of_windows(side, cell),
        }
    }
}
