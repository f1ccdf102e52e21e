//! Users' labelled images: which there are, what is true of each, whom it shows and to which split
//! it belongs, checked before any is used; compresses nothing and trains nothing.
//!
//! | form | what `data` is | labels |
//! |---|---|---|
//! | folders | `CLASS/FILE`, or `train`, `val` and `test` with such folders | their names |
//! | table | a folder | a CSV file: `path`, `label`, and where known `patient`, `split`, `frame` |
//! | arrays | an NPZ file as MedMNIST has them: `train_images`, `train_labels` and so on | in it |
//! | COCO | a folder | a JSON file with boxes or masks, or `annotations/instances_SPLIT.json` in the folder |
//! | masks | a folder | `scan.mask.png` beside `scan.png`, or `masks/` beside `images/` |
//! | DICOM | a folder | DICOM Segmentation objects, in it or in a folder of their own |
//!
//! Images are read one at a time, through [`import`].

mod arrays;
mod checked;
mod coco;
mod coco_mask;
mod error;
mod fitted;
mod folders;
mod item;
mod masks;
mod parts;
mod presentation;
mod segmented;
mod source;
mod split;
mod survey;
mod table;

use std::path::{Path, PathBuf};

use crate::image::Mask;
use crate::import::{self, Arrays, ImportError, Imported, Reading, Segmentation};
use crate::scene::Pixels;

pub use coco_mask::Annotated;
pub use error::CollectionError;
pub use item::{Boxed, Item, Marked, Marks, Outlined, Patient, Place, Truth};
pub use presentation::{Asked, Location, Presentation};
pub use source::CollectionSource;
pub use survey::{Facts, Grey, Survey};

use checked::{Checked, Row};

/// What a user may ask of a collection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Keys how patients are dealt to splits, where the data state none.
    pub seed: u64,
    /// Bits that carry the value, for files that do not say.
    pub bits_stored: Option<u8>,
    /// True if nothing is trained on the images: all are for testing where the data state no split,
    /// and one class is enough.
    pub testing: bool,
}

/// Labelled images that were checked: every image has a truth, a patient and a split, no patient is
/// in two splits, and no image is there twice.
#[derive(Debug)]
pub struct Collection {
    data: PathBuf,
    reading: Reading,
    arrays: Option<Arrays>,
    checked: Checked,
}

impl Collection {
    /// Reads what images there are and what is true of them; no image is read.
    ///
    /// ```no_run
    /// use std::path::Path;
    /// use phantom_limit::collection::{Collection, Options};
    /// let labels = Path::new("labels.csv");
    /// let found = Collection::open(Path::new("scans"), Some(labels), &Options::default())?;
    /// let first = found.read(&found.items()[0])?;
    /// println!("{} rows, {:?}", first.image.rows(), found.classes());
    /// # Ok::<(), phantom_limit::collection::CollectionError>(())
    /// ```
    ///
    /// # Errors
    /// If a file cannot be read or is not what it must be, with its name, the line where there is one,
    /// and what to do.
    pub fn open(
        data: &Path,
        labels: Option<&Path>,
        options: &Options,
    ) -> Result<Self, CollectionError> {
        let reading = Reading { bits_stored: options.bits_stored, frame: None };
        let (arrays, rows) = rows(data, labels)?;
        let checked = Checked::of(data, rows, options.seed, options.testing)?;
        Ok(Self { data: data.to_owned(), reading, arrays, checked })
    }

    /// Where it is.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Names of the classes: in the order of numbers where all are such, else of letters.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        &self.checked.classes
    }

    /// The images, in the order of the data.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.checked.items
    }

    /// The patients, in the order of their first images.
    #[must_use]
    pub fn patients(&self) -> &[Patient] {
        &self.checked.patients
    }

    /// Whether the data say which patient an image shows; each image counts as one where they do not.
    #[must_use]
    pub fn names_patients(&self) -> bool {
        self.checked.names_patients
    }

    /// Whether the data state splits; patients are dealt where they do not.
    #[must_use]
    pub fn states_splits(&self) -> bool {
        self.checked.states_splits
    }

    /// Whether targets are boxes in the images; images have a class as a whole otherwise.
    #[must_use]
    pub fn has_boxes(&self) -> bool {
        self.checked.items.iter().any(|item| matches!(item.truth, Truth::Boxes(_)))
    }

    /// Whether it is known of every image which pixels belong to which target.
    #[must_use]
    pub fn has_outlines(&self) -> bool {
        let is_known =
            |item: &Item| matches!(item.truth, Truth::Boxes(_)) && item.marks != Marks::Unstated;
        self.checked.items.iter().all(is_known)
    }

    /// The targets of an image to the pixel, in the order of its boxes; `None`
    /// where no mask is stated.
    ///
    /// # Errors
    /// If a file cannot be read, or is another than when the boxes were found.
    pub fn outlined(&self, item: &Item) -> Result<Option<Vec<Outlined>>, CollectionError> {
        let Truth::Boxes(boxes) = &item.truth else { return Ok(None) };
        let targets: Vec<Pixels> = match &item.marks {
            Marks::Unstated => return Ok(None),
            Marks::Mask(path) => masks::targets(path)?.into_iter().map(|(_, it)| it).collect(),
            Marks::Annotated(annotated) => annotated.pixels().collect(),
            Marks::Segments(frames) => {
                let mut all = Vec::new();
                for Marked { path, frame } in frames {
                    all.extend(segmented::targets(&segmentation(path)?, path, *frame)?);
                }
                all
            }
        };
        if targets.len() != boxes.len() {
            let problem = format!("what marks targets in `{}` has changed", item.name);
            return Err(CollectionError::data(&self.data, problem));
        }
        let outlined = |(pixels, of): (Pixels, &Boxed)| Outlined { class: of.class, pixels };
        Ok(Some(targets.into_iter().zip(boxes).map(outlined).collect()))
    }

    /// The pixels of an image that belong to targets: of DICOM Segmentation objects, of annotations with
    /// masks, or of the mask beside it; `None` where there is none of these.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn mask(&self, item: &Item) -> Result<Option<Mask>, CollectionError> {
        let files = masks::files(item);
        match &item.marks {
            Marks::Segments(_) => return marked(&files),
            Marks::Annotated(annotated) => return Ok(Some(annotated.mask())),
            Marks::Unstated | Marks::Mask(_) => {}
        }
        let of = |mask: &Marked| {
            let image = masks::read(&mask.path)?;
            let inside = image.samples().iter().map(|&value| value > 0).collect();
            Ok(Mask { rows: image.rows(), columns: image.columns(), inside })
        };
        files.first().map(of).transpose()
    }

    /// Reads one image.
    ///
    /// # Errors
    /// If its file cannot be read or holds no image that is taken.
    pub fn read(&self, item: &Item) -> Result<Imported, CollectionError> {
        match (&item.place, &self.arrays) {
            (Place::Array { array, index }, Some(arrays)) => {
                Ok(arrays.image(array, *index, self.reading)?)
            }
            (Place::Array { array, .. }, None) => {
                Err(CollectionError::data(&self.data, format!("there is no array `{array}`")))
            }
            (Place::File { path, frame }, _) => {
                Ok(import::read(path, Reading { frame: *frame, ..self.reading })?)
            }
        }
    }
}

fn segmentation(path: &Path) -> Result<Segmentation, CollectionError> {
    let refused = |fault| ImportError::File { path: path.to_owned(), fault };
    Ok(Segmentation::read(&import::bytes(path)?).map_err(refused)?)
}

/// The pixels that frames of DICOM Segmentation objects mark, all together; none where there are none.
fn marked(frames: &[Marked]) -> Result<Option<Mask>, CollectionError> {
    let mut all: Option<Mask> = None;
    for Marked { path, frame } in frames {
        let refused = |fault| ImportError::File { path: path.clone(), fault };
        let mask = segmentation(path)?.mask(*frame).map_err(refused)?;
        match &mut all {
            None => all = Some(mask),
            Some(all) if [all.rows, all.columns] == [mask.rows, mask.columns] => {
                all.inside.iter_mut().zip(mask.inside).for_each(|(all, one)| *all |= one);
            }
            Some(_) => {
                let problem = format!("frame {frame} has another size than others of its image");
                return Err(CollectionError::data(path, problem));
            }
        }
    }
    Ok(all)
}

/// What the data say of each image, by the form that they have.
fn rows(data: &Path, labels: Option<&Path>) -> Result<(Option<Arrays>, Vec<Row>), CollectionError> {
    let ends = |path: &Path, ending: &str| {
        path.extension().is_some_and(|it| it.eq_ignore_ascii_case(ending))
    };
    if !data.exists() {
        return Err(CollectionError::data(data, "there is no such file or folder"));
    }
    match labels {
        Some(labels) if ends(data, "npz") => Err(CollectionError::data(
            labels,
            "the labels of an NPZ file are in it; leave --labels out",
        )),
        None if ends(data, "npz") => {
            let (arrays, rows) = arrays::rows(data)?;
            Ok((Some(arrays), rows))
        }
        None if ends(data, "csv") => {
            let folder = data.parent().unwrap_or(Path::new(""));
            Ok((None, table::rows(folder, data)?))
        }
        _ if !data.is_dir() => Err(CollectionError::data(
            data,
            "labelled images are a folder, a CSV file that lists them, or an NPZ file",
        )),
        Some(labels) if ends(labels, "csv") => Ok((None, table::rows(data, labels)?)),
        Some(labels) if ends(labels, "json") => Ok((None, coco::rows(data, labels)?)),
        Some(labels) if labels.is_dir() || ends(labels, "dcm") => {
            Ok((None, segmented::rows(data, Some(labels))?.unwrap_or_default()))
        }
        Some(labels) => Err(CollectionError::data(
            labels,
            "labels are a CSV file (.csv) with columns path and label, a COCO file (.json), or DICOM \
             Segmentation objects (.dcm, or a folder of them)",
        )),
        None => {
            let found =
                [coco::rows_of_splits, masks::rows, |data: &Path| segmented::rows(data, None)];
            let rows = found.into_iter().find_map(|rows| rows(data).transpose()).transpose()?;
            Ok((None, rows.map_or_else(|| folders::rows(data), Ok)?))
        }
    }
}
