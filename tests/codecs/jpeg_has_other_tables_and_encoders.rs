//! Quantisation tables and encoders of the JPEG family that are chosen.

use crate::synthetic::{TWELVE, ellipses, windowed};
use phantom_limit_engine::codec::{
    Codec, CodecName, CodecOptions, Coefficients, Encoded, JpegEncoder, JpegTables, Target, codec,
    codec_with,
};
use phantom_limit_engine::image::Image;
use phantom_limit_engine::metric::psnr_db;
use phantom_limit_engine::units::{CompressionRatio, RatioBase};

fn with(name: CodecName, options: CodecOptions) -> Box<dyn Codec> {
    codec_with(name, options).expect("its option")
}

fn at(codec: &dyn Codec, image: &Image, targets: &[Target]) -> Vec<Encoded> {
    codec.encode_ladder(image, TWELVE, targets).expect("possible")
}

fn psnr(codec: &dyn Codec, image: &Image, level: &Encoded) -> f64 {
    let decoded = codec.decode(&level.bytes, image.format()).expect("its own file");
    psnr_db(image, &decoded).expect("alike")
}

#[test]
fn qualities_scale_the_chosen_tables() {
    let native = ellipses(64, 10.0, 3);
    // S is 200 % at quality 25, 100 % at 50 and 20 % at 90 (libjpeg's formula).
    let scaled = |tables: JpegTables, percent: u32, largest: u32| {
        tables.steps().map(|step| ((u32::from(step) * percent + 50) / 100).clamp(1, largest) as u16)
    };
    for tables in JpegTables::ALL {
        let options = CodecOptions::default().with_tables(tables);
        for (name, image, largest) in
            [(CodecName::Jpeg, windowed(&native), 255), (CodecName::Jpeg12, native.clone(), 65_535)]
        {
            let codec = with(name, options);
            let asked = [(25.0, 200), (50.0, 100), (90.0, 20)];
            let levels = at(&*codec, &image, &asked.map(|(quality, _)| Target::Quality(quality)));
            for (level, (quality, percent)) in levels.iter().zip(asked) {
                let file = Coefficients::read(name, &level.bytes).expect("its own file");
                assert_eq!(
                    *file.quantisation(),
                    scaled(tables, percent, largest),
                    "{tables:?} {quality}"
                );
            }
        }
    }
}

#[test]
fn the_other_encoder_writes_the_same_tables_and_nearly_the_same_image() {
    let image = windowed(&ellipses(192, 10.0, 7));
    for tables in [JpegTables::AnnexK, JpegTables::DentalXRays] {
        let options = CodecOptions::default().with_tables(tables);
        let own = with(CodecName::Jpeg, options);
        let other = with(CodecName::Jpeg, options.with_encoder(JpegEncoder::JpegEncoder));
        assert_ne!(own.version(), other.version());
        let targets = [10.0, 50.0, 90.0].map(Target::Quality);
        for (ours, theirs) in at(&*own, &image, &targets).iter().zip(at(&*other, &image, &targets))
        {
            let steps = |level: &Encoded| {
                *Coefficients::read(CodecName::Jpeg, &level.bytes).expect("a file").quantisation()
            };
            assert_eq!(steps(ours), steps(&theirs));
            assert_ne!(ours.bytes, theirs.bytes);
            // Another integer transform: a few coefficients are rounded otherwise.
            let (ours, theirs) = (psnr(&*own, &image, ours), psnr(&*other, &image, &theirs));
            assert!((ours - theirs).abs() < 0.1, "{ours} dB and {theirs} dB");
        }
    }
}

#[test]
fn ladders_reach_their_ratios_with_each() {
    let image = windowed(&ellipses(256, 10.0, 5));
    let stored = |value| Target::Ratio(CompressionRatio { value, base: RatioBase::Stored });
    let options = CodecOptions::default();
    for options in [
        options.with_tables(JpegTables::Flat),
        options.with_encoder(JpegEncoder::JpegEncoder),
        options.with_tables(JpegTables::MsSsim).with_encoder(JpegEncoder::JpegEncoder),
    ] {
        let codec = with(CodecName::Jpeg, options);
        for (level, ratio) in
            at(&*codec, &image, &[5.0, 10.0, 20.0].map(stored)).iter().zip([5, 10, 20])
        {
            let budget = 256 * 256 * 12 / 8 / ratio;
            assert!(level.reached && level.bytes.len() <= budget, "{options:?} {ratio}:1");
            // The next quality is too large.
            let above = Target::Quality(level.quality.expect("of JPEG") + 1.0);
            let above = &at(&*codec, &image, &[above])[0];
            assert!(above.bytes.len() > budget, "{options:?} {ratio}:1");
        }
    }
}

#[test]
fn usual_tables_and_encoder_change_nothing() {
    let image = windowed(&ellipses(64, 10.0, 5));
    let options =
        CodecOptions::default().with_tables(JpegTables::AnnexK).with_encoder(JpegEncoder::Own);
    let [named, usual] = [with(CodecName::Jpeg, options), codec(CodecName::Jpeg)];
    assert_eq!(named.version(), usual.version());
    let target = [Target::Quality(30.0)];
    assert_eq!(at(&*named, &image, &target), at(&*usual, &image, &target));
}
