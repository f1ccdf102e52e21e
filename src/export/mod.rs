//! Owns datasets on disk: images, masks and truth, written one image at a time; knows no codec
//! and no network.
//!
//! ```text
//! dataset.json               what was asked for
//! train/000000.npy           stored values, uint16, [rows, columns]
//! train/000000.png           the same, 16-bit grey
//! train/000000.mask.png      8-bit grey: 0 background, k + 1 for class k
//! train/metadata.jsonl       one line per image: classes, positions, sizes, boxes
//! manifest.json              SHA-256 of every file
//! ```

mod picture;
mod truth;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use truth::{ImageTruth, TargetTruth, mask};

use crate::dataset::{Dataset, Split};
use crate::files::{self, FilesError};
use crate::scene::SceneError;

/// What made the directory, for its marker.
pub const KIND: &str = "generate";
/// Images whose truth is kept as one part until the dataset is whole.
const PART: u64 = 50;
const PARTS: &str = "parts";
const REQUEST: &str = "dataset.json";

/// Why a dataset could not be written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The caller asked to stop. Everything finished is kept.
    #[error("stopped; run the same command again to continue")]
    Stopped,
    /// A file could not be read or written.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// A phantom could not be drawn.
    #[error(transparent)]
    Scene(#[from] SceneError),
    /// The directory holds a dataset made with other options.
    #[error(
        "`{path}` holds another dataset ({what} differs); choose another --out or repeat the former \
         options"
    )]
    Other {
        /// The directory.
        path: String,
        /// The option that differs.
        what: &'static str,
    },
}

/// File format of the images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImageFormat {
    /// NumPy array, uint16.
    Npy,
    /// 16-bit grey PNG.
    Png,
}

/// What is to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Version of this layout.
    pub format: u32,
    /// Version of the program.
    pub version: String,
    /// Identifier of the phantom.
    pub phantom: String,
    /// Hash of what forms its images.
    pub phantom_hash: String,
    /// The phantom file, whole.
    pub phantom_source: String,
    /// Seed.
    pub seed: u64,
    /// Images of each split.
    pub images: BTreeMap<Split, u64>,
    /// File formats of the images.
    pub formats: Vec<ImageFormat>,
    /// Class names; the mask holds index + 1.
    pub classes: Vec<String>,
}

/// Writes a dataset, or continues one. `image_done` is called after each image.
///
/// # Errors
/// If the directory belongs to something else or holds another dataset, or the disk refuses.
pub fn write(
    dataset: &Dataset,
    request: &Request,
    directory: &Path,
    workers: usize,
    image_done: &(dyn Fn(u64) + Sync),
    stopped: &AtomicBool,
) -> Result<(), ExportError> {
    files::claim(directory, KIND)?;
    let bytes = files::json(request);
    let described = directory.join(REQUEST);
    if described.exists() {
        let before = files::read(&described)?;
        if before != bytes {
            return Err(other(directory, request, &before));
        }
        if directory.join(files::MANIFEST).exists() {
            image_done(request.images.values().sum());
            return Ok(());
        }
    } else {
        files::write(&described, &bytes)?;
    }

    let parts: Vec<(Split, u64)> = request
        .images
        .iter()
        .flat_map(|(&split, &images)| (0..images.div_ceil(PART)).map(move |part| (split, part)))
        .collect();
    let next = AtomicU64::new(0);
    let failure: Mutex<Option<ExportError>> = Mutex::new(None);
    let failed = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..workers.max(1) {
            scope.spawn(|| {
                while !failed.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed) as usize;
                    let Some(&(split, part)) = parts.get(number) else { break };
                    let done =
                        write_part(dataset, request, directory, split, part, image_done, stopped);
                    if let Err(error) = done {
                        failed.store(true, Ordering::Relaxed);
                        failure
                            .lock()
                            .unwrap_or_else(|poison| poison.into_inner())
                            .get_or_insert(error);
                    }
                }
            });
        }
    });
    if let Some(error) = failure.into_inner().unwrap_or_else(|poison| poison.into_inner()) {
        return Err(error);
    }
    for (&split, &images) in &request.images {
        let gather = |out: &mut dyn Write| {
            for part in 0..images.div_ceil(PART) {
                out.write_all(&std::fs::read(directory.join(part_file(split, part)))?)?;
            }
            Ok(())
        };
        if images > 0 {
            files::write_with(&directory.join(split.name()).join("metadata.jsonl"), gather)?;
        }
    }
    files::remove_directory(&directory.join(PARTS))?;
    files::remove_partial(directory)?;
    Ok(files::write_manifest(directory, |file| file != files::MARKER)?)
}

/// Checks a finished dataset against its manifest and names what differs.
///
/// # Errors
/// If the directory is none, or is not finished.
pub fn verify(directory: &Path) -> Result<Vec<files::Mismatch>, FilesError> {
    files::owned(directory, KIND)?;
    files::verify_manifest(directory, |file| file != files::MARKER)
}

fn part_file(split: Split, part: u64) -> String {
    format!("{PARTS}/{}-{part:06}.jsonl", split.name())
}

fn other(directory: &Path, request: &Request, before: &[u8]) -> ExportError {
    let what = match serde_json::from_slice::<Request>(before) {
        Ok(before) if before.version != request.version => "the version of the program",
        Ok(before) if before.phantom_hash != request.phantom_hash => "the phantom",
        Ok(before) if before.seed != request.seed => "--seed",
        Ok(before) if before.images != request.images => "--count",
        Ok(before) if before.formats != request.formats => "--format",
        Ok(_) => "the text of the phantom file",
        Err(_) => "dataset.json",
    };
    ExportError::Other { path: directory.display().to_string(), what }
}

fn write_part(
    dataset: &Dataset,
    request: &Request,
    directory: &Path,
    split: Split,
    part: u64,
    image_done: &(dyn Fn(u64) + Sync),
    stopped: &AtomicBool,
) -> Result<(), ExportError> {
    let last = request.images[&split].min((part + 1) * PART);
    let indices = part * PART..last;
    let truth_file = directory.join(part_file(split, part));
    if truth_file.exists() {
        image_done(indices.end - indices.start);
        return Ok(());
    }
    let mut lines = Vec::new();
    for index in indices {
        if stopped.load(Ordering::Relaxed) {
            return Err(ExportError::Stopped);
        }
        let case = dataset.case(split, index)?;
        let matrix = &dataset.phantom().formation.matrix;
        let place = |ending: &str| directory.join(split.name()).join(format!("{index:06}{ending}"));
        for format in &request.formats {
            match format {
                ImageFormat::Npy => {
                    files::write_with(&place(".npy"), |out| picture::npy(&case.image, out))?;
                }
                ImageFormat::Png => {
                    files::write_with(&place(".png"), |out| picture::png16(&case.image, out))?;
                }
            }
        }
        let mask = mask(&case.scene, matrix);
        files::write_with(&place(".mask.png"), |out| {
            picture::png8(&mask, matrix.rows, matrix.columns, out)
        })?;
        let ending = match request.formats.first() {
            Some(ImageFormat::Png) => "png",
            _ => "npy",
        };
        let truth = ImageTruth::new(
            format!("{index:06}.{ending}"),
            index,
            &case,
            matrix,
            &request.classes,
            &dataset.phantom().formation.targets,
        );
        serde_json::to_writer(&mut lines, &truth)
            .expect("truth has text keys and writing to memory does not fail");
        lines.push(b'\n');
        image_done(1);
    }
    Ok(files::write(&truth_file, &lines)?)
}
