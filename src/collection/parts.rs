//! The parts of a mask that hang together, as areas of targets; reads no file.

use crate::image::Mask;

/// Most parts of a mask: more are noise, not targets.
const MOST_PARTS: usize = 10_000;

/// First row, first column, rows and columns of each part whose pixels touch at sides or corners, in
/// the order of their first pixels; an error with what is wrong of a mask with very many.
pub(super) fn parts(mask: &Mask) -> Result<Vec<[f64; 4]>, String> {
    let Mask { rows, columns, inside } = mask;
    let (rows, columns) = (*rows, *columns);
    let mut left = inside.clone();
    let (mut found, mut open) = (Vec::new(), Vec::new());
    for first in 0..left.len() {
        if !std::mem::take(&mut left[first]) {
            continue;
        }
        if found.len() == MOST_PARTS {
            return Err(format!("the mask has more than {MOST_PARTS} parts that do not touch"));
        }
        let [mut top, mut bottom] = [first / columns; 2];
        let [mut near, mut far] = [first % columns; 2];
        open.push(first);
        while let Some(at) = open.pop() {
            let (row, column) = (at / columns, at % columns);
            (top, bottom) = (top.min(row), bottom.max(row));
            (near, far) = (near.min(column), far.max(column));
            for row in row.saturating_sub(1)..(row + 2).min(rows) {
                for column in column.saturating_sub(1)..(column + 2).min(columns) {
                    let next = row * columns + column;
                    if std::mem::take(&mut left[next]) {
                        open.push(next);
                    }
                }
            }
        }
        found.push([top, near, bottom + 1 - top, far + 1 - near].map(|it| it as f64));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_touch_at_corners() {
        // scipy.ndimage.label(a, numpy.ones((3, 3))) and find_objects: rows 0:2, columns 0:2; rows
        // 0:3, columns 3:5; rows 3:4, columns 0:1.
        let inside = [
            1, 0, 0, 0, 1, //
            0, 1, 0, 1, 0, //
            0, 0, 0, 1, 0, //
            1, 0, 0, 0, 0,
        ];
        let mask = Mask { rows: 4, columns: 5, inside: inside.map(|it| it == 1).to_vec() };
        let found = parts(&mask).unwrap();
        assert_eq!(found, [[0.0, 0.0, 2.0, 2.0], [0.0, 3.0, 3.0, 2.0], [3.0, 0.0, 1.0, 1.0]]);
    }

    #[test]
    fn noise_is_no_truth() {
        let inside = (0..400 * 400).map(|at| at / 400 % 2 == 0 && at % 2 == 0).collect();
        assert!(parts(&Mask { rows: 400, columns: 400, inside }).unwrap_err().contains("10000"));
    }
}
