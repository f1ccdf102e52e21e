//! The labelled images of a user that a run has opened; reads none.

use std::sync::Arc;

use crate::collection::{CollectionSource, Survey};

/// A user's images with what was found by reading each once.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) source: Arc<CollectionSource>,
    pub(super) survey: Survey,
}
