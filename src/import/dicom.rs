//! DICOM Part 10 files of one grey frame: uncompressed, or compressed in a way that the codecs
//! here read.

use std::io::Cursor;

use dicom_dictionary_std::tags;
use dicom_encoding::transfer_syntax::TransferSyntax;
use dicom_object::mem::InMemElement;
use dicom_object::{InMemDicomObject, Tag};
use dicom_parser::StatefulDecode;
use dicom_parser::dataset::LazyDataToken;
use dicom_parser::dataset::lazy_read::LazyDataSetReader;
use dicom_transfer_syntax_registry::entries::{
    EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN,
};

use super::claim::checked_size;
use super::error::{Fault, TO_GREY, damaged, not_taken};
use super::imported::{Imported, LossyPast};
use super::kind::FileKind;
use crate::codec::{CodecName, codec};
use crate::image::{Image, Rescale, SampleFormat, Window};

const RAW: &str = "decompress it first, for instance with dcmdjpeg, dcmdrle or gdcmconv --raw";

/// How the pixels of a transfer syntax are coded (DICOM PS3.5 Annex A).
enum Coding {
    Native,
    Compressed(CodecName),
}

/// The coding of a transfer syntax, and whether it is always lossy.
fn coding(transfer_syntax: &str) -> Result<(Coding, bool), Fault> {
    Ok(match transfer_syntax {
        "1.2.840.10008.1.2" | "1.2.840.10008.1.2.1" => (Coding::Native, false),
        "1.2.840.10008.1.2.4.50" => (Coding::Compressed(CodecName::Jpeg), true),
        "1.2.840.10008.1.2.4.51" => (Coding::Compressed(CodecName::Jpeg12), true),
        "1.2.840.10008.1.2.4.90" => (Coding::Compressed(CodecName::Lossless), false),
        "1.2.840.10008.1.2.4.91" => (Coding::Compressed(CodecName::Jpeg2000), false),
        "1.2.840.10008.1.2.4.201" | "1.2.840.10008.1.2.4.202" | "1.2.840.10008.1.2.4.203" => {
            (Coding::Compressed(CodecName::Htj2k), false)
        }
        other => {
            let what = format!("the transfer syntax {other} is not read");
            return Err(not_taken(what, RAW));
        }
    })
}

pub(super) fn decode(bytes: &[u8]) -> Result<Imported, Fault> {
    let (uid, dataset) = file_meta(bytes).ok_or_else(|| damaged("the file meta information"))?;
    let (coding, always_lossy) = coding(&uid)?;
    let transfer_syntax = match uid.as_str() {
        "1.2.840.10008.1.2" => IMPLICIT_VR_LITTLE_ENDIAN.erased(),
        // Every syntax with compressed pixels has such elements (PS3.5 A.4).
        _ => EXPLICIT_VR_LITTLE_ENDIAN.erased(),
    };
    check_lengths(dataset, &transfer_syntax)?;
    let object = InMemDicomObject::read_dataset_with_ts(dataset, &transfer_syntax)
        .map_err(|error| damaged(chain(&error)))?;
    let header = Header::read(&object)?;
    let pixels = element(&object, tags::PIXEL_DATA)
        .ok_or_else(|| not_taken("the file has no pixel data", "give an image object"))?;
    let image = match coding {
        Coding::Native => header.native(pixels)?,
        Coding::Compressed(name) => header.compressed(name, pixels)?,
    };
    let offset = header.offset();
    let slope = number(&object, tags::RESCALE_SLOPE)?.unwrap_or(1.0);
    let intercept = number(&object, tags::RESCALE_INTERCEPT)?.unwrap_or(0.0);
    if slope <= 0.0 {
        return Err(damaged(format!("RescaleSlope is {slope}, not above 0")));
    }
    let stated = text(&object, tags::LOSSY_IMAGE_COMPRESSION).as_deref() == Some("01");
    let methods = text(&object, tags::LOSSY_IMAGE_COMPRESSION_METHOD).unwrap_or_default();
    let lossy = (stated || always_lossy).then(|| LossyPast {
        ratios: numbers(&object, tags::LOSSY_IMAGE_COMPRESSION_RATIO).unwrap_or_default(),
        methods: methods.split('\\').filter(|m| !m.is_empty()).map(str::to_owned).collect(),
    });
    Ok(Imported {
        image,
        kind: FileKind::Dicom,
        states_bits_stored: true,
        rescale: Rescale { slope, intercept: intercept - slope * f64::from(offset) },
        window: window(&object)?,
        inverted: header.inverted,
        offset,
        pixel_spacing_mm: spacing(&object),
        lossy,
    })
}

/// The transfer syntax, and the bytes after the file meta information (PS3.10, 7.1).
fn file_meta(bytes: &[u8]) -> Option<(String, &[u8])> {
    let mut rest = bytes.get(132..)?;
    let mut uid = None;
    while let [2, 0, low, high, kind @ ..] = rest {
        // Explicit VR, little endian.
        let (length, value) = match kind {
            [b'O' | b'U', b'B' | b'N' | b'T', _, _, a, b, c, d, value @ ..] => {
                (u32::from_le_bytes([*a, *b, *c, *d]) as usize, value)
            }
            [_, _, a, b, value @ ..] => (u16::from_le_bytes([*a, *b]).into(), value),
            _ => return None,
        };
        let (value, after) = value.split_at_checked(length)?;
        if [*low, *high] == [0x10, 0] {
            let text = std::str::from_utf8(value).ok()?;
            uid = Some(text.trim_end_matches(['\0', ' ']).to_owned());
        }
        rest = after;
    }
    Some((uid?, rest))
}

/// Finds values that claim more bytes than there are: the library reserves them before it reads.
fn check_lengths(dataset: &[u8], transfer_syntax: &TransferSyntax) -> Result<(), Fault> {
    let broken = |error: &dyn std::error::Error| damaged(chain(error));
    let mut reader = LazyDataSetReader::new_with_ts(Cursor::new(dataset), transfer_syntax)
        .map_err(|error| broken(&error))?;
    while let Some(token) = reader.advance() {
        let token = token.map_err(|error| broken(&error))?;
        let claim = match &token {
            LazyDataToken::LazyValue { header, decoder } => {
                Some((u64::from(header.len.0), decoder.position()))
            }
            LazyDataToken::LazyItemValue { len, decoder } => {
                Some((u64::from(*len), decoder.position()))
            }
            _ => None,
        };
        if let Some((claimed, position)) = claim {
            let left = (dataset.len() as u64).saturating_sub(position);
            if claimed > left {
                return Err(damaged(format!("an element claims {claimed} bytes of {left}")));
            }
        }
        token.skip().map_err(|error| broken(&error))?;
    }
    Ok(())
}

/// What describes the pixels.
struct Header {
    rows: usize,
    columns: usize,
    format: SampleFormat,
    signed: bool,
    inverted: bool,
}

impl Header {
    fn read(object: &InMemDicomObject) -> Result<Self, Fault> {
        let whole = |tag, name: &str| -> Result<u64, Fault> {
            let missing = || damaged(format!("{name} is missing or no number"));
            element(object, tag).and_then(|e| e.to_int::<u64>().ok()).ok_or_else(missing)
        };
        if let Some(frames) = text(object, tags::NUMBER_OF_FRAMES)
            && frames.trim() != "1"
        {
            return Err(not_taken(
                format!("the file has {} frames", frames.trim()),
                "save each frame to a file, for instance with dcm2img or gdcmimg",
            ));
        }
        let samples = whole(tags::SAMPLES_PER_PIXEL, "SamplesPerPixel")?;
        let photometric = text(object, tags::PHOTOMETRIC_INTERPRETATION).unwrap_or_default();
        let inverted = match photometric.as_str() {
            "MONOCHROME1" => true,
            "MONOCHROME2" => false,
            other => {
                let what = format!("the photometric interpretation is `{other}`, not MONOCHROME2");
                return Err(not_taken(what, TO_GREY));
            }
        };
        if samples != 1 {
            return Err(not_taken(format!("a pixel has {samples} samples"), TO_GREY));
        }
        let [rows, columns] =
            checked_size(whole(tags::ROWS, "Rows")?, whole(tags::COLUMNS, "Columns")?)?;
        let allocated = whole(tags::BITS_ALLOCATED, "BitsAllocated")?;
        let stored = whole(tags::BITS_STORED, "BitsStored")?;
        let possible = matches!(allocated, 8 | 16) && (1..=allocated).contains(&stored);
        if !possible {
            return Err(not_taken(
                format!("{stored} bits stored in {allocated} bits allocated are not taken"),
                "convert it to 1 to 16 bits stored in 8 or 16",
            ));
        }
        let high = whole(tags::HIGH_BIT, "HighBit")?;
        if high + 1 != stored {
            return Err(not_taken(
                format!("the highest of {stored} bits stored is bit {high}"),
                "convert it so that HighBit is BitsStored − 1",
            ));
        }
        let signed = match whole(tags::PIXEL_REPRESENTATION, "PixelRepresentation")? {
            0 => false,
            1 => true,
            other => return Err(damaged(format!("PixelRepresentation is {other}, not 0 or 1"))),
        };
        let format = SampleFormat { bits_stored: stored as u8, bits_allocated: allocated as u8 };
        Ok(Self { rows, columns, format, signed, inverted })
    }

    /// Added to signed samples, so that none is below 0.
    fn offset(&self) -> u16 {
        if self.signed { 1 << (self.format.bits_stored - 1) } else { 0 }
    }

    fn native(&self, pixels: &InMemElement) -> Result<Image, Fault> {
        let value = pixels
            .value()
            .primitive()
            .ok_or_else(|| damaged("the pixels are in fragments, but not compressed"))?;
        let bytes = value.to_bytes();
        let count = self.rows * self.columns;
        let width = usize::from(self.format.bits_allocated / 8);
        if bytes.len() < count * width {
            let (found, all) = (bytes.len(), count * width);
            return Err(damaged(format!("{found} bytes of pixels instead of {all}")));
        }
        let sample = |bytes: &[u8]| match *bytes {
            [byte] => u16::from(byte),
            _ => u16::from_ne_bytes([bytes[0], bytes[1]]),
        };
        let mut samples: Vec<u16> =
            bytes[..count * width].chunks_exact(width).map(sample).collect();
        if self.signed {
            // The sign fills the bits above; adding half of the range wraps it away.
            let (peak, offset) = (self.format.peak(), self.offset());
            for sample in &mut samples {
                *sample = sample.wrapping_add(offset) & peak;
            }
        }
        Ok(Image::new(self.rows, self.columns, self.format, samples)?)
    }

    fn compressed(&self, name: CodecName, pixels: &InMemElement) -> Result<Image, Fault> {
        if self.signed {
            return Err(not_taken("the compressed samples are signed", RAW));
        }
        // The codec would take the shifted samples of deeper images.
        if matches!(name, CodecName::Jpeg) && self.format.bits_stored != 8 {
            let bits = self.format.bits_stored;
            return Err(damaged(format!("JPEG Baseline holds 8 bits, not {bits}")));
        }
        let fragments = pixels
            .value()
            .fragments()
            .ok_or_else(|| damaged("the pixels are compressed, but not in fragments"))?;
        let mut codestream = fragments.concat();
        // Fragments have even lengths.
        if codestream.ends_with(&[0xFF, 0xD9, 0]) {
            codestream.pop();
        }
        let image = codec(name).decode(&codestream, self.format)?;
        if [image.rows(), image.columns()] != [self.rows, self.columns] {
            return Err(damaged(format!(
                "the codestream holds {}×{} pixels instead of {}×{}",
                image.rows(),
                image.columns(),
                self.rows,
                self.columns
            )));
        }
        Ok(image)
    }
}

fn element(object: &InMemDicomObject, tag: Tag) -> Option<&InMemElement> {
    object.element_opt(tag).ok().flatten()
}

fn text(object: &InMemDicomObject, tag: Tag) -> Option<String> {
    let text = element(object, tag)?.to_str().ok()?;
    Some(text.trim_matches(['\0', ' ']).to_owned()).filter(|text| !text.is_empty())
}

fn numbers(object: &InMemDicomObject, tag: Tag) -> Option<Vec<f64>> {
    element(object, tag)?.to_multi_float64().ok().filter(|numbers| !numbers.is_empty())
}

/// The first value; an error if it is there and no finite number.
fn number(object: &InMemDicomObject, tag: Tag) -> Result<Option<f64>, Fault> {
    if text(object, tag).is_none() {
        return Ok(None);
    }
    match numbers(object, tag).as_deref() {
        Some([first, ..]) if first.is_finite() => Ok(Some(*first)),
        _ => Err(damaged(format!("{tag} is no number"))),
    }
}

/// The first window, where its function is linear (PS3.3 C.11.2.1.2.1).
fn window(object: &InMemDicomObject) -> Result<Option<Window>, Fault> {
    let function = text(object, tags::VOILUT_FUNCTION);
    if function.is_some_and(|function| function != "LINEAR") {
        return Ok(None);
    }
    let center = number(object, tags::WINDOW_CENTER)?;
    let width = number(object, tags::WINDOW_WIDTH)?;
    let both = center.zip(width).filter(|&(_, width)| width > 1.0);
    Ok(both.map(|(center, width)| Window { center, width }))
}

fn spacing(object: &InMemDicomObject) -> Option<[f64; 2]> {
    let of = |tag| numbers(object, tag).and_then(|s| <[f64; 2]>::try_from(s).ok());
    of(tags::PIXEL_SPACING).or_else(|| of(tags::IMAGER_PIXEL_SPACING))
}

/// An error with all its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(&format!(": {cause}"));
        next = cause.source();
    }
    text
}
