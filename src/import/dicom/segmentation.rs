//! What a DICOM Segmentation object marks in which image (PS3.3 A.51 and C.8.20), one frame at a time.

use dicom_dictionary_std::tags;
use dicom_object::{InMemDicomObject, Tag};

use super::elements::{items, text, whole};
use super::header::Header;
use super::syntax::Syntax;
use super::{frames, part10, samples};
use crate::image::{Image, Mask};
use crate::import::error::{Fault, damaged, not_taken};

/// A DICOM Segmentation object: binary, each of its frames one segment in one image.
#[derive(Debug)]
pub struct Segmentation {
    object: InMemDicomObject,
    header: Header,
    syntax: Syntax,
    /// SeriesInstanceUIDs of the images that it was made from, as far as it states them.
    pub series: Vec<String>,
    /// One for each frame, in their order.
    pub frames: Vec<SegmentFrame>,
}

/// What a frame of a segmentation marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentFrame {
    /// The meaning in SegmentedPropertyTypeCodeSequence (0062,000F), which two segments of a kind
    /// share; SegmentLabel (0062,0005) where there is none.
    pub class: String,
    /// SOPInstanceUID of the image.
    pub instance: String,
    /// The frame of that object, from 1, where it is stated.
    pub frame: Option<u32>,
}

const AS_BINARY: &str = "store it as a binary segmentation, for instance with highdicom";

impl Segmentation {
    /// Reads what the object marks, and no pixel.
    ///
    /// # Errors
    /// If the object is damaged, is no binary segmentation, or does not say of which image a frame is.
    pub fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let part10::Content { object, syntax, .. } = part10::read(bytes)?;
        match text(&object, tags::SEGMENTATION_TYPE).as_deref() {
            Some("BINARY") => {}
            Some(other) => {
                return Err(not_taken(format!("the segmentation is of type {other}"), AS_BINARY));
            }
            None => return Err(damaged("SegmentationType is missing: it is no segmentation")),
        }
        let header = Header::read(&object)?;
        let classes = classes(&object)?;
        let of = frames(&object)?;
        let shared = items(&object, tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE).first();
        let groups = items(&object, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE);
        if groups.len() != of as usize {
            let found = groups.len();
            return Err(damaged(format!("it describes {found} frames and has {of}")));
        }
        let described = groups.iter().zip(1..).map(|(group, number)| {
            frame(&[Some(group), shared], &classes).map_err(|fault| match fault {
                Fault::Damaged(what) => damaged(format!("frame {number}: {what}")),
                fault => fault,
            })
        });
        let described = described.collect::<Result<Vec<_>, _>>()?;
        let series = items(&object, tags::REFERENCED_SERIES_SEQUENCE)
            .iter()
            .filter_map(|it| text(it, tags::SERIES_INSTANCE_UID))
            .collect();
        Ok(Self { series, frames: described, object, header, syntax })
    }

    /// The pixels that a frame marks; `number` counts from 1.
    ///
    /// # Errors
    /// If the object has no such frame, or its pixels are damaged.
    pub fn mask(&self, number: u32) -> Result<Mask, Fault> {
        let of = self.frames.len() as u32;
        if !(1..=of).contains(&number) {
            return Err(Fault::NoFrame { asked: number, of });
        }
        let read = samples::read(&self.object, &self.header, &self.syntax, number, None)?;
        let image: Image = read.image;
        let inside = image.samples().iter().map(|&value| value > 0).collect();
        Ok(Mask { rows: image.rows(), columns: image.columns(), inside })
    }
}

/// Numbers of segments with their classes.
fn classes(object: &InMemDicomObject) -> Result<Vec<(u64, String)>, Fault> {
    let class = |item: &InMemDicomObject| {
        let number = whole(item, tags::SEGMENT_NUMBER, "SegmentNumber")?;
        let kinds = items(item, tags::SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE);
        let meaning = kinds.first().and_then(|kind| text(kind, tags::CODE_MEANING));
        let class = meaning.or_else(|| text(item, tags::SEGMENT_LABEL));
        let missing = || {
            damaged(format!(
                "segment {number} has neither SegmentedPropertyTypeCodeSequence nor SegmentLabel"
            ))
        };
        Ok((number, class.ok_or_else(missing)?))
    };
    items(object, tags::SEGMENT_SEQUENCE).iter().map(class).collect()
}

/// The frame of a functional group, or of the group of all frames.
fn frame(
    groups: &[Option<&InMemDicomObject>; 2],
    classes: &[(u64, String)],
) -> Result<SegmentFrame, Fault> {
    let first = |tag: Tag| groups.iter().flatten().find_map(|group| items(group, tag).first());
    let segment = first(tags::SEGMENT_IDENTIFICATION_SEQUENCE)
        .ok_or_else(|| damaged("SegmentIdentificationSequence is missing"))?;
    let number = whole(segment, tags::REFERENCED_SEGMENT_NUMBER, "ReferencedSegmentNumber")?;
    let known = classes.iter().find(|(known, _)| *known == number);
    let (_, class) = known.ok_or_else(|| damaged(format!("there is no segment {number}")))?;
    let sources: Vec<&InMemDicomObject> = groups
        .iter()
        .flatten()
        .flat_map(|group| items(group, tags::DERIVATION_IMAGE_SEQUENCE))
        .flat_map(|derivation| items(derivation, tags::SOURCE_IMAGE_SEQUENCE))
        .collect();
    let [source] = sources[..] else {
        return Err(not_taken(
            format!("a frame refers to {} source images", sources.len()),
            "one frame marks one image: store it again on the grid of its images, with references to \
             them, for instance with highdicom",
        ));
    };
    let instance = text(source, tags::REFERENCED_SOP_INSTANCE_UID)
        .ok_or_else(|| damaged("ReferencedSOPInstanceUID is missing"))?;
    let frame = match text(source, tags::REFERENCED_FRAME_NUMBER) {
        None => None,
        Some(stated) => match stated.parse() {
            Ok(frame @ 1..) => Some(frame),
            _ => {
                return Err(damaged(format!("ReferencedFrameNumber is `{stated}`, not one frame")));
            }
        },
    };
    Ok(SegmentFrame { class: class.clone(), instance, frame })
}
