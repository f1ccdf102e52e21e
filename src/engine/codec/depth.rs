//! How far a file is decoded.

use std::fmt;

/// How far a file is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// To its pixels.
    Pixels,
    /// JPEG: to its dequantised coefficients, an image of [`Domain::Dct`](crate::image::Domain::Dct)
    /// in whole blocks.
    Coefficients,
    /// JPEG: to so many by so many pixels of each block, 1 to 8, from as many of its lowest
    /// frequencies; see [`partial_image`](super::partial_image).
    Blocks(u8),
    /// JPEG 2000: without its so many finest wavelet levels; see [`reduced_image`](super::reduced_image).
    Reduced(u8),
}

impl fmt::Display for Depth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pixels => formatter.write_str("pixels"),
            Self::Coefficients => formatter.write_str("the coefficients of JPEG"),
            Self::Blocks(edge) => write!(formatter, "{edge}×{edge} pixels of each block of JPEG"),
            Self::Reduced(1) => formatter.write_str("JPEG 2000 without its finest wavelet level"),
            Self::Reduced(levels) => {
                write!(formatter, "JPEG 2000 without its {levels} finest wavelet levels")
            }
        }
    }
}
