//! Trains one network: batches, schedule, choice of the epoch; knows no file, clock or study.

use super::architecture::{Architecture, Layer, Operation};
use super::backend::{learner, rater};
use super::error::NetworkError;
use super::execution::Execution;
use super::input::{Examples, Normalisation};
use super::learner::Learner;
use super::loss::{Dice, cross_entropy};
use super::model::Network;
use super::parameters::Parameters;
use super::prediction::{decisions, rate_all};
use super::recipe::Recipe;
use super::snapshot::Snapshot;
use super::summary::{Epoch, Summary};
use super::symmetry;
use crate::dataset::{IGNORED, RegionSet};
use crate::rng::{Purpose, StreamKey};

/// Follows a training.
pub trait Watch {
    /// Whether to stop; asked at every batch.
    fn stopped(&self) -> bool;

    /// An epoch is done, counted from 1.
    fn epoch(&mut self, done: usize, of: usize, train_loss: f64, tune_accuracy: f64);

    /// What [`Watch::keep`] was last given by a training of the same sets, recipe, seed, replicate
    /// and start that did not end: the training goes on there, to the same network. What does not
    /// fit is as nothing.
    fn kept(&mut self) -> Option<Vec<u8>> {
        None
    }

    /// After each epoch but the last: what a training must be given to go on. Kernels of candle
    /// keep nothing.
    fn keep(&mut self, _snapshot: &dyn Fn() -> Vec<u8>) {}
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
/// Where the sets have a label for each pixel, the loss is mean cross-entropy plus 1 less the soft
/// Dice over all pixels of a batch, mean over all classes but 0 and smoothed by 1e-5 (nnU-Net's,
/// Isensee et al. 2021); the accuracy is the share of pixels. A symmetry turns labels with their
/// region. Nothing is asked about pixels labelled [`IGNORED`].
///
/// # Errors
/// Sets, an architecture or a recipe that do not fit, a kernel that is not here, a loss that is not a number, or the
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
    let sets = [train.into(), tune.into()];
    run(None, recipe, execution, [seed, replicate], sets, watch)
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
    let sets = [train.into(), tune.into()];
    run(Some(start), recipe, execution, [seed, replicate], sets, watch)
}

/// As `train`, from what of `start` has the name and shape of a parameter of the recipe's
/// architecture, and random weights for the rest; the normalisation is that of `train`. The recipe's
/// frozen layers keep what they start with.
///
/// # Errors
/// As `train`, and [`NetworkError::Transfer`] where `start` has none of the weights, or lacks a
/// parameter of a frozen layer.
#[expect(clippy::too_many_arguments, reason = "those of `train`, and the start")]
pub fn train_transferred(
    start: &Network,
    recipe: &Recipe,
    execution: Execution,
    seed: u64,
    replicate: u64,
    train: &RegionSet,
    tune: &RegionSet,
    watch: &mut dyn Watch,
) -> Result<Network, NetworkError> {
    let sets: [Examples<'_>; 2] = [train.into(), tune.into()];
    check(None, recipe, sets)?;
    let architecture = &recipe.architecture;
    let mut parameters = Parameters::transferred(start, recipe, seed, replicate)?;
    let normalisation = Normalisation::of(sets[0], architecture.domain);
    // Its own inverse transform, where the start had none.
    let inverts = |layer: &Layer| layer.operation == Operation::InverseDct;
    if !start.architecture.layers.iter().any(inverts) {
        parameters = parameters.scaled_to(architecture, &normalisation)?;
    }
    run_from((normalisation, parameters), recipe, execution, [seed, replicate], sets, watch)
}

fn check(
    start: Option<&Network>,
    recipe: &Recipe,
    [train, tune]: [Examples<'_>; 2],
) -> Result<(), NetworkError> {
    recipe.check()?;
    if start.is_some_and(|start| start.architecture != recipe.architecture) {
        return Err(NetworkError::Start);
    }
    for (name, regions) in [("training", train), ("tune", tune)] {
        if regions.len() == 0 {
            return Err(NetworkError::Empty(name));
        }
        regions.check(&recipe.architecture)?;
    }
    Ok(())
}

fn run(
    start: Option<&Network>,
    recipe: &Recipe,
    execution: Execution,
    [seed, replicate]: [u64; 2],
    [train, tune]: [Examples<'_>; 2],
    watch: &mut dyn Watch,
) -> Result<Network, NetworkError> {
    check(start, recipe, [train, tune])?;
    let begun = match start {
        Some(start) => (start.normalisation.clone(), start.parameters.clone()),
        None => {
            let architecture = &recipe.architecture;
            let normalisation = Normalisation::of(train, architecture.domain);
            let parameters = Parameters::random(architecture, seed, replicate)?;
            let parameters = parameters.scaled_to(architecture, &normalisation)?;
            (normalisation, parameters)
        }
    };
    run_from(begun, recipe, execution, [seed, replicate], [train, tune], watch)
}

/// Trains what was checked from a normalisation and parameters.
fn run_from(
    (normalisation, parameters): (Normalisation, Parameters),
    recipe: &Recipe,
    execution: Execution,
    [seed, replicate]: [u64; 2],
    [train, tune]: [Examples<'_>; 2],
    watch: &mut dyn Watch,
) -> Result<Network, NetworkError> {
    let architecture = &recipe.architecture;
    let mut learner = learner(recipe, execution, parameters, [seed, replicate])?;

    let steps_per_epoch = train.len().div_ceil(recipe.batch);
    let steps = recipe.epochs * steps_per_epoch;
    let mut curve: Vec<Epoch> = Vec::with_capacity(recipe.epochs);
    let mut best: Option<(usize, Parameters)> = None;
    if let Some(kept) = earlier(learner.as_ref(), recipe, watch)? {
        learner.go_on(kept.parameters, kept.momenta);
        (curve, best) = (kept.curve, Some(kept.best));
        for (done, epoch) in curve.iter().enumerate() {
            watch.epoch(done + 1, recipe.epochs, epoch.train_loss, epoch.tune_accuracy);
        }
    }
    for epoch in curve.len()..recipe.epochs {
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
            let (images, labels) = assemble(train, places, &symmetries, &normalisation);
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
            examine(architecture, execution, &normalisation, &parameters, tune, &|| {
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
        if epoch + 1 < recipe.epochs
            && let Some((best, momenta)) = best.as_ref().zip(learner.momenta())
        {
            let (curve, best, parameters) = (curve.clone(), best.clone(), learner.parameters()?);
            let snapshot = Snapshot { curve, best, parameters, momenta };
            watch.keep(&|| snapshot.to_bytes());
        }
    }
    let Some((chosen_epoch, parameters)) = best else {
        return Err(NetworkError::Diverged { epoch: recipe.epochs });
    };
    let tune_accuracy = curve[chosen_epoch - 1].tune_accuracy;
    Ok(Network {
        architecture: architecture.clone(),
        normalisation,
        kernel: execution.kernel,
        symmetric_prediction: recipe.symmetric_prediction,
        summary: Summary { chosen_epoch, tune_accuracy, curve },
        parameters,
    })
}

/// Where an earlier training of the same stood that did not end, if it was kept.
fn earlier(
    learner: &dyn Learner,
    recipe: &Recipe,
    watch: &mut dyn Watch,
) -> Result<Option<Snapshot>, NetworkError> {
    let Some((begun, kept)) = learner.momenta().zip(watch.kept()) else { return Ok(None) };
    let snapshot = Snapshot::from_bytes(&kept, &learner.parameters()?, &begun);
    Ok(snapshot.filter(|snapshot| snapshot.curve.len() < recipe.epochs))
}

/// What a network is given of the regions at `places`, and their labels, each under its symmetry.
fn assemble(
    regions: Examples<'_>,
    places: &[usize],
    symmetries: &[usize],
    normalisation: &Normalisation,
) -> (Vec<f32>, Vec<u8>) {
    let items: Vec<(usize, usize)> =
        places.iter().map(|&place| (place, symmetries[place])).collect();
    (normalisation.batch(regions, &items), regions.labels(&items))
}

/// Loss, of plain labels, and accuracy on `tune`.
fn examine(
    architecture: &Architecture,
    execution: Execution,
    normalisation: &Normalisation,
    parameters: &Parameters,
    tune: Examples<'_>,
    stopped: &dyn Fn() -> bool,
) -> Result<(f64, f64), NetworkError> {
    let classes = architecture.classes;
    let rater = rater(architecture, execution.kernel, parameters)?;
    let logits = rate_all(&*rater, normalisation, tune, false, stopped)?;
    let mut softmax = vec![0.0; classes];
    let mut dice = Dice::new(classes);
    let (mut total, mut count) = (0.0, 0_usize);
    for (row, &label) in logits.chunks_exact(classes).zip(tune.labels) {
        if tune.of_pixels && label == IGNORED {
            continue;
        }
        count += 1;
        total += cross_entropy(row, usize::from(label), &mut softmax);
        if tune.of_pixels {
            dice.add(&softmax, usize::from(label));
        }
    }
    let count = count.max(1) as f64;
    let loss = total / count + if tune.of_pixels { 1.0 - dice.mean() } else { 0.0 };
    let right = decisions(&logits, classes).iter().zip(tune.labels).filter(|(a, b)| a == b).count();
    Ok((loss, right as f64 / count))
}
