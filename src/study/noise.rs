//! Has a study's networks rate noisier originals: test images with the same scenes and the same
//! draws of the noise, which is scaled up; trains nothing and judges nothing.

use std::sync::Arc;

use rayon::prelude::*;

use super::readers::readers;
use super::restored::{given, on_path};
use super::{Plan, StudyError};
use crate::dataset::{Dataset, RegionSet, Source, Split};
use crate::image::Image;
use crate::observer::Reader;
use crate::phantom::Phantom;
use crate::record::{FORMAT, NoiseCourse, NoiseLadder, Regime};
use crate::store::RunDirectory;
use crate::task::{Answers, Labels, Task, Truth};

/// Factors of the noise's standard deviation apart from 1: doses of 0.83, 0.64, 0.44 and 0.25.
const FACTORS: [f64; 4] = [1.1, 1.25, 1.5, 2.0];

/// Test images that networks rate at less dose where no margin asks for more.
const FIRST_IMAGES: u32 = 30;

/// The factor of the noise's standard deviation at a share of the dose.
fn factor(share: f64) -> f64 {
    1.0 / share.sqrt()
}

/// The factors of a plan and how many of its test images are rated at them: all of them where its
/// margin is one of dose, whose factor is then one of these.
fn ladder(plan: &Plan) -> (Vec<f64>, u32) {
    let mut factors = FACTORS.to_vec();
    let Some(share) = plan.margin.dose_share() else {
        return (factors, FIRST_IMAGES.min(plan.test_images));
    };
    let own = factor(share);
    if !factors.contains(&own) {
        factors.push(own);
        factors.sort_by(f64::total_cmp);
    }
    (factors, plan.test_images)
}

/// The networks of one task, path and regime.
struct Course {
    task: usize,
    path: usize,
    regime: Regime,
    readers: Vec<Box<dyn Reader>>,
}

/// Has the networks of regimes `original` and `mixed` answer on test images at less dose: on all at
/// the doses of a ladder and at that of the plan's margin, where that is one of dose; on the first
/// ones otherwise. `None` where the study's readers cannot be restored, images of the phantom have
/// no dose, or those images have no score.
///
/// # Errors
/// If an image cannot be drawn, or a network is missing or damaged.
pub fn noisier(
    plan: &Plan,
    store: &RunDirectory,
    phantom: &Phantom,
    tasks: &[Arc<dyn Task>],
) -> Result<Option<NoiseLadder>, StudyError> {
    let (factors, images) = ladder(plan);
    let Some(readers) = courses(plan, store, tasks)? else { return Ok(None) };
    let of_course = |it: &Course| NoiseCourse {
        task: tasks[it.task].measure().task,
        path: plan.paths[it.path],
        regime: it.regime,
        scores: Vec::with_capacity(factors.len()),
    };
    let mut courses: Vec<NoiseCourse> = readers.iter().map(of_course).collect();
    for &factor in &factors {
        let mut noisier = phantom.clone();
        let acquisition = phantom.formation.acquisition.at_dose(1.0 / (factor * factor));
        let Some(acquisition) = acquisition else { return Ok(None) };
        noisier.formation.acquisition = acquisition;
        let (regions, truths) = drawn(plan, &Dataset::new(noisier, plan.seed), tasks, images)?;
        for (course, of_course) in courses.iter_mut().zip(&readers) {
            let (task, set) = (&tasks[of_course.task], &regions[of_course.task][of_course.path]);
            let scored = of_course
                .readers
                .par_iter()
                .map(|it| scores(it.as_ref(), task.as_ref(), set, &truths))
                .collect::<Result<Option<Vec<_>>, _>>()?;
            let Some(scored) = scored else { return Ok(None) };
            course.scores.push(scored);
        }
    }
    Ok(Some(NoiseLadder { format: FORMAT, images, factors, courses }))
}

/// The networks of every task about regions, path and regime `original` and `mixed`; `None` where
/// they cannot be restored, or there is no such task.
fn courses(
    plan: &Plan,
    store: &RunDirectory,
    tasks: &[Arc<dyn Task>],
) -> Result<Option<Vec<Course>>, StudyError> {
    let mut courses = Vec::new();
    let of_regions = |(task, _): &(usize, _)| tasks[*task].whole().is_none();
    for (task, &name) in plan.tasks.iter().enumerate().filter(of_regions) {
        for (place, &path) in plan.paths.iter().enumerate() {
            for regime in [Regime::Original, Regime::Mixed] {
                if !plan.regimes.contains(&regime) {
                    continue;
                }
                let found = readers(plan, store, name, path, regime)?;
                let Some(readers) = found else { return Ok(None) };
                courses.push(Course { task, path: place, regime, readers });
            }
        }
    }
    Ok((!courses.is_empty()).then_some(courses))
}

/// Examples of the first test images, `[task][path]`, and their truths.
fn drawn(
    plan: &Plan,
    dataset: &Dataset,
    tasks: &[Arc<dyn Task>],
    images: u32,
) -> Result<(Vec<Vec<RegionSet>>, Vec<Truth>), StudyError> {
    let side = dataset.phantom().formation.targets.region_pixels;
    let cases = (0..u64::from(images))
        .into_par_iter()
        .map(|index| {
            let case = dataset.labelled(Split::Test, index)?;
            let labels = Labels {
                regions: &case.regions,
                outlines: None,
                seed: plan.seed,
                case: Split::Test.case(index),
            };
            let on = |path| {
                let image = on_path(&case.image, path, dataset.form());
                Ok(given(&image, plan, (Split::Test, index))?.into_owned())
            };
            let images: Vec<Image> =
                plan.paths.iter().map(|&path| on(path)).collect::<Result<_, StudyError>>()?;
            let of_task = |task: &Arc<dyn Task>| {
                let cut = images.iter().map(|image| {
                    let mut set = plan.input.regions(side);
                    task.examples(image, &labels, &mut set);
                    set
                });
                cut.collect()
            };
            let sets: Vec<Vec<RegionSet>> = tasks.iter().map(of_task).collect();
            Ok((sets, Truth::of(&labels)))
        })
        .collect::<Result<Vec<_>, StudyError>>()?;
    let mut all = vec![vec![plan.input.regions(side); plan.paths.len()]; tasks.len()];
    let mut truths = Vec::with_capacity(cases.len());
    for (sets, truth) in cases {
        let pairs = all.iter_mut().flatten().zip(sets.iter().flatten());
        pairs.for_each(|(all, set)| all.append(set));
        truths.push(truth);
    }
    Ok((all, truths))
}

/// Scores of a reader on each image; `None` where they have none.
fn scores(
    reader: &dyn Reader,
    task: &dyn Task,
    regions: &RegionSet,
    truths: &[Truth],
) -> Result<Option<Vec<f64>>, StudyError> {
    let failed = |source| StudyError::Observer { job: "noisier originals".into(), source };
    let values = reader.rate(regions, &|| false).map_err(failed)?;
    let width = values.len() / regions.len().max(1);
    Ok(task.score(truths, Answers { values: &values, width }))
}
