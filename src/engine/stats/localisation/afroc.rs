//! Areas under the alternative free-response curves, and the pseudovalues of the weighted one.

use super::curve::OperatingCurve;
use super::marked::{MarkedImage, Sorted, check};
use crate::stats::StatsError;

/// The images whose highest false marks a curve counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FalseMarks {
    /// Those without a target: AFROC, weighted AFROC.
    OfNormal,
    /// All: AFROC1, weighted AFROC1, for designs without normal images.
    OfAll,
}

/// How targets are weighed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetWeights {
    /// All targets alike: AFROC.
    Targets,
    /// All images with targets alike, and the targets of one image alike: weighted AFROC.
    Images,
}

impl TargetWeights {
    /// Rating and weight of each target of an image.
    fn of(self, image: &MarkedImage) -> impl Iterator<Item = (f64, f64)> {
        let weight = match self {
            Self::Targets => 1.0,
            Self::Images => 1.0 / image.targets.len().max(1) as f64,
        };
        image.targets.iter().map(move |&rating| (rating, weight))
    }
}

fn highest_false(images: &[MarkedImage], counted: FalseMarks) -> Vec<f64> {
    let counts = |image: &&MarkedImage| counted == FalseMarks::OfAll || image.is_normal();
    images.iter().filter(counts).map(MarkedImage::highest_false).collect()
}

/// The probability that a target is rated above the highest false mark of an image (Chakraborty &
/// Berbaum 2004), ties counted half and what is not marked rated −∞. By the arguments the area
/// under the AFROC, AFROC1, weighted AFROC or weighted AFROC1 curve (Chakraborty 2017, chapter 14).
///
/// # Errors
/// Without a target, without an image whose false marks count, or with a rating that is no number.
pub fn afroc_area(
    images: &[MarkedImage],
    counted: FalseMarks,
    weights: TargetWeights,
) -> Result<f64, StatsError> {
    check(images, usize::from(counted == FalseMarks::OfNormal), 1)?;
    let highest = highest_false(images, counted);
    let targets = Sorted::of(images.iter().flat_map(|image| weights.of(image)));
    let above: f64 = highest.iter().map(|&rating| targets.above(rating)).sum();
    Ok(above / (highest.len() as f64 * targets.total()))
}

/// The area under the ROC curve of the highest rating of each image.
///
/// # Errors
/// Without images of both kinds, or with a rating that is no number.
pub fn highest_rating_area(images: &[MarkedImage]) -> Result<f64, StatsError> {
    check(images, 1, 1)?;
    let (normal, abnormal): (Vec<_>, Vec<_>) = images.iter().partition(|it| it.is_normal());
    let present = Sorted::of(abnormal.iter().map(|image| (image.highest(), 1.0)));
    let above: f64 = normal.iter().map(|image| present.above(image.highest())).sum();
    Ok(above / (normal.len() * abnormal.len()) as f64)
}

/// The area under the weighted AFROC curve, and one number per image whose mean it is.
///
/// With a_i the mean weight of targets above the highest false mark of normal image i, ties counted
/// half, and b_j the weight of the targets of image j times the share of normal images whose
/// highest false mark is below them, a and b both have the area θ as their mean. Without normal
/// image i the area is θ − (a_i − θ)/(K₁ − 1), so the jackknife's pseudovalue is
///
/// K θ − (K − 1) θ₍ᵢ₎ = θ + (K − 1)/(K₁ − 1) · (a_i − θ),
///
/// and likewise with b_j and K₂ for an image with targets (K = K₁ + K₂; Dorfman, Berbaum & Metz
/// 1992 for the pseudovalues): nothing is computed again, and their mean is θ exactly.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightedAfroc {
    /// The area.
    pub area: f64,
    /// The jackknife's pseudovalue of each image.
    pub pseudovalues: Vec<f64>,
}

impl WeightedAfroc {
    /// From the marks of one reader. All images with targets count alike, however many they have.
    ///
    /// # Errors
    /// With fewer than two images of either kind, or a rating that is no number.
    pub fn of(images: &[MarkedImage]) -> Result<Self, StatsError> {
        check(images, 2, 2)?;
        let highest = highest_false(images, FalseMarks::OfNormal);
        let normal = highest.len() as f64;
        let abnormal = images.len() as f64 - normal;
        let weights = TargetWeights::Images;
        let targets = Sorted::of(images.iter().flat_map(|image| weights.of(image)));
        let false_marks = Sorted::of(highest.into_iter().map(|rating| (rating, 1.0)));
        let placement = |image: &MarkedImage| match image.is_normal() {
            true => targets.above(image.highest_false()) / abnormal,
            false => {
                let below = |(rating, weight)| weight * false_marks.below(rating);
                weights.of(image).map(below).sum::<f64>() / normal
            }
        };
        let placements: Vec<f64> = images.iter().map(placement).collect();
        let of_abnormal = images.iter().zip(&placements).filter(|(image, _)| !image.is_normal());
        let area = of_abnormal.map(|(_, placement)| placement).sum::<f64>() / abnormal;
        let left = images.len() as f64 - 1.0;
        let pseudovalue = |(image, placement): (&MarkedImage, f64)| {
            let kind = if image.is_normal() { normal } else { abnormal };
            area + left / (kind - 1.0) * (placement - area)
        };
        let pseudovalues = images.iter().zip(placements).map(pseudovalue).collect();
        Ok(Self { area, pseudovalues })
    }
}

/// The curve whose area [`afroc_area`] is: the weight of the targets that are marked at or above a
/// rating over the share of the counted images with a false mark there. From (0, 0), one point at each
/// rating downwards, and straight to (1, 1), which all that is not marked makes.
///
/// # Errors
/// As [`afroc_area`].
pub fn afroc_curve(
    images: &[MarkedImage],
    counted: FalseMarks,
    weights: TargetWeights,
) -> Result<OperatingCurve, StatsError> {
    check(images, usize::from(counted == FalseMarks::OfNormal), 1)?;
    let highest = highest_false(images, counted);
    let false_share = 1.0 / highest.len() as f64;
    let total: f64 = images.iter().flat_map(|image| weights.of(image)).map(|it| it.1).sum();
    let false_marks = highest.into_iter().map(|rating| (rating, false_share, 0.0));
    let targets = images.iter().flat_map(|image| weights.of(image));
    let targets = targets.map(|(rating, weight)| (rating, 0.0, weight / total));
    let mut steps: Vec<(f64, f64, f64)> = false_marks.chain(targets).collect();
    steps.retain(|step| step.0 > f64::NEG_INFINITY);
    steps.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut false_positive, mut sensitivity) = (0.0, 0.0);
    let mut points = vec![[0.0, 0.0]];
    for (place, &(rating, false_step, step)) in steps.iter().enumerate() {
        false_positive += false_step;
        sensitivity += step;
        if steps.get(place + 1).is_none_or(|next| next.0 < rating) {
            points.push([false_positive, sensitivity]);
        }
    }
    points.push([1.0, 1.0]);
    Ok(OperatingCurve { points })
}
