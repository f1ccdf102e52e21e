//! Owns the rating of noisier originals by a study's networks: the first test images with the same
//! scenes and the same draws of the noise, which is larger; trains nothing and judges nothing.

use rayon::prelude::*;

use super::attention::networks;
use super::prepare::on_path;
use super::{Plan, StudyError, largest};
use crate::dataset::{Dataset, RegionSet, Split};
use crate::network::{Kernel, Network};
use crate::observer::ObserverError;
use crate::phantom::Phantom;
use crate::record::{FORMAT, InputPath, NoiseCourse, NoiseLadder, Regime};
use crate::scene::Scene;
use crate::store::RunDirectory;

/// Factors of the noise's standard deviation beside 1: doses of 0.83, 0.64, 0.44 and 0.25.
const FACTORS: [f64; 4] = [1.1, 1.25, 1.5, 2.0];

/// Rates the first `images` test images at less dose, by the networks of regimes `original` and
/// `mixed`; nothing where the plan's observers are no networks, or images of the phantom have no
/// dose.
///
/// # Errors
/// If an image cannot be drawn, or a network is missing or damaged.
pub fn noisier(
    plan: &Plan,
    store: &RunDirectory,
    phantom: &Phantom,
    images: u32,
) -> Result<Option<NoiseLadder>, StudyError> {
    if plan.kernel.parse::<Kernel>().is_err() {
        return Ok(None);
    }
    let images = images.min(plan.test_images);
    // `[factor][path]`, with the scenes, which are the same for all.
    let (mut regions, mut scenes) = (Vec::new(), Vec::new());
    for factor in FACTORS {
        let mut noisier = phantom.clone();
        let acquisition = phantom.formation.acquisition.at_dose(1.0 / (factor * factor));
        let Some(acquisition) = acquisition else { return Ok(None) };
        noisier.formation.acquisition = acquisition;
        let (of_paths, of_scenes) = drawn(plan, &Dataset::new(noisier, plan.seed), images)?;
        regions.push(of_paths);
        scenes = of_scenes;
    }
    let mut courses = Vec::new();
    for (place, &path) in plan.paths.iter().enumerate() {
        for regime in [Regime::Original, Regime::Mixed] {
            if !plan.regimes.contains(&regime) {
                continue;
            }
            let networks = networks(plan, store, path, regime)?;
            let correct = regions
                .iter()
                .map(|of_paths| {
                    let rated =
                        networks.par_iter().map(|it| correct(it, &of_paths[place], &scenes));
                    rated.collect::<Result<Vec<_>, _>>()
                })
                .collect::<Result<Vec<_>, _>>()?;
            courses.push(NoiseCourse { path, regime, correct });
        }
    }
    Ok(Some(NoiseLadder { format: FORMAT, images, factors: FACTORS.to_vec(), courses }))
}

/// Regions of the first test images on every path, and their scenes.
fn drawn(
    plan: &Plan,
    dataset: &Dataset,
    images: u32,
) -> Result<(Vec<RegionSet>, Vec<Scene>), StudyError> {
    let side = dataset.phantom().formation.targets.region_pixels;
    let cases = (0..u64::from(images))
        .into_par_iter()
        .map(|index| {
            let case = dataset.case(Split::Test, index)?;
            let on = |&path: &InputPath| {
                let mut set = RegionSet::new(side);
                set.cut(&on_path(&case, path, dataset), &case.scene);
                set
            };
            let sets: Vec<RegionSet> = plan.paths.iter().map(on).collect();
            Ok((sets, case.scene))
        })
        .collect::<Result<Vec<_>, StudyError>>()?;
    let mut all = vec![RegionSet::new(side); plan.paths.len()];
    let mut scenes = Vec::with_capacity(cases.len());
    for (sets, scene) in cases {
        all.iter_mut().zip(&sets).for_each(|(all, set)| all.append(set));
        scenes.push(scene);
    }
    Ok((all, scenes))
}

/// Right answers of a network on each image.
fn correct(
    network: &Network,
    regions: &RegionSet,
    scenes: &[Scene],
) -> Result<Vec<u32>, StudyError> {
    let failed = |error| StudyError::Observer {
        job: "noisier originals".into(),
        source: ObserverError::from(error),
    };
    let ratings = network.rate(regions, &|| false).map_err(failed)?;
    let classes = ratings.len() / regions.len().max(1);
    let mut rated = ratings.chunks_exact(classes.max(1)).zip(&regions.labels);
    let of_image = |scene: &Scene| {
        let answers = rated.by_ref().take(scene.regions.len());
        answers.filter(|(ratings, truth)| largest(ratings) == usize::from(**truth)).count() as u32
    };
    Ok(scenes.iter().map(of_image).collect())
}
