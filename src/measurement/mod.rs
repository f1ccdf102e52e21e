//! Owns the measurement of one image at one level: rate in every base, fidelity, artefacts, and
//! the doubts about them; knows no files but the hash of a codestream.

mod doubt;

use serde::{Deserialize, Serialize};

pub use doubt::{Doubt, doubts_of_image, doubts_of_window, header_doubt};

use crate::codec::{Encoded, Target};
use crate::files;
use crate::image::{Image, SampleFormat};
use crate::metric::{self, ArtefactReference, MetricError, SsimWindow};
use crate::record::Achieved;
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
    /// No number: every sample restored.
    Lossless,
}

impl From<Target> for LevelTarget {
    fn from(target: Target) -> Self {
        use TargetKind::{Bpp, Psnr, Quality, Ratio, Ssim};
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
    /// MS-SSIM; null for images with a side below 161 pixels.
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
    artefacts: ArtefactReference<'a>,
}

impl<'a> Reference<'a> {
    /// `given` is what the codec is given at the first step; `original` holds the bits of the
    /// image before any display window.
    #[must_use]
    pub fn new(given: &'a Image, original: SampleFormat) -> Self {
        Self { given, original, artefacts: ArtefactReference::new(given) }
    }

    /// Measures a codestream and an image made from it: decoded, or changed after that.
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
        let psnr = metric::psnr_db(self.given, rendition)?;
        let artefacts = self.artefacts.artefacts(rendition)?;
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
            ssim: defined(metric::ssim(self.given, rendition, SsimWindow::Gaussian))?,
            ms_ssim: defined(metric::ms_ssim(self.given, rendition))?,
            max_error: metric::max_error(self.given, rendition)?,
            blocking: artefacts.blocking,
            ringing: artefacts.ringing,
            blur: artefacts.blur,
            sha256: files::sha256(&codestream.bytes),
            ripple: artefacts.ripple,
            ssim_uniform: defined(metric::ssim(self.given, rendition, SsimWindow::Uniform))?,
            reached: codestream.reached,
            dropped_bits: codestream.dropped_bits,
        })
    }
}

/// None where the image is smaller than the window.
fn defined(value: Result<f64, MetricError>) -> Result<Option<f64>, MetricError> {
    match value {
        Err(MetricError::Window { .. }) => Ok(None),
        value => value.map(Some),
    }
}
