//! A graph as the fused layers run it: units of a step and what follows it at once; knows no
//! arithmetic.
//!
//! A batch norm or bias, a ReLU and a 2×2 max-pool behind a layer become part of its unit where
//! nothing else takes what stands between them. Vectors are maps of one pixel.

use super::direct::DirectConvolution;
use super::kernel::{Map, Window};
use crate::image::Domain;
use crate::network::architecture::{
    Architecture, ArchitectureError, Interpolation, Operation, Shape,
};
use crate::network::parameters::{NORM_EPSILON, Parameters, Running};

/// What a unit computes from its sources.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Step {
    /// 3×3 convolution of stride 1 of so many channels.
    Three {
        inputs: usize,
    },
    /// Any other convolution, and over a whole image a dense layer.
    Direct(DirectConvolution),
    /// Fully connected, from all values of a map.
    Dense,
    /// Sum of all sources.
    Sum,
    /// Channels of all sources one after another.
    Concat,
    /// Mean of each window.
    Average(Window),
    /// Greatest value of each window.
    Greatest(Window),
    Upsample {
        factor: usize,
        interpolation: Interpolation,
    },
    /// Every `stride`-th pixel, its channels from number `first` on.
    Shortcut {
        stride: usize,
        first: usize,
    },
    /// The map without `margin` rows and columns at each edge.
    Crop {
        margin: usize,
    },
    /// The region in its window, from the values of each block's pixels: as many rows and columns in
    /// as the phase of each image says.
    Region,
    /// Values dropped in training, by the stream of layer `layer`.
    Dropout {
        share: f64,
        layer: usize,
    },
}

/// The affine step behind a unit's step, with the number of its parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Affine {
    None,
    Bias(usize),
    /// Batch norm, and its number among those of the graph.
    Norm(usize, usize),
}

/// Step, affine step, ReLU and pool.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    /// The units that it takes; none for the image.
    pub(super) sources: Vec<Option<usize>>,
    pub(super) step: Step,
    /// What the step gives, and the ReLU and the pool behind it.
    pub(super) map: Map,
    pub(super) affine: Affine,
    /// The parameter with its weights.
    pub(super) weights: Option<usize>,
}

impl Unit {
    /// Whether what is stored has yet to pass scale, shift and ReLU when it is read.
    pub(super) fn lazy(&self) -> bool {
        self.affine != Affine::None || (self.map.relu && self.step != Step::Sum)
    }

    /// The map after the pool.
    pub(super) fn after(&self) -> Map {
        self.map.without_pool()
    }
}

/// The units of a graph, each after all that it takes.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) units: Vec<Unit>,
    /// What the first units take.
    pub(super) image: Map,
    /// Values of each image behind all of them: the phase of its region, in the DCT domain.
    pub(super) phase: usize,
}

impl Plan {
    /// For regions of the architecture.
    pub(super) fn of_regions(architecture: &Architecture) -> Result<Self, ArchitectureError> {
        let side = architecture.side;
        Ok(Self::new(architecture, [side, side], &architecture.shapes()?, false))
    }

    /// For whole images `[rows, columns]`; see [`Architecture::image_shapes`].
    pub(super) fn of_images(
        architecture: &Architecture,
        extent: [usize; 2],
    ) -> Result<Self, ArchitectureError> {
        Ok(Self::new(architecture, extent, &architecture.image_shapes(extent)?, true))
    }

    fn new(
        architecture: &Architecture,
        extent: [usize; 2],
        shapes: &[Shape],
        over_images: bool,
    ) -> Self {
        let layers = &architecture.layers;
        let sources: Vec<_> = (0..layers.len()).map(|layer| architecture.sources(layer)).collect();
        let takers =
            |layer: usize| sources.iter().flatten().filter(|it| **it == Some(layer)).count();
        let [rows, columns] = extent;
        let (image, phase) = match architecture.domain {
            Domain::Pixels => (Map { rows, columns, channels: 1, pool: false, relu: false }, 0),
            Domain::Dct => (map_of(architecture.input_shape()), 2),
        };
        let mut units: Vec<Unit> = Vec::new();
        // Of each layer, the unit that gives its output.
        let mut unit_of: Vec<usize> = Vec::new();
        let mut parameter = 0;
        let mut norms = 0;
        for (number, layer) in layers.iter().enumerate() {
            let operation = layer.operation;
            let first = parameter;
            parameter += match operation {
                Operation::Convolution { bias, .. } => 1 + usize::from(bias),
                Operation::Dense { .. } => 2,
                Operation::BatchNorm | Operation::InverseDct => 1,
                _ => 0,
            };
            let norm = Affine::Norm(first, norms);
            norms += usize::from(operation == Operation::BatchNorm);
            // What a unit can do behind its step.
            let before = sources[number][0].filter(|&before| takers(before) == 1);
            if let Some(unit) = before.map(|before| &mut units[unit_of[before]])
                && absorb(unit, operation, norm)
            {
                unit_of.push(unit_of[sources[number][0].unwrap_or(0)]);
                continue;
            }
            let of_unit = |source: &Option<usize>| source.map(|layer| unit_of[layer]);
            let sources: Vec<Option<usize>> = sources[number].iter().map(of_unit).collect();
            let input = sources[0].map_or(image, |unit| units[unit].after());
            let map = map_of(shapes[number]);
            if operation == Operation::InverseDct {
                units.push(inverse(image, first));
                let (sources, step) = (vec![Some(units.len() - 1)], Step::Region);
                unit_of.push(units.len());
                units.push(Unit { sources, step, map, affine: Affine::None, weights: None });
                continue;
            }
            let step = step(operation, number, input, map, over_images);
            let mut unit = Unit { sources, step, map, affine: Affine::None, weights: None };
            match operation {
                Operation::Convolution { bias, .. } => {
                    unit.weights = Some(first);
                    unit.affine = if bias { Affine::Bias(first + 1) } else { Affine::None };
                }
                Operation::Dense { .. } => {
                    (unit.weights, unit.affine) = (Some(first), Affine::Bias(first + 1));
                }
                Operation::BatchNorm => unit.affine = norm,
                Operation::Relu => unit.map.relu = true,
                _ => {}
            }
            unit_of.push(units.len());
            units.push(unit);
        }
        Self { units, image, phase }
    }

    /// Images of a batch.
    pub(super) fn images(&self, batch: &[f32]) -> usize {
        batch.len() / (self.image.after_pool() + self.phase)
    }

    /// How often each unit is taken.
    pub(super) fn takers(&self) -> Vec<usize> {
        let mut takers = vec![0; self.units.len()];
        let sources = self.units.iter().flat_map(|unit| unit.sources.iter().flatten());
        sources.for_each(|&source| takers[source] += 1);
        takers
    }

    /// As it predicts: batch norms behind convolutions are folded into their weights, and become
    /// biases. The others keep the running statistics.
    pub(super) fn folded(mut self, parameters: &Parameters) -> (Self, Vec<Vec<f32>>) {
        let mut values = parameters.values.clone();
        for unit in &mut self.units {
            let (Some(weights), Affine::Norm(parameter, number)) = (unit.weights, unit.affine)
            else {
                continue;
            };
            let [scale, shift] = predicting(&values[parameter], &parameters.running[number]);
            for row in values[weights].chunks_exact_mut(scale.len()) {
                for (weight, scale) in row.iter_mut().zip(&scale) {
                    *weight = (f64::from(*weight) * scale) as f32;
                }
            }
            values[parameter] = shift.into_iter().map(|shift| shift as f32).collect();
            unit.affine = Affine::Bias(parameter);
        }
        (self, values)
    }
}

/// Scale and shift of a batch norm in prediction.
pub(super) fn predicting(factors: &[f32], running: &Running) -> [Vec<f64>; 2] {
    let Running { mean, variance } = running;
    let (gamma, beta) = factors.split_at(mean.len());
    let scale: Vec<f64> = (gamma.iter().zip(variance))
        .map(|(&g, &v)| f64::from(g) / (f64::from(v) + NORM_EPSILON).sqrt())
        .collect();
    let shift = (beta.iter().zip(mean).zip(&scale))
        .map(|((&beta, &mean), scale)| f64::from(beta) - f64::from(mean) * scale);
    let shift = shift.collect();
    [scale, shift]
}

/// Whether the unit does the operation from now on, behind what it does already.
fn absorb(unit: &mut Unit, operation: Operation, norm: Affine) -> bool {
    let Unit { map, affine, .. } = unit;
    match operation {
        Operation::BatchNorm if *affine == Affine::None && !map.relu && !map.pool => *affine = norm,
        // After a pool or before, the result is the same.
        Operation::Relu => map.relu = true,
        Operation::MaxPool { size: 2 } if !map.pool => map.pool = true,
        _ => return false,
    }
    true
}

/// The product of each block with a learnable matrix.
fn inverse(blocks: Map, weights: usize) -> Unit {
    let extent = [blocks.rows, blocks.columns];
    let inputs = blocks.channels;
    let step =
        Step::Direct(DirectConvolution { inputs, extent, size: [1, 1], stride: 1, ringed: true });
    let (affine, weights) = (Affine::None, Some(weights));
    Unit { sources: vec![None], step, map: blocks, affine, weights }
}

fn map_of(shape: Shape) -> Map {
    let [rows, columns, channels] = match shape {
        Shape::Map { rows, columns, channels } => [rows, columns, channels],
        Shape::Vector(count) => [1, 1, count],
    };
    Map { rows, columns, channels, pool: false, relu: false }
}

/// The step of a layer that takes `input` and gives `map`.
fn step(operation: Operation, layer: usize, input: Map, map: Map, over_images: bool) -> Step {
    let direct = |size: [usize; 2], stride, ringed| {
        let (inputs, extent) = (input.channels, [input.rows, input.columns]);
        Step::Direct(DirectConvolution { inputs, extent, size, stride, ringed })
    };
    // Of what goes over a whole image with step 1.
    let window = || [input.rows + 1 - map.rows, input.columns + 1 - map.columns];
    match operation {
        Operation::Convolution { size: 3, stride: 1, .. } => Step::Three { inputs: input.channels },
        Operation::Convolution { size, stride, .. } => direct([size, size], stride, true),
        Operation::Dense { .. } if over_images => direct(window(), 1, false),
        Operation::Dense { .. } => Step::Dense,
        Operation::BatchNorm | Operation::Relu | Operation::Add => Step::Sum,
        Operation::Concat => Step::Concat,
        Operation::AveragePool { size } => Step::Average(Window::tiling(size)),
        Operation::GlobalAveragePool => Step::Average(Window { size: window(), steps: [1, 1] }),
        Operation::MaxPool { size } => Step::Greatest(Window::tiling(size)),
        Operation::Upsample { factor, interpolation } => Step::Upsample { factor, interpolation },
        Operation::Shortcut { stride, channels } => {
            Step::Shortcut { stride, first: (channels - input.channels) / 2 }
        }
        Operation::Crop { margin } => Step::Crop { margin },
        Operation::InverseDct => Step::Region,
        Operation::Dropout { share } => Step::Dropout { share, layer },
    }
}
