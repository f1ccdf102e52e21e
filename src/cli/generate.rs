//! `generate`: a dataset on disk.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use phantom_limit::calibrate::resolve;
use phantom_limit::dataset::{Dataset, Split};
use phantom_limit::export::{self, Compression, Format, Request};
use phantom_limit::units::RatioBase;

use super::completions;
use super::compress::BaseArgument;
use super::failure::Failure;
use super::output::print;
use super::progress::Progress;
use super::signals;

/// Formats of a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// NumPy array of each image.
    Npy,
    /// NumPy container of each image, its mask and its targets.
    Npz,
    /// Grey PNG of each image, 16-bit; with metadata.jsonl what Hugging Face loads.
    Png,
    /// Grey TIFF of each image, uncompressed.
    Tiff,
    /// DICOM object of each image; compressed ones in their own transfer syntax.
    Dicom,
    /// The same objects as on a disc, with a DICOMDIR.
    Dicomdir,
    /// The .jpg or .j2k file of each compressed image.
    Codestream,
    /// One PNG for each region, in directories named by class: torchvision's ImageFolder.
    Imagefolder,
    /// Tar shards of arrays and truth.
    Webdataset,
    /// COCO boxes and masks for the PNG files, which come with it.
    Coco,
    /// NIfTI file of each image, gzipped.
    Nifti,
    /// Raw dataset of nnU-Net, of NIfTI files.
    Nnunet,
    /// 8-bit images and boxes of Ultralytics YOLO.
    Yolo,
}

impl Kind {
    /// Names of some of them.
    pub(super) fn among(taken: &'static [Self]) -> impl TypedValueParser<Value = Self> {
        let named = |name: String| Self::from_str(&name, false).unwrap_or(Self::Npy);
        PossibleValuesParser::new(taken.iter().filter_map(Self::to_possible_value)).map(named)
    }

    pub(super) fn format(self) -> Format {
        match self {
            Self::Npy => Format::Npy,
            Self::Npz => Format::Npz,
            Self::Png => Format::Png,
            Self::Tiff => Format::Tiff,
            Self::Dicom => Format::Dicom,
            Self::Dicomdir => Format::DicomDir,
            Self::Codestream => Format::Codestream,
            Self::Imagefolder => Format::ImageFolder,
            Self::Webdataset => Format::WebDataset,
            Self::Coco => Format::Coco,
            Self::Nifti => Format::Nifti,
            Self::Nnunet => Format::NnUnet,
            Self::Yolo => Format::Yolo,
        }
    }
}

/// Arguments of `generate`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  phantom-limit generate ct-head --count 100 --seed 1 --out head\n  \
    phantom-limit generate ct-head --format dicom --compress jpeg2000@10,jpeg@10 --out pacs\n\n\
    70 % of the images are for training, 10 % for tuning and 20 % for testing. The same seed \
    gives the same bytes for any thread count and machine; a larger count only adds images. \
    README.md in the dataset describes how to load each format."
)]
pub(super) struct Generate {
    /// Phantom: an id from `list`, or the path of a .toml file.
    #[arg(add = completions::phantom())]
    phantom: String,
    /// Images in all.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    count: u64,
    /// Seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Formats, any of them together.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "npy,png")]
    format: Vec<Kind>,
    /// Also write every image compressed: CODEC@RATIO with jpeg, jpeg12, jpeg2000 or jpegls, or
    /// lossless; CODEC-windowed compresses 8 bits through the display window, as jpeg always does
    /// for a phantom with more bits.
    #[arg(long, value_delimiter = ',', value_name = "CODEC@RATIO")]
    compress: Vec<Compression>,
    /// The uncompressed bits that ratios count.
    #[arg(long, value_enum, default_value = "stored")]
    base: BaseArgument,
    /// Licence of the images, an identifier of SPDX, for card and Croissant.
    #[arg(long, default_value = export::LICENSE, value_parser = license)]
    license: String,
    /// Day of publication, for card and Croissant; no clock is asked.
    #[arg(long, default_value = export::DATE, value_name = "YYYY-MM-DD", value_parser = date)]
    date: String,
    /// Directory to write; it must be new, empty, or an unfinished dataset of the same options.
    #[arg(long)]
    out: PathBuf,
    /// Say what would be written, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Threads [default: one per core].
    #[arg(long)]
    jobs: Option<usize>,
}

impl Generate {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let (phantom, source) = resolve(&self.phantom)?;
        let (tune, test) = (self.count / 10, self.count / 5);
        let images = BTreeMap::from([
            (Split::Train, self.count - tune - test),
            (Split::Tune, tune),
            (Split::Test, test),
        ]);
        let formats: Vec<Format> = self.format.iter().map(|kind| kind.format()).collect();
        if formats.contains(&Format::Codestream) && self.compress.is_empty() {
            return Err(Failure::usage(anyhow::anyhow!(
                "--format codestream writes what --compress makes; give --compress as well"
            )));
        }
        let base = RatioBase::from(self.base);
        let mut compress: Vec<Compression> = Vec::new();
        for compression in &self.compress {
            let format = phantom.formation.matrix.format;
            let compression = Compression { base, ..compression.possible_for(format) };
            if !compress.contains(&compression) {
                compress.push(compression);
            }
        }
        let request = Request {
            images,
            formats: Format::complete(&formats),
            compress,
            license: self.license.clone(),
            date: self.date.clone(),
            ..Request::of(&phantom, source, self.seed)
        };
        let said = |way: &str| {
            format!(
                "{} images of {} {way} {}: {} train, {} tune, {} test\n",
                self.count,
                request.phantom,
                self.out.display(),
                request.images[&Split::Train],
                request.images[&Split::Tune],
                request.images[&Split::Test]
            )
        };
        if self.dry_run {
            let formats: Vec<String> =
                request.formats.iter().map(|format| format!("{format:?}").to_lowercase()).collect();
            let levels: Vec<String> = request.compress.iter().map(ToString::to_string).collect();
            let levels = if levels.is_empty() { "none".to_owned() } else { levels.join(", ") };
            return print(&format!(
                "{}formats: {}\ncompressed: {levels}\nnothing was written\n",
                said("would be in"),
                formats.join(", ")
            ));
        }
        let dataset = Dataset::new(phantom, self.seed);
        let stopped = signals::watch().map_err(Failure::failed)?;
        let progress = Progress::new();
        progress.begin("images", self.count);
        let workers = super::calibrate::workers(self.jobs);
        let written = export::write(
            &dataset,
            &request,
            &self.out,
            workers,
            &|images| progress.steps("images", images),
            &stopped,
        );
        progress.end();
        written?;
        print(&said("in"))
    }
}

/// An identifier of SPDX: letters, digits, `.`, `-` and `+`.
fn license(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-+".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err("write an identifier of SPDX, for instance CC0-1.0 or CC-BY-4.0".into())
    }
}

/// A day as year, month and day.
fn date(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |part: &str, digits: usize| {
        part.parse::<u32>().ok().filter(|_| part.len() == digits && !part.starts_with('+'))
    };
    match parts.as_slice() {
        [year, month, day]
            if number(year, 4).is_some()
                && number(month, 2).is_some_and(|month| (1..=12).contains(&month))
                && number(day, 2).is_some_and(|day| (1..=31).contains(&day)) =>
        {
            Ok(text.to_owned())
        }
        _ => Err("write year, month and day, for instance 2026-11-29".into()),
    }
}
