//! The ladder of the JPEG family: from targets to qualities; knows no file format.
//!
//! The image is transformed once; a quality costs its quantisation and Huffman coding.

use super::dct::{self, QuantisationTable, Transformed};
use super::interface::check_format;
use super::jpeg_tables::JpegTables;
use super::jpeg_writer::{self, JpegEncoder};
use super::search::{Fidelity, Found, Search, Settings};
use super::{Codec, CodecError, Encoded, Target, rate};
use crate::image::{Image, SampleFormat};

/// A codec of the JPEG family at the bits of one image.
#[derive(Debug)]
pub(super) struct Family<'a> {
    pub(super) codec: &'a dyn Codec,
    /// Bits of a sample in the file.
    pub(super) precision: u8,
    /// Low bits of the image's samples that are dropped.
    pub(super) dropped_bits: u8,
    /// Baseline if true, else extended sequential.
    pub(super) baseline: bool,
    /// From which qualities make their steps.
    pub(super) tables: JpegTables,
    /// Who writes the file: another than the own one for 8 bits only.
    pub(super) encoder: JpegEncoder,
    /// What is searched, ascending.
    pub(super) qualities: Vec<f64>,
}

impl Family<'_> {
    /// Takes the highest quality whose bytes fit; if none does, the lowest, or a neighbour of
    /// fewer bytes. For a fidelity, the lowest quality that reaches it.
    pub(super) fn encode_ladder(
        &self,
        image: &Image,
        original: SampleFormat,
        targets: &[Target],
    ) -> Result<Vec<Encoded>, CodecError> {
        let (name, format) = (self.codec.name(), image.format());
        check_format(self.codec, format)?;
        let (rows, columns) = (image.rows(), image.columns());
        if rows.max(columns) > u16::MAX.into() {
            return Err(CodecError::Size { codec: name, rows, columns });
        }
        let kept: Vec<u16> = image.samples().iter().map(|s| s >> self.dropped_bits).collect();
        let input = match self.encoder {
            JpegEncoder::Own => {
                Input::Transformed(Transformed::new(rows, columns, self.precision, &kept))
            }
            JpegEncoder::JpegEncoder => {
                Input::Bytes(rows, columns, kept.iter().map(|&sample| sample as u8).collect())
            }
        };
        let mut search = Search::new(Qualities { family: self, input, format }, image);
        let mut levels = Vec::with_capacity(targets.len());
        for &target in targets {
            let (quality, reached, bytes) = match target {
                Target::Quality(quality) if self.codec.knows(target) => {
                    (quality, true, search.settings().at(quality)?)
                }
                _ => {
                    let budget = rate::budget(target, image.pixels(), original, format);
                    let Found { setting, reached } = match (Fidelity::of(target), budget) {
                        (Some(fidelity), _) => search.reaching(fidelity)?,
                        (None, Some(budget)) => search.within(budget)?,
                        (None, None) => return Err(CodecError::Target { codec: name, target }),
                    };
                    let bytes = search.file(setting)?.to_vec();
                    (self.qualities[setting as usize - 1], reached, bytes)
                }
            };
            levels.push(Encoded {
                target,
                reached,
                quality: Some(quality),
                dropped_bits: self.dropped_bits,
                header_bytes: dct::header_bytes(&bytes).map_err(|fault| fault.of(name))?,
                bytes,
            });
        }
        Ok(levels)
    }
}

/// An image at the qualities of its codec.
#[derive(Debug)]
struct Qualities<'a> {
    family: &'a Family<'a>,
    input: Input,
    format: SampleFormat,
}

/// An image as its encoder takes it.
#[derive(Debug)]
enum Input {
    Transformed(Transformed),
    /// Rows, columns, samples.
    Bytes(usize, usize, Vec<u8>),
}

impl Qualities<'_> {
    fn at(&self, quality: f64) -> Result<Vec<u8>, CodecError> {
        let Family { precision, baseline, tables, .. } = *self.family;
        match &self.input {
            Input::Transformed(transformed) => {
                let table = QuantisationTable::of_quality(&tables.steps(), quality, precision);
                Ok(transformed.quantised(table).to_file(baseline))
            }
            Input::Bytes(rows, columns, samples) => jpeg_writer::peer(
                (*rows, *columns),
                samples,
                quality as u8,
                &tables.of_crate(quality),
            ),
        }
    }
}

/// What versions of codecs say of tables that are not the standard's.
pub(super) fn tables_in_version(tables: JpegTables) -> String {
    match tables {
        JpegTables::AnnexK => String::new(),
        other => format!(" · tables {other}"),
    }
}

impl Settings for Qualities<'_> {
    fn count(&self) -> u32 {
        self.family.qualities.len() as u32
    }

    fn encode(&self, setting: u32) -> Result<Vec<u8>, CodecError> {
        self.at(self.family.qualities[setting as usize - 1])
    }

    fn decode(&self, file: &[u8]) -> Result<Image, CodecError> {
        self.family.codec.decode(file, self.format)
    }
}
