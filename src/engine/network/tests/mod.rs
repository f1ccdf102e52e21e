//! Tests of architectures, of both backends together and of whole trainings.

mod architectures;
mod coefficients;
mod golden;
mod graphs;
mod orthogonal;
mod pixels;
mod pytorch;
mod scans;
mod trainings;

use super::execution::Kernel;
use crate::rng::{Purpose, Stream, StreamKey};

/// The kernels that compute with candle's ops here: on the processor, and on a GPU in builds with
/// the feature `cuda` where there is one.
fn of_candle() -> impl Iterator<Item = Kernel> {
    [Kernel::Candle, Kernel::Cuda].into_iter().filter(|kernel| kernel.is_available())
}

/// A stream for made-up values.
pub(super) fn stream(part: u64) -> Stream {
    StreamKey { seed: 7, purpose: Purpose::Simulation, case: 0, part }.open()
}

/// `count` values, uniform in [−1, 1).
pub(super) fn uniform(stream: &mut Stream, count: usize) -> Vec<f32> {
    (0..count).map(|_| stream.between(-1.0, 1.0) as f32).collect()
}

/// Fails unless all of `ours` lie within `tolerance`, relative to the greatest exact value.
pub(super) fn assert_close(ours: &[f32], exact: &[f64], tolerance: f64, what: &str) {
    assert_eq!(ours.len(), exact.len(), "{what}");
    let scale = exact.iter().fold(1e-3_f64, |scale, value| scale.max(value.abs()));
    for (place, (&ours, &exact)) in ours.iter().zip(exact).enumerate() {
        let error = (f64::from(ours) - exact).abs() / scale;
        assert!(error <= tolerance, "{what}[{place}]: {ours} for {exact}, scale {scale}");
    }
}
