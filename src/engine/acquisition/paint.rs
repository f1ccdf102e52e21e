//! The noiseless scene before blur: layers and targets as painted values averaged over each pixel.

use super::texture::{Field, Textures};
use crate::phantom::{Blend, Formation, Matrix, Physics, Texture};
use crate::scene::raster::{self, Coverage};
use crate::scene::{Form, Painted, Scene, thickness};

/// Painted values (see [`crate::phantom::Physics`]) averaged over each pixel, `[rows, columns]`.
/// Texture comes from the streams of `seed` and `patient`.
pub(super) fn paint(
    scene: &Scene,
    formation: &Formation,
    textures: &Textures,
    seed: u64,
    patient: u64,
) -> Vec<f64> {
    let matrix = &formation.matrix;
    let physics = formation.acquisition.physics();
    let mut values = vec![formation.surround; matrix.rows * matrix.columns];
    let mut fields = textures.of_patient(seed, patient);
    for layer in &scene.layers {
        let cover = covered(layer, scene, matrix);
        let value = layer.value;
        match (layer.blend, layer.texture) {
            (Blend::Cover, None) => {
                blend(&mut values, matrix, &cover, |below, share| below + share * (value - below));
            }
            (Blend::Add, None) => {
                blend(&mut values, matrix, &cover, |below, share| below + share * value);
            }
            (mode, Some(texture)) => {
                let field = fields.of(&texture.spectrum);
                let textured = Textured { value, texture, physics, mode };
                textured.blend(&mut values, matrix, &cover, field);
            }
        }
    }
    for target in scene.regions.iter().filter_map(|region| region.target) {
        let effect = physics.effect(target.contrast);
        let cover = raster::cover(&target.outline(), matrix);
        blend(&mut values, matrix, &cover, |below, share| effect.on(below, share));
    }
    values
}

/// Share of full thickness of a layer over each pixel.
fn covered(layer: &Painted, scene: &Scene, matrix: &Matrix) -> Coverage {
    match &layer.form {
        Form::Flat(outline) => raster::cover(outline, matrix),
        Form::Ellipsoids(ellipsoids) => thickness::of_ellipsoids(ellipsoids, &scene.warp, matrix),
        Form::Tubes(widest_mm) => thickness::of_tubes(&layer.lines, *widest_mm, matrix),
    }
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

/// A layer whose value changes from pixel to pixel.
struct Textured {
    value: f64,
    texture: Texture,
    physics: Physics,
    mode: Blend,
}

impl Textured {
    fn blend(&self, values: &mut [f64], matrix: &Matrix, cover: &Coverage, field: &Field) {
        if cover.columns == 0 {
            return;
        }
        for (line, shares) in cover.share.chunks_exact(cover.columns).enumerate() {
            let row = cover.row + line;
            let start = row * matrix.columns + cover.column;
            for (place, (value, &share)) in values[start..].iter_mut().zip(shares).enumerate() {
                if share == 0.0 {
                    continue;
                }
                let by = self.texture.sd * field.at(row, cover.column + place);
                let own = self.physics.change(by).on(self.value, 1.0);
                match self.mode {
                    Blend::Cover => *value += share * (own - *value),
                    Blend::Add => *value += share * own,
                }
            }
        }
    }
}
