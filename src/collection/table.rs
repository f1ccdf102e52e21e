//! A CSV file that lists images with their labels.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::checked::{Label, MOST_IMAGES, Once, Row, Said};
use super::error::{CollectionError, shown};
use super::item::{Marks, Place};
use super::split;
use crate::files;
use crate::import::{self, ImportError};

/// Largest file of labels.
pub(super) const MOST_BYTES: u64 = 128 << 20;

/// Columns that are read; others are passed over.
const COLUMNS: [&str; 5] = ["path", "label", "patient", "split", "frame"];

/// Names that others give to columns, which would be passed over to a wrong end.
const OTHER_NAMES: [(&str, &str); 30] = [
    ("file", "path"),
    ("filename", "path"),
    ("file_name", "path"),
    ("filepath", "path"),
    ("file_path", "path"),
    ("image", "path"),
    ("image_path", "path"),
    ("image_id", "path"),
    ("class", "label"),
    ("class_name", "label"),
    ("target", "label"),
    ("truth", "label"),
    ("diagnosis", "label"),
    ("finding", "label"),
    ("category", "label"),
    ("y", "label"),
    ("patient_id", "patient"),
    ("patientid", "patient"),
    ("subject", "patient"),
    ("subject_id", "patient"),
    ("case", "patient"),
    ("case_id", "patient"),
    ("group", "patient"),
    ("participant_id", "patient"),
    ("set", "split"),
    ("subset", "split"),
    ("partition", "split"),
    ("fold", "split"),
    ("frame_number", "frame"),
    ("slice", "frame"),
];

/// Refuses a file of labels that is too large to be one, or is none.
pub(super) fn text_of(path: &Path) -> Result<Vec<u8>, CollectionError> {
    if path.is_dir() {
        return Err(CollectionError::data(path, "is a folder; give the file of labels"));
    }
    let bytes = fs::metadata(path).map_or(0, |known| known.len());
    if bytes > MOST_BYTES {
        let problem = format!("{bytes} bytes are more than the {MOST_BYTES} of a file of labels");
        return Err(CollectionError::data(path, problem));
    }
    Ok(files::read(path)?)
}

/// The images that a table lists. Paths start from `folder`, else from the folder of the table.
pub(super) fn rows(folder: &Path, table: &Path) -> Result<Vec<Row>, CollectionError> {
    let bytes = text_of(table)?;
    let mut reader = csv::ReaderBuilder::new().from_reader(&bytes[..]);
    let broken = |error: &csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        CollectionError::line(
            table,
            line,
            format!("{error}; the table must be UTF-8 CSV with commas"),
        )
    };
    let header = reader.headers().map_err(|error| broken(&error))?.clone();
    let places = places(&header).map_err(|problem| CollectionError::line(table, 1, problem))?;
    let beside = table.parent().unwrap_or(Path::new(""));
    let path = Arc::new(table.to_owned());
    let (mut rows, mut once) = (Vec::new(), Once::default());
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| broken(&error))? {
        let line = record.position().map_or(0, csv::Position::line);
        let said = Said { path: Arc::clone(&path), line: Some(line) };
        let text = |column: &str| {
            places.get(column).and_then(|&place| record.get(place)).unwrap_or_default().trim()
        };
        let needed = |column: &str| match text(column) {
            "" => Err(said.refused(format!("column `{column}` is empty"))),
            text => Ok(text.to_owned()),
        };
        let (name, label) = (needed("path")?, needed("label")?);
        let frame = match text("frame") {
            "" => None,
            text => Some(text.parse().ok().filter(|&it: &u32| it > 0).ok_or_else(|| {
                said.refused(format!("column `frame`: `{}` is no number from 1 on", shown(text)))
            })?),
        };
        let split = match text("split") {
            "" => None,
            text => Some(split::named(text).ok_or_else(|| {
                said.refused(format!("column `split`: `{}` is not {}", shown(text), split::NAMES))
            })?),
        };
        let patient = if places.contains_key("patient") { Some(needed("patient")?) } else { None };
        let path = found(folder, beside, &name).ok_or_else(|| {
            let (name, folder) = (shown(&name), folder.display());
            said.refused(format!("there is no file `{name}` in `{folder}` or beside the table"))
        })?;
        let name = frame.map_or_else(|| name.clone(), |frame| format!("{name}#{frame}"));
        let place = Place::File { path, frame };
        let row = Row {
            place,
            name,
            label: Label::Class(label),
            marks: Marks::Unstated,
            patient,
            split,
            said,
        };
        once.add(&row)?;
        rows.push(row);
        if rows.len() > MOST_IMAGES {
            let problem = format!("more than {MOST_IMAGES} images; take a part of them");
            return Err(CollectionError::data(table, problem));
        }
    }
    if rows.is_empty() {
        return Err(CollectionError::data(table, "the table has a header and no row"));
    }
    if !places.contains_key("patient") {
        patients_of_files(&mut rows)?;
        one_patient_for_each_stack(&mut rows);
    }
    Ok(rows)
}

/// Frames of one file that states no patient are slices of one: where there are such, every file
/// counts as a patient.
fn one_patient_for_each_stack(rows: &mut [Row]) {
    let has_stacks = rows.iter().any(|row| matches!(row.place, Place::File { frame: Some(_), .. }));
    if !has_stacks || rows.iter().any(|row| row.patient.is_some()) {
        return;
    }
    for row in rows {
        let file = row.name.rsplit_once('#').map_or(&*row.name, |(file, _)| file);
        row.patient = Some(file.to_owned());
    }
}

/// The file of a name in one of two folders.
pub(super) fn found(folder: &Path, beside: &Path, name: &str) -> Option<PathBuf> {
    if name.contains('\0') {
        return None;
    }
    [folder, beside].into_iter().map(|it| it.join(name)).find(|it| it.is_file())
}

/// Where each column stands, or what is wrong with the header.
fn places(header: &csv::StringRecord) -> Result<HashMap<&'static str, usize>, String> {
    let is = |it: &str, name: &str| it.trim().eq_ignore_ascii_case(name);
    if header.len() == 1 && header.iter().any(|it| it.contains([';', '\t'])) {
        return Err("values are apart by semicolons or tabs: write commas".to_owned());
    }
    let mut of = HashMap::new();
    for name in COLUMNS {
        let mut places = header.iter().enumerate().filter(|(_, it)| is(it, name));
        if let Some((place, _)) = places.next() {
            of.insert(name, place);
        }
        if places.next().is_some() {
            return Err(format!("there are two columns `{name}`"));
        }
    }
    for (other, name) in OTHER_NAMES {
        let found = header.iter().find(|it| is(it, other));
        if let Some(found) = found.filter(|_| !of.contains_key(name)) {
            let found = found.trim();
            return Err(format!(
                "there is a column `{found}` and no column `{name}`: rename it if it is that, or \
                 leave it out"
            ));
        }
    }
    for (name, what) in [("path", "the file of the image"), ("label", "its class")] {
        if !of.contains_key(name) {
            return Err(format!("there is no column `{name}`: {what}"));
        }
    }
    Ok(of)
}

/// Takes the patients from DICOM files: PatientID, or StudyInstanceUID where that is empty. Where no
/// file is such, nothing is known of patients.
pub(super) fn patients_of_files(rows: &mut [Row]) -> Result<(), CollectionError> {
    let origins: Result<Vec<_>, CollectionError> = rows
        .par_iter()
        .map(|row| {
            let Place::File { path, .. } = &row.place else { return Ok(None) };
            let refused = |fault| ImportError::File { path: path.clone(), fault };
            let origin = import::origin(&import::bytes(path)?).map_err(refused)?;
            Ok(origin.and_then(|origin| origin.patient.or(origin.study)))
        })
        .collect();
    for (row, patient) in rows.iter_mut().zip(origins?) {
        row.patient = patient;
    }
    Ok(())
}
