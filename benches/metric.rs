//! Metrics of one 512×512 image, and SSIM as it is written in the paper as their peer: every
//! window on its own. Throughput is in pixels.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use phantom_limit_engine::image::Image;
use phantom_limit_engine::metric::{ArtefactReference, SsimWindow, ms_ssim, psnr_db, ssim};

#[path = "../tests/support/synthetic.rs"]
mod synthetic;

use synthetic::{TWELVE, ellipses, windowed};

/// SSIM with a 7×7 window of equal weight, window by window.
fn ssim_by_definition(first: &Image, second: &Image) -> f64 {
    const SIDE: usize = 7;
    const PIXELS: f64 = (SIDE * SIDE) as f64;
    let peak = f64::from(first.format().peak());
    let (c1, c2) = ((0.01 * peak).powi(2), (0.03 * peak).powi(2));
    let mut sum = 0.0;
    let positions = [first.rows() + 1 - SIDE, first.columns() + 1 - SIDE];
    for row in 0..positions[0] {
        for column in 0..positions[1] {
            let [mut a, mut b, mut aa, mut bb, mut ab] = [0.0; 5];
            for line in row..row + SIDE {
                for place in column..column + SIDE {
                    let at = line * first.columns() + place;
                    let [x, y] = [first, second].map(|image| f64::from(image.samples()[at]));
                    a += x;
                    b += y;
                    aa += x * x;
                    bb += y * y;
                    ab += x * y;
                }
            }
            let [a, b, aa, bb, ab] = [a, b, aa, bb, ab].map(|sum| sum / PIXELS);
            let sample = PIXELS / (PIXELS - 1.0);
            let variances = sample * (aa - a * a + bb - b * b);
            let covariance = sample * (ab - a * b);
            sum += (2.0 * a * b + c1) * (2.0 * covariance + c2)
                / ((a * a + b * b + c1) * (variances + c2));
        }
    }
    sum / (positions[0] * positions[1]) as f64
}

fn metrics(criterion: &mut Criterion) {
    let (first, second) = (ellipses(512, 10.0, 1), ellipses(512, 20.0, 1));
    assert_eq!(first.format(), TWELVE);
    let mut group = criterion.benchmark_group("metric");
    group.sample_size(20).throughput(Throughput::Elements(first.pixels() as u64));
    let (a, b) = (&first, &second);
    group.bench_function("psnr", |bencher| bencher.iter(|| psnr_db(black_box(a), b)));
    for (name, window) in [("gaussian", SsimWindow::Gaussian), ("uniform", SsimWindow::Uniform)] {
        group.bench_function(format!("ssim {name}"), |bencher| {
            bencher.iter(|| ssim(black_box(a), b, window));
        });
    }
    group.bench_function("ssim uniform by definition", |bencher| {
        bencher.iter(|| ssim_by_definition(black_box(a), b));
    });
    group.bench_function("ms-ssim", |bencher| bencher.iter(|| ms_ssim(black_box(a), b)));
    let eight = windowed(a);
    for (name, image) in [("native", a), ("windowed", &eight)] {
        let reference = ArtefactReference::new(image);
        group.bench_function(format!("artefact reference {name}"), |bencher| {
            bencher.iter(|| ArtefactReference::new(black_box(image)));
        });
        group.bench_function(format!("artefacts {name}"), |bencher| {
            bencher.iter(|| reference.artefacts(black_box(image)));
        });
    }
    group.finish();
}

criterion_group!(benches, metrics);
criterion_main!(benches);
