//! Codecs that are named but not part of this build: they take no image.

use super::{Codec, CodecError, CodecName, Encoded, Target};
use crate::image::{Image, SampleFormat};

#[derive(Debug)]
pub(super) struct Unavailable(pub(super) CodecName);

impl Codec for Unavailable {
    fn name(&self) -> CodecName {
        self.0
    }

    fn version(&self) -> String {
        "not in this build".to_owned()
    }

    fn accepts(&self, _: SampleFormat) -> bool {
        false
    }

    fn encode_ladder(
        &self,
        image: &Image,
        _: SampleFormat,
        _: &[Target],
    ) -> Result<Vec<Encoded>, CodecError> {
        Err(CodecError::Format { codec: self.0, format: image.format() })
    }

    fn decode(&self, _: &[u8], format: SampleFormat) -> Result<Image, CodecError> {
        Err(CodecError::Format { codec: self.0, format })
    }
}
