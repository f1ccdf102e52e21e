//! What an image left, kept until the dataset is whole.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::audit::CuePair;
use super::error::InsertionError;
use super::summary::LeftOut;
use crate::files::{self, Draft};

/// The images of a pair, in the order of their directories.
pub(super) const KINDS: [&str; 2] = ["present", "absent"];

/// What an image left.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    /// Why no target was drawn into it.
    pub(super) left_out: Option<LeftOut>,
    /// Hash of whom it shows.
    pub(super) patient: String,
    /// Files with their hashes.
    pub(super) files: Vec<(String, String)>,
    /// Lines of metadata, with targets and without, that lack the patient.
    pub(super) metadata: [String; 2],
    /// Lines of annotations, likewise.
    pub(super) annotations: [String; 2],
    pub(super) targets: u64,
    pub(super) detectabilities: Vec<f64>,
    pub(super) clipped_pixels: u64,
    pub(super) low_signal: u64,
    pub(super) cues: Vec<CuePair>,
}

/// Writes a file of the dataset; gives its path with its hash.
pub(super) fn write_file(
    directory: &Path,
    path: &str,
    produce: impl FnOnce(&mut Draft) -> io::Result<()>,
) -> Result<(String, String), InsertionError> {
    let place = directory.join(path);
    let mut draft = Draft::create(&place)?;
    produce(&mut draft).map_err(|source| files::write_failed(&place, source))?;
    Ok((path.to_owned(), draft.finish()?))
}
