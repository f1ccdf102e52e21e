//! JPEG Extended sequential (DICOM transfer syntax 1.2.840.10008.1.2.4.51), 8 and 12 bit,
//! greyscale, by the crate's own coder.
//!
//! Samples of 9 to 12 bits are declared as 12, the only other depth than 8 in the standard.
//! Steps exceed 255 where a quality requires it, which 12-bit files may (ITU-T T.81 B.2.4.1);
//! qualities are 1 % of a step apart, also below 1.

use super::dct::{self, Coefficients, HIGHEST_QUALITY, LOWEST_QUALITY, precision_of};
use super::interface::{check_format, is_rate_or_fidelity};
use super::jpeg_writer::JpegEncoder;
use super::partial::{jpeg_decoded_to, jpeg_decodes};
use super::quality::{self, Family};
use super::{Codec, CodecError, CodecName, CodecOptions, Depth, Encoded, Target};
use crate::image::{Image, SampleFormat};

const NAME: CodecName = CodecName::Jpeg12;

#[derive(Debug)]
pub(super) struct Jpeg12(pub(super) CodecOptions);

impl Codec for Jpeg12 {
    fn name(&self) -> CodecName {
        NAME
    }

    fn version(&self) -> String {
        format!("{}{}", dct::VERSION, quality::tables_in_version(self.0.tables()))
    }

    fn accepts(&self, format: SampleFormat) -> bool {
        (8..=12).contains(&format.bits_stored)
    }

    fn knows(&self, target: Target) -> bool {
        match target {
            Target::Quality(quality) => (LOWEST_QUALITY..=HIGHEST_QUALITY).contains(&quality),
            target => is_rate_or_fidelity(target),
        }
    }

    fn encode_ladder(
        &self,
        image: &Image,
        original: SampleFormat,
        targets: &[Target],
    ) -> Result<Vec<Encoded>, CodecError> {
        let family = Family {
            codec: self,
            precision: precision_of(image.format()),
            dropped_bits: 0,
            baseline: false,
            tables: self.0.tables(),
            encoder: JpegEncoder::Own,
            qualities: qualities(),
        };
        family.encode_ladder(image, original, targets)
    }

    /// Values above `format`'s peak, which quantisation leaves in samples of fewer than 12 bits,
    /// become the peak.
    fn decode(&self, bytes: &[u8], format: SampleFormat) -> Result<Image, CodecError> {
        check_format(self, format)?;
        let coefficients = Coefficients::read(NAME, bytes)?;
        let (found, expected) = (coefficients.precision(), precision_of(format));
        if found != expected {
            return Err(CodecError::Precision { codec: NAME, found, expected });
        }
        let mut samples = coefficients.samples();
        let peak = format.peak();
        samples.iter_mut().for_each(|sample| *sample = (*sample).min(peak));
        Ok(Image::new(coefficients.rows(), coefficients.columns(), format, samples)?)
    }

    fn decodes(&self, depth: Depth) -> bool {
        jpeg_decodes(depth)
    }

    fn decode_to(
        &self,
        bytes: &[u8],
        format: SampleFormat,
        depth: Depth,
    ) -> Result<Image, CodecError> {
        jpeg_decoded_to(self, bytes, format, depth)
    }
}

/// From the lowest quality to the highest, steps of the table 1 % apart: below 50 they follow
/// 1/quality, above it 100 − quality.
fn qualities() -> Vec<f64> {
    const STEP: f64 = 1.01;
    // Short decimals give the same steps when they are read back from a record.
    let short = |quality: f64| (quality * 1e5).round() / 1e5;
    let mut qualities = Vec::new();
    let mut quality = LOWEST_QUALITY;
    while quality < 50.0 {
        qualities.push(short(quality));
        quality *= STEP;
    }
    // At 1.2 % of table K.1 every step is 1.
    let mut percent = 100.0;
    while percent > 1.2 {
        qualities.push(short(100.0 - percent / 2.0));
        percent /= STEP;
    }
    qualities.push(HIGHEST_QUALITY);
    qualities
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualities_rise_to_the_best() {
        let qualities = qualities();
        assert!(qualities.is_sorted_by(|low, high| low < high));
        assert_eq!((qualities[0], qualities.last().copied()), (0.01, Some(100.0)));
    }

    #[test]
    fn values_above_the_peak_are_held() {
        let ten = SampleFormat { bits_stored: 10, bits_allocated: 16 };
        let samples = (0..256).map(|at| if at % 3 == 0 { 1023 } else { 0 }).collect();
        let image = Image::new(16, 16, ten, samples).expect("valid image");
        let level = &Jpeg12(CodecOptions::default())
            .encode_ladder(&image, ten, &[Target::Quality(20.0)])
            .unwrap()[0];
        let decoded =
            Jpeg12(CodecOptions::default()).decode(&level.bytes, ten).expect("its own file");
        assert_eq!(decoded.samples().iter().max(), Some(&1023));
        let twelve = SampleFormat { bits_stored: 12, bits_allocated: 16 };
        let higher = Jpeg12(CodecOptions::default())
            .decode(&level.bytes, twelve)
            .expect("twelve bits are declared");
        assert!(higher.samples().iter().any(|&value| value > 1023));
    }
}
