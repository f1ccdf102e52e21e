//! Masks beside images: `scan.mask.png` beside `scan.png`, or `masks/scan.png` for `images/scan.png`;
//! 0 is outside, and each part of another value that hangs together is a target. In folders of classes,
//! `CLASS/images` beside `CLASS/masks`, the class is that of the whole image.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::checked::{Label, Row, Said};
use super::error::{CollectionError, shown};
use super::folders::{are_of_splits, below};
use super::item::{Item, Marked, Marks, Place};
use super::parts::{area, parts};
use super::split;
use super::table::patients_of_files;
use crate::image::{Image, Mask};
use crate::import::{self, Beside, Reading};
use crate::scene::Pixels;

/// What stands before the ending of a mask's name.
const MASK: &str = "mask";
/// Endings that masks have.
const ENDINGS: [&str; 9] = ["png", "npy", "npz", "tif", "tiff", "pgm", "dcm", "PNG", "TIF"];
/// Folders of images and of their masks.
const FOLDERS: [&str; 2] = ["images", "masks"];
/// The class of targets where all masks have one value beside 0.
const TARGET: &str = "target";
/// Most values of a mask.
const MOST_VALUES: usize = 100;

/// The images of a folder with masks beside them; `None` where there are no masks.
pub(super) fn rows(data: &Path) -> Result<Option<Vec<Row>>, CollectionError> {
    let found = import::images_in(data)?.images;
    let all: BTreeSet<&PathBuf> = found.iter().collect();
    let in_masks =
        |path: &Path| path.parent().and_then(Path::file_name) == Some(OsStr::new(FOLDERS[1]));
    let (masks, images): (Vec<&PathBuf>, Vec<&PathBuf>) = (found.iter())
        .filter(|path| Beside::of(path) != Some(Beside::Other))
        .partition(|path| Beside::of(path) == Some(Beside::Mask) || in_masks(path));
    if masks.is_empty() {
        return Ok(None);
    }
    let has_splits = are_of_splits(data, &images);
    if let Some(classes) = classes_around(data, &images, has_splits) {
        let mut rows: Vec<Row> = (images.into_iter().zip(classes))
            .map(|(path, class)| {
                let names = below(data, path);
                let mask = candidates(path).find(|it| all.contains(it));
                Row {
                    place: Place::File { path: path.clone(), frame: None },
                    split: if has_splits { split::named(&names[0]) } else { None },
                    name: names.join("/"),
                    label: Label::Class(class),
                    marks: mask.map_or(Marks::Unstated, Marks::Mask),
                    patient: None,
                    said: Said::in_file(path),
                }
            })
            .collect();
        patients_of_files(&mut rows)?;
        return Ok(Some(rows));
    }
    let read = images.par_iter().map(|&path| {
        let mask = candidates(path).find(|it| all.contains(it)).ok_or_else(|| {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let problem = format!(
                "there is no mask `{}.{MASK}.png` beside it, nor one of its name in `masks/` beside \
                 `images/`; an image without targets has a mask of zeros",
                shown(&name)
            );
            CollectionError::data(path, problem)
        })?;
        let found = targets(&mask)?;
        let targets: Vec<(u16, [f64; 4])> =
            found.iter().map(|(value, pixels)| (*value, area(pixels))).collect();
        Ok((path, mask, targets))
    });
    let read: Vec<_> = read.collect::<Result<_, CollectionError>>()?;
    let used: BTreeSet<&PathBuf> = read.iter().map(|(_, mask, _)| mask).collect();
    if let Some(alone) = masks.iter().find(|mask| !used.contains(*mask)) {
        let problem = "is a mask, and there is no image of its name beside it; leave it out";
        return Err(CollectionError::data(alone, problem));
    }
    let values: BTreeSet<u16> =
        read.iter().flat_map(|(.., targets)| targets.iter().map(|it| it.0)).collect();
    let class = |value: u16| if values.len() == 1 { TARGET.to_owned() } else { value.to_string() };
    let row = |(path, mask, targets): &(&PathBuf, PathBuf, Vec<(u16, [f64; 4])>)| {
        let names = below(data, path);
        let boxes = targets.iter().map(|(value, area)| (Some(class(*value)), *area));
        Row {
            place: Place::File { path: (*path).clone(), frame: None },
            split: if has_splits { split::named(&names[0]) } else { None },
            name: names.join("/"),
            label: Label::Boxes(boxes.collect()),
            marks: Marks::Mask(mask.clone()),
            patient: None,
            said: Said::in_file(mask),
        }
    };
    let mut rows: Vec<Row> = read.iter().map(row).collect();
    patients_of_files(&mut rows)?;
    Ok(Some(rows))
}

/// The folders that `images` folders of classes lie in, one for each image: where all lie in such and
/// there are two or more.
fn classes_around(data: &Path, images: &[&PathBuf], has_splits: bool) -> Option<Vec<String>> {
    let class = |path: &&PathBuf| match &below(data, path)[usize::from(has_splits)..] {
        [class, folder, _] if folder == FOLDERS[0] => Some(class.clone()),
        _ => None,
    };
    let classes = images.iter().map(class).collect::<Option<Vec<String>>>()?;
    classes.iter().any(|class| *class != classes[0]).then_some(classes)
}

/// The files that say which pixels of an image belong to targets; of a mask there is frame 1.
pub(super) fn files(item: &Item) -> Vec<Marked> {
    let beside = match (&item.marks, &item.place) {
        (Marks::Segments(frames), _) => return frames.clone(),
        (Marks::Mask(path), _) => Some(path.clone()),
        (Marks::Unstated, Place::File { path, frame: None }) => {
            candidates(path).find(|path| path.is_file())
        }
        (Marks::Unstated | Marks::Annotated(_), _) => None,
    };
    beside.map(|path| Marked { path, frame: 1 }).into_iter().collect()
}

/// Reads a mask: a value for each pixel, 0 outside.
pub(super) fn read(path: &Path) -> Result<Image, CollectionError> {
    Ok(import::read(path, Reading::default())?.image)
}

/// Where the mask of an image may lie.
fn candidates(image: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let stem = image.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let folder = image.parent().unwrap_or(Path::new("")).to_owned();
    let of_images = folder.file_name() == Some(OsStr::new(FOLDERS[0]));
    let masks = of_images.then(|| folder.with_file_name(FOLDERS[1]));
    ENDINGS.into_iter().flat_map(move |ending| {
        let beside = ['.', '_'].map(|sign| folder.join(format!("{stem}{sign}{MASK}.{ending}")));
        let apart = masks.as_ref().map(|it| it.join(format!("{stem}.{ending}")));
        beside.into_iter().chain(apart)
    })
}

/// Values of a mask with the pixels of their parts.
pub(super) fn targets(path: &Path) -> Result<Vec<(u16, Pixels)>, CollectionError> {
    let image = read(path)?;
    let (rows, columns) = (image.rows(), image.columns());
    let values: BTreeSet<u16> = image.samples().iter().copied().filter(|&it| it > 0).collect();
    if values.len() > MOST_VALUES {
        let problem = format!("the mask has {} values: is it an image?", values.len());
        return Err(CollectionError::data(path, problem));
    }
    let mut targets = Vec::new();
    for value in values {
        let inside = image.samples().iter().map(|&it| it == value).collect();
        let found = parts(Mask { rows, columns, inside }).map_err(|problem| {
            CollectionError::data(path, format!("{problem}: is it an image?"))
        })?;
        targets.extend(found.into_iter().map(|pixels| (value, pixels)));
    }
    Ok(targets)
}
