//! Where the targets of an image have room: within the allowed pixels, clear of their edge and of
//! each other.

use image::{GrayImage, Luma};
use imageproc::distance_transform::euclidean_squared_distance_transform;

use crate::rng::Stream;

/// Half the diagonal of a pixel, for the pixel that must not be touched, and as much for the place of
/// a centre within its own.
const DIAGONAL: f64 = std::f64::consts::SQRT_2;

/// Side of the square whose mean decides whether a pixel lies in a range: noise alone puts no pixel
/// outside.
const AVERAGED: usize = 5;

/// The room of one image.
pub(super) struct Room {
    rows: usize,
    columns: usize,
    /// Squared distance in pixels from each pixel's centre to that of the nearest forbidden one,
    /// pixels beyond the image included.
    clear: Vec<f64>,
    taken: Vec<Circle>,
}

#[derive(Debug, Clone, Copy)]
struct Circle {
    row: f64,
    column: f64,
    radius: f64,
}

impl Room {
    pub(super) fn new(allowed: &[bool], [rows, columns]: [usize; 2]) -> Self {
        // A frame of forbidden pixels.
        let framed = GrayImage::from_fn(columns as u32 + 2, rows as u32 + 2, |x, y| {
            let (row, column) = ((y as usize).wrapping_sub(1), (x as usize).wrapping_sub(1));
            let inside = row < rows && column < columns && allowed[row * columns + column];
            Luma([u8::from(!inside)])
        });
        let distances = euclidean_squared_distance_transform(&framed);
        let clear = (0..rows * columns)
            .map(|at| {
                distances.get_pixel((at % columns) as u32 + 1, (at / columns) as u32 + 1).0[0]
            })
            .collect();
        Self { rows, columns, clear, taken: Vec::new() }
    }

    /// A place drawn among those where a circle of `radius` pixels touches nothing forbidden and no
    /// circle placed before; row and column of its centre, the first pixel's being [0.5, 0.5].
    pub(super) fn place(&mut self, radius: f64, stream: &mut Stream) -> Option<[f64; 2]> {
        let least = radius + DIAGONAL;
        let free = |at: &usize| {
            let (row, column) =
                ((at / self.columns) as f64 + 0.5, (at % self.columns) as f64 + 0.5);
            self.clear[*at] >= least * least
                && self.taken.iter().all(|other| {
                    let (y, x) = (row - other.row, column - other.column);
                    let apart = least + other.radius;
                    y * y + x * x >= apart * apart
                })
        };
        let places = || (0..self.rows * self.columns).filter(free);
        let count = places().count() as u64;
        if count == 0 {
            return None;
        }
        let at = places().nth(stream.below(count) as usize)?;
        let row = (at / self.columns) as f64 + stream.uniform();
        let column = (at % self.columns) as f64 + stream.uniform();
        self.taken.push(Circle { row, column, radius });
        Some([row, column])
    }
}

/// The pixels about which the mean of 5 × 5 values, as far as they lie in the image, is in a range.
pub(super) fn in_range(
    value: impl Fn(usize) -> f64,
    [rows, columns]: [usize; 2],
    [low, high]: [f64; 2],
) -> Vec<bool> {
    // Sums of columns, then of rows.
    let reach = AVERAGED / 2;
    let window = |at: usize, whole: usize| at.saturating_sub(reach)..(at + reach + 1).min(whole);
    let mut line = vec![0.0; columns];
    let mut inside = Vec::with_capacity(rows * columns);
    for row in 0..rows {
        let high_rows = window(row, rows);
        for (column, sum) in line.iter_mut().enumerate() {
            *sum = high_rows.clone().map(|row| value(row * columns + column)).sum();
        }
        for column in 0..columns {
            let wide = window(column, columns);
            let count = (high_rows.len() * wide.len()) as f64;
            let mean = line[wide].iter().sum::<f64>() / count;
            inside.push((low..=high).contains(&mean));
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, StreamKey};

    #[test]
    fn circles_touch_neither_the_forbidden_nor_each_other() {
        // A disk of radius 20 in 64 × 48 pixels is allowed.
        let size = [64, 48];
        let inside = |row: f64, column: f64| (row - 30.0).powi(2) + (column - 22.0).powi(2) < 400.0;
        let allowed: Vec<bool> = (0..size[0] * size[1])
            .map(|at| inside((at / size[1]) as f64 + 0.5, (at % size[1]) as f64 + 0.5))
            .collect();
        for seed in 0..50 {
            let mut stream =
                StreamKey { seed, purpose: Purpose::Placement, case: 0, part: 0 }.open();
            let mut room = Room::new(&allowed, size);
            let mut placed: Vec<[f64; 2]> = Vec::new();
            while let Some(place) = room.place(4.0, &mut stream) {
                for (at, &free) in allowed.iter().enumerate() {
                    let (row, column) = ((at / size[1]) as f64, (at % size[1]) as f64);
                    // The nearest point of the pixel's square.
                    let near = |first: f64, to: f64| (to - first).clamp(0.0, 1.0) + first - to;
                    let (y, x) = (near(row, place[0]), near(column, place[1]));
                    assert!(free || y * y + x * x >= 16.0);
                }
                for other in &placed {
                    let (y, x) = (place[0] - other[0], place[1] - other[1]);
                    assert!(y * y + x * x >= 64.0, "{place:?}, {other:?}");
                }
                placed.push(place);
            }
            assert!(placed.len() > 3, "{placed:?}");
        }
    }

    #[test]
    fn a_range_is_of_means() {
        // Stripes of 0 and 10 a pixel wide: means of 5 × 5 are 4 or 6 inside.
        let inside = in_range(|at| 10.0 * (at % 2) as f64, [9, 10], [3.0, 7.0]);
        assert!(inside[4 * 10 + 4]);
        let inside = in_range(|at| if at % 20 < 10 { 0.0 } else { 100.0 }, [20, 20], [-1.0, 1.0]);
        assert!(inside[5 * 20 + 7] && !inside[5 * 20 + 8]);
    }
}
