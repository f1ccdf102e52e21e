//! The localisation ROC curve of designs with at most one target in an image.

use super::marked::{MarkedImage, Sorted, check};
use crate::stats::StatsError;

/// Area and end of the localisation ROC curve (Starr et al. 1975; Swensson 1996): of each image
/// only the mark with the highest rating counts, and on an image with a target it must hit it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lroc {
    /// Area under the curve: the probability that the target is hit by the highest mark and this is
    /// rated above the highest of an image without one, ties counted half.
    pub area: f64,
    /// Probability of correct localisation: the share of targets that the highest mark hits, where
    /// the curve ends.
    pub correct: f64,
}

impl Lroc {
    /// From the marks of one reader. Where a false mark is rated as high as the hit, the target is
    /// not found.
    ///
    /// # Errors
    /// Without images of both kinds, with several targets in one image, or with a rating that is no
    /// number.
    pub fn of(images: &[MarkedImage]) -> Result<Self, StatsError> {
        check(images, 1, 1)?;
        if let Some(position) = images.iter().position(|image| image.targets.len() > 1) {
            let value = images[position].targets.len() as f64;
            return Err(StatsError::Value { value, position });
        }
        let (normal, abnormal): (Vec<_>, Vec<_>) = images.iter().partition(|it| it.is_normal());
        let found: Vec<f64> = abnormal
            .iter()
            .filter(|image| image.targets[0] > image.highest_false())
            .map(|image| image.targets[0])
            .collect();
        let highest = Sorted::of(normal.iter().map(|image| (image.highest_false(), 1.0)));
        let below: f64 = found.iter().map(|&rating| highest.below(rating)).sum();
        let area = below / (normal.len() * abnormal.len()) as f64;
        Ok(Self { area, correct: found.len() as f64 / abnormal.len() as f64 })
    }
}
