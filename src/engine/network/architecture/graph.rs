//! A network as a graph of layers, checked; knows no weight.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::error::ArchitectureError;
use super::layer::{Layer, Operation};
use super::shape::{GREATEST, Shape, output};
use crate::image::{BLOCK, Domain};

/// Name of the region among the inputs of layers.
pub const INPUT: &str = "input";

/// Most layers of a network.
const MOST_LAYERS: usize = 1024;
/// Longest name of a layer.
const LONGEST_NAME: usize = 64;

/// A network: a graph of layers, each after all that it takes. The first sees the region as a map
/// of one channel, or in the DCT domain the blocks that it lies in as a map of 64; the last gives
/// one logit for each class, of the region or, as a map with a channel for each class, of each
/// pixel.
///
/// In files:
///
/// ```toml
/// side = 32
/// classes = 6
///
/// [[layers]]
/// name = "conv1"
/// inputs = ["input"]
/// operation = { convolution = { channels = 16, size = 3, bias = false } }
///
/// [[layers]]
/// name = "norm1"
/// inputs = ["conv1"]
/// operation = "batch_norm"
///
/// # …
///
/// [[layers]]
/// name = "output"
/// inputs = ["hidden_relu"]
/// operation = { dense = { outputs = "classes" } }
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// Pixels along the edge of an input region.
    pub side: usize,
    /// What it sees of a region: its pixels, or the coefficients of the `side`/8 + 1 blocks along each
    /// edge of the smallest window of whole blocks that holds it.
    #[serde(default, skip_serializing_if = "Domain::is_pixels")]
    pub domain: Domain,
    /// Classes.
    pub classes: usize,
    /// Layers, in an order in which they can be computed.
    pub layers: Vec<Layer>,
}

/// What a parameter does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// Multiplied with the input of a layer; the last index is the output.
    Weight {
        /// Whether it belongs to the last layer with weights, which gives the logits.
        last: bool,
    },
    /// γ and β of a batch norm.
    Affine,
    /// Added to the output of a layer.
    Bias,
    /// Multiplied with the coefficients of each block.
    InverseDct,
}

impl ParameterKind {
    /// Whether it is multiplied with an input: what decays in training.
    #[must_use]
    pub fn is_weight(self) -> bool {
        matches!(self, Self::Weight { .. } | Self::InverseDct)
    }
}

/// One parameter of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// `LAYER.weight`, `LAYER.affine` or `LAYER.bias`.
    pub name: String,
    /// Extents; the last is the number of outputs.
    pub shape: Vec<usize>,
    /// What it does.
    pub kind: ParameterKind,
}

impl Parameter {
    /// Number of values.
    #[must_use]
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }
}

impl Architecture {
    /// Whether such a network can be built.
    ///
    /// # Errors
    /// The first layer that cannot be, what is wrong with it and what to do.
    pub fn check(&self) -> Result<(), ArchitectureError> {
        self.shapes().map(|_| ())
    }

    /// Whether it gives classes of a map's places, and not of a region as a whole.
    #[must_use]
    pub fn classifies_pixels(&self) -> bool {
        self.shapes().is_ok_and(|shapes| matches!(shapes.last(), Some(Shape::Map { .. })))
    }

    /// What each layer gives for one region.
    ///
    /// # Errors
    /// As [`Architecture::check`].
    pub fn shapes(&self) -> Result<Vec<Shape>, ArchitectureError> {
        let Self { side, domain, classes, layers } = self;
        let number = |what, found, expected| ArchitectureError::Number { what, found, expected };
        if !(1..=GREATEST).contains(side) {
            return Err(number("side", *side, "1 to 4096"));
        }
        if !(2..=256).contains(classes) {
            return Err(number("classes", *classes, "2 to 256"));
        }
        if !(1..=MOST_LAYERS).contains(&layers.len()) {
            return Err(number("the number of layers", layers.len(), "1 to 1024"));
        }
        if !domain.is_pixels() && !side.is_multiple_of(BLOCK) {
            return Err(number("side", *side, "a multiple of 8 in the DCT domain"));
        }
        let mut known = BTreeMap::from([(INPUT, self.input_shape())]);
        let mut unused = BTreeSet::new();
        let mut shapes = Vec::with_capacity(layers.len());
        for layer in layers {
            let wrong = |problem| ArchitectureError::Layer { layer: layer.name.clone(), problem };
            check_name(&layer.name, &known).map_err(wrong)?;
            let mut inputs = Vec::with_capacity(layer.inputs.len());
            for input in &layer.inputs {
                let shape = known.get(input.as_str()).ok_or_else(|| wrong(missing(input, &known)));
                inputs.push(*shape?);
                unused.remove(input.as_str());
            }
            let shape = match layer.operation {
                Operation::InverseDct => self.region(layer).map_err(wrong)?,
                _ => output(&layer.operation, &inputs, *classes).map_err(wrong)?,
            };
            known.insert(&layer.name, shape);
            unused.insert(layer.name.as_str());
            shapes.push(shape);
        }
        let (last, shape) = (&layers[layers.len() - 1], shapes[layers.len() - 1]);
        let wrong =
            |layer: &str, problem| ArchitectureError::Layer { layer: layer.to_owned(), problem };
        unused.remove(last.name.as_str());
        if let Some(layer) = unused.first() {
            let problem = "no layer takes its output: name it in `inputs`, or leave it out";
            return Err(wrong(layer, problem.to_owned()));
        }
        match shape {
            Shape::Vector(count) | Shape::Map { channels: count, .. } if count == *classes => {
                Ok(shapes)
            }
            _ => {
                let problem = format!(
                    "it is the last and gives {shape}, expected one for each of {classes} \
                     classes: set its outputs or channels to \"classes\""
                );
                Err(wrong(&last.name, problem))
            }
        }
    }

    /// What an inverse transform gives.
    fn region(&self, layer: &Layer) -> Result<Shape, String> {
        if self.domain.is_pixels() || layer.inputs != [INPUT] {
            return Err(
                "inverse_dct takes the coefficients of a region: its inputs are [\"input\"], in a \
                 network that is given coefficients"
                    .to_owned(),
            );
        }
        Ok(Shape::Map { rows: self.side, columns: self.side, channels: 1 })
    }

    /// Pixels along the edge of what it is given of a region.
    #[must_use]
    pub fn input_side(&self) -> usize {
        match self.domain {
            Domain::Pixels => self.side,
            Domain::Dct => self.side + BLOCK,
        }
    }

    /// What the first layer takes.
    #[must_use]
    pub fn input_shape(&self) -> Shape {
        match self.domain {
            Domain::Pixels => Shape::Map { rows: self.side, columns: self.side, channels: 1 },
            Domain::Dct => {
                let blocks = self.input_side() / BLOCK;
                Shape::Map { rows: blocks, columns: blocks, channels: BLOCK * BLOCK }
            }
        }
    }

    /// Every parameter, in the order of the layers; of one layer weights before biases.
    ///
    /// # Errors
    /// As [`Architecture::check`].
    pub fn parameters(&self) -> Result<Vec<Parameter>, ArchitectureError> {
        let shapes = self.shapes()?;
        let last = self.layers.iter().rposition(|layer| layer.operation.has_weights());
        let mut parameters = Vec::new();
        for (number, layer) in self.layers.iter().enumerate() {
            let mut add = |what: &str, shape: Vec<usize>, kind| {
                parameters.push(Parameter { name: format!("{}.{what}", layer.name), shape, kind });
            };
            let weight = ParameterKind::Weight { last: Some(number) == last };
            let inputs = self.input_shapes(number, &shapes);
            match layer.operation {
                Operation::Convolution { channels, size, bias, .. } => {
                    let channels = channels.number(self.classes);
                    add("weight", vec![size, size, channels_of(inputs[0]), channels], weight);
                    if bias {
                        add("bias", vec![channels], ParameterKind::Bias);
                    }
                }
                Operation::BatchNorm => {
                    add("affine", vec![2, channels_of(inputs[0])], ParameterKind::Affine);
                }
                Operation::InverseDct => {
                    let values = BLOCK * BLOCK;
                    add("weight", vec![1, 1, values, values], ParameterKind::InverseDct);
                }
                Operation::Dense { outputs } => {
                    let outputs = outputs.number(self.classes);
                    add("weight", vec![inputs[0].count(), outputs], weight);
                    add("bias", vec![outputs], ParameterKind::Bias);
                }
                _ => {}
            }
        }
        Ok(parameters)
    }

    /// Name and channels of each batch norm, in the order of the layers.
    ///
    /// # Errors
    /// As [`Architecture::check`].
    pub fn norms(&self) -> Result<Vec<(&str, usize)>, ArchitectureError> {
        let shapes = self.shapes()?;
        let norms = self.layers.iter().zip(shapes).filter_map(|(layer, shape)| {
            let norm = layer.operation == Operation::BatchNorm;
            norm.then_some((layer.name.as_str(), channels_of(shape)))
        });
        Ok(norms.collect())
    }

    /// Multiplications with weights for one region in prediction.
    ///
    /// # Errors
    /// As [`Architecture::check`].
    pub fn multiply_adds(&self) -> Result<u64, ArchitectureError> {
        let shapes = self.shapes()?;
        let cost = |(number, layer): (usize, &Layer)| {
            let (input, output) = (self.input_shapes(number, &shapes)[0], shapes[number]);
            let each = match layer.operation {
                // Of every pixel of the window, before those of the region are taken.
                Operation::InverseDct => return (input.count() * BLOCK * BLOCK) as u64,
                Operation::Convolution { size, .. } => size * size * channels_of(input),
                Operation::Dense { .. } => input.count(),
                _ => 0,
            };
            each as u64 * output.count() as u64
        };
        Ok(self.layers.iter().enumerate().map(cost).sum())
    }

    /// For each input of layer `number`, the layer that gives it; none for the region.
    pub(crate) fn sources(&self, number: usize) -> Vec<Option<usize>> {
        let before = &self.layers[..number];
        let source = |input: &String| before.iter().position(|layer| layer.name == *input);
        self.layers[number].inputs.iter().map(source).collect()
    }

    /// Shapes of the inputs of layer `number`, from those that all layers give.
    pub(super) fn input_shapes(&self, number: usize, shapes: &[Shape]) -> Vec<Shape> {
        let region = self.input_shape();
        let shape = |source: Option<usize>| source.map_or(region, |source| shapes[source]);
        self.sources(number).into_iter().map(shape).collect()
    }
}

fn channels_of(shape: Shape) -> usize {
    match shape {
        Shape::Map { channels, .. } => channels,
        Shape::Vector(count) => count,
    }
}

fn check_name(name: &str, known: &BTreeMap<&str, Shape>) -> Result<(), String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(fits) {
        return Err(format!(
            "a name has 1 to {LONGEST_NAME} letters, digits, - and _, since parameters are called \
             after it"
        ));
    }
    match known.contains_key(name) {
        true if name == INPUT => Err("this name is the region's: choose another".to_owned()),
        true => Err("an earlier layer has this name: choose another".to_owned()),
        false => Ok(()),
    }
}

fn missing(input: &str, known: &BTreeMap<&str, Shape>) -> String {
    let near = known
        .keys()
        .map(|name| (strsim::damerau_levenshtein(name, input), name))
        .min_by_key(|&(distance, _)| distance);
    let hint = match near {
        Some((distance, name)) if distance <= 2 => format!("; is it {name:?}?"),
        _ => ": layers stand after all that they take".to_owned(),
    };
    format!("no earlier layer is called {input:?}{hint}")
}
