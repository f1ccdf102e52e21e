//! Where regions and targets may lie: which pixels show the layer that holds them; knows no region.

use super::outline::{Painted, Polygon};
use super::pixels::Pixels;
use super::raster::{self, Coverage};
use super::warp::Warp;
use crate::phantom::{Blend, Matrix};

/// Share of a pixel that rounding leaves where an outline covers nothing, at most.
const NOTHING: f64 = 1e-9;
/// Share of a pixel that is covered wholly, at least.
const WHOLE: f64 = 1.0 - NOTHING;

/// The part of the matrix that the layer covers.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) row: usize,
    pub(super) column: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Pixels that the layer does not cover wholly.
    outside: Counts,
    /// Pixels on which something lies that no target may touch.
    hidden: Counts,
}

impl Room {
    /// The room in the layer number `inside`. Layers painted after it hide it where they cover, but
    /// for those of `allow`.
    pub(super) fn new(
        layers: &[Painted],
        inside: usize,
        allow: &[usize],
        warp: &Warp,
        matrix: &Matrix,
    ) -> Self {
        let cover = raster::cover(&layers[inside].silhouette(warp), matrix);
        let Coverage { row, column, rows, columns, .. } = cover;
        let outside: Vec<bool> = cover.share.iter().map(|&share| share < WHOLE).collect();
        let mut hidden = vec![false; rows * columns];
        for (number, layer) in layers.iter().enumerate().skip(inside + 1) {
            if layer.blend == Blend::Add {
                continue;
            }
            let silhouette = layer.silhouette(warp);
            if !meets(&silhouette, &cover, matrix) {
                continue;
            }
            let over = raster::cover(&silhouette, matrix);
            let is_allowed = allow.contains(&number);
            for line in 0..over.rows {
                let at = over.row + line;
                if !(row..row + rows).contains(&at) {
                    continue;
                }
                let shares = &over.share[line * over.columns..][..over.columns];
                for (place, &share) in shares.iter().enumerate() {
                    let across = over.column + place;
                    if !(column..column + columns).contains(&across) {
                        continue;
                    }
                    let cell = &mut hidden[(at - row) * columns + across - column];
                    if !is_allowed && share > NOTHING {
                        *cell = true;
                    } else if is_allowed && share >= WHOLE {
                        *cell = false;
                    }
                }
            }
        }
        let count = |mask: &[bool]| Counts::of(mask, columns);
        Self { row, column, rows, columns, outside: count(&outside), hidden: count(&hidden) }
    }

    /// The pixels that show the layer, or what may lie on it.
    pub(super) fn pixels(&self) -> Pixels {
        let shown = |place: usize| {
            let (row, column) = (place / self.columns, place % self.columns);
            let one = |counts: &Counts| counts.within(row..row + 1, column..column + 1);
            one(&self.outside) == 0 && one(&self.hidden) == 0
        };
        Pixels::of([self.row, self.column], [self.rows, self.columns], shown)
    }

    /// Whether the layer covers a square of pixels.
    pub(super) fn holds(&self, row: usize, column: usize, side: usize) -> bool {
        let (Some(row), Some(column)) =
            (row.checked_sub(self.row), column.checked_sub(self.column))
        else {
            return false;
        };
        row + side <= self.rows
            && column + side <= self.columns
            && self.outside.within(row..row + side, column..column + side) == 0
    }

    /// Whether nothing hides the layer within `half` pixels of a point (x, y) in mm along each axis.
    pub(super) fn is_clear(&self, matrix: &Matrix, [x, y]: [f64; 2], half: f64) -> bool {
        let span = |mm: f64, pixels: usize, first: usize, size: usize| {
            let middle = mm / matrix.pixel_spacing.0 + pixels as f64 / 2.0 - first as f64;
            let clamp = |value: f64| value.clamp(0.0, size as f64) as usize;
            clamp((middle - half).floor())..clamp((middle + half).ceil())
        };
        let rows = span(y, matrix.rows, self.row, self.rows);
        let columns = span(x, matrix.columns, self.column, self.columns);
        self.hidden.within(rows, columns) == 0
    }
}

/// Whether the box around an outline meets a part of the matrix.
fn meets(outline: &Polygon, part: &Coverage, matrix: &Matrix) -> bool {
    let spacing = matrix.pixel_spacing.0;
    let [x_low, y_low, x_high, y_high] = outline.bounds_mm();
    let place = |mm: f64, pixels: usize| mm / spacing + pixels as f64 / 2.0;
    let overlap = |low: f64, high: f64, pixels: usize, first: usize, size: usize| {
        place(low, pixels) < (first + size) as f64 && place(high, pixels) > first as f64
    };
    overlap(x_low, x_high, matrix.columns, part.column, part.columns)
        && overlap(y_low, y_high, matrix.rows, part.row, part.rows)
}

/// Numbers of marked pixels in every rectangle from the first pixel (summed-area table, Crow 1984).
#[derive(Debug)]
struct Counts {
    width: usize,
    sums: Vec<u32>,
}

impl Counts {
    fn of(mask: &[bool], columns: usize) -> Self {
        let width = columns + 1;
        let mut sums = vec![0; width];
        for line in mask.chunks_exact(columns.max(1)) {
            let above = sums.len() - width;
            let mut sum = 0;
            sums.push(0);
            for (place, &is_marked) in line.iter().enumerate() {
                sum += u32::from(is_marked);
                sums.push(sums[above + place + 1] + sum);
            }
        }
        Self { width, sums }
    }

    fn within(&self, rows: std::ops::Range<usize>, columns: std::ops::Range<usize>) -> u32 {
        if rows.is_empty() || columns.is_empty() {
            return 0;
        }
        let at = |row: usize, column: usize| self.sums[row * self.width + column];
        at(rows.end, columns.end) + at(rows.start, columns.start)
            - at(rows.start, columns.end)
            - at(rows.end, columns.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix() -> Matrix {
        Matrix::for_tests(64, 64, 1.0)
    }

    fn square(x: f64, y: f64, half: f64) -> Painted {
        let contour = vec![
            [x - half, y - half],
            [x + half, y - half],
            [x + half, y + half],
            [x - half, y + half],
        ];
        Painted::flat(Polygon { contours: vec![contour] }, 1.0)
    }

    #[test]
    fn what_is_painted_over_a_layer_hides_it_unless_allowed() {
        // A square of 40 pixels, one of 8 on it, one of 4 on that.
        let layers = [square(0.0, 0.0, 20.0), square(10.0, 0.0, 4.0), square(10.0, 0.0, 2.0)];
        let room = |allow: &[usize]| Room::new(&layers, 0, allow, &Warp::default(), &matrix());
        let none = room(&[]);
        assert!(none.holds(12, 12, 40) && !none.holds(11, 12, 40) && !none.holds(13, 12, 40));
        assert!(none.is_clear(&matrix(), [0.0, 0.0], 6.0));
        assert!(!none.is_clear(&matrix(), [0.0, 0.0], 6.5));
        let first = room(&[1]);
        assert!(!first.is_clear(&matrix(), [10.0, 0.0], 1.0), "the last one still hides it");
        assert!(first.is_clear(&matrix(), [6.0, 0.0], 2.0));
        // An allowed layer on top of what hides shows again.
        let last = room(&[2]);
        assert!(last.is_clear(&matrix(), [10.0, 0.0], 2.0));
        assert!(!last.is_clear(&matrix(), [10.0, 0.0], 3.0));
    }
}
