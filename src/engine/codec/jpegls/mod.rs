//! JPEG-LS, lossless and near-lossless (ITU-T T.87): files of one component are read, none is
//! written; knows no target.
//!
//! Own code, since no library in Rust reads them: the one that others use builds a library in
//! C++ with its own build system.

mod bits;
mod context;
mod header;
mod scan;

use super::plane::{Plane, PlaneError, check_size, damaged};

/// Decodes a file that ends with its end marker.
pub(super) fn decode(bytes: &[u8], size: [usize; 2]) -> Result<Plane, PlaneError> {
    let header = header::read(bytes)?;
    let (rows, columns) = (header.rows, header.columns);
    check_size(size, [rows, columns])?;
    let coded = &bytes[header.samples_at..];
    // A line has at least one bit, and a run grows to 2^15 samples a bit.
    if coded.len() < rows.div_ceil(8) + (rows * columns) / (8 << 15) {
        return Err(damaged(format!("{} bytes for {rows}×{columns} samples", coded.len())));
    }
    let samples = scan::decode(&header, coded)?;
    Ok(Plane { rows, columns, precision: header.precision, signed: false, samples })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of T.87 H.3: 4×4 samples of 8 bits.
    const EXAMPLE: [u8; 58] = [
        0xFF, 0xD8, 0xFF, 0xF7, 0x00, 0x0B, 0x08, 0x00, 0x04, 0x00, 0x04, 0x01, 0x01, 0x11, 0x00,
        0xFF, 0xDA, 0x00, 0x08, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0xC0, 0x00, 0x00, 0x6C, 0x80,
        0x20, 0x8E, 0x01, 0xC0, 0x00, 0x00, 0x57, 0x40, 0x00, 0x00, 0x6E, 0xE6, 0x00, 0x00, 0x01,
        0xBC, 0x18, 0x00, 0x00, 0x05, 0xD8, 0x00, 0x00, 0x91, 0x60, 0xFF, 0xD9, 0x00,
    ];

    #[test]
    fn the_standards_example_is_read() {
        let plane = decode(&EXAMPLE[..57], [4, 4]).expect("an example");
        let expected = [0, 0, 90, 74, 68, 50, 43, 205, 64, 145, 145, 145, 100, 145, 145, 145];
        assert_eq!((plane.rows, plane.columns, plane.precision), (4, 4, 8));
        assert_eq!(plane.samples, expected);
    }

    #[test]
    fn truncated_files_are_errors() {
        for length in 0..57 {
            assert!(decode(&EXAMPLE[..length], [4, 4]).is_err(), "{length} bytes");
        }
    }
}
