//! The ladder of levels at 512×512: one call against one call per level, and decoding.
//! Throughput is in pixels of the source image.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use phantom_limit_engine::codec::{Codec, CodecName, Encoded, Target, codec};
use phantom_limit_engine::image::Image;
use phantom_limit_engine::units::{CompressionRatio, Decibels};

#[path = "../tests/support/synthetic.rs"]
mod synthetic;

use synthetic::{TWELVE, ellipses, windowed};

const RATIOS: [f64; 11] = [5.0, 8.0, 10.0, 12.0, 15.0, 20.0, 30.0, 50.0, 80.0, 120.0, 200.0];

fn encode(codec: &dyn Codec, image: &Image, targets: &[Target]) -> Vec<Encoded> {
    codec.encode_ladder(image, TWELVE, targets).expect("the targets are possible")
}

fn ladders(criterion: &mut Criterion) {
    let native = ellipses(512, 10.0, 1);
    let eight = windowed(&native);
    let targets = RATIOS.map(|ratio| Target::Ratio(CompressionRatio::stored(ratio)));
    let arms = [
        ("jpeg windowed", CodecName::Jpeg, &eight),
        ("jpeg native", CodecName::Jpeg, &native),
        ("jpeg12 windowed", CodecName::Jpeg12, &eight),
        ("jpeg12 native", CodecName::Jpeg12, &native),
        ("jpeg2000 windowed", CodecName::Jpeg2000, &eight),
        ("jpeg2000 native", CodecName::Jpeg2000, &native),
    ];
    for (name, codec_name, image) in arms {
        let codec = codec(codec_name);
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10).throughput(Throughput::Elements(image.pixels() as u64));
        group.bench_function("one call", |bencher| {
            bencher.iter(|| encode(&*codec, black_box(image), &targets));
        });
        group.bench_function("a call per level", |bencher| {
            bencher.iter(|| {
                let level = |target: &Target| encode(&*codec, black_box(image), &[*target]);
                targets.iter().flat_map(level).collect::<Vec<_>>()
            });
        });
        let levels = encode(&*codec, image, &targets);
        group.bench_function("decode all", |bencher| {
            let decode = |level: &Encoded| codec.decode(&level.bytes, image.format());
            bencher.iter(|| levels.iter().map(decode).all(|image| black_box(image).is_ok()));
        });
        group.finish();
    }
}

/// One target on the decoded image each: a search over encodes and decodes.
fn fidelities(criterion: &mut Criterion) {
    let native = ellipses(512, 10.0, 1);
    let mut group = criterion.benchmark_group("native to a fidelity");
    group.sample_size(10).throughput(Throughput::Elements(native.pixels() as u64));
    for name in [CodecName::Jpeg, CodecName::Jpeg12, CodecName::Jpeg2000] {
        let codec = codec(name);
        for (kind, target) in [("PSNR", Target::Psnr(Decibels(50.0))), ("SSIM", Target::Ssim(0.99))]
        {
            group.bench_function(format!("{name} {kind}"), |bencher| {
                bencher.iter(|| encode(&*codec, black_box(&native), &[target]));
            });
        }
    }
    group.finish();
}

fn lossless(criterion: &mut Criterion) {
    let native = ellipses(512, 10.0, 1);
    let codec = codec(CodecName::Lossless);
    let mut group = criterion.benchmark_group("lossless native");
    group.sample_size(10).throughput(Throughput::Elements(native.pixels() as u64));
    group.bench_function("encode", |bencher| {
        bencher.iter(|| encode(&*codec, black_box(&native), &[Target::Lossless]));
    });
    let file = encode(&*codec, &native, &[Target::Lossless]).remove(0).bytes;
    group.bench_function("decode", |bencher| {
        bencher.iter(|| codec.decode(black_box(&file), native.format()).is_ok());
    });
    group.finish();
}

criterion_group!(benches, ladders, fidelities, lossless);
criterion_main!(benches);
