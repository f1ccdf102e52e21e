//! What networks of a study are given of a region; decodes nothing.

use serde::{Deserialize, Serialize};

use crate::dataset::RegionSet;
use crate::image::{BLOCK, Domain};

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
}

impl Representation {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Pixels,
        Self::Window,
        Self::Dct,
        Self::DctLearned,
        Self::Partial4,
        Self::Partial2,
        Self::Partial1,
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
        }
    }

    /// True for pixels, which need not be written down.
    #[must_use]
    pub fn is_pixels(&self) -> bool {
        *self == Self::Pixels
    }

    /// What is read from files: pixels after their codec, or what it stores.
    #[must_use]
    pub fn stored(self) -> Domain {
        match self {
            Self::Pixels | Self::Window => Domain::Pixels,
            _ => Domain::Dct,
        }
    }

    /// Values along the edge of a block in the images that windows are cut from; `None` where regions
    /// are cut from decoded images.
    #[must_use]
    pub fn cell(self) -> Option<usize> {
        match self {
            Self::Pixels => None,
            Self::Window | Self::Dct | Self::DctLearned => Some(BLOCK),
            Self::Partial4 => Some(4),
            Self::Partial2 => Some(2),
            Self::Partial1 => Some(1),
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
