//! Compresses an array of one's own with JPEG 2000 at three ratios and measures what is lost.
//!
//! `cargo run --example compress_an_array`

use std::error::Error;

use phantom_limit::codec::{CodecName, Target, codec};
use phantom_limit::image::{Image, SampleFormat};
use phantom_limit::metric::{SsimWindow, psnr_db, ssim};
use phantom_limit::units::CompressionRatio;

#[cfg_attr(test, expect(dead_code, reason = "tests look at what is measured"))]
fn main() -> Result<(), Box<dyn Error>> {
    for Measured { ratio, psnr_db, ssim } in measure()? {
        println!("{ratio:5.2}:1 on stored bits  PSNR {psnr_db:5.2} dB  SSIM {ssim:.4}");
    }
    Ok(())
}

/// What one level does.
pub(crate) struct Measured {
    /// Achieved, on the 12 stored bits, headers counted.
    pub(crate) ratio: f64,
    pub(crate) psnr_db: f64,
    pub(crate) ssim: f64,
}

/// Levels of 5:1, 10:1 and 20:1.
pub(crate) fn measure() -> Result<Vec<Measured>, Box<dyn Error>> {
    // A disk on a slope, 12 bits in 16, with a texture that is awkward to code.
    let (rows, columns) = (256, 256);
    let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
    let sample = |at: usize| {
        let (row, column) = (at / columns, at % columns);
        let inside = row.abs_diff(128).pow(2) + column.abs_diff(128).pow(2) < 40 * 40;
        let texture = (row * 7919 + column * 104_729) % 97;
        (8 * column + texture + if inside { 900 } else { 0 }) as u16
    };
    let image = Image::new(rows, columns, format, (0..rows * columns).map(sample).collect())?;

    // All levels in one call: the codec shares the work between them.
    let jpeg2000 = codec(CodecName::Jpeg2000);
    let targets = [5.0, 10.0, 20.0].map(|n| Target::Ratio(CompressionRatio::stored(n)));
    let mut found = Vec::new();
    for encoded in jpeg2000.encode_ladder(&image, format, &targets)? {
        let decoded = jpeg2000.decode(&encoded.bytes, format)?;
        let bits = f64::from(format.bits_stored) * image.pixels() as f64;
        found.push(Measured {
            ratio: bits / (8.0 * encoded.bytes.len() as f64),
            psnr_db: psnr_db(&image, &decoded)?,
            ssim: ssim(&image, &decoded, SsimWindow::Gaussian)?,
        });
    }
    Ok(found)
}
