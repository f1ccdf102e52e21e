//! Scores stored answers: one score per network and case of each task; judges nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::answers::{JobAnswers, answers, cases};
use super::classified::{ClassAnswers, confusion, discordant};
use super::network::PlannedNetwork;
use super::patients::{of_the_rarest, truths};
use super::{Plan, StudyError};
use crate::codec::{Achieved, CodecName};
use crate::record::{
    ArmOutcome, CaseRecord, Condition, Confusion, CrossOutcome, InputPath, Job, LevelOutcome,
    NetworkName, Readers, Regime,
};
use crate::store::RunDirectory;
use crate::task::{Task, TaskName, Truth};

/// The scores of all finished jobs of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    /// One per task × codec × path × regime.
    pub arms: Vec<ArmOutcome>,
    /// `[arm][level]`, the share of examples that are answered right on the original alone or at
    /// the level alone, by networks paired as for the loss; of an arm whose task does not classify
    /// it is empty.
    pub discordant: Vec<Vec<f64>>,
    /// One per path, regime and condition, uncompressed first, of the task that classifies.
    pub confusions: Vec<Confusion>,
    /// Training level × test level of regimes `matched` and `matrix`, originals included.
    pub crossed: Vec<CrossOutcome>,
    /// Networks of shares of the training images, for each share as `arms`.
    pub sizes: Vec<SizeOutcome>,
    /// Further kinds of networks, for each as the lossy `arms`.
    pub networks: Vec<NetworkOutcome>,
}

/// An arm of a further kind of network.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkOutcome {
    /// The kind.
    pub network: NetworkName,
    /// Parameters, and multiply-adds on one example.
    pub cost: [u64; 2],
    /// Their scores.
    pub arm: ArmOutcome,
}

/// An arm whose networks were trained on a share of the training images.
#[derive(Debug, Clone, PartialEq)]
pub struct SizeOutcome {
    /// The share.
    pub training_share: f64,
    /// Training images of each network.
    pub training_images: u32,
    /// Their scores.
    pub arm: ArmOutcome,
}

/// Scores the answers of a finished study.
///
/// # Errors
/// If a record or its answers are missing or damaged, or the test images have no score.
pub fn tally(
    plan: &Plan,
    store: &RunDirectory,
    tasks: &[Arc<dyn Task>],
) -> Result<Tally, StudyError> {
    let mut of_series = BTreeMap::new();
    for series in plan.series() {
        let cases = cases(plan, store, series)?;
        let truths = truths(&cases);
        of_series.insert(series, (cases, truths));
    }
    let mut tally = Tally {
        arms: Vec::new(),
        discordant: Vec::new(),
        confusions: Vec::new(),
        crossed: Vec::new(),
        sizes: Vec::new(),
        networks: Vec::new(),
    };
    for (&name, task) in plan.tasks.iter().zip(tasks) {
        let task = task.as_ref();
        let (cases, truths) = &of_series[&name.series()];
        let rated = plan.rated_images(name) as usize;
        // Of a user's images all are rated, and those of a patient are one truth.
        let (cases, truths) = (&cases[..rated], &truths[..rated.min(truths.len())]);
        let inputs = TallyInputs { plan, store, name, task, cases, truths };
        for &path in &plan.paths {
            for &regime in &plan.regimes {
                if matches!(regime, Regime::Original | Regime::Mixed | Regime::Transferred) {
                    count(&inputs, path, regime, &mut tally)?;
                }
            }
            if !plan.ladder.trained.is_empty() {
                count_levels(&inputs, path, &mut tally)?;
            }
            let started = plan.transfer.as_ref().map(|_| Regime::Transferred);
            for &share in &plan.training_shares {
                for regime in std::iter::once(Regime::Original).chain(started) {
                    count_share(&inputs, (path, regime), share, &mut tally)?;
                }
            }
            for kind in &plan.further_networks {
                count_kind(&inputs, path, kind, &mut tally)?;
            }
        }
    }
    Ok(tally)
}

/// The plan, one of its tasks and the stored cases that a tally is made from.
struct TallyInputs<'a> {
    plan: &'a Plan,
    store: &'a RunDirectory,
    name: TaskName,
    task: &'a dyn Task,
    cases: &'a [CaseRecord],
    truths: &'a [Truth],
}

/// Scores of the networks of one path and regime.
struct Networks {
    /// `[network][condition][case]`.
    scores: Vec<Vec<Vec<f64>>>,
    /// One per network of a task that classifies.
    classified: Vec<ClassAnswers>,
}

impl Networks {
    /// `[network][case]` under one of the conditions.
    fn scores(&self, condition: usize) -> Vec<Vec<f64>> {
        self.scores.iter().map(|network| network[condition].clone()).collect()
    }
}

impl TallyInputs<'_> {
    /// What networks of a regime are trained for, on all of their training images.
    fn job(&self, path: InputPath, regime: Regime, replicate: u32) -> Job {
        Job::new(self.name, path, regime, replicate)
    }

    /// The networks of the first `replicates` of a job.
    fn networks(&self, replicates: u32, job: impl Fn(u32) -> Job) -> Result<Networks, StudyError> {
        let mut networks = Networks { scores: Vec::new(), classified: Vec::new() };
        let examples = self.truths.iter().map(|truth| self.task.examples_of(truth)).sum();
        for replicate in 0..replicates {
            let answered = answers(self.plan, self.store, &job(replicate), examples)?;
            networks.scores.push(self.scores(&answered)?);
            if self.task.classes().is_some() {
                networks.classified.push(ClassAnswers::of(self.truths, &answered));
            }
        }
        Ok(networks)
    }

    fn scores(&self, answered: &JobAnswers) -> Result<Vec<Vec<f64>>, StudyError> {
        let under = |condition| {
            let found = self.task.score(self.truths, answered.under(condition));
            found.ok_or_else(|| StudyError::NoScore(self.task.measure().task))
        };
        (0..answered.conditions.len()).map(under).collect()
    }

    fn arm(
        &self,
        (codec, path, regime): (CodecName, InputPath, Regime),
        original: Vec<Vec<f64>>,
        levels: Vec<LevelOutcome>,
    ) -> ArmOutcome {
        let (measure, weights) = (self.task.measure(), self.task.weights(self.truths));
        // Of drawn images there are as many of each kind as are asked for.
        let rarer = self
            .plan
            .collection
            .as_ref()
            .map(|shown| of_the_rarest(self.name, shown.classes.len(), self.truths));
        let readers = Readers::Sampled;
        ArmOutcome {
            codec,
            path,
            regime,
            measure,
            readers,
            weights,
            rarer,
            original,
            at_dose: None,
            levels,
        }
    }
}

fn count(
    inputs: &TallyInputs<'_>,
    path: InputPath,
    regime: Regime,
    tally: &mut Tally,
) -> Result<(), StudyError> {
    let plan = inputs.plan;
    let conditions = plan.conditions(path);
    let job = |replicate| inputs.job(path, regime, replicate);
    let networks = inputs.networks(plan.replicates, job)?;
    for codec in plan.codecs_on(path) {
        let of_codec = || {
            conditions.iter().enumerate().filter(|(_, condition)| condition.codec == Some(codec))
        };
        let arm = one_arm(inputs, (codec, path, regime), &networks);
        let classified = &networks.classified;
        let changed = of_codec().map(|(number, _)| discordant(classified, 0, classified, number));
        tally.discordant.push(if classified.is_empty() { Vec::new() } else { changed.collect() });
        tally.arms.push(arm);
    }
    for (number, condition) in conditions.iter().enumerate() {
        if condition.codec != Some(CodecName::Lossless) {
            let found = confusion(&networks.classified, number, path, regime, *condition);
            tally.confusions.extend(found);
        }
    }
    Ok(())
}

/// The arm of a codec, from networks that rated all conditions of their path.
fn one_arm(
    inputs: &TallyInputs<'_>,
    (codec, path, regime): (CodecName, InputPath, Regime),
    networks: &Networks,
) -> ArmOutcome {
    let conditions = inputs.plan.conditions(path);
    let of_codec = conditions.iter().enumerate().filter(|(_, it)| it.codec == Some(codec));
    let levels = of_codec.map(|(number, condition)| {
        level(inputs.plan, inputs.cases, path, *condition, networks.scores(number))
    });
    let levels = levels.collect();
    inputs.arm((codec, path, regime), networks.scores(0), levels)
}

/// Networks of a share of the training images, whose lossy arms tell how a crossing depends on the
/// size of a training.
fn count_share(
    inputs: &TallyInputs<'_>,
    (path, regime): (InputPath, Regime),
    share: f64,
    tally: &mut Tally,
) -> Result<(), StudyError> {
    let plan = inputs.plan;
    let job =
        |replicate| Job { training_share: Some(share), ..inputs.job(path, regime, replicate) };
    let networks = inputs.networks(plan.share_replicates(), job)?;
    for codec in plan.codecs_on(path).filter(|&codec| codec != CodecName::Lossless) {
        tally.sizes.push(SizeOutcome {
            training_share: share,
            training_images: plan.images_of(job(0)),
            arm: one_arm(inputs, (codec, path, regime), &networks),
        });
    }
    Ok(())
}

/// Networks of a further kind.
fn count_kind(
    inputs: &TallyInputs<'_>,
    path: InputPath,
    kind: &PlannedNetwork,
    tally: &mut Tally,
) -> Result<(), StudyError> {
    let plan = inputs.plan;
    let studied = |regime: &Regime| plan.regimes.contains(regime);
    for regime in [Regime::Original, Regime::Mixed].into_iter().filter(studied) {
        let job =
            |replicate| Job { network: Some(kind.name), ..inputs.job(path, regime, replicate) };
        let networks = inputs.networks(plan.replicates, job)?;
        for codec in plan.codecs_on(path).filter(|&codec| codec != CodecName::Lossless) {
            tally.networks.push(NetworkOutcome {
                network: kind.name,
                cost: kind.cost(inputs.task.width()),
                arm: one_arm(inputs, (codec, path, regime), &networks),
            });
        }
    }
    Ok(())
}

/// Networks that were each trained at one level: their own level gives an arm of regime
/// `matched`, whose loss counts from the originals' networks on originals.
fn count_levels(
    inputs: &TallyInputs<'_>,
    path: InputPath,
    tally: &mut Tally,
) -> Result<(), StudyError> {
    let (plan, regime) = (inputs.plan, Regime::Matched);
    let all = plan.conditions(path);
    let original = |replicate| inputs.job(path, Regime::Original, replicate);
    let originals = inputs.networks(plan.replicates, original)?;
    let trained = plan.matched(path);
    for group in trained.chunk_by(|a, b| a.codec == b.codec) {
        let Some(codec) = group[0].codec else { continue };
        let mut cross = |trained_at, tested: &Condition, scores| {
            let (task, tested_at) = (inputs.task.measure().task, tested.target);
            tally.crossed.push(CrossOutcome { task, codec, path, trained_at, tested_at, scores });
        };
        for (number, condition) in all.iter().enumerate() {
            if condition.codec.is_none() || group.contains(condition) {
                cross(None, condition, originals.scores(number));
            }
        }
        let (mut levels, mut confusions, mut changed) = (Vec::new(), Vec::new(), Vec::new());
        for &at in group {
            let job =
                |replicate| Job { trained_at: Some(at), ..inputs.job(path, regime, replicate) };
            let rated = plan.rated(job(0));
            let networks = inputs.networks(plan.replicates, job)?;
            for (number, condition) in rated.iter().enumerate() {
                cross(at.target, condition, networks.scores(number));
                if *condition != at {
                    continue;
                }
                levels.push(level(plan, inputs.cases, path, at, networks.scores(number)));
                if !networks.classified.is_empty() {
                    let (before, after) = (&originals.classified, &networks.classified);
                    changed.push(discordant(before, 0, after, number));
                    confusions.extend(confusion(after, number, path, regime, at));
                }
            }
        }
        tally.confusions.extend(confusions);
        tally.discordant.push(changed);
        tally.arms.push(inputs.arm((codec, path, regime), originals.scores(0), levels));
    }
    Ok(())
}

fn level(
    plan: &Plan,
    cases: &[CaseRecord],
    path: InputPath,
    condition: Condition,
    scores: Vec<Vec<f64>>,
) -> LevelOutcome {
    let original = plan.sample_format;
    let input = match path {
        InputPath::Native => original,
        InputPath::Windowed => crate::image::WINDOWED,
    };
    let mut achieved = Achieved { bytes: 0, pixels: 0, original, input };
    let (mut mse, mut unreached) = (0.0, 0);
    for case in cases {
        let rendition =
            case.renditions.iter().find(|one| one.path == path && one.condition == condition);
        if let Some(one) = rendition {
            let pixels = case.origin.as_ref().map_or(plan.pixels, |it| it.pixels);
            achieved.add(&Achieved { bytes: one.bytes, pixels, original, input });
            mse += one.mse;
            unreached += u32::from(!one.reached);
        }
    }
    LevelOutcome {
        base: condition.base,
        target: condition.target,
        achieved,
        unreached,
        psnr_db: crate::metric::psnr_of_mse(mse / cases.len() as f64, input),
        scores,
    }
}
