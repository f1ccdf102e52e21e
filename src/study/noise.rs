//! Has a study's networks rate noisier originals: the first test images with the same scenes and
//! the same draws of the noise, which is scaled up; trains nothing and judges nothing.

use std::sync::Arc;

use rayon::prelude::*;

use super::readers::readers;
use super::restored::on_path;
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

/// Has the networks of regimes `original` and `mixed` answer on the first `images` test images at
/// less dose; `None` where the study's readers cannot be restored, images of the phantom have no
/// dose, or those images have no score.
///
/// # Errors
/// If an image cannot be drawn, or a network is missing or damaged.
pub fn noisier(
    plan: &Plan,
    store: &RunDirectory,
    phantom: &Phantom,
    tasks: &[Arc<dyn Task>],
    images: u32,
) -> Result<Option<NoiseLadder>, StudyError> {
    let images = images.min(plan.test_images);
    // `[factor][task][path]`, with the truths, which are the same for all.
    let (mut regions, mut truths) = (Vec::new(), Vec::new());
    for factor in FACTORS {
        let mut noisier = phantom.clone();
        let acquisition = phantom.formation.acquisition.at_dose(1.0 / (factor * factor));
        let Some(acquisition) = acquisition else { return Ok(None) };
        noisier.formation.acquisition = acquisition;
        let dataset = Dataset::new(noisier, plan.seed);
        let (of_tasks, of_scenes) = drawn(plan, &dataset, tasks, images)?;
        regions.push(of_tasks);
        truths = of_scenes;
    }
    let mut courses = Vec::new();
    for (number, (&name, task)) in plan.tasks.iter().zip(tasks).enumerate() {
        if task.whole().is_some() {
            continue;
        }
        for (place, &path) in plan.paths.iter().enumerate() {
            for regime in [Regime::Original, Regime::Mixed] {
                if !plan.regimes.contains(&regime) {
                    continue;
                }
                let found = readers(plan, store, name, path, regime)?;
                let Some(readers) = found else { return Ok(None) };
                let of_factor = |of_tasks: &Vec<Vec<RegionSet>>| {
                    let set = &of_tasks[number][place];
                    let scored = readers
                        .par_iter()
                        .map(|it| scores(it.as_ref(), task.as_ref(), set, &truths));
                    scored.collect::<Result<Option<Vec<_>>, _>>()
                };
                let scores =
                    regions.iter().map(of_factor).collect::<Result<Option<Vec<_>>, _>>()?;
                let Some(scores) = scores else { return Ok(None) };
                courses.push(NoiseCourse { task: task.measure().task, path, regime, scores });
            }
        }
    }
    Ok(Some(NoiseLadder { format: FORMAT, images, factors: FACTORS.to_vec(), courses }))
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
            let on = |path| on_path(&case.image, path, dataset.form());
            let images: Vec<Image> = plan.paths.iter().map(|&path| on(path)).collect();
            let of_task = |task: &Arc<dyn Task>| {
                let cut = images.iter().map(|image| {
                    let mut set = RegionSet::new(side);
                    task.examples(image, &labels, &mut set);
                    set
                });
                cut.collect()
            };
            let sets: Vec<Vec<RegionSet>> = tasks.iter().map(of_task).collect();
            Ok((sets, Truth::of(&labels)))
        })
        .collect::<Result<Vec<_>, StudyError>>()?;
    let mut all = vec![vec![RegionSet::new(side); plan.paths.len()]; tasks.len()];
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
