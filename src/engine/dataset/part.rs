//! Rectangular parts of images.

use crate::image::Image;

/// A rectangle of stored values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImagePart {
    /// Row and column of its first pixel in the image.
    pub corner: [usize; 2],
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Stored values, `[rows, columns]`.
    pub values: Vec<u16>,
}

impl ImagePart {
    /// The part of an image with this first row, first column, rows and columns.
    ///
    /// # Panics
    /// If it reaches outside the image.
    #[must_use]
    pub fn of(image: &Image, [row, column, rows, columns]: [usize; 4]) -> Self {
        let inside = row + rows <= image.rows() && column + columns <= image.columns();
        assert!(inside, "part outside the image");
        let lines = image.samples().chunks_exact(image.columns().max(1)).skip(row).take(rows);
        let values = lines.flat_map(|line| &line[column..column + columns]).copied().collect();
        Self { corner: [row, column], rows, columns, values }
    }

    /// First row, first column, rows and columns.
    #[must_use]
    pub fn place(&self) -> [usize; 4] {
        [self.corner[0], self.corner[1], self.rows, self.columns]
    }
}
