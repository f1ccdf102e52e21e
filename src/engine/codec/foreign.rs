//! Files of other programs' encoders, as archives hold them: what decodes which.

use super::plane::{Plane, PlaneError, trimmed};
use super::{jpeg_lossless, jpeg2000, jpegls};

/// How a file is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaneCoding {
    /// JPEG 2000 (ITU-T T.800) or HTJ2K (T.814), bare or in a JP2 file.
    Jpeg2000,
    /// Lossless JPEG, process 14 (ITU-T T.81 Annex H).
    JpegLossless,
    /// JPEG-LS, lossless or near-lossless (ITU-T T.87).
    JpegLs,
}

impl Plane {
    /// Reads a file of an image of `size` rows and columns. Zeros and bytes of ones after the end
    /// marker, with which archives fill fragments up, are passed over.
    ///
    /// # Errors
    /// If the bytes are damaged, truncated, state another size, or hold several components; the
    /// size is checked before anything is decoded.
    pub fn read(coding: PlaneCoding, bytes: &[u8], size: [usize; 2]) -> Result<Self, PlaneError> {
        match coding {
            PlaneCoding::Jpeg2000 => jpeg2000::read_plane(bytes, size),
            PlaneCoding::JpegLossless => jpeg_lossless::decode(trimmed(bytes)?, size),
            PlaneCoding::JpegLs => jpegls::decode(trimmed(bytes)?, size),
        }
    }
}
