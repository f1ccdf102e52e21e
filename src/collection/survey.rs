//! What is found by reading every image once: their bits and sizes, what identifies the data, and
//! what should say nothing of a class.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rayon::prelude::*;

use super::Collection;
use super::error::{CollectionError, shown};
use super::item::{Boxed, Item, Marked, Marks, Place, Truth};
use super::masks;
use crate::files;
use crate::image::{Modality, Rescale, SampleFormat, Voi, Window, WindowFunction, words};
use crate::import::{self, FileKind, ImportError, Imported, Reading};

/// What is known of one image without looking at it.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Rows and columns.
    pub size: [usize; 2],
    /// Bytes of its file; none of an image of an array.
    pub bytes: Option<u64>,
    /// Mean of its stored values.
    pub mean: f64,
    /// Manufacturer and model, where its file states them.
    pub scanner: Option<String>,
    /// SHA-256 of its file, or of its stored values as 16-bit little-endian words.
    pub sha256: String,
}

/// The way to grey that all images share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grey {
    /// From stored values to physical ones; the stored values themselves where images say nothing.
    pub rescale: Rescale,
    /// The first window of every file; none where they differ or state none.
    pub window: Option<Window>,
}

/// What all images of a collection have in common, and what is known of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Survey {
    /// Bits of the samples.
    pub format: SampleFormat,
    /// Their way to grey.
    pub grey: Grey,
    /// One for each image, in their order.
    pub facts: Vec<Facts>,
    /// SHA-256 of everything that decides a result: images, labels, patients and splits.
    pub sha256: String,
}

impl Collection {
    /// Reads every image once, and checks that they belong together.
    ///
    /// # Errors
    /// If an image cannot be read, has other bits or another scale than the first, does not hold a box
    /// of its, or is the same as one of another split.
    pub fn survey(&self) -> Result<Survey, CollectionError> {
        let read = self.items().par_iter().map(|item| self.facts(item));
        let read = read.collect::<Result<Vec<_>, _>>()?;
        let (shared, facts): (Vec<_>, Vec<Facts>) = read.into_iter().unzip();
        let (common, grey): (Vec<Common>, Vec<Option<Grey>>) = shared.into_iter().unzip();
        let grey = self.shared_grey(&grey)?;
        let first = common[0];
        for (item, found) in self.items().iter().zip(&common) {
            if *found != first {
                let (name, before) = (shown(&item.name), shown(&self.items()[0].name));
                let problem = format!(
                    "image `{name}` is of {} and `{before}` of {}; images of one study have the same \
                     bits and the same way to grey: split the data, or convert them",
                    found.said(),
                    first.said()
                );
                return Err(CollectionError::data(self.data(), problem));
            }
        }
        self.check_boxes(&facts)?;
        self.check_copies(&facts)?;
        let masks = self.masks()?;
        let mut text = self.classes().join("\n");
        for (item, facts) in self.items().iter().zip(&facts) {
            let patient = &self.patients()[item.patient];
            let truth = match &item.truth {
                Truth::Class(class) => class.to_string(),
                Truth::Boxes(boxes) => format!("{boxes:?}"),
            };
            let (name, split) = (&patient.name, patient.split.name());
            text += &format!("\n{}\t{}\t{truth}\t{name}\t{split}", item.name, facts.sha256);
            if let Marks::Annotated(annotated) = &item.marks {
                text += &format!("\t{annotated:?}");
            }
            for Marked { path, frame } in masks::files(item) {
                text += &format!("\t{} {frame}", masks[&path]);
            }
        }
        Ok(Survey { format: first.format, grey, facts, sha256: files::sha256(text.as_bytes()) })
    }

    /// SHA-256 of every file that says which pixels belong to targets.
    fn masks(&self) -> Result<BTreeMap<PathBuf, String>, CollectionError> {
        let files = self.items().par_iter().flat_map_iter(masks::files).map(|it| it.path);
        let files: BTreeSet<PathBuf> = files.collect();
        let hashed = files.into_par_iter().map(|path| {
            let hash = files::sha256(&import::bytes(&path)?);
            Ok((path, hash))
        });
        hashed.collect()
    }

    /// What all images have in common of their way to grey: the window only where all state the same
    /// one. Values of unlike scales are no values of one study.
    fn shared_grey(&self, grey: &[Option<Grey>]) -> Result<Grey, CollectionError> {
        let plain = Rescale { slope: 1.0, intercept: 0.0 };
        let scale = |grey: &Option<Grey>| grey.map(|it| it.rescale);
        let window = |grey: &Option<Grey>| grey.and_then(|it| it.window);
        let first = &grey[0];
        if let Some(other) = grey.iter().position(|it| scale(it) != scale(first)) {
            let [one, other] = [0, other].map(|at| {
                let said = scale(&grey[at]).map_or_else(
                    || "a table or no scale".to_owned(),
                    |it| format!("slope {} and intercept {}", it.slope, it.intercept),
                );
                format!("`{}` has {said}", shown(&self.items()[at].name))
            });
            let problem = format!(
                "{one}, {other}: stored values of one study mean the same; split the data, or convert \
                 them to one scale"
            );
            return Err(CollectionError::data(self.data(), problem));
        }
        let alike = grey.iter().all(|it| window(it) == window(first));
        Ok(Grey { rescale: scale(first).unwrap_or(plain), window: window(first).filter(|_| alike) })
    }

    /// Boxes lie in the images that were read, not only in those that the labels speak of.
    fn check_boxes(&self, facts: &[Facts]) -> Result<(), CollectionError> {
        for (item, Facts { size: [rows, columns], .. }) in self.items().iter().zip(facts) {
            if let Marks::Annotated(annotated) = &item.marks
                && annotated.size() != [*rows, *columns]
            {
                let [high, wide] = annotated.size();
                let problem = format!(
                    "the masks of image `{}` are of {high} rows and {wide} columns, but it has {rows} \
                     rows and {columns} columns: it is not the image that was labelled, or of another \
                     size",
                    shown(&item.name)
                );
                return Err(CollectionError::data(self.data(), problem));
            }
            let Truth::Boxes(boxes) = &item.truth else { continue };
            let outside = |boxed: &&Boxed| {
                let [row, column, high, wide] = boxed.area;
                // As far beyond the image as labels may count.
                row + high > *rows as f64 + 1.0 || column + wide > *columns as f64 + 1.0
            };
            if let Some(Boxed { area: [row, column, high, wide], .. }) = boxes.iter().find(outside)
            {
                let problem = format!(
                    "a box of image `{}` ends at row {} and column {}, but the image has {rows} rows \
                     and {columns} columns: it is not the image that was labelled, or of another size",
                    shown(&item.name),
                    row + high,
                    column + wide
                );
                return Err(CollectionError::data(self.data(), problem));
            }
        }
        Ok(())
    }

    /// No image of a split is the copy of one in another.
    fn check_copies(&self, facts: &[Facts]) -> Result<(), CollectionError> {
        let split = |at: usize| self.patients()[self.items()[at].patient].split;
        let frame = |at: usize| match &self.items()[at].place {
            Place::File { frame, .. } => *frame,
            Place::Array { .. } => None,
        };
        let content = |at: usize| (&facts[at].sha256, frame(at));
        let mut order: Vec<usize> = (0..facts.len()).collect();
        order.sort_by(|&a, &b| content(a).cmp(&content(b)).then(a.cmp(&b)));
        for pair in order.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            if content(a) == content(b) && split(a) != split(b) {
                let [one, other] = [a, b].map(|at| {
                    format!("`{}` ({})", shown(&self.items()[at].name), split(at).name())
                });
                let problem = format!(
                    "{one} and {other} are the same image in two splits: a network would be tested on \
                     what it has learnt; leave one out"
                );
                return Err(CollectionError::data(self.data(), problem));
            }
        }
        Ok(())
    }

    fn facts(&self, item: &Item) -> Result<((Common, Option<Grey>), Facts), CollectionError> {
        let (imported, bytes, sha256, scanner) = match &item.place {
            Place::Array { .. } => {
                let imported = self.read(item)?;
                let sha256 = files::sha256(&words::to_bytes(imported.image.samples()));
                (imported, None, sha256, None)
            }
            Place::File { path, frame } => {
                let refused = |fault| ImportError::File { path: path.clone(), fault };
                let bytes = import::bytes(path)?;
                let reading = Reading { frame: *frame, ..self.reading };
                let imported = import::decode(&bytes, reading).map_err(refused)?;
                let origin = match imported.kind {
                    FileKind::Dicom => import::origin(&bytes).map_err(refused)?,
                    _ => None,
                };
                let scanner = origin.and_then(|origin| origin.scanner);
                (imported, Some(bytes.len() as u64), files::sha256(&bytes), scanner)
            }
        };
        let samples = imported.image.samples();
        let sum: u64 = samples.iter().map(|&value| u64::from(value)).sum();
        let facts = Facts {
            size: [imported.image.rows(), imported.image.columns()],
            bytes,
            mean: sum as f64 / samples.len() as f64,
            scanner,
            sha256,
        };
        Ok(((Common::of(&imported), grey_of(&imported)), facts))
    }
}

/// The way to grey that a file states by numbers.
fn grey_of(imported: &Imported) -> Option<Grey> {
    let Modality::Rescale(rescale) = imported.modality else { return None };
    let window = match imported.windows.first() {
        Some(Voi::Window { window, function: WindowFunction::Linear }) if window.width > 1.0 => {
            Some(*window)
        }
        _ => None,
    };
    Some(Grey { rescale, window })
}

/// What all images must have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Common {
    format: SampleFormat,
    is_inverted: bool,
    offset: u16,
}

impl Common {
    fn of(imported: &Imported) -> Self {
        let format = imported.image.format();
        Self { format, is_inverted: imported.inverted, offset: imported.offset }
    }

    fn said(self) -> String {
        let SampleFormat { bits_stored, bits_allocated } = self.format;
        let sign = if self.offset > 0 { "signed" } else { "unsigned" };
        let grey = if self.is_inverted { ", small values white" } else { "" };
        format!("{bits_stored} bits stored in {bits_allocated}, {sign}{grey}")
    }
}
