//! Owns the way from users' image files to [`Image`]: PNG, PGM, TIFF, NPY and DICOM, told apart
//! by their content; knows no codec of its own and scales no value.
//!
//! Samples come out exactly as stored. What a file says beside them (bits stored, window,
//! rescale, spacing, a lossy past) comes along; what it does not say is not guessed.

mod dicom;
mod npy;
mod pgm;
mod png;
mod tiff;

use std::fs;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::codec::CodecError;
use crate::files::{self, FilesError};
use crate::image::{Image, ImageError, MAX_PIXELS, Rescale, SampleFormat, Window};

/// Largest file that is read: the largest image as text of six characters a sample.
const MAX_BYTES: u64 = 6 * MAX_PIXELS as u64 + (1 << 20);

/// Kind of an image file, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Portable Network Graphics.
    Png,
    /// Portable graymap, P2 or P5.
    Pgm,
    /// Tagged Image File Format.
    Tiff,
    /// NumPy array.
    Npy,
    /// DICOM Part 10 file.
    Dicom,
}

impl FileKind {
    /// Bytes that [`of`](Self::of) looks at.
    pub const SNIFFED: usize = 132;

    /// The kind of a file that begins with these bytes.
    #[must_use]
    pub fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x89, b'P', b'N', b'G', ..] => Some(Self::Png),
            [b'P', b'2' | b'5', next, ..] if next.is_ascii_whitespace() || *next == b'#' => {
                Some(Self::Pgm)
            }
            [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Some(Self::Tiff),
            [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Some(Self::Npy),
            _ => (head.get(128..132) == Some(b"DICM")).then_some(Self::Dicom),
        }
    }
}

/// An image of a user's and what its file says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// Stored values; those of signed files with [`offset`](Self::offset) added.
    pub image: Image,
    /// Kind of the file.
    pub kind: FileKind,
    /// True if the file itself states the bits stored; false if they are those asked for, or
    /// all that its samples have room for.
    pub states_bits_stored: bool,
    /// From the values of `image` to physical ones; the identity where the file has none.
    pub rescale: Rescale,
    /// Display window in physical units, the first of the file.
    pub window: Option<Window>,
    /// True if the smallest value is shown white (DICOM MONOCHROME1).
    pub inverted: bool,
    /// Added to every value of a file with signed samples: 2^(bits stored − 1). 0 otherwise.
    pub offset: u16,
    /// Distance of pixel centres down the columns and along the rows.
    pub pixel_spacing_mm: Option<[f64; 2]>,
    /// What the file says of a lossy past.
    pub lossy: Option<LossyPast>,
}

impl Imported {
    /// An image of a file that says nothing but its samples.
    fn plain(image: Image, kind: FileKind, states_bits_stored: bool) -> Self {
        Self {
            image,
            kind,
            states_bits_stored,
            rescale: Rescale { slope: 1.0, intercept: 0.0 },
            window: None,
            inverted: false,
            offset: 0,
            pixel_spacing_mm: None,
            lossy: None,
        }
    }
}

/// Irreversible compression that an image went through before.
#[derive(Debug, Clone, PartialEq)]
pub struct LossyPast {
    /// DICOM (0028,2112), one for each step; empty where not said.
    pub ratios: Vec<f64>,
    /// DICOM (0028,2114), in the same order.
    pub methods: Vec<String>,
}

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
    /// The file is well, but holds something that is not taken.
    #[error("{what}; {remedy}")]
    NotTaken {
        /// What it holds.
        what: String,
        /// The way out.
        remedy: &'static str,
    },
    /// The bits asked for do not fit the samples.
    #[error(
        "{asked} bits stored do not fit in samples of {room} bits; give --bits-stored {room} or less"
    )]
    Bits {
        /// Bits asked for.
        asked: u8,
        /// Bits of the file's samples.
        room: u8,
    },
    /// A sample needs more bits than asked for or stated.
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

/// Reads an image file. `bits_stored` is for files that do not say; without it they are taken
/// to use all bits of their samples.
///
/// # Errors
/// If the file cannot be read, is damaged, or is of a kind that is not taken; the message names
/// the file, what is wrong, and the way out.
pub fn read(path: &Path, bits_stored: Option<u8>) -> Result<Imported, ImportError> {
    let refused = |fault| ImportError::File { path: path.to_owned(), fault };
    // Where the system cannot say, reading will.
    let length = fs::metadata(path).map_or(0, |known| known.len());
    if length > MAX_BYTES {
        return Err(refused(Fault::TooLarge { bytes: length }));
    }
    decode(&files::read(path)?, bits_stored).map_err(refused)
}

/// The same from the bytes of a file.
///
/// # Errors
/// As [`read`].
pub fn decode(bytes: &[u8], bits_stored: Option<u8>) -> Result<Imported, Fault> {
    match FileKind::of(bytes).ok_or(Fault::Kind)? {
        FileKind::Png => png::decode(bytes, bits_stored),
        FileKind::Pgm => pgm::decode(bytes, bits_stored),
        FileKind::Tiff => tiff::decode(bytes, bits_stored),
        FileKind::Npy => npy::decode(bytes, bits_stored),
        FileKind::Dicom => dicom::decode(bytes),
    }
}

/// Every image file in a directory and those below it, in the order of their paths. Files of
/// other kinds, hidden ones and linked directories are passed over.
///
/// # Errors
/// If the system refuses, or there is none.
pub fn images_in(directory: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let io = |path: &Path, source| FilesError::Io { action: "read", path: path.to_owned(), source };
    let mut found = Vec::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(place) = pending.pop() {
        for entry in fs::read_dir(&place).map_err(|source| io(&place, source))? {
            let entry = entry.map_err(|source| io(&place, source))?;
            let path = entry.path();
            let kind = entry.file_type().map_err(|source| io(&path, source))?;
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            if kind.is_dir() {
                pending.push(path);
            } else if path.is_file() && sniff(&path)?.is_some() {
                found.push(path);
            }
        }
    }
    if found.is_empty() {
        return Err(ImportError::Empty { path: directory.to_owned() });
    }
    found.sort();
    Ok(found)
}

fn sniff(path: &Path) -> Result<Option<FileKind>, ImportError> {
    use std::io::Read;
    let mut head = Vec::with_capacity(FileKind::SNIFFED);
    fs::File::open(path)
        .and_then(|file| file.take(FileKind::SNIFFED as u64).read_to_end(&mut head))
        .map_err(|source| FilesError::Io { action: "read", path: path.to_owned(), source })?;
    Ok(FileKind::of(&head))
}

/// Rows and columns as a file claims them, checked before anything is allocated.
fn checked_size(rows: u64, columns: u64) -> Result<[usize; 2], Fault> {
    let clamped = |side: u64| usize::try_from(side).unwrap_or(usize::MAX);
    let [rows, columns] = [clamped(rows), clamped(columns)];
    let possible = rows.checked_mul(columns).is_some_and(|n| n > 0 && n <= MAX_PIXELS);
    if possible { Ok([rows, columns]) } else { Err(ImageError::Size { rows, columns }.into()) }
}

/// Bits of samples of `room` bits in a file that does not say how many carry the value.
fn format_of(room: u8, bits_stored: Option<u8>) -> Result<SampleFormat, Fault> {
    let asked = bits_stored.unwrap_or(room);
    if asked == 0 || asked > room {
        return Err(Fault::Bits { asked, room });
    }
    Ok(SampleFormat { bits_stored: asked, bits_allocated: room })
}

fn damaged(message: impl ToString) -> Fault {
    Fault::Damaged(message.to_string())
}

fn not_taken(what: impl Into<String>, remedy: &'static str) -> Fault {
    Fault::NotTaken { what: what.into(), remedy }
}

/// Way out of files with several channels.
const TO_GREY: &str = "convert it to one grey channel";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_apart_by_content() {
        assert_eq!(FileKind::of(b"\x89PNG\r\n\x1a\n"), Some(FileKind::Png));
        assert_eq!(FileKind::of(b"P5\n2 2"), Some(FileKind::Pgm));
        assert_eq!(FileKind::of(b"P6\n2 2"), None);
        assert_eq!(FileKind::of(b"MM\0*"), Some(FileKind::Tiff));
        let mut dicom = vec![0; 128];
        dicom.extend_from_slice(b"DICM");
        assert_eq!(FileKind::of(&dicom), Some(FileKind::Dicom));
        assert_eq!(FileKind::of(b""), None);
    }

    #[test]
    fn sizes_are_checked_before_anything_is_allocated() {
        assert!(checked_size(u64::MAX, u64::MAX).is_err());
        assert!(checked_size(65_535, 65_535).is_err());
        assert!(checked_size(0, 5).is_err());
        assert_eq!(checked_size(8192, 8192).unwrap(), [8192, 8192]);
    }
}
