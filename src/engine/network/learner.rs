//! What training and prediction need of a backend; knows none.

use super::error::NetworkError;
use super::parameters::Parameters;

/// What a learner knows beside its parameters, by which it goes on as if it had never stopped.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Momenta {
    /// Steps taken.
    pub(super) steps: i32,
    /// Moments of the gradient of each parameter.
    pub(super) moments: Vec<Vec<f32>>,
    /// How far the stream of each layer is that drops values.
    pub(super) drawn: Vec<u64>,
}

/// A network that learns from batches.
pub(super) trait Learner {
    /// Mean loss of a batch, as [`Normalisation::batch`](super::Normalisation::batch) gives it,
    /// with labels `[n]`, or `[n, rows, columns]` of a graph that gives a map, after one step of
    /// the optimiser along its gradient. Without a step if the loss is not a number.
    fn step(
        &mut self,
        images: Vec<f32>,
        labels: Vec<u8>,
        learning_rate: f64,
    ) -> Result<f64, NetworkError>;

    /// Parameters and running statistics as they are now.
    fn parameters(&self) -> Result<Parameters, NetworkError>;

    /// What it must be told to go on where it is; `None` where the backend does not say.
    fn momenta(&self) -> Option<Momenta>;

    /// Goes on where a learner was that said this, whose shapes are those of its own.
    fn go_on(&mut self, parameters: Parameters, momenta: Momenta);
}

/// A network that rates images.
pub(super) trait Rater: std::fmt::Debug {
    /// Images that are best rated together.
    fn together(&self) -> usize;

    /// Logits `[n, classes]`, or `[n, rows, columns, classes]` of a graph that gives a map, of
    /// what [`Normalisation::batch`](super::Normalisation::batch) gives.
    fn logits(&self, images: &[f32]) -> Result<Vec<f32>, NetworkError>;

    /// Logits `[rows, columns, classes]` over one normalised image `[rows, columns]` of an extent
    /// that [`super::architecture::Architecture::over_image`] allows.
    fn image(&self, image: &[f32], extent: [usize; 2]) -> Result<Vec<f32>, NetworkError>;
}

/// Weights `[n, classes]` of logits in a sum, from the logits.
pub(super) type Seed<'a> = dyn Fn(&[f32]) -> Vec<f32> + 'a;

/// A network whose logits have a gradient.
pub(super) trait Slopes {
    /// The gradient over every pixel, `[n, side, side]`, of the sum of the logits of normalised
    /// images, each weighted by what `seed` gives for all of them.
    fn slopes(&self, images: Vec<f32>, seed: &Seed<'_>) -> Result<Vec<f32>, NetworkError>;
}
