//! Average precision of boxes, as COCO defines it.

use std::cmp::Ordering;

use crate::stats::StatsError;

/// Most marks of an image that count, those with the highest ratings.
const MOST_MARKS: usize = 100;
/// Steps of recall at which precision is averaged, 0 and 1 included.
const RECALLS: usize = 101;

/// A box: its least row and column, and how many rows and columns it has, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoundingBox {
    /// Least row.
    pub row: f64,
    /// Least column.
    pub column: f64,
    /// Rows.
    pub rows: f64,
    /// Columns.
    pub columns: f64,
}

impl BoundingBox {
    /// Intersection over union; 0 for boxes that do not touch.
    ///
    /// ```
    /// use phantom_limit_engine::stats::BoundingBox;
    /// let square = BoundingBox { row: 0.0, column: 0.0, rows: 2.0, columns: 2.0 };
    /// assert_eq!(square.overlap(BoundingBox { column: 1.0, ..square }), 2.0 / 6.0);
    /// ```
    #[must_use]
    pub fn overlap(self, other: Self) -> f64 {
        let common = |a: f64, length_a: f64, b: f64, length_b: f64| {
            ((a + length_a).min(b + length_b) - a.max(b)).max(0.0)
        };
        let both = common(self.row, self.rows, other.row, other.rows)
            * common(self.column, self.columns, other.column, other.columns);
        let either = self.rows * self.columns + other.rows * other.columns - both;
        if both > 0.0 { both / either } else { 0.0 }
    }
}

/// Boxes of the targets of an image, and rated boxes of the marks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BoxedImage {
    /// One for each target.
    pub targets: Vec<BoundingBox>,
    /// One for each mark, with its rating.
    pub marks: Vec<(BoundingBox, f64)>,
}

impl BoxedImage {
    /// Ratings, highest first, and whether each mark has a target: the one with the largest overlap
    /// that no higher mark has, the last of equals.
    fn matched(&self, least_overlap: f64) -> Vec<(f64, bool)> {
        let mut order: Vec<&(BoundingBox, f64)> = self.marks.iter().collect();
        order.sort_by(|a, b| downwards(a.1, b.1));
        let mut taken = vec![false; self.targets.len()];
        let mut matched = Vec::with_capacity(order.len().min(MOST_MARKS));
        for &&(mark, rating) in order.iter().take(MOST_MARKS) {
            let mut best: Option<(f64, usize)> = None;
            for (number, target) in self.targets.iter().enumerate().filter(|it| !taken[it.0]) {
                let overlap = mark.overlap(*target);
                if overlap >= best.map_or(least_overlap, |it| it.0) {
                    best = Some((overlap, number));
                }
            }
            if let Some((_, number)) = best {
                taken[number] = true;
            }
            matched.push((rating, best.is_some()));
        }
        matched
    }
}

/// The higher first, −0 and 0 being equal.
fn downwards(a: f64, b: f64) -> Ordering {
    (b + 0.0).total_cmp(&(a + 0.0))
}

/// Average precision at a least overlap (intersection over union), as COCO has it (Lin et al.
/// 2014): the mean over recalls 0, 0.01 … 1 of the highest precision at this recall or a higher one.
/// At most 100 marks of an image count.
///
/// # Errors
/// Without a target, or with a rating that is no finite number.
pub fn average_precision(images: &[BoxedImage], least_overlap: f64) -> Result<f64, StatsError> {
    let targets: usize = images.iter().map(|image| image.targets.len()).sum();
    if targets == 0 {
        return Err(StatsError::Lengths { first: 0, second: images.len() });
    }
    for (position, image) in images.iter().enumerate() {
        if let Some((_, value)) = image.marks.iter().find(|mark| !mark.1.is_finite()) {
            return Err(StatsError::Value { value: *value, position });
        }
    }
    let mut marks: Vec<(f64, bool)> =
        images.iter().flat_map(|image| image.matched(least_overlap)).collect();
    marks.sort_by(|a, b| downwards(a.0, b.0));
    let mut found = 0_usize;
    let mut recalls = Vec::with_capacity(marks.len());
    let mut precisions = Vec::with_capacity(marks.len());
    for (before, &(_, is_hit)) in marks.iter().enumerate() {
        found += usize::from(is_hit);
        recalls.push(found as f64 / targets as f64);
        precisions.push(found as f64 / (before + 1) as f64);
    }
    for place in (1..precisions.len()).rev() {
        precisions[place - 1] = precisions[place - 1].max(precisions[place]);
    }
    let at = |step: usize| {
        let recall = step as f64 / (RECALLS - 1) as f64;
        precisions.get(recalls.partition_point(|&it| it < recall)).copied().unwrap_or(0.0)
    };
    Ok((0..RECALLS).map(at).sum::<f64>() / RECALLS as f64)
}
