//! What makes a measured ratio or fidelity doubtful.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::codec::Encoded;
use crate::image::{Image, Rescale, Window};
use crate::import::LossyPast;
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
            Self::Clipped { share } => write!(
                formatter,
                "{:.1} % of the pixels lie outside the display window and are lost before \
                 compression",
                percent(*share)
            ),
        }
    }
}

/// Doubts about an image as it came.
#[must_use]
pub fn doubts_of_image(image: &Image, lossy: Option<&LossyPast>) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    let bits_stored = image.format().bits_stored;
    let used = image.samples().iter().fold(0, |bits, &sample| bits | sample);
    // An image of zeros has no bits to look at.
    if used > 0 {
        let top = bits_stored - (16 - used.leading_zeros()) as u8;
        if top >= UNUSED_TOP_BITS {
            doubts.push(Doubt::UnusedTopBits { bits: top, bits_stored });
        }
        let low = used.trailing_zeros() as u8;
        if low > 0 {
            doubts.push(Doubt::UnusedLowBits { bits: low, bits_stored });
        }
    }
    if let Some(LossyPast { ratios, methods }) = lossy.cloned() {
        doubts.push(Doubt::LossyBefore { ratios, methods });
    }
    if let Some([row, column]) = metric::block_grid(image) {
        doubts.push(Doubt::BlockGrid { row, column });
    }
    doubts
}

/// Doubts about a display window on an image.
#[must_use]
pub fn doubts_of_window(image: &Image, window: Window, rescale: Rescale) -> Vec<Doubt> {
    let share = window.clipped_share(image, rescale);
    if share > CLIPPED_SHARE { vec![Doubt::Clipped { share }] } else { Vec::new() }
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
    use crate::image::SampleFormat;

    fn image(bits_stored: u8, samples: &[u16]) -> Image {
        let format = SampleFormat { bits_stored, bits_allocated: 16 };
        Image::new(1, samples.len(), format, samples.to_vec()).expect("valid image")
    }

    #[test]
    fn unused_bits_are_counted() {
        let doubts = |bits, samples: &[u16]| doubts_of_image(&image(bits, samples), None);
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
    fn the_share_outside_the_window_is_said() {
        let rescale = Rescale { slope: 1.0, intercept: 0.0 };
        let window = Window { center: 50.0, width: 101.0 };
        let ramp: Vec<u16> = (0..200).collect();
        let doubts = doubts_of_window(&image(8, &ramp), window, rescale);
        // Inside: 50 − 0.5 ± 50 holds 0..=99.
        assert_eq!(doubts, [Doubt::Clipped { share: 0.5 }]);
        assert_eq!(doubts_of_window(&image(8, &ramp[..100]), window, rescale), []);
    }
}
