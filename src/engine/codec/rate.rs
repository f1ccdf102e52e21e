//! The bytes that a target allows, and the ratio of a file of some bytes; knows no codec's file
//! format.

use super::Target;
use crate::image::SampleFormat;
use crate::units::{BitsPerPixel, CompressionRatio, RatioBase};

/// Bytes that a file may have to reach `target`, rounded down; `None` if the target limits none
/// or its ratio or bits are not a number above 0.
///
/// B bits per pixel allow B · pixels/8 bytes. A ratio N:1 on b bits allows b · pixels/(8 N) bytes, where b are the bits stored or
/// allocated of the `original`, or the bits stored of the codec's `input`.
///
/// ```
/// use phantom_limit_engine::codec::{Target, rate};
/// use phantom_limit_engine::image::{SampleFormat, WINDOWED};
/// use phantom_limit_engine::units::{BitsPerPixel, CompressionRatio, RatioBase};
/// let ct = SampleFormat { bits_stored: 12, bits_allocated: 16 };
/// let budget = |value, base| {
///     rate::budget(Target::Ratio(CompressionRatio { value, base }), 512 * 512, ct, WINDOWED)
/// };
/// assert_eq!(budget(10.0, RatioBase::Stored), Some(39_321));
/// assert_eq!(budget(10.0, RatioBase::Allocated), Some(52_428));
/// assert_eq!(budget(10.0, RatioBase::Input), Some(26_214));
/// assert_eq!(budget(0.0, RatioBase::Stored), None);
/// let bits = Target::BitsPerPixel(BitsPerPixel(1.2));
/// assert_eq!(rate::budget(bits, 512 * 512, ct, WINDOWED), Some(39_321));
/// ```
#[must_use]
pub fn budget(
    target: Target,
    pixels: usize,
    original: SampleFormat,
    input: SampleFormat,
) -> Option<usize> {
    // Bits per pixel are `bits / part`.
    let (bits, part) = match target {
        Target::Ratio(CompressionRatio { value, base }) => (bits(base, original, input), value),
        Target::BitsPerPixel(BitsPerPixel(bits)) => (bits, 1.0),
        _ => return None,
    };
    let possible = [bits, part].iter().all(|number| number.is_finite() && *number > 0.0);
    possible.then(|| (bits * pixels as f64 / (8.0 * part)).floor() as usize)
}

/// The ratio that a file of `bytes` has: bits of the base · pixels/(8 · bytes).
///
/// ```
/// use phantom_limit_engine::codec::rate;
/// use phantom_limit_engine::image::{SampleFormat, WINDOWED};
/// use phantom_limit_engine::units::RatioBase;
/// let ct = SampleFormat { bits_stored: 12, bits_allocated: 16 };
/// let ratio = |base| rate::ratio(39_322, 512 * 512, base, ct, WINDOWED).value;
/// assert!((ratio(RatioBase::Stored) - 10.0).abs() < 1e-3);
/// assert!((ratio(RatioBase::Allocated) - 13.333).abs() < 1e-3);
/// ```
#[must_use]
pub fn ratio(
    bytes: usize,
    pixels: usize,
    base: RatioBase,
    original: SampleFormat,
    input: SampleFormat,
) -> CompressionRatio {
    let value = bits(base, original, input) * pixels as f64 / (8.0 * bytes as f64);
    CompressionRatio { value, base }
}

/// Uncompressed bits of a pixel.
fn bits(base: RatioBase, original: SampleFormat, input: SampleFormat) -> f64 {
    f64::from(match base {
        RatioBase::Stored => original.bits_stored,
        RatioBase::Allocated => original.bits_allocated,
        RatioBase::Input => input.bits_stored,
    })
}
