//! Whole trainings: learning, reproducibility, stopping, and networks as bytes.

use crate::image::Domain;
use std::collections::BTreeMap;

use super::{of_candle, stream};
use crate::dataset::RegionSet;
use crate::network::parameters::{NORM_EPSILON, Running};
use crate::network::symmetry;
use crate::network::{
    Architecture, Execution, Kernel, Layer, Network, NetworkError, Operation, Recipe, Schedule,
    Silent, Watch, Width, decisions, train, train_from,
};

const SIDE: usize = 10;
const CLASSES: usize = 3;

/// Noise, with a bright bar across (class 1), a bright spot (class 2), or nothing (class 0).
pub(super) fn regions(count: usize, part: u64) -> RegionSet {
    let mut stream = stream(part);
    let mut set = RegionSet { side: SIDE, ..RegionSet::default() };
    for _ in 0..count {
        let label = stream.below(CLASSES as u64) as u8;
        let (row, column) = (2 + stream.below(6) as usize, 2 + stream.below(6) as usize);
        for y in 0..SIDE {
            for x in 0..SIDE {
                let noise = stream.between(0.0, 60.0);
                let bright = match label {
                    1 => y == row,
                    2 => y.abs_diff(row) <= 1 && x.abs_diff(column) <= 1,
                    _ => false,
                };
                set.values.push(1000 + noise as u16 + if bright { 60 } else { 0 });
            }
        }
        set.labels.push(label);
    }
    set
}

/// Two blocks of 16 and 20 channels, each with a pool, the first with a batch norm if wanted.
pub(super) fn two_blocks(norm: bool) -> Architecture {
    let mut layers = Vec::new();
    let mut last = "input".to_owned();
    let mut add = |name: &str, operation: Operation| {
        layers.push(Layer::new(name, &[&last], operation));
        last = name.to_owned();
    };
    for (number, channels, norm) in [(1, 16, norm), (2, 20, true)] {
        let channels = Width::Number(channels);
        let convolution = Operation::Convolution { channels, size: 3, stride: 1, bias: !norm };
        add(&format!("conv{number}"), convolution);
        if norm {
            add(&format!("norm{number}"), Operation::BatchNorm);
        }
        add(&format!("relu{number}"), Operation::Relu);
        add(&format!("pool{number}"), Operation::MaxPool { size: 2 });
    }
    add("hidden", Operation::Dense { outputs: Width::Number(16) });
    add("hidden_relu", Operation::Relu);
    add("output", Operation::Dense { outputs: Width::CLASSES });
    Architecture { side: SIDE, domain: Domain::Pixels, classes: CLASSES, layers }
}

fn recipe() -> Recipe {
    Recipe { epochs: 4, batch: 32, ..Recipe::of(two_blocks(true)) }
}

/// `train` from seed 1 with the fastest kernel.
fn trained(recipe: &Recipe, training: &RegionSet, tune: &RegionSet) -> Network {
    train(recipe, Execution::default(), 1, 0, training, tune, &mut Silent).unwrap()
}

fn accuracy(network: &Network, set: &RegionSet) -> f64 {
    let logits = network.rate(set, &|| false).unwrap();
    let right = decisions(&logits, CLASSES).iter().zip(&set.labels).filter(|(a, b)| a == b).count();
    right as f64 / set.len() as f64
}

fn bytes(recipe: &Recipe, execution: Execution) -> Vec<u8> {
    let (training, tune) = (regions(150, 1), regions(40, 2));
    let network = train(recipe, execution, 1, 0, &training, &tune, &mut Silent).unwrap();
    network.to_bytes(&BTreeMap::new())
}

/// Logits of one normalised image `[SIDE, SIDE]` in f64 by the definition of every layer, and the
/// kinks that it passes: which ReLU lets through, and which pixel is each maximum.
fn plain_logits(network: &Network, image: &[f64]) -> (Vec<f64>, Vec<u8>) {
    let wide = |number: usize| -> Vec<f64> {
        network.parameters.values[number].iter().map(|&value| f64::from(value)).collect()
    };
    let (mut maps, mut side, mut inputs) = (image.to_vec(), SIDE, 1);
    let mut kinks = Vec::new();
    for (number, channels) in [16, 20].into_iter().enumerate() {
        let (weights, affine) = (wide(2 * number), wide(2 * number + 1));
        let Running { mean, variance } = &network.parameters.running[number];
        let mut activated = vec![0.0; side * side * channels];
        for (pixel, z) in activated.chunks_exact_mut(channels).enumerate() {
            for tap in 0..9 {
                let (row, column) = (pixel / side + tap / 3, pixel % side + tap % 3);
                if row == 0 || column == 0 || row > side || column > side {
                    continue;
                }
                let from = &maps[((row - 1) * side + column - 1) * inputs..][..inputs];
                for (input, value) in from.iter().enumerate() {
                    let weights = &weights[(tap * inputs + input) * channels..][..channels];
                    z.iter_mut().zip(weights).for_each(|(z, weight)| *z += value * weight);
                }
            }
            for (channel, z) in z.iter_mut().enumerate() {
                let deviation = (f64::from(variance[channel]) + NORM_EPSILON).sqrt();
                let normal = (*z - f64::from(mean[channel])) / deviation;
                *z = affine[channel] * normal + affine[channels + channel];
            }
        }
        (maps, inputs) = (Vec::new(), channels);
        let pooled = side / 2;
        for place in 0..pooled * pooled * channels {
            let (pixel, channel) = (place / channels, place % channels);
            let corner = 2 * (pixel / pooled) * side + 2 * (pixel % pooled);
            let window = [corner, corner + 1, corner + side, corner + side + 1]
                .map(|pixel| activated[pixel * channels + channel]);
            let best = (0..4).fold(0, |best, at| if window[at] > window[best] { at } else { best });
            maps.push(window[best].max(0.0));
            kinks.push(if window[best] > 0.0 { best as u8 } else { 4 });
        }
        side = pooled;
    }
    for (number, last) in [(4, false), (6, true)] {
        let (weights, mut next) = (wide(number), wide(number + 1));
        for (value, weights) in maps.iter().zip(weights.chunks_exact(next.len())) {
            next.iter_mut().zip(weights).for_each(|(next, weight)| *next += value * weight);
        }
        if !last {
            kinks.extend(next.iter().map(|&value| u8::from(value > 0.0)));
            next.iter_mut().for_each(|value| *value = value.max(0.0));
        }
        maps = next;
    }
    (maps, kinks)
}

/// Central differences in f64 of a thousandth of a stored value each way. Where a ReLU or a maximum
/// changes between the two, there is no slope to compare with: with a whole stored value each way
/// that is so for nearly every pixel.
#[test]
fn slopes_are_finite_differences_of_the_log_odds() {
    const STEP: f64 = 1e-3;
    /// Of the greatest slope: f32 through two convolutions and two dense layers.
    const TOLERANCE: f64 = 2e-5;
    let recipe = Recipe { symmetric_prediction: true, epochs: 2, ..recipe() };
    let network = trained(&recipe, &regions(200, 1), &regions(40, 2));
    let set = regions(9, 8);
    let [mean, factor] = network.normalisation.factors();
    let turned = |region: usize| -> Vec<Vec<f64>> {
        let turned = (0..symmetry::COUNT).map(|number| {
            let mut image = vec![0.0; SIDE * SIDE];
            symmetry::normalised(set.region(region), SIDE, number, mean, factor, &mut image);
            image.into_iter().map(f64::from).collect()
        });
        turned.collect()
    };
    // Where the pixel of a region lies under each symmetry.
    let places = |pixel: usize| -> Vec<usize> {
        let mut one = vec![0; SIDE * SIDE];
        one[pixel] = 1;
        let place = |number| {
            let mut image = vec![0.0; SIDE * SIDE];
            symmetry::normalised(&one, SIDE, number, 0.0, 1.0, &mut image);
            image.iter().position(|&value| value == 1.0).unwrap()
        };
        (0..symmetry::COUNT).map(place).collect()
    };
    let odds = |images: &[Vec<f64>], label: u8| -> (f64, Vec<u8>) {
        let (mut logits, mut kinks) = (vec![0.0; CLASSES], Vec::new());
        for image in images {
            let (row, passed) = plain_logits(&network, image);
            logits.iter_mut().zip(row).for_each(|(sum, z)| *sum += z / images.len() as f64);
            kinks.extend(passed);
        }
        let truth = usize::from(label);
        let others = logits.iter().enumerate().filter(|(class, _)| *class != truth);
        let sum: f64 = others.map(|(_, &logit)| libm::exp(logit)).sum();
        (logits[truth] - libm::log(sum), kinks)
    };
    let mut exact = Vec::new();
    let mut left_out = 0;
    for (region, &label) in set.labels.iter().enumerate() {
        let images = turned(region);
        for pixel in (0..SIDE * SIDE).step_by(7) {
            let places = places(pixel);
            let [(up, above), (down, below)] = [STEP, -STEP].map(|step| {
                let mut moved = images.clone();
                for (image, &place) in moved.iter_mut().zip(&places) {
                    image[place] += step * f64::from(factor);
                }
                odds(&moved, label)
            });
            if above == below {
                exact.push((region * SIDE * SIDE + pixel, (up - down) / (2.0 * STEP)));
            } else {
                left_out += 1;
            }
        }
    }
    assert!(9 * left_out < exact.len(), "kinks at {left_out}, none at {}", exact.len());
    let kernels = Kernel::available().into_iter().filter(|kernel| kernel.is_fused());
    for kernel in kernels {
        let network = Network { kernel, ..network.clone() };
        let slopes = network.slopes(&set, &|| false).unwrap();
        let scale = slopes.iter().map(|slope| f64::from(slope.abs())).fold(0.0, f64::max);
        assert!(scale > 0.0);
        for &(place, exact) in &exact {
            let error = (f64::from(slopes[place]) - exact).abs() / scale;
            assert!(error < TOLERANCE, "{kernel} [{place}]: {} for {exact}", slopes[place]);
        }
    }
    let alien = RegionSet { labels: vec![9; 9], ..set };
    assert!(matches!(network.slopes(&alien, &|| false), Err(NetworkError::Label { label: 9, .. })));
}

#[test]
fn learns_what_can_be_learnt() {
    let recipe = Recipe { epochs: 6, ..recipe() };
    let (training, tune, test) = (regions(1200, 3), regions(200, 4), regions(400, 5));
    let network = trained(&recipe, &training, &tune);
    let found = accuracy(&network, &test);
    assert!(found > 0.95, "{found} {:?}", network.summary());
    assert_eq!(network.summary().curve.len(), 6);
    let summary = network.summary();
    let best = summary.curve.iter().min_by(|a, b| a.tune_loss.total_cmp(&b.tune_loss)).unwrap();
    assert_eq!(summary.curve[summary.chosen_epoch - 1], *best);
    assert_eq!(summary.tune_accuracy, best.tune_accuracy);

    // A warm start keeps what was learnt.
    let from = |start: &Network, recipe: &Recipe| {
        let more = regions(64, 6);
        let execution = Execution::default();
        train_from(start, recipe, execution, 2, 0, &more, &tune, &mut Silent).unwrap()
    };
    let again = Recipe { epochs: 1, peak_learning_rate: 1e-4, ..recipe.clone() };
    let warm = from(&network, &again);
    assert!(accuracy(&warm, &test) > 0.93);
    assert_eq!(warm.normalisation(), network.normalisation());

    // Averaging over symmetries rates the turned region alike.
    let symmetric = Recipe { symmetric_prediction: true, ..again };
    let warm = from(&network, &symmetric);
    let mut turned = test.clone();
    for (turned, region) in
        turned.values.chunks_exact_mut(SIDE * SIDE).zip(test.values.chunks_exact(SIDE * SIDE))
    {
        for (place, value) in turned.iter_mut().enumerate() {
            *value = region[place % SIDE * SIDE + (SIDE - 1 - place / SIDE)];
        }
    }
    let [a, b] = [&test, &turned].map(|set| warm.rate(set, &|| false).unwrap());
    // The same eight numbers in another order.
    assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-4));
}

#[test]
fn shuffled_labels_teach_nothing() {
    let (mut training, tune, test) = (regions(600, 7), regions(100, 8), regions(900, 9));
    stream(10).shuffle(&mut training.labels);
    let network = trained(&recipe(), &training, &tune);
    let found = accuracy(&network, &test);
    // Three standard errors of a share of 1/3 among 900.
    assert!(found < 1.0 / 3.0 + 3.0 * (2.0 / 9.0 / 900.0_f64).sqrt(), "{found}");
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let recipe = recipe();
    let execution = Execution::default();
    let one = bytes(&recipe, execution);
    assert!(one == bytes(&recipe, execution), "from run to run");
    assert!(one == bytes(&recipe, Execution { threads: 2, ..execution }), "two threads");
    let set = regions(40, 2);
    let other = train(&recipe, execution, 1, 1, &regions(150, 1), &set, &mut Silent).unwrap();
    assert!(one != other.to_bytes(&BTreeMap::new()), "another replicate");
}

/// Keeps each epoch, is stopped at the batch after one, and goes on from what it was given.
struct Interrupted {
    kept: Option<Vec<u8>>,
    /// Epochs of this call, and after how many it is stopped.
    epochs: usize,
    last: usize,
    /// Epochs kept by all calls.
    keeps: usize,
}

impl Watch for Interrupted {
    fn stopped(&self) -> bool {
        self.epochs >= self.last
    }

    fn epoch(&mut self, _: usize, _: usize, _: f64, _: f64) {
        self.epochs += 1;
    }

    fn kept(&mut self) -> Option<Vec<u8>> {
        self.kept.take()
    }

    fn keep(&mut self, snapshot: &dyn Fn() -> Vec<u8>) {
        self.kept = Some(snapshot());
        self.keeps += 1;
    }
}

#[test]
fn a_training_that_was_stopped_goes_on_to_the_same_bytes() {
    let mut architecture = two_blocks(true);
    let place = architecture.layers.len() - 1;
    let drop = Operation::Dropout { share: 0.25 };
    architecture.layers.insert(place, Layer::new("dropout", &["hidden_relu"], drop));
    architecture.layers[place + 1].inputs = vec!["dropout".to_owned()];
    let recipe = Recipe { epochs: 5, architecture, symmetric_training: true, ..recipe() };
    let (training, tune) = (regions(150, 1), regions(40, 2));
    for kernel in Kernel::available().into_iter().filter(|kernel| kernel.is_fused()) {
        let execution = Execution::single(kernel);
        let whole = bytes(&recipe, execution);
        let mut watch = Interrupted { kept: None, epochs: 0, last: 0, keeps: 0 };
        // Stopped before the first epoch, and after each; told what is not of this training too.
        for last in 0..recipe.epochs {
            (watch.epochs, watch.last) = (0, last);
            if last == 1 {
                watch.kept = Some(vec![1; 64]);
            }
            let result = train(&recipe, execution, 1, 0, &training, &tune, &mut watch);
            assert!(matches!(result, Err(NetworkError::Stopped)), "{kernel} {last}");
            assert_eq!((watch.epochs, watch.kept.is_some()), (last, last > 0), "{kernel}");
        }
        (watch.epochs, watch.last) = (0, usize::MAX);
        let network = train(&recipe, execution, 1, 0, &training, &tune, &mut watch).unwrap();
        assert!(network.to_bytes(&BTreeMap::new()) == whole, "{kernel}");
        // None was trained twice.
        assert_eq!((watch.epochs, watch.keeps), (recipe.epochs, recipe.epochs - 1));
    }
}

#[test]
fn avx512_and_avx2_train_the_same_network() {
    if !Kernel::Avx512.is_available() {
        return;
    }
    let recipe = Recipe { epochs: 2, ..recipe() };
    let (training, tune) = (regions(100, 1), regions(40, 2));
    let [one, other] = [Kernel::Avx512, Kernel::Avx2].map(|kernel| {
        let execution = Execution::single(kernel);
        train(&recipe, execution, 1, 0, &training, &tune, &mut Silent).unwrap()
    });
    assert_eq!(one.parameters, other.parameters);
    assert_eq!(one.summary, other.summary);
    let [a, b] =
        [Kernel::Avx512, Kernel::Avx2].map(|k| one.rate_with(k, &tune, &|| false).unwrap());
    assert_eq!(a, b);
    let portable = one.rate_with(Kernel::Portable, &tune, &|| false).unwrap();
    assert!(a.iter().zip(&portable).all(|(a, b)| (a - b).abs() < 1e-4));
}

/// Candle's ops, on a GPU too where there is one, learn what the fused layers learn.
#[test]
fn candles_ops_train_alike() {
    let fused = Recipe { epochs: 2, ..recipe() };
    let (training, tune) = (regions(100, 1), regions(40, 2));
    let a = trained(&fused, &training, &tune);
    let ours = a.rate_with(Kernel::detect(), &tune, &|| false).unwrap();
    for kernel in of_candle() {
        let execution = Execution::single(kernel);
        let b = train(&fused, execution, 1, 0, &training, &tune, &mut Silent).unwrap();
        for (a, b) in a.summary.curve.iter().zip(&b.summary.curve) {
            // Roundings grow over eight steps of an optimiser that divides by small moments.
            assert!((a.train_loss - b.train_loss).abs() < 1e-3, "{kernel} {a:?} {b:?}");
            assert!((a.tune_loss - b.tune_loss).abs() < 1e-2, "{kernel} {a:?} {b:?}");
        }
        // The same network, rated both ways.
        let theirs = a.rate_with(kernel, &tune, &|| false).unwrap();
        assert!(ours.iter().zip(&theirs).all(|(a, b)| (a - b).abs() < 1e-4), "{kernel}");
    }
}

#[test]
fn a_kernel_that_is_not_here_says_so() {
    if Kernel::Cuda.is_available() {
        return;
    }
    let execution = Execution::single(Kernel::Cuda);
    let (training, tune) = (regions(10, 1), regions(10, 2));
    let error = train(&recipe(), execution, 1, 0, &training, &tune, &mut Silent).unwrap_err();
    assert_eq!(error.to_string(), "there is no cuda kernel here");
    assert_eq!("cuda".parse(), Ok(Kernel::Cuda));
    assert!("gpu".parse::<Kernel>().is_err());
}

#[test]
fn blocks_without_batch_norm_learn_and_are_kept() {
    let recipe = Recipe { epochs: 6, architecture: two_blocks(false), ..recipe() };
    let (training, tune, test) = (regions(1200, 3), regions(200, 4), regions(400, 5));
    let network = trained(&recipe, &training, &tune);
    let found = accuracy(&network, &test);
    assert!(found > 0.95, "{found} {:?}", network.summary());
    let (loaded, _) = Network::from_bytes(&network.to_bytes(&BTreeMap::new())).unwrap();
    assert_eq!(loaded, network);
    let [a, b] = [&network, &loaded].map(|n| n.rate(&test, &|| false).unwrap());
    assert_eq!(a, b);
}

#[test]
fn saved_and_loaded_networks_rate_alike() {
    let tune = regions(40, 2);
    let network = trained(&recipe(), &regions(150, 1), &tune);
    let provenance = BTreeMap::from(
        [("phantom", "ct-head"), ("hash", "00ff"), ("a", "1")]
            .map(|(key, value)| (key.to_owned(), value.to_owned())),
    );
    let bytes = network.to_bytes(&provenance);
    let (loaded, found) = Network::from_bytes(&bytes).unwrap();
    assert_eq!(found, provenance);
    assert_eq!(loaded, network);
    assert!(loaded.to_bytes(&provenance) == bytes);
    let [a, b] = [&network, &loaded].map(|n| n.rate(&tune, &|| false).unwrap());
    assert_eq!(a, b);

    // Damage gives an error, never a panic.
    for length in (0..bytes.len()).step_by(bytes.len() / 60) {
        assert!(Network::from_bytes(&bytes[..length]).is_err());
    }
    let mut stream = stream(11);
    for _ in 0..300 {
        let mut broken = bytes.clone();
        let place = stream.below(2000) as usize;
        broken[place] ^= 1 << stream.below(8);
        let _ = Network::from_bytes(&broken);
    }
}

#[test]
fn stops_when_asked() {
    struct After(std::cell::Cell<usize>);
    impl Watch for After {
        fn stopped(&self) -> bool {
            self.0.set(self.0.get().saturating_sub(1));
            self.0.get() == 0
        }

        fn epoch(&mut self, _: usize, _: usize, _: f64, _: f64) {}
    }
    let (training, tune) = (regions(100, 1), regions(40, 2));
    for after in [1, 3, 7] {
        let mut watch = After(std::cell::Cell::new(after));
        let execution = Execution::default();
        let result = train(&recipe(), execution, 1, 0, &training, &tune, &mut watch);
        assert!(matches!(result, Err(NetworkError::Stopped)));
    }
    let network = trained(&Recipe { epochs: 1, ..recipe() }, &training, &tune);
    assert!(matches!(network.rate(&tune, &|| true), Err(NetworkError::Stopped)));
}

#[test]
fn says_what_does_not_fit() {
    let (training, tune) = (regions(40, 1), regions(10, 2));
    let empty = RegionSet { side: SIDE, ..RegionSet::default() };
    let run = |recipe: &Recipe, training: &RegionSet, tune: &RegionSet| {
        let execution = Execution::default();
        train(recipe, execution, 1, 0, training, tune, &mut Silent).unwrap_err().to_string()
    };
    assert_eq!(run(&recipe(), &empty, &tune), "the training set has no region");
    assert_eq!(run(&recipe(), &training, &empty), "the tune set has no region");
    let mut odd = training.clone();
    odd.labels[4] = 9;
    assert_eq!(run(&recipe(), &odd, &tune), "label 9 of region 4, the network has 3 classes");
    let mut wide = recipe();
    wide.architecture.side = 12;
    assert_eq!(run(&wide, &training, &tune), "regions of side 10, the network takes 12");
    wide.architecture.side = 3;
    assert_eq!(
        run(&wide, &training, &tune),
        "architecture: layer \"pool2\": a window of 2×2 does not fit a map of 1×1 with 20 channels: \
         leave pools out, or take larger regions"
    );
    let greedy = Recipe { peak_learning_rate: f64::NAN, ..recipe() };
    assert!(run(&greedy, &training, &tune).starts_with("recipe: peak_learning_rate"));
    let cosine = Recipe { schedule: Schedule::Cosine { warmup: 0.1 }, epochs: 1, ..recipe() };
    trained(&cosine, &training, &tune);
}
