//! Owns irreversible and lossless codecs behind one trait; knows no phantom and no network.
//!
//! An image is met at a ladder of targets in one call, since the codecs share work between the
//! levels; it is decoded from bytes alone.

mod chain;
mod codestream;
mod dct;
mod ffi;
mod htj2k;
mod jpeg;
mod jpeg12;
mod jpeg2000;
mod lossless;
mod options;
mod quality;
pub mod rate;
mod search;

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::image::{Image, ImageError, SampleFormat, WINDOWED};
use crate::metric::MetricError;
use crate::units::{BitsPerPixel, CompressionRatio, Decibels};

pub use chain::{Generation, Step, chain};
pub use dct::Coefficients;
pub use options::{CodecOptions, OptionError};

/// The crate's own sequential DCT coder, as [`Codec::version`] names it. The number rises with
/// every change of its bytes or pixels.
const OWN_DCT: &str = "own sequential DCT coder 1";

/// Name of a codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CodecName {
    /// JPEG Baseline, 8 bit; deeper samples lose their low bits.
    Jpeg,
    /// JPEG Extended sequential, 8 to 12 bit.
    Jpeg12,
    /// JPEG 2000 Part 1, irreversible 9/7.
    Jpeg2000,
    /// High-Throughput JPEG 2000 (Part 15): read only.
    Htj2k,
    /// JPEG 2000 Part 1, reversible 5/3: the null.
    Lossless,
}

impl CodecName {
    /// All, in the order of tables.
    pub const ALL: [Self; 5] =
        [Self::Jpeg, Self::Jpeg12, Self::Jpeg2000, Self::Htj2k, Self::Lossless];

    /// The name used in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Jpeg12 => "jpeg12",
            Self::Htj2k => "htj2k",
            Self::Jpeg2000 => "jpeg2000",
            Self::Lossless => "lossless",
        }
    }
}

impl fmt::Display for CodecName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// What a compressed image shall meet, with the fewest bytes or the highest quality that does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// At least this compression ratio, headers counted: the bytes that it allows are a ceiling.
    Ratio(CompressionRatio),
    /// At most these bits per pixel of the image matrix, headers counted; above 0.
    BitsPerPixel(BitsPerPixel),
    /// This quality of the JPEG family: libjpeg's scale of the quantisation tables, whole
    /// numbers from 1 to 100 for [`CodecName::Jpeg`]. Numbers of 8- and 12-bit JPEG cannot be
    /// compared.
    Quality(f64),
    /// At least this peak signal-to-noise ratio of the decoded image against the image given
    /// to the codec ([`metric::psnr_db`](crate::metric::psnr_db)).
    Psnr(Decibels),
    /// At least this structural similarity of the decoded image to the image given to the codec
    /// ([`metric::ssim`](crate::metric::ssim) with the Gaussian window), 0 to 1.
    Ssim(f64),
    /// Every sample restored exactly.
    Lossless,
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ratio(ratio) => ratio.fmt(formatter),
            Self::BitsPerPixel(BitsPerPixel(bits)) => write!(formatter, "{bits} bits per pixel"),
            Self::Quality(quality) => write!(formatter, "quality {quality}"),
            Self::Psnr(Decibels(psnr)) => write!(formatter, "a PSNR of {psnr} dB"),
            Self::Ssim(ssim) => write!(formatter, "an SSIM of {ssim}"),
            Self::Lossless => formatter.write_str("lossless"),
        }
    }
}

/// An image compressed to meet a target.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoded {
    /// What was asked for.
    pub target: Target,
    /// The complete file: it decodes alone.
    pub bytes: Vec<u8>,
    /// True if the target is met. If false, the codec cannot and this is the nearest that it
    /// reaches. A codec whose best quality stays below the ceiling has met the target.
    pub reached: bool,
    /// Quality of the JPEG family, as [`Target::Quality`] takes it to give the same bytes.
    pub quality: Option<f64>,
    /// Low bits of each sample that were dropped before coding: 4 where 12-bit samples go
    /// through 8-bit JPEG by the plain shift. The decoder restores the middle of the values
    /// that the kept bits leave.
    pub dropped_bits: u8,
    /// Bytes of `bytes` that hold no coded samples: markers and tables. JPEG 2000 packet
    /// headers count as coded samples.
    pub header_bytes: usize,
}

/// Why a codec did not encode or decode.
#[derive(Debug, Error, PartialEq)]
pub enum CodecError {
    /// The codec takes no such samples.
    #[error(
        "{codec} does not take {} bits stored in {} bits allocated",
        .format.bits_stored, .format.bits_allocated
    )]
    Format {
        /// The codec.
        codec: CodecName,
        /// Bits of the image given or asked for.
        format: SampleFormat,
    },
    /// The codec knows no such target, or its value is not possible.
    #[error("{codec} cannot be asked for {target}")]
    Target {
        /// The codec.
        codec: CodecName,
        /// The target.
        target: Target,
    },
    /// A side is too long for the codec.
    #[error("{codec} takes no image of {rows}×{columns} pixels")]
    Size {
        /// The codec.
        codec: CodecName,
        /// Rows of the image.
        rows: usize,
        /// Columns of the image.
        columns: usize,
    },
    /// Files of the codec are read but not written.
    #[error("{codec} files can be read but not written: take jpeg2000")]
    NoEncoder {
        /// The codec.
        codec: CodecName,
    },
    /// The encoder failed.
    #[error("{codec} could not encode: {message}")]
    Encode {
        /// The codec.
        codec: CodecName,
        /// What its library said.
        message: String,
    },
    /// The bytes are damaged, truncated, or of a kind that is not read.
    #[error("{codec} could not decode: {message}")]
    Decode {
        /// The codec.
        codec: CodecName,
        /// What was found.
        message: String,
    },
    /// The bytes hold samples of other bits than expected.
    #[error("{codec} found samples of {found} bits instead of {expected}")]
    Precision {
        /// The codec.
        codec: CodecName,
        /// Bits in the header.
        found: u8,
        /// Bits stored asked for.
        expected: u8,
    },
    /// The decoded image is not possible.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The image cannot be compared with its decoded self as the target asks.
    #[error(transparent)]
    Metric(#[from] MetricError),
}

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

    /// True if the codec can be asked for this target, whether or not an image lets it meet it.
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
    /// target that cannot be met is no error: see [`Encoded::reached`].
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
}

/// True if the target is a possible rate or fidelity, which every irreversible codec knows.
fn is_rate_or_fidelity(target: Target) -> bool {
    // Bits and size of the image do not matter for that.
    search::Fidelity::of(target).is_some() || rate::budget(target, 1, WINDOWED, WINDOWED).is_some()
}

/// The codec of a name, with its usual options.
#[must_use]
pub fn codec(name: CodecName) -> Box<dyn Codec> {
    with_checked_options(name, CodecOptions::default())
}

/// The codec of a name with chosen options.
///
/// # Errors
/// If an option is set that the codec does not have.
pub fn codec_with(name: CodecName, options: CodecOptions) -> Result<Box<dyn Codec>, OptionError> {
    Ok(with_checked_options(name, options.of(name)?))
}

fn with_checked_options(name: CodecName, options: CodecOptions) -> Box<dyn Codec> {
    match name {
        CodecName::Jpeg => Box::new(jpeg::Jpeg),
        CodecName::Jpeg12 => Box::new(jpeg12::Jpeg12),
        CodecName::Htj2k => Box::new(htj2k::Htj2k),
        CodecName::Jpeg2000 => Box::new(jpeg2000::Jpeg2000(options)),
        CodecName::Lossless => Box::new(lossless::Lossless(options)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_those_of_the_lock_file() {
        let lock = include_str!("../../../Cargo.lock");
        let locked = |name: &str| {
            let at =
                lock.split("[[package]]").find(|p| p.contains(&format!("name = \"{name}\"\n")));
            let version = at.and_then(|package| package.split("version = \"").nth(1));
            version.and_then(|version| version.split('"').next()).expect("a locked dependency")
        };
        let jpeg = codec(CodecName::Jpeg).version();
        for name in ["image", "zune-jpeg"] {
            assert!(jpeg.contains(&format!("{name} {}", locked(name))), "{name}: {jpeg}");
        }
        let jpeg2000 = codec(CodecName::Jpeg2000).version();
        assert!(jpeg2000.contains(&format!("jpeg2k {}", locked("jpeg2k"))), "{jpeg2000}");
        // OpenJPEG numbers itself: openjpeg-sys 1.0.12 builds 2.5.3.
        assert!(jpeg2000.contains("OpenJPEG 2.5."), "{jpeg2000}");
    }

    #[test]
    fn names_find_their_codec() {
        for name in CodecName::ALL {
            assert_eq!(codec(name).name(), name);
            assert_eq!(serde_json::to_string(&name).unwrap(), format!("\"{name}\""));
        }
    }

    #[test]
    fn codecs_know_what_they_can_be_asked_for() {
        let knows = |name, target| codec(name).knows(target);
        let quality = Target::Quality;
        assert!(knows(CodecName::Jpeg, quality(30.0)) && !knows(CodecName::Jpeg, quality(30.5)));
        assert!(knows(CodecName::Jpeg12, quality(30.5)) && !knows(CodecName::Jpeg12, quality(0.0)));
        assert!(!knows(CodecName::Jpeg2000, quality(30.0)));
        for name in [CodecName::Jpeg, CodecName::Jpeg12, CodecName::Jpeg2000] {
            assert!(knows(name, Target::Psnr(Decibels(40.0))), "{name}");
            assert!(knows(name, Target::BitsPerPixel(BitsPerPixel(0.8))), "{name}");
            assert!(!knows(name, Target::BitsPerPixel(BitsPerPixel(0.0))), "{name}");
            assert!(!knows(name, Target::Lossless), "{name}");
        }
        assert!(knows(CodecName::Lossless, Target::Lossless));
        assert!(!knows(CodecName::Lossless, Target::Psnr(Decibels(40.0))));
        assert!(!knows(CodecName::Htj2k, Target::Psnr(Decibels(40.0))));
    }

    #[test]
    fn codecs_take_the_bits_that_their_formats_hold() {
        let takes = |name, bits_stored| {
            codec(name).accepts(SampleFormat { bits_stored, bits_allocated: 16 })
        };
        assert!(takes(CodecName::Jpeg, 8) && takes(CodecName::Jpeg, 16));
        assert!(!takes(CodecName::Jpeg, 7));
        assert!(takes(CodecName::Jpeg12, 8) && takes(CodecName::Jpeg12, 12));
        assert!(!takes(CodecName::Jpeg12, 7) && !takes(CodecName::Jpeg12, 13));
        assert!(takes(CodecName::Jpeg2000, 8) && takes(CodecName::Jpeg2000, 16));
        assert!(!takes(CodecName::Lossless, 1));
        assert!(!takes(CodecName::Htj2k, 12));
    }
}
