//! Fits linear model observers to images that neither networks nor tests see, and rates the test
//! regions by them at every level; trains no network.
//!
//! They are asked what the networks of detection are asked, about the same regions, but more
//! easily: an observer **knows place and polarity** of the target. It is asked whether it is there. Its template is fitted twice, as networks are trained: to
//! originals (`original`), which shows domain shift as well as lost information, and to images of
//! the level itself (`matched`), which shows what is left for such an observer.

use rayon::prelude::*;

use crate::codec::CodecName;
use crate::dataset::{Dataset, RegionSet, SourceError, Split};
use crate::limit::LimitError;
use crate::observer::{
    Channels, Detection, Eye, LinearKind, LinearLesson, LinearObserver, PatchSums, Patches,
};
use crate::phantom::{Matrix, Targets};
use crate::record::{
    Condition, FORMAT, InputPath, LinearLevel, LinearName, LinearResult, LinearResults, Regime,
};
use crate::scene::{PlacedRegion, RegionKind, Scene};
use crate::stats::{CrossedMean, StatsError};
use crate::store::RunDirectory;
use crate::study::{self, Experiment, Plan, StudyError};
use crate::task::{Series, TaskName};

use super::CampaignError;

/// Most images that observers learn from.
const LESSONS: u32 = 30;
/// Laguerre–Gauss channels, as usual for round signals (Gallas and Barrett, 2003).
const LAGUERRE_GAUSS: usize = 6;

/// The observers, in the order of [`LinearName::ALL`].
fn kinds(targets: &Targets, matrix: &Matrix) -> [LinearKind; 5] {
    let radius = &targets.equivalent_radius_mm;
    let radius_pixels = f64::midpoint(radius.low, radius.high) / matrix.pixel_spacing.0;
    // The first channel covers the area of the mean target: a² = πr².
    let width_pixels = std::f64::consts::PI.sqrt() * radius_pixels;
    LinearName::ALL.map(|name| match name {
        LinearName::Npw => LinearKind::NonPrewhitening,
        LinearName::Npwe => LinearKind::NonPrewhiteningEye(Eye::HALF_A_METRE),
        LinearName::ChoLaguerreGauss => LinearKind::ChannelisedHotelling(Channels::LaguerreGauss {
            count: LAGUERRE_GAUSS,
            width_pixels,
        }),
        LinearName::ChoDenseDog => {
            LinearKind::ChannelisedHotelling(Channels::DenseDifferenceOfGaussians)
        }
        LinearName::ChoGabor => LinearKind::ChannelisedHotelling(Channels::Gabor),
    })
}

/// A condition of a path; `number` is its place in [`Plan::conditions`].
#[derive(Debug, Clone, Copy)]
struct PathCondition {
    path: InputPath,
    number: usize,
    condition: Condition,
}

/// The conditions that are rated: uncompressed images first on each path, without the lossless
/// null, which has the same pixels.
fn rated_conditions(plan: &Plan) -> Vec<PathCondition> {
    let of_path = |&path: &InputPath| {
        let of_plan = plan.conditions(path).into_iter().enumerate();
        of_plan.map(move |(number, condition)| PathCondition { path, number, condition })
    };
    let all = plan.paths.iter().flat_map(of_path);
    all.filter(|it| it.condition.codec.is_none() || it.condition.target.is_some()).collect()
}

/// Ratings of test patches.
#[derive(Default)]
struct PatchRatings {
    present: Vec<bool>,
    /// Test image of each patch.
    images: Vec<usize>,
    /// `[condition][regime][observer]`, one per patch.
    ratings: Vec<Vec<f64>>,
}

/// Fits the observers and rates the test images; `None` for phantoms without detection, and where
/// there is too little to learn from or to rate.
///
/// # Errors
/// If an image cannot be drawn or compressed, or stored regions are damaged.
pub(super) fn linear(
    experiment: &Experiment<'_>,
    dataset: &Dataset,
    store: &RunDirectory,
) -> Result<Option<LinearResults>, CampaignError> {
    let plan = experiment.plan;
    let formation = &dataset.phantom().formation;
    let (matrix, Some(detection)) = (&formation.matrix, &formation.detection) else {
        return Ok(None);
    };
    let side = Patches::largest_side(&detection.targets, matrix);
    let lesson = LinearLesson::new(side, &kinds(&detection.targets, matrix));
    let conditions = rated_conditions(plan);
    let lessons = plan.train_images.min(LESSONS);
    let cut = |set: &RegionSet, first, scene: &Scene| {
        let mut patches = Patches::new(side);
        patches.cut(set, first, &detected(scene), matrix);
        patches
    };
    let sums: Vec<Vec<PatchSums>> = (0..u64::from(lessons))
        .into_par_iter()
        .map(|number| {
            let (index, regions) = study::spare_regions(experiment, number)?;
            let scene = dataset.scene(Split::Train, index).map_err(SourceError::from)?;
            let of_condition = |it: &PathCondition| {
                let set = regions.under(TaskName::Detect, it.path, it.number);
                lesson.sums(&set.map_or_else(|| Patches::new(side), |set| cut(set, 0, &scene)))
            };
            Ok(conditions.iter().map(of_condition).collect())
        })
        .collect::<Result<_, StudyError>>()?;
    // Sums in the order of the images, so that threads change no bit.
    let mut sums = sums.into_iter();
    let Some(mut all) = sums.next() else { return Ok(None) };
    for one in sums {
        all.iter_mut().zip(&one).for_each(|(sum, more)| sum.add(more));
    }
    let (training_present, training_absent) = all[0].counts();
    // Too few patches under one condition are too few under all: their targets are the same.
    let Ok(observers) = all.iter().map(|it| lesson.observers(it)).collect::<Result<Vec<_>, _>>()
    else {
        return Ok(None);
    };
    let rated = rate(experiment, dataset, store, &conditions, &observers, side)?;
    let groups = plan.test_images as usize;
    let mut found = Vec::with_capacity(rated.ratings.len());
    for ratings in &rated.ratings {
        match level(&rated, ratings, groups) {
            Ok(level) => found.push(level),
            Err(StatsError::Lengths { .. }) => return Ok(None),
            Err(error) => return Err(LimitError::from(error).into()),
        }
    }
    let test_present = rated.present.iter().filter(|it| **it).count();
    Ok(Some(LinearResults {
        format: FORMAT,
        patch_pixels: side as u32,
        training_images: lessons,
        training_present: training_present as u32,
        training_absent: training_absent as u32,
        test_images: plan.test_images,
        test_present: test_present as u32,
        test_absent: (rated.present.len() - test_present) as u32,
        observers: by_arm(plan, &conditions, &found),
    }))
}

/// The regions of a scene that are for detection.
fn detected(scene: &Scene) -> Vec<PlacedRegion> {
    let of_kind = scene.regions.iter().filter(|region| region.kind == RegionKind::Detect);
    of_kind.cloned().collect()
}

/// Regimes in the order of their ratings.
const REGIMES: [Regime; 2] = [Regime::Original, Regime::Matched];

/// Rates every test region under every condition, by the observers of its path's originals and by
/// those of its level.
fn rate(
    experiment: &Experiment<'_>,
    dataset: &Dataset,
    store: &RunDirectory,
    conditions: &[PathCondition],
    observers: &[Vec<LinearObserver>],
    side: usize,
) -> Result<PatchRatings, StudyError> {
    let plan = experiment.plan;
    let indices: Vec<u64> =
        study::cases(plan, store, Series::Regions)?.iter().map(|case| case.index).collect();
    // The uncompressed images of a path precede its other conditions.
    let mut original = 0;
    let originals: Vec<usize> = conditions
        .iter()
        .enumerate()
        .map(|(number, rated)| {
            if rated.condition.codec.is_none() {
                original = number;
            }
            original
        })
        .collect();
    let of_chunk = |chunk: u32| -> Result<(Patches, Vec<Vec<f64>>), StudyError> {
        let kept = study::test_regions(experiment, store, chunk)?;
        let first = chunk as usize * study::CHUNK as usize;
        let scenes = indices[first..first + kept.images]
            .iter()
            .map(|&index| dataset.scene(Split::Test, index))
            .collect::<Result<Vec<_>, _>>()
            .map_err(SourceError::from)?;
        let mut ratings =
            Vec::with_capacity(conditions.len() * REGIMES.len() * LinearName::ALL.len());
        let mut patches = Patches::new(side);
        for (number, rated) in conditions.iter().enumerate() {
            patches = Patches::new(side);
            if let Some(set) = kept.under(TaskName::Detect, rated.path, rated.number) {
                let mut region = 0;
                for scene in &scenes {
                    let regions = detected(scene);
                    patches.cut(set, region, &regions, &dataset.phantom().formation.matrix);
                    region += regions.len();
                }
            }
            let fitted = [originals[number], number].map(|it| &observers[it]);
            ratings.extend(fitted.into_iter().flatten().map(|it| it.rate(&patches)));
        }
        Ok((patches, ratings))
    };
    let chunks: Vec<_> = (0..study::test_chunks(plan))
        .into_par_iter()
        .map(of_chunk)
        .collect::<Result<_, StudyError>>()?;
    let mut rated = PatchRatings::default();
    for (chunk, (patches, ratings)) in chunks.into_iter().enumerate() {
        let first = chunk * study::CHUNK as usize;
        rated.present.extend(patches.present());
        rated.images.extend(patches.scenes().iter().map(|scene| first + scene));
        rated.ratings.resize(ratings.len(), Vec::new());
        for (all, more) in rated.ratings.iter_mut().zip(ratings) {
            all.extend(more);
        }
    }
    Ok(rated)
}

/// Area, its error over images, and d′.
fn level(rated: &PatchRatings, ratings: &[f64], images: usize) -> Result<LinearLevel, StatsError> {
    let (mut present, mut absent) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    for ((&rating, &is_present), &image) in ratings.iter().zip(&rated.present).zip(&rated.images) {
        let kind = if is_present { &mut present } else { &mut absent };
        kind.0.push(rating);
        kind.1.push(image);
    }
    let found = Detection::of(&present.0, &absent.0)?;
    let cells = found.placements.by_group(&present.1, &absent.1, images)?;
    Ok(LinearLevel {
        target: None,
        auc: found.placements.area,
        standard_error: CrossedMean::columns_random(&cells, images)?.variance().sqrt(),
        detectability: found.detectability,
    })
}

/// `[condition][regime][observer]` as one course per codec, path, observer and regime.
fn by_arm(plan: &Plan, conditions: &[PathCondition], found: &[LinearLevel]) -> Vec<LinearResult> {
    let mut results = Vec::new();
    for &path in &plan.paths {
        for codec in plan.codecs_on(path).filter(|&codec| codec != CodecName::Lossless) {
            for (fitted, regime) in REGIMES.into_iter().enumerate() {
                for (number, observer) in LinearName::ALL.into_iter().enumerate() {
                    let within = |rated: &PathCondition| {
                        rated.path == path && rated.condition.codec.is_none_or(|it| it == codec)
                    };
                    let of_arm = conditions.iter().enumerate().filter(|(_, rated)| within(rated));
                    let levels = of_arm.map(|(at, rated)| {
                        let at = (at * REGIMES.len() + fitted) * LinearName::ALL.len() + number;
                        LinearLevel { target: rated.condition.target, ..found[at].clone() }
                    });
                    let levels = levels.collect();
                    results.push(LinearResult { codec, path, observer, regime, levels });
                }
            }
        }
    }
    results
}
