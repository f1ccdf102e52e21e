//! Makes the pictures of how a network searches: what it says of the places of one test image, and
//! its highest false marks, before and after compression; scores nothing.

use super::answers::{answers, cases};
use super::attention::display;
use super::restored::shown;
use super::{Experiment, StudyError};
use crate::codec::CodecName;
use crate::dataset::{Dataset, ImagePart, OutlinedTarget, Outlines, Split};
use crate::image::Image;
use crate::observer::{Mark, Reader, ScoreMap};
use crate::record::{
    Condition, FalseMark, FalseMarkTile, InputPath, Job, Regime, SearchFigures, SearchedImage,
    SearchedLevel,
};
use crate::store::RunDirectory;
use crate::task::{Answers, Locate, Series, Task, TaskName, Truth, WholeImage};
use crate::task::{marked_images, marks, presence};

/// False marks of each codec and path.
const WORST: usize = 6;
/// Pixels per side of their tiles.
const TILE: usize = 64;
/// Marks that are shown.
const SHOWN_MARKS: usize = 5;
/// Most rows or columns of a displayed image.
const DISPLAYED: usize = 256;
/// Test images among which the one with the most targets is shown.
const AMONG: usize = 10;

/// How the first network of regime `original` searches, on each path and by each lossy codec; empty
/// where no network does, or the phantom is not known.
///
/// # Errors
/// If an image cannot be drawn, or a network or its answers are missing or damaged.
pub fn searched(
    experiment: &Experiment<'_>,
    store: &RunDirectory,
) -> Result<SearchFigures, StudyError> {
    let plan = experiment.plan;
    let mut figures = SearchFigures::default();
    let asks = plan.tasks.contains(&TaskName::Locate) && plan.regimes.contains(&Regime::Original);
    let Some(dataset) = experiment.source.drawn().and_then(Dataset::searched).filter(|_| asks)
    else {
        return Ok(figures);
    };
    let experiment = &experiment.in_series(Series::Search)?;
    let records = cases(plan, store, Series::Search)?;
    let truths: Vec<Truth> = records.into_iter().map(|record| record.truth).collect();
    let examples = truths.iter().map(|truth| Locate.examples_of(truth)).sum();
    let count = |case: &usize| truths[*case].outlines.as_ref().map_or(0, |it| it.targets.len());
    // The first of equals.
    let Some(shown_case) = (0..truths.len().min(AMONG)).rev().max_by_key(count) else {
        return Ok(figures);
    };
    let shown = plan.ladder.shown();
    for &path in &plan.paths {
        let found = super::readers(plan, store, TaskName::Locate, path, Regime::Original)?;
        let Some(reader) = found.as_ref().and_then(|readers| readers.first()) else { continue };
        let job = Job::new(TaskName::Locate, path, Regime::Original, 0);
        let answered = answers(plan, store, &job, examples)?;
        for codec in plan.codecs_on(path).filter(|&codec| codec != CodecName::Lossless) {
            let conditions: Vec<Condition> = plan.at_levels(codec, &shown).collect();
            let pictures = Pictures { experiment, dataset, reader: reader.as_ref(), path, codec };
            figures.images.push(pictures.image(shown_case as u64, &conditions)?);
            let middle = conditions.get(conditions.len() / 2);
            let all = plan.conditions(path);
            let place = middle.and_then(|middle| all.iter().position(|it| it == middle));
            let Some(place) = place else { continue };
            for worst in worst(&truths, answered.under(place)) {
                figures.false_marks.push(pictures.false_mark(worst, &conditions)?);
            }
        }
    }
    Ok(figures)
}

/// A false mark in a test image, and the share of targets rated below it.
#[derive(Debug, Clone, Copy)]
struct Worst {
    case: u64,
    mark: Mark,
    above: f64,
}

/// The highest marks of images without a target, one of each image.
fn worst(truths: &[Truth], answers: Answers<'_>) -> Vec<Worst> {
    let ratings: Vec<f64> =
        marked_images(truths, answers, 0.0).into_iter().flat_map(|it| it.targets).collect();
    let normal = |truth: &Truth| truth.outlines.as_ref().is_some_and(|it| it.targets.is_empty());
    let mut found: Vec<Worst> = truths
        .iter()
        .zip(marks(answers))
        .enumerate()
        .filter(|(_, (truth, _))| normal(truth))
        .filter_map(|(case, (_, marks))| {
            let mark = *marks.first()?;
            let below = ratings.iter().filter(|&&rating| rating < mark.rating).count();
            let above = below as f64 / ratings.len().max(1) as f64;
            Some(Worst { case: case as u64, mark, above })
        })
        .collect();
    found.sort_by(|a, b| b.mark.rating.total_cmp(&a.mark.rating));
    found.truncate(WORST);
    found
}

/// What pictures of a path and codec are made from.
struct Pictures<'a> {
    experiment: &'a Experiment<'a>,
    dataset: &'a Dataset,
    reader: &'a dyn Reader,
    path: InputPath,
    codec: CodecName,
}

/// One rendition of an image with what the network says of it.
struct Seen {
    target: Option<f64>,
    image: Image,
    corner: [usize; 2],
    map: ScoreMap,
    /// Row, column and rating of its marks.
    marks: Vec<[f32; 3]>,
}

impl Seen {
    /// What the network says of the place that is nearest to one of the image.
    fn rating(&self, place: [f64; 2]) -> f64 {
        let nearest = |axis: usize, count: usize| {
            let first = self.map.origin[axis] + self.corner[axis] as f64;
            let number = ((place[axis] - first) / self.map.stride as f64).round();
            (number.max(0.0) as usize).min(count.saturating_sub(1))
        };
        presence(self.map.at(nearest(0, self.map.rows), nearest(1, self.map.columns)))
    }

    fn ratings(&self) -> impl Iterator<Item = f64> + '_ {
        self.map.values.chunks_exact(self.map.width).map(presence)
    }
}

impl Pictures<'_> {
    /// A test image uncompressed and at some levels.
    fn seen(
        &self,
        case: u64,
        conditions: &[Condition],
    ) -> Result<(Outlines, Vec<Seen>), StudyError> {
        let outlines = self.experiment.source.outlines(Split::Test, case)?;
        let mut seen = Vec::new();
        for (target, image) in shown(self.experiment, self.path, case, conditions)? {
            let part = Locate.part(&outlines, [image.rows(), image.columns()]);
            let part = ImagePart::of(&image, part);
            let map = self.reader.map(&part, &|| false);
            let map =
                map.map_err(|source| StudyError::Observer { job: "search".into(), source })?;
            let answer = Locate.answer(&outlines, part.place())(&map);
            let rows = answer.chunks_exact(3).map(|row| [row[0], row[1], row[2]]);
            let marks = rows.filter(|row| row[2] > f32::NEG_INFINITY).collect();
            seen.push(Seen { target, image, corner: part.corner, map, marks });
        }
        Ok((outlines, seen))
    }

    fn image(&self, case: u64, conditions: &[Condition]) -> Result<SearchedImage, StudyError> {
        let (outlines, seen) = self.seen(case, conditions)?;
        let (first, image) = (&seen[0], &seen[0].image);
        let step = image.rows().max(image.columns()).div_ceil(DISPLAYED);
        let lines = image.samples().chunks_exact(image.columns()).step_by(step);
        let values: Vec<u16> = lines.flat_map(|line| line.iter().step_by(step)).copied().collect();
        let all = || seen.iter().flat_map(Seen::ratings);
        let low = all().fold(f64::INFINITY, f64::min);
        let high = all().fold(f64::NEG_INFINITY, f64::max);
        let scaled = |rating: f64| (255.0 * (rating - low) / (high - low).max(1e-9)).round() as u8;
        let level = |one: &Seen| SearchedLevel {
            target: one.target,
            ratings: one.ratings().map(scaled).collect(),
            marks: (one.marks.iter().take(SHOWN_MARKS))
                .map(|mark| [f64::from(mark[0]), f64::from(mark[1])])
                .collect(),
        };
        let [top, left] = [0, 1].map(|axis| first.map.origin[axis] + first.corner[axis] as f64);
        Ok(SearchedImage {
            codec: self.codec,
            path: self.path,
            case: case as u32,
            size: [image.rows(), image.columns()].map(|extent| extent.div_ceil(step) as u32),
            step: step as u32,
            display: display(&values, self.path, self.dataset),
            targets: outlines.targets.iter().map(circle).collect(),
            origin: [top, left],
            stride: first.map.stride as u32,
            places: [first.map.rows as u32, first.map.columns as u32],
            levels: seen.iter().map(level).collect(),
        })
    }

    fn false_mark(&self, worst: Worst, conditions: &[Condition]) -> Result<FalseMark, StudyError> {
        let (_, seen) = self.seen(worst.case, conditions)?;
        let place = [worst.mark.row, worst.mark.column];
        let side = TILE.min(seen[0].image.rows()).min(seen[0].image.columns());
        let tile = |one: &Seen| {
            let start = |place: f64, extent: usize| {
                let first = (place - side as f64 / 2.0).round().max(0.0) as usize;
                first.min(extent - side)
            };
            let [row, column] =
                [start(place[0], one.image.rows()), start(place[1], one.image.columns())];
            let mut values = Vec::with_capacity(side * side);
            one.image.copy_region(row, column, side, &mut values);
            FalseMarkTile {
                target: one.target,
                rating: one.rating(place),
                display: display(&values, self.path, self.dataset),
            }
        };
        Ok(FalseMark {
            codec: self.codec,
            path: self.path,
            case: worst.case as u32,
            place,
            above: worst.above,
            side: side as u32,
            tiles: seen.iter().map(tile).collect(),
        })
    }
}

/// Row, column and radius of the circle around a target's pixels.
fn circle(target: &OutlinedTarget) -> [f64; 3] {
    let [row, column, rows, columns] = target.pixels.bounds().map(|it| it as f64);
    let radius = libm::hypot(rows, columns) / 2.0;
    [row + (rows - 1.0) / 2.0, column + (columns - 1.0) / 2.0, radius]
}
