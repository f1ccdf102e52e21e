//! JPEG 2000 Part 1, irreversible 9/7: one layered encode for the whole ladder, cut into
//! stand-alone codestreams.
//!
//! Nearly all time goes into coding bit-planes that a harsh level then discards, so one encode
//! whose quality layers are the levels costs little more than the mildest level alone.

use super::codestream::{Codestream, ImageSize};
use super::{Codec, CodecError, CodecName, Encoded, Target, ffi, rate};
use crate::image::{Image, SampleFormat};

const NAME: CodecName = CodecName::Jpeg2000;

/// Decoder in Cargo.lock; a test compares.
const DECODER: &str = "jpeg2k 0.10.1";

/// Side of the code-blocks of large images.
pub(super) const LARGE_CODE_BLOCK: u32 = 64;

/// Side of the code-blocks of images up to 256×256.
const SMALL_CODE_BLOCK: u32 = 32;

#[derive(Debug)]
pub(super) struct Jpeg2000;

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

    /// Takes the layer with the most bytes that fit.
    fn encode_ladder(
        &self,
        image: &Image,
        original: SampleFormat,
        targets: &[Target],
    ) -> Result<Vec<Encoded>, CodecError> {
        let format = image.format();
        if !accepts(format) {
            return Err(CodecError::Format { codec: NAME, format });
        }
        let mut budgets = Vec::with_capacity(targets.len());
        for &target in targets {
            let Some(budget) = rate::budget(target, image.pixels(), original, format) else {
                return Err(CodecError::Target { codec: NAME, target });
            };
            budgets.push(budget);
        }
        let cuts = cuts(image, &budgets)?;
        let level = |(&target, &budget): (&Target, &usize)| {
            let fitting = cuts.iter().rfind(|cut| cut.bytes.len() <= budget);
            // The smallest cut is the nearest to a budget that none fits.
            let cut = fitting.unwrap_or(&cuts[0]);
            Encoded {
                target,
                bytes: cut.bytes.clone(),
                reached: fitting.is_some(),
                quality: None,
                header_bytes: cut.header_bytes,
            }
        };
        Ok(targets.iter().zip(&budgets).map(level).collect())
    }

    fn decode(&self, bytes: &[u8], format: SampleFormat) -> Result<Image, CodecError> {
        decode(NAME, bytes, format)
    }
}

/// Encoder and decoder libraries.
pub(super) fn version() -> String {
    format!("OpenJPEG {} · {DECODER}", ffi::version())
}

/// Samples of 2 to 16 bits: OpenJPEG's output buffer is too small for noise of 1 bit.
pub(super) fn accepts(format: SampleFormat) -> bool {
    (2..=16).contains(&format.bits_stored)
}

/// One layer and those below it, as a file of its own.
struct Cut {
    bytes: Vec<u8>,
    header_bytes: usize,
}

/// Files in ascending size that serve `budgets`; empty only if `budgets` is.
fn cuts(image: &Image, budgets: &[usize]) -> Result<Vec<Cut>, CodecError> {
    let failed = |message| CodecError::Encode { codec: NAME, message };
    let side = if image.pixels() <= 256 * 256 { SMALL_CODE_BLOCK } else { LARGE_CODE_BLOCK };
    let mut cuts = Vec::new();
    for budgets in layers(image, budgets).chunks(ffi::MAX_LAYERS) {
        let bytes =
            ffi::encode(image, ffi::Transform::Irreversible { budgets }, side).map_err(failed)?;
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

/// Budgets of the packets alone, ascending, with the distances that the encoder keeps.
fn layers(image: &Image, budgets: &[usize]) -> Vec<usize> {
    let header = ffi::cut_header_bytes(image);
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
    let damaged = |message: &str| CodecError::Decode { codec, message: message.to_owned() };
    let ImageSize { rows, columns, precision } = ImageSize::read(codec, bytes)?;
    if precision != format.bits_stored {
        let (found, expected) = (precision, format.bits_stored);
        return Err(CodecError::Precision { codec, found, expected });
    }
    // The library only warns of a missing end.
    if !bytes.ends_with(&[0xFF, 0xD9]) {
        return Err(damaged("the codestream ends before its end marker"));
    }
    let decoded = jpeg2k::Image::from_bytes(bytes).map_err(|error| damaged(&error.to_string()))?;
    let [component] = decoded.components() else {
        return Err(damaged("more than one component"));
    };
    if (component.height() as usize, component.width() as usize) != (rows, columns) {
        return Err(damaged("the decoder reads another header"));
    }
    // The library clamps to the precision; the image checks again.
    let samples = component.data().iter().map(|&value| value as u16).collect();
    Ok(Image::new(rows, columns, format, samples)?)
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
            let cut = &cuts(&image, &[1000]).expect("possible")[0];
            assert_eq!(cut.header_bytes, ffi::cut_header_bytes(&image), "{rows}×{columns}");
        }
    }

    #[test]
    fn layers_keep_the_distances_of_the_encoder() {
        let image = Image::new(64, 64, WINDOWED, vec![0; 64 * 64]).expect("valid image");
        let header = ffi::cut_header_bytes(&image);
        let asked = [500, 104, 0, 505, 109, 510].map(|packets| packets + header);
        assert_eq!(layers(&image, &asked), [30, 104, 500, 510]);
    }

    #[test]
    fn more_levels_than_layers_take_several_encodes() {
        let samples = (0..96 * 96).map(|at: u32| (at.pow(2) % 251) as u16).collect();
        let image = Image::new(96, 96, WINDOWED, samples).expect("valid image");
        let budgets: Vec<usize> = (0..130).map(|level| 300 + 20 * level).collect();
        let cuts = cuts(&image, &budgets).expect("possible");
        assert_eq!(cuts.len(), budgets.len());
        assert!(cuts.iter().zip(&budgets).all(|(cut, &budget)| cut.bytes.len() <= budget));
    }

    #[test]
    fn only_what_is_written_here_is_read() {
        let image = Image::new(16, 16, WINDOWED, vec![77; 256]).expect("valid image");
        let bytes = cuts(&image, &[400]).expect("possible").remove(0).bytes;
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
