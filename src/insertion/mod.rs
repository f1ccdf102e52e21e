//! Owns hybrid images: a phantom's targets drawn into users' images, each of which stays as it is
//! beside the one with targets; knows no network and no codec.
//!
//! ```text
//! README.md                        the dataset card
//! croissant.json                   columns and hashes for Croissant readers
//! dataset.json                     the request
//! summary.json                     what was drawn, what was left out, and the audit
//! labels.csv                       path, label and patient of every image
//! manifest.json                    SHA-256 of every file
//! present/000000.npy .png ...      images with targets; absent/ likewise without
//! present/000000.mask.png          8-bit grey: 0 background, k + 1 for class k
//! present/metadata.jsonl           one line for each image: its targets and their truth
//! annotations/instances_present.json         COCO
//! imagefolder/0-disk/000000-000.png          one file for each region
//! ```
//!
//! An image goes one way: read and checked (`subject`), where targets have room (`room`), drawn
//! (`draw`) with what the local noise makes of it (`noise`), written (`work`); what is left beside the
//! targets is audited (`cues`, `audit`).

mod audit;
mod card;
mod cues;
mod domain;
mod draw;
mod error;
mod gather;
mod least_squares;
mod noise;
mod record;
mod request;
mod room;
mod subject;
mod summary;
mod work;

pub use audit::{Audit, CueArea, LEAST_PATIENTS, TOLD_APART};
pub use error::InsertionError;
pub use request::{Input, LAYOUT, Placing, Request, Scale, edge_of};
pub use summary::{LeftOut, Summary};
pub use work::{KIND, write};

use std::path::Path;

use crate::files::{self, FilesError};

/// Checks a finished dataset against its manifest and names what differs.
///
/// # Errors
/// If the directory is none, or is not finished.
pub fn verify(directory: &Path) -> Result<Vec<files::Mismatch>, FilesError> {
    files::owned(directory, KIND)?;
    files::verify_manifest(directory, |file| file != files::MARKER)
}
