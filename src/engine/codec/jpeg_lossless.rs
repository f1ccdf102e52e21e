//! Lossless JPEG, process 14 with every predictor (ITU-T T.81 Annex H): files of one component
//! are read, none is written.
//!
//! Own code, since the one kept library that reads such files applies the point transform to its
//! predictions and does not restart the first predictor.

use super::dct::{BitReader, CodeList, Fault, FrameSize, Reader, code_lists, segments};
use super::plane::{Plane, PlaneError, check_size, damaged};

const SOF3: u8 = 0xC3;
const SOS: u8 = 0xDA;
const EOI: u8 = 0xD9;
const RST0: u8 = 0xD0;

/// What the only scan states (T.81 B.2.3, H.1.1).
struct Scan {
    /// Table H.1: 1 to 7.
    predictor: u8,
    /// Low bits that were dropped.
    point_transform: u8,
}

/// Everything before the coded samples.
struct Header {
    size: FrameSize,
    scan: Scan,
    codes: CodeList,
    /// Rows between restart markers, 0 if there are none.
    restart_rows: usize,
    samples_at: usize,
}

/// Decodes a file that ends with its end marker.
pub(super) fn decode(bytes: &[u8], size: [usize; 2]) -> Result<Plane, PlaneError> {
    let header = read_header(bytes)?;
    let FrameSize { precision, rows, columns } = header.size;
    check_size(size, [rows, columns])?;
    let coded = &bytes[header.samples_at..];
    // A sample has at least one bit.
    if coded.len() < (rows * columns).div_ceil(8) {
        return Err(damaged(format!("{} bytes for {rows}×{columns} samples", coded.len())));
    }
    let reader = Reader::new(&header.codes);
    let mut bits = BitReader::new(coded);
    let shift = header.scan.point_transform;
    let middle = 1_i32 << (precision - shift - 1);
    let mut samples: Vec<u16> = Vec::with_capacity(rows * columns);
    for row in 0..rows {
        let restarts = header.restart_rows > 0 && row > 0 && row % header.restart_rows == 0;
        if restarts {
            let number = (row / header.restart_rows - 1) % 8;
            bits.marker(RST0 + number as u8).map_err(of_fault)?;
        }
        let first_row = row == 0 || restarts;
        for column in 0..columns {
            let at = row * columns + column;
            let before = |distance: usize| i32::from(samples[at - distance]);
            let prediction = match (first_row, column) {
                (true, 0) => middle,
                (true, _) => before(1),
                (false, 0) => before(columns),
                (false, _) => {
                    let (left, above, corner) = (before(1), before(columns), before(columns + 1));
                    match header.scan.predictor {
                        1 => left,
                        2 => above,
                        3 => corner,
                        4 => left + above - corner,
                        5 => left + ((above - corner) >> 1),
                        6 => above + ((left - corner) >> 1),
                        _ => (left + above) >> 1,
                    }
                }
            };
            let difference = match bits.symbol(&reader).map_err(of_fault)? {
                size @ 0..=15 => bits.value(size.into()).map_err(of_fault)?,
                16 => 1 << 15,
                size => return Err(damaged(format!("a difference of {size} bits"))),
            };
            // Modulo 2^16 (H.1.2.1).
            samples.push((prediction + difference) as u16);
        }
    }
    bits.marker(EOI).map_err(of_fault)?;
    let peak = u32::MAX >> (32 - u32::from(precision - shift));
    if samples.iter().any(|&sample| u32::from(sample) > peak) {
        return Err(damaged(format!("a sample of more than {precision} bits")));
    }
    samples.iter_mut().for_each(|sample| *sample <<= shift);
    Ok(Plane { rows, columns, precision, signed: false, samples })
}

fn read_header(bytes: &[u8]) -> Result<Header, PlaneError> {
    let mut size = None;
    let mut codes: [[Option<CodeList>; 4]; 2] = Default::default();
    let mut restart_interval = 0;
    for segment in segments(bytes) {
        let (marker, content, end) = segment.map_err(of_fault)?;
        match (marker, size) {
            (SOF3, None) => size = Some(frame(content)?),
            (0xC4, _) => code_lists(content, &mut codes).map_err(of_fault)?,
            (0xDD, _) => match content {
                &[high, low] => restart_interval = usize::from(u16::from_be_bytes([high, low])),
                _ => return Err(damaged("a restart interval of another length")),
            },
            // Quantisation tables, which some encoders write without need, application data,
            // comment.
            (0xDB | 0xE0..=0xEF | 0xFE, _) => {}
            (SOS, Some(size)) => {
                let (table, scan) = scan_header(content, size)?;
                let [dc, _] = codes;
                let codes = dc.into_iter().nth(table).flatten();
                if restart_interval % size.columns != 0 {
                    return Err(damaged("a restart within a row"));
                }
                return Ok(Header {
                    size,
                    scan,
                    codes: codes.ok_or_else(|| damaged("the scan names no table that is there"))?,
                    restart_rows: restart_interval / size.columns,
                    samples_at: end,
                });
            }
            (0xC0..=0xCF, _) => {
                let what = format!("the frame is FF{marker:02X}, not lossless JPEG (FFC3)");
                return Err(PlaneError::NotTaken(what));
            }
            _ => return Err(damaged(format!("marker FF{marker:02X} is not read here"))),
        }
    }
    Err(damaged("no scan"))
}

fn frame(content: &[u8]) -> Result<FrameSize, PlaneError> {
    if let Some(&components) = content.get(5)
        && components > 1
    {
        return Err(PlaneError::NotTaken(format!("the codestream has {components} components")));
    }
    let size = FrameSize::read(content).map_err(of_fault)?;
    if (2..=16).contains(&size.precision) {
        Ok(size)
    } else {
        Err(damaged(format!("samples of {} bits", size.precision)))
    }
}

/// The table of codes, and the scan.
fn scan_header(content: &[u8], size: FrameSize) -> Result<(usize, Scan), PlaneError> {
    match content {
        &[1, _, tables, predictor @ 1..=7, 0, point_transform]
            if point_transform < size.precision =>
        {
            Ok((usize::from(tables >> 4), Scan { predictor, point_transform }))
        }
        _ => Err(damaged("not one lossless scan of the component")),
    }
}

fn of_fault(fault: Fault) -> PlaneError {
    match fault {
        Fault::Damaged(message) => PlaneError::Damaged(message),
        Fault::Size { rows, columns } => PlaneError::Size { rows, columns },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 8 bits, 2 rows, 3 columns; codes 0 → size 0, 10 → 1, 110 → 2.
    fn file(scan: [u8; 3], coded: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0xFF, 0xD8, 0xFF, SOF3, 0, 11, 8, 0, 2, 0, 3, 1, 1, 0x11, 0];
        bytes.extend([0xFF, 0xC4, 0, 22, 0, 1, 1, 1]);
        bytes.extend([0; 13]);
        bytes.extend([0, 1, 2]);
        bytes.extend([0xFF, SOS, 0, 8, 1, 1, 0, scan[0], scan[1], scan[2]]);
        bytes.extend(coded);
        bytes.extend([0xFF, EOI]);
        bytes
    }

    #[test]
    fn predictions_are_those_of_table_h_1() {
        // Differences 0, 1, −1; 2, 0, 0: first row 128, 129, 128; 130 under it.
        // 0 | 10 1 | 10 0 | 110 10 | 0 | 0 → 0101 1001 1010 0011.
        let coded = [0b0101_1001, 0b1010_0011];
        let row = |predictor| {
            let plane = decode(&file([predictor, 0, 0], &coded), [2, 3]).expect("complete");
            assert_eq!(plane.samples[..4], [128, 129, 128, 130]);
            [plane.samples[4], plane.samples[5]]
        };
        // From left, above, corner of each: (130, 129, 128), then (x, 128, 129).
        assert_eq!(row(1), [130, 130]);
        assert_eq!(row(2), [129, 128]);
        assert_eq!(row(3), [128, 129]);
        assert_eq!(row(4), [131, 130]);
        assert_eq!(row(5), [130, 129]);
        assert_eq!(row(6), [130, 128]);
        assert_eq!(row(7), [129, 128]);
    }

    #[test]
    fn dropped_bits_come_back_as_zeros() {
        let plane =
            decode(&file([1, 0, 2], &[0b0101_1001, 0b1010_0011]), [2, 3]).expect("complete");
        // The middle of 6 bits is 32.
        assert_eq!(plane.samples, [128, 132, 128, 136, 136, 136]);
    }

    #[test]
    fn other_files_are_refused() {
        let good = file([1, 0, 0], &[0b0101_1001, 0b1010_0011]);
        for length in 0..good.len() {
            assert!(decode(&good[..length], [2, 3]).is_err());
        }
        let refused = |at: usize, value: u8| {
            let mut bytes = good.clone();
            bytes[at] = value;
            decode(&bytes, [2, 3]).expect_err("another file").to_string()
        };
        assert!(refused(3, 0xC1).contains("not lossless"));
        assert!(refused(11, 3).contains("3 components"));
        assert!(refused(6, 17).contains("17 bits"));
        assert!(decode(&file([0, 0, 0], &[0, 0]), [2, 3]).is_err());
        assert!(decode(&file([8, 0, 0], &[0, 0]), [2, 3]).is_err());
        assert!(decode(&file([1, 0, 8], &[0, 0]), [2, 3]).is_err());
    }
}
