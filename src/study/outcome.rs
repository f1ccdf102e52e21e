//! Owns the way from stored ratings to counts: correct answers per network and image, and
//! confusion tables.

use super::{Plan, StudyError};
use crate::codec::CodecName;
use crate::record::{
    Achieved, ArmOutcome, CaseRecord, Condition, Confusion, CrossOutcome, InputPath, Job,
    LevelOutcome, Regime,
};
use crate::store::RunDirectory;

/// What all finished jobs of a plan found.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    /// One per codec × path × regime.
    pub arms: Vec<ArmOutcome>,
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
    let mut tally = Tally { arms: Vec::new(), confusions: Vec::new(), crossed: Vec::new() };
    for &path in &plan.paths {
        for &regime in &plan.regimes {
            if matches!(regime, Regime::Original | Regime::Mixed) {
                count(plan, store, &cases, path, regime, &mut tally)?;
            }
        }
        if !plan.matched_ratios.is_empty() {
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

/// `[condition][image]` correct answers, and `[condition][truth][answer]` counts.
struct Counts {
    correct: Vec<Vec<u32>>,
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
        let levels = conditions
            .iter()
            .enumerate()
            .filter(|(_, condition)| condition.codec == Some(codec))
            .map(|(number, condition)| {
                level(plan, cases, path, *condition, correct(&networks, number))
            })
            .collect();
        tally.arms.push(ArmOutcome {
            codec,
            path,
            regime,
            regions: cases.iter().map(|case| case.classes.len() as u32).collect(),
            original: original.clone(),
            levels,
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
        for &at in group {
            let job = |replicate| Job { path, regime, replicate, trained_at: Some(at) };
            let rated = plan.rated(job(0));
            let networks = replicates(plan, store, cases, job)?;
            for (number, condition) in rated.iter().enumerate() {
                cross(at.target, condition, correct(&networks, number));
                if *condition == at {
                    levels.push(level(plan, cases, path, at, correct(&networks, number)));
                    confusions.push(confusion(&networks, number, path, regime, at));
                }
            }
        }
        tally.confusions.extend(confusions);
        tally.arms.push(ArmOutcome {
            codec,
            path,
            regime,
            regions: cases.iter().map(|case| case.classes.len() as u32).collect(),
            original: correct(&originals, 0),
            levels,
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
    (0..plan.replicates)
        .map(|replicate| counts(store, cases, &plan.rated(job(replicate)), job(replicate)))
        .collect()
}

/// `[replicate][image]` correct answers under one of the conditions.
fn correct(networks: &[Counts], condition: usize) -> Vec<Vec<u32>> {
    networks.iter().map(|network| network.correct[condition].clone()).collect()
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

fn counts(
    store: &RunDirectory,
    cases: &[CaseRecord],
    conditions: &[Condition],
    job: Job,
) -> Result<Counts, StudyError> {
    let file = format!("records/{}.json", job.name());
    let Some(record) = store.job_record(&job)? else {
        return Err(store.damaged(&file, "it is missing: the run is not finished").into());
    };
    let regions: usize = cases.iter().map(|case| case.classes.len()).sum();
    if record.conditions != conditions || record.regions != regions as u64 {
        return Err(store.damaged(&file, "it does not fit the plan").into());
    }
    let classes = record.classes as usize;
    let ratings = store.ratings(&record)?;
    let mut correct = Vec::with_capacity(conditions.len());
    let mut answers = Vec::with_capacity(conditions.len());
    for of_condition in ratings.chunks_exact(regions * classes) {
        let mut table = vec![vec![0_u64; classes]; classes];
        let mut of_region = of_condition.chunks_exact(classes);
        let mut per_image = Vec::with_capacity(cases.len());
        for case in cases {
            let mut right = 0;
            for (&truth, ratings) in case.classes.iter().zip(&mut of_region) {
                let answer = largest(ratings);
                right += u32::from(answer == usize::from(truth));
                if let Some(row) = table.get_mut(usize::from(truth)) {
                    row[answer] += 1;
                }
            }
            per_image.push(right);
        }
        correct.push(per_image);
        answers.push(table);
    }
    Ok(Counts { correct, answers })
}

/// Index of the largest rating, the first of equals.
fn largest(ratings: &[f32]) -> usize {
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
        target: condition.target,
        achieved,
        unreached,
        psnr_db: crate::metric::psnr_of_mse(mse / cases.len() as f64, input),
        correct,
    }
}
