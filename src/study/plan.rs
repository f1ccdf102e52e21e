//! What a study will do: the frozen plan, its jobs, and what each of them trains on and rates; runs
//! nothing.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::ladder::Ladder;
use super::network::{NetworkChoice, PlannedNetwork, reference};
use super::preset::Preset;
use super::training::Training;
use super::transfer::Transfer;
use crate::codec::{CodecName, CodecOptions, JpegEncoder, JpegTables};
use crate::collection::Presentation;
use crate::image::{SampleFormat, WINDOWED};
use crate::network::Recipe;
use crate::record::{
    Condition, FORMAT, InputPath, Job, LEAST_IMAGES, LEAST_NETWORKS, Margin, NetworkName, Regime,
    Representation,
};
use crate::resampling::Resampling;
use crate::stats::MOST_LOOKS;
use crate::task::{Series, Task, TaskName};

/// Images that are prepared, kept and recorded together.
pub const CHUNK: u32 = 10;

/// How large a growing study is at one look.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedLook {
    /// Networks per task, path and regime.
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
    /// Identifier of the phantom, or the name of the data set.
    pub phantom: String,
    /// Hash of what forms its images; of a data set, of all of its images and labels.
    pub phantom_hash: String,
    /// The phantom file, whole; empty where images are a user's.
    pub phantom_source: String,
    /// How a user's labelled images are shown; absent where images are drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<Presentation>,
    /// Bits of its samples.
    pub sample_format: SampleFormat,
    /// Pixels of one image; their mean where images differ.
    pub pixels: u64,
    /// Seed.
    pub seed: u64,
    /// Preset.
    pub preset: Preset,
    /// What readers are asked, each network one of them.
    pub tasks: Vec<TaskName>,
    /// The loss up to which a level is accepted.
    pub margin: Margin,
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
    /// Quantisation tables of the JPEG family.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub jpeg_tables: JpegTables,
    /// Encoder of 8-bit JPEG.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub encoder: JpegEncoder,
    /// What is done to every image that a lossy codec restored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rescale: Option<Resampling>,
    /// What networks are given of a region.
    #[serde(default, skip_serializing_if = "Representation::is_pixels")]
    pub input: Representation,
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
    /// Networks per task, path and regime.
    pub replicates: u32,
    /// Training images of each replicate, its own.
    pub train_images: u32,
    /// Shares of these on which further networks of regime `original` are trained, ascending;
    /// empty where all networks are trained on all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub training_shares: Vec<f64>,
    /// Images on which epochs are chosen.
    pub tune_images: u32,
    /// Test images.
    pub test_images: u32,
    /// Tasks that outline rate one test image in so many, the first ones, but no fewer than
    /// [`LEAST_IMAGES`]: an image holds dozens of targets, and each of its pixels is rated.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub outlined_one_in: u32,
    /// Levels of each codec at which regime `mixed` sees a training image, drawn anew for each.
    pub mixed_levels: u32,
    /// Passes over the training regions in regime `original`.
    pub epochs: u32,
    /// Passes in regime `mixed`, which starts from the originals' network.
    pub mixed_epochs: u32,
    /// How networks are trained; the architecture is that of the first task's, and others differ in
    /// their number of classes alone.
    pub training: Training,
    /// What the networks of this architecture are called.
    #[serde(default = "reference", skip_serializing_if = "is_reference")]
    pub network: NetworkName,
    /// Further kinds of networks, whose limits stand beside; they are trained alike.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further_networks: Vec<PlannedNetwork>,
    /// Where networks of regime `transferred` start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Transfer>,
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

fn is_usual<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_one(count: &u32) -> bool {
    *count == 1
}

fn is_reference(name: &NetworkName) -> bool {
    *name == reference()
}

/// Why the text of a plan cannot be read.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PlanFileError {
    /// It is of another format.
    #[error(
        "it holds a run of format {found}{}; this program reads format {FORMAT}: read it with that \
         program, or run it again in another directory",
        reader(*.found)
    )]
    Format {
        /// The format.
        found: u32,
    },
    /// It is damaged.
    #[error("{0}")]
    Damaged(String),
}

/// Which program reads runs of a format.
fn reader(format: u32) -> &'static str {
    match format {
        1 => ", which phantom-limit 0.1.0 reads",
        _ => ", which another version of phantom-limit reads",
    }
}

impl Plan {
    /// Reads the text of a plan.
    ///
    /// # Errors
    /// If it is of another format, or damaged.
    pub fn parse(text: &[u8]) -> Result<Self, PlanFileError> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let damaged = |error: serde_json::Error| PlanFileError::Damaged(error.to_string());
        let Head { format: found } = serde_json::from_slice(text).map_err(damaged)?;
        if found != FORMAT {
            return Err(PlanFileError::Format { found });
        }
        serde_json::from_slice(text).map_err(damaged)
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

    /// How many of the test images the networks of a task rate: the first ones.
    #[must_use]
    pub fn rated_images(&self, task: TaskName) -> u32 {
        self.rated_of(task, self.test_images)
    }

    /// Test images that a study has whose networks of a task rate `rated` of them.
    #[must_use]
    pub fn images_for(&self, task: TaskName, rated: u64) -> u64 {
        if task == TaskName::Outline { rated * u64::from(self.outlined_one_in) } else { rated }
    }

    /// The same where the study has `images`. Whole groups, so that a look ends with one.
    fn rated_of(&self, task: TaskName, images: u32) -> u32 {
        if task != TaskName::Outline || self.outlined_one_in == 1 {
            return images;
        }
        let share = images.div_ceil(self.outlined_one_in).next_multiple_of(CHUNK);
        share.max(LEAST_IMAGES).min(images)
    }

    /// Test images that a network of a task rates when it is trained: those of the first look that
    /// has it.
    #[must_use]
    pub fn first_images(&self, task: TaskName, replicate: u32) -> u32 {
        let look = self.looks.iter().find(|look| look.replicates > replicate);
        self.rated_of(task, look.map_or(self.test_images, |look| look.test_images))
    }

    /// Later looks, counted from 1, with the test images that each adds for a network of a task to
    /// rate.
    #[must_use]
    pub fn added_images(&self, task: TaskName, replicate: u32) -> Vec<(u32, Range<u32>)> {
        let rated = |look: &PlannedLook| self.rated_of(task, look.test_images);
        (2..)
            .zip(self.looks.windows(2))
            .filter(|(_, pair)| pair[0].replicates > replicate)
            .map(|(look, pair)| (look, rated(&pair[0])..rated(&pair[1])))
            .filter(|(_, images)| !images.is_empty())
            .collect()
    }

    /// The series of images that its tasks ask about, each once, in order.
    #[must_use]
    pub fn series(&self) -> Vec<Series> {
        let asked = |series: &Series| self.tasks.iter().any(|task| task.series() == *series);
        Series::ALL.into_iter().filter(asked).collect()
    }

    /// How its codecs are set.
    #[must_use]
    pub fn codec_options(&self) -> CodecOptions {
        CodecOptions::default().with_tables(self.jpeg_tables).with_encoder(self.encoder)
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
        // They read pixels, as they are in the cache.
        self.input.is_pixels()
            && self.linear_observers.unwrap_or_else(|| self.preset.has_linear_observers())
    }

    /// Passes over its training regions of a network of a regime.
    #[must_use]
    pub fn passes(&self, regime: Regime) -> u32 {
        if self.starts_warm(regime) { self.mixed_epochs } else { self.epochs }
    }

    /// How a network of a regime is trained for a task.
    #[must_use]
    pub fn recipe(&self, regime: Regime, task: &dyn Task) -> Recipe {
        let warm = self.starts_warm(regime);
        self.training.recipe(task, self.passes(regime), warm, self.symmetric_prediction)
    }

    /// How a network learns a second time, from what it found hard: as one that starts from another.
    #[must_use]
    pub fn second_recipe(&self, task: &dyn Task) -> Recipe {
        self.training.recipe(task, self.mixed_epochs, true, self.symmetric_prediction)
    }

    /// How the network of a job is trained for its task.
    #[must_use]
    pub fn recipe_of(&self, job: Job, task: &dyn Task) -> Recipe {
        let recipe = self.recipe(job.regime, task);
        let transfer = self.transfer.as_ref().filter(|_| job.regime == Regime::Transferred);
        let frozen_layers = transfer.map_or(0, |it| it.freeze as usize);
        let recipe = Recipe { frozen_layers, ..recipe };
        let kind = self.further_networks.iter().find(|it| Some(it.name) == job.network);
        match kind {
            Some(kind) => {
                let architecture = task.architecture(kind.architecture.clone());
                Recipe { architecture, ..recipe }
            }
            None => recipe,
        }
    }

    /// All kinds of networks, that of the limits first.
    #[must_use]
    pub fn networks(&self) -> Vec<PlannedNetwork> {
        let (name, architecture) = (self.network, self.training.architecture.clone());
        let mut networks = vec![PlannedNetwork { name, architecture }];
        networks.extend(self.further_networks.iter().cloned());
        networks
    }

    /// The kinds of networks as they can be asked for again; `None` for the usual ones alone.
    pub(super) fn network_choices(&self) -> Option<Vec<NetworkChoice>> {
        let of = |kind: &PlannedNetwork| NetworkChoice::of(kind, self.input);
        let of_pixels = self.training.pixel_network.as_ref().map(of);
        let of_pixels = of_pixels.filter(|it| *it != NetworkChoice::of_pixels());
        let networks = self.networks();
        let usual = networks.len() == 1 && of(&networks[0]) == NetworkChoice::usual(self.input);
        (!usual || of_pixels.is_some()).then(|| networks.iter().map(of).chain(of_pixels).collect())
    }

    /// Training images of the network of a job: of a share whole groups of [`CHUNK`], the nearest
    /// number of them and at least one.
    #[must_use]
    pub fn images_of(&self, job: Job) -> u32 {
        job.training_share
            .map_or(self.train_images, |share| images_of_share(self.train_images, share))
    }

    /// Networks of each training share, task and path: as many as give a crossing its interval,
    /// where there are so many.
    #[must_use]
    pub fn share_replicates(&self) -> u32 {
        self.replicates.min(LEAST_NETWORKS)
    }

    /// Whether networks of a regime start from the originals' network.
    pub(super) fn starts_from_originals(&self, regime: Regime) -> bool {
        match regime {
            Regime::Original | Regime::Transferred => false,
            Regime::Mixed => true,
            Regime::Matched | Regime::Matrix => self.warm_start,
        }
    }

    /// Whether networks of a regime start from a trained network, whichever.
    fn starts_warm(&self, regime: Regime) -> bool {
        regime == Regime::Transferred || self.starts_from_originals(regime)
    }

    /// Whether a regime is studied.
    fn has(&self, regime: Regime) -> bool {
        self.regimes.contains(&regime)
    }

    /// What is asked of networks on each path.
    fn asked(&self) -> impl Iterator<Item = (TaskName, InputPath)> + '_ {
        let on_paths = |&task| self.paths.iter().map(move |&path| (task, path));
        self.tasks.iter().flat_map(on_paths)
    }

    /// The jobs, in the order in which they may run: a `mixed` network starts from the
    /// `original` network of its task, path and replicate, and losses count from those, so they are
    /// trained even when only other regimes are asked for. The networks of `matrix` are those
    /// of `matched`. Last come those of shares of the training images.
    #[must_use]
    pub fn jobs(&self) -> Vec<Job> {
        let mut jobs = Vec::new();
        // Those of every replicate, task and path.
        let of = |regime, replicates| {
            let of_replicate = move |replicate| {
                self.asked().map(move |(task, path)| Job::new(task, path, regime, replicate))
            };
            (0..replicates).flat_map(of_replicate)
        };
        let on_all = |network| {
            let is_asked = |&regime: &Regime| regime == Regime::Original || self.has(regime);
            [Regime::Original, Regime::Mixed].into_iter().filter(is_asked).flat_map(move |regime| {
                of(regime, self.replicates).map(move |job| Job { network, ..job })
            })
        };
        jobs.extend(on_all(None));
        for job in of(Regime::Matched, self.replicates) {
            let levels = self.matched(job.path).into_iter();
            jobs.extend(levels.map(|level| Job { trained_at: Some(level), ..job }));
        }
        for kind in &self.further_networks {
            jobs.extend(on_all(Some(kind.name)));
        }
        let of_shares = |regime| {
            self.training_shares.iter().flat_map(move |&share| {
                let training_share = Some(share);
                of(regime, self.share_replicates()).map(move |job| Job { training_share, ..job })
            })
        };
        if self.transfer.is_some() {
            jobs.extend(of(Regime::Transferred, self.replicates));
            jobs.extend(of_shares(Regime::Transferred));
        }
        jobs.extend(of_shares(Regime::Original));
        jobs
    }
}

impl PlannedLook {
    /// Most looks at a study that grows to `replicates` networks: each has one more at least.
    #[must_use]
    pub fn most(replicates: u32) -> u32 {
        (replicates + 1).saturating_sub(LEAST_NETWORKS).min(MOST_LOOKS as u32)
    }
}

/// See [`Plan::images_of`].
pub(super) fn images_of_share(train_images: u32, share: f64) -> u32 {
    let chunks = (f64::from(train_images) * share / f64::from(CHUNK)).round().max(1.0);
    (chunks as u32 * CHUNK).min(train_images)
}

/// Looks that grow networks and test images in the same proportion, evenly from the first to the
/// full size. The first has as many networks as give a limit, or an even share of them; images
/// are rounded up to whole chunks, so that none is prepared twice. Fewer looks than `most` where
/// each could not have a network more.
pub(super) fn looks(most: u32, replicates: u32, test_images: u32) -> Vec<PlannedLook> {
    let most = most.min(PlannedLook::most(replicates));
    let first = LEAST_NETWORKS.max(replicates.div_ceil(most));
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
