//! Owns the bytes of single images: NPY and PNG.

use std::io::{self, Write};

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use npyz::WriterBuilder;

use crate::image::Image;

/// NumPy array, uint16, `[rows, columns]`.
pub(super) fn npy(picture: &Image, out: &mut dyn Write) -> io::Result<()> {
    let shape = [picture.rows() as u64, picture.columns() as u64];
    let mut writer =
        npyz::WriteOptions::new().default_dtype().shape(&shape).writer(out).begin_nd()?;
    writer.extend(picture.samples().iter().copied())?;
    writer.finish()
}

/// 16-bit grey PNG of the stored values, not scaled.
pub(super) fn png16(picture: &Image, out: &mut dyn Write) -> io::Result<()> {
    let bytes: Vec<u8> = picture.samples().iter().flat_map(|value| value.to_ne_bytes()).collect();
    png(&bytes, picture.rows(), picture.columns(), ExtendedColorType::L16, out)
}

/// 8-bit grey PNG.
pub(super) fn png8(
    values: &[u8],
    rows: usize,
    columns: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    png(values, rows, columns, ExtendedColorType::L8, out)
}

fn png(
    bytes: &[u8],
    rows: usize,
    columns: usize,
    color: ExtendedColorType,
    out: &mut dyn Write,
) -> io::Result<()> {
    PngEncoder::new_with_quality(out, CompressionType::Fast, FilterType::Adaptive)
        .write_image(bytes, columns as u32, rows as u32, color)
        .map_err(io::Error::other)
}
