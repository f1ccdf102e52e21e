//! From the bytes of a frame to an image: words, sign, and the bits that carry the value.

use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use dicom_object::mem::InMemElement;

use super::elements::element;
use super::frames::{fragments, frame_count};
use super::header::{Header, SCALE};
use super::rle;
use super::syntax::{Coding, Syntax};
use crate::codec::{CodecError, CodecName, Plane, check_size, codec, trimmed};
use crate::image::{Image, SampleFormat};
use crate::import::decoder::read_plane;
use crate::import::error::{Fault, RETRIEVE_AGAIN, damaged, not_taken};
use crate::import::imported::Remark;
use crate::import::signed;

/// The image, what was added to its samples, and what the user should know.
pub(super) struct Samples {
    pub(super) image: Image,
    pub(super) offset: u16,
    /// What the values of the file were divided by.
    pub(super) divisor: u32,
    pub(super) remarks: Vec<Remark>,
}

/// Words of a frame as the file holds them.
struct Words {
    /// Of `bits` bits each, and nothing above them.
    words: Vec<u16>,
    bits: u8,
    divisor: u32,
    remarks: Vec<Remark>,
}

pub(super) fn read(
    object: &InMemDicomObject,
    header: &Header,
    syntax: &Syntax,
    frame: u32,
    asked: Option<u8>,
) -> Result<Samples, Fault> {
    let pixels = element(object, tags::PIXEL_DATA).ok_or_else(|| damaged("no pixel data"))?;
    let of = frame_count(object)?;
    let coding = match (syntax.coding, pixels.value().fragments()) {
        // Some files do not state their compression.
        (Coding::Native, Some([first, ..])) if first.len() != header.bytes() => {
            Coding::seen(first).unwrap_or(Coding::Native)
        }
        (coding, _) => coding,
    };
    let Words { words, bits, divisor, mut remarks } = match coding {
        Coding::Native => native(header, syntax, pixels, frame, of)?,
        coding => compressed(header, &fragments(object, pixels, coding, frame, of)?, coding)?,
    };
    let values = || words.iter().map(|&word| signed::value(word, bits, header.signed));
    // The codestream is right where it holds more than the header declares.
    let fits = |stored| values().all(|value| signed::range(stored, header.signed).contains(&value));
    let declared = header.bits_stored.min(16);
    let stored = if bits <= declared || fits(declared) { declared } else { bits };
    if bits != declared {
        remarks.push(Remark::Precision { found: bits, declared });
    }
    let bits_stored = asked.map_or(stored, |asked| asked.min(stored));
    let bits_allocated = header.bits_allocated.clamp(8, 16);
    if bits_allocated != header.bits_allocated {
        remarks.push(Remark::Words { allocated: header.bits_allocated, divisor });
    }
    let format = SampleFormat { bits_stored, bits_allocated };
    let (image, offset) =
        signed::image([header.rows, header.columns], format, header.signed, values())?;
    Ok(Samples { image, offset, divisor, remarks })
}

impl Header {
    fn pixels(&self) -> usize {
        self.rows * self.columns
    }

    /// Bytes of an uncompressed frame.
    fn bytes(&self) -> usize {
        (self.pixels() * usize::from(self.bits_allocated)).div_ceil(8)
    }

    /// Takes the bits stored out of each word, and counts the words that hold something else.
    fn stored_bits(&self, mut words: Vec<u32>) -> Result<Words, Fault> {
        let peak = u32::MAX >> (32 - self.bits_stored);
        let outside = |word: u32| {
            let (value, above) =
                (word >> self.bits_below & peak, self.bits_below + self.bits_stored);
            let below = u64::from(word) & !(u64::MAX << self.bits_below);
            // The sign may fill the bits above.
            let room = u32::MAX >> (32 - self.bits_allocated);
            let filled = if self.signed && value > peak >> 1 { room } else { 0 };
            let high = |bits: u32| u64::from(bits) >> above;
            below != 0 || (high(word) != 0 && high(word) != high(filled))
        };
        let foreign = words.iter().filter(|&&word| outside(word)).count();
        words.iter_mut().for_each(|word| *word = *word >> self.bits_below & peak);
        let remarks =
            if foreign > 0 { vec![Remark::ForeignBits { samples: foreign }] } else { Vec::new() };
        if self.bits_stored > 16 {
            let (words, divisor) = self.narrowed(words)?;
            return Ok(Words { words, bits: 16, divisor, remarks });
        }
        let words = words.into_iter().map(|word| word as u16).collect();
        Ok(Words { words, bits: self.bits_stored, divisor: 1, remarks })
    }

    /// Values of more than 16 bits in words of 16, as they are or divided by the largest number
    /// of which all are multiples (doses are often multiples of a large one).
    fn narrowed(&self, words: Vec<u32>) -> Result<(Vec<u16>, u32), Fault> {
        let sign = 1_i64 << (self.bits_stored - 1);
        let value = |word: u32| {
            let value = i64::from(word);
            if self.signed { (value ^ sign) - sign } else { value }
        };
        let common =
            words.iter().fold(0, |common, &word| divisor(common, value(word).unsigned_abs()));
        let fits = |by: i64| {
            let range = signed::range(16, self.signed);
            let range = i64::from(*range.start())..=i64::from(*range.end());
            words.iter().all(|&word| range.contains(&(value(word) / by)))
        };
        let by = [1, common.max(1) as i64].into_iter().find(|&by| fits(by)).ok_or_else(|| {
            not_taken(format!("the values need more than 16 of {} bits", self.bits_stored), SCALE)
        })?;
        Ok((words.iter().map(|&word| (value(word) / by) as u16).collect(), by as u32))
    }
}

/// The greatest common divisor.
fn divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { divisor(b, a % b) }
}

fn native(
    header: &Header,
    syntax: &Syntax,
    pixels: &InMemElement,
    frame: u32,
    of: u32,
) -> Result<Words, Fault> {
    let bytes = match (pixels.value().primitive(), pixels.value().fragments()) {
        (Some(value), _) => value.to_bytes(),
        // PS3.5 A.4.11: uncompressed frames, each a fragment.
        (None, Some(fragments)) if fragments.len() == of as usize => {
            fragments[frame as usize - 1].as_slice().into()
        }
        _ => return Err(damaged("the pixels are in fragments, but not compressed")),
    };
    let (frame, of) = if pixels.value().primitive().is_some() { (frame, of) } else { (1, 1) };
    let (count, allocated) = (header.pixels(), usize::from(header.bits_allocated));
    let all = (count as u64 * u64::from(of) * allocated as u64).div_ceil(8);
    if (bytes.len() as u64) < all {
        let found = bytes.len();
        return Err(damaged(format!("{found} bytes of pixels instead of {all}")));
    }
    let first = (frame as usize - 1) * count;
    let half = |pair: &[u8]| u32::from(u16::from_ne_bytes([pair[0], pair[1]]));
    let words: Vec<u32> = match allocated {
        1 => (first..first + count).map(|at| u32::from(bytes[at / 8] >> (at % 8) & 1)).collect(),
        8 => bytes[first..first + count].iter().map(|&byte| byte.into()).collect(),
        16 => bytes[2 * first..2 * (first + count)].chunks_exact(2).map(half).collect(),
        // The library turns words of 16 bits, in their order in the file.
        _ => bytes[4 * first..4 * (first + count)]
            .chunks_exact(4)
            .map(|four| match syntax.big_endian {
                true => half(&four[..2]) << 16 | half(&four[2..]),
                false => half(&four[2..]) << 16 | half(&four[..2]),
            })
            .collect(),
    };
    let mut words = header.stored_bits(words)?;
    // One byte fills up to an even length.
    let surplus = bytes.len() as u64 - all;
    if surplus > 1 {
        words.remarks.push(Remark::Surplus { bytes: surplus });
    }
    Ok(words)
}

fn compressed(header: &Header, codestream: &[u8], coding: Coding) -> Result<Words, Fault> {
    if header.bits_allocated == 1 || (header.bits_allocated == 32 && coding != Coding::Rle) {
        let what = format!("words of {} bits are compressed", header.bits_allocated);
        return Err(not_taken(what, RETRIEVE_AGAIN));
    }
    let size = [header.rows, header.columns];
    let plane = match coding {
        Coding::Native => return Err(damaged("the pixels are in fragments, but not compressed")),
        Coding::Rle => {
            let width = usize::from(header.bits_allocated / 8);
            let words = rle::decode(codestream, header.pixels(), width)?;
            return header.stored_bits(words);
        }
        Coding::Jpeg if header.bits_stored != 8 => {
            let bits = header.bits_stored;
            return Err(damaged(format!("JPEG Baseline holds 8 bits, not {bits}")));
        }
        Coding::Jpeg => lossy(CodecName::Jpeg, codestream, 8)?,
        Coding::Jpeg12 => lossy(CodecName::Jpeg12, codestream, header.bits_stored.min(12))?,
        Coding::Plane(coding) => read_plane(coding, codestream, size)?,
    };
    check_size(size, [plane.rows, plane.columns])?;
    if plane.precision > header.bits_allocated {
        return Err(damaged(format!(
            "the codestream has {} bits a sample, more than the {} allocated",
            plane.precision, header.bits_allocated
        )));
    }
    // A codestream that fills the words holds them as they were, with what lies outside of the bits
    // stored; one of a precision between is right by itself.
    let fills = plane.precision == header.bits_allocated
        && !matches!(coding, Coding::Jpeg | Coding::Jpeg12);
    if fills && header.bits_stored < plane.precision {
        let mut words = header.stored_bits(plane.samples.into_iter().map(u32::from).collect())?;
        let (found, declared) = (plane.precision, header.bits_stored);
        words.remarks.push(Remark::Precision { found, declared });
        return Ok(words);
    }
    let peak = u16::MAX >> (16 - plane.precision);
    let mut words = plane.samples;
    words.iter_mut().for_each(|word| *word &= peak);
    Ok(Words { words, bits: plane.precision, divisor: 1, remarks: Vec::new() })
}

/// A frame of JPEG with loss, whose values are held within the bits stored.
fn lossy(name: CodecName, codestream: &[u8], bits_stored: u8) -> Result<Plane, Fault> {
    let codestream = trimmed(codestream)?;
    let decode = |bits_stored| {
        codec(name).decode(codestream, SampleFormat { bits_stored, bits_allocated: 16 })
    };
    let image = match decode(bits_stored.max(8)) {
        Err(CodecError::Precision { found: found @ (8 | 12), .. }) => decode(found),
        read => read,
    };
    let image = image.map_err(|error| damaged(format!("the compressed pixels: {error}")))?;
    Ok(Plane {
        rows: image.rows(),
        columns: image.columns(),
        precision: image.format().bits_stored,
        signed: false,
        samples: image.into_samples(),
    })
}
