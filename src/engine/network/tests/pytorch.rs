//! Training passes of small networks, and pooling and upsampling, against PyTorch
//! (`scripts/network_reference.py` made the numbers, in f64).

use std::collections::BTreeMap;

use candle_core::{Device, Tensor, Var};
use serde::Deserialize;

use super::{assert_close, of_candle};
use crate::network::architecture::{Architecture, Block};
use crate::network::kernel::Kernel;
use crate::network::loss::CrossEntropy;
use crate::network::plain::PlainLearner;
use crate::network::prediction::Predictor;
use crate::network::resampling::Resampling;
use crate::network::stack::Running;
use crate::network::training::{Learner, Recipe, Trainee};
use crate::network::workspace::lock;
use crate::network::{average_pool, max_pool, upsample_bilinear, upsample_nearest};

#[derive(Deserialize)]
struct Expected {
    networks: Vec<ExpectedNetwork>,
    pieces: Vec<ExpectedPiece>,
}

#[derive(Deserialize)]
struct ExpectedNetwork {
    images: usize,
    side: usize,
    blocks: Vec<Block>,
    logits: Vec<f64>,
    loss: f64,
    /// Every 29th value.
    gradients: BTreeMap<String, Vec<f64>>,
    /// Running mean and variance of each block, empty without a batch norm.
    statistics: Vec<Vec<Vec<f64>>>,
    evaluated: Vec<f64>,
}

#[derive(Deserialize)]
struct ExpectedPiece {
    piece: String,
    factor: usize,
    shape: [usize; 4],
    y: Vec<f64>,
    gradient: Vec<f64>,
}

const CLASSES: usize = 4;
const STEP: usize = 29;

fn expected() -> Expected {
    serde_json::from_str(include_str!("pytorch.json")).unwrap()
}

/// As in the program.
fn values(count: usize, seed: usize, scale: f32) -> Vec<f32> {
    let value = |index| ((index * 7919 + seed * 104_729) % 2048) as f32 / 1024.0 - 1.0;
    (0..count).map(|index| value(index) * scale).collect()
}

impl ExpectedNetwork {
    fn recipe(&self, kernel: Kernel) -> Recipe {
        let architecture = Architecture {
            side: self.side,
            classes: CLASSES,
            blocks: self.blocks.clone(),
            hidden: 9,
        };
        // The numbers are of plain cross-entropy.
        let reference = Recipe::reference(self.side, CLASSES);
        Recipe { architecture, kernel, label_smoothing: 0.0, ..reference }
    }

    fn parameters(&self) -> Vec<Vec<f32>> {
        let architecture = self.recipe(Kernel::Portable).architecture;
        (architecture.parameters().iter().enumerate())
            .map(|(number, (name, shape))| {
                let scale = match (name.ends_with("weight"), shape.len()) {
                    (true, 4) => 0.5,
                    (true, _) => 0.3,
                    (false, _) => 1.0,
                };
                values(shape.iter().product(), number + 1, scale)
            })
            .collect()
    }

    fn running(&self) -> Vec<Running> {
        self.blocks.iter().map(|block| Running::new(block.channels)).collect()
    }

    fn images(&self) -> Vec<f32> {
        values(self.images * self.side * self.side, 100, 1.0)
    }

    fn labels(&self) -> Vec<u8> {
        (0..self.images).map(|image| (image % CLASSES) as u8).collect()
    }

    fn check_running(&self, running: &[Running], what: &str) {
        for (found, expected) in running.iter().zip(&self.statistics) {
            if let [mean, variance] = &expected[..] {
                assert_close(&found.mean, mean, 1e-5, &format!("{what}, running mean"));
                assert_close(&found.variance, variance, 1e-5, &format!("{what}, running variance"));
            }
        }
    }

    fn check_evaluation(&self, kernel: Kernel, running: &[Running], what: &str) {
        let architecture = self.recipe(kernel).architecture;
        let parameters = self.parameters();
        let parameters: Vec<&[f32]> = parameters.iter().map(Vec::as_slice).collect();
        let predictor =
            Predictor::new(&architecture, kernel, [0.0, 1.0], &parameters, running).unwrap();
        let logits = predictor.logits(&self.images()).unwrap();
        assert_close(&logits, &self.evaluated, 1e-4, &format!("{what}, evaluated logits"));
    }
}

#[test]
fn training_passes_are_pytorchs() {
    let networks = expected().networks;
    for (kernel, expected) in
        Kernel::available().into_iter().flat_map(|k| networks.iter().map(move |n| (k, n)))
    {
        let what = format!("{kernel}, side {}", expected.side);
        let recipe = expected.recipe(kernel);
        let trainee = Trainee::new(&recipe, expected.parameters(), expected.running()).unwrap();
        let shape = (expected.images, expected.side, expected.side, 1);
        let x = Tensor::from_vec(expected.images(), shape, &Device::Cpu).unwrap();
        let [weights, factors] = &trainee.variables;
        let logits = trainee.layers.apply(&x, weights, factors, Some(&trainee.sink)).unwrap();
        let loss = CrossEntropy::new(expected.labels(), 0.0).apply(&logits).unwrap();
        loss.backward().unwrap();

        // Three batch norms over as few as 4 pixels amplify the roundings of f32.
        let logits = logits.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_close(&logits, &expected.logits, 1e-4, &format!("{what}, logits"));
        assert_close(&[loss.to_scalar().unwrap()], &[expected.loss], 1e-4, &what);
        let [weights, factors] = lock(&trainee.sink).take().unwrap();
        let (mut weights, mut factors) = (&weights[..], &factors[..]);
        for (name, shape) in recipe.architecture.parameters() {
            let from = if name.ends_with("weight") { &mut weights } else { &mut factors };
            let (mine, rest) = from.split_at(shape.iter().product());
            *from = rest;
            let some: Vec<f32> = mine.iter().copied().step_by(STEP).collect();
            let what = format!("{what}, gradient of {name}");
            assert_close(&some, &expected.gradients[&name], 1e-3, &what);
        }
        let (_, running) = trainee.state().unwrap();
        expected.check_running(&running, &what);
        expected.check_evaluation(kernel, &running, &what);
    }
}

/// The path that a GPU takes: nothing but the device differs.
#[test]
fn passes_of_candles_ops_are_pytorchs() {
    let networks = expected().networks;
    for (kernel, expected) in of_candle().flat_map(|k| networks.iter().map(move |n| (k, n))) {
        let what = format!("{kernel}, side {}", expected.side);
        let recipe = expected.recipe(kernel);
        let mut learner =
            PlainLearner::new(&recipe, &expected.parameters(), &expected.running()).unwrap();
        let (loss, gradients) = learner.pass(&expected.images(), &expected.labels()).unwrap();
        assert_close(&[loss as f32], &[expected.loss], 1e-4, &what);
        let names = recipe.architecture.parameters();
        for (variable, (name, _)) in learner.network.parameters.iter().zip(names) {
            let found = gradients.get(variable).unwrap().flatten_all().unwrap();
            let found: Vec<f32> = found.to_vec1().unwrap();
            let some: Vec<f32> = found.into_iter().step_by(STEP).collect();
            let what = format!("{what}, gradient of {name}");
            assert_close(&some, &expected.gradients[&name], 1e-3, &what);
        }
        let (_, running) = learner.state().unwrap();
        expected.check_running(&running, &what);
        expected.check_evaluation(kernel, &running, &what);
    }
}

#[test]
fn pools_and_upsampling_are_pytorchs() {
    for ExpectedPiece { piece, factor, shape, y, gradient } in expected().pieces {
        let x = values(shape.iter().product(), 1, 1.0);
        let x = Var::from_vec(x, &shape, &Device::Cpu).unwrap();
        let (ours, kind) = match piece.as_str() {
            "max_pool" => (max_pool(&x, factor), Resampling::MaxPool(factor)),
            "average_pool" => (average_pool(&x, factor), Resampling::AveragePool(factor)),
            "upsample_nearest" => (upsample_nearest(&x, factor), Resampling::Nearest(factor)),
            "upsample_bilinear" => (upsample_bilinear(&x, factor), Resampling::Bilinear(factor)),
            other => panic!("unknown piece {other}"),
        };
        for (way, ours) in [("op", ours.unwrap()), ("composed", kind.composed(&x).unwrap())] {
            let what = format!("{piece} {factor} as {way}");
            let flat = |tensor: &Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            // A few roundings of values below 1, and sums of at most nine of them.
            assert_close(&flat(&ours), &y, 1e-6, &what);
            let goal = Tensor::from_vec(values(y.len(), 2, 1.0), ours.shape(), &Device::Cpu);
            let loss = (ours * goal.unwrap()).unwrap().sum_all().unwrap();
            let found = flat(loss.backward().unwrap().get(&x).unwrap());
            assert_close(&found, &gradient, 1e-6, &what);
        }
    }
}
