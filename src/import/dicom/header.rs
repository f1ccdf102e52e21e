//! What describes the pixels of an object (DICOM PS3.3 C.7.6.3).

use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use super::elements::{element, text, whole};
use crate::import::claim::checked_size;
use crate::import::error::{Fault, damaged, not_taken};

/// What describes the pixels.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// 1, 8, 16 or 32.
    pub(super) bits_allocated: u8,
    pub(super) bits_stored: u8,
    /// Bits below the stored ones in a word.
    pub(super) bits_below: u8,
    pub(super) signed: bool,
    /// True if the smallest value is shown white (MONOCHROME1).
    pub(super) inverted: bool,
}

const ONE_CHANNEL: &str = "take one channel, for instance with Python: \
    numpy.save(\"grey.npy\", pydicom.dcmread(\"in.dcm\").pixel_array[..., 0])";
const PALETTE: &str = "apply the palette and take one channel, for instance with Python: \
    d = pydicom.dcmread(\"in.dcm\"); \
    numpy.save(\"grey.npy\", pydicom.pixels.apply_color_lut(d.pixel_array, d)[..., 0])";
pub(super) const SCALE: &str = "scale it to 16 bits and keep both numbers, for instance with \
    Python: a = pydicom.dcmread(\"in.dcm\").pixel_array.astype(float); \
    low = numpy.nanmin(a); step = (numpy.nanmax(a) - low) / 65535 or 1; \
    a = numpy.where(numpy.isfinite(a), a, low); \
    numpy.save(\"scaled.npy\", numpy.rint((a - low) / step).astype(numpy.uint16)); \
    print(low, step)";

impl Header {
    pub(super) fn read(object: &InMemDicomObject) -> Result<Self, Fault> {
        if element(object, tags::PIXEL_DATA).is_none() {
            return Err(without_pixels(object));
        }
        let samples = whole(object, tags::SAMPLES_PER_PIXEL, "SamplesPerPixel")?;
        let photometric = text(object, tags::PHOTOMETRIC_INTERPRETATION).unwrap_or_default();
        let inverted = match photometric.as_str() {
            "MONOCHROME1" => true,
            "MONOCHROME2" => false,
            other => {
                let what = format!("the photometric interpretation is `{other}`, not MONOCHROME2");
                let remedy = if other == "PALETTE COLOR" { PALETTE } else { ONE_CHANNEL };
                return Err(not_taken(what, remedy));
            }
        };
        if samples != 1 {
            return Err(not_taken(format!("a pixel has {samples} samples"), ONE_CHANNEL));
        }
        let [rows, columns] = checked_size(
            whole(object, tags::ROWS, "Rows")?,
            whole(object, tags::COLUMNS, "Columns")?,
        )?;
        let allocated = whole(object, tags::BITS_ALLOCATED, "BitsAllocated")?;
        let stored = whole(object, tags::BITS_STORED, "BitsStored")?;
        if !(1..=allocated).contains(&stored) {
            return Err(damaged(format!("BitsStored is {stored} of {allocated} bits allocated")));
        }
        if !matches!(allocated, 1 | 8 | 16 | 32) {
            return Err(not_taken(
                format!("{stored} bits stored in {allocated} bits allocated are not taken"),
                SCALE,
            ));
        }
        let high = whole(object, tags::HIGH_BIT, "HighBit")?;
        if high >= allocated || high + 1 < stored {
            return Err(damaged(format!(
                "HighBit is {high} for {stored} bits stored in {allocated}"
            )));
        }
        let signed = match whole(object, tags::PIXEL_REPRESENTATION, "PixelRepresentation")? {
            0 => false,
            1 => true,
            other => return Err(damaged(format!("PixelRepresentation is {other}, not 0 or 1"))),
        };
        Ok(Self {
            rows,
            columns,
            bits_allocated: allocated as u8,
            bits_stored: stored as u8,
            bits_below: (high + 1 - stored) as u8,
            signed,
            inverted,
        })
    }
}

/// The fault of an object that holds no pixels, and what it is instead.
fn without_pixels(object: &InMemDicomObject) -> Fault {
    let floats = [tags::FLOAT_PIXEL_DATA, tags::DOUBLE_FLOAT_PIXEL_DATA];
    if floats.iter().any(|&tag| element(object, tag).is_some()) {
        return not_taken("the pixels are floating-point numbers", SCALE);
    }
    let directory = element(object, tags::DIRECTORY_RECORD_SEQUENCE).is_some();
    let what = if directory {
        "a DICOMDIR, the list of files of a medium,".to_owned()
    } else {
        match text(object, tags::MODALITY) {
            Some(modality) => format!("a DICOM object of modality {modality}"),
            None => "a DICOM object".to_owned(),
        }
    };
    Fault::NoPixels { what }
}
