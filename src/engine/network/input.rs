//! What a network is given: regions checked against an architecture, and values made inputs; knows
//! no layer.

use serde::{Deserialize, Serialize};

use super::architecture::{Architecture, Shape};
use super::error::NetworkError;
use super::symmetry;
use crate::dataset::{IGNORED, RegionSet};
use crate::image::{BLOCK, Domain, ZERO};

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
    /// Of windows of whole blocks, rows and columns before the region in each.
    pub(super) phases: &'a [[u8; 2]],
}

impl<'a> From<&'a RegionSet> for Examples<'a> {
    fn from(set: &'a RegionSet) -> Self {
        let RegionSet { side, values, labels, windows } = set;
        let phases = windows.as_ref().map_or(&[][..], |windows| &windows.phases);
        Self { side: *side, values, labels, of_pixels: set.labels_pixels(), phases }
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

/// How values become inputs: (v − mean) / deviation, both over the training set: of stored values, or
/// of the coefficients of each frequency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normalisation {
    /// Mean stored value; or mean coefficient of each frequency, vertical · 8 + horizontal: that of
    /// DC, and 0.
    #[serde(with = "one_or_each")]
    pub mean: Vec<f64>,
    /// Standard deviation of stored values, 1 if they are all the same; or of the coefficients of each
    /// frequency, of both directions alike.
    #[serde(with = "one_or_each")]
    pub deviation: Vec<f64>,
}

/// One number, or a list.
mod one_or_each {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Form {
        One(f64),
        Each(Vec<f64>),
    }

    pub(super) fn serialize<S: Serializer>(values: &[f64], to: S) -> Result<S::Ok, S::Error> {
        match values {
            &[one] => Form::One(one).serialize(to),
            each => Form::Each(each.to_vec()).serialize(to),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<f64>, D::Error> {
        Ok(match Form::deserialize(from)? {
            Form::One(one) => vec![one],
            Form::Each(each) => each,
        })
    }
}

impl Normalisation {
    /// Of a set, for networks of a domain.
    pub(super) fn of(regions: Examples<'_>, domain: Domain) -> Self {
        match domain {
            Domain::Pixels => Self::of_pixels(regions),
            Domain::Dct => Self::of_coefficients(regions),
        }
    }

    fn of_pixels(regions: Examples<'_>) -> Self {
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
        Self { mean: vec![mean], deviation: vec![deviation] }
    }

    /// Under all symmetries alike: the sign of odd frequencies changes, so that their mean is 0, and
    /// both directions are exchanged. Those of even frequencies are 0 but for what an image's
    /// border adds.
    fn of_coefficients(regions: Examples<'_>) -> Self {
        let values = BLOCK * BLOCK;
        // Whole numbers: exact in any order.
        let (mut sum, mut squares) = (0_i64, vec![0_i128; values]);
        for (row, line) in regions.values.chunks_exact(regions.side.max(1)).enumerate() {
            let row = row % BLOCK;
            for (column, &value) in line.iter().enumerate() {
                let (at, value) =
                    (row * BLOCK + column % BLOCK, i64::from(value) - i64::from(ZERO));
                sum += if at == 0 { value } else { 0 };
                squares[at] += i128::from(value * value);
            }
        }
        let count = (regions.values.len() / values).max(1) as f64;
        let mut mean = vec![0.0; values];
        mean[0] = sum as f64 / count;
        let square = |at: usize| squares[at] as f64 / count;
        let deviation = |at: usize| {
            let turned = at % BLOCK * BLOCK + at / BLOCK;
            let variance = f64::midpoint(square(at), square(turned)) - mean[at] * mean[at];
            if variance > 1e-9 { variance.sqrt() } else { 1.0 }
        };
        let deviation = (0..values).map(deviation).collect();
        Self { mean, deviation }
    }

    /// Of stored values, the mean and the factor of the difference from it.
    pub(super) fn factors(&self) -> [f32; 2] {
        [self.mean[0] as f32, (1.0 / self.deviation[0]) as f32]
    }

    /// What a network is given of regions `items`, each under the symmetry of a number: images
    /// `[n, side, side]`; or in the DCT domain blocks `[n, rows, columns, 64]`, and after all of them
    /// the phases `[n, 2]`.
    pub(super) fn batch(&self, regions: Examples<'_>, items: &[(usize, usize)]) -> Vec<f32> {
        let size = regions.pixels();
        let of_pixels = self.mean.len() == 1;
        let phases = if of_pixels { 0 } else { 2 * items.len() };
        let mut batch = vec![0.0; items.len() * size + phases];
        let (images, phases) = batch.split_at_mut(items.len() * size);
        let side = regions.side;
        let parts = items.iter().zip(images.chunks_exact_mut(size));
        if of_pixels {
            let [mean, factor] = self.factors();
            for (&(region, number), image) in parts {
                symmetry::normalised(regions.region(region), side, number, mean, factor, image);
            }
            return batch;
        }
        let mean: Vec<f32> = self.mean.iter().map(|&mean| mean as f32).collect();
        let factor: Vec<f32> = self.deviation.iter().map(|&it| (1.0 / it) as f32).collect();
        for ((&(region, number), image), phase) in parts.zip(phases.chunks_exact_mut(2)) {
            symmetry::of_blocks(regions.region(region), side, number, [&mean, &factor], image);
            let turned = symmetry::phase(regions.phases[region], number);
            phase.copy_from_slice(&turned.map(f32::from));
        }
        batch
    }
}

/// Whether a set has regions of the architecture's side, and as many labels as it needs.
pub(super) fn check_size(
    architecture: &Architecture,
    regions: Examples<'_>,
) -> Result<(), NetworkError> {
    let (side, expected) = (regions.side, architecture.input_side());
    if side != expected {
        return Err(NetworkError::Side { expected, found: side });
    }
    let windows = if architecture.domain.is_pixels() { 0 } else { regions.len() };
    if regions.phases.len() < windows {
        return Err(NetworkError::Phases);
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
