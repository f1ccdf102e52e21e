//! Runs a graph of layers forward on a device; candle's autograd goes back. Knows no optimiser.

use std::collections::BTreeMap;

use candle_core::{Device, Result, Tensor, Var};

use super::resampling::{average_pool, max_pool, upsample_bilinear, upsample_nearest};
use crate::image::{BLOCK, Domain};
use crate::network::architecture::{Architecture, Interpolation, Operation, Shape};
use crate::network::error::NetworkError;
use crate::network::execution::Kernel;
use crate::network::learner::{Rater, Seed, Slopes};
use crate::network::parameters::{NORM_EPSILON, NORM_MOMENTUM, Parameters, Running};
use crate::rng::Stream;

/// Images that pass the network together in prediction.
const TOGETHER: usize = 256;

/// Random streams of the layers that draw in training, by number of the layer.
pub(super) type Streams = BTreeMap<usize, Stream>;

/// A graph with its parameters and running statistics on a device.
#[derive(Debug)]
pub(crate) struct CandleNetwork {
    architecture: Architecture,
    /// Of each layer, the layers that give its inputs; none for the region.
    sources: Vec<Vec<Option<usize>>>,
    /// What each layer gives for a region.
    shapes: Vec<Shape>,
    /// Of each layer, the number of its first parameter.
    first_parameters: Vec<usize>,
    device: Device,
    /// In the order of [`Architecture::parameters`].
    pub(super) parameters: Vec<Var>,
    /// Mean and variance of each batch norm, by number of the layer.
    running: BTreeMap<usize, [Tensor; 2]>,
}

/// What a pass in training gives.
pub(super) struct TrainingPass {
    pub(super) logits: Tensor,
    /// Mean and unbiased variance of the batch for each batch norm, by number of the layer.
    moments: BTreeMap<usize, [Tensor; 2]>,
}

impl CandleNetwork {
    pub(crate) fn new(
        architecture: &Architecture,
        kernel: Kernel,
        parameters: &Parameters,
    ) -> std::result::Result<Self, NetworkError> {
        let device = kernel.device().map_err(NetworkError::Device)?;
        let described = architecture.parameters()?;
        let (mut first_parameters, mut first) = (Vec::new(), 0);
        for layer in &architecture.layers {
            first_parameters.push(first);
            let own =
                |name: &str| name.strip_prefix(&layer.name).is_some_and(|n| n.starts_with('.'));
            first += described.iter().filter(|parameter| own(&parameter.name)).count();
        }
        let variables = (parameters.values.iter().zip(described))
            .map(|(values, parameter)| Var::from_slice(values, parameter.shape, &device))
            .collect::<Result<_>>()?;
        let statistic = |values: &[f32]| Tensor::from_slice(values, values.len(), &device);
        let norms = architecture.layers.iter().enumerate();
        let running = norms
            .filter(|(_, layer)| layer.operation == Operation::BatchNorm)
            .zip(&parameters.running)
            .map(|((number, _), running)| {
                Ok((number, [statistic(&running.mean)?, statistic(&running.variance)?]))
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            shapes: architecture.shapes()?,
            sources: (0..architecture.layers.len()).map(|at| architecture.sources(at)).collect(),
            architecture: architecture.clone(),
            first_parameters,
            device,
            parameters: variables,
            running,
        })
    }

    /// Images `[n, side, side]` as maps `[n, 1, side, side]` on the device.
    pub(super) fn images(&self, images: &[f32]) -> Result<Tensor> {
        let architecture = &self.architecture;
        match (architecture.domain, architecture.input_shape()) {
            (Domain::Dct, Shape::Map { rows, columns, channels }) => {
                let count = images.len() / (rows * columns * channels + 2);
                let blocks = &images[..count * rows * columns * channels];
                let shape = (count, rows, columns, channels);
                let x = Tensor::from_slice(blocks, shape, &self.device)?;
                x.permute((0, 3, 1, 2))?.contiguous()
            }
            _ => self.maps(images, [architecture.side; 2]),
        }
    }

    /// Rows and columns before each region in its window, in the DCT domain.
    pub(super) fn phases(&self, images: &[f32]) -> Vec<[usize; 2]> {
        let size = self.architecture.input_shape().count();
        let pixels = self.architecture.domain.is_pixels();
        let count = if pixels { 0 } else { images.len() / (size + 2) };
        let phases = images[count * size..].chunks_exact(2).take(count);
        phases.map(|phase| [phase[0] as usize, phase[1] as usize]).collect()
    }

    /// Images `[n, rows, columns]` as maps on the device.
    fn maps(&self, images: &[f32], [rows, columns]: [usize; 2]) -> Result<Tensor> {
        let count = images.len() / (rows * columns);
        Tensor::from_slice(images, (count, 1, rows, columns), &self.device)
    }

    /// Labels on the device.
    pub(super) fn labels(&self, labels: &[u8]) -> Result<Tensor> {
        let labels: Vec<u32> = labels.iter().map(|&label| u32::from(label)).collect();
        let count = labels.len();
        Tensor::from_vec(labels, count, &self.device)
    }

    /// Logits of maps `[n, 1, rows, columns]` with the running statistics, pixels before classes.
    fn predict(&self, x: &Tensor, phases: &[[usize; 2]]) -> Result<Tensor> {
        let y = self.forward(x, phases, &mut |number, x| match self.architecture.layers[number]
            .operation
        {
            Operation::BatchNorm => {
                let channels = (1, x.dim(1)?, 1, 1);
                let [mean, variance] = &self.running[&number];
                self.normalised(number, x, &mean.reshape(channels)?, &variance.reshape(channels)?)
            }
            _ => Ok(x.clone()),
        })?;
        pixels_first(&y)
    }

    /// Logits of maps `[n, 1, side, side]` with the moments of the batch, and values dropped.
    pub(super) fn train(
        &self,
        x: &Tensor,
        phases: &[[usize; 2]],
        streams: &mut Streams,
    ) -> Result<TrainingPass> {
        let mut moments = BTreeMap::new();
        let logits = self.forward(x, phases, &mut |number, x| match (
            self.architecture.layers[number].operation,
            streams.get_mut(&number),
        ) {
            (Operation::BatchNorm, _) => {
                let mean = x.mean_keepdim((0, 2, 3))?;
                let variance = x.broadcast_sub(&mean)?.sqr()?.mean_keepdim((0, 2, 3))?;
                let count = (x.elem_count() / x.dim(1)?) as f64;
                let unbiased = (variance.detach() * (count / (count - 1.0).max(1.0)))?;
                let batch = [mean.detach().flatten_all()?, unbiased.flatten_all()?];
                moments.insert(number, batch);
                self.normalised(number, x, &mean, &variance)
            }
            (Operation::Dropout { share }, Some(stream)) => dropped(x, share, stream),
            _ => Ok(x.clone()),
        })?;
        Ok(TrainingPass { logits: pixels_first(&logits)?, moments })
    }

    /// Adds the moments of a batch to the running statistics.
    pub(super) fn update_running(&mut self, pass: TrainingPass) -> Result<()> {
        for (number, moments) in pass.moments {
            let Some(running) = self.running.get_mut(&number) else { continue };
            for (running, new) in running.iter_mut().zip(moments) {
                *running = ((&*running * (1.0 - NORM_MOMENTUM))? + (new * NORM_MOMENTUM)?)?;
            }
        }
        Ok(())
    }

    /// The output of the last layer; `by_mode` computes the layers that differ between training
    /// and prediction, from their numbers and inputs.
    fn forward(
        &self,
        x: &Tensor,
        phases: &[[usize; 2]],
        by_mode: &mut dyn FnMut(usize, &Tensor) -> Result<Tensor>,
    ) -> Result<Tensor> {
        let count = self.architecture.layers.len();
        let mut last_use = vec![count; count];
        for (number, sources) in self.sources.iter().enumerate() {
            sources.iter().flatten().for_each(|&source| last_use[source] = number);
        }
        let mut outputs: Vec<Option<Tensor>> = vec![None; count];
        for number in 0..count {
            let inputs: Vec<Tensor> = (self.sources[number].iter())
                .map(|source| source.map_or(Some(x), |source| outputs[source].as_ref()).cloned())
                .collect::<Option<_>>()
                .ok_or_else(|| candle_core::Error::Msg("a layer before its input".to_owned()))?;
            outputs[number] = Some(match self.architecture.layers[number].operation {
                Operation::BatchNorm | Operation::Dropout { .. } => by_mode(number, &inputs[0])?,
                Operation::InverseDct => self.region(number, &inputs[0], phases)?,
                operation => self.layer(number, operation, &inputs)?,
            });
            for (output, &last) in outputs.iter_mut().zip(&last_use) {
                if last == number {
                    *output = None;
                }
            }
        }
        outputs.pop().flatten().ok_or_else(|| candle_core::Error::Msg("no layer".to_owned()))
    }

    /// Parameter `place` of a layer.
    fn parameter(&self, number: usize, place: usize) -> &Tensor {
        &self.parameters[self.first_parameters[number] + place]
    }

    /// Rows and columns of what layer `number` takes of a region.
    fn window(&self, number: usize) -> [usize; 2] {
        match self.sources[number][0].map(|source| self.shapes[source]) {
            Some(Shape::Map { rows, columns, .. }) => [rows, columns],
            Some(Shape::Vector(_)) => [1, 1],
            None => [self.architecture.input_side(); 2],
        }
    }

    /// The regions from the blocks of their windows, `[n, 64, rows, columns]`.
    fn region(&self, number: usize, x: &Tensor, phases: &[[usize; 2]]) -> Result<Tensor> {
        let weight = self.parameter(number, 0).permute((3, 2, 0, 1))?.contiguous()?;
        let y = convolved(x, &weight, 0, 1)?;
        let (count, _, rows, columns) = y.dims4()?;
        let y = y.reshape((count, BLOCK, BLOCK, rows, columns))?.permute((0, 3, 1, 4, 2))?;
        let y = y.contiguous()?.reshape((count, 1, rows * BLOCK, columns * BLOCK))?;
        let side = self.architecture.side;
        let region = |(number, &[row, column]): (usize, &[usize; 2])| {
            y.narrow(0, number, 1)?.narrow(2, row, side)?.narrow(3, column, side)?.contiguous()
        };
        let regions = phases.iter().enumerate().map(region).collect::<Result<Vec<_>>>()?;
        Tensor::cat(&regions, 0)
    }

    /// A layer that is the same in training and prediction. Vectors are maps of one pixel.
    fn layer(&self, number: usize, operation: Operation, inputs: &[Tensor]) -> Result<Tensor> {
        let x = &inputs[0];
        match operation {
            Operation::Convolution { size, stride, bias, .. } => {
                // Ours is [size, size, inputs, channels].
                let weight = self.parameter(number, 0).permute((3, 2, 0, 1))?.contiguous()?;
                let y = convolved(x, &weight, size / 2, stride)?;
                match bias {
                    true => {
                        let channels = (1, y.dim(1)?, 1, 1);
                        y.broadcast_add(&self.parameter(number, 1).reshape(channels)?)
                    }
                    false => Ok(y),
                }
            }
            Operation::Relu => relu(x),
            Operation::MaxPool { size } => max_pool(x, size),
            Operation::AveragePool { size } => average_pool(x, size),
            Operation::Crop { margin } => {
                let (_, _, rows, columns) = x.dims4()?;
                let inside = x.narrow(2, margin, rows - 2 * margin)?;
                inside.narrow(3, margin, columns - 2 * margin)?.contiguous()
            }
            Operation::GlobalAveragePool => {
                let [rows, columns] = self.window(number);
                match [x.dim(2)?, x.dim(3)?] == [rows, columns] {
                    true => x.mean_keepdim((2, 3)),
                    false => x.avg_pool2d_with_stride((rows, columns), (1, 1)),
                }
            }
            Operation::Add => inputs[1..].iter().try_fold(x.clone(), |sum, other| sum + other),
            Operation::Concat => Tensor::cat(inputs, 1),
            Operation::Upsample { factor, interpolation: Interpolation::Nearest } => {
                upsample_nearest(x, factor)
            }
            Operation::Upsample { factor, interpolation: Interpolation::Bilinear } => {
                upsample_bilinear(x, factor)
            }
            Operation::Shortcut { stride, channels } => shortcut(x, stride, channels),
            Operation::Dense { .. } => {
                let [rows, columns] = self.window(number);
                let (weight, bias) = (self.parameter(number, 0), self.parameter(number, 1));
                let (images, inputs, map_rows, map_columns) = x.dims4()?;
                if [map_rows, map_columns] == [rows, columns] {
                    let x = x.permute((0, 2, 3, 1))?.contiguous()?.flatten_from(1)?;
                    let y = x.matmul(weight)?.broadcast_add(bias)?;
                    return y.reshape((images, (), 1, 1));
                }
                let outputs = bias.dim(0)?;
                let weight = weight.reshape((rows, columns, inputs, outputs))?;
                let weight = weight.permute((3, 2, 0, 1))?.contiguous()?;
                convolved(x, &weight, 0, 1)?.broadcast_add(&bias.reshape((1, outputs, 1, 1))?)
            }
            Operation::BatchNorm | Operation::Dropout { .. } | Operation::InverseDct => {
                candle_core::bail!("{} needs more than its input", operation.name())
            }
        }
    }

    /// γ (x − mean) / deviation + β, by channels.
    fn normalised(
        &self,
        number: usize,
        x: &Tensor,
        mean: &Tensor,
        variance: &Tensor,
    ) -> Result<Tensor> {
        let channels = (1, x.dim(1)?, 1, 1);
        let affine = self.parameter(number, 0);
        let [gamma, beta] =
            [0, 1].map(|part| affine.narrow(0, part, 1).and_then(|f| f.reshape(channels)));
        let deviation = (variance + NORM_EPSILON)?.sqrt()?;
        let x = x.broadcast_sub(mean)?.broadcast_div(&deviation)?;
        x.broadcast_mul(&gamma?)?.broadcast_add(&beta?)
    }

    /// Parameters and running statistics as they are now.
    pub(super) fn state(&self) -> Result<Parameters> {
        let parameters = self.parameters.iter().map(|one| values(one)).collect::<Result<_>>()?;
        let running = (self.running.values())
            .map(|[mean, variance]| {
                Ok(Running { mean: values(mean)?, variance: values(variance)? })
            })
            .collect::<Result<_>>()?;
        Ok(Parameters { values: parameters, running })
    }
}

/// Maps `[n, channels, rows, columns]` as `[n, rows, columns, channels]`, without extents of one
/// pixel.
fn pixels_first(y: &Tensor) -> Result<Tensor> {
    match y.dims4()? {
        (_, _, 1, 1) => y.flatten_from(1),
        _ => y.permute((0, 2, 3, 1))?.contiguous(),
    }
}

/// A convolution. Where a map has as many channels as rows and columns, candle 0.9.2 takes pixels for
/// channels on the processor (its issue 3404): such a map goes in with other strides.
fn convolved(x: &Tensor, weight: &Tensor, padding: usize, stride: usize) -> Result<Tensor> {
    let (_, channels, rows, columns) = x.dims4()?;
    if [rows, columns] != [channels; 2] {
        return x.conv2d(weight, padding, stride, 1, 1);
    }
    let x = x.permute((0, 2, 3, 1))?.contiguous()?.permute((0, 3, 1, 2))?;
    x.conv2d(weight, padding, stride, 1, 1)
}

/// max(x, 0) with gradient 0 at 0, where candle's has 1.
fn relu(x: &Tensor) -> Result<Tensor> {
    x * x.detach().gt(0.0)?.to_dtype(x.dtype())?
}

/// Each value 0 with probability `share`, and divided by 1 − `share` otherwise.
fn dropped(x: &Tensor, share: f64, stream: &mut Stream) -> Result<Tensor> {
    let kept = (1.0 / (1.0 - share)) as f32;
    let mask = (0..x.elem_count()).map(|_| if stream.uniform() < share { 0.0 } else { kept });
    x * Tensor::from_vec(mask.collect::<Vec<f32>>(), x.shape(), x.device())?
}

/// Every `stride`-th row and column, with zeros before and after the channels.
fn shortcut(x: &Tensor, stride: usize, channels: usize) -> Result<Tensor> {
    let (_, before, rows, columns) = x.dims4()?;
    let mut y = x.clone();
    if stride > 1 {
        for (axis, extent) in [(2, rows), (3, columns)] {
            let places = Tensor::arange_step(0, extent as u32, stride as u32, x.device())?;
            y = y.contiguous()?.index_select(&places, axis)?;
        }
    }
    let more = channels - before;
    y.pad_with_zeros(1, more / 2, more - more / 2)
}

/// The values of a tensor on any device.
fn values(tensor: &Tensor) -> Result<Vec<f32>> {
    tensor.flatten_all()?.to_vec1()
}

impl Rater for CandleNetwork {
    fn together(&self) -> usize {
        TOGETHER
    }

    fn logits(&self, images: &[f32]) -> std::result::Result<Vec<f32>, NetworkError> {
        Ok(values(&self.predict(&self.images(images)?, &self.phases(images))?)?)
    }

    fn image(
        &self,
        image: &[f32],
        extent: [usize; 2],
    ) -> std::result::Result<Vec<f32>, NetworkError> {
        Ok(values(&self.predict(&self.maps(image, extent)?, &[])?)?)
    }
}

impl Slopes for CandleNetwork {
    fn slopes(
        &self,
        images: Vec<f32>,
        seed: &Seed<'_>,
    ) -> std::result::Result<Vec<f32>, NetworkError> {
        let x = Var::from_tensor(&self.images(&images)?)?;
        let y = self.predict(&x, &self.phases(&images))?;
        let seeds = Tensor::from_vec(seed(&values(&y)?), y.shape(), &self.device)?;
        let gradients = (y * seeds)?.sum_all()?.backward()?;
        let Some(gradient) = gradients.get(&x) else {
            return Err(candle_core::Error::Msg("the pass left no gradient".to_owned()).into());
        };
        Ok(values(gradient)?)
    }
}
