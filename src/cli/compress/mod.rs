//! `compress`: phantoms and users' own images at every level, with what it does to them.

mod keep;
mod line;
mod source;
mod work;

pub(super) use keep::KIND;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use clap::{Args, ValueEnum};
use phantom_limit::codec::{Codec, CodecName, CodecOptions, OptionError, Target, codec_with};
use phantom_limit::image::Window;
use phantom_limit::record::InputPath;
use phantom_limit::resampling::Resampling;
use phantom_limit::study::Progress as _;
use phantom_limit::units::{BitsPerPixel, CompressionRatio, Decibels, RatioBase};

use super::failure::Failure;
use super::progress::Progress;
use super::{print, signals};
use keep::{Directory, Request};
use line::Line;
use source::Source;
use work::{Chain, ChainStep, Job, Measured};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CodecArgument {
    /// JPEG Baseline; more than 8 bits through the window, or by the plain shift.
    Jpeg,
    /// JPEG Extended, 8 to 12 bits.
    Jpeg12,
    /// JPEG 2000 with the irreversible 9/7 wavelet.
    Jpeg2000,
    /// JPEG 2000 with the reversible 5/3 wavelet; takes no target.
    Lossless,
}

impl From<CodecArgument> for CodecName {
    fn from(argument: CodecArgument) -> Self {
        match argument {
            CodecArgument::Jpeg => Self::Jpeg,
            CodecArgument::Jpeg12 => Self::Jpeg12,
            CodecArgument::Jpeg2000 => Self::Jpeg2000,
            CodecArgument::Lossless => Self::Lossless,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PathArgument {
    /// Stored values as they are.
    Native,
    /// 8 bits through the display window.
    Windowed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum BaseArgument {
    /// Bits stored of the image.
    Stored,
    /// Bits allocated of the image.
    Allocated,
    /// Bits stored of what the codec is given: 8 behind a window.
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

/// Arguments of `compress`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    phantom-limit compress scan.dcm --ratio 5,10,20 --codec jpeg2000,jpeg\n  \
    phantom-limit compress slices/ --bits-stored 12 --bpp 0.8 --json\n  \
    phantom-limit compress ct-head --count 10 --psnr 50 --keep codestream,decoded --out cut\n  \
    phantom-limit compress scan.png --chain jpeg@10,jpeg2000@10\n\n\
    One line for each image, codec, path and level. PSNR, SSIM and artefacts compare with what the \
    codec was given: on the windowed path with the 8 bits behind the window. --ratio counts bits \
    stored unless --base says otherwise; all three ratios are always shown. A number that says \
    little comes with a warning.")]
pub(super) struct Compress {
    /// Images (PNG, PGM, TIFF, NPY, DICOM), directories of them, and phantoms (ids from `list`,
    /// or .toml files).
    #[arg(required = true)]
    inputs: Vec<String>,
    /// Codecs.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "jpeg2000")]
    codec: Vec<CodecArgument>,
    /// Compression ratios N:1, headers counted: a ladder.
    #[arg(long, value_delimiter = ',', value_name = "N")]
    ratio: Vec<f64>,
    /// Bits that ratios count.
    #[arg(long, value_enum, default_value = "stored")]
    base: BaseArgument,
    /// Bits per pixel, headers counted.
    #[arg(long, value_delimiter = ',', value_name = "BITS")]
    bpp: Vec<f64>,
    /// Qualities of the JPEG family, 1 to 100.
    #[arg(long, value_delimiter = ',')]
    quality: Vec<f64>,
    /// Least PSNR in dB.
    #[arg(long, value_delimiter = ',', value_name = "DB")]
    psnr: Vec<f64>,
    /// Least SSIM (Gaussian window), above 0 and below 1.
    #[arg(long, value_delimiter = ',')]
    ssim: Vec<f64>,
    /// What the codecs are given [default: native; for jpeg and more than 8 bits windowed where a
    /// window is known, else the plain shift].
    #[arg(long, value_enum, value_delimiter = ',')]
    path: Vec<PathArgument>,
    /// Display window as centre and width in physical units (HU for CT) [default: the phantom's
    /// or the DICOM file's].
    #[arg(long, value_name = "CENTRE,WIDTH", allow_hyphen_values = true, value_parser = window)]
    window: Option<Window>,
    /// Bits that carry the value, for files that do not say [default: all bits of the samples].
    #[arg(long, value_name = "BITS", value_parser = clap::value_parser!(u8).range(1..=16))]
    bits_stored: Option<u8>,
    /// Images of each phantom, from its test split.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    count: u64,
    /// Seed of phantoms.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Compress, decode and compress again, so many times in all.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    generations: u32,
    /// Codecs one after the other, each with its ratio on the bits of --base (jpeg@10), quality
    /// (jpeg@q80), bits per pixel (jpeg2000@0.8bpp) or PSNR (jpeg2000@45dB); or lossless.
    #[arg(long, value_delimiter = ',', value_name = "CODEC@LEVEL",
          conflicts_with_all = ["codec", "ratio", "bpp", "quality", "psnr", "ssim", "generations"])]
    chain: Vec<String>,
    /// Rescale what was decoded and back: nearest, bilinear, bicubic or lanczos, at a factor. A
    /// further line each; with --codec lossless, rescaling alone.
    #[arg(long, value_delimiter = ',', value_name = "FILTER@FACTOR")]
    rescale: Vec<Resampling>,
    /// Side of the wavelet codecs' code-blocks: 4, 8, 16, 32 or 64.
    #[arg(long, value_name = "PIXELS")]
    code_block: Option<u32>,
    /// Resolution levels of the wavelet codecs: 1 to 33.
    #[arg(long)]
    resolutions: Option<u32>,
    /// Most quality layers of one JPEG 2000 encode: 1 encodes every level on its own.
    #[arg(long)]
    layers: Option<u32>,
    /// Files to keep in --out.
    #[arg(long, value_enum, value_delimiter = ',', requires = "out")]
    keep: Vec<KeepArgument>,
    /// Directory for results and kept files; it must be new, empty, or an unfinished one of the
    /// same options.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Print JSON lines instead of a table.
    #[arg(long)]
    json: bool,
    /// Images at the same time [default: one per core].
    #[arg(long)]
    jobs: Option<usize>,
    /// Show no progress and no warnings.
    #[arg(long)]
    quiet: bool,
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

fn usage(message: impl Into<String>) -> Failure {
    Failure::usage(anyhow::anyhow!(message.into()))
}

impl Compress {
    pub(super) fn run(&self) -> Result<(), Failure> {
        // Everything that can be checked is checked before anything is read or written.
        let job = self.job()?;
        let sources = source::find(&self.inputs, self.count, self.seed, self.bits_stored)?;
        let directory = match &self.out {
            None => None,
            Some(out) => Some(Directory::claim(out, &self.request(&job, &sources))?),
        };
        let stopped = signals::watch().map_err(Failure::failed)?;
        let progress = Progress::new(self.quiet);
        progress.begin("images", sources.len() as u64);
        let outcome = self.work(&job, &sources, directory.as_ref(), &progress, &stopped);
        progress.end();
        let failed = outcome?;
        if failed == sources.len() {
            return Err(usage("no image was compressed; the messages above say why"));
        }
        if failed > 0 {
            return Err(Failure::Partial { failed, asked: sources.len(), things: "images" });
        }
        if let Some(directory) = &directory {
            directory.finish()?;
        }
        Ok(())
    }

    /// Works on all images side by side and prints their lines in order; gives the number of
    /// images that failed.
    fn work(
        &self,
        job: &Job,
        sources: &[Source],
        directory: Option<&Directory>,
        progress: &Progress,
        stopped: &AtomicBool,
    ) -> Result<usize, Failure> {
        let next = AtomicUsize::new(0);
        let ended = AtomicBool::new(false);
        let printer = Mutex::new(Printer::new(self.json, sources));
        std::thread::scope(|scope| {
            for _ in 0..super::calibrate::workers(self.jobs).min(sources.len()) {
                scope.spawn(|| {
                    while !ended.load(Ordering::Relaxed) && !stopped.load(Ordering::Relaxed) {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let Some(source) = sources.get(number) else { break };
                        let measured = job.measure(number, source, directory, stopped);
                        let mut printer =
                            printer.lock().unwrap_or_else(|poison| poison.into_inner());
                        if printer.take(number, measured, progress).is_err() {
                            ended.store(true, Ordering::Relaxed);
                        }
                        progress.steps("images", 1);
                    }
                });
            }
        });
        let printer = printer.into_inner().unwrap_or_else(|poison| poison.into_inner());
        if stopped.load(Ordering::Relaxed) {
            return Err(Failure::Signal(signals::received()));
        }
        match printer.failure {
            Some(failure) => Err(failure),
            None => Ok(printer.failed),
        }
    }

    fn job(&self) -> Result<Job, Failure> {
        let paths = |path: &PathArgument| match path {
            PathArgument::Native => InputPath::Native,
            PathArgument::Windowed => InputPath::Windowed,
        };
        let chain = self.chain.iter().map(|step| self.chain_step(step));
        let chain = chain.collect::<Result<Vec<ChainStep>, Failure>>()?;
        let mut targets = self.targets()?;
        let mut codecs: Vec<Box<dyn Codec>> = Vec::new();
        if chain.is_empty() {
            let options = self.options()?;
            for &argument in &self.codec {
                let name = CodecName::from(argument);
                if codecs.iter().all(|codec| codec.name() != name) {
                    codecs.push(with_options(name, options, self.codec.len() > 1)?);
                }
            }
            let lossy: Vec<CodecName> = codecs
                .iter()
                .map(|codec| codec.name())
                .filter(|&name| name != CodecName::Lossless)
                .collect();
            if targets.is_empty() && !lossy.is_empty() {
                return Err(usage(
                    "no level is given; add --ratio, --bpp, --quality, --psnr or --ssim, or choose \
                     --codec lossless",
                ));
            }
            if lossy.is_empty() && !targets.is_empty() {
                return Err(usage(
                    "lossless takes no level; leave it out, or choose a lossy codec",
                ));
            }
            let without_quality =
                lossy.iter().find(|name| !matches!(name, CodecName::Jpeg | CodecName::Jpeg12));
            if let (false, Some(name)) = (self.quality.is_empty(), without_quality) {
                return Err(usage(format!(
                    "{name} has no scale of qualities; leave out --quality or {name}"
                )));
            }
        } else {
            targets.clear();
        }
        if self.window.is_some() && self.path == [PathArgument::Native] {
            return Err(usage("a --window is not used on --path native; leave out one of them"));
        }
        Ok(Job {
            codecs,
            targets,
            generations: self.generations,
            chain: (!chain.is_empty()).then(|| Chain { steps: chain, name: self.chain.join(",") }),
            paths: self.path.iter().map(paths).collect(),
            window: self.window,
            rescale: self.rescale.clone(),
            keep: self.keep.clone(),
        })
    }

    fn base(&self) -> RatioBase {
        match self.base {
            BaseArgument::Stored => RatioBase::Stored,
            BaseArgument::Allocated => RatioBase::Allocated,
            BaseArgument::Input => RatioBase::Input,
        }
    }

    /// The ladder, in the order of the options.
    fn targets(&self) -> Result<Vec<Target>, Failure> {
        let check =
            |option: &str, values: &[f64], range: &str, fits: &dyn Fn(f64) -> bool| match values
                .iter()
                .find(|value| !value.is_finite() || !fits(**value))
            {
                Some(value) => {
                    Err(usage(format!("--{option} {value} is not possible; give {range}")))
                }
                None => Ok(()),
            };
        check("ratio", &self.ratio, "numbers above 0", &|n| n > 0.0)?;
        check("bpp", &self.bpp, "numbers above 0", &|n| n > 0.0)?;
        check("quality", &self.quality, "numbers from 1 to 100", &|n| (1.0..=100.0).contains(&n))?;
        check("psnr", &self.psnr, "decibels above 0", &|n| n > 0.0)?;
        check("ssim", &self.ssim, "numbers above 0 and below 1", &|n| n > 0.0 && n < 1.0)?;
        let base = self.base();
        let ratios =
            self.ratio.iter().map(|&value| Target::Ratio(CompressionRatio { value, base }));
        Ok(ratios
            .chain(self.bpp.iter().map(|&bits| Target::BitsPerPixel(BitsPerPixel(bits))))
            .chain(self.quality.iter().map(|&quality| Target::Quality(quality)))
            .chain(self.psnr.iter().map(|&psnr| Target::Psnr(Decibels(psnr))))
            .chain(self.ssim.iter().map(|&ssim| Target::Ssim(ssim)))
            .collect())
    }

    fn options(&self) -> Result<CodecOptions, Failure> {
        let mut options = CodecOptions::default();
        if let Some(side) = self.code_block {
            options = options.with_code_block(side).map_err(Failure::usage)?;
        }
        if let Some(resolutions) = self.resolutions {
            options = options.with_resolutions(resolutions).map_err(Failure::usage)?;
        }
        if let Some(layers) = self.layers {
            options = options.with_layers(layers).map_err(Failure::usage)?;
        }
        Ok(options)
    }

    /// One step of a chain as it is typed.
    fn chain_step(&self, text: &str) -> Result<ChainStep, Failure> {
        let wrong = || {
            usage(format!(
                "`{text}` is no step of a chain; write for instance jpeg@10, jpeg@q80, \
                 jpeg2000@0.8bpp, jpeg2000@45dB or lossless"
            ))
        };
        let (name, level) = match text.split_once('@') {
            Some((name, level)) => (name, Some(level)),
            None => (text, None),
        };
        let name = CodecName::from(CodecArgument::from_str(name, false).map_err(|_| wrong())?);
        let number = |text: &str| {
            text.parse().ok().filter(|n: &f64| n.is_finite() && *n > 0.0).ok_or_else(wrong)
        };
        let target = match level {
            None => Target::Lossless,
            Some(level) => {
                if let Some(quality) = level.strip_prefix('q') {
                    Target::Quality(number(quality)?)
                } else if let Some(bits) = level.strip_suffix("bpp") {
                    Target::BitsPerPixel(BitsPerPixel(number(bits)?))
                } else if let Some(psnr) = level.strip_suffix("dB") {
                    Target::Psnr(Decibels(number(psnr)?))
                } else {
                    let value = number(level)?;
                    Target::Ratio(CompressionRatio { value, base: self.base() })
                }
            }
        };
        if (target == Target::Lossless) != (name == CodecName::Lossless) {
            return Err(wrong());
        }
        let codec = with_options(name, self.options()?, true)?;
        Ok(ChainStep { codec, target })
    }

    fn request(&self, job: &Job, sources: &[Source]) -> Request {
        let name = |value: &dyn std::fmt::Debug| format!("{value:?}").to_lowercase();
        let mut keep = self.keep.clone();
        keep.sort();
        keep.dedup();
        Request {
            format: 1,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            inputs: sources.iter().map(|source| source.name.clone()).collect(),
            codecs: job.codecs.iter().map(|codec| codec.name()).collect(),
            versions: job.versions(),
            levels: job.targets.iter().map(|target| (*target).into()).collect(),
            generations: self.generations,
            chain: self.chain.clone(),
            base: self.base(),
            paths: job.paths.clone(),
            window: self.window,
            bits_stored: self.bits_stored,
            seed: self.seed,
            rescale: self.rescale.iter().map(ToString::to_string).collect(),
            keep: keep.iter().map(|keep| name(keep)).collect(),
            options: [self.code_block, self.resolutions, self.layers],
        }
    }
}

/// The codec with those options that it has; `several` codecs share them.
fn with_options(
    name: CodecName,
    options: CodecOptions,
    several: bool,
) -> Result<Box<dyn Codec>, Failure> {
    match codec_with(name, options) {
        Err(OptionError::Foreign { .. }) if several => {
            let mut fitting = CodecOptions::default();
            let wavelet = !matches!(name, CodecName::Jpeg | CodecName::Jpeg12);
            if let (true, Some(side)) = (wavelet, options.code_block()) {
                fitting = fitting.with_code_block(side).map_err(Failure::usage)?;
            }
            if let (true, Some(resolutions)) = (wavelet, options.resolutions()) {
                fitting = fitting.with_resolutions(resolutions).map_err(Failure::usage)?;
            }
            codec_with(name, fitting).map_err(Failure::usage)
        }
        codec => codec.map_err(Failure::usage),
    }
}

/// Prints what comes in any order in the order of the images.
struct Printer<'a> {
    json: bool,
    sources: &'a [Source],
    width: usize,
    next: usize,
    waiting: BTreeMap<usize, Result<Measured, Failure>>,
    headed: bool,
    failed: usize,
    failure: Option<Failure>,
}

impl<'a> Printer<'a> {
    fn new(json: bool, sources: &'a [Source]) -> Self {
        let width = sources.iter().map(|source| source.name.chars().count()).max().unwrap_or(0);
        Self {
            json,
            sources,
            width: width.clamp(5, line::NAME_WIDTH),
            next: 0,
            waiting: BTreeMap::new(),
            headed: false,
            failed: 0,
            failure: None,
        }
    }

    /// Takes one image's lines, and prints those whose turn has come; an error ends all work.
    fn take(
        &mut self,
        number: usize,
        measured: Result<Measured, Failure>,
        progress: &Progress,
    ) -> Result<(), ()> {
        self.waiting.insert(number, measured);
        while let Some(measured) = self.waiting.remove(&self.next) {
            let name = &self.sources[self.next].name;
            self.next += 1;
            let shown = match measured {
                Ok(measured) => {
                    for doubt in &measured.doubts {
                        progress.note(&format!("warning: {name}: {doubt}"));
                    }
                    self.show(&measured.lines)
                }
                // Bad input spoils one image, anything else the whole.
                Err(Failure::Usage(error)) => {
                    self.failed += 1;
                    progress.tell(&format!("error: {error}"));
                    Ok(())
                }
                Err(failure) => Err(failure),
            };
            if let Err(failure) = shown {
                self.failure.get_or_insert(failure);
                return Err(());
            }
        }
        Ok(())
    }

    fn show(&mut self, lines: &[Line]) -> Result<(), Failure> {
        let mut text = String::new();
        if !self.json && !std::mem::replace(&mut self.headed, true) {
            text.push_str(&Line::header(self.width));
        }
        for line in lines {
            text.push_str(&if self.json { line.json() } else { line.row(self.width) });
        }
        print(&text)
    }
}
