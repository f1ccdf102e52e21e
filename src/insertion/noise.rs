//! The local noise about a place, and how well an observer that knows it sees a target there; knows
//! no contrast unit and no placement.
//!
//! Noise is what is left of the values around the place, as far as targets may lie there, after the
//! plane that fits them best is taken off: anatomy finer than that counts as noise.

use super::least_squares::fit;
use crate::acquisition::Stamp;
use crate::acquisition::fft::{Complex2d, Fft2d};

/// Fewest pixels that noise is estimated from.
const LEAST_PIXELS: usize = 100;

/// Lags, in pixels along each axis, from which on noise counts as uncorrelated, at most; fewer where
/// few pixels would have to tell of many lags.
const MOST_LAGS: usize = 16;

/// Pixels for each square of a lag: the covariance that the plane takes away with it, 3 lags² over
/// the pixels, is then at most a quarter.
const PIXELS_OF_LAG: usize = 12;

/// Coefficients of the plane.
const PLANE: f64 = 3.0;

/// The values around a place.
#[derive(Debug)]
pub(super) struct Neighbourhood {
    /// First row and column.
    corner: [usize; 2],
    rows: usize,
    columns: usize,
    /// Values less the plane; 0 where they do not count.
    residuals: Vec<f64>,
    counted: usize,
    /// Value at the corner, and its change from row to row and from column to column.
    plane: [f64; 3],
}

impl Neighbourhood {
    /// The values of `value` within `radius` pixels of `[row, column]` in an image of `size`, where
    /// `counts` holds; `None` where they are too few.
    pub(super) fn of(
        value: impl Fn(usize) -> f64,
        counts: impl Fn(usize) -> bool,
        size: [usize; 2],
        [row, column]: [f64; 2],
        radius: f64,
    ) -> Option<Self> {
        let side = |middle: f64, whole: usize| {
            let first = (middle - radius).floor().max(0.0) as usize;
            let end = ((middle + radius).ceil().max(0.0) as usize).min(whole);
            (first, end.saturating_sub(first))
        };
        let ((top, rows), (left, columns)) = (side(row, size[0]), side(column, size[1]));
        let inside = |at: usize| {
            let (y, x) = (top + at / columns, left + at % columns);
            let (down, across) = (y as f64 + 0.5 - row, x as f64 + 0.5 - column);
            let place = y * size[1] + x;
            (down * down + across * across <= radius * radius && counts(place)).then_some(place)
        };
        let at = |place: usize| [1.0, (place / columns) as f64, (place % columns) as f64];
        let places: Vec<(usize, f64)> =
            (0..rows * columns).filter_map(|it| Some((it, value(inside(it)?)))).collect();
        if places.len() < LEAST_PIXELS {
            return None;
        }
        let plane = fit(places.iter().map(|&(place, value)| (at(place), value)))?;
        let mut residuals = vec![0.0; rows * columns];
        for &(place, value) in &places {
            let fitted: f64 = at(place).iter().zip(plane).map(|(x, slope)| x * slope).sum();
            residuals[place] = value - fitted;
        }
        Some(Self { corner: [top, left], rows, columns, residuals, counted: places.len(), plane })
    }

    /// The plane at a pixel of the image.
    pub(super) fn mean(&self, row: usize, column: usize) -> f64 {
        let [level, down, across] = self.plane;
        let from = |place: usize, corner: usize| place as f64 - corner as f64;
        level + down * from(row, self.corner[0]) + across * from(column, self.corner[1])
    }

    /// Standard deviation of the noise.
    pub(super) fn sd(&self) -> f64 {
        let sum: f64 = self.residuals.iter().map(|residual| residual * residual).sum();
        // Three degrees of freedom went into the plane.
        (sum / (self.counted as f64 - PLANE)).sqrt()
    }

    /// d′ of the ideal observer that knows the difference that a target makes to every pixel, and the
    /// local noise as stationary and Gaussian: d′² = Σ |S(k)|²/NPS(k).
    ///
    /// NPS is the transform of the covariance of the residuals at lags below L = 16 pixels, each
    /// weighted by 1 − lag/L along either axis (Bartlett), and at least `floor`, the variance of
    /// rounding: nothing is seen through rounded values better than that. The plane takes 3 NPS(0)
    /// over the pixels from the covariance at every lag, which is given back.
    pub(super) fn detectability(
        &self,
        stamp: &Stamp,
        signal: impl Fn(usize, usize, f64) -> f64,
        floor: f64,
    ) -> f64 {
        let side = |part: usize| (part + MOST_LAGS).max(2 * MOST_LAGS).next_power_of_two();
        let (high, wide) = (side(stamp.rows), side(stamp.columns));
        let pixels = high * wide;
        let fft = Fft2d::new(high, wide);
        let mut power = self.covariance(high, wide);
        fft.forward(&mut power);
        let mut painted = Complex2d { re: vec![0.0; pixels], im: vec![0.0; pixels] };
        for (at, &share) in stamp.share.iter().enumerate() {
            let (row, column) = (at / stamp.columns, at % stamp.columns);
            painted.re[row * wide + column] = signal(stamp.row + row, stamp.column + column, share);
        }
        fft.forward(&mut painted);
        let sum: f64 = (0..pixels)
            .map(|k| {
                let of = painted.re[k] * painted.re[k] + painted.im[k] * painted.im[k];
                of / power.re[k].max(floor)
            })
            .sum();
        (sum / pixels as f64).sqrt()
    }

    /// Tapered covariance by lag, negative lags at the end of each axis.
    fn covariance(&self, high: usize, wide: usize) -> Complex2d {
        // Room for the largest lag on top, so that nothing comes back from the other side.
        let side = |part: usize| (part + MOST_LAGS).next_power_of_two();
        let (rows, columns) = (side(self.rows), side(self.columns));
        let mut field = Complex2d { re: vec![0.0; rows * columns], im: vec![0.0; rows * columns] };
        for (row, line) in self.residuals.chunks_exact(self.columns).enumerate() {
            field.re[row * columns..][..self.columns].copy_from_slice(line);
        }
        let fft = Fft2d::new(rows, columns);
        fft.forward(&mut field);
        for (re, im) in field.re.iter_mut().zip(&mut field.im) {
            (*re, *im) = (*re * *re + *im * *im, 0.0);
        }
        fft.inverse(&mut field);
        let count = self.counted as f64;
        let reach = (self.counted / PIXELS_OF_LAG).isqrt().clamp(2, MOST_LAGS) as i64;
        let scale = 1.0 / ((rows * columns) as f64 * count);
        let mut tapered = Complex2d { re: vec![0.0; high * wide], im: vec![0.0; high * wide] };
        let lags = || 1 - reach..reach;
        let place = |lag: i64, size: usize| lag.rem_euclid(size as i64) as usize;
        let weight = |lag: i64| 1.0 - lag.unsigned_abs() as f64 / reach as f64;
        let pairs: Vec<(usize, f64, f64)> = lags()
            .flat_map(|down| lags().map(move |across| (down, across)))
            .map(|(down, across)| {
                let value = field.re[place(down, rows) * columns + place(across, columns)] * scale;
                let to = place(down, high) * wide + place(across, wide);
                (to, weight(down) * weight(across), value)
            })
            .collect();
        let even: f64 = pairs.iter().map(|(_, weight, value)| weight * value).sum();
        let weights: f64 = pairs.iter().map(|(_, weight, _)| weight).sum();
        let taken = PLANE / count * even / (1.0 - PLANE / count * weights);
        for (to, weight, value) in pairs {
            tapered.re[to] = weight * (value + taken);
        }
        tapered
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acquisition::detectability::KnownTargetObserver;
    use crate::acquisition::noise::normal_quantile;
    use crate::acquisition::{Imager, Mtf};
    use crate::phantom::{Phantom, Shape};
    use crate::rng::{Purpose, StreamKey};
    use crate::scene::{Target, draw};

    fn white(size: usize, sd: f64, seed: u64) -> Vec<f64> {
        let mut stream = StreamKey { seed, purpose: Purpose::Noise, case: 0, part: 0 }.open();
        (0..size * size).map(|_| sd * normal_quantile(stream.uniform().max(1e-12))).collect()
    }

    #[test]
    fn in_white_noise_d_is_contrast_over_sd_times_the_root_of_the_pixels() {
        let square = Stamp { row: 30, column: 28, rows: 10, columns: 10, share: vec![1.0; 100] };
        let (mut sum, mut spread) = (0.0, 0.0);
        for seed in 0..20 {
            let mut values = white(80, 4.0, seed);
            // A slope is no noise.
            values.iter_mut().enumerate().for_each(|(at, v)| *v += 0.5 * (at / 80) as f64);
            let around =
                Neighbourhood::of(|at| values[at], |_| true, [80, 80], [35.0, 33.0], 32.0).unwrap();
            spread += around.sd() / 20.0;
            sum += around.detectability(&square, |_, _, share| 3.0 * share, 1.0 / 12.0) / 20.0;
        }
        // sd: 1/√(2·3200·20) = 0.3 %. d′ = 3/4·10; that of one image spreads by 6 % about 1.01 of it
        // (numpy 2, the same estimate on 150 fields of noise), the mean of 20 by 1.4 %.
        assert!((spread / 4.0 - 1.0).abs() < 0.01, "{spread}");
        assert!((sum / 7.5 - 1.0).abs() < 0.04, "{sum}");
    }

    #[test]
    fn in_the_noise_of_ct_d_is_near_that_of_the_whole_spectrum() {
        let source =
            include_str!("../../tests/phantom/small.toml").replace("27.0, 27.0", "60.0, 60.0");
        let phantom = Phantom::parse(&source, "even.toml").unwrap();
        let formation = &phantom.formation;
        let target = Target {
            shape: Shape::Disk,
            x_mm: 0.3,
            y_mm: -0.2,
            equivalent_radius_mm: 2.0,
            angle_deg: 0.0,
            contrast: 10.0,
            vessel_radius_mm: None,
        };
        let exact = KnownTargetObserver::new(formation).unwrap().detectability(&target);
        let stamp = Stamp::of(&target, &formation.matrix, &Mtf::Gaussian { mtf50_per_mm: 0.4 });
        let imager = Imager::new(&phantom);
        let (mut sum, images) = (0.0, 12);
        for case in 0..images {
            let mut scene = draw(&phantom, 3, case, case).unwrap();
            scene.regions.clear();
            let image = imager.acquire(&scene, 3, case);
            let value = |at: usize| f64::from(image.samples()[at]);
            let around =
                Neighbourhood::of(value, |_| true, [128, 128], [64.0, 64.0], 40.0).unwrap();
            sum += around.detectability(&stamp, |_, _, s| 10.0 * s, 1.0 / 12.0) / images as f64;
        }
        // Noise of CT falls to low frequencies, which lags of 16 pixels resolve to 1/16 a pixel: it is
        // taken for more than it is, and d′ for less. 0.877 of it (numpy 2, the same estimate on 60
        // fields of noise), that of one image spreads by 4 %.
        assert!((sum / exact - 0.877).abs() < 0.04, "{sum}, {exact}");
    }

    #[test]
    fn few_pixels_give_no_noise() {
        let none = Neighbourhood::of(|_| 1.0, |at| at < 90, [64, 64], [32.0, 32.0], 40.0);
        assert!(none.is_none());
    }
}
