//! The request for a dataset: its images and formats; writes nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rendition::Compression;
use crate::dataset::Split;
use crate::phantom::Phantom;

/// Version of the layout.
pub const LAYOUT: u32 = 4;

/// Licence of datasets unless another is given: nobody's work is in synthetic images.
pub const LICENSE: &str = "CC0-1.0";

/// Day on which images and layout of this version were settled.
pub const DATE: &str = "2026-11-29";

/// A format of images, regions or annotations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// NumPy array of each image.
    Npy,
    /// NumPy container of each image, its mask and its targets.
    Npz,
    /// Grey PNG of each image, 16-bit where the phantom is.
    Png,
    /// Grey TIFF of each image, uncompressed.
    Tiff,
    /// DICOM object of each image; compressed ones hold the codestream.
    Dicom,
    /// DICOM objects as on a medium, with a DICOMDIR.
    DicomDir,
    /// The codestream of each compressed image.
    Codestream,
    /// One PNG for each region, in directories named by class.
    ImageFolder,
    /// Tar shards of arrays and truth.
    WebDataset,
    /// COCO annotations of the PNG files.
    Coco,
    /// NIfTI file of each image.
    Nifti,
    /// Raw dataset of nnU-Net, of NIfTI files.
    NnUnet,
    /// Images of 8 bits and boxes of Ultralytics YOLO.
    Yolo,
}

impl Format {
    /// Formats in order, once each, with the PNG files that annotations refer to.
    #[must_use]
    pub fn complete(formats: &[Self]) -> Vec<Self> {
        let mut formats = formats.to_vec();
        if formats.contains(&Self::Coco) {
            formats.push(Self::Png);
        }
        formats.sort();
        formats.dedup();
        formats
    }

    /// Ending of the files that `file_name` names where these formats are written: the one that image
    /// loaders prefer.
    #[must_use]
    pub fn naming(formats: &[Self]) -> Option<&'static str> {
        let order = [
            (Self::Png, ".png"),
            (Self::Tiff, ".tiff"),
            (Self::Npy, ".npy"),
            (Self::Npz, ".npz"),
            (Self::Nifti, ".nii.gz"),
            (Self::Dicom, ".dcm"),
        ];
        order.iter().find(|(format, _)| formats.contains(format)).map(|(_, ending)| *ending)
    }

    /// Endings of the masks that are written with these formats: beside every image file one of its
    /// kind.
    #[must_use]
    pub fn masks(formats: &[Self]) -> Vec<&'static str> {
        let mut masks: Vec<&str> = (formats.iter())
            .filter_map(|format| Self::naming(&[*format]).map(Self::mask_of))
            .collect();
        masks.sort_unstable();
        masks.dedup();
        masks
    }

    /// Ending of the mask of an image whose file ends like this: of the same kind where that keeps
    /// labels, so that a loader turns both alike.
    #[must_use]
    pub fn mask_of(ending: &str) -> &'static str {
        match ending {
            ".npy" => ".mask.npy",
            ".tiff" => ".mask.tiff",
            ".nii.gz" => ".mask.nii.gz",
            _ => ".mask.png",
        }
    }
}

/// What is to be written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// [`LAYOUT`].
    pub format: u32,
    /// Version of the program.
    pub version: String,
    /// Identifier of the phantom.
    pub phantom: String,
    /// Its title.
    pub title: String,
    /// Hash of what forms its images.
    pub phantom_hash: String,
    /// The phantom file, whole.
    pub phantom_source: String,
    /// Seed.
    pub seed: u64,
    /// Images of each split.
    pub images: BTreeMap<Split, u64>,
    /// Formats, as [`Format::complete`] gives them.
    pub formats: Vec<Format>,
    /// Compressions of every image in addition to the original, each once.
    pub compress: Vec<Compression>,
    /// Class names; the mask holds index + 1.
    pub classes: Vec<String>,
    /// Licence of the images, an identifier of SPDX.
    pub license: String,
    /// Day of publication, as year, month and day; that of this version's images unless another is
    /// given. No clock is asked.
    pub date: String,
}

impl Request {
    /// The images that `seed` gives of `phantom`: none yet, in no format. `source` is the phantom
    /// file, whole.
    #[must_use]
    pub fn of(phantom: &Phantom, source: String, seed: u64) -> Self {
        let classes = phantom.formation.classes();
        Self {
            format: LAYOUT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            phantom: phantom.id.clone(),
            title: phantom.title.clone(),
            phantom_hash: phantom.content_hash_hex(),
            phantom_source: source,
            seed,
            images: BTreeMap::new(),
            formats: Vec::new(),
            compress: Vec::new(),
            classes: classes.into_iter().map(str::to_owned).collect(),
            license: LICENSE.to_owned(),
            date: DATE.to_owned(),
        }
    }

    /// Renditions of every image: the original and one for each compression.
    pub(super) fn renditions(&self) -> usize {
        1 + self.compress.len()
    }

    /// What paths of a rendition begin with; 0 is the original.
    pub(super) fn prefix(&self, rendition: usize) -> String {
        match rendition.checked_sub(1) {
            None => String::new(),
            Some(number) => format!("{}/", self.compress[number]),
        }
    }

    pub(super) fn splits(&self) -> impl Iterator<Item = (Split, u64)> + '_ {
        self.images.iter().map(|(&split, &images)| (split, images)).filter(|(_, n)| *n > 0)
    }
}
