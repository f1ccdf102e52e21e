//! Joins a plan with the source of its cases, its tasks and its codecs; knows no thread and no file.

use std::sync::Arc;

use super::StudyError;
use super::plan::Plan;
use crate::codec::{Codec, CodecName, CodecOptions};
use crate::dataset::{Outlines, Source, SourceError, Split};
use crate::scene::LabelledRegion;
use crate::task::{Labels, Series, Task, TaskName};

/// Where codecs come from: the library's own, or fakes in tests.
pub type Codecs = dyn Fn(CodecName, CodecOptions) -> Box<dyn Codec> + Send + Sync;

/// A plan with the source of its cases, its tasks and its codecs.
#[derive(Clone, Copy)]
pub struct Experiment<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Which of the plan's images: all of its cases and tasks below are of this series.
    pub series: Series,
    /// Where cases come from.
    pub source: &'a dyn Source,
    /// The tasks of its readers, one for each of the plan's, in their order.
    pub tasks: &'a [Arc<dyn Task>],
    /// Where codecs come from.
    pub codecs: &'a Codecs,
}

impl<'a> Experiment<'a> {
    /// The tasks of the series, with their names in the plan.
    pub fn named_tasks(&self) -> impl Iterator<Item = (TaskName, &'a dyn Task)> + use<'a> {
        let (names, series) = (self.plan.tasks.iter().copied(), self.series);
        let all = names.zip(self.tasks.iter().map(AsRef::as_ref));
        all.filter(move |(name, _)| name.series() == series)
    }

    /// The same for a series of the plan, with `source` for the usual one.
    ///
    /// # Errors
    /// If the source has no images of that series.
    pub fn in_series(self, series: Series) -> Result<Self, StudyError> {
        let source = match series {
            Series::Regions => Some(self.source),
            Series::Search => self.source.search(),
        };
        let source = source.ok_or(StudyError::NoSeries)?;
        Ok(Self { series, source, ..self })
    }

    /// A codec of the plan.
    pub(super) fn codec(&self, name: CodecName) -> Box<dyn Codec> {
        (self.codecs)(name, self.plan.codec_options())
    }

    /// Where targets of a case lie, if a task of the series asks about whole images.
    pub(super) fn outlines(
        &self,
        split: Split,
        index: u64,
    ) -> Result<Option<Outlines>, SourceError> {
        let asked = self.named_tasks().any(|(_, task)| task.whole().is_some());
        asked.then(|| self.source.outlines(split, index)).transpose()
    }

    /// What tasks are told of a case.
    pub(super) fn labels<'b>(
        &self,
        regions: &'b [LabelledRegion],
        outlines: Option<&'b Outlines>,
        (split, index): (Split, u64),
    ) -> Labels<'b> {
        Labels { regions, outlines, seed: self.plan.seed, case: split.case(index) }
    }
}

impl std::fmt::Debug for Experiment<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Experiment").field("plan", self.plan).finish_non_exhaustive()
    }
}
