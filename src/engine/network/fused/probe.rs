//! What benches measure inside this module: single convolutions and a training step without its
//! data. Not part of the interface.

use super::convolution::{Convolution, OutputGradient, Source};
use super::kernel::{Map, Maps, Ringed};
use super::learner::FusedLearner;
use super::workspace::{Buffer, Workspace};
use crate::network::error::NetworkError;
use crate::network::execution::{Execution, Kernel};
use crate::network::learner::Learner;
use crate::network::parameters::Parameters;
use crate::network::recipe::Recipe;

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
        let map = Map { rows: side, columns: side, channels, pool: false, relu: true };
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
            z: workspace.take(images * map.before_pool()),
            gradient: noise(&workspace, images * map.after_pool()),
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
        Source { values: &self.x, stride: self.convolution.inputs, factors: None, relu: false }
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

    /// Gradients of weights and input, from the gradient after batch norm and ReLU.
    pub fn backward(&mut self) {
        let mut x_gradient = std::mem::replace(&mut self.x_gradient, self.workspace.take(0));
        let factors = [&self.factors[..]; 4];
        let after = OutputGradient { z: &self.z, factors, gradient: &self.gradient };
        let Self { convolution, workspace, images, weights, .. } = &*self;
        let source = self.source();
        let target = &mut x_gradient;
        let (w_gradient, _) =
            convolution.backward(workspace, *images, source, after, &weights[1], target, None);
        workspace.give(w_gradient);
        self.x_gradient = x_gradient;
    }

    /// The direct convolution, multiplication by multiplication.
    pub fn direct(&mut self) {
        let Convolution { map, inputs } = self.convolution;
        let image =
            Ringed { rows: map.rows, columns: map.columns, channels: inputs, margins: [1, 1] };
        let mut ringed = self.workspace.take(image.len());
        let kernel = self.workspace.kernel;
        let pixels = self.convolution.pixels();
        for (x, z) in self.x.chunks_exact(pixels).zip(self.z.chunks_exact_mut(map.before_pool())) {
            image.fill(x, &mut ringed);
            kernel.convolve(image, &ringed, &self.w, map.padded(), z, None);
        }
        self.workspace.give(ringed);
    }
}

/// Training steps on one batch.
#[derive(Debug)]
pub struct StepProbe {
    learner: FusedLearner,
    images: Vec<f32>,
    labels: Vec<u8>,
}

impl StepProbe {
    /// A network of `recipe` on one thread of `kernel`, and a batch of noise.
    ///
    /// # Errors
    /// A recipe that cannot be followed, or a kernel that the processor lacks.
    pub fn new(recipe: &Recipe, kernel: Kernel) -> Result<Self, NetworkError> {
        let architecture = &recipe.architecture;
        let pixels = recipe.batch * architecture.side * architecture.side;
        let images = noise(&Workspace::new(kernel, 1)?, pixels).to_vec();
        let labels = (0..recipe.batch).map(|image| (image % architecture.classes) as u8).collect();
        let parameters = Parameters::random(architecture, 1, 0)?;
        let learner = FusedLearner::new(recipe, Execution::single(kernel), parameters, [1, 0])?;
        Ok(Self { learner, images, labels })
    }

    /// Forward and backward, without the optimiser's update.
    ///
    /// # Errors
    /// A fault of the tensor library.
    pub fn pass(&mut self) -> Result<f64, NetworkError> {
        Ok(self.learner.pass_only(&self.images, &self.labels))
    }

    /// A whole step.
    ///
    /// # Errors
    /// A fault of the tensor library.
    pub fn step(&mut self) -> Result<f64, NetworkError> {
        self.learner.step(self.images.clone(), self.labels.clone(), 1e-4)
    }
}
