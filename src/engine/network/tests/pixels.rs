//! Networks that classify pixels: they learn, turn with their labels, and rate whole images.

use super::assert_close;
use super::scans::drawn;
use super::stream;
use super::trainings::two_blocks;
use crate::dataset::{IGNORED, RegionSet};
use crate::image::Domain;
use crate::network::loss::{Dice, cross_entropy};
use crate::network::{
    Architecture, Execution, INPUT, Kernel, Layer, Network, NetworkError, Operation, Recipe,
    Silent, Width, decisions, train,
};

const SIDE: usize = 16;
const CLASSES: usize = 3;

/// Noise with a bright square (class 1) and a dark one (class 2).
fn pixels(count: usize, part: u64) -> RegionSet {
    let mut stream = stream(part);
    let mut set = RegionSet::new(SIDE);
    for _ in 0..count {
        let mut labels = vec![0_u8; SIDE * SIDE];
        for class in [1_u8, 2] {
            let [top, left] = [(); 2].map(|()| stream.below(SIDE as u64 - 5) as usize);
            for row in top..top + 5 {
                labels[row * SIDE + left..row * SIDE + left + 5].fill(class);
            }
        }
        for &label in &labels {
            let level = [1000.0, 1040.0, 960.0][usize::from(label)];
            set.values.push((level + stream.between(-20.0, 20.0)) as u16);
        }
        set.labels.extend(labels);
    }
    set
}

fn recipe() -> Recipe {
    let architecture = Architecture::preset("unet", SIDE, CLASSES).unwrap();
    Recipe { epochs: 12, batch: 16, ..Recipe::of(architecture) }
}

fn trained() -> Network {
    let (training, tune) = (pixels(96, 40), pixels(16, 41));
    let execution = Execution::default();
    train(&recipe(), execution, 1, 0, &training, &tune, &mut Silent).unwrap()
}

fn share_right(logits: &[f32], labels: &[u8]) -> f64 {
    let found = decisions(logits, CLASSES);
    found.iter().zip(labels).filter(|(a, b)| a == b).count() as f64 / labels.len() as f64
}

#[test]
fn a_unet_learns_to_classify_pixels() {
    let network = trained();
    assert!(network.summary().tune_accuracy > 0.95, "{:?}", network.summary());
    let test = pixels(8, 42);
    let logits = network.rate_pixels(&test.values, &|| false).unwrap();
    assert_eq!(logits.len(), test.values.len() * CLASSES);
    assert!(share_right(&logits, &test.labels) > 0.95);

    // One region as an image is the region; a larger image keeps its extent, far from the seams.
    let one = network.rate_image(&test.values[..SIDE * SIDE], [SIDE, SIDE]).unwrap();
    assert_eq!([one.rows, one.columns, one.step], [SIDE, SIDE, 1]);
    let exact: Vec<f64> = logits[..SIDE * SIDE * CLASSES].iter().map(|&z| f64::from(z)).collect();
    assert_close(&one.logits, &exact, 1e-5, "one region");
    let wide = network.rate_image(&test.values, [8 * SIDE, SIDE]).unwrap();
    assert_eq!([wide.rows, wide.columns, wide.step], [8 * SIDE, SIDE, 1]);
    assert!(share_right(&wide.logits, &test.labels) > 0.9);
    let error = network.rate_image(&test.values, [4 * SIDE + 4, 2]).unwrap_err();
    assert!(matches!(error, NetworkError::Image { rows: 68, columns: 2, .. }), "{error}");
    let error = network.rate_image(&test.values[..20 * 20], [20, 20]).unwrap_err().to_string();
    assert!(error.contains("concat needs maps of one extent"), "{error}");
}

/// Averaged ratings of a turned region are the turned ratings.
#[test]
fn averaged_ratings_turn_with_the_region() {
    let network = Network { symmetric_prediction: true, ..trained() };
    let values = pixels(1, 43).values;
    let across: Vec<u16> =
        (0..SIDE * SIDE).map(|place| values[place % SIDE * SIDE + place / SIDE]).collect();
    let [plain, turned] =
        [&values, &across].map(|values| network.rate_pixels(values, &|| false).unwrap());
    let back: Vec<f64> = (0..SIDE * SIDE)
        .flat_map(|place| {
            let from = (place % SIDE * SIDE + place / SIDE) * CLASSES;
            plain[from..from + CLASSES].iter().map(|&z| f64::from(z)).collect::<Vec<_>>()
        })
        .collect();
    assert_close(&turned, &back, 1e-5, "turned");
}

#[test]
fn labels_belong_to_pixels() {
    let (set, execution) = (pixels(4, 44), Execution::default());
    let with = |recipe: &Recipe, set: &RegionSet| {
        train(recipe, execution, 1, 0, set, set, &mut Silent).unwrap_err().to_string()
    };
    let short = RegionSet { labels: set.labels[..3 * SIDE * SIDE].to_vec(), ..set.clone() };
    assert_eq!(
        with(&recipe(), &short),
        "768 labels for 1024 values, expected one for each region of side 16 or for each of its pixels"
    );
    let regions = Recipe::reference(SIDE, CLASSES);
    assert_eq!(
        with(&regions, &set),
        "the architecture gives 3 values, and each of 16×16 pixels is classified: end it with a \
         convolution at full size, as \"unet\" does"
    );
    let mut strange = set;
    strange.labels[SIDE * SIDE + 7] = 3;
    assert_eq!(with(&recipe(), &strange), "label 3 of region 1, the network has 3 classes");
}

/// Pixels may be ignored by either backend, regions as a whole never.
#[test]
fn pixels_may_be_ignored() {
    let mut set = pixels(24, 45);
    set.labels[..SIDE].fill(IGNORED);
    let execution = Execution::default();
    let recipe = Recipe { epochs: 2, ..recipe() };
    for kernel in [execution.kernel, Kernel::Candle] {
        let execution = Execution { kernel, ..execution };
        let trained = train(&recipe, execution, 1, 0, &set, &set, &mut Silent);
        assert!(trained.unwrap().summary().curve.iter().all(|it| it.train_loss.is_finite()));
    }
    let regions = RegionSet { labels: vec![IGNORED; 24], ..set };
    let whole = Recipe::reference(SIDE, CLASSES);
    let error = train(&whole, execution, 1, 0, &regions, &regions, &mut Silent).unwrap_err();
    assert!(matches!(error, NetworkError::Label { label: IGNORED, .. }), "{error}");
}

/// Without a convolution that looks over the border of a region, every rating of an image is that of
/// the region that begins there: cut out, it has the same pixels.
#[test]
fn ratings_of_an_image_are_those_of_its_regions() {
    let set = super::trainings::regions(60, 3);
    let (side, classes) = (set.side, Recipe::reference(set.side, CLASSES).architecture.classes);
    let chain = |last: &[Operation]| {
        let one = |channels| Operation::Convolution {
            channels: Width::Number(channels),
            size: 1,
            stride: 1,
            bias: true,
        };
        let pool = Operation::MaxPool { size: 2 };
        let first = [one(5), Operation::Relu, pool, one(9), Operation::Relu, pool];
        let mut layers: Vec<Layer> = Vec::new();
        for operation in first.iter().chain(last) {
            let before = layers.last().map_or(INPUT.to_owned(), |layer| layer.name.clone());
            layers.push(Layer::new(&format!("layer{}", layers.len()), &[&before], *operation));
        }
        Architecture { side, domain: Domain::Pixels, classes, layers }
    };
    let dense = |outputs| Operation::Dense { outputs };
    for last in [
        &[dense(Width::Number(7)), Operation::Relu, dense(Width::CLASSES)][..],
        &[Operation::GlobalAveragePool, dense(Width::CLASSES)],
    ] {
        // Regions of 10 pixels have maps of 2 × 2, this image one of 6 × 4.
        let (rows, columns) = (26, 19);
        let values: Vec<u16> = (0..rows * columns).map(|at| set.values[at]).collect();
        let rated = |kernel| {
            let recipe = Recipe { epochs: 1, batch: 16, ..Recipe::of(chain(last)) };
            let execution = Execution::single(kernel);
            let network = train(&recipe, execution, 1, 0, &set, &set, &mut Silent).unwrap();
            let image = network.rate_image(&values, [rows, columns]).unwrap();
            assert_eq!([image.rows, image.columns, image.step], [5, 3, 4]);
            let mut cut = RegionSet::new(side);
            for row in (0..image.rows).map(|it| 4 * it) {
                for column in (0..image.columns).map(|it| 4 * it) {
                    for line in values.chunks_exact(columns).skip(row).take(side) {
                        cut.values.extend_from_slice(&line[column..column + side]);
                    }
                    cut.labels.push(0);
                }
            }
            let alone = network.rate(&cut, &|| false).unwrap();
            let exact: Vec<f64> = alone.iter().map(|&z| f64::from(z)).collect();
            assert_close(&image.logits, &exact, 1e-5, &format!("{kernel}"));
            image.logits.into_iter().map(f32::to_bits).collect::<Vec<_>>()
        };
        let all: Vec<_> = Kernel::available().into_iter().map(|it| (it, rated(it))).collect();
        let of = |kernel| all.iter().find(|it| it.0 == kernel).map(|it| &it.1);
        if let (Some(ours), Some(others)) = (of(Kernel::Avx512), of(Kernel::Avx2)) {
            assert_eq!(ours, others);
        }
    }
}

/// A stack with dense layers rates an image at every fourth pixel, as candle's ops do.
#[test]
fn a_stack_goes_over_an_image() {
    let side = 12;
    let architecture = Architecture { side, ..two_blocks(true) }.with_halo().unwrap();
    let network = Network { kernel: Kernel::detect(), ..drawn(architecture) };
    let values: Vec<u16> = (0..2 * side * (side + 5)).map(|at| (at * at % 4096) as u16).collect();
    let one = network.rate_image(&values[..side * side], [side, side]).unwrap();
    assert_eq!([one.rows, one.columns, one.side, one.step], [1, 1, side, 4]);
    let (rows, columns) = (2 * side, side + 5);
    let image = network.rate_image(&values, [rows, columns]).unwrap();
    assert_eq!([image.rows, image.columns, image.step], [4, 2, 4]);
    assert_eq!(image.logits.len(), 4 * 2 * CLASSES);
    // Candle's ops say the same.
    let theirs = Network { kernel: Kernel::Candle, ..network };
    let theirs = theirs.rate_image(&values, [rows, columns]).unwrap();
    let exact: Vec<f64> = theirs.logits.iter().map(|&z| f64::from(z)).collect();
    assert_close(&image.logits, &exact, 1e-5, "candle");
}

/// Derivatives of soft Dice are differences.
#[test]
fn dice_has_its_slopes() {
    let labels = [0_usize, 1, 2, 1];
    let softmax = [[0.5, 0.3, 0.2], [0.1, 0.7, 0.2], [0.3, 0.3, 0.4], [0.6, 0.2, 0.2]];
    let with = |pixel: usize, class: usize, step: f64| {
        let mut dice = Dice::new(3);
        for (number, (softmax, &label)) in softmax.iter().zip(&labels).enumerate() {
            let mut softmax = *softmax;
            if number == pixel {
                softmax[class] += step;
            }
            dice.add(&softmax, label);
        }
        dice
    };
    // By hand: classes 1 and 2 have 2·0.9 / (1.5 + 2) and 2·0.4 / (1 + 1).
    assert!((with(0, 0, 0.0).mean() - (1.8 / 3.5 + 0.4) / 2.0).abs() < 1e-5);
    let slopes = with(0, 0, 0.0).slopes();
    for (pixel, &label) in labels.iter().enumerate() {
        for class in 0..3 {
            let difference = with(pixel, class, 1e-6).mean() - with(pixel, class, -1e-6).mean();
            let slope = slopes[class][usize::from(class != label)];
            assert!((slope - difference / 2e-6).abs() < 1e-8, "{pixel} {class}: {slope}");
        }
    }
    let mut softmax = [0.0; 3];
    assert!((cross_entropy(&[0.0, 0.0, 0.0], 1, &mut softmax) - libm::log(3.0)).abs() < 1e-12);
}
