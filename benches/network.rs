//! The convolutions of the reference network, whole training steps, and pooling and upsampling for
//! candle's ops, on one thread and with each kernel of this processor.

use std::hint::black_box;

use candle_core::{Device, Tensor, Var};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use phantom_limit_engine::network::probe::{Probe, StepProbe};
use phantom_limit_engine::network::{
    Kernel, Recipe, average_pool, max_pool, upsample_bilinear, upsample_nearest,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const IMAGES: usize = 16;

/// Forward (with the sums for a batch norm), backward (both gradients, through batch norm and
/// ReLU) and the direct algorithm; images per second.
fn convolutions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("convolution");
    group.throughput(Throughput::Elements(IMAGES as u64));
    for kernel in Kernel::available() {
        for (side, channels) in [(32, [16, 16]), (16, [32, 32]), (8, [64, 64])] {
            let mut probe = Probe::new(kernel, side, channels, IMAGES).expect("available");
            let name = format!("{kernel}/{side}x{side}x{}", channels[0]);
            group.bench_function(BenchmarkId::new("forward", &name), |b| {
                b.iter(|| probe.forward());
            });
            group.bench_function(BenchmarkId::new("backward", &name), |b| {
                b.iter(|| probe.backward());
            });
            group.bench_function(BenchmarkId::new("direct", &name), |b| b.iter(|| probe.direct()));
        }
    }
    group.finish();
}

/// One pass of the reference network, forward and backward, and one whole step, with the
/// optimiser's update; images per second.
fn steps(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("step");
    group.sample_size(20);
    for kernel in Kernel::available() {
        for side in [32, 64] {
            let recipe = Recipe::reference(side, 6);
            let mut probe = StepProbe::new(&recipe, kernel).expect("the reference recipe works");
            group.throughput(Throughput::Elements(recipe.batch as u64));
            let name = format!("{kernel}/{side}");
            group.bench_function(BenchmarkId::new("pass", &name), |b| {
                b.iter(|| black_box(probe.pass().expect("a pass of noise")));
            });
            group.bench_function(BenchmarkId::new("whole", &name), |b| {
                b.iter(|| black_box(probe.step().expect("a step of noise")));
            });
        }
    }
    group.finish();
}

/// Pooling and upsampling, forward and backward; values of the larger map per second.
fn pieces(criterion: &mut Criterion) {
    type Piece = fn(&Tensor, usize) -> candle_core::Result<Tensor>;
    let mut group = criterion.benchmark_group("piece");
    let kinds: [(&str, Piece, usize); 4] = [
        ("max-pool", max_pool, 64),
        ("average-pool", average_pool, 64),
        ("upsample-nearest", upsample_nearest, 32),
        ("upsample-bilinear", upsample_bilinear, 32),
    ];
    group.throughput(Throughput::Elements((IMAGES * 16 * 64 * 64) as u64));
    for (name, piece, side) in kinds {
        let shape = (IMAGES, 16, side, side);
        let x = Var::rand(-1.0_f32, 1.0, shape, &Device::Cpu).expect("a map of noise");
        group.bench_function(name, |b| {
            b.iter(|| {
                let y = piece(&x, 2).and_then(|y| y.sum_all()).expect("even sides");
                black_box(y.backward().expect("a scalar has a gradient"))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, convolutions, steps, pieces);
criterion_main!(benches);
