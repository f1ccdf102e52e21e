//! What kind of codestream a file holds, read from its markers.

use super::codestream::WaveletStyle;
use super::dct;

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
}

impl Coding {
    /// Reads which of these a codestream is; `None` for any other.
    #[must_use]
    pub fn of(codestream: &[u8]) -> Option<Self> {
        if let Some(style) = WaveletStyle::read(codestream) {
            return Some(if style.reversible { Self::Jpeg2000Lossless } else { Self::Jpeg2000 });
        }
        let mut segments = dct::segments(codestream).map_while(Result::ok);
        segments.find_map(|(marker, ..)| match marker {
            dct::SOF0 => Some(Self::JpegBaseline),
            dct::SOF1 => Some(Self::JpegExtended),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
