//! Tiles of a map, and where their frequencies lie; knows no arithmetic.

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
