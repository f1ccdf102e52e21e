//! What kind of codestream a file holds, read from its markers.

use super::codestream::{ImageSize, WaveletStyle};
use super::dct::{self, FrameSize};
use super::{CodecName, jpegls};

/// The coding of a codestream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// Baseline JPEG (ITU-T T.81, SOF0).
    JpegBaseline,
    /// Extended sequential JPEG (SOF1), 8 or 12 bits.
    JpegExtended,
    /// JPEG 2000 with the reversible transform.
    Jpeg2000Lossless,
    /// JPEG 2000 with the irreversible transform.
    Jpeg2000,
    /// JPEG-LS (ITU-T T.87) with NEAR 0.
    JpegLsLossless,
    /// JPEG-LS with another NEAR.
    JpegLs,
}

impl Coding {
    /// Reads which of these a codestream is; `None` for any other.
    #[must_use]
    pub fn of(codestream: &[u8]) -> Option<Self> {
        if let Some(style) = WaveletStyle::read(codestream) {
            return Some(if style.reversible { Self::Jpeg2000Lossless } else { Self::Jpeg2000 });
        }
        if let Some([near, _]) = jpegls::stated(codestream) {
            return Some(if near == 0 { Self::JpegLsLossless } else { Self::JpegLs });
        }
        let mut segments = dct::segments(codestream).map_while(Result::ok);
        segments.find_map(|(marker, ..)| match marker {
            dct::SOF0 => Some(Self::JpegBaseline),
            dct::SOF1 => Some(Self::JpegExtended),
            _ => None,
        })
    }

    /// The codec that decodes it.
    #[must_use]
    pub fn codec(self) -> CodecName {
        match self {
            Self::JpegBaseline => CodecName::Jpeg,
            Self::JpegExtended => CodecName::Jpeg12,
            Self::Jpeg2000Lossless => CodecName::Lossless,
            Self::Jpeg2000 => CodecName::Jpeg2000,
            Self::JpegLsLossless | Self::JpegLs => CodecName::JpegLs,
        }
    }

    /// The bits of a sample that a codestream of this coding states; `None` where that part of it is
    /// damaged, or it is not of one component of unsigned samples.
    #[must_use]
    pub fn precision(self, codestream: &[u8]) -> Option<u8> {
        match self {
            Self::JpegBaseline | Self::JpegExtended => {
                let mut segments = dct::segments(codestream).map_while(Result::ok);
                let frame = segments.find(|it| matches!(it.0, dct::SOF0 | dct::SOF1))?;
                FrameSize::read(frame.1).ok().map(|frame| frame.precision)
            }
            Self::Jpeg2000Lossless | Self::Jpeg2000 => {
                ImageSize::read(self.codec(), codestream).ok().map(|size| size.precision)
            }
            Self::JpegLsLossless | Self::JpegLs => {
                jpegls::stated(codestream).map(|[_, precision]| precision)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Target, codec};
    use crate::image::{Image, SampleFormat};
    use crate::units::BitsPerPixel;

    #[test]
    fn what_a_codestream_states_is_enough_to_decode_it() {
        for (name, bits_stored) in [
            (CodecName::Jpeg, 8),
            (CodecName::Jpeg12, 12),
            (CodecName::Jpeg2000, 10),
            (CodecName::Lossless, 16),
            (CodecName::JpegLs, 9),
        ] {
            let format = SampleFormat { bits_stored, bits_allocated: 16 };
            let image = Image::new(16, 24, format, (0..16 * 24).map(|it| it % 200).collect());
            let image = image.expect("values of 8 bits");
            let target = match name {
                CodecName::Lossless => Target::Lossless,
                _ => Target::BitsPerPixel(BitsPerPixel(8.0)),
            };
            let encoded = codec(name).encode_ladder(&image, format, &[target]).expect("takes it");
            let coding = Coding::of(&encoded[0].bytes).expect("a known coding");
            assert_eq!(coding.codec(), name);
            assert_eq!(coding.precision(&encoded[0].bytes), Some(bits_stored), "{name}");
            assert_eq!(coding.precision(&encoded[0].bytes[..10]), None, "{name}");
        }
    }

    #[test]
    fn the_frame_marker_distinguishes_baseline_from_extended() {
        // SOI, DQT of three bytes, then SOF0 or SOF1 (T.81 B.2.2).
        let stream = |frame: u8| [0xFF, 0xD8, 0xFF, 0xDB, 0, 3, 0, 0xFF, frame, 0, 4, 12, 0];
        assert_eq!(Coding::of(&stream(0xC0)), Some(Coding::JpegBaseline));
        assert_eq!(Coding::of(&stream(0xC1)), Some(Coding::JpegExtended));
        // Progressive.
        assert_eq!(Coding::of(&stream(0xC2)), None);
        assert_eq!(Coding::of(b"II*\0"), None);
        assert_eq!(Coding::of(&stream(0xC0)[..9]), None);
    }

    #[test]
    fn the_transform_distinguishes_lossless_from_lossy() {
        // SOC, then COD of 12 bytes: one layer, five decompositions, code-blocks of 64×32.
        let stream =
            |transform: u8| [0xFF, 0x4F, 0xFF, 0x52, 0, 12, 0, 0, 0, 1, 0, 5, 4, 3, 0, transform];
        assert_eq!(Coding::of(&stream(0)), Some(Coding::Jpeg2000));
        assert_eq!(Coding::of(&stream(1)), Some(Coding::Jpeg2000Lossless));
        assert_eq!(Coding::of(&stream(2)), None);
        assert_eq!(Coding::of(&stream(0)[..15]), None);
        let style = WaveletStyle::read(&stream(1)).expect("complete");
        assert_eq!((style.layers, style.decompositions), (1, 5));
        assert_eq!((style.code_block_columns, style.code_block_rows), (64, 32));
    }
}
