//! The arithmetic of the layers in registers, chosen at run time; knows no tensor and no layer.
//!
//! Every kernel is written once over sixteen logical lanes (`lanes`), and its sums are ordered
//! per output: AVX-512 and AVX2 give the same bits; the portable kernel rounds products and
//! sums apart and stays within 1e-5.

#![expect(unsafe_code, reason = "measured compute kernels on vector registers")]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod lanes;
mod pointwise;
mod portable;
mod product;
mod winograd;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use self::lanes::Task;
pub(crate) use self::pointwise::Map;
use self::pointwise::{Activate, GradientBefore, GradientSums, Pool, StemGradient};
use self::product::{Outer, Product};
pub(crate) use self::winograd::{EDGE, FREQUENCIES, SCRATCH, Source, Spectrum, tiles};
use self::winograd::{
    GradientTransform, InputGradient, InputTransform, Outers, OutputActivate, OutputTransform,
    Products, WeightGradient, WeightTransform,
};

/// What a network is computed with. The first three are the fused layers on an instruction set:
/// networks are reproducible bit for bit with the same one, and AVX-512 and AVX2 agree. The
/// other two are candle's own ops (`plain`), for which no such promise is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kernel {
    /// AVX-512F.
    Avx512,
    /// AVX2 and FMA.
    Avx2,
    /// Any processor.
    Portable,
    /// Candle's ops on the processor: twenty times slower, and what `Cuda` is tested by.
    Candle,
    /// Candle's ops on the first CUDA device, in builds with the feature `cuda`.
    Cuda,
}

/// A kernel's name that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown kernel {0:?}: expected avx512, avx2, portable, candle or cuda")]
pub struct UnknownKernel(pub String);

impl Kernel {
    /// The fused layers' instruction sets, the fastest first.
    pub const ALL: [Self; 3] = [Self::Avx512, Self::Avx2, Self::Portable];

    /// The fastest that this processor has.
    #[must_use]
    pub fn detect() -> Self {
        Self::ALL.into_iter().find(|kernel| kernel.is_available()).unwrap_or(Self::Portable)
    }

    /// The instruction sets that this processor has, the fastest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        Self::ALL.into_iter().filter(|kernel| kernel.is_available()).collect()
    }

    /// Whether the fused layers run on it.
    pub(super) fn is_fused(self) -> bool {
        Self::ALL.contains(&self)
    }

    /// Whether this machine has it, in this build.
    #[must_use]
    pub fn is_available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => is_x86_feature_detected!("avx512f") && Self::Avx2.is_available(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx512 | Self::Avx2 => false,
            Self::Portable | Self::Candle => true,
            Self::Cuda => super::plain::device(self).is_ok(),
        }
    }

    /// The name used in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Avx512 => "avx512",
            Self::Avx2 => "avx2",
            Self::Portable => "portable",
            Self::Candle => "candle",
            Self::Cuda => "cuda",
        }
    }

    fn run<T: Task>(self, task: T) -> T::Output {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                assert!(self.is_available(), "avx512 is not available");
                // SAFETY: the processor has it.
                unsafe { avx512::run(task) }
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => {
                assert!(self.is_available(), "avx2 is not available");
                // SAFETY: the processor has it.
                unsafe { avx2::run(task) }
            }
            _ => portable::run(task),
        }
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Kernel {
    type Err = UnknownKernel;

    fn from_str(name: &str) -> Result<Self, UnknownKernel> {
        [&Self::ALL[..], &[Self::Candle, Self::Cuda]]
            .concat()
            .into_iter()
            .find(|kernel| kernel.name() == name)
            .ok_or_else(|| UnknownKernel(name.to_owned()))
    }
}

/// An image with a ring of zeros, as a convolution reads it: `[rows + 2, columns + 2, channels]`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ringed {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) channels: usize,
}

impl Ringed {
    /// Values, ring included.
    pub(crate) fn len(&self) -> usize {
        (self.rows + 2) * self.stride()
    }

    /// Distance of rows.
    pub(crate) fn stride(&self) -> usize {
        (self.columns + 2) * self.channels
    }

    /// Index of the first pixel inside the ring.
    pub(crate) fn inside(&self) -> usize {
        self.stride() + self.channels
    }

    /// Copies `[rows, columns, channels]` into the ring, and clears the ring.
    pub(crate) fn fill(&self, image: &[f32], ringed: &mut [f32]) {
        self.clear_ring(ringed);
        let width = self.columns * self.channels;
        let lines = ringed[self.inside()..].chunks_mut(self.stride());
        for (line, row) in lines.zip(image.chunks_exact(width)) {
            line[..width].copy_from_slice(row);
        }
    }

    /// Sets the ring to 0.
    pub(crate) fn clear_ring(&self, ringed: &mut [f32]) {
        let (stride, channels) = (self.stride(), self.channels);
        ringed[..stride].fill(0.0);
        ringed[(self.rows + 1) * stride..self.len()].fill(0.0);
        for line in ringed[stride..(self.rows + 1) * stride].chunks_exact_mut(stride) {
            line[..channels].fill(0.0);
            line[stride - channels..].fill(0.0);
        }
    }
}

impl Kernel {
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

    /// `pool(relu(scale · z + shift))` of one image, rows `out_stride` apart.
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

    /// The gradient before the affine step of one image, rows `out_stride` apart.
    pub(crate) fn gradient_before(
        self,
        map: Map,
        z: &[f32],
        [scale, shift, slope, offset]: [&[f32]; 4],
        gradient: &[f32],
        out: &mut [f32],
        out_stride: usize,
    ) {
        self.run(GradientBefore { map, z, scale, shift, slope, offset, gradient, out, out_stride });
    }
}

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
        let z = &mut z[number * map.before()..(number + 1) * map.before()];
        let size = if map.pool { map.without_pool().before() } else { 0 };
        let pooled = &mut pooled[number * size..(number + 1) * size];
        Maps { z, pooled, sign }
    }
}

/// The steps of a convolution by Winograd's algorithm; see `winograd`.
impl Kernel {
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

    /// Frequencies to a line of the map `[rows, columns, padded]`, with its extremes behind the
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
