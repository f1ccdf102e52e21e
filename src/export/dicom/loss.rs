//! What an object states of its compression: transfer syntax, ratios and methods.

use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};

use super::elements::{Elements, decimal};
use crate::codec::Coding;
use crate::image::Image;

/// UID of the transfer syntax that holds codestreams of a coding.
pub(super) fn transfer_syntax(coding: Coding) -> &'static str {
    match coding {
        Coding::JpegBaseline => uids::JPEG_BASELINE8_BIT,
        Coding::JpegExtended => uids::JPEG_EXTENDED12_BIT,
        Coding::Jpeg2000Lossless => uids::JPEG2000_LOSSLESS,
        Coding::Jpeg2000 => uids::JPEG2000,
        Coding::JpegLsLossless => uids::JPEGLS_LOSSLESS,
        Coding::JpegLs => uids::JPEGLS_NEAR_LOSSLESS,
    }
}

/// Lossy Image Compression Method (PS3.3 C.7.6.1.1.5.1); `None` where nothing is lost.
fn method(coding: Coding) -> Option<&'static str> {
    match coding {
        Coding::JpegBaseline | Coding::JpegExtended => Some("ISO_10918_1"),
        Coding::Jpeg2000 => Some("ISO_15444_1"),
        Coding::JpegLs => Some("ISO_14495_1"),
        Coding::Jpeg2000Lossless | Coding::JpegLsLossless => None,
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
        let method = method(Coding::of(codestream)?)?;
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
    fn each_coding_has_its_transfer_syntax() {
        // PS3.6 Table A-1.
        assert_eq!(transfer_syntax(Coding::JpegBaseline), "1.2.840.10008.1.2.4.50");
        assert_eq!(transfer_syntax(Coding::JpegExtended), "1.2.840.10008.1.2.4.51");
        assert_eq!(transfer_syntax(Coding::Jpeg2000Lossless), "1.2.840.10008.1.2.4.90");
        assert_eq!(transfer_syntax(Coding::Jpeg2000), "1.2.840.10008.1.2.4.91");
        assert_eq!(transfer_syntax(Coding::JpegLsLossless), "1.2.840.10008.1.2.4.80");
        assert_eq!(transfer_syntax(Coding::JpegLs), "1.2.840.10008.1.2.4.81");
    }
}
