//! Weights to frequencies, and their gradients back; knows no image.

use super::super::lanes::{Lanes, Task};
use super::matrices::{taps_to_frequencies, taps_to_frequencies_adjoint};
use super::tiles::FREQUENCIES;
use super::unroll::each;

/// `weights [3, 3, inputs, outputs]` to `out [36, inputs, outputs]`, outputs in whole vectors.
pub(crate) struct WeightTransform<'a> {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) weights: &'a [f32],
    pub(crate) out: &'a mut [f32],
}

impl Task for WeightTransform<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let plane = self.inputs * self.outputs;
        assert_eq!(plane % 16, 0, "outputs in whole vectors");
        assert!(self.weights.len() >= 9 * plane && self.out.len() >= FREQUENCIES * plane);
        for place in (0..plane).step_by(16) {
            // SAFETY: place + 16 ≤ plane, and lengths are checked.
            unsafe {
                let weights = self.weights.as_ptr().add(place);
                let out = self.out.as_mut_ptr().add(place);
                let mut half = [[L::zero(); 3]; 6];
                for kx in 0..3 {
                    let column = each!(3, |ky| L::load(weights.add((3 * ky + kx) * plane)));
                    for (half, value) in half.iter_mut().zip(taps_to_frequencies(column)) {
                        half[kx] = value;
                    }
                }
                for (i, half) in half.into_iter().enumerate() {
                    for (j, value) in taps_to_frequencies(half).into_iter().enumerate() {
                        value.store(out.add((6 * i + j) * plane));
                    }
                }
            }
        }
    }
}

/// The adjoint of `WeightTransform`: `gradient [36, inputs, outputs]` to `out [3, 3, inputs,
/// outputs]`.
pub(crate) struct WeightGradient<'a> {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) gradient: &'a [f32],
    pub(crate) out: &'a mut [f32],
}

impl Task for WeightGradient<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let plane = self.inputs * self.outputs;
        assert_eq!(plane % 16, 0, "outputs in whole vectors");
        assert!(self.gradient.len() >= FREQUENCIES * plane && self.out.len() >= 9 * plane);
        for place in (0..plane).step_by(16) {
            // SAFETY: place + 16 ≤ plane, and lengths are checked.
            unsafe {
                let gradient = self.gradient.as_ptr().add(place);
                let out = self.out.as_mut_ptr().add(place);
                let mut half = [[L::zero(); 6]; 3];
                for j in 0..6 {
                    let column = each!(6, |i| L::load(gradient.add((6 * i + j) * plane)));
                    for (half, value) in half.iter_mut().zip(taps_to_frequencies_adjoint(column)) {
                        half[j] = value;
                    }
                }
                for (ky, half) in half.into_iter().enumerate() {
                    for (kx, value) in taps_to_frequencies_adjoint(half).into_iter().enumerate() {
                        value.store(out.add((3 * ky + kx) * plane));
                    }
                }
            }
        }
    }
}
