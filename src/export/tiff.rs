//! TIFF files: grey, uncompressed, 8 or 16 bits, stored values as they are.

use std::io::{self, Cursor, Write};

use tiff::encoder::colortype::{ColorType, Gray8, Gray16};
use tiff::encoder::{Rational, TiffEncoder, TiffValue};
use tiff::tags::ResolutionUnit;

use crate::image::Image;

/// Pixels in a centimetre are given as a fraction of this denominator.
const RESOLUTION_STEPS: u32 = 10_000;

/// Stored values, not scaled: 8 bits where the image has 8 bits allocated, else 16. The pixel
/// spacing is in the resolution tags.
pub(super) fn image(image: &Image, spacing_mm: f64, out: &mut dyn Write) -> io::Result<()> {
    let size = [image.rows(), image.columns()];
    if image.format().bits_allocated == 8 {
        let values: Vec<u8> = image.samples().iter().map(|&value| value as u8).collect();
        return eight_bits(&values, size, spacing_mm, out);
    }
    let bytes = encode::<Gray16>(image.samples(), size, spacing_mm);
    out.write_all(&bytes.map_err(io::Error::other)?)
}

/// 8-bit grey, `[rows, columns]`.
pub(super) fn eight_bits(
    values: &[u8],
    size: [usize; 2],
    spacing_mm: f64,
    out: &mut dyn Write,
) -> io::Result<()> {
    out.write_all(&encode::<Gray8>(values, size, spacing_mm).map_err(io::Error::other)?)
}

fn encode<C: ColorType>(
    values: &[C::Inner],
    [rows, columns]: [usize; 2],
    spacing_mm: f64,
) -> tiff::TiffResult<Vec<u8>>
where
    [C::Inner]: TiffValue,
{
    let mut file = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut file)?;
    let mut picture = encoder.new_image::<C>(columns as u32, rows as u32)?;
    let per_centimetre = (10.0 / spacing_mm * f64::from(RESOLUTION_STEPS)).round() as u32;
    let resolution = Rational { n: per_centimetre, d: RESOLUTION_STEPS };
    picture.resolution(ResolutionUnit::Centimeter, resolution);
    picture.write_data(values)?;
    Ok(file.into_inner())
}
