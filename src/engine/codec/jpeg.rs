//! JPEG Baseline, 8 bit, greyscale: quality is searched for the target.
//!
//! The quantisation tables are libjpeg's at every quality (Annex K scaled), the Huffman tables
//! are optimised for each image. Encoded by the crate's own coder, or by another one; decoded to 8-bit grey by one
//! fixed decoder of wide use, since decoders differ by a few grey levels from one another.
//!
//! Samples of more than 8 bits go by the plain shift: their low bits are dropped, and the
//! decoder restores the middle of the values that the kept bits leave, so that the loss of the
//! shift is part of the loss of the codec.

use std::io::Cursor;

use image::ImageDecoder;
use image::codecs::jpeg::JpegDecoder;

use super::dct::{self, FrameSize, segments};
use super::interface::{check_format, is_rate_or_fidelity};
use super::jpeg_writer::{self, JpegEncoder};
use super::partial::{jpeg_decoded_to, jpeg_decodes};
use super::quality::{self, Family};
use super::{Codec, CodecError, CodecName, CodecOptions, Depth, Encoded, Target};
use crate::image::{Image, SampleFormat};

const NAME: CodecName = CodecName::Jpeg;

/// Decoder in Cargo.lock; a test compares.
const DECODER: &str = "image 0.25.10, zune-jpeg 0.5.15";

/// Bits of a sample in the file.
const PRECISION: u8 = 8;

#[derive(Debug)]
pub(super) struct Jpeg(pub(super) CodecOptions);

impl Codec for Jpeg {
    fn name(&self) -> CodecName {
        NAME
    }

    fn version(&self) -> String {
        let encoder = match self.0.encoder() {
            JpegEncoder::Own => dct::VERSION,
            JpegEncoder::JpegEncoder => jpeg_writer::PEER,
        };
        format!("{encoder}{} · {DECODER}", quality::tables_in_version(self.0.tables()))
    }

    fn accepts(&self, format: SampleFormat) -> bool {
        format.bits_stored >= PRECISION
    }

    fn knows(&self, target: Target) -> bool {
        match target {
            Target::Quality(quality) => (1..=100).any(|whole| f64::from(whole) == quality),
            target => is_rate_or_fidelity(target),
        }
    }

    fn encode_ladder(
        &self,
        image: &Image,
        original: SampleFormat,
        targets: &[Target],
    ) -> Result<Vec<Encoded>, CodecError> {
        let family = Family {
            codec: self,
            precision: PRECISION,
            dropped_bits: image.format().bits_stored.saturating_sub(PRECISION),
            baseline: true,
            tables: self.0.tables(),
            encoder: self.0.encoder(),
            qualities: (1..=100).map(f64::from).collect(),
        };
        family.encode_ladder(image, original, targets)
    }

    fn decode(&self, bytes: &[u8], format: SampleFormat) -> Result<Image, CodecError> {
        check_format(self, format)?;
        let Header { frame, coded_bytes } = header(bytes)?;
        if frame.precision != PRECISION {
            let (found, expected) = (frame.precision, PRECISION);
            return Err(CodecError::Precision { codec: NAME, found, expected });
        }
        // The decoder fills what is missing with grey: a file without its end is refused here,
        // and one that has less than a bit for each block.
        if !bytes.ends_with(&[0xFF, 0xD9]) {
            return Err(damaged("the file ends before its end marker"));
        }
        let blocks = frame.rows.div_ceil(8) * frame.columns.div_ceil(8);
        if coded_bytes < blocks / 8 {
            return Err(damaged(format!("{coded_bytes} bytes for {blocks} blocks")));
        }
        let decoder = JpegDecoder::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
        if decoder.dimensions() != (frame.columns as u32, frame.rows as u32)
            || decoder.color_type() != image::ColorType::L8
        {
            return Err(damaged("the decoder reads another header"));
        }
        let mut grey = vec![0; frame.rows * frame.columns];
        decoder.read_image(&mut grey).map_err(|error| damaged(&error))?;
        let dropped = format.bits_stored - PRECISION;
        let middle = (1_u16 << dropped) >> 1;
        let samples = grey.into_iter().map(|grey| (u16::from(grey) << dropped) | middle).collect();
        Ok(Image::new(frame.rows, frame.columns, format, samples)?)
    }

    fn decodes(&self, depth: Depth) -> bool {
        jpeg_decodes(depth)
    }

    fn decode_to(
        &self,
        bytes: &[u8],
        format: SampleFormat,
        depth: Depth,
    ) -> Result<Image, CodecError> {
        jpeg_decoded_to(self, bytes, format, depth)
    }
}

fn damaged(message: impl ToString) -> CodecError {
    CodecError::Decode { codec: NAME, message: message.to_string() }
}

/// What a file says before its coded samples.
#[derive(Debug, PartialEq)]
struct Header {
    frame: FrameSize,
    /// Bytes after the first scan header.
    coded_bytes: usize,
}

/// Reads the markers up to the first scan (ITU-T T.81 B.2), so that no claimed size reaches an
/// allocation unchecked.
fn header(bytes: &[u8]) -> Result<Header, CodecError> {
    let mut frame = None;
    for segment in segments(bytes) {
        let (marker, content, end) = segment.map_err(|fault| fault.of(NAME))?;
        match (marker, frame) {
            // Sequential and progressive Huffman frames.
            (0xC0..=0xC2, None) => {
                frame = Some(FrameSize::read(content).map_err(|fault| fault.of(NAME))?);
            }
            // Tables, restart interval, application data, comment.
            (0xC4 | 0xDB | 0xDD | 0xE0..=0xEF | 0xFE, _) => {}
            (0xDA, Some(frame)) => {
                return Ok(Header { frame, coded_bytes: bytes.len() - end });
            }
            _ => return Err(damaged(format!("marker FF{marker:02X} is not read here"))),
        }
    }
    Err(damaged("no scan"))
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
    fn the_header_names_the_size() {
        let comment = [0xFF, 0xFE, 0, 4, b'c', b't'];
        let read = header(&file(&[&comment, &FRAME, &SCAN, &[1, 2, 3]])).expect("complete");
        let frame = FrameSize { precision: 8, rows: 2, columns: 3 };
        assert_eq!(read, Header { frame, coded_bytes: 3 });
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
