//! Wavelet ripple and smear: detail coefficients that are gone, after the significance counts of
//! Sheikh, Bovik, Cormack 2005 (IEEE Trans. Image Process. 14, 1918–1927).

use crate::image::Image;

/// Levels of the transform whose details are counted.
const LEVELS: usize = 3;

/// Coefficients below are insignificant, in stored units: 3.5 standard deviations of what
/// rounding to whole stored values leaves in them (√(1/12) = 0.29, as the transform is nearly
/// orthonormal).
const INSIGNIFICANT: f32 = 1.0;

/// Lifting steps of the 9/7 wavelet (ITU-T T.800 Table F.4), and its scaling.
const STEPS: [f32; 4] = [-1.586_134_3, -0.052_980_12, 0.882_911_1, 0.443_506_85];
const SCALE: f32 = 1.230_174_1;

/// Share of insignificant coefficients among the details of the [`LEVELS`] finest levels, each
/// level of equal weight; 1 for an image too small to have any.
///
/// JPEG 2000 sets coefficients of its 9/7 transform to zero: texture is smeared where all are
/// gone and ripples where single ones stay.
pub(super) fn insignificant_share(image: &Image) -> f64 {
    let mut plane: Vec<f32> = image.samples().iter().map(|&value| f32::from(value)).collect();
    let [mut rows, mut columns] = [image.rows(), image.columns()];
    let mut shares = Vec::with_capacity(LEVELS);
    while shares.len() < LEVELS && rows > 1 && columns > 1 {
        // Down the columns, transposed, and again: the orientation does not matter.
        let across = transpose(&down(plane, columns), rows, columns);
        let details = transpose(&down(across, rows), columns, rows);
        let [low_rows, low_columns] = [rows.div_ceil(2), columns.div_ceil(2)];
        let count = |values: &[f32]| values.iter().filter(|v| v.abs() < INSIGNIFICANT).count();
        let mut low = Vec::with_capacity(low_rows * low_columns);
        let mut insignificant = 0;
        for (number, line) in details.chunks_exact(columns).enumerate() {
            let kept = if number < low_rows { low_columns } else { 0 };
            low.extend_from_slice(&line[..kept]);
            insignificant += count(&line[kept..]);
        }
        shares.push(insignificant as f64 / (rows * columns - low.len()) as f64);
        (plane, rows, columns) = (low, low_rows, low_columns);
    }
    if shares.is_empty() { 1.0 } else { shares.iter().sum::<f64>() / shares.len() as f64 }
}

/// One level of the transform down the columns, with symmetric extension and √2 gain of both
/// bands: the low band's rows, then the high band's.
fn down(plane: Vec<f32>, columns: usize) -> Vec<f32> {
    let take = |first: usize| -> Vec<f32> {
        plane.chunks_exact(columns).skip(first).step_by(2).flatten().copied().collect()
    };
    let (mut low, mut high) = (take(0), take(1));
    drop(plane);
    lift(&mut high, &low, columns, STEPS[0], 1);
    lift(&mut low, &high, columns, STEPS[1], 0);
    lift(&mut high, &low, columns, STEPS[2], 1);
    lift(&mut low, &high, columns, STEPS[3], 0);
    let gain = std::f32::consts::SQRT_2 / SCALE;
    low.iter_mut().for_each(|value| *value *= gain);
    low.extend(high.iter().map(|value| value / gain));
    low
}

/// Adds to each row of one band its two neighbours in the other: with `ahead` 1 the rows of the
/// same and the next number, with 0 those of the one before and the same.
fn lift(band: &mut [f32], other: &[f32], columns: usize, step: f32, ahead: usize) {
    let rows = other.len() / columns;
    for (number, line) in band.chunks_exact_mut(columns).enumerate() {
        // Beyond an end the neighbour on the other side counts twice.
        let near = if ahead == 1 { number } else { number.min(rows - 1) };
        let far = if ahead == 1 { (number + 1).min(rows - 1) } else { number.saturating_sub(1) };
        let near = &other[near * columns..][..columns];
        let far = &other[far * columns..][..columns];
        for ((value, a), b) in line.iter_mut().zip(near).zip(far) {
            *value += step * (a + b);
        }
    }
}

fn transpose(plane: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    /// Pixels on a side of what is moved at a time, for the cache.
    const TILE: usize = 16;
    let mut turned = vec![0.0; plane.len()];
    for top in (0..rows).step_by(TILE) {
        for left in (0..columns).step_by(TILE) {
            for row in top..(top + TILE).min(rows) {
                for column in left..(left + TILE).min(columns) {
                    turned[column * rows + row] = plane[row * columns + column];
                }
            }
        }
    }
    turned
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{SampleFormat, WINDOWED};

    const SIXTEEN: SampleFormat = SampleFormat { bits_stored: 16, bits_allocated: 16 };

    #[test]
    fn the_transform_is_that_of_the_standard() {
        // T.800 F.4.8.2: a constant passes the low band with gain 1, an alternation the high band
        // with gain 2, neither the other; scaled here to √2 each.
        let constant = down(vec![5.0; 9], 1);
        for (at, value) in constant.iter().enumerate() {
            let expected = if at < 5 { 5.0 * std::f32::consts::SQRT_2 } else { 0.0 };
            assert!((value - expected).abs() < 1e-5, "{at}: {value}");
        }
        let alternating: Vec<f32> = (0..8).map(|at| if at % 2 == 0 { 1.0 } else { -1.0 }).collect();
        for (at, value) in down(alternating, 1).iter().enumerate() {
            let expected = if at < 4 { 0.0 } else { -std::f32::consts::SQRT_2 };
            assert!((value - expected).abs() < 1e-5, "{at}: {value}");
        }
    }

    #[test]
    fn lines_and_columns_are_turned() {
        let plane: Vec<f32> = (0..17 * 35).map(|at| at as f32).collect();
        let turned = transpose(&plane, 17, 35);
        assert_eq!(turned[34 * 17 + 16], plane[16 * 35 + 34]);
        assert_eq!(transpose(&turned, 35, 17), plane);
    }

    #[test]
    fn smooth_images_have_no_details_and_noise_has() {
        let ramp = (0..64 * 64).map(|at| (at / 64 * 3 + at % 64) as u16).collect();
        let ramp = Image::new(64, 64, SIXTEEN, ramp).expect("valid image");
        // Only the border, where a ramp folds back, is seen.
        assert!(insignificant_share(&ramp) > 0.8, "{}", insignificant_share(&ramp));
        let hash = |at: u32| {
            let mixed = (at ^ (at << 13)).wrapping_mul(2_654_435_761);
            ((mixed ^ (mixed >> 15)).wrapping_mul(2_246_822_519) >> 16) as u16
        };
        let noise = Image::new(64, 64, SIXTEEN, (0..64 * 64).map(hash).collect());
        assert!(insignificant_share(&noise.expect("valid image")) < 0.001);
    }

    #[test]
    fn images_without_details_have_no_significant_ones() {
        let row = Image::new(1, 9, WINDOWED, vec![1; 9]).expect("valid image");
        assert_eq!(insignificant_share(&row), 1.0);
        let odd = Image::new(3, 5, WINDOWED, vec![200; 15]).expect("valid image");
        assert_eq!(insignificant_share(&odd), 1.0);
    }
}
