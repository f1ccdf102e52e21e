//! Makes the pictures of what networks outline: a usual target of each shape, and those that
//! compression costs the most, before and after compression; scores nothing.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::answers::{answers, cases_of};
use super::attention::display;
use super::figures::typical;
use super::restored::shown;
use super::{Experiment, Plan, StudyError};
use crate::codec::CodecName;
use crate::dataset::{Dataset, ImagePart, OutlinedTarget, Outlines, SourceError, Split};
use crate::image::Image;
use crate::metric::outline::{OutlineTruth, OutlinedImage, Segmentation, asked};
use crate::observer::Reader;
use crate::record::{Condition, InputPath, Job, OutlinedStrip, OutlinedTile, Regime};
use crate::store::RunDirectory;
use crate::task::{Outline, Task, TaskName, Truth, WholeImage, outlined_images};

/// Targets of each codec and path that compression costs the most.
const WORST: usize = 6;
/// Test image of the usual targets.
const SHOWN_CASE: u64 = 0;

/// What the first network of regime `original` outlined, on each path and by each lossy codec; empty
/// where no network outlines, or the phantom is not known.
///
/// # Errors
/// If an image cannot be drawn, or a network or its answers are missing or damaged.
pub fn outlined(
    experiment: &Experiment<'_>,
    store: &RunDirectory,
) -> Result<Vec<OutlinedStrip>, StudyError> {
    let Experiment { plan, source, .. } = *experiment;
    let asks = plan.tasks.contains(&TaskName::Outline) && plan.regimes.contains(&Regime::Original);
    let Some(dataset) = source.drawn().filter(|_| asks) else { return Ok(Vec::new()) };
    let shown = plan.ladder.shown();
    let mut strips = Vec::new();
    for &path in &plan.paths {
        let found = super::readers(plan, store, TaskName::Outline, path, Regime::Original)?;
        let Some(reader) = found.as_ref().and_then(|readers| readers.first()) else { continue };
        for codec in plan.codecs_on(path).filter(|&codec| codec != CodecName::Lossless) {
            let mut chosen = usual(dataset)?;
            chosen.extend(worst(plan, store, (path, codec), &shown)?);
            let conditions: Vec<Condition> = plan.at_levels(codec, &shown).collect();
            let pictures = Pictures { experiment, dataset, reader: reader.as_ref(), path, codec };
            strips.extend(pictures.strips(&chosen, &conditions)?);
        }
    }
    Ok(strips)
}

/// A target of a test image, by its number among those that are asked for.
#[derive(Debug, Clone, Copy)]
struct Chosen {
    case: u64,
    target: usize,
    worst: bool,
}

/// The target of each shape whose contrast is nearest to the middle.
fn usual(dataset: &Dataset) -> Result<Vec<Chosen>, StudyError> {
    let scene = dataset.scene(Split::Test, SHOWN_CASE).map_err(SourceError::from)?;
    let outlines = dataset.outlines(Split::Test, SHOWN_CASE).map_err(SourceError::from)?;
    let shapes = dataset.phantom().formation.targets.shapes.len() as u8;
    let number = |class| {
        let (region, _) = typical(&scene.regions, class, dataset)?;
        let same = |it: &OutlinedTarget| it.region[..2] == [region.row, region.column];
        asked(&outlines).position(same)
    };
    let found = (0..shapes).filter_map(number);
    Ok(found.map(|target| Chosen { case: SHOWN_CASE, target, worst: false }).collect())
}

/// The targets whose Dice coefficient falls the most to the middle of the levels shown.
fn worst(
    plan: &Plan,
    store: &RunDirectory,
    (path, codec): (InputPath, CodecName),
    shown: &[f64],
) -> Result<Vec<Chosen>, StudyError> {
    let conditions = plan.conditions(path);
    let middle = shown.get(shown.len() / 2).copied();
    let place = conditions.iter().position(|it| (it.codec, it.target) == (Some(codec), middle));
    let Some(place) = place else { return Ok(Vec::new()) };
    let records = cases_of(plan, store, TaskName::Outline)?;
    let indices: Vec<u64> = records.iter().map(|record| record.index).collect();
    let truths: Vec<Truth> = records.into_iter().map(|record| record.truth).collect();
    let examples = truths.iter().map(|truth| Outline { shapes: 1 }.examples_of(truth)).sum();
    let job = Job::new(TaskName::Outline, path, Regime::Original, 0);
    let answered = answers(plan, store, &job, examples)?;
    let before = outlined_images(&truths, answered.under(0));
    let after = outlined_images(&truths, answered.under(place));
    let mut losses: Vec<(f64, Chosen)> = Vec::new();
    for ((before, after), &case) in before.zip(after).zip(&indices) {
        for (target, (before, after)) in before.targets.iter().zip(&after.targets).enumerate() {
            losses.push((before.dice - after.dice, Chosen { case, target, worst: true }));
        }
    }
    losses.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    Ok(losses.into_iter().take(WORST).map(|(_, chosen)| chosen).collect())
}

/// What pictures of a path and codec are made from.
struct Pictures<'a> {
    experiment: &'a Experiment<'a>,
    dataset: &'a Dataset,
    reader: &'a dyn Reader,
    path: InputPath,
    codec: CodecName,
}

/// One rendition of an image with what is outlined in it.
struct Seen {
    target: Option<f64>,
    image: Image,
    corner: [usize; 2],
    columns: usize,
    outlined: Vec<bool>,
    figures: OutlinedImage,
}

impl Pictures<'_> {
    fn strips(
        &self,
        chosen: &[Chosen],
        conditions: &[Condition],
    ) -> Result<Vec<OutlinedStrip>, StudyError> {
        let mut images: BTreeMap<u64, (Outlines, Vec<Seen>)> = BTreeMap::new();
        for case in chosen.iter().map(|it| it.case) {
            if let Entry::Vacant(place) = images.entry(case) {
                place.insert(self.seen(case, conditions)?);
            }
        }
        let classes = &self.experiment.source.form().classes;
        let strip = |it: &Chosen| {
            let (outlines, seen) = &images[&it.case];
            let target = asked(outlines).nth(it.target)?;
            let [row, column, side, _] = target.region;
            let tile = |one: &Seen| self.tile(one, it.target, [row, column, side]);
            Some(OutlinedStrip {
                codec: self.codec,
                path: self.path,
                worst: it.worst,
                case: it.case as u32,
                shape: classes[usize::from(target.class)].clone(),
                side: side as u32,
                truth: contours(outlines, target),
                tiles: seen.iter().map(tile).collect(),
            })
        };
        Ok(chosen.iter().filter_map(strip).collect())
    }

    /// A test image uncompressed and at some levels.
    fn seen(
        &self,
        case: u64,
        conditions: &[Condition],
    ) -> Result<(Outlines, Vec<Seen>), StudyError> {
        let outlines = self.experiment.source.outlines(Split::Test, case)?;
        let images = shown(self.experiment, self.path, case, conditions)?;
        let seen = images.into_iter().map(|(target, image)| self.outline(&outlines, target, image));
        let seen = seen.collect::<Result<_, _>>()?;
        Ok((outlines, seen))
    }

    fn outline(
        &self,
        outlines: &Outlines,
        target: Option<f64>,
        image: Image,
    ) -> Result<Seen, StudyError> {
        let shapes = self.dataset.phantom().formation.targets.shapes.len();
        let part = Outline { shapes }.part(outlines, [image.rows(), image.columns()]);
        let map = self.reader.map(&ImagePart::of(&image, part), &|| false);
        let map = map.map_err(|source| StudyError::Observer { job: "outlines".into(), source })?;
        let segmentation = Segmentation::of(&map.values, [map.rows, map.columns], map.width);
        Ok(Seen {
            target,
            image,
            corner: [part[0], part[1]],
            columns: map.columns,
            figures: OutlineTruth::of(outlines, part).compare(&segmentation),
            outlined: segmentation.outlined().inside.clone(),
        })
    }

    fn tile(&self, seen: &Seen, target: usize, [row, column, side]: [usize; 3]) -> OutlinedTile {
        let mut values = Vec::with_capacity(side * side);
        seen.image.copy_region(row, column, side, &mut values);
        let first = (row - seen.corner[0]) * seen.columns + column - seen.corner[1];
        let lines = (0..side).map(|line| &seen.outlined[first + line * seen.columns..][..side]);
        OutlinedTile {
            target: seen.target,
            dice: seen.figures.targets.get(target).map_or(0.0, |figures| figures.dice),
            display: display(&values, self.path, self.dataset),
            outlined: lines.flatten().map(|&inside| u8::from(inside)).collect(),
        }
    }
}

/// The exact outline of a target in pixels from its region's corner.
fn contours(outlines: &Outlines, target: &OutlinedTarget) -> Vec<Vec<[f64; 2]>> {
    let (Some(drawn), Some(pixel)) = (&target.drawn, outlines.spacing_mm) else {
        return Vec::new();
    };
    let [rows, columns] = outlines.size.map(|size| size as f64 / 2.0);
    let [row, column, ..] = target.region.map(|it| it as f64);
    // A hundredth of a pixel is more than a picture shows.
    let rounded = |pixels: f64| (pixels * 100.0).round() / 100.0;
    let place = |[x, y]: [f64; 2]| {
        let (x, y) = (x / pixel + columns, y / pixel + rows);
        [rounded(x - column), rounded(y - row)]
    };
    let all = drawn.outline().contours.into_iter();
    all.map(|contour| contour.into_iter().map(place).collect()).collect()
}
