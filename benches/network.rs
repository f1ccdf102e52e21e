//! The convolutions of the reference network and whole training passes, on one thread and with
//! each kernel of this processor.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use phantom_limit::network::probe::{Probe, StepProbe};
use phantom_limit::network::{Kernel, Recipe};

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

/// One pass of the reference network, forward and backward; images per second.
fn passes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pass");
    group.sample_size(20);
    for kernel in Kernel::available() {
        for side in [32, 64] {
            let recipe = Recipe { kernel, ..Recipe::reference(side, 6) };
            let mut probe = StepProbe::new(&recipe).expect("the reference recipe works");
            group.throughput(Throughput::Elements(recipe.batch as u64));
            group.bench_function(BenchmarkId::from_parameter(format!("{kernel}/{side}")), |b| {
                b.iter(|| black_box(probe.pass().expect("a pass of noise")));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, convolutions, passes);
criterion_main!(benches);
