//! Generations lose what an archive's migrations lose: each step works on what the one before
//! restored.

use crate::synthetic::{TWELVE, ellipses, windowed};
use phantom_limit_engine::codec::{CodecError, CodecName, Generation, Step, Target, chain, codec};
use phantom_limit_engine::image::Image;
use phantom_limit_engine::metric::psnr_db;
use phantom_limit_engine::units::{CompressionRatio, RatioBase};

fn run(image: &Image, steps: &[(CodecName, Target)]) -> Result<Vec<Generation>, CodecError> {
    let codecs: Vec<_> = steps.iter().map(|(name, _)| codec(*name)).collect();
    let steps: Vec<_> = codecs
        .iter()
        .zip(steps)
        .map(|(codec, &(_, target))| Step { codec: &**codec, target })
        .collect();
    chain(image, TWELVE, &steps)
}

fn stored(ratio: f64) -> Target {
    Target::Ratio(CompressionRatio::stored(ratio))
}

#[test]
fn every_generation_is_given_what_the_last_restored() {
    let image = ellipses(96, 10.0, 1);
    let steps = [
        (CodecName::Jpeg12, stored(6.0)),
        (CodecName::Jpeg2000, stored(8.0)),
        (CodecName::Jpeg, stored(10.0)),
    ];
    let generations = run(&image, &steps).expect("all take 12 bits");
    let mut given = image;
    for (generation, (name, target)) in generations.iter().zip(steps) {
        let level = codec(name).encode_ladder(&given, TWELVE, &[target]).expect("possible");
        assert_eq!(generation.encoded, level[0], "{name}");
        given = codec(name).decode(&level[0].bytes, TWELVE).expect("its own file");
        assert_eq!(generation.decoded, given, "{name}");
        // 12 bits over 8 · bytes/pixels.
        let ratio = 12.0 * 96.0 * 96.0 / (8.0 * level[0].bytes.len() as f64);
        assert!((generation.ratio(RatioBase::Stored).value - ratio).abs() < 1e-9, "{name}");
        let allocated = generation.ratio(RatioBase::Allocated).value;
        assert!((allocated - ratio * 16.0 / 12.0).abs() < 1e-9, "{name}");
    }
}

#[test]
fn another_codec_loses_more_and_the_null_nothing() {
    let image = windowed(&ellipses(96, 10.0, 2));
    let steps = [
        (CodecName::Jpeg, stored(12.0)),
        (CodecName::Lossless, Target::Lossless),
        (CodecName::Jpeg2000, stored(12.0)),
    ];
    let generations = run(&image, &steps).expect("all take 8 bits");
    let psnr = |generation: &Generation| psnr_db(&image, &generation.decoded).expect("alike");
    assert_eq!(generations[1].decoded, generations[0].decoded);
    assert!(psnr(&generations[2]) < psnr(&generations[0]));
}

#[test]
fn a_step_that_is_not_possible_is_an_error() {
    let image = ellipses(64, 10.0, 3);
    let steps = [(CodecName::Jpeg2000, stored(5.0)), (CodecName::Htj2k, stored(5.0))];
    let refused = CodecError::NoEncoder { codec: CodecName::Htj2k };
    assert_eq!(run(&image, &steps), Err(refused));
    assert_eq!(run(&image, &[]), Ok(Vec::new()));
}
