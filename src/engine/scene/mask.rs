//! Which pixels belong to a target: the truth of whole images.

use super::kind::RegionKind;
use super::{PlacedRegion, Target, raster};
use crate::phantom::{Formation, Matrix};

/// Least share of a pixel that a target covers where the pixel belongs to it.
const LEAST_SHARE: f64 = 0.5;

impl Target {
    /// Places in row-major order of the pixels that it covers by at least half, ascending.
    #[must_use]
    pub fn pixels(&self, matrix: &Matrix) -> Vec<usize> {
        self.covered(matrix, |share| share >= LEAST_SHARE)
    }

    /// Places in row-major order of the pixels that it touches, ascending.
    #[must_use]
    pub fn touched(&self, matrix: &Matrix) -> Vec<usize> {
        self.covered(matrix, |share| share > 0.0)
    }

    fn covered(&self, matrix: &Matrix, is_covered: impl Fn(f64) -> bool) -> Vec<usize> {
        let cover = raster::cover(&self.outline(), matrix);
        let place = |number: usize| {
            let (row, column) = (number / cover.columns, number % cover.columns);
            (cover.row + row) * matrix.columns + cover.column + column
        };
        let shares = cover.share.iter().enumerate();
        shares.filter(|&(_, &share)| is_covered(share)).map(|(number, _)| place(number)).collect()
    }
}

/// Class index + 1 where a target covers at least half of the pixel, else 0; `[rows, columns]` in
/// row-major order. What datasets hold as masks.
#[must_use]
pub fn mask(regions: &[PlacedRegion], formation: &Formation) -> Vec<u8> {
    let mut mask = vec![0; formation.matrix.rows * formation.matrix.columns];
    for region in regions {
        for place in region.target.iter().flat_map(|it| it.pixels(&formation.matrix)) {
            mask[place] = region.class_index(formation) + 1;
        }
    }
    mask
}

/// Stands for pixels that no question is about in [`outline_labels`].
pub const IGNORED: u8 = u8::MAX;

/// What networks that outline are asked for: as [`mask`] for targets that are for identification, and
/// [`IGNORED`] where a subtle target touches the pixel; nothing is asked about those.
#[must_use]
pub fn outline_labels(regions: &[PlacedRegion], formation: &Formation) -> Vec<u8> {
    let mut labels = vec![0; formation.matrix.rows * formation.matrix.columns];
    for region in regions {
        let Some(target) = &region.target else { continue };
        let (places, label) = match region.kind {
            RegionKind::Identify => (target.pixels(&formation.matrix), region.class + 1),
            RegionKind::Detect => (target.touched(&formation.matrix), IGNORED),
        };
        for place in places {
            labels[place] = label;
        }
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phantom::Shape;

    fn target(x_mm: f64, radius: f64) -> Target {
        Target {
            shape: Shape::Square,
            x_mm,
            y_mm: 0.0,
            equivalent_radius_mm: radius,
            angle_deg: 0.0,
            contrast: 1.0,
            vessel_radius_mm: None,
        }
    }

    #[test]
    fn pixels_belong_to_what_covers_half_of_them() {
        let matrix = Matrix::for_tests(8, 8, 1.0);
        // A square of 2 × 2 mm: area π r².
        let radius = 2.0 / std::f64::consts::PI.sqrt();
        let at = |x| target(x, radius);
        let columns = |places: Vec<usize>| -> Vec<usize> {
            places.into_iter().filter(|place| place / 8 == 3).map(|place| place % 8).collect()
        };
        assert_eq!(columns(at(0.0).pixels(&matrix)), [3, 4]);
        // Moved by 0.4 pixels it covers 0.6 of column 3 and 0.4 of column 5; by 0.6, the reverse.
        assert_eq!(columns(at(0.4).pixels(&matrix)), [3, 4]);
        assert_eq!(columns(at(0.6).pixels(&matrix)), [4, 5]);
        assert_eq!(columns(at(0.6).touched(&matrix)), [3, 4, 5]);
        assert_eq!(at(0.6).pixels(&matrix).len(), 4);
    }
}
