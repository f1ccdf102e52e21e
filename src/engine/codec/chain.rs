//! Compression over several generations, as archives do when they move images; knows no codec's
//! file format.

use super::{Codec, CodecError, Encoded, Target, rate};
use crate::image::{Image, SampleFormat};
use crate::units::{CompressionRatio, RatioBase};

/// One compression of a chain.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// The codec, with its options.
    pub codec: &'a dyn Codec,
    /// What it must reach; a fidelity is relative to the input of the step.
    pub target: Target,
}

/// What one step of a chain made.
#[derive(Debug, Clone, PartialEq)]
pub struct Generation {
    /// The file.
    pub encoded: Encoded,
    /// The image restored from it: the input of the next step.
    pub decoded: Image,
    original: SampleFormat,
}

impl Generation {
    /// The ratio of the file, headers counted, whatever the other steps did.
    #[must_use]
    pub fn ratio(&self, base: RatioBase) -> CompressionRatio {
        let (image, bytes) = (&self.decoded, self.encoded.bytes.len());
        rate::ratio(bytes, image.pixels(), base, self.original, image.format())
    }
}

impl Generation {
    /// Restores `encoded`, which `codec` made of an image of `format`.
    fn of(
        codec: &dyn Codec,
        encoded: Encoded,
        original: SampleFormat,
        format: SampleFormat,
    ) -> Result<Self, CodecError> {
        let decoded = codec.decode(&encoded.bytes, format)?;
        Ok(Self { encoded, decoded, original })
    }
}

/// Compresses again and again with one codec and target: gives the generation of `first`, which
/// the codec made of an image of `format`, then that of what it restored, and so on without end.
///
/// `original` holds the bits of the image before any display window.
pub fn generations<'a>(
    step: Step<'a>,
    first: Encoded,
    original: SampleFormat,
    format: SampleFormat,
) -> impl Iterator<Item = Result<Generation, CodecError>> + 'a {
    let mut first = Some(first);
    let mut last: Option<Image> = None;
    std::iter::from_fn(move || {
        let encoded = match (first.take(), &last) {
            (Some(first), _) => Ok(first),
            (None, Some(image)) => {
                step.codec.encode_ladder(image, original, &[step.target]).map(|mut it| it.remove(0))
            }
            // The generation before failed.
            (None, None) => return None,
        };
        let found = encoded.and_then(|it| Generation::of(step.codec, it, original, format));
        last = found.as_ref().ok().map(|generation| generation.decoded.clone());
        Some(found)
    })
}

/// Compresses and restores `image` step by step: the input of each is what the one before restored.
///
/// `original` holds the bits of the image before any display window, as in
/// [`Codec::encode_ladder`].
///
/// # Errors
/// If a codec does not take the image or its target.
///
/// ```
/// use phantom_limit_engine::codec::{CodecName, Step, Target, chain, codec};
/// use phantom_limit_engine::image::{Image, WINDOWED};
/// use phantom_limit_engine::units::{CompressionRatio, RatioBase};
/// let samples = (0..64 * 64).map(|at| (at % 64) * 3 + at % 7).collect();
/// let image = Image::new(64, 64, WINDOWED, samples).expect("valid image");
/// let (jpeg, jpeg2000) = (codec(CodecName::Jpeg), codec(CodecName::Jpeg2000));
/// let target = Target::Ratio(CompressionRatio::stored(5.0));
/// let steps = [Step { codec: &*jpeg, target }, Step { codec: &*jpeg2000, target }];
/// let generations = chain(&image, WINDOWED, &steps).expect("both take 8 bits");
/// assert_eq!(generations.len(), 2);
/// assert!(generations[1].ratio(RatioBase::Stored).value >= 5.0);
/// ```
pub fn chain(
    image: &Image,
    original: SampleFormat,
    steps: &[Step<'_>],
) -> Result<Vec<Generation>, CodecError> {
    let mut generations: Vec<Generation> = Vec::with_capacity(steps.len());
    for step in steps {
        let given = generations.last().map_or(image, |generation| &generation.decoded);
        let encoded = step.codec.encode_ladder(given, original, &[step.target])?.remove(0);
        generations.push(Generation::of(step.codec, encoded, original, image.format())?);
    }
    Ok(generations)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{CodecName, codec};
    use crate::image::WINDOWED;

    #[test]
    fn generations_of_one_codec_are_a_chain_of_it() {
        let samples = (0..64 * 64).map(|at| (at % 64) * 3 + at % 7).collect();
        let image = Image::new(64, 64, WINDOWED, samples).expect("valid image");
        let jpeg = codec(CodecName::Jpeg);
        let step = Step { codec: &*jpeg, target: Target::Quality(40.0) };
        let first = jpeg.encode_ladder(&image, WINDOWED, &[step.target]).expect("8 bits").remove(0);
        let again: Result<Vec<Generation>, CodecError> =
            generations(step, first, WINDOWED, WINDOWED).take(3).collect();
        assert_eq!(again, chain(&image, WINDOWED, &[step; 3]));
    }
}
