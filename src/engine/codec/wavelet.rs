//! The irreversible transform of JPEG 2000 (ITU-T T.800 F.4.8.2): of its sub-bands the one that a
//! decoder shows that leaves out the finest levels.

use crate::image::{Image, ImageError};

/// The four steps of lifting: each adds to every second value so much of its two neighbours, the odd
/// ones first.
const STEPS: [f32; 4] = [-1.586_134_3, -0.052_980_12, 0.882_911_1, 0.443_506_85];
/// What the steps make of a constant.
const GAIN: f32 = 1.230_174_1;

/// The image at 1/2^`levels` of its rows and columns, rounded up: the low-pass band of so many levels
/// of the 9/7 transform, rounded to values of its format. What is constant stays as it is.
///
/// # Errors
/// If the format cannot hold an image.
pub fn reduced_image(image: &Image, levels: u8) -> Result<Image, ImageError> {
    let [mut rows, mut columns] = [image.rows(), image.columns()];
    let mut values: Vec<f32> = image.samples().iter().map(|&value| f32::from(value)).collect();
    for _ in 0..levels {
        values = low_rows(values, columns);
        rows = rows.div_ceil(2);
        let mut turned = transposed(&values, columns);
        turned = low_rows(turned, rows);
        columns = columns.div_ceil(2);
        values = transposed(&turned, rows);
    }
    let peak = f32::from(image.format().peak());
    let whole = |value: f32| (value + 0.5).clamp(0.0, peak) as u16;
    Image::new(rows, columns, image.format(), values.into_iter().map(whole).collect())
}

/// The even rows after lifting along the columns, which go on beyond the edges as their mirror image.
fn low_rows(mut values: Vec<f32>, columns: usize) -> Vec<f32> {
    let rows = values.len() / columns;
    if rows == 1 {
        return values;
    }
    for (step, &weight) in STEPS.iter().enumerate() {
        for row in ((1 - step % 2)..rows).step_by(2) {
            let (before, rest) = values.split_at_mut(row * columns);
            let (line, after) = rest.split_at_mut(columns);
            let above = row.checked_sub(1).map(|it| &before[it * columns..]);
            let below = after.get(..columns);
            let (Some(one), Some(other)) = (above.or(below), below.or(above)) else { continue };
            for ((value, one), other) in line.iter_mut().zip(one).zip(other) {
                *value += weight * (one + other);
            }
        }
    }
    let even = values.chunks_exact(columns).step_by(2).flatten();
    even.map(|value| value / GAIN).collect()
}

/// Columns as rows.
fn transposed(values: &[f32], columns: usize) -> Vec<f32> {
    let rows = values.len() / columns;
    let mut turned = Vec::with_capacity(values.len());
    for column in 0..columns {
        turned.extend((0..rows).map(|row| values[row * columns + column]));
    }
    turned
}
