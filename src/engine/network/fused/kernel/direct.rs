//! Steps on an instruction set: direct convolutions, products of matrices, and what happens to maps
//! between convolutions; knows no layer.

use super::instructions::Instructions;
use super::pointwise::{Activate, GradientBefore, GradientSums, Map, Pool, StemGradient};
use super::product::{Outer, Product};
use super::ringed::Ringed;

/// How a product reads an image: lines, and columns in each, at these distances.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lines {
    pub(crate) count: usize,
    pub(crate) stride: usize,
    pub(crate) columns: usize,
    pub(crate) column_stride: usize,
}

impl Instructions {
    /// A filter over an image: `taps` are segments, their distance and their length, which
    /// `weights [segments · length, outputs]` multiply; gives `out [lines, columns, outputs]`.
    #[expect(clippy::too_many_arguments, reason = "an image, a filter and a map")]
    pub(crate) fn filter(
        self,
        lines: Lines,
        input: &[f32],
        [segments, segment_stride, segment]: [usize; 3],
        weights: &[f32],
        outputs: usize,
        out: &mut [f32],
        sums: Option<&mut [f64]>,
    ) {
        self.run(Product {
            input,
            lines: lines.count,
            line_stride: lines.stride,
            columns: lines.columns,
            column_stride: lines.column_stride,
            segments,
            segment_stride,
            segment,
            weights,
            outputs,
            out,
            out_strides: [lines.columns * outputs, outputs],
            width: outputs,
            sums,
        });
    }

    /// As `filter`, the first `width` outputs of each pixel at the distances given.
    pub(crate) fn spread_filter(
        self,
        lines: Lines,
        input: &[f32],
        [segments, segment_stride, segment]: [usize; 3],
        weights: &[f32],
        outputs: usize,
        (out, out_strides, width): (&mut [f32], [usize; 2], usize),
    ) {
        self.run(Product {
            input,
            lines: lines.count,
            line_stride: lines.stride,
            columns: lines.columns,
            column_stride: lines.column_stride,
            segments,
            segment_stride,
            segment,
            weights,
            outputs,
            out,
            out_strides,
            width,
            sums: None,
        });
    }

    /// Adds the gradient `[length, outputs]` of one segment of a filter's weights; the gradient of
    /// the map has lines at a distance of its own.
    pub(crate) fn filter_gradient(
        self,
        lines: Lines,
        input: &[f32],
        length: usize,
        (gradient, gradient_line_stride): (&[f32], usize),
        outputs: usize,
        out: &mut [f32],
    ) {
        self.run(Outer {
            input,
            lines: lines.count,
            line_stride: lines.stride,
            columns: lines.columns,
            column_stride: lines.column_stride,
            length,
            gradient,
            gradient_line_stride,
            outputs,
            out,
        });
    }

    /// 3×3 convolution of one image: `weights [3, 3, channels, outputs]` give
    /// `out [rows, columns, outputs]`; sums and sums of squares are added to `sums`.
    pub(crate) fn convolve(
        self,
        image: Ringed,
        ringed: &[f32],
        weights: &[f32],
        outputs: usize,
        out: &mut [f32],
        sums: Option<&mut [f64]>,
    ) {
        self.run(Product {
            input: ringed,
            lines: image.rows,
            line_stride: image.stride(),
            columns: image.columns,
            column_stride: image.channels,
            segments: 3,
            segment_stride: image.stride(),
            segment: 3 * image.channels,
            weights,
            outputs,
            out,
            out_strides: [image.columns * outputs, outputs],
            width: outputs,
            sums,
        });
    }

    /// Adds the gradient of the weights of a 3×3 convolution, from its input and the gradient
    /// of its output, `outputs` channels in a ring.
    pub(crate) fn convolution_gradient(
        self,
        image: Ringed,
        ringed: &[f32],
        gradient: &[f32],
        outputs: usize,
        out: &mut [f32],
    ) {
        let slopes = Ringed { channels: outputs, ..image };
        let length = 3 * image.channels;
        for (ky, out) in out.chunks_exact_mut(length * outputs).enumerate() {
            self.run(Outer {
                input: &ringed[ky * image.stride()..],
                lines: image.rows,
                line_stride: image.stride(),
                columns: image.columns,
                column_stride: image.channels,
                length,
                gradient: &gradient[slopes.inside()..],
                gradient_line_stride: slopes.stride(),
                outputs,
                out,
            });
        }
    }

    /// `input [lines, length] · weights [length, outputs]`, `outputs` in whole vectors.
    pub(crate) fn matrix_product(
        self,
        input: &[f32],
        length: usize,
        weights: &[f32],
        outputs: usize,
        out: &mut [f32],
    ) {
        self.run(Product {
            input,
            lines: 1,
            line_stride: 0,
            columns: input.len() / length,
            column_stride: length,
            segments: 1,
            segment_stride: 0,
            segment: length,
            weights,
            outputs,
            out,
            out_strides: [0, outputs],
            width: outputs,
            sums: None,
        });
    }

    /// Adds `inputᵀ · gradient` for the first `length` inputs: `[lines, stride]` and
    /// `[lines, outputs]` give `[length, outputs]`.
    pub(crate) fn outer_product(
        self,
        input: &[f32],
        stride: usize,
        length: usize,
        gradient: &[f32],
        outputs: usize,
        out: &mut [f32],
    ) {
        self.run(Outer {
            input,
            lines: 1,
            line_stride: 0,
            columns: gradient.len() / outputs,
            column_stride: stride,
            length,
            gradient,
            gradient_line_stride: 0,
            outputs,
            out,
        });
    }

    /// `pool(relu(scale · z + shift))` of one image, with rows at a distance of `out_stride`.
    pub(crate) fn activate(
        self,
        map: Map,
        z: &[f32],
        [scale, shift]: [&[f32]; 2],
        out: &mut [f32],
        out_stride: usize,
    ) {
        self.run(Activate { map, z, scale, shift, out, out_stride });
    }

    /// The extremes of the windows of a map; see `Pool`.
    pub(crate) fn pool(self, map: Map, z: &[f32], sign: &[f32], out: &mut [f32]) {
        self.run(Pool { map, z, sign, out });
    }

    /// Adds the gradient `[3, 3, padded]` of the weights of a convolution with one input channel
    /// and no pool; `factors` are scale, shift, slope and offset.
    pub(crate) fn stem_gradient(
        self,
        map: Map,
        ringed: &[f32],
        z: &[f32],
        factors: [&[f32]; 4],
        gradient: &[f32],
        out: &mut [f32],
    ) {
        self.run(StemGradient { map, ringed, z, factors, gradient, out });
    }

    /// Adds the two sums that the gradient of a batch norm needs, over one image.
    pub(crate) fn gradient_sums(
        self,
        map: Map,
        z: &[f32],
        [scale, shift, mean]: [&[f32]; 3],
        gradient: &[f32],
        sums: &mut [f64],
    ) {
        self.run(GradientSums { map, z, scale, shift, mean, gradient, sums });
    }

    /// The gradient before the affine step of one image, with rows and pixels at the distances
    /// given.
    pub(crate) fn gradient_before(
        self,
        map: Map,
        z: &[f32],
        [scale, shift, slope, offset]: [&[f32]; 4],
        gradient: &[f32],
        out: &mut [f32],
        [out_stride, pixel]: [usize; 2],
    ) {
        let z = GradientBefore {
            map,
            z,
            scale,
            shift,
            slope,
            offset,
            gradient,
            out,
            out_stride,
            pixel,
        };
        self.run(z);
    }
}
