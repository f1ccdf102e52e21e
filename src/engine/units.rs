//! Owns the units that cross module borders; knows no pixels, files or codecs.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A length in the plane of the image.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millimetres(pub f64);

/// Unit of a physical value: of a window, of a contrast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    /// CT number: 1000 (μ − μ_water)/μ_water.
    #[serde(rename = "HU")]
    HounsfieldUnits,
    /// Arbitrary units, as MR signals and processed projections have them.
    #[serde(rename = "au")]
    Arbitrary,
    /// Registered counts per pixel.
    #[serde(rename = "counts")]
    Counts,
    /// Level, 10 log10 of a power ratio.
    #[serde(rename = "dB")]
    Decibels,
    /// Percent of what lies there without the target.
    #[serde(rename = "%")]
    Percent,
}

impl Unit {
    /// The symbol after a number.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::HounsfieldUnits => "HU",
            Self::Arbitrary => "au",
            Self::Counts => "counts",
            Self::Decibels => "dB",
            Self::Percent => "%",
        }
    }
}

/// Compressed bits per pixel of the image matrix, headers included unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BitsPerPixel(pub f64);

/// A level of power on a logarithmic scale, such as a peak signal-to-noise ratio.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Decibels(pub f64);

/// Which uncompressed bits a compression ratio counts.
///
/// 12-bit data stored in 16-bit words differ by 4/3 between the first two, and a ratio without
/// its base means nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RatioBase {
    /// Bits stored of the original image (DICOM (0028,0101)).
    Stored,
    /// Bits allocated of the original image (DICOM (0028,0100)).
    Allocated,
    /// Bits stored of the image that the codec was given (8 after a display window).
    Input,
}

impl fmt::Display for RatioBase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Stored => "stored",
            Self::Allocated => "allocated",
            Self::Input => "input",
        })
    }
}

/// A compression ratio N:1 together with the bits it counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CompressionRatio {
    /// N in N:1, above 0; 1 means no compression.
    pub value: f64,
    /// The uncompressed bits that N refers to.
    pub base: RatioBase,
}

impl CompressionRatio {
    /// A ratio on the stored bits of the original.
    pub fn stored(value: f64) -> Self {
        Self { value, base: RatioBase::Stored }
    }
}

impl fmt::Display for CompressionRatio {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:1 on {} bits", self.value, self.base)
    }
}
