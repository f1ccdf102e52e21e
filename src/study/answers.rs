//! Reads what a study has stored: test cases with their truth, and the answers of its networks;
//! scores nothing.

use super::{Plan, StudyError};
use crate::record::{CaseRecord, Condition, Job};
use crate::store::{RunDirectory, chunk_file, record_file};
use crate::task::{Answers, Series, TaskName};

/// Records of all test images of a series, none where the plan does not ask about them.
///
/// # Errors
/// If one is missing or damaged.
pub fn cases(
    plan: &Plan,
    store: &RunDirectory,
    series: Series,
) -> Result<Vec<CaseRecord>, StudyError> {
    let mut cases = Vec::new();
    if !plan.series().contains(&series) {
        return Ok(cases);
    }
    let mut chunk = 0;
    while (cases.len() as u32) < plan.test_images {
        let file = chunk_file(series, chunk);
        let Some(record) = store.chunk_record(series, chunk)? else {
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

/// Records of the test images that the networks of a task rate.
///
/// # Errors
/// If one is missing or damaged.
pub fn cases_of(
    plan: &Plan,
    store: &RunDirectory,
    task: TaskName,
) -> Result<Vec<CaseRecord>, StudyError> {
    let mut cases = cases(plan, store, task.series())?;
    cases.truncate(plan.rated_images(task) as usize);
    Ok(cases)
}

/// The answers of a job's network on all test images that it rates.
#[derive(Debug, Clone, PartialEq)]
pub struct JobAnswers {
    /// Number of values of each example, such as one rating per class.
    pub width: usize,
    /// The conditions of [`Plan::rated`].
    pub conditions: Vec<Condition>,
    /// `[condition]`, each `[example, value]`.
    pub values: Vec<Vec<f32>>,
}

impl JobAnswers {
    /// Answers under one of the conditions.
    #[must_use]
    pub fn under(&self, condition: usize) -> Answers<'_> {
        Answers { values: &self.values[condition], width: self.width }
    }
}

/// Reads the answers of a job's network, from training and from later looks.
///
/// # Errors
/// If a record or its answers are missing, damaged or for another number of `examples`.
pub fn answers(
    plan: &Plan,
    store: &RunDirectory,
    job: &Job,
    examples: usize,
) -> Result<JobAnswers, StudyError> {
    let conditions = plan.rated(*job);
    let mut values = vec![Vec::new(); conditions.len()];
    let mut width = 0;
    let added = plan.added_images(job.task, job.replicate);
    let mut file = String::new();
    let mut read = 0;
    for look in std::iter::once(None).chain(added.iter().map(|(look, _)| Some(*look))) {
        file = record_file(job, look);
        let Some(record) = store.job_record(job, look)? else {
            return Err(store.damaged(&file, "it is missing: the run is not finished").into());
        };
        if record.conditions != conditions || (look.is_some() && record.width as usize != width) {
            return Err(store.damaged(&file, "it does not fit the plan").into());
        }
        width = record.width as usize;
        let all = store.ratings(&record)?;
        let of_condition = record.examples as usize * width;
        for (values, more) in values.iter_mut().zip(all.chunks_exact(of_condition.max(1))) {
            values.extend_from_slice(more);
        }
        read += record.examples;
    }
    if read != examples as u64 {
        return Err(store.damaged(&file, "it does not fit the plan").into());
    }
    Ok(JobAnswers { width, conditions, values })
}
