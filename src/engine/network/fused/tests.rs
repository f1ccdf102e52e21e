//! Each fused layer against plain loops in f64 and their finite differences.

use std::sync::{Arc, Mutex};

use candle_core::{Device, Tensor, Var};

use super::convolution::Convolution;
use super::dense::Dense;
use super::kernel::Map;
use super::layers::{Layers, Sink};
use super::loss::CrossEntropy;
use super::stack::{BlockShape, Stack};
use super::workspace::{Workspace, lock};
use crate::network::Kernel;
use crate::network::parameters::{NORM_EPSILON as EPSILON, Running};
use crate::network::tests::{assert_close, stream, uniform};

/// Relative to the greatest value of a tensor: f32 sums of some hundred terms.
const FORWARD_TOLERANCE: f64 = 2e-5;
/// The same for gradients, which pass two convolutions and the moments of the batch.
const GRADIENT_TOLERANCE: f64 = 1e-4;

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

fn layers(
    blocks: Vec<BlockShape>,
    dense: Vec<Dense>,
    kernel: Kernel,
    threads: usize,
) -> Arc<Layers> {
    let running = blocks.iter().map(|block| Running::new(block.convolution.map.channels));
    Arc::new(Layers {
        stack: Stack { running: running.map(Mutex::new).collect(), blocks },
        dense,
        workspace: Workspace::new(kernel, threads).unwrap(),
        input_gradient: true,
    })
}

/// y, gradients of x, w and affine, running mean and variance.
fn fused(case: Case, kernel: Kernel, threads: usize) -> [Vec<f32>; 6] {
    let Case { images, rows, columns, inputs: ins, channels, pool, norm } = case;
    let [x, w, affine, weights] = inputs(case);
    let device = Device::Cpu;
    let x = Var::from_vec(x, (images, rows, columns, ins), &device).unwrap();
    let count = w.len();
    let w = Var::from_vec(w, count, &device).unwrap();
    let count = affine.len();
    let affine = Var::from_vec(affine, count, &device).unwrap();
    let map = Map { rows, columns, channels, pool };
    let convolution = Convolution { map, inputs: ins };
    let block = BlockShape { convolution, norm, crop: 0 };
    let layers = layers(vec![block], Vec::new(), kernel, threads);
    let y = layers.apply(&x, &w, &affine, None).unwrap();
    let weights = Tensor::from_vec(weights, y.shape(), &device).unwrap();
    let gradients = (&y * weights).unwrap().sum_all().unwrap().backward().unwrap();
    let values = |tensor: &Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let gradient = |var: &Var| values(gradients.get(var).unwrap());
    let Running { mean, variance } = lock(&layers.stack.running[0]).clone();
    [values(&y), gradient(&x), gradient(&w), gradient(&affine), mean, variance]
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

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
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
    let device = Device::Cpu;
    for kernel in Kernel::available() {
        let x = Var::from_vec(vec![1.0_f32, 3.0, 3.0, 2.0], (1, 2, 2, 1), &device).unwrap();
        let mut w = vec![0.0_f32; 9];
        w[4] = 1.0;
        let w = Tensor::from_vec(w, 9, &device).unwrap();
        let bias = Tensor::zeros(1, candle_core::DType::F32, &device).unwrap();
        let map = Map { rows: 2, columns: 2, channels: 1, pool: true };
        let convolution = Convolution { map, inputs: 1 };
        let block = BlockShape { convolution, norm: false, crop: 0 };
        let y = layers(vec![block], Vec::new(), kernel, 1).apply(&x, &w, &bias, None).unwrap();
        assert_eq!(y.flatten_all().unwrap().to_vec1::<f32>().unwrap(), [3.0]);
        let gradients = y.sum_all().unwrap().backward().unwrap();
        let gradient = gradients.get(&x).unwrap().flatten_all().unwrap();
        assert_eq!(gradient.to_vec1::<f32>().unwrap(), [0.0, 1.0, 0.0, 0.0], "{kernel}");
    }
}

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
        let weights = var(&[n, outputs]);
        let flat = w.flatten_all().unwrap();
        let layers = layers(Vec::new(), vec![Dense { inputs, outputs, relu }], kernel, 1);
        let ours = layers.apply(&x, &flat, &bias, None).unwrap();
        let theirs = x.matmul(&w).unwrap().broadcast_add(&bias).unwrap();
        let theirs = if relu { theirs.relu().unwrap() } else { theirs };
        let values = |tensor: &Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_close(&values(&ours), &wide(&values(&theirs)), FORWARD_TOLERANCE, "y");
        let backward =
            |y: &Tensor| (y * weights.as_tensor()).unwrap().sum_all().unwrap().backward().unwrap();
        let (ours, theirs) = (backward(&ours), backward(&theirs));
        for (name, var) in [("x", &x), ("w", &w), ("bias", &bias)] {
            let [ours, theirs] = [&ours, &theirs].map(|g| values(g.get(var).unwrap()));
            assert_close(&ours, &wide(&theirs), FORWARD_TOLERANCE, name);
        }
    }
}

#[test]
fn cross_entropy_agrees_with_candle() {
    let device = Device::Cpu;
    let logits = Var::from_vec(uniform(&mut stream(4), 30), (5, 6), &device).unwrap();
    let labels = vec![0_u8, 5, 3, 3, 1];
    let scalar = |tensor: &Tensor| tensor.to_scalar::<f32>().unwrap();
    let gradient = |loss: Tensor| {
        let gradients = loss.backward().unwrap();
        gradients.get(&logits).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap()
    };
    for smoothing in [0.0, 0.3] {
        let ours = CrossEntropy::new(labels.clone(), smoothing).apply(&logits).unwrap();
        // Of the targets written out: one hot, and equal shares.
        let share = smoothing as f32 / 6.0;
        let mut targets = vec![share; 30];
        for (row, &label) in targets.chunks_exact_mut(6).zip(&labels) {
            row[usize::from(label)] += 1.0 - smoothing as f32;
        }
        let targets = Tensor::from_vec(targets, (5, 6), &device).unwrap();
        let logarithms = candle_nn::ops::log_softmax(&logits, 1).unwrap();
        let theirs = ((targets * logarithms).unwrap().sum_all().unwrap() / -5.0).unwrap();
        assert!((scalar(&ours) - scalar(&theirs)).abs() < 1e-6);
        assert_close(&gradient(ours), &wide(&gradient(theirs)), 1e-6, "gradient");
    }
}

/// Two unpooled blocks, a pooled one and two dense layers against one block or layer after the
/// other through candle's graph: what is fused across layers changes nothing.
#[test]
fn layers_together_are_layers_one_by_one() {
    let device = Device::Cpu;
    let (images, side) = (18, 6);
    // The second block takes five channels: the direct way, with an affine source.
    let plan = [(1, 5, false), (5, 16, false), (16, 20, false), (20, 12, true)];
    for kernel in Kernel::available() {
        let mut stream = stream(5);
        let mut blocks = Vec::new();
        for (inputs, channels, pool) in plan {
            let map = Map { rows: side, columns: side, channels, pool };
            let convolution = Convolution { map, inputs };
            blocks.push(BlockShape { convolution, norm: channels != 16, crop: 0 });
        }
        let dense = [(9 * 12, 33, true), (33, 4, false)].map(|(inputs, outputs, relu)| Dense {
            inputs,
            outputs,
            relu,
        });
        let together = layers(blocks.clone(), dense.to_vec(), kernel, 1);
        let [weights, factors] = together
            .sizes()
            .map(|count| Var::from_vec(uniform(&mut stream, count), count, &device));
        let (weights, factors) = (weights.unwrap(), factors.unwrap());
        let x = uniform(&mut stream, images * side * side);
        let x = Var::from_vec(x, (images, side, side, 1), &device).unwrap();
        let goal = uniform(&mut stream, images * 4);
        let goal = Tensor::from_vec(goal, (images, 4), &device).unwrap();

        let y = together.apply(&x, &weights, &factors, None).unwrap();
        let mut apart = x.as_tensor().clone();
        let (mut w_from, mut f_from) = (0, 0);
        let parts = blocks.into_iter().map(|block| layers(vec![block], Vec::new(), kernel, 1));
        let dense = dense.into_iter().map(|dense| layers(Vec::new(), vec![dense], kernel, 1));
        for part in parts.chain(dense) {
            let [w, f] = part.sizes();
            let mine = weights.narrow(0, w_from, w).unwrap();
            let my_factors = factors.narrow(0, f_from, f).unwrap();
            apart = part.apply(&apart, &mine, &my_factors, None).unwrap();
            (w_from, f_from) = (w_from + w, f_from + f);
        }
        let values = |tensor: &Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_close(&values(&y), &wide(&values(&apart)), 1e-6, "y");
        let backward = |y: &Tensor| (y * &goal).unwrap().sum_all().unwrap().backward().unwrap();
        let (ours, theirs) = (backward(&y), backward(&apart));
        for (name, var) in [("x", &x), ("weights", &weights), ("factors", &factors)] {
            let [ours, theirs] = [&ours, &theirs].map(|store| values(store.get(var).unwrap()));
            assert_close(&ours, &wide(&theirs), 1e-6, name);
        }

        // The sink gets the same gradients.
        let sink = Sink::default();
        let y = together.apply(&x, &weights, &factors, Some(&sink)).unwrap();
        backward(&y);
        let [w, f] = lock(&sink).take().unwrap();
        assert_eq!(w[..], values(ours.get(&weights).unwrap()));
        assert_eq!(f[..], values(ours.get(&factors).unwrap()));
    }
}

/// A pooled block and one without a pool, both cropped, against the same blocks with candle's crop
/// after each.
#[test]
fn a_crop_leaves_out_what_lies_at_the_edge() {
    let device = Device::Cpu;
    let images = 18;
    let plan = [([12, 14], 1, 20, true, 1), ([4, 5], 20, 12, false, 1)];
    for kernel in Kernel::available() {
        let mut stream = stream(6);
        let blocks = plan.map(|([rows, columns], inputs, channels, pool, crop)| {
            let map = Map { rows, columns, channels, pool };
            BlockShape { convolution: Convolution { map, inputs }, norm: true, crop }
        });
        let together = layers(blocks.to_vec(), Vec::new(), kernel, 1);
        let [weights, factors] = together
            .sizes()
            .map(|count| Var::from_vec(uniform(&mut stream, count), count, &device).unwrap());
        let x = uniform(&mut stream, images * 12 * 14);
        let x = Var::from_vec(x, (images, 12, 14, 1), &device).unwrap();
        let y = together.apply(&x, &weights, &factors, None).unwrap();
        let goal = uniform(&mut stream, images * 2 * 3 * 12);
        let goal = Tensor::from_vec(goal, y.shape(), &device).unwrap();

        let mut apart = x.as_tensor().clone();
        let (mut w_from, mut f_from) = (0, 0);
        for block in blocks {
            let part = layers(vec![BlockShape { crop: 0, ..block }], Vec::new(), kernel, 1);
            let [w, f] = part.sizes();
            let mine = weights.narrow(0, w_from, w).unwrap();
            let my_factors = factors.narrow(0, f_from, f).unwrap();
            let (rows, columns) = block.convolution.map.pooled();
            let whole = part.apply(&apart, &mine, &my_factors, None).unwrap();
            let shape = (images, rows, columns, block.convolution.map.channels);
            let whole = whole.reshape(shape).unwrap();
            let inside = whole.narrow(1, 1, rows - 2).unwrap().narrow(2, 1, columns - 2).unwrap();
            apart = inside.contiguous().unwrap();
            (w_from, f_from) = (w_from + w, f_from + f);
        }
        let apart = apart.flatten_from(1).unwrap();
        let values = |tensor: &Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_close(&values(&y), &wide(&values(&apart)), 1e-6, "y");
        let backward = |y: &Tensor| (y * &goal).unwrap().sum_all().unwrap().backward().unwrap();
        let (ours, theirs) = (backward(&y), backward(&apart));
        for (name, var) in [("x", &x), ("weights", &weights), ("factors", &factors)] {
            let [ours, theirs] = [&ours, &theirs].map(|store| values(store.get(var).unwrap()));
            assert_close(&ours, &wide(&theirs), 1e-6, name);
        }
    }
}
