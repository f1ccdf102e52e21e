//! The truth of a slice as a DICOM Segmentation object (PS3.3 A.51): binary, one segment for each class
//! of targets. Knows no scene.

use std::io::{self, Write};

use dicom_core::value::PrimitiveValue;
use dicom_core::{DataElement, Tag, VR};
use dicom_dictionary_std::{tags, uids};

use super::attributes::{ORIENTATION, SLICE_THICKNESS_MM, frame_of_reference, position};
use super::elements::{Elements, decimal};
use super::file;
use super::object::{Object, uid};

/// Series of an image's study that are no rendition of it.
const SERIES_NUMBER: &str = "1000";

/// Scheme of the codes of shapes, a private one (PS3.3, 8.2).
const SCHEME: &str = "99PHANTOMLIMIT";

/// The truth of an uncompressed CT or MR object.
#[derive(Debug, Clone, Copy)]
pub struct Segmentation<'a> {
    /// The object.
    pub object: &'a Object<'a>,
    /// Class index + 1 of each pixel, 0 for the background; `[rows, columns]`.
    pub mask: &'a [u8],
    /// Class names.
    pub classes: &'a [String],
}

/// A class of targets.
struct Segment<'a> {
    name: &'a str,
    /// Its value in the mask.
    value: u8,
}

impl Segmentation<'_> {
    /// Writes the object as a file.
    ///
    /// # Errors
    /// What `out` returns.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        file::write(
            self.elements(),
            uids::EXPLICIT_VR_LITTLE_ENDIAN,
            self.mask.len() / 4 + 8192,
            out,
        )
    }

    fn elements(&self) -> Elements {
        let object = self.object;
        let segments: Vec<Segment<'_>> = (self.classes.iter().zip(1..))
            .filter(|(name, _)| *name != "absent")
            .map(|(name, value)| Segment { name, value })
            .collect();
        let mut frames: Vec<usize> = (0..segments.len())
            .filter(|&number| self.mask.contains(&segments[number].value))
            .collect();
        // An object has a frame at least: of an image without targets an empty one.
        if frames.is_empty() {
            frames.push(0);
        }
        let mut elements = Elements::new();
        object.put_subject(&mut elements);
        elements.text(tags::SOP_CLASS_UID, VR::UI, uids::SEGMENTATION_STORAGE);
        elements.text(tags::SOP_INSTANCE_UID, VR::UI, &object.identity.uid("segmentation"));
        elements.text(tags::MODALITY, VR::CS, "SEG");
        elements.text(tags::SERIES_INSTANCE_UID, VR::UI, &object.identity.uid("segmentations"));
        elements.text(tags::SERIES_NUMBER, VR::IS, SERIES_NUMBER);
        elements.line(tags::SERIES_DESCRIPTION, "SYNTHETIC truth");
        elements.text(tags::FRAME_OF_REFERENCE_UID, VR::UI, &frame_of_reference(object));
        elements.text(tags::POSITION_REFERENCE_INDICATOR, VR::LO, "");
        elements.text(tags::IMAGE_TYPE, VR::CS, "DERIVED\\PRIMARY");
        elements.text(tags::INSTANCE_NUMBER, VR::IS, "1");
        elements.text(tags::CONTENT_LABEL, VR::CS, "TRUTH");
        elements.text(tags::CONTENT_DESCRIPTION, VR::LO, "Targets of a synthetic image");
        elements.text(tags::CONTENT_CREATOR_NAME, VR::PN, "phantom-limit");
        elements.text(tags::SEGMENTATION_TYPE, VR::CS, "BINARY");
        elements.text(tags::LOSSY_IMAGE_COMPRESSION, VR::CS, "00");
        let described = segments.iter().zip(1..).map(|(segment, number)| describe(segment, number));
        elements.sequence(tags::SEGMENT_SEQUENCE, described);
        self.put_frames(&frames, &mut elements);
        self.put_pixels(&segments, &frames, &mut elements);
        elements
    }

    /// Frames, what they are of, and the image that they come from.
    fn put_frames(&self, frames: &[usize], elements: &mut Elements) {
        let object = self.object;
        let organization = uid(&["dimensions", "segment"]);
        elements.text(tags::NUMBER_OF_FRAMES, VR::IS, &frames.len().to_string());
        let item = |put: &dyn Fn(&mut Elements)| {
            let mut item = Elements::new();
            put(&mut item);
            Some(item)
        };
        elements.sequence(
            tags::DIMENSION_ORGANIZATION_SEQUENCE,
            item(&|item| item.text(tags::DIMENSION_ORGANIZATION_UID, VR::UI, &organization)),
        );
        let pointer = |item: &mut Elements, tag: Tag, to: Tag| {
            item.put(DataElement::new(tag, VR::AT, PrimitiveValue::Tags(vec![to].into())));
        };
        elements.sequence(
            tags::DIMENSION_INDEX_SEQUENCE,
            item(&|item| {
                item.text(tags::DIMENSION_ORGANIZATION_UID, VR::UI, &organization);
                let segment = tags::REFERENCED_SEGMENT_NUMBER;
                pointer(item, tags::DIMENSION_INDEX_POINTER, segment);
                pointer(
                    item,
                    tags::FUNCTIONAL_GROUP_POINTER,
                    tags::SEGMENT_IDENTIFICATION_SEQUENCE,
                );
                item.text(tags::DIMENSION_DESCRIPTION_LABEL, VR::LO, "Segment Number");
            }),
        );
        let spacing = decimal(object.pixel_spacing_mm);
        let shared = item(&|group| {
            group.sequence(
                tags::PIXEL_MEASURES_SEQUENCE,
                item(&|item| {
                    item.text(tags::SLICE_THICKNESS, VR::DS, &decimal(SLICE_THICKNESS_MM));
                    item.text(tags::PIXEL_SPACING, VR::DS, &format!("{spacing}\\{spacing}"));
                }),
            );
            group.sequence(
                tags::PLANE_ORIENTATION_SEQUENCE,
                item(&|item| item.text(tags::IMAGE_ORIENTATION_PATIENT, VR::DS, ORIENTATION)),
            );
        });
        elements.sequence(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE, shared);
        let reference = |item: &mut Elements| {
            let class = object.class.sop_class();
            item.text(tags::REFERENCED_SOP_CLASS_UID, VR::UI, class);
            let instance = object.identity.uid("instance");
            item.text(tags::REFERENCED_SOP_INSTANCE_UID, VR::UI, &instance);
        };
        let per_frame = frames.iter().zip(1_u32..).filter_map(|(&segment, number)| {
            item(&|group| {
                group.sequence(
                    tags::FRAME_CONTENT_SEQUENCE,
                    item(&|item| {
                        let value = PrimitiveValue::from(number);
                        item.put(DataElement::new(tags::DIMENSION_INDEX_VALUES, VR::UL, value));
                    }),
                );
                group.sequence(
                    tags::PLANE_POSITION_SEQUENCE,
                    item(&|item| {
                        item.text(tags::IMAGE_POSITION_PATIENT, VR::DS, &position(object));
                    }),
                );
                group.sequence(
                    tags::SEGMENT_IDENTIFICATION_SEQUENCE,
                    item(&|item| item.short(tags::REFERENCED_SEGMENT_NUMBER, segment as u16 + 1)),
                );
                group.sequence(
                    tags::DERIVATION_IMAGE_SEQUENCE,
                    item(&|item| {
                        item.code(
                            tags::DERIVATION_CODE_SEQUENCE,
                            ["113076", "DCM", "Segmentation"],
                        );
                        let mut source = Elements::new();
                        reference(&mut source);
                        source.text(tags::SPATIAL_LOCATIONS_PRESERVED, VR::CS, "YES");
                        source.code(
                            tags::PURPOSE_OF_REFERENCE_CODE_SEQUENCE,
                            ["121322", "DCM", "Source image for image processing operation"],
                        );
                        item.sequence(tags::SOURCE_IMAGE_SEQUENCE, Some(source));
                    }),
                );
            })
        });
        elements
            .sequence(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, per_frame.collect::<Vec<_>>());
        let series = item(&|series| {
            series.text(tags::SERIES_INSTANCE_UID, VR::UI, &object.series());
            series.sequence(tags::REFERENCED_INSTANCE_SEQUENCE, item(&|item| reference(item)));
        });
        elements.sequence(tags::REFERENCED_SERIES_SEQUENCE, series);
    }

    /// One bit a pixel, the first in the lowest bit; frames follow one another without a gap.
    fn put_pixels(&self, segments: &[Segment<'_>], frames: &[usize], elements: &mut Elements) {
        elements.short(tags::SAMPLES_PER_PIXEL, 1);
        elements.text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2");
        elements.short(tags::ROWS, self.object.image.rows() as u16);
        elements.short(tags::COLUMNS, self.object.image.columns() as u16);
        elements.short(tags::BITS_ALLOCATED, 1);
        elements.short(tags::BITS_STORED, 1);
        elements.short(tags::HIGH_BIT, 0);
        elements.short(tags::PIXEL_REPRESENTATION, 0);
        let mut bytes = vec![0_u8; (frames.len() * self.mask.len()).div_ceil(8)];
        for (number, &segment) in frames.iter().enumerate() {
            for (at, &value) in self.mask.iter().enumerate() {
                if value == segments[segment].value {
                    let bit = number * self.mask.len() + at;
                    bytes[bit / 8] |= 1 << (bit % 8);
                }
            }
        }
        file::pad(&mut bytes);
        elements.put(DataElement::new(tags::PIXEL_DATA, VR::OB, PrimitiveValue::U8(bytes.into())));
    }
}

fn describe(segment: &Segment<'_>, number: u16) -> Elements {
    let mut item = Elements::new();
    item.short(tags::SEGMENT_NUMBER, number);
    item.line(tags::SEGMENT_LABEL, segment.name);
    item.text(tags::SEGMENT_ALGORITHM_TYPE, VR::CS, "AUTOMATIC");
    item.text(tags::SEGMENT_ALGORITHM_NAME, VR::LO, "phantom-limit");
    let category = ["49755003", "SCT", "Morphologically Altered Structure"];
    item.code(tags::SEGMENTED_PROPERTY_CATEGORY_CODE_SEQUENCE, category);
    // No public scheme tells these shapes apart, and readers take the type for the class.
    let kind = [segment.name, SCHEME, segment.name];
    item.code(tags::SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE, kind);
    item
}
