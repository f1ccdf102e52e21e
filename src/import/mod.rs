//! Reads users' image files as [`Image`](crate::image::Image): PNG, PGM, TIFF, NPY, NPZ and
//! DICOM, distinguished by their content; has no codec of its own and scales no value.
//!
//! Samples come out exactly as stored, signed ones with a stated offset. What else a file states (bits stored, window,
//! rescale, spacing, earlier lossy compression) is kept; what it does not state is not guessed.

mod arrays;
mod beside;
mod bundle;
mod claim;
mod decoder;
mod dicom;
mod error;
mod imported;
mod kind;
mod npy;
mod npz;
mod once;
mod pgm;
mod png;
mod reading;
mod signed;
mod sniff;
mod tiff;
mod wide;

use std::fs;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

pub use arrays::{Arrays, Numbers, StackOf};
pub use beside::Beside;
pub use bundle::{Bundle, RealNumbers};
pub use decoder::{CodestreamDecoder, decode_with};
pub use dicom::{IntensityRelation, Origin, SegmentFrame, Segmentation};
pub use error::{Fault, ImportError};
pub use imported::{FrameOf, Imported, LossyPast, Remark};
pub use kind::FileKind;
pub use once::images_once;
pub use reading::Reading;

use crate::files::{self, FilesError};
use claim::MAX_BYTES;
use error::{damaged, not_taken};

/// Reads an image file.
///
/// # Errors
/// If the file cannot be read, is damaged, or is of a kind that is not taken; the message names
/// the file, what is wrong, and what to do.
pub fn read(path: &Path, reading: Reading) -> Result<Imported, ImportError> {
    let refused = |fault| ImportError::File { path: path.to_owned(), fault };
    decode(&bytes(path)?, reading).map_err(refused)
}

/// Images in a file: more than 1 for objects with several frames, stacks and series of pages.
///
/// # Errors
/// As [`read`], as far as the file must be read for it.
pub fn frames(path: &Path) -> Result<u32, ImportError> {
    let refused = |fault| ImportError::File { path: path.to_owned(), fault };
    frames_in(&bytes(path)?).map_err(refused)
}

/// The same as [`frames`] from the bytes of a file.
///
/// # Errors
/// As [`frames`].
pub fn frames_in(bytes: &[u8]) -> Result<u32, Fault> {
    match FileKind::of(bytes) {
        Some(FileKind::Dicom) => contained(|| dicom::count(bytes)),
        Some(FileKind::Pgm) => pgm::count(bytes),
        kind => match by_kind(kind, bytes, Reading::default()) {
            Err(Fault::Frames { of }) => Ok(of),
            read => read.map(|_| 1),
        },
    }
}

/// Whom the images of a file show, and what made them; `None` of a file that does not say, such as a
/// PNG file.
///
/// # Errors
/// If it is a damaged DICOM object.
pub fn origin(bytes: &[u8]) -> Result<Option<Origin>, Fault> {
    match FileKind::of(bytes) {
        Some(FileKind::Dicom) => contained(|| dicom::origin(bytes)).map(Some),
        _ => Ok(None),
    }
}

/// The bytes of an image file.
///
/// # Errors
/// If the file cannot be read, or is larger than any image that is taken.
pub fn bytes(path: &Path) -> Result<Vec<u8>, ImportError> {
    let refused = |fault| Err(ImportError::File { path: path.to_owned(), fault });
    // Where the system cannot say, reading will.
    if let Ok(known) = fs::metadata(path) {
        let bytes = known.len();
        if bytes > MAX_BYTES {
            return refused(Fault::TooLarge { bytes });
        }
        if !known.is_file() && !known.is_dir() {
            return refused(not_taken("a pipe or a device", "write its content to a file first"));
        }
    }
    Ok(files::read(path)?)
}

/// The bytes of an image file that comes through a pipe.
///
/// # Errors
/// If the pipe fails, or gives more bytes than any image that is taken; nothing further is read then.
pub fn piped(pipe: impl Read) -> Result<Vec<u8>, ImportError> {
    let path = PathBuf::from("-");
    let mut bytes = Vec::new();
    match pipe.take(MAX_BYTES + 1).read_to_end(&mut bytes) {
        Err(source) => Err(FilesError::Io { action: "read", path, source }.into()),
        Ok(read) if read as u64 > MAX_BYTES => {
            let fault = Fault::TooLarge { bytes: read as u64 };
            Err(ImportError::File { path, fault })
        }
        Ok(_) => Ok(bytes),
    }
}

/// The same as [`read`] from the bytes of a file.
///
/// # Errors
/// As [`read`].
pub fn decode(bytes: &[u8], reading: Reading) -> Result<Imported, Fault> {
    by_kind(FileKind::of(bytes), bytes, reading)
}

fn by_kind(kind: Option<FileKind>, bytes: &[u8], reading: Reading) -> Result<Imported, Fault> {
    let kind = match kind {
        None if bytes.is_empty() => return Err(damaged("the file is empty")),
        kind => kind.ok_or(Fault::Kind)?,
    };
    contained(|| match kind {
        FileKind::Png => png::decode(bytes, reading),
        FileKind::Pgm => pgm::decode(bytes, reading),
        FileKind::Tiff => tiff::decode(bytes, reading),
        FileKind::Npy => npy::decode(bytes, reading),
        FileKind::Npz => npz::decode(bytes, reading),
        FileKind::Dicom => dicom::decode(bytes, reading),
    })
}

/// What a reader gives, or an error where it panics: one file costs no other.
fn contained<T>(read: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        Err(not_taken(
            "a defect of this program was met in reading it",
            "report it, with the file if you may, and convert the file to another kind",
        ))
    })
}

/// What a directory holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Every image file in it and below it, in the order of their paths.
    pub images: Vec<PathBuf>,
    /// What was passed over: files of other kinds, hidden ones, and linked directories.
    pub others: Vec<PathBuf>,
}

/// Looks for image files in a directory and those below it, by their content.
///
/// # Errors
/// If the system refuses, or there is none.
pub fn images_in(directory: &Path) -> Result<Folder, ImportError> {
    let io = |path: &Path, source| FilesError::Io { action: "read", path: path.to_owned(), source };
    let (mut images, mut others) = (Vec::new(), Vec::new());
    let mut pending = vec![directory.to_owned()];
    while let Some(place) = pending.pop() {
        for entry in fs::read_dir(&place).map_err(|source| io(&place, source))? {
            let entry = entry.map_err(|source| io(&place, source))?;
            let path = entry.path();
            let kind = entry.file_type().map_err(|source| io(&path, source))?;
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            if kind.is_dir() && !hidden {
                pending.push(path);
            } else if !hidden && path.is_file() && sniff(&path)?.is_some() {
                images.push(path);
            } else {
                others.push(path);
            }
        }
    }
    if images.is_empty() {
        return Err(ImportError::Empty { path: directory.to_owned() });
    }
    images.sort();
    others.sort();
    Ok(Folder { images, others })
}

fn sniff(path: &Path) -> Result<Option<FileKind>, ImportError> {
    use std::io::Read;
    let mut head = Vec::with_capacity(FileKind::SNIFFED);
    fs::File::open(path)
        .and_then(|file| file.take(FileKind::SNIFFED as u64).read_to_end(&mut head))
        .map_err(|source| FilesError::Io { action: "read", path: path.to_owned(), source })?;
    Ok(FileKind::of(&head))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_panics_is_an_error() {
        let read = contained(|| -> Result<(), Fault> { panic!("a defect") });
        assert!(read.unwrap_err().to_string().contains("report it"));
        assert!(contained(|| Ok(())).is_ok());
    }
}
