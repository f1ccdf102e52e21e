//! Restores the networks of a run, and says what they are asked about an image; answers nothing.

use std::collections::BTreeMap;

use super::ExploreError;
use super::subject::Drawn;
use crate::campaign::CampaignError;
use crate::image::Image;
use crate::observer::Reader;
use crate::record::{InputPath, Regime};
use crate::store::RunDirectory;
use crate::study::{self, Plan};
use crate::task::TaskName;

/// Networks of a run by the path and regime that they were trained for.
pub(super) type Groups<T> = BTreeMap<(InputPath, Regime), Vec<T>>;

/// The networks of a task that are for every level; none where the run has no such task.
///
/// # Errors
/// If a record or network is missing or damaged, or no network of this program.
pub(super) fn restored(
    plan: &Plan,
    store: &RunDirectory,
    task: TaskName,
) -> Result<Groups<Box<dyn Reader>>, ExploreError> {
    let mut groups = Groups::new();
    let regimes = [Regime::Original, Regime::Mixed];
    let asked = plan.tasks.contains(&task);
    for regime in regimes.into_iter().filter(|it| asked && plan.regimes.contains(it)) {
        for &path in &plan.paths {
            let found = study::readers(plan, store, task, path, regime);
            let readers = found.map_err(CampaignError::from)?.ok_or_else(|| {
                store.damaged(
                    "networks",
                    format!("those that {} are none of this program", task.name()),
                )
            })?;
            groups.insert((path, regime), readers);
        }
    }
    Ok(groups)
}

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
