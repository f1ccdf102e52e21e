//! Defines the groups of images that are prepared together: their names, cases and sections; draws
//! nothing.

use super::plan::{CHUNK, Plan};
use crate::dataset::{CASES_PER_REPLICATE, Split};
use crate::record::{Condition, InputPath, Regime};
use crate::task::{Series, TaskName};

/// First training case that no replicate uses: there are at most 1000 replicates.
pub(super) const SPARE_CASES: u64 = 1023 * CASES_PER_REPLICATE;

/// A group of images that is prepared as one piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chunk {
    /// Which of the plan's images.
    pub(super) series: Series,
    /// Which group of them.
    pub(super) group: Group,
}

/// A group of the images of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    /// Test images: every condition, with a record.
    Test(u32),
    /// Images on which epochs are chosen.
    Tune(u32),
    /// Training images of one replicate.
    Train {
        /// Replicate.
        replicate: u32,
        /// Number of the chunk.
        chunk: u32,
    },
}

impl Chunk {
    /// Name of its file in the cache.
    pub(super) fn name(self) -> String {
        let group = match self.group {
            Group::Test(chunk) => format!("test-{chunk:04}"),
            Group::Tune(chunk) => format!("tune-{chunk:04}"),
            Group::Train { replicate, chunk } => format!("train-{replicate}-{chunk:04}"),
        };
        format!("{}{group}", self.series.prefix())
    }

    /// How many images it has.
    pub(super) fn images(self, plan: &Plan) -> u64 {
        let (_, cases) = self.cases(plan);
        cases.end - cases.start
    }

    /// Split and indices of its images.
    pub(super) fn cases(self, plan: &Plan) -> (Split, std::ops::Range<u64>) {
        let (split, base, chunk, images) = match self.group {
            Group::Test(chunk) => (Split::Test, 0, chunk, plan.test_images),
            Group::Tune(chunk) => (Split::Tune, 0, chunk, plan.tune_images),
            Group::Train { replicate, chunk } => {
                (Split::Train, u64::from(replicate) * CASES_PER_REPLICATE, chunk, plan.train_images)
            }
        };
        let first = chunk * CHUNK;
        let last = (first + CHUNK).min(images);
        (split, base + u64::from(first)..base + u64::from(last))
    }
}

/// Name of a task's regions under one condition of the test images.
pub(super) fn test_section(task: TaskName, path: InputPath, condition: usize) -> String {
    format!("{}/{}/{condition:03}", task.name(), path.name())
}

/// Name of the regions that a job is trained on: for `mixed` the compressed ones, its originals
/// being those of `original`.
pub(super) fn train_section(
    task: TaskName,
    path: InputPath,
    regime: Regime,
    level: Option<Condition>,
) -> String {
    let level = level.map_or_else(String::new, |level| format!("/{}", level.name()));
    format!("{}/{}/{}{level}", task.name(), path.name(), regime.name())
}

/// Name of the parts of a test image that readers of a whole image are given on a path.
pub(super) fn parts_file(task: TaskName, path: InputPath, index: u64) -> String {
    format!("{}-{}-{index:06}", task.name(), path.name())
}

/// Number of groups of test images, of which [`test_regions`](super::test_regions()) reads one at a time.
#[must_use]
pub fn test_chunks(plan: &Plan) -> u32 {
    plan.test_images.div_ceil(CHUNK)
}
