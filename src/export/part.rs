//! Writes one part: some consecutive images, in every rendition and format, by one
//! thread. A part that was finished by an earlier process is taken over only if every file of it
//! still has its hash.

use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use super::dicom::Segmentation;
use super::objects::Objects;
use super::rendition::{Compressed, Compressor};
use super::truth::{Describer, ImageTruth, mask};
use super::webdataset::Shard;
use super::{
    ExportError, Format, Request, Single, imagefolder, medium, nifti, nnunet, npy, png, yolo,
};
use crate::dataset::{Case, Dataset, Split};
use crate::files::{self, Draft, FilesError};
use crate::image::{Image, Rescale};
use crate::phantom::Matrix;

/// Images of a part: also the images of a shard.
pub(super) const IMAGES: u64 = 50;
/// Where parts are kept until the dataset is whole.
pub(super) const DIRECTORY: &str = "parts";

/// What all parts share.
pub(super) struct Job<'a> {
    pub(super) dataset: &'a Dataset,
    pub(super) request: &'a Request,
    pub(super) directory: &'a Path,
    pub(super) describer: Describer,
    pub(super) compressor: Compressor,
    pub(super) objects: Objects<'a>,
    pub(super) image_done: &'a (dyn Fn(u64) + Sync),
    pub(super) stopped: &'a AtomicBool,
}

/// Number of a part.
#[derive(Debug, Clone, Copy)]
pub(super) struct PartNumber {
    pub(super) split: Split,
    pub(super) number: u64,
}

/// What a finished part has written, with hashes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PartRecord {
    /// Files of the dataset.
    pub(super) files: Vec<(String, String)>,
    /// Files that are gathered when all parts are finished.
    fragments: Vec<(String, String)>,
}

impl PartNumber {
    /// All parts of a split.
    pub(super) fn all(split: Split, images: u64) -> impl Iterator<Item = Self> {
        (0..images.div_ceil(IMAGES)).map(move |number| Self { split, number })
    }

    fn stem(self) -> String {
        format!("{DIRECTORY}/{}-{:06}", self.split.name(), self.number)
    }

    /// The file that marks the part as finished.
    fn record(self) -> String {
        format!("{}.json", self.stem())
    }

    /// Lines of metadata of a rendition.
    pub(super) fn metadata(self, rendition: usize) -> String {
        format!("{}.{rendition}.metadata.jsonl", self.stem())
    }

    /// Lines of annotations of a rendition.
    pub(super) fn annotations(self, rendition: usize) -> String {
        format!("{}.{rendition}.coco.jsonl", self.stem())
    }

    /// Reads what a finished part has written.
    pub(super) fn read(self, directory: &Path) -> Result<PartRecord, FilesError> {
        let path = directory.join(self.record());
        serde_json::from_slice(&files::read(&path)?)
            .map_err(|error| FilesError::Damaged { path, detail: error.to_string() })
    }

    /// True if an earlier process has finished the part and nothing of it was lost since.
    fn is_finished(self, directory: &Path) -> bool {
        let whole = |(file, sha256): &(String, String)| {
            files::read(&directory.join(file)).is_ok_and(|bytes| files::sha256(&bytes) == *sha256)
        };
        directory.join(self.record()).exists()
            && self.read(directory).is_ok_and(|record| {
                record.fragments.iter().all(whole) && record.files.iter().all(whole)
            })
    }
}

/// Writes a part, or finds it written.
pub(super) fn write(job: &Job<'_>, part: PartNumber) -> Result<(), ExportError> {
    let images = job.request.images[&part.split];
    let indices = part.number * IMAGES..images.min((part.number + 1) * IMAGES);
    if part.is_finished(job.directory) {
        (job.image_done)(indices.end - indices.start);
        return Ok(());
    }
    let mut writer = PartWriter { job, part, files: Vec::new() };
    let mut outputs = (0..job.request.renditions())
        .map(|rendition| writer.open(rendition))
        .collect::<Result<Vec<_>, _>>()?;
    for index in indices {
        if job.stopped.load(Ordering::Relaxed) {
            return Err(ExportError::Stopped);
        }
        let case = job.dataset.case(part.split, index)?;
        writer.image(index, &case, &mut outputs)?;
        (job.image_done)(1);
    }
    let mut fragments = Vec::new();
    for output in outputs {
        writer.close(output, &mut fragments)?;
    }
    let record = PartRecord { files: writer.files, fragments };
    let path = job.directory.join(part.record());
    let mut draft = Draft::create(&path)?;
    draft.write_all(&files::json(&record)).map_err(|source| files::write_failed(&path, source))?;
    draft.finish()?;
    Ok(())
}

struct PartWriter<'a> {
    job: &'a Job<'a>,
    part: PartNumber,
    files: Vec<(String, String)>,
}

/// One rendition of a part, while it is written.
struct Output {
    rendition: usize,
    prefix: String,
    metadata: Vec<u8>,
    annotations: Vec<u8>,
    shard: Option<(String, Shard)>,
}

/// One image of a rendition.
struct Picture<'a> {
    image: &'a Image,
    mask: &'a [u8],
    compressed: Option<&'a Compressed>,
    truth: ImageTruth,
}

impl PartWriter<'_> {
    fn has(&self, format: Format) -> bool {
        self.job.request.formats.contains(&format)
    }

    fn open(&self, rendition: usize) -> Result<Output, ExportError> {
        let prefix = self.job.request.prefix(rendition);
        let shard = if self.has(Format::WebDataset) {
            let PartNumber { split, number } = self.part;
            let path = format!("{prefix}webdataset/{}-{number:06}.tar", split.name());
            let draft = Draft::create(&self.job.directory.join(&path))?;
            Some((path, Shard::new(draft)))
        } else {
            None
        };
        Ok(Output { rendition, prefix, metadata: Vec::new(), annotations: Vec::new(), shard })
    }

    fn file(
        &mut self,
        path: String,
        produce: impl FnOnce(&mut Draft) -> io::Result<()>,
    ) -> Result<(), ExportError> {
        self.files.push(self.write(path, produce)?);
        Ok(())
    }

    fn write(
        &self,
        path: String,
        produce: impl FnOnce(&mut Draft) -> io::Result<()>,
    ) -> Result<(String, String), ExportError> {
        let place = self.job.directory.join(&path);
        let mut draft = Draft::create(&place)?;
        produce(&mut draft).map_err(|source| files::write_failed(&place, source))?;
        Ok((path, draft.finish()?))
    }

    /// Writes one image in every rendition.
    fn image(
        &mut self,
        index: u64,
        case: &Case,
        outputs: &mut [Output],
    ) -> Result<(), ExportError> {
        let job = self.job;
        let targets = job.describer.targets(&case.scene);
        let mask = mask(&case.scene, &job.describer.formation);
        let split = self.part.split;
        let original = Picture {
            image: &case.image,
            mask: &mask,
            compressed: None,
            truth: job.describer.image(split, index, &case.image, None, &targets),
        };
        self.picture(original, &mut outputs[0])?;
        job.compressor.each(&case.image, |number, compressed| {
            let picture = Picture {
                image: &compressed.decoded,
                mask: &mask,
                compressed: Some(&compressed),
                truth: job.describer.image(
                    split,
                    index,
                    &compressed.decoded,
                    Some(compressed.truth.clone()),
                    &targets,
                ),
            };
            self.picture(picture, &mut outputs[number + 1])
        })
    }

    fn picture(&mut self, picture: Picture<'_>, output: &mut Output) -> Result<(), ExportError> {
        let Picture { image, mask, compressed, mut truth } = picture;
        let job = self.job;
        let (split, index) = (self.part.split.name(), truth.index);
        let path = |ending: &str| format!("{}{split}/{index:06}{ending}", output.prefix);
        let matrix = &job.describer.formation.matrix;
        let Matrix { window, .. } = *matrix;
        // What went through the window has grey levels.
        let rescale = match compressed {
            Some(compressed) if compressed.truth.windowed => Rescale { slope: 1.0, intercept: 0.0 },
            _ => matrix.rescale,
        };
        // More than 8 bits show nothing in most viewers.
        let visible = (image.format().bits_allocated > 8).then(|| window.apply(image, rescale));
        for format in &job.request.formats {
            match format {
                Format::Npy | Format::Npz | Format::Png | Format::Tiff => {
                    let single = Single { image, mask, truth: &truth };
                    let ending = Format::naming(&[*format]).unwrap_or_default();
                    self.file(path(ending), |out| single.write(*format, out))?;
                    if let (Format::Png, Some(visible)) = (format, &visible) {
                        self.file(path(".window.png"), |out| png::image(visible, out))?;
                    }
                }
                Format::Dicom | Format::DicomDir => {
                    let rendition = output.prefix.trim_end_matches('/');
                    let number = output.rendition;
                    let names = job.objects.names(split, index, rendition, number);
                    let [of_image, of_mask] = match format {
                        Format::DicomDir => medium::paths(self.part.split, index)
                            .map(|path| format!("{}{}/{path}", output.prefix, medium::DIRECTORY)),
                        _ => [path(".dcm"), path(".seg.dcm")],
                    };
                    self.file(of_image, |out| {
                        job.objects.with(image, compressed, names, &mut |object| object.write(out))
                    })?;
                    if compressed.is_none() && job.objects.has_plane() {
                        let classes = &job.request.classes;
                        self.file(of_mask, |out| {
                            job.objects.with(image, None, names, &mut |object| {
                                Segmentation { object, mask, classes }.write(out)
                            })
                        })?;
                    }
                }
                Format::Codestream => {
                    if let Some(compressed) = compressed {
                        let ending = format!(".{}", compressed.truth.codec.extension());
                        self.file(path(&ending), |out| out.write_all(&compressed.codestream))?;
                    }
                }
                Format::ImageFolder => {
                    let visible = visible.as_ref().map(|image| ("imagefolder-windowed", image));
                    for (number, target) in truth.targets.iter().enumerate() {
                        let below = imagefolder::path(split, index, number, target);
                        for (root, image) in [("imagefolder", image)].into_iter().chain(visible) {
                            let path = format!("{}{root}/{below}", output.prefix);
                            let single = Single { image, mask, truth: &truth };
                            self.file(path, |out| single.write_region(number, out))?;
                        }
                    }
                }
                Format::Nifti => self.file(path(".nii.gz"), |out| {
                    nifti::image(image, rescale, truth.pixel_spacing_mm, out)
                })?,
                Format::NnUnet => {
                    let size = [image.rows(), image.columns()];
                    let spacing = truth.pixel_spacing_mm;
                    let [of_image, of_labels] = nnunet::paths(
                        (&job.request.phantom, output.rendition),
                        self.part.split,
                        index,
                    )
                    .map(|path| format!("{}{path}", output.prefix));
                    self.file(of_image, |out| nifti::image(image, rescale, spacing, out))?;
                    self.file(of_labels, |out| nifti::labels(mask, size, spacing, out))?;
                }
                Format::Yolo => {
                    let image = visible.as_ref().unwrap_or(image);
                    let below = |part: &str, ending: &str| {
                        format!("{}yolo/{part}/{split}/{index:06}{ending}", output.prefix)
                    };
                    let boxes = yolo::boxes(&truth);
                    self.file(below("images", ".png"), |out| png::image(image, out))?;
                    self.file(below("labels", ".txt"), |out| out.write_all(boxes.as_bytes()))?;
                }
                // These come after the names of the files are known.
                Format::WebDataset | Format::Coco => {}
            }
        }
        if let Some((path, shard)) = &mut output.shard {
            let sample = Sample { split, single: Single { image, mask, truth: &truth } };
            let place = job.directory.join(&*path);
            sample.append(shard).map_err(|source| files::write_failed(&place, source))?;
        }
        let single = Single { image, mask, truth: &truth };
        for ending in Format::masks(&job.request.formats) {
            self.file(path(ending), |out| single.write_mask(ending, out))?;
        }
        if let Some(ending) = Format::naming(&job.request.formats) {
            truth.file_name = Some(format!("{index:06}{ending}"));
            truth.mask_file_name = Some(format!("{index:06}{}", Format::mask_of(ending)));
        }
        if let (true, Some(file_name)) = (self.has(Format::Coco), &truth.file_name) {
            let line = Single { image, mask, truth: &truth }.annotations(file_name);
            output.annotations.extend(line.into_bytes());
            output.annotations.push(b'\n');
        }
        put_line(&mut output.metadata, &truth);
        Ok(())
    }

    /// Ends a rendition of the part and writes what is gathered later.
    fn close(
        &mut self,
        output: Output,
        fragments: &mut Vec<(String, String)>,
    ) -> Result<(), ExportError> {
        if let Some((path, shard)) = output.shard {
            let place = self.job.directory.join(&path);
            let draft = shard.finish().map_err(|source| files::write_failed(&place, source))?;
            self.files.push((path, draft.finish()?));
        }
        let metadata = self.part.metadata(output.rendition);
        fragments.push(self.write(metadata, |out| out.write_all(&output.metadata))?);
        if self.has(Format::Coco) {
            let annotations = self.part.annotations(output.rendition);
            fragments.push(self.write(annotations, |out| out.write_all(&output.annotations))?);
        }
        Ok(())
    }
}

fn put_line(lines: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(&mut *lines, value)
        .expect("truth has text keys and writing to memory does not fail");
    lines.push(b'\n');
}

/// One sample of a shard.
struct Sample<'a> {
    split: &'a str,
    single: Single<'a>,
}

impl Sample<'_> {
    fn append(&self, shard: &mut Shard) -> io::Result<()> {
        let Single { image, mask, truth } = self.single;
        let key = format!("{}-{:06}", self.split, truth.index);
        let size = [image.rows(), image.columns()];
        let mut bytes = Vec::new();
        npy::image(image, &mut bytes)?;
        shard.append(&format!("{key}.npy"), &bytes)?;
        bytes.clear();
        npy::array(mask.iter().copied(), &size, &mut bytes)?;
        shard.append(&format!("{key}.mask.npy"), &bytes)?;
        shard.append(&format!("{key}.json"), &serde_json::to_vec(truth)?)
    }
}
