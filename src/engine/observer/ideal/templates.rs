//! Makes the templates of the ideal observer: targets on a grid of positions, sizes and angles,
//! painted and blurred as the imager does; knows no noise.

use super::grid::Grid;
use super::integral::Cells;
use crate::acquisition::detectability::ct_spectra;
use crate::acquisition::fft::{Complex2d, Fft2d};
use crate::observer::ObserverError;
use crate::observer::gaussian::gaussian_acquisition;
use crate::phantom::{Matrix, Phantom, Range, Shape};
use crate::scene::Target;
use crate::scene::raster;

impl Grid {
    pub(super) fn cells(self, shape: Shape) -> Cells {
        let (angles, _) = self.angles(shape);
        Cells { sizes: self.sizes, angles, positions: self.positions }
    }

    /// Number of angles, and degrees after which a shape looks the same.
    fn angles(self, shape: Shape) -> (usize, f64) {
        match shape {
            Shape::Disk | Shape::Ring => (1, 360.0),
            Shape::Square | Shape::Cross => (self.angles, 90.0),
            Shape::Triangle => ((4 * self.angles).div_ceil(3), 120.0),
            // As drawn, without any symmetry; refused before a rating.
            _ => (4 * self.angles, 360.0),
        }
    }

    /// Targets of unit contrast around the matrix's centre.
    pub(super) fn targets(self, shape: Shape, radius: Range, offset_mm: f64) -> Vec<Target> {
        let middles = |parts: usize, low: f64, high: f64| {
            (0..parts).map(move |part| low + (high - low) * (part as f64 + 0.5) / parts as f64)
        };
        let (angles, period) = self.angles(shape);
        let mut targets = Vec::new();
        for equivalent_radius_mm in middles(self.sizes, radius.low, radius.high) {
            for angle_deg in middles(angles, 0.0, period) {
                for y_mm in middles(self.positions, -offset_mm, offset_mm) {
                    for x_mm in middles(self.positions, -offset_mm, offset_mm) {
                        targets.push(Target {
                            shape,
                            x_mm,
                            y_mm,
                            equivalent_radius_mm,
                            angle_deg,
                            contrast: 1.0,
                            vessel_radius_mm: None,
                        });
                    }
                }
            }
        }
        targets
    }
}

/// A small matrix around a region on which targets are painted and blurred as the imager does.
pub(super) struct Canvas {
    matrix: Matrix,
    side: usize,
    blur: Vec<f64>,
    fft: Fft2d,
}

impl Canvas {
    /// A margin of one region's side around a region of the phantom: periodic blur wraps there.
    pub(super) fn of(phantom: &Phantom) -> Result<Self, ObserverError> {
        let side = phantom.formation.targets.region_pixels;
        let pixels = (2 * side).next_power_of_two();
        let matrix = Matrix { rows: pixels, columns: pixels, ..phantom.formation.matrix };
        let (mut blur, _) = ct_spectra(&gaussian_acquisition(phantom)?, &matrix);
        for value in &mut blur {
            *value /= (pixels * pixels) as f64;
        }
        Ok(Self { matrix, side, blur, fft: Fft2d::new(pixels, pixels) })
    }

    /// One or two targets as they appear on the whole canvas, in HU.
    fn acquire(&self, targets: &[Target]) -> Complex2d {
        let pixels = self.matrix.rows * self.matrix.columns;
        let paint = |target: Option<&Target>| {
            let mut values = vec![0.0; pixels];
            let Some(target) = target else { return values };
            let cover = raster::cover(&target.outline(), &self.matrix);
            for (line, shares) in cover.share.chunks_exact(cover.columns.max(1)).enumerate() {
                let start = (cover.row + line) * self.matrix.columns + cover.column;
                for (value, share) in values[start..].iter_mut().zip(shares) {
                    *value = target.contrast * share;
                }
            }
            values
        };
        // Two real images as one complex one: the blur is even, so they stay apart.
        let mut image = Complex2d { re: paint(targets.first()), im: paint(targets.get(1)) };
        self.fft.forward(&mut image);
        for ((re, im), blur) in image.re.iter_mut().zip(&mut image.im).zip(&self.blur) {
            *re *= blur;
            *im *= blur;
        }
        self.fft.inverse(&mut image);
        image
    }

    /// The region's pixels of one or two targets, one after the other.
    pub(super) fn templates(&self, targets: &[Target]) -> Vec<f32> {
        let image = self.acquire(targets);
        let first = (self.matrix.rows - self.side) / 2;
        let mut values = Vec::with_capacity(targets.len() * self.side * self.side);
        for part in [&image.re, &image.im].into_iter().take(targets.len()) {
            for row in first..first + self.side {
                let start = row * self.matrix.columns + first;
                values.extend(part[start..start + self.side].iter().map(|&it| it as f32));
            }
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acquisition::detectability::KnownTargetObserver;
    use crate::dataset::{Dataset, Split};
    use crate::observer::NoisePower;
    use crate::phantom::Acquisition;

    fn small() -> Phantom {
        Phantom::parse(include_str!("../../../../tests/phantom/small.toml"), "small.toml").unwrap()
    }

    #[test]
    fn templates_are_what_the_imager_makes() {
        // The same noiseless head with and without its targets, each rounded to whole HU.
        let mut phantom = small();
        if let Acquisition::Ct(ct) = &mut phantom.formation.acquisition {
            ct.sigma_hu = 0.0;
        }
        let mut empty = phantom.clone();
        empty.formation.targets.absent_fraction = 1.0;
        let canvas = Canvas::of(&phantom).unwrap();
        let case = Dataset::new(phantom, 3).case(Split::Test, 0).unwrap();
        let without = Dataset::new(empty, 3).case(Split::Test, 0).unwrap();
        let spacing = 0.45;
        for region in &case.scene.regions {
            let Some(target) = region.target else { continue };
            let center = |corner: usize| (corner as f64 + 16.0 - 64.0) * spacing;
            let own = Target {
                x_mm: target.x_mm - center(region.column),
                y_mm: target.y_mm - center(region.row),
                ..target
            };
            let template = canvas.templates(&[own]);
            for (at, value) in template.iter().enumerate() {
                let place = (region.row + at / 32, region.column + at % 32);
                let stored = |image: &crate::image::Image| f64::from(image.at(place.0, place.1));
                let found = stored(&case.image) - stored(&without.image);
                assert!((found - f64::from(*value)).abs() < 1.02, "{at}: {found} {value}");
            }
        }
    }

    #[test]
    fn one_known_target_has_the_closed_detectability() {
        // With one template of known contrast, √E c is d′ of that target in the region's noise;
        // the region cuts off what the whole matrix still sees, so it is a little less.
        let phantom = small();
        let target = Target {
            shape: Shape::Disk,
            x_mm: 0.1,
            y_mm: -0.2,
            equivalent_radius_mm: 2.0,
            angle_deg: 0.0,
            contrast: 10.0,
            vessel_radius_mm: None,
        };
        let whole = KnownTargetObserver::new(&phantom.formation).unwrap().detectability(&target);
        let canvas = Canvas::of(&phantom).unwrap();
        let template = canvas.templates(&[target]);
        let covariance = NoisePower::of(&phantom).unwrap().covariance(32);
        let whitening = covariance.whitening().unwrap();
        let energy: f64 = whitening
            .chunks_exact(1024)
            .map(|row| {
                row.iter().zip(&template).map(|(w, s)| w * f64::from(*s)).sum::<f64>().powi(2)
            })
            .sum();
        let region = energy.sqrt();
        assert!(region <= whole * 1.0001 && region > 0.97 * whole, "{region} {whole}");
    }
}
