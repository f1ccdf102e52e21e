//! Finds in a graph what the fused layers can run, and builds them; knows no arithmetic.

use std::sync::{Arc, Mutex};

use super::convolution::Convolution;
use super::dense::Dense;
use super::kernel::Map;
use super::layers::Layers;
use super::stack::{BlockShape, Stack};
use super::workspace::Workspace;
use crate::network::architecture::{Architecture, Operation};
use crate::network::parameters::{NORM_EPSILON, Parameters, Running};

/// Whether the fused layers can run a graph: a chain of blocks, each a 3×3 convolution of stride 1
/// with a batch norm in place of the bias or with a bias, a ReLU and perhaps a 2×2 max pool and a
/// crop, and then dense layers, each perhaps with a ReLU. All other graphs, those with dropout among them,
/// are computed with candle's ops, whatever instruction set is asked for, and their networks are
/// recorded with kernel `candle`.
#[must_use]
pub fn runs_fused(architecture: &Architecture) -> bool {
    Layout::find(architecture).is_some()
}

/// The fused layers of a network.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(super) side: usize,
    pub(super) blocks: Vec<BlockShape>,
    pub(super) dense: Vec<Dense>,
}

impl Layout {
    /// The fused layers that a graph is, if it is made of them alone.
    pub(crate) fn find(architecture: &Architecture) -> Option<Self> {
        let shapes = architecture.shapes().ok()?;
        let layers = &architecture.layers;
        let is_chain =
            (0..layers.len()).all(|number| architecture.sources(number) == [number.checked_sub(1)]);
        if !is_chain {
            return None;
        }
        let operation = |number: usize| layers.get(number).map(|layer| layer.operation);
        let follows = |number: usize, wanted| operation(number) == Some(wanted);
        let (mut at, mut extent, mut inputs) = (0, architecture.side, 1);
        let mut blocks = Vec::new();
        while let Some(Operation::Convolution { channels, size: 3, stride: 1, bias }) =
            operation(at)
        {
            let relu = if bias { at + 1 } else { at + 2 };
            if !(bias || follows(at + 1, Operation::BatchNorm)) || !follows(relu, Operation::Relu) {
                return None;
            }
            let pool = follows(relu + 1, Operation::MaxPool { size: 2 });
            at = if pool { relu + 2 } else { relu + 1 };
            let channels = channels.number(architecture.classes);
            let map = Map { rows: extent, columns: extent, channels, pool };
            let mut crop = 0;
            if let Some(Operation::Crop { margin }) = operation(at) {
                (crop, at) = (margin, at + 1);
            }
            let convolution = Convolution { map, inputs };
            blocks.push(BlockShape { convolution, norm: !bias, crop });
            (extent, inputs) = (map.pooled().0 - 2 * crop, channels);
        }
        let mut dense = Vec::new();
        let mut inputs = extent * extent * inputs;
        while let Some(Operation::Dense { .. }) = operation(at) {
            let (outputs, relu) = (shapes[at].count(), follows(at + 1, Operation::Relu));
            dense.push(Dense { inputs, outputs, relu });
            at = if relu { at + 2 } else { at + 1 };
            inputs = outputs;
        }
        let whole = at == layers.len() && !dense.is_empty();
        whole.then_some(Self { side: architecture.side, blocks, dense })
    }

    /// The same over a matrix of `rows` and `columns`, whose maps are as large and lose nothing.
    pub(super) fn over(&self, [mut rows, mut columns]: [usize; 2]) -> Self {
        let mut blocks = self.blocks.clone();
        for block in &mut blocks {
            let map = Map { rows, columns, ..block.convolution.map };
            (rows, columns) = map.pooled();
            *block = BlockShape {
                convolution: Convolution { map, ..block.convolution },
                crop: 0,
                ..*block
            };
        }
        Self { side: self.side, blocks, dense: self.dense.clone() }
    }

    /// Weights and factors of each layer, in number: blocks first.
    fn sizes(&self) -> Vec<[usize; 2]> {
        let blocks = self.blocks.iter().map(|block| [block.weights(), block.factors()]);
        blocks.chain(self.dense.iter().map(|layer| [layer.weights(), layer.outputs])).collect()
    }

    /// The layers, with the running statistics of their batch norms.
    pub(super) fn layers(
        &self,
        running: Vec<Running>,
        workspace: Workspace,
        input_gradient: bool,
    ) -> Arc<Layers> {
        let mut running = running.into_iter();
        let of_block = |block: &BlockShape| {
            let own = if block.norm { running.next() } else { None };
            Mutex::new(own.unwrap_or_else(|| Running::new(block.convolution.map.channels)))
        };
        let running = self.blocks.iter().map(of_block).collect();
        Arc::new(Layers {
            stack: Stack { blocks: self.blocks.clone(), running },
            dense: self.dense.clone(),
            workspace,
            input_gradient,
        })
    }

    /// All weights, and all factors (γ and β, biases), one layer after another; `values` has
    /// weights and factors of each layer in turn, as [`Architecture::parameters`].
    pub(super) fn joined(&self, values: &[Vec<f32>]) -> [Vec<f32>; 2] {
        [0, 1].map(|part| values.iter().skip(part).step_by(2).flatten().copied().collect())
    }

    /// The reverse of `joined`.
    pub(super) fn separated(&self, [mut weights, mut factors]: [&[f32]; 2]) -> Vec<Vec<f32>> {
        let mut values = Vec::new();
        for [weight_count, factor_count] in self.sizes() {
            for (from, count) in [(&mut weights, weight_count), (&mut factors, factor_count)] {
                let (mine, rest) = from.split_at(count);
                *from = rest;
                values.push(mine.to_vec());
            }
        }
        values
    }

    /// The layers as they predict: without batch norms, which are folded into weights and biases.
    pub(super) fn folded(&self, parameters: &Parameters) -> (Self, Vec<Vec<f32>>) {
        let mut values = parameters.values.clone();
        let mut running = parameters.running.iter();
        for (block, values) in self.blocks.iter().zip(values.chunks_exact_mut(2)) {
            let Some(Running { mean, variance }) = block.norm.then(|| running.next()).flatten()
            else {
                continue;
            };
            let channels = block.convolution.map.channels;
            let [weights, factors] = values else { continue };
            let (gamma, beta) = factors.split_at(channels);
            let scale: Vec<f64> = (gamma.iter().zip(variance))
                .map(|(&g, &v)| f64::from(g) / (f64::from(v) + NORM_EPSILON).sqrt())
                .collect();
            for row in weights.chunks_exact_mut(channels) {
                for (weight, scale) in row.iter_mut().zip(&scale) {
                    *weight = (f64::from(*weight) * scale) as f32;
                }
            }
            let bias = (beta.iter().zip(mean).zip(&scale))
                .map(|((&beta, &mean), scale)| (f64::from(beta) - f64::from(mean) * scale) as f32);
            *factors = bias.collect();
        }
        let without = |block: &BlockShape| BlockShape { norm: false, ..*block };
        let blocks = self.blocks.iter().map(without).collect();
        (Self { side: self.side, blocks, dense: self.dense.clone() }, values)
    }
}
