//! Measures stored values of regions for the leak audit: mean, contrast with the surround, and how
//! much of a target the window clips; knows no class and judges nothing.

use crate::image::Image;
use crate::phantom::Formation;
use crate::record::InputPath;
use crate::scene::{PlacedRegion, Target, raster, zone_pixels};

/// Standard deviation of the rounding to whole stored values (uniform over one step): that of a
/// surround is no smaller, though a window may have made all of it one value.
const ROUNDING: f64 = 0.288_675_134_594_812_9;

/// What was measured of the regions of one image that are for identification, on one path.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionValues {
    /// Path of the uncompressed image.
    pub path: InputPath,
    /// Mean stored value of each region.
    pub means: Vec<f64>,
    /// Contrast of each region's middle with its surround, without unit. The middle is the square
    /// that holds a target of any shape and size around the target's centre, or around the centre
    /// of the region where it holds none; the surround is the rest of the region. Mean of the middle
    /// minus mean of the surround, over the standard deviation of the surround; 0 where the middle
    /// fills the region.
    pub contrasts: Vec<f64>,
}

impl RegionValues {
    /// Measures regions of an image of `path`.
    pub(super) fn of<'a>(
        formation: &Formation,
        path: InputPath,
        image: &Image,
        regions: impl Iterator<Item = &'a PlacedRegion>,
    ) -> Self {
        let (targets, matrix) = (&formation.targets, &formation.matrix);
        let (side, half) = (targets.region_pixels, zone_pixels(targets, matrix));
        let spacing = matrix.pixel_spacing.0;
        let mut found = Self { path, means: Vec::new(), contrasts: Vec::new() };
        let mut values = Vec::with_capacity(side * side);
        for region in regions {
            values.clear();
            image.copy_region(region.row, region.column, side, &mut values);
            let center = region.target.map_or([side as f64 / 2.0; 2], |target| {
                [
                    target.y_mm / spacing + matrix.rows as f64 / 2.0 - region.row as f64,
                    target.x_mm / spacing + matrix.columns as f64 / 2.0 - region.column as f64,
                ]
            });
            let (mut middle, mut surround) = (Moments::default(), Moments::default());
            for (at, &value) in values.iter().enumerate() {
                let near = |place: usize, center: f64| (place as f64 + 0.5 - center).abs() <= half;
                let inside = near(at / side, center[0]) && near(at % side, center[1]);
                let part = if inside { &mut middle } else { &mut surround };
                part.add(value);
            }
            found.means.push(middle.and(surround).mean());
            found.contrasts.push(if middle.count == 0 || surround.count == 0 {
                0.0
            } else {
                (middle.mean() - surround.mean()) / surround.deviation().max(ROUNDING)
            });
        }
        found
    }
}

/// Exact sums of stored values.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    count: u64,
    sum: u64,
    squares: u64,
}

impl Moments {
    fn add(&mut self, value: u16) {
        let value = u64::from(value);
        self.count += 1;
        self.sum += value;
        self.squares += value * value;
    }

    fn and(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            sum: self.sum + other.sum,
            squares: self.squares + other.squares,
        }
    }

    fn mean(self) -> f64 {
        self.sum as f64 / self.count as f64
    }

    /// Standard deviation of the values as they are: no estimate for a larger population.
    fn deviation(self) -> f64 {
        let count = u128::from(self.count);
        let spread = count * u128::from(self.squares) - u128::from(self.sum).pow(2);
        (spread as f64).sqrt() / self.count as f64
    }
}

/// Pixels that a target covers at least by half.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TargetPixels {
    /// All.
    pub all: u32,
    /// Those whose acquired value lies outside the window.
    pub clipped: u32,
}

impl TargetPixels {
    /// Counts the pixels of a target of an acquired image.
    pub(super) fn of(formation: &Formation, image: &Image, target: &Target) -> Self {
        let matrix = &formation.matrix;
        let cover = raster::cover(&target.outline(), matrix);
        let mut found = Self { all: 0, clipped: 0 };
        for (line, shares) in cover.share.chunks_exact(cover.columns.max(1)).enumerate() {
            let start = (cover.row + line) * matrix.columns + cover.column;
            for (&value, &share) in image.samples()[start..].iter().zip(shares) {
                if share >= 0.5 {
                    found.all += 1;
                    let physical = matrix.rescale.physical(value);
                    found.clipped += u32::from(matrix.window.clips(physical));
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::phantom::library;
    use crate::scene::RegionKind;

    const SIDE: usize = 64;

    fn formation() -> Formation {
        let mut formation = library::find("ct-head").unwrap().formation;
        formation.targets.region_pixels = SIDE;
        formation
    }

    /// An image of the phantom's matrix with a value for each row and column.
    fn image(formation: &Formation, value: impl Fn(usize, usize) -> u16) -> Image {
        let matrix = &formation.matrix;
        let (rows, columns) = (matrix.rows, matrix.columns);
        let samples = (0..rows * columns).map(|at| value(at / columns, at % columns)).collect();
        Image::new(rows, columns, matrix.format, samples).unwrap()
    }

    #[test]
    fn moments_are_those_of_the_formula() {
        let mut moments = Moments::default();
        for value in [2, 4, 4, 4, 5, 5, 7, 9] {
            moments.add(value);
        }
        // Mean 40/8; squared differences 9 + 1 + 1 + 1 + 0 + 0 + 4 + 16 = 32, over 8.
        assert_eq!((moments.mean(), moments.deviation()), (5.0, 2.0));
    }

    #[test]
    fn contrast_is_that_of_the_middle_over_the_spread_around_it() {
        let formation = formation();
        let half = zone_pixels(&formation.targets, &formation.matrix).round() as usize;
        let (row, column) = (100, 200);
        let region =
            PlacedRegion { row, column, kind: RegionKind::Identify, class: 0, target: None };
        // 10 in the middle, around it as many 0 as 2: mean 1, standard deviation 1.
        let image = image(&formation, |at_row, at_column| {
            let near = |at: usize, first: usize| {
                (SIDE / 2 - half..SIDE / 2 + half).contains(&(at - first.min(at)))
            };
            if near(at_row, row) && near(at_column, column) {
                10
            } else {
                2 * ((at_row + at_column) % 2) as u16
            }
        });
        let path = InputPath::Native;
        let found = RegionValues::of(&formation, path, &image, std::iter::once(&region));
        let middle = (4 * half * half) as f64 / (SIDE * SIDE) as f64;
        assert_eq!(found.contrasts, [9.0]);
        // Tolerance: rounding of one division.
        assert!((found.means[0] - (1.0 + 9.0 * middle)).abs() < 1e-12, "{:?}", found.means);
    }

    #[test]
    fn a_window_that_ends_within_a_target_clips_half_of_it() {
        let formation = formation();
        let matrix = &formation.matrix;
        // Air left of the centre and the window's middle right of it.
        let middle = (matrix.window.center - matrix.rescale.intercept) / matrix.rescale.slope;
        let image = image(
            &formation,
            |_, column| {
                if column < matrix.columns / 2 { 0 } else { middle as u16 }
            },
        );
        let target = Target {
            shape: crate::phantom::Shape::Square,
            x_mm: 0.0,
            y_mm: 0.0,
            equivalent_radius_mm: 10.0 * matrix.pixel_spacing.0,
            angle_deg: 0.0,
            contrast: 1.0,
            vessel_radius_mm: None,
        };
        let found = TargetPixels::of(&formation, &image, &target);
        // A square of side 10√π = 17.7 pixels around a corner of pixels covers 18 by 18 of them by
        // more than half.
        assert_eq!(found, TargetPixels { all: 18 * 18, clipped: 9 * 18 });
    }
}
