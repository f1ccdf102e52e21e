//! Masks: which pixels of a window belong to a target, and how two of them overlap.

/// Pixels of a window that are inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Whether each pixel is inside, `[rows, columns]` in row-major order.
    pub inside: Vec<bool>,
}

impl Mask {
    /// The mask of the pixels for which `inside(row, column)` holds.
    #[must_use]
    pub fn new(rows: usize, columns: usize, inside: impl Fn(usize, usize) -> bool) -> Self {
        let of_row = |row| (0..columns).map(move |column| (row, column));
        let inside = (0..rows).flat_map(of_row).map(|(row, column)| inside(row, column)).collect();
        Self { rows, columns, inside }
    }

    /// Number of pixels inside.
    #[must_use]
    pub fn area(&self) -> usize {
        self.inside.iter().filter(|&&inside| inside).count()
    }

    /// Whether a pixel is inside; none beyond the window is.
    #[must_use]
    pub(super) fn at(&self, row: isize, column: isize) -> bool {
        let place = |value: isize, size| usize::try_from(value).ok().filter(|&value| value < size);
        match (place(row, self.rows), place(column, self.columns)) {
            (Some(row), Some(column)) => self.inside[row * self.columns + column],
            _ => false,
        }
    }

    /// Pixels that are inside both masks.
    ///
    /// # Panics
    /// If the windows differ in size.
    #[must_use]
    pub fn overlap(&self, other: &Self) -> usize {
        let size = |mask: &Self| [mask.rows, mask.columns];
        assert_eq!(size(self), size(other), "masks of one window have one size");
        self.inside.iter().zip(&other.inside).filter(|&(&a, &b)| a && b).count()
    }

    /// Dice coefficient 2 |A ∩ B| / (|A| + |B|), 0 to 1 (Dice 1945, Ecology 26:297); `None` where
    /// both masks are empty.
    ///
    /// ```
    /// use phantom_limit_engine::metric::outline::Mask;
    /// // The left two of four columns, and the middle two.
    /// let left = Mask::new(4, 4, |_, column| column < 2);
    /// let middle = Mask::new(4, 4, |_, column| (1..3).contains(&column));
    /// assert_eq!(left.dice(&middle), Some(0.5));
    /// ```
    ///
    /// # Panics
    /// If the windows differ in size.
    #[must_use]
    pub fn dice(&self, other: &Self) -> Option<f64> {
        let sum = self.area() + other.area();
        (sum > 0).then(|| 2.0 * self.overlap(other) as f64 / sum as f64)
    }

    /// Intersection over union, 0 to 1 (Jaccard 1912); `None` where both masks are empty.
    ///
    /// # Panics
    /// If the windows differ in size.
    #[must_use]
    pub fn intersection_over_union(&self, other: &Self) -> Option<f64> {
        let both = self.overlap(other);
        let either = self.area() + other.area() - both;
        (either > 0).then(|| both as f64 / either as f64)
    }
}
