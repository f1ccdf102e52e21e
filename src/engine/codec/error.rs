//! Why a codec did not encode or decode.

use thiserror::Error;

use super::{CodecName, Depth, Target};
use crate::image::{ImageError, SampleFormat};
use crate::metric::MetricError;

/// Why a codec did not encode or decode.
#[derive(Debug, Error, PartialEq)]
pub enum CodecError {
    /// Files of the codec are not decoded so far and no further.
    #[error("files of {codec} cannot be decoded to {depth}")]
    Depth {
        /// The codec.
        codec: CodecName,
        /// How far.
        depth: Depth,
    },
    /// The codec takes no such samples.
    #[error(
        "{codec} does not take {} bits stored in {} bits allocated",
        .format.bits_stored, .format.bits_allocated
    )]
    Format {
        /// The codec.
        codec: CodecName,
        /// Bits of the image given or asked for.
        format: SampleFormat,
    },
    /// The codec knows no such target, or its value is not possible.
    #[error("{codec} cannot be asked for {target}")]
    Target {
        /// The codec.
        codec: CodecName,
        /// The target.
        target: Target,
    },
    /// A side is too long for the codec.
    #[error("{codec} takes no image of {rows}×{columns} pixels")]
    Size {
        /// The codec.
        codec: CodecName,
        /// Rows of the image.
        rows: usize,
        /// Columns of the image.
        columns: usize,
    },
    /// Files of the codec are read but not written.
    #[error("{codec} files can be read but not written: take jpeg2000")]
    NoEncoder {
        /// The codec.
        codec: CodecName,
    },
    /// The encoder failed.
    #[error("{codec} could not encode: {message}")]
    Encode {
        /// The codec.
        codec: CodecName,
        /// What its library said.
        message: String,
    },
    /// The bytes are damaged, truncated, or of a kind that is not read.
    #[error("{codec} could not decode: {message}")]
    Decode {
        /// The codec.
        codec: CodecName,
        /// What was found.
        message: String,
    },
    /// The bytes hold samples of other bits than expected.
    #[error("{codec} found samples of {found} bits instead of {expected}")]
    Precision {
        /// The codec.
        codec: CodecName,
        /// Bits in the header.
        found: u8,
        /// Bits stored asked for.
        expected: u8,
    },
    /// The decoded image is not possible.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The image cannot be compared with its decoded self as the target asks.
    #[error(transparent)]
    Metric(#[from] MetricError),
}
