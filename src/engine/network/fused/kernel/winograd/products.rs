//! The products of all frequencies; knows no tile's place.

use super::super::lanes::{Lanes, Task};
use super::super::product::{Outer, Product};
use super::tiles::{FREQUENCIES, Spectrum};

/// The products of all frequencies: `out[f, t, o] = Σ_j input[f, t, j] · weights[f, j, o]` for
/// `length` channels j of the input.
pub(crate) struct Products<'a> {
    pub(crate) from: Spectrum,
    pub(crate) length: usize,
    pub(crate) to: Spectrum,
    pub(crate) input: &'a [f32],
    pub(crate) weights: &'a [f32],
    pub(crate) out: &'a mut [f32],
}

impl Task for Products<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { from, length, to, input, weights, out } = self;
        assert!(length <= from.channels && from.tiles == to.tiles);
        let inputs = input.chunks(from.stride()).zip(weights.chunks(length * to.channels));
        for ((input, weights), out) in inputs.zip(out.chunks_mut(to.stride())).take(FREQUENCIES) {
            let product = Product {
                input,
                lines: 1,
                line_stride: 0,
                columns: from.tiles,
                column_stride: from.channels,
                segments: 1,
                segment_stride: 0,
                segment: length,
                weights,
                outputs: to.channels,
                out,
                out_strides: [0, to.channels],
                width: to.channels,
                sums: None,
            };
            // SAFETY: the instruction set as the caller promises.
            unsafe { product.run::<L>() };
        }
    }
}

/// The gradients of the weights of all frequencies: `out[f, j, o] += Σ_t input[f, t, j] ·
/// gradient[f, t, o]`.
pub(crate) struct Outers<'a> {
    pub(crate) from: Spectrum,
    pub(crate) length: usize,
    pub(crate) to: Spectrum,
    pub(crate) input: &'a [f32],
    pub(crate) gradient: &'a [f32],
    pub(crate) out: &'a mut [f32],
}

impl Task for Outers<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { from, length, to, input, gradient, out } = self;
        assert!(length <= from.channels && from.tiles == to.tiles);
        let inputs = input.chunks(from.stride()).zip(gradient.chunks(to.stride()));
        let outs = out.chunks_mut(length * to.channels);
        for ((input, gradient), out) in inputs.zip(outs).take(FREQUENCIES) {
            let outer = Outer {
                input,
                lines: 1,
                line_stride: 0,
                columns: from.tiles,
                column_stride: from.channels,
                length,
                gradient,
                gradient_line_stride: 0,
                outputs: to.channels,
                out,
            };
            // SAFETY: the instruction set as the caller promises.
            unsafe { outer.run::<L>() };
        }
    }
}
