//! Finds in training images what a reader takes for a target and is none, for it to learn from: one
//! round of hard examples. Trains nothing.

use super::restored::{on_path, restore};
use super::{Clock, Experiment, StudyError};
use crate::dataset::{ImagePart, RegionSet, Split};
use crate::observer::{ObserverError, Reader};
use crate::record::Job;
use crate::task::WholeImage;

/// One training image in so many is searched for hard examples.
pub const HARD_ONE_IN: u64 = 4;

/// Hard examples from the training images of a job, numbered from `first` on, as the job's network
/// sees them: originals, or those of its level.
///
/// # Errors
/// If an image cannot be drawn or compressed, or the reader fails; the latter as `failed` says.
pub(super) fn hard_examples(
    experiment: &Experiment<'_>,
    job: Job,
    (whole, reader): (&dyn WholeImage, &dyn Reader),
    images: std::ops::Range<u64>,
    stopped: &dyn Fn() -> bool,
    failed: &dyn Fn(ObserverError) -> StudyError,
) -> Result<RegionSet, StudyError> {
    let mut found = RegionSet::new(reader.takes().side);
    for index in images.step_by(HARD_ONE_IN as usize) {
        let at = (Split::Train, index);
        let case = experiment.source.labelled(at.0, at.1)?;
        let Some(outlines) = experiment.outlines(at.0, at.1)? else { break };
        let labels = experiment.labels(&case.regions, Some(&outlines), at);
        let mut image = on_path(&case.image, job.path, experiment.source.form());
        if let Some(level) = job.trained_at {
            let silent = Clock::silent();
            let restored = restore(&image, job.path, &[level], experiment, at, silent)?;
            image = restored.into_iter().next().map_or(image, |one| one.image);
        }
        let part = whole.part(&outlines, [image.rows(), image.columns()]);
        let part = ImagePart::of(&image, part);
        let map = reader.map(&part, stopped).map_err(failed)?;
        whole.hard_examples(&map, part.corner, &image, &labels, &mut found);
    }
    Ok(found)
}
