//! Trains one network: batches, schedule, choice of the epoch; knows no file, clock or study.

use std::sync::{Arc, Mutex};

use candle_core::{Device, Tensor, Var};
use serde::{Deserialize, Serialize};

use super::architecture::{Architecture, Block, is_weight};
use super::convolution::Convolution;
use super::dense::Dense;
use super::kernel::{Kernel, Map};
use super::layers::{Layers, Sink};
use super::loss::{CrossEntropy, cross_entropy};
use super::optimiser::{Optimiser, Rule};
use super::plain::PlainLearner;
use super::prediction::Predictor;
use super::schedule::Schedule;
use super::stack::{BlockShape, Running, Stack};
use super::workspace::{Buffer, Workspace, lock, with_values};
use super::{
    Epoch, Network, NetworkError, Normalisation, Summary, check_size, decisions, symmetry,
};
use crate::dataset::RegionSet;
use crate::rng::{Purpose, Stream, StreamKey};

/// Everything that decides a training but the seed and the regions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Shape of the network.
    pub architecture: Architecture,
    /// Passes over the training regions.
    pub epochs: usize,
    /// Regions per step; the last batch of an epoch may be smaller.
    pub batch: usize,
    /// The greatest learning rate of Muon, for the weights of hidden layers; AdamW, for the rest,
    /// has a quarter of it.
    pub peak_learning_rate: f64,
    /// Decay of weights per step, times the learning rate; biases and batch norms do not decay.
    pub weight_decay: f64,
    /// Share of a label that all classes have equally, 0 to below 1.
    pub label_smoothing: f64,
    /// Whether training regions are flipped and turned at random.
    pub symmetric_training: bool,
    /// Whether ratings are averaged over the eight flips and turns.
    pub symmetric_prediction: bool,
    /// Course of the learning rate.
    pub schedule: Schedule,
    /// Instruction set.
    pub kernel: Kernel,
    /// Threads of this one training. Two trainings on one thread each are faster than one on
    /// two. Changes no bit of the network.
    pub threads: usize,
}

impl Recipe {
    /// The defaults for regions of `side` pixels and `classes` classes.
    #[must_use]
    pub fn reference(side: usize, classes: usize) -> Self {
        Self {
            architecture: Architecture::reference(side, classes),
            epochs: 8,
            batch: 64,
            peak_learning_rate: 16e-3,
            weight_decay: 0.02,
            label_smoothing: 0.1,
            symmetric_training: true,
            symmetric_prediction: false,
            schedule: Schedule::OneCycle,
            kernel: Kernel::detect(),
            threads: 1,
        }
    }

    fn check(&self) -> Result<(), NetworkError> {
        self.architecture.check()?;
        let bad = |what: String| Err(NetworkError::Recipe(what));
        if self.epochs == 0 || self.batch == 0 {
            return bad(format!("{} epochs of batches of {}", self.epochs, self.batch));
        }
        let rate = self.peak_learning_rate;
        if !(rate > 0.0 && rate.is_finite()) {
            return bad(format!("peak_learning_rate is {rate}, expected above 0"));
        }
        let decay = self.weight_decay;
        if !(0.0..1.0 / rate).contains(&decay) {
            return bad(format!("weight_decay is {decay}, expected 0 to 1/peak_learning_rate"));
        }
        let smoothing = self.label_smoothing;
        if !(0.0..1.0).contains(&smoothing) {
            return bad(format!("label_smoothing is {smoothing}, expected 0 to below 1"));
        }
        Ok(())
    }
}

/// Who follows a training.
pub trait Watch {
    /// Whether to stop; asked at every batch.
    fn stopped(&self) -> bool;

    /// An epoch is done, counted from 1.
    fn epoch(&mut self, done: usize, of: usize, train_loss: f64, tune_accuracy: f64);
}

/// Nobody follows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Watch for Silent {
    fn stopped(&self) -> bool {
        false
    }

    fn epoch(&mut self, _: usize, _: usize, _: f64, _: f64) {}
}

/// Trains a network from random weights (He et al. 2015) of stream (`seed`, Weights,
/// `replicate`, number of the tensor). Batches and symmetries come from the streams Shuffle and
/// Augmentation, one part per epoch. The epoch with the lowest loss on `tune` is kept, which
/// varies less from one set of regions to the next than accuracy does.
///
/// # Errors
/// Sets or a recipe that do not fit, a loss that is no number, or the watch said stop.
pub fn train(
    recipe: &Recipe,
    seed: u64,
    replicate: u64,
    train: &RegionSet,
    tune: &RegionSet,
    watch: &mut dyn Watch,
) -> Result<Network, NetworkError> {
    run(None, recipe, seed, replicate, train, tune, watch)
}

/// As `train`, from the weights, running statistics and normalisation of `start`.
///
/// # Errors
/// As `train`, and a start of another architecture.
pub fn train_from(
    start: &Network,
    recipe: &Recipe,
    seed: u64,
    replicate: u64,
    train: &RegionSet,
    tune: &RegionSet,
    watch: &mut dyn Watch,
) -> Result<Network, NetworkError> {
    if start.architecture != recipe.architecture {
        return Err(NetworkError::Architecture("the start has another one".to_owned()));
    }
    run(Some(start), recipe, seed, replicate, train, tune, watch)
}

/// A standard normal number (Box & Muller 1958), through libm: the same on every platform.
fn normal(stream: &mut Stream) -> f64 {
    let radius = libm::sqrt(-2.0 * libm::log(1.0 - stream.uniform()));
    radius * libm::cos(std::f64::consts::TAU * stream.uniform())
}

/// Random weights; γ = 1, β = 0, biases 0.
fn initial(architecture: &Architecture, seed: u64, replicate: u64) -> Vec<Vec<f32>> {
    let parameters = architecture.parameters();
    let last = parameters.len() - 2;
    let values = |(number, (name, shape)): (usize, (String, Vec<usize>))| {
        let count: usize = shape.iter().product();
        if name.ends_with("affine") {
            return [vec![1.0; count / 2], vec![0.0; count / 2]].concat();
        }
        if name.ends_with("bias") {
            return vec![0.0; count];
        }
        let inputs = count / shape.last().copied().unwrap_or(1);
        // No ReLU behind the last layer.
        let gain = if number == last { 1.0 } else { 2.0 };
        let deviation = libm::sqrt(gain / inputs as f64);
        let key =
            StreamKey { seed, purpose: Purpose::Weights, case: replicate, part: number as u64 };
        let mut stream = key.open();
        (0..count).map(|_| (deviation * normal(&mut stream)) as f32).collect()
    };
    parameters.into_iter().enumerate().map(values).collect()
}

/// Random parameters, and running statistics that have seen nothing.
pub(super) fn fresh(
    architecture: &Architecture,
    seed: u64,
    replicate: u64,
) -> (Vec<Vec<f32>>, Vec<Running>) {
    let running = architecture.blocks.iter().map(|block| Running::new(block.channels)).collect();
    (initial(architecture, seed, replicate), running)
}

/// Variables and running statistics while they are trained.
#[derive(Debug)]
pub(super) struct Trainee {
    architecture: Architecture,
    label_smoothing: f64,
    pub(super) layers: Arc<Layers>,
    /// Everything that decays, and everything that does not, in the order of the layers.
    pub(super) variables: [Var; 2],
    pub(super) sink: Sink,
}

impl Trainee {
    pub(super) fn new(
        recipe: &Recipe,
        parameters: Vec<Vec<f32>>,
        running: Vec<Running>,
    ) -> Result<Self, NetworkError> {
        let architecture = &recipe.architecture;
        let (sides, inputs) = (architecture.sides(), architecture.inputs());
        let shape = |(number, block): (usize, &Block)| {
            let (rows, columns) = (sides[number], sides[number]);
            let map = Map { rows, columns, channels: block.channels, pool: block.pool };
            let convolution = Convolution { map, inputs: inputs[number] };
            BlockShape { convolution, norm: block.norm }
        };
        let Architecture { hidden, classes, .. } = *architecture;
        let layers = Layers {
            stack: Stack {
                blocks: architecture.blocks.iter().enumerate().map(shape).collect(),
                running: running.into_iter().map(Mutex::new).collect(),
            },
            dense: vec![
                Dense { inputs: architecture.features(), outputs: hidden, relu: true },
                Dense { inputs: hidden, outputs: classes, relu: false },
            ],
            workspace: Workspace::new(recipe.kernel, recipe.threads)?,
            input_gradient: false,
        };
        let (mut weights, mut factors) = (Vec::new(), Vec::new());
        for (values, (name, _)) in parameters.into_iter().zip(architecture.parameters()) {
            if is_weight(&name) { &mut weights } else { &mut factors }.extend(values);
        }
        let variable = |values: Vec<f32>| {
            let count = values.len();
            Var::from_vec(values, count, &Device::Cpu)
        };
        Ok(Self {
            architecture: architecture.clone(),
            label_smoothing: recipe.label_smoothing,
            layers: Arc::new(layers),
            variables: [variable(weights)?, variable(factors)?],
            sink: Sink::default(),
        })
    }

    /// Mean loss of a batch, and its gradients in the order of `variables`.
    pub(super) fn pass(
        &self,
        images: Tensor,
        labels: Vec<u8>,
    ) -> Result<(f64, [Buffer; 2]), NetworkError> {
        let [weights, factors] = &self.variables;
        let logits = self.layers.apply(&images, weights, factors, Some(&self.sink))?;
        let loss = CrossEntropy::new(labels, self.label_smoothing).apply(&logits)?;
        loss.backward()?;
        let Some(gradients) = lock(&self.sink).take() else {
            return Err(candle_core::Error::Msg("the pass left no gradients".to_owned()).into());
        };
        Ok((f64::from(loss.to_scalar::<f32>()?), gradients))
    }

    /// Parameters and running statistics as plain values.
    pub(super) fn state(&self) -> Result<(Vec<Vec<f32>>, Vec<Running>), NetworkError> {
        let [weights, factors] = &self.variables;
        let [weights, factors] =
            [with_values(weights, |w| Ok(w.to_vec()))?, with_values(factors, |f| Ok(f.to_vec()))?];
        let (mut weights, mut factors) = (&weights[..], &factors[..]);
        let mut parameters = Vec::new();
        for (name, shape) in self.architecture.parameters() {
            let from = if is_weight(&name) { &mut weights } else { &mut factors };
            let (mine, rest) = from.split_at(shape.iter().product());
            *from = rest;
            parameters.push(mine.to_vec());
        }
        let running = self.layers.stack.running.iter().map(|r| lock(r).clone()).collect();
        Ok((parameters, running))
    }
}

/// What learns from batches.
pub(super) trait Learner {
    /// Mean loss of a batch of images `[n, side, side]`, after one step of the optimiser along
    /// its gradient. Without a step if the loss is no number.
    fn step(
        &mut self,
        images: Vec<f32>,
        labels: Vec<u8>,
        learning_rate: f64,
    ) -> Result<f64, NetworkError>;

    /// Parameters, in the order of `Architecture::parameters`, and running statistics.
    fn state(&self) -> Result<(Vec<Vec<f32>>, Vec<Running>), NetworkError>;
}

/// Fused layers with their optimiser.
#[derive(Debug)]
pub(super) struct Fused {
    pub(super) trainee: Trainee,
    optimiser: Optimiser,
}

impl Fused {
    pub(super) fn new(trainee: Trainee, weight_decay: f64) -> Self {
        let mut parts = [Vec::new(), Vec::new()];
        let rules = Rule::of(&trainee.architecture);
        for ((name, shape), rule) in trainee.architecture.parameters().into_iter().zip(rules) {
            parts[usize::from(!is_weight(&name))].push((shape.iter().product(), rule));
        }
        let variables = trainee.variables.clone().into_iter().zip(parts).collect();
        let optimiser = Optimiser::new(variables, weight_decay);
        Self { trainee, optimiser }
    }
}

impl Learner for Fused {
    fn step(
        &mut self,
        images: Vec<f32>,
        labels: Vec<u8>,
        learning_rate: f64,
    ) -> Result<f64, NetworkError> {
        let side = self.trainee.architecture.side;
        let images = Tensor::from_vec(images, (labels.len(), side, side, 1), &Device::Cpu)?;
        let (loss, gradients) = self.trainee.pass(images, labels)?;
        if loss.is_finite() {
            self.optimiser.step(&gradients, learning_rate, &self.trainee.layers.workspace)?;
        }
        gradients.into_iter().for_each(|buffer| self.trainee.layers.workspace.give(buffer));
        Ok(loss)
    }

    fn state(&self) -> Result<(Vec<Vec<f32>>, Vec<Running>), NetworkError> {
        self.trainee.state()
    }
}

/// What learns by `recipe`, from the parameters and running statistics given.
fn learner(
    recipe: &Recipe,
    parameters: Vec<Vec<f32>>,
    running: Vec<Running>,
) -> Result<Box<dyn Learner>, NetworkError> {
    if recipe.kernel.is_fused() {
        let trainee = Trainee::new(recipe, parameters, running)?;
        return Ok(Box::new(Fused::new(trainee, recipe.weight_decay)));
    }
    Ok(Box::new(PlainLearner::new(recipe, &parameters, &running)?))
}

fn check_labels(architecture: &Architecture, regions: &RegionSet) -> Result<(), NetworkError> {
    let classes = architecture.classes;
    match regions.labels.iter().position(|&label| usize::from(label) >= classes) {
        Some(region) => Err(NetworkError::Label { label: regions.labels[region], region, classes }),
        None => Ok(()),
    }
}

fn run(
    start: Option<&Network>,
    recipe: &Recipe,
    seed: u64,
    replicate: u64,
    train: &RegionSet,
    tune: &RegionSet,
    watch: &mut dyn Watch,
) -> Result<Network, NetworkError> {
    recipe.check()?;
    let architecture = &recipe.architecture;
    for (name, regions) in [("training", train), ("tune", tune)] {
        if regions.is_empty() {
            return Err(NetworkError::Empty(name));
        }
        check_size(architecture, regions)?;
        check_labels(architecture, regions)?;
    }
    let normalisation = start.map_or_else(|| Normalisation::of(train), |start| start.normalisation);
    let (parameters, running) = match start {
        Some(start) => (start.parameters.clone(), start.running.clone()),
        None => fresh(architecture, seed, replicate),
    };
    let mut learner = learner(recipe, parameters, running)?;

    let steps_per_epoch = train.len().div_ceil(recipe.batch);
    let steps = recipe.epochs * steps_per_epoch;
    let mut curve: Vec<Epoch> = Vec::with_capacity(recipe.epochs);
    let mut best: Option<(usize, Vec<Vec<f32>>, Vec<Running>)> = None;
    for epoch in 0..recipe.epochs {
        let stream =
            |purpose| StreamKey { seed, purpose, case: replicate, part: epoch as u64 }.open();
        let mut order: Vec<usize> = (0..train.len()).collect();
        stream(Purpose::Shuffle).shuffle(&mut order);
        let mut augmentation = stream(Purpose::Augmentation);
        let symmetries: Vec<usize> = (0..train.len())
            .map(|_| augmentation.below(symmetry::COUNT as u64) as usize)
            .map(|number| if recipe.symmetric_training { number } else { 0 })
            .collect();

        let mut train_loss = 0.0;
        for (batch, places) in order.chunks(recipe.batch).enumerate() {
            if watch.stopped() {
                return Err(NetworkError::Stopped);
            }
            let (images, labels) = assemble(train, places, &symmetries, normalisation.factors());
            let step = epoch * steps_per_epoch + batch;
            let rate = recipe.peak_learning_rate * recipe.schedule.share(step, steps);
            let loss = learner.step(images, labels, rate)?;
            if !loss.is_finite() {
                return Err(NetworkError::Diverged { epoch: epoch + 1 });
            }
            train_loss += loss * places.len() as f64 / train.len() as f64;
        }

        let (parameters, running) = learner.state()?;
        let (tune_loss, tune_accuracy) =
            examine(recipe, normalisation, &parameters, &running, tune, &|| watch.stopped())?;
        if !tune_loss.is_finite() {
            return Err(NetworkError::Diverged { epoch: epoch + 1 });
        }
        let better =
            best.as_ref().is_none_or(|(chosen, ..)| tune_loss < curve[chosen - 1].tune_loss);
        curve.push(Epoch { train_loss, tune_loss, tune_accuracy });
        if better {
            best = Some((epoch + 1, parameters, running));
        }
        watch.epoch(epoch + 1, recipe.epochs, train_loss, tune_accuracy);
    }
    let Some((chosen_epoch, parameters, running)) = best else {
        return Err(NetworkError::Diverged { epoch: recipe.epochs });
    };
    let tune_accuracy = curve[chosen_epoch - 1].tune_accuracy;
    Ok(Network {
        architecture: architecture.clone(),
        normalisation,
        kernel: recipe.kernel,
        symmetric_prediction: recipe.symmetric_prediction,
        summary: Summary { chosen_epoch, tune_accuracy, curve },
        parameters,
        running,
    })
}

/// Normalised images `[n, side, side]` and labels of the regions at `places`.
fn assemble(
    regions: &RegionSet,
    places: &[usize],
    symmetries: &[usize],
    [mean, factor]: [f32; 2],
) -> (Vec<f32>, Vec<u8>) {
    let pixels = regions.side * regions.side;
    let mut images = vec![0.0; places.len() * pixels];
    for (&place, image) in places.iter().zip(images.chunks_exact_mut(pixels)) {
        let number = symmetries[place];
        symmetry::normalised(regions.region(place), regions.side, number, mean, factor, image);
    }
    (images, places.iter().map(|&place| regions.labels[place]).collect())
}

/// Mean cross-entropy and accuracy on `tune`.
fn examine(
    recipe: &Recipe,
    normalisation: Normalisation,
    parameters: &[Vec<f32>],
    running: &[Running],
    tune: &RegionSet,
    stopped: &dyn Fn() -> bool,
) -> Result<(f64, f64), NetworkError> {
    let classes = recipe.architecture.classes;
    let parameters: Vec<&[f32]> = parameters.iter().map(Vec::as_slice).collect();
    let factors = normalisation.factors();
    let logits =
        Predictor::new(&recipe.architecture, recipe.kernel, factors, &parameters, running)?
            .rate(tune, false, stopped)?;
    let mut softmax = vec![0.0; classes];
    let losses = logits.chunks_exact(classes).zip(&tune.labels);
    let total: f64 =
        losses.map(|(row, &label)| cross_entropy(row, usize::from(label), &mut softmax)).sum();
    let right =
        decisions(&logits, classes).iter().zip(&tune.labels).filter(|(a, b)| a == b).count();
    Ok((total / tune.len() as f64, right as f64 / tune.len() as f64))
}
