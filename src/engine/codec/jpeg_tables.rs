//! Quantisation tables of the JPEG family by name.
//!
//! Those beside the standard's are tables that the `jpeg-encoder` crate carries, as mozjpeg does;
//! they are read from a file that it writes at quality 50, where every step is the table's own.

use std::sync::OnceLock;

use jpeg_encoder::QuantizationTableType;
use serde::{Deserialize, Serialize};

use super::jpeg_writer;

/// Luminance steps (ITU-T T.81, table K.1).
#[rustfmt::skip]
const LUMINANCE: [u16; 64] = [
    16, 11, 10, 16,  24,  40,  51,  61,
    12, 12, 14, 19,  26,  58,  60,  55,
    14, 13, 16, 24,  40,  57,  69,  56,
    14, 17, 22, 29,  51,  87,  80,  62,
    18, 22, 37, 56,  68, 109, 103,  77,
    24, 35, 55, 64,  81, 104, 113,  92,
    49, 64, 78, 87, 103, 121, 120, 101,
    72, 92, 95, 98, 112, 100, 103,  99,
];

/// A luminance table, from which a quality makes its steps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JpegTables {
    /// ITU-T T.81, table K.1.
    #[default]
    AnnexK,
    /// 16 everywhere.
    Flat,
    /// Tuned for MS-SSIM (mozjpeg).
    MsSsim,
    /// Tuned for PSNR-HVS (mozjpeg).
    PsnrHvs,
    /// N. Robidoux's for ImageMagick.
    Imagemagick,
    /// Klein, Silverstein and Carney 1992.
    Klein,
    /// Watson, Taylor and Borthwick 1997: DCTune on dental X-rays.
    DentalXRays,
    /// Ahumada, Watson and Peterson 1993: a visual detection model.
    VisualDetection,
    /// Peterson, Ahumada and Watson 1993: an improved detection model.
    ImprovedDetection,
}

impl JpegTables {
    /// All.
    pub const ALL: [Self; 9] = [
        Self::AnnexK,
        Self::Flat,
        Self::MsSsim,
        Self::PsnrHvs,
        Self::Imagemagick,
        Self::Klein,
        Self::DentalXRays,
        Self::VisualDetection,
        Self::ImprovedDetection,
    ];

    /// As it is typed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AnnexK => "annex-k",
            Self::Flat => "flat",
            Self::MsSsim => "ms-ssim",
            Self::PsnrHvs => "psnr-hvs",
            Self::Imagemagick => "imagemagick",
            Self::Klein => "klein",
            Self::DentalXRays => "dental-x-rays",
            Self::VisualDetection => "visual-detection",
            Self::ImprovedDetection => "improved-detection",
        }
    }

    /// Its steps at quality 50, vertical frequency × 8 + horizontal frequency.
    #[must_use]
    pub fn steps(self) -> [u16; 64] {
        static STEPS: [OnceLock<[u16; 64]>; JpegTables::ALL.len()] =
            [const { OnceLock::new() }; JpegTables::ALL.len()];
        if self == Self::AnnexK {
            return LUMINANCE;
        }
        *STEPS[self as usize].get_or_init(|| jpeg_writer::steps(&self.of_crate()))
    }

    /// The crate's name of it.
    pub(super) fn of_crate(self) -> QuantizationTableType {
        match self {
            Self::AnnexK => QuantizationTableType::Default,
            Self::Flat => QuantizationTableType::Flat,
            Self::MsSsim => QuantizationTableType::CustomMsSsim,
            Self::PsnrHvs => QuantizationTableType::CustomPsnrHvs,
            Self::Imagemagick => QuantizationTableType::ImageMagick,
            Self::Klein => QuantizationTableType::KleinSilversteinCarney,
            Self::DentalXRays => QuantizationTableType::DentalXRays,
            Self::VisualDetection => QuantizationTableType::VisualDetectionModel,
            Self::ImprovedDetection => QuantizationTableType::ImprovedDetectionModel,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_stand_at_their_names() {
        for (at, tables) in JpegTables::ALL.into_iter().enumerate() {
            assert_eq!(tables as usize, at);
        }
    }

    #[test]
    fn steps_are_those_of_their_authors() {
        // The standard's as another program has it, and a table that is flat by its name.
        assert_eq!(jpeg_writer::steps(&JpegTables::AnnexK.of_crate()), LUMINANCE);
        assert_eq!(JpegTables::Flat.steps(), [16; 64]);
        // Each is its own.
        let all = JpegTables::ALL.map(JpegTables::steps);
        for (at, steps) in all.iter().enumerate() {
            assert!(!all[..at].contains(steps), "{}", JpegTables::ALL[at].name());
            assert!(steps.iter().all(|&step| step > 0));
        }
    }
}
