//! DICOM Segmentation objects as truth: each part of a segment that hangs together is a target of the
//! segment's class.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::checked::{Label, Row, Said};
use super::error::{CollectionError, shown};
use super::folders::{are_of_splits, below};
use super::item::{Marked, Marks, Place};
use super::parts::{area, parts};
use super::split;
use crate::import::{self, Fault, ImportError, Origin, Segmentation};
use crate::scene::Pixels;

/// Modality of segmentations.
const MODALITY: &str = "SEG";

/// Targets of an image that one segmentation marks: their class and area.
type Targets = Vec<(Option<String>, [f64; 4])>;

/// An image that may be marked.
struct Candidate {
    row: Row,
    series: Option<String>,
}

/// The images of a folder with DICOM Segmentation objects there, or in `labels` (an object, or a folder
/// of them); `None` where no file is one.
pub(super) fn rows(
    data: &Path,
    labels: Option<&Path>,
) -> Result<Option<Vec<Row>>, CollectionError> {
    let mut files = import::images_in(data)?.images;
    match labels {
        Some(labels) if labels.is_dir() => files.extend(import::images_in(labels)?.images),
        Some(labels) => files.push(labels.to_owned()),
        None => {}
    }
    files.sort();
    files.dedup();
    let origins = files.par_iter().map(|path| {
        let origin = import::origin(&import::bytes(path)?).map_err(|fault| refused(path, fault))?;
        Ok((path, origin))
    });
    let origins: Vec<(&PathBuf, Option<Origin>)> =
        origins.collect::<Result<_, CollectionError>>()?;
    let is_truth = |origin: &Option<Origin>| {
        origin.as_ref().is_some_and(|it| it.modality.as_deref() == Some(MODALITY))
    };
    let (truths, images): (Vec<_>, Vec<_>) =
        origins.into_iter().partition(|(_, origin)| is_truth(origin));
    if truths.is_empty() {
        return match labels {
            None => Ok(None),
            Some(labels) => {
                Err(CollectionError::data(labels, "holds no DICOM Segmentation object"))
            }
        };
    }
    let paths: Vec<&PathBuf> = images.iter().map(|(path, _)| *path).collect();
    let has_splits = are_of_splits(data, &paths);
    let mut candidates: Vec<Candidate> = Vec::with_capacity(images.len());
    let mut places: HashMap<(String, Option<u32>), usize> = HashMap::new();
    for (path, origin) in images {
        let instance = origin.as_ref().and_then(|it| it.instance.clone());
        let (Some(origin), Some(instance)) = (origin, instance) else {
            let problem = "is no DICOM image with a SOPInstanceUID, and truth is in DICOM \
                           Segmentation objects, which refer to such; leave it out";
            return Err(CollectionError::data(path, problem));
        };
        let frames = import::frames(path)?;
        let numbers: Vec<Option<u32>> =
            if frames > 1 { (1..=frames).map(Some).collect() } else { vec![None] };
        for frame in numbers {
            if places.insert((instance.clone(), frame), candidates.len()).is_some() {
                let problem = "is there twice: two files have its SOPInstanceUID; leave one out";
                return Err(CollectionError::data(path, problem));
            }
            let mut candidate = Candidate::new(data, path, frame, &origin);
            if has_splits {
                candidate.row.split = split::named(&below(data, path)[0]);
            }
            candidates.push(candidate);
        }
    }
    let mut series: HashSet<String> = HashSet::new();
    for (path, _) in &truths {
        let segmentation =
            Segmentation::read(&import::bytes(path)?).map_err(|it| refused(path, it))?;
        for (of_frame, number) in segmentation.frames.iter().zip(1..) {
            let place = [of_frame.frame, None]
                .into_iter()
                .find_map(|frame| places.get(&(of_frame.instance.clone(), frame)));
            let Some(&place) = place else {
                let instance = shown(&of_frame.instance);
                let problem = format!(
                    "frame {number} marks the image {instance}, which is not in the data: put it \
                     there, or leave this segmentation out"
                );
                return Err(CollectionError::data(path, problem));
            };
            let Candidate { row, series: of_image } = &mut candidates[place];
            series.extend(of_image.clone());
            let found = targets(&segmentation, path, number)?;
            let areas = found.iter().map(area).collect();
            row.mark(path, number, of_frame.class.clone(), areas);
        }
        series.extend(segmentation.series);
    }
    let unmarked = candidates
        .iter()
        .find(|it| it.series.as_ref().is_none_or(|of_image| !series.contains(of_image)));
    if let Some(Candidate { row, .. }) = unmarked {
        let problem = format!(
            "no DICOM Segmentation object refers to the series of `{}`: whether there are targets in \
             it is not known; leave it out",
            shown(&row.name)
        );
        return Err(CollectionError::data(data, problem));
    }
    Ok(Some(candidates.into_iter().map(|it| it.row).collect()))
}

/// The pixels of each part that a frame of an object marks.
pub(super) fn targets(
    segmentation: &Segmentation,
    path: &Path,
    frame: u32,
) -> Result<Vec<Pixels>, CollectionError> {
    let mask = segmentation.mask(frame).map_err(|fault| refused(path, fault))?;
    parts(mask).map_err(|problem| CollectionError::data(path, format!("frame {frame}: {problem}")))
}

impl Candidate {
    fn new(data: &Path, path: &Path, frame: Option<u32>, origin: &Origin) -> Self {
        let name = below(data, path).join("/");
        let row = Row {
            name: frame.map_or_else(|| name.clone(), |frame| format!("{name}#{frame}")),
            place: Place::File { path: path.to_owned(), frame },
            label: Label::Boxes(Targets::new()),
            marks: Marks::Segments(Vec::new()),
            patient: origin.patient.clone().or_else(|| origin.study.clone()),
            split: None,
            said: Said::in_file(path),
        };
        Self { row, series: origin.series.clone() }
    }
}

impl Row {
    /// Adds the parts that a frame of a segmentation marks.
    fn mark(&mut self, path: &Path, number: u32, class: String, areas: Vec<[f64; 4]>) {
        if let (Label::Boxes(boxes), Marks::Segments(marks)) = (&mut self.label, &mut self.marks) {
            boxes.extend(areas.into_iter().map(|area| (Some(class.clone()), area)));
            marks.push(Marked { path: path.to_owned(), frame: number });
        }
    }
}

fn refused(path: &Path, fault: Fault) -> CollectionError {
    ImportError::File { path: path.to_owned(), fault }.into()
}
