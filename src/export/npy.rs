//! NPY files: one NumPy array each.

use std::io::{self, Write};

use npyz::{AutoSerialize, WriterBuilder};

use crate::image::Image;

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
pub(super) fn array<T: AutoSerialize>(
    values: impl Iterator<Item = T>,
    shape: &[usize],
    out: &mut dyn Write,
) -> io::Result<()> {
    let shape: Vec<u64> = shape.iter().map(|&side| side as u64).collect();
    let options = npyz::WriteOptions::new().default_dtype().shape(&shape);
    let mut writer = options.writer(out).begin_nd()?;
    writer.extend(values)?;
    writer.finish()
}
