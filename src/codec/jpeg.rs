//! JPEG Baseline, 8 bit, greyscale: quality is searched for the target.
//!
//! The quantisation tables are libjpeg's at every quality (Annex K scaled), the Huffman tables
//! are optimised for each image. Decoded to 8-bit grey by one fixed decoder, since decoders
//! differ by a few grey levels from one another.
//!
//! Samples of more than 8 bits go by the plain shift: their low bits are dropped, and the
//! decoder restores the middle of the values that the kept bits leave, so that the loss of the
//! shift is part of the loss of the codec.

use std::io::Cursor;

use image::ImageDecoder;
use image::codecs::jpeg::JpegDecoder;
use jpeg_encoder::{ColorType, Encoder, QuantizationTableType};

use super::search::{Fidelity, Found, Search, Settings};
use super::{Codec, CodecError, CodecName, Encoded, Target, rate};
use crate::image::{Image, MAX_PIXELS, SampleFormat};
use crate::units::Decibels;

const NAME: CodecName = CodecName::Jpeg;

/// Encoder and decoder in Cargo.lock; a test compares.
const ENCODER: &str = "jpeg-encoder 0.7.1";
const DECODER: &str = "image 0.25.10, zune-jpeg 0.5.15";

/// Bits of a sample in the file.
const PRECISION: u8 = 8;

#[derive(Debug)]
pub(super) struct Jpeg;

impl Codec for Jpeg {
    fn name(&self) -> CodecName {
        NAME
    }

    fn version(&self) -> String {
        format!("{ENCODER} ({}) · {DECODER}", kernel())
    }

    fn accepts(&self, format: SampleFormat) -> bool {
        format.bits_stored >= PRECISION
    }

    /// Takes the highest quality 1..=100 whose bytes fit; if none does, the one of quality 1
    /// and its neighbours with the fewest bytes. For a fidelity, the lowest quality that
    /// reaches it.
    fn encode_ladder(
        &self,
        image: &Image,
        original: SampleFormat,
        targets: &[Target],
    ) -> Result<Vec<Encoded>, CodecError> {
        let format = image.format();
        if !self.accepts(format) {
            return Err(CodecError::Format { codec: NAME, format });
        }
        let mut search = Search::new(Qualities::new(image)?, image);
        let mut levels = Vec::with_capacity(targets.len());
        for &target in targets {
            let Found { setting, reached } = match target {
                Target::Quality(quality) if (1..=100).any(|whole| f64::from(whole) == quality) => {
                    Found { setting: quality as u32, reached: true }
                }
                Target::Psnr(Decibels(psnr)) if psnr.is_finite() => {
                    search.reaching(Fidelity::Psnr(psnr))?
                }
                Target::Ssim(ssim) if (0.0..=1.0).contains(&ssim) => {
                    search.reaching(Fidelity::Ssim(ssim))?
                }
                _ => match rate::budget(target, image.pixels(), original, format) {
                    Some(budget) => search.within(budget)?,
                    None => return Err(CodecError::Target { codec: NAME, target }),
                },
            };
            let bytes = search.file(setting)?.to_vec();
            levels.push(Encoded {
                target,
                reached,
                quality: Some(setting.into()),
                dropped_bits: dropped_bits(format),
                header_bytes: header(&bytes)?.bytes + EOI_BYTES,
                bytes,
            });
        }
        Ok(levels)
    }

    fn decode(&self, bytes: &[u8], format: SampleFormat) -> Result<Image, CodecError> {
        if !self.accepts(format) {
            return Err(CodecError::Format { codec: NAME, format });
        }
        let header = header(bytes)?;
        if header.precision != PRECISION {
            let (found, expected) = (header.precision, PRECISION);
            return Err(CodecError::Precision { codec: NAME, found, expected });
        }
        // The decoder fills what is missing with grey: a file without its end is refused here.
        if !bytes.ends_with(&[0xFF, 0xD9]) {
            return Err(damaged("the file ends before its end marker"));
        }
        let decoder = JpegDecoder::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
        if decoder.dimensions() != (header.columns as u32, header.rows as u32)
            || decoder.color_type() != image::ColorType::L8
        {
            return Err(damaged("the decoder reads another header"));
        }
        let mut grey = vec![0; header.rows * header.columns];
        decoder.read_image(&mut grey).map_err(|error| damaged(&error))?;
        let dropped = dropped_bits(format);
        let middle = (1_u16 << dropped) >> 1;
        let samples = grey.into_iter().map(|grey| (u16::from(grey) << dropped) | middle).collect();
        Ok(Image::new(header.rows, header.columns, format, samples)?)
    }
}

/// Bits that the plain shift drops.
fn dropped_bits(format: SampleFormat) -> u8 {
    format.bits_stored - PRECISION
}

/// Which forward transform the encoder takes on this processor: its AVX2 one rounds otherwise
/// than its portable one, so their bytes differ. The decoder's kernels agree with one another.
fn kernel() -> &'static str {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    if std::is_x86_feature_detected!("avx2") {
        return "avx2";
    }
    "portable"
}

fn damaged(message: impl ToString) -> CodecError {
    CodecError::Decode { codec: NAME, message: message.to_string() }
}

/// An image at the qualities 1 to 100.
#[derive(Debug)]
struct Qualities {
    rows: u16,
    columns: u16,
    format: SampleFormat,
    grey: Vec<u8>,
}

impl Qualities {
    fn new(image: &Image) -> Result<Self, CodecError> {
        let (rows, columns, format) = (image.rows(), image.columns(), image.format());
        let too_long = |_| CodecError::Size { codec: NAME, rows, columns };
        let dropped = dropped_bits(format);
        Ok(Self {
            rows: u16::try_from(rows).map_err(too_long)?,
            columns: u16::try_from(columns).map_err(too_long)?,
            format,
            grey: image.samples().iter().map(|&value| (value >> dropped) as u8).collect(),
        })
    }
}

impl Settings for Qualities {
    fn count(&self) -> u32 {
        100
    }

    fn encode(&self, quality: u32) -> Result<Vec<u8>, CodecError> {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, quality as u8);
        encoder.set_quantization_tables(
            QuantizationTableType::Default,
            QuantizationTableType::Default,
        );
        encoder.set_optimized_huffman_tables(true);
        encoder
            .encode(&self.grey, self.columns, self.rows, ColorType::Luma)
            .map_err(|error| CodecError::Encode { codec: NAME, message: error.to_string() })?;
        Ok(bytes)
    }

    fn decode(&self, file: &[u8]) -> Result<Image, CodecError> {
        Jpeg.decode(file, self.format)
    }
}

const EOI_BYTES: usize = 2;

/// What stands before the entropy-coded samples.
#[derive(Debug, PartialEq)]
struct Header {
    precision: u8,
    rows: usize,
    columns: usize,
    /// Up to the first entropy-coded byte.
    bytes: usize,
}

/// Reads the markers up to the first scan (ITU-T T.81 B.2), so that no claimed size reaches an
/// allocation unchecked.
fn header(bytes: &[u8]) -> Result<Header, CodecError> {
    if !bytes.starts_with(&[0xFF, 0xD8]) {
        return Err(damaged("no JPEG file"));
    }
    let mut at = 2;
    let mut frame = None;
    loop {
        let &[0xFF, marker, high, low] = bytes.get(at..at + 4).unwrap_or_default() else {
            return Err(damaged(format!("no marker at byte {at}")));
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let segment = bytes.get(at + 4..at + 2 + length.max(2));
        let Some(segment) = segment.filter(|_| length >= 2) else {
            return Err(damaged(format!("the segment at byte {at} is not complete")));
        };
        at += 2 + length;
        match (marker, frame) {
            // Sequential and progressive Huffman frames.
            (0xC0..=0xC2, None) => frame = Some(frame_size(segment)?),
            // Tables, restart interval, application data, comment.
            (0xC4 | 0xDB | 0xDD | 0xE0..=0xEF | 0xFE, _) => {}
            (0xDA, Some((precision, rows, columns))) => {
                return Ok(Header { precision, rows, columns, bytes: at });
            }
            _ => return Err(damaged(format!("marker FF{marker:02X} is not read here"))),
        }
    }
}

/// Precision, rows and columns of a greyscale frame header (ITU-T T.81 B.2.2).
fn frame_size(segment: &[u8]) -> Result<(u8, usize, usize), CodecError> {
    let &[precision, r1, r0, c1, c0, components, ..] = segment else {
        return Err(damaged("the frame header is not complete"));
    };
    let rows = usize::from(u16::from_be_bytes([r1, r0]));
    let columns = usize::from(u16::from_be_bytes([c1, c0]));
    if components != 1 {
        return Err(damaged(format!("{components} colour components, 1 expected")));
    }
    if rows == 0 || columns == 0 || rows * columns > MAX_PIXELS {
        return Err(CodecError::Size { codec: NAME, rows, columns });
    }
    Ok((precision, rows, columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame header alone: 8 bits, 2 rows, 3 columns, 1 component.
    const FRAME: [u8; 13] = [0xFF, 0xC0, 0, 11, 8, 0, 2, 0, 3, 1, 1, 0x11, 0];
    const SCAN: [u8; 10] = [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0];

    fn file(segments: &[&[u8]]) -> Vec<u8> {
        [&[0xFF, 0xD8], segments.concat().as_slice()].concat()
    }

    #[test]
    fn the_header_ends_before_the_first_coded_byte() {
        let comment = [0xFF, 0xFE, 0, 4, b'c', b't'];
        let read = header(&file(&[&comment, &FRAME, &SCAN, &[1, 2, 3]])).expect("complete");
        assert_eq!(read, Header { precision: 8, rows: 2, columns: 3, bytes: 2 + 6 + 13 + 10 });
    }

    #[test]
    fn a_header_that_is_not_read_is_an_error() {
        let mut colour = FRAME;
        colour[9] = 3;
        let mut empty = FRAME;
        empty[6] = 0;
        for segments in [
            &[&SCAN[..]][..],
            &[&FRAME],
            &[&FRAME, &FRAME, &SCAN],
            &[&colour, &SCAN],
            &[&empty, &SCAN],
            &[&[0xFF, 0xDB, 0, 1], &FRAME, &SCAN],
            &[&[0xFF, 0xC9, 0, 2], &FRAME, &SCAN],
        ] {
            assert!(header(&file(segments)).is_err(), "{segments:?}");
        }
    }
}
