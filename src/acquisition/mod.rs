//! Owns the way from a scene to stored values: coverage raster, blur, noise, quantisation, one
//! file per physics; knows no files, codecs or networks. The only place where mm become pixels.

mod ct;
pub mod fft;
pub mod raster;

use crate::image::Image;
use crate::phantom::{Acquisition, Formation, Matrix, Phantom};
use crate::scene::Scene;

/// Acquires images of one phantom. Holds its filters; shared between threads.
#[derive(Debug)]
pub struct Imager {
    formation: Formation,
    ct: ct::CtImager,
}

impl Imager {
    /// Prepares the filters of a phantom.
    #[must_use]
    pub fn new(phantom: &Phantom) -> Self {
        let formation = phantom.formation.clone();
        let Acquisition::Ct(settings) = formation.acquisition;
        let ct = ct::CtImager::new(&formation.matrix, settings);
        Self { formation, ct }
    }

    /// The image of a scene. Noise comes from the streams of `seed` and `case`, one per row.
    #[must_use]
    pub fn acquire(&self, scene: &Scene, seed: u64, case: u64) -> Image {
        let physical = self.ct.acquire(paint(scene, &self.formation), seed, case);
        let Matrix { rows, columns, format, rescale, .. } = self.formation.matrix;
        let samples = physical.into_iter().map(|value| rescale.stored(value, format)).collect();
        Image::new(rows, columns, format, samples)
            .expect("a checked phantom has a possible size and stored values are held in range")
    }
}

/// The noiseless scene before blur, in physical units, averaged over each pixel.
#[must_use]
pub fn paint(scene: &Scene, formation: &Formation) -> Vec<f64> {
    let matrix = &formation.matrix;
    let mut values = vec![formation.surround; matrix.rows * matrix.columns];
    for (outline, value) in &scene.layers {
        blend(&mut values, matrix, outline, |below, share| below + share * (value - below));
    }
    for target in scene.regions.iter().filter_map(|region| region.target) {
        blend(&mut values, matrix, &target.outline(), |below, share| {
            below + share * target.contrast
        });
    }
    values
}

fn blend(
    values: &mut [f64],
    matrix: &Matrix,
    outline: &crate::scene::Polygon,
    mix: impl Fn(f64, f64) -> f64,
) {
    let cover = raster::cover(outline, matrix);
    if cover.columns == 0 {
        return;
    }
    for (line, shares) in cover.share.chunks_exact(cover.columns).enumerate() {
        let start = (cover.row + line) * matrix.columns + cover.column;
        for (value, &share) in values[start..].iter_mut().zip(shares) {
            *value = mix(*value, share);
        }
    }
}
