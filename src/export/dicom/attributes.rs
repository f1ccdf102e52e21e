//! The attributes that each class of DICOM object requires beyond the common modules.
//!
//! Where an attribute must have a value that a phantom does not have, the most neutral allowed
//! one is given; type 2 attributes stay empty unless a fact fills them.

use dicom_core::value::PrimitiveValue;
use dicom_core::{DataElement, Tag, VR};
use dicom_dictionary_std::tags;

use super::anatomy::BodyPart;
use super::class::ObjectClass;
use super::elements::{Elements, decimal};
use super::object::Object;

/// Puts the attributes of the object's class.
pub(super) fn put(object: &Object<'_>, elements: &mut Elements) {
    let spacing = decimal(object.pixel_spacing_mm);
    let spacing = format!("{spacing}\\{spacing}");
    match object.class {
        ObjectClass::Ct => ct(object, &spacing, elements),
        ObjectClass::Mr => mr(object, &spacing, elements),
        ObjectClass::Cr => {
            elements.text(tags::VIEW_POSITION, VR::CS, "");
            elements.text(tags::IMAGER_PIXEL_SPACING, VR::DS, &spacing);
        }
        ObjectClass::Dx => {
            elements.text(tags::POSITIONER_TYPE, VR::CS, "NONE");
            digital_x_ray(&spacing, elements);
            elements.text(tags::IMAGE_LATERALITY, VR::CS, "U");
            match BodyPart::of(object.anatomy) {
                Some(part) => {
                    let code = [part.code, "SCT", part.meaning];
                    elements.code(tags::ANATOMIC_REGION_SEQUENCE, code);
                }
                None => elements.sequence(tags::ANATOMIC_REGION_SEQUENCE, None),
            }
        }
        ObjectClass::Mg => mammography(&spacing, elements),
        ObjectClass::Us => ultrasound(object, elements),
        ObjectClass::Xa => angiography(&spacing, elements),
        ObjectClass::Nm => nuclear(&spacing, elements),
        ObjectClass::Sc => {
            elements.text(tags::CONVERSION_TYPE, VR::CS, "SYN");
            elements.text(tags::PIXEL_SPACING, VR::DS, &spacing);
        }
    }
}

fn empty(elements: &mut Elements, attributes: &[(Tag, VR)]) {
    for &(tag, vr) in attributes {
        elements.text(tag, vr, "");
    }
}

/// Thickness of the slices: phantoms are planar, and most of those of the library stand for slices of
/// 5 mm.
pub(in crate::export) const SLICE_THICKNESS_MM: f64 = 5.0;

/// Columns run to the left of the patient, rows to the back.
pub(super) const ORIENTATION: &str = "1\\0\\0\\0\\1\\0";

/// Place of the first pixel's centre; the middle of the matrix is the origin.
pub(super) fn position(object: &Object<'_>) -> String {
    let step = object.pixel_spacing_mm;
    let first = |size: usize| decimal(-(size as f64 - 1.0) / 2.0 * step);
    format!("{}\\{}\\0", first(object.image.columns()), first(object.image.rows()))
}

/// The space that an image and its renditions share, and no other image: they are of other patients.
pub(super) fn frame_of_reference(object: &Object<'_>) -> String {
    object.identity.original().uid("frame")
}

/// Frame of reference and image plane.
fn plane(object: &Object<'_>, spacing: &str, elements: &mut Elements) {
    elements.text(tags::FRAME_OF_REFERENCE_UID, VR::UI, &frame_of_reference(object));
    elements.text(tags::POSITION_REFERENCE_INDICATOR, VR::LO, "");
    elements.text(tags::PIXEL_SPACING, VR::DS, spacing);
    elements.text(tags::IMAGE_ORIENTATION_PATIENT, VR::DS, ORIENTATION);
    elements.text(tags::IMAGE_POSITION_PATIENT, VR::DS, &position(object));
    elements.text(tags::SLICE_THICKNESS, VR::DS, &decimal(SLICE_THICKNESS_MM));
    elements.text(tags::PATIENT_POSITION, VR::CS, "HFS");
}

fn ct(object: &Object<'_>, spacing: &str, elements: &mut Elements) {
    plane(object, spacing, elements);
    elements.text(tags::RESCALE_INTERCEPT, VR::DS, &decimal(object.rescale.intercept));
    elements.text(tags::RESCALE_SLOPE, VR::DS, &decimal(object.rescale.slope));
    elements.text(tags::RESCALE_TYPE, VR::LO, "HU");
    elements.text(tags::ACQUISITION_NUMBER, VR::IS, "1");
    empty(elements, &[(tags::KVP, VR::DS), (tags::CONVOLUTION_KERNEL, VR::SH)]);
}

fn mr(object: &Object<'_>, spacing: &str, elements: &mut Elements) {
    plane(object, spacing, elements);
    elements.text(tags::SCANNING_SEQUENCE, VR::CS, "SE");
    elements.text(tags::SEQUENCE_VARIANT, VR::CS, "NONE");
    elements.text(tags::SCAN_OPTIONS, VR::CS, "");
    elements.text(tags::MR_ACQUISITION_TYPE, VR::CS, "2D");
    empty(
        elements,
        &[
            (tags::REPETITION_TIME, VR::DS),
            (tags::ECHO_TIME, VR::DS),
            (tags::ECHO_TRAIN_LENGTH, VR::IS),
            (tags::MAGNETIC_FIELD_STRENGTH, VR::DS),
        ],
    );
}

/// DX image, detector and series modules (PS3.3 C.8.11), which mammography shares.
fn digital_x_ray(spacing: &str, elements: &mut Elements) {
    elements.text(tags::PRESENTATION_INTENT_TYPE, VR::CS, "FOR PRESENTATION");
    elements.text(tags::PIXEL_INTENSITY_RELATIONSHIP, VR::CS, "LOG");
    let sign = DataElement::new(
        tags::PIXEL_INTENSITY_RELATIONSHIP_SIGN,
        VR::SS,
        PrimitiveValue::from(-1_i16),
    );
    elements.put(sign);
    // The only values that objects for presentation may have.
    elements.text(tags::RESCALE_INTERCEPT, VR::DS, "0");
    elements.text(tags::RESCALE_SLOPE, VR::DS, "1");
    elements.text(tags::RESCALE_TYPE, VR::LO, "US");
    elements.text(tags::PRESENTATION_LUT_SHAPE, VR::CS, "IDENTITY");
    elements.text(tags::IMAGER_PIXEL_SPACING, VR::DS, spacing);
    elements.text(tags::DETECTOR_TYPE, VR::CS, "");
    elements.text(tags::KVP, VR::DS, "");
    elements.sequence(tags::ACQUISITION_CONTEXT_SEQUENCE, None);
}

fn mammography(spacing: &str, elements: &mut Elements) {
    elements.text(tags::POSITIONER_TYPE, VR::CS, "MAMMOGRAPHIC");
    digital_x_ray(spacing, elements);
    elements.text(tags::ORGAN_EXPOSED, VR::CS, "BREAST");
    elements.text(tags::IMAGE_LATERALITY, VR::CS, "L");
    elements.text(tags::BREAST_IMPLANT_PRESENT, VR::CS, "NO");
    elements.text(tags::PARTIAL_VIEW, VR::CS, "NO");
    elements.code(tags::ANATOMIC_REGION_SEQUENCE, ["76752008", "SCT", "Breast"]);
    let mut view = Elements::new();
    view.text(tags::CODE_VALUE, VR::SH, "399162004");
    view.text(tags::CODING_SCHEME_DESIGNATOR, VR::SH, "SCT");
    view.text(tags::CODE_MEANING, VR::LO, "cranio-caudal");
    view.sequence(tags::VIEW_MODIFIER_CODE_SEQUENCE, None);
    elements.sequence(tags::VIEW_CODE_SEQUENCE, Some(view));
}

fn ultrasound(object: &Object<'_>, elements: &mut Elements) {
    elements.short(tags::ULTRASOUND_COLOR_DATA_PRESENT, 0);
    // PS3.3 C.8.5.5: one region of tissue in two dimensions, lengths in centimetres.
    let mut region = Elements::new();
    let long = |tag, value: u32| DataElement::new(tag, VR::UL, PrimitiveValue::from(value));
    let (rows, columns) = (object.image.rows() as u32, object.image.columns() as u32);
    region.put(long(tags::REGION_LOCATION_MIN_X0, 0));
    region.put(long(tags::REGION_LOCATION_MIN_Y0, 0));
    region.put(long(tags::REGION_LOCATION_MAX_X1, columns - 1));
    region.put(long(tags::REGION_LOCATION_MAX_Y1, rows - 1));
    region.put(long(tags::REGION_FLAGS, 0));
    region.short(tags::REGION_SPATIAL_FORMAT, 1);
    region.short(tags::REGION_DATA_TYPE, 1);
    region.short(tags::PHYSICAL_UNITS_X_DIRECTION, 3);
    region.short(tags::PHYSICAL_UNITS_Y_DIRECTION, 3);
    for tag in [tags::PHYSICAL_DELTA_X, tags::PHYSICAL_DELTA_Y] {
        let centimetres = PrimitiveValue::from(object.pixel_spacing_mm / 10.0);
        region.put(DataElement::new(tag, VR::FD, centimetres));
    }
    elements.sequence(tags::SEQUENCE_OF_ULTRASOUND_REGIONS, Some(region));
}

fn angiography(spacing: &str, elements: &mut Elements) {
    // LOG would ask for a modality LUT.
    elements.text(tags::PIXEL_INTENSITY_RELATIONSHIP, VR::CS, "DISP");
    elements.text(tags::RADIATION_SETTING, VR::CS, "GR");
    elements.text(tags::IMAGER_PIXEL_SPACING, VR::DS, spacing);
    elements.text(tags::POSITIONER_MOTION, VR::CS, "STATIC");
    elements.text(tags::POSITIONER_PRIMARY_ANGLE, VR::DS, "0");
    elements.text(tags::POSITIONER_SECONDARY_ANGLE, VR::DS, "0");
    empty(
        elements,
        &[
            (tags::KVP, VR::DS),
            (tags::EXPOSURE, VR::IS),
            (tags::DISTANCE_SOURCE_TO_DETECTOR, VR::DS),
        ],
    );
    elements.text(tags::X_RAY_TUBE_CURRENT, VR::IS, "");
    elements.text(tags::EXPOSURE_TIME, VR::IS, "");
}

/// A static emission image of one energy window and one detector (PS3.3 C.8.4).
fn nuclear(spacing: &str, elements: &mut Elements) {
    elements.text(tags::PIXEL_SPACING, VR::DS, spacing);
    elements.text(tags::NUMBER_OF_FRAMES, VR::IS, "1");
    let vectors = vec![tags::ENERGY_WINDOW_VECTOR, tags::DETECTOR_VECTOR];
    elements.put(DataElement::new(
        tags::FRAME_INCREMENT_POINTER,
        VR::AT,
        PrimitiveValue::Tags(vectors.into()),
    ));
    for tag in [
        tags::ENERGY_WINDOW_VECTOR,
        tags::NUMBER_OF_ENERGY_WINDOWS,
        tags::DETECTOR_VECTOR,
        tags::NUMBER_OF_DETECTORS,
    ] {
        elements.short(tag, 1);
    }
    for tag in [
        tags::ENERGY_WINDOW_INFORMATION_SEQUENCE,
        tags::RADIOPHARMACEUTICAL_INFORMATION_SEQUENCE,
        tags::DETECTOR_INFORMATION_SEQUENCE,
        tags::PATIENT_ORIENTATION_CODE_SEQUENCE,
        tags::PATIENT_GANTRY_RELATIONSHIP_CODE_SEQUENCE,
    ] {
        elements.sequence(tag, None);
    }
    elements.text(tags::COUNTS_ACCUMULATED, VR::IS, "");
    elements.text(tags::ACTUAL_FRAME_DURATION, VR::IS, "1000");
}
