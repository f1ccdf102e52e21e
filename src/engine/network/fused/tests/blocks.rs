//! Blocks of a 3×3 convolution, batch norm or bias, ReLU and pool, on maps of any extent.

use candle_core::{Device, Tensor, Var};

use super::{FORWARD_TOLERANCE, GRADIENT_TOLERANCE, Plan, Streams, passed, wide};
use crate::network::Kernel;
use crate::network::fused::kernel::Map;
use crate::network::fused::objective::Objective;
use crate::network::fused::plan::{Affine, Step, Unit};
use crate::network::parameters::NORM_EPSILON as EPSILON;
use crate::network::tests::{assert_close, stream, uniform};
use crate::network::{Architecture, Recipe};

#[derive(Debug, Clone, Copy)]
struct Case {
    images: usize,
    rows: usize,
    columns: usize,
    inputs: usize,
    channels: usize,
    pool: bool,
    norm: bool,
}

const fn case(
    images: usize,
    [rows, columns]: [usize; 2],
    [inputs, channels]: [usize; 2],
    pool: bool,
    norm: bool,
) -> Case {
    Case { images, rows, columns, inputs, channels, pool, norm }
}

/// Even and odd sizes, batch 1 and ragged chunks, channels off the vector width, all four kinds.
const CASES: [Case; 9] = [
    case(2, [8, 8], [1, 16], true, true),
    case(1, [7, 5], [3, 20], true, true),
    case(19, [4, 9], [16, 32], false, true),
    case(3, [6, 4], [32, 48], true, false),
    case(1, [5, 5], [17, 5], false, false),
    case(9, [2, 3], [2, 16], true, true),
    case(12, [1, 1], [16, 64], false, true),
    case(2, [13, 18], [16, 16], true, true),
    case(1, [10, 33], [64, 32], false, true),
];

/// Inputs of a case: x, w, affine, and the weights of the outputs in the loss.
fn inputs(case: Case) -> [Vec<f32>; 4] {
    let mut stream = stream(1);
    let Case { images, rows, columns, inputs, channels, pool, norm } = case;
    let (out_rows, out_columns) = if pool { (rows / 2, columns / 2) } else { (rows, columns) };
    [
        images * rows * columns * inputs,
        9 * inputs * channels,
        if norm { 2 * channels } else { channels },
        images * out_rows * out_columns * channels,
    ]
    .map(|count| uniform(&mut stream, count))
}

/// One block as a graph.
fn plan(case: Case) -> Plan {
    let Case { rows, columns, inputs, channels, pool, norm, .. } = case;
    let unit = Unit {
        sources: vec![None],
        step: Step::Three { inputs },
        map: Map { rows, columns, channels, pool, relu: true },
        affine: if norm { Affine::Norm(1, 0) } else { Affine::Bias(1) },
        weights: Some(0),
    };
    let image = Map { rows, columns, channels: inputs, pool: false, relu: false };
    Plan { units: vec![unit], image, phase: 0 }
}

/// y, gradients of x, w and affine, running mean and variance.
fn fused(case: Case, kernel: Kernel, threads: usize) -> [Vec<f32>; 6] {
    let [x, w, affine, goal] = inputs(case);
    let channels = if case.norm { vec![case.channels] } else { Vec::new() };
    let found = passed(
        &plan(case),
        &[w, affine],
        &channels,
        [&x, &goal],
        &Streams::new(),
        (kernel, threads),
    );
    let [w_gradient, affine_gradient] = found.gradients.try_into().unwrap();
    let (mean, variance) =
        found.running.into_iter().map(|it| (it.mean, it.variance)).next().unwrap_or_default();
    [found.y, found.x_gradient, w_gradient, affine_gradient, mean, variance]
}

/// y, batch mean and biased variance, by the definition.
fn reference(case: Case, x: &[f64], w: &[f64], affine: &[f64]) -> [Vec<f64>; 3] {
    let Case { images, rows, columns, inputs, channels, pool, norm } = case;
    let mut z = vec![0.0; images * rows * columns * channels];
    for (pixel, z) in z.chunks_exact_mut(channels).enumerate() {
        let (image, row, column) =
            (pixel / (rows * columns), pixel / columns % rows, pixel % columns);
        for tap in 0..9 {
            let (y, x_) = (row + tap / 3, column + tap % 3);
            if y == 0 || x_ == 0 || y > rows || x_ > columns {
                continue;
            }
            let start = ((image * rows + y - 1) * columns + x_ - 1) * inputs;
            for (input, value) in x[start..start + inputs].iter().enumerate() {
                let weights = &w[(tap * inputs + input) * channels..][..channels];
                z.iter_mut().zip(weights).for_each(|(z, w)| *z += value * w);
            }
        }
    }
    let count = (images * rows * columns) as f64;
    let (mut mean, mut variance) = (vec![0.0; channels], vec![0.0; channels]);
    for pixel in z.chunks_exact(channels) {
        mean.iter_mut().zip(pixel).for_each(|(mean, z)| *mean += z / count);
    }
    for pixel in z.chunks_exact(channels) {
        for channel in 0..channels {
            variance[channel] += (pixel[channel] - mean[channel]).powi(2) / count;
        }
    }
    let activated = |place: usize| {
        let channel = place % channels;
        let a = if norm {
            let normal = (z[place] - mean[channel]) / (variance[channel] + EPSILON).sqrt();
            affine[channel] * normal + affine[channels + channel]
        } else {
            z[place] + affine[channel]
        };
        a.max(0.0)
    };
    let step = if pool { 2 } else { 1 };
    let mut y = Vec::new();
    for image in 0..images {
        for row in 0..rows / step {
            for column in 0..columns / step {
                for channel in 0..channels {
                    let mut best = 0.0_f64;
                    for (down, right) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                        if down < step && right < step {
                            let pixel = (image * rows + step * row + down) * columns
                                + step * column
                                + right;
                            best = best.max(activated(pixel * channels + channel));
                        }
                    }
                    y.push(best);
                }
            }
        }
    }
    [y, mean, variance]
}

#[test]
fn forward_is_the_definition() {
    for kernel in Kernel::available() {
        for case in CASES {
            let [x, w, affine, _] = inputs(case).map(|values| wide(&values));
            let [y, mean, variance] = reference(case, &x, &w, &affine);
            let ours = fused(case, kernel, 1);
            let what = format!("{kernel} {case:?}");
            assert_close(&ours[0], &y, FORWARD_TOLERANCE, &what);
            if case.norm {
                let count = (case.images * case.rows * case.columns) as f64;
                let mean: Vec<f64> = mean.iter().map(|mean| 0.1 * mean).collect();
                let unbiased = count / (count - 1.0).max(1.0);
                let variance: Vec<f64> =
                    variance.iter().map(|variance| 0.9 + 0.1 * variance * unbiased).collect();
                assert_close(&ours[4], &mean, FORWARD_TOLERANCE, &what);
                assert_close(&ours[5], &variance, FORWARD_TOLERANCE, &what);
            }
        }
    }
}

#[test]
fn gradients_are_finite_differences() {
    // Central differences in f64; a step so small that hardly any kink lies inside.
    const STEP: f64 = 1e-6;
    const SAMPLES: usize = 12;
    for case in CASES {
        let [x, w, affine, weights] = inputs(case).map(|values| wide(&values));
        let loss = |x: &[f64], w: &[f64], affine: &[f64]| -> f64 {
            let [y, ..] = reference(case, x, w, affine);
            y.iter().zip(&weights).map(|(y, weight)| y * weight).sum()
        };
        let mut stream = stream(2);
        let all = [x, w, affine];
        let mut differences = Vec::new();
        for tensor in 0..3 {
            for _ in 0..SAMPLES {
                let place = stream.below(all[tensor].len() as u64) as usize;
                let at = |step: f64| {
                    let mut moved = all.clone();
                    moved[tensor][place] += step;
                    loss(&moved[0], &moved[1], &moved[2])
                };
                differences.push((tensor, place, (at(STEP) - at(-STEP)) / (2.0 * STEP)));
            }
        }
        for kernel in Kernel::available() {
            let ours = fused(case, kernel, 1);
            for &(tensor, place, exact) in &differences {
                let gradient = &ours[1 + tensor];
                let scale = gradient.iter().fold(0.1_f32, |scale, value| scale.max(value.abs()));
                let error = (f64::from(gradient[place]) - exact).abs() / f64::from(scale);
                assert!(
                    error < GRADIENT_TOLERANCE,
                    "{kernel} {case:?} tensor {tensor}[{place}]: {} for {exact}, scale {scale}",
                    gradient[place]
                );
            }
        }
    }
}

#[test]
fn avx512_and_avx2_give_the_same_bits() {
    if !Kernel::Avx512.is_available() {
        return;
    }
    for case in CASES {
        let [ours, others] =
            [Kernel::Avx512, Kernel::Avx2].map(|kernel| fused(case, kernel, 1).concat());
        let bits = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect::<Vec<_>>();
        assert_eq!(bits(ours), bits(others), "{case:?}");
    }
}

#[test]
fn portable_is_close_to_the_fastest() {
    for case in CASES {
        let fast = fused(case, Kernel::detect(), 1);
        for (part, (ours, fast)) in fused(case, Kernel::Portable, 1).iter().zip(fast).enumerate() {
            assert_close(ours, &wide(&fast), 1e-5, &format!("{case:?} part {part}"));
        }
    }
}

#[test]
fn threads_change_no_bit() {
    for case in CASES {
        let one = fused(case, Kernel::detect(), 1);
        for threads in [2, 3] {
            assert_eq!(one, fused(case, Kernel::detect(), threads), "{case:?}");
        }
    }
}

#[test]
fn pool_sends_the_gradient_to_the_first_maximum() {
    // One channel passes unchanged (centre tap 1, bias 0): window [1 3; 3 2] has two maxima.
    for kernel in Kernel::available() {
        let case = case(1, [2, 2], [1, 1], true, false);
        let mut w = vec![0.0_f32; 9];
        w[4] = 1.0;
        let x = [1.0_f32, 3.0, 3.0, 2.0];
        let found =
            passed(&plan(case), &[w, vec![0.0]], &[], [&x, &[1.0]], &Streams::new(), (kernel, 1));
        assert_eq!(found.y, [3.0]);
        assert_eq!(found.x_gradient, [0.0, 1.0, 0.0, 0.0], "{kernel}");
    }
}

/// A dense layer, with ReLU or without, against candle's.
#[test]
fn dense_agrees_with_candle() {
    let device = Device::Cpu;
    for (kernel, (n, inputs, outputs), relu) in Kernel::available().into_iter().flat_map(|kernel| {
        [((1, 16, 6), false), ((11, 300, 64), true), ((9, 33, 17), true)]
            .map(|(shape, relu)| (kernel, shape, relu))
    }) {
        let mut stream = stream(3);
        let mut var = |shape: &[usize]| {
            let values = uniform(&mut stream, shape.iter().product());
            Var::from_vec(values, shape, &device).unwrap()
        };
        let (x, w, bias) = (var(&[n, inputs]), var(&[inputs, outputs]), var(&[outputs]));
        let goal = var(&[n, outputs]);
        let values = |tensor: &Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let vector = |channels, relu| Map { rows: 1, columns: 1, channels, pool: false, relu };
        let unit = Unit {
            sources: vec![None],
            step: Step::Dense,
            map: vector(outputs, relu),
            affine: Affine::Bias(1),
            weights: Some(0),
        };
        let plan = Plan { units: vec![unit], image: vector(inputs, false), phase: 0 };
        let parameters = [values(&w), values(&bias)];
        let ours = passed(
            &plan,
            &parameters,
            &[],
            [&values(&x), &values(&goal)],
            &Streams::new(),
            (kernel, 1),
        );
        let theirs = x.matmul(&w).unwrap().broadcast_add(&bias).unwrap();
        let theirs = if relu { theirs.relu().unwrap() } else { theirs };
        assert_close(&ours.y, &wide(&values(&theirs)), FORWARD_TOLERANCE, "y");
        let theirs = (theirs * goal.as_tensor()).unwrap().sum_all().unwrap().backward().unwrap();
        let [w_gradient, bias_gradient] = &ours.gradients[..] else { panic!("two gradients") };
        let all =
            [("x", &x, &ours.x_gradient), ("w", &w, w_gradient), ("bias", &bias, bias_gradient)];
        for (name, var, ours) in all {
            let theirs = values(theirs.get(var).unwrap());
            assert_close(ours, &wide(&theirs), FORWARD_TOLERANCE, name);
        }
    }
}

#[test]
fn cross_entropy_agrees_with_candle() {
    let device = Device::Cpu;
    let logits = Var::from_vec(uniform(&mut stream(4), 30), (5, 6), &device).unwrap();
    let labels = vec![0_u8, 5, 3, 3, 1];
    for smoothing in [0.0, 0.3] {
        let recipe = Recipe { label_smoothing: smoothing, ..Recipe::reference(8, 6) };
        let mut ours = logits.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let loss = Objective::of(&recipe).unwrap().slopes(&mut ours, &labels);
        // Of the targets written out: one hot, and equal shares.
        let share = smoothing as f32 / 6.0;
        let mut targets = vec![share; 30];
        for (row, &label) in targets.chunks_exact_mut(6).zip(&labels) {
            row[usize::from(label)] += 1.0 - smoothing as f32;
        }
        let targets = Tensor::from_vec(targets, (5, 6), &device).unwrap();
        let logarithms = candle_nn::ops::log_softmax(&logits, 1).unwrap();
        let theirs = ((targets * logarithms).unwrap().sum_all().unwrap() / -5.0).unwrap();
        assert!((loss - f64::from(theirs.to_scalar::<f32>().unwrap())).abs() < 1e-6);
        let gradients = theirs.backward().unwrap();
        let theirs = gradients.get(&logits).unwrap().flatten_all().unwrap();
        assert_close(&ours, &wide(&theirs.to_vec1::<f32>().unwrap()), 1e-6, "gradient");
    }
}

/// Of maps: softmax of one pixel after the other, moved by a little.
#[test]
fn the_loss_of_maps_has_its_slopes() {
    const STEP: f32 = 1e-2;
    let architecture = Architecture::preset("unet", 8, 3).unwrap();
    let labels: Vec<u8> = (0..2 * 64).map(|pixel| (pixel * 7 % 5 % 3) as u8).collect();
    let logits = uniform(&mut stream(6), labels.len() * 3);
    for smoothing in [0.0, 0.2] {
        let recipe = Recipe { label_smoothing: smoothing, ..Recipe::of(architecture.clone()) };
        let objective = Objective::of(&recipe).unwrap();
        let loss = |place: usize, step: f32| {
            let mut moved = logits.clone();
            moved[place] += step;
            objective.slopes(&mut moved, &labels)
        };
        let mut slopes = logits.clone();
        objective.slopes(&mut slopes, &labels);
        let scale = slopes.iter().fold(0.0_f64, |scale, &value| scale.max(f64::from(value.abs())));
        for place in (0..slopes.len()).step_by(13) {
            let exact = (loss(place, STEP) - loss(place, -STEP)) / (2.0 * f64::from(STEP));
            // Logits are f32, and the third derivative counts for 1e-5 of the slope.
            let error = (f64::from(slopes[place]) - exact).abs();
            assert!(error < 1e-4 * scale, "{place}: {} for {exact}", slopes[place]);
        }
    }
}
