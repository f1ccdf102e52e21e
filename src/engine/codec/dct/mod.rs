//! Owns sequential JPEG of one component with Huffman coding (ITU-T T.81), 8 and 12 bit: from
//! samples to quantised coefficients to a file and back; knows no target and no image format.
//!
//! Everything is computed by additions and multiplications in a fixed order, so that the same
//! image gives the same bytes on every machine.

mod coefficients;
mod decoder;
mod encoder;
mod huffman;
mod markers;
mod tables;
mod transform;

use super::{CodecError, CodecName};

pub use coefficients::Coefficients;

pub(super) use coefficients::Transformed;
pub(super) use markers::{header_bytes, segments};
pub(super) use tables::{HIGHEST_QUALITY, LOWEST_QUALITY, QuantisationTable};

/// Samples on a side of a block.
const SIDE: usize = 8;

/// One value for each sample or coefficient of a block, row by row; in a block of coefficients
/// the column counts the horizontal frequency.
type Block<T> = [T; SIDE * SIDE];

/// Why a file is not read.
#[derive(Debug, PartialEq)]
pub(super) enum Fault {
    Damaged(String),
    Size { rows: usize, columns: usize },
}

impl Fault {
    fn damaged(message: impl Into<String>) -> Self {
        Self::Damaged(message.into())
    }

    /// The error of the codec that was asked.
    pub(super) fn of(self, codec: CodecName) -> CodecError {
        match self {
            Self::Damaged(message) => CodecError::Decode { codec, message },
            Self::Size { rows, columns } => CodecError::Size { codec, rows, columns },
        }
    }
}
