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
    /// Reads a file. Zeros and bytes of ones after the end marker, with which archives fill
    /// fragments up, are passed over.
    ///
    /// # Errors
    /// If the bytes are damaged, truncated, claim more than
    /// [`MAX_PIXELS`](crate::image::MAX_PIXELS), or hold several components.
    pub fn read(coding: PlaneCoding, bytes: &[u8]) -> Result<Self, PlaneError> {
        match coding {
            PlaneCoding::Jpeg2000 => jpeg2000::read_plane(bytes),
            PlaneCoding::JpegLossless => jpeg_lossless::decode(trimmed(bytes)?),
            PlaneCoding::JpegLs => jpegls::decode(trimmed(bytes)?),
        }
    }
}
