//! Units forward over one batch; knows no loss and no optimiser.

use std::collections::BTreeMap;

use super::convolution::Convolution;
use super::interpolation::bilinear;
use super::kernel::{Map, Maps, Source, Strided};
use super::norm::{Factors, signs};
use super::plan::{Affine, Plan, Step, Unit};
use super::workspace::{Buffer, CHUNK, Workspace, fold};
use crate::image::BLOCK;
use crate::network::architecture::Interpolation;
use crate::network::parameters::Running;
use crate::rng::Stream;

/// A batch, and what its pass reads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pass<'a> {
    pub(super) plan: &'a Plan,
    pub(super) workspace: &'a Workspace,
    /// In the order of [`crate::network::Architecture::parameters`].
    pub(super) parameters: &'a [Vec<f32>],
    /// Weights of each unit as its step wants them; empty without.
    pub(super) weights: &'a [Buffer],
    pub(super) images: usize,
    /// `[images, rows, columns, channels]`, then the phases of all images.
    pub(super) x: &'a [f32],
}

/// Random streams of the layers that drop values, by number of the layer.
pub(super) type Streams = BTreeMap<usize, Stream>;

/// How batch norms and dropout work.
pub(super) enum Mode<'a> {
    /// By the moments of the batch, which the running statistics see; values are dropped.
    Train { running: &'a mut [Running], streams: &'a mut Streams },
    /// By the running statistics; `slopes` keeps what the backward pass needs.
    Predict { running: &'a [Running], slopes: bool },
}

/// What the forward pass of one unit leaves.
#[derive(Debug)]
pub(super) struct Kept {
    /// `[images, rows, columns, padded]`, before the affine step.
    pub(super) z: Buffer,
    /// With a pool the extremes of its windows.
    pub(super) pooled: Option<Buffer>,
    pub(super) factors: Factors,
    /// Whether factors and ReLU are still to be applied.
    pub(super) lazy: bool,
    /// Of a dense step the values that it read, unless its source holds them as they are.
    pub(super) flat: Option<Buffer>,
    /// Of a dropout the factor of each value, `[images, …, channels]`.
    pub(super) mask: Option<Buffer>,
}

impl Kept {
    pub(super) fn release(self, workspace: &Workspace) {
        let Self { z, pooled, flat, mask, .. } = self;
        [Some(z), pooled, flat, mask].into_iter().flatten().for_each(|it| workspace.give(it));
    }

    /// Values after the pool.
    pub(super) fn values(&self) -> &[f32] {
        self.pooled.as_deref().unwrap_or(&self.z)
    }
}

/// Weights of each unit as its forward step wants them.
pub(super) fn forward_weights(
    plan: &Plan,
    workspace: &Workspace,
    parameters: &[Vec<f32>],
) -> Vec<Buffer> {
    let of = |unit: &Unit| {
        let Some(weights) = unit.weights else { return workspace.take(0) };
        let w = &parameters[weights];
        match unit.step {
            Step::Three { inputs } => {
                Convolution { map: unit.map, inputs }.forward_weights(workspace, w)
            }
            Step::Direct(convolution) => convolution.forward_weights(workspace, unit.map, w),
            _ => {
                let (channels, padded) = (unit.map.channels, unit.map.padded());
                let mut wide = workspace.take(w.len() / channels * padded);
                super::dense::widen(w, channels, padded, &mut wide);
                wide
            }
        }
    };
    plan.units.iter().map(of).collect()
}

impl<'a> Pass<'a> {
    /// The map that a unit reads from a source.
    pub(super) fn input_map(&self, source: Option<usize>) -> Map {
        source.map_or(self.plan.image, |unit| self.plan.units[unit].after())
    }

    /// What a unit reads from a source.
    pub(super) fn source<'b>(&self, source: Option<usize>, kept: &'b [Option<Kept>]) -> Source<'b>
    where
        'a: 'b,
    {
        let from = source.and_then(|unit| Some((unit, kept[unit].as_ref()?)));
        let Some((unit, kept)) = from else {
            let stride = self.plan.image.channels;
            return Source { values: self.x, stride, factors: None, relu: false };
        };
        let map = self.plan.units[unit].map;
        let factors = kept.lazy.then_some([&kept.factors.scale[..], &kept.factors.shift]);
        Source { values: kept.values(), stride: map.padded(), factors, relu: map.relu }
    }

    /// All units; those that nothing reads any more are given back unless `mode` keeps them.
    pub(super) fn forward(&self, mut mode: Mode<'_>) -> Vec<Option<Kept>> {
        let units = &self.plan.units;
        let keep = !matches!(mode, Mode::Predict { slopes: false, .. });
        let mut left = self.plan.takers();
        let mut all: Vec<Option<Kept>> = Vec::with_capacity(units.len());
        for (number, unit) in units.iter().enumerate() {
            let kept = self.unit(number, &all, &mut mode);
            all.push(Some(kept));
            for &source in unit.sources.iter().flatten() {
                left[source] -= 1;
                if left[source] == 0
                    && !keep
                    && let Some(done) = all[source].take()
                {
                    done.release(self.workspace);
                }
            }
        }
        all
    }

    /// The last unit's values as they are read, `[images, rows, columns, channels]`.
    pub(super) fn output(&self, kept: &[Option<Kept>]) -> Buffer {
        self.flat(self.plan.units.len().checked_sub(1), kept)
    }

    /// The values of a source as they are read, without room between them.
    fn flat(&self, source: Option<usize>, kept: &[Option<Kept>]) -> Buffer {
        let map = self.input_map(source);
        let mut out = self.workspace.take(self.images * map.after_pool());
        let source = self.source(source, kept);
        self.over_images(&mut out, map.after_pool(), |image, out| {
            let from = strided(source, map, image);
            let extent = [map.rows, map.columns, map.channels];
            let strides = [map.columns * map.channels, map.channels];
            self.workspace.kernel.transfer(extent, from, None, false, out, strides);
        });
        out
    }

    /// Calls `work` with the number of each image and its part of `out`.
    pub(super) fn over_images(
        &self,
        out: &mut [f32],
        size: usize,
        work: impl Fn(usize, &mut [f32]) + Sync + Send,
    ) {
        let parts = out.chunks_mut(CHUNK * size).enumerate().collect();
        self.workspace.each(parts, |(chunk, out): (usize, &mut [f32])| {
            for (place, out) in out.chunks_exact_mut(size).enumerate() {
                work(chunk * CHUNK + place, out);
            }
        });
    }

    /// Rows and columns before the region of an image, in its window.
    pub(super) fn phase(&self, image: usize) -> [usize; 2] {
        let all = &self.x[self.images * self.plan.image.after_pool()..];
        [0, 1].map(|axis| all[2 * image + axis] as usize)
    }

    fn unit(&self, number: usize, all: &[Option<Kept>], mode: &mut Mode<'_>) -> Kept {
        let unit = &self.plan.units[number];
        let (workspace, map) = (self.workspace, unit.map);
        let predicts = matches!(mode, Mode::Predict { slopes: false, .. });
        if let (Step::Three { inputs }, true) = (unit.step, predicts)
            && !matches!(unit.affine, Affine::Norm(..))
        {
            return self.predict(number, inputs, all);
        }
        let signs = signs(map, unit.affine, self.parameters);
        let mut z = workspace.take(self.images * map.before_pool());
        let pooled_size = if map.pool { map.without_pool().before_pool() } else { 0 };
        let mut pooled = workspace.take(self.images * pooled_size);
        let (mut flat, mut mask) = (None, None);
        let wants_sums = matches!((&mode, unit.affine), (Mode::Train { .. }, Affine::Norm(..)));
        let mut sums = match unit.step {
            Step::Three { .. } | Step::Direct(_) => {
                let maps = Maps { z: &mut z, pooled: &mut pooled, sign: &signs };
                self.convolve(number, all, maps)
            }
            Step::Dense => {
                flat = self.dense(number, all, &mut z);
                Vec::new()
            }
            _ => {
                mask = self.maps(number, all, &mut z, mode);
                Vec::new()
            }
        };
        if wants_sums && sums.is_empty() {
            sums = self.moments(map, &z);
        }
        if map.pool && !matches!(unit.step, Step::Three { .. } | Step::Direct(_)) {
            self.over_images(&mut pooled, pooled_size, |image, out| {
                let z = &z[image * map.before_pool()..];
                workspace.kernel.pool(map, z, &signs, out);
            });
        }
        let factors = match (mode, unit.affine) {
            (Mode::Train { running, .. }, Affine::Norm(parameter, norm)) => {
                let count = self.images * map.rows * map.columns;
                let affine = &self.parameters[parameter];
                Factors::of_batch(map, count, &sums, affine, &mut running[norm])
            }
            (Mode::Train { .. }, affine) => Factors::fixed(map, affine, self.parameters, &[]),
            (Mode::Predict { running, .. }, affine) => {
                Factors::fixed(map, affine, self.parameters, running)
            }
        };
        let pooled = match map.pool {
            true => Some(pooled),
            false => {
                workspace.give(pooled);
                None
            }
        };
        Kept { z, pooled, factors, lazy: unit.lazy(), flat, mask }
    }

    /// A 3×3 convolution with bias, ReLU and pool in one pass that keeps nothing else.
    fn predict(&self, number: usize, inputs: usize, all: &[Option<Kept>]) -> Kept {
        let (unit, workspace) = (&self.plan.units[number], self.workspace);
        // Whole vectors: what is added to the channels is 0 and stays so.
        let map = Map { channels: unit.map.padded(), ..unit.map };
        let factors = Factors::fixed(unit.map, unit.affine, self.parameters, &[]);
        let mut out = workspace.take(self.images * map.after_pool());
        let source = self.source(unit.sources[0], all);
        let convolution = Convolution { map, inputs };
        convolution.predict(workspace, source, &self.weights[number], &factors.shift, &mut out);
        Kept { z: out, pooled: None, factors, lazy: false, flat: None, mask: None }
    }

    /// A convolution chunk by chunk; gives the sums of z and z².
    fn convolve(&self, number: usize, all: &[Option<Kept>], maps: Maps<'_>) -> Vec<f64> {
        let (unit, workspace) = (&self.plan.units[number], self.workspace);
        let (map, weights) = (unit.map, &self.weights[number][..]);
        let source = self.source(unit.sources[0], all);
        let Maps { mut z, mut pooled, sign } = maps;
        let mut parts = Vec::new();
        for first in (0..self.images).step_by(CHUNK) {
            let count = CHUNK.min(self.images - first);
            let (mine, rest) = z.split_at_mut(count * map.before_pool());
            z = rest;
            let size = if map.pool { count * map.without_pool().before_pool() } else { 0 };
            let (my_pooled, rest) = pooled.split_at_mut(size);
            pooled = rest;
            parts.push((first, count, Maps { z: mine, pooled: my_pooled, sign }));
        }
        fold(workspace.each(parts, |(first, count, maps): (usize, usize, Maps<'_>)| {
            let mut sums = vec![0.0; 2 * map.padded()];
            match unit.step {
                Step::Direct(convolution) => {
                    let source = source.skip_images(convolution.extent, first);
                    convolution.forward(workspace, map, count, source, weights, maps, &mut sums);
                }
                Step::Three { inputs } => {
                    let convolution = Convolution { map, inputs };
                    let source = source.skip_images(convolution.extent(), first);
                    convolution.forward(workspace, count, source, weights, maps, &mut sums);
                }
                _ => {}
            }
            sums
        }))
    }

    fn dense(&self, number: usize, all: &[Option<Kept>], z: &mut [f32]) -> Option<Buffer> {
        let (unit, workspace) = (&self.plan.units[number], self.workspace);
        let (source, padded) = (unit.sources[0], unit.map.padded());
        let length = self.input_map(source).after_pool();
        let flat = (!self.is_flat(source, all)).then(|| self.flat(source, all));
        let x = match &flat {
            Some(flat) => flat,
            None => self.source(source, all).values,
        };
        let parts: Vec<_> =
            x.chunks(CHUNK * length).zip(z.chunks_mut(CHUNK * padded)).take(self.images).collect();
        workspace.each(parts, |(x, z): (&[f32], &mut [f32])| {
            workspace.kernel.matrix_product(x, length, &self.weights[number], padded, z);
        });
        flat
    }

    /// Whether the values of a source lie as a dense step reads them.
    pub(super) fn is_flat(&self, source: Option<usize>, all: &[Option<Kept>]) -> bool {
        let map = self.input_map(source);
        let source = self.source(source, all);
        source.factors.is_none() && source.stride == map.channels
    }

    /// Sums of z and z² over a batch.
    fn moments(&self, map: Map, z: &[f32]) -> Vec<f64> {
        let (size, padded) = (map.before_pool(), map.padded());
        let parts = z.chunks(CHUNK * size).collect();
        fold(self.workspace.each(parts, |z: &[f32]| {
            let mut sums = vec![0.0; 2 * padded];
            for z in z.chunks_exact(size) {
                self.workspace.kernel.moments(map.rows, padded, z, &mut sums);
            }
            sums
        }))
    }

    /// The steps that are no product; gives the factors of a dropout.
    fn maps(
        &self,
        number: usize,
        all: &[Option<Kept>],
        z: &mut [f32],
        mode: &mut Mode<'_>,
    ) -> Option<Buffer> {
        let (unit, kernel) = (&self.plan.units[number], self.workspace.kernel);
        let (map, padded) = (unit.map, unit.map.padded());
        let inputs: Vec<(Source<'_>, Map)> = (unit.sources.iter())
            .map(|&source| (self.source(source, all), self.input_map(source)))
            .collect();
        let (first, input) = inputs[0];
        let strides = [map.columns * padded, padded];
        let extent = [map.rows, map.columns, map.channels];
        let eager = unit.step == Step::Sum && unit.affine == Affine::None && map.relu;
        if padded != map.channels {
            z.fill(0.0);
        }
        let mut mask = None;
        if let (Step::Dropout { share, layer }, Mode::Train { streams, .. }) = (unit.step, mode)
            && let Some(stream) = streams.get_mut(&layer)
        {
            mask = Some(self.mask(map, share, stream));
        }
        let mask_values = mask.as_deref();
        self.over_images(z, map.before_pool(), |image, z| match unit.step {
            Step::Sum => {
                let other = inputs.get(1).map(|&(source, map)| strided(source, map, image));
                let relu = eager && inputs.len() <= 2;
                let from = strided(first, input, image);
                kernel.transfer(extent, from, other, relu, z, strides);
                for (place, &(source, from_map)) in inputs.iter().enumerate().skip(2) {
                    let mut sum = self.workspace.take(z.len());
                    sum.copy_from_slice(z);
                    let so_far =
                        Source { values: &sum, stride: padded, factors: None, relu: false };
                    let so_far = Strided { source: so_far, strides };
                    let more = Some(strided(source, from_map, image));
                    let relu = eager && place + 1 == inputs.len();
                    kernel.transfer(extent, so_far, more, relu, z, strides);
                    self.workspace.give(sum);
                }
            }
            Step::Concat => {
                let mut channel = 0;
                for &(source, from) in &inputs {
                    let extent = [map.rows, map.columns, from.channels];
                    let from_image = strided(source, from, image);
                    let out = &mut z[channel..];
                    kernel.transfer(extent, from_image, None, false, out, strides);
                    channel += from.channels;
                }
            }
            Step::Average(window) => {
                let scale = 1.0 / (window.size[0] * window.size[1]) as f32;
                let from = strided(first, input, image);
                kernel.window_sums(extent, window, from, scale, z, strides);
            }
            Step::Greatest(window) => {
                let from = strided(first, input, image);
                kernel.greatest(extent, window, from, None, z, strides);
            }
            Step::Upsample { factor, interpolation: Interpolation::Nearest } => {
                let from = strided(first, input, image);
                let (windows, size) = ([input.rows, input.columns], [factor; 2]);
                kernel.spread(extent, windows, size, from, 1.0, z, strides);
            }
            Step::Upsample { factor, .. } => {
                let mut plain = self.workspace.take(input.rows * input.columns * padded);
                plain.fill(0.0);
                let input_strides = [input.columns * padded, padded];
                let input_extent = [input.rows, input.columns, input.channels];
                let from = strided(first, input, image);
                kernel.transfer(input_extent, from, None, false, &mut plain, input_strides);
                bilinear([input.rows, input.columns, padded], factor, &mut plain, z, false);
                self.workspace.give(plain);
            }
            Step::Shortcut { stride, first: channel } => {
                z.fill(0.0);
                let mut from = strided(first, input, image);
                from.strides = from.strides.map(|distance| distance * stride);
                let extent = [map.rows, map.columns, input.channels];
                kernel.transfer(extent, from, None, false, &mut z[channel..], strides);
            }
            Step::Crop { margin } => {
                let mut from = strided(first, input, image);
                let skipped: usize = from.strides.iter().map(|distance| distance * margin).sum();
                from.source.values = &from.source.values[skipped..];
                kernel.transfer(extent, from, None, false, z, strides);
            }
            Step::Region => {
                let from = strided(first, input, image);
                for_each_pixel(map, from.strides, self.phase(image), |pixel, place| {
                    z[pixel * padded] = from.source.values[place];
                });
            }
            Step::Dropout { .. } => {
                kernel.transfer(extent, strided(first, input, image), None, false, z, strides);
                let size = map.rows * map.columns * map.channels;
                let Some(mask) = mask_values.map(|mask| &mask[image * size..][..size]) else {
                    return;
                };
                if padded == map.channels {
                    kernel.multiply(z, mask);
                } else {
                    let pixels = z.chunks_exact_mut(padded).zip(mask.chunks_exact(map.channels));
                    for (pixel, mask) in pixels {
                        pixel.iter_mut().zip(mask).for_each(|(value, factor)| *value *= factor);
                    }
                }
            }
            Step::Three { .. } | Step::Direct(_) | Step::Dense => {}
        });
        mask
    }

    /// What a dropout multiplies each value with.
    fn mask(&self, map: Map, share: f64, stream: &mut Stream) -> Buffer {
        let kept = (1.0 / (1.0 - share)) as f32;
        let size = map.rows * map.columns * map.channels;
        let mut mask = self.workspace.take(self.images * size);
        for factor in mask.iter_mut() {
            *factor = if stream.uniform() < share { 0.0 } else { kept };
        }
        mask
    }
}

/// Calls `work` with the number of each pixel of a region, and with the place of its value among
/// those of blocks `[rows, columns, 64]` with these distances of lines and columns.
pub(super) fn for_each_pixel(
    region: Map,
    strides: [usize; 2],
    [row_phase, column_phase]: [usize; 2],
    mut work: impl FnMut(usize, usize),
) {
    for row in 0..region.rows {
        let in_window = row + row_phase;
        let line = in_window / BLOCK * strides[0] + in_window % BLOCK * BLOCK;
        for column in 0..region.columns {
            let in_window = column + column_phase;
            let place = line + in_window / BLOCK * strides[1] + in_window % BLOCK;
            work(row * region.columns + column, place);
        }
    }
}

/// Image `number` of a source that has this map.
pub(super) fn strided(source: Source<'_>, map: Map, number: usize) -> Strided<'_> {
    let source = source.skip_images([map.rows, map.columns], number);
    Strided { source, strides: [map.columns * source.stride, source.stride] }
}
