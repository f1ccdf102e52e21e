//! Owns intervals, predictability of classes, variance components, resampling, curves, ROC,
//! figures of search, sequential bounds and planning: slices in, numbers out; knows no codec, network, record or
//! verdict.
//!
//! Tests compare with other programs, whose numbers `scripts/stats_reference.py` writes.

mod bootstrap;
mod clustered;
mod crossed;
mod error;
mod interval;
mod isotonic;
mod localisation;
mod planning;
mod predictability;
mod proportion;
mod psychometric;
mod quantile;
mod rank;
#[cfg(test)]
mod reference;
mod roc;
mod sequential;

pub use bootstrap::{
    BcaTails, Multiplicity, bca_interval, bca_tails, percentile_interval, resamples_needed,
};
pub use clustered::clustered_wilson;
pub use crossed::{CrossedMean, FEWEST_COLUMNS, MeanSquares, degrees_of_freedom, linearised_ratio};
pub use error::StatsError;
pub use interval::Interval;
pub use isotonic::{Crossing, MonotoneCurve, MonotoneMisfit, isotonic_fit, monotone_misfit};
pub use localisation::{
    BoundingBox, BoxedImage, CPM_RATES, FalseMarks, Lroc, MarkedImage, OperatingCurve,
    TargetWeights, WeightedAfroc, afroc_area, afroc_curve, average_precision, highest_rating_area,
};
pub use planning::{Components, NonInferiority};
pub use predictability::{Exchange, Labelled, Predictability, quantile_cells};
pub use proportion::wilson;
pub use psychometric::{LEAST_LEVELS, Psychometric, Sigmoid, Trials};
pub use quantile::{normal_cdf, normal_quantile, t_of_tail, t_quantile};
pub use rank::{argmax, spearman};
pub use roc::{Placements, balanced_threshold, d_a, d_a_rate};
pub use sequential::{Look, MOST_LOOKS, obrien_fleming, obrien_fleming_spending};

use error::check_tail;
