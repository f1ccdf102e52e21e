//! What the networks of a run are asked about an image; answers nothing.

use std::collections::BTreeMap;

use super::ExploreError;
use super::subject::Drawn;
use crate::image::Image;
use crate::record::{InputPath, Regime};

/// Networks of a run by the path and regime that they were trained for.
pub(super) type Groups<T> = BTreeMap<(InputPath, Regime), Vec<T>>;

/// What networks are asked: those of a path and regime, about an image whose truth is known.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) path: InputPath,
    pub(super) regime: Regime,
    pub(super) image: &'a Image,
    pub(super) drawn: &'a Drawn,
}

impl Asked<'_> {
    /// The networks that answer: those of `groups` that belong to the phantom of this image.
    pub(super) fn among<'a, T>(
        &self,
        groups: &'a Groups<T>,
        is_theirs: bool,
    ) -> Result<&'a [T], ExploreError> {
        let found = groups.get(&(self.path, self.regime)).filter(|_| is_theirs);
        found.map(Vec::as_slice).ok_or_else(|| {
            ExploreError::Missing(format!(
                "network in the run for {} images of {} trained on {}",
                self.path.name(),
                self.drawn.phantom.id,
                self.regime.name()
            ))
        })
    }
}
