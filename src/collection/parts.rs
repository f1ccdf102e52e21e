//! The parts of a mask that hang together, as targets; reads no file.

use crate::image::Mask;
use crate::metric::outline::{self, components};
use crate::scene::Pixels;

/// Most parts of a mask: more are noise, not targets.
const MOST_PARTS: usize = 10_000;

/// The pixels of each part whose pixels touch at sides or corners, in the order of their first pixels;
/// an error with what is wrong of a mask with very many.
pub(super) fn parts(mask: Mask) -> Result<Vec<Pixels>, String> {
    let Mask { rows, columns, inside } = mask;
    let (component, count) = components(&outline::Mask { rows, columns, inside });
    if count > MOST_PARTS {
        return Err(format!("the mask has more than {MOST_PARTS} parts that do not touch"));
    }
    let mut found = vec![Pixels::default(); count];
    for (row, line) in (0..).zip(component.chunks_exact(columns.max(1))) {
        let mut column = 0;
        for run in line.chunk_by(|a, b| a == b) {
            if let Some(part) = (run[0] as usize).checked_sub(1) {
                found[part].runs.push([row, column, run.len() as u32]);
            }
            column += run.len() as u32;
        }
    }
    Ok(found)
}

/// First row, first column, rows and columns of what holds a part.
pub(super) fn area(pixels: &Pixels) -> [f64; 4] {
    pixels.bounds().map(|it| it as f64)
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
        let found = parts(mask).unwrap();
        let areas: Vec<[f64; 4]> = found.iter().map(area).collect();
        assert_eq!(areas, [[0.0, 0.0, 2.0, 2.0], [0.0, 3.0, 3.0, 2.0], [3.0, 0.0, 1.0, 1.0]]);
        assert_eq!(found[1].runs, [[0, 4, 1], [1, 3, 1], [2, 3, 1]]);
    }

    #[test]
    fn noise_is_no_truth() {
        let inside = (0..400 * 400).map(|at| at / 400 % 2 == 0 && at % 2 == 0).collect();
        assert!(parts(Mask { rows: 400, columns: 400, inside }).unwrap_err().contains("10000"));
    }
}
