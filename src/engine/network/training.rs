//! Trains one network: batches, schedule, choice of the epoch; knows no file, clock or study.

use super::architecture::Architecture;
use super::backend::{kernel_for, learner, rater};
use super::error::NetworkError;
use super::execution::Execution;
use super::input::{Normalisation, check_labels, check_output, check_size};
use super::loss::cross_entropy;
use super::model::Network;
use super::parameters::Parameters;
use super::prediction::{decisions, rate_all};
use super::recipe::Recipe;
use super::summary::{Epoch, Summary};
use super::symmetry;
use crate::dataset::RegionSet;
use crate::rng::{Purpose, StreamKey};

/// Follows a training.
pub trait Watch {
    /// Whether to stop; asked at every batch.
    fn stopped(&self) -> bool;

    /// An epoch is done, counted from 1.
    fn epoch(&mut self, done: usize, of: usize, train_loss: f64, tune_accuracy: f64);
}

/// Follows nothing and never stops.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Watch for Silent {
    fn stopped(&self) -> bool {
        false
    }

    fn epoch(&mut self, _: usize, _: usize, _: f64, _: f64) {}
}

/// Trains a network from random weights (He et al. 2015), one stream of (`seed`, Weights,
/// `replicate`) for each. Batches and symmetries come from the streams Shuffle and Augmentation,
/// one part per epoch. The epoch with the lowest loss on `tune` is kept, which varies less from
/// one set of regions to the next than accuracy does.
///
/// A graph that the fused layers cannot run ([`super::runs_fused`]) is computed with candle's ops
/// on the processor where an instruction set is asked for, and recorded with kernel `candle`.
///
/// # Errors
/// Sets or a recipe that do not fit, a kernel that is not here, a loss that is not a number, or the
/// watch said stop.
pub fn train(
    recipe: &Recipe,
    execution: Execution,
    seed: u64,
    replicate: u64,
    train: &RegionSet,
    tune: &RegionSet,
    watch: &mut dyn Watch,
) -> Result<Network, NetworkError> {
    check(recipe, train, tune)?;
    let start = Start {
        normalisation: Normalisation::of(train),
        parameters: Parameters::random(&recipe.architecture, seed, replicate)?,
    };
    run(start, recipe, execution, [seed, replicate], [train, tune], watch)
}

/// As `train`, from the weights, running statistics and normalisation of `start`.
///
/// # Errors
/// As `train`, and a start with another architecture than the recipe's.
#[expect(clippy::too_many_arguments, reason = "those of `train`, and the start")]
pub fn train_from(
    start: &Network,
    recipe: &Recipe,
    execution: Execution,
    seed: u64,
    replicate: u64,
    train: &RegionSet,
    tune: &RegionSet,
    watch: &mut dyn Watch,
) -> Result<Network, NetworkError> {
    if start.architecture != recipe.architecture {
        return Err(NetworkError::Start);
    }
    check(recipe, train, tune)?;
    let (normalisation, parameters) = (start.normalisation, start.parameters.clone());
    let start = Start { normalisation, parameters };
    run(start, recipe, execution, [seed, replicate], [train, tune], watch)
}

fn check(recipe: &Recipe, train: &RegionSet, tune: &RegionSet) -> Result<(), NetworkError> {
    recipe.check()?;
    let architecture = &recipe.architecture;
    check_output(architecture)?;
    for (name, regions) in [("training", train), ("tune", tune)] {
        if regions.is_empty() {
            return Err(NetworkError::Empty(name));
        }
        check_size(architecture, regions)?;
        check_labels(architecture, regions)?;
    }
    Ok(())
}

/// What a training starts from.
struct Start {
    normalisation: Normalisation,
    parameters: Parameters,
}

fn run(
    start: Start,
    recipe: &Recipe,
    execution: Execution,
    [seed, replicate]: [u64; 2],
    [train, tune]: [&RegionSet; 2],
    watch: &mut dyn Watch,
) -> Result<Network, NetworkError> {
    let Start { normalisation, parameters } = start;
    let architecture = &recipe.architecture;
    let kernel = kernel_for(architecture, execution.kernel);
    let execution = Execution { kernel, ..execution };
    let mut learner = learner(recipe, execution, parameters, [seed, replicate])?;

    let steps_per_epoch = train.len().div_ceil(recipe.batch);
    let steps = recipe.epochs * steps_per_epoch;
    let mut curve: Vec<Epoch> = Vec::with_capacity(recipe.epochs);
    let mut best: Option<(usize, Parameters)> = None;
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
            let (images, labels) = assemble(train, places, &symmetries, normalisation);
            let step = epoch * steps_per_epoch + batch;
            let rate = recipe.peak_learning_rate * recipe.schedule.share(step, steps);
            let loss = learner.step(images, labels, rate)?;
            if !loss.is_finite() {
                return Err(NetworkError::Diverged { epoch: epoch + 1 });
            }
            train_loss += loss * places.len() as f64 / train.len() as f64;
        }

        let parameters = learner.parameters()?;
        let (tune_loss, tune_accuracy) =
            examine(architecture, execution, normalisation, &parameters, tune, &|| {
                watch.stopped()
            })?;
        if !tune_loss.is_finite() {
            return Err(NetworkError::Diverged { epoch: epoch + 1 });
        }
        let better =
            best.as_ref().is_none_or(|(chosen, _)| tune_loss < curve[chosen - 1].tune_loss);
        curve.push(Epoch { train_loss, tune_loss, tune_accuracy });
        if better {
            best = Some((epoch + 1, parameters));
        }
        watch.epoch(epoch + 1, recipe.epochs, train_loss, tune_accuracy);
    }
    let Some((chosen_epoch, parameters)) = best else {
        return Err(NetworkError::Diverged { epoch: recipe.epochs });
    };
    let tune_accuracy = curve[chosen_epoch - 1].tune_accuracy;
    Ok(Network {
        architecture: architecture.clone(),
        normalisation,
        kernel,
        symmetric_prediction: recipe.symmetric_prediction,
        summary: Summary { chosen_epoch, tune_accuracy, curve },
        parameters,
    })
}

/// Images `[n, side, side]` and labels of the regions at `places`, each under its symmetry.
fn assemble(
    regions: &RegionSet,
    places: &[usize],
    symmetries: &[usize],
    normalisation: Normalisation,
) -> (Vec<f32>, Vec<u8>) {
    let items: Vec<(usize, usize)> =
        places.iter().map(|&place| (place, symmetries[place])).collect();
    let mut images = vec![0.0; places.len() * regions.side * regions.side];
    normalisation.images(regions, &items, &mut images);
    (images, places.iter().map(|&place| regions.labels[place]).collect())
}

/// Mean cross-entropy and accuracy on `tune`.
fn examine(
    architecture: &Architecture,
    execution: Execution,
    normalisation: Normalisation,
    parameters: &Parameters,
    tune: &RegionSet,
    stopped: &dyn Fn() -> bool,
) -> Result<(f64, f64), NetworkError> {
    let classes = architecture.classes;
    let rater = rater(architecture, execution.kernel, parameters)?;
    let logits = rate_all(&*rater, classes, normalisation, tune, false, stopped)?;
    let mut softmax = vec![0.0; classes];
    let losses = logits.chunks_exact(classes).zip(&tune.labels);
    let total: f64 =
        losses.map(|(row, &label)| cross_entropy(row, usize::from(label), &mut softmax)).sum();
    let right =
        decisions(&logits, classes).iter().zip(&tune.labels).filter(|(a, b)| a == b).count();
    Ok((total / tune.len() as f64, right as f64 / tune.len() as f64))
}
