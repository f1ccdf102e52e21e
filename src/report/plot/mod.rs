//! The plots of a study, as SVG and as pixels; computes no statistic.
#![expect(clippy::disallowed_methods, reason = "makes no pixels of a phantom")]

mod accuracy;
mod axis;
mod contour;
mod detail;
mod drawing;
mod frame;
mod linear;
mod marks;
mod overlay;
mod psychometric;
mod quality;
mod raster;
mod training;

use crate::record::Results;

pub use accuracy::accuracy_svg;
pub(super) use accuracy::{further, scores};
pub(super) use contour::contours;
pub(super) use detail::details;
pub(super) use drawing::{Drawing, PALETTE, STYLE};
pub(super) use linear::linears;
pub(super) use overlay::overlays;
pub(super) use psychometric::psychometric;
pub(super) use quality::{qualities, shown_regime};
pub use raster::PlotError;
pub(super) use raster::png;
pub(super) use training::{heat_maps, shifts};

/// Every plot of a study, in the order of the page.
pub(super) fn all(results: &Results, classes: usize) -> Vec<Drawing> {
    let mut drawings = scores(results, classes);
    drawings.extend(further(results));
    drawings.extend(psychometric(results));
    drawings.extend(shifts(results));
    drawings.extend(heat_maps(results));
    drawings.extend(details(results));
    drawings.extend(contours(results, classes));
    drawings.extend(linears(results));
    drawings.extend(qualities(results));
    drawings
}
