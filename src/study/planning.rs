//! Makes plans: a preset with what the user changes of it; and finds the fewest changes that make
//! a plan again.

use std::collections::BTreeMap;

use super::error::{MOST_LEVELS, PlanError};
use super::input::check_input;
use super::ladder::Ladder;
use super::network::{NetworkChoice, NetworkFault, PlannedNetwork, reference};
use super::option::{self, Changes, Definition, OPTIONS};
use super::plan::{Plan, images_of_share, looks};
use super::preset::Preset;
use super::subject::Subject;
use super::training::Training;
use crate::codec::{CodecName, Depth, JpegEncoder, JpegTables, codec_fitting};
use crate::collection::Presentation;
use crate::network::Architecture;
use crate::phantom::Phantom;
use crate::record::{InputPath, LEAST_NETWORKS, LevelBase, Margin, Regime, Representation};
use crate::task::TaskName;

/// Tasks that outline rate one drawn test image in so many.
const OUTLINED_ONE_IN: u32 = 4;

impl Changes {
    /// Every value is in its range.
    fn check(&self, bits_stored: u8) -> Result<(), PlanError> {
        for Definition { facts, numbers, .. } in OPTIONS {
            let mut values = numbers(self).into_iter();
            if let Some(value) = values.find(|&value| !facts.range.holds(value, bits_stored)) {
                return Err(PlanError::Range { option: facts, value, bits_stored });
            }
        }
        Ok(())
    }

    /// The levels that are asked for and their base.
    fn levels(&self) -> Result<Option<(LevelBase, &[f64])>, PlanError> {
        let mut stated = [
            (LevelBase::Ratio, &self.ratios),
            (LevelBase::Quality, &self.qualities),
            (LevelBase::Psnr, &self.psnr_db),
            (LevelBase::Bpp, &self.bpp),
            (LevelBase::MaxError, &self.max_errors),
        ]
        .into_iter()
        .filter_map(|(base, levels)| Some((base, levels.as_deref()?)));
        let first = stated.next();
        match (first, stated.next()) {
            (Some((base, _)), Some((other, _))) => Err(PlanError::Bases(base, other)),
            _ => Ok(first),
        }
    }
}

impl Plan {
    /// Makes the plan of a preset with the user's changes, for networks of a compute kernel.
    ///
    /// # Errors
    /// If a change is out of range.
    pub fn new(
        phantom: &Phantom,
        phantom_source: &str,
        changes: &Changes,
        kernel: &str,
    ) -> Result<Self, PlanError> {
        Self::of(&Subject::of_phantom(phantom, phantom_source), changes, kernel)
    }

    /// The same for a user's labelled images: `name` and `sha256` are those of the data set.
    ///
    /// # Errors
    /// As [`Plan::new`], or if a change asks for what only drawn images give.
    pub fn of_collection(
        presentation: &Presentation,
        [name, sha256]: [&str; 2],
        changes: &Changes,
        kernel: &str,
    ) -> Result<Self, PlanError> {
        Self::of(&Subject::of_collection(presentation, [name, sha256]), changes, kernel)
    }

    fn of(subject: &Subject<'_>, changes: &Changes, kernel: &str) -> Result<Self, PlanError> {
        const DEFAULT: &str = "the table has a default";
        changes.check(subject.format.bits_stored)?;
        let changes = &changes.with_defaults();
        let preset = changes.preset.expect(DEFAULT);
        let size = subject.size(preset);
        let paths = sorted(changes.paths.clone().unwrap_or_else(|| subject.paths()));
        if subject.is_collection() && paths.contains(&InputPath::Windowed) && !subject.has_window {
            return Err(PlanError::NoWindow(subject.id.clone()));
        }
        let input = changes.input.expect(DEFAULT);
        let usual = || match input.depth() {
            Depth::Pixels => vec![CodecName::Jpeg, CodecName::Jpeg2000],
            Depth::Reduced(_) => vec![CodecName::Jpeg2000],
            _ if paths.contains(&InputPath::Native) => vec![CodecName::Jpeg, CodecName::Jpeg12],
            _ => vec![CodecName::Jpeg],
        };
        let lossy = changes.codecs.clone().unwrap_or_else(usual);
        let mut codecs = sorted(lossy);
        codecs.retain(|&codec| codec != CodecName::Lossless);
        codecs.push(CodecName::Lossless);
        let mut regimes = changes.regimes.clone().unwrap_or_else(|| preset.regimes().to_vec());
        if changes.start.is_some() {
            regimes.push(Regime::Transferred);
        } else if regimes.contains(&Regime::Transferred) {
            return Err(PlanError::NoStart);
        }
        let regimes = sorted(regimes);
        let at_levels = regimes.iter().any(|it| matches!(it, Regime::Matched | Regime::Matrix));
        let (base, targets) = changes.levels()?.unwrap_or((LevelBase::Ratio, size.ratios));
        let mut ladder = Ladder::new(base, targets);
        if at_levels {
            ladder
                .train_at(changes.matched_levels.as_deref())
                .map_err(|level| PlanError::MatchedLevel(ladder.base, level))?;
        }
        if !(1..=MOST_LEVELS).contains(&ladder.targets.len()) {
            return Err(PlanError::Levels(ladder.targets.len()));
        }
        let epochs = changes.epochs.unwrap_or(size.epochs);
        let replicates = changes.replicates.unwrap_or(size.replicates);
        let [train_images, test_images] =
            [(changes.train_images, size.train_images), (changes.test_images, size.test_images)]
                .map(|(asked, usual)| subject.at_most(asked.unwrap_or(usual), usual));
        // What starts elsewhere is asked how few images are enough.
        let usual = if changes.start.is_some() { Preset::Full } else { preset };
        let training_shares = training_shares(changes, usual, &regimes, train_images)?;
        let looks = match changes.looks {
            None => Vec::new(),
            Some(_) if subject.is_collection() => return Err(PlanError::GrowingCollection),
            Some(_) if replicates <= LEAST_NETWORKS => {
                return Err(PlanError::Growth(replicates));
            }
            Some(most) => looks(most, replicates, test_images),
        };
        let tasks = tasks(changes, subject)?;
        let tasks_outline = tasks.contains(&TaskName::Outline);
        let margin = changes.margin.expect(DEFAULT);
        check_margin(margin, subject, &tasks, !looks.is_empty())?;
        let outputs = tasks[0].task(subject.classes).outputs();
        check_input(changes, input, (&tasks, &codecs, &paths), subject)
            .map_err(|problem| PlanError::Input(input, problem))?;
        let networks = networks(changes, input, &tasks, subject)?;
        let pixel_network = networks.of_pixels;
        let mut networks = networks.of_regions.into_iter();
        let first = networks.next().ok_or(PlanError::NoNetwork)?;
        let transfer = match &changes.start {
            Some(start) => {
                let freeze = changes.freeze.expect(DEFAULT);
                let layers = first.architecture.layers.iter();
                let weighted = layers.filter(|it| it.operation.has_weights()).count() as u32;
                if freeze >= weighted {
                    return Err(PlanError::Freeze { freeze, weighted });
                }
                let planned = start.planned(&tasks, &paths, replicates, freeze);
                Some(planned.ok_or_else(|| PlanError::Start(start.word().to_owned()))?)
            }
            None => None,
        };
        let mut plan = Self {
            format: crate::record::FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            phantom: subject.id.clone(),
            phantom_hash: subject.sha256.clone(),
            phantom_source: subject.source.to_owned(),
            collection: subject.collection.cloned(),
            sample_format: subject.format,
            pixels: subject.pixels,
            seed: changes.seed.expect(DEFAULT),
            preset,
            tasks,
            margin,
            alpha: changes.alpha.expect(DEFAULT),
            bootstrap: 2000,
            paths,
            codecs,
            native_jpeg: subject.is_of_bytes()
                || changes.codecs.as_ref().is_some_and(|c| c.contains(&CodecName::Jpeg)),
            jpeg_tables: changes.jpeg_tables.expect(DEFAULT),
            encoder: changes.encoder.expect(DEFAULT),
            rescale: changes.rescale,
            input,
            regimes,
            ladder,
            warm_start: at_levels && changes.warm_start == Some(true),
            symmetric_prediction: changes.symmetric_prediction == Some(true),
            replicates,
            train_images,
            training_shares,
            tune_images: size.tune_images,
            test_images,
            outlined_one_in: if tasks_outline && !subject.is_collection() {
                OUTLINED_ONE_IN
            } else {
                1
            },
            mixed_levels: 2,
            epochs,
            mixed_epochs: if changes.epochs.is_some() {
                epochs.div_ceil(4)
            } else {
                size.mixed_epochs
            },
            training: Training {
                architecture: first.architecture,
                pixel_network,
                ..Training::reference(subject.region_pixels, outputs)
            },
            network: first.name,
            further_networks: networks.collect(),
            transfer,
            linear_observers: changes
                .linear_observers
                .filter(|&wanted| wanted != preset.has_linear_observers()),
            kernel: kernel.to_owned(),
            codec_versions: BTreeMap::new(),
            looks,
        };
        let codecs = plan.codecs.iter();
        let version = |name: &CodecName| codec_fitting(*name, plan.codec_options()).version();
        plan.codec_versions = codecs.map(|name| (name.name().to_owned(), version(name))).collect();
        plan.check_codecs(changes)?;
        Ok(plan)
    }

    /// The fewest changes that make this plan of its phantom again; all that it could have been
    /// asked where this program makes no such plan.
    #[must_use]
    pub fn changes(&self, phantom: &Phantom) -> Changes {
        self.fewest(|changes| Self::new(phantom, &self.phantom_source, changes, &self.kernel).ok())
    }

    /// The same of a plan for a user's labelled images.
    #[must_use]
    pub fn collection_changes(&self, presentation: &Presentation) -> Changes {
        let names = [self.phantom.as_str(), self.phantom_hash.as_str()];
        self.fewest(|changes| Self::of_collection(presentation, names, changes, &self.kernel).ok())
    }

    fn fewest(&self, make: impl Fn(&Changes) -> Option<Self>) -> Changes {
        let mut changes = option::asked(self);
        let Some(whole) = make(&changes) else { return changes };
        for option in OPTIONS {
            let simpler = option.simpler(&changes);
            let same = |it: &Changes| make(it).as_ref() == Some(&whole);
            if let Some(simpler) = simpler.into_iter().find(same) {
                changes = simpler;
            }
        }
        changes
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
        let running: Vec<CodecName> = running.collect();
        let [jpeg, jpeg12] = [CodecName::Jpeg, CodecName::Jpeg12].map(|it| running.contains(&it));
        if self.jpeg_tables != JpegTables::default() && !jpeg && !jpeg12 {
            return Err(PlanError::NoJpeg("jpeg_tables", "jpeg and jpeg12"));
        }
        if self.encoder != JpegEncoder::default() && !jpeg {
            return Err(PlanError::NoJpeg("encoder", "jpeg"));
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

/// A margin is in the range of its kind, and what the study asks and images has what it counts.
fn check_margin(
    margin: Margin,
    subject: &Subject<'_>,
    tasks: &[TaskName],
    grows: bool,
) -> Result<(), PlanError> {
    if !margin.is_possible() {
        return Err(PlanError::Margin(margin));
    }
    match margin {
        Margin::Score(_) => Ok(()),
        Margin::DA(_) => {
            let area = |task: &&TaskName| task.task(subject.classes).measure().is_area();
            tasks.iter().find(|task| !area(task)).map_or(Ok(()), |&it| Err(PlanError::NoArea(it)))
        }
        Margin::DoseShare(share) => {
            if !subject.has_dose(share) {
                return Err(PlanError::NoDose(subject.id.clone()));
            }
            if grows { Err(PlanError::GrowingDose) } else { Ok(()) }
        }
    }
}

/// The tasks that are asked for; where none is, the usual ones that the images give targets of.
fn tasks(changes: &Changes, subject: &Subject<'_>) -> Result<Vec<TaskName>, PlanError> {
    let detects = subject.detects;
    let Some(asked) = &changes.tasks else {
        let has_targets = |task: &TaskName| detects || *task != TaskName::Detect;
        let usual = TaskName::ALL.into_iter().filter(|task| task.is_usual());
        return Ok(usual.filter(has_targets).collect());
    };
    if asked.is_empty() {
        return Err(PlanError::NoTask);
    }
    if subject.is_collection() {
        if asked.contains(&TaskName::Locate) {
            return Err(PlanError::NoSearch);
        }
        if !subject.has_outlines && asked.contains(&TaskName::Outline) {
            return Err(PlanError::NoOutlines(subject.id.clone()));
        }
        if !detects && asked.contains(&TaskName::Detect) {
            return Err(PlanError::NoPresent(subject.id.clone()));
        }
        return Ok(sorted(asked.clone()));
    }
    let needs = |task: &TaskName| matches!(task, TaskName::Detect | TaskName::Locate);
    if !detects && asked.iter().any(needs) {
        return Err(PlanError::NoDetection(subject.id.clone()));
    }
    Ok(sorted(asked.clone()))
}

/// Kinds of networks of a study.
struct Kinds {
    of_regions: Vec<PlannedNetwork>,
    /// For the task that classifies pixels, if it is asked.
    of_pixels: Option<PlannedNetwork>,
}

/// The kinds of networks that are asked for, or the usual ones.
fn networks(
    changes: &Changes,
    input: Representation,
    tasks: &[TaskName],
    subject: &Subject<'_>,
) -> Result<Kinds, PlanError> {
    let task = |name: TaskName| name.task(subject.classes);
    let own = tasks.iter().copied().find(|&name| task(name).labels_pixels());
    let (side, classes) = (subject.region_pixels, task(tasks[0]).outputs());
    let of_task = |choice: &NetworkChoice, name: TaskName| {
        let task = task(name);
        choice.planned(task.side(side), task.outputs(), input).map_err(PlanError::Network)
    };
    let fault = |one: &PlannedNetwork, problem: &str| {
        let (word, problem) = (one.name.to_string(), problem.to_owned());
        Err(PlanError::Network(NetworkFault { word, problem }))
    };
    let mut kinds = Kinds { of_regions: Vec::new(), of_pixels: None };
    let usual = || vec![NetworkChoice::usual(input)];
    for choice in &changes.networks.clone().unwrap_or_else(usual) {
        let one = choice.planned(side, classes, input).map_err(PlanError::Network)?;
        if kinds.of_regions.iter().chain(&kinds.of_pixels).any(|other| other.name == one.name) {
            return fault(&one, "it is asked for twice");
        }
        match (one.architecture.classifies_pixels(), own) {
            (false, _) => kinds.of_regions.push(one),
            (true, None) => {
                return fault(&one, "it gives a class for each pixel, and regions have one class");
            }
            (true, Some(_)) if kinds.of_pixels.is_some() => {
                return fault(&one, "a study has one kind that gives a class for each pixel");
            }
            (true, Some(name)) => kinds.of_pixels = Some(of_task(choice, name)?),
        }
    }
    let searches = tasks.iter().copied().find(|&name| name == TaskName::Locate);
    let other = changes.start.is_some() || kinds.of_regions.iter().any(|it| it.name != reference());
    if let (Some(name), true) = (own.or(searches), other) {
        return Err(PlanError::OwnNetwork(name));
    }
    let Some(name) = own else { return Ok(kinds) };
    if kinds.of_pixels.is_none() {
        kinds.of_pixels = Some(of_task(&NetworkChoice::of_pixels(), name)?);
    } else if kinds.of_regions.is_empty() {
        let architecture = Architecture::reference(side, classes);
        kinds.of_regions.push(PlannedNetwork { name: reference(), architecture });
    }
    Ok(kinds)
}

/// The shares of the training images that networks are trained on besides all, ascending; those of
/// the preset, without what its images do not allow, where none is asked for.
fn training_shares(
    changes: &Changes,
    preset: Preset,
    regimes: &[Regime],
    train_images: u32,
) -> Result<Vec<f64>, PlanError> {
    let original = regimes.contains(&Regime::Original);
    let images = |share: f64| images_of_share(train_images, share);
    let Some(asked) = &changes.training_shares else {
        let mut usual = if original { preset.training_shares().to_vec() } else { Vec::new() };
        usual.retain(|&share| images(share) < train_images);
        usual.dedup_by_key(|share| images(*share));
        return Ok(usual);
    };
    // All images are what every network has that is trained on no share.
    let mut shares: Vec<f64> = asked.iter().copied().filter(|&share| share < 1.0).collect();
    shares.sort_by(f64::total_cmp);
    if !(shares.is_empty() || original) {
        return Err(PlanError::SharesOfOriginals);
    }
    for (place, &share) in shares.iter().enumerate() {
        let next = shares.get(place + 1).map_or(train_images, |&next| images(next));
        if images(share) >= next {
            return Err(PlanError::Share { share, images: images(share), train_images });
        }
    }
    Ok(shares)
}

fn sorted<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort();
    items.dedup();
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_that_are_none_are_refused() {
        let usual = Changes::default;
        let one = |value: f64| Some(vec![value]);
        let refused = |changes: Changes| match changes.check(12) {
            Err(PlanError::Range { option, value, .. }) => Some((option.key, value)),
            _ => None,
        };
        assert_eq!(refused(Changes { ratios: one(1.0), ..usual() }), Some(("ratios", 1.0)));
        for changes in [
            Changes { qualities: one(101.0), ..usual() },
            Changes { psnr_db: one(f64::INFINITY), ..usual() },
            Changes { bpp: one(12.0), ..usual() },
            Changes { bpp: one(f64::NAN), ..usual() },
            Changes { ratios: one(f64::NAN), ..usual() },
        ] {
            assert!(refused(changes.clone()).is_some(), "{changes:?}");
        }
        let two = Changes { qualities: one(50.0), bpp: one(1.0), ..usual() };
        assert_eq!(two.check(12), Ok(()));
        assert_eq!(two.levels(), Err(PlanError::Bases(LevelBase::Quality, LevelBase::Bpp)));
        assert_eq!(usual().levels(), Ok(None));
    }
}
