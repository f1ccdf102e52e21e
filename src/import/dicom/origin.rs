//! Whom a DICOM object shows, and what made it (PS3.3 C.7.1.1, C.7.2.1 and C.7.5.1).

use dicom_dictionary_std::tags;

use super::elements::text;
use super::part10;
use crate::import::error::Fault;

/// Whom an object shows, and what made it; what it does not state is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// PatientID (0010,0020).
    pub patient: Option<String>,
    /// StudyInstanceUID (0020,000D).
    pub study: Option<String>,
    /// Manufacturer (0008,0070) and ManufacturerModelName (0008,1090), as far as they are stated.
    pub scanner: Option<String>,
}

pub(in crate::import) fn origin(bytes: &[u8]) -> Result<Origin, Fault> {
    let (object, _) = part10::read(bytes)?;
    let parts = [tags::MANUFACTURER, tags::MANUFACTURER_MODEL_NAME];
    let parts: Vec<String> = parts.into_iter().filter_map(|tag| text(&object, tag)).collect();
    Ok(Origin {
        patient: text(&object, tags::PATIENT_ID),
        study: text(&object, tags::STUDY_INSTANCE_UID),
        scanner: (!parts.is_empty()).then(|| parts.join(" ")),
    })
}
