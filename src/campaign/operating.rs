//! Has the networks that detect judged at thresholds that stay where they are on originals.

use super::CampaignError;
use crate::codec::CodecName;
use crate::limit::{self, Criterion, Rated, RatedArm};
use crate::record::{ArmOutcome, Condition, Job, OperatingResult, Regime};
use crate::store::RunDirectory;
use crate::study::{self, JobAnswers, Plan, StudyError, Tally};
use crate::task::{Answers, Detect, Task, TaskName, Truth, presence};

/// One entry for each lossy arm of task `detect` and regimes `original` and `mixed`.
pub(super) fn operating(
    plan: &Plan,
    store: &RunDirectory,
    tally: &Tally,
    criterion: &Criterion,
) -> Result<Vec<OperatingResult>, CampaignError> {
    let name = TaskName::Detect;
    if !plan.tasks.contains(&name) {
        return Ok(Vec::new());
    }
    let cases = study::cases(plan, store, name.series())?;
    let truths = study::truths(&cases);
    let examples = truths.iter().map(|truth| Detect.examples_of(truth)).sum();
    let judged = |arm: &&ArmOutcome| {
        arm.measure.task == name.name()
            && arm.codec != CodecName::Lossless
            && matches!(arm.regime, Regime::Original | Regime::Mixed)
    };
    let mut found = Vec::new();
    for arm in tally.arms.iter().filter(judged) {
        let answered = |replicate| -> Result<JobAnswers, StudyError> {
            study::answers(plan, store, &Job::new(name, arm.path, arm.regime, replicate), examples)
        };
        let networks = (0..arm.original.len() as u32).map(answered);
        let networks = networks.collect::<Result<Vec<_>, _>>()?;
        let rated = |wanted: &dyn Fn(&Condition) -> bool| -> Rated {
            let mut rated = Rated::default();
            for network in &networks {
                let place = network.conditions.iter().position(wanted);
                let [present, absent] = place
                    .map_or_else(Default::default, |place| ratings(&truths, network.under(place)));
                rated.present.push(present);
                rated.absent.push(absent);
            }
            rated
        };
        let levels = arm.levels.iter().map(|level| {
            rated(&|it: &Condition| (it.codec, it.target) == (Some(arm.codec), level.target))
        });
        let of_cases = |is_present: bool| -> Vec<usize> {
            let of_case = |(case, truth): (usize, &Truth)| {
                truth
                    .detection
                    .iter()
                    .filter(|it| **it == is_present)
                    .map(|_| case)
                    .collect::<Vec<_>>()
            };
            truths.iter().enumerate().flat_map(of_case).collect()
        };
        let ratings = RatedArm {
            present: of_cases(true),
            absent: of_cases(false),
            original: rated(&|it: &Condition| it.codec.is_none()),
            levels: levels.collect(),
        };
        found.extend(limit::operating(arm, &ratings, criterion)?);
    }
    Ok(found)
}

/// Ratings of what is present, and of what is absent, case by case.
fn ratings(truths: &[Truth], answers: Answers<'_>) -> [Vec<f64>; 2] {
    let mut of_region = answers.values.chunks_exact(answers.width);
    let [mut present, mut absent] = [Vec::new(), Vec::new()];
    for &is_present in truths.iter().flat_map(|truth| &truth.detection) {
        let rating = presence(of_region.next().unwrap_or_default());
        if is_present { present.push(rating) } else { absent.push(rating) }
    }
    [present, absent]
}
