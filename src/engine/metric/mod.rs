//! Owns numbers that compare two images sample by sample or window by window, and outlines with what
//! was drawn; knows no codec and no network.
//!
//! The peak of a format is 2^bits_stored − 1 at every bit depth.
#![expect(clippy::disallowed_methods, reason = "makes no pixels of a phantom")]

mod artefact;
mod blocking;
mod edge;
pub mod outline;
mod ripple;
mod ssim;

use thiserror::Error;

use crate::image::{Image, SampleFormat};

pub use artefact::{ArtefactReference, Artefacts};
pub use blocking::{block_grid, blocking};
pub use ssim::{MS_SSIM_SIDE, SsimWindow, ms_ssim, ssim};

/// Why two images could not be compared.
#[derive(Debug, Error, PartialEq)]
pub enum MetricError {
    /// The images differ in size.
    #[error(
        "{}×{} pixels cannot be compared with {}×{}",
        .first[0], .first[1], .second[0], .second[1]
    )]
    Size {
        /// Rows and columns of the first image.
        first: [usize; 2],
        /// Rows and columns of the second image.
        second: [usize; 2],
    },
    /// The images differ in the bits of a sample.
    #[error(
        "samples of {} bits in {} cannot be compared with {} bits in {}",
        .first.bits_stored, .first.bits_allocated, .second.bits_stored, .second.bits_allocated
    )]
    Format {
        /// Bits of the first image.
        first: SampleFormat,
        /// Bits of the second image.
        second: SampleFormat,
    },
    /// The images are smaller than the window.
    #[error("{rows}×{columns} pixels do not hold a window of {side}×{side}")]
    Window {
        /// Rows of the images.
        rows: usize,
        /// Columns of the images.
        columns: usize,
        /// Pixels on a side of the window.
        side: usize,
    },
}

/// Mean of the squared differences, in squared stored units.
///
/// # Errors
/// If the images differ in size or format.
pub fn mse(first: &Image, second: &Image) -> Result<f64, MetricError> {
    comparable(first, second)?;
    // Whole numbers: exact up to 2^32 samples of 16 bits.
    let sum: u64 = differences(first, second).map(|difference| difference.pow(2)).sum();
    Ok(sum as f64 / first.pixels() as f64)
}

/// Peak signal-to-noise ratio 10 log10(peak²/[`mse`]) in dB; infinite for equal images.
///
/// # Errors
/// If the images differ in size or format.
///
/// ```
/// use phantom_limit_engine::image::{Image, WINDOWED};
/// let grey = |value| Image::new(2, 2, WINDOWED, vec![value; 4]).expect("valid image");
/// // 10 log10(255²/1) = 48.13 dB.
/// let psnr = phantom_limit_engine::metric::psnr_db(&grey(7), &grey(8)).expect("same format");
/// assert!((psnr - 48.1308).abs() < 1e-4);
/// ```
pub fn psnr_db(first: &Image, second: &Image) -> Result<f64, MetricError> {
    Ok(psnr_of_mse(mse(first, second)?, first.format()))
}

/// The same from a mean squared error, for instance one over several images.
#[must_use]
pub fn psnr_of_mse(mse: f64, format: SampleFormat) -> f64 {
    10.0 * (f64::from(format.peak()).powi(2) / mse).log10()
}

/// The largest absolute difference, in stored units.
///
/// # Errors
/// If the images differ in size or format.
pub fn max_error(first: &Image, second: &Image) -> Result<u16, MetricError> {
    comparable(first, second)?;
    Ok(differences(first, second).max().unwrap_or(0) as u16)
}

fn differences(first: &Image, second: &Image) -> impl Iterator<Item = u64> {
    first.samples().iter().zip(second.samples()).map(|(&a, &b)| u64::from(a.abs_diff(b)))
}

fn comparable(first: &Image, second: &Image) -> Result<(), MetricError> {
    let size = |image: &Image| [image.rows(), image.columns()];
    if size(first) != size(second) {
        return Err(MetricError::Size { first: size(first), second: size(second) });
    }
    if first.format() != second.format() {
        return Err(MetricError::Format { first: first.format(), second: second.format() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::WINDOWED;

    const TWELVE: SampleFormat = SampleFormat { bits_stored: 12, bits_allocated: 16 };

    fn row(format: SampleFormat, samples: &[u16]) -> Image {
        Image::new(1, samples.len(), format, samples.to_vec()).expect("valid image")
    }

    #[test]
    fn differences_are_counted_in_stored_units() {
        let (a, b) = (row(TWELVE, &[0, 10, 4095, 7]), row(TWELVE, &[2, 10, 4094, 2]));
        // (4 + 0 + 1 + 25)/4.
        assert_eq!(mse(&a, &b), Ok(7.5));
        assert_eq!(max_error(&a, &b), Ok(5));
        // 10 log10(4095²/7.5) = 63.4944 dB.
        let psnr = psnr_db(&a, &b).expect("same format");
        assert!((psnr - 63.4944).abs() < 1e-4, "{psnr}");
    }

    #[test]
    fn equal_images_have_infinite_psnr() {
        let image = row(WINDOWED, &[1, 2, 3]);
        assert_eq!(psnr_db(&image, &image), Ok(f64::INFINITY));
        assert_eq!(max_error(&image, &image), Ok(0));
    }

    #[test]
    fn images_of_another_kind_are_refused() {
        let image = row(WINDOWED, &[1, 2, 3]);
        let refused = MetricError::Size { first: [1, 3], second: [1, 2] };
        assert_eq!(mse(&image, &row(WINDOWED, &[1, 2])), Err(refused));
        let refused = MetricError::Format { first: WINDOWED, second: TWELVE };
        assert_eq!(max_error(&image, &row(TWELVE, &[1, 2, 3])), Err(refused));
    }
}
