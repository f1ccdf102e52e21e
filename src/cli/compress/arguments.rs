//! The arguments of `compress`, as typed.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use phantom_limit::codec::{CodecName, JpegEncoder, JpegTables};
use phantom_limit::image::Window;
use phantom_limit::record::InputPath;
use phantom_limit::resampling::Resampling;
use phantom_limit::units::RatioBase;

use super::super::completions;
use super::super::options::{ratio, tables};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum CodecArgument {
    /// JPEG Baseline; more than 8 bits through the window, or by the plain shift.
    Jpeg,
    /// JPEG Extended, 8 to 12 bits.
    Jpeg12,
    /// JPEG 2000 with the irreversible 9/7 wavelet.
    Jpeg2000,
    /// JPEG-LS near-lossless: no sample further from the original than a whole number.
    Jpegls,
    /// JPEG 2000 with the reversible 5/3 wavelet; takes no target.
    Lossless,
}

impl From<CodecArgument> for CodecName {
    fn from(argument: CodecArgument) -> Self {
        match argument {
            CodecArgument::Jpeg => Self::Jpeg,
            CodecArgument::Jpeg12 => Self::Jpeg12,
            CodecArgument::Jpeg2000 => Self::Jpeg2000,
            CodecArgument::Jpegls => Self::JpegLs,
            CodecArgument::Lossless => Self::Lossless,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PathArgument {
    /// Stored values as they are.
    Native,
    /// 8 bits through the display window.
    Windowed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum BaseArgument {
    /// Bits stored of the original.
    Stored,
    /// Bits allocated of the original.
    Allocated,
    /// Bits stored of the codec's input: 8 after a window.
    Input,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum KeepArgument {
    /// The compressed files.
    Codestream,
    /// What they are decoded to: grey PNG of the stored values.
    Decoded,
    /// Decoded minus given: NPY, int32.
    Difference,
}

impl From<BaseArgument> for RatioBase {
    fn from(argument: BaseArgument) -> Self {
        match argument {
            BaseArgument::Stored => Self::Stored,
            BaseArgument::Allocated => Self::Allocated,
            BaseArgument::Input => Self::Input,
        }
    }
}

impl From<PathArgument> for InputPath {
    fn from(argument: PathArgument) -> Self {
        match argument {
            PathArgument::Native => Self::Native,
            PathArgument::Windowed => Self::Windowed,
        }
    }
}

/// Arguments of `compress`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    phantom-limit compress scan.dcm --ratio 5,10,20 --codec jpeg2000,jpeg\n  \
    phantom-limit compress slices/ --bits-stored 12 --bpp 0.8 --json\n  \
    phantom-limit compress ct-head --count 10 --psnr 50 --keep codestream,decoded --out cut\n  \
    phantom-limit compress scan.png --chain jpeg@10,jpeg2000@10\n\n\
    One line for each image, codec, path and level. PSNR, SSIM and artefacts compare with the \
    input of the codec: on the windowed path with the 8 bits after the window. --ratio counts bits \
    stored unless --base says otherwise; all three ratios are always shown. A number that means \
    little comes with a warning.")]
pub(in crate::cli) struct Compress {
    /// Images (PNG, PGM, TIFF, NPY, NPZ, DICOM), directories of them, `-` for the bytes of one on
    /// standard input, and phantoms (ids from `list`, or .toml files).
    #[arg(required = true)]
    #[arg(add = completions::phantom_or_file())]
    pub(super) inputs: Vec<String>,
    /// Codecs.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "jpeg2000")]
    pub(super) codec: Vec<CodecArgument>,
    /// Compression ratios N:1, headers counted: a ladder.
    #[arg(long, value_delimiter = ',', value_name = "N:1", value_parser = ratio)]
    pub(super) ratio: Vec<f64>,
    /// Bits that ratios count.
    #[arg(long, value_enum, default_value = "stored")]
    pub(super) base: BaseArgument,
    /// Bits per pixel, headers counted.
    #[arg(long, value_delimiter = ',', value_name = "BITS")]
    pub(super) bpp: Vec<f64>,
    /// Qualities of the JPEG family, 1 to 100.
    #[arg(long, value_delimiter = ',')]
    pub(super) quality: Vec<f64>,
    /// Least PSNR in dB.
    #[arg(long, value_delimiter = ',', value_name = "DB")]
    pub(super) psnr: Vec<f64>,
    /// Least SSIM (Gaussian window), above 0 and below 1.
    #[arg(long, value_delimiter = ',')]
    pub(super) ssim: Vec<f64>,
    /// Largest error of a sample in stored values, a whole number: jpegls guarantees it.
    #[arg(long, value_delimiter = ',', value_name = "VALUES")]
    pub(super) max_error: Vec<f64>,
    /// Input of the codecs [default: native; for jpeg and more than 8 bits windowed where a
    /// window is known, else the plain shift].
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(super) path: Vec<PathArgument>,
    /// Display window as centre and width in physical units (HU for CT) [default: the phantom's
    /// or the DICOM file's].
    #[arg(long, value_name = "CENTRE,WIDTH", allow_hyphen_values = true, value_parser = window)]
    pub(super) window: Option<Window>,
    /// Bits that carry the value, for files that do not state them, and for DICOM files that
    /// declare more than they use [default: the declared ones; else all bits of the samples].
    #[arg(long, value_name = "BITS", value_parser = clap::value_parser!(u8).range(1..=16))]
    pub(super) bits_stored: Option<u8>,
    /// Frame of objects with several, from 1, or all; stacks and pages likewise.
    #[arg(long, value_name = "N|all", value_parser = frame)]
    pub(super) frame: Option<Frames>,
    /// Which of the windows that a file offers, from 1: its windows, then its tables [default:
    /// the first].
    #[arg(long, value_name = "N", conflicts_with = "window",
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) window_index: Option<u32>,
    /// Images of each phantom, from its test split.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(super) count: u64,
    /// Seed of phantoms.
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// Compress, decode and compress again, so many times in all.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) generations: u32,
    /// Codecs one after the other, each with its ratio on the bits of --base (jpeg@10), quality
    /// (jpeg@q80), bits per pixel (jpeg2000@0.8bpp) or PSNR (jpeg2000@45dB); or lossless.
    #[arg(long, value_delimiter = ',', value_name = "CODEC@LEVEL",
          conflicts_with_all = ["codec", "ratio", "bpp", "quality", "psnr", "ssim", "max_error", "generations"])]
    pub(super) chain: Vec<String>,
    /// Rescale what was decoded and back: nearest, bilinear, bicubic or lanczos, at a factor. A
    /// further line each; with --codec lossless, rescaling alone.
    #[arg(long, value_delimiter = ',', value_name = "FILTER@FACTOR")]
    pub(super) rescale: Vec<Resampling>,
    /// Side of the wavelet codecs' code-blocks: 4, 8, 16, 32 or 64.
    #[arg(long, value_name = "PIXELS")]
    pub(super) code_block: Option<u32>,
    /// Resolution levels of the wavelet codecs: 1 to 33.
    #[arg(long)]
    pub(super) resolutions: Option<u32>,
    /// Most quality layers of one JPEG 2000 encode: 1 encodes every level on its own.
    #[arg(long)]
    pub(super) layers: Option<u32>,
    /// Quantisation tables of the JPEG family: a name, 64 steps of one's own, a file of them or a greyscale JPEG
    /// file that has them.
    #[arg(long, value_name = "TABLES", value_parser = tables)]
    pub(super) jpeg_tables: Option<JpegTables>,
    /// Encoder of 8-bit JPEG: the program's own, or the crate jpeg-encoder.
    #[arg(long, value_name = "ENCODER", value_parser = encoder())]
    pub(super) encoder: Option<JpegEncoder>,
    /// Files to keep in --out.
    #[arg(long, value_enum, value_delimiter = ',', requires = "out")]
    pub(super) keep: Vec<KeepArgument>,
    /// Directory for results and kept files; it must be new, empty, or an unfinished one of the
    /// same options.
    #[arg(long)]
    pub(super) out: Option<PathBuf>,
    /// Say what would be compressed, how and to where; measure and write nothing.
    #[arg(long, conflicts_with = "json")]
    pub(super) dry_run: bool,
    /// Print JSON lines instead of a table.
    #[arg(long)]
    pub(super) json: bool,
    /// Images at the same time [default: one per core].
    #[arg(long)]
    pub(super) jobs: Option<usize>,
    /// Show no progress and no warnings.
    #[arg(long)]
    pub(super) quiet: bool,
}

/// The frames of an object that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frames {
    One(u32),
    All,
}

/// A name of an encoder as it is typed.
fn encoder() -> impl TypedValueParser<Value = JpegEncoder> {
    let named = |name: String| JpegEncoder::ALL.into_iter().find(|it| it.name() == name);
    PossibleValuesParser::new(JpegEncoder::ALL.map(JpegEncoder::name))
        .map(move |name| named(name).expect("a possible value"))
}

/// A frame as it is typed.
fn frame(text: &str) -> Result<Frames, String> {
    match text.parse() {
        _ if text == "all" => Ok(Frames::All),
        Ok(number @ 1..) => Ok(Frames::One(number)),
        _ => Err("write a number from 1, or all".into()),
    }
}

/// A window as it is typed.
fn window(text: &str) -> Result<Window, String> {
    let numbers: Option<Vec<f64>> = text
        .split(',')
        .map(|word| word.trim().parse().ok().filter(|n: &f64| n.is_finite()))
        .collect();
    match numbers.as_deref() {
        Some(&[center, width]) if width > 1.0 => Ok(Window { center, width }),
        Some([_, _]) => Err("the width must be above 1".into()),
        _ => Err("write centre and width, for instance 40,120".into()),
    }
}
