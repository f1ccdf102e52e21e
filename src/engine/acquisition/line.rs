//! The blur along one axis: taps from a transfer, or a wide Gaussian on a coarse grid; eight lines
//! side by side. Knows no image and no physics.
//!
//! A line goes on beyond its ends with the value at each end.

use std::f64::consts::{PI, TAU};

/// Lines that are blurred side by side, so that the compiler can use vectors.
pub(super) const LANES: usize = 8;

/// One pixel of each of the lines.
pub(super) type Vector = [f64; LANES];

/// Taps below this share of the middle one are left out.
const LEAST_TAP: f64 = 1e-4;

/// Taps from here on are left out although they are larger, where a sharp edge of the transfer
/// makes them fall as slowly as 1/n: what rings further from an edge is below 1e-3 of its step.
const LONGEST: usize = 64;

/// Share of so many taps that fades to zero at either end, so that their end does not ring.
const FADING: f64 = 0.25;

/// Standard deviations of a Gaussian within which all of it lies, but for 6e-7.
const REACH: f64 = 5.0;

/// Standard deviation, in cells of the coarse grid, that a wide Gaussian has at least.
const CELLS: f64 = 8.0;

/// The blur of lines.
#[derive(Debug)]
pub(super) struct LineBlur {
    /// Pixels in a cell of the grid that the taps are for.
    block: usize,
    /// The middle tap and those to one side of it; the other side is the same.
    taps: Vec<f64>,
    /// Weights of four cells for each pixel of a block.
    spline: Vec<[f64; 4]>,
}

/// Lines between gathering and scattering, and room for what lies between.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub(super) values: Vec<Vector>,
    padded: Vec<Vector>,
    cells: Vec<Vector>,
}

impl LineBlur {
    /// The blur with this transfer, a function of the frequency in cycles per pixel, up to the
    /// frequency `band` of at most 0.5, and 0 above. `sigma` is about the standard deviation of
    /// its point spread in pixels.
    pub(super) fn of_transfer(band: f64, sigma: f64, transfer: impl Fn(f64) -> f64) -> Self {
        let most = LONGEST.max((REACH * sigma).ceil() as usize);
        // The tap n is 2 ∫ T(f) cos(2πfn) df, by the trapezoidal rule with at least sixteen steps
        // to a period of the last cosine.
        let steps = 16 * most;
        let step = band / steps as f64;
        let weights: Vec<f64> = (0..=steps)
            .map(|k| {
                let end = if k == 0 || k == steps { 0.5 } else { 1.0 };
                2.0 * step * end * transfer(k as f64 * step)
            })
            .collect();
        // cos(nθ) = 2 cos θ cos((n − 1)θ) − cos((n − 2)θ)
        let once: Vec<f64> = (0..=steps).map(|k| libm::cos(TAU * k as f64 * step)).collect();
        let (mut before, mut now) = (once.clone(), vec![1.0; steps + 1]);
        let mut taps = Vec::with_capacity(most + 1);
        for _ in 0..=most {
            taps.push(weights.iter().zip(&now).map(|(weight, cosine)| weight * cosine).sum());
            for ((before, now), once) in before.iter_mut().zip(&mut now).zip(&once) {
                (*before, *now) = (*now, 2.0 * once * *now - *before);
            }
        }
        let least = LEAST_TAP * f64::abs(taps[0]);
        let last = taps.iter().rposition(|tap: &f64| tap.abs() > least).unwrap_or(0);
        taps.truncate(last + 1);
        // The last of taps that fall as 1/n may be small by itself.
        if last + 4 >= most {
            let from = (1.0 - FADING) * last as f64;
            for (n, tap) in taps.iter_mut().enumerate() {
                let into = ((n as f64 - from) / (last as f64 + 1.0 - from)).max(0.0);
                *tap *= 0.5 + 0.5 * libm::cos(PI * into);
            }
        } else if last > 0 {
            // Taps alternate, so half of the last one is about what all that are left out add up to.
            taps[last] *= 0.5;
        }
        // What was left out is given to the middle, so that an even field stays as it is.
        taps[0] += transfer(0.0) - (2.0 * taps[1..].iter().sum::<f64>() + taps[0]);
        Self { block: 1, taps, spline: Vec::new() }
    }

    /// The blur by a Gaussian of the standard deviation `sigma` in pixels, over the average over a
    /// pixel, or `None` where it is too narrow for a coarse grid.
    ///
    /// Means of blocks of pixels are blurred and interpolated by cubic B-splines, which reproduce
    /// cubics, so both only add a known variance (Unser 1999), which is taken off the Gaussian's.
    /// Relative to a step in the line, the blurred step is within 3e-4 of the exact one.
    pub(super) fn of_wide_gaussian(sigma: f64, pixels: usize) -> Option<Self> {
        let mut block = 1;
        while 2.0 * CELLS * block as f64 <= sigma && 16 * block <= pixels {
            block *= 2;
        }
        if block == 1 {
            return None;
        }
        let squared = (block * block) as f64;
        // Of the pixel, which painting has averaged over already, of the block and the spline.
        let variance = sigma * sigma - 1.0 / 12.0 - (squared - 1.0) / 12.0 - squared / 3.0;
        let cells = (variance / squared).sqrt();
        let mut taps: Vec<f64> = (0..=(REACH * cells).ceil() as usize)
            .map(|n| libm::exp(-((n * n) as f64) / (2.0 * cells * cells)))
            .collect();
        let sum = 2.0 * taps[1..].iter().sum::<f64>() + taps[0];
        taps.iter_mut().for_each(|tap| *tap /= sum);
        let spline = (0..block)
            .map(|pixel| {
                // From the middle of the cell before to the pixel, in cells.
                let place = (pixel as f64 + 0.5) / block as f64;
                let t = if 2 * pixel < block { place + 0.5 } else { place - 0.5 };
                let s = 1.0 - t;
                [
                    s * s * s / 6.0,
                    2.0 / 3.0 - t * t * (2.0 - t) / 2.0,
                    2.0 / 3.0 - s * s * (2.0 - s) / 2.0,
                    t * t * t / 6.0,
                ]
            })
            .collect();
        Some(Self { block, taps, spline })
    }

    /// Blurs the lines in place.
    pub(super) fn apply(&self, lines: &mut Lines) {
        let Lines { values, padded, cells } = lines;
        let (first, last) = (values[0], values[values.len() - 1]);
        let reach = self.taps.len() - 1;
        padded.clear();
        if self.block == 1 {
            padded.resize(reach, first);
            padded.extend_from_slice(values);
            padded.resize(values.len() + 2 * reach, last);
            convolve(padded, &self.taps, values);
            return;
        }
        // Two cells more at each end, for the spline.
        let share = 1.0 / self.block as f64;
        padded.resize(reach + 2, first);
        padded.extend(values.chunks_exact(self.block).map(|block| {
            let mut mean = [0.0; LANES];
            for pixel in block {
                for (mean, value) in mean.iter_mut().zip(pixel) {
                    *mean += value;
                }
            }
            mean.map(|sum| sum * share)
        }));
        padded.resize(values.len() / self.block + 2 * (reach + 2), last);
        cells.clear();
        cells.resize(values.len() / self.block + 4, [0.0; LANES]);
        convolve(padded, &self.taps, cells);
        for (number, block) in values.chunks_exact_mut(self.block).enumerate() {
            for (pixel, (value, weights)) in block.iter_mut().zip(&self.spline).enumerate() {
                // Cell `number` stands two places further on; the spline begins one or two before.
                let from = if 2 * pixel < self.block { number } else { number + 1 };
                let mut sum = [0.0; LANES];
                for (cell, weight) in cells[from..from + 4].iter().zip(weights) {
                    for (sum, cell) in sum.iter_mut().zip(cell) {
                        *sum += weight * cell;
                    }
                }
                *value = sum;
            }
        }
    }
}

/// Weighs the neighbours of each place but the first and last ones.
fn convolve(padded: &[Vector], taps: &[f64], into: &mut [Vector]) {
    let reach = taps.len() - 1;
    for (window, into) in padded.windows(2 * reach + 1).zip(into) {
        let mut sum = window[reach].map(|value| taps[0] * value);
        let pairs = window[..reach].iter().rev().zip(&window[reach + 1..]);
        for ((before, after), tap) in pairs.zip(&taps[1..]) {
            for lane in 0..LANES {
                sum[lane] += tap * (before[lane] + after[lane]);
            }
        }
        *into = sum;
    }
}

#[cfg(test)]
mod tests {
    use super::super::filter::sinc;
    use super::*;

    fn blurred(blur: &LineBlur, line: &[f64]) -> Vec<f64> {
        let values = line.iter().map(|&value| [value; LANES]).collect();
        let mut lines = Lines { values, ..Lines::default() };
        blur.apply(&mut lines);
        lines.values.iter().map(|value| value[LANES - 1]).collect()
    }

    /// The transfer that the taps have.
    fn transfer_of(blur: &LineBlur, frequency: f64) -> f64 {
        let cosine = |(n, tap): (usize, &f64)| 2.0 * tap * libm::cos(TAU * frequency * n as f64);
        blur.taps.iter().enumerate().map(cosine).sum::<f64>() - blur.taps[0]
    }

    #[test]
    fn taps_have_the_transfer_they_were_made_for() {
        // From the sharpest MTF that a phantom may have, one half at the Nyquist frequency.
        for mtf50 in [0.5, 0.38, 0.3, 0.18, 0.06, 0.02] {
            let transfer = |f: f64| libm::exp2(-(f / mtf50) * (f / mtf50)) / sinc(f);
            let blur = LineBlur::of_transfer(0.5, 0.1874 / mtf50, transfer);
            for step in 0..=90 {
                // What taps below 1e-4 add up to; they alternate, so most of it lies close to 0.5.
                let f = 0.005 * f64::from(step);
                let (found, expected) = (transfer_of(&blur, f), transfer(f));
                assert!((found - expected).abs() < 1e-3, "{mtf50} at {f}: {found}, {expected}");
            }
        }
    }

    #[test]
    fn a_bright_neighbour_leaves_nothing_behind_on_average() {
        // Behind a step, 16 to 48 pixels on: the mean of what rings. Of exact taps it is 1e-6 to 3e-6
        // (numpy); 2e-5 would be seen where the neighbour is fifty times as bright.
        for mtf50 in [0.18, 0.25, 0.3, 0.342, 0.4, 0.45, 0.5] {
            let transfer = |f: f64| libm::exp2(-(f / mtf50) * (f / mtf50)) / sinc(f);
            let blur = LineBlur::of_transfer(0.5, 0.1874 / mtf50, transfer);
            let line: Vec<f64> = (0..256).map(|i| f64::from(i < 128)).collect();
            let found = &blurred(&blur, &line)[128 + 16..128 + 48];
            let mean = found.iter().sum::<f64>() / 32.0;
            assert!(mean.abs() < 4e-6, "{mtf50}: {mean}");
        }
    }

    #[test]
    fn a_band_ends_where_it_should() {
        let transfer = |f: f64| libm::exp2(-(f / 0.3) * (f / 0.3)) / sinc(f);
        let blur = LineBlur::of_transfer(0.25, 0.6, transfer);
        // 64 taps, the last quarter of them fading: the edge is 1/64 wide to either side.
        for step in 0..=100 {
            let f = 0.005 * f64::from(step);
            let expected = if f < 0.25 { transfer(f) } else { 0.0 };
            if (f - 0.25).abs() > 0.032 {
                let found = transfer_of(&blur, f);
                assert!((found - expected).abs() < 0.02, "at {f}: {found}, {expected}");
            }
        }
    }

    #[test]
    fn a_coarse_grid_blurs_as_the_whole_convolution_does() {
        // Against each tap of the Gaussian, one pixel narrower in its variance by what painting
        // has averaged, at a step at any place of a cell and at both ends.
        let pixels = 1024;
        for sigma in [16.0, 31.0, 67.0, 140.0] {
            let blur = LineBlur::of_wide_gaussian(sigma, pixels).expect("wide");
            let narrow: f64 = sigma * sigma - 1.0 / 12.0;
            let reach = (7.0 * sigma) as i64;
            let gaussian = |n: i64| libm::exp(-((n * n) as f64) / (2.0 * narrow));
            let sum: f64 = (-reach..=reach).map(gaussian).sum();
            for edge in [1, 500, 503, 509, 1022] {
                let line: Vec<f64> = (0..pixels).map(|i| f64::from(i >= edge)).collect();
                let found = blurred(&blur, &line);
                for (place, found) in found.iter().enumerate() {
                    let at = |n: i64| line[(place as i64 + n).clamp(0, pixels as i64 - 1) as usize];
                    let exact = (-reach..=reach).map(|n| gaussian(n) * at(n)).sum::<f64>() / sum;
                    assert!(
                        (found - exact).abs() < 3e-4,
                        "{sigma}, edge {edge}, at {place}: {found} {exact}"
                    );
                }
            }
        }
        assert!(LineBlur::of_wide_gaussian(15.9, pixels).is_none());
    }

    #[test]
    fn an_even_line_stays_as_it_is() {
        let narrow = LineBlur::of_transfer(0.5, 1.0, |f| libm::exp2(-(f / 0.2) * (f / 0.2)));
        let wide = LineBlur::of_wide_gaussian(30.0, 256).expect("wide");
        for blur in [narrow, wide] {
            for value in blurred(&blur, &[700.0; 256]) {
                assert!((value / 700.0 - 1.0).abs() < 1e-12, "{value}");
            }
        }
    }
}
