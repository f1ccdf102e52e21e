//! The eight symmetries of a square; knows no network.

use crate::image::{BLOCK, ZERO};

/// Number of symmetries.
pub(super) const COUNT: usize = 8;

/// Where each pixel of an image under symmetry `number` stands in the region `[side, side]`, in the
/// order of the image: bit 0 exchanges rows and columns, bit 1 turns the rows over, bit 2 the
/// columns.
fn places(side: usize, number: usize) -> impl Iterator<Item = usize> {
    let (row_step, column_step) = if number & 1 == 0 { (side, 1) } else { (1, side) };
    let turned = move |place: usize, bit: usize| match number & bit {
        0 => place,
        _ => side - 1 - place,
    };
    (0..side).flat_map(move |row| {
        let start = turned(row, 2) * row_step;
        (0..side).map(move |column| start + turned(column, 4) * column_step)
    })
}

/// Writes `region [side, side]` to `out` under symmetry `number`, each value as
/// (v − mean) · factor.
pub(super) fn normalised(
    region: &[u16],
    side: usize,
    number: usize,
    mean: f32,
    factor: f32,
    out: &mut [f32],
) {
    for (out, place) in out.iter_mut().zip(places(side, number)) {
        *out = (f32::from(region[place]) - mean) * factor;
    }
}

/// Writes the blocks of a window `[side, side]` of coefficients to `out`, `[side/8, side/8, 64]`, as the
/// transform of the window's pixels under symmetry `number` has them, each as (c − mean) · factor of
/// its frequency: what is turned over changes the sign of its odd frequencies.
pub(super) fn of_blocks(
    window: &[u16],
    side: usize,
    number: usize,
    [mean, factor]: [&[f32]; 2],
    out: &mut [f32],
) {
    let blocks = side / BLOCK;
    for (block, places) in out.chunks_exact_mut(BLOCK * BLOCK).zip(places(blocks, number)) {
        let corner = places / blocks * BLOCK * side + places % blocks * BLOCK;
        for (at, out) in block.iter_mut().enumerate() {
            let [u, v] = [at / BLOCK, at % BLOCK];
            let place = if number & 1 == 0 { u * side + v } else { v * side + u };
            let odd = [(2, u), (4, v)].map(|(bit, it)| number & bit != 0 && it % 2 == 1);
            let value = f32::from(window[corner + place]) - f32::from(ZERO);
            let value = if odd[0] == odd[1] { value } else { -value };
            *out = (value - mean[at]) * factor[at];
        }
    }
}

/// Rows and columns before a region in its window under symmetry `number`; as many come after it as
/// make up 8.
pub(super) fn phase([row, column]: [u8; 2], number: usize) -> [u8; 2] {
    let [row, column] = if number & 1 == 0 { [row, column] } else { [column, row] };
    let turned =
        |phase: u8, bit: usize| if number & bit == 0 { phase } else { BLOCK as u8 - phase };
    [turned(row, 2), turned(column, 4)]
}

/// Appends `labels [side, side]` to `out` under symmetry `number`.
pub(super) fn turned(labels: &[u8], side: usize, number: usize, out: &mut Vec<u8>) {
    out.extend(places(side, number).map(|place| labels[place]));
}

/// Adds `image [side, side, width]`, something of each pixel under symmetry `number`, to the
/// pixels of the region that they were.
pub(super) fn add_back(image: &[f32], side: usize, number: usize, region: &mut [f32]) {
    let width = region.len() / (side * side);
    for (image, place) in image.chunks_exact(width).zip(places(side, number)) {
        let region = &mut region[place * width..(place + 1) * width];
        region.iter_mut().zip(image).for_each(|(total, value)| *total += value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_turned_is_turned_back() {
        let region: Vec<u16> = (0..9).collect();
        for number in 0..COUNT {
            let mut image = vec![0.0; 9];
            normalised(&region, 3, number, 0.0, 1.0, &mut image);
            let mut back = vec![0.0; 9];
            add_back(&image, 3, number, &mut back);
            assert_eq!(back, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        }
    }

    #[test]
    fn eight_different_images() {
        let region: Vec<u16> = (0..9).collect();
        let mut images: Vec<Vec<f32>> = (0..COUNT)
            .map(|number| {
                let mut out = vec![0.0; 9];
                normalised(&region, 3, number, 0.0, 1.0, &mut out);
                out
            })
            .collect();
        assert_eq!(images[0], [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        assert_eq!(images[1], [0.0, 3.0, 6.0, 1.0, 4.0, 7.0, 2.0, 5.0, 8.0]);
        // Exchanged, then rows turned over: a quarter turn.
        assert_eq!(images[3], [2.0, 5.0, 8.0, 1.0, 4.0, 7.0, 0.0, 3.0, 6.0]);
        images.sort_by(|a, b| a.partial_cmp(b).unwrap());
        images.dedup();
        assert_eq!(images.len(), COUNT);
    }
}
