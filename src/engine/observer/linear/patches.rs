//! Cuts patches around targets; knows no observer.

use crate::dataset::RegionSet;
use crate::phantom::{Matrix, Targets};
use crate::scene::PlacedRegion;

/// Square patches with a target in their middle, or without one.
#[derive(Debug, Clone, PartialEq)]
pub struct Patches {
    pub(super) side: usize,
    /// `[patch, side, side]`.
    values: Vec<f64>,
    present: Vec<bool>,
    /// Number of the scene of each patch.
    scenes: Vec<usize>,
    cut: usize,
}

impl Patches {
    /// No patch of `side` pixels yet.
    #[must_use]
    pub fn new(side: usize) -> Self {
        Self { side, values: Vec::new(), present: Vec::new(), scenes: Vec::new(), cut: 0 }
    }

    /// Largest even side, in pixels, of patches that lie within their region around any target of
    /// a phantom. A target, with its blur, lies within such a patch.
    #[must_use]
    pub fn largest_side(targets: &Targets, matrix: &Matrix) -> usize {
        // A fixed phase moves a target by up to half a block, a vessel by less than a pixel.
        let moved = match targets.grid_phase {
            Some(_) => 4.0,
            None => (targets.offset.0 / matrix.pixel_spacing.0).max(1.0),
        };
        2 * (targets.region_pixels as f64 / 2.0 - moved).max(1.0).floor() as usize
    }

    /// Number of patches.
    #[must_use]
    pub fn len(&self) -> usize {
        self.present.len()
    }

    /// True when there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.present.is_empty()
    }

    /// Whether each patch holds a target.
    #[must_use]
    pub fn present(&self) -> &[bool] {
        &self.present
    }

    /// Number of the scene that each patch is cut from, in the order of cutting, from 0.
    #[must_use]
    pub fn scenes(&self) -> &[usize] {
        &self.scenes
    }

    /// Cuts one patch for each region of a scene, `placed`, which are those of `regions` from number
    /// `first` on and may be of a decoded image: around the pixel of the target's centre, or the middle of
    /// the region where absent; patches beyond their region are left out. The patch's own mean is
    /// taken off, for the level of the anatomy is no signal, and dark targets are turned bright;
    /// absent patches are turned one by one, so that the sign is no cue.
    ///
    /// # Panics
    /// If `regions` are fewer.
    pub fn cut(
        &mut self,
        regions: &RegionSet,
        first: usize,
        placed: &[PlacedRegion],
        matrix: &Matrix,
    ) {
        let half = self.side / 2;
        let spacing_mm = matrix.pixel_spacing.0;
        let mut turned = false;
        for (number, region) in (first..).zip(placed) {
            let (row, column, sign) = match region.target {
                Some(target) => (
                    (target.y_mm / spacing_mm + matrix.rows as f64 / 2.0).floor() as usize,
                    (target.x_mm / spacing_mm + matrix.columns as f64 / 2.0).floor() as usize,
                    target.contrast.signum(),
                ),
                None => {
                    turned = !turned;
                    let middle = regions.side / 2;
                    let sign = if turned { -1.0 } else { 1.0 };
                    (region.row + middle, region.column + middle, sign)
                }
            };
            let within = |place: usize, corner: usize| {
                let first = place.checked_sub(corner + half)?;
                (first + self.side <= regions.side).then_some(first)
            };
            let (Some(top), Some(left)) = (within(row, region.row), within(column, region.column))
            else {
                continue;
            };
            let lines = regions.region(number).chunks_exact(regions.side).skip(top);
            let lines = lines.take(self.side).map(|line| &line[left..left + self.side]);
            let stored = lines.flatten().map(|&value| f64::from(value));
            let mean = stored.clone().sum::<f64>() / (self.side * self.side) as f64;
            self.values.extend(stored.map(|value| sign * (value - mean)));
            self.present.push(region.target.is_some());
            self.scenes.push(self.cut);
        }
        self.cut += 1;
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&[f64], bool)> {
        self.values.chunks_exact(self.side * self.side).zip(self.present.iter().copied())
    }
}
