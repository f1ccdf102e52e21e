//! Restores the readers of a finished study from its run directory; rates nothing.

use super::{Plan, StudyError};
use crate::observer::{self, Reader};
use crate::record::{InputPath, Job, Regime};
use crate::store::RunDirectory;
use crate::task::TaskName;

/// Readers of a task, path and regime, one for each replicate; `None` where they are of a kind that
/// cannot be restored from their bytes.
///
/// # Errors
/// If a record or a reader's file is missing or damaged.
pub fn readers(
    plan: &Plan,
    store: &RunDirectory,
    task: TaskName,
    path: InputPath,
    regime: Regime,
) -> Result<Option<Vec<Box<dyn Reader>>>, StudyError> {
    let mut readers = Vec::new();
    for replicate in 0..plan.replicates {
        let job = Job::new(task, path, regime, replicate);
        let Some(record) = store.job_record(&job, None)? else {
            let file = format!("records/{}.json", job.name());
            return Err(store.damaged(&file, "it is missing: the run is not finished").into());
        };
        let restored = observer::restore(&store.network(&record)?)
            .map_err(|source| StudyError::Observer { job: job.name(), source })?;
        let Some(reader) = restored else { return Ok(None) };
        readers.push(reader);
    }
    Ok(Some(readers))
}
