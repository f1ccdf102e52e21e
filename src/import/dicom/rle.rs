//! Run lengths (DICOM PS3.5 Annex G): a segment for each byte of a sample, the high one first.
//!
//! Own code: the library's decoder panics where a segment is short.

use crate::import::error::{Fault, damaged};

/// Bytes of the header: the number of segments, and where each begins.
const HEADER: usize = 64;

/// The samples of a frame of `count` samples, each of `width` bytes, 1 to 4.
pub(super) fn decode(frame: &[u8], count: usize, width: usize) -> Result<Vec<u32>, Fault> {
    let number = |at: usize| {
        let four = frame.get(4 * at..).and_then(|rest| rest.first_chunk::<4>());
        four.map(|four| u32::from_le_bytes(*four) as usize)
            .ok_or_else(|| damaged("the run lengths end within their header"))
    };
    let segments = number(0)?;
    if segments != width {
        return Err(damaged(format!("{segments} segments of run lengths instead of {width}")));
    }
    let mut samples = vec![0_u32; count];
    for segment in 1..=segments {
        let begin = number(segment)?;
        let end = if segment < segments { number(segment + 1)? } else { frame.len() };
        let coded = frame.get(begin.max(HEADER)..end).filter(|_| begin >= HEADER);
        let coded = coded.ok_or_else(|| damaged(format!("segment {segment} of run lengths")))?;
        let short = || damaged(format!("segment {segment} of run lengths ends early"));
        unpack(coded, &mut samples).ok_or_else(short)?;
    }
    Ok(samples)
}

/// Moves each sample up by a byte and adds the next byte of the segment (PackBits, G.3.1).
fn unpack(mut coded: &[u8], samples: &mut [u32]) -> Option<()> {
    let mut rest = samples.iter_mut();
    while rest.len() > 0 {
        let (&head, after) = coded.split_first()?;
        let add = |sample: &mut u32, byte: u8| *sample = *sample << 8 | u32::from(byte);
        match head {
            0..=127 => {
                let (literal, after) = after.split_at_checked(usize::from(head) + 1)?;
                literal.iter().zip(rest.by_ref()).for_each(|(&byte, sample)| add(sample, byte));
                coded = after;
            }
            128 => coded = after,
            129.. => {
                let (&byte, after) = after.split_first()?;
                rest.by_ref().take(257 - usize::from(head)).for_each(|sample| add(sample, byte));
                coded = after;
            }
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(segments: &[&[u8]]) -> Vec<u8> {
        let mut header = vec![segments.len() as u32];
        let mut at = HEADER;
        for segment in segments {
            header.push(at as u32);
            at += segment.len();
        }
        header.resize(HEADER / 4, 0);
        let mut bytes: Vec<u8> = header.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.extend(segments.concat());
        bytes
    }

    #[test]
    fn runs_and_literals_alternate() {
        // High bytes 1 1 1 2, low bytes 7 8 9 9.
        let two = frame(&[&[254, 1, 0, 2], &[1, 7, 8, 128, 255, 9]]);
        assert_eq!(decode(&two, 4, 2).unwrap(), [0x107, 0x108, 0x109, 0x209]);
        let one = frame(&[&[3, 5, 6, 7, 8, 0]]);
        assert_eq!(decode(&one, 4, 1).unwrap(), [5, 6, 7, 8]);
    }

    #[test]
    fn short_segments_are_errors() {
        let good = frame(&[&[254, 1, 0, 2], &[3, 7, 8, 9, 9]]);
        for length in 0..good.len() {
            assert!(decode(&good[..length], 4, 2).is_err(), "{length} bytes");
        }
        assert!(decode(&good, 4, 1).is_err());
        assert!(decode(&good, 5, 2).is_err());
        let mut astray = good.clone();
        astray[4] = 3;
        assert!(decode(&astray, 4, 2).is_err());
    }
}
