//! Figures of merit of readers that search: what their marks came to on each image in, numbers
//! out; knows no position and no pixel.

mod afroc;
mod curve;
mod lroc;
mod marked;
mod precision;
#[cfg(test)]
mod tests;

pub use afroc::{
    FalseMarks, TargetWeights, WeightedAfroc, afroc_area, afroc_curve, highest_rating_area,
};
pub use curve::{CPM_RATES, OperatingCurve};
pub use lroc::Lroc;
pub use marked::MarkedImage;
pub use precision::{BoundingBox, BoxedImage, average_precision};
