//! The trait that every codec implements; knows no codec.

use std::fmt;

use super::{CodecError, CodecName, Depth, Encoded, Target, rate, search};
use crate::image::{Image, SampleFormat, WINDOWED};

/// A codec. All work is deterministic, uses the calling thread only, and may run on several
/// threads at once.
pub trait Codec: Send + Sync + fmt::Debug {
    /// Name of the codec.
    fn name(&self) -> CodecName;

    /// Libraries and versions of encoder and decoder: codestreams and decoded images are
    /// identical for one such text.
    fn version(&self) -> String;

    /// True if images of this format can be encoded.
    fn accepts(&self, format: SampleFormat) -> bool;

    /// True if the codec takes this target, whether or not it can reach it for an image.
    fn knows(&self, target: Target) -> bool {
        is_rate_or_fidelity(target)
    }

    /// Compresses `image` for every target: one [`Encoded`] each, in the order given. Targets
    /// may come in any order and more than once.
    ///
    /// `original` holds the bits of the image before any display window, which ratios on stored
    /// or allocated bits count.
    ///
    /// # Errors
    /// If the codec does not take the format, the size or a target, or its library fails. A
    /// target that cannot be reached is no error: see [`Encoded::reached`].
    fn encode_ladder(
        &self,
        image: &Image,
        original: SampleFormat,
        targets: &[Target],
    ) -> Result<Vec<Encoded>, CodecError>;

    /// Restores the image; `format` holds the bits that it must have.
    ///
    /// # Errors
    /// If the bytes are damaged or truncated, claim more than
    /// [`MAX_PIXELS`](crate::image::MAX_PIXELS), or hold samples of other bits.
    fn decode(&self, bytes: &[u8], format: SampleFormat) -> Result<Image, CodecError>;

    /// True if files can be decoded so far and no further.
    fn decodes(&self, depth: Depth) -> bool {
        depth == Depth::Pixels
    }

    /// As [`Codec::decode`], so far and no further; see [`Depth`] for what comes out.
    ///
    /// # Errors
    /// As [`Codec::decode`], and if the codec knows no such depth.
    fn decode_to(
        &self,
        bytes: &[u8],
        format: SampleFormat,
        depth: Depth,
    ) -> Result<Image, CodecError> {
        match depth {
            Depth::Pixels => self.decode(bytes, format),
            _ => Err(CodecError::Depth { codec: self.name(), depth }),
        }
    }
}

/// True if the target is a possible rate or fidelity, which every irreversible codec knows.
pub(super) fn is_rate_or_fidelity(target: Target) -> bool {
    // Bits and size of the image do not matter for that.
    search::Fidelity::of(target).is_some() || rate::budget(target, 1, WINDOWED, WINDOWED).is_some()
}

/// The error for images of a format that the codec does not take.
pub(super) fn check_format(codec: &dyn Codec, format: SampleFormat) -> Result<(), CodecError> {
    let accepted = codec.accepts(format);
    accepted.then_some(()).ok_or(CodecError::Format { codec: codec.name(), format })
}
