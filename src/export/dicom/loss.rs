//! Owns what an object says of its compression: transfer syntax, ratios and methods.

use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};

use super::elements::{Elements, decimal};
use crate::image::Image;

/// What a codestream is to DICOM, read from its own markers.
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
    /// Reads what kind a codestream is; `None` if it is none of these.
    #[must_use]
    pub fn of(codestream: &[u8]) -> Option<Self> {
        match codestream {
            [0xFF, 0xD8, segments @ ..] => jpeg(segments),
            [0xFF, 0x4F, segments @ ..] => jpeg2000(segments),
            _ => None,
        }
    }

    /// UID of the transfer syntax.
    #[must_use]
    pub fn transfer_syntax(self) -> &'static str {
        match self {
            Self::JpegBaseline => uids::JPEG_BASELINE8_BIT,
            Self::JpegExtended => uids::JPEG_EXTENDED12_BIT,
            Self::Jpeg2000Lossless => uids::JPEG2000_LOSSLESS,
            Self::Jpeg2000 => uids::JPEG2000,
        }
    }

    /// Lossy Image Compression Method (PS3.3 C.7.6.1.1.5.1); `None` where nothing is lost.
    #[must_use]
    pub fn method(self) -> Option<&'static str> {
        match self {
            Self::JpegBaseline | Self::JpegExtended => Some("ISO_10918_1"),
            Self::Jpeg2000 => Some("ISO_15444_1"),
            Self::Jpeg2000Lossless => None,
        }
    }
}

/// Segments after the first marker: marker, length and rest of each.
fn segments(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let [0xFF, marker, high, low, ..] = *rest else { return None };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let segment = rest.get(4..2 + length)?;
        rest = &rest[2 + length..];
        Some((marker, segment))
    })
}

fn jpeg(bytes: &[u8]) -> Option<Coding> {
    // T.81 B.1.1.3: SOF0 and SOF1.
    segments(bytes).find_map(|(marker, _)| match marker {
        0xC0 => Some(Coding::JpegBaseline),
        0xC1 => Some(Coding::JpegExtended),
        _ => None,
    })
}

fn jpeg2000(bytes: &[u8]) -> Option<Coding> {
    // T.800 A.6.1: COD; Scod, progression, layers, component transform, levels, width, height
    // and style of code-blocks stand before the wavelet: 0 is 9/7, 1 is 5/3.
    let (_, coding) = segments(bytes).find(|(marker, _)| *marker == 0x52)?;
    match coding.get(9)? {
        0 => Some(Coding::Jpeg2000),
        1 => Some(Coding::Jpeg2000Lossless),
        _ => None,
    }
}

/// One irreversible compression of an image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LossyStep {
    /// Lossy Image Compression Method, a defined term.
    pub method: &'static str,
    /// Uncompressed bytes of the object's pixel data over bytes of the codestream.
    pub ratio: f64,
}

impl LossyStep {
    /// The step that made `codestream`, which decodes to `image`; `None` where nothing is lost
    /// or the codestream is unknown.
    ///
    /// The ratio counts the bytes that the decoded pixel data take in this object, so 8 bits a
    /// pixel after a display window (PS3.3 C.7.6.1.1.5.2).
    #[must_use]
    pub fn of(codestream: &[u8], image: &Image) -> Option<Self> {
        let method = Coding::of(codestream)?.method()?;
        let allocated = usize::from(image.format().bits_allocated / 8) * image.pixels();
        Some(Self { method, ratio: allocated as f64 / codestream.len() as f64 })
    }
}

/// Ratios and methods of every step in the same order; once lossy, an image stays so.
pub(super) fn put_history(history: &[LossyStep], elements: &mut Elements) {
    if history.is_empty() {
        return;
    }
    let ratios: Vec<String> = history.iter().map(|step| decimal(step.ratio)).collect();
    let methods: Vec<&str> = history.iter().map(|step| step.method).collect();
    elements.text(tags::LOSSY_IMAGE_COMPRESSION_RATIO, VR::DS, &ratios.join("\\"));
    elements.text(tags::LOSSY_IMAGE_COMPRESSION_METHOD, VR::CS, &methods.join("\\"));
    elements.code(tags::DERIVATION_CODE_SEQUENCE, ["113040", "DCM", "Lossy Compression"]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_marker_tells_baseline_from_extended() {
        // SOI, DQT of three bytes, then SOF0 or SOF1 (T.81 B.2.2).
        let stream = |frame: u8| [0xFF, 0xD8, 0xFF, 0xDB, 0, 3, 0, 0xFF, frame, 0, 4, 12, 0];
        assert_eq!(Coding::of(&stream(0xC0)), Some(Coding::JpegBaseline));
        assert_eq!(Coding::of(&stream(0xC1)), Some(Coding::JpegExtended));
        // Progressive has no place among the syntaxes of images.
        assert_eq!(Coding::of(&stream(0xC2)), None);
        assert_eq!(Coding::of(b"II*\0"), None);
        assert_eq!(Coding::of(&stream(0xC0)[..9]), None);
        // PS3.6 Table A-1.
        assert_eq!(Coding::JpegBaseline.transfer_syntax(), "1.2.840.10008.1.2.4.50");
        assert_eq!(Coding::JpegExtended.transfer_syntax(), "1.2.840.10008.1.2.4.51");
        assert_eq!(Coding::Jpeg2000Lossless.transfer_syntax(), "1.2.840.10008.1.2.4.90");
        assert_eq!(Coding::Jpeg2000.transfer_syntax(), "1.2.840.10008.1.2.4.91");
    }
}
