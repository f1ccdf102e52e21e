//! Has trained networks answer about the test images; trains nothing and writes no answer.

use std::sync::atomic::Ordering;

use super::{Study, failed};
use crate::dataset::{ImagePart, RegionSet};
use crate::observer::Reader;
use crate::record::{CaseRecord, InputPath};
use crate::store::chunk_file;
use crate::study::agenda::Assignment;
use crate::study::chunk::{Chunk, Group, parts_file, test_section};
use crate::study::progress::{Part, Stage};
use crate::study::{StudyError, prepare};
use crate::task::{TaskName, WholeImage};

impl Study {
    /// Ratings `[condition, example, value]` of the test images of a task, and the number of
    /// examples.
    pub(super) fn rate(
        &self,
        task: &Assignment,
        observer: &dyn Reader,
    ) -> Result<(Vec<f32>, u64), StudyError> {
        match self.task_of(task.job).whole() {
            Some(whole) => self.rate_images(task, whole, observer),
            None => self.rate_regions(task, observer),
        }
    }

    /// Answers about whole images.
    fn rate_images(
        &self,
        task: &Assignment,
        whole: &dyn WholeImage,
        observer: &dyn Reader,
    ) -> Result<(Vec<f32>, u64), StudyError> {
        let job = task.job;
        let stopped = || self.stopped.load(Ordering::Relaxed);
        let rated = self.plan.rated(job);
        let conditions = self.plan.conditions(job.path);
        let numbers: Vec<usize> =
            (0..conditions.len()).filter(|&number| rated.contains(&conditions[number])).collect();
        let mut answers: Vec<Vec<f32>> = vec![Vec::new(); numbers.len()];
        let mut examples = 0;
        for number in task.chunks() {
            let chunk = Chunk { series: job.task.series(), group: Group::Test(number) };
            for case in self.cases_of(chunk, number)? {
                let outlines = case.truth.outlines.clone().unwrap_or_default();
                let parts = self.parts(chunk, (job.task, job.path), case.index)?;
                let Some(first) = parts.first() else { continue };
                let answer = whole.answer(&outlines, first.place());
                let mut known: Vec<(usize, Vec<f32>)> = Vec::with_capacity(numbers.len());
                for (&condition, into) in numbers.iter().zip(&mut answers) {
                    let part = &parts[condition];
                    // Equal parts have equal answers: an observer keeps no state.
                    let same = known.iter().find(|(other, _)| parts[*other] == *part);
                    let values = match same {
                        Some((_, values)) => values.clone(),
                        None => {
                            let read = || observer.map(part, &stopped);
                            let timed = self.clock().time(Part::Rate(job.regime), read);
                            let map = timed.map_err(|source| failed(job, source))?;
                            answer(&map)
                        }
                    };
                    into.extend_from_slice(&values);
                    known.push((condition, values));
                }
                examples += self.task_of(job).examples_of(&case.truth) as u64;
                self.progress.advance(Stage::Train(job.regime), 1);
                self.check_stop()?;
            }
        }
        Ok((answers.concat(), examples))
    }

    /// The records of a group of test images.
    fn cases_of(&self, chunk: Chunk, number: u32) -> Result<Vec<CaseRecord>, StudyError> {
        let read = || self.store.chunk_record(chunk.series, number);
        let record = match read()? {
            Some(record) => Some(record),
            None => {
                self.prepare_now(chunk)?;
                read()?
            }
        };
        let missing = || {
            let file = chunk_file(chunk.series, number);
            self.store.damaged(&file, "it vanished while the run was using it")
        };
        Ok(record.ok_or_else(missing)?.cases)
    }

    /// Parts of a test image under every condition of a path, made again if they are not in the
    /// cache.
    fn parts(
        &self,
        chunk: Chunk,
        asked: (TaskName, InputPath),
        index: u64,
    ) -> Result<Vec<ImagePart>, StudyError> {
        let file = parts_file(asked.0, asked.1, index);
        if let Some(parts) = self.clock().time(Part::Store, || self.store.parts(&file))? {
            return Ok(parts);
        }
        let mut made = prepare::parts(&self.experiment(chunk.series)?, index)?;
        Ok(made.remove(&asked).unwrap_or_default())
    }

    /// Ratings of regions.
    fn rate_regions(
        &self,
        task: &Assignment,
        observer: &dyn Reader,
    ) -> Result<(Vec<f32>, u64), StudyError> {
        let job = task.job;
        let stopped = || self.stopped.load(Ordering::Relaxed);
        let rated = self.plan.rated(job);
        let sections: Vec<String> = (self.plan.conditions(job.path).iter().enumerate())
            .filter(|(_, condition)| rated.contains(condition))
            .map(|(number, _)| test_section(job.task, job.path, number))
            .collect();
        let mut ratings: Vec<Vec<f32>> = vec![Vec::new(); sections.len()];
        let mut regions = 0;
        for chunk in task.chunks() {
            let chunk = Chunk { series: job.task.series(), group: Group::Test(chunk) };
            let sets = self.regions(chunk)?;
            let mut rated: Vec<(&RegionSet, Vec<f32>)> = Vec::with_capacity(sections.len());
            for (section, into) in sections.iter().zip(&mut ratings) {
                let Some(set) = sets.get(section) else {
                    return Err(self.section_missing(chunk, section));
                };
                // Equal regions have equal ratings: an observer keeps no state.
                let known = rated.iter().find(|(other, _)| *other == set);
                let values = match known {
                    Some((_, values)) => values.clone(),
                    None => {
                        let rate = || observer.rate(set, &stopped);
                        let timed = self.clock().time(Part::Rate(job.regime), rate);
                        timed.map_err(|source| failed(job, source))?
                    }
                };
                into.extend_from_slice(&values);
                rated.push((set, values));
            }
            regions += rated[0].0.len() as u64;
            self.progress.advance(Stage::Train(job.regime), 1);
        }
        Ok((ratings.concat(), regions))
    }
}
