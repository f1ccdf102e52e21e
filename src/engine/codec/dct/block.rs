//! The block of 8×8 samples or coefficients.

/// Samples on a side of a block.
pub(super) const SIDE: usize = 8;

/// One value for each sample or coefficient of a block, row by row; in a block of coefficients
/// the column counts the horizontal frequency.
pub(super) type Block<T> = [T; SIDE * SIDE];
