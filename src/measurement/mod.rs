//! Owns the measurement of one image at one level: rate in every base, fidelity, artefacts, and
//! the doubts about them; knows no files but the hash of a codestream.

mod doubt;
mod padding;

use serde::{Deserialize, Serialize};

pub use doubt::{Doubt, doubts_of_display, doubts_of_file, doubts_of_image, header_doubt};
pub use padding::Padding;

use crate::codec::{Achieved, Encoded, Target};
use crate::files;
use crate::image::{Image, SampleFormat};
use crate::metric::{self, ArtefactReference, MetricError, SsimWindow};
use crate::units::{BitsPerPixel, CompressionRatio, Decibels, RatioBase};

/// The target that a level was to reach, as three columns.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LevelTarget {
    /// The number asked for; null for lossless.
    pub target: Option<f64>,
    /// The bits that a ratio counts; null for other targets.
    pub target_base: Option<RatioBase>,
    /// What the number is.
    pub target_kind: TargetKind,
}

/// What the number of a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TargetKind {
    /// N in N:1.
    Ratio,
    /// Bits per pixel.
    Bpp,
    /// Quality of the JPEG family.
    Quality,
    /// PSNR in dB.
    Psnr,
    /// SSIM, Gaussian window.
    Ssim,
    /// Largest error of a sample, in stored values.
    #[serde(rename = "max-error")]
    MaxError,
    /// No number: every sample restored.
    Lossless,
}

impl From<Target> for LevelTarget {
    fn from(target: Target) -> Self {
        use TargetKind::{Bpp, MaxError, Psnr, Quality, Ratio, Ssim};
        let number =
            |kind, value| Self { target: Some(value), target_base: None, target_kind: kind };
        match target {
            Target::Ratio(CompressionRatio { value, base }) => {
                Self { target_base: Some(base), ..number(Ratio, value) }
            }
            Target::BitsPerPixel(BitsPerPixel(bits)) => number(Bpp, bits),
            Target::Quality(quality) => number(Quality, quality),
            Target::Psnr(Decibels(psnr)) => number(Psnr, psnr),
            Target::Ssim(ssim) => number(Ssim, ssim),
            Target::MaxError(error) => number(MaxError, error),
            Target::Lossless => {
                Self { target: None, target_base: None, target_kind: TargetKind::Lossless }
            }
        }
    }
}

/// Numbers of one codestream and the image restored from it.
///
/// Fidelity and artefacts compare with what the codec was given at the first step: on the
/// windowed path with the 8 windowed bits, peak 255.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// The target.
    #[serde(flatten)]
    pub asked: LevelTarget,
    /// Quality of the JPEG family that was taken.
    pub quality: Option<f64>,
    /// Bytes of the codestream.
    pub bytes: usize,
    /// Those that hold no coded samples.
    pub header_bytes: usize,
    /// Compressed bits per pixel, headers included, as in all ratios.
    pub bpp: f64,
    /// Bits stored of the original over compressed bits.
    pub ratio_stored: f64,
    /// Bits allocated of the original over compressed bits.
    pub ratio_allocated: f64,
    /// Bits stored of what the codec was given over compressed bits.
    pub ratio_input: f64,
    /// PSNR in dB; null where the images are equal.
    pub psnr_db: Option<f64>,
    /// SSIM, Gaussian window 11×11; null for images below 11×11 pixels.
    pub ssim: Option<f64>,
    /// MS-SSIM; null for images with a side below 161 pixels, or with padding.
    pub ms_ssim: Option<f64>,
    /// Largest difference, in stored units.
    pub max_error: u16,
    /// [`Artefacts::blocking`](metric::Artefacts::blocking).
    pub blocking: f64,
    /// [`Artefacts::ringing`](metric::Artefacts::ringing).
    pub ringing: f64,
    /// [`Artefacts::blur`](metric::Artefacts::blur).
    pub blur: f64,
    /// SHA-256 of the codestream.
    pub sha256: String,
    /// [`Artefacts::ripple`](metric::Artefacts::ripple).
    pub ripple: f64,
    /// SSIM, uniform window 7×7: scikit-image's default; null for images below 7×7 pixels.
    pub ssim_uniform: Option<f64>,
    /// False where the codec cannot reach the target and this is the nearest result.
    pub reached: bool,
    /// Low bits of each sample that were dropped before coding.
    pub dropped_bits: u8,
}

/// What levels of one image are compared with.
#[derive(Debug)]
pub struct Reference<'a> {
    given: &'a Image,
    original: SampleFormat,
    padding: Option<&'a Padding>,
    artefacts: ArtefactReference<'a>,
    /// `given` with padding continued from beside it.
    filled: &'a Image,
}

impl<'a> Reference<'a> {
    /// `given` is what the codec is given at the first step; `original` holds the bits of the
    /// image before any display window.
    #[must_use]
    pub fn new(given: &'a Image, original: SampleFormat) -> Self {
        let artefacts = ArtefactReference::new(given);
        Self { given, original, padding: None, artefacts, filled: given }
    }

    /// The same for an image with padding, which is left out of fidelity and artefacts as
    /// [`measure`](Self::measure) says; `filled` is [`Padding::filled`] of `given`.
    #[must_use]
    pub fn without_padding(
        given: &'a Image,
        original: SampleFormat,
        padding: &'a Padding,
        filled: &'a Image,
    ) -> Self {
        let artefacts = ArtefactReference::new(filled);
        Self { given, original, padding: Some(padding), artefacts, filled }
    }

    /// Measures a codestream and an image made from it: decoded, or changed after that.
    ///
    /// With padding, PSNR and the largest error are those of the other pixels; SSIM is the mean
    /// over windows that hold another pixel, in which padding is alike; artefacts are those of
    /// images in which it is continued from beside it; there is no MS-SSIM. The rate counts all
    /// pixels.
    ///
    /// # Errors
    /// If the image differs in size or format from what the codec was given.
    pub fn measure(
        &self,
        codestream: &Encoded,
        rendition: &Image,
    ) -> Result<Measurement, MetricError> {
        let rate = Achieved {
            bytes: codestream.bytes.len() as u64,
            pixels: self.given.pixels() as u64,
            original: self.original,
            input: self.given.format(),
        };
        let Fidelity { mse, max_error, ssim, ms_ssim, ssim_uniform } = self.fidelity(rendition)?;
        let psnr = metric::psnr_of_mse(mse, self.given.format());
        let artefacts = match self.padding {
            Some(padding) => self.artefacts.artefacts(&padding.filled(rendition))?,
            None => self.artefacts.artefacts(rendition)?,
        };
        Ok(Measurement {
            asked: codestream.target.into(),
            quality: codestream.quality,
            bytes: codestream.bytes.len(),
            header_bytes: codestream.header_bytes,
            bpp: rate.bpp(),
            ratio_stored: rate.ratio_stored(),
            ratio_allocated: rate.ratio_allocated(),
            ratio_input: rate.ratio_input(),
            psnr_db: psnr.is_finite().then_some(psnr),
            ssim,
            ms_ssim,
            max_error,
            blocking: artefacts.blocking,
            ringing: artefacts.ringing,
            blur: artefacts.blur,
            sha256: files::sha256(&codestream.bytes),
            ripple: artefacts.ripple,
            ssim_uniform,
            reached: codestream.reached,
            dropped_bits: codestream.dropped_bits,
        })
    }

    fn fidelity(&self, rendition: &Image) -> Result<Fidelity, MetricError> {
        let Some(padding) = self.padding else {
            let ssim = |window| defined(metric::ssim(self.given, rendition, window));
            return Ok(Fidelity {
                mse: metric::mse(self.given, rendition)?,
                max_error: metric::max_error(self.given, rendition)?,
                ssim: ssim(SsimWindow::Gaussian)?,
                ms_ssim: defined(metric::ms_ssim(self.given, rendition))?,
                ssim_uniform: ssim(SsimWindow::Uniform)?,
            });
        };
        // Padding alike in both: it adds no error, and windows of it alone have similarity 1.
        let alike = padding.filled_from(rendition, self.filled);
        let pixels = self.given.pixels();
        let mse =
            metric::mse(self.filled, &alike)? * pixels as f64 / (pixels - padding.pixels()) as f64;
        let ssim = |window: SsimWindow| -> Result<Option<f64>, MetricError> {
            let side = window.side();
            let all = (self.given.rows() + 1).saturating_sub(side)
                * (self.given.columns() + 1).saturating_sub(side);
            let inside = padding.windows_inside(side);
            let mean = defined(metric::ssim(self.filled, &alike, window))?;
            let counted = mean.filter(|_| inside < all);
            Ok(counted.map(|mean| (mean * all as f64 - inside as f64) / (all - inside) as f64))
        };
        Ok(Fidelity {
            mse,
            max_error: metric::max_error(self.filled, &alike)?,
            ssim: ssim(SsimWindow::Gaussian)?,
            ms_ssim: None,
            ssim_uniform: ssim(SsimWindow::Uniform)?,
        })
    }
}

/// How near a rendition is to what the codec was given.
struct Fidelity {
    mse: f64,
    max_error: u16,
    ssim: Option<f64>,
    ms_ssim: Option<f64>,
    ssim_uniform: Option<f64>,
}

/// None where the image is smaller than the window.
fn defined(value: Result<f64, MetricError>) -> Result<Option<f64>, MetricError> {
    match value {
        Err(MetricError::Window { .. }) => Ok(None),
        value => value.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWELVE: SampleFormat = SampleFormat { bits_stored: 12, bits_allocated: 16 };

    fn image(value: impl Fn(usize, usize) -> u16) -> Image {
        let samples = (0..24 * 32).map(|at| value(at / 32, at % 32)).collect();
        Image::new(24, 32, TWELVE, samples).expect("valid image")
    }

    /// What is measured does not depend on the codestream.
    fn codestream() -> Encoded {
        let bytes = vec![0; 100];
        let target = Target::Lossless;
        Encoded { target, bytes, reached: true, quality: None, dropped_bits: 0, header_bytes: 0 }
    }

    #[test]
    fn padding_adds_nothing_to_fidelity() {
        // The left half is padding; the right one is off by 2 everywhere, the left one by 500.
        let structure = |row: usize, column: usize| (1000 + 37 * (row * column % 23)) as u16;
        let given = image(|r, c| if c < 16 { 0 } else { structure(r, c) });
        let decoded = image(|r, c| if c < 16 { 500 } else { structure(r, c) + 2 });
        let padding = Padding::find(&given, &(0..=0)).expect("there is some");
        let filled = padding.filled(&given);
        let reference = Reference::without_padding(&given, TWELVE, &padding, &filled);
        let measured = reference.measure(&codestream(), &decoded).expect("same format");
        assert_eq!((measured.max_error, measured.ms_ssim), (2, None));
        // 10 log10(4095²/4).
        let psnr = measured.psnr_db.expect("they differ");
        assert!((psnr - 66.224).abs() < 1e-3, "{psnr}");
        let whole = Reference::new(&given, TWELVE).measure(&codestream(), &decoded);
        assert_eq!(whole.expect("same format").max_error, 500);
        // All rate is counted.
        assert_eq!(measured.bpp, 800.0 / 768.0);
    }

    #[test]
    fn similarity_is_the_mean_over_windows_that_are_not_all_padding() {
        let structure = |row: usize, column: usize| (1000 + 37 * (row * column % 23)) as u16;
        let given = image(|r, c| if c < 16 { 0 } else { structure(r, c) });
        let decoded = image(|r, c| if c < 16 { 0 } else { structure(c, r) + 900 });
        let padding = Padding::find(&given, &(0..=0)).expect("there is some");
        let filled = padding.filled(&given);
        let reference = Reference::without_padding(&given, TWELVE, &padding, &filled);
        let measured = reference.measure(&codestream(), &decoded).expect("same format");
        // Columns 10 to 31 hold every window of 7 columns with a column from 16 on.
        let part = |of: &Image| {
            let rows = (0..24).flat_map(|row| (10..32).map(move |column| (row, column)));
            let samples = rows.map(|(row, column)| of.at(row, column)).collect();
            Image::new(24, 22, TWELVE, samples).expect("valid image")
        };
        let alike = padding.filled_from(&decoded, &filled);
        let expected = metric::ssim(&part(&filled), &part(&alike), SsimWindow::Uniform);
        let expected = expected.expect("large enough");
        let found = measured.ssim_uniform.expect("large enough");
        assert!((found - expected).abs() < 1e-12 && found < 0.99, "{found} {expected}");
    }
}
