//! Owns the step from a scene to stored values: painting, blur, noise, quantisation, one
//! file per physics; knows no files, codecs or networks. The only place where mm become pixels.

mod blur;
mod ct;
pub mod detectability;
pub mod edge;
pub mod fft;
mod field;
pub(crate) mod filter;
mod line;
mod mr;
mod mtf;
pub mod noise;
mod nuclear;
mod paint;
mod stamp;
mod texture;
mod ultrasound;
mod xray;

pub use mtf::{Mtf, MtfCurve};
pub use stamp::Stamp;

use crate::image::Image;
use crate::phantom::{Acquisition, Formation, Matrix, Phantom};
use crate::scene::Scene;
use texture::Textures;

/// Acquires images of one phantom. Holds its filters; shared between threads.
#[derive(Debug)]
pub struct Imager {
    formation: Formation,
    textures: Textures,
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
        let textures = Textures::new(&formation);
        Self { formation, textures, physics }
    }

    /// The image of a scene. Noise comes from the streams of `seed` and `case`, one per row.
    #[must_use]
    pub fn acquire(&self, scene: &Scene, seed: u64, case: u64) -> Image {
        let patient = self.formation.variation.patient(case);
        let painted = paint::paint(scene, &self.formation, &self.textures, seed, patient);
        let physical = match &self.physics {
            Physics::Ct(imager) => imager.acquire(&painted, seed, case),
            Physics::Mr(imager) => imager.acquire(painted, seed, case, patient),
            Physics::Xray(imager) => imager.acquire(painted, seed, case, patient),
            Physics::Ultrasound(imager) => imager.acquire(&painted, seed, case),
            Physics::Nuclear(imager) => imager.acquire(&painted, seed, case),
        };
        let Matrix { rows, columns, format, rescale, .. } = self.formation.matrix;
        let samples = physical.into_iter().map(|value| rescale.stored(value, format)).collect();
        Image::new(rows, columns, format, samples)
            .expect("a checked phantom has a possible size and stored values are held in range")
    }
}
