//! What a network is given: regions checked against an architecture, and values made inputs; knows
//! no layer.

use serde::{Deserialize, Serialize};

use super::architecture::{Architecture, Shape};
use super::error::NetworkError;
use super::symmetry;
use crate::dataset::{IGNORED, RegionSet};

/// Regions with their labels: one for each, or one for each of their pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Examples<'a> {
    pub(super) side: usize,
    /// Stored values, `[region, side, side]`.
    pub(super) values: &'a [u16],
    /// `[region]`, or `[region, side, side]`.
    pub(super) labels: &'a [u8],
    /// Whether each pixel has a label.
    pub(super) of_pixels: bool,
}

impl<'a> From<&'a RegionSet> for Examples<'a> {
    fn from(set: &'a RegionSet) -> Self {
        let RegionSet { side, values, labels } = set;
        Self { side: *side, values, labels, of_pixels: set.labels_pixels() }
    }
}

impl<'a> Examples<'a> {
    fn pixels(&self) -> usize {
        self.side * self.side
    }

    /// Labels of a region.
    pub(super) fn each(&self) -> usize {
        if self.of_pixels { self.pixels().max(1) } else { 1 }
    }

    /// Number of regions.
    pub(super) fn len(&self) -> usize {
        self.labels.len() / self.each()
    }

    /// Stored values of region `number`.
    fn region(&self, number: usize) -> &'a [u16] {
        &self.values[number * self.pixels()..(number + 1) * self.pixels()]
    }

    /// Labels of regions `items`, each under a symmetry.
    pub(super) fn labels(&self, items: &[(usize, usize)]) -> Vec<u8> {
        let mut labels = Vec::with_capacity(items.len() * self.each());
        for &(region, number) in items {
            let own = &self.labels[region * self.each()..(region + 1) * self.each()];
            match self.of_pixels {
                true => symmetry::turned(own, self.side, number, &mut labels),
                false => labels.extend_from_slice(own),
            }
        }
        labels
    }

    /// Whether the architecture takes regions of this side and gives what is labelled, there is a
    /// label for each, and all of them are its classes.
    pub(super) fn check(&self, architecture: &Architecture) -> Result<(), NetworkError> {
        check_size(architecture, *self)?;
        check_output(architecture, self.of_pixels)?;
        check_labels(architecture, *self)
    }
}

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
    pub(super) fn of(regions: Examples<'_>) -> Self {
        // Whole numbers: exact in any order.
        let (mut sum, mut squares) = (0_u64, 0_u128);
        for &value in regions.values {
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
    pub(super) fn images(
        self,
        regions: Examples<'_>,
        items: &[(usize, usize)],
        images: &mut [f32],
    ) {
        let [mean, factor] = self.factors();
        let side = regions.side;
        for (&(region, number), image) in items.iter().zip(images.chunks_exact_mut(side * side)) {
            symmetry::normalised(regions.region(region), side, number, mean, factor, image);
        }
    }
}

/// Whether a set has regions of the architecture's side, and as many labels as it needs.
pub(super) fn check_size(
    architecture: &Architecture,
    regions: Examples<'_>,
) -> Result<(), NetworkError> {
    let side = regions.side;
    if side != architecture.side {
        return Err(NetworkError::Side { expected: architecture.side, found: side });
    }
    let (values, labels) = (regions.values.len(), regions.labels.len());
    let labelled = if regions.of_pixels { labels } else { labels * side * side };
    if labelled != values || values % (side * side) != 0 {
        return Err(NetworkError::Values { values, labels, side });
    }
    Ok(())
}

/// Whether an architecture classifies each pixel, or regions as a whole.
pub(super) fn check_output(
    architecture: &Architecture,
    of_pixels: bool,
) -> Result<(), NetworkError> {
    let side = architecture.side;
    match (architecture.shapes()?.last(), of_pixels) {
        (Some(&Shape::Map { rows, columns, .. }), false) => {
            Err(NetworkError::OutputMap { rows, columns })
        }
        (Some(&Shape::Map { rows, columns, .. }), true) if [rows, columns] == [side, side] => {
            Ok(())
        }
        (Some(&shape), true) => Err(NetworkError::OutputPixels { found: shape.to_string(), side }),
        _ => Ok(()),
    }
}

/// Whether all labels are classes of the architecture, or those of pixels that are ignored.
pub(super) fn check_labels(
    architecture: &Architecture,
    regions: Examples<'_>,
) -> Result<(), NetworkError> {
    let classes = architecture.classes;
    let is_wrong =
        |&label: &u8| usize::from(label) >= classes && !(regions.of_pixels && label == IGNORED);
    match regions.labels.iter().position(is_wrong) {
        Some(place) => {
            let (label, region) = (regions.labels[place], place / regions.each());
            Err(NetworkError::Label { label, region, classes })
        }
        None => Ok(()),
    }
}
