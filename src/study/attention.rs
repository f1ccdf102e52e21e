//! Finds where the study's networks that identify look: compares slopes of their answers over the first test
//! images with the true masks; trains nothing.

use std::collections::BTreeMap;

use super::chunk::test_section;
use super::figures::typical;
use super::prepare::test_case;
use super::readers::readers;
use super::{Clock, Experiment, StudyError};
use crate::dataset::{Dataset, RegionSet, SourceError, Split};
use crate::observer::{Gradient, ObserverError};
use crate::record::{Attention, AttentionMap, Condition, InputPath, PointingResult, Regime};
use crate::scene::raster;
use crate::scene::{PlacedRegion, RegionKind, Scene};
use crate::store::RunDirectory;
use crate::task::TaskName;

/// Regions with a target that are examined, unless the first images hold fewer.
const EXAMINED_REGIONS: usize = 40;
/// Most test images that are drawn for them.
const MOST_IMAGES: u64 = 3;
/// Pixels by which a mask is dilated: a shape shows on both sides of its outline.
const DILATION: usize = 2;

/// One region with a target.
struct TargetRegion {
    /// Its number among all regions of the test images that networks identify.
    number: usize,
    class: u8,
    mask: Vec<u8>,
    /// The mask, dilated.
    wide: Vec<u8>,
    /// Whether the strips show it.
    shown: bool,
}

/// Examines the answers of the networks of regimes `original` and `mixed` at every level; `None`
/// where the study's readers have no gradient or are given more or other than regions of pixels, or
/// the true masks are not known.
///
/// A map is the mean over networks of the size of the slope of the log odds of the right class,
/// smoothed over 3×3 pixels to reduce noise.
///
/// # Errors
/// If an image cannot be drawn, or a network is missing or damaged.
pub fn attention(
    experiment: &Experiment<'_>,
    store: &RunDirectory,
) -> Result<Option<Attention>, StudyError> {
    let Experiment { plan, source, .. } = *experiment;
    // Slopes are over the pixels of a region.
    let asked = plan.tasks.contains(&TaskName::Identify) && plan.input.is_pixels();
    let Some(dataset) = source.drawn().filter(|_| asked) else { return Ok(None) };
    let side = source.form().region_pixels;
    let (targets, sets) = targets(experiment, dataset)?;
    let shown = plan.ladder.shown();
    let mut found = Attention {
        networks: plan.replicates,
        dilation: DILATION as u32,
        side: side as u32,
        pointing: Vec::new(),
        maps: Vec::new(),
    };
    let studied = |regime: &Regime| plan.regimes.contains(regime);
    for &path in &plan.paths {
        for regime in [Regime::Original, Regime::Mixed].into_iter().filter(studied) {
            let Some(readers) = readers(plan, store, TaskName::Identify, path, regime)? else {
                return Ok(None);
            };
            let gradients: Option<Vec<&dyn Gradient>> =
                readers.iter().map(|reader| reader.gradient()).collect();
            let Some(gradients) = gradients else { return Ok(None) };
            for (number, condition) in plan.conditions(path).into_iter().enumerate() {
                // The lossless null has the originals' pixels.
                if condition.codec.is_some() && condition.target.is_none() {
                    continue;
                }
                let Some(all) = sets.get(&test_section(TaskName::Identify, path, number)) else {
                    continue;
                };
                let mut regions = RegionSet::new(side);
                for target in &targets {
                    regions.values.extend_from_slice(all.region(target.number));
                    regions.labels.push(all.labels[target.number]);
                }
                let maps = maps(&gradients, &regions)?;
                found.pointing.push(pointing(path, regime, condition, &targets, &maps));
                if condition.target.is_none_or(|target| shown.contains(&target)) {
                    let of_strips = targets.iter().enumerate().filter(|(_, target)| target.shown);
                    found.maps.extend(of_strips.map(|(index, target)| AttentionMap {
                        path,
                        regime,
                        class: target.class,
                        rendition: condition.name(),
                        map: bytes(&maps[index]),
                        display: display(regions.region(index), path, dataset),
                        mask: target.mask.clone(),
                    }));
                }
            }
        }
    }
    Ok(Some(found))
}

/// The regions to examine, and all regions of their images under every condition.
fn targets(
    experiment: &Experiment<'_>,
    dataset: &Dataset,
) -> Result<(Vec<TargetRegion>, BTreeMap<String, RegionSet>), StudyError> {
    let classes = dataset.phantom().formation.targets.classes().len() as u8;
    let (mut targets, mut sets, mut before) = (Vec::new(), BTreeMap::new(), 0);
    for index in 0..MOST_IMAGES.min(u64::from(experiment.plan.test_images)) {
        if targets.len() >= EXAMINED_REGIONS {
            break;
        }
        test_case(experiment, index, &mut sets, Clock::silent())?;
        let scene = dataset.scene(Split::Test, index).map_err(SourceError::from)?;
        let strips: Vec<[usize; 2]> = (0..classes)
            .filter(|_| index == 0)
            .filter_map(|class| typical(&scene.regions, class, dataset))
            .map(|(region, _)| [region.row, region.column])
            .collect();
        targets.extend(of_scene(&scene, before, &strips, dataset));
        before += of_kind(&scene).count();
    }
    // The strips' targets are always kept.
    let mut others = EXAMINED_REGIONS.saturating_sub(targets.iter().filter(|it| it.shown).count());
    targets.retain(|target| {
        let kept = target.shown || others > 0;
        others -= usize::from(kept && !target.shown);
        kept
    });
    Ok((targets, sets))
}

/// The regions of a scene that networks identify.
fn of_kind(scene: &Scene) -> impl Iterator<Item = &PlacedRegion> {
    scene.regions.iter().filter(|region| region.kind == RegionKind::Identify)
}

fn of_scene(
    scene: &Scene,
    before: usize,
    strips: &[[usize; 2]],
    dataset: &Dataset,
) -> Vec<TargetRegion> {
    let side = dataset.phantom().formation.targets.region_pixels;
    let numbered = of_kind(scene).enumerate();
    numbered
        .filter_map(|(number, region)| {
            let mask = mask(region, dataset)?;
            Some(TargetRegion {
                number: before + number,
                class: region.class,
                wide: dilated(&mask, side),
                mask,
                shown: strips.contains(&[region.row, region.column]),
            })
        })
        .collect()
}

/// 1 where the target of a region covers at least half of the pixel; nothing where it has none.
fn mask(region: &PlacedRegion, dataset: &Dataset) -> Option<Vec<u8>> {
    let formation = &dataset.phantom().formation;
    let side = formation.targets.region_pixels;
    let cover = raster::cover(&region.target?.outline(), &formation.matrix);
    let mut mask = vec![0; side * side];
    for (line, shares) in cover.share.chunks_exact(cover.columns.max(1)).enumerate() {
        for (place, &share) in shares.iter().enumerate() {
            let row = (cover.row + line).checked_sub(region.row).filter(|it| *it < side);
            let column = (cover.column + place).checked_sub(region.column).filter(|it| *it < side);
            if let (Some(row), Some(column), true) = (row, column, share >= 0.5) {
                mask[row * side + column] = 1;
            }
        }
    }
    Some(mask)
}

/// 1 where a pixel of the mask lies within [`DILATION`].
fn dilated(mask: &[u8], side: usize) -> Vec<u8> {
    let near = |at: usize| at.saturating_sub(DILATION)..(at + DILATION + 1).min(side);
    let within = |a: usize, b: usize, row: usize, column: usize| {
        a.abs_diff(row).pow(2) + b.abs_diff(column).pow(2) <= DILATION * DILATION
    };
    (0..side * side)
        .map(|place| {
            let (row, column) = (place / side, place % side);
            let found = near(row).any(|a| {
                near(column).any(|b| mask[a * side + b] == 1 && within(a, b, row, column))
            });
            u8::from(found)
        })
        .collect()
}

fn failed(source: ObserverError) -> StudyError {
    StudyError::Observer { job: "saliency".into(), source }
}

/// One map per region, smoothed.
fn maps(readers: &[&dyn Gradient], regions: &RegionSet) -> Result<Vec<Vec<f32>>, StudyError> {
    let (side, pixels) = (regions.side, regions.side * regions.side);
    let mut sums = vec![0.0_f32; regions.values.len()];
    for reader in readers {
        let slopes = reader.slopes(regions, &|| false).map_err(failed)?;
        for (sum, slope) in sums.iter_mut().zip(slopes) {
            *sum += slope.abs();
        }
    }
    Ok(sums.chunks_exact(pixels).map(|map| smoothed(map, side)).collect())
}

/// Means over 3×3 pixels; beyond the border there is nothing.
fn smoothed(map: &[f32], side: usize) -> Vec<f32> {
    let near = |at: usize| at.saturating_sub(1)..(at + 2).min(side);
    (0..side * side)
        .map(|place| {
            let sum: f32 = near(place / side)
                .map(|row| near(place % side).map(|column| map[row * side + column]).sum::<f32>())
                .sum();
            sum / 9.0
        })
        .collect()
}

fn pointing(
    path: InputPath,
    regime: Regime,
    condition: Condition,
    targets: &[TargetRegion],
    maps: &[Vec<f32>],
) -> PointingResult {
    let hits = targets.iter().zip(maps).filter(|(target, map)| target.wide[greatest(map)] == 1);
    let share = |target: &TargetRegion| {
        target.wide.iter().map(|&it| f64::from(it)).sum::<f64>() / target.wide.len() as f64
    };
    PointingResult {
        path,
        regime,
        condition,
        regions: targets.len() as u32,
        hits: hits.count() as u32,
        chance: targets.iter().map(share).sum::<f64>() / targets.len().max(1) as f64,
    }
}

/// Place of the greatest value, the first of equals.
fn greatest(map: &[f32]) -> usize {
    let mut best = 0;
    for (at, value) in map.iter().enumerate() {
        if *value > map[best] {
            best = at;
        }
    }
    best
}

/// The map with its greatest value at 255.
fn bytes(map: &[f32]) -> Vec<u8> {
    let largest = map.iter().copied().fold(0.0, f32::max);
    let scale = if largest > 0.0 { 255.0 / largest } else { 0.0 };
    map.iter().map(|value| (value * scale).round() as u8).collect()
}

/// Displayed values 0..=255 of stored ones of a path.
pub(super) fn display(region: &[u16], path: InputPath, dataset: &Dataset) -> Vec<u8> {
    let matrix = &dataset.phantom().formation.matrix;
    let shown = |&value: &u16| match path {
        InputPath::Native => matrix.window.display(matrix.rescale.physical(value)),
        InputPath::Windowed => value as u8,
    };
    region.iter().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_grows_to_a_disk() {
        let mut mask = vec![0; 49];
        mask[3 * 7 + 3] = 1;
        // Pixels within 2 of a point: 1 + 4 + 4 + 4 = 13.
        let wide = dilated(&mask, 7);
        assert_eq!(wide.iter().filter(|it| **it == 1).count(), 13);
        assert_eq!((wide[7 + 3], wide[7 + 1]), (1, 0));
    }

    #[test]
    fn a_hit_is_a_greatest_value_within_the_mask() {
        let mut mask = vec![0; 49];
        mask[24] = 1;
        let target = || TargetRegion {
            number: 0,
            class: 0,
            wide: dilated(&mask, 7),
            mask: mask.clone(),
            shown: false,
        };
        let peak = |at: usize| {
            let mut map = vec![0.1; 49];
            map[at] = 0.7;
            map
        };
        let condition = Condition::UNCOMPRESSED;
        let (path, regime) = (InputPath::Native, Regime::Original);
        // At the centre, two pixels above it, and in a corner.
        let maps = [peak(24), peak(10), peak(0)];
        let found = pointing(path, regime, condition, &[target(), target(), target()], &maps);
        assert_eq!((found.hits, found.regions), (2, 3));
        assert!((found.chance - 13.0 / 49.0).abs() < 1e-12);
        assert_eq!(bytes(&maps[0])[24], 255);
    }

    #[test]
    fn smoothing_is_a_mean_of_nine() {
        let mut map = vec![0.0; 25];
        map[12] = 9.0;
        let smooth = smoothed(&map, 5);
        assert_eq!((smooth[12], smooth[6], smooth[0]), (1.0, 1.0, 0.0));
    }
}
