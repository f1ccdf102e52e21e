//! Networks that read the coefficients of JPEG: what they are given, what they make of it, and that
//! they learn.

use super::{assert_close, of_candle, stream, uniform};
use crate::codec::dct_image;
use crate::dataset::RegionSet;
use crate::image::{BLOCK, Domain, Image, SampleFormat};
use crate::network::candle::CandleLearner;
use crate::network::fused::FusedLearner;
use crate::network::input::Normalisation;
use crate::network::parameters::Parameters;
use crate::network::{
    Architecture, Execution, INPUT, Kernel, Layer, Network, NetworkError, Operation, Recipe,
    Silent, Summary, symmetry, train,
};
use crate::scene::{LabelledRegion, RegionKind};

const SIDE: usize = 16;
const CLASSES: usize = 3;

/// A 12-bit image of waves, noise and a bright square for each region of class 1, with the regions.
fn image(part: u64) -> (Image, Vec<LabelledRegion>) {
    const EXTENT: usize = 92;
    let mut stream = stream(part);
    let (mut values, mut regions) = (Vec::new(), Vec::new());
    for place in 0..EXTENT * EXTENT {
        let (row, column) = ((place / EXTENT) as f64, (place % EXTENT) as f64);
        let wave = 200.0 * libm::sin(row / 5.0) + 150.0 * libm::cos(column / 3.0 + row / 9.0);
        values.push((2000.0 + wave + stream.between(-40.0, 40.0)) as u16);
    }
    // The last ones at the border.
    for [row, column] in [[0, 0], [3, 21], [8, 40], [33, 5], [41, 62], [50, 31], [76, 76], [76, 0]]
    {
        let class = (regions.len() % 2) as u8;
        if class == 1 {
            for place in 0..36 {
                values[(row + 5 + place / 6) * EXTENT + column + 5 + place % 6] += 700;
            }
        }
        regions.push(LabelledRegion { kind: RegionKind::Identify, row, column, class });
    }
    let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
    (Image::new(EXTENT, EXTENT, format, values).unwrap(), regions)
}

/// Regions of pixels, and the coefficients of their windows.
fn sets(parts: std::ops::Range<u64>) -> [RegionSet; 2] {
    let mut sets = [RegionSet::new(SIDE), RegionSet::of_windows(SIDE, BLOCK)];
    for part in parts {
        let (image, regions) = image(part);
        sets[0].cut(&image, &regions);
        sets[1].cut(&dct_image(&image).unwrap(), &regions);
    }
    sets
}

fn small(domain: Domain) -> Architecture {
    let mut layers = vec![Layer::new("inverse", &[INPUT], Operation::InverseDct)];
    layers.extend(Architecture::preset("resnet-8", SIDE, CLASSES).unwrap().layers);
    match domain {
        Domain::Pixels => drop(layers.remove(0)),
        Domain::Dct => layers[1].inputs = vec!["inverse".to_owned()],
    }
    Architecture { side: SIDE, domain, classes: CLASSES, layers }
}

/// Each block times the inverse transform, and of the window the region.
#[test]
fn under_every_symmetry_coefficients_are_those_of_the_turned_region() {
    let [pixels, windows] = sets(30..31);
    let (side, values) = (windows.side, BLOCK * BLOCK);
    let plain = Normalisation { mean: vec![0.0; values], deviation: vec![1.0; values] };
    let architecture = small(Domain::Dct);
    let inverse = &Parameters::random(&architecture, 1, 0).unwrap().values[0];
    let phases = &windows.windows.as_ref().unwrap().phases;
    assert!(phases.contains(&[0, 0]) && phases.contains(&[4, 4]));
    for (region, number) in (0..windows.len()).flat_map(|it| (0..8).map(move |number| (it, number)))
    {
        let batch = plain.batch((&windows).into(), &[(region, number)]);
        let (blocks, phase) = batch.split_at(side * side);
        let mut expected = vec![0.0; SIDE * SIDE];
        symmetry::normalised(pixels.region(region), SIDE, number, 2048.0, 1.0, &mut expected);
        for (place, expected) in expected.into_iter().enumerate() {
            let row = place / SIDE + phase[0] as usize;
            let column = place % SIDE + phase[1] as usize;
            let block = row / BLOCK * (side / BLOCK) + column / BLOCK;
            let pixel = row % BLOCK * BLOCK + column % BLOCK;
            let terms =
                (0..values).map(|at| blocks[block * values + at] * inverse[at * values + pixel]);
            // Each coefficient is a whole number: their errors add up to less than 2 in all cases here.
            let error = (terms.sum::<f32>() - expected).abs();
            assert!(error < 2.0, "region {region}, symmetry {number}, pixel {place}: {error}");
        }
    }
}

/// Before it has learned, a network says of coefficients what the same says of pixels.
#[test]
fn the_inverse_transform_begins_as_the_inverse_transform() {
    let [pixels, windows] = sets(31..33);
    let of_windows = Normalisation::of((&windows).into(), Domain::Dct);
    // Of a whole number of blocks, so that pixels have the windows' mean and deviation.
    let deviations = of_windows.deviation.iter().map(|it| it * it).sum::<f64>();
    let deviation = libm::sqrt(deviations / 64.0);
    let mean = 2048.0 + of_windows.mean[0] / 8.0;
    let of_pixels = Normalisation { mean: vec![mean], deviation: vec![deviation] };
    let logits = |domain, normalisation: Normalisation, set: &RegionSet, kernel| {
        let architecture = small(domain);
        let parameters = Parameters::random(&architecture, 5, 0).unwrap();
        let parameters = parameters.scaled_to(&architecture, &normalisation).unwrap();
        let summary = Summary { chosen_epoch: 1, tune_accuracy: 0.0, curve: Vec::new() };
        let network = Network {
            architecture,
            normalisation,
            kernel,
            symmetric_prediction: true,
            summary,
            parameters,
        };
        network.rate(set, &|| false).unwrap()
    };
    let expected = logits(Domain::Pixels, of_pixels, &pixels, Kernel::detect());
    let expected: Vec<f64> = expected.into_iter().map(f64::from).collect();
    for kernel in Kernel::available().into_iter().chain(of_candle()) {
        let found = logits(Domain::Dct, of_windows.clone(), &windows, kernel);
        assert_close(&found, &expected, 0.01, &kernel.to_string());
    }
}

#[test]
fn both_backends_have_the_same_gradients() {
    let architecture = small(Domain::Dct);
    let parameters = Parameters::random(&architecture, 3, 0).unwrap();
    let recipe = Recipe::of(architecture);
    let mut batch = uniform(&mut stream(34), 4 * 24 * 24);
    batch.extend([0.0, 8.0, 3.0, 3.0, 7.0, 0.0, 5.0, 1.0]);
    let (labels, streams) = ([0, 1, 2, 1], [1, 0]);
    let execution = Execution::single(Kernel::detect());
    let mut learner = FusedLearner::new(&recipe, execution, parameters.clone(), streams).unwrap();
    let (loss, fused) = learner.gradients(&batch, &labels);
    let inverse: Vec<f64> = fused[0].iter().copied().map(f64::from).collect();
    assert!(inverse.iter().any(|&slope| slope != 0.0));
    for kernel in of_candle() {
        let mut learner = CandleLearner::new(&recipe, kernel, &parameters, streams).unwrap();
        let (other, gradients) = learner.gradients(&batch, &labels).unwrap();
        assert!((loss - other).abs() < 1e-5 * loss, "{loss} {other}");
        assert_close(&gradients[0], &inverse, 1e-4, "of the inverse transform");
    }
}

#[test]
fn they_learn_and_survive_as_bytes() {
    let [_, training] = sets(40..60);
    let [_, tune] = sets(60..64);
    for architecture in [small(Domain::Dct), Architecture::preset("blocks", SIDE, CLASSES).unwrap()]
    {
        let recipe = Recipe { epochs: 6, batch: 16, ..Recipe::of(architecture) };
        let network =
            train(&recipe, Execution::default(), 1, 0, &training, &tune, &mut Silent).unwrap();
        assert!(network.summary().tune_accuracy > 0.9, "{:?}", network.summary());
        let (again, _) = Network::from_bytes(&network.to_bytes(&Default::default())).unwrap();
        assert_eq!(again, network);
        assert!(matches!(network.slopes(&tune, &|| false), Err(NetworkError::Slopes)));
        let error = network.rate_image(&[0; 64 * 64], [64, 64]).unwrap_err().to_string();
        assert!(error.contains("coefficients are read of regions"), "{error}");
    }
}

#[test]
fn other_regions_are_refused() {
    let [pixels, windows] = sets(30..31);
    let recipe = Recipe::of(small(Domain::Dct));
    let refused = |set: &RegionSet| {
        train(&recipe, Execution::default(), 1, 0, set, set, &mut Silent).unwrap_err().to_string()
    };
    assert_eq!(refused(&pixels), "regions of side 16, the network takes 24");
    let without = RegionSet { windows: None, ..windows };
    assert!(refused(&without).contains("no windows of whole blocks"));
    let odd = Architecture { side: 20, ..small(Domain::Dct) };
    assert!(odd.check().unwrap_err().to_string().contains("a multiple of 8 in the DCT domain"));
    let pixels = Architecture { domain: Domain::Pixels, ..small(Domain::Dct) };
    assert!(pixels.check().unwrap_err().to_string().contains("inverse_dct takes the coefficients"));
}
