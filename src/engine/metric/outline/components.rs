//! Connected components of a mask.

use super::mask::Mask;

/// The component of each pixel, numbered from 1 in the order of their first pixels, and 0 outside;
/// `[rows, columns]`, with the number of components. Pixels touch by their sides and corners (eight
/// neighbours): thin parts of a target often hang together by corners alone.
///
/// ```
/// use phantom_limit_engine::metric::outline::{Mask, components};
/// // Two pixels that touch by a corner, and one apart.
/// let mask = Mask::new(3, 4, |row, column| [(0, 0), (1, 1), (2, 3)].contains(&(row, column)));
/// assert_eq!(components(&mask), (vec![1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2], 2));
/// ```
#[must_use]
pub fn components(mask: &Mask) -> (Vec<u32>, usize) {
    let (rows, columns) = (mask.rows, mask.columns);
    let mut component = vec![0_u32; rows * columns];
    let mut count = 0;
    let mut open = Vec::new();
    for first in 0..component.len() {
        if !mask.inside[first] || component[first] != 0 {
            continue;
        }
        count += 1;
        component[first] = count;
        open.push(first);
        while let Some(place) = open.pop() {
            let (row, column) = (place / columns, place % columns);
            for near in row.saturating_sub(1)..(row + 2).min(rows) {
                for beside in column.saturating_sub(1)..(column + 2).min(columns) {
                    let other = near * columns + beside;
                    if mask.inside[other] && component[other] == 0 {
                        component[other] = count;
                        open.push(other);
                    }
                }
            }
        }
    }
    (component, count as usize)
}
