//! JPEG 2000 Part 1, irreversible 9/7: one layered encode for the whole ladder, cut into
//! stand-alone codestreams.
//!
//! Nearly all time goes into coding bit-planes that a harsh level then discards, so one encode
//! whose quality layers are the levels costs little more than the mildest level alone. A fidelity
//! is searched over encodes of one layer each, and every verdict is that of a decoded file:
//! layers as close as a search needs them cost up to 1 dB, and OpenJPEG's own fixed quality
//! comes out up to 0.9 dB low at 30 to 35 dB and knows no SSIM.

use super::codestream::{Codestream, ComponentSize, ImageSize, unboxed};
use super::ffi::Partition;
use super::interface::check_format;
use super::plane::{Plane, PlaneError, check_size, damaged, trimmed};
use super::search::{Fidelity, Search, Settings};
use super::structure::checked;
use super::{
    Codec, CodecError, CodecName, CodecOptions, Depth, Encoded, Target, ffi, options, rate,
};
use crate::image::{Image, SampleFormat};

const NAME: CodecName = CodecName::Jpeg2000;

/// Decoder in Cargo.lock; a test compares.
const DECODER: &str = "jpeg2k 0.10.1";

/// Side of the code-blocks of large images.
pub(super) const LARGE_CODE_BLOCK: u32 = 64;

/// Side of the code-blocks of images up to 256×256.
const SMALL_CODE_BLOCK: u32 = 32;

/// Settings of a search: packets from 1/500 of the raw bytes to all of them, 1 % apart.
const SEARCHED_RATIO: f64 = 500.0;
const SEARCHED_SETTINGS: u32 = 625;

#[derive(Debug)]
pub(super) struct Jpeg2000 {
    pub(super) options: CodecOptions,
    /// Threads of one encode; they decide no byte.
    pub(super) threads: u8,
}

impl From<CodecOptions> for Jpeg2000 {
    fn from(options: CodecOptions) -> Self {
        Self { options, threads: 1 }
    }
}

impl Codec for Jpeg2000 {
    fn name(&self) -> CodecName {
        NAME
    }

    fn version(&self) -> String {
        version()
    }

    fn accepts(&self, format: SampleFormat) -> bool {
        accepts(format)
    }

    /// Takes the layer with the most bytes that fit, or for a fidelity the one with the fewest
    /// that reach it.
    fn encode_ladder(
        &self,
        image: &Image,
        original: SampleFormat,
        targets: &[Target],
    ) -> Result<Vec<Encoded>, CodecError> {
        let format = image.format();
        check_format(self, format)?;
        let mut goals = Vec::with_capacity(targets.len());
        for &target in targets {
            let budget = rate::budget(target, image.pixels(), original, format);
            goals.push(match (Fidelity::of(target), budget) {
                (Some(fidelity), _) => Goal::Fidelity(fidelity),
                (None, Some(budget)) => Goal::Budget(budget),
                (None, None) => return Err(CodecError::Target { codec: NAME, target }),
            });
        }
        let budgets: Vec<usize> = goals.iter().filter_map(Goal::budget).collect();
        let cuts = self.cuts(image, &budgets)?;
        let mut search = Search::new(SingleLayers { codec: self, image }, image);
        let mut levels = Vec::with_capacity(targets.len());
        for (&target, goal) in targets.iter().zip(goals) {
            let (cut, reached) = match goal {
                Goal::Budget(budget) => {
                    let fitting = cuts.iter().rfind(|cut| cut.bytes.len() <= budget);
                    // The smallest cut is the nearest to a budget that none fits.
                    (fitting.unwrap_or(&cuts[0]).clone(), fitting.is_some())
                }
                Goal::Fidelity(fidelity) => {
                    let found = search.reaching(fidelity)?;
                    let bytes = search.file(found.setting)?.to_vec();
                    let header_bytes = self.partition(image).cut_header_bytes();
                    (Cut { bytes, header_bytes }, found.reached)
                }
            };
            levels.push(Encoded {
                target,
                bytes: cut.bytes,
                reached,
                quality: None,
                dropped_bits: 0,
                header_bytes: cut.header_bytes,
            });
        }
        Ok(levels)
    }

    fn decode(&self, bytes: &[u8], format: SampleFormat) -> Result<Image, CodecError> {
        decode(NAME, bytes, format)
    }

    fn decodes(&self, depth: Depth) -> bool {
        matches!(depth, Depth::Pixels | Depth::Reduced(_))
    }

    fn decode_to(
        &self,
        bytes: &[u8],
        format: SampleFormat,
        depth: Depth,
    ) -> Result<Image, CodecError> {
        match depth {
            Depth::Pixels => self.decode(bytes, format),
            Depth::Reduced(levels) => decode_without(NAME, bytes, format, levels),
            Depth::Coefficients | Depth::Blocks(_) => Err(CodecError::Depth { codec: NAME, depth }),
        }
    }
}

/// The goal that a target sets.
#[derive(Debug, Clone, Copy)]
enum Goal {
    Budget(usize),
    Fidelity(Fidelity),
}

impl Goal {
    fn budget(&self) -> Option<usize> {
        match self {
            Self::Budget(budget) => Some(*budget),
            Self::Fidelity(_) => None,
        }
    }
}

impl Jpeg2000 {
    fn partition(&self, image: &Image) -> Partition {
        let usual = if image.pixels() <= 256 * 256 { SMALL_CODE_BLOCK } else { LARGE_CODE_BLOCK };
        Partition::new(
            image,
            self.options.code_block().unwrap_or(usual),
            self.options.resolutions(),
        )
    }

    /// Files in ascending size that serve `budgets`; empty only if `budgets` is.
    fn cuts(&self, image: &Image, budgets: &[usize]) -> Result<Vec<Cut>, CodecError> {
        let failed = |message| CodecError::Encode { codec: NAME, message };
        let partition = self.partition(image);
        let layers_of_one = self.options.layers().unwrap_or(options::MAX_LAYERS) as usize;
        let mut cuts = Vec::new();
        for budgets in layers(partition, budgets).chunks(layers_of_one) {
            let transform = ffi::Transform::Irreversible { budgets };
            let bytes = ffi::encode(image, transform, partition, self.threads).map_err(failed)?;
            let stream = Codestream::parse(&bytes).map_err(failed)?;
            let header_bytes = stream.header_bytes();
            cuts.extend(budgets.iter().zip(1..).map(|(&budget, layers)| Cut {
                bytes: stream.cut_within(layers, budget),
                header_bytes,
            }));
        }
        cuts.sort_by_key(|cut| cut.bytes.len());
        Ok(cuts)
    }
}

/// Encoder and decoder libraries.
pub(super) fn version() -> String {
    format!("OpenJPEG {} · {DECODER}", ffi::version())
}

/// Samples of 1 to 16 bits; see [`ffi::precision`].
pub(super) fn accepts(format: SampleFormat) -> bool {
    (1..=16).contains(&format.bits_stored)
}

/// One layer and those below it, as a file of its own.
#[derive(Debug, Clone)]
struct Cut {
    bytes: Vec<u8>,
    header_bytes: usize,
}

/// Encodes of one layer each as the settings of a search.
#[derive(Debug)]
struct SingleLayers<'a> {
    codec: &'a Jpeg2000,
    image: &'a Image,
}

impl Settings for SingleLayers<'_> {
    fn count(&self) -> u32 {
        SEARCHED_SETTINGS
    }

    fn encode(&self, setting: u32) -> Result<Vec<u8>, CodecError> {
        let bits = f64::from(self.image.format().bits_stored);
        let raw = self.image.pixels() as f64 * bits / 8.0;
        let share = f64::from(SEARCHED_SETTINGS - setting) / f64::from(SEARCHED_SETTINGS - 1);
        let packets = (raw * libm::pow(SEARCHED_RATIO, -share)).ceil() as usize;
        let header = self.codec.partition(self.image).cut_header_bytes();
        Ok(self.codec.cuts(self.image, &[header + packets])?.remove(0).bytes)
    }

    fn decode(&self, file: &[u8]) -> Result<Image, CodecError> {
        decode(NAME, file, self.image.format())
    }
}

/// Budgets of the packets alone, ascending, with the distances that the encoder keeps.
fn layers(partition: Partition, budgets: &[usize]) -> Vec<usize> {
    let header = partition.cut_header_bytes();
    let mut budgets: Vec<usize> = budgets
        .iter()
        .map(|budget| budget.saturating_sub(header).max(ffi::MIN_LAYER_BYTES))
        .collect();
    budgets.sort_unstable();
    budgets.dedup_by(|next, kept| *next < *kept + ffi::MIN_LAYER_STEP_BYTES);
    budgets
}

/// Decodes a codestream of one unsigned component.
pub(super) fn decode(
    codec: CodecName,
    bytes: &[u8],
    format: SampleFormat,
) -> Result<Image, CodecError> {
    decode_without(codec, bytes, format, 0)
}

/// The same without so many of the finest wavelet levels.
fn decode_without(
    codec: CodecName,
    bytes: &[u8],
    format: SampleFormat,
    levels: u8,
) -> Result<Image, CodecError> {
    let damaged = |message: &str| CodecError::Decode { codec, message: message.to_owned() };
    let ImageSize { rows, columns, precision } = ImageSize::read(codec, bytes)?;
    let expected = ffi::precision(format);
    if precision != expected {
        let found = precision;
        return Err(CodecError::Precision { codec, found, expected });
    }
    // The library only warns of a missing end.
    if !bytes.ends_with(&[0xFF, 0xD9]) {
        return Err(damaged("the codestream ends before its end marker"));
    }
    let checked = checked(bytes).map_err(|error| damaged(&error.to_string()))?;
    let settings = jpeg2k::DecodeParameters::new().reduce(levels.into());
    let decoded = jpeg2k::Image::from_bytes_with(&checked, settings)
        .map_err(|error| damaged(&error.to_string()))?;
    // Every level rounds up.
    let [rows, columns] =
        [rows, columns].map(|extent| (0..levels).fold(extent, |it, _| it.div_ceil(2)));
    let [component] = decoded.components() else {
        return Err(damaged("more than one component"));
    };
    if (component.height() as usize, component.width() as usize) != (rows, columns) {
        return Err(damaged("the decoder reads another header"));
    }
    // The library clamps to the precision, which is above that of samples of 1 bit.
    let peak = i32::from(format.peak());
    let samples = component.data().iter().map(|&value| value.min(peak) as u16).collect();
    Ok(Image::new(rows, columns, format, samples)?)
}

/// Decodes a file of another program: bare or in boxes, with or without a sign, whole or in tiles.
pub(super) fn read_plane(bytes: &[u8], size: [usize; 2]) -> Result<Plane, PlaneError> {
    let codestream = trimmed(unboxed(bytes)?)?;
    let ComponentSize { rows, columns, precision, signed } = ComponentSize::read(codestream)?;
    check_size(size, [rows, columns])?;
    let decoded = jpeg2k::Image::from_bytes(&checked(codestream)?)
        .map_err(|error| damaged(error.to_string()))?;
    let [component] = decoded.components() else {
        return Err(damaged("more than one component"));
    };
    let found = (component.height() as usize, component.width() as usize, component.is_signed());
    if found != (rows, columns, signed) {
        return Err(damaged("the decoder reads another header"));
    }
    // Two's complement where signed; the library clamps to the precision.
    let samples = component.data().iter().map(|&value| value as u16).collect();
    Ok(Plane { rows, columns, precision, signed, samples })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{MAX_PIXELS, WINDOWED};

    #[test]
    fn the_header_has_the_bytes_that_budgets_leave_for_it() {
        for (rows, columns) in [(1, 9), (7, 7), (40, 300)] {
            let image = Image::new(rows, columns, WINDOWED, vec![9; rows * columns]);
            let image = image.expect("valid image");
            for resolutions in [None, Some(1), Some(3), Some(33)] {
                let options = match resolutions {
                    Some(number) => CodecOptions::default().with_resolutions(number),
                    None => Ok(CodecOptions::default()),
                };
                let codec = Jpeg2000::from(options.expect("in range"));
                let cut = &codec.cuts(&image, &[1000]).expect("possible")[0];
                let counted = codec.partition(&image).cut_header_bytes();
                assert_eq!(cut.header_bytes, counted, "{rows}×{columns}, {resolutions:?}");
            }
        }
    }

    #[test]
    fn layers_keep_the_distances_of_the_encoder() {
        let image = Image::new(64, 64, WINDOWED, vec![0; 64 * 64]).expect("valid image");
        let partition = Partition::new(&image, 64, None);
        let header = partition.cut_header_bytes();
        let asked = [500, 104, 0, 505, 109, 510].map(|packets| packets + header);
        assert_eq!(layers(partition, &asked), [30, 104, 500, 510]);
    }

    #[test]
    fn more_levels_than_layers_take_several_encodes() {
        let samples = (0..96 * 96).map(|at: u32| (at.pow(2) % 251) as u16).collect();
        let image = Image::new(96, 96, WINDOWED, samples).expect("valid image");
        let budgets: Vec<usize> = (0..130).map(|level| 300 + 20 * level).collect();
        for layers in [100, 7] {
            let options = CodecOptions::default().with_layers(layers).expect("in range");
            let cuts = Jpeg2000::from(options).cuts(&image, &budgets).expect("possible");
            assert_eq!(cuts.len(), budgets.len());
            assert!(cuts.iter().zip(&budgets).all(|(cut, &budget)| cut.bytes.len() <= budget));
        }
    }

    #[test]
    fn only_what_is_written_here_is_read() {
        let image = Image::new(16, 16, WINDOWED, vec![77; 256]).expect("valid image");
        let codec = Jpeg2000::from(CodecOptions::default());
        let bytes = codec.cuts(&image, &[400]).expect("possible").remove(0).bytes;
        let read = |at: usize, value: u8| {
            let mut bytes = bytes.clone();
            bytes[at] = value;
            ImageSize::read(NAME, &bytes)
        };
        assert_eq!(read(0, 0xFF), Ok(ImageSize { rows: 16, columns: 16, precision: 8 }));
        // Offset, narrower tiles, two components, signed samples, subsampling (T.800 A.5.1).
        for (at, value) in [(19, 1), (27, 8), (41, 2), (42, 0x87), (43, 2)] {
            assert!(read(at, value).is_err(), "byte {at}");
        }
        let rows = MAX_PIXELS >> 4;
        let refused = CodecError::Size { codec: NAME, rows: rows + 16, columns: 16 };
        assert_eq!(read(13, (rows >> 16) as u8), Err(refused));
    }
}
