//! Joins a plan with the source of its cases, its tasks and its codecs; knows no thread and no file.

use std::sync::Arc;

use super::plan::Plan;
use crate::codec::{Codec, CodecName};
use crate::dataset::Source;
use crate::task::{Task, TaskName};

/// Where codecs come from: the library's own, or fakes in tests.
pub type Codecs = dyn Fn(CodecName) -> Box<dyn Codec> + Send + Sync;

/// A plan with the source of its cases, its tasks and its codecs.
#[derive(Clone, Copy)]
pub struct Experiment<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Where cases come from.
    pub source: &'a dyn Source,
    /// The tasks of its readers, one for each of the plan's, in their order.
    pub tasks: &'a [Arc<dyn Task>],
    /// Where codecs come from.
    pub codecs: &'a Codecs,
}

impl<'a> Experiment<'a> {
    /// The tasks with their names in the plan.
    pub fn named_tasks(&self) -> impl Iterator<Item = (TaskName, &'a dyn Task)> + use<'a> {
        let names = self.plan.tasks.iter().copied();
        names.zip(self.tasks.iter().map(AsRef::as_ref))
    }
}

impl std::fmt::Debug for Experiment<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Experiment").field("plan", self.plan).finish_non_exhaustive()
    }
}
