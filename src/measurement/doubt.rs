//! What makes a measured ratio or fidelity doubtful.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::padding::Padding;
use crate::codec::Encoded;
use crate::image::{Display, Image};
use crate::import::{LossyPast, Remark};
use crate::metric;

/// Share of header bytes from which a ratio describes markers and tables more than the image.
const HEADER_SHARE: f64 = 0.10;

/// Unused top bits from which the declared precision is doubted: one may be the scanner's
/// headroom.
const UNUSED_TOP_BITS: u8 = 2;

/// Share of pixels outside the window from which there is a warning.
const CLIPPED_SHARE: f64 = 0.01;

/// A reason to doubt a number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "doubt")]
#[non_exhaustive]
pub enum Doubt {
    /// The image is so small that headers take a large part of the file.
    HeaderShare {
        /// Header bytes over all bytes.
        share: f64,
    },
    /// No sample uses the top bits stored.
    UnusedTopBits {
        /// How many.
        bits: u8,
        /// Bits stored that were declared.
        bits_stored: u8,
    },
    /// The low bits of all samples are 0.
    UnusedLowBits {
        /// How many.
        bits: u8,
        /// Bits stored that were declared.
        bits_stored: u8,
    },
    /// According to the file, the image went through lossy compression.
    LossyBefore {
        /// The ratios of the steps, as far as stated.
        ratios: Vec<f64>,
        /// The methods of the steps, as far as stated.
        methods: Vec<String>,
    },
    /// The image has block borders every 8 pixels.
    BlockGrid {
        /// Row at which a block begins, below 8.
        row: usize,
        /// Column at which a block begins, below 8.
        column: usize,
    },
    /// Bits outside those stored hold something in the file.
    ForeignBits {
        /// Samples with such bits.
        samples: usize,
    },
    /// The codestream in the file has other bits a sample than its header states.
    Precision {
        /// Bits of the codestream.
        found: u8,
        /// Bits stored of the header.
        declared: u8,
    },
    /// The words of the file are not those of 8 or 16 bits that ratios count.
    Words {
        /// Bits of a word in the file.
        allocated: u8,
        /// What every value of the file was divided by, of which all are multiples.
        divisor: u32,
    },
    /// The file has more bytes than the image takes.
    Surplus {
        /// How many.
        bytes: u64,
    },
    /// Pixels only fill the image up.
    Padding {
        /// Their share of all pixels.
        share: f64,
    },
    /// The file offers several windows, and the first was taken.
    SeveralWindows {
        /// How many.
        windows: usize,
    },
    /// The display window saturates pixels: what lies outside is not compressed, but lost.
    Clipped {
        /// Pixels outside over all pixels.
        share: f64,
    },
}

impl fmt::Display for Doubt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| 100.0 * share;
        match self {
            Self::HeaderShare { share } => write!(
                formatter,
                "headers are {:.0} % of the file; ratios of so small an image say little of large \
                 ones",
                percent(*share)
            ),
            Self::UnusedTopBits { bits, bits_stored } => write!(
                formatter,
                "no sample uses the top {bits} of {bits_stored} bits stored: ratios on bits stored \
                 are {:.2} times too large if {} bits carry the value (--bits-stored)",
                f64::from(*bits_stored) / f64::from((bits_stored - bits).max(1)),
                bits_stored - bits
            ),
            Self::UnusedLowBits { bits, bits_stored } => write!(
                formatter,
                "the low {bits} of {bits_stored} bits stored are 0 in every sample: the values \
                 were scaled up, and ratios are too large"
            ),
            Self::LossyBefore { ratios, methods } => {
                formatter.write_str("the file says that it was compressed irreversibly before")?;
                let ratios: Vec<String> = ratios.iter().map(|ratio| format!("{ratio}:1")).collect();
                let said: Vec<&str> = methods.iter().chain(&ratios).map(String::as_str).collect();
                if said.is_empty() { Ok(()) } else { write!(formatter, " ({})", said.join(", ")) }
            }
            Self::BlockGrid { row, column } => write!(
                formatter,
                "the image has a grid of 8×8 blocks (from row {row}, column {column}): it was \
                 compressed with JPEG before"
            ),
            Self::ForeignBits { samples } => write!(
                formatter,
                "{samples} samples have bits outside those stored (overlays or junk), which are no \
                 part of the image"
            ),
            Self::Precision { found, declared } => write!(
                formatter,
                "the codestream has {found} bits a sample where the header declares {declared} \
                 bits stored"
            ),
            Self::Words { allocated, divisor } => {
                write!(
                    formatter,
                    "the file allocates {allocated} bits a sample; ratios on bits allocated count \
                     {}",
                    if *allocated < 8 { 8 } else { 16 }
                )?;
                if *divisor == 1 {
                    return Ok(());
                }
                write!(formatter, ". Its values are multiples of {divisor}, and divided by it")
            }
            Self::Surplus { bytes } => {
                write!(formatter, "the file has {bytes} bytes more than the image takes")
            }
            Self::Padding { share } => write!(
                formatter,
                "{:.1} % of the pixels are padding, which no window, fidelity or index counts, \
                 but every rate",
                percent(*share)
            ),
            Self::SeveralWindows { windows } => write!(
                formatter,
                "the file offers {windows} windows, of which the first was taken (--window-index)"
            ),
            Self::Clipped { share } => write!(
                formatter,
                "{:.1} % of the pixels lie outside the display window and are lost before \
                 compression",
                percent(*share)
            ),
        }
    }
}

/// Doubts about an image as it came. `offset` was added to signed samples, and is 0 for others.
#[must_use]
pub fn doubts_of_image(
    image: &Image,
    offset: u16,
    padding: Option<&Padding>,
    lossy: Option<&LossyPast>,
) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    let bits_stored = image.format().bits_stored;
    let bits = match padding {
        Some(padding) => UsedBits::of(padding.others(image), offset),
        None => UsedBits::of(image.samples().iter().copied(), offset),
    };
    // An image of zeros has no bits to look at.
    if let Some(UsedBits { high, low }) = bits {
        let top = bits_stored.saturating_sub(high);
        if top >= UNUSED_TOP_BITS {
            doubts.push(Doubt::UnusedTopBits { bits: top, bits_stored });
        }
        if low > 0 {
            doubts.push(Doubt::UnusedLowBits { bits: low, bits_stored });
        }
    }
    if let Some(LossyPast { ratios, methods }) = lossy.cloned() {
        doubts.push(Doubt::LossyBefore { ratios, methods });
    }
    let grid = match padding {
        Some(padding) => metric::block_grid(&padding.filled(image)),
        None => metric::block_grid(image),
    };
    if let Some([row, column]) = grid {
        doubts.push(Doubt::BlockGrid { row, column });
    }
    if let Some(padding) = padding {
        let share = padding.pixels() as f64 / image.pixels() as f64;
        doubts.push(Doubt::Padding { share });
    }
    doubts
}

/// The bits that values use.
struct UsedBits {
    /// Bits that hold every value, one of them for the sign where there is one.
    high: u8,
    /// Low bits that are 0 in every value.
    low: u8,
}

impl UsedBits {
    /// `None` if every value is 0.
    fn of(samples: impl Iterator<Item = u16>, offset: u16) -> Option<Self> {
        let (mut ones, mut size) = (0_u32, 0_u32);
        for sample in samples {
            let value = i32::from(sample) - i32::from(offset);
            ones |= value.unsigned_abs();
            // A negative value takes as many bits as its complement.
            size |= if value < 0 { !value } else { value } as u32;
        }
        let sign = u8::from(offset > 0);
        let high = (32 - size.leading_zeros()) as u8 + sign;
        (ones > 0).then(|| Self { high, low: ones.trailing_zeros() as u8 })
    }
}

/// Doubts about what a file states of itself.
#[must_use]
pub fn doubts_of_file(remarks: &[Remark]) -> Vec<Doubt> {
    let doubt = |remark: &Remark| match *remark {
        Remark::ForeignBits { samples } => Doubt::ForeignBits { samples },
        Remark::Precision { found, declared } => Doubt::Precision { found, declared },
        Remark::Words { allocated, divisor } => Doubt::Words { allocated, divisor },
        Remark::Surplus { bytes } => Doubt::Surplus { bytes },
    };
    remarks.iter().map(doubt).collect()
}

/// Doubts about the way of an image to grey; `windows` are those that its file offers.
#[must_use]
pub fn doubts_of_display(image: &Image, display: &Display<'_>, windows: usize) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    if windows > 1 {
        doubts.push(Doubt::SeveralWindows { windows });
    }
    let share = display.clipped_share(image);
    if share > CLIPPED_SHARE {
        doubts.push(Doubt::Clipped { share });
    }
    doubts
}

/// The doubt about a codestream whose headers weigh.
#[must_use]
pub fn header_doubt(codestream: &Encoded) -> Option<Doubt> {
    let share = codestream.header_bytes as f64 / codestream.bytes.len().max(1) as f64;
    (share > HEADER_SHARE).then_some(Doubt::HeaderShare { share })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{Modality, Rescale, SampleFormat, Voi, Window};

    fn image(bits_stored: u8, samples: &[u16]) -> Image {
        let format = SampleFormat { bits_stored, bits_allocated: 16 };
        Image::new(1, samples.len(), format, samples.to_vec()).expect("valid image")
    }

    #[test]
    fn unused_bits_are_counted() {
        let doubts = |bits, samples: &[u16]| doubts_of_image(&image(bits, samples), 0, None, None);
        assert_eq!(
            doubts(16, &[0, 4095, 1000]),
            [Doubt::UnusedTopBits { bits: 4, bits_stored: 16 }]
        );
        assert_eq!(
            doubts(16, &[16, 65_520, 256]),
            [Doubt::UnusedLowBits { bits: 4, bits_stored: 16 }]
        );
        assert_eq!(doubts(12, &[0, 2047, 5]), []);
        assert_eq!(doubts(12, &[0, 0, 0]), []);
        let text = Doubt::UnusedTopBits { bits: 4, bits_stored: 16 }.to_string();
        assert!(text.contains("1.33 times too large if 12 bits"), "{text}");
    }

    #[test]
    fn bits_of_signed_samples_are_counted_without_their_offset() {
        let doubts = |bits: u8, values: &[i32]| {
            let offset = 1 << (bits - 1);
            let samples: Vec<u16> = values.iter().map(|value| (value + offset) as u16).collect();
            doubts_of_image(&image(bits, &samples), offset as u16, None, None)
        };
        // −2048 to 2047 need 12 bits with their sign.
        let top = [Doubt::UnusedTopBits { bits: 4, bits_stored: 16 }];
        assert_eq!(doubts(16, &[-2048, 2047, 5]), top);
        assert_eq!(doubts(16, &[-1024, 1]), [Doubt::UnusedTopBits { bits: 5, bits_stored: 16 }]);
        assert_eq!(doubts(12, &[-2048, 1, 0]), []);
        let low = [Doubt::UnusedLowBits { bits: 2, bits_stored: 12 }];
        assert_eq!(doubts(12, &[-2048, 4, 2044]), low);
    }

    #[test]
    fn padding_is_said_and_uses_no_bits() {
        let of = image(16, &[65_535, 100, 4095, 3001]);
        let padding = Padding::find(&of, &(65_535..=65_535)).expect("there is some");
        let expected =
            [Doubt::UnusedTopBits { bits: 4, bits_stored: 16 }, Doubt::Padding { share: 0.25 }];
        assert_eq!(doubts_of_image(&of, 0, Some(&padding), None), expected);
    }

    #[test]
    fn the_share_outside_the_window_is_said() {
        let modality = Modality::Rescale(Rescale { slope: 1.0, intercept: 0.0 });
        let voi = Voi::linear(Window { center: 50.0, width: 101.0 });
        let display = Display { modality: &modality, voi: &voi, inverted: false, padding: None };
        let ramp: Vec<u16> = (0..200).collect();
        // Inside: 50 − 0.5 ± 50 holds 0..=99.
        let doubts = doubts_of_display(&image(8, &ramp), &display, 1);
        assert_eq!(doubts, [Doubt::Clipped { share: 0.5 }]);
        let doubts = doubts_of_display(&image(8, &ramp[..100]), &display, 2);
        assert_eq!(doubts, [Doubt::SeveralWindows { windows: 2 }]);
    }
}
