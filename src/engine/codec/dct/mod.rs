//! Owns sequential JPEG of one component with Huffman coding (ITU-T T.81), 8 and 12 bit: from
//! samples to quantised coefficients to a file and back; knows no target and no image format.
//!
//! Everything is computed by additions and multiplications in a fixed order, so that the same
//! image gives the same bytes on every machine.

mod block;
mod coefficients;
mod decoder;
mod encoder;
mod fault;
mod file;
mod huffman;
mod markers;
mod tables;
mod transform;

pub use coefficients::{Coefficients, dct_image, partial_image};

pub(super) use coefficients::{Transformed, precision_of};
pub(super) use decoder::Bits as BitReader;
pub(super) use fault::Fault;
pub(super) use huffman::{CodeList, Reader};
pub(super) use markers::{FrameSize, SOF0, SOF1, code_lists, header_bytes, segments};
pub(super) use tables::{HIGHEST_QUALITY, LOWEST_QUALITY, QuantisationTable};

/// The crate's own sequential DCT coder, as the versions of codecs name it. The number rises with
/// every change of its bytes or pixels.
pub(super) const VERSION: &str = "own sequential DCT coder 1";
