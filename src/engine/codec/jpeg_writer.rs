//! Who writes 8-bit JPEG files: the crate's own coder or `jpeg-encoder`, which has another DCT (of
//! whole numbers) and its own search for Huffman codes. A limit that both give is not a property of
//! one encoder.

use jpeg_encoder::{ColorType, Encoder, EncodingError, QuantizationTableType, SamplingFactor};
use serde::{Deserialize, Serialize};

use super::dct::Coefficients;
use super::{CodecError, CodecName};

/// An encoder of 8-bit JPEG.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JpegEncoder {
    /// The crate's own sequential DCT coder.
    #[default]
    Own,
    /// The crate `jpeg-encoder`, baseline with optimised Huffman codes.
    JpegEncoder,
}

impl JpegEncoder {
    /// All.
    pub const ALL: [Self; 2] = [Self::Own, Self::JpegEncoder];

    /// As it is typed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::JpegEncoder => "jpeg-encoder",
        }
    }
}

/// `jpeg-encoder` in Cargo.lock; a test compares.
pub(super) const PEER: &str = "jpeg-encoder 0.7.1";

/// The file of `jpeg-encoder`: 8-bit grey samples row by row, quality 1 to 100.
pub(super) fn peer(
    (rows, columns): (usize, usize),
    samples: &[u8],
    quality: u8,
    tables: &QuantizationTableType,
) -> Result<Vec<u8>, CodecError> {
    let codec = CodecName::Jpeg;
    let size = CodecError::Size { codec, rows, columns };
    let (Ok(width), Ok(height)) = (u16::try_from(columns), u16::try_from(rows)) else {
        return Err(size);
    };
    write(samples, (width, height), quality, tables)
        .map_err(|error| CodecError::Encode { codec, message: error.to_string() })
}

fn write(
    samples: &[u8],
    (width, height): (u16, u16),
    quality: u8,
    tables: &QuantizationTableType,
) -> Result<Vec<u8>, EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, quality);
    encoder.set_sampling_factor(SamplingFactor::F_1_1);
    encoder.set_optimized_huffman_tables(true);
    encoder.set_quantization_tables(tables.clone(), tables.clone());
    encoder.encode(samples, width, height, ColorType::Luma)?;
    Ok(bytes)
}

/// The steps of a table of `jpeg-encoder` at quality 50.
pub(super) fn steps(tables: &QuantizationTableType) -> [u16; 64] {
    let file = write(&[128; 64], (8, 8), 50, tables).expect("eight by eight pixels");
    *Coefficients::read(CodecName::Jpeg, &file).expect("a baseline file").quantisation()
}
