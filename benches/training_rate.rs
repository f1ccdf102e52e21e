//! Our side of `scripts/bench-training`: reads lines `train SIDE STEPS [PRESET]`,
//! `infer SIDE STEPS`, `peak`, `convolution`, `direct` and `memory` on stdin and answers each with
//! images per second, for the next three Gflop/s, and for the last the process's peak memory in
//! MB, so that the driver can alternate rounds with the peer. The kernel is the first argument, if
//! any.

#![expect(unsafe_code, reason = "the peak is measured with vector instructions")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::BufRead;
use std::time::Instant;

use phantom_limit::dataset::{RegionSet, Windows};
use phantom_limit::network::probe::Probe;
use phantom_limit::network::{
    Architecture, Execution, Kernel, Network, Recipe, Shape, Silent, train,
};

mod step_times;

use step_times::StepTimes;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BATCH: usize = 64;
const CLASSES: usize = 6;

/// Noise with labels: speed does not depend on what is in it.
fn regions(side: usize, count: usize) -> RegionSet {
    let mut state = 1_u32;
    let values = (0..count * side * side).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        1000 + (state >> 20) as u16 / 16
    });
    let labels = (0..count).map(|i| (i % CLASSES) as u8).collect();
    RegionSet { side, values: values.collect(), labels, windows: None }
}

/// The same with a class for each pixel.
fn pixels(side: usize, count: usize) -> RegionSet {
    let RegionSet { values, .. } = regions(side, count);
    let labels = (0..values.len()).map(|i| (i % CLASSES) as u8).collect();
    RegionSet { side, values, labels, windows: None }
}

fn training_rate(name: &str, side: usize, steps: usize, kernel: Kernel) -> f64 {
    let architecture = Architecture::preset(name, side, CLASSES).expect("a known preset");
    let recipe = Recipe { epochs: 1, batch: BATCH, ..Recipe::of(architecture) };
    let mut times = StepTimes::default();
    let (count, execution) = ((steps + 1) * BATCH, Execution::single(kernel));
    let shapes = recipe.architecture.shapes().expect("a preset is sound");
    let architecture = &recipe.architecture;
    let [set, tune] = [count, 1].map(|count| match shapes.last() {
        Some(Shape::Map { .. }) => pixels(side, count),
        _ if architecture.domain.is_pixels() => regions(side, count),
        _ => {
            let phases = (0..count).map(|number| [(number % 9) as u8, (number / 9 % 9) as u8]);
            let windows = regions(architecture.input_side(), count);
            let windows_of = Windows { cell: 8, phases: phases.collect() };
            RegionSet { windows: Some(windows_of), ..windows }
        }
    });
    train(&recipe, execution, 1, 0, &set, &tune, &mut times).expect("a training of noise runs");
    (steps * BATCH) as f64 / times.seconds(steps)
}

fn inference_rate(network: &Network, steps: usize) -> f64 {
    let set = regions(network.side(), steps * BATCH);
    let start = Instant::now();
    black_box(network.rate(&set, &|| false).expect("noise is rated"));
    set.len() as f64 / start.elapsed().as_secs_f64()
}

/// Gflop/s of the convolutions of the reference network at 64×64 but the first, in terms of the
/// direct algorithm: forward and both gradients as they are done, or only forward, directly.
fn convolution_rate(kernel: Kernel, direct: bool) -> f64 {
    let plan = [(64, [16, 16]), (32, [16, 32]), (32, [32, 32]), (16, [32, 64]), (16, [64, 64])];
    let mut probes = plan
        .map(|(side, channels)| Probe::new(kernel, side, channels, 16).expect("a known kernel"));
    let (mut flops, mut seconds) = (0.0, 0.0);
    for round in 0..4 {
        for probe in &mut probes {
            let start = Instant::now();
            if direct {
                probe.direct();
            } else {
                probe.forward();
                probe.backward();
            }
            if round > 0 {
                seconds += start.elapsed().as_secs_f64();
                flops += probe.flops() * if direct { 1.0 } else { 3.0 };
            }
        }
    }
    flops / seconds / 1e9
}

/// Gflop/s of fused multiply-adds in registers.
fn peak(kernel: Kernel) -> f64 {
    const ROUNDS: usize = 4_000_000;
    let start = Instant::now();
    let flops = match kernel {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the kernel is available.
        Kernel::Avx512 => unsafe { avx512(ROUNDS) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the kernel is available.
        Kernel::Avx2 => unsafe { avx2(ROUNDS) },
        _ => return f64::NAN,
    };
    flops / start.elapsed().as_secs_f64() / 1e9
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn avx512(rounds: usize) -> f64 {
    use std::arch::x86_64::{_mm512_fmadd_ps, _mm512_reduce_add_ps, _mm512_set1_ps};
    let (factor, term) = (_mm512_set1_ps(black_box(0.999)), _mm512_set1_ps(black_box(1e-3)));
    let mut totals = [_mm512_set1_ps(0.0); 16];
    for _ in 0..rounds {
        for total in &mut totals {
            *total = _mm512_fmadd_ps(*total, factor, term);
        }
    }
    for total in totals {
        black_box(_mm512_reduce_add_ps(total));
    }
    (rounds * 16 * 32) as f64
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2(rounds: usize) -> f64 {
    use std::arch::x86_64::{_mm256_cvtss_f32, _mm256_fmadd_ps, _mm256_set1_ps};
    let (factor, term) = (_mm256_set1_ps(black_box(0.999)), _mm256_set1_ps(black_box(1e-3)));
    let mut totals = [_mm256_set1_ps(0.0); 12];
    for _ in 0..rounds {
        for total in &mut totals {
            *total = _mm256_fmadd_ps(*total, factor, term);
        }
    }
    for total in totals {
        black_box(_mm256_cvtss_f32(total));
    }
    (rounds * 12 * 16) as f64
}

/// Peak resident memory of this process in MB, where the system tells.
fn peak_memory_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}

fn main() {
    // cargo bench adds arguments of its own.
    let kernel = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let kernel: Kernel = kernel.unwrap_or_else(Kernel::detect);
    println!("ready kernel={kernel}");
    let mut networks: BTreeMap<usize, Network> = BTreeMap::new();
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("the driver writes text");
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |place: usize| words[place].parse::<usize>().expect("a whole number");
        let answer = match words[0] {
            "train" => {
                let name = words.get(3).copied().unwrap_or("reference");
                training_rate(name, number(1), number(2), kernel)
            }
            "infer" => {
                let network = networks.entry(number(1)).or_insert_with(|| {
                    let side = number(1);
                    let recipe = Recipe { epochs: 1, ..Recipe::reference(side, CLASSES) };
                    let (set, execution) = (regions(side, BATCH), Execution::single(kernel));
                    train(&recipe, execution, 1, 0, &set, &set, &mut Silent).expect("noise trains")
                });
                inference_rate(network, number(2))
            }
            "peak" => peak(kernel),
            "convolution" => convolution_rate(kernel, false),
            "direct" => convolution_rate(kernel, true),
            "memory" => peak_memory_mb().unwrap_or(f64::NAN),
            other => panic!("unknown order {other:?}"),
        };
        println!("{answer:.2}");
    }
}
