//! COCO annotations: boxes of targets in images, and their masks where every target has one.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use memchr::memmem;
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

use super::checked::{Label, MOST_IMAGES, Once, Row, Said};
use super::coco_mask::{Annotated, CocoMask};
use super::error::{CollectionError, shown};
use super::item::{Marks, Place};
use super::split;
use super::table::{found, text_of};
use crate::dataset::Split;
use crate::files;

/// Most boxes of a file.
const MOST_BOXES: usize = 1 << 22;
/// Most rows or columns of an image with masks.
const MOST_SIDE: f64 = 65_535.0;
/// Where annotations of splits lie in a folder.
const FOLDER: &str = "annotations";

/// What is read of a file; anything else is passed over.
#[derive(Debug, serde::Deserialize)]
struct Coco {
    images: Few<CocoImage, MOST_IMAGES>,
    annotations: Few<Annotation, MOST_BOXES>,
    categories: Few<Category, 1000>,
}

#[derive(Debug, serde::Deserialize)]
struct CocoImage {
    id: u64,
    file_name: String,
    width: f64,
    height: f64,
    #[serde(alias = "patient_id", alias = "subject", alias = "PatientID")]
    patient: Option<Name>,
    split: Option<String>,
}

/// A name, which may be a number.
#[derive(Debug, serde::Deserialize)]
#[serde(untagged)]
enum Name {
    Text(String),
    Number(i64),
}

#[derive(Debug, serde::Deserialize)]
struct Annotation {
    image_id: u64,
    category_id: i64,
    /// x, y, width and height in pixels; that of the mask where it is not stated.
    bbox: Option<[f64; 4]>,
    segmentation: Option<CocoMask>,
    #[serde(default)]
    iscrowd: u8,
}

#[derive(Debug, serde::Deserialize)]
struct Category {
    id: i64,
    name: String,
}

impl Annotation {
    /// x, y, width and height of the target, or what is wrong with them.
    fn area(&self) -> Result<[f64; 4], String> {
        match (self.bbox, &self.segmentation) {
            (Some(stated), _) => Ok(stated),
            (None, Some(mask)) => mask.area(),
            (None, None) => Err("it has neither `bbox` nor `segmentation`".to_owned()),
        }
    }
}

/// A list of at most so many values.
#[derive(Debug)]
struct Few<T, const MOST: usize>(Vec<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for Few<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each<T, const MOST: usize>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Each<T, MOST> {
            type Value = Few<T, MOST>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "a list of at most {MOST}")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = list.next_element()? {
                    if values.len() == MOST {
                        return Err(serde::de::Error::custom(format!(
                            "more than {MOST} of a list"
                        )));
                    }
                    values.push(value);
                }
                Ok(Few(values))
            }
        }
        deserializer.deserialize_seq(Each(PhantomData))
    }
}

/// Rows or columns of an image that can be read.
fn side(stated: f64) -> Option<usize> {
    let whole = stated.fract() == 0.0 && (1.0..=MOST_SIDE).contains(&stated);
    whole.then_some(stated as usize)
}

/// The images of `annotations/instances_SPLIT.json` in a folder, which lie in `SPLIT/` there; `None`
/// where there are no such files.
pub(super) fn rows_of_splits(data: &Path) -> Result<Option<Vec<Row>>, CollectionError> {
    let folder = data.join(FOLDER);
    if !folder.is_dir() {
        return Ok(None);
    }
    let mut rows = Vec::new();
    for name in files::listing(&folder)? {
        let word = name.strip_prefix("instances_").and_then(|it| it.strip_suffix(".json"));
        let Some(word) = word else { continue };
        let file = folder.join(&name);
        // COCO's own are called train2017 and val2017.
        let split = split::named(word.trim_end_matches(char::is_numeric)).ok_or_else(|| {
            let problem = format!("`{}` is not {}", shown(word), split::NAMES);
            CollectionError::data(&file, problem)
        })?;
        let of_split = read(&[&data.join(word), data], &file, Some(split))?;
        // Splits may number their images alike.
        let named = |row: Row| Row { name: format!("{word}/{}", row.name), ..row };
        rows.extend(of_split.into_iter().map(named));
    }
    Ok((!rows.is_empty()).then_some(rows))
}

/// The images of a file; their names start from `folder`.
pub(super) fn rows(folder: &Path, file: &Path) -> Result<Vec<Row>, CollectionError> {
    read(&[folder, file.parent().unwrap_or(Path::new(""))], file, None)
}

fn read(
    folders: &[&Path; 2],
    file: &Path,
    of_file: Option<Split>,
) -> Result<Vec<Row>, CollectionError> {
    let bytes = text_of(file)?;
    // Counted before they are read: a list that is too long costs neither time nor memory. Annotations
    // may have widths too.
    let images = &bytes[memmem::find(&bytes, b"\"images\"").unwrap_or(bytes.len())..];
    let images = &images[..memmem::find(images, b"\"annotations\"").unwrap_or(images.len())];
    if memmem::find_iter(images, b"\"width\"").count() > MOST_IMAGES {
        let problem = format!("more than {MOST_IMAGES} images; take a part of them");
        return Err(CollectionError::data(file, problem));
    }
    let coco: Coco = serde_json::from_slice(&bytes).map_err(|error| {
        let text = error.to_string();
        let what = text.rsplit_once(" at line ").map_or(&*text, |(what, _)| what);
        let problem = format!("column {}: {what}; is it a COCO file of boxes?", error.column());
        CollectionError::line(file, error.line() as u64, problem)
    })?;
    drop(bytes);
    let refused = |problem: String| CollectionError::data(file, problem);
    let mut categories: HashMap<i64, &str> = HashMap::new();
    let mut names = HashSet::new();
    for Category { id, name } in &coco.categories.0 {
        if categories.insert(*id, name).is_some() || !names.insert(name) {
            return Err(refused(format!("category {id} `{}` is there twice", shown(name))));
        }
    }
    let mut places: HashMap<u64, usize> = HashMap::with_capacity(coco.images.0.len());
    for (at, image) in coco.images.0.iter().enumerate() {
        if places.insert(image.id, at).is_some() {
            return Err(refused(format!("two images have the id {}", image.id)));
        }
    }
    let mut boxes: Vec<Vec<(Option<String>, [f64; 4])>> = vec![Vec::new(); coco.images.0.len()];
    let mut masks: Vec<Vec<CocoMask>> = vec![Vec::new(); coco.images.0.len()];
    let mut have_masks = !coco.annotations.0.is_empty();
    for (number, annotation) in coco.annotations.0.into_iter().enumerate() {
        let number = number + 1;
        let Some(&at) = places.get(&annotation.image_id) else {
            let id = annotation.image_id;
            return Err(refused(format!(
                "annotation {number}: there is no image with the id {id}"
            )));
        };
        let Some(&name) = categories.get(&annotation.category_id) else {
            let id = annotation.category_id;
            let problem = format!("annotation {number}: there is no category with the id {id}");
            return Err(refused(problem));
        };
        let area = annotation.area();
        let area = area.map_err(|problem| refused(format!("annotation {number}: {problem}")))?;
        let (image, [x, y, width, height]) = (&coco.images.0[at], area);
        let numbers = area.iter().all(|it| it.is_finite());
        // Half a pixel more than the image: some programs count from its edge, some from 1.
        let inside = x >= -1.0
            && y >= -1.0
            && x + width <= image.width + 1.0
            && y + height <= image.height + 1.0;
        if !(numbers && width > 0.0 && height > 0.0 && inside) {
            return Err(refused(format!(
                "annotation {number}: the box [{x}, {y}, {width}, {height}] is not inside the {} x {} \
                 pixels of image {}",
                image.width, image.height, image.id
            )));
        }
        let name = (annotation.iscrowd == 0).then(|| name.to_owned());
        boxes[at].push((name, [y, x, height, width]));
        have_masks &= annotation.segmentation.is_some();
        masks[at].extend(annotation.segmentation);
    }
    // Of a file in which one mask is missing or none, it is not known which pixels are targets'.
    let annotated = coco.images.0.iter().zip(masks).map(|(image, masks)| {
        let [rows, columns] = [image.height, image.width].map(side);
        Annotated::of([rows?, columns?], masks)
    });
    let annotated: Option<Vec<Annotated>> = if have_masks { annotated.collect() } else { None };
    let mut marks = annotated.into_iter().flatten().map(Marks::Annotated);
    let said = Said { path: Arc::new(file.to_owned()), line: None };
    let (mut rows, mut once) = (Vec::with_capacity(boxes.len()), Once::default());
    for (image, boxes) in coco.images.0.into_iter().zip(boxes) {
        let name = shown(&image.file_name);
        let path = found(folders[0], folders[1], &image.file_name).ok_or_else(|| {
            let [first, second] = folders.map(|it| it.display().to_string());
            refused(format!(
                "there is no file `{name}` of image {} in `{first}` or `{second}`",
                image.id
            ))
        })?;
        let split = match image.split {
            None => of_file,
            Some(word) => Some(split::named(&word).ok_or_else(|| {
                let word = shown(&word);
                refused(format!("image {}: split `{word}` is not {}", image.id, split::NAMES))
            })?),
        };
        let row = Row {
            place: Place::File { path, frame: None },
            name: image.file_name,
            label: Label::Boxes(boxes),
            marks: marks.next().unwrap_or(Marks::Unstated),
            patient: image.patient.map(|name| match name {
                Name::Text(text) => text,
                Name::Number(number) => number.to_string(),
            }),
            split,
            said: said.clone(),
        };
        once.add(&row)?;
        rows.push(row);
    }
    Ok(rows)
}
