//! Measures the time that the parts of a study's work take; knows no order of work.

use std::time::{Duration, Instant};

use super::progress::{Part, Progress, Unit};

/// Measures how long parts take, and reports it where there is someone to report to.
#[derive(Clone, Copy)]
pub struct Clock<'a>(Option<&'a dyn Progress>);

impl std::fmt::Debug for Clock<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Clock").field(&self.0.is_some()).finish()
    }
}

impl<'a> Clock<'a> {
    /// A clock that reports to nobody.
    #[must_use]
    pub fn silent() -> Self {
        Self(None)
    }

    /// A clock that reports to `progress`.
    #[must_use]
    pub fn reporting_to(progress: &'a dyn Progress) -> Self {
        Self(Some(progress))
    }

    /// Does `work` and reports how long it took.
    pub(super) fn time<R>(self, part: Part, work: impl FnOnce() -> R) -> R {
        let Some(progress) = self.0 else { return work() };
        let began = Instant::now();
        let result = work();
        progress.spent(part, began.elapsed());
        result
    }

    /// Does the work of `count` units and, where it succeeds, reports how long all of it took.
    pub(super) fn units<R, E>(
        self,
        unit: Unit,
        count: u64,
        work: impl FnOnce() -> Result<R, E>,
    ) -> Result<R, E> {
        let began = Instant::now();
        let result = work()?;
        if let Some(progress) = self.0 {
            progress.finished(unit, count, began.elapsed());
        }
        Ok(result)
    }

    /// Reports time that was measured elsewhere.
    pub(super) fn note(self, part: Part, time: Duration) {
        if let Some(progress) = self.0 {
            progress.spent(part, time);
        }
    }
}
