//! The layout of torchvision's `ImageFolder`: a folder for each class, with or without folders of
//! splits around.

use std::path::{Component, Path};

use super::checked::{Label, Row, Said};
use super::error::CollectionError;
use super::item::{Marks, Place};
use super::split;
use super::table::patients_of_files;
use crate::dataset::Split;
use crate::import;

pub(super) fn rows(data: &Path) -> Result<Vec<Row>, CollectionError> {
    let found = import::images_in(data)?;
    let said = Said::in_file(data);
    let mut rows = Vec::with_capacity(found.images.len());
    let has_splits = are_of_splits(data, &found.images);
    for path in found.images {
        let parts = below(data, &path);
        let (split, class): (Option<Split>, &str) = match &parts[..] {
            [first, class, _, ..] if has_splits => (split::named(first), class),
            [class, _, ..] if !has_splits => (None, class),
            _ => {
                return Err(CollectionError::data(
                    &path,
                    "the image lies in no folder of a class; put it into CLASS/, or list images in \
                     a CSV file with columns path and label, given by --labels",
                ));
            }
        };
        rows.push(Row {
            name: parts.join("/"),
            label: Label::Class(class.to_owned()),
            place: Place::File { path, frame: None },
            marks: Marks::Unstated,
            patient: None,
            split,
            said: said.clone(),
        });
    }
    patients_of_files(&mut rows)?;
    Ok(rows)
}

/// Names of the folders and of the file below the data.
pub(super) fn below(data: &Path, path: &Path) -> Vec<String> {
    let below = path.strip_prefix(data).unwrap_or(path);
    let normal = below.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    });
    normal.collect()
}

/// Whether the first folders below the data are those of splits: where all bear such names.
pub(super) fn are_of_splits<P: AsRef<Path>>(data: &Path, images: &[P]) -> bool {
    images.iter().all(|path| {
        let names = below(data, path.as_ref());
        names.len() > 1 && split::named(&names[0]).is_some()
    })
}
