//! All layers of a network as a single candle op with a hand-written gradient; knows no
//! training.
//!
//! One op, not one per layer, because candle adds every gradient between two ops to fresh
//! zeros: two more passes and two allocations per map (12 % of a step at 64×64), and above
//! 65 536 values on a process-wide pool of spinning threads, where two trainings side by side
//! wait for each other. For the same reason the gradients of the parameters may be left in a
//! `Sink` instead of candle's store. Candle's own max-pool gradient is wrong (it spreads and
//! scales it), which is one more reason for the pool to be in here.

use std::sync::{Arc, Mutex};

use candle_core::{CpuStorage, CustomOp3, Device, Layout, Result, Shape, Tensor, bail};

use super::dense::Dense;
use super::stack::{Batch, BlockState, Gradients, Stack};
use super::workspace::{Buffer, Workspace, lock, values, with_values};

/// Blocks, then fully connected layers. Both kinds may be missing.
#[derive(Debug)]
pub(super) struct Layers {
    pub(super) stack: Stack,
    pub(super) dense: Vec<Dense>,
    pub(super) workspace: Workspace,
    /// Whether the gradient of the input is wanted.
    pub(super) input_gradient: bool,
}

/// Where an op leaves the gradients of weights and factors.
pub(super) type Sink = Arc<Mutex<Option<[Buffer; 2]>>>;

impl Layers {
    /// Number of weights and of factors: those of the blocks, then of the dense layers.
    pub(super) fn sizes(&self) -> [usize; 2] {
        let [weights, factors] = self.stack.sizes();
        let dense_weights: usize = self.dense.iter().map(Dense::weights).sum();
        let biases: usize = self.dense.iter().map(|layer| layer.outputs).sum();
        [weights + dense_weights, factors + biases]
    }

    /// Values of one image before and after the layers.
    fn ends(&self) -> [usize; 2] {
        let front = self.stack.blocks.first().map(|block| block.convolution.pixels());
        let front = front.or(self.dense.first().map(|layer| layer.inputs));
        let after = self.dense.last().map_or(self.stack.features(), |layer| layer.outputs);
        [front.unwrap_or(0), after]
    }

    /// Applies all layers to `x [n, …]`; gives `[n, outputs]`. `weights` and `factors` are the
    /// parameters of all layers one after another.
    pub(super) fn apply(
        self: &Arc<Self>,
        x: &Tensor,
        weights: &Tensor,
        factors: &Tensor,
        sink: Option<&Sink>,
    ) -> Result<Tensor> {
        let op = Pass { layers: Arc::clone(self), sink: sink.cloned(), kept: Mutex::default() };
        x.apply_op3(weights, factors, op)
    }
}

/// What a forward pass keeps.
#[derive(Debug)]
struct Memory {
    blocks: Vec<BlockState>,
    /// Inputs of each dense layer, and the output of the last.
    between: Vec<Buffer>,
}

/// The op for one batch.
#[derive(Debug)]
struct Pass {
    layers: Arc<Layers>,
    sink: Option<Sink>,
    kept: Mutex<Option<Memory>>,
}

impl Memory {
    fn release(self, workspace: &Workspace) {
        self.blocks.into_iter().for_each(|kept| kept.release(workspace));
        self.between.into_iter().for_each(|buffer| workspace.give(buffer));
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if let Some(memory) = lock(&self.kept).take() {
            memory.release(&self.layers.workspace);
        }
    }
}

impl Pass {
    fn forward(&self, batch: Batch<'_>, weights: &[f32], factors: &[f32]) -> (Memory, Vec<f32>) {
        let Layers { stack, dense, workspace, .. } = &*self.layers;
        let [block_weights, block_factors] = stack.sizes();
        let (mine, mut weights) = weights.split_at(block_weights);
        let (my_factors, mut biases) = factors.split_at(block_factors);
        let mut between = Vec::with_capacity(dense.len() + 1);
        let mut blocks = Vec::new();
        if stack.blocks.is_empty() {
            let mut front = workspace.take(batch.x.len());
            front.copy_from_slice(batch.x);
            between.push(front);
        } else {
            let size = batch.images * stack.features();
            let mut features = workspace.take(size);
            blocks = stack.forward(workspace, batch, mine, my_factors, &mut features);
            between.push(features);
        }
        for layer in dense {
            let (w, rest) = weights.split_at(layer.weights());
            weights = rest;
            let (bias, rest) = biases.split_at(layer.outputs);
            biases = rest;
            let size = batch.images * layer.outputs;
            let mut y = workspace.take(size);
            let x = &between[between.len() - 1];
            layer.forward(workspace, x, w, bias, &mut y);
            between.push(y);
        }
        let y = between[between.len() - 1].to_vec();
        (Memory { blocks, between }, y)
    }

    /// Gradients of x (empty unless wanted), weights and factors.
    fn backward(
        &self,
        memory: &mut Memory,
        batch: Batch<'_>,
        weights: &[f32],
        gradient: &[f32],
    ) -> [Buffer; 3] {
        let Layers { stack, dense, workspace, input_gradient, .. } = &*self.layers;
        let images = batch.images;
        let [weight_count, factor_count] = self.layers.sizes();
        let mut w_gradient = workspace.take(weight_count);
        let mut factors_gradient = workspace.take(factor_count);
        let mut x_gradient = workspace.take(if *input_gradient { batch.x.len() } else { 0 });

        let mut slopes = workspace.take(gradient.len());
        slopes.copy_from_slice(gradient);
        let (mut w_rest, mut f_rest) = (&mut w_gradient[..], &mut factors_gradient[..]);
        let mut weights = weights;
        for (number, layer) in dense.iter().enumerate().rev() {
            let (before, w) = weights.split_at(weights.len() - layer.weights());
            weights = before;
            let (rest, w_gradient) = w_rest.split_at_mut(w_rest.len() - layer.weights());
            w_rest = rest;
            let (rest, bias_gradient) = f_rest.split_at_mut(f_rest.len() - layer.outputs);
            f_rest = rest;
            let first = number == 0 && stack.blocks.is_empty();
            let size = if first && !input_gradient { 0 } else { images * layer.inputs };
            let mut before = workspace.take(size);
            let x = &memory.between[number][..];
            let y = &memory.between[number + 1][..];
            let targets = [&mut before[..], w_gradient, bias_gradient];
            layer.backward(workspace, [x, y, w], &mut slopes, targets);
            workspace.give(std::mem::replace(&mut slopes, before));
        }
        if stack.blocks.is_empty() {
            let size = x_gradient.len();
            x_gradient.copy_from_slice(&slopes[..size]);
        } else {
            let gradients = Gradients { x: &mut x_gradient, weights: w_rest, factors: f_rest };
            let kept = &mut memory.blocks;
            stack.backward(workspace, batch, kept, weights, &slopes, gradients);
        }
        workspace.give(slopes);
        [x_gradient, w_gradient, factors_gradient]
    }

    fn batch<'a>(&self, x: &'a [f32]) -> Batch<'a> {
        Batch { images: x.len() / self.layers.ends()[0].max(1), x }
    }
}

impl CustomOp3 for Pass {
    fn name(&self) -> &'static str {
        "layers"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weights: &CpuStorage,
        weights_layout: &Layout,
        factors: &CpuStorage,
        factors_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let x = values(x, x_layout)?;
        let weights = values(weights, weights_layout)?;
        let factors = values(factors, factors_layout)?;
        let [front, after] = self.layers.ends();
        let images = x_layout.shape().dims().first().copied().unwrap_or(0);
        if images == 0 || x.len() != images * front {
            bail!("layers take images of {front} values, got {:?}", x_layout.shape());
        }
        if [weights.len(), factors.len()] != self.layers.sizes() {
            bail!("layers have {:?} parameters", self.layers.sizes());
        }
        let (memory, y) = self.forward(self.batch(x), weights, factors);
        if let Some(old) = lock(&self.kept).replace(memory) {
            old.release(&self.layers.workspace);
        }
        Ok((CpuStorage::F32(y), Shape::from((images, after))))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weights: &Tensor,
        factors: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let Some(mut memory) = lock(&self.kept).take() else {
            bail!("the gradient of a pass is taken once, after its forward pass")
        };
        let [x_gradient, w_gradient, f_gradient] = with_values(x, |x| {
            with_values(weights, |weights| {
                with_values(gradient, |gradient| {
                    Ok(self.backward(&mut memory, self.batch(x), weights, gradient))
                })
            })
        })?;
        memory.release(&self.layers.workspace);
        let workspace = &self.layers.workspace;
        let tensor = |buffer: Buffer, like: &Tensor| {
            let tensor = Tensor::from_slice(&buffer, like.shape(), &Device::Cpu);
            workspace.give(buffer);
            tensor
        };
        let x_gradient = match self.layers.input_gradient {
            true => Some(tensor(x_gradient, x)?),
            false => None,
        };
        if let Some(sink) = &self.sink {
            *lock(sink) = Some([w_gradient, f_gradient]);
            return Ok((x_gradient, None, None));
        }
        Ok((x_gradient, Some(tensor(w_gradient, weights)?), Some(tensor(f_gradient, factors)?)))
    }
}
