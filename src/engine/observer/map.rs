//! What a reader says about the places of an image; knows no kind of reader.

/// Answers at places of a part of an image that lie on a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreMap {
    /// Row and column, in pixels of the part, of the middle of the first place: 0 is the middle of
    /// the part's first pixel.
    pub origin: [f64; 2],
    /// Pixels from one place to the next in its row, and from one row of places to the next.
    pub stride: usize,
    /// Rows of places.
    pub rows: usize,
    /// Places in a row.
    pub columns: usize,
    /// Values of each place, such as one rating per class.
    pub width: usize,
    /// `[row, column, value]`.
    pub values: Vec<f32>,
}

impl ScoreMap {
    /// Values of one place.
    ///
    /// # Panics
    /// If there is no such place.
    #[must_use]
    pub fn at(&self, row: usize, column: usize) -> &[f32] {
        &self.values[(row * self.columns + column) * self.width..][..self.width]
    }
}
