//! What is to be compressed: files, and images of phantoms.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use phantom_limit::calibrate::resolve;
use phantom_limit::dataset::{Dataset, Split};
use phantom_limit::files::{self, FilesError};
use phantom_limit::image::{Display, Image, Modality, Voi};
use phantom_limit::import::{self, Fault, ImportError, Imported, LossyPast, Reading, Remark};

use super::super::failure::Failure;
use super::arguments::Frames;

/// Endings that mean a file, not a phantom, when nothing of that name is there.
const ENDINGS: [&str; 10] =
    ["png", "pgm", "pnm", "tif", "tiff", "npy", "npz", "dcm", "dicom", "toml"];

/// Standard input, as an argument.
const PIPE: &str = "-";

/// Names that a note lists.
const LISTED: usize = 5;

/// One image to be compressed.
pub(super) struct Source {
    /// As the user names it, with the number of its frame.
    pub(super) name: String,
    /// What it is a part of: the file or the phantom.
    pub(super) object: String,
    /// The frame, from 1, where one is asked for.
    pub(super) frame: Option<u32>,
    place: Place,
}

enum Place {
    File {
        path: PathBuf,
        bits_stored: Option<u8>,
        found: bool,
    },
    /// What came through standard input.
    Piped {
        bytes: Arc<[u8]>,
        bits_stored: Option<u8>,
    },
    Phantom {
        dataset: Arc<Dataset>,
        index: u64,
    },
}

/// An image and what is known of it.
pub(super) struct Subject {
    pub(super) image: Image,
    pub(super) modality: Modality,
    pub(super) windows: Vec<Voi>,
    pub(super) inverted: bool,
    pub(super) offset: u16,
    pub(super) padding: Option<RangeInclusive<u16>>,
    pub(super) lossy: Option<LossyPast>,
    pub(super) remarks: Vec<Remark>,
}

/// What a source turned out to be.
pub(super) enum Read {
    Subject(Box<Subject>),
    /// An object without pixels in a directory, which is no error there.
    PassedOver(String),
}

impl Subject {
    fn of(imported: Imported) -> Self {
        let Imported { image, modality, windows, inverted, offset, padding, .. } = imported;
        let (lossy, remarks) = (imported.lossy, imported.remarks);
        Self { image, modality, windows, inverted, offset, padding, lossy, remarks }
    }

    /// The way to grey by a window.
    pub(super) fn display<'a>(&'a self, voi: &'a Voi) -> Display<'a> {
        let padding = self.padding.clone();
        Display { modality: &self.modality, voi, inverted: self.inverted, padding }
    }
}

impl Source {
    pub(super) fn read(&self) -> Result<Read, Failure> {
        let subject = match &self.place {
            Place::File { path, bits_stored, found } => {
                let reading = Reading { bits_stored: *bits_stored, frame: self.frame };
                let imported = match import::read(path, reading) {
                    Err(ImportError::File { fault: Fault::NoPixels { what }, .. }) if *found => {
                        return Ok(Read::PassedOver(format!("{} ({what})", self.name)));
                    }
                    imported => imported.map_err(of_import)?,
                };
                Subject::of(imported)
            }
            Place::Piped { bytes, bits_stored } => {
                let reading = Reading { bits_stored: *bits_stored, frame: self.frame };
                let imported = import::decode(bytes, reading);
                Subject::of(imported.map_err(|fault| of_import(of_pipe(fault)))?)
            }
            Place::Phantom { dataset, index } => {
                let case = dataset.case(Split::Test, *index).map_err(Failure::usage)?;
                let matrix = &dataset.phantom().formation.matrix;
                Subject {
                    image: case.image,
                    modality: Modality::Rescale(matrix.rescale),
                    windows: vec![Voi::linear(matrix.window)],
                    inverted: false,
                    offset: 0,
                    padding: None,
                    lossy: None,
                    remarks: Vec::new(),
                }
            }
        };
        Ok(Read::Subject(Box::new(subject)))
    }

    /// The name as a part of a path: letters, digits, `-`, `_` and `.` only.
    pub(super) fn file_stem(&self) -> String {
        let name = match &self.place {
            Place::File { path, .. } => path.file_stem().unwrap_or_default().to_string_lossy(),
            Place::Piped { .. } => "standard-input".into(),
            Place::Phantom { .. } => self.name.as_str().into(),
        };
        let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
        name.chars().take(60).map(plain).collect()
    }
}

/// A fault of what came through standard input.
fn of_pipe(fault: Fault) -> ImportError {
    ImportError::File { path: PathBuf::from(PIPE), fault }
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

/// How files are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    /// Images of a phantom.
    pub(super) count: u64,
    pub(super) seed: u64,
    pub(super) bits_stored: Option<u8>,
    pub(super) frames: Option<Frames>,
}

/// Finds all inputs; a directory, a phantom or an object with frames is several images. Gives
/// them with what there is to say about directories.
pub(super) fn find(inputs: &[String], asked: Asked) -> Result<(Vec<Source>, Vec<String>), Failure> {
    let (mut sources, mut notes) = (Vec::new(), Vec::new());
    if inputs.iter().filter(|input| *input == PIPE).count() > 1 {
        return Err(Failure::usage(anyhow::anyhow!("standard input is one image: write `-` once")));
    }
    for input in inputs {
        if input == PIPE {
            sources.extend(piped(asked)?);
            continue;
        }
        let path = Path::new(input);
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        let known = path.metadata();
        if known.is_ok_and(|known| !known.is_file() && !known.is_dir()) {
            return Err(Failure::usage(anyhow::anyhow!(
                "`{input}` is a pipe or a device; write its content to a file first, or to standard \
                 input with `-` as the image"
            )));
        }
        if path.is_dir() {
            let folder = import::images_once(path).map_err(of_import)?;
            for image in folder.images {
                sources.extend(files_of(image, asked, true));
            }
            notes.extend(note(input, &folder.others));
        } else if path.is_file() && ending.as_deref() != Some("toml") {
            sources.extend(files_of(path.to_owned(), asked, false));
        } else if ending
            .is_some_and(|ending| ENDINGS.contains(&ending.as_str()) && ending != "toml")
            || (input.contains(std::path::MAIN_SEPARATOR) && !path.is_file())
        {
            // Says why it cannot be read.
            files::read(path).map_err(Failure::usage)?;
        } else {
            let (phantom, _) = resolve(input)?;
            let id = phantom.id.clone();
            let dataset = Arc::new(Dataset::new(phantom, asked.seed));
            sources.extend((0..asked.count).map(|index| Source {
                name: format!("{id}/{index}"),
                object: format!("{id}/{index}"),
                frame: None,
                place: Place::Phantom { dataset: Arc::clone(&dataset), index },
            }));
        }
    }
    Ok((sources, notes))
}

/// The images of a file.
fn files_of(path: PathBuf, asked: Asked, found: bool) -> Vec<Source> {
    let frames = frames_of(asked, || import::frames(&path).ok());
    let place = || Place::File { path: path.clone(), bits_stored: asked.bits_stored, found };
    frames_at(&path.display().to_string(), frames, place)
}

/// The images of standard input.
fn piped(asked: Asked) -> Result<Vec<Source>, Failure> {
    let bytes: Arc<[u8]> = import::piped(std::io::stdin().lock()).map_err(of_import)?.into();
    if bytes.is_empty() {
        return Err(Failure::usage(anyhow::anyhow!(
            "standard input is empty: `-` takes the bytes of an image file from it"
        )));
    }
    let frames = frames_of(asked, || import::frames_in(&bytes).ok());
    let place = || Place::Piped { bytes: Arc::clone(&bytes), bits_stored: asked.bits_stored };
    Ok(frames_at(PIPE, frames, place))
}

/// The frames that are asked for; `count` says how many there are, where reading says so.
fn frames_of(asked: Asked, count: impl Fn() -> Option<u32>) -> Vec<Option<u32>> {
    match asked.frames {
        None => vec![None],
        Some(Frames::One(frame)) => vec![Some(frame)],
        // Where the file is none, reading will say so.
        Some(Frames::All) => match count().unwrap_or(1) {
            1 => vec![None],
            frames => (1..=frames).map(Some).collect(),
        },
    }
}

/// Frames of one object as images.
fn frames_at(object: &str, frames: Vec<Option<u32>>, place: impl Fn() -> Place) -> Vec<Source> {
    let source = |frame: Option<u32>| Source {
        name: frame.map_or_else(|| object.to_owned(), |frame| format!("{object}#{frame}")),
        object: object.to_owned(),
        frame,
        place: place(),
    };
    frames.into_iter().map(source).collect()
}

/// What a directory holds beside images: other files, hidden ones, masks and copies in a dataset.
fn note(directory: &str, others: &[PathBuf]) -> Option<String> {
    let names = others.iter().map(|path| path.display().to_string());
    passed_over(&names.collect::<Vec<String>>()).map(|listed| {
        format!("`{directory}`: passed over what is no image, a copy of one, or hidden: {listed}")
    })
}

/// How many there are, and the first of them.
pub(super) fn passed_over(names: &[String]) -> Option<String> {
    let listed = names.iter().take(LISTED).map(String::as_str).collect::<Vec<&str>>().join(", ");
    let more = if names.len() > LISTED { ", …" } else { "" };
    (!names.is_empty()).then(|| format!("{} ({listed}{more})", names.len()))
}
