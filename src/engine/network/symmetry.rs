//! The eight symmetries of a square; knows no network.

/// Number of symmetries.
pub(super) const COUNT: usize = 8;

/// Writes `region [side, side]` to `out` under symmetry `number` (bit 0 exchanges rows and
/// columns, bit 1 turns the rows over, bit 2 the columns), each value as (v − mean) · factor.
pub(super) fn normalised(
    region: &[u16],
    side: usize,
    number: usize,
    mean: f32,
    factor: f32,
    out: &mut [f32],
) {
    let (row_step, column_step) = if number & 1 == 0 { (side, 1) } else { (1, side) };
    for (row, line) in out.chunks_exact_mut(side).enumerate() {
        let row = if number & 2 == 0 { row } else { side - 1 - row };
        for (column, out) in line.iter_mut().enumerate() {
            let column = if number & 4 == 0 { column } else { side - 1 - column };
            *out = (f32::from(region[row * row_step + column * column_step]) - mean) * factor;
        }
    }
}

/// Adds `image [side, side]`, something of each pixel under symmetry `number`, to the pixels of
/// the region that they were.
pub(super) fn add_back(image: &[f32], side: usize, number: usize, region: &mut [f32]) {
    let (row_step, column_step) = if number & 1 == 0 { (side, 1) } else { (1, side) };
    for (row, line) in image.chunks_exact(side).enumerate() {
        let row = if number & 2 == 0 { row } else { side - 1 - row };
        for (column, value) in line.iter().enumerate() {
            let column = if number & 4 == 0 { column } else { side - 1 - column };
            region[row * row_step + column * column_step] += value;
        }
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
