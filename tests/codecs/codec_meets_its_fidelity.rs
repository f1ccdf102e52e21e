//! PSNR and SSIM targets are met by the decoded image, with hardly more bytes than needed.

use crate::synthetic::{TWELVE, ellipses, windowed};
use phantom_limit_engine::codec::{
    Codec, CodecName, CodecOptions, Encoded, Target, codec, codec_with,
};
use phantom_limit_engine::image::Image;
use phantom_limit_engine::metric::{SsimWindow, psnr_db, ssim};
use phantom_limit_engine::units::{CompressionRatio, Decibels};

/// Codecs whose targets are searched on decoded images.
const SEARCHED: [CodecName; 3] = [CodecName::Jpeg, CodecName::Jpeg12, CodecName::Jpeg2000];

/// PSNR above the target that may be spent: a step of 1 % of the bytes or of the quantiser.
const SPENT_DB: f64 = 0.2;

fn arms() -> Vec<(Box<dyn Codec>, Image)> {
    let native = ellipses(192, 10.0, 4);
    let eight = windowed(&native);
    let both = [native, eight];
    SEARCHED.iter().flat_map(|&name| both.clone().map(|image| (codec(name), image))).collect()
}

fn psnr(codec: &dyn Codec, image: &Image, level: &Encoded) -> f64 {
    let decoded = codec.decode(&level.bytes, image.format()).expect("its own file");
    psnr_db(image, &decoded).expect("alike")
}

fn similarity(codec: &dyn Codec, image: &Image, level: &Encoded) -> f64 {
    let decoded = codec.decode(&level.bytes, image.format()).expect("its own file");
    ssim(image, &decoded, SsimWindow::Gaussian).expect("alike")
}

#[test]
fn a_psnr_is_met_and_hardly_exceeded() {
    for (codec, image) in arms() {
        let asked = match image.format() {
            TWELVE => [50.0, 46.0, 48.0, 54.0],
            _ => [30.0, 26.0, 28.0, 36.0],
        };
        let targets = asked.map(|psnr| Target::Psnr(Decibels(psnr)));
        let levels = codec.encode_ladder(&image, TWELVE, &targets).expect("possible");
        for (level, asked) in levels.iter().zip(asked) {
            let got = psnr(&*codec, &image, level);
            assert!(level.reached && got >= asked, "{}: {asked} dB: {got}", codec.name());
            // The qualities of 8-bit JPEG stand further apart.
            if codec.name() != CodecName::Jpeg {
                assert!(got < asked + SPENT_DB, "{}: {asked} dB: {got}", codec.name());
            }
        }
        assert!(levels[3].bytes.len() > levels[0].bytes.len());
    }
}

#[test]
fn a_similarity_is_met_with_fewer_bytes_than_a_higher_one() {
    for (codec, image) in arms() {
        let asked = match image.format() {
            TWELVE => [0.98, 0.99, 0.995, 0.997],
            _ => [0.6, 0.7, 0.8, 0.9],
        };
        let targets = asked.map(Target::Ssim);
        let levels = codec.encode_ladder(&image, TWELVE, &targets).expect("possible");
        for (level, asked) in levels.iter().zip(asked) {
            let got = similarity(&*codec, &image, level);
            assert!(level.reached && got >= asked, "{}: {asked}: {got}", codec.name());
        }
        assert!(levels.is_sorted_by_key(|level| level.bytes.len()));
    }
}

#[test]
fn the_lowest_jpeg_quality_that_meets_the_target_is_taken() {
    let image = windowed(&ellipses(128, 10.0, 5));
    let jpeg = codec(CodecName::Jpeg);
    let all: Vec<Target> = (1..=100).map(|quality| Target::Quality(quality.into())).collect();
    let all = jpeg.encode_ladder(&image, TWELVE, &all).expect("possible");
    let psnrs: Vec<f64> = all.iter().map(|level| psnr(&*jpeg, &image, level)).collect();
    for asked in [25.0, 30.0, 36.5] {
        let target = Target::Psnr(Decibels(asked));
        let level = &jpeg.encode_ladder(&image, TWELVE, &[target]).expect("possible")[0];
        let first = psnrs.iter().position(|&psnr| psnr >= asked).expect("quality 100 has more");
        assert_eq!(level.bytes, all[first].bytes, "{asked} dB");
        assert_eq!(level.quality, all[first].quality);
    }
}

#[test]
fn what_no_setting_meets_is_said() {
    for (codec, image) in arms() {
        let targets = [Target::Psnr(Decibels(150.0)), Target::Ssim(1.0)];
        for level in codec.encode_ladder(&image, TWELVE, &targets).expect("possible") {
            assert!(!level.reached, "{} {}", codec.name(), level.target);
            assert!(psnr(&*codec, &image, &level) > 45.0, "{} {}", codec.name(), level.target);
        }
    }
}

#[test]
fn low_bits_are_dropped_and_counted_as_loss() {
    // 16 values share their high 8 of 12 bits; the decoder restores the middle, 8. Around it the
    // mean square of −8..=7 is 21.5: a PSNR of 10 log10(4095²/21.5) = 58.92 dB at best.
    let samples = (0..64 * 64).map(|at: u32| (at * 4095 / 4095) as u16).collect();
    let image = Image::new(64, 64, TWELVE, samples).expect("valid image");
    let jpeg = codec(CodecName::Jpeg);
    let level =
        &jpeg.encode_ladder(&image, TWELVE, &[Target::Quality(100.0)]).expect("possible")[0];
    assert_eq!(level.dropped_bits, 4);
    let decoded = jpeg.decode(&level.bytes, TWELVE).expect("its own file");
    assert!(decoded.samples().iter().all(|value| value % 16 == 8));
    let got = psnr_db(&image, &decoded).expect("alike");
    assert!((53.0..58.93).contains(&got), "{got}");
}

#[test]
fn options_change_the_codestream_and_not_what_it_meets() {
    let image = ellipses(192, 10.0, 4);
    let ratio = |value| Target::Ratio(CompressionRatio::stored(value));
    let targets = [Target::Psnr(Decibels(50.0)), ratio(20.0), ratio(8.0)];
    let mut seen = Vec::new();
    let usual = CodecOptions::default();
    let options =
        [Ok(usual), usual.with_code_block(16), usual.with_resolutions(2), usual.with_layers(1)];
    for options in options {
        let options = options.expect("in range");
        let codec = codec_with(CodecName::Jpeg2000, options).expect("its options");
        let levels = codec.encode_ladder(&image, TWELVE, &targets).expect("possible");
        let got = psnr(&*codec, &image, &levels[0]);
        assert!((50.0..50.0 + SPENT_DB).contains(&got), "{options:?}: {got}");
        assert!(!seen.contains(&levels), "{options:?}");
        seen.push(levels);
    }
    let lossless = usual.with_code_block(16).and_then(|options| options.with_resolutions(3));
    let lossless = codec_with(CodecName::Lossless, lossless.expect("in range")).expect("its own");
    let level = lossless.encode_ladder(&image, TWELVE, &[Target::Lossless]).expect("possible");
    assert_eq!(lossless.decode(&level[0].bytes, TWELVE), Ok(image));
}
