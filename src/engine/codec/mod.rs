//! Owns the irreversible and lossless codecs, with one trait; knows no phantom and no network.
//!
//! One call encodes an image at a ladder of targets, since the codecs share work between the levels;
//! decoding takes the bytes alone.

mod achieved;
mod chain;
mod codestream;
mod coding;
mod dct;
mod depth;
mod error;
mod ffi;
mod foreign;
mod htj2k;
mod interface;
mod jpeg;
mod jpeg12;
mod jpeg2000;
mod jpeg_lossless;
mod jpeg_tables;
mod jpeg_writer;
mod jpegls;
mod lossless;
mod name;
mod near_lossless;
mod options;
mod partial;
mod plane;
mod quality;
pub mod rate;
mod search;
mod structure;
mod target;
mod wavelet;

pub use achieved::Achieved;
pub use chain::{Generation, Step, chain, generations};
pub use codestream::WaveletStyle;
pub use coding::Coding;
pub use dct::{Coefficients, dct_image, partial_image};
pub use depth::Depth;
pub use error::CodecError;
pub use foreign::PlaneCoding;
pub use interface::Codec;
pub use jpeg_tables::{JpegTables, TablesError};
pub use jpeg_writer::JpegEncoder;
pub use name::CodecName;
pub use options::{CodecOptions, OptionError};
pub use partial::at_depth;
pub use plane::{Plane, PlaneError, check_size, trimmed};
pub use target::{Encoded, Target};
pub use wavelet::reduced_image;

/// The codec of a name, with its usual options.
#[must_use]
pub fn codec(name: CodecName) -> Box<dyn Codec> {
    with_checked_options(name, CodecOptions::default())
}

/// The same for one image that somebody waits for: its blocks are coded in up to 255 threads where the
/// codec can do that. The bytes are those of [`codec`].
///
/// ```
/// use phantom_limit_engine::codec::{CodecName, Target, codec, codec_in_threads};
/// use phantom_limit_engine::image::{Image, SampleFormat};
/// use phantom_limit_engine::units::CompressionRatio;
/// let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
/// let values = (0..256 * 256).map(|at: u32| (at.wrapping_mul(at) >> 7 & 0xFFF) as u16).collect();
/// let image = Image::new(256, 256, format, values)?;
/// let targets = [5.0, 50.0].map(|ratio| Target::Ratio(CompressionRatio::stored(ratio)));
/// let name = CodecName::Jpeg2000;
/// let alone = codec(name).encode_ladder(&image, format, &targets)?;
/// assert_eq!(codec_in_threads(name, 3).encode_ladder(&image, format, &targets)?, alone);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn codec_in_threads(name: CodecName, threads: usize) -> Box<dyn Codec> {
    match name {
        CodecName::Jpeg2000 => Box::new(jpeg2000::Jpeg2000 {
            threads: threads.clamp(1, 255) as u8,
            ..CodecOptions::default().into()
        }),
        name => codec(name),
    }
}

/// The codec of a name with chosen options.
///
/// # Errors
/// If an option is set that the codec does not have.
pub fn codec_with(name: CodecName, options: CodecOptions) -> Result<Box<dyn Codec>, OptionError> {
    Ok(with_checked_options(name, options.of(name)?))
}

/// The codec of a name with those of the options that it has.
#[must_use]
pub fn codec_fitting(name: CodecName, options: CodecOptions) -> Box<dyn Codec> {
    with_checked_options(name, options.fitting(name))
}

fn with_checked_options(name: CodecName, options: CodecOptions) -> Box<dyn Codec> {
    match name {
        CodecName::Jpeg => Box::new(jpeg::Jpeg(options)),
        CodecName::Jpeg12 => Box::new(jpeg12::Jpeg12(options)),
        CodecName::Htj2k => Box::new(htj2k::Htj2k),
        CodecName::Jpeg2000 => Box::new(jpeg2000::Jpeg2000::from(options)),
        CodecName::Lossless => Box::new(lossless::Lossless(options)),
        CodecName::JpegLs => Box::new(near_lossless::NearLossless),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::SampleFormat;
    use crate::units::{BitsPerPixel, Decibels};

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
        let other = CodecOptions::default().with_encoder(JpegEncoder::JpegEncoder);
        let other = codec_fitting(CodecName::Jpeg, other).version();
        assert!(other.contains(&format!("jpeg-encoder {}", locked("jpeg-encoder"))), "{other}");
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
        for name in [CodecName::Jpeg, CodecName::Jpeg12, CodecName::Jpeg2000, CodecName::JpegLs] {
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
        assert!(takes(CodecName::Lossless, 1) && takes(CodecName::Jpeg2000, 1));
        assert!(takes(CodecName::JpegLs, 2) && takes(CodecName::JpegLs, 16));
        assert!(!takes(CodecName::JpegLs, 1) && !takes(CodecName::Htj2k, 12));
    }
}
