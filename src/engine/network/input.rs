//! What a network is given: regions checked against an architecture, and values made inputs; knows
//! no layer.

use serde::{Deserialize, Serialize};

use super::architecture::{Architecture, Shape};
use super::error::NetworkError;
use super::symmetry;
use crate::dataset::RegionSet;

/// How stored values become inputs: (v − mean) / deviation, both over the training set.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normalisation {
    /// Mean stored value.
    pub mean: f64,
    /// Standard deviation of stored values; 1 if they are all the same.
    pub deviation: f64,
}

impl Normalisation {
    /// Of the values of a set.
    pub(super) fn of(regions: &RegionSet) -> Self {
        // Whole numbers: exact in any order.
        let (mut sum, mut squares) = (0_u64, 0_u128);
        for &value in &regions.values {
            sum += u64::from(value);
            squares += u128::from(value) * u128::from(value);
        }
        let count = regions.values.len().max(1) as f64;
        let mean = sum as f64 / count;
        let variance = squares as f64 / count - mean * mean;
        let deviation = if variance > 1e-9 { variance.sqrt() } else { 1.0 };
        Self { mean, deviation }
    }

    /// The mean, and the factor of the difference from it.
    pub(super) fn factors(self) -> [f32; 2] {
        [self.mean as f32, (1.0 / self.deviation) as f32]
    }

    /// Regions `items`, each with the number of a symmetry, as images `[n, side, side]`.
    pub(super) fn images(self, regions: &RegionSet, items: &[(usize, usize)], images: &mut [f32]) {
        let [mean, factor] = self.factors();
        let side = regions.side;
        for (&(region, number), image) in items.iter().zip(images.chunks_exact_mut(side * side)) {
            symmetry::normalised(regions.region(region), side, number, mean, factor, image);
        }
    }
}

/// Whether a set has regions of the architecture's side, and as many labels.
pub(super) fn check_size(
    architecture: &Architecture,
    regions: &RegionSet,
) -> Result<(), NetworkError> {
    if regions.side != architecture.side {
        return Err(NetworkError::Side { expected: architecture.side, found: regions.side });
    }
    let (values, labels, side) = (regions.values.len(), regions.len(), regions.side);
    if values != labels * side * side {
        return Err(NetworkError::Values { values, labels, side });
    }
    Ok(())
}

/// Whether an architecture classifies regions as a whole.
pub(super) fn check_output(architecture: &Architecture) -> Result<(), NetworkError> {
    match architecture.shapes()?.last() {
        Some(&Shape::Map { rows, columns, .. }) => Err(NetworkError::OutputMap { rows, columns }),
        _ => Ok(()),
    }
}

/// Whether all labels are classes of the architecture.
pub(super) fn check_labels(
    architecture: &Architecture,
    regions: &RegionSet,
) -> Result<(), NetworkError> {
    let classes = architecture.classes;
    match regions.labels.iter().position(|&label| usize::from(label) >= classes) {
        Some(region) => Err(NetworkError::Label { label: regions.labels[region], region, classes }),
        None => Ok(()),
    }
}
