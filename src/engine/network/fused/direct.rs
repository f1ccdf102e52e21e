//! Convolutions of any size and stride over a chunk of images, as products of matrices; knows no
//! tensor.

use super::convolution::{OutputGradient, ring};
use super::dense::widen;
use super::kernel::{Lines, Map, Maps, Ringed, Source};
use super::workspace::{Buffer, Workspace};

/// Shape of the convolution but for the map it makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DirectConvolution {
    pub(super) inputs: usize,
    /// Rows and columns of the input.
    pub(super) extent: [usize; 2],
    /// Rows and columns of the filter.
    pub(super) size: [usize; 2],
    pub(super) stride: usize,
    /// Whether zeros stand around the input, so that the map has ⌈extent / stride⌉.
    pub(super) ringed: bool,
}

/// The taps along one axis that pixels of one phase of the input have reached: outputs
/// `pixel + shift − taps + 1` to `pixel + shift`, by taps from `last` down in steps of the stride.
#[derive(Debug, Clone, Copy)]
struct Phase {
    taps: usize,
    last: usize,
    shift: usize,
}

impl DirectConvolution {
    fn margins(&self) -> [usize; 2] {
        if self.ringed { self.size.map(|size| (size - 1) / 2) } else { [0, 0] }
    }

    fn image(&self) -> Ringed {
        let [rows, columns] = self.extent;
        Ringed { rows, columns, channels: self.inputs, margins: self.margins() }
    }

    /// Values of one input image.
    pub(super) fn pixels(&self) -> usize {
        self.extent[0] * self.extent[1] * self.inputs
    }

    /// Taps times input channels.
    pub(super) fn depth(&self) -> usize {
        self.size[0] * self.size[1] * self.inputs
    }

    /// How a map's lines read the ringed image; a 1×1 filter sees one long line.
    fn lines(&self, map: Map) -> Lines {
        let image = self.image();
        let whole = self.size == [1, 1] && self.stride == 1;
        Lines {
            count: if whole { 1 } else { map.rows },
            stride: self.stride * image.stride(),
            columns: if whole { map.rows * map.columns } else { map.columns },
            column_stride: self.stride * self.inputs,
        }
    }

    /// `w [rows, columns, inputs, channels]` as `forward` wants it.
    pub(super) fn forward_weights(&self, workspace: &Workspace, map: Map, w: &[f32]) -> Buffer {
        let mut wide = workspace.take(self.depth() * map.padded());
        widen(w, map.channels, map.padded(), &mut wide);
        wide
    }

    /// The maps of `images` images; sums of z and z² are added to `sums [2, padded]` unless it is
    /// empty.
    #[expect(clippy::too_many_arguments, reason = "one call site; a struct would only rename them")]
    pub(super) fn forward(
        &self,
        workspace: &Workspace,
        map: Map,
        images: usize,
        source: Source<'_>,
        weights: &[f32],
        mut maps: Maps<'_>,
        sums: &mut [f64],
    ) {
        let (image, kernel) = (self.image(), workspace.kernel);
        let mut ringed = workspace.take(image.len());
        for number in 0..images {
            let Maps { z, pooled, sign } = maps.image(map, number);
            ring(workspace, image, source.skip_images(self.extent, number), &mut ringed);
            let sums = (!sums.is_empty()).then_some(&mut *sums);
            let taps = [self.size[0], image.stride(), self.size[1] * self.inputs];
            kernel.filter(self.lines(map), &ringed, taps, weights, map.padded(), z, sums);
            if map.pool {
                kernel.pool(map, z, sign, pooled);
            }
        }
        workspace.give(ringed);
    }

    /// The taps that reach input pixels `stride · i + phase` along an axis.
    fn phase(&self, axis: usize, phase: usize) -> Phase {
        let (size, margin, stride) = (self.size[axis], self.margins()[axis], self.stride);
        let first = (phase + margin) % stride;
        if first >= size {
            return Phase { taps: 0, last: 0, shift: 0 };
        }
        let taps = (size - first).div_ceil(stride);
        Phase { taps, last: first + stride * (taps - 1), shift: (phase + margin - first) / stride }
    }

    /// `w` as `backward` wants it: for each phase of rows and columns its taps in the order of the
    /// outputs that they reach, `[taps, taps, padded, inputs padded]`.
    pub(super) fn backward_weights(&self, workspace: &Workspace, map: Map, w: &[f32]) -> Buffer {
        let (padded, wide) = (map.padded(), self.inputs.next_multiple_of(16));
        let mut turned = workspace.take(self.size[0] * self.size[1] * padded * wide);
        turned.fill(0.0);
        let mut to = &mut turned[..];
        for [down, across] in self.phases() {
            for (y, x) in (0..down.taps).flat_map(|y| (0..across.taps).map(move |x| (y, x))) {
                let row = down.last - self.stride * y;
                let column = across.last - self.stride * x;
                let start = (row * self.size[1] + column) * self.inputs * map.channels;
                let (mine, rest) = to.split_at_mut(padded * wide);
                to = rest;
                let rows = w[start..].chunks_exact(map.channels).take(self.inputs);
                for (input, row) in rows.enumerate() {
                    for (channel, &weight) in row.iter().enumerate() {
                        mine[channel * wide + input] = weight;
                    }
                }
            }
        }
        turned
    }

    fn phases(&self) -> impl Iterator<Item = [Phase; 2]> {
        let all = (0..self.stride).flat_map(|down| (0..self.stride).map(move |x| (down, x)));
        all.map(|(down, across)| [self.phase(0, down), self.phase(1, across)])
    }

    /// Gradients over `images` images: of the weights, `[rows, columns, inputs, padded]`, and of
    /// the images into `x_gradient` unless it is empty.
    #[expect(clippy::too_many_arguments, reason = "one call site; a struct would only rename them")]
    pub(super) fn backward(
        &self,
        workspace: &Workspace,
        map: Map,
        images: usize,
        source: Source<'_>,
        after: OutputGradient<'_>,
        weights: &[f32],
        x_gradient: &mut [f32],
    ) -> Buffer {
        let (kernel, padded, image) = (workspace.kernel, map.padded(), self.image());
        let slopes = Ringed {
            rows: map.rows,
            columns: map.columns,
            channels: padded,
            margins: self.size.map(|size| if size == 1 { 0 } else { (size - 1) / self.stride + 1 }),
        };
        let mut ringed = workspace.take(image.len());
        let mut slopes_ringed = workspace.take(slopes.len());
        slopes.clear_ring(&mut slopes_ringed);
        let mut w_gradient = workspace.take(self.depth() * padded);
        w_gradient.fill(0.0);
        for number in 0..images {
            let OutputGradient { z, factors, gradient } = after.skip_images(map, number);
            let inside = &mut slopes_ringed[slopes.inside()..];
            let strides = [slopes.stride(), padded];
            kernel.gradient_before(map, z, factors, gradient, inside, strides);
            ring(workspace, image, source.skip_images(self.extent, number), &mut ringed);
            let length = self.size[1] * self.inputs;
            for (row, out) in w_gradient.chunks_exact_mut(length * padded).enumerate() {
                let input = &ringed[row * image.stride()..];
                let slopes = (&slopes_ringed[slopes.inside()..], slopes.stride());
                kernel.filter_gradient(self.lines(map), input, length, slopes, padded, out);
            }
            if !x_gradient.is_empty() {
                let x = &mut x_gradient[number * self.pixels()..(number + 1) * self.pixels()];
                self.input_gradient(workspace, slopes, &slopes_ringed, weights, x);
            }
        }
        workspace.give(ringed);
        workspace.give(slopes_ringed);
        w_gradient
    }

    /// Of one image, phase by phase.
    fn input_gradient(
        &self,
        workspace: &Workspace,
        slopes: Ringed,
        slopes_ringed: &[f32],
        weights: &[f32],
        x: &mut [f32],
    ) {
        let (padded, wide) = (slopes.channels, self.inputs.next_multiple_of(16));
        let [rows, columns] = self.extent;
        let mut weights = weights;
        for (number, [down, across]) in self.phases().enumerate() {
            let (mine, rest) = weights.split_at(down.taps * across.taps * padded * wide);
            weights = rest;
            let (top, left) = (number / self.stride, number % self.stride);
            if top >= rows || left >= columns {
                continue;
            }
            let pixels =
                [(rows - top).div_ceil(self.stride), (columns - left).div_ceil(self.stride)];
            let out = &mut x[(top * columns + left) * self.inputs..];
            let out_strides = [self.stride * columns * self.inputs, self.stride * self.inputs];
            if down.taps * across.taps == 0 {
                for row in 0..pixels[0] {
                    for column in 0..pixels[1] {
                        let start = row * out_strides[0] + column * out_strides[1];
                        out[start..start + self.inputs].fill(0.0);
                    }
                }
                continue;
            }
            let row = slopes.margins[0] + down.shift + 1 - down.taps;
            let column = slopes.margins[1] + across.shift + 1 - across.taps;
            let start = row * slopes.stride() + column * padded;
            let lines = Lines {
                count: pixels[0],
                stride: slopes.stride(),
                columns: pixels[1],
                column_stride: padded,
            };
            let taps = [down.taps, slopes.stride(), across.taps * padded];
            let input = &slopes_ringed[start..];
            let kernel = workspace.kernel;
            kernel.spread_filter(lines, input, taps, mine, wide, (out, out_strides, self.inputs));
        }
    }
}
