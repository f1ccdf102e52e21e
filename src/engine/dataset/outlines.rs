//! Where targets lie, pixel by pixel, and where they may lie: what is asked about whole images.

use serde::{Deserialize, Serialize};

use crate::phantom::Formation;
use crate::scene::{self, Pixels, RegionKind, Scene, Target, raster};

/// A target as it lies in the matrix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutlinedTarget {
    /// What its region is for.
    pub kind: RegionKind,
    /// Index of its class, among those of its kind.
    pub class: u8,
    /// Pixels of which it covers at least half.
    pub pixels: Pixels,
    /// Its region: first row, first column, rows and columns. In one of a drawn target no other lies.
    pub region: [usize; 4],
    /// What was drawn, whose outline is known exactly; none where the truth are pixels alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawn: Option<Target>,
}

/// Where the targets of an image lie, and where targets may lie.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outlines {
    /// Rows and columns of the image.
    pub size: [usize; 2],
    /// Distance of pixel centres in mm; none where nobody states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spacing_mm: Option<f64>,
    /// The targets, from top to bottom and left to right of their regions.
    pub targets: Vec<OutlinedTarget>,
    /// Pixels that show what targets may lie in: the part of the image that is searched.
    pub area: Pixels,
}

impl Outlines {
    /// Those of a scene that was drawn from a formation.
    #[must_use]
    pub fn of(scene: &Scene, formation: &Formation) -> Self {
        let matrix = &formation.matrix;
        let side = formation.targets.region_pixels;
        let targets = scene.regions.iter().filter_map(|region| {
            let target = region.target?;
            let cover = raster::cover(&target.outline(), matrix);
            let corner = [cover.row, cover.column];
            let size = [cover.rows, cover.columns];
            Some(OutlinedTarget {
                kind: region.kind,
                class: region.class,
                pixels: Pixels::of(corner, size, |place| cover.share[place] >= 0.5),
                region: [region.row, region.column, side, side],
                drawn: Some(target),
            })
        });
        Self {
            size: [matrix.rows, matrix.columns],
            spacing_mm: Some(matrix.pixel_spacing.0),
            targets: targets.collect(),
            area: scene::area(scene, formation),
        }
    }
}
