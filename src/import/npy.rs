//! NumPy arrays of integers of 8 or 16 bits: rows and columns, or a stack of them (NEP 1,
//! versions 1 to 3).
//!
//! The header is read here and not by the library that writes such files, which trusts it: a
//! shape of 2⁴⁰ × 2⁴⁰ overflows there.

use super::claim::{checked_size, format_of};
use super::error::{Fault, damaged, not_taken};
use super::imported::Imported;
use super::kind::FileKind;
use super::reading::Reading;
use super::signed;
use super::wide::{self, Way};

/// What the header states.
pub(super) struct Header<'a> {
    pub(super) big_endian: bool,
    /// Kind and bytes of a value: `i2`, `f4`.
    pub(super) kind: &'a str,
    pub(super) by_columns: bool,
    pub(super) shape: Vec<u64>,
    pub(super) values: &'a [u8],
}

pub(super) fn decode(bytes: &[u8], reading: Reading) -> Result<Imported, Fault> {
    decode_of(bytes, reading, "numpy.load(\"in.npy\")")
}

/// The array that Python gets by `load`.
pub(super) fn decode_of(bytes: &[u8], reading: Reading, load: &str) -> Result<Imported, Fault> {
    let header = Header::read(bytes)?;
    let stack = Stack::of(&header.shape, header.by_columns)?;
    let [rows, columns] = checked_size(stack.rows.length, stack.columns.length)?;
    let width = header.width()?;
    let all = stack.frames.length.saturating_mul((rows * columns * width) as u64);
    let found = header.values.len() as u64;
    if found < all {
        return Err(damaged("the file ends within the samples"));
    }
    if found > all {
        let second = header.values[all as usize..].starts_with(b"\x93NUMPY");
        return Err(if second {
            not_taken("a second array follows the first", "save one array to a file")
        } else {
            let what = format!("{} bytes more than the shape takes", found - all);
            not_taken(what, "save the array again with numpy.save")
        });
    }
    let frames = u32::try_from(stack.frames.length).map_err(|_| damaged("the shape"))?;
    let name = match header.kind {
        "u1" | "i1" | "u2" | "i2" => None,
        "b1" => Some("bool".to_owned()),
        kind => Some(format!(
            "{}{}",
            match &kind[..1] {
                "f" => "float",
                "i" => "int",
                _ => "uint",
            },
            8 * width
        )),
    };
    if let Some(name) = name {
        let values = header.values.chunks_exact(width).map(|value| header.number(value));
        return Err(wide::refused(&name, values, &Way::numpy(load)));
    }
    let number = reading.frame_of(frames)?;
    let signed = header.kind.starts_with('i');
    let bits = 8 * width as u8;
    let format = format_of(bits, reading.bits_stored)?;
    let word = |row: usize, column: usize| {
        let at = (u64::from(number) - 1) * stack.frames.stride
            + row as u64 * stack.rows.stride
            + column as u64 * stack.columns.stride;
        let value = &header.values[at as usize * width..][..width];
        match *value {
            [byte] => u16::from(byte),
            _ if header.big_endian => u16::from_be_bytes([value[0], value[1]]),
            _ => u16::from_le_bytes([value[0], value[1]]),
        }
    };
    let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    let values = places.map(|(row, column)| signed::value(word(row, column), bits, signed));
    let (image, offset) = signed::image([rows, columns], format, signed, values)?;
    Ok(Imported::shifted(image, FileKind::Npy, offset).frame_of(number, frames))
}

impl<'a> Header<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        let early = || damaged("the file ends within its header");
        let version = bytes.get(6..12).and_then(|six| <[u8; 6]>::try_from(six).ok());
        let (start, length) = match version.ok_or_else(early)? {
            [1, _, a, b, ..] => (10, usize::from(u16::from_le_bytes([a, b]))),
            [2 | 3, _, a, b, c, d] => (12, u32::from_le_bytes([a, b, c, d]) as usize),
            [version, ..] => return Err(damaged(format!("no NPY version {version} is known"))),
        };
        let rest = bytes.get(start..).ok_or_else(early)?;
        let (header, values) = rest.split_at_checked(length).ok_or_else(early)?;
        let header = std::str::from_utf8(header).map_err(|_| damaged("the header is no text"))?;
        let field = |key: &str| {
            header
                .split_once(&format!("'{key}':"))
                .map(|(_, rest)| rest.trim_start())
                .ok_or_else(|| damaged(format!("the header has no '{key}'")))
        };
        let descr = field("descr")?;
        let kind = descr.strip_prefix('\'').and_then(|rest| rest.split_once('\''));
        let (order, kind) = kind.and_then(|(kind, _)| kind.split_at_checked(1)).unwrap_or_default();
        let by_columns = match field("fortran_order")? {
            order if order.starts_with("False") => false,
            order if order.starts_with("True") => true,
            _ => return Err(damaged("fortran_order is neither True nor False")),
        };
        let shape = field("shape")?;
        let inside = shape.strip_prefix('(').and_then(|rest| rest.split_once(')'));
        let (shape, _) = inside.ok_or_else(|| damaged("the shape is no tuple"))?;
        let axes = shape.split(',').map(str::trim).filter(|axis| !axis.is_empty());
        let axes: Result<Vec<u64>, _> = axes.map(str::parse).collect();
        let axes =
            axes.map_err(|_| damaged(format!("the shape ({shape}) holds no whole numbers")))?;
        Ok(Self { big_endian: order == ">", kind, by_columns, shape: axes, values })
    }

    /// Bytes of a value.
    pub(super) fn width(&self) -> Result<usize, Fault> {
        match self.kind {
            "b1" | "u1" | "i1" => Ok(1),
            "u2" | "i2" | "f2" => Ok(2),
            "u4" | "i4" | "f4" => Ok(4),
            "u8" | "i8" | "f8" => Ok(8),
            kind => {
                let found = if kind.is_empty() { "a structure" } else { kind };
                let what = format!("the array holds {found}, not real numbers of one kind");
                let remedy = match kind.chars().next() {
                    Some('c') => "save its real part or magnitude: a.real or numpy.abs(a)",
                    Some('f') => "save it as a.astype(numpy.float64)",
                    _ => "save one field of it with numpy.save(\"out.npy\", field)",
                };
                Err(not_taken(what, remedy))
            }
        }
    }

    /// A value as a number; those of 8 bytes to the precision of one.
    pub(super) fn number(&self, bytes: &[u8]) -> f64 {
        let mut word = [0; 8];
        for (to, &from) in word.iter_mut().zip(bytes) {
            *to = from;
        }
        if self.big_endian {
            word[..bytes.len()].reverse();
        }
        let whole = u64::from_le_bytes(word);
        let unused = 64 - 8 * bytes.len() as u32;
        match self.kind {
            "f8" => f64::from_bits(whole),
            "f4" => f32::from_bits(whole as u32).into(),
            "f2" => half(whole as u16),
            kind if kind.starts_with('i') => ((whole << unused) as i64 >> unused) as f64,
            _ => whole as f64,
        }
    }
}

/// A number of half precision (IEEE 754 binary16).
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1F), f64::from(bits & 0x3FF) / 1024.0);
    sign * match exponent {
        0 => fraction * f64::from(2.0_f32.powi(-14)),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction) * f64::from(2.0_f32.powi(exponent - 15)),
    }
}

/// Values along an axis, and how far apart they are.
#[derive(Debug, Clone, Copy)]
struct Axis {
    length: u64,
    stride: u64,
}

/// The axes of an array that are longer than 1, as far as more than two are left.
struct Stack {
    frames: Axis,
    rows: Axis,
    columns: Axis,
}

impl Stack {
    fn of(shape: &[u64], by_columns: bool) -> Result<Self, Fault> {
        let mut axes = Vec::with_capacity(shape.len());
        let mut stride = 1_u64;
        let mut add = |&length: &u64| {
            axes.push(Axis { length, stride });
            stride = stride.saturating_mul(length);
        };
        if by_columns {
            shape.iter().for_each(&mut add);
        } else {
            shape.iter().rev().for_each(&mut add);
            axes.reverse();
        }
        while axes.len() > 2
            && let Some(at) = axes.iter().position(|axis| axis.length == 1)
        {
            axes.remove(at);
        }
        match axes[..] {
            [rows, columns] => Ok(Self { frames: Axis { length: 1, stride: 0 }, rows, columns }),
            [_, _, Axis { length: channels @ 2..=4, .. }] => {
                let what = format!("the last of three axes has {channels} values, as colours have");
                Err(not_taken(what, "save one channel: numpy.save(\"out.npy\", array[..., 0])"))
            }
            [frames, rows, columns] => Ok(Self { frames, rows, columns }),
            _ => {
                let what = format!("the array has {} axes, not rows and columns", axes.len());
                Err(not_taken(what, "save one slice or channel as an array of two axes"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Modality;

    fn file(header: &str, samples: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend_from_slice(&(header.len() as u16).to_le_bytes());
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(samples);
        bytes
    }

    fn header(kind: &str, fortran: &str, shape: &str) -> String {
        format!("{{'descr': '{kind}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n")
    }

    const ANY: Reading = Reading { bits_stored: None, frame: None };

    #[test]
    fn orders_and_byte_orders_are_followed() {
        let read = |kind, fortran, samples: &[u8]| {
            let bytes = file(&header(kind, fortran, "(2, 3)"), samples);
            decode(&bytes, ANY).unwrap().image.into_samples()
        };
        assert_eq!(read("|u1", "False", &[1, 2, 3, 4, 5, 6]), [1, 2, 3, 4, 5, 6]);
        assert_eq!(read("|u1", "True", &[1, 2, 3, 4, 5, 6]), [1, 3, 5, 2, 4, 6]);
        let words = [1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 1];
        assert_eq!(read("<u2", "False", &words), [1, 2, 3, 4, 5, 262]);
        assert_eq!(read(">u2", "False", &words), [256, 512, 768, 1024, 1280, 1537]);
    }

    #[test]
    fn signed_arrays_are_shifted_and_keep_their_values() {
        let read = |kind, samples: &[u8]| {
            decode(&file(&header(kind, "False", "(1, 2)"), samples), ANY).unwrap()
        };
        let image = read("<i2", &[0, 0x80, 5, 0]);
        assert_eq!((image.image.samples(), image.offset), (&[0, 32_773][..], 32_768));
        let Modality::Rescale(rescale) = image.modality else { panic!("no table") };
        assert_eq!(rescale.physical(0), -32_768.0);
        let image = read("|i1", &[0xFF, 1]);
        assert_eq!((image.image.samples(), image.offset), (&[127, 129][..], 128));
        let bits = Reading { bits_stored: Some(12), frame: None };
        let twelve = decode(&file(&header("<i2", "False", "(1, 1)"), &[0, 0xF8]), bits).unwrap();
        assert_eq!((twelve.image.samples(), twelve.offset), (&[0][..], 2048));
    }

    #[test]
    fn stacks_are_taken_frame_by_frame_and_axes_of_one_are_none() {
        let samples: Vec<u8> = (0..60).collect();
        let take = |fortran, shape: &str, frame| {
            let bytes = file(&header("|u1", fortran, shape), &samples);
            decode(&bytes, Reading { bits_stored: None, frame })
        };
        assert_eq!(take("False", "(1, 6, 1, 10)", None).unwrap().image.at(5, 9), 59);
        assert!(matches!(take("False", "(2, 6, 5)", None), Err(Fault::Frames { of: 2 })));
        assert!(matches!(take("False", "(2, 6, 5)", Some(3)), Err(Fault::NoFrame { .. })));
        let second = take("False", "(2, 6, 5)", Some(2)).unwrap();
        assert_eq!((second.image.at(0, 0), second.image.at(5, 4)), (30, 59));
        // By columns the first axis moves fastest.
        assert_eq!(take("True", "(2, 6, 5)", Some(2)).unwrap().image.at(1, 0), 3);
        let message = take("False", "(4, 5, 3)", None).unwrap_err().to_string();
        assert!(message.contains("as colours have"), "{message}");
    }

    #[test]
    fn other_arrays_are_refused_with_the_way_out() {
        let refused = |kind, shape, bytes: usize, phrase: &str| {
            let bytes = file(&header(kind, "False", shape), &vec![0; bytes]);
            let message = decode(&bytes, ANY).unwrap_err().to_string();
            assert!(message.contains(phrase), "{message}");
        };
        refused("<f4", "(2, 2)", 16, "float32, not integers of 8 or 16 bits");
        refused("<f2", "(2, 2)", 8, "float16");
        refused("<i8", "(2, 2)", 32, "a.astype(numpy.uint16)");
        refused("|b1", "(2, 2)", 4, "bool");
        refused("<c8", "(2, 2)", 32, "c8");
        refused("<u2", "(4,)", 8, "1 axes");
        refused("<u2", "(1099511627776, 1099511627776)", 64, "not possible");
        refused("<u2", "(18446744073709551616, 1)", 64, "no whole numbers");
        refused("<u2", "(64, 64)", 64, "ends within the samples");
        refused("<u2", "(2, 2)", 9, "1 bytes more");
        refused("<u2", "[2, 2]", 8, "no tuple");
    }

    #[test]
    fn numbers_of_half_precision_are_read() {
        // NumPy: numpy.float16([1, -2, 65504, 2**-24]).view('uint16').
        let bits = [0x3C00, 0xC000, 0x7BFF, 0x0001];
        assert_eq!(bits.map(half), [1.0, -2.0, 65_504.0, f64::from(2.0_f32.powi(-24))]);
        assert!(half(0x7C01).is_nan() && half(0xFC00) == f64::NEG_INFINITY);
    }
}
