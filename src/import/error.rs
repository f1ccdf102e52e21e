//! Why an image could not be read, and what to do.

use std::path::PathBuf;

use thiserror::Error;

use crate::codec::PlaneError;
use crate::files::FilesError;
use crate::image::{ImageError, MAX_PIXELS};

/// Why an image could not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The operating system refused.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// The file is no image that is taken.
    #[error("`{}`: {fault}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        fault: Fault,
    },
    /// A directory holds no image.
    #[error("`{}` holds no PNG, PGM, TIFF, NPY, NPZ or DICOM file", path.display())]
    Empty {
        /// The directory.
        path: PathBuf,
    },
}

/// What is wrong with a file, and what to do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Fault {
    /// The first bytes are those of no kind that is read.
    #[error("not a PNG, PGM, TIFF, NPY, NPZ or DICOM file; convert it to one of these")]
    Kind,
    /// A DICOM object without pixels: a report, a plan, a directory.
    #[error("{what} has no pixel data; leave it out")]
    NoPixels {
        /// What it is.
        what: String,
    },
    /// The file has several images, and none is chosen.
    #[error("the file has {of} frames; choose one with --frame 1, or take each with --frame all")]
    Frames {
        /// How many.
        of: u32,
    },
    /// A frame is chosen that the file does not have.
    #[error("the file has {of} frames, not {asked}; give --frame 1 to {of}, or --frame all")]
    NoFrame {
        /// The frame asked for.
        asked: u32,
        /// How many there are.
        of: u32,
    },
    /// The file is too large to hold an image that is taken.
    #[error("{bytes} bytes are more than an image of {MAX_PIXELS} pixels needs; cut it into parts")]
    TooLarge {
        /// Bytes of the file.
        bytes: u64,
    },
    /// The file contradicts itself, or ends early.
    #[error("damaged or incomplete: {0}; export it again")]
    Damaged(String),
    /// The file is intact, but holds something that is not supported.
    #[error("{what}; {remedy}")]
    NotTaken {
        /// What it holds.
        what: String,
        /// What to do.
        remedy: String,
    },
    /// The requested bits do not fit the samples.
    #[error(
        "{asked} bits stored do not fit in samples of {room} bits; give --bits-stored {room} or less"
    )]
    Bits {
        /// Requested bits.
        asked: u8,
        /// Bits of the file's samples.
        room: u8,
    },
    /// A sample needs more bits than requested or stated.
    #[error(
        "the value {value} at row {row}, column {column} does not fit in {bits_stored} bits \
         stored; give more --bits-stored, or leave it out"
    )]
    Value {
        /// The sample, as the file holds it.
        value: i32,
        /// Its row.
        row: usize,
        /// Its column.
        column: usize,
        /// Bits stored.
        bits_stored: u8,
    },
    /// The image is not possible.
    #[error(transparent)]
    Image(ImageError),
}

impl From<ImageError> for Fault {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Value { value, row, column, bits_stored } => {
                Self::Value { value: value.into(), row, column, bits_stored }
            }
            error => Self::Image(error),
        }
    }
}

impl Fault {
    /// Compressed pixels that were not decoded to their end, though nothing is known to be wrong with
    /// them.
    #[must_use]
    pub fn not_decoded(what: impl Into<String>) -> Self {
        not_taken(what, RETRIEVE_AGAIN)
    }
}

impl From<PlaneError> for Fault {
    fn from(error: PlaneError) -> Self {
        match error {
            PlaneError::Damaged(message) => damaged(format!("the compressed pixels: {message}")),
            PlaneError::NotTaken(what) => not_taken(what, RETRIEVE_AGAIN),
            PlaneError::Size { rows, columns } => ImageError::Size { rows, columns }.into(),
        }
    }
}

pub(super) fn damaged(message: impl ToString) -> Fault {
    Fault::Damaged(message.to_string())
}

pub(super) fn not_taken(what: impl Into<String>, remedy: impl Into<String>) -> Fault {
    Fault::NotTaken { what: what.into(), remedy: remedy.into() }
}

/// What to do with DICOM files whose pixels are coded in a way that is not read.
pub(super) const RETRIEVE_AGAIN: &str =
    "retrieve it from its archive as Explicit VR Little Endian (1.2.840.10008.1.2.1)";
