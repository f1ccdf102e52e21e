//! A network that is evaluated over a whole matrix at once says what it says of each region.

use super::{assert_close, stream, uniform};
use crate::dataset::RegionSet;
use crate::image::Domain;
use crate::image::{Image, SampleFormat};
use crate::network::input::Normalisation;
use crate::network::parameters::{Parameters, Running};
use crate::network::summary::Summary;
use crate::network::{
    Architecture, Execution, ImageRating, Kernel, Layer, Network, NetworkError, Operation, Recipe,
    Silent, Window, train,
};
use crate::rng::Stream;

/// f32 sums of some hundred terms, through six convolutions whose tiles lie elsewhere.
const TOLERANCE: f64 = 1e-4;

/// A network whose parameters and running statistics are all drawn.
pub(super) fn drawn(architecture: Architecture) -> Network {
    let mut parameters = Parameters::random(&architecture, 1, 2).unwrap();
    let mut stream = stream(20);
    for running in &mut parameters.running {
        let count = running.mean.len();
        let variance = uniform(&mut stream, count).iter().map(|value| 1.5 + value).collect();
        *running = Running { mean: uniform(&mut stream, count), variance };
    }
    for values in parameters.values.iter_mut().filter(|values| values.iter().all(|&it| it == 0.0)) {
        *values = uniform(&mut stream, values.len());
    }
    Network {
        architecture,
        normalisation: Normalisation { mean: vec![2000.0], deviation: vec![400.0] },
        kernel: Kernel::Portable,
        symmetric_prediction: false,
        summary: Summary { chosen_epoch: 1, tune_accuracy: 0.0, curve: Vec::new() },
        parameters,
    }
}

fn image(rows: usize, columns: usize, stream: &mut Stream) -> Image {
    let samples = (0..rows * columns).map(|_| stream.below(4096) as u16).collect();
    Image::new(rows, columns, SampleFormat { bits_stored: 12, bits_allocated: 16 }, samples)
        .unwrap()
}

fn rated(network: &Network, image: &Image) -> Result<ImageRating, NetworkError> {
    network.rate_image(image.samples(), [image.rows(), image.columns()])
}

/// The same logits by cutting every region with its halo.
fn one_by_one(network: &Network, kernel: Kernel, image: &Image) -> Vec<f32> {
    let Window { side, halo, step } = network.architecture().window().unwrap();
    let mut set = RegionSet::new(side + 2 * halo);
    for row in (0..=image.rows() - side).step_by(step) {
        for column in (0..=image.columns() - side).step_by(step) {
            let corner = [row as i64 - halo as i64, column as i64 - halo as i64];
            image.copy_region_beyond(corner, set.side, &mut set.values);
            set.labels.push(0);
        }
    }
    network.rate_with(kernel, &set, &|| false).unwrap()
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

/// Every region of a rectangular matrix, those at its border included, where the matrix goes on as
/// its outermost pixels; and rows that are no whole step.
#[test]
fn an_image_has_the_ratings_of_its_regions() {
    let network = drawn(Architecture::reference(16, 3).with_halo().unwrap());
    let window = network.architecture().window().unwrap();
    assert_eq!(window, Window { side: 16, halo: 14, step: 8 });
    let image = image(61, 88, &mut stream(21));
    for kernel in Kernel::available() {
        let scan = rated(&Network { kernel, ..network.clone() }, &image).unwrap();
        assert_eq!([scan.rows, scan.columns, scan.side, scan.step], [6, 10, 16, 8]);
        let cut = one_by_one(&network, kernel, &image);
        assert_close(&scan.logits, &wide(&cut), TOLERANCE, &format!("{kernel}"));
    }
}

/// Zeros around a region change what a network says of it: 0.05 of the greatest logit and more.
#[test]
fn without_a_halo_no_image_is_rated() {
    let without = drawn(Architecture::reference(16, 3));
    let image = image(64, 64, &mut stream(22));
    let error = rated(&without, &image).unwrap_err().to_string();
    assert!(error.contains("it sees zeros around the region"), "{error}");
    let with =
        Network { architecture: without.architecture.with_halo().unwrap(), ..without.clone() };
    let ImageRating { logits, .. } = rated(&with, &image).unwrap();
    let mut regions = RegionSet::new(16);
    for row in (0..=48).step_by(8) {
        for column in (0..=48).step_by(8) {
            image.copy_region(row, column, 16, &mut regions.values);
            regions.labels.push(0);
        }
    }
    let zeros = without.rate(&regions, &|| false).unwrap();
    let greatest = logits.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let apart = logits.iter().zip(&zeros).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
    assert!(apart > 0.05 * greatest, "{apart} of {greatest}");
    // Too small for a region.
    let small = self::image(12, 64, &mut stream(23));
    let error = rated(&with, &small).unwrap_err().to_string();
    assert!(error.contains("12×64") && error.contains("regions have 16×16"), "{error}");
}

#[test]
fn a_network_with_a_halo_learns_the_same_with_both_backends() {
    let architecture = {
        let layer = |name: &str, input: &str, operation| Layer::new(name, &[input], operation);
        let convolution = |channels: usize| Operation::Convolution {
            channels: channels.into(),
            size: 3,
            stride: 1,
            bias: false,
        };
        let layers = vec![
            layer("conv1", "input", convolution(16)),
            layer("norm1", "conv1", Operation::BatchNorm),
            layer("relu1", "norm1", Operation::Relu),
            layer("pool1", "relu1", Operation::MaxPool { size: 2 }),
            layer("conv2", "pool1", convolution(20)),
            layer("norm2", "conv2", Operation::BatchNorm),
            layer("relu2", "norm2", Operation::Relu),
            layer("output", "relu2", Operation::Dense { outputs: crate::network::Width::CLASSES }),
        ];
        Architecture { side: 8, domain: Domain::Pixels, classes: 2, layers }.with_halo().unwrap()
    };
    let side = architecture.side;
    let mut stream = stream(24);
    let mut set = |count: usize| {
        let mut set = RegionSet::new(side);
        for number in 0..count {
            let label = (number % 2) as u8;
            let middle = |place: usize| place.abs_diff(side / 2) < 3;
            set.values.extend((0..side * side).map(|at| {
                let bright = label == 1 && middle(at / side) && middle(at % side);
                1000 + stream.below(60) as u16 + if bright { 30 } else { 0 }
            }));
            set.labels.push(label);
        }
        set
    };
    let (training, tune, test) = (set(96), set(32), set(16));
    let recipe = Recipe { epochs: 1, batch: 32, ..Recipe::of(architecture) };
    let trained = |kernel| {
        let execution = Execution::single(kernel);
        let network = train(&recipe, execution, 1, 0, &training, &tune, &mut Silent).unwrap();
        network.rate_with(Kernel::Portable, &test, &|| false).unwrap()
    };
    let exact = wide(&trained(Kernel::Candle));
    for kernel in Kernel::available() {
        assert_close(&trained(kernel), &exact, 1e-3, &format!("{kernel}"));
    }
}
