//! DICOM objects with grey frames: uncompressed, or compressed in a way that is read here.

mod display;
mod elements;
mod frames;
mod header;
mod origin;
mod part10;
mod rle;
mod samples;
mod segmentation;
mod syntax;

use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

pub(super) use origin::origin;
pub use origin::{IntensityRelation, Origin};
pub(super) use part10::begins;
pub use segmentation::{SegmentFrame, Segmentation};

use super::error::{Fault, damaged};
use super::imported::{FrameOf, Imported, LossyPast, Remark};
use super::kind::FileKind;
use super::reading::Reading;
use elements::{element, numbers, text};
use frames::frame_count;
use header::Header;
use syntax::Syntax;

pub(super) fn decode(bytes: &[u8], reading: Reading) -> Result<Imported, Fault> {
    let part10::Content { object, syntax, surplus } = part10::read(bytes)?;
    let header = Header::read(&object)?;
    let of = frames(&object)?;
    let frame = reading.frame_of(of)?;
    let samples::Samples { image, offset, divisor, mut remarks } =
        samples::read(&object, &header, &syntax, frame, reading.bits_stored)?;
    remarks.extend((surplus > 0).then_some(Remark::Surplus { bytes: surplus }));
    let place = display::Place::new(&object, frame);
    Ok(Imported {
        offset,
        kind: FileKind::Dicom,
        states_bits_stored: true,
        modality: place.modality(header.signed, offset, divisor)?,
        windows: place.windows(header.signed, offset, divisor)?,
        inverted: header.inverted,
        padding: if divisor == 1 {
            place.padding(header.signed, offset, image.format())?
        } else {
            None
        },
        pixel_spacing_mm: place.spacing(),
        lossy: lossy_past(&object, &syntax),
        frame: (of > 1).then_some(FrameOf { number: frame, of }),
        remarks,
        image,
    })
}

/// Frames of an object with pixels.
pub(super) fn count(bytes: &[u8]) -> Result<u32, Fault> {
    frames(&part10::read(bytes)?.object)
}

/// Frames that are declared, unless there are more than bytes of pixels.
fn frames(object: &InMemDicomObject) -> Result<u32, Fault> {
    let of = frame_count(object)?;
    let Some(pixels) = element(object, tags::PIXEL_DATA) else { return Ok(of) };
    let bytes = match (pixels.value().primitive(), pixels.value().fragments()) {
        (Some(value), _) => value.calculate_byte_len(),
        (None, fragments) => fragments.into_iter().flatten().map(Vec::len).sum(),
    };
    match of as usize > bytes.max(1) {
        true => Err(damaged(format!("{of} frames are declared in {bytes} bytes of pixels"))),
        false => Ok(of),
    }
}

fn lossy_past(object: &InMemDicomObject, syntax: &Syntax) -> Option<LossyPast> {
    let stated = text(object, tags::LOSSY_IMAGE_COMPRESSION).as_deref() == Some("01");
    let methods = text(object, tags::LOSSY_IMAGE_COMPRESSION_METHOD).unwrap_or_default();
    (stated || syntax.always_lossy).then(|| LossyPast {
        ratios: numbers(element(object, tags::LOSSY_IMAGE_COMPRESSION_RATIO)).unwrap_or_default(),
        methods: methods.split('\\').filter(|m| !m.is_empty()).map(str::to_owned).collect(),
    })
}
