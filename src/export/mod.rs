//! Owns datasets on disk: images, masks and truth in the formats that people load, written one
//! image at a time and continued after a stop; knows no network.
//!
//! ```text
//! README.md                        the dataset card
//! croissant.json                   columns and hashes for Croissant readers
//! dataset.json                     the request
//! manifest.json                    SHA-256 of every file
//! train/000000.npy .npz .png .tiff .nii.gz .dcm      one file for each image and format
//! train/000000.mask.png            8-bit grey: 0 background, k + 1 for class k; .mask.npy likewise
//! train/000000.window.png          8 bits through the display window, beside 16-bit PNG
//! train/000000.seg.dcm             the mask as DICOM segmentation
//! train/metadata.jsonl             one line for each image: its regions and their truth
//! imagefolder/train/0-disk/000000-003.png    one file for each region; imagefolder-windowed/ likewise
//! dicomdir/TRAIN/I0000000          the objects as on a medium, S0000000 the mask, with a DICOMDIR
//! nnunet/Dataset001_ID/imagesTr/...          raw dataset of nnU-Net
//! yolo/images/train/000000.png               8 bits, with boxes in yolo/labels/
//! webdataset/train-000000.tar      50 images each
//! annotations/instances_train.json           COCO
//! jpeg2000-10/...                  the same layout for each compression
//! ```
//!
//! A dataset is written in parts of 50 images. Each part belongs to one thread, and its files
//! appear under their names only when they are whole, so a stopped run continues and ends with
//! the bytes of one that was not stopped.

mod card;
mod coco;
pub mod croissant;
pub mod dicom;
mod error;
mod imagefolder;
mod medium;
mod nifti;
mod nnunet;
pub mod npy;
mod npz;
mod objects;
mod part;
mod png;
mod rendition;
mod request;
mod single;
mod tiff;
mod truth;
mod webdataset;
mod yolo;

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

pub use error::ExportError;
pub use rendition::{Compression, CompressionError};
pub use request::{DATE, Format, LAYOUT, LICENSE, Request};
pub use single::{Single, gather_annotations};
pub use truth::{
    CompressionTruth, Describer, ImageTruth, RegionTruth, TargetTruth, image_hash, mask, paint_mask,
};

use crate::dataset::{Dataset, Split};
use crate::files::{self, Draft, FilesError, Lock, ManifestDraft};
use croissant::{About, MetadataFile};
use objects::Objects;
use part::{Job, PartNumber};
use rendition::Compressor;

/// What made the directory, for its marker.
pub const KIND: &str = "generate";
const REQUEST: &str = "dataset.json";
const CARD: &str = "README.md";
const CROISSANT: &str = "croissant.json";

/// Writes a dataset, or continues one. `image_done` is called after each image.
///
/// # Errors
/// If the directory belongs to something else, holds another dataset or is being written, or
/// the disk refuses.
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
    } else {
        files::write(&described, &bytes)?;
    }
    let parts = directory.join(part::DIRECTORY);
    let finished = || directory.join(files::MANIFEST).exists();
    if finished() && !parts.exists() {
        image_done(request.images.values().sum());
        return Ok(());
    }
    let Some(lock) = Lock::take(&parts.join("writer.lock"))? else {
        return Err(ExportError::Busy { path: directory.display().to_string() });
    };
    if finished() {
        image_done(request.images.values().sum());
    } else {
        let formation = &dataset.phantom().formation;
        let job = Job {
            dataset,
            request,
            directory,
            describer: Describer::new(formation),
            compressor: Compressor::new(
                &request.compress,
                formation.matrix.rescale,
                formation.matrix.window,
            ),
            objects: Objects::new(dataset.phantom(), request),
            image_done,
            stopped,
        };
        write_parts(&job, workers)?;
        let modality = format!("{:?}", dataset.phantom().modality);
        finish(request, &modality, directory)?;
    }
    drop(lock);
    Ok(files::remove_directory(&parts)?)
}

/// Checks a finished dataset against its manifest and names what differs.
///
/// # Errors
/// If the directory is none, or is not finished.
pub fn verify(directory: &Path) -> Result<Vec<files::Mismatch>, FilesError> {
    files::owned(directory, KIND)?;
    files::verify_manifest(directory, |file| file != files::MARKER)
}

fn other(directory: &Path, request: &Request, before: &[u8]) -> ExportError {
    let what = match serde_json::from_slice::<Request>(before) {
        Ok(before) if before.version != request.version => "the version of the program",
        Ok(before) if before.phantom_hash != request.phantom_hash => "the phantom",
        Ok(before) if before.seed != request.seed => "--seed",
        Ok(before) if before.images != request.images => "--count",
        Ok(before) if before.formats != request.formats => "--format",
        Ok(before) if before.compress != request.compress => "--compress or --base",
        Ok(before) if before.license != request.license => "--license",
        Ok(before) if before.date != request.date => "--date",
        Ok(_) => "the text of the phantom file",
        Err(_) => "dataset.json",
    };
    ExportError::Other { path: directory.display().to_string(), what }
}

fn write_parts(job: &Job<'_>, workers: usize) -> Result<(), ExportError> {
    let splits: Vec<(Split, u64)> = job.request.splits().collect();
    let parts = || splits.iter().flat_map(|&(split, images)| PartNumber::all(split, images));
    let queue = Mutex::new(parts());
    let failure: Mutex<Option<ExportError>> = Mutex::new(None);
    let failed = AtomicBool::new(false);
    let threads = parts().take(workers.max(1)).count();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while !failed.load(Ordering::Relaxed) {
                    let part = queue.lock().unwrap_or_else(|poison| poison.into_inner()).next();
                    let Some(part) = part else { break };
                    if let Err(error) = part::write(job, part) {
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
    match failure.into_inner().unwrap_or_else(|poison| poison.into_inner()) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// Gathers what the parts left, describes the whole and hashes it. The manifest comes last: a
/// dataset is finished when it is there.
fn finish(request: &Request, modality: &str, directory: &Path) -> Result<(), ExportError> {
    let mut gathered: Vec<(String, String)> = Vec::new();
    let mut metadata = Vec::new();
    for rendition in 0..request.renditions() {
        let prefix = request.prefix(rendition);
        if request.formats.contains(&Format::NnUnet) {
            let dataset = nnunet::directory(&request.phantom, rendition);
            let path = format!("{prefix}{dataset}/dataset.json");
            let described = files::json(&nnunet::describe(request, modality));
            let sha256 = write_file(directory, &path, |out| out.write_all(&described))?;
            gathered.push((path, sha256));
        }
        if request.formats.contains(&Format::Yolo) {
            let path = format!("{prefix}yolo/data.yaml");
            let described = yolo::describe(request);
            let sha256 = write_file(directory, &path, |out| out.write_all(described.as_bytes()))?;
            gathered.push((path, sha256));
        }
        if request.formats.contains(&Format::DicomDir) {
            let root = directory.join(format!("{prefix}{}", medium::DIRECTORY));
            let path = format!("{prefix}{}/DICOMDIR", medium::DIRECTORY);
            let sha256 = write_file(directory, &path, |out| {
                medium::list(request, prefix.trim_end_matches('/'), &root, out)
            })?;
            gathered.push((path, sha256));
        }
        for (split, images) in request.splits() {
            let lines = |path: fn(PartNumber, usize) -> String| -> io::Result<_> {
                let parts = PartNumber::all(split, images);
                let paths = parts.map(move |part| directory.join(path(part, rendition)));
                Ok(BufReader::new(Chain { paths, file: None }))
            };
            let name = split.name();
            let path = format!("{prefix}{name}/metadata.jsonl");
            let sha256 = write_file(directory, &path, |out| {
                io::copy(&mut lines(PartNumber::metadata)?, out).map(|_| ())
            })?;
            gathered.push((path.clone(), sha256.clone()));
            metadata.push(MetadataFile {
                path,
                name: format!("{prefix}{name}"),
                sha256,
                compressed: rendition > 0,
                has_split: true,
                has_file_names: Format::naming(&request.formats).is_some(),
            });
            if request.formats.contains(&Format::Coco) {
                let path = format!("{prefix}annotations/instances_{name}.json");
                let description = format!("{}, seed {}, {name}", request.phantom, request.seed);
                let sha256 = write_file(directory, &path, |out| {
                    let parts = || lines(PartNumber::annotations);
                    coco::gather(&description, &request.classes, parts, out)
                })?;
                gathered.push((path, sha256));
            }
        }
    }
    let about = About {
        name: format!("{}-seed-{}", request.phantom, request.seed),
        description: format!(
            "Synthetic phantom images of {} with exact truth, made by phantom-limit {}.",
            request.title, request.version
        ),
        version: request.version.clone(),
        license: Some(request.license.clone()),
        date: Some(request.date.clone()),
    };
    let described = files::json(&croissant::describe(&about, &metadata));
    for (name, bytes) in [(CROISSANT, described), (CARD, card::write(request).into_bytes())] {
        let sha256 = write_file(directory, name, |out| out.write_all(&bytes))?;
        gathered.push((name.to_owned(), sha256));
    }
    let request_sha256 = files::sha256(&files::json(request));
    gathered.push((REQUEST.to_owned(), request_sha256));

    files::remove_partial(directory)?;
    files::settle(directory)?;
    let mut manifest = ManifestDraft::create(directory)?;
    for (file, sha256) in &gathered {
        manifest.add(file, sha256)?;
    }
    for (split, images) in request.splits() {
        for part in PartNumber::all(split, images) {
            for (file, sha256) in part.read(directory)?.files {
                manifest.add(&file, &sha256)?;
            }
        }
    }
    Ok(manifest.finish()?)
}

fn write_file(
    directory: &Path,
    path: &str,
    produce: impl FnOnce(&mut Draft) -> io::Result<()>,
) -> Result<String, FilesError> {
    let place = directory.join(path);
    let mut draft = Draft::create(&place)?;
    produce(&mut draft).map_err(|source| files::write_failed(&place, source))?;
    draft.finish()
}

/// Files one after the other, opened when their turn comes.
struct Chain<P> {
    paths: P,
    file: Option<File>,
}

impl<P: Iterator<Item = PathBuf>> Read for Chain<P> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(file) = &mut self.file {
                let read = file.read(into)?;
                if read > 0 || into.is_empty() {
                    return Ok(read);
                }
            }
            match self.paths.next() {
                Some(path) => self.file = Some(File::open(path)?),
                None => return Ok(0),
            }
        }
    }
}
