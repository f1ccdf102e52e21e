//! A stack of blocks (convolution 3×3, batch norm or bias, ReLU, optional 2×2 max-pool), forward
//! and backward over one batch; knows no tensor and no training.
//!
//! The map of a convolution is stored once, before its affine step, and with a pool also the
//! extreme of each window. The next convolution applies affine step and ReLU while it reads, so
//! the activated map never exists; in the backward pass the sums that a batch norm needs are taken
//! while the gradient that has just been computed is still in the cache.

use std::sync::Mutex;

use super::convolution::{Convolution, OutputGradient, PreviousBlock, Source};
use super::kernel::{Map, Maps};
use super::workspace::{Buffer, CHUNK, Workspace, fold, lock};
use crate::network::parameters::{NORM_EPSILON, NORM_MOMENTUM, Running};

/// Shape of a block. Weights are `[3, 3, inputs, channels]`, factors `[2, channels]` (γ, β) with
/// a batch norm or `[channels]` (bias) without.
#[derive(Debug, Clone, Copy)]
pub(super) struct BlockShape {
    pub(super) convolution: Convolution,
    pub(super) norm: bool,
    /// Rows and columns that are left out at each edge after the pool.
    pub(super) crop: usize,
}

impl BlockShape {
    fn map(&self) -> Map {
        self.convolution.map
    }

    /// The map after pool and crop.
    pub(super) fn after(&self) -> Map {
        let Map { rows, columns, .. } = self.map().without_pool();
        let (rows, columns) = (rows - 2 * self.crop, columns - 2 * self.crop);
        Map { rows, columns, ..self.map().without_pool() }
    }

    /// The sign of each channel's scale, `[padded]`.
    fn sign(&self, factors: &[f32]) -> Vec<f32> {
        let mut sign = vec![1.0; self.map().padded()];
        if self.norm {
            for (sign, &gamma) in sign.iter_mut().zip(&factors[..self.map().channels]) {
                *sign = if gamma < 0.0 { -1.0 } else { 1.0 };
            }
        }
        sign
    }

    /// Number of weights.
    pub(super) fn weights(&self) -> usize {
        9 * self.convolution.inputs * self.map().channels
    }

    /// Number of factors.
    pub(super) fn factors(&self) -> usize {
        if self.norm { 2 * self.map().channels } else { self.map().channels }
    }
}

/// What the forward pass of one block keeps for the backward pass.
#[derive(Debug)]
pub(super) struct BlockState {
    /// `[n, rows, columns, padded]`
    z: Buffer,
    /// With a pool, the extremes of its windows, and with a crop what it leaves of them,
    /// `[n, rows, columns, padded]`.
    left: Option<Buffer>,
    /// All `[padded]`.
    scale: Vec<f32>,
    shift: Vec<f32>,
    mean: Vec<f32>,
    deviation_inverse: Vec<f32>,
}

impl BlockState {
    /// Gives the large buffers back.
    pub(super) fn release(self, workspace: &Workspace) {
        workspace.give(self.z);
        if let Some(left) = self.left {
            workspace.give(left);
        }
    }

    /// Values after pool and crop, before the affine step.
    fn values(&self) -> &[f32] {
        self.left.as_deref().unwrap_or(&self.z)
    }
}

/// One batch of images that enters the stack, `[n, rows, columns, inputs]`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Batch<'a> {
    pub(super) images: usize,
    pub(super) x: &'a [f32],
}

/// The blocks of a network.
#[derive(Debug)]
pub(super) struct Stack {
    pub(super) blocks: Vec<BlockShape>,
    /// One per block.
    pub(super) running: Vec<Mutex<Running>>,
}

/// Gradients of a stack, written where the caller wants them.
#[derive(Debug)]
pub(super) struct Gradients<'a> {
    /// Of the images, unless empty.
    pub(super) x: &'a mut [f32],
    pub(super) weights: &'a mut [f32],
    pub(super) factors: &'a mut [f32],
}

impl Stack {
    /// Number of weights and of factors of all blocks.
    pub(super) fn sizes(&self) -> [usize; 2] {
        [
            self.blocks.iter().map(BlockShape::weights).sum(),
            self.blocks.iter().map(BlockShape::factors).sum(),
        ]
    }

    /// Values of one image after the stack.
    pub(super) fn features(&self) -> usize {
        self.blocks.last().map_or(0, |block| block.after().after_pool())
    }

    /// The activated maps of the last block into `y`, and what the backward pass needs.
    pub(super) fn forward(
        &self,
        workspace: &Workspace,
        batch: Batch<'_>,
        mut weights: &[f32],
        mut factors: &[f32],
        y: &mut [f32],
    ) -> Vec<BlockState> {
        let mut all: Vec<BlockState> = Vec::with_capacity(self.blocks.len());
        for (number, block) in self.blocks.iter().enumerate() {
            let (mine, rest) = weights.split_at(block.weights());
            weights = rest;
            let (my_factors, rest) = factors.split_at(block.factors());
            factors = rest;
            let map = block.map();
            let source = self.source(number, batch, &all);
            let mut z = workspace.take(batch.images * map.before_pool());
            let size = if map.pool { batch.images * map.without_pool().before_pool() } else { 0 };
            let mut pooled = workspace.take(size);
            let sign = block.sign(my_factors);
            let maps = Maps { z: &mut z, pooled: &mut pooled, sign: &sign };
            let sums = convolve(workspace, block.convolution, batch.images, source, mine, maps);
            let mut kept = self.affine(number, &sums, batch.images, my_factors, z);
            match map.pool {
                true => kept.left = Some(pooled),
                false => workspace.give(pooled),
            }
            if block.crop > 0 {
                let mut left = workspace.take(batch.images * block.after().before_pool());
                crop(map.without_pool(), map.padded(), block.crop, kept.values(), &mut left);
                if let Some(pooled) = kept.left.replace(left) {
                    workspace.give(pooled);
                }
            }
            all.push(kept);
        }
        if let (Some(block), Some(kept)) = (self.blocks.last(), all.last()) {
            activate(workspace, block.after(), kept, y);
        }
        all
    }

    /// What block `number` reads.
    fn source<'a>(&self, number: usize, batch: Batch<'a>, kept: &'a [BlockState]) -> Source<'a> {
        let Some(before) = number.checked_sub(1) else {
            let stride = self.blocks[0].convolution.inputs;
            return Source { values: batch.x, stride, factors: None };
        };
        let (kept, stride) = (&kept[before], self.blocks[before].map().padded());
        let factors = Some([&kept.scale[..], &kept.shift]);
        Source { values: kept.values(), stride, factors }
    }

    /// Scale and shift of the affine step, from the sums of a batch.
    fn affine(
        &self,
        number: usize,
        sums: &[f64],
        images: usize,
        factors: &[f32],
        z: Buffer,
    ) -> BlockState {
        let block = &self.blocks[number];
        let (channels, padded) = (block.map().channels, block.map().padded());
        let zeros = vec![0.0; padded];
        let mut kept = BlockState {
            z,
            left: None,
            scale: zeros.clone(),
            shift: zeros.clone(),
            mean: zeros.clone(),
            deviation_inverse: zeros,
        };
        if !block.norm {
            kept.scale[..channels].fill(1.0);
            kept.shift[..channels].copy_from_slice(factors);
            return kept;
        }
        let (gamma, beta) = factors.split_at(channels);
        let count = (images * block.map().rows * block.map().columns) as f64;
        let mut running = lock(&self.running[number]);
        let blend = |old: &mut f32, new: f64| {
            *old = (f64::from(*old) * (1.0 - NORM_MOMENTUM) + NORM_MOMENTUM * new) as f32;
        };
        for channel in 0..channels {
            let mean = sums[channel] / count;
            let variance = (sums[padded + channel] / count - mean * mean).max(0.0);
            let inverse = 1.0 / (variance + NORM_EPSILON).sqrt();
            let scale = f64::from(gamma[channel]) * inverse;
            kept.scale[channel] = scale as f32;
            kept.shift[channel] = (f64::from(beta[channel]) - mean * scale) as f32;
            kept.mean[channel] = mean as f32;
            kept.deviation_inverse[channel] = inverse as f32;
            blend(&mut running.mean[channel], mean);
            blend(&mut running.variance[channel], variance * count / (count - 1.0).max(1.0));
        }
        kept
    }

    /// The backward pass from `y_gradient`, the gradient of what `forward` gave; `kept` is given back
    /// block by block.
    pub(super) fn backward(
        &self,
        workspace: &Workspace,
        batch: Batch<'_>,
        kept: &mut Vec<BlockState>,
        weights: &[f32],
        y_gradient: &[f32],
        gradients: Gradients<'_>,
    ) {
        let (mut weights, images) = (weights, batch.images);
        let Gradients { x: x_gradient, weights: mut w_gradient, mut factors } = gradients;
        let Some(last) = self.blocks.len().checked_sub(1) else { return };
        let after = self.blocks[last].after();
        let mut sums = gradient_sums(workspace, after, &kept[last], y_gradient);
        let mut own: Option<Buffer> = None;
        for (number, block) in self.blocks.iter().enumerate().rev() {
            let (before, mine) = weights.split_at(weights.len() - block.weights());
            weights = before;
            let (rest, my_factors) = factors.split_at_mut(factors.len() - block.factors());
            factors = rest;
            let (rest, my_gradient) = w_gradient.split_at_mut(w_gradient.len() - block.weights());
            w_gradient = rest;

            let [slope, offset] = moments_gradient(block, images, &kept[number], &sums, my_factors);
            let BlockState { z, scale, shift, .. } = &kept[number];
            let mut gradient = own.as_deref().unwrap_or(y_gradient);
            let map = block.map();
            let mut whole =
                workspace.take(if block.crop > 0 { images * map.after_pool() } else { 0 });
            if block.crop > 0 {
                whole.fill(0.0);
                embed(map.without_pool(), map.channels, block.crop, gradient, &mut whole);
                gradient = &whole;
            }
            let after = OutputGradient { z, factors: [scale, shift, &slope, &offset], gradient };
            let size = block.convolution.pixels();
            let mut next = workspace.take(if number == 0 { 0 } else { images * size });
            let target = if number == 0 { &mut *x_gradient } else { &mut next[..] };
            let before = number.checked_sub(1).map(|before| PreviousBlock {
                map: self.blocks[before].after(),
                z: kept[before].values(),
                factors: [&kept[before].scale, &kept[before].shift, &kept[before].mean],
            });
            let source = self.source(number, batch, kept);
            let convolution = block.convolution;
            let gradients = convolution_gradients(
                workspace,
                convolution,
                images,
                source,
                after,
                mine,
                target,
                before,
            );
            sums = gradients.sums;
            convolution.narrow(&gradients.weights, my_gradient);
            workspace.give(gradients.weights);
            workspace.give(whole);
            if let Some(old) = own.replace(next) {
                workspace.give(old);
            }
            if let Some(done) = kept.pop() {
                done.release(workspace);
            }
        }
        if let Some(old) = own {
            workspace.give(old);
        }
    }
}

/// Copies what is left of maps `[n, rows, columns, width]` without `margin` rows and columns at each
/// edge.
pub(super) fn crop(map: Map, width: usize, margin: usize, maps: &[f32], left: &mut [f32]) {
    for (image, place, length) in cropped_rows(map, width, margin, maps.len()) {
        left[place..place + length].copy_from_slice(&maps[image..image + length]);
    }
}

/// The reverse of `crop`; leaves the edges as they are.
fn embed(map: Map, width: usize, margin: usize, left: &[f32], maps: &mut [f32]) {
    for (image, place, length) in cropped_rows(map, width, margin, maps.len()) {
        maps[image..image + length].copy_from_slice(&left[place..place + length]);
    }
}

/// Of each row that a crop leaves: where it begins in the maps and in what is left, and its length.
fn cropped_rows(
    map: Map,
    width: usize,
    margin: usize,
    values: usize,
) -> impl Iterator<Item = (usize, usize, usize)> {
    let Map { rows, columns, .. } = map;
    let length = (columns - 2 * margin) * width;
    let images = values / (rows * columns * width);
    let all =
        (0..images).flat_map(move |image| (margin..rows - margin).map(move |row| (image, row)));
    all.enumerate().map(move |(number, (image, row))| {
        (((image * rows + row) * columns + margin) * width, number * length, length)
    })
}

/// The maps of the whole batch, and the sums of z and z².
fn convolve(
    workspace: &Workspace,
    convolution: Convolution,
    images: usize,
    source: Source<'_>,
    w: &[f32],
    maps: Maps<'_>,
) -> Vec<f64> {
    let map = convolution.map;
    let weights = convolution.forward_weights(workspace, w);
    let Maps { mut z, mut pooled, sign } = maps;
    let mut parts = Vec::new();
    for first in (0..images).step_by(CHUNK) {
        let count = CHUNK.min(images - first);
        let (mine, rest) = z.split_at_mut(count * map.before_pool());
        z = rest;
        let size = if map.pool { count * map.without_pool().before_pool() } else { 0 };
        let (my_pooled, rest) = pooled.split_at_mut(size);
        pooled = rest;
        parts.push((first, count, Maps { z: mine, pooled: my_pooled, sign }));
    }
    let sums = fold(workspace.each(parts, |(first, count, maps): (usize, usize, Maps<'_>)| {
        let mut sums = vec![0.0; 2 * map.padded()];
        let source = source.skip_images(convolution.extent(), first);
        convolution.forward(workspace, count, source, &weights, maps, &mut sums);
        sums
    }));
    workspace.give(weights);
    sums
}

/// y of the whole batch, from the values after the pool.
fn activate(workspace: &Workspace, map: Map, kept: &BlockState, y: &mut [f32]) {
    let stride = map.columns * map.channels;
    let parts =
        kept.values().chunks(CHUNK * map.before_pool()).zip(y.chunks_mut(CHUNK * map.after_pool()));
    workspace.each(parts.collect(), |(z, y): (&[f32], &mut [f32])| {
        for (z, y) in z.chunks_exact(map.before_pool()).zip(y.chunks_exact_mut(map.after_pool())) {
            workspace.kernel.activate(map, z, [&kept.scale, &kept.shift], y, stride);
        }
    });
}

/// The sums that the gradient of a batch norm needs, from the values after the pool.
fn gradient_sums(workspace: &Workspace, map: Map, kept: &BlockState, gradient: &[f32]) -> Vec<f64> {
    let (before, after) = (map.before_pool(), map.after_pool());
    let parts = kept.values().chunks(CHUNK * before).zip(gradient.chunks(CHUNK * after)).collect();
    fold(workspace.each(parts, |(z, gradient): (&[f32], &[f32])| {
        let mut sums = vec![0.0; 2 * map.padded()];
        for (z, gradient) in z.chunks_exact(before).zip(gradient.chunks_exact(after)) {
            let factors = [&kept.scale[..], &kept.shift, &kept.mean];
            workspace.kernel.gradient_sums(map, z, factors, gradient, &mut sums);
        }
        sums
    }))
}

/// Gradients of the factors into `factors`, and slope and offset by which a map's values enter
/// the gradient through the moments of the batch.
fn moments_gradient(
    block: &BlockShape,
    images: usize,
    kept: &BlockState,
    sums: &[f64],
    factors: &mut [f32],
) -> [Vec<f32>; 2] {
    let map = block.map();
    let (channels, padded) = (map.channels, map.padded());
    let (mut slope, mut offset) = (vec![0.0; padded], vec![0.0; padded]);
    for channel in 0..channels {
        let plain = sums[channel];
        if !block.norm {
            factors[channel] = plain as f32;
            continue;
        }
        let inverse = f64::from(kept.deviation_inverse[channel]);
        let weighted = sums[padded + channel] * inverse;
        let scale = f64::from(kept.scale[channel]) / (images * map.rows * map.columns) as f64;
        slope[channel] = (-scale * inverse * weighted) as f32;
        let slope = f64::from(slope[channel]);
        offset[channel] = (-scale * plain - slope * f64::from(kept.mean[channel])) as f32;
        factors[channel] = weighted as f32;
        factors[channels + channel] = plain as f32;
    }
    [slope, offset]
}

/// Gradients of one convolution.
struct ConvolutionGradients {
    /// `[3, 3, inputs, padded]`
    weights: Buffer,
    /// Sums for the block before.
    sums: Vec<f64>,
}

#[expect(clippy::too_many_arguments, reason = "one call site; a struct would only rename them")]
fn convolution_gradients(
    workspace: &Workspace,
    convolution: Convolution,
    images: usize,
    source: Source<'_>,
    after: OutputGradient<'_>,
    w: &[f32],
    x_gradient: &mut [f32],
    before: Option<PreviousBlock<'_>>,
) -> ConvolutionGradients {
    let wanted = !x_gradient.is_empty();
    let weights = match wanted {
        true => convolution.backward_weights(workspace, w),
        false => workspace.take(0),
    };
    let mut rest = x_gradient;
    let mut parts = Vec::new();
    for first in (0..images).step_by(CHUNK) {
        let count = CHUNK.min(images - first);
        let size = if wanted { count * convolution.pixels() } else { 0 };
        let (mine, others) = rest.split_at_mut(size);
        rest = others;
        parts.push((first, count, mine));
    }
    let (gradients, sums): (Vec<_>, Vec<_>) = workspace
        .each(parts, |(first, count, x_gradient): (usize, usize, &mut [f32])| {
            let source = source.skip_images(convolution.extent(), first);
            let after = after.skip_images(convolution.map, first);
            let before = before.map(|before| before.skip_images(first));
            convolution.backward(workspace, count, source, after, &weights, x_gradient, before)
        })
        .into_iter()
        .unzip();
    workspace.give(weights);
    ConvolutionGradients { weights: workspace.fold(gradients), sums: fold(sums) }
}
