//! Gives regions of test images after a study, from the cache of the run or made again, and regions
//! of training images that no network is given; rates nothing.

use std::collections::BTreeMap;

use super::chunk::{Chunk, Group, SPARE_CASES, test_section};
use super::prepare::{Prepared, test_case};
use super::restored::{given, on_path, restore};
use super::{Clock, Experiment, StudyError};
use crate::dataset::{RegionSet, Split};
use crate::image::Image;
use crate::record::{Condition, InputPath};
use crate::store::RunDirectory;
use crate::task::TaskName;

/// Regions of a few images under some conditions.
#[derive(Debug)]
pub struct TestRegions {
    /// Number of images that they are cut from.
    pub images: usize,
    sets: BTreeMap<String, RegionSet>,
}

impl TestRegions {
    /// A task's regions under a condition, by its place in [`Plan::conditions`](super::Plan::conditions).
    #[must_use]
    pub fn under(&self, task: TaskName, path: InputPath, condition: usize) -> Option<&RegionSet> {
        self.sets.get(&test_section(task, path, condition))
    }
}

/// Regions of a group of test images under every condition: those that the networks were shown,
/// while the cache holds them, or else the same drawn and encoded again.
///
/// # Errors
/// If the cache is damaged, or an image cannot be drawn or compressed.
pub fn test_regions(
    experiment: &Experiment<'_>,
    store: &RunDirectory,
    chunk: u32,
) -> Result<TestRegions, StudyError> {
    let chunk = Chunk { series: experiment.series, group: Group::Test(chunk) };
    let (_, indices) = chunk.cases(experiment.plan);
    let images = (indices.end - indices.start) as usize;
    if let Some(sets) = store.regions(&chunk.name())? {
        return Ok(TestRegions { images, sets });
    }
    let mut sets = BTreeMap::new();
    for index in indices {
        test_case(experiment, index, &mut sets, Clock::silent())?;
    }
    Ok(TestRegions { images, sets })
}

/// Regions, uncompressed and at every level, of training image `number` of those that no network is
/// given, with the image's index in the training split; without the lossless null, which has the
/// same pixels.
///
/// # Errors
/// If the image cannot be drawn or compressed.
pub fn spare_regions(
    experiment: &Experiment<'_>,
    number: u64,
) -> Result<(u64, TestRegions), StudyError> {
    let Experiment { plan, source, .. } = *experiment;
    let at = (Split::Train, SPARE_CASES + number);
    let (case, form) = (source.labelled(at.0, at.1)?, source.form());
    let mut prepared = Prepared::default();
    let outlines = experiment.outlines(at.0, at.1)?;
    let labels = experiment.labels(&case.regions, outlines.as_ref(), at);
    let mut cut = |image: &Image, path, number| {
        prepared.add_test(experiment, image, &labels, (at.1, path, number));
    };
    for &path in &plan.paths {
        let image = on_path(&case.image, path, form);
        cut(&*given(&image, plan, at)?, path, 0);
        let lossy =
            plan.conditions(path).into_iter().enumerate().filter(|it| it.1.target.is_some());
        let (numbers, conditions): (Vec<usize>, Vec<Condition>) = lossy.unzip();
        let restored = restore(&image, path, &conditions, experiment, at, Clock::silent())?;
        for (number, one) in numbers.into_iter().zip(restored) {
            cut(one.given(), path, number);
        }
    }
    Ok((at.1, TestRegions { images: 1, sets: prepared.regions }))
}
