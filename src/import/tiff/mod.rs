//! TIFF, grey, integers of 1 to 16 bits; uncompressed, PackBits, LZW or Deflate; pages, and the
//! stacks that ImageJ and tifffile keep behind one page.

mod packed;
mod reader;
mod stack;

use ::tiff::ColorType;
use ::tiff::decoder::DecodingResult;
use ::tiff::tags::Tag;

use super::claim::{checked_size, format_of};
use super::error::{Fault, damaged, not_taken};
use super::imported::Imported;
use super::kind::FileKind;
use super::reading::Reading;
use super::signed;
use super::wide::{self, Way};
use crate::image::{Image, SampleFormat};
use reader::{Reader, fault, open};

/// Photometric interpretation WhiteIsZero (TIFF 6.0, section 4).
const WHITE_IS_ZERO: u32 = 0;

/// Pages that are counted.
const MOST_PAGES: u32 = 1 << 16;

const TO_GREY: &str = "take one channel, for instance with Python: \
    tifffile.imwrite(\"grey.tif\", tifffile.imread(\"in.tif\")[..., 0])";
pub(super) fn decode(bytes: &[u8], reading: Reading) -> Result<Imported, Fault> {
    let mut decoder = open(bytes)?;
    let pages = pages(&mut decoder)?;
    decoder.seek_to_image(0).map_err(fault)?;
    let behind =
        if pages == 1 { stack::Behind::find(&mut decoder, bytes.len() as u64)? } else { None };
    let of = behind.as_ref().map_or(pages, |behind| behind.frames);
    let number = reading.frame_of(of)?;
    let imported = match behind {
        Some(behind) if number > 1 => {
            let moved = behind.moved(bytes, number)?;
            page(&mut open(&moved)?, &moved, 0, reading.bits_stored)?
        }
        Some(_) => page(&mut decoder, bytes, 0, reading.bits_stored)?,
        None => {
            let place = number as usize - 1;
            decoder.seek_to_image(place).map_err(fault)?;
            page(&mut decoder, bytes, place, reading.bits_stored)?
        }
    };
    Ok(imported.frame_of(number, of))
}

fn pages(decoder: &mut Reader<'_>) -> Result<u32, Fault> {
    let mut pages = 1;
    while decoder.more_images() && pages < MOST_PAGES {
        decoder.next_image().map_err(fault)?;
        pages += 1;
    }
    Ok(pages)
}

/// Page number `page`, from 0, at which the decoder stands.
fn page(
    decoder: &mut Reader<'_>,
    bytes: &[u8],
    page: usize,
    bits_stored: Option<u8>,
) -> Result<Imported, Fault> {
    let (width, height) = decoder.dimensions().map_err(fault)?;
    let size = checked_size(height.into(), width.into())?;
    let tag: Option<u32> =
        decoder.find_tag_unsigned(Tag::PhotometricInterpretation).map_err(fault)?;
    let inverted = tag == Some(WHITE_IS_ZERO);
    let colour = decoder.colortype().map_err(fault)?;
    // White-is-zero stays as the file holds it: the decoder inverts such samples in their bits.
    let undo = |words: &mut Vec<u16>, bits: u8| {
        let peak = u16::MAX >> (16 - bits);
        if inverted {
            words.iter_mut().for_each(|word| *word = peak - *word);
        }
    };
    let way = Way::tifffile((page > 0 || decoder.more_images()).then_some(page));
    let imported = match colour {
        ColorType::Gray(bits @ (1..=7 | 9..=15)) => {
            let mut words = packed::read(decoder, bytes, page, bits, size)?;
            undo(&mut words, bits);
            packed_image(words, size, bits, bits_stored)?
        }
        ColorType::Gray(_) | ColorType::RGB(8 | 16) => {
            let result = decoder.read_image().map_err(fault)?;
            let (mut words, bits, signed) = whole(result, colour, &way)?;
            undo(&mut words, bits);
            let format = format_of(bits, bits_stored)?;
            let [rows, columns] = size;
            if words.len() != rows * columns {
                return Err(damaged(format!(
                    "{} samples instead of {rows}×{columns}",
                    words.len()
                )));
            }
            let values = words.into_iter().map(|word| signed::value(word, bits, signed));
            let (image, offset) = signed::image(size, format, signed, values)?;
            Imported::shifted(image, FileKind::Tiff, offset)
        }
        other => return Err(not_taken(format!("the samples are {other:?}, not grey"), TO_GREY)),
    };
    Ok(Imported { inverted, ..imported })
}

/// Samples of 1 to 7 or 9 to 15 bits, which say how many carry the value.
fn packed_image(
    words: Vec<u16>,
    [rows, columns]: [usize; 2],
    bits: u8,
    asked: Option<u8>,
) -> Result<Imported, Fault> {
    let bits_stored = asked.map_or(bits, |asked| asked.min(bits));
    let format = SampleFormat { bits_stored, bits_allocated: if bits < 8 { 8 } else { 16 } };
    Ok(Imported::plain(Image::new(rows, columns, format, words)?, FileKind::Tiff, true))
}

/// Samples of whole bytes as words, their bits, and whether they have a sign.
fn whole(
    result: DecodingResult,
    colour: ColorType,
    way: &Way,
) -> Result<(Vec<u16>, u8, bool), Fault> {
    let wide =
        |kind: &str, values: &mut dyn Iterator<Item = f64>| Err(wide::refused(kind, values, way));
    let (words, bits, signed): (Vec<u16>, u8, bool) = match result {
        DecodingResult::U8(samples) => (samples.into_iter().map(u16::from).collect(), 8, false),
        DecodingResult::U16(samples) => (samples, 16, false),
        DecodingResult::I8(samples) => {
            (samples.into_iter().map(|sample| u16::from(sample as u8)).collect(), 8, true)
        }
        DecodingResult::I16(samples) => {
            (samples.into_iter().map(|sample| sample as u16).collect(), 16, true)
        }
        DecodingResult::F16(samples) => {
            return wide("float16", &mut samples.iter().map(|sample| sample.to_f64()));
        }
        DecodingResult::F32(samples) => {
            return wide("float32", &mut samples.iter().map(|&sample| sample.into()));
        }
        DecodingResult::F64(samples) => return wide("float64", &mut samples.iter().copied()),
        DecodingResult::U32(samples) => {
            return wide("uint32", &mut samples.iter().map(|&sample| sample.into()));
        }
        DecodingResult::I32(samples) => {
            return wide("int32", &mut samples.iter().map(|&sample| sample.into()));
        }
        DecodingResult::U64(samples) => {
            return wide("uint64", &mut samples.iter().map(|&sample| sample as f64));
        }
        DecodingResult::I64(samples) => {
            return wide("int64", &mut samples.iter().map(|&sample| sample as f64));
        }
    };
    let words = match colour {
        ColorType::RGB(_) => {
            if words.chunks_exact(3).any(|pixel| pixel[0] != pixel[1] || pixel[0] != pixel[2]) {
                return Err(not_taken(format!("the samples are {colour:?}, not grey"), TO_GREY));
            }
            words.into_iter().step_by(3).collect()
        }
        _ => words,
    };
    Ok((words, bits, signed))
}
