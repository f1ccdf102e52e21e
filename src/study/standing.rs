//! Finds which pieces of work of a plan are done; does none.

use super::agenda::{PlannedPiece, agenda, assignments};
use super::chunk::test_chunks;
use super::{Plan, StudyError};
use crate::record::Job;
use crate::store::{RunDirectory, chunk_file, record_file};
use crate::task::Series;

/// The pieces of a plan, and which of them are done.
#[derive(Debug, Clone)]
pub struct Standing {
    /// All of them.
    pub pieces: Vec<PlannedPiece>,
    /// For each, whether it is done. A group of images that only finished trainings read is.
    pub done: Vec<bool>,
}

impl Standing {
    /// Those that are not done.
    pub fn left(&self) -> impl Iterator<Item = &PlannedPiece> {
        self.pieces.iter().zip(&self.done).filter(|(_, done)| !**done).map(|(piece, _)| piece)
    }
}

/// Which pieces of a plan are done in a run directory, by what its file system says now.
///
/// # Errors
/// If a record is damaged or of another plan.
pub fn standing(
    plan: &Plan,
    plan_hash: &str,
    store: &RunDirectory,
) -> Result<Standing, StudyError> {
    store.look_again();
    let pieces = agenda(plan);
    let mut recorded = Vec::new();
    for series in plan.series() {
        for number in 0..test_chunks(plan) {
            recorded.push((series.prefix(), number, chunk_done(store, plan_hash, series, number)?));
        }
    }
    let mut done = Vec::with_capacity(pieces.len());
    for task in assignments(plan) {
        done.push(job_done(store, plan_hash, &task.job, task.look)?);
    }
    let images = pieces.len() - done.len();
    let mut all: Vec<bool> = Vec::with_capacity(pieces.len());
    for (place, piece) in pieces[..images].iter().enumerate() {
        let record = recorded
            .iter()
            .find(|(prefix, number, _)| piece.name == format!("{prefix}test-{number:04}"));
        let read = (pieces[images..].iter().zip(&done))
            .any(|(task, done)| !done && task.needs.contains(&place));
        all.push(match record {
            Some((_, _, recorded)) => *recorded,
            None => !read || store.has_regions(&piece.name),
        });
    }
    all.extend(done);
    Ok(Standing { pieces, done: all })
}

/// Whether a job, or what a later look added to it, is done.
pub(super) fn job_done(
    store: &RunDirectory,
    plan_hash: &str,
    job: &Job,
    look: Option<u32>,
) -> Result<bool, StudyError> {
    let Some(record) = store.job_record(job, look)? else { return Ok(false) };
    if record.plan != plan_hash || record.job != *job || record.look != look {
        let file = record_file(job, look);
        return Err(store.damaged(&file, "it belongs to another plan").into());
    }
    Ok(true)
}

/// Whether a group of test images has its record.
pub(super) fn chunk_done(
    store: &RunDirectory,
    plan_hash: &str,
    series: Series,
    number: u32,
) -> Result<bool, StudyError> {
    let Some(record) = store.chunk_record(series, number)? else { return Ok(false) };
    if record.plan != plan_hash {
        let file = chunk_file(series, number);
        return Err(store.damaged(&file, "it belongs to another plan").into());
    }
    Ok(true)
}
