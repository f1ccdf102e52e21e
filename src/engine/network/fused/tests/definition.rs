//! Every layer in f64 by its definition, for batches in training.

use crate::network::architecture::{Architecture, Interpolation, Operation, Shape};
use crate::network::fused::forward::Streams;
use crate::network::parameters::NORM_EPSILON;

/// Values `[images, rows, columns, channels]`.
#[derive(Debug, Clone)]
struct Maps {
    images: usize,
    rows: usize,
    columns: usize,
    channels: usize,
    values: Vec<f64>,
}

impl Maps {
    fn new(images: usize, [rows, columns, channels]: [usize; 3]) -> Self {
        let values = vec![0.0; images * rows * columns * channels];
        Self { images, rows, columns, channels, values }
    }

    fn place(&self, [image, row, column, channel]: [usize; 4]) -> usize {
        ((image * self.rows + row) * self.columns + column) * self.channels + channel
    }

    fn at(&self, place: [usize; 4]) -> f64 {
        self.values[self.place(place)]
    }

    /// Fills the maps value by value.
    fn with(mut self, value: impl Fn([usize; 4]) -> f64) -> Self {
        for image in 0..self.images {
            for row in 0..self.rows {
                for column in 0..self.columns {
                    for channel in 0..self.channels {
                        let place = [image, row, column, channel];
                        let at = self.place(place);
                        self.values[at] = value(place);
                    }
                }
            }
        }
        self
    }
}

/// Logits of a batch with the moments of the batch. Each dropout with a stream in `masks` draws one
/// number for each value, channel by channel; others drop nothing.
pub(super) fn logits(
    architecture: &Architecture,
    parameters: &[Vec<f64>],
    x: &[f64],
    masks: &Streams,
) -> Vec<f64> {
    let phases = if architecture.domain.is_pixels() { 0 } else { 2 };
    let Shape::Map { rows, columns, channels } = architecture.input_shape() else {
        panic!("networks take maps")
    };
    let images = x.len() / (rows * columns * channels + phases);
    let mut image = Maps::new(images, [rows, columns, channels]);
    let (values, phases) = x.split_at(image.values.len());
    image.values.copy_from_slice(values);
    let shapes = architecture.shapes().unwrap();
    let mut known: Vec<Maps> = Vec::new();
    let mut parameters = parameters.iter();
    for (number, layer) in architecture.layers.iter().enumerate() {
        let sources = architecture.sources(number).into_iter();
        let inputs: Vec<&Maps> =
            sources.map(|source| source.map_or(&image, |source| &known[source])).collect();
        let extent = match shapes[number] {
            Shape::Map { rows, columns, channels } => [rows, columns, channels],
            Shape::Vector(count) => [1, 1, count],
        };
        let out = Maps::new(images, extent);
        let mut parameter = || parameters.next().unwrap();
        let mut value = match layer.operation {
            Operation::InverseDct => region(inputs[0], out, parameter(), phases),
            operation => layer_of(operation, &inputs, out, &mut parameter),
        };
        if let (Operation::Dropout { share }, Some(stream)) = (layer.operation, masks.get(&number))
        {
            let mut stream = stream.clone();
            for value in &mut value.values {
                *value *= if stream.uniform() < share { 0.0 } else { 1.0 / (1.0 - share) };
            }
        }
        known.push(value);
    }
    known.pop().unwrap().values
}

fn layer_of<'a>(
    operation: Operation,
    inputs: &[&Maps],
    out: Maps,
    parameter: &mut dyn FnMut() -> &'a Vec<f64>,
) -> Maps {
    let x = inputs[0];
    match operation {
        Operation::Convolution { size, stride, bias, .. } => {
            let w = parameter();
            let bias = bias.then(parameter);
            let channels = out.channels;
            out.with(|[image, row, column, channel]| {
                let mut sum = bias.map_or(0.0, |bias| bias[channel]);
                for (ky, kx) in (0..size).flat_map(|y| (0..size).map(move |x| (y, x))) {
                    let y = (stride * row + ky).wrapping_sub(size / 2);
                    let from = (stride * column + kx).wrapping_sub(size / 2);
                    if y < x.rows && from < x.columns {
                        for input in 0..x.channels {
                            let weight =
                                w[((ky * size + kx) * x.channels + input) * channels + channel];
                            sum += weight * x.at([image, y, from, input]);
                        }
                    }
                }
                sum
            })
        }
        Operation::BatchNorm => {
            let affine = parameter();
            let (count, channels) = ((x.values.len() / x.channels) as f64, x.channels);
            let mut mean = vec![0.0; channels];
            for (place, value) in x.values.iter().enumerate() {
                mean[place % channels] += value / count;
            }
            let mut variance = vec![0.0; channels];
            for (place, value) in x.values.iter().enumerate() {
                variance[place % channels] += (value - mean[place % channels]).powi(2) / count;
            }
            out.with(|place| {
                let channel = place[3];
                let normal =
                    (x.at(place) - mean[channel]) / (variance[channel] + NORM_EPSILON).sqrt();
                affine[channel] * normal + affine[channels + channel]
            })
        }
        Operation::InverseDct => unreachable!("it needs phases"),
        Operation::Relu => out.with(|place| x.at(place).max(0.0)),
        Operation::Dropout { .. } => x.clone(),
        Operation::MaxPool { size } => out.with(|[image, row, column, channel]| {
            window(size, row, column)
                .map(|[y, from]| x.at([image, y, from, channel]))
                .fold(f64::NEG_INFINITY, f64::max)
        }),
        Operation::AveragePool { size } => out.with(|[image, row, column, channel]| {
            let values = window(size, row, column).map(|[y, from]| x.at([image, y, from, channel]));
            values.sum::<f64>() / (size * size) as f64
        }),
        Operation::GlobalAveragePool => out.with(|[image, _, _, channel]| {
            let pixels = (0..x.rows).flat_map(|y| (0..x.columns).map(move |column| (y, column)));
            let values = pixels.map(|(y, column)| x.at([image, y, column, channel]));
            values.sum::<f64>() / (x.rows * x.columns) as f64
        }),
        Operation::Add => out.with(|place| inputs.iter().map(|input| input.at(place)).sum()),
        Operation::Concat => out.with(|[image, row, column, channel]| {
            let mut channel = channel;
            for input in inputs {
                if channel < input.channels {
                    return input.at([image, row, column, channel]);
                }
                channel -= input.channels;
            }
            unreachable!("more channels than the inputs have")
        }),
        Operation::Upsample { factor, interpolation: Interpolation::Nearest } => {
            out.with(|[image, row, column, channel]| {
                x.at([image, row / factor, column / factor, channel])
            })
        }
        Operation::Upsample { factor, .. } => out.with(|[image, row, column, channel]| {
            let taps = |output: usize, extent: usize| {
                let place = ((output as f64 + 0.5) / factor as f64 - 0.5).max(0.0);
                let first = place as usize;
                let second = (first + 1).min(extent - 1);
                [(first, 1.0 - place.fract()), (second, place.fract())]
            };
            let mut sum = 0.0;
            for (y, down) in taps(row, x.rows) {
                for (from, across) in taps(column, x.columns) {
                    sum += down * across * x.at([image, y, from, channel]);
                }
            }
            sum
        }),
        Operation::Crop { margin } => out.with(|[image, row, column, channel]| {
            x.at([image, row + margin, column + margin, channel])
        }),
        Operation::Shortcut { stride, channels } => {
            let before = (channels - x.channels) / 2;
            out.with(|[image, row, column, channel]| {
                let from = channel.wrapping_sub(before);
                match from < x.channels {
                    true => x.at([image, stride * row, stride * column, from]),
                    false => 0.0,
                }
            })
        }
        Operation::Dense { .. } => {
            let (w, bias) = (parameter(), parameter());
            let (length, outputs) = (x.values.len() / x.images, out.channels);
            out.with(|[image, _, _, output]| {
                let values = x.values[image * length..].iter().take(length).enumerate();
                let sum: f64 =
                    values.map(|(input, value)| value * w[input * outputs + output]).sum();
                sum + bias[output]
            })
        }
    }
}

/// The pixels of a region from the blocks of its window.
fn region(x: &Maps, out: Maps, w: &[f64], phases: &[f64]) -> Maps {
    out.with(|[image, row, column, _]| {
        let [row, column] =
            [(0, row), (1, column)].map(|(axis, at)| at + phases[2 * image + axis] as usize);
        let pixel = row % 8 * 8 + column % 8;
        let terms = (0..64).map(|at| x.at([image, row / 8, column / 8, at]) * w[at * 64 + pixel]);
        terms.sum()
    })
}

/// Pixels of a window, in order.
fn window(size: usize, row: usize, column: usize) -> impl Iterator<Item = [usize; 2]> {
    (0..size * size).map(move |place| [row * size + place / size, column * size + place % size])
}
