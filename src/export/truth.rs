//! Owns the truth of an image as text and as a mask.

use serde::{Deserialize, Serialize};

use crate::acquisition::raster;
use crate::dataset::Case;
use crate::files;
use crate::phantom::{Matrix, Targets};
use crate::scene::Scene;
use crate::units::Unit;

/// One line of `metadata.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageTruth {
    /// The image, relative to this file.
    pub file_name: String,
    /// The mask, relative to this file.
    pub mask_file_name: String,
    /// Index within the split.
    pub index: u64,
    /// SHA-256 of the stored values as 16-bit little-endian words.
    pub sha256: String,
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Distance of pixel centres.
    pub pixel_spacing_mm: f64,
    /// What the regions hold, from top to bottom and left to right.
    pub targets: Vec<TargetTruth>,
}

/// One region and its target. Fields of the target are null where it is absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetTruth {
    /// Class name.
    pub class: String,
    /// Class index; the mask holds index + 1.
    pub class_index: u8,
    /// Region as [row, column, side] in pixels.
    pub region: [usize; 3],
    /// Centre (centroid) as [row, column] in pixels; the first pixel's centre is [0.5, 0.5].
    pub center: Option<[f64; 2]>,
    /// Radius of the disk of equal area.
    pub equivalent_radius_mm: Option<f64>,
    /// Rotation from the row direction towards the column direction, in degrees.
    pub angle_deg: Option<f64>,
    /// Signed contrast to the background.
    pub contrast: Option<f64>,
    /// Unit of the contrast.
    pub contrast_unit: Option<Unit>,
    /// Exact area of the outline in pixels.
    pub area_pixels: Option<f64>,
    /// Pixels that the outline touches: [row, column, rows, columns].
    pub r#box: Option<[usize; 4]>,
}

impl ImageTruth {
    pub(super) fn new(
        file_name: String,
        index: u64,
        case: &Case,
        matrix: &Matrix,
        classes: &[String],
        targets: &Targets,
    ) -> Self {
        let words: Vec<u8> = case.image.samples().iter().flat_map(|v| v.to_le_bytes()).collect();
        let spacing = matrix.pixel_spacing.0;
        let regions = case
            .scene
            .regions
            .iter()
            .map(|region| {
                let target = region.target;
                let outline = target.map(|target| target.outline());
                let cover = outline.as_ref().map(|outline| raster::cover(outline, matrix));
                TargetTruth {
                    class: classes[usize::from(region.class)].clone(),
                    class_index: region.class,
                    region: [region.row, region.column, targets.region_pixels],
                    center: target.map(|target| {
                        [
                            target.y_mm / spacing + matrix.rows as f64 / 2.0,
                            target.x_mm / spacing + matrix.columns as f64 / 2.0,
                        ]
                    }),
                    equivalent_radius_mm: target.map(|target| target.equivalent_radius_mm),
                    angle_deg: target.map(|target| target.angle_deg),
                    contrast: target.map(|target| target.contrast),
                    contrast_unit: target.map(|_| targets.contrast_unit),
                    area_pixels: outline.map(|outline| outline.area_mm2() / (spacing * spacing)),
                    r#box: cover.map(|cover| [cover.row, cover.column, cover.rows, cover.columns]),
                }
            })
            .collect();
        Self {
            mask_file_name: format!("{index:06}.mask.png"),
            file_name,
            index,
            sha256: files::sha256(&words),
            rows: matrix.rows,
            columns: matrix.columns,
            pixel_spacing_mm: spacing,
            targets: regions,
        }
    }
}

/// Class index + 1 where a target covers at least half of the pixel, else 0;
/// `[rows, columns]` in row-major order.
#[must_use]
pub fn mask(scene: &Scene, matrix: &Matrix) -> Vec<u8> {
    let mut mask = vec![0; matrix.rows * matrix.columns];
    for region in &scene.regions {
        let Some(target) = region.target else { continue };
        let cover = raster::cover(&target.outline(), matrix);
        for (line, shares) in cover.share.chunks_exact(cover.columns.max(1)).enumerate() {
            let start = (cover.row + line) * matrix.columns + cover.column;
            for (value, &share) in mask[start..].iter_mut().zip(shares) {
                if share >= 0.5 {
                    *value = region.class + 1;
                }
            }
        }
    }
    mask
}
