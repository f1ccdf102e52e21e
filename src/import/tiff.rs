//! TIFF of one page, grey, unsigned, 8 or 16 bits; uncompressed, PackBits, LZW or Deflate.

use std::io::Cursor;

use ::tiff::decoder::{Decoder, DecodingResult, Limits};
use ::tiff::tags::Tag;
use ::tiff::{ColorType, TiffError};

use super::claim::{checked_size, format_of};
use super::error::{Fault, TO_GREY, damaged, not_taken};
use super::imported::Imported;
use super::kind::FileKind;
use crate::image::{Image, MAX_PIXELS};

/// Photometric interpretation BlackIsZero (TIFF 6.0, section 4).
const BLACK_IS_ZERO: u32 = 1;

pub(super) fn decode(bytes: &[u8], bits_stored: Option<u8>) -> Result<Imported, Fault> {
    let mut limits = Limits::default();
    limits.decoding_buffer_size = 2 * MAX_PIXELS;
    // Tiles and strips reach beyond the image by less than one of them.
    limits.intermediate_buffer_size = 2 * MAX_PIXELS;
    limits.ifd_value_size = 16 << 20;
    let mut decoder = Decoder::new(Cursor::new(bytes)).map_err(fault)?.with_limits(limits);
    let (width, height) = decoder.dimensions().map_err(fault)?;
    let [rows, columns] = checked_size(height.into(), width.into())?;
    let room = match decoder.colortype().map_err(fault)? {
        ColorType::Gray(8) => 8,
        ColorType::Gray(16) => 16,
        ColorType::Gray(bits) => {
            let what = format!("the samples have {bits} bits, not 8 or 16");
            return Err(not_taken(what, "convert it to 16 bits a sample"));
        }
        other => return Err(not_taken(format!("the samples are {other:?}, not grey"), TO_GREY)),
    };
    let format = format_of(room, bits_stored)?;
    // Readers invert white-is-zero files within 8 or 16 bits; for 12 that is undefined.
    let tag = decoder.find_tag_unsigned(Tag::PhotometricInterpretation).map_err(fault)?;
    if tag.is_some_and(|interpretation: u32| interpretation != BLACK_IS_ZERO) {
        return Err(not_taken("0 means white", "convert it to black-is-zero"));
    }
    if decoder.more_images() {
        return Err(not_taken("the file has several pages", "save each page to a file"));
    }
    let samples = match decoder.read_image().map_err(fault)? {
        DecodingResult::U8(samples) => samples.into_iter().map(u16::from).collect(),
        DecodingResult::U16(samples) => samples,
        _ => {
            let what = "the samples are signed or no whole numbers";
            return Err(not_taken(what, "convert them to unsigned 16-bit samples"));
        }
    };
    let image = Image::new(rows, columns, format, samples)?;
    Ok(Imported::plain(image, FileKind::Tiff, false))
}

fn fault(error: TiffError) -> Fault {
    match error {
        TiffError::UnsupportedError(what) => {
            not_taken(what.to_string(), "convert it to uncompressed grey TIFF or to PNG")
        }
        error => damaged(error),
    }
}
