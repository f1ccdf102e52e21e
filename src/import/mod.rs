//! Reads users' image files as [`Image`](crate::image::Image): PNG, PGM, TIFF, NPY and DICOM,
//! distinguished by their content; has no codec of its own and scales no value.
//!
//! Samples come out exactly as stored. What else a file states (bits stored, window,
//! rescale, spacing, earlier lossy compression) is kept; what it does not state is not guessed.

mod claim;
mod dicom;
mod error;
mod imported;
mod kind;
mod npy;
mod pgm;
mod png;
mod tiff;

use std::fs;
use std::path::{Path, PathBuf};

pub use error::{Fault, ImportError};
pub use imported::{Imported, LossyPast};
pub use kind::FileKind;

use crate::files::{self, FilesError};
use crate::image::MAX_PIXELS;

/// Largest file that is read: the largest image as text of six characters a sample.
const MAX_BYTES: u64 = 6 * MAX_PIXELS as u64 + (1 << 20);

/// Reads an image file. `bits_stored` is for files that do not say; without it they are taken
/// to use all bits of their samples.
///
/// # Errors
/// If the file cannot be read, is damaged, or is of a kind that is not taken; the message names
/// the file, what is wrong, and what to do.
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
