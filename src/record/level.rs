//! Defines what the number of a study's level is: ratio, quality, PSNR, bits per pixel or largest error; which of
//! two is harsher, and how they are written. Knows no codec's settings.

use serde::{Deserialize, Serialize};

use crate::codec::Target;
use crate::units::{BitsPerPixel, CompressionRatio, Decibels};

/// What the numbers of a study's levels are. A study has one base: levels of two have no order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LevelBase {
    /// Compression ratios N:1 on stored bits.
    #[default]
    Ratio,
    /// Qualities of the JPEG family.
    Quality,
    /// Least peak signal-to-noise ratios in dB, against what the codec is given.
    Psnr,
    /// Compressed bits per pixel.
    Bpp,
    /// Largest errors of a sample in stored values, against what the codec is given.
    #[serde(rename = "max-error")]
    MaxError,
}

impl LevelBase {
    /// All, in the order of the command line.
    pub const ALL: [Self; 5] = [Self::Ratio, Self::Quality, Self::Psnr, Self::Bpp, Self::MaxError];

    /// The name used in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ratio => "ratio",
            Self::Quality => "quality",
            Self::Psnr => "psnr",
            Self::Bpp => "bpp",
            Self::MaxError => "max-error",
        }
    }

    /// A level in words.
    ///
    /// ```
    /// use phantom_limit::record::LevelBase;
    /// let said = LevelBase::ALL.map(|base| base.label(30.5));
    /// assert_eq!(said[..4], ["30.5:1", "quality 30.5", "PSNR 30.5 dB", "30.5 bpp"]);
    /// assert_eq!(LevelBase::MaxError.label(5.0), "error 5");
    /// ```
    #[must_use]
    pub fn label(self, value: f64) -> String {
        match self {
            Self::Ratio => format!("{value}:1"),
            Self::Quality => format!("quality {value}"),
            Self::Psnr => format!("PSNR {value} dB"),
            Self::Bpp => format!("{value} bpp"),
            Self::MaxError => format!("error {value}"),
        }
    }

    /// What a level is, as the name of an axis.
    #[must_use]
    pub fn axis(self) -> &'static str {
        match self {
            Self::Ratio => "target ratio on stored bits",
            Self::Quality => "quality",
            Self::Psnr => "target PSNR in dB",
            Self::Bpp => "target bits per pixel",
            Self::MaxError => "largest error in stored values",
        }
    }

    /// A level in the names of files: `10`, `q30`, `40dB`, `0.8bpp`, `e5`.
    pub(super) fn file_label(self, value: f64) -> String {
        match self {
            Self::Ratio => format!("{value}"),
            Self::Quality => format!("q{value}"),
            Self::Psnr => format!("{value}dB"),
            Self::Bpp => format!("{value}bpp"),
            Self::MaxError => format!("e{value}"),
        }
    }

    /// Rises from the mildest to the harshest level: more compression or error, or less quality, PSNR
    /// or bits.
    ///
    /// ```
    /// use phantom_limit::record::LevelBase;
    /// assert!(LevelBase::Ratio.harshness(20.0) > LevelBase::Ratio.harshness(5.0));
    /// assert!(LevelBase::Quality.harshness(20.0) < LevelBase::Quality.harshness(5.0));
    /// ```
    #[must_use]
    pub fn harshness(self, value: f64) -> f64 {
        match self {
            Self::Ratio | Self::MaxError => value,
            Self::Quality | Self::Psnr | Self::Bpp => -value,
        }
    }

    /// What a codec is asked for.
    #[must_use]
    pub fn target(self, value: f64) -> Target {
        match self {
            Self::Ratio => Target::Ratio(CompressionRatio::stored(value)),
            Self::Quality => Target::Quality(value),
            Self::Psnr => Target::Psnr(Decibels(value)),
            Self::Bpp => Target::BitsPerPixel(BitsPerPixel(value)),
            Self::MaxError => Target::MaxError(value),
        }
    }

    /// Whether this is the base of studies that do not state theirs.
    pub(super) fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}
