//! Images per second of ct-head, beside its white noise and the filter of that alone, and of one
//! phantom of each other physics; and what the two-dimensional FFT costs beside rustfft's (whose
//! bits differ between processors).

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use phantom_limit_engine::acquisition::fft::{Complex2d, Fft2d};
use phantom_limit_engine::dataset::{Dataset, Split};
use phantom_limit_engine::phantom::library;
use phantom_limit_engine::rng::{Purpose, StreamKey};
use rand_distr::{Distribution, StandardNormal};
use rustfft::FftPlanner;
use rustfft::num_complex::Complex;

const SIDE: usize = 512;

fn images(criterion: &mut Criterion) {
    let dataset = Dataset::new(library::find("ct-head").expect("in the library"), 1);
    let mut group = criterion.benchmark_group("acquisition");
    group.throughput(Throughput::Elements(1)).sample_size(20);
    let mut index = 0;
    group.bench_function("draw and acquire", |bencher| {
        bencher.iter(|| {
            index += 1;
            dataset.case(Split::Train, index).expect("room")
        });
    });
    group.bench_function("draw", |bencher| {
        bencher.iter(|| {
            index += 1;
            dataset.scene(Split::Train, index).expect("room")
        });
    });
    // What no image of this size with coloured noise can do without: one normal value for each
    // pixel, a transform there, a product and a transform back.
    let fft = Fft2d::new(SIDE, SIDE);
    group.bench_function("noise floor", |bencher| {
        bencher.iter(|| {
            index += 1;
            let mut white = Vec::with_capacity(SIDE * SIDE);
            for row in 0..SIDE as u64 {
                let key = StreamKey { seed: 1, purpose: Purpose::Noise, case: index, part: row };
                let stream = key.open();
                white.extend(StandardNormal.sample_iter(stream).take(SIDE).map(|value: f64| value));
            }
            let mut noise = Complex2d { im: vec![0.0; white.len()], re: white };
            fft.forward(&mut noise);
            for (re, im) in noise.re.iter_mut().zip(&mut noise.im) {
                *re *= 0.5;
                *im *= 0.5;
            }
            fft.inverse(&mut noise);
            noise.re
        });
    });
    group.finish();
}

fn physics(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("images of each physics");
    group.throughput(Throughput::Elements(1)).sample_size(10);
    for id in ["mr-brain", "mammography", "xa", "us", "nm"] {
        let dataset = Dataset::new(library::find(id).expect("in the library"), 1);
        let mut index = 0;
        group.bench_function(id, |bencher| {
            bencher.iter(|| {
                index += 1;
                dataset.case(Split::Train, index).expect("room")
            });
        });
    }
    group.finish();
}

fn transforms(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fft 512x512");
    group.throughput(Throughput::Elements((SIDE * SIDE) as u64)).sample_size(20);
    let fft = Fft2d::new(SIDE, SIDE);
    let mut ours = Complex2d { re: vec![1.0; SIDE * SIDE], im: vec![0.5; SIDE * SIDE] };
    group.bench_function("ours", |bencher| bencher.iter(|| fft.forward(&mut ours)));
    let plan = FftPlanner::new().plan_fft_forward(SIDE);
    let mut theirs = vec![Complex { re: 1.0, im: 0.5 }; SIDE * SIDE];
    let mut turned = theirs.clone();
    group.bench_function("rustfft with transposes", |bencher| {
        bencher.iter(|| {
            for _ in 0..2 {
                plan.process(&mut theirs);
                for row in 0..SIDE {
                    for column in 0..SIDE {
                        turned[column * SIDE + row] = theirs[row * SIDE + column];
                    }
                }
                std::mem::swap(&mut theirs, &mut turned);
            }
        });
    });
    group.finish();
}

criterion_group!(benches, images, physics, transforms);
criterion_main!(benches);
