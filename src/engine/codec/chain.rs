//! Owns compression over several generations, as archives do when they move images; knows no
//! codec's file format.

use super::{Codec, CodecError, Encoded, Target, rate};
use crate::image::{Image, SampleFormat};
use crate::units::{CompressionRatio, RatioBase};

/// One compression of a chain.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// The codec, with its options.
    pub codec: &'a dyn Codec,
    /// What it shall meet; a fidelity is to the image that the step is given.
    pub target: Target,
}

/// What one step of a chain made.
#[derive(Debug, Clone, PartialEq)]
pub struct Generation {
    /// The file.
    pub encoded: Encoded,
    /// The image restored from it, which the next step is given.
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

/// Compresses and restores `image` step by step: each is given what the one before restored.
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
        let decoded = step.codec.decode(&encoded.bytes, image.format())?;
        generations.push(Generation { encoded, decoded, original });
    }
    Ok(generations)
}
