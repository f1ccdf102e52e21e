//! What outlining networks outline in an image, and how well; draws nothing.

use serde::Serialize;

use super::ExploreError;
use super::networks::{Asked, Groups};
use crate::dataset::ImagePart;
use crate::metric::outline::{OutlineTruth, Segmentation, asked as asked_of};
use crate::observer::Reader;
use crate::phantom::Phantom;
use crate::record::Regime;
use crate::scene::Pixels;
use crate::task::{Outline, WholeImage};

/// What several networks outline in one image.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Contours {
    networks: usize,
    regime: Regime,
    /// Pixels that more than half of the networks outline: row, first column and length of each run.
    outlined: Vec<[u32; 3]>,
    /// Mean Dice coefficient over networks of each region's target; `None` where there is no target.
    dice: Vec<Option<f64>>,
}

/// What the networks of one path and regime outline.
pub(super) fn contours(
    groups: &Groups<Box<dyn Reader>>,
    phantom: &Phantom,
    asked: &Asked<'_>,
) -> Result<Contours, ExploreError> {
    let Asked { regime, image, drawn, .. } = *asked;
    let networks = asked.among(groups, drawn.phantom.id == phantom.id)?;
    let outlines = drawn.outlines();
    let shapes = drawn.phantom.formation.targets.shapes.len();
    let place = Outline { shapes }.part(outlines, [image.rows(), image.columns()]);
    let part = ImagePart::of(image, place);
    let truth = OutlineTruth::of(outlines, place);
    let mut votes = vec![0_usize; part.rows * part.columns];
    let mut sums = vec![0.0; asked_of(outlines).count()];
    for network in networks {
        let map = network.map(&part, &|| false)?;
        let segmentation = Segmentation::of(&map.values, [map.rows, map.columns], map.width);
        let inside = &segmentation.outlined().inside;
        votes.iter_mut().zip(inside).for_each(|(votes, &inside)| *votes += usize::from(inside));
        let found = truth.compare(&segmentation);
        sums.iter_mut().zip(&found.targets).for_each(|(sum, target)| *sum += target.dice);
    }
    let count = networks.len();
    let agreed = |at: usize| 2 * votes[at] > count;
    let outlined = Pixels::of(part.corner, [part.rows, part.columns], agreed).runs;
    let mut means = sums.into_iter().map(|sum| sum / count.max(1) as f64);
    let dice = drawn.scene.regions.iter().map(|region| region.target.and_then(|_| means.next()));
    Ok(Contours { networks: count, regime, outlined, dice: dice.collect() })
}
