//! The markers before the coded samples (ITU-T T.81 B): reads them, so that no claimed size
//! reaches an allocation unchecked.

use super::block::SIDE;
use super::fault::Fault;
use super::huffman::CodeList;
use super::tables::{QuantisationTable, ZIGZAG};
use crate::image::MAX_PIXELS;

pub(super) const SOI: u8 = 0xD8;
pub(super) const EOI: u8 = 0xD9;
pub(super) const SOS: u8 = 0xDA;
pub(super) const DQT: u8 = 0xDB;
pub(super) const DHT: u8 = 0xC4;
pub(in super::super) const SOF0: u8 = 0xC0;
pub(in super::super) const SOF1: u8 = 0xC1;
const DRI: u8 = 0xDD;
const APP0: u8 = 0xE0;
const APP15: u8 = 0xEF;
const COM: u8 = 0xFE;

/// Marker, content, and the byte after the segment.
pub(in super::super) type Segment<'a> = (u8, &'a [u8], usize);

/// The segments after the beginning of the image, up to and with the first scan header.
pub(in super::super) fn segments(bytes: &[u8]) -> impl Iterator<Item = Result<Segment<'_>, Fault>> {
    let mut at = 2;
    let mut done = false;
    std::iter::from_fn(move || {
        if done {
            return None;
        }
        let segment = segment(bytes, at);
        match &segment {
            Ok((marker, _, end)) => {
                at = *end;
                done = *marker == SOS;
            }
            Err(_) => done = true,
        }
        Some(segment)
    })
}

fn segment(bytes: &[u8], mut at: usize) -> Result<Segment<'_>, Fault> {
    if !bytes.starts_with(&[0xFF, SOI]) {
        return Err(Fault::damaged("no JPEG file"));
    }
    // Any number of fill bytes may precede a marker.
    while bytes.get(at) == Some(&0xFF) && bytes.get(at + 1) == Some(&0xFF) {
        at += 1;
    }
    let &[0xFF, marker, high, low] = bytes.get(at..at + 4).unwrap_or_default() else {
        return Err(Fault::damaged(format!("no marker at byte {at}")));
    };
    let end = at + 2 + usize::from(u16::from_be_bytes([high, low]));
    match bytes.get(at + 4..end) {
        Some(content) => Ok((marker, content, end)),
        None => Err(Fault::damaged(format!("the segment at byte {at} is not complete"))),
    }
}

/// Bytes of a file that hold no coded samples: everything up to the first, and the end marker.
pub(in super::super) fn header_bytes(bytes: &[u8]) -> Result<usize, Fault> {
    let last = segments(bytes).last().unwrap_or_else(|| segment(bytes, 2))?;
    Ok(last.2 + 2)
}

/// Everything before the coded samples.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) size: FrameSize,
    pub(super) quantisation: QuantisationTable,
    /// Codes of the DC differences and of the AC runs.
    pub(super) codes: [CodeList; 2],
    /// Blocks between restart markers, 0 if there are none.
    pub(super) restart_interval: usize,
    /// Where the coded samples begin.
    pub(super) samples_at: usize,
}

/// What a frame header says of the only component.
struct Frame {
    size: FrameSize,
    component: u8,
    quantisation: usize,
}

impl Header {
    /// Reads a baseline or extended sequential file of one component.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let mut frame: Option<Frame> = None;
        let mut steps: [Option<QuantisationTable>; 4] = [None; 4];
        let mut codes: [[Option<CodeList>; 4]; 2] = Default::default();
        let mut restart_interval = 0;
        for segment in segments(bytes) {
            let (marker, content, end) = segment?;
            match (marker, &frame) {
                (SOF0 | SOF1, None) => frame = Some(frame_header(marker, content)?),
                (DQT, _) => quantisation_tables(content, &mut steps)?,
                (DHT, _) => code_lists(content, &mut codes)?,
                (DRI, _) => match content {
                    &[high, low] => restart_interval = u16::from_be_bytes([high, low]).into(),
                    _ => return Err(Fault::damaged("a restart interval of another length")),
                },
                (APP0..=APP15 | COM, _) => {}
                (SOS, Some(frame)) => {
                    let [dc, ac] = scan_header(content, frame.component)?;
                    let missing = || Fault::damaged("the scan names tables that are not there");
                    let [dcs, acs] = codes;
                    let list = |lists: [Option<CodeList>; 4], at: u8| {
                        lists.into_iter().nth(at.into()).flatten().ok_or_else(missing)
                    };
                    return Ok(Self {
                        size: frame.size,
                        quantisation: steps[frame.quantisation].ok_or_else(missing)?,
                        codes: [list(dcs, dc)?, list(acs, ac)?],
                        restart_interval,
                        samples_at: end,
                    });
                }
                _ => return Err(Fault::damaged(format!("marker FF{marker:02X} is not read here"))),
            }
        }
        Err(Fault::damaged("no scan"))
    }

    pub(super) fn block_rows(&self) -> usize {
        self.size.rows.div_ceil(SIDE)
    }

    pub(super) fn block_columns(&self) -> usize {
        self.size.columns.div_ceil(SIDE)
    }
}

/// What the header of a greyscale frame states of its samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) struct FrameSize {
    pub(in super::super) precision: u8,
    pub(in super::super) rows: usize,
    pub(in super::super) columns: usize,
}

impl FrameSize {
    /// Reads the content of a frame header of one component (ITU-T T.81 B.2.2).
    pub(in super::super) fn read(content: &[u8]) -> Result<Self, Fault> {
        let &[precision, r1, r0, c1, c0, components, ..] = content else {
            return Err(Fault::damaged("the frame header is not complete"));
        };
        if components != 1 {
            return Err(Fault::damaged(format!("{components} colour components, 1 expected")));
        }
        let rows = usize::from(u16::from_be_bytes([r1, r0]));
        let columns = usize::from(u16::from_be_bytes([c1, c0]));
        if rows == 0 || columns == 0 || rows * columns > MAX_PIXELS {
            return Err(Fault::Size { rows, columns });
        }
        Ok(Self { precision, rows, columns })
    }
}

/// ITU-T T.81 B.2.2.
fn frame_header(marker: u8, content: &[u8]) -> Result<Frame, Fault> {
    let size = FrameSize::read(content)?;
    let &[_, _, _, _, _, _, component, _, table] = content else {
        return Err(Fault::damaged("the frame header has another length"));
    };
    let precision = size.precision;
    if !matches!((marker, precision), (SOF0, 8) | (SOF1, 8 | 12)) {
        return Err(Fault::damaged(format!("samples of {precision} bits in frame FF{marker:02X}")));
    }
    if table > 3 {
        return Err(Fault::damaged(format!("quantisation table {table}")));
    }
    Ok(Frame { size, component, quantisation: table.into() })
}

/// ITU-T T.81 B.2.4.1.
fn quantisation_tables(
    mut content: &[u8],
    tables: &mut [Option<QuantisationTable>; 4],
) -> Result<(), Fault> {
    while let Some((&kind, rest)) = content.split_first() {
        let (wide, at) = (kind >> 4, usize::from(kind & 15));
        let bytes = match wide {
            0 => 1,
            1 => 2,
            _ => return Err(Fault::damaged(format!("quantisation steps of kind {wide}"))),
        };
        let (Some(steps), Some(table)) = (rest.get(..64 * bytes), tables.get_mut(at)) else {
            return Err(Fault::damaged("a quantisation table is not complete"));
        };
        let mut natural = [0; 64];
        for (&place, step) in ZIGZAG.iter().zip(steps.chunks_exact(bytes)) {
            natural[usize::from(place)] =
                step.iter().fold(0, |value, &byte| value << 8 | u16::from(byte));
        }
        if natural.contains(&0) {
            return Err(Fault::damaged("a quantisation step of 0"));
        }
        *table = Some(QuantisationTable(natural));
        content = &rest[64 * bytes..];
    }
    Ok(())
}

/// ITU-T T.81 B.2.4.2.
pub(in super::super) fn code_lists(
    mut content: &[u8],
    lists: &mut [[Option<CodeList>; 4]; 2],
) -> Result<(), Fault> {
    while let Some((&kind, rest)) = content.split_first() {
        let list =
            lists.get_mut(usize::from(kind >> 4)).and_then(|of| of.get_mut(kind as usize & 15));
        let (Some(list), Some((counts, rest))) = (list, rest.split_first_chunk::<16>()) else {
            return Err(Fault::damaged("a list of Huffman codes is not complete"));
        };
        let all = counts.iter().map(|&count| usize::from(count)).sum();
        let Some((symbols, rest)) = rest.split_at_checked(all) else {
            return Err(Fault::damaged("a list of Huffman codes is not complete"));
        };
        *list = Some(CodeList::checked(*counts, symbols)?);
        content = rest;
    }
    Ok(())
}

/// Which lists of codes the scan takes (ITU-T T.81 B.2.3). Its last coefficient is always 63;
/// some encoders write 0.
fn scan_header(content: &[u8], component: u8) -> Result<[u8; 2], Fault> {
    match content {
        &[1, of, tables, 0, 0 | 63, 0] if of == component => Ok([tables >> 4, tables & 15]),
        _ => Err(Fault::damaged("not one sequential scan of the component")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame header alone: 12 bits, 2 rows, 3 columns, 1 component.
    const FRAME: [u8; 13] = [0xFF, SOF1, 0, 11, 12, 0, 2, 0, 3, 1, 1, 0x11, 0];
    const SCAN: [u8; 10] = [0xFF, SOS, 0, 8, 1, 1, 0, 0, 63, 0];
    /// One code of one bit for symbol 0, for DC and AC.
    const CODES: [u8; 40] = {
        let mut codes = [0; 40];
        (codes[0], codes[1], codes[3]) = (0xFF, DHT, 38);
        (codes[5], codes[22], codes[23]) = (1, 0x10, 1);
        codes
    };

    fn steps() -> Vec<u8> {
        [&[0xFF, DQT, 0, 67, 0], [9; 64].as_slice()].concat()
    }

    fn file(segments: &[&[u8]]) -> Vec<u8> {
        [&[0xFF, SOI], segments.concat().as_slice()].concat()
    }

    #[test]
    fn the_header_ends_before_the_first_coded_byte() {
        let comment = [0xFF, 0xFF, COM, 0, 4, b'c', b't'];
        let bytes = file(&[&comment, &steps(), &FRAME, &CODES, &SCAN, &[1, 2, 3]]);
        let read = Header::read(&bytes).expect("complete");
        assert_eq!(read.size, FrameSize { precision: 12, rows: 2, columns: 3 });
        assert_eq!(read.samples_at, bytes.len() - 3);
        assert_eq!(header_bytes(&bytes), Ok(bytes.len() - 3 + 2));
    }

    #[test]
    fn a_header_that_is_not_read_is_an_error() {
        let changed = |at: usize, value: u8| {
            let mut frame = FRAME;
            frame[at] = value;
            frame
        };
        let frames = [
            changed(1, SOF0),
            changed(4, 16),
            changed(6, 0),
            changed(9, 3),
            changed(12, 4),
            changed(12, 1),
            changed(1, 0xC2),
        ];
        for frame in frames {
            assert!(Header::read(&file(&[&steps(), &frame, &CODES, &SCAN])).is_err(), "{frame:?}");
        }
        let claimed = file(&[
            &steps(),
            &[0xFF, SOF1, 0, 11, 12, 0xFF, 0xFF, 0xFF, 0xFF, 1, 1, 0x11, 0],
            &CODES,
            &SCAN,
        ]);
        assert_eq!(
            Header::read(&claimed).err(),
            Some(Fault::Size { rows: 65_535, columns: 65_535 })
        );
        for segments in [
            &[&SCAN[..]][..],
            &[&FRAME],
            &[&steps(), &FRAME, &SCAN],
            &[&FRAME, &CODES, &SCAN],
            &[&steps(), &FRAME, &FRAME, &CODES, &SCAN],
            &[&[0xFF, DQT, 0, 1]],
            &[&[0xFF, DQT, 0, 66, 0], &[9; 63]],
            &[&[0xFF, DQT, 0, 67, 0x20], &[9; 64]],
            &[&[0xFF, DQT, 0, 67, 0], &[0; 64], &FRAME, &CODES, &SCAN],
            &[&[0xFF, DHT, 0, 3, 0x20]],
            &[&[0xFF, DRI, 0, 3, 1]],
        ] {
            assert!(Header::read(&file(segments)).is_err(), "{segments:?}");
        }
    }
}
