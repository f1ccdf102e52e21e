//! Training passes of small networks against PyTorch (`scripts/network_reference.py` made the
//! numbers, in f64).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{assert_close, of_candle};
use crate::network::architecture::Architecture;
use crate::network::backend;
use crate::network::candle::CandleLearner;
use crate::network::fused::FusedLearner;
use crate::network::learner::Learner;
use crate::network::parameters::{Parameters, Running};
use crate::network::{Execution, Kernel, Recipe};

#[derive(Deserialize)]
struct Expected {
    networks: Vec<ExpectedNetwork>,
}

#[derive(Deserialize)]
struct ExpectedNetwork {
    images: usize,
    architecture: Architecture,
    logits: Vec<f64>,
    loss: f64,
    /// Every 29th value.
    gradients: BTreeMap<String, Vec<f64>>,
    /// Running mean and variance of each batch norm.
    statistics: Vec<[Vec<f64>; 2]>,
    evaluated: Vec<f64>,
}

const STEP: usize = 29;

fn expected() -> Vec<ExpectedNetwork> {
    let expected: Expected = serde_json::from_str(include_str!("pytorch.json")).unwrap();
    expected.networks
}

/// As in the program.
fn values(count: usize, seed: usize, scale: f32) -> Vec<f32> {
    let value = |index| ((index * 7919 + seed * 104_729) % 2048) as f32 / 1024.0 - 1.0;
    (0..count).map(|index| value(index) * scale).collect()
}

impl ExpectedNetwork {
    /// The numbers are of plain cross-entropy.
    fn recipe(&self) -> Recipe {
        Recipe { label_smoothing: 0.0, ..Recipe::of(self.architecture.clone()) }
    }

    fn parameters(&self) -> Parameters {
        let parameters = self.architecture.parameters().unwrap();
        let of = |(number, parameter): (usize, &crate::network::Parameter)| {
            let scale = match (parameter.kind.is_weight(), parameter.shape.len()) {
                (true, 4) => 0.5,
                (true, _) => 0.3,
                (false, _) => 1.0,
            };
            values(parameter.count(), number + 1, scale)
        };
        let values = parameters.iter().enumerate().map(of).collect();
        let norms = self.architecture.norms().unwrap();
        Parameters { values, running: norms.iter().map(|norm| Running::new(norm.1)).collect() }
    }

    fn images(&self) -> Vec<f32> {
        values(self.images * self.architecture.side * self.architecture.side, 100, 1.0)
    }

    fn labels(&self) -> Vec<u8> {
        (0..self.images).map(|image| (image % self.architecture.classes) as u8).collect()
    }

    /// Loss, gradients and running statistics of a training pass, and logits in evaluation.
    fn check(
        &self,
        kernel: Kernel,
        (loss, gradients): (f64, Vec<Vec<f32>>),
        running: &[Running],
        what: &str,
    ) {
        // Three batch norms over as few as 4 pixels amplify the roundings of f32.
        assert_close(&[loss as f32], &[self.loss], 1e-4, what);
        let parameters = self.architecture.parameters().unwrap();
        assert_eq!(parameters.len(), self.gradients.len());
        for (gradient, parameter) in gradients.iter().zip(&parameters) {
            assert_eq!(gradient.len(), parameter.count());
            let some: Vec<f32> = gradient.iter().copied().step_by(STEP).collect();
            let what = format!("{what}, gradient of {}", parameter.name);
            assert_close(&some, &self.gradients[&parameter.name], 1e-3, &what);
        }
        assert_eq!(running.len(), self.statistics.len());
        for (found, [mean, variance]) in running.iter().zip(&self.statistics) {
            assert_close(&found.mean, mean, 1e-5, &format!("{what}, running mean"));
            assert_close(&found.variance, variance, 1e-5, &format!("{what}, running variance"));
        }
        let parameters = Parameters { running: running.to_vec(), ..self.parameters() };
        let rater = backend::rater(&self.architecture, kernel, &parameters).unwrap();
        let logits = rater.logits(&self.images()).unwrap();
        assert_close(&logits, &self.evaluated, 1e-4, &format!("{what}, evaluated logits"));
    }
}

#[test]
fn training_passes_are_pytorchs() {
    let networks = expected();
    assert_eq!(networks.len(), 5);
    for (kernel, expected) in
        Kernel::available().into_iter().flat_map(|k| networks.iter().map(move |n| (k, n)))
    {
        let what = format!("{kernel}, side {}", expected.architecture.side);
        let recipe = expected.recipe();
        let learner = || {
            let execution = Execution::single(kernel);
            FusedLearner::new(&recipe, execution, expected.parameters(), [0; 2]).unwrap()
        };
        let logits = learner().logits(&expected.images());
        assert_close(&logits, &expected.logits, 1e-4, &format!("{what}, logits"));
        let mut learner = learner();
        let pass = learner.gradients(&expected.images(), &expected.labels());
        expected.check(kernel, pass, &learner.parameters().unwrap().running, &what);
    }
}

/// What a GPU computes too: only the device and the form of pools and upsampling differ.
#[test]
fn passes_of_candles_ops_are_pytorchs() {
    let networks = expected();
    for (kernel, expected) in of_candle().flat_map(|k| networks.iter().map(move |n| (k, n))) {
        let what = format!("{kernel}, side {}", expected.architecture.side);
        let recipe = expected.recipe();
        let mut learner =
            CandleLearner::new(&recipe, kernel, &expected.parameters(), [0; 2]).unwrap();
        let pass = learner.gradients(&expected.images(), &expected.labels()).unwrap();
        expected.check(kernel, pass, &learner.parameters().unwrap().running, &what);
    }
}
