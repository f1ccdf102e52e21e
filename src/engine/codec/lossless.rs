//! JPEG 2000 Part 1 with the reversible 5/3 transform: every sample restored exactly.

use super::codestream::Codestream;
use super::interface::check_format;
use super::{Codec, CodecError, CodecName, CodecOptions, Encoded, Target, ffi, jpeg2000};
use crate::image::{Image, SampleFormat};

const NAME: CodecName = CodecName::Lossless;

#[derive(Debug)]
pub(super) struct Lossless(pub(super) CodecOptions);

impl Codec for Lossless {
    fn name(&self) -> CodecName {
        NAME
    }

    fn version(&self) -> String {
        jpeg2000::version()
    }

    fn accepts(&self, format: SampleFormat) -> bool {
        jpeg2000::accepts(format)
    }

    fn knows(&self, target: Target) -> bool {
        target == Target::Lossless
    }

    fn encode_ladder(
        &self,
        image: &Image,
        _original: SampleFormat,
        targets: &[Target],
    ) -> Result<Vec<Encoded>, CodecError> {
        let format = image.format();
        check_format(self, format)?;
        if let Some(&target) = targets.iter().find(|&&target| !self.knows(target)) {
            return Err(CodecError::Target { codec: NAME, target });
        }
        if targets.is_empty() {
            return Ok(Vec::new());
        }
        let side = self.0.code_block().unwrap_or(jpeg2000::LARGE_CODE_BLOCK);
        let partition = ffi::Partition::new(image, side, self.0.resolutions());
        let bytes = ffi::encode(image, ffi::Transform::Reversible, partition, 1)
            .map_err(|message| CodecError::Encode { codec: NAME, message })?;
        let stream = Codestream::parse(&bytes)
            .map_err(|message| CodecError::Encode { codec: NAME, message })?;
        let cut = stream.cut(1);
        let level = Encoded {
            target: Target::Lossless,
            bytes: cut,
            reached: true,
            quality: None,
            dropped_bits: 0,
            header_bytes: stream.header_bytes(),
        };
        Ok(vec![level; targets.len()])
    }

    fn decode(&self, bytes: &[u8], format: SampleFormat) -> Result<Image, CodecError> {
        jpeg2000::decode(NAME, bytes, format)
    }
}
