//! What networks of a study are given of a region; decodes nothing.

use serde::{Deserialize, Serialize};

use crate::dataset::RegionSet;
use crate::image::Domain;

/// What networks are given of a region.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Representation {
    /// Its decoded pixels.
    #[default]
    Pixels,
    /// Decoded pixels of the smallest window of whole blocks that holds it.
    Window,
    /// Dequantised coefficients of that window, one cell with 64 channels for each block.
    Dct,
    /// The same coefficients, which the first layer makes the region's pixels by a matrix that begins
    /// as the inverse transform and is learnt.
    DctLearned,
}

impl Representation {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pixels, Self::Window, Self::Dct, Self::DctLearned];

    /// The name used in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pixels => "pixels",
            Self::Window => "window",
            Self::Dct => "dct",
            Self::DctLearned => "dct-learned",
        }
    }

    /// True for pixels, which need not be written down.
    #[must_use]
    pub fn is_pixels(&self) -> bool {
        *self == Self::Pixels
    }

    /// What the images are that regions are cut from.
    #[must_use]
    pub fn domain(self) -> Domain {
        match self {
            Self::Pixels | Self::Window => Domain::Pixels,
            Self::Dct | Self::DctLearned => Domain::Dct,
        }
    }

    /// An empty set of what is given of regions of `side` pixels.
    #[must_use]
    pub fn regions(self, side: usize) -> RegionSet {
        match self {
            Self::Pixels => RegionSet::new(side),
            _ => RegionSet::of_windows(side),
        }
    }
}
