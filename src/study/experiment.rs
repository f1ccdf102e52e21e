//! Joins a plan with the source of its cases, its task and its codecs; knows no thread and no file.

use super::plan::Plan;
use crate::codec::{Codec, CodecName};
use crate::dataset::Source;
use crate::task::Task;

/// Where codecs come from: the library's own, or fakes in tests.
pub type Codecs = dyn Fn(CodecName) -> Box<dyn Codec> + Send + Sync;

/// A plan with the source of its cases, its task and its codecs.
#[derive(Clone, Copy)]
pub struct Experiment<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Where cases come from.
    pub source: &'a dyn Source,
    /// The task of its readers.
    pub task: &'a dyn Task,
    /// Where codecs come from.
    pub codecs: &'a Codecs,
}

impl std::fmt::Debug for Experiment<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Experiment").field("plan", self.plan).finish_non_exhaustive()
    }
}
