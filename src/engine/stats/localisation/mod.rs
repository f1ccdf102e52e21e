//! Figures of merit of readers that search: what their marks came to on each image in, numbers
//! out; knows no position and no pixel.

mod afroc;
mod froc;
mod lroc;
mod marked;
mod precision;
#[cfg(test)]
mod tests;

pub use afroc::{
    FalseMarks, OperatingPoint, TargetWeights, WeightedAfroc, afroc_area, afroc_curve,
    highest_rating_area,
};
pub use froc::{CPM_RATES, FrocCurve};
pub use lroc::Lroc;
pub use marked::MarkedImage;
pub use precision::{BoundingBox, BoxedImage, average_precision};
