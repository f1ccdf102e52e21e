//! Owns the way from stored ratings to counts: correct answers per network and image, areas under
//! the ROC curve, and confusion tables.

use super::{Plan, StudyError};
use crate::codec::CodecName;
use crate::record::{
    Achieved, ArmOutcome, CaseRecord, Condition, Confusion, CrossOutcome, DetectionOutcome,
    InputPath, Job, LevelOutcome, Regime,
};
use crate::stats::Placements;
use crate::store::{RunDirectory, record_file};

/// What all finished jobs of a plan found.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    /// One per codec × path × regime.
    pub arms: Vec<ArmOutcome>,
    /// `[arm][level]`, the share of regions that are answered right on the original alone or at
    /// the level alone, by networks paired as for the loss.
    pub discordant: Vec<Vec<f64>>,
    /// One per path, regime and condition, uncompressed first.
    pub confusions: Vec<Confusion>,
    /// Training level × test level of regimes `matched` and `matrix`, originals included.
    pub crossed: Vec<CrossOutcome>,
}

/// Counts the ratings of a finished study.
///
/// # Errors
/// If a record or its ratings are missing or damaged.
pub fn tally(plan: &Plan, store: &RunDirectory) -> Result<Tally, StudyError> {
    let cases = cases(plan, store)?;
    let mut tally = Tally {
        arms: Vec::new(),
        discordant: Vec::new(),
        confusions: Vec::new(),
        crossed: Vec::new(),
    };
    for &path in &plan.paths {
        for &regime in &plan.regimes {
            if matches!(regime, Regime::Original | Regime::Mixed) {
                count(plan, store, &cases, path, regime, &mut tally)?;
            }
        }
        if !plan.ladder.trained.is_empty() {
            count_levels(plan, store, &cases, path, &mut tally)?;
        }
    }
    Ok(tally)
}

/// Records of all test images.
///
/// # Errors
/// If one is missing or damaged.
pub fn cases(plan: &Plan, store: &RunDirectory) -> Result<Vec<CaseRecord>, StudyError> {
    let mut cases = Vec::new();
    let mut chunk = 0;
    while (cases.len() as u32) < plan.test_images {
        let file = format!("images/{chunk:04}.json");
        let Some(record) = store.chunk_record(chunk)? else {
            return Err(store.damaged(&file, "it is missing: the run is not finished").into());
        };
        if record.cases.is_empty() {
            return Err(store.damaged(&file, "it holds no image").into());
        }
        cases.extend(record.cases);
        chunk += 1;
    }
    Ok(cases)
}

/// `[condition][image]` correct answers and parts of the area under the ROC curve, and
/// `[condition][truth][answer]` counts.
struct Counts {
    correct: Vec<Vec<u32>>,
    /// `[condition][region]`, whether the answer is right.
    right: Vec<Vec<bool>>,
    /// `None` where all regions are of one kind.
    areas: Vec<Option<Vec<f64>>>,
    answers: Vec<Vec<Vec<u64>>>,
}

fn count(
    plan: &Plan,
    store: &RunDirectory,
    cases: &[CaseRecord],
    path: InputPath,
    regime: Regime,
    tally: &mut Tally,
) -> Result<(), StudyError> {
    let conditions = plan.conditions(path);
    let networks = replicates(plan, store, cases, |replicate| Job {
        path,
        regime,
        replicate,
        trained_at: None,
    })?;
    let original = correct(&networks, 0);
    for codec in plan.codecs_on(path) {
        let of_codec = || {
            conditions.iter().enumerate().filter(|(_, condition)| condition.codec == Some(codec))
        };
        let levels = of_codec()
            .map(|(number, condition)| {
                level(plan, cases, path, *condition, correct(&networks, number))
            })
            .collect();
        let detection = areas(&networks, 0).and_then(|original| {
            let levels =
                of_codec().map(|(number, _)| areas(&networks, number)).collect::<Option<_>>()?;
            Some(DetectionOutcome { original, levels })
        });
        tally.discordant.push(
            of_codec().map(|(number, _)| discordant(&networks, 0, &networks, number)).collect(),
        );
        tally.arms.push(ArmOutcome {
            codec,
            path,
            regime,
            regions: cases.iter().map(|case| case.classes.len() as u32).collect(),
            original: original.clone(),
            levels,
            detection,
        });
    }
    for (number, condition) in conditions.iter().enumerate() {
        if condition.codec != Some(CodecName::Lossless) {
            tally.confusions.push(confusion(&networks, number, path, regime, *condition));
        }
    }
    Ok(())
}

/// Networks that were each trained at one level: their own level gives an arm of regime
/// `matched`, whose loss counts from the originals' networks on originals.
fn count_levels(
    plan: &Plan,
    store: &RunDirectory,
    cases: &[CaseRecord],
    path: InputPath,
    tally: &mut Tally,
) -> Result<(), StudyError> {
    let regime = Regime::Matched;
    let all = plan.conditions(path);
    let originals = replicates(plan, store, cases, |replicate| Job {
        path,
        regime: Regime::Original,
        replicate,
        trained_at: None,
    })?;
    let trained = plan.matched(path);
    for group in trained.chunk_by(|a, b| a.codec == b.codec) {
        let Some(codec) = group[0].codec else { continue };
        let mut cross = |trained_at, tested: &Condition, correct| {
            let tested_at = tested.target;
            tally.crossed.push(CrossOutcome { codec, path, trained_at, tested_at, correct });
        };
        for (number, condition) in all.iter().enumerate() {
            if condition.codec.is_none() || group.contains(condition) {
                cross(None, condition, correct(&originals, number));
            }
        }
        let mut levels = Vec::new();
        let mut confusions = Vec::new();
        let mut changed = Vec::new();
        let mut of_levels = Some(Vec::new());
        for &at in group {
            let job = |replicate| Job { path, regime, replicate, trained_at: Some(at) };
            let rated = plan.rated(job(0));
            let networks = replicates(plan, store, cases, job)?;
            for (number, condition) in rated.iter().enumerate() {
                cross(at.target, condition, correct(&networks, number));
                if *condition == at {
                    levels.push(level(plan, cases, path, at, correct(&networks, number)));
                    changed.push(discordant(&originals, 0, &networks, number));
                    of_levels = of_levels.zip(areas(&networks, number)).map(|(mut all, one)| {
                        all.push(one);
                        all
                    });
                    confusions.push(confusion(&networks, number, path, regime, at));
                }
            }
        }
        tally.confusions.extend(confusions);
        tally.discordant.push(changed);
        tally.arms.push(ArmOutcome {
            codec,
            path,
            regime,
            regions: cases.iter().map(|case| case.classes.len() as u32).collect(),
            original: correct(&originals, 0),
            levels,
            detection: areas(&originals, 0)
                .zip(of_levels)
                .map(|(original, levels)| DetectionOutcome { original, levels }),
        });
    }
    Ok(())
}

fn replicates(
    plan: &Plan,
    store: &RunDirectory,
    cases: &[CaseRecord],
    job: impl Fn(u32) -> Job,
) -> Result<Vec<Counts>, StudyError> {
    (0..plan.replicates).map(|replicate| counts(plan, store, cases, job(replicate))).collect()
}

/// `[replicate][image]` parts of the area under the ROC curve at a condition.
fn areas(networks: &[Counts], condition: usize) -> Option<Vec<Vec<f64>>> {
    networks.iter().map(|network| network.areas[condition].clone()).collect()
}

/// `[replicate][image]` correct answers under one of the conditions.
fn correct(networks: &[Counts], condition: usize) -> Vec<Vec<u32>> {
    networks.iter().map(|network| network.correct[condition].clone()).collect()
}

/// Share of regions that one of two conditions alone has right, over pairs of networks.
fn discordant(before: &[Counts], first: usize, after: &[Counts], second: usize) -> f64 {
    let (mut differ, mut all) = (0_usize, 0_usize);
    for (before, after) in before.iter().zip(after) {
        let pairs = before.right[first].iter().zip(&after.right[second]);
        differ += pairs.filter(|(a, b)| a != b).count();
        all += before.right[first].len();
    }
    differ as f64 / all.max(1) as f64
}

/// Answers of all networks under one of their conditions.
fn confusion(
    networks: &[Counts],
    number: usize,
    path: InputPath,
    regime: Regime,
    condition: Condition,
) -> Confusion {
    let mut counts = networks[0].answers[number].clone();
    for network in &networks[1..] {
        for (row, other) in counts.iter_mut().zip(&network.answers[number]) {
            for (cell, add) in row.iter_mut().zip(other) {
                *cell += add;
            }
        }
    }
    Confusion { codec: condition.codec, path, regime, target: condition.target, counts }
}

/// Ratings of a job's network on all test regions of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Rated {
    /// Ratings of each region.
    pub classes: usize,
    /// `[condition]`, those of [`Plan::rated`], each `[region, class]`.
    pub conditions: Vec<Vec<f32>>,
}

/// Reads what a job's network rated, at training and at later looks.
///
/// # Errors
/// If a record or its ratings are missing, damaged or not on `regions` regions.
pub fn ratings(
    plan: &Plan,
    store: &RunDirectory,
    job: &Job,
    regions: usize,
) -> Result<Rated, StudyError> {
    let conditions = plan.rated(*job);
    let mut rated = Rated { classes: 0, conditions: vec![Vec::new(); conditions.len()] };
    let added = plan.added_images(job.replicate);
    let mut file = String::new();
    let mut read = 0;
    for look in std::iter::once(None).chain(added.iter().map(|(look, _)| Some(*look))) {
        file = record_file(job, look);
        let Some(record) = store.job_record(job, look)? else {
            return Err(store.damaged(&file, "it is missing: the run is not finished").into());
        };
        if record.conditions != conditions
            || (look.is_some() && record.classes as usize != rated.classes)
        {
            return Err(store.damaged(&file, "it does not fit the plan").into());
        }
        rated.classes = record.classes as usize;
        let ratings = store.ratings(&record)?;
        let of_condition = record.regions as usize * rated.classes;
        for (all, more) in
            rated.conditions.iter_mut().zip(ratings.chunks_exact(of_condition.max(1)))
        {
            all.extend_from_slice(more);
        }
        read += record.regions;
    }
    if read != regions as u64 {
        return Err(store.damaged(&file, "it does not fit the plan").into());
    }
    Ok(rated)
}

fn counts(
    plan: &Plan,
    store: &RunDirectory,
    cases: &[CaseRecord],
    job: Job,
) -> Result<Counts, StudyError> {
    let regions: usize = cases.iter().map(|case| case.classes.len()).sum();
    let Rated { classes, conditions } = ratings(plan, store, &job, regions)?;
    let mut correct = Vec::with_capacity(conditions.len());
    let mut right = Vec::with_capacity(conditions.len());
    let mut answers = Vec::with_capacity(conditions.len());
    let mut areas = Vec::with_capacity(conditions.len());
    for of_condition in &conditions {
        let mut table = vec![vec![0_u64; classes]; classes];
        let mut of_region = of_condition.chunks_exact(classes);
        let mut per_image = Vec::with_capacity(cases.len());
        let mut per_region = Vec::with_capacity(regions);
        for case in cases {
            let mut of_image = 0;
            for (&truth, ratings) in case.classes.iter().zip(&mut of_region) {
                let answer = largest(ratings);
                let is_right = answer == usize::from(truth);
                of_image += u32::from(is_right);
                per_region.push(is_right);
                if let Some(row) = table.get_mut(usize::from(truth)) {
                    row[answer] += 1;
                }
            }
            per_image.push(of_image);
        }
        correct.push(per_image);
        right.push(per_region);
        answers.push(table);
        areas.push(area_per_image(of_condition, classes, cases));
    }
    Ok(Counts { correct, right, areas, answers })
}

/// The area under the ROC curve of present against absent as the mean of one number per image;
/// the last class is absent. `None` where all regions are of one kind or a rating is no number.
fn area_per_image(ratings: &[f32], classes: usize, cases: &[CaseRecord]) -> Option<Vec<f64>> {
    let (mut present, mut absent) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    let mut of_region = ratings.chunks_exact(classes);
    for (image, case) in cases.iter().enumerate() {
        for (&truth, ratings) in case.classes.iter().zip(&mut of_region) {
            let kind = if usize::from(truth) + 1 == classes { &mut absent } else { &mut present };
            kind.0.push(presence(ratings));
            kind.1.push(image);
        }
    }
    let placements = Placements::of(&present.0, &absent.0).ok()?;
    placements.by_group(&present.1, &absent.1, cases.len()).ok()
}

/// How much likelier any shape is than absent: the log of the summed exponentials of all ratings
/// but the last, minus the last. Natural where ratings are log-probabilities up to a constant.
#[must_use]
pub fn presence(ratings: &[f32]) -> f64 {
    let Some((&absent, shapes)) = ratings.split_last() else { return 0.0 };
    let largest = shapes.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 =
        shapes.iter().map(|&rating| libm::exp(f64::from(rating) - f64::from(largest))).sum();
    f64::from(largest) + libm::log(sum) - f64::from(absent)
}

/// Index of the largest rating, the first of equals; 0 where there is none.
#[must_use]
pub fn largest(ratings: &[f32]) -> usize {
    let mut best = 0;
    for (index, rating) in ratings.iter().enumerate() {
        if *rating > ratings[best] {
            best = index;
        }
    }
    best
}

fn level(
    plan: &Plan,
    cases: &[CaseRecord],
    path: InputPath,
    condition: Condition,
    correct: Vec<Vec<u32>>,
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
        correct,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(index: u64, classes: &[u8]) -> CaseRecord {
        CaseRecord {
            index,
            sha256: String::new(),
            classes: classes.to_vec(),
            renditions: Vec::new(),
        }
    }

    #[test]
    fn presence_is_the_log_odds_of_any_shape() {
        // ln((e¹ + e²)/e³) = ln(0.135335 + 0.367879).
        assert!((presence(&[1.0, 2.0, 3.0]) - libm::log(0.503_214_724)).abs() < 1e-6);
        // Large ratings do not overflow.
        assert!((presence(&[1e4, 1e4, 0.0]) - (1e4 + std::f64::consts::LN_2)).abs() < 1e-9);
    }

    #[test]
    fn areas_per_image_have_the_area_as_their_mean() {
        // Presence 2, 1 (shapes) and 1.5, 0 (absent): three of four pairs in order.
        let cases = [case(0, &[0, 1]), case(1, &[0, 1])];
        let ratings = [2.0, 0.0, 1.5, 0.0, 1.0, 0.0, 0.0, 0.0];
        let areas = area_per_image(&ratings, 2, &cases).unwrap();
        assert!((areas.iter().sum::<f64>() / 2.0 - 0.75).abs() < 1e-12);
        let alike = [case(0, &[0, 0]), case(1, &[0, 0])];
        assert_eq!(area_per_image(&ratings, 2, &alike), None);
    }
}
