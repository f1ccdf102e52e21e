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
    /// Where these are windows of whole blocks of 8×8, one block longer and wider than the regions in
    /// them: rows and columns before each region, 0 to 8. `None` where they are the regions.
    pub phases: Option<Vec<[u8; 2]>>,
}

impl RegionSet {
    /// An empty set of regions of `side` pixels.
    #[must_use]
    pub fn new(side: usize) -> Self {
        Self { side, ..Self::default() }
    }

    /// An empty set of the smallest windows of whole blocks that hold a region of `side` pixels, a
    /// multiple of 8, wherever it lies.
    #[must_use]
    pub fn of_windows(side: usize) -> Self {
        Self { side: side + BLOCK, phases: Some(Vec::new()), ..Self::default() }
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
        // The last window is that of a region at the edge, too.
        let side = self.side;
        let begin = |at: usize, extent: usize| at.min(extent - side) / BLOCK * BLOCK;
        for region in regions {
            let LabelledRegion { row, column, class, .. } = *region;
            let [top, left] = match &mut self.phases {
                None => [row, column],
                Some(phases) => {
                    let corner = [begin(row, image.rows()), begin(column, image.columns())];
                    phases.push([row - corner[0], column - corner[1]].map(|it| it as u8));
                    corner
                }
            };
            image.copy_region(top, left, side, &mut self.values);
            self.labels.push(class);
        }
    }

    /// Appends the regions of another set.
    ///
    /// # Panics
    /// If the sides differ, or one of them has windows and the other has not.
    pub fn append(&mut self, other: &Self) {
        let kind = |set: &Self| (set.side, set.phases.is_some());
        assert_eq!(kind(self), kind(other), "regions of one set are of one kind");
        self.values.extend_from_slice(&other.values);
        self.labels.extend_from_slice(&other.labels);
        if let (Some(phases), Some(more)) = (&mut self.phases, &other.phases) {
            phases.extend_from_slice(more);
        }
    }
}
