//! Why an image could not be read, and what to do.

use std::path::PathBuf;

use thiserror::Error;

use crate::codec::CodecError;
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
    #[error("`{}` holds no PNG, PGM, TIFF, NPY or DICOM file", path.display())]
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
    #[error("not a PNG, PGM, TIFF, NPY or DICOM file; convert it to one of these")]
    Kind,
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
        remedy: &'static str,
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
         stored; give the --bits-stored of the scanner, or export the image again"
    )]
    Value {
        /// The sample.
        value: u16,
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
    /// The codestream inside the file was not decoded.
    #[error(
        "{0}; decompress the file first, for instance with dcmdjpeg, dcmdjp2k or gdcmconv --raw"
    )]
    Codec(#[from] CodecError),
}

impl From<ImageError> for Fault {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Value { value, row, column, bits_stored } => {
                Self::Value { value, row, column, bits_stored }
            }
            error => Self::Image(error),
        }
    }
}

pub(super) fn damaged(message: impl ToString) -> Fault {
    Fault::Damaged(message.to_string())
}

pub(super) fn not_taken(what: impl Into<String>, remedy: &'static str) -> Fault {
    Fault::NotTaken { what: what.into(), remedy }
}

/// What to do with files of several channels.
pub(super) const TO_GREY: &str = "convert it to one grey channel";
