//! What is known of one labelled image, and of one patient.

use std::path::PathBuf;

use super::coco_mask::Annotated;
use crate::dataset::Split;
use crate::scene::Pixels;

/// Where an image is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A file of its own, or a frame of an object with several.
    File {
        /// The file.
        path: PathBuf,
        /// The frame, from 1.
        frame: Option<u32>,
    },
    /// One image of an array.
    Array {
        /// Name of the array.
        array: String,
        /// Number of the image, from 0.
        index: u64,
    },
}

/// A target in an image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Boxed {
    /// Index of its class; `None` of a crowd, in which targets are not told apart.
    pub class: Option<u8>,
    /// First row, first column, rows and columns, in pixels.
    pub area: [f64; 4],
}

/// A target to the pixel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlined {
    /// Index of its class; `None` of a crowd, in which targets are not told apart.
    pub class: Option<u8>,
    /// The pixels that belong to it.
    pub pixels: Pixels,
}

/// What is true of an image.
#[derive(Debug, Clone, PartialEq)]
pub enum Truth {
    /// Index of the class that it has as a whole.
    Class(u8),
    /// The targets in it.
    Boxes(Vec<Boxed>),
}

/// A mask, or a frame of a DICOM Segmentation object, that marks pixels of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    /// The file.
    pub path: PathBuf,
    /// The frame, from 1.
    pub frame: u32,
}

/// Where it is said which pixels of an image belong to targets.
#[derive(Debug, Clone, PartialEq)]
pub enum Marks {
    /// In a mask that the image's place tells, if there is one.
    Unstated,
    /// In this mask.
    Mask(PathBuf),
    /// In DICOM Segmentation objects.
    Segments(Vec<Marked>),
    /// In annotations of a COCO file, each of which has a mask.
    Annotated(Annotated),
}

/// One labelled image.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Where it is.
    pub place: Place,
    /// What messages call it: its path in the data, or its array and number.
    pub name: String,
    /// What is true of it.
    pub truth: Truth,
    /// Where its targets are to the pixel.
    pub marks: Marks,
    /// Index of its patient.
    pub patient: usize,
}

/// One patient, or whatever else is the unit of inference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patient {
    /// Name.
    pub name: String,
    /// The split of all of its images.
    pub split: Split,
    /// Indices of its images, ascending.
    pub items: Vec<usize>,
}
