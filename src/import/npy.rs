//! NumPy arrays of two axes, unsigned integers of 8 or 16 bits (NEP 1, versions 1 to 3).
//!
//! The header is read here and not by the library that writes such files, which trusts it: a
//! shape of 2⁴⁰ × 2⁴⁰ overflows there.

use super::claim::{checked_size, format_of};
use super::error::{Fault, damaged, not_taken};
use super::imported::Imported;
use super::kind::FileKind;
use crate::image::Image;

const AS_UINT16: &str = "save it with numpy.save(path, array.astype(numpy.uint16))";

pub(super) fn decode(bytes: &[u8], bits_stored: Option<u8>) -> Result<Imported, Fault> {
    let early = || damaged("the file ends within its header");
    let version = bytes.get(6..12).and_then(|six| <[u8; 6]>::try_from(six).ok());
    let (start, length) = match version.ok_or_else(early)? {
        [1, _, a, b, ..] => (10, usize::from(u16::from_le_bytes([a, b]))),
        [2 | 3, _, a, b, c, d] => (12, u32::from_le_bytes([a, b, c, d]) as usize),
        [version, ..] => return Err(damaged(format!("no NPY version {version} is known"))),
    };
    let header = bytes.get(start..).and_then(|rest| rest.get(..length)).ok_or_else(early)?;
    let header = std::str::from_utf8(header).map_err(|_| damaged("the header is no text"))?;
    let field = |key: &str| {
        header
            .split_once(&format!("'{key}':"))
            .map(|(_, rest)| rest.trim_start())
            .ok_or_else(|| damaged(format!("the header has no '{key}'")))
    };
    let descr = field("descr")?;
    let kind = descr.strip_prefix('\'').and_then(|rest| rest.split_once('\'')).map(|(k, _)| k);
    let (room, big_endian) = match kind {
        Some("|u1" | "<u1" | ">u1") => (8, false),
        Some("<u2") => (16, false),
        Some(">u2") => (16, true),
        _ => {
            let found = kind.unwrap_or("a structure");
            return Err(not_taken(
                format!("the array holds {found}, not uint8 or uint16"),
                AS_UINT16,
            ));
        }
    };
    let by_columns = match field("fortran_order")? {
        order if order.starts_with("False") => false,
        order if order.starts_with("True") => true,
        _ => return Err(damaged("fortran_order is neither True nor False")),
    };
    let shape = field("shape")?;
    let inside = shape.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    let (shape, _) = inside.ok_or_else(|| damaged("the shape is no tuple"))?;
    let axes: Result<Vec<u64>, _> =
        shape.split(',').map(str::trim).filter(|axis| !axis.is_empty()).map(str::parse).collect();
    let axes = axes.map_err(|_| damaged(format!("the shape ({shape}) holds no whole numbers")))?;
    let [rows, columns] = axes[..] else {
        return Err(not_taken(
            format!("the array has {} axes, not rows and columns", axes.len()),
            "save one slice or channel as an array of two axes",
        ));
    };
    let [rows, columns] = checked_size(rows, columns)?;
    let format = format_of(room, bits_stored)?;
    let width = usize::from(room / 8);
    let stored = bytes
        .get(start + length..)
        .and_then(|rest| rest.get(..rows * columns * width))
        .ok_or_else(|| damaged("the file ends within the samples"))?;
    let value = |at: usize| match (&stored[at * width..], big_endian) {
        ([a, ..], _) if width == 1 => u16::from(*a),
        ([a, b, ..], false) => u16::from_le_bytes([*a, *b]),
        ([a, b, ..], true) => u16::from_be_bytes([*a, *b]),
        _ => unreachable!("the samples fill the shape"),
    };
    let samples = if by_columns {
        let place = |at: usize| value(at % columns * rows + at / columns);
        (0..rows * columns).map(place).collect()
    } else {
        (0..rows * columns).map(value).collect()
    };
    let image = Image::new(rows, columns, format, samples)?;
    Ok(Imported::plain(image, FileKind::Npy, false))
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn orders_and_byte_orders_are_followed() {
        let read = |kind, fortran, samples: &[u8]| {
            let bytes = file(&header(kind, fortran, "(2, 3)"), samples);
            decode(&bytes, None).unwrap().image.into_samples()
        };
        assert_eq!(read("|u1", "False", &[1, 2, 3, 4, 5, 6]), [1, 2, 3, 4, 5, 6]);
        assert_eq!(read("|u1", "True", &[1, 2, 3, 4, 5, 6]), [1, 3, 5, 2, 4, 6]);
        let words = [1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 1];
        assert_eq!(read("<u2", "False", &words), [1, 2, 3, 4, 5, 262]);
        assert_eq!(read(">u2", "False", &words), [256, 512, 768, 1024, 1280, 1537]);
    }

    #[test]
    fn other_arrays_are_refused_with_the_way_out() {
        let refused = |kind, shape, phrase: &str| {
            let bytes = file(&header(kind, "False", shape), &[0; 64]);
            let message = decode(&bytes, None).unwrap_err().to_string();
            assert!(message.contains(phrase), "{message}");
        };
        refused("<f4", "(2, 2)", "<f4, not uint8 or uint16; save it with");
        refused("<i2", "(2, 2)", "<i2");
        refused("<u2", "(2, 2, 2)", "3 axes");
        refused("<u2", "(4,)", "1 axes");
        refused("<u2", "(1099511627776, 1099511627776)", "not possible");
        refused("<u2", "(18446744073709551616, 1)", "no whole numbers");
        refused("<u2", "(64, 64)", "ends within the samples");
        refused("<u2", "[2, 2]", "no tuple");
    }
}
