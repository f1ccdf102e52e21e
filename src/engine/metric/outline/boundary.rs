//! Boundaries of masks, and the distances between them: average, Hausdorff and surface Dice.

use super::mask::Mask;

/// What the boundary of a mask is made of. The distances of two masks differ by a third between
/// definitions that are all in use (Podobnik and Vrtovec 2024, arXiv:2410.02630), so that a figure
/// says which it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoundaryDefinition {
    /// MONAI's: the pixels inside that have one of their four neighbours outside, each counting
    /// alike. The average is over the pixels of both boundaries together, and percentiles are
    /// interpolated between neighbours in order.
    EdgePixels,
    /// surface-distance's (DeepMind): the corners between pixels at which any of the four pixels
    /// differ, each counting by the length of the outline through it. The average is the mean of
    /// both directions' averages, and a percentile is the first distance whose length, summed from the
    /// smallest on, reaches the share.
    ContourLengths,
}

/// The boundary of a mask.
#[derive(Debug, Clone, PartialEq)]
pub struct Boundary {
    definition: BoundaryDefinition,
    /// Row and column of each element in the window.
    points: Vec<[i32; 2]>,
    /// What each element counts, in pixels.
    lengths: Vec<f64>,
}

/// Outline through a corner whose four pixels are these, from top left to bottom right with the
/// first the highest bit, in pixels.
fn contour_length(code: usize) -> f64 {
    let half_diagonal = 0.5 * 2.0_f64.sqrt();
    match code.count_ones() {
        // Two diagonal pixels.
        2 if code == 0b0110 || code == 0b1001 => 2.0 * half_diagonal,
        2 => 1.0,
        _ => half_diagonal,
    }
}

impl Boundary {
    /// The boundary of a mask; empty where the mask is.
    #[must_use]
    pub fn of(mask: &Mask, definition: BoundaryDefinition) -> Self {
        let mut found = Self { definition, points: Vec::new(), lengths: Vec::new() };
        match definition {
            BoundaryDefinition::EdgePixels => found.add_edge_pixels(mask),
            BoundaryDefinition::ContourLengths => found.add_corners(mask),
        }
        found
    }

    fn add_edge_pixels(&mut self, mask: &Mask) {
        for (place, _) in mask.inside.iter().enumerate().filter(|&(_, &inside)| inside) {
            let [row, column] = [place / mask.columns, place % mask.columns].map(|it| it as isize);
            let neighbours =
                [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)];
            if !neighbours.into_iter().all(|(row, column)| mask.at(row, column)) {
                self.points.push([row as i32, column as i32]);
                self.lengths.push(1.0);
            }
        }
    }

    fn add_corners(&mut self, mask: &Mask) {
        for row in 0..=mask.rows as isize {
            for column in 0..=mask.columns as isize {
                let pixels =
                    [(row - 1, column - 1), (row - 1, column), (row, column - 1), (row, column)];
                let code = pixels
                    .into_iter()
                    .fold(0, |code, (row, column)| code << 1 | usize::from(mask.at(row, column)));
                if code != 0 && code != 0b1111 {
                    self.points.push([row as i32, column as i32]);
                    self.lengths.push(contour_length(code));
                }
            }
        }
    }

    /// Distances between two boundaries in one window, whose pixels are `spacing_mm` apart; `None`
    /// where one of them is empty. Takes time as the product of their lengths.
    ///
    /// # Panics
    /// If their definitions differ.
    #[must_use]
    pub fn distances(&self, other: &Self, spacing_mm: f64) -> Option<BoundaryDistances> {
        assert_eq!(self.definition, other.definition, "boundaries of one definition are compared");
        if self.points.is_empty() || other.points.is_empty() {
            return None;
        }
        let directed = [self.to(other, spacing_mm), other.to(self, spacing_mm)];
        Some(BoundaryDistances { definition: self.definition, directed })
    }

    /// Distance in mm of each element to the nearest of another boundary, with what it counts, from
    /// the smallest on.
    fn to(&self, other: &Self, spacing_mm: f64) -> Vec<[f64; 2]> {
        let nearest = |&[row, column]: &[i32; 2]| {
            let squared = |&[other_row, other_column]: &[i32; 2]| {
                let [rows, columns] = [row - other_row, column - other_column];
                rows * rows + columns * columns
            };
            other.points.iter().map(squared).fold(i32::MAX, i32::min)
        };
        let distances = self.points.iter().map(nearest);
        let mut found: Vec<(i32, f64)> = distances.zip(self.lengths.iter().copied()).collect();
        found.sort_by_key(|&(squared, _)| squared);
        found.iter().map(|&(it, length)| [f64::from(it).sqrt() * spacing_mm, length]).collect()
    }
}

/// Distances of two boundaries, of each element of one to the nearest of the other.
#[derive(Debug, Clone, PartialEq)]
pub struct BoundaryDistances {
    definition: BoundaryDefinition,
    /// Of both directions: distance in mm and what it counts, from the smallest distance on.
    directed: [Vec<[f64; 2]>; 2],
}

impl BoundaryDistances {
    /// Average symmetric surface distance in mm.
    #[must_use]
    pub fn average_mm(&self) -> f64 {
        let sums = self.directed.each_ref().map(|distances| {
            let sum = distances.iter().map(|[distance, length]| distance * length).sum::<f64>();
            [sum, distances.iter().map(|[_, length]| length).sum()]
        });
        let [[forth, forth_length], [back, back_length]] = sums;
        match self.definition {
            BoundaryDefinition::EdgePixels => (forth + back) / (forth_length + back_length),
            BoundaryDefinition::ContourLengths => (forth / forth_length + back / back_length) / 2.0,
        }
    }

    /// The larger of both directions' percentiles in mm: the Hausdorff distance for a share of 1,
    /// and what is called HD95 for 0.95.
    #[must_use]
    pub fn hausdorff_mm(&self, share: f64) -> f64 {
        let [forth, back] = self.directed.each_ref().map(|distances| match self.definition {
            BoundaryDefinition::EdgePixels => interpolated(distances, share),
            BoundaryDefinition::ContourLengths => reached(distances, share),
        });
        forth.max(back)
    }

    /// Surface Dice, 0 to 1: the share of both boundaries that lies within `tolerance_mm` of the
    /// other (Nikolov et al. 2021, J Med Internet Res 23:e26151).
    #[must_use]
    pub fn dice(&self, tolerance_mm: f64) -> f64 {
        let all = self.directed.iter().flatten();
        let length = |keep: fn(f64, f64) -> bool| {
            let kept = all.clone().filter(|[distance, _]| keep(*distance, tolerance_mm));
            kept.map(|[_, length]| length).sum::<f64>()
        };
        length(|distance, tolerance| distance <= tolerance) / length(|_, _| true)
    }
}

/// A percentile between neighbours in order, as numpy's and PyTorch's `quantile`.
fn interpolated(distances: &[[f64; 2]], share: f64) -> f64 {
    let place = share * (distances.len() - 1) as f64;
    let (low, rest) = (place.floor(), place - place.floor());
    let [low, high] = [low as usize, place.ceil() as usize].map(|place| distances[place][0]);
    low + rest * (high - low)
}

/// The first distance up to which lengths reach a share of all.
fn reached(distances: &[[f64; 2]], share: f64) -> f64 {
    let all: f64 = distances.iter().map(|[_, length]| length).sum();
    let mut sum = 0.0;
    let found = distances.iter().find(|[_, length]| {
        sum += length;
        sum / all >= share
    });
    found.or(distances.last()).map_or(0.0, |[distance, _]| *distance)
}
