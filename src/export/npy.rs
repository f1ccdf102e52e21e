//! NPY files: one NumPy array each (NEP 1, version 1.0).

use std::io::{self, Write};

use crate::image::Image;

/// A kind of value that our arrays hold.
pub trait Element: Copy {
    /// NumPy's name of the type, little-endian.
    const DESCR: &str;

    /// Its bytes, little-endian.
    fn bytes(self) -> impl AsRef<[u8]>;
}

macro_rules! element {
    ($($kind:ty: $descr:literal),* $(,)?) => {$(
        impl Element for $kind {
            const DESCR: &str = $descr;

            fn bytes(self) -> impl AsRef<[u8]> {
                self.to_le_bytes()
            }
        }
    )*};
}

element! { u8: "|u1", u16: "<u2", u32: "<u4", u64: "<u8", i32: "<i4", f32: "<f4", f64: "<f8" }

/// Stored values, `[rows, columns]`; uint8 where the image has 8 bits allocated, else uint16.
pub(super) fn image(image: &Image, out: &mut dyn Write) -> io::Result<()> {
    let shape = [image.rows(), image.columns()];
    if image.format().bits_allocated == 8 {
        array(image.samples().iter().map(|&value| value as u8), &shape, out)
    } else {
        array(image.samples().iter().copied(), &shape, out)
    }
}

/// An array of `shape` in row-major order.
///
/// # Errors
/// If writing fails.
///
/// # Panics
/// If there are not as many values as `shape` says.
pub fn array<T: Element>(
    values: impl Iterator<Item = T>,
    shape: &[usize],
    out: &mut dyn Write,
) -> io::Result<()> {
    let sides: Vec<String> = shape.iter().map(|side| format!("{side}, ")).collect();
    let sides = sides.concat();
    // A tuple of one keeps its comma.
    let sides = if shape.len() == 1 { sides.trim_end() } else { sides.trim_end_matches(", ") };
    let mut header =
        format!("{{'descr': '{}', 'fortran_order': False, 'shape': ({sides}), }}", T::DESCR);
    // Magic, version and length are ten bytes; the values begin at a multiple of 64.
    let padded = (10 + header.len() + 1).next_multiple_of(64) - 10;
    header.extend(std::iter::repeat_n(' ', padded - 1 - header.len()));
    header.push('\n');
    let length = u16::try_from(header.len()).expect("a header of a few sides");
    out.write_all(b"\x93NUMPY\x01\x00")?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    let mut bytes = Vec::with_capacity(shape.iter().product::<usize>() * size_of::<T>());
    for value in values {
        bytes.extend_from_slice(value.bytes().as_ref());
    }
    assert_eq!(bytes.len(), shape.iter().product::<usize>() * size_of::<T>());
    out.write_all(&bytes)
}

#[cfg(test)]
mod tests {
    use super::array;

    #[test]
    fn headers_are_numpys() {
        // numpy.save of numpy.array([258, 3], "<u2") and of numpy.zeros((1, 0, 2), "<f8"), numpy 2.4.
        let mut bytes = Vec::new();
        array([258u16, 3].into_iter(), &[2], &mut bytes).unwrap();
        let mut known = b"\x93NUMPY\x01\x00\x76\x00\
            {'descr': '<u2', 'fortran_order': False, 'shape': (2,), }"
            .to_vec();
        known.resize(127, b' ');
        known.extend(b"\n\x02\x01\x03\x00");
        assert_eq!(bytes, known);
        bytes.clear();
        array(std::iter::empty::<f64>(), &[1, 0, 2], &mut bytes).unwrap();
        let said = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1, 0, 2), }";
        assert_eq!(&bytes[10..10 + said.len()], said);
        assert_eq!(bytes.len(), 128);
    }
}
