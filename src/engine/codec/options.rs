//! Options of an encoder other than its target.

use thiserror::Error;

use super::CodecName;
use super::jpeg_tables::JpegTables;
use super::jpeg_writer::JpegEncoder;

/// Levels that one encode can serve: OpenJPEG's limit.
pub(super) const MAX_LAYERS: u32 = 100;

/// Decompositions are at most 32 (ITU-T T.800 A.6.1), and one more resolution.
const MAX_RESOLUTIONS: u32 = 33;

/// Options of an encoder; those not set are the codec's own choice.
///
/// ```
/// use phantom_limit_engine::codec::{CodecName, CodecOptions, codec_with};
/// let options = CodecOptions::default().with_code_block(32).expect("a power of two, 4 to 64");
/// assert!(codec_with(CodecName::Jpeg2000, options).is_ok());
/// assert!(codec_with(CodecName::Jpeg, options).is_err());
/// assert!(CodecOptions::default().with_code_block(48).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CodecOptions {
    code_block: Option<u32>,
    resolutions: Option<u32>,
    layers: Option<u32>,
    tables: Option<JpegTables>,
    encoder: Option<JpegEncoder>,
}

/// Why an option is not possible.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum OptionError {
    /// Code-blocks of this side do not exist.
    #[error("code-blocks have sides of 4, 8, 16, 32 or 64, not {0}")]
    CodeBlock(u32),
    /// So many resolution levels do not exist.
    #[error("resolution levels are 1 to 33, not {0}")]
    Resolutions(u32),
    /// So many layers do not exist.
    #[error("quality layers are 1 to 100, not {0}")]
    Layers(u32),
    /// The codec has no such option.
    #[error("{codec} has no option `{option}`")]
    Foreign {
        /// The codec.
        codec: CodecName,
        /// The option.
        option: &'static str,
    },
}

impl CodecOptions {
    /// Side of the square code-blocks of the wavelet codecs: 4, 8, 16, 32 or 64.
    ///
    /// # Errors
    /// If the side is another.
    pub fn with_code_block(self, side: u32) -> Result<Self, OptionError> {
        if side.is_power_of_two() && (4..=64).contains(&side) {
            Ok(Self { code_block: Some(side), ..self })
        } else {
            Err(OptionError::CodeBlock(side))
        }
    }

    /// Resolution levels of the wavelet codecs, one more than decompositions: 1 to 33, less
    /// where the image has too few pixels for them.
    ///
    /// # Errors
    /// If the number is outside the range.
    pub fn with_resolutions(self, resolutions: u32) -> Result<Self, OptionError> {
        if (1..=MAX_RESOLUTIONS).contains(&resolutions) {
            Ok(Self { resolutions: Some(resolutions), ..self })
        } else {
            Err(OptionError::Resolutions(resolutions))
        }
    }

    /// Most quality layers of one encode of JPEG 2000, and with it the levels that one encode
    /// serves: 1 to 100; 1 encodes every level on its own.
    ///
    /// # Errors
    /// If the number is outside the range.
    pub fn with_layers(self, layers: u32) -> Result<Self, OptionError> {
        if (1..=MAX_LAYERS).contains(&layers) {
            Ok(Self { layers: Some(layers), ..self })
        } else {
            Err(OptionError::Layers(layers))
        }
    }

    /// Quantisation tables of the JPEG family.
    #[must_use]
    pub fn with_tables(self, tables: JpegTables) -> Self {
        Self { tables: Some(tables), ..self }
    }

    /// Encoder of 8-bit JPEG.
    #[must_use]
    pub fn with_encoder(self, encoder: JpegEncoder) -> Self {
        Self { encoder: Some(encoder), ..self }
    }

    /// Side of the code-blocks, if chosen.
    #[must_use]
    pub fn code_block(self) -> Option<u32> {
        self.code_block
    }

    /// Resolution levels, if chosen.
    #[must_use]
    pub fn resolutions(self) -> Option<u32> {
        self.resolutions
    }

    /// Most quality layers of one encode, if chosen.
    #[must_use]
    pub fn layers(self) -> Option<u32> {
        self.layers
    }

    /// Quantisation tables: as chosen, else those of the standard.
    pub(super) fn tables(self) -> JpegTables {
        self.tables.unwrap_or_default()
    }

    /// Encoder of 8-bit JPEG: as chosen, else the crate's own.
    pub(super) fn encoder(self) -> JpegEncoder {
        self.encoder.unwrap_or_default()
    }

    /// Those of the options that `codec` has.
    #[must_use]
    pub fn fitting(self, codec: CodecName) -> Self {
        let wavelet = matches!(codec, CodecName::Jpeg2000 | CodecName::Lossless);
        let dct = matches!(codec, CodecName::Jpeg | CodecName::Jpeg12);
        Self {
            code_block: self.code_block.filter(|_| wavelet),
            resolutions: self.resolutions.filter(|_| wavelet),
            layers: self.layers.filter(|_| codec == CodecName::Jpeg2000),
            tables: self.tables.filter(|_| dct),
            encoder: self.encoder.filter(|_| codec == CodecName::Jpeg),
        }
    }

    /// These options, if `codec` has them all.
    pub(super) fn of(self, codec: CodecName) -> Result<Self, OptionError> {
        let fitting = self.fitting(codec);
        let lost = [
            ("code-block", self.code_block != fitting.code_block),
            ("resolutions", self.resolutions != fitting.resolutions),
            ("layers", self.layers != fitting.layers),
            ("jpeg-tables", self.tables != fitting.tables),
            ("encoder", self.encoder != fitting.encoder),
        ];
        match lost.into_iter().find(|&(_, lost)| lost) {
            Some((option, _)) => Err(OptionError::Foreign { codec, option }),
            None => Ok(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_stay_in_their_ranges() {
        let options = CodecOptions::default();
        for side in [0, 2, 48, 128] {
            assert_eq!(options.with_code_block(side), Err(OptionError::CodeBlock(side)));
        }
        for number in [0, 34] {
            assert_eq!(options.with_resolutions(number), Err(OptionError::Resolutions(number)));
        }
        for number in [0, 101] {
            assert_eq!(options.with_layers(number), Err(OptionError::Layers(number)));
        }
        let all = options.with_code_block(64).and_then(|o| o.with_resolutions(33));
        let all = all.and_then(|options| options.with_layers(100)).expect("in range");
        let got = (all.code_block(), all.resolutions(), all.layers());
        assert_eq!(got, (Some(64), Some(33), Some(100)));
    }

    #[test]
    fn an_option_of_another_codec_is_named() {
        let layered = CodecOptions::default().with_layers(2).expect("in range");
        assert_eq!(layered.of(CodecName::Jpeg2000), Ok(layered));
        for codec in [CodecName::Jpeg, CodecName::Jpeg12, CodecName::Htj2k, CodecName::Lossless] {
            assert_eq!(layered.of(codec), Err(OptionError::Foreign { codec, option: "layers" }));
        }
        let flat = CodecOptions::default().with_tables(JpegTables::Flat);
        assert_eq!(flat.of(CodecName::Jpeg12), Ok(flat));
        let option = "jpeg-tables";
        let foreign = OptionError::Foreign { codec: CodecName::Jpeg2000, option };
        assert_eq!(flat.of(CodecName::Jpeg2000), Err(foreign));
        let other = CodecOptions::default().with_encoder(JpegEncoder::JpegEncoder);
        let foreign = OptionError::Foreign { codec: CodecName::Jpeg12, option: "encoder" };
        assert_eq!(other.of(CodecName::Jpeg12), Err(foreign));
        let both = other.with_tables(JpegTables::Flat).with_layers(2).expect("in range");
        assert_eq!(both.fitting(CodecName::Jpeg12), flat);
        assert_eq!(both.fitting(CodecName::Jpeg), other.with_tables(JpegTables::Flat));
        assert_eq!(both.fitting(CodecName::Jpeg2000), layered);
    }

    #[test]
    fn names_are_those_of_files() {
        for tables in JpegTables::ALL {
            assert_eq!(serde_json::to_string(&tables).unwrap(), format!("\"{}\"", tables.name()));
        }
        for encoder in JpegEncoder::ALL {
            let written = serde_json::to_string(&encoder).unwrap();
            assert_eq!(written, format!("\"{}\"", encoder.name()));
        }
    }
}
