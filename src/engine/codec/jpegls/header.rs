//! The markers before the coded samples (ITU-T T.87 C), so that no claimed size reaches an
//! allocation unchecked.

use crate::codec::plane::{PlaneError, damaged};
use crate::image::MAX_PIXELS;

const SOI: u8 = 0xD8;
const SOF55: u8 = 0xF7;
const LSE: u8 = 0xF8;
const SOS: u8 = 0xDA;
const DRI: u8 = 0xDD;

/// What a file states before its only scan.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) precision: u8,
    /// NEAR: the largest error of a sample.
    pub(super) near: i32,
    pub(super) preset: Preset,
    pub(super) samples_at: usize,
}

/// The preset coding parameters (C.2.4.1.1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Preset {
    pub(super) most: i32,
    pub(super) thresholds: [i32; 3],
    pub(super) reset: i32,
}

impl Preset {
    /// The defaults of C.2.4.1.1.1.
    pub(super) fn usual(most: i32, near: i32) -> Self {
        let clamp = |value: i32, low: i32| if value > most || value < low { low } else { value };
        let [t1, t2, t3] = if most >= 128 {
            let factor = (most.min(4095) + 128) / 256;
            [factor + 2 + 3 * near, 4 * factor + 3 + 5 * near, 17 * factor + 4 + 7 * near]
        } else {
            let factor = 256 / (most + 1);
            [
                (3 / factor + 3 * near).max(2),
                (7 / factor + 5 * near).max(3),
                (21 / factor + 7 * near).max(4),
            ]
        };
        let first = clamp(t1, near + 1);
        let second = clamp(t2, first);
        Self { most, thresholds: [first, second, clamp(t3, second)], reset: 64 }
    }
}

/// Bytes before the samples, as [`write`] writes them.
pub(super) const BYTES: usize = 2 + 13 + 10;

/// Everything before the samples of an image of one component, with the usual parameters (C.2).
/// 1 ≤ `rows`, `columns` ≤ 65535.
pub(super) fn write([rows, columns]: [u16; 2], precision: u8, near: u8) -> Vec<u8> {
    let mut bytes = vec![0xFF, SOI, 0xFF, SOF55, 0, 11, precision];
    bytes.extend(rows.to_be_bytes());
    bytes.extend(columns.to_be_bytes());
    // One component, number 1, of its own size.
    bytes.extend([1, 1, 0x11, 0]);
    bytes.extend([0xFF, SOS, 0, 8, 1, 1, 0, near, 0, 0]);
    bytes
}

/// The largest sample of so many bits.
pub(super) fn peak(precision: u8) -> i32 {
    i32::from(u16::MAX >> (16 - precision))
}

/// The largest NEAR that samples of so many bits allow (C.2.3).
pub(super) fn most_near(most: i32) -> i32 {
    255.min(most / 2)
}

struct Frame {
    rows: usize,
    columns: usize,
    precision: u8,
}

pub(super) fn read(bytes: &[u8]) -> Result<Header, PlaneError> {
    if !bytes.starts_with(&[0xFF, SOI]) {
        return Err(damaged("no JPEG-LS file"));
    }
    let mut at = 2;
    let mut frame: Option<Frame> = None;
    let mut stated = [0; 5];
    loop {
        while bytes.get(at..at + 2) == Some(&[0xFF, 0xFF]) {
            at += 1;
        }
        let &[0xFF, marker, high, low] = bytes.get(at..at + 4).unwrap_or_default() else {
            return Err(damaged(format!("no marker at byte {at}")));
        };
        let end = at + 2 + usize::from(u16::from_be_bytes([high, low]));
        let content = bytes
            .get(at + 4..end)
            .ok_or_else(|| damaged(format!("the segment at byte {at} is not complete")))?;
        match (marker, &frame) {
            (SOF55, None) => frame = Some(frame_header(content)?),
            (LSE, _) => stated = preset(content)?,
            (DRI, _) if content.iter().any(|&byte| byte != 0) => {
                return Err(PlaneError::NotTaken("the scan has restart markers".into()));
            }
            (DRI | 0xE0..=0xEF | 0xFE, _) => {}
            (SOS, Some(frame)) => return scan_header(content, frame, stated, end),
            (0xC0..=0xCF, None) => {
                let what = format!("the frame is FF{marker:02X}, not JPEG-LS (FFF7)");
                return Err(PlaneError::NotTaken(what));
            }
            _ => return Err(damaged(format!("marker FF{marker:02X} is not read here"))),
        }
        at = end;
    }
}

fn frame_header(content: &[u8]) -> Result<Frame, PlaneError> {
    let &[precision, r1, r0, c1, c0, components, ..] = content else {
        return Err(damaged("the frame header is not complete"));
    };
    if components != 1 {
        return Err(PlaneError::NotTaken(format!("the codestream has {components} components")));
    }
    let rows = usize::from(u16::from_be_bytes([r1, r0]));
    let columns = usize::from(u16::from_be_bytes([c1, c0]));
    if rows == 0 || columns == 0 || rows * columns > MAX_PIXELS {
        return Err(PlaneError::Size { rows, columns });
    }
    if !(2..=16).contains(&precision) {
        return Err(damaged(format!("samples of {precision} bits")));
    }
    Ok(Frame { rows, columns, precision })
}

/// MAXVAL, T1, T2, T3 and RESET as stated, 0 for the default.
fn preset(content: &[u8]) -> Result<[i32; 5], PlaneError> {
    match content {
        [1, values @ ..] if values.len() == 10 => {
            let of = |at: usize| i32::from(u16::from_be_bytes([values[at], values[at + 1]]));
            Ok([0, 2, 4, 6, 8].map(of))
        }
        [1, ..] => Err(damaged("the preset parameters have another length")),
        _ => Err(PlaneError::NotTaken("the file has a mapping table or an extension".into())),
    }
}

fn scan_header(
    content: &[u8],
    frame: &Frame,
    stated: [i32; 5],
    samples_at: usize,
) -> Result<Header, PlaneError> {
    let &[1, _, table, near, 0, shift] = content else {
        return Err(damaged("not one scan of the component"));
    };
    if table != 0 || shift != 0 {
        let what = "the scan has a mapping table or a point transform";
        return Err(PlaneError::NotTaken(what.into()));
    }
    let peak = peak(frame.precision);
    let near = i32::from(near);
    let [most, .., reset] = stated;
    let most = if most == 0 { peak } else { most };
    if most > peak || near > most_near(most) {
        return Err(damaged(format!("MAXVAL {most} and NEAR {near} in {} bits", frame.precision)));
    }
    let mut preset = Preset::usual(most, near);
    for (threshold, &stated) in preset.thresholds.iter_mut().zip(&stated[1..4]) {
        if stated != 0 {
            *threshold = stated;
        }
    }
    let [t1, t2, t3] = preset.thresholds;
    if !(near < t1 && t1 <= t2 && t2 <= t3 && t3 <= most) && most > 2 {
        return Err(damaged(format!("thresholds {t1}, {t2}, {t3}")));
    }
    if reset != 0 {
        if reset < 3 {
            return Err(damaged(format!("RESET is {reset}")));
        }
        preset.reset = reset;
    }
    let Frame { rows, columns, precision } = *frame;
    Ok(Header { rows, columns, precision, near, preset, samples_at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_parameters_are_those_of_the_standard() {
        // T.87 table C.3, MAXVAL 255: 3, 7, 21. From the formula: 12 bits 18, 67, 276; 16 bits
        // as 12; MAXVAL 15 (factor 16): 2, 3, 4.
        assert_eq!(Preset::usual(255, 0).thresholds, [3, 7, 21]);
        assert_eq!(Preset::usual(4095, 0).thresholds, [18, 67, 276]);
        assert_eq!(Preset::usual(65_535, 0).thresholds, [18, 67, 276]);
        assert_eq!(Preset::usual(15, 0).thresholds, [2, 3, 4]);
        assert_eq!(Preset::usual(255, 3).thresholds, [12, 22, 42]);
    }
}
