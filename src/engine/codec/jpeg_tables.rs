//! Quantisation tables of the JPEG family, by name or of one's own.
//!
//! Those beside the standard's are tables that the `jpeg-encoder` crate carries, as mozjpeg does;
//! they are read from a file that it writes at quality 50, where every step is the table's own.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use jpeg_encoder::QuantizationTableType;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::dct::{Coefficients, QuantisationTable};
use super::{CodecName, jpeg_writer};

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
///
/// In files and on the command line its name, or the 64 steps of one's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
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
    /// Steps of one's own at quality 50, vertical frequency × 8 + horizontal frequency.
    Own([u8; 64]),
}

/// What is no quantisation table.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TablesError {
    /// Neither a name nor numbers.
    #[error(
        "`{0}` names no quantisation table: expected {names}, or 64 whole numbers from 1 to 255, row by row",
        names = JpegTables::ALL.map(JpegTables::name).join(", ")
    )]
    Name(String),
    /// Numbers, but not those of a table.
    #[error("a quantisation table has 64 whole numbers from 1 to 255, row by row: {0}")]
    Steps(String),
    /// A JPEG file whose table cannot be taken.
    #[error("the quantisation table of this JPEG file cannot be taken: {0}")]
    File(String),
}

impl fmt::Display for JpegTables {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(steps) => formatter.write_str(&steps.map(|step| step.to_string()).join(" ")),
            named => formatter.write_str(named.name()),
        }
    }
}

impl FromStr for JpegTables {
    type Err = TablesError;

    fn from_str(text: &str) -> Result<Self, TablesError> {
        if let Some(named) = Self::ALL.into_iter().find(|it| it.name() == text) {
            return Ok(named);
        }
        let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
        let words: Vec<&str> = lines
            .flat_map(|line| line.split(|it: char| it.is_whitespace() || it == ','))
            .filter(|word| !word.is_empty())
            .collect();
        if words.first().is_none_or(|word| !word.starts_with(|it: char| it.is_ascii_digit())) {
            return Err(TablesError::Name(text.trim().chars().take(40).collect()));
        }
        let mut steps = [0; 64];
        for (at, word) in words.iter().enumerate() {
            let step = word.parse().ok().filter(|&step: &u8| step > 0);
            let step = step.ok_or_else(|| TablesError::Steps(format!("`{word}` is none")))?;
            if let Some(place) = steps.get_mut(at) {
                *place = step;
            }
        }
        match words.len() {
            64 => Ok(Self::Own(steps)),
            found => Err(TablesError::Steps(format!("there are {found}"))),
        }
    }
}

impl TryFrom<String> for JpegTables {
    type Error = TablesError;

    fn try_from(text: String) -> Result<Self, TablesError> {
        text.parse()
    }
}

impl From<JpegTables> for String {
    fn from(tables: JpegTables) -> Self {
        tables.to_string()
    }
}

impl JpegTables {
    /// From what a file holds: a greyscale JPEG, whose own table is taken, or text as it is typed,
    /// in which what follows `#` in a line is passed over.
    ///
    /// # Errors
    /// If it is damaged, has steps above 255 or is neither.
    pub fn of_file(bytes: &[u8]) -> Result<Self, TablesError> {
        if !bytes.starts_with(&[0xFF, 0xD8]) {
            return String::from_utf8_lossy(bytes).trim().parse();
        }
        let file = Coefficients::read(CodecName::Jpeg, bytes)
            .map_err(|error| TablesError::File(error.to_string()))?;
        let mut steps = [0; 64];
        for (own, &step) in steps.iter_mut().zip(file.quantisation()) {
            *own = u8::try_from(step)
                .map_err(|_| TablesError::File(format!("a step of {step} is above 255")))?;
        }
        Ok(Self::Own(steps))
    }

    /// All that have a name.
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
            Self::Own(_) => "own",
        }
    }

    /// Its steps at quality 50, vertical frequency × 8 + horizontal frequency.
    #[must_use]
    pub fn steps(self) -> [u16; 64] {
        static STEPS: [OnceLock<[u16; 64]>; JpegTables::ALL.len()] =
            [const { OnceLock::new() }; JpegTables::ALL.len()];
        match (self, Self::ALL.into_iter().position(|named| named == self)) {
            (Self::Own(steps), _) => steps.map(u16::from),
            (_, Some(place)) if self != Self::AnnexK => {
                *STEPS[place].get_or_init(|| jpeg_writer::steps(&self.of_crate(50.0)))
            }
            _ => LUMINANCE,
        }
    }

    /// What the crate calls it; it scales what has a name by the quality, and nothing else.
    pub(super) fn of_crate(self, quality: f64) -> QuantizationTableType {
        match self {
            Self::Own(_) => {
                let table = QuantisationTable::of_quality(&self.steps(), quality, 8);
                QuantizationTableType::Custom(Box::new(table.0))
            }
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
    use crate::codec::{CodecOptions, JpegEncoder, Target, codec_with};
    use crate::image::{Image, WINDOWED};

    fn own() -> [u8; 64] {
        std::array::from_fn(|at| (3 * at + 2) as u8)
    }

    #[test]
    fn text_says_what_is_meant() {
        for tables in JpegTables::ALL.into_iter().chain([JpegTables::Own(own())]) {
            assert_eq!(tables.to_string().parse(), Ok(tables));
            let written = serde_json::to_string(&tables).unwrap();
            assert_eq!(serde_json::from_str::<JpegTables>(&written).unwrap(), tables);
        }
        let rows: Vec<String> = own()
            .chunks(8)
            .map(|row| format!("{:?},  # a row", row).replace(['[', ']'], ""))
            .collect();
        assert_eq!(JpegTables::of_file(rows.join("\n").as_bytes()), Ok(JpegTables::Own(own())));
        for (text, said) in [
            ("flatt", "`flatt` names no quantisation table: expected annex-k, flat, "),
            ("", "`` names no"),
            ("16 11 10", "there are 3"),
            (&"16 ".repeat(65), "there are 65"),
            (&"0 ".repeat(64), "`0` is none"),
            (&"256 ".repeat(64), "`256` is none"),
            (&"1.5 ".repeat(64), "`1.5` is none"),
        ] {
            let error = text.parse::<JpegTables>().unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn a_jpeg_file_lends_its_table() {
        let image = Image::new(8, 8, WINDOWED, (0..64).map(|it| 3 * it).collect()).unwrap();
        for encoder in [JpegEncoder::Own, JpegEncoder::JpegEncoder] {
            let options =
                CodecOptions::default().with_tables(JpegTables::Own(own())).with_encoder(encoder);
            let jpeg = codec_with(CodecName::Jpeg, options).unwrap();
            let of = |quality: f64| {
                jpeg.encode_ladder(&image, WINDOWED, &[Target::Quality(quality)]).unwrap().remove(0)
            };
            assert_eq!(JpegTables::of_file(&of(50.0).bytes), Ok(JpegTables::Own(own())));
            // Half of every step, rounded, at quality 75.
            let half = own().map(|step| ((u16::from(step) * 50 + 50) / 100) as u8);
            assert_eq!(JpegTables::of_file(&of(75.0).bytes), Ok(JpegTables::Own(half)));
        }
        let cut = JpegTables::of_file(&[0xFF, 0xD8, 0xFF]).unwrap_err().to_string();
        assert!(cut.contains("cannot be taken"), "{cut}");
    }

    #[test]
    fn steps_are_those_of_their_authors() {
        // The standard's as another program has it, and a table that is flat by its name.
        assert_eq!(jpeg_writer::steps(&JpegTables::AnnexK.of_crate(50.0)), LUMINANCE);
        assert_eq!(JpegTables::Flat.steps(), [16; 64]);
        // Each is its own.
        let all = JpegTables::ALL.map(JpegTables::steps);
        for (at, steps) in all.iter().enumerate() {
            assert!(!all[..at].contains(steps), "{}", JpegTables::ALL[at].name());
            assert!(steps.iter().all(|&step| step > 0));
        }
    }
}
