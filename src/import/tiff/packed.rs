//! Samples that do not fill bytes, the highest bit first and each row from a byte of its own
//! (TIFF 6.0, section 8, BitsPerSample).
//!
//! The library unpacks none, and reads only those below 8 bits. For others it reads a copy of the
//! file whose page is declared as bytes: rows are as long, and the compression is the same.

use ::tiff::tags::Tag;

use super::reader::{PLAIN, Reader, fault, open};
use crate::import::error::{Fault, damaged, not_taken};

const IMAGE_WIDTH: u16 = 256;
const BITS_PER_SAMPLE: u16 = 258;
const TILE_WIDTH: u16 = 322;

/// The samples of page `page`, at which the decoder stands.
pub(super) fn read(
    decoder: &mut Reader<'_>,
    bytes: &[u8],
    page: usize,
    bits: u8,
    [rows, columns]: [usize; 2],
) -> Result<Vec<u16>, Fault> {
    let row_bytes = (columns * usize::from(bits)).div_ceil(8);
    let fill_order: Option<u32> = decoder.find_tag_unsigned(Tag::FillOrder).map_err(fault)?;
    if fill_order.is_some_and(|order| order != 1) {
        return Err(not_taken("the lowest bit of each byte comes first", PLAIN));
    }
    let sign: Option<u32> = decoder.find_tag_unsigned(Tag::SampleFormat).map_err(fault)?;
    if sign.is_some_and(|format| format != 1) {
        return Err(not_taken(format!("samples of {bits} bits with a sign"), PLAIN));
    }
    let packed = if bits < 8 {
        rows_of(decoder)?
    } else {
        let predictor: Option<u32> = decoder.find_tag_unsigned(Tag::Predictor).map_err(fault)?;
        if predictor.is_some_and(|kind| kind != 1) {
            return Err(not_taken(format!("samples of {bits} bits with a predictor"), PLAIN));
        }
        let place = decoder.ifd_pointer().ok_or_else(|| damaged("no page"))?;
        let tile: Option<u32> = decoder.find_tag_unsigned(Tag::TileWidth).map_err(fault)?;
        if tile.is_some_and(|width| !(width as usize * usize::from(bits)).is_multiple_of(8)) {
            return Err(not_taken(format!("tiles of {bits} bits that end within a byte"), PLAIN));
        }
        let mut copy = bytes.to_vec();
        let in_bytes = |width: u32| (width as usize * usize::from(bits)).div_ceil(8) as u32;
        declare(&mut copy, place.0, |tag, value| match tag {
            IMAGE_WIDTH | TILE_WIDTH => Some(in_bytes(value)),
            BITS_PER_SAMPLE => Some(8),
            _ => None,
        })
        .ok_or_else(|| damaged("the directory of the page"))?;
        let mut copied = open(&copy)?;
        copied.seek_to_image(page).map_err(fault)?;
        rows_of(&mut copied)?
    };
    if packed.len() < rows * row_bytes {
        return Err(damaged(format!(
            "{} bytes of samples instead of {}",
            packed.len(),
            rows * row_bytes
        )));
    }
    let mut samples = Vec::with_capacity(rows * columns);
    for row in packed.chunks_exact(row_bytes).take(rows) {
        samples.extend((0..columns).map(|column| sample(row, column, bits)));
    }
    Ok(samples)
}

fn rows_of(decoder: &mut Reader<'_>) -> Result<Vec<u8>, Fault> {
    let layout = decoder.image_buffer_layout().map_err(fault)?;
    if layout.len > 2 * crate::image::MAX_PIXELS {
        return Err(damaged("the rows are longer than the image"));
    }
    let mut rows = vec![0; layout.len];
    decoder.read_image_bytes(&mut rows).map_err(fault)?;
    Ok(rows)
}

/// The sample at `column`: up to 15 bits, which lie in three bytes at most.
fn sample(row: &[u8], column: usize, bits: u8) -> u16 {
    let first = column * usize::from(bits);
    let byte = |at: usize| u32::from(row.get(first / 8 + at).copied().unwrap_or(0));
    let word = byte(0) << 16 | byte(1) << 8 | byte(2);
    let shift = 24 - first % 8 - usize::from(bits);
    (word >> shift) as u16 & (u16::MAX >> (16 - bits))
}

/// Changes values of a directory (TIFF 6.0, section 2, and BigTIFF); `None` if it is not whole.
fn declare(file: &mut [u8], place: u64, change: impl Fn(u16, u32) -> Option<u32>) -> Option<()> {
    let little = file.starts_with(b"II");
    let big = file.get(2..4)?.contains(&43);
    let number = |bytes: &[u8]| {
        let fold = |sum: u64, &byte: &u8| sum << 8 | u64::from(byte);
        if little { bytes.iter().rev().fold(0, fold) } else { bytes.iter().fold(0, fold) }
    };
    let (count_bytes, entry_bytes, value_at) = if big { (8, 20, 12) } else { (2, 12, 8) };
    let place = usize::try_from(place).ok()?;
    let count = number(file.get(place..)?.get(..count_bytes)?);
    for entry in 0..usize::try_from(count).ok()? {
        let begin = place + count_bytes + entry * entry_bytes;
        let entry = file.get_mut(begin..)?.get_mut(..entry_bytes)?;
        let (tag, kind) = (number(&entry[..2]) as u16, number(&entry[2..4]));
        // SHORT and LONG.
        let width = match kind {
            3 => 2,
            4 => 4,
            _ => continue,
        };
        let value = &mut entry[value_at..value_at + width];
        if let Some(changed) = change(tag, number(value) as u32) {
            let bytes = if little { changed.to_le_bytes() } else { changed.to_be_bytes() };
            let low = if little { &bytes[..width] } else { &bytes[4 - width..] };
            value.copy_from_slice(low);
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_lie_one_after_the_other() {
        // 0xABC, 0x123 of 12 bits; 5 bits 10101 00110; 1 bit.
        assert_eq!([0, 1].map(|at| sample(&[0xAB, 0xC1, 0x23], at, 12)), [0xABC, 0x123]);
        assert_eq!([0, 1].map(|at| sample(&[0b1010_1001, 0b1000_0000], at, 5)), [21, 6]);
        assert_eq!([0, 7].map(|at| sample(&[0b1000_0000], at, 1)), [1, 0]);
        // The second of 15 bits: one in the second byte, eight in the third, six in the fourth.
        let fifteen = sample(&[0, 1, 0xFF, 0xFC], 1, 15);
        assert_eq!(fifteen, 0x7FFF);
    }
}
