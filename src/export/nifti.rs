//! NIfTI-1 files: one slice, gzipped, in the space of the scanner; knows no dataset.
//!
//! The layout of the header is that of `nifti1.h` (NIH, 2007). Values are the stored ones; slope and
//! intercept lead to physical ones, as readers apply them. Columns are the first axis, so arrays
//! come as `[columns, rows, 1]`, image and mask alike.

use std::io::{self, Write};

use flate2::{Compression, GzBuilder};

use super::dicom::SLICE_THICKNESS_MM;
use crate::image::{Image, Rescale, words};

/// Bytes of the header with the four that say that no extension follows.
const HEADER: usize = 352;

/// Stored values with slope and intercept; uint8 where the image has 8 bits allocated, else uint16.
pub(super) fn image(
    image: &Image,
    rescale: Rescale,
    spacing_mm: f64,
    out: &mut dyn Write,
) -> io::Result<()> {
    let size = [image.rows(), image.columns()];
    if image.format().bits_allocated == 8 {
        let bytes: Vec<u8> = image.samples().iter().map(|&value| value as u8).collect();
        return file(&bytes, Kind::Byte, size, rescale, spacing_mm, out);
    }
    file(&words::to_bytes(image.samples()), Kind::Word, size, rescale, spacing_mm, out)
}

/// Labels of `[rows, columns]` pixels as uint8.
pub(super) fn labels(
    values: &[u8],
    size: [usize; 2],
    spacing_mm: f64,
    out: &mut dyn Write,
) -> io::Result<()> {
    file(values, Kind::Byte, size, Rescale { slope: 1.0, intercept: 0.0 }, spacing_mm, out)
}

/// Kind of a value: code and bits.
#[derive(Clone, Copy)]
enum Kind {
    Byte,
    Word,
}

impl Kind {
    fn code(self) -> [i16; 2] {
        match self {
            Self::Byte => [2, 8],
            Self::Word => [512, 16],
        }
    }
}

fn file(
    values: &[u8],
    kind: Kind,
    size: [usize; 2],
    rescale: Rescale,
    spacing_mm: f64,
    out: &mut dyn Write,
) -> io::Result<()> {
    // No name and no time: the same image gets the same bytes.
    let mut gzip = GzBuilder::new().mtime(0).write(out, Compression::default());
    gzip.write_all(&header(kind, size, rescale, spacing_mm))?;
    gzip.write_all(values)?;
    gzip.finish().map(|_| ())
}

fn header(kind: Kind, [rows, columns]: [usize; 2], rescale: Rescale, spacing_mm: f64) -> Vec<u8> {
    let mut header = vec![0_u8; HEADER];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    let spacing = spacing_mm as f32;
    let [code, bits] = kind.code();
    put(0, &348_i32.to_le_bytes());
    let words =
        |values: &[i16]| -> Vec<u8> { values.iter().flat_map(|v| v.to_le_bytes()).collect() };
    let floats =
        |values: &[f32]| -> Vec<u8> { values.iter().flat_map(|v| v.to_le_bytes()).collect() };
    put(40, &words(&[3, columns as i16, rows as i16, 1, 1, 1, 1, 1]));
    put(70, &words(&[code, bits]));
    // That of the DICOM objects; programs take the axis of the largest spacing for that of slices.
    let thickness = spacing.max(SLICE_THICKNESS_MM as f32);
    // The first is the handedness of the axes.
    put(76, &floats(&[1.0, spacing, spacing, thickness]));
    put(108, &floats(&[HEADER as f32, rescale.slope as f32, rescale.intercept as f32]));
    // Millimetres.
    put(123, &[2]);
    put(148, b"synthetic image of phantom-limit");
    // Columns run to the left of the patient and rows to the back, as in DICOM: half a turn about
    // the third axis, to axes that run right, forward and up. Codes: scanner space.
    put(252, &words(&[1, 1]));
    let offset = |size: usize| (size as f32 - 1.0) / 2.0 * spacing;
    let (x, y) = (offset(columns), offset(rows));
    put(256, &floats(&[0.0, 0.0, 1.0, x, y, 0.0]));
    put(280, &floats(&[-spacing, 0.0, 0.0, x]));
    put(296, &floats(&[0.0, -spacing, 0.0, y]));
    put(312, &floats(&[0.0, 0.0, thickness, 0.0]));
    put(344, b"n+1\0");
    header
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::image::SampleFormat;

    #[test]
    fn a_file_has_the_header_and_the_values() {
        let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
        let of = Image::new(2, 3, format, vec![1, 2, 3, 4, 5, 4095]).unwrap();
        let mut gzipped = Vec::new();
        image(&of, Rescale { slope: 0.5, intercept: -1024.0 }, 0.45, &mut gzipped).unwrap();
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(&*gzipped).read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.len(), HEADER + 12);
        assert_eq!(&bytes[HEADER..][..4], [1, 0, 2, 0]);
        assert_eq!(&bytes[42..48], [3, 0, 2, 0, 1, 0]);
        assert_eq!(bytes[108..116], [0, 0, 0xB0, 0x43, 0, 0, 0, 0x3F]);
        assert_eq!(&bytes[344..348], b"n+1\0");
        let mut again = Vec::new();
        image(&of, Rescale { slope: 0.5, intercept: -1024.0 }, 0.45, &mut again).unwrap();
        assert_eq!(gzipped, again);
    }
}
