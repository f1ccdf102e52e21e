//! The same networks from candle's own ops, on any device of candle's: what kernel `cuda`
//! computes with, and on the processor (`candle`) how that is tested, without a GPU, against the
//! fused layers; knows no schedule and no data.
//!
//! The max-pool and ReLU are composed such that their gradients are right (see `resampling`);
//! everything else, autograd included, is candle's. Only opening the device differs between
//! `candle` and `cuda`. Twenty times slower than the fused layers on a processor.

use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Result, Tensor, Var};
use candle_nn::{Optimizer, ParamsAdamW};

use super::NetworkError;
use super::architecture::Architecture;
use super::kernel::Kernel;
use super::optimiser::{self, QUINTIC, Rule, muon_factor};
use super::resampling::Resampling;
use super::stack::{EPSILON, MOMENTUM, Running};
use super::training::{Learner, Recipe};

/// Images that pass the network together in prediction.
pub(super) const TOGETHER: usize = 256;

/// The device of a kernel. A CUDA device is opened once per process.
pub(super) fn device(kernel: Kernel) -> std::result::Result<Device, NetworkError> {
    match kernel {
        #[cfg(feature = "cuda")]
        Kernel::Cuda => {
            static OPENED: std::sync::OnceLock<std::result::Result<Device, String>> =
                std::sync::OnceLock::new();
            let opened =
                OPENED.get_or_init(|| Device::new_cuda(0).map_err(|error| error.to_string()));
            opened.clone().map_err(NetworkError::Device)
        }
        #[cfg(not(feature = "cuda"))]
        Kernel::Cuda => Err(NetworkError::KernelUnavailable(kernel)),
        _ => Ok(Device::Cpu),
    }
}

/// Parameters and running statistics on a device.
#[derive(Debug)]
pub(super) struct Plain {
    architecture: Architecture,
    device: Device,
    /// In the order of `Architecture::parameters`.
    pub(super) parameters: Vec<Var>,
    /// Mean and variance of each block with a batch norm.
    running: Vec<Option<[Tensor; 2]>>,
}

impl Plain {
    pub(super) fn new<P: AsRef<[f32]>>(
        architecture: &Architecture,
        kernel: Kernel,
        parameters: &[P],
        running: &[Running],
    ) -> std::result::Result<Self, NetworkError> {
        let device = device(kernel)?;
        let shapes = architecture.parameters();
        let parameters = (parameters.iter().zip(shapes))
            .map(|(values, (_, shape))| Var::from_slice(values.as_ref(), shape, &device))
            .collect::<Result<_>>()?;
        let statistic = |values: &[f32]| Tensor::from_slice(values, values.len(), &device);
        let running = (architecture.blocks.iter().zip(running))
            .map(|(block, running)| match block.norm {
                true => Ok(Some([statistic(&running.mean)?, statistic(&running.variance)?])),
                false => Ok(None),
            })
            .collect::<Result<_>>()?;
        Ok(Self { architecture: architecture.clone(), device, parameters, running })
    }

    /// Logits of `x [n, 1, side, side]`; in training the batch norms use the moments of the
    /// batch, which are returned, mean and unbiased variance of each.
    fn forward(&self, x: &Tensor, training: bool) -> Result<(Tensor, Vec<Option<[Tensor; 2]>>)> {
        let mut x = x.clone();
        let mut moments = Vec::new();
        for (number, block) in self.architecture.blocks.iter().enumerate() {
            let [weight, factors] = [0, 1].map(|part| &self.parameters[2 * number + part]);
            // Ours is [3, 3, inputs, channels].
            let weight = weight.permute((3, 2, 0, 1))?.contiguous()?;
            x = x.conv2d(&weight, 1, 1, 1, 1)?;
            let channels = (1, block.channels, 1, 1);
            let Some(running) = &self.running[number] else {
                x = relu(&x.broadcast_add(&factors.reshape(channels)?)?)?;
                if block.pool {
                    x = Resampling::MaxPool(2).composed(&x)?;
                }
                moments.push(None);
                continue;
            };
            let [mean, variance] = if training {
                let mean = x.mean_keepdim((0, 2, 3))?;
                let variance = x.broadcast_sub(&mean)?.sqr()?.mean_keepdim((0, 2, 3))?;
                let count = (x.elem_count() / block.channels) as f64;
                let unbiased = (variance.detach() * (count / (count - 1.0).max(1.0)))?;
                moments.push(Some([mean.detach().flatten_all()?, unbiased.flatten_all()?]));
                [mean, variance]
            } else {
                moments.push(None);
                [running[0].reshape(channels)?, running[1].reshape(channels)?]
            };
            let deviation = (variance + EPSILON)?.sqrt()?;
            let [gamma, beta] =
                [0, 1].map(|part| factors.narrow(0, part, 1).and_then(|f| f.reshape(channels)));
            x = x.broadcast_sub(&mean)?.broadcast_div(&deviation)?;
            x = relu(&x.broadcast_mul(&gamma?)?.broadcast_add(&beta?)?)?;
            if block.pool {
                x = Resampling::MaxPool(2).composed(&x)?;
            }
        }
        let x = x.permute((0, 2, 3, 1))?.contiguous()?.flatten_from(1)?;
        let [weight, bias, last_weight, last_bias] =
            [0, 1, 2, 3].map(|part| &self.parameters[2 * self.architecture.blocks.len() + part]);
        let x = relu(&x.matmul(weight)?.broadcast_add(bias)?)?;
        Ok((x.matmul(last_weight)?.broadcast_add(last_bias)?, moments))
    }

    /// Images `[n, side, side]` on the device.
    fn images(&self, images: &[f32]) -> Result<Tensor> {
        let side = self.architecture.side;
        let count = images.len() / (side * side);
        Tensor::from_slice(images, (count, 1, side, side), &self.device)
    }

    /// Logits of images `[n, side, side]` by the running statistics.
    pub(super) fn logits(&self, images: &[f32]) -> std::result::Result<Vec<f32>, NetworkError> {
        let (logits, _) = self.forward(&self.images(images)?, false)?;
        Ok(values(&logits)?)
    }
}

/// max(x, 0) with gradient 0 at 0, where candle's has 1.
fn relu(x: &Tensor) -> Result<Tensor> {
    x * x.detach().gt(0.0)?.to_dtype(x.dtype())?
}

/// The values of a tensor on any device.
fn values(tensor: &Tensor) -> Result<Vec<f32>> {
    tensor.flatten_all()?.to_vec1()
}

/// A network that learns.
#[derive(Debug)]
pub(super) struct PlainLearner {
    pub(super) network: Plain,
    label_smoothing: f64,
    weight_decay: f64,
    /// Of what decays, and of what does not.
    adams: [candle_nn::AdamW; 2],
    /// Of hidden layers, each with the momentum of its gradient.
    muons: Vec<(Var, Tensor)>,
}

/// X (XᵀX)^(−1/2), nearly, of `x [rows, columns]`.
pub(super) fn orthogonal(x: &Tensor) -> Result<Tensor> {
    let norm = x.sqr()?.sum_all()?.sqrt()?;
    let x = x.broadcast_div(&norm.maximum(f64::from(f32::MIN_POSITIVE))?)?;
    let mut gram = x.t()?.matmul(&x)?;
    let [a, b, c] = QUINTIC.map(f64::from);
    let unit = Tensor::eye(gram.dim(0)?, DType::F32, gram.device())?;
    let mut polynomial = unit.clone();
    for _ in 0..optimiser::ITERATIONS {
        let square = (gram.matmul(&gram)? * c)?;
        let factor = (((&unit * a)? + (&gram * b)?)? + square)?;
        polynomial = polynomial.matmul(&factor)?;
        gram = factor.matmul(&gram)?.matmul(&factor)?;
    }
    x.matmul(&polynomial)
}

impl PlainLearner {
    pub(super) fn new(
        recipe: &Recipe,
        parameters: &[Vec<f32>],
        running: &[Running],
    ) -> std::result::Result<Self, NetworkError> {
        let network = Plain::new(&recipe.architecture, recipe.kernel, parameters, running)?;
        let rules = Rule::of(&recipe.architecture);
        let adam = |decays: bool| {
            let mine = (network.parameters.iter().zip(&rules))
                .filter(|(_, rule)| **rule == Rule::Adam { decays })
                .map(|(variable, _)| variable.clone());
            let weight_decay = if decays { recipe.weight_decay } else { 0.0 };
            let settings = ParamsAdamW { weight_decay, ..ParamsAdamW::default() };
            candle_nn::AdamW::new(mine.collect(), settings)
        };
        let adams = [adam(true)?, adam(false)?];
        let muons = (network.parameters.iter().zip(&rules))
            .filter(|(_, rule)| matches!(rule, Rule::Muon { .. }))
            .map(|(variable, _)| Ok((variable.clone(), variable.zeros_like()?)))
            .collect::<Result<_>>()?;
        let Recipe { label_smoothing, weight_decay, .. } = *recipe;
        Ok(Self { network, label_smoothing, weight_decay, adams, muons })
    }

    fn step_muons(&mut self, gradients: &GradStore, learning_rate: f64) -> Result<()> {
        for (variable, momentum) in &mut self.muons {
            let Some(gradient) = gradients.get(variable) else { continue };
            let fresh = (gradient * (1.0 - optimiser::MOMENTUM))?;
            *momentum = ((&*momentum * optimiser::MOMENTUM)? + &fresh)?;
            let ahead = ((&*momentum * optimiser::MOMENTUM)? + fresh)?;
            let outputs = variable.dim(variable.rank() - 1)?;
            let inputs = variable.elem_count() / outputs;
            let step = orthogonal(&ahead.reshape((inputs, outputs))?)?.reshape(variable.shape())?;
            let kept = (variable.as_tensor() * (1.0 - learning_rate * self.weight_decay))?;
            variable.set(&(kept - (step * (learning_rate * muon_factor(inputs, outputs)))?)?)?;
        }
        Ok(())
    }

    /// Mean loss, and the gradients; the running statistics see the batch.
    pub(super) fn pass(&mut self, images: &[f32], labels: &[u8]) -> Result<(f64, GradStore)> {
        let Plain { device, .. } = &self.network;
        let labels: Vec<u32> = labels.iter().map(|&label| u32::from(label)).collect();
        let count = labels.len();
        let labels = Tensor::from_vec(labels, count, device)?;
        let (logits, moments) = self.network.forward(&self.network.images(images)?, true)?;
        let logarithms = candle_nn::ops::log_softmax(&logits, 1)?;
        let hard = (candle_nn::loss::nll(&logarithms, &labels)? * (1.0 - self.label_smoothing))?;
        let loss = (hard - (logarithms.mean_all()? * self.label_smoothing)?)?;
        let gradients = loss.backward()?;
        for (running, moments) in self.network.running.iter_mut().zip(moments) {
            if let (Some(running), Some(moments)) = (running, moments) {
                for (running, new) in running.iter_mut().zip(moments) {
                    *running = ((&*running * (1.0 - MOMENTUM))? + (new * MOMENTUM)?)?;
                }
            }
        }
        Ok((f64::from(loss.to_dtype(DType::F32)?.to_scalar::<f32>()?), gradients))
    }
}

impl Learner for PlainLearner {
    fn step(
        &mut self,
        images: Vec<f32>,
        labels: Vec<u8>,
        learning_rate: f64,
    ) -> std::result::Result<f64, NetworkError> {
        let (loss, gradients) = self.pass(&images, &labels)?;
        if loss.is_finite() {
            for adam in &mut self.adams {
                adam.set_learning_rate(optimiser::ADAM_SHARE * learning_rate);
                adam.step(&gradients)?;
            }
            self.step_muons(&gradients, learning_rate)?;
        }
        Ok(loss)
    }

    fn state(&self) -> std::result::Result<(Vec<Vec<f32>>, Vec<Running>), NetworkError> {
        let parameters =
            self.network.parameters.iter().map(|one| values(one)).collect::<Result<_>>()?;
        let blocks = self.network.architecture.blocks.iter().zip(&self.network.running);
        let running = blocks
            .map(|(block, running)| match running {
                Some([mean, variance]) => {
                    Ok(Running { mean: values(mean)?, variance: values(variance)? })
                }
                None => Ok(Running::new(block.channels)),
            })
            .collect::<Result<_>>()?;
        Ok((parameters, running))
    }
}
