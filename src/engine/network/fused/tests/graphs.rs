//! Graphs of every layer: values and gradients, threads and instruction sets.

use super::definition::logits;
use super::{FORWARD_TOLERANCE, GRADIENT_TOLERANCE, Passed, Plan, Streams, passed, wide};
use crate::image::Domain;
use crate::network::architecture::{Architecture, Interpolation, Layer, Operation, Width};
use crate::network::tests::{assert_close, stream, uniform};
use crate::network::{Kernel, PRESETS};

const CLASSES: usize = 3;

/// A name, side, images and layers `name(inputs) = operation`, with a dense layer at the end.
struct Case {
    what: &'static str,
    images: usize,
    architecture: Architecture,
}

fn case(
    what: &'static str,
    images: usize,
    side: usize,
    layers: &[(&str, &[&str], Operation)],
) -> Case {
    let mut layers: Vec<Layer> = layers
        .iter()
        .map(|&(name, inputs, operation)| Layer::new(name, inputs, operation))
        .collect();
    let last = layers[layers.len() - 1].name.clone();
    if last != "map" {
        layers.push(Layer::new("output", &[&last], Operation::Dense { outputs: Width::CLASSES }));
    }
    let coefficients = layers.iter().any(|layer| layer.operation == Operation::InverseDct);
    let domain = if coefficients { Domain::Dct } else { Domain::Pixels };
    Case { what, images, architecture: Architecture { side, domain, classes: CLASSES, layers } }
}

fn convolution(channels: usize, size: usize, stride: usize, bias: bool) -> Operation {
    Operation::Convolution { channels: Width::Number(channels), size, stride, bias }
}

/// Channels off the vector width and on it, odd and even sides, more images than a chunk has.
fn cases() -> Vec<Case> {
    use Operation::{Add, BatchNorm, Concat, Dropout, GlobalAveragePool, Relu};
    let pool = |size| Operation::MaxPool { size };
    let mean = |size| Operation::AveragePool { size };
    let up = |factor, interpolation| Operation::Upsample { factor, interpolation };
    let (nearest, bilinear) = (Interpolation::Nearest, Interpolation::Bilinear);
    let shortcut = |stride, channels| Operation::Shortcut { stride, channels };
    let map = Operation::Convolution { channels: Width::CLASSES, size: 1, stride: 1, bias: true };
    vec![
        case(
            "coefficients",
            19,
            16,
            &[
                ("region", &["input"], Operation::InverseDct),
                ("a", &["region"], convolution(9, 3, 1, false)),
                ("n", &["a"], BatchNorm),
                ("r", &["n"], Relu),
                ("p", &["r"], pool(2)),
            ],
        ),
        case(
            "normed region",
            3,
            8,
            &[("region", &["input"], Operation::InverseDct), ("n", &["region"], BatchNorm)],
        ),
        case(
            "1×1",
            3,
            7,
            &[
                ("a", &["input"], convolution(9, 3, 1, true)),
                ("b", &["a"], convolution(20, 1, 1, false)),
                ("n", &["b"], BatchNorm),
                ("r", &["n"], Relu),
                ("c", &["r"], convolution(16, 1, 1, true)),
            ],
        ),
        case(
            "crop",
            18,
            14,
            &[
                ("a", &["input"], convolution(16, 3, 1, false)),
                ("n", &["a"], BatchNorm),
                ("r", &["n"], Relu),
                ("p", &["r"], pool(2)),
                ("i", &["p"], Operation::Crop { margin: 1 }),
                ("b", &["i"], convolution(21, 3, 1, true)),
                ("s", &["b"], Relu),
                ("o", &["s"], Operation::Crop { margin: 2 }),
            ],
        ),
        case(
            "5×5",
            2,
            9,
            &[
                ("a", &["input"], convolution(16, 5, 1, true)),
                ("r", &["a"], Relu),
                ("p", &["r"], pool(2)),
                ("b", &["p"], convolution(19, 5, 1, true)),
                ("q", &["b"], Relu),
            ],
        ),
        case(
            "strides",
            2,
            10,
            &[
                ("a", &["input"], convolution(16, 3, 1, false)),
                ("b", &["a"], convolution(32, 3, 2, false)),
                ("n", &["b"], BatchNorm),
                ("r", &["n"], Relu),
                ("c", &["r"], convolution(6, 5, 3, true)),
                ("d", &["c"], convolution(5, 1, 2, true)),
            ],
        ),
        case(
            "strided stem",
            17,
            5,
            &[
                ("a", &["input"], convolution(7, 3, 2, false)),
                ("n", &["a"], BatchNorm),
                ("r", &["n"], Relu),
                ("p", &["r"], pool(2)),
            ],
        ),
        case(
            "residual",
            18,
            6,
            &[
                ("a", &["input"], convolution(16, 3, 1, false)),
                ("n", &["a"], BatchNorm),
                ("r", &["n"], Relu),
                ("b", &["r"], convolution(16, 3, 1, false)),
                ("m", &["b"], BatchNorm),
                ("s", &["m", "r"], Add),
                ("t", &["s"], Relu),
                ("c", &["t"], convolution(24, 3, 2, false)),
                ("u", &["t"], shortcut(2, 24)),
                ("v", &["c", "u"], Add),
                ("w", &["v"], Relu),
                ("g", &["w"], GlobalAveragePool),
            ],
        ),
        case(
            "few channels",
            18,
            6,
            &[
                ("a", &["input"], convolution(5, 3, 1, false)),
                ("n", &["a"], BatchNorm),
                ("r", &["n"], Relu),
                ("b", &["r"], convolution(17, 3, 1, true)),
                ("q", &["b"], Relu),
                ("d", &["q"], Dropout { share: 0.25 }),
                ("p", &["d"], pool(2)),
            ],
        ),
        case(
            "norms of sums",
            4,
            6,
            &[
                ("a", &["input"], convolution(9, 3, 1, true)),
                ("s", &["a", "a", "a"], Add),
                ("n", &["s"], BatchNorm),
                ("r", &["n"], Relu),
                ("p", &["r"], pool(2)),
                ("b", &["p"], convolution(9, 3, 1, true)),
                ("m", &["b"], BatchNorm),
                ("t", &["m", "p", "p"], Add),
                ("u", &["t"], Relu),
            ],
        ),
        case(
            "pools",
            2,
            11,
            &[
                ("a", &["input"], convolution(18, 3, 1, false)),
                ("n", &["a"], BatchNorm),
                ("p", &["n"], pool(3)),
                ("q", &["n"], mean(3)),
                ("s", &["p", "q"], Concat),
                ("t", &["s"], pool(2)),
            ],
        ),
        case(
            "pool of two takers",
            2,
            8,
            &[
                ("a", &["input"], convolution(8, 3, 1, false)),
                ("n", &["a"], BatchNorm),
                ("r", &["n"], Relu),
                ("p", &["r"], pool(2)),
                ("b", &["p"], convolution(16, 3, 1, true)),
                ("u", &["b"], up(2, nearest)),
                ("c", &["u"], convolution(8, 1, 1, true)),
                ("j", &["r", "c"], Concat),
                ("d", &["j"], convolution(8, 3, 1, false)),
                ("m", &["d"], BatchNorm),
                ("q", &["m"], Relu),
                ("map", &["q"], map),
            ],
        ),
        case(
            "upsampling",
            2,
            4,
            &[
                ("a", &["input"], convolution(5, 3, 1, true)),
                ("u", &["a"], up(3, nearest)),
                ("v", &["a"], up(3, bilinear)),
                ("w", &["input"], up(3, nearest)),
                ("j", &["u", "v", "w"], Concat),
                ("b", &["j"], convolution(4, 5, 1, true)),
                ("g", &["b"], GlobalAveragePool),
            ],
        ),
        case(
            "shortcuts of the image",
            3,
            5,
            &[
                ("s", &["input"], shortcut(2, 6)),
                ("a", &["input"], convolution(6, 3, 2, true)),
                ("t", &["s", "a"], Add),
                ("d", &["t"], Dropout { share: 0.5 }),
                ("r", &["d"], Relu),
                ("q", &["r"], mean(3)),
            ],
        ),
        case(
            "vectors",
            20,
            3,
            &[
                ("a", &["input"], Operation::Dense { outputs: Width::Number(17) }),
                ("r", &["a"], Relu),
                ("b", &["r"], Operation::Dense { outputs: Width::Number(17) }),
                ("s", &["r", "b"], Add),
                ("j", &["s", "b"], Concat),
                ("q", &["j"], Relu),
            ],
        ),
    ]
}

struct Values {
    parameters: Vec<Vec<f32>>,
    x: Vec<f32>,
    goal: Vec<f32>,
    channels: Vec<usize>,
}

impl Case {
    fn values(&self) -> Values {
        let mut stream = stream(11);
        let Self { architecture, images, .. } = self;
        let parameters = architecture.parameters().unwrap();
        let parameters = parameters.iter().map(|it| uniform(&mut stream, it.count())).collect();
        let outputs = architecture.shapes().unwrap().last().unwrap().count();
        Values {
            parameters,
            x: self.batch(&mut stream),
            goal: uniform(&mut stream, images * outputs),
            channels: architecture.norms().unwrap().iter().map(|norm| norm.1).collect(),
        }
    }

    /// Images, and in the DCT domain the phases behind them.
    fn batch(&self, stream: &mut crate::rng::Stream) -> Vec<f32> {
        let Self { images, architecture, .. } = self;
        let mut batch = uniform(stream, images * architecture.input_shape().count());
        if !architecture.domain.is_pixels() {
            batch.extend((0..2 * images).map(|at| [0_u8, 3, 8, 5, 1][at % 5]).map(f32::from));
        }
        batch
    }

    fn passed(&self, kernel: Kernel, threads: usize) -> Passed {
        let Values { parameters, x, goal, channels } = self.values();
        let plan = Plan::of_regions(&self.architecture).unwrap();
        passed(&plan, &parameters, &channels, [&x, &goal], &self.masks(), (kernel, threads))
    }

    /// A stream for each dropout.
    fn masks(&self) -> Streams {
        let layers = self.architecture.layers.iter().enumerate();
        let drops = layers.filter(|(_, it)| matches!(it.operation, Operation::Dropout { .. }));
        drops.map(|(number, _)| (number, stream(100 + number as u64))).collect()
    }
}

impl Passed {
    /// All of it, one after another.
    fn all(self) -> Vec<f32> {
        let running = self.running.into_iter().flat_map(|it| [it.mean, it.variance]);
        let parts = [self.y, self.x_gradient].into_iter().chain(self.gradients).chain(running);
        parts.flatten().collect()
    }
}

#[test]
fn values_are_the_definitions() {
    for case in cases() {
        let Values { parameters, x, .. } = case.values();
        let parameters: Vec<Vec<f64>> = parameters.iter().map(|values| wide(values)).collect();
        let exact = logits(&case.architecture, &parameters, &wide(&x), &case.masks());
        for kernel in Kernel::available() {
            let what = format!("{kernel}, {}", case.what);
            assert_close(&case.passed(kernel, 1).y, &exact, FORWARD_TOLERANCE, &what);
        }
    }
}

#[test]
fn gradients_are_finite_differences() {
    // Central differences in f64; a step so small that hardly any kink lies inside.
    const STEP: f64 = 1e-6;
    const SAMPLES: usize = 10;
    for case in cases() {
        let Values { parameters, x, goal, .. } = case.values();
        let size = case.images * case.architecture.input_shape().count();
        // The image last.
        let mut all: Vec<Vec<f64>> = parameters.iter().map(|values| wide(values)).collect();
        all.push(wide(&x));
        let masks = case.masks();
        let loss = |all: &[Vec<f64>]| -> f64 {
            let (x, parameters) = all.split_last().unwrap();
            let y = logits(&case.architecture, parameters, x, &masks);
            y.iter().zip(&goal).map(|(y, &goal)| y * f64::from(goal)).sum()
        };
        let mut stream = stream(12);
        let mut differences = Vec::new();
        for tensor in 0..all.len() {
            for _ in 0..SAMPLES {
                // Phases are whole numbers.
                let values = if tensor == parameters.len() { size } else { all[tensor].len() };
                let place = stream.below(values as u64) as usize;
                let at = |step: f64| {
                    let mut moved = all.clone();
                    moved[tensor][place] += step;
                    loss(&moved)
                };
                differences.push((tensor, place, (at(STEP) - at(-STEP)) / (2.0 * STEP)));
            }
        }
        for kernel in Kernel::available() {
            let Passed { x_gradient, mut gradients, .. } = case.passed(kernel, 1);
            gradients.push(x_gradient);
            for &(tensor, place, exact) in &differences {
                let gradient = &gradients[tensor];
                let scale = gradient.iter().fold(0.1_f32, |scale, value| scale.max(value.abs()));
                let error = (f64::from(gradient[place]) - exact).abs() / f64::from(scale);
                assert!(
                    error < GRADIENT_TOLERANCE,
                    "{kernel}, {}, tensor {tensor}[{place}]: {} for {exact}, scale {scale}",
                    case.what,
                    gradient[place]
                );
            }
        }
    }
}

fn bits(values: Vec<f32>) -> Vec<u32> {
    values.into_iter().map(f32::to_bits).collect()
}

/// The cases, and all presets with a few images.
fn with_presets() -> Vec<Case> {
    let preset = |preset: &crate::network::Preset| {
        let architecture = Architecture::preset(preset.name, 32, CLASSES).unwrap();
        Case { what: preset.name, images: 19, architecture }
    };
    cases().into_iter().chain(PRESETS.iter().map(preset)).collect()
}

#[test]
fn avx512_and_avx2_give_the_same_bits() {
    if !Kernel::Avx512.is_available() {
        return;
    }
    for case in with_presets() {
        let [ours, others] =
            [Kernel::Avx512, Kernel::Avx2].map(|kernel| bits(case.passed(kernel, 1).all()));
        assert!(ours == others, "{}", case.what);
    }
}

#[test]
fn threads_change_no_bit() {
    for case in with_presets() {
        // More images than a chunk has.
        let case = Case { images: case.images.max(18), ..case };
        let one = bits(case.passed(Kernel::detect(), 1).all());
        for threads in [2, 3] {
            assert!(one == bits(case.passed(Kernel::detect(), threads).all()), "{}", case.what);
        }
    }
}

#[test]
fn portable_is_close_to_the_fastest() {
    for case in cases() {
        let [ours, fast] =
            [Kernel::Portable, Kernel::detect()].map(|kernel| case.passed(kernel, 1));
        assert_close(&ours.y, &wide(&fast.y), 1e-5, case.what);
        for (ours, fast) in ours.running.iter().zip(&fast.running) {
            assert_close(&ours.mean, &wide(&fast.mean), 1e-5, case.what);
            assert_close(&ours.variance, &wide(&fast.variance), 1e-5, case.what);
        }
        let of = |passed: &Passed| {
            let image = std::iter::once(passed.x_gradient.clone());
            passed.gradients.iter().cloned().chain(image).collect::<Vec<_>>()
        };
        for (ours, fast) in of(&ours).iter().zip(&of(&fast)) {
            // Before a batch norm a bias has a gradient of roundings alone.
            let scale = fast.iter().fold(0.1_f32, |scale, value| scale.max(value.abs()));
            let close = |(a, b): (&f32, &f32)| {
                f64::from((a - b).abs()) <= GRADIENT_TOLERANCE * f64::from(scale)
            };
            assert!(ours.iter().zip(fast).all(close), "{}", case.what);
        }
    }
}
