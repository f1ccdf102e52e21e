//! Makes the figures that a study stores: strips of one target per shape, one whole image and the
//! confusion tables, so that a report never draws or encodes an image; writes no file.

use super::restored::{on_path, restore};
use super::{Clock, Experiment, StudyError};
use crate::codec::CodecName;
use crate::dataset::{Dataset, Source, SourceError, Split};
use crate::image::Image;
use crate::record::{Condition, Confusion, Example, Figures, InputPath, Strip, StripLevel, Tile};
use crate::scene::{LabelledRegion, PlacedRegion, RegionKind, Target};

/// Test image that the strips are cut from.
const SHOWN_CASE: u64 = 0;

/// Draws and encodes the first test image again and takes the figures from it.
///
/// # Errors
/// If it cannot be drawn or encoded.
pub fn figures(
    experiment: &Experiment<'_>,
    confusions: &[Confusion],
) -> Result<Figures, StudyError> {
    let Experiment { plan, source, .. } = *experiment;
    let form = source.form();
    let shown = plan.ladder.shown();
    let strips = match source.drawn() {
        Some(dataset) => strips(experiment, dataset)?,
        None => Vec::new(),
    };
    let case = source.labelled(Split::Test, SHOWN_CASE)?;
    // What an image is as a whole has no place in it.
    let placed = plan.collection.as_ref().is_none_or(|shown| shown.has_boxes);
    let shown_regions = if placed { &case.regions[..] } else { &[] };
    let windowed = on_path(&case.image, InputPath::Windowed, form);
    Ok(Figures {
        format: crate::record::FORMAT,
        classes: form.classes.clone(),
        confusions: confusions.iter().filter(|one| is_shown(one, &shown)).cloned().collect(),
        strips,
        quality: Vec::new(),
        attention: None,
        search: None,
        outlines: Vec::new(),
        example: Example {
            rows: windowed.rows() as u32,
            columns: windowed.columns() as u32,
            display: windowed.samples().iter().map(|&value| value as u8).collect(),
            regions: of_kind(shown_regions, RegionKind::Identify)
                .map(|region| (corner(region), region.class))
                .collect(),
            detection: of_kind(shown_regions, RegionKind::Detect)
                .map(|region| (corner(region), region.class == 0))
                .collect(),
            region_side: form.region_pixels as u32,
        },
    })
}

fn of_kind(regions: &[LabelledRegion], kind: RegionKind) -> impl Iterator<Item = &LabelledRegion> {
    regions.iter().filter(move |region| region.kind == kind)
}

fn corner(region: &LabelledRegion) -> [u32; 2] {
    [region.row as u32, region.column as u32]
}

/// One target of each class at the levels that figures show.
fn strips(experiment: &Experiment<'_>, dataset: &Dataset) -> Result<Vec<Strip>, StudyError> {
    let plan = experiment.plan;
    let formation = &dataset.phantom().formation;
    let case = dataset.case(Split::Test, SHOWN_CASE).map_err(SourceError::from)?;
    let shown = plan.ladder.shown();
    let mut strips = Vec::new();
    for &path in &plan.paths {
        let image = on_path(&case.image, path, dataset.form());
        let conditions: Vec<Condition> = plan
            .codecs_on(path)
            .filter(|&codec| codec != CodecName::Lossless)
            .flat_map(|codec| plan.at_levels(codec, &shown))
            .collect();
        let at = (Split::Test, SHOWN_CASE);
        let restored = restore(&image, path, &conditions, experiment, at, Clock::silent())?;
        for group in restored.chunk_by(|a, b| a.condition.codec == b.condition.codec) {
            for (class, shape) in formation.targets.classes().into_iter().enumerate() {
                let chosen = typical(&case.scene.regions, class as u8, dataset);
                let (Some((region, target)), Some(codec)) = (chosen, group[0].condition.codec)
                else {
                    continue;
                };
                let cut = |decoded: &Image| tile(decoded, &image, region, path, dataset);
                let spacing = formation.matrix.pixel_spacing.0;
                let (rows, columns) = (formation.matrix.rows, formation.matrix.columns);
                strips.push(Strip {
                    codec,
                    path,
                    shape: shape.to_owned(),
                    contrast: target.contrast,
                    equivalent_radius_mm: target.equivalent_radius_mm,
                    side: formation.targets.region_pixels as u32,
                    center_column: target.x_mm / spacing + columns as f64 / 2.0
                        - region.column as f64,
                    center_row: target.y_mm / spacing + rows as f64 / 2.0 - region.row as f64,
                    extent_pixels: target.equivalent_radius_mm * target.shape.extent() / spacing,
                    original: Tile { difference: Vec::new(), ..cut(&image) },
                    levels: group
                        .iter()
                        .filter_map(|one| {
                            Some(StripLevel {
                                target: one.condition.target?,
                                ratio_stored: f64::from(formation.matrix.format.bits_stored)
                                    * image.pixels() as f64
                                    / (8.0 * one.rendition.bytes as f64),
                                tile: cut(&one.image),
                            })
                        })
                        .collect(),
                });
            }
        }
    }
    Ok(strips)
}

fn is_shown(confusion: &Confusion, shown: &[f64]) -> bool {
    confusion.target.is_none_or(|target| shown.contains(&target))
}

/// The target of a class whose contrast is nearest to the middle of the phantom's range.
pub(super) fn typical<'a>(
    regions: &'a [PlacedRegion],
    class: u8,
    dataset: &Dataset,
) -> Option<(&'a PlacedRegion, Target)> {
    let range = dataset.phantom().formation.targets.contrast;
    let middle = (range.low + range.high) / 2.0;
    let distance = |target: &Target| (target.contrast.abs() - middle).abs();
    regions
        .iter()
        .filter(|region| (region.kind, region.class) == (RegionKind::Identify, class))
        .filter_map(|region| region.target.map(|target| (region, target)))
        .min_by(|(_, a), (_, b)| distance(a).total_cmp(&distance(b)))
}

fn tile(
    decoded: &Image,
    original: &Image,
    region: &PlacedRegion,
    path: InputPath,
    dataset: &Dataset,
) -> Tile {
    let matrix = &dataset.phantom().formation.matrix;
    let side = dataset.phantom().formation.targets.region_pixels;
    let cut = |image: &Image| {
        let mut values = Vec::with_capacity(side * side);
        image.copy_region(region.row, region.column, side, &mut values);
        values
    };
    let (after, before) = (cut(decoded), cut(original));
    Tile {
        display: after
            .iter()
            .map(|&value| match path {
                InputPath::Native => matrix.window.display(matrix.rescale.physical(value)),
                InputPath::Windowed => value as u8,
            })
            .collect(),
        difference: after.iter().zip(&before).map(|(&a, &b)| i32::from(a) - i32::from(b)).collect(),
    }
}
