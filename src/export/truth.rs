//! The truth of an image as text and as a mask.

use serde::{Deserialize, Serialize};

use crate::acquisition::detectability::KnownTargetObserver;
use crate::codec::CodecName;
use crate::dataset::Split;
use crate::files;
use crate::image::{Image, words};
use crate::phantom::{Formation, Matrix};
use crate::scene::raster;
use crate::scene::{PlacedRegion, RegionKind, Scene, Target};
use crate::units::{RatioBase, Unit};

/// One line of `metadata.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageTruth {
    /// The image, relative to this file; absent where only shards or regions are written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// The mask, relative to this file; absent likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mask_file_name: Option<String>,
    /// Split; absent where images are not split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<Split>,
    /// Index within the split.
    pub index: u64,
    /// SHA-256 of the stored values as 16-bit little-endian words.
    pub sha256: String,
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Bits that carry a stored value.
    pub bits_stored: u8,
    /// Distance of pixel centres.
    pub pixel_spacing_mm: f64,
    /// How the image was compressed; absent in the original.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compression: Option<CompressionTruth>,
    /// What the regions hold, from top to bottom and left to right.
    pub targets: Vec<TargetTruth>,
}

/// How an image was compressed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompressionTruth {
    /// Codec.
    pub codec: CodecName,
    /// True if the codec was given 8 bits through the display window.
    pub windowed: bool,
    /// Target ratio; null where lossless.
    pub target_ratio: Option<f64>,
    /// Bits that it counts.
    pub base: RatioBase,
    /// False where the codec cannot reach it and the nearest was taken.
    pub reached: bool,
    /// Bytes of the codestream, headers included.
    pub codestream_bytes: u64,
    /// Compressed bits per pixel.
    pub bits_per_pixel: f64,
    /// Ratio reached on bits stored of the original.
    pub ratio_stored: f64,
    /// Ratio reached on bits allocated of the original.
    pub ratio_allocated: f64,
    /// Ratio reached on bits stored of what the codec was given.
    pub ratio_input: f64,
}

/// One region and its target. Fields of the target are null where it is absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetTruth {
    /// What the region is for.
    pub task: RegionKind,
    /// Class name.
    pub class: String,
    /// Class index; the mask holds index + 1.
    pub class_index: u8,
    /// Region as [row, column, side] in pixels.
    pub region: [usize; 3],
    /// Centre (centroid) as [row, column] in pixels; the first pixel's centre is [0.5, 0.5].
    pub center_pixels: Option<[f64; 2]>,
    /// Centre as [y, x] in mm from the centre of the matrix, y down and x to the right.
    pub center_mm: Option<[f64; 2]>,
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
    /// Exact area of the outline.
    pub area_mm2: Option<f64>,
    /// Pixels that the outline touches: [row, column, rows, columns].
    pub r#box: Option<[usize; 4]>,
    /// Other targets that reach into the region; absent where none does.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub others_in_region: usize,
    /// d′ of the ideal observer that knows target and background, in the uncompressed image;
    /// null where it is not known.
    pub detectability: Option<f64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// What a region is for, and where it is.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionTruth {
    /// What it is for.
    pub task: RegionKind,
    /// Class name.
    pub class: String,
    /// Class index.
    pub class_index: u8,
    /// Row, column and side in pixels.
    pub region: [usize; 3],
}

impl TargetTruth {
    /// The truth of a region of an image of `matrix` that holds `target`, whose contrast has this unit.
    #[must_use]
    pub fn of(
        place: RegionTruth,
        target: Option<Target>,
        matrix: &Matrix,
        unit: Unit,
        detectability: Option<f64>,
    ) -> Self {
        let spacing = matrix.pixel_spacing.0;
        let outline = target.map(|target| target.outline());
        let cover = outline.as_ref().map(|outline| raster::cover(outline, matrix));
        let area_mm2 = outline.map(|outline| outline.area_mm2());
        Self {
            task: place.task,
            class: place.class,
            class_index: place.class_index,
            region: place.region,
            center_pixels: target.map(|target| {
                [
                    target.y_mm / spacing + matrix.rows as f64 / 2.0,
                    target.x_mm / spacing + matrix.columns as f64 / 2.0,
                ]
            }),
            center_mm: target.map(|target| [target.y_mm, target.x_mm]),
            equivalent_radius_mm: target.map(|target| target.equivalent_radius_mm),
            angle_deg: target.map(|target| target.angle_deg),
            contrast: target.map(|target| target.contrast),
            contrast_unit: target.map(|_| unit),
            area_pixels: area_mm2.map(|area| area / (spacing * spacing)),
            area_mm2,
            r#box: cover.map(|cover| [cover.row, cover.column, cover.rows, cover.columns]),
            others_in_region: 0,
            detectability,
        }
    }

    /// Counts the other targets in the region of each, by their boxes; where targets were drawn with
    /// regions that lie apart there are none.
    pub fn count_others(targets: &mut [Self]) {
        let boxes: Vec<Option<[usize; 4]>> = targets.iter().map(|target| target.r#box).collect();
        for (number, target) in targets.iter_mut().enumerate() {
            let [row, column, side] = target.region;
            let reaches = |&[top, left, rows, columns]: &[usize; 4]| {
                top < row + side
                    && row < top + rows
                    && left < column + side
                    && column < left + columns
            };
            let others = boxes.iter().enumerate().filter(|(other, _)| *other != number);
            target.others_in_region =
                others.filter_map(|(_, it)| it.as_ref()).filter(|it| reaches(it)).count();
        }
    }
}

/// What turns scenes of one phantom into truth.
#[derive(Debug)]
pub struct Describer {
    pub(super) formation: Formation,
    classes: Vec<&'static str>,
    observer: Option<KnownTargetObserver>,
}

impl Describer {
    /// Prepares the description of scenes of a phantom.
    #[must_use]
    pub fn new(formation: &Formation) -> Self {
        Self {
            formation: formation.clone(),
            classes: formation.classes(),
            observer: KnownTargetObserver::new(formation),
        }
    }

    /// The truth of the regions of a scene, from top to bottom and left to right.
    #[must_use]
    pub fn targets(&self, scene: &Scene) -> Vec<TargetTruth> {
        scene.regions.iter().map(|region| self.target(region)).collect()
    }

    fn target(&self, region: &PlacedRegion) -> TargetTruth {
        let targets = &self.formation.targets;
        let class_index = region.class_index(&self.formation);
        let place = RegionTruth {
            task: region.kind,
            class: self.classes[usize::from(class_index)].to_owned(),
            class_index,
            region: [region.row, region.column, targets.region_pixels],
        };
        let detectability = region.target.and_then(|target| {
            self.observer.as_ref().map(|observer| observer.detectability(&target))
        });
        let unit = targets.contrast_unit;
        TargetTruth::of(place, region.target, &self.formation.matrix, unit, detectability)
    }

    /// The truth of one rendition of an image; file names are given later.
    pub(super) fn image(
        &self,
        split: Split,
        index: u64,
        image: &Image,
        compression: Option<CompressionTruth>,
        targets: &[TargetTruth],
    ) -> ImageTruth {
        ImageTruth {
            file_name: None,
            mask_file_name: None,
            split: Some(split),
            index,
            sha256: image_hash(image),
            rows: image.rows(),
            columns: image.columns(),
            bits_stored: image.format().bits_stored,
            pixel_spacing_mm: self.formation.matrix.pixel_spacing.0,
            compression,
            targets: targets.to_vec(),
        }
    }
}

/// Class index + 1 where a target covers at least half of the pixel, else 0;
/// `[rows, columns]` in row-major order.
#[must_use]
pub fn mask(scene: &Scene, formation: &Formation) -> Vec<u8> {
    let matrix = &formation.matrix;
    let mut mask = vec![0; matrix.rows * matrix.columns];
    for region in &scene.regions {
        let Some(target) = region.target else { continue };
        paint_mask(&mut mask, &target, region.class_index(formation), matrix);
    }
    mask
}

/// Sets class index + 1 where a target covers at least half of the pixel.
pub fn paint_mask(mask: &mut [u8], target: &Target, class_index: u8, matrix: &Matrix) {
    let cover = raster::cover(&target.outline(), matrix);
    for (line, shares) in cover.share.chunks_exact(cover.columns.max(1)).enumerate() {
        let start = (cover.row + line) * matrix.columns + cover.column;
        for (value, &share) in mask[start..].iter_mut().zip(shares) {
            if share >= 0.5 {
                *value = class_index + 1;
            }
        }
    }
}

/// SHA-256 of the stored values as 16-bit little-endian words.
#[must_use]
pub fn image_hash(image: &Image) -> String {
    files::sha256(&words::to_bytes(image.samples()))
}
