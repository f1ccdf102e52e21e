//! Graphs with branches: they learn, have slopes, are stored, and dropout draws the same every time.

use crate::image::Domain;
use std::collections::BTreeMap;

use super::trainings::{regions, two_blocks};
use super::{assert_close, of_candle};
use crate::dataset::RegionSet;
use crate::network::parameters::Parameters;
use crate::network::{
    Architecture, Execution, Interpolation, Kernel, Layer, Network, NetworkError, Operation,
    PRESETS, Recipe, Silent, Width, backend, train,
};

const SIDE: usize = 10;
const CLASSES: usize = 3;

/// Two blocks, of which the second is added to a shortcut, and dropout before the output.
fn residual() -> Architecture {
    let mut architecture = two_blocks(true);
    let layers = &mut architecture.layers;
    let place = layers.iter().position(|layer| layer.name == "relu2").unwrap();
    let shortcut = Operation::Shortcut { stride: 1, channels: 20 };
    layers.insert(place, Layer::new("shortcut", &["pool1"], shortcut));
    layers.insert(place + 1, Layer::new("add", &["norm2", "shortcut"], Operation::Add));
    layers[place + 2].inputs = vec!["add".to_owned()];
    let output = layers.len() - 1;
    let dropout = Operation::Dropout { share: 0.25 };
    layers.insert(output, Layer::new("dropout", &["hidden_relu"], dropout));
    layers[output + 1].inputs = vec!["dropout".to_owned()];
    architecture
}

fn trained(architecture: Architecture, epochs: usize, count: usize) -> Network {
    let recipe = Recipe { epochs, batch: 32, ..Recipe::of(architecture) };
    let execution = Execution::single(Kernel::Portable);
    let (training, tune) = (regions(count, 3), regions(60, 4));
    train(&recipe, execution, 1, 0, &training, &tune, &mut Silent).unwrap()
}

#[test]
fn a_residual_network_with_dropout_learns_and_is_stored() {
    let network = trained(residual(), 5, 600);
    assert!(network.summary().tune_accuracy > 0.9, "{:?}", network.summary());
    assert_eq!(network.kernel(), Kernel::Portable);
    let (loaded, _) = Network::from_bytes(&network.to_bytes(&BTreeMap::new())).unwrap();
    assert_eq!(loaded, network);
    let test = regions(40, 5);
    let [a, b] = [&network, &loaded].map(|network| network.rate(&test, &|| false).unwrap());
    assert_eq!(a, b);
    let candle = network.rate_with(Kernel::Candle, &test, &|| false).unwrap();
    let exact: Vec<f64> = candle.into_iter().map(f64::from).collect();
    assert_close(&a, &exact, 1e-5, "candle's ops");
}

#[test]
fn the_same_seed_drops_the_same_values() {
    let [one, other] = [(); 2].map(|()| trained(residual(), 1, 100).to_bytes(&BTreeMap::new()));
    assert!(one == other);
    let mut without = residual();
    for layer in &mut without.layers {
        if layer.name == "dropout" {
            layer.operation = Operation::Dropout { share: 0.0 };
        }
    }
    assert!(one != trained(without, 1, 100).to_bytes(&BTreeMap::new()));
}

/// A graph with branches and without kinks.
fn smooth() -> Architecture {
    let channels = Width::Number(6);
    let (factor, interpolation) = (2, Interpolation::Bilinear);
    let layers = [
        (
            "conv",
            &["input"][..],
            Operation::Convolution { channels, size: 5, stride: 1, bias: true },
        ),
        ("norm", &["conv"], Operation::BatchNorm),
        ("shortcut", &["input"], Operation::Shortcut { stride: 1, channels: 6 }),
        ("add", &["norm", "shortcut"], Operation::Add),
        ("average", &["add"], Operation::AveragePool { size: 2 }),
        ("up", &["average"], Operation::Upsample { factor, interpolation }),
        ("join", &["add", "up"], Operation::Concat),
        ("output", &["join"], Operation::Dense { outputs: Width::CLASSES }),
    ];
    let layers = layers.map(|(name, inputs, operation)| Layer::new(name, inputs, operation));
    Architecture { side: SIDE, domain: Domain::Pixels, classes: CLASSES, layers: layers.to_vec() }
}

/// Central differences of a stored value each way: logits are linear in it, and their log odds
/// nearly.
#[test]
fn slopes_of_a_graph_are_differences_of_the_log_odds() {
    /// Of the greatest slope.
    const TOLERANCE: f64 = 5e-3;
    let network = trained(smooth(), 2, 300);
    let set = regions(3, 8);
    let slopes = network.slopes(&set, &|| false).unwrap();
    let odds = |values: Vec<u16>| {
        let set = RegionSet { values, ..set.clone() };
        let logits = network.rate(&set, &|| false).unwrap();
        let rows = logits.chunks_exact(CLASSES).zip(&set.labels);
        rows.map(|(row, &label)| {
            let others = row.iter().enumerate().filter(|(class, _)| *class != usize::from(label));
            let sum: f64 = others.map(|(_, &z)| libm::exp(f64::from(z))).sum();
            f64::from(row[usize::from(label)]) - libm::log(sum)
        })
        .collect::<Vec<f64>>()
    };
    let scale = slopes.iter().fold(0.0_f32, |scale, slope| scale.max(slope.abs()));
    assert!(scale > 0.0);
    for pixel in (0..SIDE * SIDE).step_by(7) {
        let [up, down] = [1, -1].map(|step: i32| {
            let mut values = set.values.clone();
            for region in values.chunks_exact_mut(SIDE * SIDE) {
                region[pixel] = (i32::from(region[pixel]) + step) as u16;
            }
            odds(values)
        });
        for (region, (up, down)) in up.iter().zip(&down).enumerate() {
            let (exact, slope) = ((up - down) / 2.0, slopes[region * SIDE * SIDE + pixel]);
            let error = (f64::from(slope) - exact).abs() / f64::from(scale);
            assert!(error < TOLERANCE, "region {region} [{pixel}]: {slope} for {exact}");
        }
    }
}

/// The same network on both backends: with kinks, pools and all.
#[test]
fn slopes_of_both_backends_agree() {
    let network = trained(two_blocks(true), 2, 200);
    assert_eq!(network.kernel(), Kernel::Portable);
    let items: Vec<(usize, usize)> = (0..5).map(|region| (region, 0)).collect();
    let set = regions(5, 8);
    let images = network.normalisation.batch((&set).into(), &items);
    let seed = |logits: &[f32]| logits.iter().enumerate().map(|(i, z)| z - i as f32).collect();
    let [fused, candle] = [Kernel::Portable, Kernel::Candle].map(|kernel| {
        let slopes = backend::slopes(&network.architecture, kernel, &network.parameters).unwrap();
        slopes.slopes(images.clone(), &seed).unwrap()
    });
    let fused: Vec<f64> = fused.into_iter().map(f64::from).collect();
    assert_close(&candle, &fused, 1e-4, "slopes");
}

/// One step of each preset on two regions: all of its layers run, and all parameters have a gradient.
#[test]
fn every_preset_runs() {
    for preset in &PRESETS {
        let architecture = Architecture::preset(preset.name, 32, CLASSES).unwrap();
        let start = Parameters::random(&architecture, 1, 0).unwrap();
        let size = 2 * architecture.input_shape().count();
        let mut images: Vec<f32> = (0..size).map(|i| (i * 37 % 101) as f32 / 50.0 - 1.0).collect();
        if !architecture.domain.is_pixels() {
            images.extend([0.0, 3.0, 5.0, 8.0]);
        }
        let rater = backend::rater(&architecture, Kernel::Portable, &start).unwrap();
        let outputs = architecture.shapes().unwrap().last().unwrap().count();
        let logits = rater.logits(&images).unwrap();
        assert!(logits.len() == 2 * outputs && logits.iter().all(|z| z.is_finite()));
        let exact: Vec<f64> = logits.into_iter().map(f64::from).collect();
        for kernel in of_candle() {
            let rater = backend::rater(&architecture, kernel, &start).unwrap();
            let what = format!("{kernel}, {}", preset.name);
            assert_close(&rater.logits(&images).unwrap(), &exact, 1e-4, &what);
        }
        let recipe = Recipe::of(architecture.clone());
        let execution = Execution::single(Kernel::Portable);
        let mut learner = backend::learner(&recipe, execution, start.clone(), [1, 0]).unwrap();
        let of_pixels: Vec<u8> = (0..images.len()).map(|i| (i % CLASSES) as u8).collect();
        let labels = if architecture.classifies_pixels() { of_pixels } else { vec![0, 2] };
        assert!(learner.step(images, labels, 0.01).unwrap().is_finite());
        let after = learner.parameters().unwrap();
        let parameters = architecture.parameters().unwrap();
        for ((before, after), parameter) in start.values.iter().zip(&after.values).zip(parameters) {
            assert!(before != after, "{} of {}", parameter.name, preset.name);
        }
    }
}

#[test]
fn maps_of_classes_are_not_trained_on_whole_regions() {
    let recipe = Recipe::of(Architecture::preset("unet", 16, CLASSES).unwrap());
    let set = RegionSet { side: 16, values: vec![0; 256], labels: vec![0], windows: None };
    let execution = Execution::default();
    let error = train(&recipe, execution, 1, 0, &set, &set, &mut Silent).unwrap_err();
    assert!(matches!(error, NetworkError::OutputMap { rows: 16, columns: 16 }), "{error}");
}
