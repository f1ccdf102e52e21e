//! Steps of a convolution by Winograd's algorithm on an instruction set; knows no layer.

use super::super::instructions::Instructions;
use super::super::pointwise::Map;
use super::input::{InputGradient, InputTransform, Source};
use super::output::{GradientTransform, OutputActivate, OutputTransform};
use super::products::{Outers, Products};
use super::tiles::Spectrum;
use super::weights::{WeightGradient, WeightTransform};

/// One line of tiles of one image, and where its frequencies lie.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) line: usize,
    pub(crate) spectrum: Spectrum,
    pub(crate) first_tile: usize,
}

/// What a convolution writes: its map `[rows, columns, padded]`, and the extremes of the pool's
/// windows, `[rows / 2, columns / 2, padded]`, empty without one; `sign [padded]` as for `Pool`.
#[derive(Debug)]
pub(crate) struct Maps<'a> {
    pub(crate) z: &'a mut [f32],
    pub(crate) pooled: &'a mut [f32],
    pub(crate) sign: &'a [f32],
}

impl Maps<'_> {
    /// Those of image `number`.
    pub(crate) fn image(&mut self, map: Map, number: usize) -> Maps<'_> {
        let Self { z, pooled, sign } = self;
        let z = &mut z[number * map.before_pool()..(number + 1) * map.before_pool()];
        let size = if map.pool { map.without_pool().before_pool() } else { 0 };
        let pooled = &mut pooled[number * size..(number + 1) * size];
        Maps { z, pooled, sign }
    }
}

impl Instructions {
    /// `weights [3, 3, inputs, outputs]` to `out [36, inputs, outputs]`.
    pub(crate) fn transform_weights(
        self,
        inputs: usize,
        outputs: usize,
        weights: &[f32],
        out: &mut [f32],
    ) {
        self.run(WeightTransform { inputs, outputs, weights, out });
    }

    /// The adjoint of `transform_weights`.
    pub(crate) fn weights_gradient(
        self,
        inputs: usize,
        outputs: usize,
        gradient: &[f32],
        out: &mut [f32],
    ) {
        self.run(WeightGradient { inputs, outputs, gradient, out });
    }

    /// A line of an image `[rows, columns, stride]` to frequencies.
    pub(crate) fn transform_input(
        self,
        [rows, columns]: [usize; 2],
        source: Source<'_>,
        Line { line, spectrum, first_tile }: Line,
        out: &mut [f32],
        scratch: &mut [f32],
    ) {
        self.run(InputTransform {
            rows,
            columns,
            source,
            line,
            spectrum,
            first_tile,
            out,
            scratch,
        });
    }

    /// The adjoint of `transform_input`; lines of an image come in order.
    pub(crate) fn input_gradient(
        self,
        [rows, columns, channels]: [usize; 3],
        image: &mut [f32],
        Line { line, spectrum, first_tile }: Line,
        gradient: &[f32],
        scratch: &mut [f32],
    ) {
        self.run(InputGradient {
            rows,
            columns,
            channels,
            image,
            line,
            spectrum,
            first_tile,
            gradient,
            scratch,
        });
    }

    /// Frequencies to a line of the map `[rows, columns, padded]`, with its extremes after the
    /// pool, if there is one, and its sums.
    pub(crate) fn transform_output(
        self,
        map: Map,
        Line { line, spectrum, first_tile }: Line,
        products: &[f32],
        Maps { z, pooled, sign }: Maps<'_>,
        sums: &mut [f64],
    ) {
        self.run(OutputTransform {
            map,
            line,
            spectrum,
            first_tile,
            products,
            z,
            pooled,
            sign,
            sums,
        });
    }

    /// Frequencies to a line of `pool(relu(z + shift))`.
    pub(crate) fn activate_output(
        self,
        map: Map,
        Line { line, spectrum, first_tile }: Line,
        products: &[f32],
        shift: &[f32],
        out: &mut [f32],
    ) {
        self.run(OutputActivate { map, line, spectrum, first_tile, products, shift, out });
    }

    /// A line of the gradient before the affine step to frequencies; `factors` are scale, shift,
    /// slope and offset.
    pub(crate) fn transform_gradient(
        self,
        map: Map,
        Line { line, spectrum, first_tile }: Line,
        z: &[f32],
        factors: [&[f32]; 4],
        gradient: &[f32],
        out: &mut [f32],
    ) {
        self.run(GradientTransform { map, line, spectrum, first_tile, z, factors, gradient, out });
    }

    /// Per frequency `input [tiles, length] · weights [length, outputs]`.
    pub(crate) fn products(
        self,
        [from, to]: [Spectrum; 2],
        length: usize,
        input: &[f32],
        weights: &[f32],
        out: &mut [f32],
    ) {
        self.run(Products { from, length, to, input, weights, out });
    }

    /// Per frequency, adds `inputᵀ · gradient`.
    pub(crate) fn outers(
        self,
        [from, to]: [Spectrum; 2],
        length: usize,
        input: &[f32],
        gradient: &[f32],
        out: &mut [f32],
    ) {
        self.run(Outers { from, length, to, input, gradient, out });
    }
}
