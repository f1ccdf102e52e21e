//! Figures of one segmented image: of each target, and what else was outlined.

use super::boundary::{Boundary, BoundaryDefinition};
use super::components::components;
use super::contour::{Contour, ContourDistances, crossings};
use super::lesions::candidates;
use super::mask::Mask;
use crate::dataset::{OutlinedTarget, Outlines};
use crate::scene::RegionKind;

/// What a network says of every pixel of an image.
///
/// A pixel is outlined where all shapes together are at least as likely as background; its class is
/// then the likeliest shape.
#[derive(Debug, Clone)]
pub struct Segmentation<'a> {
    columns: usize,
    classes: usize,
    /// `[rows, columns, classes]`, background first.
    logits: &'a [f32],
    outlined: Mask,
}

impl<'a> Segmentation<'a> {
    /// Of logits `[rows, columns, classes]`, background first.
    ///
    /// # Panics
    /// If their number is another.
    #[must_use]
    pub fn of(logits: &'a [f32], [rows, columns]: [usize; 2], classes: usize) -> Self {
        assert_eq!(logits.len(), rows * columns * classes, "a logit of each pixel and class");
        let is_outlined = |row: usize, column: usize| {
            let pixel = &logits[(row * columns + column) * classes..][..classes];
            let likeliest = pixel[1..].iter().copied().fold(f32::NEG_INFINITY, f32::max);
            // Together, shapes are at least as likely as the likeliest of them, and at most so many
            // times.
            likeliest >= pixel[0]
                || (likeliest + libm::logf(classes as f32) >= pixel[0] && share(pixel) >= 0.5)
        };
        let outlined = Mask::new(rows, columns, is_outlined);
        Self { columns, classes, logits, outlined }
    }

    /// Which pixels are outlined.
    #[must_use]
    pub fn outlined(&self) -> &Mask {
        &self.outlined
    }

    fn pixel(&self, row: usize, column: usize) -> &[f32] {
        &self.logits[(row * self.columns + column) * self.classes..][..self.classes]
    }

    /// Index of the likeliest shape of a pixel, the first of equals.
    #[must_use]
    pub fn shape(&self, row: usize, column: usize) -> u8 {
        crate::stats::argmax(&self.pixel(row, column)[1..]) as u8
    }
}

/// Probability of all shapes together.
fn share(pixel: &[f32]) -> f64 {
    let [background, shapes @ ..] = pixel else { return 0.0 };
    let odds = |&shape: &f32| libm::exp(f64::from(shape) - f64::from(*background));
    let odds: f64 = shapes.iter().map(odds).sum();
    // Infinite odds are certainty.
    1.0 - 1.0 / (1.0 + odds)
}

/// How well one target is outlined within its region. Where nothing is outlined there, overlaps are 0
/// and distances the diagonal of the image. Distances to the exact outline are no number where it is
/// not known, and none is where the distance of pixels is not. Pixels of other targets in the region,
/// and those that are ignored, count as not outlined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OutlineFigures {
    /// Dice coefficient, whatever the shape is said to be.
    pub dice: f64,
    /// Dice coefficient of the pixels that are said to be of the target's shape.
    pub dice_of_shape: f64,
    /// Intersection over union of the target with its candidate in the whole image
    /// ([`candidates`](super::candidates())).
    pub overlap: f64,
    /// Outlined pixels in the region over those of the target.
    pub area: f64,
    /// Average symmetric surface distance in mm, by [`BoundaryDefinition::EdgePixels`].
    pub average_mm: f64,
    /// 95 % Hausdorff distance in mm, by the same definition.
    pub hausdorff_95_mm: f64,
    /// Surface Dice within one pixel, by the same definition.
    pub surface_dice: f64,
    /// Mean signed distance in mm of the predicted outline to the exact one, above 0 beyond it; minus
    /// the diagonal where nothing is outlined.
    pub bias_mm: f64,
    /// Mean distance in mm of the predicted outline to the exact one.
    pub mean_mm: f64,
    /// 95th percentile of that distance in mm.
    pub percentile_95_mm: f64,
}

impl OutlineFigures {
    /// Number of figures.
    pub const COUNT: usize = 10;

    /// Whether nothing is outlined in the target's region.
    #[must_use]
    pub fn is_missed(&self) -> bool {
        self.area == 0.0
    }

    /// All, in the order of the fields.
    #[must_use]
    pub fn values(&self) -> [f64; Self::COUNT] {
        [
            self.dice,
            self.dice_of_shape,
            self.overlap,
            self.area,
            self.average_mm,
            self.hausdorff_95_mm,
            self.surface_dice,
            self.bias_mm,
            self.mean_mm,
            self.percentile_95_mm,
        ]
    }

    /// From [`OutlineFigures::values`].
    #[must_use]
    pub fn from_values(values: [f64; Self::COUNT]) -> Self {
        let [
            dice,
            dice_of_shape,
            overlap,
            area,
            average_mm,
            hausdorff_95_mm,
            surface_dice,
            bias_mm,
            mean_mm,
            percentile_95_mm,
        ] = values;
        Self {
            dice,
            dice_of_shape,
            overlap,
            area,
            average_mm,
            hausdorff_95_mm,
            surface_dice,
            bias_mm,
            mean_mm,
            percentile_95_mm,
        }
    }
}

/// Figures of one image.
#[derive(Debug, Clone, PartialEq)]
pub struct OutlinedImage {
    /// Of each target, in the order of the regions.
    pub targets: Vec<OutlineFigures>,
    /// Candidates outside all targets.
    pub others: usize,
}

/// One target with its region, prepared for comparison.
#[derive(Debug, Clone)]
struct TargetTruth {
    /// Row and column of the first pixel of its region.
    corner: [usize; 2],
    /// Index of its shape.
    shape: u8,
    mask: Mask,
    boundary: Boundary,
    /// The exact outline, where it is known.
    contour: Option<Contour>,
}

/// The true outlines of a part of an image, prepared for comparison with any number of segmentations.
#[derive(Debug, Clone)]
pub struct OutlineTruth {
    /// First row, first column, rows and columns of the part.
    part: [usize; 4],
    /// Rows and columns of the image.
    size: [usize; 2],
    spacing_mm: Option<f64>,
    targets: Vec<TargetTruth>,
    /// Target of each pixel of the part, numbered from 1, and 0 outside.
    numbers: Vec<u16>,
    ignored: Vec<bool>,
}

/// Row and column of pixels that belong to a subtle target or touch one; some more than once.
pub fn subtle(outlines: &Outlines) -> impl Iterator<Item = [usize; 2]> + '_ {
    let subtle = outlines.targets.iter().filter(|it| it.kind == RegionKind::Detect);
    subtle.flat_map(|it| it.pixels.iter()).flat_map(|[row, column]| {
        let rows = row.saturating_sub(1)..row + 2;
        rows.flat_map(move |row| (column.saturating_sub(1)..column + 2).map(move |it| [row, it]))
    })
}

/// The targets that networks are asked to outline: those for identification that hold a pixel.
pub fn asked(outlines: &Outlines) -> impl Iterator<Item = &OutlinedTarget> {
    let targets = outlines.targets.iter();
    targets.filter(|it| it.kind == RegionKind::Identify && !it.pixels.runs.is_empty())
}

impl OutlineTruth {
    /// Of the targets that are [asked for](asked()), in a part of the image that holds all of their
    /// regions. What touches a subtle target is ignored.
    #[must_use]
    pub fn of(outlines: &Outlines, part: [usize; 4]) -> Self {
        let [part_row, part_column, rows, columns] = part;
        let place = |[row, column]: [usize; 2]| {
            let (row, column) = (row.checked_sub(part_row)?, column.checked_sub(part_column)?);
            (row < rows && column < columns).then_some(row * columns + column)
        };
        let mut numbers = vec![0; rows * columns];
        for (target, number) in asked(outlines).zip(1..) {
            for place in target.pixels.iter().filter_map(place) {
                numbers[place] = number;
            }
        }
        let truth = |target: &OutlinedTarget| {
            let [row, column, rows, columns] = target.region;
            let mask = Mask::new(rows, columns, |down, along| {
                target.pixels.contains(row + down, column + along)
            });
            TargetTruth {
                corner: [row - part_row, column - part_column],
                shape: target.class,
                boundary: Boundary::of(&mask, BoundaryDefinition::EdgePixels),
                mask,
                contour: target.drawn.map(|drawn| Contour::of(&drawn.outline())),
            }
        };
        let targets: Vec<TargetTruth> = asked(outlines).map(truth).collect();
        let mut ignored = vec![false; rows * columns];
        for place in subtle(outlines).filter_map(place) {
            ignored[place] = true;
        }
        Self {
            part,
            size: outlines.size,
            spacing_mm: outlines.spacing_mm,
            targets,
            numbers,
            ignored,
        }
    }

    /// Number of targets.
    #[must_use]
    pub fn targets(&self) -> usize {
        self.targets.len()
    }

    /// Compares a segmentation of the part.
    ///
    /// # Panics
    /// If it is of another size.
    #[must_use]
    pub fn compare(&self, segmentation: &Segmentation<'_>) -> OutlinedImage {
        let outlined = &segmentation.outlined;
        let [_, _, rows, columns] = self.part;
        assert_eq!([outlined.rows, outlined.columns], [rows, columns], "it is of the same part");
        let (component, count) = components(outlined);
        let truth = (&self.numbers[..], self.targets.len());
        let found = candidates((&component, count), truth, |place| self.ignored[place]);
        let targets = self.targets.iter().zip(&found.overlaps);
        let figures = targets.map(|(target, &overlap)| OutlineFigures {
            overlap,
            ..self.figures(target, segmentation)
        });
        OutlinedImage { targets: figures.collect(), others: found.others }
    }

    /// Figures of one target within its region.
    fn figures(&self, target: &TargetTruth, segmentation: &Segmentation<'_>) -> OutlineFigures {
        let [first_row, first_column] = target.corner;
        let (rows, columns) = (target.mask.rows, target.mask.columns);
        let outlined = &segmentation.outlined;
        let found = Mask::new(rows, columns, |row, column| {
            let place = (first_row + row) * outlined.columns + first_column + column;
            let is_of_another = self.numbers[place] != 0 || self.ignored[place];
            outlined.inside[place] && (target.mask.inside[row * columns + column] || !is_of_another)
        });
        let of_shape = Mask::new(rows, columns, |row, column| {
            found.inside[row * columns + column]
                && segmentation.shape(first_row + row, first_column + column) == target.shape
        });
        let boundary = Boundary::of(&found, BoundaryDefinition::EdgePixels);
        // Without a distance of pixels, theirs is the unit of what has none in its result.
        let pixel = self.spacing_mm.unwrap_or(1.0);
        let in_mm = |distance: f64| self.spacing_mm.map_or(f64::NAN, |_| distance);
        let distances = target.boundary.distances(&boundary, pixel);
        let [all_rows, all_columns] = self.size.map(|size| size as f64);
        let diagonal = pixel * (all_rows * all_rows + all_columns * all_columns).sqrt();
        let points = crossings(&found, |row, column| {
            share(segmentation.pixel(first_row + row, first_column + column))
        });
        let to_mm = |[row, column]: [f64; 2]| {
            let x = (self.part[1] + first_column) as f64 + column - all_columns / 2.0;
            let y = (self.part[0] + first_row) as f64 + row - all_rows / 2.0;
            [x * pixel, y * pixel]
        };
        let points: Vec<[f64; 2]> = points.into_iter().map(to_mm).collect();
        let exact = target.contour.as_ref().map(|contour| contour.distances(&points));
        let of_exact = |figure: fn(ContourDistances) -> f64, missed: f64| match exact {
            Some(Some(distances)) => figure(distances),
            Some(None) => missed,
            None => f64::NAN,
        };
        OutlineFigures {
            dice: target.mask.dice(&found).unwrap_or(0.0),
            dice_of_shape: target.mask.dice(&of_shape).unwrap_or(0.0),
            overlap: 0.0,
            area: found.area() as f64 / target.mask.area().max(1) as f64,
            average_mm: in_mm(distances.as_ref().map_or(diagonal, |it| it.average_mm())),
            hausdorff_95_mm: in_mm(distances.as_ref().map_or(diagonal, |it| it.hausdorff_mm(0.95))),
            surface_dice: distances.as_ref().map_or(0.0, |it| it.dice(pixel)),
            bias_mm: of_exact(|it| it.bias_mm, -diagonal),
            mean_mm: of_exact(|it| it.mean_mm, diagonal),
            percentile_95_mm: of_exact(|it| it.percentile_95_mm, diagonal),
        }
    }
}
