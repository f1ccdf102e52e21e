//! High-Throughput JPEG 2000 (ITU-T T.814): files are read, none is written.
//!
//! OpenJPEG decodes it. No encoder in Rust held up: openjph-core 0.1.0 writes wrong codestreams
//! (23 of 5376 small images, most of them full of noise), and its decoder panics on 1 in
//! 19 damaged files and takes over 10 s on others.

use super::{Codec, CodecError, CodecName, Encoded, Target, jpeg2000};
use crate::image::{Image, SampleFormat};

const NAME: CodecName = CodecName::Htj2k;

#[derive(Debug)]
pub(super) struct Htj2k;

impl Codec for Htj2k {
    fn name(&self) -> CodecName {
        NAME
    }

    fn version(&self) -> String {
        jpeg2000::version()
    }

    fn accepts(&self, _: SampleFormat) -> bool {
        false
    }

    fn knows(&self, _: Target) -> bool {
        false
    }

    fn encode_ladder(
        &self,
        _: &Image,
        _: SampleFormat,
        _: &[Target],
    ) -> Result<Vec<Encoded>, CodecError> {
        Err(CodecError::NoEncoder { codec: NAME })
    }

    fn decode(&self, bytes: &[u8], format: SampleFormat) -> Result<Image, CodecError> {
        jpeg2000::decode(NAME, bytes, format)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// imagecodecs 2026.3.6 (OpenJPH 0.26.3): `htj2k_encode(pixels, reversible=True)` of
    /// `r, c = numpy.mgrid[:16, :24]; (100 + 37 * r * c % 3000).astype('uint16')`.
    const FILE: &[u8] = include_bytes!("../../../tests/files/openjph.j2c");

    #[test]
    fn a_file_of_another_encoder_is_read() {
        let format = SampleFormat { bits_stored: 16, bits_allocated: 16 };
        let image = Htj2k.decode(FILE, format).expect("a lossless file");
        assert_eq!((image.rows(), image.columns()), (16, 24));
        let expected = (0..16).flat_map(|r| (0..24).map(move |c| 100 + 37 * r * c % 3000));
        assert!(image.samples().iter().copied().eq(expected));
    }

    #[test]
    fn none_is_written() {
        let format = SampleFormat { bits_stored: 8, bits_allocated: 8 };
        let image = Image::new(1, 1, format, vec![1]).expect("valid image");
        let refused = CodecError::NoEncoder { codec: NAME };
        assert_eq!(Htj2k.encode_ladder(&image, format, &[]), Err(refused));
    }
}
