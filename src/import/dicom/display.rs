//! What an object states of its frames beside their samples: the way to grey levels, padding,
//! spacing. Enhanced objects state it in functional groups (DICOM PS3.3 C.7.6.16).

use std::ops::RangeInclusive;

use dicom_dictionary_std::tags;
use dicom_object::mem::InMemElement;
use dicom_object::{InMemDicomObject, Tag};

use super::elements::{element, items, number, numbers, text};
use crate::image::{LookupTable, Modality, Rescale, SampleFormat, Voi, Window, WindowFunction};
use crate::import::error::{Fault, damaged, not_taken};

/// Where the elements of one frame stand.
pub(super) struct Place<'a> {
    object: &'a InMemDicomObject,
    /// From 1.
    frame: u32,
}

impl<'a> Place<'a> {
    pub(super) fn new(object: &'a InMemDicomObject, frame: u32) -> Self {
        Self { object, frame }
    }

    /// The item of a functional group: of the frame, else of all frames; else the object itself.
    fn group(&self, tag: Tag) -> &'a InMemDicomObject {
        let own = items(self.object, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE)
            .get(self.frame as usize - 1);
        let shared = items(self.object, tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE).first();
        let group = |of: Option<&'a InMemDicomObject>| items(of?, tag).first();
        group(own).or_else(|| group(shared)).unwrap_or(self.object)
    }

    /// From the values of the image, which were divided and to which `offset` was added.
    pub(super) fn modality(
        &self,
        signed: bool,
        offset: u16,
        divisor: u32,
    ) -> Result<Modality, Fault> {
        if let Some(item) = items(self.object, tags::MODALITY_LUT_SEQUENCE).first() {
            return Ok(Modality::Table { offset, table: table(item, signed)? });
        }
        let group = self.group(tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE);
        let slope = number(group, tags::RESCALE_SLOPE)?.unwrap_or(1.0);
        let intercept = number(group, tags::RESCALE_INTERCEPT)?.unwrap_or(0.0);
        if slope == 0.0 {
            return Err(damaged("RescaleSlope is 0"));
        }
        let slope = slope * f64::from(divisor);
        let intercept = intercept - slope * f64::from(offset);
        Ok(Modality::Rescale(Rescale { slope, intercept }))
    }

    /// The windows, and after them the tables of values of interest.
    pub(super) fn windows(
        &self,
        signed: bool,
        offset: u16,
        divisor: u32,
    ) -> Result<Vec<Voi>, Fault> {
        let group = self.group(tags::FRAME_VOILUT_SEQUENCE);
        let function = text(group, tags::VOILUT_FUNCTION);
        let function = match function.as_deref() {
            None | Some("LINEAR") => WindowFunction::Linear,
            Some("LINEAR_EXACT") => WindowFunction::LinearExact,
            Some("SIGMOID") => WindowFunction::Sigmoid,
            Some(other) => {
                let what = format!("the VOI LUT function is `{other}`");
                return Err(not_taken(
                    what,
                    "set it to LINEAR, LINEAR_EXACT or SIGMOID (0028,1056)",
                ));
            }
        };
        number(group, tags::WINDOW_CENTER)?;
        number(group, tags::WINDOW_WIDTH)?;
        let centers = numbers(element(group, tags::WINDOW_CENTER)).unwrap_or_default();
        let widths = numbers(element(group, tags::WINDOW_WIDTH)).unwrap_or_default();
        // C.11.2.1.2.1: from 1; C.11.2.1.3: above 0.
        let possible = |width: f64| match function {
            WindowFunction::Linear => width >= 1.0,
            _ => width > 0.0,
        };
        let mut windows: Vec<Voi> = centers
            .into_iter()
            .zip(widths)
            .filter(|&(center, width)| center.is_finite() && possible(width))
            .map(|(center, width)| Voi::Window { window: Window { center, width }, function })
            .collect();
        let tables = items(self.object, tags::VOILUT_SEQUENCE);
        if !tables.is_empty() {
            let modality = self.modality(signed, offset, divisor)?;
            let below = modality.value(0).min(modality.value(u16::MAX)) < 0.0;
            for item in tables {
                windows.push(Voi::Table(table(item, signed || below)?));
            }
        }
        Ok(windows)
    }

    /// The values that only fill the image up, as the image holds them (C.7.5.1.1.2).
    pub(super) fn padding(
        &self,
        signed: bool,
        offset: u16,
        format: SampleFormat,
    ) -> Result<Option<RangeInclusive<u16>>, Fault> {
        let value =
            |tag| Ok::<_, Fault>(number(self.object, tag)?.map(|n| in_image(n, signed, offset)));
        let Some(first) = value(tags::PIXEL_PADDING_VALUE)? else { return Ok(None) };
        let last = value(tags::PIXEL_PADDING_RANGE_LIMIT)?.unwrap_or(first);
        let (low, high) = (first.min(last), first.max(last));
        let peak = i64::from(format.peak());
        Ok((high >= 0 && low <= peak).then(|| low.max(0) as u16..=high.min(peak) as u16))
    }

    pub(super) fn spacing(&self) -> Option<[f64; 2]> {
        let group = self.group(tags::PIXEL_MEASURES_SEQUENCE);
        let of =
            |object, tag| numbers(element(object, tag)).and_then(|s| <[f64; 2]>::try_from(s).ok());
        of(group, tags::PIXEL_SPACING).or_else(|| of(self.object, tags::IMAGER_PIXEL_SPACING))
    }
}

/// A value of the file as the image holds it. Some writers give negative ones as their words.
fn in_image(value: f64, signed: bool, offset: u16) -> i64 {
    let value = value as i64;
    let wrapped = signed && (i64::from(i16::MAX) + 1..=i64::from(u16::MAX)).contains(&value);
    (if wrapped { value - (1 << 16) } else { value }) + i64::from(offset)
}

/// A table with its descriptor (C.11.1.1.1): entries, 0 for 65536; first input; bits of a value.
fn table(item: &InMemDicomObject, signed: bool) -> Result<LookupTable, Fault> {
    let descriptor = element(item, tags::LUT_DESCRIPTOR).and_then(|e| numbers(Some(e)));
    let Some([entries, first, bits, ..]) = descriptor.as_deref() else {
        return Err(damaged("the descriptor of a lookup table"));
    };
    let wrapped = |value: f64| if value < 0.0 { value + 65_536.0 } else { value };
    let entries = match wrapped(*entries) as usize {
        0 => 1 << 16,
        entries => entries,
    };
    let bits = *bits as u8;
    if !(1..=16).contains(&bits) {
        return Err(damaged(format!("a lookup table of {bits} bits")));
    }
    let words = words(element(item, tags::LUT_DATA)).unwrap_or_default();
    let values: Vec<u16> = if words.len() >= entries {
        words[..entries].to_vec()
    } else if bits <= 8 && 2 * words.len() >= entries {
        // Two values in a word, the first in the low byte.
        words.iter().flat_map(|word| word.to_le_bytes()).take(entries).map(u16::from).collect()
    } else {
        let found = words.len();
        return Err(damaged(format!("a lookup table of {found} values instead of {entries}")));
    };
    let peak = u16::MAX >> (16 - bits);
    let values = values.into_iter().map(|value| value.min(peak)).collect();
    Ok(LookupTable { first: in_image(*first, signed, 0), values, bits })
}

/// The 16-bit words of an element, however the file names its type.
fn words(element: Option<&InMemElement>) -> Option<Vec<u16>> {
    let bytes = element?.value().primitive()?.to_bytes();
    Some(bytes.chunks_exact(2).map(|pair| u16::from_ne_bytes([pair[0], pair[1]])).collect())
}
