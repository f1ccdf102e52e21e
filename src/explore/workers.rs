//! Runs jobs on threads of their own, within the limits of workers and queue; knows no job.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::studio::Studio;
use super::{ExploreError, Limits};

/// The threads of one socket: those of another do not wait for them.
#[derive(Debug)]
pub(super) struct Workers {
    studio: Arc<Studio>,
    waiting: Semaphore,
    working: Semaphore,
}

impl Workers {
    pub(super) fn new(studio: Arc<Studio>, limits: &Limits) -> Self {
        Self {
            studio,
            waiting: Semaphore::new(limits.workers + limits.waiting),
            working: Semaphore::new(limits.workers),
        }
    }

    pub(super) fn studio(&self) -> &Studio {
        &self.studio
    }

    pub(super) async fn work<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Studio) -> Result<T, ExploreError> + Send + 'static,
    ) -> Result<T, ExploreError> {
        let _waits = self.waiting.try_acquire().map_err(|_| ExploreError::Busy)?;
        let _works = self.working.acquire().await.map_err(|_| ExploreError::Busy)?;
        let studio = Arc::clone(&self.studio);
        tokio::task::spawn_blocking(move || job(&studio))
            .await
            .map_err(|error| ExploreError::Internal(error.to_string()))?
    }
}
