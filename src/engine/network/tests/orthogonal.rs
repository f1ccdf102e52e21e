//! Both backends make the steps of Muon orthogonal alike.

use candle_core::{Device, Tensor};

use crate::network::optimiser::Muon;
use crate::network::{Kernel, candle, fused};

/// Q diag(s) with orthonormal columns Q, here those of a Hadamard matrix turned by another,
/// must become Q diag(p(s)), p the quintic of the iteration, applied in f64.
#[test]
fn singular_values_follow_the_quintic() {
    const ROWS: usize = 32;
    let muon = Muon::default();
    let sign = |i: usize, j: usize| if (i & j).count_ones().is_multiple_of(2) { 1.0 } else { -1.0 };
    for columns in [8, 16] {
        let scale = 1.0 / (ROWS as f64 * columns as f64).sqrt();
        let values: Vec<f64> = (0..columns).map(|k| 0.7_f64.powi(k as i32)).collect();
        let made = |values: &[f64]| -> Vec<f32> {
            let at = |i: usize, j: usize| {
                (0..columns).map(|k| sign(i, k) * values[k] * sign(k, j)).sum::<f64>()
            };
            let places = (0..ROWS).flat_map(|i| (0..columns).map(move |j| (i, j)));
            places.map(|(i, j)| (scale * at(i, j)) as f32).collect()
        };
        let norm = values.iter().map(|v| v * v).sum::<f64>().sqrt();
        let [a, b, c] = muon.quintic;
        let mapped: Vec<f64> = values
            .iter()
            .map(|&v| (0..muon.iterations).fold(v / norm, |s, _| s * (a + s * s * (b + c * s * s))))
            .collect();
        let expected = made(&mapped);
        let mut found: Vec<Vec<f32>> = Kernel::available()
            .into_iter()
            .map(|kernel| fused::orthogonalised(kernel, made(&values), columns).unwrap())
            .collect();
        let x = Tensor::from_vec(made(&values), (ROWS, columns), &Device::Cpu).unwrap();
        let theirs = candle::orthogonal(&x, muon).unwrap();
        found.push(theirs.flatten_all().unwrap().to_vec1().unwrap());
        for found in found {
            let worst = found.iter().zip(&expected).map(|(a, b)| (a - b).abs());
            let worst = worst.fold(0.0, f32::max);
            // Entries are up to 0.6; small singular values come from a Gram matrix in f32.
            assert!(worst < 5e-4, "{columns} columns: off by {worst}");
        }
    }
}
