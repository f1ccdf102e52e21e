//! Computes the figures of networks that search whole images, under every condition, from their
//! marks; judges nothing.

use super::CampaignError;
use crate::codec::CodecName;
use crate::limit::{self, Criterion, LimitError};
use crate::record::{
    AFROC_STEPS, ArmOutcome, ArmResult, Condition, FALSE_MARK_RATES, Job, LocalisationLevel,
    LocalisationResult, Margin, Regime, STRICT_MARGIN, TOLERANCE,
};
use crate::stats::{
    BoundingBox, BoxedImage, FalseMarks, Lroc, MarkedImage, OperatingCurve, StatsError,
    TargetWeights, WeightedAfroc, afroc_area, afroc_curve, average_precision, highest_rating_area,
};
use crate::store::RunDirectory;
use crate::study::{self, Plan, Tally};
use crate::task::{Answers, Locate, Series, Task, TaskName, Truth, marked_images, marks};

/// The overlap of boxes from which on a mark has its target in the average precision.
const OVERLAP: f64 = 0.5;

/// One entry for each path and for regimes `original` and `mixed`; none where no network searches.
pub(super) fn localisation(
    plan: &Plan,
    store: &RunDirectory,
    tally: &Tally,
) -> Result<Vec<LocalisationResult>, CampaignError> {
    let mut found = Vec::new();
    if !plan.tasks.contains(&TaskName::Locate) {
        return Ok(found);
    }
    let cases = study::cases(plan, store, Series::Search)?;
    let truths: Vec<Truth> = cases.into_iter().map(|case| case.truth).collect();
    let counts = truths.iter().map(targets_of);
    let examples = truths.iter().map(|truth| Locate.examples_of(truth)).sum();
    let of_task = |arm: &&ArmOutcome| arm.measure.task == TaskName::Locate.name();
    let arms: Vec<&ArmOutcome> = tally.arms.iter().filter(of_task).collect();
    let whole = |regime: &Regime| matches!(regime, Regime::Original | Regime::Mixed);
    for &path in &plan.paths {
        for &regime in plan.regimes.iter().filter(|regime| whole(regime)) {
            let mut networks = Vec::new();
            for replicate in 0..plan.replicates {
                let job = Job::new(TaskName::Locate, path, regime, replicate);
                networks.push(study::answers(plan, store, &job, examples)?);
            }
            let of_arm: Vec<&ArmOutcome> = arms
                .iter()
                .filter(|arm| (arm.path, arm.regime) == (path, regime))
                .copied()
                .collect();
            let mut levels = Vec::new();
            for (number, condition) in plan.conditions(path).into_iter().enumerate() {
                if condition.codec == Some(CodecName::Lossless) {
                    continue;
                }
                let ratio = achieved(&of_arm, condition);
                let each = networks.iter().map(|it| figures(&truths, it.under(number)));
                let each = each.collect::<Result<Vec<_>, _>>().map_err(LimitError::from)?;
                levels.push(mean(&each, condition, ratio));
            }
            found.push(LocalisationResult {
                path,
                regime,
                normal_images: counts.clone().filter(|&count| count == 0).count() as u32,
                abnormal_images: counts.clone().filter(|&count| count > 0).count() as u32,
                targets: counts.clone().sum::<usize>() as u32,
                levels,
            });
        }
    }
    Ok(found)
}

/// The limits of networks that search by the stricter margin; none where that is the study's.
pub(super) fn strict(
    tally: &Tally,
    criterion: &Criterion,
) -> Result<Vec<ArmResult>, CampaignError> {
    let margin = Margin::Score(STRICT_MARGIN);
    if criterion.margin == margin {
        return Ok(Vec::new());
    }
    let strict = Criterion { margin, ..*criterion };
    let searches = |arm: &&ArmOutcome| {
        arm.measure.task == TaskName::Locate.name() && arm.codec != CodecName::Lossless
    };
    let arms = tally.arms.iter().filter(searches);
    Ok(arms.map(|arm| limit::estimate(arm, &strict)).collect::<Result<_, _>>()?)
}

fn targets_of(truth: &Truth) -> usize {
    truth.outlines.as_ref().map_or(0, |outlines| outlines.targets.len())
}

/// The ratio that a level achieved.
fn achieved(arms: &[&ArmOutcome], condition: Condition) -> Option<f64> {
    let arm = arms.iter().find(|arm| Some(arm.codec) == condition.codec)?;
    let level = arm.levels.iter().find(|level| level.target == condition.target)?;
    Some(level.achieved.ratio_stored())
}

/// The figures of one network.
struct NetworkFigures {
    /// Weighted AFROC, the same with a tolerance, AFROC, AFROC1, weighted AFROC1, highest rating,
    /// competition metric, average precision.
    numbers: [f64; 8],
    lroc: Option<Lroc>,
    free_response: Vec<f64>,
    weighted_afroc: Vec<f64>,
}

fn figures(truths: &[Truth], answers: Answers<'_>) -> Result<NetworkFigures, StatsError> {
    use FalseMarks::{OfAll, OfNormal};
    let images = marked_images(truths, answers, 0.0);
    let tolerant = marked_images(truths, answers, TOLERANCE);
    let area = |counted, weights| afroc_area(&images, counted, weights);
    let curve = OperatingCurve::free_response(&images)?;
    let single: Vec<MarkedImage> =
        images.iter().filter(|image| image.targets.len() < 2).cloned().collect();
    let weighted = afroc_curve(&images, OfNormal, TargetWeights::Images)?;
    let step = |number: usize| number as f64 / (AFROC_STEPS - 1) as f64;
    Ok(NetworkFigures {
        numbers: [
            WeightedAfroc::of(&images)?.area,
            WeightedAfroc::of(&tolerant)?.area,
            area(OfNormal, TargetWeights::Targets)?,
            area(OfAll, TargetWeights::Targets)?,
            area(OfAll, TargetWeights::Images)?,
            highest_rating_area(&images)?,
            curve.cpm(),
            average_precision(&boxed(truths, answers), OVERLAP)?,
        ],
        // Without an image of each kind there is no such curve.
        lroc: Lroc::of(&single).ok(),
        free_response: FALSE_MARK_RATES.iter().map(|&rate| curve.sensitivity(rate)).collect(),
        weighted_afroc: (0..AFROC_STEPS).map(|it| weighted.sensitivity(step(it))).collect(),
    })
}

/// Targets with their boxes, and marks as squares of the mean size of all boxes.
fn boxed(truths: &[Truth], answers: Answers<'_>) -> Vec<BoxedImage> {
    let boxes = |truth: &Truth| -> Vec<BoundingBox> {
        let targets = truth.outlines.iter().flat_map(|outlines| &outlines.targets);
        let of_target = targets.map(|target| {
            let [row, column, rows, columns] = target.pixels.bounds().map(|it| it as f64);
            BoundingBox { row, column, rows, columns }
        });
        of_target.collect()
    };
    let all: Vec<BoundingBox> = truths.iter().flat_map(boxes).collect();
    let sides: f64 = all.iter().map(|it| f64::midpoint(it.rows, it.columns)).sum();
    let side = sides / all.len().max(1) as f64;
    let square = |place: f64| place + 0.5 - side / 2.0;
    let image = |(truth, marks): (&Truth, Vec<crate::observer::Mark>)| BoxedImage {
        targets: boxes(truth),
        marks: marks
            .into_iter()
            .map(|mark| {
                let (row, column) = (square(mark.row), square(mark.column));
                (BoundingBox { row, column, rows: side, columns: side }, mark.rating)
            })
            .collect(),
    };
    truths.iter().zip(marks(answers)).map(image).collect()
}

fn mean(
    networks: &[NetworkFigures],
    condition: Condition,
    ratio_stored: Option<f64>,
) -> LocalisationLevel {
    let count = networks.len().max(1) as f64;
    let number =
        |place: usize| networks.iter().map(|network| network.numbers[place]).sum::<f64>() / count;
    let lrocs: Vec<Lroc> = networks.iter().filter_map(|network| network.lroc).collect();
    let of_lroc = |of: fn(&Lroc) -> f64| {
        let sum = lrocs.iter().map(of).sum::<f64>();
        (!lrocs.is_empty()).then(|| sum / lrocs.len() as f64)
    };
    let course = |of: fn(&NetworkFigures) -> &[f64], length: usize| -> Vec<f64> {
        let at = |place: usize| networks.iter().map(|network| of(network)[place]).sum::<f64>();
        (0..length).map(|place| at(place) / count).collect()
    };
    LocalisationLevel {
        codec: condition.codec,
        target: condition.target,
        ratio_stored,
        wafroc: number(0),
        wafroc_tolerant: number(1),
        afroc: number(2),
        afroc1: number(3),
        wafroc1: number(4),
        hr_auc: number(5),
        cpm: number(6),
        alroc: of_lroc(|it| it.area),
        pcl: of_lroc(|it| it.correct),
        ap50: number(7),
        free_response: course(|it| &it.free_response, FALSE_MARK_RATES.len()),
        weighted_afroc: course(|it| &it.weighted_afroc, AFROC_STEPS),
    }
}
