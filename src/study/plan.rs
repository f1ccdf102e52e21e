//! Owns what a study will do: presets and the frozen plan.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::prepare::CHUNK;
use super::{Ladder, Preset};
use crate::codec::CodecName;
use crate::image::{SampleFormat, WINDOWED};
use crate::phantom::Phantom;
use crate::record::{Condition, InputPath, Job, LEAST_NETWORKS, LevelBase, Regime};
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

/// How large a growing study is at one look.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedLook {
    /// Networks per path and regime.
    pub replicates: u32,
    /// Test images.
    pub test_images: u32,
    /// Share of the planned information, by which error is spent: that of the networks, since
    /// test images grow as fast.
    pub information: f64,
}

/// Everything that a study's results depend on, frozen before the first job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Version of this format.
    pub format: u32,
    /// Version of the program.
    pub version: String,
    /// Identifier of the phantom.
    pub phantom: String,
    /// Hash of what forms its images.
    pub phantom_hash: String,
    /// The phantom file, whole.
    pub phantom_source: String,
    /// Bits of its samples.
    pub sample_format: SampleFormat,
    /// Pixels of one image.
    pub pixels: u64,
    /// Seed.
    pub seed: u64,
    /// Preset.
    pub preset: Preset,
    /// Metric of the verdicts.
    pub metric: String,
    /// Largest loss of accuracy that is accepted.
    pub margin: f64,
    /// One-sided error of each verdict.
    pub alpha: f64,
    /// Resamples of the limit's interval.
    pub bootstrap: u32,
    /// Input paths.
    pub paths: Vec<InputPath>,
    /// Codecs, the lossless null last.
    pub codecs: Vec<CodecName>,
    /// JPEG of 8 bits runs on native data too, by dropping low bits: where the user named it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub native_jpeg: bool,
    /// Training regimes.
    pub regimes: Vec<Regime>,
    /// Levels; it takes the keys that are none of the plan's, and refuses those that it does not
    /// know.
    #[serde(flatten)]
    pub ladder: Ladder,
    /// Whether the networks of `matched` and `matrix` start from the originals' network and
    /// train as short as those of `mixed`.
    pub warm_start: bool,
    /// Whether ratings are averaged over the eight flips and turns of a region.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub symmetric_prediction: bool,
    /// Networks per path and regime.
    pub replicates: u32,
    /// Training images of each replicate, its own.
    pub train_images: u32,
    /// Images on which epochs are chosen.
    pub tune_images: u32,
    /// Test images.
    pub test_images: u32,
    /// Levels of each codec at which regime `mixed` sees a training image, drawn anew for each.
    pub mixed_levels: u32,
    /// Passes over the training regions in regime `original`.
    pub epochs: u32,
    /// Passes in regime `mixed`, which starts from the originals' network.
    pub mixed_epochs: u32,
    /// Largest learning rate in regime `original`.
    pub learning_rate: f64,
    /// Largest learning rate in regime `mixed`.
    pub mixed_learning_rate: f64,
    /// Whether linear observers rate the test images too, where it is not as in the preset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linear_observers: Option<bool>,
    /// Compute kernel: networks are bit-identical for one kernel only.
    pub kernel: String,
    /// Versions of the codecs' libraries.
    pub codec_versions: BTreeMap<String, String>,
    /// Looks of a study that grows until it is decided, the last at its full size; empty where all
    /// is studied at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub looks: Vec<PlannedLook>,
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
        let count = |what, value: Option<u32>, usual, low, high| match value.unwrap_or(usual) {
            value if (low..=high).contains(&value) => Ok(value),
            value => Err(PlanError::Count {
                what,
                low: low.into(),
                high: high.into(),
                value: value.into(),
            }),
        };
        let margin = changes.margin.unwrap_or(0.02);
        if !(margin > 0.0 && margin < 1.0) {
            return Err(PlanError::Margin(margin));
        }
        let alpha = changes.alpha.unwrap_or(0.025);
        if !(alpha > 0.0 && alpha < 0.5) {
            return Err(PlanError::Alpha(alpha));
        }
        count("the number of levels", Some(ladder.targets.len() as u32), 0, 1, 64)?;
        let epochs = count("--epochs", changes.epochs, size.epochs, 1, 1000)?;
        let codec_versions = codecs
            .iter()
            .map(|&name| (name.name().to_owned(), crate::codec::codec(name).version()))
            .collect();
        let replicates = count("--replicates", changes.replicates, size.replicates, 1, 1000)?;
        let test_images =
            count("--test-images", changes.test_images, size.test_images, 2, 1_000_000)?;
        let looks = match changes.looks {
            None => Vec::new(),
            Some(_) if replicates as usize <= LEAST_NETWORKS => {
                return Err(PlanError::Growth(replicates));
            }
            most => {
                looks(count("--max-looks", most, 0, 2, MOST_LOOKS as u32)?, replicates, test_images)
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
            train_images: count(
                "--train-images",
                changes.train_images,
                size.train_images,
                2,
                1_000_000,
            )?,
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
        let runs = |wanted: CodecName| {
            plan.paths.iter().any(|&path| plan.codecs_on(path).any(|codec| codec == wanted))
        };
        if let Some(&codec) = changes.codecs.iter().flatten().find(|&&codec| !runs(codec)) {
            return Err(PlanError::Codec(codec));
        }
        let lossy = plan.codecs.iter().filter(|&&codec| codec != CodecName::Lossless);
        for &codec in lossy.filter(|&&codec| runs(codec)) {
            let (base, known) = (plan.ladder.base, crate::codec::codec(codec));
            let unknown = plan.ladder.targets.iter().find(|&&it| !known.knows(base.target(it)));
            if let Some(&value) = unknown {
                return Err(PlanError::Target { codec, base, value });
            }
        }
        let has_arm = plan
            .paths
            .iter()
            .any(|&path| plan.codecs_on(path).any(|codec| codec != CodecName::Lossless));
        if has_arm { Ok(plan) } else { Err(PlanError::NoArm) }
    }

    /// The plan as large as at one of its looks, `number` from 0, with the looks up to that one;
    /// the plan itself where it has no such look. Growing moves nothing: what a smaller plan
    /// studies is part of a larger one, to the byte.
    #[must_use]
    pub fn at_look(&self, number: usize) -> Self {
        let Some(look) = self.looks.get(number) else { return self.clone() };
        Self {
            replicates: look.replicates,
            test_images: look.test_images,
            looks: self.looks[..=number].to_vec(),
            ..self.clone()
        }
    }

    /// Test images that a network rates when it is trained: those of the first look that has it.
    #[must_use]
    pub fn first_images(&self, replicate: u32) -> u32 {
        let look = self.looks.iter().find(|look| look.replicates > replicate);
        look.map_or(self.test_images, |look| look.test_images)
    }

    /// Later looks, counted from 1, with the test images that each adds for a network to rate.
    #[must_use]
    pub fn added_images(&self, replicate: u32) -> Vec<(u32, Range<u32>)> {
        (2..)
            .zip(self.looks.windows(2))
            .filter(|(_, pair)| pair[0].replicates > replicate)
            .map(|(look, pair)| (look, pair[0].test_images..pair[1].test_images))
            .filter(|(_, images)| !images.is_empty())
            .collect()
    }

    /// Codecs that run on a path: those that take its samples.
    pub fn codecs_on(&self, path: InputPath) -> impl Iterator<Item = CodecName> + '_ {
        let format = match path {
            InputPath::Native => self.sample_format,
            InputPath::Windowed => WINDOWED,
        };
        self.codecs.iter().copied().filter(move |&codec| {
            crate::codec::codec(codec).accepts(format)
                && (codec != CodecName::Jpeg || path == InputPath::Windowed || self.native_jpeg)
        })
    }

    /// Renditions of a test image on a path: uncompressed first, then every codec's levels.
    #[must_use]
    pub fn conditions(&self, path: InputPath) -> Vec<Condition> {
        let mut conditions = vec![Condition::UNCOMPRESSED];
        for codec in self.codecs_on(path) {
            if codec == CodecName::Lossless {
                conditions.push(Condition { codec: Some(codec), ..Condition::UNCOMPRESSED });
            } else {
                conditions.extend(self.at_levels(codec, &self.ladder.targets));
            }
        }
        conditions
    }

    /// Renditions of a codec at some levels.
    pub(super) fn at_levels<'a>(
        &'a self,
        codec: CodecName,
        targets: &'a [f64],
    ) -> impl Iterator<Item = Condition> + 'a {
        let base = self.ladder.base;
        let condition = move |&target| Condition { codec: Some(codec), target: Some(target), base };
        targets.iter().map(condition)
    }

    /// Renditions of a path at which a network of regime `matched` is trained.
    #[must_use]
    pub fn matched(&self, path: InputPath) -> Vec<Condition> {
        let trained = |condition: &Condition| {
            condition.target.is_some_and(|target| self.ladder.trained.contains(&target))
        };
        self.conditions(path).into_iter().filter(trained).collect()
    }

    /// Renditions that the network of a job rates, in the order of [`Plan::conditions`].
    #[must_use]
    pub fn rated(&self, job: Job) -> Vec<Condition> {
        let Some(level) = job.trained_at else { return self.conditions(job.path) };
        let mut rated = vec![Condition::UNCOMPRESSED];
        if self.regimes.contains(&Regime::Matrix) {
            let levels = self.matched(job.path).into_iter();
            rated.extend(levels.filter(|other| other.codec == level.codec));
        } else {
            rated.push(level);
        }
        rated
    }

    /// Whether linear observers rate the test images too.
    #[must_use]
    pub fn has_linear_observers(&self) -> bool {
        self.linear_observers.unwrap_or_else(|| self.preset.has_linear_observers())
    }

    /// Passes over its training regions of a network of a regime.
    #[must_use]
    pub fn passes(&self, regime: Regime) -> u32 {
        if self.starts_warm(regime) { self.mixed_epochs } else { self.epochs }
    }

    /// Whether networks of a regime start from the originals' network.
    pub(super) fn starts_warm(&self, regime: Regime) -> bool {
        match regime {
            Regime::Original => false,
            Regime::Mixed => true,
            Regime::Matched | Regime::Matrix => self.warm_start,
        }
    }

    /// The jobs, in the order in which they may run: a `mixed` network starts from the
    /// `original` network of its path and replicate, and losses count from those, so they are
    /// trained even when only other regimes are asked for. The networks of `matrix` are those
    /// of `matched`.
    #[must_use]
    pub fn jobs(&self) -> Vec<Job> {
        let mut jobs = Vec::new();
        for regime in [Regime::Original, Regime::Mixed] {
            if regime == Regime::Mixed && !self.regimes.contains(&Regime::Mixed) {
                continue;
            }
            for replicate in 0..self.replicates {
                let job = |&path| Job { path, regime, replicate, trained_at: None };
                jobs.extend(self.paths.iter().map(job));
            }
        }
        for replicate in 0..self.replicates {
            for &path in &self.paths {
                let job = |level| Job {
                    path,
                    regime: Regime::Matched,
                    replicate,
                    trained_at: Some(level),
                };
                jobs.extend(self.matched(path).into_iter().map(job));
            }
        }
        jobs
    }
}

impl PlannedLook {
    /// Most looks at a study that grows to `replicates` networks: each has one more at least.
    #[must_use]
    pub fn most(replicates: u32) -> u32 {
        (replicates + 1).saturating_sub(LEAST_NETWORKS as u32).min(MOST_LOOKS as u32)
    }
}

/// Looks that grow networks and test images in the same proportion, evenly from the first to the
/// full size. The first has as many networks as give a limit, or an even share of them; images
/// are rounded up to whole chunks, so that none is prepared twice. Fewer looks than `most` where
/// each could not have a network more.
fn looks(most: u32, replicates: u32, test_images: u32) -> Vec<PlannedLook> {
    let least = LEAST_NETWORKS as u32;
    let most = most.min(PlannedLook::most(replicates));
    let first = least.max(replicates.div_ceil(most));
    (0..most)
        .map(|number| {
            let networks = first + ((replicates - first) * number).div_ceil(most - 1);
            let images = u64::from(test_images) * u64::from(networks);
            let chunks = images.div_ceil(u64::from(replicates)).div_ceil(u64::from(CHUNK)) as u32;
            PlannedLook {
                replicates: networks,
                test_images: (chunks * CHUNK).min(test_images),
                information: f64::from(networks) / f64::from(replicates),
            }
        })
        .collect()
}

fn sorted<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort();
    items.dedup();
    items
}
