//! Stacks behind one page: frames that follow its samples, which only a description announces.

use ::tiff::tags::Tag;

use super::reader::{PLAIN, Reader, fault};
use crate::import::error::{Fault, damaged, not_taken};

/// Frames one after the other, of which the page describes the first.
#[derive(Debug)]
pub(super) struct Behind {
    pub(super) frames: u32,
    /// Where the first begins.
    first: u64,
    /// Bytes of one.
    frame_bytes: u64,
    compressed: bool,
    /// Its strips follow one another.
    in_order: bool,
}

impl Behind {
    /// What the description of the only page announces, if it is more than that page.
    pub(super) fn find(decoder: &mut Reader<'_>, bytes: u64) -> Result<Option<Self>, Fault> {
        let Some(value) = decoder.find_tag(Tag::ImageDescription).map_err(fault)? else {
            return Ok(None);
        };
        let Ok(description) = value.into_string() else { return Ok(None) };
        let (width, height) = decoder.dimensions().map_err(fault)?;
        let samples: Option<u64> =
            decoder.find_tag_unsigned(Tag::SamplesPerPixel).map_err(fault)?;
        if samples.is_some_and(|samples| samples != 1) {
            return Ok(None);
        }
        let pixels = u64::from(width) * u64::from(height);
        let Some(frames) = announced(&description, pixels).filter(|&frames| frames > 1) else {
            return Ok(None);
        };
        let number = |value: Option<u64>| value.ok_or_else(|| damaged("no strips"));
        let offsets: Option<Vec<u64>> =
            decoder.find_tag_unsigned_vec(Tag::StripOffsets).map_err(fault)?;
        let lengths: Option<Vec<u64>> =
            decoder.find_tag_unsigned_vec(Tag::StripByteCounts).map_err(fault)?;
        let (starts, lengths) = (offsets.as_deref().unwrap_or(&[]), lengths.unwrap_or_default());
        let pairs = starts.windows(2).zip(&lengths);
        let in_order = starts.len() == lengths.len()
            && pairs
                .into_iter()
                .all(|(pair, length)| pair[0].checked_add(*length) == Some(pair[1]));
        let bits: Option<u64> = decoder.find_tag_unsigned(Tag::BitsPerSample).map_err(fault)?;
        let compression: Option<u64> =
            decoder.find_tag_unsigned(Tag::Compression).map_err(fault)?;
        if u64::from(frames) > bytes {
            return Err(damaged(format!("{frames} frames in {bytes} bytes")));
        }
        Ok(Some(Self {
            frames,
            first: number(offsets.and_then(|offsets| offsets.first().copied()))?,
            // Every row begins on a byte.
            frame_bytes: u64::from(height) * (u64::from(width) * bits.unwrap_or(1)).div_ceil(8),
            compressed: compression.is_some_and(|kind| kind != 1),
            in_order,
        }))
    }

    /// The file with the samples of frame `number` in the place of the first's.
    pub(super) fn moved(&self, bytes: &[u8], number: u32) -> Result<Vec<u8>, Fault> {
        if self.compressed {
            return Err(not_taken("the frames behind one page are compressed", PLAIN));
        }
        if !self.in_order {
            return Err(not_taken(
                "the strips of the frames behind one page are out of order",
                PLAIN,
            ));
        }
        let begin =
            self.first.saturating_add(self.frame_bytes.saturating_mul(u64::from(number) - 1));
        let end = begin.saturating_add(self.frame_bytes);
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        if place(end) > bytes.len() {
            let frames = self.frames;
            return Err(damaged(format!("the file ends before frame {number} of {frames}")));
        }
        let mut moved = bytes.to_vec();
        moved.copy_within(place(begin)..place(end), place(self.first));
        Ok(moved)
    }
}

/// Frames that a description announces: ImageJ's `images=`, or the `shape` of tifffile.
fn announced(description: &str, pixels: u64) -> Option<u32> {
    if description.starts_with("ImageJ=") {
        let images = description.lines().find_map(|line| line.strip_prefix("images="))?;
        return images.trim().parse().ok();
    }
    let shape = description.strip_prefix('{')?.split_once("\"shape\":")?.1;
    let (shape, _) = shape.trim_start().strip_prefix('[')?.split_once(']')?;
    let axes: Option<Vec<u64>> = shape.split(',').map(|axis| axis.trim().parse().ok()).collect();
    let all = axes?.into_iter().try_fold(1_u64, u64::checked_mul)?;
    u32::try_from(all.checked_div(pixels)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_announce_frames() {
        assert_eq!(announced("ImageJ=1.54f\nimages=3\nslices=3\n", 12), Some(3));
        assert_eq!(announced("{\"shape\": [5, 3, 4], \"truncated\": true}", 12), Some(5));
        assert_eq!(announced("{\"shape\": [3, 4]}", 12), Some(1));
        assert_eq!(announced("a scan", 12), None);
        assert_eq!(announced("{\"shape\": [99999999999, 99999999999]}", 12), None);
    }
}
