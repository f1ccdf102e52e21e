//! Measures the time of the parts of a study's work where they are done; knows no order of work.

use std::time::{Duration, Instant};

use super::progress::{Part, Progress, Unit};

/// Tells a listener how long parts take; or nobody.
#[derive(Clone, Copy)]
pub struct Clock<'a>(Option<&'a dyn Progress>);

impl std::fmt::Debug for Clock<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Clock").field(&self.0.is_some()).finish()
    }
}

impl<'a> Clock<'a> {
    /// Nobody listens.
    #[must_use]
    pub fn silent() -> Self {
        Self(None)
    }

    /// `progress` listens.
    #[must_use]
    pub fn heard_by(progress: &'a dyn Progress) -> Self {
        Self(Some(progress))
    }

    /// Does `work` and tells how long it took.
    pub(super) fn time<R>(self, part: Part, work: impl FnOnce() -> R) -> R {
        let Some(progress) = self.0 else { return work() };
        let began = Instant::now();
        let result = work();
        progress.spent(part, began.elapsed());
        result
    }

    /// Does the work of `count` units and, where it succeeds, tells how long all of it took.
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

    /// Tells of time that was measured elsewhere.
    pub(super) fn note(self, part: Part, time: Duration) {
        if let Some(progress) = self.0 {
            progress.spent(part, time);
        }
    }
}
