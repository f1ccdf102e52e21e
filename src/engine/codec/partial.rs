//! Images at a depth short of their pixels: what no codec has changed, and what files of JPEG give.

use std::borrow::Cow;

use super::dct::{Coefficients, dct_image, partial_image};
use super::wavelet::reduced_image;
use super::{CodecError, CodecName, Depth};
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

/// What a file of JPEG is decoded to short of its pixels.
pub(super) fn decoded_to(
    codec: CodecName,
    coefficients: &Coefficients,
    format: SampleFormat,
    depth: Depth,
) -> Result<Image, CodecError> {
    match depth {
        Depth::Coefficients => Ok(coefficients.image()?),
        Depth::Blocks(edge @ 1..=8) => {
            Ok(partial_image(&coefficients.image()?, edge.into(), format)?)
        }
        _ => Err(CodecError::Depth { codec, depth }),
    }
}
