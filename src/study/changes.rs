//! Owns what a user changes of a preset, and the plan that comes of it or the reason why none does.

use thiserror::Error;

use super::plan::looks;
use super::{Ladder, Plan, Preset};
use crate::codec::CodecName;
use crate::phantom::Phantom;
use crate::record::{InputPath, LEAST_NETWORKS, LevelBase, Regime};
use crate::stats::MOST_LOOKS;

/// Why a plan is not possible.
#[derive(Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum PlanError {
    /// A ratio that is not a compression.
    #[error("a ratio of {0} does not compress: give ratios above 1, such as --ratio 5,10,20")]
    Ratio(f64),
    /// A quality that no codec has.
    #[error("a quality of {0} is not possible: give numbers up to 100, such as --quality 90,50,20")]
    Quality(f64),
    /// A PSNR that is no number of decibels.
    #[error("a PSNR of {0} dB is not possible: give decibels above 0, such as --psnr 50,45,40")]
    Psnr(f64),
    /// Bits per pixel that do not compress.
    #[error(
        "{value} bits per pixel do not compress samples of {bits_stored} bits: give bits above 0 \
         and below that, such as --bpp 2,1,0.5"
    )]
    Bpp {
        /// Bits asked for.
        value: f64,
        /// Bits stored of the phantom's samples.
        bits_stored: u8,
    },
    /// Levels of two bases.
    #[error(
        "levels are stated by {} and by {}, which have no common order: a study has one of them",
        .0.name(), .1.name()
    )]
    Bases(LevelBase, LevelBase),
    /// A codec that cannot be asked for a level.
    #[error(
        "{codec} cannot be asked for {}: name codecs that can with --codec, or state the levels by \
         --ratio, --psnr or --bpp",
        .base.label(*.value)
    )]
    Target {
        /// The codec.
        codec: CodecName,
        /// What the level is.
        base: LevelBase,
        /// The level.
        value: f64,
    },
    /// The margin is outside its range.
    #[error(
        "a margin of {0} is not possible: give a loss of accuracy above 0 and below 1, such as --margin 0.02"
    )]
    Margin(f64),
    /// The error level is outside its range.
    #[error(
        "an alpha of {0} is not possible: give a one-sided error above 0 and below 0.5, such as --alpha 0.025"
    )]
    Alpha(f64),
    /// Something is asked for zero times, or far too often.
    #[error("{what} must be {low} to {high}, not {value}")]
    Count {
        /// What was counted.
        what: &'static str,
        /// Smallest possible.
        low: u64,
        /// Largest possible.
        high: u64,
        /// What was asked for.
        value: u64,
    },
    /// A network is to be trained at a level that no test image has.
    #[error(
        "networks cannot be trained at {}, a level that is not tested: add it to --{}, or choose \
         --matched-level among the levels there",
        .0.label(*.1), .0.name()
    )]
    MatchedLevel(LevelBase, f64),
    /// Too few networks to begin with fewer.
    #[error(
        "a study of {0} networks cannot grow: its first look has {LEAST_NETWORKS}, and fewer give \
         no limit; state the most that it may take, such as --replicates 15, or leave out \
         --until-decided"
    )]
    Growth(u32),
    /// No lossy codec is chosen.
    #[error("no lossy codec runs on the chosen paths: name one, such as `--codec jpeg2000`")]
    NoArm,
    /// A codec that was asked for takes the samples of none of the chosen paths.
    #[error(
        "{0} cannot write the samples of any chosen path: choose another codec, such as jpeg2000"
    )]
    Codec(CodecName),
}

/// What the user changes of a preset.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    /// Lossy codecs.
    pub codecs: Option<Vec<CodecName>>,
    /// Input paths.
    pub paths: Option<Vec<InputPath>>,
    /// Training regimes.
    pub regimes: Option<Vec<Regime>>,
    /// Levels as ratios on stored bits. Levels are of one base.
    pub ratios: Option<Vec<f64>>,
    /// Levels as qualities of the JPEG family.
    pub qualities: Option<Vec<f64>>,
    /// Levels as least PSNR in dB.
    pub psnr_db: Option<Vec<f64>>,
    /// Levels as bits per pixel.
    pub bpp: Option<Vec<f64>>,
    /// Levels at which networks of regimes `matched` and `matrix` are trained.
    pub matched_levels: Option<Vec<f64>>,
    /// Start the networks of `matched` and `matrix` from the originals' network.
    pub warm_start: bool,
    /// Average ratings over the eight flips and turns of a region.
    pub symmetric_prediction: bool,
    /// Networks per path and regime.
    pub replicates: Option<u32>,
    /// Training images of each replicate.
    pub train_images: Option<u32>,
    /// Test images.
    pub test_images: Option<u32>,
    /// Passes over the training images in regime `original`.
    pub epochs: Option<u32>,
    /// Largest loss of accuracy that is accepted.
    pub margin: Option<f64>,
    /// One-sided error of each verdict.
    pub alpha: Option<f64>,
    /// Whether linear observers rate the test images too.
    pub linear_observers: Option<bool>,
    /// Most looks at a study that grows until it is decided; `None` for one whole study.
    pub looks: Option<u32>,
}

impl Plan {
    /// Makes the plan of a preset with the user's changes.
    ///
    /// # Errors
    /// If a change is out of range.
    pub fn new(
        phantom: &Phantom,
        phantom_source: &str,
        preset: Preset,
        changes: &Changes,
        seed: u64,
        kernel: &str,
    ) -> Result<Self, PlanError> {
        let size = preset.size();
        let paths = sorted(changes.paths.clone().unwrap_or_else(|| InputPath::ALL.to_vec()));
        let lossy =
            changes.codecs.clone().unwrap_or_else(|| vec![CodecName::Jpeg, CodecName::Jpeg2000]);
        let mut codecs = sorted(lossy);
        codecs.retain(|&codec| codec != CodecName::Lossless);
        codecs.push(CodecName::Lossless);
        let regimes = sorted(
            changes.regimes.clone().unwrap_or_else(|| vec![Regime::Original, Regime::Mixed]),
        );
        let at_levels = regimes.iter().any(|it| matches!(it, Regime::Matched | Regime::Matrix));
        let bits_stored = phantom.formation.matrix.format.bits_stored;
        let ladder = Ladder::new(changes, size.ratios, at_levels, bits_stored)?;
        let margin = changes.margin.unwrap_or(0.02);
        if !(margin > 0.0 && margin < 1.0) {
            return Err(PlanError::Margin(margin));
        }
        let alpha = changes.alpha.unwrap_or(0.025);
        if !(alpha > 0.0 && alpha < 0.5) {
            return Err(PlanError::Alpha(alpha));
        }
        count("the number of levels", ladder.targets.len() as u32, 1, 64)?;
        let epochs = count("--epochs", changes.epochs.unwrap_or(size.epochs), 1, 1000)?;
        let codec_versions = codecs
            .iter()
            .map(|&name| (name.name().to_owned(), crate::codec::codec(name).version()))
            .collect();
        let replicates =
            count("--replicates", changes.replicates.unwrap_or(size.replicates), 1, 1000)?;
        let train_images = changes.train_images.unwrap_or(size.train_images);
        let test_images = changes.test_images.unwrap_or(size.test_images);
        count("--train-images", train_images, 2, 1_000_000)?;
        count("--test-images", test_images, 2, 1_000_000)?;
        let looks = match changes.looks {
            None => Vec::new(),
            Some(_) if replicates <= LEAST_NETWORKS => {
                return Err(PlanError::Growth(replicates));
            }
            Some(most) => {
                looks(count("--max-looks", most, 2, MOST_LOOKS as u32)?, replicates, test_images)
            }
        };
        let plan = Self {
            format: crate::record::FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            phantom: phantom.id.clone(),
            phantom_hash: phantom.content_hash_hex(),
            phantom_source: phantom_source.to_owned(),
            sample_format: phantom.formation.matrix.format,
            pixels: (phantom.formation.matrix.rows * phantom.formation.matrix.columns) as u64,
            seed,
            preset,
            metric: format!(
                "{}-way accuracy, absent included",
                phantom.formation.targets.classes().len()
            ),
            margin,
            alpha,
            bootstrap: 2000,
            paths,
            codecs,
            native_jpeg: changes.codecs.as_ref().is_some_and(|c| c.contains(&CodecName::Jpeg)),
            regimes,
            ladder,
            warm_start: at_levels && changes.warm_start,
            symmetric_prediction: changes.symmetric_prediction,
            replicates,
            train_images,
            tune_images: size.tune_images,
            test_images,
            mixed_levels: 2,
            epochs,
            mixed_epochs: if changes.epochs.is_some() {
                epochs.div_ceil(4)
            } else {
                size.mixed_epochs
            },
            learning_rate: 16e-3,
            mixed_learning_rate: 8e-3,
            linear_observers: changes
                .linear_observers
                .filter(|&wanted| wanted != preset.has_linear_observers()),
            kernel: kernel.to_owned(),
            codec_versions,
            looks,
        };
        plan.check_codecs(changes)?;
        Ok(plan)
    }

    /// Every codec asked for runs on a path and can be asked for every level, and one is lossy.
    fn check_codecs(&self, changes: &Changes) -> Result<(), PlanError> {
        let runs = |wanted: CodecName| {
            self.paths.iter().any(|&path| self.codecs_on(path).any(|codec| codec == wanted))
        };
        if let Some(&codec) = changes.codecs.iter().flatten().find(|&&codec| !runs(codec)) {
            return Err(PlanError::Codec(codec));
        }
        let lossy = self.codecs.iter().filter(|&&codec| codec != CodecName::Lossless);
        let mut running = lossy.copied().filter(|&codec| runs(codec)).peekable();
        if running.peek().is_none() {
            return Err(PlanError::NoArm);
        }
        for codec in running {
            let (base, known) = (self.ladder.base, crate::codec::codec(codec));
            let unknown = self.ladder.targets.iter().find(|&&it| !known.knows(base.target(it)));
            if let Some(&value) = unknown {
                return Err(PlanError::Target { codec, base, value });
            }
        }
        Ok(())
    }
}

fn count(what: &'static str, value: u32, low: u32, high: u32) -> Result<u32, PlanError> {
    if (low..=high).contains(&value) {
        return Ok(value);
    }
    Err(PlanError::Count { what, low: low.into(), high: high.into(), value: value.into() })
}

fn sorted<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort();
    items.dedup();
    items
}
