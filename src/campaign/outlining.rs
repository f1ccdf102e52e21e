//! Computes the figures of networks that outline, under every condition, from their answers, and has
//! lesion recall judged.

use super::CampaignError;
use crate::codec::CodecName;
use crate::limit::{self, Criterion};
use crate::metric::outline::{Candidates, OutlineFigures};
use crate::record::{
    ArmOutcome, Condition, InputPath, Job, LEAST_OVERLAP, LevelOutcome, OutliningLevel,
    OutliningResult, RECALL_MARGIN, Regime, lesion_recall,
};
use crate::store::RunDirectory;
use crate::study::{self, JobAnswers, Plan, Tally};
use crate::task::{Outline, OutlinedTargets, Task, TaskName, Truth, outlined_images};

/// One entry for each path and for regimes `original` and `mixed`; none where no network outlines.
pub(super) fn outlining(
    plan: &Plan,
    store: &RunDirectory,
    tally: &Tally,
    criterion: &Criterion,
) -> Result<Vec<OutliningResult>, CampaignError> {
    let mut found = Vec::new();
    let name = TaskName::Outline;
    if !plan.tasks.contains(&name) {
        return Ok(found);
    }
    let cases = study::cases_of(plan, store, name)?;
    let (images, truths) = (cases.len(), study::truths(&cases));
    let whole = |regime: &Regime| matches!(regime, Regime::Original | Regime::Mixed);
    for &path in &plan.paths {
        for &regime in plan.regimes.iter().filter(|regime| whole(regime)) {
            let networks = networks(plan, store, &truths, (path, regime))?;
            let arms: Vec<&ArmOutcome> = (tally.arms.iter())
                .filter(|arm| arm.measure.task == name.name())
                .filter(|arm| (arm.path, arm.regime) == (path, regime))
                .collect();
            let conditions = plan.conditions(path);
            let level = |(number, condition): (usize, &Condition)| {
                let of_networks: Vec<&[OutlinedTargets]> =
                    networks.iter().map(|it| &it[number][..]).collect();
                figures(&of_networks, images, *condition, ratio(&arms, *condition))
            };
            let shown = conditions.iter().enumerate();
            let levels = shown.filter(|(_, it)| it.codec != Some(CodecName::Lossless)).map(level);
            let mut recall = Vec::new();
            for arm in arms.iter().filter(|arm| arm.codec != CodecName::Lossless) {
                let arm = of_recall(arm, &conditions, &networks);
                let margin = RECALL_MARGIN.into();
                recall.push(limit::estimate(&arm, &Criterion { margin, ..*criterion })?);
            }
            let targets = networks.first().map_or(0, |it| it[0].iter().map(targets_of).sum());
            found.push(OutliningResult {
                path,
                regime,
                images: images as u32,
                targets: targets as u32,
                levels: levels.collect(),
                recall,
            });
        }
    }
    Ok(found)
}

/// What each network outlined, `[network][condition][case]`.
type Networks = Vec<Vec<Vec<OutlinedTargets>>>;

fn networks(
    plan: &Plan,
    store: &RunDirectory,
    truths: &[Truth],
    (path, regime): (InputPath, Regime),
) -> Result<Networks, CampaignError> {
    // The number of shapes decides nothing about answers.
    let examples = truths.iter().map(|truth| Outline { shapes: 1 }.examples_of(truth)).sum();
    let answered = |replicate| -> Result<JobAnswers, study::StudyError> {
        let job = Job::new(TaskName::Outline, path, regime, replicate);
        study::answers(plan, store, &job, examples)
    };
    let images = |answers: JobAnswers| {
        let under = |number| outlined_images(truths, answers.under(number)).collect();
        (0..answers.conditions.len()).map(under).collect()
    };
    let all: Result<Vec<JobAnswers>, _> = (0..plan.replicates).map(answered).collect();
    Ok(all?.into_iter().map(images).collect())
}

/// The ratio that a level achieved.
fn ratio(arms: &[&ArmOutcome], condition: Condition) -> Option<f64> {
    let arm = arms.iter().find(|arm| Some(arm.codec) == condition.codec)?;
    let level = arm.levels.iter().find(|level| level.target == condition.target)?;
    Some(level.achieved.ratio_stored())
}

fn targets_of(image: &OutlinedTargets) -> usize {
    image.targets.len()
}

/// True and false positives.
fn found(image: &OutlinedTargets) -> [usize; 2] {
    let overlaps = image.targets.iter().map(|figures| figures.overlap).collect();
    Candidates { overlaps, others: image.others }.found(LEAST_OVERLAP)
}

fn figures(
    networks: &[&[OutlinedTargets]],
    images: usize,
    condition: Condition,
    ratio_stored: Option<f64>,
) -> OutliningLevel {
    let cases = || networks.iter().flat_map(|cases| cases.iter());
    let all: Vec<OutlineFigures> = cases().flat_map(|case| case.targets.clone()).collect();
    let count = all.len().max(1) as f64;
    let mean = |of: fn(&OutlineFigures) -> f64| all.iter().map(of).sum::<f64>() / count;
    let median = |of: fn(&OutlineFigures) -> f64| {
        let mut values: Vec<f64> = all.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        let middle = values.len().checked_sub(1)?;
        // Distances to an outline that is not known, or of pixels whose distance is not, are no number.
        let are_known = values.iter().all(|value| value.is_finite());
        are_known.then(|| f64::midpoint(values[middle / 2], values[middle.div_ceil(2)]))
    };
    let [hits, others] = cases().map(found).fold([0, 0], |[a, b], [c, d]| [a + c, b + d]);
    let (hits, others) = (hits as f64, others as f64);
    OutliningLevel {
        codec: condition.codec,
        target: condition.target,
        ratio_stored,
        dice: mean(|it| it.dice),
        dice_of_shape: mean(|it| it.dice_of_shape),
        missed: mean(|it| f64::from(it.is_missed())),
        area: mean(|it| it.area),
        recall: hits / count,
        false_candidates: others / (networks.len() * images).max(1) as f64,
        f1: 2.0 * hits / (hits + others + count).max(1.0),
        surface_dice: mean(|it| it.surface_dice),
        average_mm: median(|it| it.average_mm),
        hausdorff_95_mm: median(|it| it.hausdorff_95_mm),
        bias_mm: median(|it| it.bias_mm),
        mean_mm: median(|it| it.mean_mm),
        percentile_95_mm: median(|it| it.percentile_95_mm),
    }
}

/// An arm whose scores are the targets that each network finds.
fn of_recall(arm: &ArmOutcome, conditions: &[Condition], networks: &Networks) -> ArmOutcome {
    let hits = |number: usize| -> Vec<Vec<f64>> {
        let of_images = |images: &Vec<OutlinedTargets>| -> Vec<f64> {
            images.iter().map(|image| found(image)[0] as f64).collect()
        };
        networks.iter().map(|network| of_images(&network[number])).collect()
    };
    let of_codec = conditions.iter().enumerate().filter(|(_, it)| it.codec == Some(arm.codec));
    let levels = arm.levels.iter().zip(of_codec);
    ArmOutcome {
        measure: lesion_recall(&arm.measure),
        original: hits(0),
        at_dose: None,
        levels: levels
            .map(|(level, (number, _))| LevelOutcome { scores: hits(number), ..level.clone() })
            .collect(),
        ..arm.clone()
    }
}
