//! Compresses an image, decodes it and compares both; the only file of the page that knows codecs
//! and metrics.

use serde::Serialize;

use super::ExploreError;
use crate::codec::{Achieved, CodecName, Encoded, Target, WaveletStyle, codec, codec_in_threads};
use crate::image::{Image, SampleFormat};
use crate::metric::{self, ArtefactReference, Artefacts, SsimWindow};
use crate::units::CompressionRatio;

/// Codecs of the page, with their names.
pub(super) const CODECS: [(CodecName, &str); 5] = [
    (CodecName::Jpeg, "JPEG"),
    (CodecName::Jpeg12, "JPEG 12-bit"),
    (CodecName::Jpeg2000, "JPEG 2000"),
    (CodecName::JpegLs, "JPEG-LS"),
    (CodecName::Lossless, "JPEG 2000 lossless"),
];

/// Ratios of the page's ruler.
pub(super) const RUNGS: [f64; 46] = [
    2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 6.5, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0,
    15.0, 16.0, 18.0, 20.0, 22.0, 24.0, 26.0, 28.0, 30.0, 33.0, 36.0, 40.0, 45.0, 50.0, 55.0, 60.0,
    65.0, 70.0, 80.0, 90.0, 100.0, 110.0, 120.0, 135.0, 150.0, 165.0, 180.0, 200.0,
];

/// Neighbours on the ruler that one layered JPEG 2000 encode gives. It takes a third longer than an encode of
/// one level; with the whole ruler as layers it would take twice as long again.
const LAYERS: usize = 12;

/// Largest ratio of a query.
pub(super) const MOST_RATIO: f64 = 1000.0;

/// Largest number of times that an image is compressed in a row.
pub(super) const MOST_GENERATIONS: u32 = 20;

/// How strongly to compress.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Level {
    /// N in N:1 on the stored bits of the original.
    Ratio(f64),
    /// JPEG quality, 1 to 100.
    Quality(f64),
    /// Nothing lost.
    Lossless,
}

impl Level {
    pub(super) fn target(self) -> Target {
        match self {
            Self::Ratio(ratio) => Target::Ratio(CompressionRatio::stored(ratio)),
            Self::Quality(quality) => Target::Quality(quality),
            Self::Lossless => Target::Lossless,
        }
    }
}

/// Whether the codec can be set by quality.
pub(super) fn has_quality(name: CodecName) -> bool {
    matches!(name, CodecName::Jpeg | CodecName::Jpeg12)
}

/// The ratios of the ruler that one encode gives together with `level`; `None` where levels are encoded
/// one by one.
pub(super) fn layers(name: CodecName, level: Level) -> Option<&'static [f64]> {
    let Level::Ratio(ratio) = level else { return None };
    let has_layers = name == CodecName::Jpeg2000;
    RUNGS.chunks(LAYERS).find(|layers| has_layers && layers.contains(&ratio))
}

/// Codestreams of these ratios, from one encode.
pub(super) fn ladder(
    name: CodecName,
    image: &Image,
    original: SampleFormat,
    layers: &[f64],
) -> Result<Vec<Encoded>, ExploreError> {
    let targets: Vec<Target> = layers.iter().map(|&it| Level::Ratio(it).target()).collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(codec_in_threads(name, threads).encode_ladder(image, original, &targets)?)
}

/// The codestream of a level among those of [`ladder`].
pub(super) fn rung(ladder: &[Encoded], level: Level) -> Option<&Encoded> {
    ladder.iter().find(|encoded| encoded.target == level.target())
}

/// A single level.
pub(super) fn encode(
    name: CodecName,
    image: &Image,
    original: SampleFormat,
    level: Level,
) -> Result<Encoded, ExploreError> {
    let mut levels = codec(name).encode_ladder(image, original, &[level.target()])?;
    levels.pop().ok_or_else(|| ExploreError::Internal("a codec gave no level".into()))
}

/// Figures of a rendition that are computed with it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Figures {
    pub(super) bytes: usize,
    pub(super) header_bytes: usize,
    pub(super) bpp: f64,
    pub(super) ratio_stored: f64,
    pub(super) ratio_allocated: f64,
    pub(super) ratio_input: f64,
    pub(super) quality: Option<f64>,
    /// Low bits that were dropped before coding.
    pub(super) dropped_bits: u8,
    /// False if the codec cannot reach the target and this is the nearest.
    pub(super) reached: bool,
    /// `None` if every sample is exact.
    pub(super) psnr_db: Option<f64>,
    pub(super) max_error: u16,
    /// Of JPEG 2000 only.
    pub(super) wavelet: Option<Wavelet>,
}

/// Geometry of a JPEG 2000 codestream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Wavelet {
    pub(super) levels: u8,
    pub(super) code_block_columns: u32,
    pub(super) code_block_rows: u32,
}

/// Figures of a rendition against the first input of the codec.
pub(super) fn figures(
    given: &Image,
    original: SampleFormat,
    encoded: &Encoded,
    decoded: &Image,
) -> Result<Figures, ExploreError> {
    let achieved = Achieved {
        bytes: encoded.bytes.len() as u64,
        pixels: given.pixels() as u64,
        original,
        input: given.format(),
    };
    let psnr_db = metric::psnr_db(given, decoded)?;
    Ok(Figures {
        bytes: encoded.bytes.len(),
        header_bytes: encoded.header_bytes,
        bpp: achieved.bpp(),
        ratio_stored: achieved.ratio_stored(),
        ratio_allocated: achieved.ratio_allocated(),
        ratio_input: achieved.ratio_input(),
        quality: encoded.quality,
        dropped_bits: encoded.dropped_bits,
        reached: encoded.reached,
        psnr_db: psnr_db.is_finite().then_some(psnr_db),
        max_error: metric::max_error(given, decoded)?,
        wavelet: wavelet(&encoded.bytes),
    })
}

/// Figures that take longer to compute.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Similarity {
    /// Gaussian window 11×11, σ = 1.5; `None` for images smaller than the window.
    pub(super) ssim: Option<f64>,
    pub(super) artefacts: Artefacts,
}

pub(super) fn similarity(given: &Image, decoded: &Image) -> Result<Similarity, ExploreError> {
    let side = SsimWindow::Gaussian.side();
    let fits = given.rows() >= side && given.columns() >= side;
    let ssim = fits.then(|| metric::ssim(given, decoded, SsimWindow::Gaussian)).transpose()?;
    let artefacts = ArtefactReference::new(given).artefacts(decoded)?;
    Ok(Similarity { ssim, artefacts })
}

/// The wavelet of a codestream; `None` for other files.
fn wavelet(bytes: &[u8]) -> Option<Wavelet> {
    let style = WaveletStyle::read(bytes)?;
    Some(Wavelet {
        levels: style.decompositions,
        code_block_columns: style.code_block_columns,
        code_block_rows: style.code_block_rows,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::WINDOWED;

    /// Restores an image from its file alone.
    fn decode(
        name: CodecName,
        encoded: &Encoded,
        format: SampleFormat,
    ) -> Result<Image, ExploreError> {
        Ok(codec(name).decode(&encoded.bytes, format)?)
    }

    fn ramp() -> Image {
        let samples = (0..64 * 64).map(|at: u32| (at * at / 97 % 256) as u16).collect();
        Image::new(64, 64, WINDOWED, samples).expect("valid image")
    }

    #[test]
    fn the_ladder_holds_the_level_of_the_query() {
        let image = ramp();
        for ratio in RUNGS {
            let layers = layers(CodecName::Jpeg2000, Level::Ratio(ratio)).expect("layers");
            assert!(layers.contains(&ratio) && layers.len() <= LAYERS);
        }
        for (name, level) in [
            (CodecName::Jpeg, Level::Ratio(8.0)),
            (CodecName::Jpeg2000, Level::Ratio(8.1)),
            (CodecName::Jpeg2000, Level::Lossless),
        ] {
            assert_eq!(layers(name, level), None);
        }
        let level = Level::Ratio(8.0);
        let layers = layers(CodecName::Jpeg2000, level).expect("layers");
        let ladder = ladder(CodecName::Jpeg2000, &image, WINDOWED, layers).expect("encoded");
        let encoded = rung(&ladder, level).expect("a rung");
        let decoded = decode(CodecName::Jpeg2000, encoded, WINDOWED).expect("decoded");
        let figures = figures(&image, WINDOWED, encoded, &decoded).expect("same format");
        // 64·64·8/8 bits in 8 bits a byte: at most 512 bytes, so at least 8:1.
        assert!(figures.bytes <= 512 && figures.ratio_stored >= 8.0, "{figures:?}");
        // Five levels, code-blocks of 32×32: what the codec chooses for small images.
        let expected = Wavelet { levels: 5, code_block_columns: 32, code_block_rows: 32 };
        assert_eq!(figures.wavelet, Some(expected));
    }

    #[test]
    fn lossless_has_no_psnr_and_jpeg_no_wavelet() {
        let image = ramp();
        for (name, level) in
            [(CodecName::Lossless, Level::Lossless), (CodecName::Jpeg, Level::Ratio(6.0))]
        {
            let encoded = encode(name, &image, WINDOWED, level).expect("encoded");
            let decoded = decode(name, &encoded, WINDOWED).expect("decoded");
            let figures = figures(&image, WINDOWED, &encoded, &decoded).expect("same format");
            let lossless = name == CodecName::Lossless;
            assert_eq!(figures.psnr_db.is_none(), lossless);
            assert_eq!(figures.wavelet.is_some(), lossless);
            let similarity = similarity(&image, &decoded).expect("same format").ssim;
            assert_eq!(similarity == Some(1.0), lossless);
        }
    }
}
