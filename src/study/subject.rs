//! What a plan needs to know of the images that a study is about: drawn from a phantom, or a user's;
//! plans nothing.

use super::preset::{Preset, Size};
use crate::collection::Presentation;
use crate::image::SampleFormat;
use crate::phantom::Phantom;
use crate::record::InputPath;

/// Regions of an image of a phantom, about: by these a preset's passes are carried over to images of
/// a user, so that networks see as many examples.
const REGIONS_OF_AN_IMAGE: u32 = 60;
/// Most passes over a user's images unless more are asked for.
const MOST_PASSES: u32 = 200;

/// What a study is about.
pub(super) struct Subject<'a> {
    /// Identifier of the phantom, or name of the data set.
    pub(super) id: String,
    /// Hash of what forms the images.
    pub(super) sha256: String,
    /// Text of the phantom; empty of a data set.
    pub(super) source: &'a str,
    pub(super) collection: Option<&'a Presentation>,
    phantom: Option<&'a Phantom>,
    pub(super) format: SampleFormat,
    /// Pixels of an image.
    pub(super) pixels: u64,
    pub(super) region_pixels: usize,
    /// The shorter edge of an image in pixels; of a data set, whose images differ, that of a region.
    pub(super) least_edge: usize,
    /// Number of classes of regions that are for identification.
    pub(super) classes: usize,
    /// Whether some regions are for detection.
    pub(super) detects: bool,
    /// Whether it is known which pixels belong to targets.
    pub(super) has_outlines: bool,
    pub(super) has_window: bool,
}

impl<'a> Subject<'a> {
    pub(super) fn of_phantom(phantom: &'a Phantom, source: &'a str) -> Self {
        let (matrix, targets) = (&phantom.formation.matrix, &phantom.formation.targets);
        Self {
            id: phantom.id.clone(),
            sha256: phantom.content_hash_hex(),
            source,
            collection: None,
            phantom: Some(phantom),
            format: matrix.format,
            pixels: (matrix.rows * matrix.columns) as u64,
            region_pixels: targets.region_pixels,
            least_edge: matrix.rows.min(matrix.columns),
            classes: targets.classes().len(),
            detects: phantom.formation.detection.is_some(),
            has_outlines: true,
            has_window: true,
        }
    }

    pub(super) fn of_collection(shown: &'a Presentation, [name, sha256]: [&str; 2]) -> Self {
        Self {
            id: name.to_owned(),
            sha256: sha256.to_owned(),
            source: "",
            collection: Some(shown),
            phantom: None,
            format: shown.format,
            pixels: shown.pixels,
            region_pixels: shown.region_pixels,
            least_edge: shown.region_pixels,
            classes: shown.classes.len(),
            detects: shown.detects(),
            has_outlines: shown.has_outlines,
            has_window: shown.window.is_some(),
        }
    }

    pub(super) fn is_collection(&self) -> bool {
        self.collection.is_some()
    }

    /// Whether the samples are bytes, which JPEG takes as they are.
    pub(super) fn is_of_bytes(&self) -> bool {
        self.is_collection() && self.format.bits_stored <= 8
    }

    /// The paths that are studied where none is named: images of a user go through a window where they
    /// have one and more bits than it shows.
    pub(super) fn paths(&self) -> Vec<InputPath> {
        if self.is_collection() && (!self.has_window || self.is_of_bytes()) {
            vec![InputPath::Native]
        } else {
            InputPath::ALL.to_vec()
        }
    }

    /// Whether there are images at a share of the dose.
    pub(super) fn has_dose(&self, share: f64) -> bool {
        let at_dose = |phantom: &Phantom| phantom.formation.acquisition.at_dose(share).is_some();
        self.phantom.is_some_and(at_dose)
    }

    /// The sizes of a preset. Of a user's images there are as many as there are, and as many passes
    /// over them as show a network as many examples as the preset's.
    pub(super) fn size(&self, preset: Preset) -> Size {
        let size = preset.size();
        let Some(shown) = self.collection else { return size };
        let [train_images, tune_images, test_images] = shown.images;
        let examples = size.train_images * REGIONS_OF_AN_IMAGE * size.epochs;
        let epochs = examples.div_ceil(train_images.max(1)).clamp(size.epochs, MOST_PASSES);
        let mixed_epochs = (epochs * size.mixed_epochs).div_ceil(size.epochs);
        Size { train_images, tune_images, test_images, epochs, mixed_epochs, ..size }
    }

    /// As many images as are asked for, or as there are.
    pub(super) fn at_most(&self, asked: u32, all: u32) -> u32 {
        if self.is_collection() { asked.min(all) } else { asked }
    }
}
