//! The bytes of one frame (DICOM PS3.5 8.2, A.4).

use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use dicom_object::mem::InMemElement;

use super::elements::{element, text};
use super::syntax::Coding;
use crate::import::error::{Fault, RETRIEVE_AGAIN, damaged, not_taken};

/// Frames of the object, from 1.
pub(super) fn frame_count(object: &InMemDicomObject) -> Result<u32, Fault> {
    let Some(stated) = text(object, tags::NUMBER_OF_FRAMES) else { return Ok(1) };
    match stated.trim().parse() {
        Ok(frames @ 1..) => Ok(frames),
        _ => Err(damaged(format!("NumberOfFrames is `{stated}`"))),
    }
}

/// The fragments of frame `number`, from 1, of `of`.
pub(super) fn fragments(
    object: &InMemDicomObject,
    pixels: &InMemElement,
    coding: Coding,
    number: u32,
    of: u32,
) -> Result<Vec<u8>, Fault> {
    let fragments = pixels
        .value()
        .fragments()
        .ok_or_else(|| damaged("the pixels are compressed, but not in fragments"))?;
    let frames = of as usize;
    let unclear = || {
        let what = format!("{} fragments cannot be told apart into {of} frames", fragments.len());
        not_taken(what, RETRIEVE_AGAIN)
    };
    let groups: Vec<&[Vec<u8>]> = if frames == 1 {
        vec![fragments]
    } else if fragments.len() == frames {
        fragments.chunks(1).collect()
    } else if let Some(starts) = starts(object, pixels, frames) {
        by_offset(fragments, &starts).ok_or_else(unclear)?
    } else {
        by_end(fragments, coding)
    };
    if groups.len() != frames {
        return Err(unclear());
    }
    Ok(groups[number as usize - 1].concat())
}

/// Where the frames begin, counted from the first fragment: from the extended offset table, or
/// the basic one.
fn starts(object: &InMemDicomObject, pixels: &InMemElement, frames: usize) -> Option<Vec<u64>> {
    let extended = element(object, tags::EXTENDED_OFFSET_TABLE).and_then(|table| {
        let bytes = table.value().primitive()?.to_bytes();
        let of = |eight: &[u8]| eight.iter().rev().fold(0, |sum, &byte| sum << 8 | u64::from(byte));
        Some(bytes.chunks_exact(8).map(of).collect::<Vec<u64>>())
    });
    let basic = || {
        let table = pixels.value().offset_table()?;
        Some(table.iter().map(|&start| u64::from(start)).collect::<Vec<u64>>())
    };
    extended.or_else(basic).filter(|starts| starts.len() == frames)
}

fn by_offset<'a>(fragments: &'a [Vec<u8>], starts: &[u64]) -> Option<Vec<&'a [Vec<u8>]>> {
    // An item has a tag and a length of four bytes each before its value.
    let places: Vec<u64> = fragments
        .iter()
        .scan(0, |at, fragment| {
            let place = *at;
            *at += fragment.len() as u64 + 8;
            Some(place)
        })
        .collect();
    let first: Option<Vec<usize>> =
        starts.iter().map(|start| places.binary_search(start).ok()).collect();
    let mut bounds = first?;
    bounds.push(fragments.len());
    bounds.windows(2).map(|pair| fragments.get(pair[0]..pair[1])).collect()
}

/// Frames that end with the end marker of the JPEG family.
fn by_end(fragments: &[Vec<u8>], coding: Coding) -> Vec<&[Vec<u8>]> {
    let ends = |fragment: &Vec<u8>| {
        let filled = fragment.iter().rev().take_while(|&&byte| byte == 0).count();
        fragment[..fragment.len() - filled].ends_with(&[0xFF, 0xD9])
    };
    match coding {
        Coding::Native | Coding::Rle => Vec::new(),
        _ => fragments.split_inclusive(ends).collect(),
    }
}
