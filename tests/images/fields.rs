//! Even fields, which the moments of a physics are measured on.

use phantom_limit_engine::acquisition::Imager;
use phantom_limit_engine::image::{Rescale, SampleFormat};
use phantom_limit_engine::phantom::{Phantom, library};
use phantom_limit_engine::scene::{Painted, Polygon, Scene, Warp};

/// A library phantom of another size, stored so finely that rounding does not count.
pub(crate) fn fine(id: &str, side: usize, slope: f64, intercept: f64) -> Phantom {
    let mut phantom = library::find(id).expect("the library has it");
    let matrix = &mut phantom.formation.matrix;
    (matrix.rows, matrix.columns) = (side, side);
    matrix.format = SampleFormat { bits_stored: 16, bits_allocated: 16 };
    matrix.rescale = Rescale { slope, intercept };
    phantom
}

/// One painted value everywhere.
pub(crate) fn even(painted: f64) -> Scene {
    let far = 1e4;
    let contours = vec![vec![[-far, -far], [far, -far], [far, far], [-far, far]]];
    Scene {
        layers: vec![Painted::flat(Polygon { contours }, painted)],
        warp: Warp::default(),
        regions: Vec::new(),
    }
}

/// Physical values of one image.
pub(crate) fn values(phantom: &Phantom, scene: &Scene, case: u64) -> Vec<f64> {
    let image = Imager::new(phantom).acquire(scene, 11, case);
    let rescale = phantom.formation.matrix.rescale;
    image.samples().iter().map(|&stored| rescale.physical(stored)).collect()
}

/// Mean and standard deviation.
pub(crate) fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt())
}
