//! Slanted edges, which the blur of a physics is measured on.

use phantom_limit_engine::phantom::Phantom;
use phantom_limit_engine::scene::{Painted, Polygon};

use crate::fields;

/// Frequency in 1/mm at which the MTF is one half, from the edge between two painted values
/// that leans by 1 in 16 (ISO 12233). The phantom should be without noise.
pub(crate) fn mtf50_per_mm(phantom: &Phantom, low: f64, high: f64) -> f64 {
    let matrix = phantom.formation.matrix;
    let spacing = matrix.pixel_spacing.0;
    let (rows, columns) = (matrix.rows, matrix.columns);
    let (half_height, half_width) = (rows as f64 * spacing / 2.0, columns as f64 * spacing / 2.0);
    let slope = 1.0 / 16.0;
    let lean = slope * half_height;
    let edge = Polygon {
        contours: vec![vec![
            [-lean, -half_height],
            [lean, half_height],
            [half_width / 2.0, half_height],
            [half_width / 2.0, -half_height],
        ]],
    };
    let mut scene = fields::even(low);
    scene.layers.push(Painted::flat(edge, high));
    let image = fields::values(phantom, &scene, 0);
    // Oversampled edge spread function: distance from the edge in quarter pixels.
    const FINE: f64 = 4.0;
    let half = columns as f64 / 8.0;
    let mut sum = vec![0.0; (2.0 * half * FINE) as usize];
    let mut count = vec![0_u32; sum.len()];
    let normal = 1.0 / (1.0 + slope * slope).sqrt();
    // The middle quarter: at the top and bottom the scene goes on with an upright edge.
    for row in rows * 3 / 8..rows * 5 / 8 {
        for column in columns / 4..columns * 3 / 4 {
            let y = row as f64 + 0.5 - rows as f64 / 2.0;
            let x = column as f64 + 0.5 - columns as f64 / 2.0;
            let bin = (((x - slope * y) * normal + half) * FINE).floor();
            if bin >= 0.0 && (bin as usize) < sum.len() {
                sum[bin as usize] += image[row * columns + column];
                count[bin as usize] += 1;
            }
        }
    }
    let edge: Vec<f64> = sum.iter().zip(&count).map(|(s, &n)| s / f64::from(n.max(1))).collect();
    let line: Vec<f64> = edge.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mtf = |per_mm: f64| {
        let omega = std::f64::consts::TAU * per_mm * spacing / FINE;
        let (mut re, mut im) = (0.0, 0.0);
        for (k, value) in line.iter().enumerate() {
            let (s, c) = libm::sincos(omega * k as f64);
            re += value * c;
            im += value * s;
        }
        // Differencing and binning over a quarter pixel each have a sinc of their own.
        let x = std::f64::consts::PI * per_mm * spacing / FINE;
        let sinc = libm::sin(x) / x;
        (re * re + im * im).sqrt() / (sinc * sinc)
    };
    let zero = mtf(1e-6);
    let (mut below, mut above) = (1e-3, 0.5 / spacing);
    for _ in 0..40 {
        let middle = (below + above) / 2.0;
        if mtf(middle) / zero > 0.5 { below = middle } else { above = middle }
    }
    below
}
