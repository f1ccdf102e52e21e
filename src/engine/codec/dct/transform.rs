//! The discrete cosine transform of a block and its inverse (ITU-T T.81 A.3.3).
//!
//! Rows and columns one after the other, even and odd parts separately, in f32: with 12-bit samples
//! the coefficients are off by less than 0.01.

use super::block::{Block, SIDE};

/// Half the cosine of kπ/16, k = 1 to 7.
const A1: f32 = 0.490_392_64;
const A2: f32 = 0.461_939_77;
const A3: f32 = 0.415_734_8;
const A4: f32 = 0.353_553_39;
const A5: f32 = 0.277_785_12;
const A6: f32 = 0.191_341_72;
const A7: f32 = 0.097_545_16;

/// One value of each of the eight columns.
type Lane = [f32; SIDE];

fn add(a: Lane, b: Lane) -> Lane {
    std::array::from_fn(|at| a[at] + b[at])
}

fn subtract(a: Lane, b: Lane) -> Lane {
    std::array::from_fn(|at| a[at] - b[at])
}

fn times(factor: f32, a: Lane) -> Lane {
    a.map(|value| factor * value)
}

/// f₀ a₀ + f₁ a₁.
fn pair(f: [f32; 2], a: [Lane; 2]) -> Lane {
    std::array::from_fn(|at| f[0] * a[0][at] + f[1] * a[1][at])
}

/// Σ fᵢ aᵢ.
fn four(f: [f32; 4], a: [Lane; 4]) -> Lane {
    std::array::from_fn(|at| {
        (f[0] * a[0][at] + f[1] * a[1][at]) + (f[2] * a[2][at] + f[3] * a[3][at])
    })
}

/// Down every column.
fn forward_columns(x: [Lane; SIDE]) -> [Lane; SIDE] {
    let s: [Lane; 4] = std::array::from_fn(|at| add(x[at], x[7 - at]));
    let d: [Lane; 4] = std::array::from_fn(|at| subtract(x[at], x[7 - at]));
    let (outer, inner) = (add(s[0], s[3]), add(s[1], s[2]));
    let even = [subtract(s[0], s[3]), subtract(s[1], s[2])];
    [
        times(A4, add(outer, inner)),
        four([A1, A3, A5, A7], d),
        pair([A2, A6], even),
        four([A3, -A7, -A1, -A5], d),
        times(A4, subtract(outer, inner)),
        four([A5, -A1, A7, A3], d),
        pair([A6, -A2], even),
        four([A7, -A5, A3, -A1], d),
    ]
}

fn inverse_columns(x: [Lane; SIDE]) -> [Lane; SIDE] {
    let (sum, difference) = (times(A4, add(x[0], x[4])), times(A4, subtract(x[0], x[4])));
    let even = [x[2], x[6]];
    let (outer, inner) = (pair([A2, A6], even), pair([A6, -A2], even));
    let e = [
        add(sum, outer),
        add(difference, inner),
        subtract(difference, inner),
        subtract(sum, outer),
    ];
    let odd = [x[1], x[3], x[5], x[7]];
    let o = [
        four([A1, A3, A5, A7], odd),
        four([A3, -A7, -A1, -A5], odd),
        four([A5, -A1, A7, A3], odd),
        four([A7, -A5, A3, -A1], odd),
    ];
    std::array::from_fn(
        |at| {
            if at < 4 { add(e[at], o[at]) } else { subtract(e[7 - at], o[7 - at]) }
        },
    )
}

fn transposed(x: [Lane; SIDE]) -> [Lane; SIDE] {
    std::array::from_fn(|row| std::array::from_fn(|column| x[column][row]))
}

fn lanes(block: &Block<f32>) -> [Lane; SIDE] {
    std::array::from_fn(|row| std::array::from_fn(|column| block[SIDE * row + column]))
}

fn block(lanes: &[Lane; SIDE]) -> Block<f32> {
    std::array::from_fn(|at| lanes[at / SIDE][at % SIDE])
}

/// The coefficients of samples around 0.
pub(super) fn forward(samples: &Block<f32>) -> Block<f32> {
    let vertical = transposed(forward_columns(lanes(samples)));
    block(&transposed(forward_columns(vertical)))
}

/// The samples around 0 of coefficients.
pub(super) fn inverse(coefficients: &Block<f32>) -> Block<f32> {
    let vertical = transposed(inverse_columns(lanes(coefficients)));
    block(&transposed(inverse_columns(vertical)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of f32 sums of 64 products up to 16384.
    const TOLERANCE: f64 = 0.01;

    /// Samples of 12 bits around 0, harsh ones.
    fn samples() -> Block<f32> {
        std::array::from_fn(|at| ((at * at * 7919 + 31 * at) % 4096) as f32 - 2048.0)
    }

    #[test]
    fn coefficients_follow_the_definition() {
        // T.81 A.3.3: S(v,u) = ¼ C(u) C(v) Σ s(y,x) cos((2x+1)uπ/16) cos((2y+1)vπ/16).
        let samples = samples();
        let got = forward(&samples);
        let cosine = |place: usize, frequency: usize| {
            let angle = (2 * place + 1) as f64 * frequency as f64 * std::f64::consts::PI / 16.0;
            let norm = if frequency == 0 { 0.5_f64.sqrt() } else { 1.0 };
            0.5 * norm * libm::cos(angle)
        };
        for v in 0..8 {
            for u in 0..8 {
                let mut expected = 0.0;
                for (at, &sample) in samples.iter().enumerate() {
                    expected += f64::from(sample) * cosine(at / 8, v) * cosine(at % 8, u);
                }
                let difference = (f64::from(got[8 * v + u]) - expected).abs();
                assert!(difference < TOLERANCE, "{v} {u}: {difference}");
            }
        }
    }

    #[test]
    fn the_inverse_restores_the_samples() {
        let samples = samples();
        let restored = inverse(&forward(&samples));
        let difference = |(a, b): (&f32, &f32)| f64::from((a - b).abs());
        assert!(restored.iter().zip(&samples).map(difference).all(|it| it < TOLERANCE));
    }
}
