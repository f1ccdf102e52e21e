//! The request for a dataset: its images and formats; writes nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rendition::Compression;
use crate::dataset::Split;
use crate::phantom::Phantom;

/// Version of the layout.
pub const LAYOUT: u32 = 3;

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
    /// The codestream of each compressed image.
    Codestream,
    /// One PNG for each region, in directories named by class.
    ImageFolder,
    /// Tar shards of arrays and truth.
    WebDataset,
    /// COCO annotations of the PNG files.
    Coco,
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
            (Self::Dicom, ".dcm"),
        ];
        order.iter().find(|(format, _)| formats.contains(format)).map(|(_, ending)| *ending)
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
