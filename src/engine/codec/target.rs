//! What an encoder can be asked for, and what it returns.

use std::fmt;

use crate::units::{BitsPerPixel, CompressionRatio, Decibels};

/// What a compressed image must reach, with the fewest bytes or the highest quality that does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// At least this compression ratio, headers counted: the bytes that it allows are a ceiling.
    Ratio(CompressionRatio),
    /// At most these bits per pixel of the image matrix, headers counted; above 0.
    BitsPerPixel(BitsPerPixel),
    /// This quality of the JPEG family: libjpeg's scale of the quantisation tables, whole
    /// numbers from 1 to 100 for [`CodecName::Jpeg`](crate::codec::CodecName::Jpeg). Numbers of 8- and 12-bit JPEG cannot be
    /// compared.
    Quality(f64),
    /// At least this peak signal-to-noise ratio of the decoded image against the image given
    /// to the codec ([`metric::psnr_db`](crate::metric::psnr_db)).
    Psnr(Decibels),
    /// At least this structural similarity of the decoded image to the image given to the codec
    /// ([`metric::ssim`](crate::metric::ssim) with the Gaussian window), 0 to 1.
    Ssim(f64),
    /// No sample of the decoded image further than this from the image given to the codec
    /// ([`metric::max_error`](crate::metric::max_error)): a whole number of stored values from 1 on.
    MaxError(f64),
    /// Every sample restored exactly.
    Lossless,
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ratio(ratio) => ratio.fmt(formatter),
            Self::BitsPerPixel(BitsPerPixel(bits)) => write!(formatter, "{bits} bits per pixel"),
            Self::Quality(quality) => write!(formatter, "quality {quality}"),
            Self::Psnr(Decibels(psnr)) => write!(formatter, "a PSNR of {psnr} dB"),
            Self::Ssim(ssim) => write!(formatter, "an SSIM of {ssim}"),
            Self::MaxError(error) => write!(formatter, "a largest error of {error}"),
            Self::Lossless => formatter.write_str("lossless"),
        }
    }
}

/// An image compressed to a target.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoded {
    /// The target that was requested.
    pub target: Target,
    /// The complete file: it decodes alone.
    pub bytes: Vec<u8>,
    /// True if the target is reached. If false, the codec cannot and this is the nearest result.
    /// A codec whose best quality stays below the ceiling has reached the target.
    pub reached: bool,
    /// Quality of the JPEG family, as [`Target::Quality`] takes it to give the same bytes.
    pub quality: Option<f64>,
    /// Low bits of each sample that were dropped before coding: 4 where 12-bit samples go
    /// through 8-bit JPEG by the plain shift. The decoder restores the middle of the values
    /// that the kept bits leave.
    pub dropped_bits: u8,
    /// Bytes of `bytes` that hold no coded samples: markers and tables. JPEG 2000 packet
    /// headers count as coded samples.
    pub header_bytes: usize,
}
