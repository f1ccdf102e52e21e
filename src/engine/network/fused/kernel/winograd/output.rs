//! Frequencies to maps, with sums, pool and activation, and the gradients of maps to
//! frequencies; knows no filter and no image.

use super::super::lanes::{Lanes, Task};
use super::super::pointwise::{Map, route};
use super::super::product::add_to;
use super::matrices::{to_outputs, to_outputs_adjoint};
use super::tiles::{EDGE, Spectrum, tiles};
use super::unroll::each;

/// The outputs of a tile from its frequencies.
#[inline(always)]
unsafe fn outputs<L: Lanes>(from: *const f32, stride: usize) -> [[L; 4]; 4] {
    // SAFETY: 36 vectors lie at distances of `stride` from `from` on.
    unsafe {
        let mut from = from;
        let mut half = [[L::zero(); 4]; 6];
        for half in &mut half {
            let mut m = [L::zero(); 6];
            for m in &mut m {
                *m = L::load(from);
                from = from.wrapping_add(stride);
            }
            *half = to_outputs(m);
        }
        let columns = each!(4, |c| to_outputs(each!(6, |i| half[i][c])));
        each!(4, |r| each!(4, |c| columns[c][r]))
    }
}

/// One line of tiles from frequencies to the map `[rows, columns, padded]`; sums and sums of
/// squares are added to `sums [2, padded]`.
pub(crate) struct OutputTransform<'a> {
    pub(crate) map: Map,
    pub(crate) line: usize,
    pub(crate) spectrum: Spectrum,
    pub(crate) first_tile: usize,
    pub(crate) products: &'a [f32],
    pub(crate) z: &'a mut [f32],
    /// See `Pool`; filled if the map has a pool.
    pub(crate) pooled: &'a mut [f32],
    pub(crate) sign: &'a [f32],
    pub(crate) sums: &'a mut [f64],
}

impl Task for OutputTransform<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { map, line, spectrum, first_tile, products, z, pooled, sign, sums } = self;
        let (tiles, channels) = (tiles(map.columns), spectrum.channels);
        let (pooled_rows, pooled_columns) = map.pooled();
        assert_eq!(channels, map.padded());
        assert!(z.len() >= map.before_pool() && sums.len() == 2 * channels);
        assert!(first_tile + tiles <= spectrum.tiles && products.len() >= spectrum.len());
        assert!(!map.pool || pooled.len() >= pooled_rows * pooled_columns * channels);
        assert!(sign.len() >= channels);
        let height = EDGE.min(map.rows - EDGE * line);
        for channel in (0..channels).step_by(16) {
            // SAFETY: only pixels inside the maps are stored; the rest is checked.
            unsafe {
                let sign = L::load(sign.as_ptr().add(channel));
                let (mut sum, mut squares) = (L::zero(), L::zero());
                for tile in 0..tiles {
                    let place = (first_tile + tile) * channels + channel;
                    let y = outputs::<L>(products.as_ptr().add(place), spectrum.stride());
                    let start = (EDGE * line * map.columns + EDGE * tile) * channels + channel;
                    let z = z.as_mut_ptr().add(start);
                    let width = EDGE.min(map.columns - EDGE * tile);
                    let start = (2 * line * pooled_columns + 2 * tile) * channels + channel;
                    let pooled = pooled.as_mut_ptr().wrapping_add(start);
                    if width == EDGE && height == EDGE {
                        for row in 0..4 {
                            for column in 0..4 {
                                let y = y[row][column];
                                y.store(z.add((row * map.columns + column) * channels));
                                sum = sum.add(y);
                                squares = y.mul_add(y, squares);
                            }
                        }
                        if map.pool {
                            for row in 0..2 {
                                for column in 0..2 {
                                    let best = extreme(&y, row, column, sign);
                                    let place = (row * pooled_columns + column) * channels;
                                    best.store(pooled.add(place));
                                }
                            }
                        }
                    } else {
                        for row in 0..height {
                            for column in 0..width {
                                let y = y[row][column];
                                y.store(z.add((row * map.columns + column) * channels));
                                sum = sum.add(y);
                                squares = y.mul_add(y, squares);
                            }
                        }
                        if map.pool {
                            for row in 0..height / 2 {
                                for column in 0..width / 2 {
                                    let best = extreme(&y, row, column, sign);
                                    let place = (row * pooled_columns + column) * channels;
                                    best.store(pooled.add(place));
                                }
                            }
                        }
                    }
                }
                add_to(&mut sums[channel..channel + 16], sum.array());
                add_to(&mut sums[channels + channel..channels + channel + 16], squares.array());
            }
        }
    }
}

/// Extreme of a window of a tile; see `Pool`.
#[inline(always)]
unsafe fn extreme<L: Lanes>(y: &[[L; 4]; 4], row: usize, column: usize, sign: L) -> L {
    let (row, column) = (2 * row, 2 * column);
    // SAFETY: the instruction set as the caller promises.
    unsafe {
        let upper = y[row][column].mul(sign).max(y[row][column + 1].mul(sign));
        let lower = y[row + 1][column].mul(sign).max(y[row + 1][column + 1].mul(sign));
        upper.max(lower).mul(sign)
    }
}

/// As `OutputTransform`, but on to `pool(relu(z + shift))`, with rows at a distance of `out_stride`.
pub(crate) struct OutputActivate<'a> {
    pub(crate) map: Map,
    pub(crate) line: usize,
    pub(crate) spectrum: Spectrum,
    pub(crate) first_tile: usize,
    pub(crate) products: &'a [f32],
    pub(crate) shift: &'a [f32],
    pub(crate) out: &'a mut [f32],
}

impl Task for OutputActivate<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { map, line, spectrum, first_tile, products, shift, out } = self;
        let (rows, columns) = map.pooled();
        let tiles = tiles(map.columns);
        assert!(out.len() >= map.after_pool() && shift.len() >= map.padded());
        assert!(first_tile + tiles <= spectrum.tiles && products.len() >= spectrum.len());
        let edge = if map.pool { EDGE / 2 } else { EDGE };
        let height = edge.min(rows.saturating_sub(edge * line));
        for channel in (0..map.channels).step_by(16) {
            let count = map.channels - channel;
            // SAFETY: only pixels inside the map are stored; the rest is checked.
            unsafe {
                let shift = L::load(shift.as_ptr().add(channel));
                let floor = L::splat(map.floor());
                for tile in 0..tiles {
                    let place = (first_tile + tile) * spectrum.channels + channel;
                    let y = outputs::<L>(products.as_ptr().add(place), spectrum.stride());
                    let width = edge.min(columns.saturating_sub(edge * tile));
                    let start = (edge * line * columns + edge * tile) * map.channels + channel;
                    let out = out.as_mut_ptr().wrapping_add(start);
                    for row in 0..height {
                        for column in 0..width {
                            let best = if map.pool {
                                let upper = y[2 * row][2 * column].max(y[2 * row][2 * column + 1]);
                                let (row, column) = (2 * row + 1, 2 * column);
                                upper.max(y[row][column].max(y[row][column + 1]))
                            } else {
                                y[row][column]
                            };
                            let to = out.add((row * columns + column) * map.channels);
                            floor.max(best.add(shift)).store_first(to, count);
                        }
                    }
                }
            }
        }
    }
}

/// One line of tiles of the gradient before the affine step (see `GradientBefore`) to the
/// frequencies of the products.
pub(crate) struct GradientTransform<'a> {
    pub(crate) map: Map,
    pub(crate) line: usize,
    pub(crate) spectrum: Spectrum,
    pub(crate) first_tile: usize,
    pub(crate) z: &'a [f32],
    /// Scale, shift, slope, offset, `[padded]` each.
    pub(crate) factors: [&'a [f32]; 4],
    pub(crate) gradient: &'a [f32],
    pub(crate) out: &'a mut [f32],
}

impl Task for GradientTransform<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { map, line, spectrum, first_tile, z, factors, gradient, out } = self;
        let (tiles, padded) = (tiles(map.columns), map.padded());
        let (_, after) = map.pooled();
        assert!(z.len() >= map.before_pool() && gradient.len() >= map.after_pool());
        assert!(factors.iter().all(|factor| factor.len() >= padded));
        assert!(spectrum.channels == padded && out.len() >= spectrum.len());
        assert!(first_tile + tiles <= spectrum.tiles);
        let stride = spectrum.stride();
        for channel in (0..padded).step_by(16) {
            let count = map.channels - channel;
            // SAFETY: only pixels inside the maps are read; the rest is checked.
            unsafe {
                let [scale, shift, slope, offset] =
                    each!(4, |i| L::load(factors[i].as_ptr().add(channel)));
                let floor = L::splat(map.floor());
                for tile in 0..tiles {
                    let full = EDGE * (line + 1) <= map.rows && EDGE * (tile + 1) <= map.columns;
                    let (top, left) = (EDGE * line, EDGE * tile);
                    let map_z = z.as_ptr();
                    let z = map_z.add((top * map.columns + left) * padded + channel);
                    let step = if map.pool { 2 } else { 1 };
                    let start = top / step * after + left / step;
                    let g = gradient.as_ptr().wrapping_add(start * map.channels + channel);
                    let factors = [scale, shift, slope, offset];
                    let next = EDGE * map.columns * padded;
                    for place in 0..16 {
                        let place = (place / 4 * map.columns + place % 4) * padded;
                        L::fetch(z.wrapping_add(next + place));
                    }
                    let slopes = if full && map.pool {
                        let windows = each!(4, |w| {
                            let (row, column) = (w / 2, w % 2);
                            let z = z.add((2 * row * map.columns + 2 * column) * padded);
                            let g = g.add((row * after + column) * map.channels);
                            window(z, map.columns * padded, padded, g, count, factors, floor)
                        });
                        each!(4, |r| each!(4, |c| windows[r / 2 * 2 + c / 2][r % 2 * 2 + c % 2]))
                    } else if full {
                        each!(4, |r| each!(4, |c| {
                            let place = r * map.columns + c;
                            let z = L::load(z.add(place * padded));
                            let g = L::load_first(g.add(place * map.channels), count);
                            let g = g.keep(z.mul_add(scale, shift).greater(floor));
                            g.mul_add(scale, z.mul_add(slope, offset))
                        }))
                    } else {
                        partial(map, (top, left, channel), map_z, gradient.as_ptr(), factors)
                    };
                    let half = each!(4, |c| to_outputs_adjoint(each!(4, |r| slopes[r][c])));
                    let mut out = out.as_mut_ptr().add((first_tile + tile) * padded + channel);
                    let rows = each!(6, |i| each!(4, |c| half[c][i]));
                    for row in rows {
                        for t in to_outputs_adjoint(row) {
                            t.store(out);
                            out = out.wrapping_add(stride);
                        }
                    }
                }
            }
        }
    }
}

/// The gradients before the affine step of one window of a pool.
#[inline(always)]
unsafe fn window<L: Lanes>(
    z: *const f32,
    row: usize,
    pixel: usize,
    gradient: *const f32,
    count: usize,
    [scale, shift, slope, offset]: [L; 4],
    floor: L,
) -> [L; 4] {
    // SAFETY: the window lies in the map, two rows at a distance of `row`, its gradient after it.
    unsafe {
        let z =
            [L::load(z), L::load(z.add(pixel)), L::load(z.add(row)), L::load(z.add(row + pixel))];
        let a = each!(4, |p| z[p].mul_add(scale, shift));
        let routed = route(a, floor, L::load_first(gradient, count));
        each!(4, |p| routed[p].mul_add(scale, z[p].mul_add(slope, offset)))
    }
}

/// The gradient before the affine step of a tile that hangs over the map's edge; 0 outside.
#[inline(always)]
unsafe fn partial<L: Lanes>(
    map: Map,
    (top, left, channel): (usize, usize, usize),
    z: *const f32,
    gradient: *const f32,
    [scale, shift, slope, offset]: [L; 4],
) -> [[L; 4]; 4] {
    let padded = map.padded();
    let count = map.channels - channel;
    let (rows, columns) = map.pooled();
    let step = if map.pool { 2 } else { 1 };
    // SAFETY: the instruction set as the caller promises.
    let (mut slopes, floor) = unsafe { ([[L::zero(); 4]; 4], L::splat(map.floor())) };
    for row in top..map.rows.min(top + EDGE) {
        for column in left..map.columns.min(left + EDGE) {
            // SAFETY: the pixel is inside the map, its window inside the pooled map.
            unsafe {
                let value = |row: usize, column: usize| {
                    L::load(z.add((row * map.columns + column) * padded + channel))
                };
                let own = value(row, column);
                let (y, x) = (row / step, column / step);
                let mut routed = L::zero();
                if y < rows && x < columns {
                    let g = gradient.add((y * columns + x) * map.channels + channel);
                    let g = L::load_first(g, count);
                    routed = if map.pool {
                        let values = each!(4, |p| value(2 * y + p / 2, 2 * x + p % 2));
                        route(each!(4, |p| values[p].mul_add(scale, shift)), floor, g)
                            [row % 2 * 2 + column % 2]
                    } else {
                        g.keep(own.mul_add(scale, shift).greater(floor))
                    };
                }
                slopes[row - top][column - left] =
                    routed.mul_add(scale, own.mul_add(slope, offset));
            }
        }
    }
    slopes
}
