//! PNG files: grey, 8 or 16 bits, stored values as they are.

use std::io::{self, Write};

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

use crate::image::Image;

/// Stored values, not scaled: 8-bit grey where the image has 8 bits allocated, else 16-bit.
pub(super) fn image(image: &Image, out: &mut dyn Write) -> io::Result<()> {
    samples(image.samples(), image.format().bits_allocated, [image.rows(), image.columns()], out)
}

/// The same for the samples of a part of an image.
pub(super) fn samples(
    samples: &[u16],
    bits_allocated: u8,
    size: [usize; 2],
    out: &mut dyn Write,
) -> io::Result<()> {
    if bits_allocated == 8 {
        let bytes: Vec<u8> = samples.iter().map(|&value| value as u8).collect();
        return eight_bits(&bytes, size, out);
    }
    let bytes: Vec<u8> = samples.iter().flat_map(|value| value.to_ne_bytes()).collect();
    encode(&bytes, size, ExtendedColorType::L16, out)
}

/// 8-bit grey.
pub(super) fn eight_bits(values: &[u8], size: [usize; 2], out: &mut dyn Write) -> io::Result<()> {
    encode(values, size, ExtendedColorType::L8, out)
}

fn encode(
    bytes: &[u8],
    [rows, columns]: [usize; 2],
    color: ExtendedColorType,
    out: &mut dyn Write,
) -> io::Result<()> {
    PngEncoder::new_with_quality(out, CompressionType::Fast, FilterType::Adaptive)
        .write_image(bytes, columns as u32, rows as u32, color)
        .map_err(io::Error::other)
}
