//! Writes a dataset of hybrid images, or continues one: one image at a time on each thread, its record
//! last, so that a stopped run goes on where it was and ends with the same bytes.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde::Serialize;

use super::audit::CuePair;
use super::cues::Places;
use super::domain::Domain;
use super::draw::{Drawn, LEAST_SNR, Local, Placed, draw};
use super::error::InsertionError;
use super::gather::Gathering;
use super::record::{KINDS, Record, write_file};
use super::request::{REQUEST, Request, targets_of};
use super::subject::{self, Read, Subject};
use super::summary::{LeftOut, SUMMARY, Summary};
use crate::export::{Format, ImageTruth, RegionTruth, Single, TargetTruth, image_hash, paint_mask};
use crate::files::{self, Lock};
use crate::image::{Image, Rescale, Window};
use crate::phantom::{Formation, Matrix, Targets};
use crate::units::Millimetres;

/// What made the directory, for its marker.
pub const KIND: &str = "insert";

/// Where records are kept until the dataset is whole.
const RECORDS: &str = "parts";

/// A line of `metadata.jsonl`, but for the patient.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    truth: &'a ImageTruth,
    /// `present` or `absent`.
    label: &'a str,
    /// The image that it was made from.
    source: &'a str,
    /// Stored values to physical ones.
    rescale: Rescale,
    /// Whether the smallest value is shown white.
    inverted: bool,
    /// What the surroundings make of each target, in their order.
    local: &'a [Local],
}

/// Writes the dataset of a request whose phantom has this formation, or continues it. `image_done` is
/// called after each image.
///
/// # Errors
/// If the directory belongs to something else or is being written, no image takes a target, or the
/// disk refuses.
pub fn write(
    formation: &Formation,
    request: &Request,
    directory: &Path,
    workers: usize,
    image_done: &(dyn Fn(u64) + Sync),
    stopped: &AtomicBool,
) -> Result<Summary, InsertionError> {
    files::claim(directory, KIND)?;
    let bytes = files::json(request);
    let described = directory.join(REQUEST);
    if !described.exists() {
        files::write(&described, &bytes)?;
    } else if files::read(&described)? != bytes {
        return Err(InsertionError::Other { path: directory.display().to_string() });
    }
    let records = directory.join(RECORDS);
    let finished = || directory.join(files::MANIFEST).exists();
    if !finished() || records.exists() {
        let Some(lock) = Lock::take(&records.join("writer.lock"))? else {
            return Err(InsertionError::Busy { path: directory.display().to_string() });
        };
        if !finished() {
            let targets = targets_of(formation, request.kind)
                .expect("a request is made for targets that there are");
            let job = Job { request, targets, directory, image_done, stopped };
            job.write_images(workers)?;
            if let Err(error) = job.gather() {
                if matches!(error, InsertionError::Nothing { .. }) {
                    // Nothing was made, and other options may do better in the same place.
                    files::remove_file(&described)?;
                    files::remove_directory(&records)?;
                }
                return Err(error);
            }
        }
        drop(lock);
        files::remove_directory(&records)?;
    }
    let path = directory.join(SUMMARY);
    serde_json::from_slice(&files::read(&path)?)
        .map_err(|error| files::FilesError::Damaged { path, detail: error.to_string() }.into())
}

struct Job<'a> {
    request: &'a Request,
    targets: &'a Targets,
    directory: &'a Path,
    image_done: &'a (dyn Fn(u64) + Sync),
    stopped: &'a AtomicBool,
}

impl Job<'_> {
    fn write_images(&self, workers: usize) -> Result<(), InsertionError> {
        let next = AtomicUsize::new(0);
        let failure: Mutex<Option<InsertionError>> = Mutex::new(None);
        let failed = AtomicBool::new(false);
        let inputs = self.request.inputs.len();
        std::thread::scope(|scope| {
            for _ in 0..workers.clamp(1, inputs.max(1)) {
                scope.spawn(|| {
                    while !failed.load(Ordering::Relaxed) {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        if index >= inputs {
                            break;
                        }
                        if let Err(error) = self.image(index) {
                            failed.store(true, Ordering::Relaxed);
                            let mut first = failure.lock().unwrap_or_else(|it| it.into_inner());
                            first.get_or_insert(error);
                        }
                    }
                });
            }
        });
        match failure.into_inner().unwrap_or_else(|poison| poison.into_inner()) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Makes an image's files, or finds them made.
    fn image(&self, index: usize) -> Result<(), InsertionError> {
        if self.stopped.load(Ordering::Relaxed) {
            return Err(InsertionError::Stopped);
        }
        if !self.is_finished(index) {
            let input = &self.request.inputs[index];
            let name = input.name();
            let left_out = |reason: String| Record {
                left_out: Some(LeftOut {
                    passed_over: reason.ends_with("has no pixels"),
                    input: name.clone(),
                    reason,
                }),
                patient: String::new(),
                files: Vec::new(),
                metadata: Default::default(),
                annotations: Default::default(),
                targets: 0,
                detectabilities: Vec::new(),
                clipped_pixels: 0,
                low_signal: 0,
                cues: Vec::new(),
            };
            let record = match subject::read(input, self.request, self.targets)? {
                Read::Refused(reason) => left_out(reason),
                Read::Subject(subject) => {
                    let content = content_of(&subject.image);
                    match draw(&subject, self.targets, self.request, content) {
                        Some(drawn) => self.pair(index, &name, &subject, &drawn)?,
                        None => left_out(
                            "no target has room in it; allow more of it, or a smaller margin"
                                .into(),
                        ),
                    }
                }
            };
            files::write(&self.record(index), &files::json(&record))?;
        }
        (self.image_done)(1);
        Ok(())
    }

    fn gather(&self) -> Result<(), InsertionError> {
        let inputs = 0..self.request.inputs.len();
        let records: Vec<Record> =
            inputs.map(|index| self.read(index)).collect::<Result<_, _>>()?;
        let Self { request, targets, directory, .. } = *self;
        Gathering { request, targets, directory, records: &records }.finish()
    }

    fn record(&self, index: usize) -> std::path::PathBuf {
        self.directory.join(format!("{RECORDS}/{index:06}.json"))
    }

    fn read(&self, index: usize) -> Result<Record, InsertionError> {
        let path = self.record(index);
        let record = serde_json::from_slice(&files::read(&path)?);
        Ok(record
            .map_err(|error| files::FilesError::Damaged { path, detail: error.to_string() })?)
    }

    /// True if an earlier process has made the image and nothing of it was lost since.
    fn is_finished(&self, index: usize) -> bool {
        let whole = |(file, sha256): &(String, String)| {
            let bytes = files::read(&self.directory.join(file));
            bytes.is_ok_and(|bytes| files::sha256(&bytes) == *sha256)
        };
        self.record(index).exists() && self.read(index).is_ok_and(|it| it.files.iter().all(whole))
    }

    /// Writes an image with its targets and without.
    fn pair(
        &self,
        index: usize,
        name: &str,
        subject: &Subject,
        drawn: &Drawn,
    ) -> Result<Record, InsertionError> {
        let matrix = Matrix {
            rows: subject.image.rows(),
            columns: subject.image.columns(),
            pixel_spacing: Millimetres(subject.spacing_mm),
            format: subject.image.format(),
            rescale: subject.rescale,
            window: Window { center: 0.0, width: 1.0 },
            detector: None,
        };
        let mut mask = vec![0; subject.image.pixels()];
        for placed in &drawn.placed {
            paint_mask(&mut mask, &placed.target, placed.class_index, &matrix);
        }
        let empty = vec![0; mask.len()];
        let local: Vec<Local> = drawn.placed.iter().map(|placed| placed.local).collect();
        let mut files = Vec::new();
        let (mut metadata, mut annotations) = ([String::new(), String::new()], Default::default());
        let images = [(&drawn.image, &mask, &local[..]), (&subject.image, &empty, &[])];
        for (kind, (image, mask, local)) in images.into_iter().enumerate() {
            let placed = drawn.placed.iter();
            let mut targets: Vec<TargetTruth> =
                placed.map(|placed| self.truth(placed, kind == 0, &matrix)).collect();
            TargetTruth::count_others(&mut targets);
            let mut truth = ImageTruth {
                file_name: None,
                mask_file_name: None,
                split: None,
                index: index as u64,
                sha256: image_hash(image),
                rows: matrix.rows,
                columns: matrix.columns,
                bits_stored: matrix.format.bits_stored,
                pixel_spacing_mm: subject.spacing_mm,
                compression: None,
                targets,
            };
            let label = KINDS[kind];
            let single = Single { image, mask, truth: &truth };
            for (path, format) in self.paths(label, index, &truth) {
                files.push(write_file(self.directory, &path, |out| match format {
                    Output::Image(format) => single.write(format, out),
                    Output::Mask(ending) => single.write_mask(ending, out),
                    Output::Region(number) => single.write_region(number, out),
                })?);
            }
            if let Some(ending) = Format::naming(&self.request.formats) {
                let file_name = format!("{index:06}{ending}");
                if self.request.formats.contains(&Format::Coco) {
                    let lines: &mut [String; 2] = &mut annotations;
                    lines[kind] = single.annotations(&file_name);
                }
                truth.file_name = Some(file_name);
                truth.mask_file_name = Some(format!("{index:06}{}", Format::mask_of(ending)));
            }
            let line = Line {
                truth: &truth,
                label,
                source: name,
                rescale: subject.rescale,
                inverted: subject.inverted,
                local,
            };
            metadata[kind] =
                serde_json::to_string(&line).expect("truth has text keys and finite numbers");
        }
        let stamps = drawn.placed.iter().map(|placed| &placed.stamp).collect();
        let places = Places::new(&subject.image, &subject.allowed, stamps);
        let pairs = places.cues(&drawn.image).into_iter().zip(places.cues(&subject.image));
        let low_signal = |local: &&Local| local.mean < LEAST_SNR * local.noise_sd;
        Ok(Record {
            left_out: None,
            patient: subject.patient.clone(),
            files,
            metadata,
            annotations,
            targets: drawn.placed.len() as u64,
            detectabilities: local.iter().map(|local| local.detectability).collect(),
            clipped_pixels: local.iter().map(|local| local.clipped_pixels).sum(),
            low_signal: match subject.domain {
                Domain::Magnitude => local.iter().filter(low_signal).count() as u64,
                _ => 0,
            },
            cues: pairs
                .filter_map(|(present, absent)| {
                    Some(CuePair { present: present?, absent: absent? })
                })
                .collect(),
        })
    }

    /// The truth of a target's region, in the image with it or without.
    fn truth(&self, placed: &Placed, present: bool, matrix: &Matrix) -> TargetTruth {
        let classes = &self.request.classes;
        let class_index = if present { placed.class_index } else { classes.len() as u8 - 1 };
        let place = RegionTruth {
            task: self.request.kind,
            class: classes[usize::from(class_index)].clone(),
            class_index,
            region: placed.region,
        };
        let target = present.then_some(placed.target);
        let detectability = present.then_some(placed.local.detectability);
        TargetTruth::of(place, target, matrix, self.targets.contrast_unit, detectability)
    }

    /// The files of an image.
    fn paths(&self, label: &str, index: usize, truth: &ImageTruth) -> Vec<(String, Output)> {
        let formats = &self.request.formats;
        let mut paths = Vec::new();
        for format in formats.iter().filter(|format| Single::FORMATS.contains(format)) {
            let ending = Format::naming(&[*format]).unwrap_or_default();
            paths.push((format!("{label}/{index:06}{ending}"), Output::Image(*format)));
        }
        for ending in Format::masks(formats) {
            paths.push((format!("{label}/{index:06}{ending}"), Output::Mask(ending)));
        }
        if formats.contains(&Format::ImageFolder) {
            for (number, target) in truth.targets.iter().enumerate() {
                let TargetTruth { class, class_index, .. } = target;
                let path = format!("imagefolder/{class_index}-{class}/{index:06}-{number:03}.png");
                paths.push((path, Output::Region(number)));
            }
        }
        paths
    }
}

/// What a file of an image holds.
enum Output {
    Image(Format),
    Mask(&'static str),
    Region(usize),
}

/// What keys the streams of an image: its values and their order, not its name or place.
fn content_of(image: &Image) -> u64 {
    let shape = format!("{}×{} {}", image.rows(), image.columns(), image_hash(image));
    let digits = &files::sha256(shape.as_bytes())[..16];
    u64::from_str_radix(digits, 16).expect("a hash is hexadecimal")
}
