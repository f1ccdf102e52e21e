//! Sensitivity of a reader that searches over its false marks.

use super::marked::{MarkedImage, check};
use crate::stats::StatsError;

/// False marks per image at which sensitivities are averaged (LUNA16, Setio et al. 2017).
pub const CPM_RATES: [f64; 7] = [0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0];

/// Sensitivity over false marks, one point at each rating downwards, after (0, 0).
#[derive(Debug, Clone, PartialEq)]
pub struct OperatingCurve {
    /// How much is wrong, such as false marks per image, and the share of the targets that are marked.
    pub points: Vec<[f64; 2]>,
}

impl OperatingCurve {
    /// The free-response curve of one reader: over false marks per image (Bunch et al. 1978).
    ///
    /// # Errors
    /// Without a target, or with a rating that is no number.
    pub fn free_response(images: &[MarkedImage]) -> Result<Self, StatsError> {
        check(images, 0, 1)?;
        let count: usize = images.iter().map(|image| image.targets.len()).sum();
        let mut marks: Vec<(f64, bool)> = Vec::new();
        for image in images {
            let hits = image.targets.iter().filter(|&&rating| rating > f64::NEG_INFINITY);
            marks.extend(hits.map(|&rating| (rating, true)));
            marks.extend(image.false_marks.iter().map(|&rating| (rating, false)));
        }
        marks.sort_by(|a, b| b.0.total_cmp(&a.0));
        let (mut found, mut wrong) = (0_usize, 0_usize);
        let mut points = vec![[0.0, 0.0]];
        for (place, &(rating, is_hit)) in marks.iter().enumerate() {
            *(if is_hit { &mut found } else { &mut wrong }) += 1;
            if marks.get(place + 1).is_none_or(|next| next.0 < rating) {
                points.push([wrong as f64 / images.len() as f64, found as f64 / count as f64]);
            }
        }
        Ok(Self { points })
    }

    /// Sensitivity where so much is wrong: straight between points, the highest where
    /// several points have this rate, and the last where the curve ends before it.
    #[must_use]
    pub fn sensitivity(&self, rate: f64) -> f64 {
        let next = self.points.partition_point(|point| point[0] <= rate);
        let Some([x, y]) = next.checked_sub(1).map(|before| self.points[before]) else {
            return 0.0;
        };
        match self.points.get(next) {
            None => y,
            Some([next_x, next_y]) => y + (next_y - y) * (rate - x) / (next_x - x),
        }
    }

    /// The competition performance metric: the mean sensitivity of a free-response curve at
    /// [`CPM_RATES`] (Niemeijer et al. 2011).
    #[must_use]
    pub fn cpm(&self) -> f64 {
        CPM_RATES.iter().map(|&rate| self.sensitivity(rate)).sum::<f64>() / CPM_RATES.len() as f64
    }
}
