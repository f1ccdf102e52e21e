//! JPEG-LS near-lossless (DICOM transfer syntaxes 1.2.840.10008.1.2.4.80 and .81), greyscale, by the
//! crate's own coder: no sample is further from the original than NEAR, a whole number of stored
//! values.
//!
//! A coder predicts from samples as they are restored, so every NEAR is an encode of its own. Whole
//! numbers make coarse steps of the ratio: a target gets the smallest NEAR whose file fits.

use super::interface::check_format;
use super::plane::PlaneError;
use super::search::{Fidelity, Found, Search, Settings};
use super::{Codec, CodecError, CodecName, Encoded, Target, jpegls, rate};
use crate::image::{Image, SampleFormat};

const NAME: CodecName = CodecName::JpegLs;

const VERSION: &str = "own JPEG-LS coder 1";

#[derive(Debug)]
pub(super) struct NearLossless;

impl Codec for NearLossless {
    fn name(&self) -> CodecName {
        NAME
    }

    fn version(&self) -> String {
        VERSION.to_owned()
    }

    fn accepts(&self, format: SampleFormat) -> bool {
        (2..=16).contains(&format.bits_stored)
    }

    fn encode_ladder(
        &self,
        image: &Image,
        original: SampleFormat,
        targets: &[Target],
    ) -> Result<Vec<Encoded>, CodecError> {
        let format = image.format();
        check_format(self, format)?;
        let (rows, columns) = (image.rows(), image.columns());
        let [Ok(high), Ok(wide)] = [rows, columns].map(u16::try_from) else {
            return Err(CodecError::Size { codec: NAME, rows, columns });
        };
        let size = [high, wide];
        let mut search = Search::new(Nears { image, size }, image);
        let mut levels = Vec::with_capacity(targets.len());
        for &target in targets {
            let budget = rate::budget(target, image.pixels(), original, format);
            let Found { setting, reached } = match (Fidelity::of(target), budget) {
                (Some(fidelity), _) => search.reaching(fidelity)?,
                (None, Some(budget)) => search.within(budget)?,
                (None, None) => return Err(CodecError::Target { codec: NAME, target }),
            };
            levels.push(Encoded {
                target,
                reached,
                quality: None,
                dropped_bits: 0,
                header_bytes: jpegls::FRAME_BYTES,
                bytes: search.file(setting)?.to_vec(),
            });
        }
        Ok(levels)
    }

    fn decode(&self, bytes: &[u8], format: SampleFormat) -> Result<Image, CodecError> {
        check_format(self, format)?;
        let plane = jpegls::decode_any(bytes).map_err(|fault| match fault {
            PlaneError::Size { rows, columns } => CodecError::Size { codec: NAME, rows, columns },
            fault => CodecError::Decode { codec: NAME, message: fault.to_string() },
        })?;
        let (found, expected) = (plane.precision, format.bits_stored);
        if found != expected {
            return Err(CodecError::Precision { codec: NAME, found, expected });
        }
        Ok(Image::new(plane.rows, plane.columns, format, plane.samples)?)
    }
}

/// An image at every NEAR, the largest first.
#[derive(Debug)]
struct Nears<'a> {
    image: &'a Image,
    size: [u16; 2],
}

impl Nears<'_> {
    fn precision(&self) -> u8 {
        self.image.format().bits_stored
    }
}

impl Settings for Nears<'_> {
    fn count(&self) -> u32 {
        u32::from(jpegls::most_near(self.precision())) + 1
    }

    fn encode(&self, setting: u32) -> Result<Vec<u8>, CodecError> {
        let near = (self.count() - setting) as u8;
        Ok(jpegls::encode(self.image.samples(), self.size, self.precision(), near))
    }

    fn decode(&self, file: &[u8]) -> Result<Image, CodecError> {
        NearLossless.decode(file, self.image.format())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{CompressionRatio, Decibels};

    const TWELVE: SampleFormat = SampleFormat { bits_stored: 12, bits_allocated: 16 };

    fn image() -> Image {
        let value = |row: u32, column: u32| {
            let noise = (row * 7919 + column * 104_729).wrapping_mul(2_654_435_761) >> 26;
            (1000 + 400 * u32::from((row / 16 + column / 16).is_multiple_of(2)) + row * 3 + noise)
                as u16
        };
        let samples = (0..96).flat_map(|row| (0..128).map(move |column| value(row, column)));
        Image::new(96, 128, TWELVE, samples.collect()).expect("values of 12 bits")
    }

    #[test]
    fn the_smallest_error_that_fits_is_taken() {
        let image = image();
        let ratios = [2.0, 3.0, 5.0, 10.0];
        let targets = ratios.map(|ratio| Target::Ratio(CompressionRatio::stored(ratio)));
        let levels = NearLossless.encode_ladder(&image, TWELVE, &targets).expect("takes it");
        let mut before = 0;
        for (level, ratio) in levels.iter().zip(ratios) {
            let budget = (12 * image.pixels()) as f64 / (8.0 * ratio);
            assert!(level.reached && level.bytes.len() as f64 <= budget, "{ratio}");
            let [near, precision] = jpegls::stated(&level.bytes).expect("its own file");
            assert!(precision == 12 && near >= before, "{ratio}: {near}");
            before = near;
            if near > 0 {
                let size = [96, 128];
                let milder = jpegls::encode(image.samples(), size, 12, near - 1);
                assert!(milder.len() as f64 > budget, "{ratio}: {near}");
            }
            let decoded = NearLossless.decode(&level.bytes, TWELVE).expect("its own file");
            let pairs = image.samples().iter().zip(decoded.samples());
            let worst = pairs.map(|(a, b)| a.abs_diff(*b)).max();
            assert!(worst <= Some(near.into()), "{ratio}: {worst:?} of {near}");
        }
        assert!(before > 3);
    }

    #[test]
    fn a_fidelity_is_reached_and_other_bits_are_refused() {
        let image = image();
        let level = NearLossless.encode_ladder(&image, TWELVE, &[Target::MaxError(7.0)]);
        assert_eq!(jpegls::stated(&level.expect("takes it")[0].bytes), Some([7, 12]));
        let target = Target::Psnr(Decibels(60.0));
        let level = &NearLossless.encode_ladder(&image, TWELVE, &[target]).expect("takes it")[0];
        let decoded = NearLossless.decode(&level.bytes, TWELVE).expect("its own file");
        assert!(level.reached && crate::metric::psnr_db(&image, &decoded).unwrap() >= 60.0);
        let ten = SampleFormat { bits_stored: 10, bits_allocated: 16 };
        let error = CodecError::Precision { codec: NAME, found: 12, expected: 10 };
        assert_eq!(NearLossless.decode(&level.bytes, ten), Err(error));
        let half = &level.bytes[..level.bytes.len() / 2];
        assert!(matches!(NearLossless.decode(half, TWELVE), Err(CodecError::Decode { .. })));
    }
}
