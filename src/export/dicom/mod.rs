//! Images as DICOM objects: the attributes of their class, identifiers and pixel data; knows
//! no phantom and writes to whatever it is given.
//!
//! Every object is marked as synthetic (Quality Control Image and Subject, patient's name and ID,
//! Image Comments), holds no clock, and has identifiers that follow from what it shows: the same
//! image gets the same bytes everywhere, another rendition gets another SOP Instance UID.

mod anatomy;
mod attributes;
mod class;
pub(super) mod directory;
mod elements;
mod file;
mod loss;
mod object;
mod segmentation;

use std::io::{self, Write};

use dicom_core::DataElement;
use dicom_core::VR;
use dicom_core::value::{PixelFragmentSequence, PrimitiveValue};
use dicom_dictionary_std::{tags, uids};
use dicom_object::InMemDicomObject;

pub(super) use attributes::SLICE_THICKNESS_MM;
pub use class::ObjectClass;
pub use loss::LossyStep;
pub use object::{Derivation, Fact, Identity, Object};
pub use segmentation::Segmentation;

use crate::codec::Coding;
use crate::image::{Rescale, WINDOWED, Window};
use anatomy::BodyPart;
use elements::{Elements, decimal};
use object::uid;

impl Object<'_> {
    /// Writes the object as a file.
    ///
    /// # Errors
    /// If the codestream has no DICOM transfer syntax, or holds fewer bits than the image, or
    /// what `out` returns.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let transfer_syntax = match self.derivation {
            Derivation::Original => uids::EXPLICIT_VR_LITTLE_ENDIAN,
            Derivation::Compressed { codestream, .. } => {
                let coding = Coding::of(codestream).ok_or_else(|| {
                    io::Error::other("the codestream has no DICOM transfer syntax")
                })?;
                let bits = self.image.format().bits_stored;
                if coding == Coding::JpegBaseline && bits > 8 {
                    return Err(io::Error::other(format!(
                        "the codestream holds 8 bits, the image {bits}"
                    )));
                }
                loss::transfer_syntax(coding)
            }
        };
        file::write(self.elements(), transfer_syntax, 2 * self.image.pixels() + 8192, out)
    }

    fn elements(&self) -> Elements {
        let mut elements = Elements::new();
        self.put_common(&mut elements);
        attributes::put(self, &mut elements);
        self.put_derivation(&mut elements);
        self.put_pixels(&mut elements);
        for Fact { tag, vr, text } in self.facts {
            if elements.has(*tag) {
                elements.text(*tag, *vr, text);
            }
        }
        elements
    }

    /// Patient, study and equipment, and what all objects of the study state (PS3.3 C.7).
    fn put_subject(&self, elements: &mut Elements) {
        let Identity { dataset, split, index, .. } = self.identity;
        let set = &dataset[..dataset.len().min(12)];
        let [date, time] = self.identity.moment();
        elements.text(tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 192");

        // Every image is of another patient.
        let number = format!("{split}-{index:06}");
        elements.text(tags::PATIENT_NAME, VR::PN, &format!("SYNTHETIC^{number}"));
        elements.text(tags::PATIENT_ID, VR::LO, &format!("SYNTHETIC-{set}-{number}"));
        elements.text(tags::PATIENT_BIRTH_DATE, VR::DA, "");
        elements.text(tags::PATIENT_SEX, VR::CS, "");
        elements.text(tags::QUALITY_CONTROL_SUBJECT, VR::CS, "YES");
        elements.text(tags::PATIENT_COMMENTS, VR::LT, "Synthetic phantom; there is no patient.");

        elements.text(tags::STUDY_INSTANCE_UID, VR::UI, &self.identity.original().uid("study"));
        elements.text(tags::STUDY_ID, VR::SH, "1");
        elements.line(tags::STUDY_DESCRIPTION, &format!("SYNTHETIC {}", self.title));
        for (day, moment) in [
            (tags::STUDY_DATE, tags::STUDY_TIME),
            (tags::SERIES_DATE, tags::SERIES_TIME),
            (tags::CONTENT_DATE, tags::CONTENT_TIME),
        ] {
            elements.text(day, VR::DA, &date);
            elements.text(moment, VR::TM, &time);
        }
        elements.text(tags::REFERRING_PHYSICIAN_NAME, VR::PN, "");
        elements.text(tags::ACCESSION_NUMBER, VR::SH, "");
        let part = BodyPart::of(self.anatomy);
        elements.text(tags::BODY_PART_EXAMINED, VR::CS, part.map_or("", |part| part.name));

        elements.text(tags::MANUFACTURER, VR::LO, "phantom-limit");
        elements.text(tags::MANUFACTURER_MODEL_NAME, VR::LO, "phantom-limit");
        elements.text(tags::DEVICE_SERIAL_NUMBER, VR::LO, "0");
        elements.text(tags::SOFTWARE_VERSIONS, VR::LO, env!("CARGO_PKG_VERSION"));
    }

    /// Identifier of the series: one for each rendition of an image.
    fn series(&self) -> String {
        let index = self.identity.index.to_string();
        let Identity { dataset, split, rendition, .. } = self.identity;
        uid(&["series", dataset, split, &index, rendition, self.class.sop_class()])
    }

    /// What [`Self::put_subject`] puts, and series and general image modules.
    fn put_common(&self, elements: &mut Elements) {
        self.put_subject(elements);
        let Identity { split, index, rendition, number, .. } = self.identity;
        let variant = if rendition.is_empty() { "original" } else { rendition };
        elements.text(tags::SOP_CLASS_UID, VR::UI, self.class.sop_class());
        elements.text(tags::SOP_INSTANCE_UID, VR::UI, &self.identity.uid("instance"));
        elements.text(tags::MODALITY, VR::CS, self.modality);
        elements.text(tags::SERIES_INSTANCE_UID, VR::UI, &self.series());
        elements.text(tags::SERIES_NUMBER, VR::IS, &(number + 1).to_string());
        elements.line(tags::SERIES_DESCRIPTION, &format!("SYNTHETIC {split}, {variant}"));
        let part = BodyPart::of(self.anatomy);
        if !self.class.has_image_laterality() && part.is_none_or(|part| part.paired) {
            elements.text(tags::LATERALITY, VR::CS, "");
        }

        elements.text(tags::INSTANCE_NUMBER, VR::IS, "1");
        elements.text(tags::PATIENT_ORIENTATION, VR::CS, self.class.orientation());
        elements.text(tags::QUALITY_CONTROL_IMAGE, VR::CS, "YES");
        elements.text(tags::BURNED_IN_ANNOTATION, VR::CS, "NO");
        let Rescale { slope, intercept } = self.rescale;
        elements.text(
            tags::IMAGE_COMMENTS,
            VR::LT,
            &format!(
                "Synthetic phantom image, {split} {index}, {variant}. Not a patient, not for \
                 diagnosis. Physical value of the original = {slope} x stored value + {intercept}."
            ),
        );
    }

    /// Image type, what was lost, and where the image came from.
    fn put_derivation(&self, elements: &mut Elements) {
        let (codestream, source, windowed, history, description) = match self.derivation {
            Derivation::Original => (None, self.class, false, &[][..], ""),
            Derivation::Compressed { source, codestream, windowed, history, description } => {
                (Some(codestream), source, windowed, history, description)
            }
        };
        let derived = windowed || !history.is_empty();
        let first = if derived { "DERIVED" } else { "ORIGINAL" };
        let rest = self.class.image_type();
        elements.text(tags::IMAGE_TYPE, VR::CS, &format!("{first}\\{rest}"));
        let lossy = if history.is_empty() { "00" } else { "01" };
        elements.text(tags::LOSSY_IMAGE_COMPRESSION, VR::CS, lossy);
        loss::put_history(history, elements);
        if derived {
            elements.text(tags::DERIVATION_DESCRIPTION, VR::ST, description);
        }
        if codestream.is_some() {
            let mut item = Elements::new();
            item.text(tags::REFERENCED_SOP_CLASS_UID, VR::UI, source.sop_class());
            let original = self.identity.original().uid("instance");
            item.text(tags::REFERENCED_SOP_INSTANCE_UID, VR::UI, &original);
            item.code(
                tags::PURPOSE_OF_REFERENCE_CODE_SEQUENCE,
                ["121320", "DCM", "Uncompressed predecessor"],
            );
            elements.sequence(tags::SOURCE_IMAGE_SEQUENCE, Some(item));
        }
    }

    /// Image pixel and VOI LUT modules (PS3.3 C.7.6.3, C.11.2).
    fn put_pixels(&self, elements: &mut Elements) {
        let format = self.image.format();
        elements.short(tags::SAMPLES_PER_PIXEL, 1);
        elements.text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2");
        elements.short(tags::ROWS, self.image.rows() as u16);
        elements.short(tags::COLUMNS, self.image.columns() as u16);
        elements.short(tags::BITS_ALLOCATED, format.bits_allocated.into());
        let bits_stored = u16::from(self.bits_stored());
        elements.short(tags::BITS_STORED, bits_stored);
        elements.short(tags::HIGH_BIT, bits_stored - 1);
        elements.short(tags::PIXEL_REPRESENTATION, 0);
        let Window { center, width } = self.displayed();
        elements.text(tags::WINDOW_CENTER, VR::DS, &decimal(center));
        elements.text(tags::WINDOW_WIDTH, VR::DS, &decimal(width));
        let pixels = match self.derivation {
            Derivation::Original if format.bits_allocated == 8 => {
                let mut bytes: Vec<u8> =
                    self.image.samples().iter().map(|&value| value as u8).collect();
                file::pad(&mut bytes);
                DataElement::new(tags::PIXEL_DATA, VR::OB, PrimitiveValue::U8(bytes.into()))
            }
            Derivation::Original => {
                let words = PrimitiveValue::U16(self.image.samples().into());
                DataElement::new(tags::PIXEL_DATA, VR::OW, words)
            }
            Derivation::Compressed { codestream, .. } => {
                let mut bytes = codestream.to_vec();
                file::pad(&mut bytes);
                let fragments = PixelFragmentSequence::new(vec![0], vec![bytes]);
                DataElement::new(tags::PIXEL_DATA, VR::OB, fragments)
            }
        };
        elements.put(pixels);
    }

    /// Bits that carry a value. Extended JPEG has 8 or 12 (PS3.5 8.2.1), whatever the image has.
    fn bits_stored(&self) -> u8 {
        let stored = self.image.format().bits_stored;
        match self.derivation {
            Derivation::Compressed { codestream, .. }
                if stored > 8 && Coding::of(codestream) == Some(Coding::JpegExtended) =>
            {
                12
            }
            _ => stored,
        }
    }

    /// True if the stored values are those of the display window.
    fn windowed(&self) -> bool {
        matches!(self.derivation, Derivation::Compressed { windowed: true, .. })
    }

    /// The window in the values that the class displays: physical ones where it rescales, else
    /// stored ones.
    fn displayed(&self) -> Window {
        if self.windowed() {
            let levels = f64::from(WINDOWED.peak()) + 1.0;
            return Window { center: levels / 2.0, width: levels };
        }
        if self.class.rescales() {
            return self.window;
        }
        let Rescale { slope, intercept } = self.rescale;
        // The edges c − 0.5 ± (w − 1)/2 (PS3.3 C.11.2.1.2.1) go to stored values.
        let width = ((self.window.width - 1.0) / slope + 1.0).max(1.0);
        Window { center: (self.window.center - 0.5 - intercept) / slope + 0.5, width }
    }
}

/// The object without its file header, for tests of the attributes.
impl From<&Object<'_>> for InMemDicomObject {
    fn from(object: &Object<'_>) -> Self {
        object.elements().into_object()
    }
}
