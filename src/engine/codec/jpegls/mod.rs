//! JPEG-LS, lossless and near-lossless (ITU-T T.87): files of one component; knows no target.
//!
//! Own code, since no library in Rust reads or writes them: the one that others use builds a library
//! in C++ with its own build system.

mod bits;
mod coder;
mod context;
mod header;
mod model;
mod scan;

use super::plane::{Plane, PlaneError, check_size, damaged};
use header::{Header, Preset};
use model::Model;

/// The largest error that a file of samples of so many bits can allow.
pub(super) fn most_near(precision: u8) -> u8 {
    header::most_near(header::peak(precision)) as u8
}

/// Encodes samples of `precision` bits, 2 to 16, so that none is restored with a larger error than
/// `near`, at most [`most_near`]. Rows and columns are 1 to 65535.
pub(super) fn encode(
    samples: &[u16],
    [rows, columns]: [u16; 2],
    precision: u8,
    near: u8,
) -> Vec<u8> {
    let mut bytes = header::write([rows, columns], precision, near);
    let near = i32::from(near);
    let model = Model::new(near, Preset::usual(header::peak(precision), near));
    coder::encode(samples, columns.into(), model, &mut bytes);
    bytes.extend(END);
    bytes
}

/// NEAR and precision that a file states; `None` where it is none that is read here.
pub(super) fn stated(bytes: &[u8]) -> Option<[u8; 2]> {
    header::read(bytes).ok().map(|header| [header.near as u8, header.precision])
}

/// Bytes of a file that [`encode`] writes beside its samples.
pub(super) const FRAME_BYTES: usize = header::BYTES + END.len();

/// EOI.
const END: [u8; 2] = [0xFF, 0xD9];

/// Decodes a file that ends with its end marker, of an image of `size` rows and columns.
pub(super) fn decode(bytes: &[u8], size: [usize; 2]) -> Result<Plane, PlaneError> {
    let header = header::read(bytes)?;
    check_size(size, [header.rows, header.columns])?;
    decode_samples(&header, bytes)
}

/// The same of an image of any size.
pub(super) fn decode_any(bytes: &[u8]) -> Result<Plane, PlaneError> {
    decode_samples(&header::read(bytes)?, bytes)
}

fn decode_samples(header: &Header, bytes: &[u8]) -> Result<Plane, PlaneError> {
    let (rows, columns) = (header.rows, header.columns);
    let coded = &bytes[header.samples_at..];
    // A line has at least one bit, and a run grows to 2^15 samples a bit.
    if coded.len() < rows.div_ceil(8) + (rows * columns) / (8 << 15) {
        return Err(damaged(format!("{} bytes for {rows}×{columns} samples", coded.len())));
    }
    let samples = scan::decode(header, coded)?;
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
    fn the_standards_example_is_written() {
        let samples = [0, 0, 90, 74, 68, 50, 43, 205, 64, 145, 145, 145, 100, 145, 145, 145];
        assert_eq!(encode(&samples, [4, 4], 8, 0), EXAMPLE[..57]);
    }

    /// Ramps, edges, noise, flat parts and extremes: all that a coder can meet.
    fn samples(rows: u16, columns: u16, precision: u8, seed: u32) -> Vec<u16> {
        let most = header::peak(precision) as u32;
        let mut state = seed.wrapping_mul(0x9E37_79B9) | 1;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state
        };
        let mut out = Vec::new();
        for row in 0..u32::from(rows) {
            for column in 0..u32::from(columns) {
                out.push(match (row / 5 + column / 9 + seed) % 6 {
                    0 => most / 3,
                    1 => (row * 7 + column * 3) % (most + 1),
                    2 => random() % (most + 1),
                    3 => most / 2 + random() % (most / 16 + 1),
                    4 => {
                        if random() % 2 == 0 {
                            0
                        } else {
                            most
                        }
                    }
                    _ => most,
                } as u16);
            }
        }
        out
    }

    #[test]
    fn no_sample_is_further_away_than_allowed() {
        for precision in 2..=16 {
            for [rows, columns] in [[1, 1], [1, 37], [29, 1], [40, 53]] {
                for near in [0, 1, 2, 3, 7, 20, 100, 255] {
                    let near = most_near(precision).min(near);
                    let given = samples(rows, columns, precision, u32::from(near) + 1);
                    let file = encode(&given, [rows, columns], precision, near);
                    assert_eq!(stated(&file), Some([near, precision]));
                    let samples_at = header::read(&file).expect("its own file").samples_at;
                    assert_eq!(samples_at + END.len(), FRAME_BYTES);
                    let plane = decode(&file, [rows.into(), columns.into()]);
                    let plane = plane.expect("its own file");
                    let worst = given.iter().zip(&plane.samples).map(|(a, b)| a.abs_diff(*b)).max();
                    assert!(worst <= Some(near.into()), "{precision} bits, {near}: {worst:?}");
                }
            }
        }
    }

    #[test]
    fn truncated_files_are_errors() {
        for length in 0..57 {
            assert!(decode(&EXAMPLE[..length], [4, 4]).is_err(), "{length} bytes");
        }
    }
}
