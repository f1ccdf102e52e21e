//! Images at a depth short of their pixels: what no codec has changed, and what files of JPEG give.

use std::borrow::Cow;

use super::dct::{Coefficients, dct_image, partial_image, precision_of};
use super::wavelet::reduced_image;
use super::{Codec, CodecError, Depth};
use crate::image::{Image, ImageError, SampleFormat};

/// What files of an image are decoded to at a depth, had nothing been lost on the way: of 8 or 12 bits
/// where JPEG is meant.
///
/// # Errors
/// If the result has more pixels than an image may have.
///
/// # Panics
/// If no block has so many pixels.
pub fn at_depth(image: &Image, depth: Depth) -> Result<Cow<'_, Image>, ImageError> {
    Ok(match depth {
        Depth::Pixels => Cow::Borrowed(image),
        Depth::Coefficients => Cow::Owned(dct_image(image)?),
        Depth::Blocks(edge) => {
            Cow::Owned(partial_image(&dct_image(image)?, edge.into(), image.format())?)
        }
        Depth::Reduced(levels) => Cow::Owned(reduced_image(image, levels)?),
    })
}

/// True if files of JPEG can be decoded so far and no further.
pub(super) fn jpeg_decodes(depth: Depth) -> bool {
    matches!(depth, Depth::Pixels | Depth::Coefficients | Depth::Blocks(1..=8))
}

/// What a file of `codec`, one of the JPEG family, is decoded to.
pub(super) fn jpeg_decoded_to(
    codec: &dyn Codec,
    bytes: &[u8],
    format: SampleFormat,
    depth: Depth,
) -> Result<Image, CodecError> {
    if depth == Depth::Pixels {
        return codec.decode(bytes, format);
    }
    let name = codec.name();
    if !jpeg_decodes(depth) {
        return Err(CodecError::Depth { codec: name, depth });
    }
    let coefficients = Coefficients::read(name, bytes)?;
    let (found, expected) = (coefficients.precision(), precision_of(format));
    if found != expected {
        return Err(CodecError::Precision { codec: name, found, expected });
    }
    let image = coefficients.image()?;
    match depth {
        Depth::Blocks(edge) => Ok(partial_image(&image, edge.into(), format)?),
        _ => Ok(image),
    }
}
