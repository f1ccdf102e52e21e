//! What a file claims of its samples, checked before anything is allocated.

use super::error::{Fault, not_taken};
use crate::image::{ImageError, MAX_PIXELS, SampleFormat};

/// Largest file that is read: the largest image as text of six characters a sample.
pub(super) const MAX_BYTES: u64 = 6 * MAX_PIXELS as u64 + (1 << 20);

/// Longest side, which is that of DICOM and JPEG: an image of one long row costs codecs far more than
/// its pixels do.
const MAX_SIDE: usize = 65_535;

/// Rows and columns as a file claims them, checked before anything is allocated.
pub(super) fn checked_size(rows: u64, columns: u64) -> Result<[usize; 2], Fault> {
    let clamped = |side: u64| usize::try_from(side).unwrap_or(usize::MAX);
    let [rows, columns] = [clamped(rows), clamped(columns)];
    let possible = rows.checked_mul(columns).is_some_and(|n| n > 0 && n <= MAX_PIXELS);
    if !possible {
        return Err(ImageError::Size { rows, columns }.into());
    }
    if rows.max(columns) > MAX_SIDE {
        let what = format!("{rows}×{columns} pixels have a side of more than {MAX_SIDE}");
        return Err(not_taken(what, "cut the image into parts"));
    }
    Ok([rows, columns])
}

/// Bits of samples of `room` bits in a file that does not say how many carry the value.
pub(super) fn format_of(room: u8, bits_stored: Option<u8>) -> Result<SampleFormat, Fault> {
    let asked = bits_stored.unwrap_or(room);
    if asked == 0 || asked > room {
        return Err(Fault::Bits { asked, room });
    }
    Ok(SampleFormat { bits_stored: asked, bits_allocated: room })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_checked_before_anything_is_allocated() {
        assert!(checked_size(u64::MAX, u64::MAX).is_err());
        assert!(checked_size(65_535, 65_535).is_err());
        assert!(checked_size(0, 5).is_err());
        assert_eq!(checked_size(8192, 8192).unwrap(), [8192, 8192]);
        assert!(checked_size(1, 65_535).is_ok() && checked_size(65_535, 1024).is_ok());
        assert!(checked_size(1, 65_536).is_err() && checked_size(1 << 26, 1).is_err());
    }
}
