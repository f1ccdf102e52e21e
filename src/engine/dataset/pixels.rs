//! Regions with a class for each of their pixels.

/// Square regions of stored values, and the class of each pixel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PixelSet {
    /// Pixels per side.
    pub side: usize,
    /// Stored values, `[region, side, side]`.
    pub values: Vec<u16>,
    /// Class of each pixel, `[region, side, side]`, below the number of classes; 0 is the background,
    /// which the Dice loss leaves out.
    pub labels: Vec<u8>,
}

impl PixelSet {
    /// An empty set of regions of `side` pixels.
    #[must_use]
    pub fn new(side: usize) -> Self {
        Self { side, values: Vec::new(), labels: Vec::new() }
    }

    /// Number of regions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len() / (self.side * self.side).max(1)
    }

    /// True when there is no region.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
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
