//! What benches measure inside this module: single convolutions and a training step without its
//! data. Not part of the interface.

use candle_core::{Device, Tensor};

use super::NetworkError;
use super::convolution::{Behind, Convolution, Source};
use super::kernel::{Kernel, Map, Maps, Ringed};
use super::training::{Fused, Learner, Recipe, Trainee, fresh};
use super::workspace::{Buffer, Workspace};

/// Values without meaning, in [−0.5, 0.5).
fn noise(workspace: &Workspace, count: usize) -> Buffer {
    let mut values = workspace.take(count);
    for (i, value) in values.iter_mut().enumerate() {
        *value = (i.wrapping_mul(40_503) % 65_536) as f32 / 65_536.0 - 0.5;
    }
    values
}

/// One convolution over a few images.
#[derive(Debug)]
pub struct Probe {
    workspace: Workspace,
    convolution: Convolution,
    images: usize,
    x: Buffer,
    w: Buffer,
    /// As `forward` and as `backward` want them.
    weights: [Buffer; 2],
    z: Buffer,
    gradient: Buffer,
    x_gradient: Buffer,
    factors: Buffer,
}

impl Probe {
    /// `images` square images of `inputs` channels to `channels` channels, without pool.
    ///
    /// # Errors
    /// The processor lacks the kernel.
    pub fn new(
        kernel: Kernel,
        side: usize,
        [inputs, channels]: [usize; 2],
        images: usize,
    ) -> Result<Self, NetworkError> {
        let workspace = Workspace::new(kernel, 1)?;
        let map = Map { rows: side, columns: side, channels, pool: false };
        let convolution = Convolution { map, inputs };
        let w = noise(&workspace, 9 * inputs * channels);
        let weights = [
            convolution.forward_weights(&workspace, &w),
            convolution.backward_weights(&workspace, &w),
        ];
        Ok(Self {
            convolution,
            images,
            x: noise(&workspace, images * convolution.pixels()),
            weights,
            w,
            z: workspace.take(images * map.before()),
            gradient: noise(&workspace, images * map.behind()),
            x_gradient: workspace.take(images * convolution.pixels()),
            factors: noise(&workspace, map.padded()),
            workspace,
        })
    }

    /// Flops of the forward pass done directly, 2 per multiply-add.
    #[must_use]
    pub fn flops(&self) -> f64 {
        let Convolution { map, inputs } = self.convolution;
        (2 * 9 * inputs * map.channels * map.rows * map.columns * self.images) as f64
    }

    fn source(&self) -> Source<'_> {
        Source { values: &self.x, stride: self.convolution.inputs, factors: None }
    }

    /// The convolution, with the sums for a batch norm.
    pub fn forward(&mut self) {
        let mut sums = vec![0.0; 2 * self.convolution.map.padded()];
        let mut z = std::mem::replace(&mut self.z, self.workspace.take(0));
        let source = self.source();
        let maps = Maps { z: &mut z, pooled: &mut [], sign: &self.factors };
        let Self { convolution, workspace, images, weights, .. } = &*self;
        convolution.forward(workspace, *images, source, &weights[0], maps, &mut sums);
        self.z = z;
    }

    /// Gradients of weights and input, from the gradient behind batch norm and ReLU.
    pub fn backward(&mut self) {
        let mut x_gradient = std::mem::replace(&mut self.x_gradient, self.workspace.take(0));
        let factors = [&self.factors[..]; 4];
        let behind = Behind { z: &self.z, factors, gradient: &self.gradient };
        let Self { convolution, workspace, images, weights, .. } = &*self;
        let source = self.source();
        let target = &mut x_gradient;
        let (w_gradient, _) =
            convolution.backward(workspace, *images, source, behind, &weights[1], target, None);
        workspace.give(w_gradient);
        self.x_gradient = x_gradient;
    }

    /// The direct convolution, multiplication by multiplication.
    pub fn direct(&mut self) {
        let Convolution { map, inputs } = self.convolution;
        let image = Ringed { rows: map.rows, columns: map.columns, channels: inputs };
        let mut ringed = self.workspace.take(image.len());
        let kernel = self.workspace.kernel;
        let pixels = self.convolution.pixels();
        for (x, z) in self.x.chunks_exact(pixels).zip(self.z.chunks_exact_mut(map.before())) {
            image.fill(x, &mut ringed);
            kernel.convolve(image, &ringed, &self.w, map.padded(), z, None);
        }
        self.workspace.give(ringed);
    }
}

/// Training steps on one batch.
#[derive(Debug)]
pub struct StepProbe {
    fused: Fused,
    images: Buffer,
    labels: Vec<u8>,
    side: usize,
}

impl StepProbe {
    /// A network of `recipe` and a batch of noise.
    ///
    /// # Errors
    /// A recipe that cannot be followed.
    pub fn new(recipe: &Recipe) -> Result<Self, NetworkError> {
        let (side, classes) = (recipe.architecture.side, recipe.architecture.classes);
        let images = noise(&Workspace::new(recipe.kernel, 1)?, recipe.batch * side * side);
        let labels = (0..recipe.batch).map(|image| (image % classes) as u8).collect();
        let (parameters, running) = fresh(&recipe.architecture, 1, 0);
        let trainee = Trainee::new(recipe, parameters, running)?;
        Ok(Self { fused: Fused::new(trainee, recipe.weight_decay), images, labels, side })
    }

    /// Forward and backward, without the optimiser's update.
    ///
    /// # Errors
    /// A fault of the tensor library.
    pub fn pass(&mut self) -> Result<f64, NetworkError> {
        let shape = (self.labels.len(), self.side, self.side, 1);
        let images = Tensor::from_slice(&self.images, shape, &Device::Cpu)?;
        let trainee = &self.fused.trainee;
        let (loss, gradients) = trainee.pass(images, self.labels.clone())?;
        gradients.into_iter().for_each(|buffer| trainee.layers.workspace.give(buffer));
        Ok(loss)
    }

    /// A whole step.
    ///
    /// # Errors
    /// A fault of the tensor library.
    pub fn step(&mut self) -> Result<f64, NetworkError> {
        self.fused.step(self.images.to_vec(), self.labels.clone(), 1e-4)
    }
}
