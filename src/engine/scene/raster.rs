//! The coverage raster: the exact share of every pixel that a polygon covers.
//!
//! Each edge adds the signed area to its right; a running sum along the row then gives the
//! coverage (the accumulation buffer of scan-line font rasterisers). Only additions,
//! multiplications and divisions take part, so the bits are the same everywhere.

use super::outline::Polygon;
use crate::phantom::Matrix;

/// The part of the matrix that a polygon can touch, with the covered share of each pixel.
#[derive(Debug, Clone)]
pub struct Coverage {
    /// First row.
    pub row: usize,
    /// First column.
    pub column: usize,
    /// Rows of the part.
    pub rows: usize,
    /// Columns of the part.
    pub columns: usize,
    /// Covered share in 0..=1, `[rows, columns]` in row-major order.
    pub share: Vec<f64>,
}

/// Covers the pixels of `matrix` with `polygon`.
#[must_use]
pub fn cover(polygon: &Polygon, matrix: &Matrix) -> Coverage {
    let spacing = matrix.pixel_spacing.0;
    let (half_rows, half_columns) = (matrix.rows as f64 / 2.0, matrix.columns as f64 / 2.0);
    let [x_low, y_low, x_high, y_high] = polygon.bounds_mm();
    let clamp = |value: f64, size: usize| value.clamp(0.0, size as f64) as usize;
    let row = clamp((y_low / spacing + half_rows).floor(), matrix.rows);
    let column = clamp((x_low / spacing + half_columns).floor(), matrix.columns);
    let rows = clamp((y_high / spacing + half_rows).ceil(), matrix.rows) - row;
    let columns = clamp((x_high / spacing + half_columns).ceil(), matrix.columns) - column;

    let mut share = vec![0.0; rows * columns];
    let place = |[x, y]: [f64; 2]| {
        [x / spacing + half_columns - column as f64, y / spacing + half_rows - row as f64]
    };
    for contour in &polygon.contours {
        let next = contour.iter().cycle().skip(1);
        for (&from, &to) in contour.iter().zip(next) {
            add_edge(&mut share, rows, columns, place(from), place(to));
        }
    }
    for line in share.chunks_exact_mut(columns.max(1)) {
        let mut sum = 0.0;
        for value in line {
            sum += *value;
            *value = sum.abs().min(1.0);
        }
    }
    Coverage { row, column, rows, columns, share }
}

fn add_edge(area: &mut [f64], rows: usize, columns: usize, from: [f64; 2], to: [f64; 2]) {
    if from[1] == to[1] {
        return;
    }
    let (direction, top, bottom) = if from[1] < to[1] { (1.0, from, to) } else { (-1.0, to, from) };
    let slope = (bottom[0] - top[0]) / (bottom[1] - top[1]);
    let first = top[1].floor().max(0.0) as usize;
    let last = (bottom[1].ceil().max(0.0) as usize).min(rows);
    for row in first..last {
        let y_low = top[1].max(row as f64);
        let y_high = bottom[1].min(row as f64 + 1.0);
        let height = (y_high - y_low) * direction;
        let a = top[0] + slope * (y_low - top[1]);
        let b = top[0] + slope * (y_high - top[1]);
        add_slice(&mut area[row * columns..(row + 1) * columns], height, a.min(b), a.max(b));
    }
}

/// Adds the area to the right of an edge that crosses one row from `left` to `right` over
/// `height` of it.
fn add_slice(line: &mut [f64], height: f64, left: f64, right: f64) {
    let first = left.floor();
    let count = (right.ceil() - first).max(1.0);
    if count == 1.0 {
        let middle = (left + right) / 2.0 - first;
        add(line, first, height * (1.0 - middle));
        add(line, first + 1.0, height * middle);
        return;
    }
    // Coverage of pixel k by the area right of the edge is the integral of a ramp; its
    // differences are what the running sum needs.
    let ramp = |x: f64| {
        let t = (x.clamp(left, right) - left) / (right - left);
        // Integral of the ramp from `left` to x, plus the full part beyond `right`.
        t * t * (right - left) / 2.0 + (x - right).max(0.0)
    };
    let mut before = 0.0;
    let mut pixel = first;
    for _ in 0..=(count as usize) {
        let covered = ramp(pixel + 1.0) - ramp(pixel);
        add(line, pixel, height * (covered - before));
        before = covered;
        pixel += 1.0;
    }
}

/// Adds at a column; what lies left of the part counts from its first column on.
fn add(line: &mut [f64], column: f64, value: f64) {
    let index = column.max(0.0) as usize;
    if let Some(cell) = line.get_mut(index) {
        *cell += value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix() -> Matrix {
        Matrix::for_tests(64, 64, 0.5)
    }

    fn polygon(points: &[[f64; 2]]) -> Polygon {
        Polygon { contours: vec![points.to_vec()] }
    }

    #[test]
    fn a_rectangle_on_half_pixels_covers_halves() {
        // x from −0.25 to 0.25 mm is half a pixel on each side of column 32.
        let cover =
            cover(&polygon(&[[-0.25, -0.5], [0.25, -0.5], [0.25, 0.5], [-0.25, 0.5]]), &matrix());
        assert_eq!((cover.row, cover.column, cover.rows, cover.columns), (31, 31, 2, 2));
        assert_eq!(cover.share, [0.5; 4]);
    }

    #[test]
    fn coverage_sums_to_the_area() {
        // Tolerance: rounding of some hundred additions.
        let triangle = polygon(&[[-7.3, -5.1], [9.7, 0.2], [1.1, 8.8]]);
        let sum: f64 = cover(&triangle, &matrix()).share.iter().sum();
        assert!((sum * 0.25 - triangle.area_mm2()).abs() < 1e-10);
    }

    #[test]
    fn a_shallow_edge_agrees_with_fine_sampling() {
        let thin = polygon(&[[-6.0, 0.1], [6.0, 0.7], [6.0, 1.9]]);
        let exact = cover(&thin, &matrix());
        let inside = |x: f64, y: f64| {
            let low = 0.1 + (x + 6.0) / 12.0 * 0.6;
            let high = 0.1 + (x + 6.0) / 12.0 * 1.8;
            (-6.0..6.0).contains(&x) && (low..high).contains(&y)
        };
        const FINE: usize = 200;
        for row in 0..exact.rows {
            for column in 0..exact.columns {
                let mut hits = 0;
                for i in 0..FINE * FINE {
                    let u = (i % FINE) as f64 / FINE as f64 + 0.5 / FINE as f64;
                    let v = (i / FINE) as f64 / FINE as f64 + 0.5 / FINE as f64;
                    let x = ((exact.column + column) as f64 + u - 32.0) * 0.5;
                    let y = ((exact.row + row) as f64 + v - 32.0) * 0.5;
                    hits += usize::from(inside(x, y));
                }
                let sampled = hits as f64 / (FINE * FINE) as f64;
                // Sampling error of an edge: about one part in FINE.
                assert!((sampled - exact.share[row * exact.columns + column]).abs() < 0.01);
            }
        }
    }

    #[test]
    fn what_lies_left_of_the_matrix_still_covers() {
        let wide = polygon(&[[-100.0, -1.0], [0.0, -1.0], [0.0, 1.0], [-100.0, 1.0]]);
        let cover = cover(&wide, &matrix());
        assert_eq!((cover.column, cover.columns), (0, 32));
        assert!(cover.share.iter().all(|&share| (share - 1.0).abs() < 1e-12));
    }
}
