//! Searches originals of a phantom with Gaussian noise as the ideal observer does that knows the
//! anatomy of each image; knows no codec and no score.
//!
//! At each pixel it has the likelihood ratio of a target there against none,
//! mean over shapes, sizes and angles of ∫ p(c) exp(c r − c² E/2) dc, for templates s of unit
//! contrast: response r = sᵀC⁻¹(g − b), energy E = sᵀC⁻¹s, b the image without target and noise. The
//! noise is stationary on a periodic matrix, so that all pixels have their responses from one
//! Fourier transform (Barrett and Myers 2004, Foundations of Image Science, chapter 13). Networks do
//! not know the anatomy: no reader of originals finds targets better.

use super::grid::Grid;
use super::integral::{Contrast, Energy, LogSum};
use super::{modelled_shapes, signs};
use crate::acquisition::detectability::ct_spectra;
use crate::acquisition::fft::{Complex2d, Fft2d};
use crate::image::Image;
use crate::observer::gaussian::gaussian_acquisition;
use crate::observer::{ObserverError, ScoreMap};
use crate::phantom::{Acquisition, Matrix, Phantom, Range, Sign};
use crate::scene::{Target, raster};

/// Sizes and angles of templates: a target that lies between two of them loses about 0.01 of its
/// detectability.
const TEMPLATES: Grid = Grid { positions: 1, sizes: 3, angles: 2 };

/// The ideal observer of whole images whose anatomy is known.
pub struct SearchingObserver {
    matrix: Matrix,
    contrast: Contrast,
    sign: Sign,
    fft: Fft2d,
    templates: Vec<Template>,
}

/// A target of unit contrast around the matrix's middle pixel.
struct Template {
    /// Its transform's conjugate over the power of the noise and the number of pixels.
    whitened: Complex2d,
    energy: f64,
}

impl std::fmt::Debug for SearchingObserver {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let templates = self.templates.len();
        formatter.debug_struct("SearchingObserver").field("templates", &templates).finish()
    }
}

impl SearchingObserver {
    /// The observer of a phantom's images to be searched.
    ///
    /// # Errors
    /// [`ObserverError::NoModel`] where nothing is searched for, or there is no model of the targets
    /// or the noise.
    pub fn new(phantom: &Phantom) -> Result<Self, ObserverError> {
        let ct = gaussian_acquisition(phantom)?;
        let searched = phantom.formation.searched();
        let formation = searched.ok_or(ObserverError::NoModel("nothing is searched for"))?;
        modelled_shapes(&formation.targets)?;
        let (matrix, targets) = (formation.matrix, &formation.targets);
        let (blur, mut power) = ct_spectra(&ct, &matrix);
        // Both the image and what it is compared with are rounded.
        power.iter_mut().for_each(|power| *power += matrix.rescale.slope.powi(2) / 6.0);
        let fft = Fft2d::new(matrix.rows, matrix.columns);
        let half_pixel = matrix.pixel_spacing.0 / 2.0;
        let of_shape = |&shape| TEMPLATES.targets(shape, targets.equivalent_radius_mm, 0.0);
        let drawn = targets.shapes.iter().flat_map(of_shape);
        // To the middle of a pixel.
        let drawn = drawn.map(|it| Target { x_mm: half_pixel, y_mm: half_pixel, ..it });
        let templates = drawn.map(|target| template(&target, &matrix, &fft, [&blur, &power]));
        let templates = templates.collect();
        let contrast = Contrast::uniform(targets.contrast);
        Ok(Self { matrix, contrast, sign: targets.sign, fft, templates })
    }

    /// Log likelihood ratio of a target at each pixel of an image against none, from the image and
    /// the same without target and noise, in two values as of present and absent.
    ///
    /// # Panics
    /// If an image has another size than the phantom's.
    #[must_use]
    pub fn map(&self, image: &Image, background: &Image) -> ScoreMap {
        let Matrix { rows, columns, rescale, .. } = self.matrix;
        let pairs = image.samples().iter().zip(background.samples());
        let residual = pairs.map(|(&a, &b)| (f64::from(a) - f64::from(b)) * rescale.slope);
        let mut seen = Complex2d { re: residual.collect(), im: vec![0.0; rows * columns] };
        self.fft.forward(&mut seen);
        let mut sums = vec![LogSum::default(); rows * columns];
        for template in &self.templates {
            let mut responses = product(&seen, &template.whitened);
            self.fft.inverse(&mut responses);
            let energy = Energy::new(template.energy);
            for (sum, &response) in sums.iter_mut().zip(&responses.re) {
                for sign in signs(self.sign) {
                    sum.add(energy.log_likelihood_ratio(sign * response, self.contrast));
                }
            }
        }
        let count = (self.templates.len() * signs(self.sign).len()) as f64;
        let mut values = Vec::with_capacity(2 * rows * columns);
        for row in 0..rows {
            for column in 0..columns {
                // The template lies at the middle pixel: its responses begin there.
                let [row, column] = [(row, rows), (column, columns)]
                    .map(|(place, extent)| (place + extent - extent / 2) % extent);
                let ratio = sums[row * columns + column].value() - libm::log(count);
                values.extend([ratio as f32, 0.0]);
            }
        }
        ScoreMap { origin: [0.0; 2], stride: 1, rows, columns, width: 2, values }
    }
}

/// The phantom whose images to be searched are the same without targets and noise.
#[must_use]
pub fn search_background(phantom: &Phantom) -> Phantom {
    let mut quiet = phantom.clone();
    if let Some(mut targets) = phantom.formation.searched().map(|it| it.targets) {
        targets.contrast = Range { low: 0.0, high: 0.0 };
        quiet.formation.search = Some(targets);
    }
    if let Acquisition::Ct(ct) = &mut quiet.formation.acquisition {
        ct.sigma_hu = 0.0;
    }
    quiet
}

fn template(target: &Target, matrix: &Matrix, fft: &Fft2d, [blur, power]: [&[f64]; 2]) -> Template {
    let pixels = matrix.rows * matrix.columns;
    let mut image = Complex2d { re: vec![0.0; pixels], im: vec![0.0; pixels] };
    let cover = raster::cover(&target.outline(), matrix);
    for (line, shares) in cover.share.chunks_exact(cover.columns.max(1)).enumerate() {
        let start = (cover.row + line) * matrix.columns + cover.column;
        image.re[start..start + shares.len()].copy_from_slice(shares);
    }
    fft.forward(&mut image);
    let mut energy = 0.0;
    for (at, (re, im)) in image.re.iter_mut().zip(&mut image.im).enumerate() {
        let (x, y) = (*re * blur[at], *im * blur[at]);
        let weight = 1.0 / (power[at] * pixels as f64);
        energy += (x * x + y * y) * weight;
        (*re, *im) = (x * weight, -y * weight);
    }
    Template { whitened: image, energy }
}

fn product(a: &Complex2d, b: &Complex2d) -> Complex2d {
    let parts = a.re.iter().zip(&a.im).zip(b.re.iter().zip(&b.im));
    let (re, im) =
        parts.map(|((&ar, &ai), (&br, &bi))| (ar * br - ai * bi, ar * bi + ai * br)).unzip();
    Complex2d { re, im }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acquisition::detectability::KnownTargetObserver;
    use crate::dataset::{Dataset, Split};

    const SMALL: &str = include_str!("../../../../tests/phantom/small.toml");

    fn phantom(contrast: Range) -> Phantom {
        let mut phantom = Phantom::parse(SMALL, "small.toml").unwrap();
        let mut targets = phantom.formation.targets.clone();
        targets.contrast = contrast;
        phantom.formation.search = Some(targets);
        phantom
    }

    #[test]
    fn templates_have_the_energy_of_known_targets() {
        // √E of unit contrast is d′; rounding adds 1/6 HU² to the power of the noise, which
        // lowers it by less than 0.01 of it where σ² is 16 HU² and more.
        let phantom = phantom(Range { low: 20.0, high: 40.0 });
        let observer = SearchingObserver::new(&phantom).unwrap();
        let known = KnownTargetObserver::new(&phantom.formation).unwrap();
        let targets = &phantom.formation.targets;
        let drawn: Vec<Target> = (targets.shapes.iter())
            .flat_map(|&shape| TEMPLATES.targets(shape, targets.equivalent_radius_mm, 0.0))
            .collect();
        assert_eq!(drawn.len(), observer.templates.len());
        for (target, template) in drawn.iter().zip(&observer.templates) {
            let (expected, found) = (known.detectability(target), template.energy.sqrt());
            assert!((found / expected - 1.0).abs() < 0.02, "{found} {expected}");
        }
    }

    #[test]
    fn it_finds_plain_targets_where_they_are() {
        let phantom = phantom(Range { low: 60.0, high: 80.0 });
        let observer = SearchingObserver::new(&phantom).unwrap();
        let dataset = Dataset::new(phantom.clone(), 3);
        let quiet = Dataset::new(search_background(&phantom), 3);
        let (searched, quiet) = (dataset.searched().unwrap(), quiet.searched().unwrap());
        let mut seen = 0;
        for index in 0..8 {
            let case = searched.case(Split::Test, index).unwrap();
            let outlines = searched.outlines(Split::Test, index).unwrap();
            let background = quiet.case(Split::Test, index).unwrap().image;
            let map = observer.map(&case.image, &background);
            let ratio = |place: usize| map.values[2 * place];
            let places = 0..map.rows * map.columns;
            let highest = places.max_by(|a, b| ratio(*a).total_cmp(&ratio(*b))).unwrap();
            if outlines.targets.is_empty() {
                assert!(ratio(highest) < 0.0, "{}", ratio(highest));
                continue;
            }
            let [row, column] = [highest / map.columns, highest % map.columns];
            let hit = outlines.targets.iter().any(|it| it.pixels.contains(row, column));
            assert!(hit && ratio(highest) > 20.0, "{row} {column} {}", ratio(highest));
            seen += 1;
        }
        assert!(seen > 1);
    }
}
