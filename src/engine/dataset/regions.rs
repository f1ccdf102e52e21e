//! Regions cut out of images, with their classes or those of their pixels.

use crate::image::{BLOCK, Image};
use crate::scene::LabelledRegion;

/// Label of a pixel about which nothing is asked.
pub const IGNORED: u8 = u8::MAX;

/// Square regions of stored values with their classes, or with a class for each of their pixels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegionSet {
    /// Pixels per side.
    pub side: usize,
    /// Stored values, `[region, side, side]`.
    pub values: Vec<u16>,
    /// Class of each region; or of each pixel, `[region, side, side]`, where [`IGNORED`] is none.
    pub labels: Vec<u8>,
    /// Where these are windows of whole blocks; `None` where they are the regions.
    pub windows: Option<Windows>,
}

/// How windows of whole blocks of 8×8 pixels, one block longer and wider than the regions in them, hold
/// these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Windows {
    /// Values along the edge of a block, 8 unless its image was decoded to less.
    pub cell: usize,
    /// Pixels above and left of each region in its window, 0 to 8.
    pub phases: Vec<[u8; 2]>,
}

impl RegionSet {
    /// An empty set of regions of `side` pixels.
    #[must_use]
    pub fn new(side: usize) -> Self {
        Self { side, ..Self::default() }
    }

    /// An empty set of the smallest windows of whole blocks that hold a region of `side` pixels, a
    /// multiple of 8, wherever it lies: of images that have `cell` values along the edge of a block.
    /// Where a block reaches beyond the image, the nearest value of the image stands for what is missing.
    #[must_use]
    pub fn of_windows(side: usize, cell: usize) -> Self {
        let windows = Windows { cell, phases: Vec::new() };
        let side = (side / BLOCK + 1) * cell;
        Self { side, windows: Some(windows), ..Self::default() }
    }

    /// Number of regions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len() / (self.side * self.side).max(1)
    }

    /// True when there is no region.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Whether each pixel has a label of its own.
    #[must_use]
    pub fn labels_pixels(&self) -> bool {
        self.side > 1 && !self.is_empty() && self.labels.len() == self.values.len()
    }

    /// Stored values of one region, `[side, side]`.
    ///
    /// # Panics
    /// If there is no such region.
    #[must_use]
    pub fn region(&self, index: usize) -> &[u16] {
        let size = self.side * self.side;
        &self.values[index * size..(index + 1) * size]
    }

    /// Cuts every region, or the window that holds it, out of `image`, which may be a decoded
    /// rendition.
    ///
    /// # Panics
    /// If one does not lie in the image.
    pub fn cut(&mut self, image: &Image, regions: &[LabelledRegion]) {
        let side = self.side;
        for region in regions {
            let LabelledRegion { row, column, class, .. } = *region;
            match &mut self.windows {
                None => image.copy_region(row, column, side, &mut self.values),
                Some(Windows { cell, phases }) => {
                    // The last window is that of a region at the edge, too.
                    let last =
                        [image.rows(), image.columns()].map(|it| it.div_ceil(*cell) - side / *cell);
                    let blocks = [(row / BLOCK).min(last[0]), (column / BLOCK).min(last[1])];
                    let before = [row - blocks[0] * BLOCK, column - blocks[1] * BLOCK];
                    assert!(before.iter().all(|&it| it <= BLOCK), "region outside the image");
                    phases.push(before.map(|it| it as u8));
                    let at = blocks.map(|block| (block * *cell) as i64);
                    image.copy_region_beyond(at, side, &mut self.values);
                }
            }
            self.labels.push(class);
        }
    }

    /// Appends the regions of another set.
    ///
    /// # Panics
    /// If the sides differ, or one of them has windows and the other has not.
    pub fn append(&mut self, other: &Self) {
        let kind = |set: &Self| (set.side, set.windows.as_ref().map(|it| it.cell));
        assert_eq!(kind(self), kind(other), "regions of one set are of one kind");
        self.values.extend_from_slice(&other.values);
        self.labels.extend_from_slice(&other.labels);
        if let (Some(windows), Some(more)) = (&mut self.windows, &other.windows) {
            windows.phases.extend_from_slice(&more.phases);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::WINDOWED;
    use crate::scene::RegionKind;

    #[test]
    fn windows_hold_regions_at_the_edge_of_images_that_end_within_a_block() {
        let values = (0..20 * 20).map(|at: u16| at % 251).collect();
        let image = Image::new(20, 20, WINDOWED, values).expect("valid image");
        let region = LabelledRegion { kind: RegionKind::Identify, row: 12, column: 11, class: 0 };
        let (mut whole, mut windows) = (RegionSet::new(8), RegionSet::of_windows(8, BLOCK));
        whole.cut(&image, &[region]);
        windows.cut(&image, &[region]);
        let phase = windows.windows.as_ref().expect("windows").phases[0].map(usize::from);
        assert_eq!((windows.side, phase), (16, [4, 3]));
        for (line, expected) in whole.region(0).chunks_exact(8).enumerate() {
            let start = (phase[0] + line) * 16 + phase[1];
            assert_eq!(&windows.region(0)[start..start + 8], expected, "{line}");
        }
    }
}
