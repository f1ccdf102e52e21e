//! Owns the way from a target to the bytes that it allows; knows no codec's file format.

use super::Target;
use crate::image::SampleFormat;
use crate::units::RatioBase;

/// Bytes that a file may have to meet `target`, rounded down; `None` if the target limits none
/// or its ratio is not a number above 0.
///
/// A ratio N:1 on b bits allows b · pixels/(8 N) bytes, where b are the bits stored or
/// allocated of the `original`, or the bits stored of the codec's `input`.
///
/// ```
/// use phantom_limit::codec::{Target, rate};
/// use phantom_limit::image::{SampleFormat, WINDOWED};
/// use phantom_limit::units::{CompressionRatio, RatioBase};
/// let ct = SampleFormat { bits_stored: 12, bits_allocated: 16 };
/// let budget = |value, base| {
///     rate::budget(Target::Ratio(CompressionRatio { value, base }), 512 * 512, ct, WINDOWED)
/// };
/// assert_eq!(budget(10.0, RatioBase::Stored), Some(39_321));
/// assert_eq!(budget(10.0, RatioBase::Allocated), Some(52_428));
/// assert_eq!(budget(10.0, RatioBase::Input), Some(26_214));
/// assert_eq!(budget(0.0, RatioBase::Stored), None);
/// ```
#[must_use]
pub fn budget(
    target: Target,
    pixels: usize,
    original: SampleFormat,
    input: SampleFormat,
) -> Option<usize> {
    let Target::Ratio(ratio) = target else {
        return None;
    };
    let bits = match ratio.base {
        RatioBase::Stored => original.bits_stored,
        RatioBase::Allocated => original.bits_allocated,
        RatioBase::Input => input.bits_stored,
    };
    let possible = ratio.value.is_finite() && ratio.value > 0.0;
    possible.then(|| (f64::from(bits) * pixels as f64 / (8.0 * ratio.value)).floor() as usize)
}
