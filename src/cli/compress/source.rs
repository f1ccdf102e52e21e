//! What is to be compressed: files, and images of phantoms.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use phantom_limit::calibrate::resolve;
use phantom_limit::dataset::{Dataset, Split};
use phantom_limit::files::{self, FilesError};
use phantom_limit::image::{Image, Rescale, Window};
use phantom_limit::import::{self, ImportError, LossyPast};

use super::super::failure::Failure;

/// Endings that mean a file, not a phantom, when nothing of that name is there.
const ENDINGS: [&str; 9] = ["png", "pgm", "pnm", "tif", "tiff", "npy", "dcm", "dicom", "toml"];

/// One image to be compressed.
pub(super) struct Source {
    /// As the user names it.
    pub(super) name: String,
    place: Place,
}

enum Place {
    File { path: PathBuf, bits_stored: Option<u8> },
    Phantom { dataset: Arc<Dataset>, index: u64 },
}

/// An image and what is known of it.
pub(super) struct Subject {
    pub(super) image: Image,
    pub(super) rescale: Rescale,
    pub(super) window: Option<Window>,
    pub(super) inverted: bool,
    pub(super) lossy: Option<LossyPast>,
}

impl Source {
    pub(super) fn read(&self) -> Result<Subject, Failure> {
        match &self.place {
            Place::File { path, bits_stored } => {
                let imported = import::read(path, *bits_stored).map_err(of_import)?;
                Ok(Subject {
                    image: imported.image,
                    rescale: imported.rescale,
                    window: imported.window,
                    inverted: imported.inverted,
                    lossy: imported.lossy,
                })
            }
            Place::Phantom { dataset, index } => {
                let case = dataset.case(Split::Test, *index).map_err(Failure::usage)?;
                let matrix = &dataset.phantom().formation.matrix;
                Ok(Subject {
                    image: case.image,
                    rescale: matrix.rescale,
                    window: Some(matrix.window),
                    inverted: false,
                    lossy: None,
                })
            }
        }
    }

    /// The name as a part of a path: letters, digits, `-`, `_` and `.` only.
    pub(super) fn file_stem(&self) -> String {
        let name = match &self.place {
            Place::File { path, .. } => path.file_stem().unwrap_or_default().to_string_lossy(),
            Place::Phantom { .. } => self.name.as_str().into(),
        };
        let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
        name.chars().take(60).map(plain).collect()
    }
}

/// A file that is no image is the user's; a disk that fails is not.
fn of_import(error: ImportError) -> Failure {
    match error {
        ImportError::Files(FilesError::Io { ref source, .. })
            if !matches!(
                source.kind(),
                std::io::ErrorKind::NotFound | std::io::ErrorKind::PermissionDenied
            ) =>
        {
            Failure::failed(error)
        }
        error => Failure::usage(error),
    }
}

/// Finds all inputs; a directory or a phantom is several images.
pub(super) fn find(
    inputs: &[String],
    count: u64,
    seed: u64,
    bits_stored: Option<u8>,
) -> Result<Vec<Source>, Failure> {
    let mut sources = Vec::new();
    let file = |path: PathBuf| Source {
        name: path.display().to_string(),
        place: Place::File { path, bits_stored },
    };
    for input in inputs {
        let path = Path::new(input);
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        if path.is_dir() {
            sources.extend(import::images_in(path).map_err(of_import)?.into_iter().map(file));
        } else if path.is_file() && ending.as_deref() != Some("toml") {
            sources.push(file(path.to_owned()));
        } else if ending
            .is_some_and(|ending| ENDINGS.contains(&ending.as_str()) && ending != "toml")
            || (input.contains(std::path::MAIN_SEPARATOR) && !path.is_file())
        {
            // Says why it cannot be read.
            files::read(path).map_err(Failure::usage)?;
        } else {
            let (phantom, _) = resolve(input)?;
            let id = phantom.id.clone();
            let dataset = Arc::new(Dataset::new(phantom, seed));
            sources.extend((0..count).map(|index| Source {
                name: format!("{id}/{index}"),
                place: Place::Phantom { dataset: Arc::clone(&dataset), index },
            }));
        }
    }
    Ok(sources)
}
