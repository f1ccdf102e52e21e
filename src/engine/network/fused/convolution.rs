//! A 3×3 convolution and its gradients over a chunk of images: Winograd's algorithm where there
//! are channels enough, the direct one elsewhere; knows no tensor.

use std::ops::Range;

use super::dense::{narrow, widen};
pub(super) use super::kernel::Source;
use super::kernel::{
    EDGE, FREQUENCIES, Line, Map, Maps, Ringed, SCRATCH, Spectrum, Strided, tiles,
};
use super::workspace::{Buffer, Workspace};

/// Tiles that pass the frequencies together, if lines allow: enough for the register tiles of the
/// products, few enough for the cache. 32 and 96 were 1 to 3 % slower.
const TILES: usize = 64;

/// With fewer input channels the transforms cost more than the multiplications they save.
const WINOGRAD_FROM: usize = 8;

/// Shape of the convolution: the map it makes, and its input channels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Convolution {
    pub(super) map: Map,
    pub(super) inputs: usize,
}

/// What the gradient of a convolution needs of its output: the map, and the factors (scale, shift,
/// slope, offset) and the gradient after the pool from which `Instructions::gradient_before` makes
/// the gradient of the map.
#[derive(Debug, Clone, Copy)]
pub(super) struct OutputGradient<'a> {
    pub(super) z: &'a [f32],
    pub(super) factors: [&'a [f32]; 4],
    pub(super) gradient: &'a [f32],
}

impl OutputGradient<'_> {
    /// The images from number `first` on.
    pub(super) fn skip_images(self, map: Map, first: usize) -> Self {
        let Self { z, factors, gradient } = self;
        let (z, gradient) =
            (&z[first * map.before_pool()..], &gradient[first * map.after_pool()..]);
        Self { z, factors, gradient }
    }
}

/// The block before, whose sums are taken from the gradient of the input: its map after the
/// pool, the values there before the affine step, and the factors (scale, shift, mean).
#[derive(Debug, Clone, Copy)]
pub(super) struct PreviousBlock<'a> {
    pub(super) map: Map,
    pub(super) z: &'a [f32],
    pub(super) factors: [&'a [f32]; 3],
}

impl PreviousBlock<'_> {
    /// The images from number `first` on.
    pub(super) fn skip_images(self, first: usize) -> Self {
        Self { z: &self.z[first * self.map.before_pool()..], ..self }
    }
}

impl Convolution {
    fn winograd(&self) -> bool {
        self.inputs >= WINOGRAD_FROM
    }

    fn image(&self) -> Ringed {
        let Map { rows, columns, .. } = self.map;
        Ringed { rows, columns, channels: self.inputs, margins: [1, 1] }
    }

    /// `[rows, columns]` of the input.
    pub(super) fn extent(&self) -> [usize; 2] {
        [self.map.rows, self.map.columns]
    }

    /// Values of one input image.
    pub(super) fn pixels(&self) -> usize {
        self.map.rows * self.map.columns * self.inputs
    }

    fn inputs_padded(&self) -> usize {
        self.inputs.next_multiple_of(16)
    }

    /// `w [3, 3, inputs, channels]` as `forward` wants it.
    pub(super) fn forward_weights(&self, workspace: &Workspace, w: &[f32]) -> Buffer {
        let (channels, padded) = (self.map.channels, self.map.padded());
        let mut wide = workspace.take(9 * self.inputs * padded);
        widen(w, channels, padded, &mut wide);
        if !self.winograd() {
            return wide;
        }
        let mut out = workspace.take(FREQUENCIES * self.inputs * padded);
        workspace.kernel.transform_weights(self.inputs, padded, &wide, &mut out);
        workspace.give(wide);
        out
    }

    /// `w` as `backward` wants it: channels exchanged, and for the direct way turned by 180°.
    pub(super) fn backward_weights(&self, workspace: &Workspace, w: &[f32]) -> Buffer {
        let (inputs, channels) = (self.inputs, self.map.channels);
        let (padded, inputs_padded) = (self.map.padded(), self.inputs_padded());
        let mut turned = workspace.take(9 * padded * inputs_padded);
        turned.fill(0.0);
        for tap in 0..9 {
            let from = &w[tap * inputs * channels..][..inputs * channels];
            let place = if self.winograd() { tap } else { 8 - tap };
            let to = &mut turned[place * padded * inputs_padded..][..padded * inputs_padded];
            for (input, row) in from.chunks_exact(channels).enumerate() {
                for (channel, &weight) in row.iter().enumerate() {
                    to[channel * inputs_padded + input] = weight;
                }
            }
        }
        if !self.winograd() {
            return turned;
        }
        let mut out = workspace.take(FREQUENCIES * padded * inputs_padded);
        workspace.kernel.transform_weights(padded, inputs_padded, &turned, &mut out);
        workspace.give(turned);
        out
    }

    /// Groups of tile lines that pass the frequencies together: `(image, line)` per line.
    fn groups(&self, images: usize) -> Groups {
        let (lines, tiles) = (tiles(self.map.rows), tiles(self.map.columns));
        let together = (TILES / tiles).clamp(1, lines * images.max(1));
        Groups { lines, tiles, together, total: lines * images }
    }

    fn spectra(&self, groups: Groups, lines: usize) -> [Spectrum; 2] {
        let tiles = groups.tiles * lines;
        [self.inputs_padded(), self.map.padded()].map(|channels| Spectrum { tiles, channels })
    }

    /// Puts image `number` into a ring of zeros.
    fn ring(&self, workspace: &Workspace, source: Source<'_>, number: usize, ringed: &mut [f32]) {
        let image = self.image();
        ring(workspace, image, source.skip_images(self.extent(), number), ringed);
    }

    /// The maps of `images` images; the sums of z and z² are added to `sums [2, padded]`.
    pub(super) fn forward(
        &self,
        workspace: &Workspace,
        images: usize,
        source: Source<'_>,
        weights: &[f32],
        mut maps: Maps<'_>,
        sums: &mut [f64],
    ) {
        let kernel = workspace.kernel;
        if self.winograd() {
            let finish = |line: Line, image: usize, products: &[f32]| {
                let maps = maps.image(self.map, image);
                kernel.transform_output(self.map, line, products, maps, sums);
            };
            return self.through_frequencies(workspace, images, source, weights, finish);
        }
        let image = self.image();
        let mut ringed = workspace.take(image.len());
        for number in 0..images {
            let Maps { z, pooled, sign } = maps.image(self.map, number);
            self.ring(workspace, source, number, &mut ringed);
            kernel.convolve(image, &ringed, weights, self.map.padded(), z, Some(&mut *sums));
            if self.map.pool {
                kernel.pool(self.map, z, sign, pooled);
            }
        }
        workspace.give(ringed);
    }

    /// `pool(relu(convolution + shift)) [n, …]` of as many images as `out` holds.
    pub(super) fn predict(
        &self,
        workspace: &Workspace,
        source: Source<'_>,
        weights: &[f32],
        shift: &[f32],
        out: &mut [f32],
    ) {
        let (kernel, after) = (workspace.kernel, self.map.after_pool());
        if !self.winograd() {
            let image = self.image();
            let mut ringed = workspace.take(image.len());
            let mut z = workspace.take(self.map.before_pool());
            let ones = vec![1.0; self.map.padded()];
            let stride = self.map.pooled().1 * self.map.channels;
            for (number, out) in out.chunks_exact_mut(after).enumerate() {
                self.ring(workspace, source, number, &mut ringed);
                kernel.convolve(image, &ringed, weights, self.map.padded(), &mut z, None);
                kernel.activate(self.map, &z, [&ones, shift], out, stride);
            }
            workspace.give(ringed);
            workspace.give(z);
            return;
        }
        let images = out.len() / after;
        self.through_frequencies(workspace, images, source, weights, |line, image, products| {
            let out = &mut out[image * after..(image + 1) * after];
            kernel.activate_output(self.map, line, products, shift, out);
        });
    }

    /// Calls `finish` with each line of tiles, its image, and the products of the group.
    fn through_frequencies(
        &self,
        workspace: &Workspace,
        images: usize,
        source: Source<'_>,
        weights: &[f32],
        mut finish: impl FnMut(Line, usize, &[f32]),
    ) {
        let kernel = workspace.kernel;
        let groups = self.groups(images);
        let [from, to] = self.spectra(groups, groups.together);
        let mut input = workspace.take(from.len());
        let mut products = workspace.take(to.len());
        let mut scratch = workspace.take(SCRATCH);
        for group in groups {
            let [from, to] = self.spectra(groups, group.len());
            for (line, image) in group.lines(from) {
                let source = source.skip_images(self.extent(), image);
                kernel.transform_input(self.extent(), source, line, &mut input, &mut scratch);
            }
            kernel.products([from, to], self.inputs, &input, weights, &mut products);
            for (line, image) in group.lines(to) {
                finish(line, image, &products);
            }
        }
        for buffer in [input, products, scratch] {
            workspace.give(buffer);
        }
    }

    /// Gradients over `images` images: of the weights, `[3, 3, inputs, padded]`, and of the
    /// images into `x_gradient` unless it is empty. From the latter the sums of the block
    /// before are taken, `[2, padded]` of that block.
    #[expect(clippy::too_many_arguments, reason = "one call site; a struct would only rename them")]
    pub(super) fn backward(
        &self,
        workspace: &Workspace,
        images: usize,
        source: Source<'_>,
        after: OutputGradient<'_>,
        weights: &[f32],
        x_gradient: &mut [f32],
        before: Option<PreviousBlock<'_>>,
    ) -> (Buffer, Vec<f64>) {
        let (kernel, pixels, padded) = (workspace.kernel, self.pixels(), self.map.padded());
        let mut sums = vec![0.0; before.map_or(0, |before| 2 * before.map.padded())];
        // Sums over rows of an image while they are in the cache.
        let mut sum_up = |image: usize, rows: Range<usize>, gradient: &[f32]| {
            if let Some(PreviousBlock { map, z, factors }) = before {
                let first = (image * map.rows + rows.start) * map.columns;
                let z = &z[first * map.padded()..];
                let gradient = &gradient[rows.start * map.columns * map.channels..];
                let map = Map { rows: rows.len(), ..map };
                kernel.gradient_sums(map, z, factors, gradient, &mut sums);
            }
        };
        if !self.winograd() {
            let gradient = self
                .backward_directly(workspace, images, source, after, weights, x_gradient, sum_up);
            return (gradient, sums);
        }
        let groups = self.groups(images);
        let [from, to] = self.spectra(groups, groups.together);
        let mut input = workspace.take(from.len());
        let mut slopes = workspace.take(to.len());
        let mut scratch = workspace.take(SCRATCH);
        let mut spectral = workspace.take(FREQUENCIES * self.inputs * padded);
        spectral.fill(0.0);
        for group in groups {
            let [from, to] = self.spectra(groups, group.len());
            for (line, image) in group.lines(to) {
                let OutputGradient { z, factors, gradient } = after.skip_images(self.map, image);
                kernel.transform_gradient(self.map, line, z, factors, gradient, &mut slopes);
            }
            for (line, image) in group.lines(from) {
                let source = source.skip_images(self.extent(), image);
                kernel.transform_input(self.extent(), source, line, &mut input, &mut scratch);
            }
            kernel.outers([from, to], self.inputs, &input, &slopes, &mut spectral);
            if x_gradient.is_empty() {
                continue;
            }
            kernel.products([to, from], padded, &slopes, weights, &mut input);
            for (line, image) in group.lines(from) {
                let [rows, columns] = self.extent();
                let x = &mut x_gradient[image * pixels..(image + 1) * pixels];
                kernel.input_gradient([rows, columns, self.inputs], x, line, &input, &mut scratch);
                // The next line adds to the last two rows that this one writes.
                let done = |line: usize| match line {
                    0 => 0,
                    line if line == groups.lines => rows,
                    line => EDGE * line - 1,
                };
                sum_up(image, done(line.line)..done(line.line + 1), x);
            }
        }
        let mut w_gradient = workspace.take(9 * self.inputs * padded);
        kernel.weights_gradient(self.inputs, padded, &spectral, &mut w_gradient);
        for buffer in [input, slopes, scratch, spectral] {
            workspace.give(buffer);
        }
        (w_gradient, sums)
    }

    #[expect(clippy::too_many_arguments, reason = "as `backward`, which alone calls it")]
    fn backward_directly(
        &self,
        workspace: &Workspace,
        images: usize,
        source: Source<'_>,
        after: OutputGradient<'_>,
        weights: &[f32],
        x_gradient: &mut [f32],
        mut sum_up: impl FnMut(usize, Range<usize>, &[f32]),
    ) -> Buffer {
        let (kernel, pixels, padded) = (workspace.kernel, self.pixels(), self.map.padded());
        let (image, inputs_padded) = (self.image(), self.inputs_padded());
        let slopes = Ringed { channels: padded, ..image };
        let mut ringed = workspace.take(image.len());
        let mut slopes_ringed = workspace.take(slopes.len());
        slopes.clear_ring(&mut slopes_ringed);
        let mut wide = workspace.take(self.map.rows * self.map.columns * inputs_padded);
        let mut w_gradient = workspace.take(9 * self.inputs * padded);
        w_gradient.fill(0.0);
        for place in 0..images {
            let OutputGradient { z, factors, gradient } = after.skip_images(self.map, place);
            if self.inputs == 1 && !self.map.pool && x_gradient.is_empty() {
                self.ring(workspace, source, place, &mut ringed);
                kernel.stem_gradient(self.map, &ringed, z, factors, gradient, &mut w_gradient);
                continue;
            }
            let inside = &mut slopes_ringed[slopes.inside()..];
            let strides = [slopes.stride(), padded];
            kernel.gradient_before(self.map, z, factors, gradient, inside, strides);
            self.ring(workspace, source, place, &mut ringed);
            kernel.convolution_gradient(image, &ringed, &slopes_ringed, padded, &mut w_gradient);
            if x_gradient.is_empty() {
                continue;
            }
            kernel.convolve(slopes, &slopes_ringed, weights, inputs_padded, &mut wide, None);
            let x = &mut x_gradient[place * pixels..(place + 1) * pixels];
            narrow(&wide, inputs_padded, self.inputs, x);
            sum_up(place, 0..self.map.rows, x);
        }
        for buffer in [ringed, slopes_ringed, wide] {
            workspace.give(buffer);
        }
        w_gradient
    }
}

/// Puts the first image of a source into a ring of zeros.
pub(super) fn ring(workspace: &Workspace, image: Ringed, source: Source<'_>, ringed: &mut [f32]) {
    let Ringed { rows, columns, channels, .. } = image;
    match source.factors {
        None if source.stride == channels => {
            image.fill(&source.values[..rows * columns * channels], ringed);
        }
        None => {
            image.clear_ring(ringed);
            let from = Strided { source, strides: [columns * source.stride, source.stride] };
            let inside = &mut ringed[image.inside()..];
            let to = [image.stride(), channels];
            workspace.kernel.transfer([rows, columns, channels], from, None, false, inside, to);
        }
        Some(factors) => {
            image.clear_ring(ringed);
            let map = Map { rows, columns, channels, pool: false, relu: source.relu };
            let inside = &mut ringed[image.inside()..];
            workspace.kernel.activate(map, source.values, factors, inside, image.stride());
        }
    }
}

/// Splits the tile lines of a chunk of images.
#[derive(Debug, Clone, Copy)]
struct Groups {
    /// Tile lines of one image.
    lines: usize,
    /// Tiles of one line.
    tiles: usize,
    /// Lines per group.
    together: usize,
    /// Lines of the chunk.
    total: usize,
}

impl IntoIterator for Groups {
    type Item = Group;
    type IntoIter = Box<dyn Iterator<Item = Group>>;

    fn into_iter(self) -> Self::IntoIter {
        let starts = (0..self.total).step_by(self.together);
        Box::new(starts.map(move |first| Group {
            groups: self,
            first,
            end: self.total.min(first + self.together),
        }))
    }
}

/// Lines `first..end` of a chunk.
#[derive(Debug, Clone, Copy)]
struct Group {
    groups: Groups,
    first: usize,
    end: usize,
}

impl Group {
    fn len(&self) -> usize {
        self.end - self.first
    }

    /// Each line with the number of its image.
    fn lines(self, spectrum: Spectrum) -> impl Iterator<Item = (Line, usize)> {
        let Groups { lines, tiles, .. } = self.groups;
        (self.first..self.end).map(move |number| {
            let first_tile = (number - self.first) * tiles;
            (Line { line: number % lines, spectrum, first_tile }, number / lines)
        })
    }
}
