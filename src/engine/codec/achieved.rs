use serde::{Deserialize, Serialize};

use crate::image::SampleFormat;

/// The compression that one image reached, headers included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Achieved {
    /// Bytes of the codestream.
    pub bytes: u64,
    /// Pixels of the image.
    pub pixels: u64,
    /// Bits of the original image, before any window.
    pub original: SampleFormat,
    /// Bits of the image that the codec was given.
    pub input: SampleFormat,
}

impl Achieved {
    /// Compressed bits per pixel.
    #[must_use]
    pub fn bpp(&self) -> f64 {
        8.0 * self.bytes as f64 / self.pixels as f64
    }

    /// Bits stored of the original over compressed bits.
    #[must_use]
    pub fn ratio_stored(&self) -> f64 {
        f64::from(self.original.bits_stored) / self.bpp()
    }

    /// Bits allocated of the original over compressed bits.
    #[must_use]
    pub fn ratio_allocated(&self) -> f64 {
        f64::from(self.original.bits_allocated) / self.bpp()
    }

    /// Bits stored of the codec's input over compressed bits.
    #[must_use]
    pub fn ratio_input(&self) -> f64 {
        f64::from(self.input.bits_stored) / self.bpp()
    }

    /// The same over several images of one format: Σ bits / Σ bytes.
    pub fn add(&mut self, other: &Self) {
        self.bytes += other.bytes;
        self.pixels += other.pixels;
    }
}
