//! The lossless codec restores every sample, and every codec any size.

use crate::synthetic::{TWELVE, ellipses, windowed};
use phantom_limit_engine::codec::{CodecName, Target, codec};
use phantom_limit_engine::image::{Image, SampleFormat, WINDOWED};
use phantom_limit_engine::rng::{Purpose, StreamKey};
use phantom_limit_engine::units::CompressionRatio;

const SIZES: [(usize, usize); 7] = [(1, 1), (1, 7), (5, 3), (8, 8), (33, 17), (64, 257), (300, 2)];

fn noise(rows: usize, columns: usize, format: SampleFormat) -> Image {
    let key = StreamKey { seed: 3, purpose: Purpose::Noise, case: rows as u64, part: 0 };
    let mut stream = key.open();
    let bound = u64::from(format.peak()) + 1;
    let samples = (0..rows * columns).map(|_| stream.below(bound) as u16).collect();
    Image::new(rows, columns, format, samples).expect("values fit")
}

fn assert_exact(image: &Image) {
    let lossless = codec(CodecName::Lossless);
    let targets = [Target::Lossless, Target::Lossless];
    let levels = lossless.encode_ladder(image, image.format(), &targets).expect("always possible");
    assert_eq!(levels.len(), 2);
    for level in levels {
        let decoded = lossless.decode(&level.bytes, image.format()).expect("its own file");
        assert!(decoded == *image, "{}×{} {:?}", image.rows(), image.columns(), image.format());
    }
}

#[test]
fn noise_of_any_depth_and_size_is_restored() {
    for bits_stored in [2, 3, 8, 10, 12, 15, 16] {
        for bits_allocated in [8, 16].into_iter().filter(|&bits| bits >= bits_stored) {
            for (rows, columns) in SIZES {
                assert_exact(&noise(rows, columns, SampleFormat { bits_stored, bits_allocated }));
            }
        }
    }
}

#[test]
fn phantoms_are_restored_and_become_smaller() {
    let native = ellipses(512, 10.0, 1);
    for image in [windowed(&native), native] {
        assert_exact(&image);
        let level = &codec(CodecName::Lossless)
            .encode_ladder(&image, TWELVE, &[Target::Lossless])
            .expect("possible")[0];
        assert!(8 * level.bytes.len() < image.pixels() * usize::from(image.format().bits_stored));
    }
}

#[test]
fn irreversible_codecs_take_any_size() {
    let target = Target::Ratio(CompressionRatio::stored(8.0));
    for (name, format) in [
        (CodecName::Jpeg, WINDOWED),
        (CodecName::Jpeg2000, WINDOWED),
        (CodecName::Jpeg2000, TWELVE),
    ] {
        for (rows, columns) in SIZES {
            let image = noise(rows, columns, format);
            let level = &codec(name).encode_ladder(&image, format, &[target]).expect("possible")[0];
            let decoded = codec(name).decode(&level.bytes, format).expect("its own file");
            assert_eq!((decoded.rows(), decoded.columns()), (rows, columns), "{name}");
            assert!(level.header_bytes <= level.bytes.len());
        }
    }
}
