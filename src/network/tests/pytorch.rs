//! A training pass of a small network against PyTorch (`scripts/network_reference.py` made the
//! numbers, in f64).

use candle_core::{Device, Tensor};
use serde::Deserialize;

use super::assert_close;
use crate::network::architecture::{Architecture, Block};
use crate::network::kernel::Kernel;
use crate::network::loss::CrossEntropy;
use crate::network::prediction::Predictor;
use crate::network::stack::Running;
use crate::network::training::{Recipe, Trainee};
use crate::network::workspace::lock;

#[derive(Deserialize)]
struct Expected {
    logits: Vec<f64>,
    loss: f64,
    /// Every 29th value.
    gradients: std::collections::BTreeMap<String, Vec<f64>>,
    means: Vec<Vec<f64>>,
    variances: Vec<Vec<f64>>,
    evaluated: Vec<f64>,
}

const IMAGES: usize = 5;
const STEP: usize = 29;

/// As in the program.
fn values(count: usize, seed: usize, scale: f32) -> Vec<f32> {
    let value = |index| ((index * 7919 + seed * 104_729) % 2048) as f32 / 1024.0 - 1.0;
    (0..count).map(|index| value(index) * scale).collect()
}

#[test]
fn a_training_pass_is_pytorchs() {
    let expected: Expected = serde_json::from_str(include_str!("pytorch.json")).unwrap();
    let blocks = [(9, false), (20, true), (17, false)]
        .map(|(channels, pool)| Block { channels, pool })
        .to_vec();
    let architecture = Architecture { side: 7, classes: 4, blocks, hidden: 9 };
    let parameters: Vec<Vec<f32>> = (architecture.parameters().iter().enumerate())
        .map(|(number, (name, shape))| {
            let scale = match (name.ends_with("weight"), shape.len()) {
                (true, 4) => 0.5,
                (true, _) => 0.3,
                (false, _) => 1.0,
            };
            values(shape.iter().product(), number + 1, scale)
        })
        .collect();
    let images = values(IMAGES * 49, 100, 1.0);
    for kernel in Kernel::available() {
        let recipe = Recipe {
            architecture: architecture.clone(),
            kernel,
            ..Recipe::reference(architecture.side, architecture.classes)
        };
        let running = architecture.blocks.iter().map(|b| Running::new(b.channels)).collect();
        let trainee = Trainee::new(&recipe, parameters.clone(), running).unwrap();
        let x = Tensor::from_slice(&images, (IMAGES, 7, 7, 1), &Device::Cpu).unwrap();
        let [weights, factors] = &trainee.variables;
        let logits = trainee.layers.apply(&x, weights, factors, Some(&trainee.sink)).unwrap();
        let labels = (0..IMAGES).map(|image| (image % 4) as u8).collect();
        let loss = CrossEntropy::new(labels).apply(&logits).unwrap();
        loss.backward().unwrap();

        // Three batch norms over as few as 45 pixels amplify the roundings of f32.
        let logits = logits.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_close(&logits, &expected.logits, 1e-4, "logits");
        assert_close(&[loss.to_scalar().unwrap()], &[expected.loss], 1e-4, "loss");
        let [weights, factors] = lock(&trainee.sink).take().unwrap();
        let (mut weights, mut factors) = (&weights[..], &factors[..]);
        for (name, shape) in architecture.parameters() {
            let from = if name.ends_with("weight") { &mut weights } else { &mut factors };
            let (mine, rest) = from.split_at(shape.iter().product());
            *from = rest;
            let some: Vec<f32> = mine.iter().copied().step_by(STEP).collect();
            let what = format!("{kernel}, gradient of {name}");
            assert_close(&some, &expected.gradients[&name], 1e-3, &what);
        }
        let (parameters, running) = trainee.state().unwrap();
        for (number, running) in running.iter().enumerate() {
            assert_close(&running.mean, &expected.means[number], 1e-5, "running mean");
            assert_close(&running.variance, &expected.variances[number], 1e-5, "running variance");
        }
        let parameters: Vec<&[f32]> = parameters.iter().map(Vec::as_slice).collect();
        let predictor =
            Predictor::new(&architecture, kernel, [0.0, 1.0], &parameters, &running).unwrap();
        assert_close(&predictor.logits(&images), &expected.evaluated, 1e-4, "evaluated logits");
    }
}
