//! PNG: grey of 1 to 16 bits, and palettes and colours that are grey.

use std::io::Cursor;

use ::png::{BitDepth, ColorType, Decoder, DecodingError, Limits};

use super::claim::{checked_size, format_of};
use super::error::{Fault, damaged, not_taken};
use super::imported::{Imported, Remark};
use super::kind::FileKind;
use super::reading::Reading;
use crate::image::{Image, SampleFormat};

/// Memory of the decoder for what is no sample; the samples are checked beforehand.
const LIMITS: Limits = Limits { bytes: 64 << 20 };

const TO_GREY: [&str; 2] = [
    "take one channel or the luma, for instance with Python: \
     PIL.Image.open(\"in.png\").convert(\"L\").save(\"grey.png\")",
    "take one channel, for instance with Python: a = imagecodecs.png_decode(open(\"in.png\", \
     \"rb\").read()); numpy.save(\"grey.npy\", a[..., 0])",
];
const OPAQUE: [&str; 2] = [
    "lay it on a background, for instance with Python: \
     i = PIL.Image.open(\"in.png\").convert(\"LA\"); b = PIL.Image.new(\"L\", i.size, 0); \
     b.paste(i.getchannel(\"L\"), mask=i.getchannel(\"A\")); b.save(\"grey.png\")",
    "lay it on a background, for instance with Python: a = imagecodecs.png_decode(open(\"in.png\", \
     \"rb\").read()).astype(float); numpy.save(\"grey.npy\", numpy.rint(a[..., 0] * a[..., -1] / \
     65535).astype(numpy.uint16))",
];
/// A grey or colour that stands for transparent.
const KEYED: &str = "pixels have the value that the file calls transparent";
const WITHOUT_KEY: &str = "if they are to be seen, save it without that: \
    PIL.Image.open(\"in.png\") with .info.pop(\"transparency\") before .save(\"grey.png\")";

pub(super) fn decode(bytes: &[u8], reading: Reading) -> Result<Imported, Fault> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), LIMITS);
    // Comments and colour profiles are not looked at, so their faults do not matter.
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let header = decoder.read_header_info().map_err(fault)?;
    let [rows, columns] = checked_size(header.height.into(), header.width.into())?;
    let (colour, depth) = (header.color_type, header.bit_depth);
    reading.frame_of(1)?;
    let indexed = colour == ColorType::Indexed;
    let room = if depth == BitDepth::Sixteen { 16 } else { 8 };
    let states = !indexed && (depth as u8) < 8;
    let format = if states {
        let bits_stored = reading.bits_stored.map_or(depth as u8, |asked| asked.min(depth as u8));
        SampleFormat { bits_stored, bits_allocated: 8 }
    } else {
        format_of(room, reading.bits_stored)?
    };
    let mut reader = decoder.read_info().map_err(fault)?;
    if reader.info().animation_control.is_some_and(|control| control.num_frames > 1) {
        return Err(not_taken("the file is animated", "save one image to a file"));
    }
    let palette = if indexed { Some(greys(reader.info())?) } else { None };
    let channels = colour.samples();
    let row_bytes = (columns * channels * depth as usize).div_ceil(8);
    let mut packed = vec![0; rows * row_bytes];
    reader.next_frame(&mut packed).map_err(fault)?;
    let mut samples = Vec::with_capacity(rows * columns);
    // Of a palette it is the list of its alphas.
    // The library keeps one byte of each value that has no more.
    let key: Option<Vec<u16>> =
        reader.info().trns.as_deref().filter(|_| !indexed).map(|key| match depth {
            BitDepth::Sixteen => {
                key.as_chunks::<2>().0.iter().map(|&two| u16::from_be_bytes(two)).collect()
            }
            _ => key.iter().map(|&byte| byte.into()).collect(),
        });
    for row in packed.chunks_exact(row_bytes) {
        let value = |at: usize| value(row, at, depth as u8);
        for column in 0..columns {
            let first = value(column * channels);
            let is_key = |key: &Vec<u16>| {
                !key.is_empty()
                    && (0..).zip(key).all(|(at, &of)| value(column * channels + at) == of)
            };
            if key.as_ref().is_some_and(is_key) {
                return Err(not_taken(KEYED, WITHOUT_KEY));
            }
            samples.push(match (&palette, colour) {
                (Some(greys), _) => grey_of(greys, first)?,
                (None, ColorType::Grayscale) => first,
                (None, colour) => {
                    let pixel = (1..channels).map(|channel| value(column * channels + channel));
                    let peak = u16::MAX >> (16 - depth as u8);
                    grey_pixel(first, pixel, colour, peak)?
                }
            });
        }
    }
    let image = Image::new(rows, columns, format, samples)?;
    let mut imported = Imported::plain(image, FileKind::Png, states);
    let surplus = surplus(bytes);
    if surplus > 0 {
        imported.remarks.push(Remark::Surplus { bytes: surplus });
    }
    Ok(imported)
}

/// A sample of a row: several in a byte, the first in its high bits.
fn value(row: &[u8], at: usize, depth: u8) -> u16 {
    match depth {
        16 => u16::from_be_bytes([row[2 * at], row[2 * at + 1]]),
        8 => row[at].into(),
        depth => {
            let bit = at * usize::from(depth);
            let shift = 8 - depth as usize - bit % 8;
            u16::from(row[bit / 8] >> shift) & ((1 << depth) - 1)
        }
    }
}

/// The grey levels of a palette; none for colours and transparent entries.
fn greys(info: &::png::Info<'_>) -> Result<Vec<Option<u16>>, Fault> {
    let palette = info.palette.as_ref().ok_or_else(|| damaged("no palette"))?;
    let alphas = info.trns.as_deref().unwrap_or_default();
    let entry = |(at, colour): (usize, &[u8])| {
        let opaque = alphas.get(at).is_none_or(|&alpha| alpha == 255);
        (opaque && colour[0] == colour[1] && colour[0] == colour[2]).then_some(colour[0].into())
    };
    Ok(palette.chunks_exact(3).enumerate().map(entry).collect())
}

fn grey_of(greys: &[Option<u16>], index: u16) -> Result<u16, Fault> {
    match greys.get(usize::from(index)) {
        Some(Some(grey)) => Ok(*grey),
        Some(None) => Err(not_taken("the palette has colours or transparent entries", TO_GREY[0])),
        None => Err(damaged(format!("the palette has no entry {index}"))),
    }
}

/// The grey of a pixel whose further channels are given, if it is grey and opaque.
fn grey_pixel(
    first: u16,
    further: impl Iterator<Item = u16>,
    colour: ColorType,
    peak: u16,
) -> Result<u16, Fault> {
    let colours = if colour == ColorType::GrayscaleAlpha { 0 } else { 2 };
    let wide = usize::from(peak == u16::MAX);
    for (at, other) in further.enumerate() {
        if at < colours && other != first {
            return Err(not_taken(format!("the samples are {colour:?}, not grey"), TO_GREY[wide]));
        }
        if at == colours && other != peak {
            return Err(not_taken("pixels are transparent", OPAQUE[wide]));
        }
    }
    Ok(first)
}

/// Bytes behind the last chunk.
fn surplus(bytes: &[u8]) -> u64 {
    let mut rest = bytes.get(8..).unwrap_or_default();
    while let Some((head, after)) = rest.split_first_chunk::<8>() {
        let [a, b, c, d, kind @ ..] = head;
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        // The checksum follows.
        let Some(next) = after.get(length.saturating_add(4)..) else { return 0 };
        if kind == b"IEND" {
            return next.len() as u64;
        }
        rest = next;
    }
    0
}

fn fault(error: DecodingError) -> Fault {
    damaged(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(colour: ColorType, depth: BitDepth, palette: Option<&[u8]>, row: &[u8]) -> Vec<u8> {
        let columns = (8 * row.len() / (colour.samples() * depth as usize)) as u32;
        let mut bytes = Vec::new();
        let mut encoder = ::png::Encoder::new(&mut bytes, columns, 1);
        encoder.set_color(colour);
        encoder.set_depth(depth);
        if let Some(palette) = palette {
            encoder.set_palette(palette.to_vec());
        }
        let mut writer = encoder.write_header().expect("valid header");
        writer.write_image_data(row).expect("a whole row");
        writer.finish().expect("written to memory");
        bytes
    }

    fn samples(file: &[u8]) -> Result<(Vec<u16>, u8), String> {
        let read = decode(file, Reading::default()).map_err(|fault| fault.to_string())?;
        let bits = read.image.format().bits_stored;
        Ok((read.image.into_samples(), bits))
    }

    #[test]
    fn few_bits_are_unpacked_and_stated() {
        let grey = |depth, row: &[u8]| samples(&file(ColorType::Grayscale, depth, None, row));
        assert_eq!(grey(BitDepth::One, &[0xA5]), Ok((vec![1, 0, 1, 0, 0, 1, 0, 1], 1)));
        assert_eq!(grey(BitDepth::Two, &[0x1B]), Ok((vec![0, 1, 2, 3], 2)));
        assert_eq!(grey(BitDepth::Four, &[0x9C]), Ok((vec![9, 12], 4)));
    }

    #[test]
    fn palettes_and_colours_that_are_grey_are_read() {
        let palette = [10, 10, 10, 200, 200, 200, 1, 2, 3];
        let indexed =
            |row: &[u8]| samples(&file(ColorType::Indexed, BitDepth::Two, Some(&palette), row));
        assert_eq!(indexed(&[0b0001_0100]), Ok((vec![10, 200, 200, 10], 8)));
        assert!(indexed(&[0b1000_0000]).unwrap_err().contains("colours"));
        assert!(indexed(&[0b1100_0000]).unwrap_err().contains("no entry 3"));
        let of = |colour, row: &[u8]| samples(&file(colour, BitDepth::Eight, None, row));
        assert_eq!(of(ColorType::Rgb, &[7, 7, 7, 9, 9, 9]), Ok((vec![7, 9], 8)));
        assert!(of(ColorType::Rgb, &[7, 7, 8]).unwrap_err().contains("Rgb, not grey"));
        assert_eq!(of(ColorType::Rgba, &[7, 7, 7, 255]), Ok((vec![7], 8)));
        assert_eq!(of(ColorType::GrayscaleAlpha, &[7, 255]), Ok((vec![7], 8)));
        assert!(of(ColorType::GrayscaleAlpha, &[7, 254]).unwrap_err().contains("transparent"));
        let deep = file(ColorType::Rgb, BitDepth::Sixteen, None, &[1, 2, 1, 2, 1, 2]);
        assert_eq!(samples(&deep), Ok((vec![258], 16)));
    }

    #[test]
    fn bytes_behind_the_end_are_said() {
        let mut bytes = file(ColorType::Grayscale, BitDepth::Eight, None, &[5]);
        bytes.extend(b"more");
        let read = decode(&bytes, Reading::default()).expect("an image");
        assert_eq!(read.remarks, [Remark::Surplus { bytes: 4 }]);
    }
}
