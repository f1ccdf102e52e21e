//! What the marks of one reader came to on one image; knows no position.

use crate::stats::StatsError;

/// The marks of one reader on one image, sorted into those that hit a target and those that do not.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MarkedImage {
    /// Of each target the highest rating among the marks that hit it, −∞ where none does.
    pub targets: Vec<f64>,
    /// Ratings of the marks that hit no target.
    pub false_marks: Vec<f64>,
}

impl MarkedImage {
    /// Whether there is no target.
    #[must_use]
    pub fn is_normal(&self) -> bool {
        self.targets.is_empty()
    }

    /// The highest rating of a false mark, −∞ without one.
    #[must_use]
    pub fn highest_false(&self) -> f64 {
        self.false_marks.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }

    /// The highest rating of any mark, −∞ without one.
    #[must_use]
    pub fn highest(&self) -> f64 {
        self.targets.iter().copied().fold(self.highest_false(), f64::max)
    }
}

/// Refuses ratings that are neither a number nor −∞, and designs without the images that a figure
/// counts: `normal` and `abnormal` of each at least.
pub(super) fn check(
    images: &[MarkedImage],
    normal: usize,
    abnormal: usize,
) -> Result<(), StatsError> {
    for (position, image) in images.iter().enumerate() {
        let impossible = |rating: &&f64| rating.is_nan() || **rating == f64::INFINITY;
        if let Some(&value) = image.targets.iter().chain(&image.false_marks).find(impossible) {
            return Err(StatsError::Value { value, position });
        }
    }
    let without = images.iter().filter(|image| image.is_normal()).count();
    let with = images.len() - without;
    if without < normal || with < abnormal {
        return Err(StatsError::Lengths { first: with, second: without });
    }
    Ok(())
}

/// 1 where `lower` is below `higher`, ½ where they are equal, 0 otherwise.
#[cfg(test)]
pub(super) fn in_order(lower: f64, higher: f64) -> f64 {
    if lower < higher {
        1.0
    } else if lower == higher {
        0.5
    } else {
        0.0
    }
}

/// Weighted ratings, sorted, to be compared with others.
pub(super) struct Sorted {
    ratings: Vec<f64>,
    /// Weight of all ratings before each place, and of all.
    before: Vec<f64>,
}

impl Sorted {
    pub(super) fn of(weighted: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut weighted: Vec<(f64, f64)> = weighted.into_iter().collect();
        weighted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut before = Vec::with_capacity(weighted.len() + 1);
        let mut sum = 0.0;
        before.push(sum);
        for (_, weight) in &weighted {
            sum += weight;
            before.push(sum);
        }
        Self { ratings: weighted.into_iter().map(|(rating, _)| rating).collect(), before }
    }

    pub(super) fn total(&self) -> f64 {
        self.before[self.ratings.len()]
    }

    /// Weight below a rating, with half of what equals it.
    pub(super) fn below(&self, rating: f64) -> f64 {
        let less = self.ratings.partition_point(|&other| other < rating);
        let not_more = self.ratings.partition_point(|&other| other <= rating);
        f64::midpoint(self.before[less], self.before[not_more])
    }

    /// Weight above a rating, with half of what equals it.
    pub(super) fn above(&self, rating: f64) -> f64 {
        self.total() - self.below(rating)
    }
}
