//! Prepares groups of images, and gives trainings and ratings the regions of them; trains nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Study;
use crate::dataset::RegionSet;
use crate::study::StudyError;
use crate::study::agenda::Assignment;
use crate::study::chunk::{Chunk, Group, parts_file, test_chunks};
use crate::study::plan::CHUNK;
use crate::study::prepare::{self, ImageParts};
use crate::study::progress::{Part, Stage, Unit};
use crate::study::schedule::Attempt;
use crate::study::standing::chunk_done;
use crate::task::Series;

/// How often to check on a group of images that another process prepares and a training needs now.
const POLL: Duration = Duration::from_millis(200);
impl Study {
    /// Chunks whose regions a pending task will read, and test chunks without a record. Of a cache
    /// that is this node's own only these: other nodes have other tasks.
    pub(super) fn missing_chunks(&self, pending: &[Assignment]) -> Result<Vec<Chunk>, StudyError> {
        let mut chunks = Vec::new();
        for series in self.plan.series() {
            self.missing_of(series, pending, &mut chunks)?;
        }
        Ok(chunks)
    }

    fn missing_of(
        &self,
        series: Series,
        pending: &[Assignment],
        chunks: &mut Vec<Chunk>,
    ) -> Result<(), StudyError> {
        for number in 0..test_chunks(&self.plan) {
            let recorded = chunk_done(&self.store, &self.plan_hash, series, number)?;
            let chunk = Chunk { series, group: Group::Test(number) };
            let needed = !self.store.has_scratch()
                && pending.iter().any(|task| task.reads(chunk))
                && !self.store.has_regions(&chunk.name());
            if !recorded || needed {
                chunks.push(chunk);
            }
        }
        if self.store.has_scratch() {
            return Ok(());
        }
        let tune = (0..self.plan.tune_images.div_ceil(CHUNK)).map(Group::Tune);
        let of_series = pending.iter().filter(|task| task.job.task.series() == series);
        let trained = of_series.filter(|task| task.look.is_none());
        let mut replicates: Vec<u32> = trained.map(|task| task.job.replicate).collect();
        replicates.sort_unstable();
        replicates.dedup();
        if replicates.is_empty() {
            return Ok(());
        }
        let train = replicates.into_iter().flat_map(|replicate| {
            (0..self.plan.train_images.div_ceil(CHUNK))
                .map(move |chunk| Group::Train { replicate, chunk })
        });
        let groups = tune.chain(train).map(|group| Chunk { series, group });
        chunks.extend(groups.filter(|chunk| !self.store.has_regions(&chunk.name())));
        Ok(())
    }

    pub(super) fn prepare(&self, chunk: Chunk, tries: u32) -> Result<Attempt, StudyError> {
        let name = chunk.name();
        let recorded = || match chunk.group {
            Group::Test(number) => chunk_done(&self.store, &self.plan_hash, chunk.series, number),
            _ => Ok(true),
        };
        // A record is for all nodes, a cache perhaps for this one.
        let lock = match self.store.has_scratch() && recorded()? {
            true => self.store.cache_lock(&name),
            false => self.store.lock(&name),
        };
        let made = || Ok(recorded()? && self.store.has_regions(&name));
        self.attempt(
            &name,
            tries,
            || lock,
            made,
            || {
                let image_done = |index: u64, parts: &ImageParts| {
                    for ((task, path), parts) in parts {
                        let file = parts_file(*task, *path, index);
                        self.clock().time(Part::Store, || self.store.write_parts(&file, parts))?;
                    }
                    self.progress.advance(Stage::Prepare, 1);
                    self.check_stop()
                };
                let (split, _) = chunk.cases(&self.plan);
                self.clock().units(Unit::Image(split), chunk.images(&self.plan), || {
                    let (sets, record) = prepare::chunk(
                        chunk,
                        &self.experiment(chunk.series)?,
                        &self.plan_hash,
                        self.clock(),
                        &image_done,
                    )?;
                    self.clock().time(Part::Store, || {
                        self.store.write_regions(&name, &sets)?;
                        if let (Group::Test(number), Some(record)) = (chunk.group, record) {
                            self.store.write_chunk_record(chunk.series, number, &record)?;
                        }
                        Ok(())
                    })
                })
            },
        )
    }

    /// Prepares a chunk, waiting for another process that does.
    pub(super) fn prepare_now(&self, chunk: Chunk) -> Result<(), StudyError> {
        for tries in 0.. {
            if self.prepare(chunk, tries)? == Attempt::Done {
                break;
            }
            self.check_stop()?;
            std::thread::sleep(POLL);
        }
        Ok(())
    }

    /// Regions of a chunk, made again if they are not in the cache.
    pub(super) fn regions(&self, chunk: Chunk) -> Result<BTreeMap<String, RegionSet>, StudyError> {
        let read = || self.store.regions(&chunk.name());
        if let Some(sets) = self.clock().time(Part::Store, read)? {
            return Ok(sets);
        }
        self.prepare_now(chunk)?;
        let sets = self.store.regions(&chunk.name())?;
        sets.ok_or_else(|| {
            let file = format!("cache/{}.regions", chunk.name());
            self.store.damaged(&file, "it vanished while the run was using it").into()
        })
    }

    pub(super) fn section_missing(&self, chunk: Chunk, section: &str) -> StudyError {
        let file = format!("cache/{}.regions", chunk.name());
        self.store.damaged(&file, format!("`{section}` is missing")).into()
    }
}
