//! Scores stored answers: one score per network and case, at the study's task and at further ones;
//! judges nothing.

use super::answers::{JobAnswers, answers, cases};
use super::classified::{ClassAnswers, confusion, discordant};
use super::{Plan, StudyError};
use crate::codec::CodecName;
use crate::record::{
    Achieved, ArmOutcome, CaseRecord, Condition, Confusion, CrossOutcome, InputPath, Job,
    LevelOutcome, Regime, TaskOutcome,
};
use crate::store::RunDirectory;
use crate::task::{Task, Truth};

/// The scores of all finished jobs of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    /// One per codec × path × regime.
    pub arms: Vec<ArmOutcome>,
    /// `[arm][level]`, the share of examples that are answered right on the original alone or at
    /// the level alone, by networks paired as for the loss; empty where the task does not classify.
    pub discordant: Vec<Vec<f64>>,
    /// One per path, regime and condition, uncompressed first; empty where the task does not
    /// classify.
    pub confusions: Vec<Confusion>,
    /// Training level × test level of regimes `matched` and `matrix`, originals included.
    pub crossed: Vec<CrossOutcome>,
}

/// Scores the answers of a finished study.
///
/// # Errors
/// If a record or its answers are missing or damaged, or the test images have no score.
pub fn tally(plan: &Plan, store: &RunDirectory, task: &dyn Task) -> Result<Tally, StudyError> {
    let cases = cases(plan, store)?;
    let truths = cases.iter().map(|case| case.truth.clone()).collect();
    let inputs = TallyInputs { plan, store, task, further: task.further_tasks(), cases, truths };
    let mut tally = Tally {
        arms: Vec::new(),
        discordant: Vec::new(),
        confusions: Vec::new(),
        crossed: Vec::new(),
    };
    for &path in &plan.paths {
        for &regime in &plan.regimes {
            if matches!(regime, Regime::Original | Regime::Mixed) {
                count(&inputs, path, regime, &mut tally)?;
            }
        }
        if !plan.ladder.trained.is_empty() {
            count_levels(&inputs, path, &mut tally)?;
        }
    }
    Ok(tally)
}

/// The plan, the task and the stored cases that a tally is made from.
struct TallyInputs<'a> {
    plan: &'a Plan,
    store: &'a RunDirectory,
    task: &'a dyn Task,
    further: Vec<Box<dyn Task>>,
    cases: Vec<CaseRecord>,
    truths: Vec<Truth>,
}

/// Scores of the networks of one path and regime.
struct Networks {
    /// `[network][condition][case]`.
    scores: Vec<Vec<Vec<f64>>>,
    /// `[task][network][condition]`; `None` where the cases have no score.
    further: Vec<Vec<Vec<Option<Vec<f64>>>>>,
    /// One per network of a task that classifies.
    classified: Vec<ClassAnswers>,
}

impl Networks {
    /// `[network][case]` under one of the conditions.
    fn scores(&self, condition: usize) -> Vec<Vec<f64>> {
        self.scores.iter().map(|network| network[condition].clone()).collect()
    }

    /// `[network][case]` at a further task, under one of the conditions.
    fn further(&self, task: usize, condition: usize) -> Option<Vec<Vec<f64>>> {
        self.further[task].iter().map(|network| network[condition].clone()).collect()
    }
}

impl TallyInputs<'_> {
    /// The networks of all replicates of a job.
    fn networks(&self, job: impl Fn(u32) -> Job) -> Result<Networks, StudyError> {
        let mut networks = Networks {
            scores: Vec::new(),
            further: self.further.iter().map(|_| Vec::new()).collect(),
            classified: Vec::new(),
        };
        let examples = self.truths.iter().map(|truth| self.task.examples_of(truth)).sum();
        for replicate in 0..self.plan.replicates {
            let answered = answers(self.plan, self.store, &job(replicate), examples)?;
            networks.scores.push(self.scores(&answered)?);
            for (found, task) in networks.further.iter_mut().zip(&self.further) {
                let under = |condition| task.score(&self.truths, answered.under(condition));
                found.push((0..answered.conditions.len()).map(under).collect());
            }
            if self.task.classes().is_some() {
                networks.classified.push(ClassAnswers::of(&self.truths, &answered));
            }
        }
        Ok(networks)
    }

    fn scores(&self, answered: &JobAnswers) -> Result<Vec<Vec<f64>>, StudyError> {
        let under = |condition| {
            let found = self.task.score(&self.truths, answered.under(condition));
            found.ok_or_else(|| StudyError::NoScore(self.task.measure().task))
        };
        (0..answered.conditions.len()).map(under).collect()
    }

    fn arm(
        &self,
        (codec, path, regime): (CodecName, InputPath, Regime),
        original: Vec<Vec<f64>>,
        levels: Vec<LevelOutcome>,
        further: Vec<TaskOutcome>,
    ) -> ArmOutcome {
        let (measure, weights) = (self.task.measure(), self.task.weights(&self.truths));
        ArmOutcome { codec, path, regime, measure, weights, original, levels, further }
    }

    /// A further task by the networks' scores on originals and at the levels, where there are all.
    fn task_outcome(
        &self,
        task: usize,
        original: Option<Vec<Vec<f64>>>,
        levels: Option<Vec<Vec<Vec<f64>>>>,
    ) -> Option<TaskOutcome> {
        let (original, levels) = original.zip(levels)?;
        let of = &self.further[task];
        Some(TaskOutcome {
            measure: of.measure(),
            weights: of.weights(&self.truths),
            original,
            levels,
        })
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
    let networks =
        inputs.networks(|replicate| Job { path, regime, replicate, trained_at: None })?;
    for codec in plan.codecs_on(path) {
        let of_codec = || {
            conditions.iter().enumerate().filter(|(_, condition)| condition.codec == Some(codec))
        };
        let levels = of_codec().map(|(number, condition)| {
            level(plan, &inputs.cases, path, *condition, networks.scores(number))
        });
        let levels = levels.collect();
        let further = (0..inputs.further.len()).filter_map(|task| {
            let levels = of_codec().map(|(number, _)| networks.further(task, number)).collect();
            inputs.task_outcome(task, networks.further(task, 0), levels)
        });
        let further = further.collect();
        if !networks.classified.is_empty() {
            let changed = of_codec().map(|(number, _)| {
                discordant(&networks.classified, 0, &networks.classified, number)
            });
            tally.discordant.push(changed.collect());
        }
        let arm = inputs.arm((codec, path, regime), networks.scores(0), levels, further);
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

/// Networks that were each trained at one level: their own level gives an arm of regime
/// `matched`, whose loss counts from the originals' networks on originals.
fn count_levels(
    inputs: &TallyInputs<'_>,
    path: InputPath,
    tally: &mut Tally,
) -> Result<(), StudyError> {
    let (plan, regime) = (inputs.plan, Regime::Matched);
    let all = plan.conditions(path);
    let originals = inputs.networks(|replicate| Job {
        path,
        regime: Regime::Original,
        replicate,
        trained_at: None,
    })?;
    let trained = plan.matched(path);
    for group in trained.chunk_by(|a, b| a.codec == b.codec) {
        let Some(codec) = group[0].codec else { continue };
        let mut cross = |trained_at, tested: &Condition, scores| {
            let tested_at = tested.target;
            tally.crossed.push(CrossOutcome { codec, path, trained_at, tested_at, scores });
        };
        for (number, condition) in all.iter().enumerate() {
            if condition.codec.is_none() || group.contains(condition) {
                cross(None, condition, originals.scores(number));
            }
        }
        let (mut levels, mut confusions, mut changed) = (Vec::new(), Vec::new(), Vec::new());
        let mut further: Vec<Option<Vec<_>>> = vec![Some(Vec::new()); inputs.further.len()];
        for &at in group {
            let job = |replicate| Job { path, regime, replicate, trained_at: Some(at) };
            let rated = plan.rated(job(0));
            let networks = inputs.networks(job)?;
            for (number, condition) in rated.iter().enumerate() {
                cross(at.target, condition, networks.scores(number));
                if *condition != at {
                    continue;
                }
                levels.push(level(plan, &inputs.cases, path, at, networks.scores(number)));
                for (task, found) in further.iter_mut().enumerate() {
                    let one = networks.further(task, number);
                    *found = found.take().zip(one).map(|(mut all, one)| {
                        all.push(one);
                        all
                    });
                }
                if !networks.classified.is_empty() {
                    let (before, after) = (&originals.classified, &networks.classified);
                    changed.push(discordant(before, 0, after, number));
                    confusions.extend(confusion(after, number, path, regime, at));
                }
            }
        }
        tally.confusions.extend(confusions);
        if !originals.classified.is_empty() {
            tally.discordant.push(changed);
        }
        let further = further.into_iter().enumerate().filter_map(|(task, levels)| {
            inputs.task_outcome(task, originals.further(task, 0), levels)
        });
        let further = further.collect();
        tally.arms.push(inputs.arm((codec, path, regime), originals.scores(0), levels, further));
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
    let (original, pixels) = (plan.sample_format, plan.pixels);
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
