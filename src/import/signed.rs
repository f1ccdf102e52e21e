//! Signed samples as the unsigned ones of an image: 2^(bits stored − 1) is added to each.

use std::ops::RangeInclusive;

use super::error::Fault;
use crate::image::{Image, SampleFormat};

/// The number that the low `bits` bits of a word stand for.
pub(super) fn value(word: u16, bits: u8, signed: bool) -> i32 {
    let sign = 1_i32 << (bits - 1);
    let value = i32::from(word);
    if signed { (value ^ sign) - sign } else { value }
}

/// The numbers that `bits` bits hold.
pub(super) fn range(bits: u8, signed: bool) -> RangeInclusive<i32> {
    let below = if signed { 1 << (bits - 1) } else { 0 };
    -below..=(1 << bits) - 1 - below
}

/// The image of numbers, and what was added to each of them.
pub(super) fn image(
    [rows, columns]: [usize; 2],
    format: SampleFormat,
    signed: bool,
    values: impl Iterator<Item = i32>,
) -> Result<(Image, u16), Fault> {
    let range = range(format.bits_stored, signed);
    let mut samples = Vec::with_capacity(rows * columns);
    for value in values {
        if !range.contains(&value) {
            let (row, column) = (samples.len() / columns, samples.len() % columns);
            return Err(Fault::Value { value, row, column, bits_stored: format.bits_stored });
        }
        samples.push((value - range.start()) as u16);
    }
    let offset = -range.start();
    Ok((Image::new(rows, columns, format, samples)?, offset as u16))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_for_twos_complement() {
        assert_eq!([0, 2047, 2048, 4095].map(|w| value(w, 12, true)), [0, 2047, -2048, -1]);
        assert_eq!(value(0xFFFF, 16, true), -1);
        assert_eq!(value(0xFFFF, 16, false), 65_535);
        assert_eq!(range(12, true), -2048..=2047);
        assert_eq!(range(8, false), 0..=255);
    }

    #[test]
    fn values_beyond_the_bits_are_named() {
        let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
        let (of, offset) = image([1, 2], format, true, [-2048, 5].into_iter()).unwrap();
        assert_eq!((of.samples(), offset), (&[0, 2053][..], 2048));
        let error = image([1, 2], format, true, [0, -2049].into_iter()).unwrap_err().to_string();
        assert!(error.contains("-2049 at row 0, column 1"), "{error}");
    }
}
