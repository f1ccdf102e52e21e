//! Scores marks on whole images, by the area under the weighted AFROC curve; knows no reader.

use super::definition::{Answers, KeepAnswer, Labels, Task, Truth, WholeImage};
use super::detect::presence;
use super::measure::{Direction, Measure};
use super::score::Weights;
use crate::dataset::{OutlinedTarget, Outlines, RegionSet};
use crate::image::Image;
use crate::network::Architecture;
use crate::observer::{MOST_MARKS, Mark, ScoreMap, peaks};
use crate::rng::{Purpose, Stream, StreamKey};
use crate::scene::Pixels;
use crate::stats::{MarkedImage, WeightedAfroc};

pub(super) const NAME: &str = "locate";

/// What it asks, and by which score.
pub(super) const MEANING: &str =
    "Where the subtle targets of a whole image are, if any: area under the weighted AFROC curve";

/// Values of a mark: row and column in the image, and rating.
const WIDTH: usize = 3;

/// Pixels around the area that is searched which a reader is given too: half a region of 64 pixels,
/// and what a network sees around it.
const SURROUNDINGS: usize = 48;

/// Largest distance in rows and in columns of an example's middle from its target, in pixels: half
/// of a network's step, since every target lies so near to the middle of a region that it rates.
const REACH: f64 = 4.0;

/// Distances from a target, in pixels, of examples that just miss it.
const MISS: [f64; 2] = [10.0, 18.0];

/// Targets for each of which there is an example that just misses it.
const TARGETS_PER_MISS: usize = 4;

/// Fewest examples without a target in an image.
const FEWEST_ABSENT: usize = 8;

/// Marks subtle targets in an image, of which there may be none. A mark hits the target in whose
/// pixels it lies. The score of a network is the area under the weighted AFROC curve (Chakraborty
/// 2017), as the mean of the jackknife's pseudovalues of the images ([`WeightedAfroc`]).
///
/// Readers learn to tell regions around a target from those without: as many as there are targets,
/// from anywhere in what is searched, and some that just miss one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Locate;

impl Task for Locate {
    fn measure(&self) -> Measure {
        Measure {
            task: NAME.to_owned(),
            score: "area under the weighted AFROC curve".to_owned(),
            short: "wAFROC".to_owned(),
            unit: "mean area under the weighted AFROC curve".to_owned(),
            // A case has one pseudovalue.
            example: "image".to_owned(),
            case: "image".to_owned(),
            range: [0.0, 1.0],
            usable: [0.75, 0.98],
            chance: None,
            direction: Direction::Higher,
        }
    }

    /// Row and column in the image, in pixels from the middle of its first, and rating.
    fn width(&self) -> usize {
        WIDTH
    }

    /// Present and absent.
    fn outputs(&self) -> usize {
        2
    }

    /// That of the reference network with its halo.
    fn side(&self, region_pixels: usize) -> usize {
        let wider = Architecture::reference(region_pixels, self.outputs()).with_halo();
        wider.map_or(region_pixels, |wider| wider.side)
    }

    /// The usual one with a halo; without one where it cannot have any, which no image is searched
    /// with.
    fn architecture(&self, usual: Architecture) -> Architecture {
        let plain = Architecture { classes: self.outputs(), ..usual };
        plain.with_halo().unwrap_or(plain)
    }

    /// Squares labelled 0 around a target and 1 elsewhere.
    fn examples(&self, image: &Image, labels: &Labels<'_>, examples: &mut RegionSet) {
        let Some(outlines) = labels.outlines else { return };
        let (seed, case) = (labels.seed, labels.case);
        let mut stream = StreamKey { seed, purpose: Purpose::Background, case, part: 0 }.open();
        let middles: Vec<[f64; 2]> = outlines.targets.iter().filter_map(middle).collect();
        let mut cut = |place: [f64; 2], label: u8| cut(image, place, label, examples);
        for [row, column] in &middles {
            let moved = [row, column].map(|place| place + stream.between(-REACH, REACH));
            cut(moved, 0);
        }
        let wanted = middles.len().max(FEWEST_ABSENT);
        let is_free = |place: [f64; 2]| middles.iter().all(|it| distance(*it, place) >= MISS[0]);
        let mut absent = 0;
        for near in middles.iter().step_by(TARGETS_PER_MISS) {
            let place = beside(*near, &mut stream);
            if is_free(place) {
                cut(place, 1);
                absent += 1;
            }
        }
        let count = outlines.area.count() as u64;
        // Where targets leave no room, there are fewer.
        for _ in 0..4 * wanted {
            if absent == wanted || count == 0 {
                break;
            }
            let place = pixel(&outlines.area, stream.below(count));
            if is_free(place) {
                cut(place, 1);
                absent += 1;
            }
        }
    }

    fn whole(&self) -> Option<&dyn WholeImage> {
        Some(self)
    }

    fn examples_of(&self, _: &Truth) -> usize {
        MOST_MARKS
    }

    fn weights(&self, truths: &[Truth]) -> Weights {
        Weights::Alike(truths.len())
    }

    /// `None` with fewer than two images with targets or two without.
    fn score(&self, truths: &[Truth], answers: Answers<'_>) -> Option<Vec<f64>> {
        let images = marked_images(truths, answers, 0.0);
        Some(WeightedAfroc::of(&images).ok()?.pseudovalues)
    }
}

impl WholeImage for Locate {
    fn part(&self, outlines: &Outlines, [rows, columns]: [usize; 2]) -> [usize; 4] {
        let [row, column, high, wide] = outlines.area.bounds();
        let span = |first: usize, length: usize, extent: usize| {
            let start = first.saturating_sub(SURROUNDINGS);
            (start, (first + length + SURROUNDINGS).min(extent) - start)
        };
        let ((row, high), (column, wide)) = (span(row, high, rows), span(column, wide, columns));
        [row, column, high, wide]
    }

    /// The marks, highest first; rows that are left are rated −∞.
    fn answer<'a>(&self, outlines: &'a Outlines, [row, column, ..]: [usize; 4]) -> KeepAnswer<'a> {
        let rating = |values: &[f32]| presence(values);
        Box::new(move |map| {
            let mut marks: Vec<f32> =
                peaks(map, [row, column], &rating, &outlines.area, MOST_MARKS)
                    .into_iter()
                    .flat_map(|mark| [mark.row, mark.column, mark.rating].map(|value| value as f32))
                    .collect();
            while marks.len() < MOST_MARKS * WIDTH {
                marks.extend([0.0, 0.0, f32::NEG_INFINITY]);
            }
            marks
        })
    }

    fn learns_from_hard_examples(&self) -> bool {
        true
    }

    /// The highest false marks, as many as there are targets.
    fn hard_examples(
        &self,
        map: &ScoreMap,
        corner: [usize; 2],
        image: &Image,
        labels: &Labels<'_>,
        examples: &mut RegionSet,
    ) {
        let Some(outlines) = labels.outlines else { return };
        let rating = |values: &[f32]| presence(values);
        let middles: Vec<[f64; 2]> = outlines.targets.iter().filter_map(middle).collect();
        let is_free = |mark: &Mark| {
            middles.iter().all(|it| distance(*it, [mark.row, mark.column]) >= MISS[0])
        };
        let marks = peaks(map, corner, &rating, &outlines.area, MOST_MARKS);
        for mark in marks.into_iter().filter(is_free).take(middles.len().max(FEWEST_ABSENT)) {
            cut(image, [mark.row, mark.column], 1, examples);
        }
    }
}

/// Adds the square around a place.
fn cut(image: &Image, [row, column]: [f64; 2], label: u8, examples: &mut RegionSet) {
    let half = (examples.side as f64 - 1.0) / 2.0;
    let corner = [row - half, column - half].map(|place| place.round() as i64);
    image.copy_region_beyond(corner, examples.side, &mut examples.values);
    examples.labels.push(label);
}

/// The marks of each image.
///
/// `answers` are those of [`Locate`].
pub fn marks(answers: Answers<'_>) -> impl Iterator<Item = Vec<Mark>> + '_ {
    answers.values.chunks_exact(MOST_MARKS * answers.width).map(move |image| {
        let rows = image.chunks_exact(answers.width).filter(|row| row[2] > f32::NEG_INFINITY);
        rows.map(|row| Mark {
            row: f64::from(row[0]),
            column: f64::from(row[1]),
            rating: f64::from(row[2]),
        })
        .collect()
    })
}

/// What the marks of each image came to, if those hit a target that lie at most `tolerance` pixels
/// from one of its own.
#[must_use]
pub fn marked_images(truths: &[Truth], answers: Answers<'_>, tolerance: f64) -> Vec<MarkedImage> {
    let marked = |(truth, marks): (&Truth, Vec<Mark>)| {
        let targets: &[OutlinedTarget] = truth.outlines.as_ref().map_or(&[], |it| &it.targets);
        let mut image = MarkedImage {
            targets: vec![f64::NEG_INFINITY; targets.len()],
            false_marks: Vec::new(),
        };
        for mark in marks {
            let mut hits = false;
            for (rating, target) in image.targets.iter_mut().zip(targets) {
                if is_hit(&mark, target, tolerance) {
                    hits = true;
                    *rating = rating.max(mark.rating);
                }
            }
            if !hits {
                image.false_marks.push(mark.rating);
            }
        }
        image
    };
    truths.iter().zip(marks(answers)).map(marked).collect()
}

/// Whether a mark lies on a target, or at most `tolerance` pixels from it.
#[must_use]
pub fn is_hit(mark: &Mark, target: &OutlinedTarget, tolerance: f64) -> bool {
    let [row, column] = [mark.row, mark.column].map(f64::round);
    if target.pixels.contains(row as usize, column as usize) {
        return true;
    }
    tolerance > 0.0
        && target.pixels.iter().any(|pixel| {
            distance(pixel.map(|place| place as f64), [mark.row, mark.column]) <= tolerance
        })
}

/// The middle of a target's pixels.
fn middle(target: &OutlinedTarget) -> Option<[f64; 2]> {
    let count = target.pixels.count();
    let mut sum = [0.0; 2];
    for [row, column] in target.pixels.iter() {
        sum[0] += row as f64;
        sum[1] += column as f64;
    }
    (count > 0).then(|| sum.map(|it| it / count as f64))
}

fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    libm::hypot(a[0] - b[0], a[1] - b[1])
}

/// A place that just misses a target, in any direction.
fn beside([row, column]: [f64; 2], stream: &mut Stream) -> [f64; 2] {
    let away = stream.between(MISS[0], MISS[1]);
    let angle = stream.between(0.0, 2.0 * std::f64::consts::PI);
    [row + away * libm::sin(angle), column + away * libm::cos(angle)]
}

/// Pixel `number` of a set.
fn pixel(pixels: &Pixels, number: u64) -> [f64; 2] {
    let mut left = number;
    for &[row, first, length] in &pixels.runs {
        if left < u64::from(length) {
            return [f64::from(row), f64::from(first) + left as f64];
        }
        left -= u64::from(length);
    }
    [0.0; 2]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::SampleFormat;
    use crate::scene::RegionKind;

    /// A square target of three pixels a side.
    fn target(row: usize, column: usize) -> OutlinedTarget {
        OutlinedTarget {
            kind: RegionKind::Identify,
            class: 0,
            pixels: Pixels::of([row, column], [3, 3], |_| true),
            region: [row, column, 3, 3],
            drawn: None,
        }
    }

    fn truth(targets: Vec<OutlinedTarget>) -> Truth {
        let area = Pixels::of([20, 20], [160, 200], |_| true);
        let outlines = Outlines { targets, area, ..Outlines::default() };
        Truth { outlines: Some(outlines), ..Truth::default() }
    }

    fn rows(marks: &[[f32; 3]]) -> Vec<f32> {
        let mut rows = marks.concat();
        while rows.len() < MOST_MARKS * WIDTH {
            rows.extend([0.0, 0.0, f32::NEG_INFINITY]);
        }
        rows
    }

    #[test]
    fn images_score_pseudovalues_of_the_weighted_area() {
        let truths = [
            truth(vec![target(50, 50), target(90, 90)]),
            truth(vec![target(50, 50)]),
            truth(Vec::new()),
            truth(Vec::new()),
        ];
        // Image 0: one target hit twice, the other missed by two pixels; image 1: hit by its edge.
        let values = [
            rows(&[[51.0, 51.0, 3.0], [50.6, 52.4, 2.0], [94.0, 91.0, 1.0]]),
            rows(&[[49.6, 50.0, 2.0]]),
            rows(&[[30.0, 30.0, 2.5], [31.0, 60.0, 0.0]]),
            rows(&[]),
        ]
        .concat();
        let answers = Answers { values: &values, width: WIDTH };
        let marked = marked_images(&truths, answers, 0.0);
        assert_eq!(marked[0].targets, [3.0, f64::NEG_INFINITY]);
        assert_eq!(marked[0].false_marks, [1.0]);
        assert_eq!((&marked[1].targets[..], marked[1].false_marks.len()), (&[2.0][..], 0));
        assert_eq!(marked[2].false_marks, [2.5, 0.0]);
        // Image 0: against 2.5 one of two targets, against nothing ½ + ¼; image 1: 0 and 1.
        let area = (0.5 + 0.75 + 0.0 + 1.0) / 4.0;
        let scores = Locate.score(&truths, answers).unwrap();
        assert!((scores.iter().sum::<f64>() / 4.0 - area).abs() < 1e-12, "{scores:?}");
        // Two pixels away counts with a tolerance of two.
        assert_eq!(marked_images(&truths, answers, 1.9)[0].targets[1], f64::NEG_INFINITY);
        assert_eq!(marked_images(&truths, answers, 2.0)[0].targets[1], 1.0);
        // With one image of a kind there is no jackknife.
        let few = Answers { values: &values[..3 * MOST_MARKS * WIDTH], width: WIDTH };
        assert_eq!(Locate.score(&truths[..3], few), None);
    }

    /// An image whose value is the number of its pixel.
    fn image(rows: usize, columns: usize) -> Image {
        let format = SampleFormat { bits_stored: 16, bits_allocated: 16 };
        let samples = (0..rows * columns).map(|place| place as u16).collect();
        Image::new(rows, columns, format, samples).unwrap()
    }

    #[test]
    fn examples_are_around_targets_and_away_from_them() {
        let image = image(200, 240);
        let truth = truth((0..6).map(|number| target(30 + 20 * number, 60)).collect());
        let labels = Labels { regions: &[], outlines: truth.outlines.as_ref(), seed: 1, case: 5 };
        let mut set = RegionSet::new(Locate.side(32));
        assert_eq!(set.side, 60);
        Locate.examples(&image, &labels, &mut set);
        let count = |label: u8| set.labels.iter().filter(|it| **it == label).count();
        assert_eq!([count(0), count(1)], [6, 8]);
        let middles: Vec<[f64; 2]> =
            truth.outlines.as_ref().unwrap().targets.iter().filter_map(middle).collect();
        assert_eq!(middles[0], [31.0, 61.0]);
        for (number, label) in set.labels.iter().enumerate() {
            // The first pixel inside the image gives the place of the square.
            let place = usize::from(set.region(number)[30 * 60 + 30]);
            let place = [(place / 240) as f64 - 0.5, (place % 240) as f64 - 0.5];
            let near = middles.iter().map(|it| distance(*it, place)).fold(f64::MAX, f64::min);
            match label {
                0 => assert!(near <= REACH * 2.0_f64.sqrt() + 0.8, "{near}"),
                _ => assert!(near >= MISS[0] - 0.8, "{near}"),
            }
        }
        // The same again, and others for another case.
        let again = |case| {
            let mut set = RegionSet::new(60);
            Locate.examples(&image, &Labels { case, ..labels }, &mut set);
            set
        };
        assert_eq!(again(5), set);
        assert_ne!(again(6), set);
    }

    #[test]
    fn a_reader_is_given_what_is_searched_and_its_surroundings() {
        let outlines = truth(Vec::new()).outlines.unwrap();
        assert_eq!(Locate.part(&outlines, [512, 512]), [0, 0, 228, 268]);
        assert_eq!(Locate.part(&outlines, [200, 240]), [0, 0, 200, 240]);
        let mut map = ScoreMap {
            origin: [15.5, 15.5],
            stride: 8,
            rows: 3,
            columns: 3,
            width: 2,
            values: vec![0.0; 18],
        };
        map.values[8] = 4.0;
        let answer = Locate.answer(&outlines, [10, 20, 40, 40])(&map);
        assert_eq!(answer.len(), MOST_MARKS * WIDTH);
        // Cell (1, 1): 10 + 15.5 + 8, 20 + 15.5 + 8.
        assert_eq!(answer[..3], [33.5, 43.5, 4.0]);
        let found: Vec<Vec<Mark>> = marks(Answers { values: &answer, width: WIDTH }).collect();
        assert_eq!(found[0].len(), 1);
    }
}
