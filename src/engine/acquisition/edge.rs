//! The MTF from a slanted edge in an image (ISO 12233; for CT and projections IEC 62220-1): the place
//! of the edge in every line, the oversampled edge spread across it, its derivative, and the
//! transform of that. Knows no file.

use std::f64::consts::TAU;

use thiserror::Error;

use super::filter::sinc;
use super::mtf::MtfCurve;

/// Bins of the edge spread in a pixel.
const FINE: usize = 4;
/// Values of the curve from 0 to the Nyquist frequency, without the first.
const FREQUENCIES: usize = 64;
/// Fewest lines and fewest pixels of a line.
const SMALLEST: usize = 16;
/// Steepest lean of an edge, in pixels a line: tan 30°.
const STEEPEST: f64 = 0.577;
/// Least height of the edge over the standard deviation of the pixels beside it.
const LEAST_HEIGHT: f64 = 10.0;

/// Why no MTF could be measured.
#[derive(Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum EdgeError {
    /// The rectangle is too small or reaches outside the image.
    #[error(
        "the rectangle of an edge lies inside the image and has at least {SMALLEST} pixels a side"
    )]
    Rectangle,
    /// The edge hardly stands out of the noise.
    #[error(
        "no edge stands out in the rectangle: its height is {height:.1} times the noise beside it, not {LEAST_HEIGHT}"
    )]
    Faint {
        /// Height over the standard deviation beside it.
        height: f64,
    },
    /// The edge leans too little to be sampled finely, or too much, or is not straight.
    #[error(
        "the edge moves by {lean:.3} pixels a line: from one pixel over the whole rectangle to {STEEPEST}"
    )]
    Lean {
        /// Pixels by which it moves from one line to the next.
        lean: f64,
    },
}

/// A part of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rectangle {
    /// First row.
    pub row: usize,
    /// First column.
    pub column: usize,
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
}

/// The MTF up to the Nyquist frequency, from the one straight edge in `part` of an image of `rows` ×
/// `columns` values in row-major order, linear in what is imaged. That of the pixel is part of it.
///
/// # Errors
/// If the rectangle does not fit, or holds no edge that can be measured.
pub fn edge_mtf(
    values: &[f64],
    [rows, columns]: [usize; 2],
    part: Rectangle,
    pixel_spacing_mm: f64,
) -> Result<MtfCurve, EdgeError> {
    let lines = Lines::of(values, [rows, columns], part)?;
    let (place, lean) = lines.edge();
    let crossed = lean.abs() * lines.lines.len() as f64;
    if !(1.0..).contains(&crossed) || lean.abs() > STEEPEST {
        return Err(EdgeError::Lean { lean });
    }
    let spread = lines.spread(place, lean)?;
    Ok(transfer(&spread, pixel_spacing_mm))
}

/// The lines of a rectangle, each of which crosses the edge.
struct Lines {
    lines: Vec<Vec<f64>>,
}

impl Lines {
    fn of(values: &[f64], [rows, columns]: [usize; 2], part: Rectangle) -> Result<Self, EdgeError> {
        let fits = |first: usize, count: usize, whole: usize| {
            count >= SMALLEST && first.checked_add(count).is_some_and(|end| end <= whole)
        };
        let inside = fits(part.row, part.rows, rows) && fits(part.column, part.columns, columns);
        if !inside || values.len() != rows * columns {
            return Err(EdgeError::Rectangle);
        }
        let at =
            |row: usize, column: usize| values[(part.row + row) * columns + part.column + column];
        // The edge is upright where the outer columns differ more than the outer rows.
        let across = (0..part.rows).map(|row| at(row, part.columns - 1) - at(row, 0)).sum::<f64>();
        let down =
            (0..part.columns).map(|column| at(part.rows - 1, column) - at(0, column)).sum::<f64>();
        let upright = across.abs() * part.columns as f64 >= down.abs() * part.rows as f64;
        let lines = if upright {
            (0..part.rows)
                .map(|row| (0..part.columns).map(|column| at(row, column)).collect())
                .collect()
        } else {
            (0..part.columns)
                .map(|column| (0..part.rows).map(|row| at(row, column)).collect())
                .collect()
        };
        Ok(Self { lines })
    }

    /// Where the edge crosses line 0, and by how many pixels it moves from one line to the next: a
    /// line through the centroids of the derivatives, weighted by a Hamming window about the edge
    /// as it was found before.
    fn edge(&self) -> (f64, f64) {
        let pixels = self.lines[0].len() as f64;
        let (mut place, mut lean) = (pixels / 2.0, 0.0);
        // From the whole width down to what surrounds the edge.
        for width in [pixels, pixels, pixels / 2.0, pixels / 2.0] {
            let centroids: Vec<(f64, f64)> = (self.lines.iter().enumerate())
                .filter_map(|(number, line)| {
                    let middle = place + lean * number as f64;
                    let (mut sum, mut moment) = (0.0, 0.0);
                    for (column, pair) in line.windows(2).enumerate() {
                        let x = column as f64 + 1.0;
                        let weight = hamming((x - middle) / width) * (pair[1] - pair[0]);
                        sum += weight;
                        moment += weight * x;
                    }
                    let x = moment / sum;
                    (x.is_finite() && (0.0..=pixels).contains(&x)).then_some((number as f64, x))
                })
                .collect();
            let count = centroids.len().max(1) as f64;
            let mean = |of: fn(&(f64, f64)) -> f64| centroids.iter().map(of).sum::<f64>() / count;
            let (y, x) = (mean(|it| it.0), mean(|it| it.1));
            let covariance: f64 = centroids.iter().map(|it| (it.0 - y) * (it.1 - x)).sum();
            let variance: f64 = centroids.iter().map(|it| (it.0 - y) * (it.0 - y)).sum();
            lean = if variance > 0.0 { covariance / variance } else { 0.0 };
            place = x - lean * y;
        }
        (place, lean)
    }

    /// The edge spread: mean distance from the edge and mean value of every quarter of a pixel that a
    /// pixel falls in, as far as every line reaches.
    fn spread(&self, place: f64, lean: f64) -> Result<Vec<[f64; 2]>, EdgeError> {
        let pixels = self.lines[0].len() as f64;
        let last = place + lean * (self.lines.len() - 1) as f64;
        let normal = 1.0 / (1.0 + lean * lean).sqrt();
        let reach = place.min(last).min(pixels - place.max(last)) * normal;
        let half = (reach * FINE as f64).floor();
        if half < (2 * FINE) as f64 {
            return Err(EdgeError::Lean { lean });
        }
        let mut bins = vec![Bin::default(); 2 * half as usize];
        for (number, line) in self.lines.iter().enumerate() {
            let middle = place + lean * number as f64;
            for (column, &value) in line.iter().enumerate() {
                let distance = (column as f64 + 0.5 - middle) * normal;
                let bin = (distance * FINE as f64 + half).floor();
                if let Some(bin) = (bin >= 0.0).then(|| bins.get_mut(bin as usize)).flatten() {
                    bin.count += 1.0;
                    bin.distance += distance;
                    bin.value += value;
                    bin.square += value * value;
                }
            }
        }
        check_height(&bins)?;
        let filled = bins.iter().filter(|bin| bin.count > 0.0);
        Ok(filled.map(|bin| [bin.distance / bin.count, bin.value / bin.count]).collect())
    }
}

/// Sums over the pixels in a quarter of a pixel.
#[derive(Clone, Default)]
struct Bin {
    count: f64,
    distance: f64,
    value: f64,
    square: f64,
}

/// The quarters at both ends are beside the edge.
fn check_height(bins: &[Bin]) -> Result<(), EdgeError> {
    let end = (bins.len() / 4).max(1);
    let moments = |part: &[Bin]| {
        let count = part.iter().map(|bin| bin.count).sum::<f64>().max(1.0);
        let mean = part.iter().map(|bin| bin.value).sum::<f64>() / count;
        let square = part.iter().map(|bin| bin.square).sum::<f64>() / count;
        (mean, (square - mean * mean).max(0.0))
    };
    let (low, high) = (moments(&bins[..end]), moments(&bins[bins.len() - end..]));
    let step = (high.0 - low.0).abs();
    let height = step / ((low.1 + high.1) / 2.0).sqrt();
    if step > 0.0 && height >= LEAST_HEIGHT { Ok(()) } else { Err(EdgeError::Faint { height }) }
}

/// 1 in the middle, 0.08 at ±½ and beyond.
fn hamming(place: f64) -> f64 {
    0.54 + 0.46 * libm::cos(TAU * place.clamp(-0.5, 0.5))
}

/// The transform of the line spread, in the middle between neighbouring places of the edge spread: a
/// lean that is a fraction of a pixel puts these at uneven distances.
fn transfer(spread: &[[f64; 2]], pixel_spacing_mm: f64) -> MtfCurve {
    let (first, last) = (spread[0][0], spread[spread.len() - 1][0]);
    let line: Vec<[f64; 2]> = (spread.windows(2))
        .map(|pair| {
            let middle = (pair[0][0] + pair[1][0]) / 2.0;
            let place = (middle - first) / (last - first) - 0.5;
            [middle, hamming(place) * (pair[1][1] - pair[0][1])]
        })
        .collect();
    let power = |per_pixel: f64| {
        let (mut re, mut im) = (0.0, 0.0);
        for [middle, value] in &line {
            let (s, c) = libm::sincos(TAU * per_pixel * middle);
            re += value * c;
            im += value * s;
        }
        // Differences and bins of a quarter of a pixel have a transfer of their own each.
        let own = sinc(per_pixel / FINE as f64);
        (re * re + im * im).sqrt() / (own * own)
    };
    let zero = power(0.0);
    let values =
        (0..=FREQUENCIES).map(|k| power(0.5 * k as f64 / FREQUENCIES as f64) / zero).collect();
    MtfCurve { step_per_mm: 0.5 / FREQUENCIES as f64 / pixel_spacing_mm, values }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;
    use crate::acquisition::Mtf;
    use crate::acquisition::noise::normal_quantile;
    use crate::rng::{Purpose, StreamKey};

    const SIZE: [usize; 2] = [80, 96];
    const SPACING: f64 = 0.5;

    /// The exact image of a Gaussian edge: the error function of the distance, in pixels.
    fn edge(sigma: f64, lean: f64, noise: f64) -> Vec<f64> {
        let mut stream = StreamKey { seed: 5, purpose: Purpose::Noise, case: 0, part: 0 }.open();
        (0..SIZE[0] * SIZE[1])
            .map(|at| {
                let y = (at / SIZE[1]) as f64 + 0.5 - SIZE[0] as f64 / 2.0;
                let x = (at % SIZE[1]) as f64 + 0.5 - SIZE[1] as f64 / 2.0 + 0.3;
                let distance = (x - lean * y) / (1.0 + lean * lean).sqrt();
                let height = 100.0 * libm::erf(distance / (sigma * std::f64::consts::SQRT_2));
                height + noise * normal_quantile(stream.uniform().max(1e-12))
            })
            .collect()
    }

    fn transposed(values: &[f64]) -> Vec<f64> {
        (0..values.len()).map(|at| values[at % SIZE[0] * SIZE[1] + at / SIZE[0]]).collect()
    }

    const PART: Rectangle = Rectangle { row: 8, column: 16, rows: 64, columns: 64 };

    #[test]
    fn the_mtf_of_a_drawn_edge_is_found() {
        // exp(−2π²σ²f²), f in cycles a pixel.
        for (sigma, lean) in [(0.7, 0.08), (1.2, -0.15), (2.0, 0.3)] {
            let values = edge(sigma, lean, 0.0);
            for (values, size, part) in [
                (values.clone(), SIZE, PART),
                (
                    transposed(&values),
                    [SIZE[1], SIZE[0]],
                    Rectangle { row: 16, column: 8, rows: 64, columns: 64 },
                ),
            ] {
                let curve = edge_mtf(&values, size, part, SPACING).unwrap();
                for (k, found) in curve.values.iter().enumerate() {
                    let per_pixel = curve.step_per_mm * k as f64 * SPACING;
                    let expected = libm::exp(-2.0 * PI * PI * (sigma * per_pixel).powi(2));
                    // Pixels of a bin lie at different distances, and the window widens the line.
                    assert!(
                        (found - expected).abs() < 0.02,
                        "{sigma}, {lean}, {per_pixel}: {found} {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn noise_moves_the_frequency_of_one_half_little() {
        let sigma = 1.2;
        let curve = edge_mtf(&edge(sigma, 0.12, 4.0), SIZE, PART, SPACING).unwrap();
        let found = Mtf::Measured(curve).mtf50_per_mm().unwrap();
        // √(2 ln 2)/(2πσ), σ in mm. 50 times the noise: within a twentieth.
        let expected = (2.0 * std::f64::consts::LN_2).sqrt() / (TAU * sigma * SPACING);
        assert!((found / expected - 1.0).abs() < 0.05, "{found} {expected}");
    }

    #[test]
    fn what_is_no_slanted_edge_is_refused() {
        let upright = edge(1.0, 0.0, 0.0);
        assert!(matches!(edge_mtf(&upright, SIZE, PART, 0.5), Err(EdgeError::Lean { .. })));
        let faint = edge(1.0, 0.1, 60.0);
        assert!(matches!(
            edge_mtf(&faint, SIZE, PART, 0.5),
            Err(EdgeError::Faint { .. } | EdgeError::Lean { .. })
        ));
        let beyond = Rectangle { row: 30, ..PART };
        assert_eq!(edge_mtf(&upright, SIZE, beyond, 0.5), Err(EdgeError::Rectangle));
    }
}
