//! Whom a DICOM object shows, and what made it (PS3.3 C.7.1.1, C.7.2.1, C.7.5.1 and C.8.11.3).

use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use super::elements::{element, text};
use super::part10;
use crate::import::error::Fault;

/// Whom an object shows, and what made it; what it does not state is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// PatientID (0010,0020).
    pub patient: Option<String>,
    /// StudyInstanceUID (0020,000D).
    pub study: Option<String>,
    /// SeriesInstanceUID (0020,000E).
    pub series: Option<String>,
    /// SOPInstanceUID (0008,0018).
    pub instance: Option<String>,
    /// Manufacturer (0008,0070) and ManufacturerModelName (0008,1090), as far as they are stated.
    pub scanner: Option<String>,
    /// Modality (0008,0060).
    pub modality: Option<String>,
    /// How the values of a projection go with the X-ray intensity, as far as it is stated.
    pub intensity: Option<IntensityRelation>,
}

/// PixelIntensityRelationship (0028,1040) and its sign (0028,1041).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntensityRelation {
    /// True where values go with the logarithm of the intensity, false where with the intensity.
    pub logarithmic: bool,
    /// Whether values are lower where there is more intensity, as far as it is stated.
    pub inverse: Option<bool>,
}

pub(in crate::import) fn origin(bytes: &[u8]) -> Result<Origin, Fault> {
    let object = part10::read(bytes)?.object;
    let parts = [tags::MANUFACTURER, tags::MANUFACTURER_MODEL_NAME];
    let parts: Vec<String> = parts.into_iter().filter_map(|tag| text(&object, tag)).collect();
    Ok(Origin {
        patient: text(&object, tags::PATIENT_ID),
        study: text(&object, tags::STUDY_INSTANCE_UID),
        series: text(&object, tags::SERIES_INSTANCE_UID),
        instance: text(&object, tags::SOP_INSTANCE_UID),
        scanner: (!parts.is_empty()).then(|| parts.join(" ")),
        modality: text(&object, tags::MODALITY),
        intensity: intensity(&object),
    })
}

/// `None` where it is not stated, or is neither of LIN and LOG.
fn intensity(object: &InMemDicomObject) -> Option<IntensityRelation> {
    let logarithmic = match text(object, tags::PIXEL_INTENSITY_RELATIONSHIP)?.as_str() {
        "LIN" => false,
        "LOG" => true,
        _ => return None,
    };
    let sign = element(object, tags::PIXEL_INTENSITY_RELATIONSHIP_SIGN);
    let inverse = match sign.and_then(|sign| sign.to_int::<i32>().ok()) {
        Some(-1) => Some(true),
        Some(1) => Some(false),
        _ => None,
    };
    Some(IntensityRelation { logarithmic, inverse })
}
