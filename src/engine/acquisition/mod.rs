//! Owns the step from a scene to stored values: coverage raster, blur, noise, quantisation, one
//! file per physics; knows no files, codecs or networks. The only place where mm become pixels.

mod ct;
pub mod detectability;
pub mod fft;
pub(crate) mod filter;
mod mr;
pub mod noise;
mod nuclear;
pub mod raster;
mod thickness;
mod ultrasound;
mod xray;

use crate::image::Image;
use crate::phantom::{Acquisition, Blend, Formation, Matrix, Phantom};
use crate::scene::{Form, Scene};
use raster::Coverage;

/// Acquires images of one phantom. Holds its filters; shared between threads.
#[derive(Debug)]
pub struct Imager {
    formation: Formation,
    physics: Physics,
}

#[derive(Debug)]
enum Physics {
    Ct(ct::CtImager),
    Mr(mr::MrImager),
    Xray(xray::XrayImager),
    Ultrasound(ultrasound::UltrasoundImager),
    Nuclear(nuclear::NuclearImager),
}

impl Imager {
    /// Prepares the filters of a phantom.
    #[must_use]
    pub fn new(phantom: &Phantom) -> Self {
        let formation = phantom.formation.clone();
        let matrix = &formation.matrix;
        let physics = match formation.acquisition {
            Acquisition::Ct(ct) => Physics::Ct(ct::CtImager::new(matrix, ct)),
            Acquisition::Mr(mr) => Physics::Mr(mr::MrImager::new(matrix, mr)),
            Acquisition::Xray(xray) => Physics::Xray(xray::XrayImager::new(matrix, xray)),
            Acquisition::Ultrasound(ultrasound) => {
                Physics::Ultrasound(ultrasound::UltrasoundImager::new(matrix, ultrasound))
            }
            Acquisition::Nuclear(nuclear) => {
                Physics::Nuclear(nuclear::NuclearImager::new(matrix, nuclear))
            }
        };
        Self { formation, physics }
    }

    /// The image of a scene. Noise comes from the streams of `seed` and `case`, one per row.
    #[must_use]
    pub fn acquire(&self, scene: &Scene, seed: u64, case: u64) -> Image {
        let painted = paint(scene, &self.formation);
        let physical = match &self.physics {
            Physics::Ct(imager) => imager.acquire(painted, seed, case),
            Physics::Mr(imager) => imager.acquire(painted, seed, case),
            Physics::Xray(imager) => imager.acquire(painted, seed, case),
            Physics::Ultrasound(imager) => imager.acquire(&painted, seed, case),
            Physics::Nuclear(imager) => imager.acquire(painted, seed, case),
        };
        let Matrix { rows, columns, format, rescale, .. } = self.formation.matrix;
        let samples = physical.into_iter().map(|value| rescale.stored(value, format)).collect();
        Image::new(rows, columns, format, samples)
            .expect("a checked phantom has a possible size and stored values are held in range")
    }
}

/// The noiseless scene before blur, as painted values (see [`crate::phantom::Physics`]) averaged
/// over each pixel.
#[must_use]
pub fn paint(scene: &Scene, formation: &Formation) -> Vec<f64> {
    let matrix = &formation.matrix;
    let physics = formation.acquisition.physics();
    let mut values = vec![formation.surround; matrix.rows * matrix.columns];
    for layer in &scene.layers {
        let cover = match &layer.form {
            Form::Flat(outline) => raster::cover(outline, matrix),
            Form::Ellipsoids(ellipses) => thickness::of_ellipsoids(ellipses, matrix),
            Form::Tubes(widest_mm) => thickness::of_tubes(&layer.lines, *widest_mm, matrix),
        };
        let value = layer.value;
        match layer.blend {
            Blend::Cover => {
                blend(&mut values, matrix, &cover, |below, share| below + share * (value - below));
            }
            Blend::Add => blend(&mut values, matrix, &cover, |below, share| below + share * value),
        }
    }
    for target in scene.regions.iter().filter_map(|region| region.target) {
        let effect = physics.effect(target.contrast);
        let cover = raster::cover(&target.outline(), matrix);
        blend(&mut values, matrix, &cover, |below, share| effect.on(below, share));
    }
    values
}

fn blend(values: &mut [f64], matrix: &Matrix, cover: &Coverage, mix: impl Fn(f64, f64) -> f64) {
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
