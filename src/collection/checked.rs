//! From what the data say of each image to images that agree: classes, patients and splits; reads no
//! file.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::error::{CollectionError, shown};
use super::item::{Boxed, Item, Marks, Patient, Place, Truth};
use super::split;
use crate::dataset::Split;

/// Most images of a collection.
pub(super) const MOST_IMAGES: usize = 1 << 20;
/// Most classes: they are counted in one byte, and networks of more are not what a limit is for.
const MOST_CLASSES: usize = 100;

/// What the data say of an image.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) place: Place,
    pub(super) name: String,
    pub(super) label: Label,
    pub(super) marks: Marks,
    /// Its patient; itself where the data do not say.
    pub(super) patient: Option<String>,
    pub(super) split: Option<Split>,
    /// Where that is said.
    pub(super) said: Said,
}

/// What the data say that is true of an image.
#[derive(Debug, Clone)]
pub(super) enum Label {
    Class(String),
    /// Name of the class, none of a crowd, with its first row, first column, rows and columns.
    Boxes(Vec<(Option<String>, [f64; 4])>),
}

/// A line of a file, or a file.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) path: std::sync::Arc<PathBuf>,
    pub(super) line: Option<u64>,
}

impl Said {
    pub(super) fn in_file(path: &Path) -> Self {
        Self { path: std::sync::Arc::new(path.to_owned()), line: None }
    }

    pub(super) fn refused(&self, problem: impl Into<String>) -> CollectionError {
        match self.line {
            Some(line) => CollectionError::line(&self.path, line, problem),
            None => CollectionError::data(&self.path, problem),
        }
    }

    fn place(&self) -> String {
        self.line.map_or_else(String::new, |line| format!(" in line {line}"))
    }
}

/// Images that agree with one another.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) classes: Vec<String>,
    pub(super) items: Vec<Item>,
    pub(super) patients: Vec<Patient>,
    pub(super) names_patients: bool,
    pub(super) states_splits: bool,
}

impl Checked {
    pub(super) fn of(
        data: &Path,
        rows: Vec<Row>,
        seed: u64,
        testing: bool,
    ) -> Result<Self, CollectionError> {
        if rows.is_empty() {
            return Err(CollectionError::data(data, "there is no labelled image"));
        }
        if rows.len() > MOST_IMAGES {
            let problem = format!("more than {MOST_IMAGES} images; take a part of them");
            return Err(CollectionError::data(data, problem));
        }
        let classes = classes(data, &rows, testing)?;
        let numbers: HashMap<&str, u8> = (0..).zip(&classes).map(|(at, it)| (&**it, at)).collect();
        let names_patients = rows.iter().all(|row| row.patient.is_some());
        if let (false, Some(named)) =
            (names_patients, rows.iter().find(|row| row.patient.is_some()))
            && let Some(row) = rows.iter().find(|row| row.patient.is_none())
        {
            return Err(row.said.refused(format!(
                "no patient is stated for `{}`, but one is for `{}`: state one for every image, or for \
                 none",
                shown(&row.name),
                shown(&named.name)
            )));
        }
        let states_splits = stated(&rows)?;
        let mut items = Vec::with_capacity(rows.len());
        let mut patients: Vec<(Patient, Said)> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        for (number, row) in rows.iter().enumerate() {
            let name = row.patient.as_ref().unwrap_or(&row.name);
            let dealt = || if testing { Split::Test } else { split::dealt(seed, name) };
            let split = row.split.unwrap_or_else(dealt);
            let patient = match known.get(name) {
                Some(&patient) => patient,
                None => {
                    known.insert(name.clone(), patients.len());
                    let (name, items) = (name.clone(), Vec::new());
                    patients.push((Patient { name, split, items }, row.said.clone()));
                    patients.len() - 1
                }
            };
            let (found, first) = &mut patients[patient];
            if found.split != split {
                let (name, now, before) = (shown(&found.name), split.name(), found.split.name());
                return Err(row.said.refused(format!(
                    "patient `{name}` is in split {now} here and in {before} before{}: a network \
                     must not be tested on a patient that it has learnt from; put all images of a \
                     patient in one split",
                    first.place()
                )));
            }
            found.items.push(number);
            let truth = match &row.label {
                Label::Class(name) => Truth::Class(numbers[name.as_str()]),
                Label::Boxes(boxes) => Truth::Boxes(
                    (boxes.iter())
                        .map(|(name, area)| Boxed {
                            class: name.as_ref().map(|name| numbers[name.as_str()]),
                            area: *area,
                        })
                        .collect(),
                ),
            };
            let (place, name, marks) = (row.place.clone(), row.name.clone(), row.marks.clone());
            items.push(Item { place, name, truth, marks, patient });
        }
        let mut patients: Vec<Patient> = patients.into_iter().map(|(patient, _)| patient).collect();
        let tunes = |patients: &[Patient]| patients.iter().any(|it| it.split == Split::Tune);
        if states_splits && !testing && !tunes(&patients) {
            for patient in patients.iter_mut().filter(|it| it.split == Split::Train) {
                if split::tunes(seed, &patient.name) {
                    patient.split = Split::Tune;
                }
            }
        }
        let all = [Split::Test, Split::Train, Split::Tune];
        for split in if testing { &all[..1] } else { &all } {
            let split = *split;
            if !patients.iter().any(|patient| patient.split == split) {
                return Err(CollectionError::data(data, without(split, states_splits, &patients)));
            }
        }
        Ok(Self { classes, items, patients, names_patients, states_splits })
    }
}

/// What to do where a split has no patient.
fn without(split: Split, is_stated: bool, patients: &[Patient]) -> String {
    let name = split.name();
    match (is_stated, split) {
        (true, Split::Train | Split::Test) => {
            format!("no image is in split {name}; state train and test, or no splits at all")
        }
        _ => format!(
            "none of {} patients was dealt to split {name}: there are too few; state splits, or \
             take more patients",
            patients.len()
        ),
    }
}

/// Images that were listed, so that none is there twice.
#[derive(Debug, Default)]
pub(super) struct Once {
    seen: HashMap<Place, Option<u64>>,
}

impl Once {
    pub(super) fn add(&mut self, row: &Row) -> Result<(), CollectionError> {
        let Some(first) = self.seen.insert(row.place.clone(), row.said.line) else {
            return Ok(());
        };
        let line = first.map_or_else(String::new, |line| format!(", first in line {line}"));
        let name = shown(&row.name);
        let problem = format!("image `{name}` is there twice{line}; an image has one label");
        Err(row.said.refused(problem))
    }
}

/// Whether splits are stated: of all images or of none.
fn stated(rows: &[Row]) -> Result<bool, CollectionError> {
    let with = rows.iter().filter(|row| row.split.is_some()).count();
    match rows.iter().find(|row| row.split.is_none()) {
        Some(row) if with > 0 => Err(row.said.refused(format!(
            "image `{}` has no split, and others have one; state it of all or of none",
            shown(&row.name)
        ))),
        _ => Ok(with > 0),
    }
}

/// The names of the classes, in order.
fn classes(data: &Path, rows: &[Row], one_is_enough: bool) -> Result<Vec<String>, CollectionError> {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    let mut seen: HashSet<&str> = HashSet::new();
    let has_boxes = rows.iter().any(|row| matches!(row.label, Label::Boxes(_)));
    for row in rows {
        let of_row: Vec<&str> = match &row.label {
            Label::Class(name) => vec![name],
            Label::Boxes(boxes) => boxes.iter().filter_map(|(it, _)| it.as_deref()).collect(),
        };
        for name in of_row {
            if !seen.insert(name) {
                continue;
            }
            let is_name = !name.is_empty() && name.len() <= 80 && !name.contains(char::is_control);
            if !is_name {
                let problem = "is no name of a class: 1 to 80 bytes without control characters";
                return Err(row.said.refused(format!("`{}` {problem}", shown(name))));
            }
            if has_boxes && name == "absent" {
                let problem = "a class of boxes cannot be called `absent`: that is where none is";
                return Err(row.said.refused(problem));
            }
            names.insert(name);
            if names.len() > MOST_CLASSES {
                return Err(row.said.refused(format!(
                    "more than {MOST_CLASSES} classes; is this the column of the classes?"
                )));
            }
        }
    }
    let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    match (names.len(), has_boxes) {
        (0, _) => return Err(CollectionError::data(data, "no image has a box")),
        (1, false) if !one_is_enough => {
            let problem =
                format!("all images are of class `{}`: there is nothing to tell apart", names[0]);
            return Err(CollectionError::data(data, problem));
        }
        _ => {}
    }
    let number = |name: &String| name.parse::<u32>().ok();
    if names.iter().all(|name| number(name).is_some()) {
        names.sort_by_key(number);
    }
    Ok(names)
}
