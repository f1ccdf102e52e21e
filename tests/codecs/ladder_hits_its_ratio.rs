//! Every level of a ladder stays below its budget and comes close to it.

use crate::synthetic::{TWELVE, ellipses, windowed};
use jpeg_encoder::{ColorType, Encoder, QuantizationTableType};
use phantom_limit_engine::codec::{CodecError, CodecName, Encoded, Target, codec, rate};
use phantom_limit_engine::image::{Image, SampleFormat, WINDOWED};
use phantom_limit_engine::units::{BitsPerPixel, CompressionRatio, Decibels, RatioBase};
use rayon::prelude::*;

const LADDER: [f64; 15] =
    [2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0, 30.0, 50.0, 80.0, 120.0, 200.0];

/// Codecs with a ladder.
const LOSSY: [CodecName; 3] = [CodecName::Jpeg, CodecName::Jpeg12, CodecName::Jpeg2000];

/// Mean over images of the shortfall from the target, asked for by the plan of the codecs.
const MEAN_TOLERANCE: f64 = 0.015;

/// The same of one image: one coding pass of a 64×64 code-block.
const IMAGE_TOLERANCE: f64 = 0.08;

/// The same where the encoder has one target only.
const SINGLE_TOLERANCE: f64 = 0.03;

fn stored(ratio: f64) -> Target {
    Target::Ratio(CompressionRatio::stored(ratio))
}

fn ladder(name: CodecName, image: &Image, ratios: &[f64]) -> Vec<Encoded> {
    let targets: Vec<Target> = ratios.iter().map(|&ratio| stored(ratio)).collect();
    codec(name).encode_ladder(image, TWELVE, &targets).expect("the ladder is possible")
}

fn images() -> Vec<Image> {
    [2.0, 4.0, 8.0, 16.0].iter().zip(0..).map(|(&sigma, case)| ellipses(512, sigma, case)).collect()
}

fn budget(image: &Image, ratio: f64) -> usize {
    rate::budget(stored(ratio), image.pixels(), TWELVE, image.format()).expect("a ratio")
}

/// Share by which a level is smaller than it may be.
fn shortfall(image: &Image, level: &Encoded, ratio: f64) -> f64 {
    let budget = budget(image, ratio);
    assert!(level.reached && level.bytes.len() <= budget, "{ratio}:1 is above its budget");
    budget as f64 / level.bytes.len() as f64 - 1.0
}

fn jpeg2000_comes_close(images: &[Image]) {
    let levels: Vec<Vec<Encoded>> =
        images.par_iter().map(|image| ladder(CodecName::Jpeg2000, image, &LADDER)).collect();
    // Where the best quality needs less than the budget, there is nothing to come close with.
    let most: Vec<usize> = images
        .par_iter()
        .map(|image| ladder(CodecName::Jpeg2000, image, &[1.01])[0].bytes.len())
        .collect();
    for (at, &ratio) in LADDER.iter().enumerate() {
        let shortfalls: Vec<f64> = (0..images.len())
            .filter(|&number| budget(&images[number], ratio) < most[number])
            .map(|number| shortfall(&images[number], &levels[number][at], ratio))
            .collect();
        let mean = shortfalls.iter().sum::<f64>() / shortfalls.len().max(1) as f64;
        assert!(mean < MEAN_TOLERANCE, "{ratio}:1: mean {mean}");
        assert!(shortfalls.iter().all(|&s| s < IMAGE_TOLERANCE), "{ratio}:1: {shortfalls:?}");
    }
}

#[test]
fn jpeg2000_comes_close_on_native_data() {
    jpeg2000_comes_close(&images());
}

#[test]
fn jpeg2000_comes_close_on_windowed_data() {
    jpeg2000_comes_close(&images().iter().map(windowed).collect::<Vec<_>>());
}

#[test]
fn jpeg_takes_the_highest_quality_that_fits() {
    for (side, sigma) in [(512, 10.0), (96, 30.0)] {
        let image = windowed(&ellipses(side, sigma, 11));
        let qualities: Vec<Target> = (1..=100).map(|q| Target::Quality(q.into())).collect();
        let jpeg = codec(CodecName::Jpeg);
        let all = jpeg.encode_ladder(&image, TWELVE, &qualities).expect("possible");
        let sizes: Vec<usize> = all.iter().map(|level| level.bytes.len()).collect();
        for (level, ratio) in ladder(CodecName::Jpeg, &image, &LADDER).iter().zip(LADDER) {
            let budget = budget(&image, ratio);
            match (1..=100_u8).rfind(|&quality| sizes[usize::from(quality) - 1] <= budget) {
                Some(quality) => {
                    let highest = (Some(quality.into()), true);
                    assert_eq!((level.quality, level.reached), highest, "{ratio}:1");
                    assert_eq!(level.bytes, all[usize::from(quality) - 1].bytes);
                }
                None => {
                    assert!(!level.reached, "{ratio}:1");
                    assert_eq!(Some(&level.bytes.len()), sizes.iter().min(), "{ratio}:1");
                }
            }
        }
    }
}

#[test]
fn jpeg_files_are_as_small_as_those_of_another_encoder() {
    // jpeg-encoder has libjpeg's tables, optimised codes and the same 18 bytes of JFIF; its
    // integer transform rounds a few coefficients otherwise.
    const TOLERANCE: f64 = 0.01;
    let image = windowed(&ellipses(256, 10.0, 11));
    let grey: Vec<u8> = image.samples().iter().map(|&value| value as u8).collect();
    for quality in [5, 30, 75, 90, 97] {
        let mut theirs = Vec::new();
        let mut encoder = Encoder::new(&mut theirs, quality);
        let table = QuantizationTableType::Default;
        encoder.set_quantization_tables(table.clone(), table);
        encoder.set_optimized_huffman_tables(true);
        encoder.encode(&grey, 256, 256, ColorType::Luma).expect("the encoder writes to memory");
        let target = Target::Quality(quality.into());
        let jpeg = codec(CodecName::Jpeg);
        let ours = &jpeg.encode_ladder(&image, TWELVE, &[target]).expect("possible")[0].bytes;
        let larger = ours.len() as f64 / theirs.len() as f64 - 1.0;
        assert!(larger < TOLERANCE, "quality {quality}: {larger}");
    }
}

#[test]
fn jpeg12_comes_close_on_both_paths() {
    for image in images().iter().flat_map(|native| [native.clone(), windowed(native)]) {
        let levels = ladder(CodecName::Jpeg12, &image, &LADDER);
        let best = Target::Quality(100.0);
        let most = codec(CodecName::Jpeg12).encode_ladder(&image, TWELVE, &[best]);
        let most = most.expect("possible")[0].bytes.len();
        for (level, ratio) in levels.iter().zip(LADDER) {
            // With 8 bits the steps end at 255, and no quality is small enough.
            let possible = level.reached || image.format() == WINDOWED;
            assert!(possible, "{ratio}:1 on {:?}", image.format());
            if level.reached && budget(&image, ratio) < most {
                let short = shortfall(&image, level, ratio);
                assert!(short < SINGLE_TOLERANCE, "{ratio}:1: {short}");
            }
        }
    }
}

#[test]
fn a_single_target_is_hit() {
    for image in images().iter().flat_map(|native| [native.clone(), windowed(native)]) {
        let most = ladder(CodecName::Jpeg2000, &image, &[1.01])[0].bytes.len();
        for ratio in [5.0, 10.0, 20.0, 50.0].into_iter().filter(|&r| budget(&image, r) < most) {
            let level = &ladder(CodecName::Jpeg2000, &image, &[ratio])[0];
            let short = shortfall(&image, level, ratio);
            assert!(short < SINGLE_TOLERANCE, "{ratio}:1: {short}");
        }
    }
}

#[test]
fn targets_come_in_any_order_and_more_than_once() {
    let image = windowed(&ellipses(128, 10.0, 3));
    let order = [30.0, 4.0, 30.0, 8.0, 30.001];
    for name in LOSSY {
        let levels = ladder(name, &image, &order);
        for (level, ratio) in levels.iter().zip(order) {
            assert_eq!(level.target, stored(ratio));
            assert!(level.bytes.len() <= budget(&image, ratio), "{name} {ratio}:1");
        }
        assert_eq!(levels[0].bytes, levels[2].bytes);
        assert_eq!(levels[0].bytes, ladder(name, &image, &[4.0, 8.0, 30.0])[2].bytes, "{name}");
        assert!(ladder(name, &image, &[]).is_empty());
    }
}

#[test]
fn an_unreachable_target_takes_the_nearest() {
    let image = windowed(&ellipses(64, 10.0, 5));
    for name in LOSSY {
        let levels = ladder(name, &image, &[20.0, 5000.0]);
        let smaller = levels[1].bytes.len();
        assert!(!levels[1].reached && smaller <= levels[0].bytes.len(), "{name}");
        assert!(codec(name).decode(&levels[1].bytes, image.format()).is_ok(), "{name}");
    }
}

#[test]
fn the_base_of_a_ratio_sets_the_bytes() {
    let image = windowed(&ellipses(256, 10.0, 6));
    let target = |value, base| Target::Ratio(CompressionRatio { value, base });
    // 20:1 on 12 bits stored, 80/3:1 on 16 allocated, 40/3:1 on the codec's 8, all 0.6 bits a
    // pixel.
    let targets = [
        target(20.0, RatioBase::Stored),
        target(80.0 / 3.0, RatioBase::Allocated),
        target(40.0 / 3.0, RatioBase::Input),
        Target::BitsPerPixel(BitsPerPixel(0.6)),
    ];
    for name in LOSSY {
        let levels = codec(name).encode_ladder(&image, TWELVE, &targets).expect("possible");
        assert!(levels.iter().all(|level| level.bytes == levels[0].bytes), "{name}");
    }
}

#[test]
fn what_a_codec_cannot_meet_is_an_error() {
    let native = ellipses(64, 10.0, 6);
    let refused = |name: CodecName, image: &Image, target| {
        codec(name).encode_ladder(image, TWELVE, &[target]).expect_err("not possible")
    };
    let six = SampleFormat { bits_stored: 6, bits_allocated: 8 };
    let shallow = Image::new(8, 8, six, vec![63; 64]).expect("valid image");
    let format = CodecError::Format { codec: CodecName::Jpeg, format: six };
    assert_eq!(refused(CodecName::Jpeg, &shallow, stored(10.0)), format);
    let thirteen = SampleFormat { bits_stored: 13, bits_allocated: 16 };
    let deep = Image::new(8, 8, thirteen, vec![8000; 64]).expect("valid image");
    let format = CodecError::Format { codec: CodecName::Jpeg12, format: thirteen };
    assert_eq!(refused(CodecName::Jpeg12, &deep, stored(10.0)), format);
    for (codec, target) in [
        (CodecName::Jpeg12, Target::Quality(0.001)),
        (CodecName::Jpeg, Target::Lossless),
        (CodecName::Jpeg2000, Target::Lossless),
        (CodecName::Lossless, stored(10.0)),
        (CodecName::Jpeg2000, stored(-1.0)),
        (CodecName::Jpeg, Target::Quality(0.0)),
        (CodecName::Jpeg, Target::Quality(75.5)),
        (CodecName::Jpeg2000, Target::Quality(75.0)),
        (CodecName::Jpeg, Target::Psnr(Decibels(f64::INFINITY))),
        (CodecName::Jpeg2000, Target::Ssim(1.5)),
        (CodecName::Jpeg, Target::BitsPerPixel(BitsPerPixel(0.0))),
    ] {
        let error = refused(codec, &windowed(&native), target);
        assert_eq!(error, CodecError::Target { codec, target });
    }
}

#[test]
fn the_bytes_do_not_depend_on_threads() {
    let images: Vec<Image> = (0..8).map(|case| windowed(&ellipses(128, 10.0, case))).collect();
    for name in LOSSY {
        let encode = |image: &Image| ladder(name, image, &[5.0, 20.0]);
        let together: Vec<_> = images.par_iter().map(encode).collect();
        let alone: Vec<_> = images.iter().map(encode).collect();
        assert_eq!(together, alone, "{name}");
    }
}
