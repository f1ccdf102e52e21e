//! Regions cut out of images, with their classes or those of their pixels.

use crate::image::Image;
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
}

impl RegionSet {
    /// An empty set of regions of `side` pixels.
    #[must_use]
    pub fn new(side: usize) -> Self {
        Self { side, values: Vec::new(), labels: Vec::new() }
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

    /// Cuts every region out of `image`, which may be a decoded rendition.
    pub fn cut(&mut self, image: &Image, regions: &[LabelledRegion]) {
        for region in regions {
            image.copy_region(region.row, region.column, self.side, &mut self.values);
            self.labels.push(region.class);
        }
    }

    /// Appends the regions of another set.
    ///
    /// # Panics
    /// If the sides differ.
    pub fn append(&mut self, other: &Self) {
        assert_eq!(self.side, other.side, "regions of one set have one size");
        self.values.extend_from_slice(&other.values);
        self.labels.extend_from_slice(&other.labels);
    }
}
