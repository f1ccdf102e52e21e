//! From the arguments of `compress` to what is done with every image; reads and writes nothing.

use clap::ValueEnum as _;
use phantom_limit::codec::{
    Codec, CodecName, CodecOptions, OptionError, Target, codec_fitting, codec_with,
};
use phantom_limit::units::{BitsPerPixel, CompressionRatio, Decibels, RatioBase};

use super::super::failure::Failure;
use super::arguments::{CodecArgument, Compress, PathArgument};
use super::keep::Request;
use super::source::Source;
use super::work::{Chain, ChainStep, Job};

pub(super) fn usage(message: impl Into<String>) -> Failure {
    Failure::usage(anyhow::anyhow!(message.into()))
}

impl Compress {
    /// What is done with every image.
    pub(super) fn job(&self) -> Result<Job, Failure> {
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
                    "no level is given; add --ratio, --bpp, --quality, --psnr, --ssim or --max-error, or choose \
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
        let chosen =
            [self.window.map(|_| "a --window"), self.window_index.map(|_| "a --window-index")];
        if let (Some(chosen), true) =
            (chosen.into_iter().flatten().next(), self.path == [PathArgument::Native])
        {
            let message = "is not used on --path native; leave out one of them";
            return Err(usage(format!("{chosen} {message}")));
        }
        Ok(Job {
            codecs,
            targets,
            generations: self.generations,
            chain: (!chain.is_empty()).then(|| Chain { steps: chain, name: self.chain.join(",") }),
            paths: self.path.iter().map(|&path| path.into()).collect(),
            window: self.window,
            window_index: self.window_index,
            rescale: self.rescale.clone(),
            keep: self.keep.clone(),
        })
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
        let whole = |n: f64| n.fract() == 0.0 && (1.0..=65535.0).contains(&n);
        check("max-error", &self.max_error, "whole numbers from 1 to 65535", &whole)?;
        let base = RatioBase::from(self.base);
        let ratios =
            self.ratio.iter().map(|&value| Target::Ratio(CompressionRatio { value, base }));
        Ok(ratios
            .chain(self.bpp.iter().map(|&bits| Target::BitsPerPixel(BitsPerPixel(bits))))
            .chain(self.quality.iter().map(|&quality| Target::Quality(quality)))
            .chain(self.psnr.iter().map(|&psnr| Target::Psnr(Decibels(psnr))))
            .chain(self.ssim.iter().map(|&ssim| Target::Ssim(ssim)))
            .chain(self.max_error.iter().map(|&error| Target::MaxError(error)))
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
        if let Some(tables) = self.jpeg_tables {
            options = options.with_tables(tables);
        }
        if let Some(encoder) = self.encoder {
            options = options.with_encoder(encoder);
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
                    Target::Ratio(CompressionRatio { value, base: self.base.into() })
                }
            }
        };
        if (target == Target::Lossless) != (name == CodecName::Lossless) {
            return Err(wrong());
        }
        let codec = with_options(name, self.options()?, true)?;
        Ok(ChainStep { codec, target })
    }

    /// What makes two calls the same.
    pub(super) fn request(&self, job: &Job, sources: &[Source]) -> Request {
        let name = |value: &dyn std::fmt::Debug| format!("{value:?}").to_lowercase();
        let mut keep = self.keep.clone();
        keep.sort();
        keep.dedup();
        Request {
            format: 2,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            inputs: sources.iter().map(|source| source.name.clone()).collect(),
            codecs: job.codecs.iter().map(|codec| codec.name()).collect(),
            versions: job.versions(),
            levels: job.targets.iter().map(|target| (*target).into()).collect(),
            generations: self.generations,
            chain: self.chain.clone(),
            base: self.base.into(),
            paths: job.paths.clone(),
            window: self.window,
            window_index: self.window_index,
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
        Err(OptionError::Foreign { .. }) if several => Ok(codec_fitting(name, options)),
        codec => codec.map_err(Failure::usage),
    }
}
