//! Noisy ellipses: what the codec tests and benches compress.

use phantom_limit_engine::image::{Image, Rescale, SampleFormat, Window};
use phantom_limit_engine::rng::{Purpose, StreamKey};

/// Format of the images before a window.
pub(crate) const TWELVE: SampleFormat = SampleFormat { bits_stored: 12, bits_allocated: 16 };

/// A bright ring filled with grey and twelve small ellipses, with white noise of standard
/// deviation `sigma`, as CT numbers with intercept −1024.
pub(crate) fn ellipses(side: usize, sigma: f64, case: u64) -> Image {
    let key = |purpose, part| StreamKey { seed: 7, purpose, case, part };
    let mut stream = key(Purpose::Anatomy, 0).open();
    let length = side as f64;
    let half = 0.5 * length;
    // Centre row, centre column, semi-axes, cosine, sine, value.
    let mut shapes = vec![
        [half, half, 0.45 * length, 0.38 * length, 1.0, 0.0, 2000.0],
        [half, half, 0.42 * length, 0.35 * length, 1.0, 0.0, 1060.0],
    ];
    for _ in 0..12 {
        let angle = stream.between(0.0, 3.0);
        let axis = stream.between(0.01, 0.08) * length;
        shapes.push([
            half + stream.between(-0.25, 0.25) * length,
            half + stream.between(-0.25, 0.25) * length,
            axis,
            axis * stream.between(0.5, 1.0),
            libm::cos(angle),
            libm::sin(angle),
            stream.between(1030.0, 1100.0),
        ]);
    }
    let mut samples = Vec::with_capacity(side * side);
    for row in 0..side {
        let mut noise = key(Purpose::Noise, row as u64).open();
        for column in 0..side {
            let (y, x) = (row as f64 + 0.5, column as f64 + 0.5);
            let inside = shapes.iter().rev().find(|[cy, cx, a, b, cos, sin, _]| {
                let u = ((x - cx) * cos + (y - cy) * sin) / b;
                let v = ((y - cy) * cos - (x - cx) * sin) / a;
                u * u + v * v <= 1.0
            });
            let value = inside.map_or(24.0, |shape| shape[6]);
            // Four uniforms have variance 1/3.
            let uniforms = (0..4).map(|_| noise.uniform() - 0.5).sum::<f64>();
            let noisy = value + sigma * 1.732_050_807_568_877_2 * uniforms;
            samples.push(noisy.round().clamp(0.0, 4095.0) as u16);
        }
    }
    Image::new(side, side, TWELVE, samples).expect("values fit in 12 bits")
}

/// The same through a brain window: 8 bits.
pub(crate) fn windowed(image: &Image) -> Image {
    let window = Window { center: 40.0, width: 120.0 };
    window.apply(image, Rescale { slope: 1.0, intercept: -1024.0 })
}
