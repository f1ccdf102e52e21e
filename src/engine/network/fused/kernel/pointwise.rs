//! What happens to the maps between convolutions: affine, ReLU, pooling, and their gradients;
//! knows no filter.
//!
//! A map `z` stands before the affine step, `[rows, columns, padded]`, where `padded` is the
//! number of channels rounded up to whole vectors. After it there are `channels` channels.

use super::lanes::{Lanes, Task};
use super::product::add_to;

/// The common shape of the steps in this file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Map {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) channels: usize,
    /// 2×2 maximum, stride 2; an odd last row or column is dropped.
    pub(crate) pool: bool,
    /// Whether a ReLU follows the affine step.
    pub(crate) relu: bool,
}

impl Map {
    /// Channels rounded up to whole vectors.
    pub(crate) fn padded(&self) -> usize {
        self.channels.next_multiple_of(16)
    }

    /// Rows and columns after the pool.
    pub(crate) fn pooled(&self) -> (usize, usize) {
        if self.pool { (self.rows / 2, self.columns / 2) } else { (self.rows, self.columns) }
    }

    /// The map after the pool, as one without a pool.
    pub(crate) fn without_pool(&self) -> Self {
        let (rows, columns) = self.pooled();
        Self { rows, columns, pool: false, ..*self }
    }

    /// Values before the pool.
    pub(crate) fn before_pool(&self) -> usize {
        self.rows * self.columns * self.padded()
    }

    /// Values after the pool.
    pub(crate) fn after_pool(&self) -> usize {
        let (rows, columns) = self.pooled();
        rows * columns * self.channels
    }

    /// The least value after the affine step.
    pub(super) fn floor(&self) -> f32 {
        floor(self.relu)
    }

    fn check(&self, z: &[f32], factors: [&[f32]; 2]) {
        assert!(z.len() >= self.before_pool(), "map too short");
        assert!(factors.iter().all(|f| f.len() >= self.padded()), "factors too short");
    }
}

/// The least value where a ReLU follows, or none does.
pub(super) fn floor(relu: bool) -> f32 {
    if relu { 0.0 } else { f32::NEG_INFINITY }
}

/// `out = pool(relu(scale · z + shift))`, here and below without ReLU where the map has none.
pub(super) struct Activate<'a> {
    pub(super) map: Map,
    pub(super) z: &'a [f32],
    pub(super) scale: &'a [f32],
    pub(super) shift: &'a [f32],
    pub(super) out: &'a mut [f32],
    /// Distance of rows in `out`; pixels are at a distance of `channels`.
    pub(super) out_stride: usize,
}

impl Task for Activate<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { map, z, scale, shift, out, out_stride } = self;
        map.check(z, [scale, shift]);
        let (rows, columns) = map.pooled();
        if rows == 0 || columns == 0 {
            return;
        }
        assert!(out.len() >= (rows - 1) * out_stride + columns * map.channels, "output too short");
        let padded = map.padded();
        let step = if map.pool { 2 } else { 1 };
        for channel in (0..map.channels).step_by(16) {
            let count = map.channels - channel;
            // SAFETY: every index is below the lengths checked above.
            unsafe {
                let scale = L::load(scale.as_ptr().add(channel));
                let shift = L::load(shift.as_ptr().add(channel));
                let floor = L::splat(map.floor());
                for row in 0..rows {
                    let start = step * row * map.columns * padded + channel;
                    let mut z = z.as_ptr().add(start);
                    let mut out = out.as_mut_ptr().add(row * out_stride + channel);
                    for _ in 0..columns {
                        let mut best = L::load(z).mul_add(scale, shift);
                        if map.pool {
                            for place in [padded, map.columns * padded, (map.columns + 1) * padded]
                            {
                                best = best.max(L::load(z.add(place)).mul_add(scale, shift));
                            }
                        }
                        floor.max(best).store_first(out, count);
                        z = z.wrapping_add(step * padded);
                        out = out.wrapping_add(map.channels);
                    }
                }
            }
        }
    }
}

/// Sends the gradient of one window back through pool and ReLU: to the first position that
/// holds the maximum, if that is above `floor`.
#[inline(always)]
pub(super) unsafe fn route<L: Lanes>(a: [L; 4], floor: L, gradient: L) -> [L; 4] {
    // SAFETY: the instruction set as the caller promises.
    unsafe {
        let best = a[0].max(a[1]).max(a[2].max(a[3]));
        let gradient = gradient.keep(best.greater(floor));
        let first = a[0].equal(best);
        let second = L::and_not(a[1].equal(best), first);
        let taken = L::or(first, second);
        let third = L::and_not(a[2].equal(best), taken);
        let taken = L::or(taken, third);
        let fourth = L::and_not(a[3].equal(best), taken);
        [gradient.keep(first), gradient.keep(second), gradient.keep(third), gradient.keep(fourth)]
    }
}

/// The extreme of each 2×2 window before the affine step: the greatest where `sign` is 1, the
/// least where it is −1. An affine step with a factor of that sign, and ReLU, turn it into the
/// maximum after them; so pooling need not wait for the moments of the batch, and the sums of
/// the gradient need only these values.
pub(super) struct Pool<'a> {
    pub(super) map: Map,
    pub(super) z: &'a [f32],
    pub(super) sign: &'a [f32],
    /// `[rows / 2, columns / 2, padded]`
    pub(super) out: &'a mut [f32],
}

impl Task for Pool<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { map, z, sign, out } = self;
        map.check(z, [sign, sign]);
        let (rows, columns) = map.pooled();
        let padded = map.padded();
        assert!(map.pool && out.len() >= rows * columns * padded);
        for channel in (0..padded).step_by(16) {
            // SAFETY: every index is below the lengths checked above.
            unsafe {
                let sign = L::load(sign.as_ptr().add(channel));
                for row in 0..rows {
                    for column in 0..columns {
                        let start = (2 * row * map.columns + 2 * column) * padded + channel;
                        let z = z.as_ptr().add(start);
                        let below = z.add(map.columns * padded);
                        let upper = L::load(z).mul(sign).max(L::load(z.add(padded)).mul(sign));
                        let lower =
                            L::load(below).mul(sign).max(L::load(below.add(padded)).mul(sign));
                        let place = (row * columns + column) * padded + channel;
                        upper.max(lower).mul(sign).store(out.as_mut_ptr().add(place));
                    }
                }
            }
        }
    }
}

/// Sums over pixels that the gradient of a batch norm needs: of the gradient before the affine
/// step, and of that gradient times (z − mean). Added to `[2, padded]`. Of a map with a pool, z
/// are the extremes of its windows (see `Pool`).
pub(super) struct GradientSums<'a> {
    /// After the pool, as a map without one.
    pub(super) map: Map,
    pub(super) z: &'a [f32],
    pub(super) scale: &'a [f32],
    pub(super) shift: &'a [f32],
    pub(super) mean: &'a [f32],
    /// `[rows, columns, channels]`
    pub(super) gradient: &'a [f32],
    pub(super) sums: &'a mut [f64],
}

impl Task for GradientSums<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { map, z, scale, shift, mean, gradient, sums } = self;
        map.check(z, [scale, shift]);
        let padded = map.padded();
        assert!(!map.pool && mean.len() >= padded && gradient.len() >= map.after_pool());
        assert_eq!(sums.len(), 2 * padded);
        for channel in (0..map.channels).step_by(16) {
            let count = map.channels - channel;
            // SAFETY: every index is below the lengths checked above.
            unsafe {
                let scale = L::load(scale.as_ptr().add(channel));
                let shift = L::load(shift.as_ptr().add(channel));
                let mean = L::load(mean.as_ptr().add(channel));
                let floor = L::splat(map.floor());
                for row in 0..map.rows {
                    let mut z = z.as_ptr().add(row * map.columns * padded + channel);
                    let place = row * map.columns * map.channels + channel;
                    let mut gradient = gradient.as_ptr().add(place);
                    let (mut plain, mut weighted) = (L::zero(), L::zero());
                    for _ in 0..map.columns {
                        let value = L::load(z);
                        let a = value.mul_add(scale, shift);
                        let slope = L::load_first(gradient, count).keep(a.greater(floor));
                        plain = plain.add(slope);
                        weighted = slope.mul_add(value.sub(mean), weighted);
                        z = z.wrapping_add(padded);
                        gradient = gradient.wrapping_add(map.channels);
                    }
                    add_to(&mut sums[channel..channel + 16], plain.array());
                    add_to(&mut sums[padded + channel..padded + channel + 16], weighted.array());
                }
            }
        }
    }
}

/// Adds the gradient of the weights of a convolution with one input channel and no pool:
/// `GradientBefore` and the sums over pixels in one pass that stores no map.
pub(super) struct StemGradient<'a> {
    pub(super) map: Map,
    /// `[rows + 2, columns + 2]`
    pub(super) ringed: &'a [f32],
    pub(super) z: &'a [f32],
    /// Scale, shift, slope, offset, `[padded]` each.
    pub(super) factors: [&'a [f32]; 4],
    /// `[rows, columns, channels]`
    pub(super) gradient: &'a [f32],
    /// `[9, padded]`
    pub(super) out: &'a mut [f32],
}

impl StemGradient<'_> {
    /// `R` rows of taps from `first` on.
    #[inline(always)]
    unsafe fn taps<L: Lanes, const R: usize>(&mut self, channel: usize, first: usize) {
        let Self { map, ringed, z, factors, gradient, out } = self;
        let padded = map.padded();
        let count = map.channels - channel;
        // SAFETY: `run` has checked all lengths.
        unsafe {
            let scale = L::load(factors[0].as_ptr().add(channel));
            let shift = L::load(factors[1].as_ptr().add(channel));
            let slope = L::load(factors[2].as_ptr().add(channel));
            let offset = L::load(factors[3].as_ptr().add(channel));
            let floor = L::splat(map.floor());
            let out = out.as_mut_ptr().add(3 * first * padded + channel);
            let mut totals = [[L::zero(); 3]; R];
            for (ky, totals) in totals.iter_mut().enumerate() {
                for (kx, total) in totals.iter_mut().enumerate() {
                    *total = L::load(out.add((3 * ky + kx) * padded));
                }
            }
            for row in 0..map.rows {
                let x = ringed.as_ptr().add((row + first) * (map.columns + 2));
                let z = z.as_ptr().add(row * map.columns * padded + channel);
                let place = row * map.columns * map.channels + channel;
                let gradient = gradient.as_ptr().add(place);
                for column in 0..map.columns {
                    let z = L::load(z.add(column * padded));
                    let a = z.mul_add(scale, shift);
                    let g = L::load_first(gradient.add(column * map.channels), count)
                        .keep(a.greater(floor));
                    let g = g.mul_add(scale, z.mul_add(slope, offset));
                    for (ky, totals) in totals.iter_mut().enumerate() {
                        for (kx, total) in totals.iter_mut().enumerate() {
                            let value = L::splat(*x.add(ky * (map.columns + 2) + column + kx));
                            *total = value.mul_add(g, *total);
                        }
                    }
                }
            }
            for (ky, totals) in totals.into_iter().enumerate() {
                for (kx, total) in totals.into_iter().enumerate() {
                    total.store(out.add((3 * ky + kx) * padded));
                }
            }
        }
    }
}

impl Task for StemGradient<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(mut self) {
        let map = self.map;
        map.check(self.z, [self.factors[0], self.factors[1]]);
        map.check(self.z, [self.factors[2], self.factors[3]]);
        assert!(!map.pool && self.gradient.len() >= map.after_pool());
        assert!(self.ringed.len() >= (map.rows + 2) * (map.columns + 2));
        assert!(self.out.len() >= 9 * map.padded());
        for channel in (0..map.channels).step_by(16) {
            // SAFETY: checked; the instruction set as the caller promises.
            unsafe {
                if L::ACCUMULATORS >= 16 {
                    self.taps::<L, 3>(channel, 0);
                } else {
                    self.taps::<L, 1>(channel, 0);
                    self.taps::<L, 1>(channel, 1);
                    self.taps::<L, 1>(channel, 2);
                }
            }
        }
    }
}

/// `out = scale · g + (slope · z + offset)`, where g is `gradient` sent back through pool and
/// ReLU: the gradient before the affine step, batch norm included.
pub(super) struct GradientBefore<'a> {
    pub(super) map: Map,
    pub(super) z: &'a [f32],
    pub(super) scale: &'a [f32],
    pub(super) shift: &'a [f32],
    pub(super) slope: &'a [f32],
    pub(super) offset: &'a [f32],
    /// `[rows, columns, channels]` after the pool.
    pub(super) gradient: &'a [f32],
    /// `[rows, columns, padded]`
    pub(super) out: &'a mut [f32],
    /// Distance of rows in `out`.
    pub(super) out_stride: usize,
    /// Distance of pixels in `out`: `channels`, or `padded`.
    pub(super) pixel: usize,
}

impl Task for GradientBefore<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Self { map, z, scale, shift, slope, offset, gradient, out, out_stride, pixel } = self;
        map.check(z, [scale, shift]);
        map.check(z, [slope, offset]);
        let padded = map.padded();
        assert!(gradient.len() >= map.after_pool());
        assert!(pixel >= map.channels && out_stride >= map.columns * pixel);
        assert!(out.len() >= (map.rows - 1) * out_stride + map.columns * pixel);
        let (rows, columns) = map.pooled();
        for channel in (0..map.channels).step_by(16) {
            let count = map.channels - channel;
            // Whole vectors where pixels have room for them.
            let stored = (pixel - channel).min(16);
            // SAFETY: every index is below the lengths checked above.
            unsafe {
                let scale = L::load(scale.as_ptr().add(channel));
                let shift = L::load(shift.as_ptr().add(channel));
                let slope = L::load(slope.as_ptr().add(channel));
                let offset = L::load(offset.as_ptr().add(channel));
                let floor = L::splat(map.floor());
                let z = z.as_ptr().add(channel);
                let out = out.as_mut_ptr().add(channel);
                let gradient = gradient.as_ptr().add(channel);
                if map.pool {
                    for row in 0..rows {
                        let mut z = z.add(2 * row * map.columns * padded);
                        let mut out = out.add(2 * row * out_stride);
                        let mut gradient = gradient.add(row * columns * map.channels);
                        for _ in 0..columns {
                            let values = [
                                L::load(z),
                                L::load(z.add(padded)),
                                L::load(z.add(map.columns * padded)),
                                L::load(z.add((map.columns + 1) * padded)),
                            ];
                            let a = [
                                values[0].mul_add(scale, shift),
                                values[1].mul_add(scale, shift),
                                values[2].mul_add(scale, shift),
                                values[3].mul_add(scale, shift),
                            ];
                            let routed = route(a, floor, L::load_first(gradient, count));
                            let places = [0, pixel, out_stride, out_stride + pixel];
                            for ((g, z), place) in routed.into_iter().zip(values).zip(places) {
                                g.mul_add(scale, z.mul_add(slope, offset))
                                    .store_first(out.add(place), stored);
                            }
                            z = z.wrapping_add(2 * padded);
                            out = out.wrapping_add(2 * pixel);
                            gradient = gradient.wrapping_add(map.channels);
                        }
                    }
                    // What the pool dropped has no gradient but through the batch's moments.
                    for row in 0..map.rows {
                        let first = if row < 2 * rows { 2 * columns } else { 0 };
                        for column in first..map.columns {
                            let z = L::load(z.add((row * map.columns + column) * padded));
                            z.mul_add(slope, offset)
                                .store_first(out.add(row * out_stride + column * pixel), stored);
                        }
                    }
                } else {
                    for row in 0..rows {
                        let mut z = z.add(row * columns * padded);
                        let mut out = out.add(row * out_stride);
                        let mut gradient = gradient.add(row * columns * map.channels);
                        for _ in 0..columns {
                            let value = L::load(z);
                            let a = value.mul_add(scale, shift);
                            let g = L::load_first(gradient, count).keep(a.greater(floor));
                            g.mul_add(scale, value.mul_add(slope, offset)).store_first(out, stored);
                            z = z.wrapping_add(padded);
                            out = out.wrapping_add(pixel);
                            gradient = gradient.wrapping_add(map.channels);
                        }
                    }
                }
            }
        }
    }
}
