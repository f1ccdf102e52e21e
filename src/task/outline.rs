//! Scores the outlines of targets, drawn by a network that classifies each pixel of an image, by their
//! Dice coefficient; knows no reader.

use super::definition::{Answers, KeepAnswer, Labels, Task, Truth, WholeImage};
use super::measure::{Direction, Measure};
use super::score::Weights;
use crate::dataset::{IGNORED, Outlines, RegionSet};
use crate::image::Image;
use crate::metric::outline::{OutlineFigures, OutlineTruth, Segmentation, asked, subtle};
use crate::rng::{Purpose, Stream, StreamKey};
use crate::scene::RegionKind;

pub(super) const NAME: &str = "outline";

/// Its number among the tasks.
pub(super) const NUMBER: u8 = 3;

/// What it asks, and by which score.
pub(super) const MEANING: &str = "Which pixels belong to a target: Dice coefficient";

/// Regions with their targets that one example shows, on average, without their neighbours: there are
/// as many pixels in all examples of an image as in its regions.
const REGIONS_SHOWN: usize = 4;
/// Examples with a target for one example anywhere in the searched part of the image.
const REGIONS_PER_BACKGROUND: usize = 4;
/// Most examples of an image of a user, in pixels of all over its own.
const MOST_SHOWN: usize = 8;
/// Pixels around the area of targets that readers are given.
const MARGIN: usize = 32;
/// Networks halve a map three times.
const STEP: usize = 8;

/// Outlines every target that is for identification: says of each pixel whether it is background or
/// which shape it belongs to. What touches a subtle target is left out of training and scores.
///
/// An answer about an image has one row of [`OutlineFigures`] for each target, and a last one that
/// begins with the number of candidates outside all targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outline {
    /// Number of shapes.
    pub shapes: usize,
}

impl Task for Outline {
    fn measure(&self) -> Measure {
        Measure {
            task: NAME.to_owned(),
            score: "Dice coefficient".to_owned(),
            short: "Dice".to_owned(),
            unit: "mean Dice coefficient of targets, whatever shape they are said to be".to_owned(),
            example: "target".to_owned(),
            case: "image".to_owned(),
            range: [0.0, 1.0],
            usable: [0.6, 0.98],
            chance: None,
            direction: Direction::Higher,
        }
    }

    fn width(&self) -> usize {
        OutlineFigures::COUNT
    }

    /// Background, then the shapes.
    fn outputs(&self) -> usize {
        self.shapes + 1
    }

    fn labels_pixels(&self) -> bool {
        true
    }

    /// Twice that of a region: a target can lie anywhere with its surroundings.
    fn side(&self, region_pixels: usize) -> usize {
        2 * region_pixels
    }

    /// Squares around regions for identification, chosen and placed at random, and some anywhere in
    /// the part of the image that is searched. Of a user's image, squares around every target.
    fn examples(&self, image: &Image, labels: &Labels<'_>, examples: &mut RegionSet) {
        let Some(outlines) = labels.outlines else { return };
        let of_pixels = pixel_labels(outlines, [image.rows(), image.columns()]);
        let part = u64::from(NUMBER);
        let key =
            StreamKey { seed: labels.seed, purpose: Purpose::Background, case: labels.case, part };
        let side = examples.side;
        for [row, column] in corners(labels, outlines, side, &mut key.open()) {
            image.copy_region(row, column, side, &mut examples.values);
            for line in of_pixels.chunks_exact(image.columns()).skip(row).take(side) {
                examples.labels.extend_from_slice(&line[column..column + side]);
            }
        }
    }

    fn whole(&self) -> Option<&dyn WholeImage> {
        Some(self)
    }

    fn examples_of(&self, truth: &Truth) -> usize {
        targets(truth) + truth.images().count()
    }

    fn weights(&self, truths: &[Truth]) -> Weights {
        Weights::Counts(truths.iter().map(|truth| targets(truth) as f64).collect())
    }

    fn score(&self, truths: &[Truth], answers: Answers<'_>) -> Option<Vec<f64>> {
        let images = outlined_images(truths, answers);
        let score =
            |image: OutlinedTargets| image.targets.iter().map(|figures| figures.dice).sum::<f64>();
        Some(images.map(score).collect())
    }
}

impl WholeImage for Outline {
    /// What holds all regions and the area of targets, with a margin.
    fn part(&self, outlines: &Outlines, [rows, columns]: [usize; 2]) -> [usize; 4] {
        let mut boxes = vec![outlines.area.bounds()];
        boxes.extend(outlines.targets.iter().map(|target| target.region));
        boxes.retain(|it| it[2] > 0 && it[3] > 0);
        let along = |axis: usize, size: usize| {
            let first = boxes.iter().map(|it| it[axis]).min().unwrap_or(0);
            let last = boxes.iter().map(|it| it[axis] + it[axis + 2]).max().unwrap_or(size);
            let first = first.saturating_sub(MARGIN) / STEP * STEP;
            let last = (last + MARGIN).next_multiple_of(STEP).min(size / STEP * STEP);
            [first, last - first]
        };
        let ([row, rows], [column, columns]) = (along(0, rows), along(1, columns));
        [row, column, rows, columns]
    }

    fn answer<'a>(&self, outlines: &'a Outlines, part: [usize; 4]) -> KeepAnswer<'a> {
        let truth = OutlineTruth::of(outlines, part);
        Box::new(move |map| {
            let segmentation = Segmentation::of(&map.values, [map.rows, map.columns], map.width);
            let found = truth.compare(&segmentation);
            let mut last = [0.0; OutlineFigures::COUNT];
            last[0] = found.others as f64;
            let rows = found.targets.iter().map(OutlineFigures::values).chain([last]);
            rows.flatten().map(|value| value as f32).collect()
        })
    }
}

/// What a reader outlined of one image, or of all images of a patient.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OutlinedTargets {
    /// Figures of each target.
    pub targets: Vec<OutlineFigures>,
    /// Candidates outside all targets.
    pub others: usize,
}

/// Reads the answers about each case.
pub fn outlined_images<'a>(
    truths: &'a [Truth],
    answers: Answers<'a>,
) -> impl Iterator<Item = OutlinedTargets> + 'a {
    let mut rows = answers.values.chunks_exact(OutlineFigures::COUNT);
    truths.iter().map(move |truth| {
        let figures = |row: &[f32]| {
            OutlineFigures::from_values(std::array::from_fn(|place| f64::from(row[place])))
        };
        let mut found = OutlinedTargets::default();
        for image in truth.images() {
            found.targets.extend(rows.by_ref().take(asked(image).count()).map(figures));
            found.others += rows.next().map_or(0, |last| last[0] as usize);
        }
        found
    })
}

/// Number of targets that are asked for.
fn targets(truth: &Truth) -> usize {
    truth.images().map(|image| asked(image).count()).sum()
}

/// Of each pixel 0 for background, class + 1, or [`IGNORED`].
fn pixel_labels(outlines: &Outlines, [rows, columns]: [usize; 2]) -> Vec<u8> {
    let mut labels = vec![0; rows * columns];
    for [row, column] in subtle(outlines).filter(|it| it[0] < rows && it[1] < columns) {
        labels[row * columns + column] = IGNORED;
    }
    for target in asked(outlines) {
        for [row, column] in target.pixels.iter() {
            labels[row * columns + column] = target.class + 1;
        }
    }
    labels
}

/// Top-left corners of the examples of an image.
fn corners(
    labels: &Labels<'_>,
    outlines: &Outlines,
    side: usize,
    stream: &mut Stream,
) -> Vec<[usize; 2]> {
    let [rows, columns] = outlines.size;
    if side > rows.min(columns) {
        return Vec::new();
    }
    let mut corners = at_targets(outlines, side, stream);
    if corners.is_empty() {
        corners = at_regions(labels, outlines, side, stream);
    }
    let [row, column, area_rows, area_columns] = outlines.area.bounds();
    for _ in 0..corners.len().div_ceil(REGIONS_PER_BACKGROUND) {
        let mut within = |first: usize, length: usize, size: usize| {
            let middle = first + stream.below(length.max(1) as u64) as usize;
            middle.saturating_sub(side / 2).min(size - side)
        };
        corners.push([within(row, area_rows, rows), within(column, area_columns, columns)]);
    }
    corners
}

/// Corners of examples at regions, which lie side by side.
fn at_regions(
    labels: &Labels<'_>,
    outlines: &Outlines,
    side: usize,
    stream: &mut Stream,
) -> Vec<[usize; 2]> {
    let [rows, columns] = outlines.size;
    let mut regions: Vec<[usize; 2]> = (labels.regions.iter())
        .filter(|region| region.kind == RegionKind::Identify)
        .map(|region| [region.row, region.column])
        .collect();
    let count = regions.len().div_ceil(REGIONS_SHOWN);
    stream.shuffle(&mut regions);
    // A region is half as wide as an example, and lies anywhere in it.
    let mut before = |first: usize, size: usize| {
        let back = stream.below(side as u64 / 2 + 1) as usize;
        first.saturating_sub(back).min(size - side)
    };
    let chosen = regions.iter().take(count);
    chosen.map(|&[row, column]| [before(row, rows), before(column, columns)]).collect()
}

/// Corners of examples at targets that nobody drew, as many as cover each: a target anywhere in its
/// example, or an example anywhere on a target that is larger.
fn at_targets(outlines: &Outlines, side: usize, stream: &mut Stream) -> Vec<[usize; 2]> {
    let [rows, columns] = outlines.size;
    let mut boxes: Vec<[usize; 4]> = Vec::new();
    for target in asked(outlines).filter(|target| target.drawn.is_none()) {
        let bounds @ [.., high, wide] = target.pixels.bounds();
        boxes.extend(vec![bounds; high.div_ceil(side) * wide.div_ceil(side)]);
    }
    stream.shuffle(&mut boxes);
    boxes.truncate((MOST_SHOWN * rows * columns).div_ceil(side * side));
    let mut along = |first: usize, length: usize, size: usize| {
        let spare = stream.below(length.abs_diff(side) as u64 + 1) as usize;
        let corner = if length > side { first + spare } else { first.saturating_sub(spare) };
        corner.min(size - side)
    };
    let corner = |[row, column, high, wide]: [usize; 4]| {
        [along(row, high, rows), along(column, wide, columns)]
    };
    boxes.into_iter().map(corner).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{Dataset, Split};
    use crate::observer::ScoreMap;
    use crate::phantom::library;
    use crate::scene::LabelledRegion;

    fn head() -> (Dataset, Vec<LabelledRegion>, Outlines) {
        let dataset = Dataset::new(library::find("ct-head").unwrap(), 1);
        let regions = dataset.scene(Split::Test, 0).unwrap().labels();
        let outlines = dataset.outlines(Split::Test, 0).unwrap();
        (dataset, regions, outlines)
    }

    fn labels<'a>(regions: &'a [LabelledRegion], outlines: &'a Outlines) -> Labels<'a> {
        Labels { regions, outlines: Some(outlines), seed: 1, case: 0 }
    }

    #[test]
    fn examples_show_regions_anywhere_with_a_label_for_each_pixel() {
        let (dataset, regions, outlines) = head();
        let task = Outline { shapes: 5 };
        let side = task.side(32);
        let [rows, columns] = outlines.size;
        // Each pixel holds its own place, so that labels can be checked.
        let format = dataset.phantom().formation.matrix.format;
        let known = pixel_labels(&outlines, [rows, columns]);
        let values = known.iter().map(|&label| u16::from(label)).collect();
        let image = Image::new(rows, columns, format, values).unwrap();
        let mut set = RegionSet::new(side);
        task.examples(&image, &labels(&regions, &outlines), &mut set);
        let asked_regions = regions.iter().filter(|it| it.kind == RegionKind::Identify).count();
        let at_regions = asked_regions.div_ceil(4);
        assert_eq!(set.len(), at_regions + at_regions.div_ceil(4));
        assert_eq!(set.labels.len(), set.values.len());
        assert!(set.labels.iter().zip(&set.values).all(|(&a, &b)| u16::from(a) == b));
        for class in 0..=5 {
            assert!(set.labels.contains(&class), "{class}");
        }
        assert!(known.contains(&IGNORED));
        // Another case is cut elsewhere.
        let mut other = RegionSet::new(side);
        task.examples(&image, &Labels { case: 1, ..labels(&regions, &outlines) }, &mut other);
        assert_ne!(other, set);
    }

    #[test]
    fn readers_are_given_whole_steps_that_hold_all_regions() {
        let (_, _, outlines) = head();
        let [row, column, rows, columns] = Outline { shapes: 5 }.part(&outlines, outlines.size);
        assert!([row, column, rows, columns].iter().all(|it| it % 8 == 0));
        assert!(row + rows <= 512 && column + columns <= 512 && rows * columns < 512 * 512);
        for target in &outlines.targets {
            let [first, left, height, width] = target.region;
            assert!(row <= first && first + height <= row + rows);
            assert!(column <= left && left + width <= column + columns);
        }
        let nothing = Outlines { size: [512, 512], ..Outlines::default() };
        assert_eq!(Outline { shapes: 5 }.part(&nothing, [512, 512]), [0, 0, 512, 512]);
    }

    #[test]
    fn answers_are_read_back_and_scored_by_dice() {
        let (_, _, outlines) = head();
        let task = Outline { shapes: 5 };
        let part @ [row, column, rows, columns] = task.part(&outlines, outlines.size);
        let known = pixel_labels(&outlines, outlines.size);
        // All targets but those of the first shape are outlined.
        let logits: Vec<f32> = (0..rows * columns)
            .flat_map(|place| {
                let pixel = (row + place / columns) * outlines.size[1] + column + place % columns;
                let label = known[pixel];
                let said = if label == 1 || label == IGNORED { 0 } else { usize::from(label) };
                (0..6).map(move |class| if class == said { 9.0 } else { 0.0 })
            })
            .collect();
        let (origin, stride) = ([0.0, 0.0], 1);
        let map = ScoreMap { origin, stride, rows, columns, width: 6, values: logits };
        let values = task.answer(&outlines, part)(&map);
        let missed = asked(&outlines).filter(|target| target.class == 0).count();
        let all = asked(&outlines).count();
        assert!(missed > 0 && missed < all);
        let truths = [Truth { outlines: Some(outlines), ..Truth::default() }];
        assert_eq!(values.len(), task.examples_of(&truths[0]) * task.width());
        let answers = Answers { values: &values, width: task.width() };
        assert_eq!(task.score(&truths, answers), Some(vec![(all - missed) as f64]));
        assert_eq!(task.weights(&truths), Weights::Counts(vec![all as f64]));
        let read: Vec<OutlinedTargets> = outlined_images(&truths, answers).collect();
        assert_eq!((read.len(), read[0].targets.len(), read[0].others), (1, all, 0));
        // Distances are stored in single precision: the diagonal of 512 × 512 pixels of 0.45 mm.
        let diagonal = 0.45 * 512.0 * std::f64::consts::SQRT_2;
        let least = read[0].targets.iter().filter(|it| it.dice == 0.0);
        assert!(least.clone().all(|it| (it.hausdorff_95_mm - diagonal).abs() < 1e-4));
        assert_eq!(least.count(), missed);
    }
}
