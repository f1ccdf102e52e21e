//! Pooling and upsampling: finite differences in f64, ties, odd sizes, and both paths of a graph.

use candle_core::{DType, Device, Tensor, Var};
use serde::Deserialize;

use super::resampling::Resampling;
use super::{average_pool, max_pool, upsample_bilinear, upsample_nearest};
use crate::network::tests::{assert_close, stream, uniform};

const KINDS: [Resampling; 6] = [
    Resampling::MaxPool(2),
    Resampling::MaxPool(3),
    Resampling::AveragePool(2),
    Resampling::Nearest(3),
    Resampling::Bilinear(2),
    Resampling::Bilinear(3),
];

fn apply(kind: Resampling, x: &Tensor) -> Tensor {
    match kind {
        Resampling::MaxPool(edge) => max_pool(x, edge),
        Resampling::AveragePool(edge) => average_pool(x, edge),
        Resampling::Nearest(factor) => upsample_nearest(x, factor),
        Resampling::Bilinear(factor) => upsample_bilinear(x, factor),
    }
    .unwrap()
}

fn flat(tensor: &Tensor) -> Vec<f64> {
    tensor.flatten_all().unwrap().to_dtype(DType::F64).unwrap().to_vec1().unwrap()
}

#[test]
fn gradients_are_finite_differences() {
    // Linear between kinks, so central differences are exact but for roundings of f64.
    const STEP: f64 = 1e-6;
    for (kind, shape) in KINDS.into_iter().flat_map(|kind| {
        [[1, 1, 3, 3], [2, 3, 7, 8], [1, 2, 6, 5]].map(|shape: [usize; 4]| (kind, shape))
    }) {
        let count = shape.iter().product();
        let values: Vec<f64> = uniform(&mut stream(20), count).into_iter().map(f64::from).collect();
        let x = Var::from_vec(values.clone(), &shape, &Device::Cpu).unwrap();
        let y = apply(kind, &x);
        let goal: Vec<f64> =
            uniform(&mut stream(21), y.elem_count()).into_iter().map(f64::from).collect();
        let goal = Tensor::from_vec(goal, y.shape(), &Device::Cpu).unwrap();
        let loss = |y: Tensor| (y * &goal).unwrap().sum_all().unwrap();
        let gradient = flat(loss(y).backward().unwrap().get(&x).unwrap());
        for place in 0..count {
            let at = |step: f64| {
                let mut moved = values.clone();
                moved[place] += step;
                let moved = Tensor::from_vec(moved, &shape, &Device::Cpu).unwrap();
                loss(apply(kind, &moved)).to_scalar::<f64>().unwrap()
            };
            let exact = (at(STEP) - at(-STEP)) / (2.0 * STEP);
            assert!(
                (gradient[place] - exact).abs() < 1e-8,
                "{kind:?} {shape:?}[{place}]: {} for {exact}",
                gradient[place]
            );
        }
    }
}

#[test]
fn ops_and_compositions_agree() {
    for kind in KINDS {
        // Few values, so that windows have several maxima.
        let values: Vec<f32> = (0..2 * 3 * 7 * 9).map(|i| (i * i % 5) as f32).collect();
        let x = Var::from_vec(values, &[2, 3, 7, 9], &Device::Cpu).unwrap();
        let [op, composed] = [apply(kind, &x), kind.composed(&x).unwrap()].map(|y| {
            // Squared, so that the gradient depends on the values.
            let gradients = y.sqr().unwrap().sum_all().unwrap().backward().unwrap();
            (flat(&y), flat(gradients.get(&x).unwrap()))
        });
        let close = |a: &[f64], b: &[f64]| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4)
        };
        assert!(close(&op.0, &composed.0) && close(&op.1, &composed.1), "{kind:?}");
    }
}

#[test]
fn the_first_of_equal_maxima_has_the_gradient() {
    let x = [[[[1.0_f32, 3.0, 9.0], [3.0, 2.0, 9.0]]]];
    let x = Var::from_tensor(&Tensor::new(&x, &Device::Cpu).unwrap()).unwrap();
    for y in [max_pool(&x, 2).unwrap(), Resampling::MaxPool(2).composed(&x).unwrap()] {
        assert_eq!(flat(&y), [3.0]);
        let gradients = y.backward().unwrap();
        assert_eq!(flat(gradients.get(&x).unwrap()), [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    }
}

#[test]
fn paths_of_a_graph_add_up() {
    // d/dx (up(x) summed + x summed) with factor 2: 4 + 1 for every pixel.
    for kind in [Resampling::Nearest(2), Resampling::Bilinear(2)] {
        let x = Var::zeros((1, 1, 3, 4), DType::F32, &Device::Cpu).unwrap();
        for y in [apply(kind, &x), kind.composed(&x).unwrap()] {
            let loss = (x.sum_all().unwrap() + y.sum_all().unwrap()).unwrap();
            let gradients = loss.backward().unwrap();
            assert_eq!(flat(gradients.get(&x).unwrap()), [5.0; 12], "{kind:?}");
        }
    }
}

#[test]
fn impossible_sizes_are_errors() {
    let x = Tensor::zeros((1, 1, 2, 3), DType::F32, &Device::Cpu).unwrap();
    assert!(max_pool(&x, 3).unwrap_err().to_string().contains("a pool of edge 3 on a map of 2×3"));
    assert!(average_pool(&x, 0).is_err() && upsample_nearest(&x, 0).is_err());
    assert!(max_pool(&x.squeeze(0).unwrap(), 2).is_err());
    assert!(max_pool(&x.to_dtype(DType::U8).unwrap(), 2).is_err());
}

#[derive(Deserialize)]
struct Expected {
    pieces: Vec<ExpectedPiece>,
}

#[derive(Deserialize)]
struct ExpectedPiece {
    piece: String,
    factor: usize,
    shape: [usize; 4],
    y: Vec<f64>,
    gradient: Vec<f64>,
}

/// As in the program.
fn values(count: usize, seed: usize) -> Vec<f32> {
    let value = |index| ((index * 7919 + seed * 104_729) % 2048) as f32 / 1024.0 - 1.0;
    (0..count).map(value).collect()
}

/// `scripts/network_reference.py` made the numbers, in f64.
#[test]
fn pools_and_upsampling_are_pytorchs() {
    let expected: Expected = serde_json::from_str(include_str!("../tests/pytorch.json")).unwrap();
    for ExpectedPiece { piece, factor, shape, y, gradient } in expected.pieces {
        let x = values(shape.iter().product(), 1);
        let x = Var::from_vec(x, &shape, &Device::Cpu).unwrap();
        let (ours, kind) = match piece.as_str() {
            "max_pool" => (max_pool(&x, factor), Resampling::MaxPool(factor)),
            "average_pool" => (average_pool(&x, factor), Resampling::AveragePool(factor)),
            "upsample_nearest" => (upsample_nearest(&x, factor), Resampling::Nearest(factor)),
            "upsample_bilinear" => (upsample_bilinear(&x, factor), Resampling::Bilinear(factor)),
            other => panic!("unknown piece {other}"),
        };
        for (form, ours) in [("op", ours.unwrap()), ("composed", kind.composed(&x).unwrap())] {
            let what = format!("{piece} {factor} as {form}");
            let flat = |tensor: &Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            // A few roundings of values below 1, and sums of at most nine of them.
            assert_close(&flat(&ours), &y, 1e-6, &what);
            let goal = Tensor::from_vec(values(y.len(), 2), ours.shape(), &Device::Cpu);
            let loss = (ours * goal.unwrap()).unwrap().sum_all().unwrap();
            let found = flat(loss.backward().unwrap().get(&x).unwrap());
            assert_close(&found, &gradient, 1e-6, &what);
        }
    }
}
