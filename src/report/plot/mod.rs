//! The plots of a study, as SVG and as pixels; computes no statistic.
#![expect(clippy::disallowed_methods, reason = "makes no pixels of a phantom")]

mod accuracy;
mod axis;
mod contour;
mod detail;
mod drawing;
mod efficiency;
mod frame;
mod linear;
mod localisation;
mod marks;
mod outlining;
mod overlay;
mod psychometric;
mod quality;
mod raster;
mod training;

use crate::record::Results;

pub use accuracy::accuracy_svg;
pub(super) use accuracy::scores;
pub(super) use contour::contours;
pub(super) use detail::details;
pub(super) use drawing::{Drawing, PALETTE, STYLE};
pub(super) use efficiency::efficiencies;
pub(super) use linear::linears;
pub(super) use localisation::localisations;
pub(super) use outlining::outlinings;
pub(super) use overlay::overlays;
pub(super) use psychometric::psychometric;
pub(super) use quality::{qualities, shown_regime};
pub use raster::PlotError;
pub(super) use raster::png;
pub(super) use training::{heat_maps, shifts};

/// Every plot of a study, in the order of the page.
pub(super) fn all(results: &Results, classes: usize) -> Vec<Drawing> {
    let tasks = results.by_task();
    let of_tasks = |draw: fn(&Results) -> Vec<Drawing>| tasks.iter().flat_map(draw);
    let mut drawings: Vec<Drawing> = of_tasks(scores).collect();
    drawings.extend(of_tasks(psychometric));
    drawings.extend(of_tasks(efficiencies));
    drawings.extend(of_tasks(shifts));
    drawings.extend(of_tasks(heat_maps));
    drawings.extend(details(results));
    drawings.extend(contours(results, classes));
    drawings.extend(linears(results));
    drawings.extend(localisations(results));
    drawings.extend(outlinings(results));
    drawings.extend(of_tasks(qualities));
    drawings
}
