//! Units backward over one batch, from the gradient of the last; knows no loss and no optimiser.

use super::convolution::{Convolution, OutputGradient, PreviousBlock};
use super::dense::{Dense, narrow};
use super::forward::{Kept, Pass};
use super::interpolation::bilinear;
use super::kernel::{Map, Source, Strided, Window};
use super::plan::{Affine, Step, Unit};
use super::workspace::{Buffer, CHUNK, fold};
use crate::network::architecture::Interpolation;

/// Gradients that wait for the units to which they belong.
struct Waiting {
    /// Of what each unit gives, `[images, rows, columns, channels]`; last that of the image.
    slots: Vec<Option<Buffer>>,
    /// Sums of `GradientSums` that were taken on the way.
    sums: Vec<Option<Vec<f64>>>,
    /// Takers of each unit that have not yet said their part.
    left: Vec<usize>,
}

impl Pass<'_> {
    /// Gradients of all parameters, in their order, and of the image if it is wanted, from the
    /// gradient of the last unit, which is used up like `kept`.
    pub(super) fn backward(
        &self,
        mut kept: Vec<Option<Kept>>,
        last: Buffer,
        wants_image: bool,
    ) -> (Vec<Buffer>, Option<Buffer>) {
        let (units, workspace) = (&self.plan.units, self.workspace);
        let mut gradients: Vec<Buffer> =
            self.parameters.iter().map(|values| workspace.take(values.len())).collect();
        let mut waiting = Waiting {
            slots: (0..=units.len()).map(|_| None).collect(),
            sums: vec![None; units.len()],
            left: self.plan.takers(),
        };
        waiting.slots[units.len() - 1] = Some(last);
        for number in (0..units.len()).rev() {
            let Some(gradient) = waiting.slots[number].take() else { continue };
            self.unit_back(number, &kept, gradient, &mut waiting, &mut gradients, wants_image);
            if let Some(done) = kept[number].take() {
                done.release(workspace);
            }
        }
        (gradients, waiting.slots.pop().flatten())
    }

    fn unit_back(
        &self,
        number: usize,
        all: &[Option<Kept>],
        gradient: Buffer,
        waiting: &mut Waiting,
        gradients: &mut [Buffer],
        wants_image: bool,
    ) {
        let unit = &self.plan.units[number];
        let Some(kept) = &all[number] else { return };
        let zeros = vec![0.0; unit.map.padded()];
        let [slope, offset] = match unit.affine {
            // A dense step has the gradient of its bias from the pass over its weights.
            _ if unit.step == Step::Dense => [zeros.clone(), zeros],
            Affine::None => [zeros.clone(), zeros],
            Affine::Bias(parameter) | Affine::Norm(parameter, _) => {
                let sums = waiting.sums[number].take();
                let sums = sums.unwrap_or_else(|| self.gradient_sums(unit, kept, &gradient));
                let count = self.images * unit.map.rows * unit.map.columns;
                kept.factors.gradient(unit.map, count, &sums, &mut gradients[parameter])
            }
        };
        let factors = [&kept.factors.scale[..], &kept.factors.shift, &slope, &offset];
        let after = OutputGradient { z: &kept.z, factors, gradient: &gradient };
        let wanted = unit.sources[0].is_some() || wants_image;
        match unit.step {
            Step::Three { .. } | Step::Direct(_) => {
                let x = self.convolve_back(number, all, after, wanted, waiting, gradients);
                self.workspace.give(gradient);
                match wanted {
                    true => self.deposit(unit.sources[0], x, waiting),
                    false => self.workspace.give(x),
                }
            }
            _ => {
                let plain = unit.affine == Affine::None && !unit.map.relu && !unit.map.pool;
                let slopes = match plain {
                    true => gradient,
                    false => {
                        let slopes = self.before_affine(unit.map, after);
                        self.workspace.give(gradient);
                        slopes
                    }
                };
                match unit.step {
                    Step::Dense => self.dense_back(number, all, slopes, waiting, gradients),
                    _ => self.maps_back(number, all, slopes, waiting, wants_image),
                }
            }
        }
    }

    /// Adds to the gradient of a source.
    fn deposit(&self, source: Option<usize>, gradient: Buffer, waiting: &mut Waiting) {
        let place = source.unwrap_or(self.plan.units.len());
        if let Some(source) = source {
            waiting.left[source] -= 1;
        }
        let Some(total) = &mut waiting.slots[place] else {
            waiting.slots[place] = Some(gradient);
            return;
        };
        let size = CHUNK * self.input_map(source).after_pool();
        let parts = total.chunks_mut(size).zip(gradient.chunks(size)).collect();
        self.workspace.each(parts, |(total, more): (&mut [f32], &[f32])| {
            self.workspace.kernel.add(total, more);
        });
        self.workspace.give(gradient);
    }

    /// The sums that an affine step's gradient needs, from the values after the pool.
    fn gradient_sums(&self, unit: &Unit, kept: &Kept, gradient: &[f32]) -> Vec<f64> {
        let map = unit.after();
        let (before, after) = (map.before_pool(), map.after_pool());
        let chunks = kept.values().chunks(CHUNK * before).zip(gradient.chunks(CHUNK * after));
        fold(self.workspace.each(chunks.collect(), |(z, gradient): (&[f32], &[f32])| {
            let mut sums = vec![0.0; 2 * map.padded()];
            for (z, gradient) in z.chunks_exact(before).zip(gradient.chunks_exact(after)) {
                let factors = [&kept.factors.scale[..], &kept.factors.shift, &kept.factors.mean];
                self.workspace.kernel.gradient_sums(map, z, factors, gradient, &mut sums);
            }
            sums
        }))
    }

    /// The gradient before affine step, ReLU and pool, `[images, rows, columns, channels]`.
    fn before_affine(&self, map: Map, after: OutputGradient<'_>) -> Buffer {
        let size = map.rows * map.columns * map.channels;
        let mut out = self.workspace.take(self.images * size);
        self.over_images(&mut out, size, |image, out| {
            let OutputGradient { z, factors, gradient } = after.skip_images(map, image);
            let strides = [map.columns * map.channels, map.channels];
            self.workspace.kernel.gradient_before(map, z, factors, gradient, out, strides);
        });
        out
    }

    /// The gradient of a convolution's input, empty unless it is wanted.
    fn convolve_back(
        &self,
        number: usize,
        all: &[Option<Kept>],
        after: OutputGradient<'_>,
        wanted: bool,
        waiting: &mut Waiting,
        gradients: &mut [Buffer],
    ) -> Buffer {
        let (unit, workspace) = (&self.plan.units[number], self.workspace);
        let (map, source) = (unit.map, unit.sources[0]);
        let Some(parameter) = unit.weights else { return workspace.take(0) };
        let w = &self.parameters[parameter];
        let input = self.input_map(source);
        let three = |inputs| Convolution { map, inputs };
        let weights = match unit.step {
            _ if !wanted => workspace.take(0),
            Step::Direct(convolution) => convolution.backward_weights(workspace, map, w),
            Step::Three { inputs } => three(inputs).backward_weights(workspace, w),
            _ => workspace.take(0),
        };
        // The only taker of a unit takes the sums of that one too, while the gradient is in the
        // cache.
        let alone = source.filter(|&before| {
            let direct = matches!(unit.step, Step::Direct(_));
            let affine = self.plan.units[before].affine != Affine::None;
            !direct && affine && waiting.left[before] == 1 && waiting.slots[before].is_none()
        });
        let before = alone.and_then(|before| {
            let kept = all[before].as_ref()?;
            let factors = [&kept.factors.scale[..], &kept.factors.shift, &kept.factors.mean];
            Some(PreviousBlock { map: self.plan.units[before].after(), z: kept.values(), factors })
        });
        let pixels = if wanted { input.after_pool() } else { 0 };
        let mut x_gradient = workspace.take(self.images * pixels);
        let mut rest = &mut x_gradient[..];
        let mut parts = Vec::new();
        for first in (0..self.images).step_by(CHUNK) {
            let count = CHUNK.min(self.images - first);
            let (mine, others) = rest.split_at_mut(count * pixels);
            rest = others;
            parts.push((first, count, mine));
        }
        let from = self.source(source, all);
        let (w_gradients, sums): (Vec<_>, Vec<_>) = workspace
            .each(parts, |(first, count, x): (usize, usize, &mut [f32])| {
                let from = from.skip_images([input.rows, input.columns], first);
                let after = after.skip_images(map, first);
                match unit.step {
                    Step::Three { inputs } => {
                        let before = before.map(|before| before.skip_images(first));
                        three(inputs).backward(workspace, count, from, after, &weights, x, before)
                    }
                    Step::Direct(convolution) => {
                        let gradient =
                            convolution.backward(workspace, map, count, from, after, &weights, x);
                        (gradient, Vec::new())
                    }
                    _ => (workspace.take(0), Vec::new()),
                }
            })
            .into_iter()
            .unzip();
        workspace.give(weights);
        let w_gradient = workspace.fold(w_gradients);
        narrow(&w_gradient, map.padded(), map.channels, &mut gradients[parameter]);
        workspace.give(w_gradient);
        if let Some(before) = alone {
            waiting.sums[before] = Some(fold(sums));
        }
        x_gradient
    }

    fn dense_back(
        &self,
        number: usize,
        all: &[Option<Kept>],
        slopes: Buffer,
        waiting: &mut Waiting,
        gradients: &mut [Buffer],
    ) {
        let (unit, workspace) = (&self.plan.units[number], self.workspace);
        let source = unit.sources[0];
        let (Some(parameter), Some(kept)) = (unit.weights, &all[number]) else { return };
        let [weights, bias] = &mut gradients[parameter..parameter + 2] else { return };
        let x = match &kept.flat {
            Some(flat) => flat,
            None => self.source(source, all).values,
        };
        let (inputs, outputs) = (self.input_map(source).after_pool(), unit.map.channels);
        let layer = Dense { inputs, outputs };
        let mut x_gradient = workspace.take(self.images * inputs);
        let x = &x[..self.images * inputs];
        let targets = [&mut x_gradient[..], weights, bias];
        layer.backward(workspace, [x, &self.parameters[parameter]], &slopes, targets);
        workspace.give(slopes);
        self.deposit(source, x_gradient, waiting);
    }

    /// The steps that are no product, from the gradient `[images, rows, columns, channels]` of
    /// what they give.
    fn maps_back(
        &self,
        number: usize,
        all: &[Option<Kept>],
        slopes: Buffer,
        waiting: &mut Waiting,
        wants_image: bool,
    ) {
        let (unit, workspace) = (&self.plan.units[number], self.workspace);
        let wanted = |source: Option<usize>| source.is_some() || wants_image;
        match unit.step {
            Step::Sum => {
                let (last, others) = unit.sources.split_last().expect("a sum has a source");
                for &source in others.iter().filter(|&&source| wanted(source)) {
                    let mut copy = workspace.take(slopes.len());
                    copy.copy_from_slice(&slopes);
                    self.deposit(source, copy, waiting);
                }
                match wanted(*last) {
                    true => self.deposit(*last, slopes, waiting),
                    false => workspace.give(slopes),
                }
            }
            Step::Concat => {
                let mut channel = 0;
                for &source in &unit.sources {
                    let input = self.input_map(source);
                    if wanted(source) {
                        let part = self.back(unit.map, input, &slopes, |from, _, out| {
                            let values = &from.source.values[channel..];
                            let source = Source { values, ..from.source };
                            let from = Strided { source, ..from };
                            let (extent, strides) = shape(input);
                            workspace.kernel.transfer(extent, from, None, false, out, strides);
                        });
                        self.deposit(source, part, waiting);
                    }
                    channel += input.channels;
                }
                workspace.give(slopes);
            }
            Step::Dropout { .. } => {
                let mut slopes = slopes;
                if let Some(mask) = all[number].as_ref().and_then(|kept| kept.mask.as_ref()) {
                    workspace.kernel.multiply(&mut slopes, mask);
                }
                match wanted(unit.sources[0]) {
                    true => self.deposit(unit.sources[0], slopes, waiting),
                    false => workspace.give(slopes),
                }
            }
            _ => {
                let source = unit.sources[0];
                if wanted(source) {
                    let read = self.source(source, all);
                    let part = self.windows_back(unit, self.input_map(source), read, &slopes);
                    self.deposit(source, part, waiting);
                }
                workspace.give(slopes);
            }
        }
    }

    /// A gradient of `input` image by image from that of `map`: `work` has the latter, the number
    /// of the image and the former.
    fn back(
        &self,
        map: Map,
        input: Map,
        slopes: &[f32],
        work: impl Fn(Strided<'_>, usize, &mut [f32]) + Sync + Send,
    ) -> Buffer {
        let mut out = self.workspace.take(self.images * input.after_pool());
        let size = map.rows * map.columns * map.channels;
        self.over_images(&mut out, input.after_pool(), |image, out| {
            let values = &slopes[image * size..(image + 1) * size];
            let source = Source { values, stride: map.channels, factors: None, relu: false };
            work(Strided { source, strides: shape(map).1 }, image, out);
        });
        out
    }

    fn windows_back(&self, unit: &Unit, input: Map, read: Source<'_>, slopes: &[f32]) -> Buffer {
        let (map, kernel) = (unit.map, self.workspace.kernel);
        let (extent, strides) = shape(input);
        self.back(map, input, slopes, |from, image, out| match unit.step {
            Step::Average(Window { size, .. }) => {
                let scale = 1.0 / (size[0] * size[1]) as f32;
                let windows = [map.rows, map.columns];
                kernel.spread(extent, windows, size, from, scale, out, strides);
            }
            Step::Greatest(window) => {
                // Left over rows and columns have none.
                out.fill(0.0);
                let values = super::forward::strided(read, input, image);
                let windows = [map.rows, map.columns, map.channels];
                kernel.greatest(windows, window, values, Some(from), out, strides);
            }
            Step::Upsample { factor, interpolation: Interpolation::Nearest } => {
                kernel.window_sums(extent, Window::tiling(factor), from, 1.0, out, strides);
            }
            Step::Upsample { factor, .. } => {
                out.fill(0.0);
                let mut large = self.workspace.take(from.source.values.len());
                large.copy_from_slice(from.source.values);
                bilinear(extent, factor, out, &mut large, true);
                self.workspace.give(large);
            }
            Step::Shortcut { stride, first } => {
                out.fill(0.0);
                let values = &from.source.values[first..];
                let from = Strided { source: Source { values, ..from.source }, ..from };
                let extent = [map.rows, map.columns, input.channels];
                let strides = strides.map(|distance| distance * stride);
                kernel.transfer(extent, from, None, false, out, strides);
            }
            Step::Region => {
                out.fill(0.0);
                super::forward::for_each_pixel(map, strides, self.phase(image), |pixel, place| {
                    out[place] = from.source.values[pixel];
                });
            }
            Step::Crop { margin } => {
                out.fill(0.0);
                let skipped: usize = strides.iter().map(|distance| distance * margin).sum();
                let extent = [map.rows, map.columns, map.channels];
                kernel.transfer(extent, from, None, false, &mut out[skipped..], strides);
            }
            _ => {}
        })
    }
}

/// Extent of a map without room between its values, and the distances of its lines and columns.
fn shape(map: Map) -> ([usize; 3], [usize; 2]) {
    let extent = [map.rows, map.columns, map.channels];
    (extent, [map.columns * map.channels, map.channels])
}
