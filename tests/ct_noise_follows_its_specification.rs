//! CT noise has the phantom's variance and a ramp-shaped spectrum with its specified peak, and
//! the blur has the phantom's MTF.

use phantom_limit::acquisition::{Imager, fft};
use phantom_limit::phantom::{Acquisition, Phantom};
use phantom_limit::rng::{Purpose, StreamKey};
use phantom_limit::scene::{Polygon, Scene};

const SOURCE: &str = include_str!("../phantoms/ct/head.toml");
const IMAGES: u64 = 24;

fn phantom() -> Phantom {
    Phantom::parse(SOURCE, "head.toml").expect("the shipped phantom is valid")
}

/// A phantom without anatomy and targets, so that its image is noise around 0 HU.
fn empty() -> (Phantom, Scene) {
    let mut phantom = phantom();
    phantom.formation.surround = 0.0;
    (phantom, Scene { layers: Vec::new(), regions: Vec::new() })
}

#[test]
fn variance_and_spectral_peak() {
    let (phantom, scene) = empty();
    let Acquisition::Ct(ct) = phantom.formation.acquisition;
    let matrix = phantom.formation.matrix;
    let imager = Imager::new(&phantom);
    let plan = fft::Fft2d::new(matrix.rows, matrix.columns);
    let (rows, columns) = (matrix.rows, matrix.columns);
    let step_per_mm = 1.0 / (rows as f64 * matrix.pixel_spacing.0);
    let bins = 512;
    let (mut power, mut counts) = (vec![0.0; bins], vec![0_u32; bins]);
    let mut variance = 0.0;
    for case in 0..IMAGES {
        let image = imager.acquire(&scene, 11, case);
        let values: Vec<f64> =
            image.samples().iter().map(|&v| matrix.rescale.physical(v)).collect();
        variance += values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64;
        let mut spectrum = fft::Complex2d { im: vec![0.0; values.len()], re: values };
        plan.forward(&mut spectrum);
        for row in 0..rows {
            for column in 0..columns {
                let signed =
                    |k: usize, n: usize| if k <= n / 2 { k as f64 } else { n as f64 - k as f64 };
                let radius = (signed(row, rows).powi(2) + signed(column, columns).powi(2)).sqrt();
                let at = row * columns + column;
                let bin = (radius + 0.5) as usize;
                if bin < bins {
                    power[bin] += spectrum.re[at].powi(2) + spectrum.im[at].powi(2);
                    counts[bin] += 1;
                }
            }
        }
    }
    variance /= IMAGES as f64;
    // Rounding to whole HU adds 1/12.
    let expected = ct.sigma_hu * ct.sigma_hu + 1.0 / 12.0;
    assert!((variance / expected - 1.0).abs() < 0.02, "variance {variance}, expected {expected}");

    let profile: Vec<f64> =
        power.iter().zip(&counts).map(|(p, &n)| p / f64::from(n.max(1))).collect();
    // Smoothed over five bins (0.02/mm): the peak is broad and the bins are noisy.
    let smooth: Vec<f64> = profile.windows(5).map(|w| w.iter().sum::<f64>() / 5.0).collect();
    let peak = (0..smooth.len()).max_by(|&a, &b| smooth[a].total_cmp(&smooth[b])).expect("bins");
    let peak_per_mm = (peak + 2) as f64 * step_per_mm;
    let specified = ct.noise_peak_per_mm();
    assert!((0.15..=0.35).contains(&specified), "soft kernels peak at 0.15 to 0.35/mm");
    assert!((peak_per_mm / specified - 1.0).abs() < 0.10, "peak {peak_per_mm}, not {specified}");
    // A ramp: little noise at low frequencies, but not none.
    assert!(profile[2] < 0.25 * smooth[peak] && profile[1] > 0.0);
    // The whole shape, up to half the peak's height on the far side.
    let scale = smooth[peak] / ct.relative_noise_power(peak_per_mm);
    for bin in 10..200 {
        let model = scale * ct.relative_noise_power((bin + 2) as f64 * step_per_mm) + 0.0;
        // Each smoothed bin averages > 24·5·60 values of exponential spread: within 8 %.
        let rounding = 1.0 / 12.0 * (rows * columns) as f64 * IMAGES as f64;
        let found = smooth[bin] * f64::from(1);
        let found = found - rounding / IMAGES as f64;
        let model = model * (1.0 - rounding / IMAGES as f64 / smooth[peak]);
        if model > 0.1 * smooth[peak] {
            assert!((found / model - 1.0).abs() < 0.08, "bin {bin}: {found} against {model}");
        }
    }
}

#[test]
fn a_slanted_edge_has_the_mtf_of_the_phantom() {
    let mut phantom = phantom();
    phantom.formation.surround = 0.0;
    let Acquisition::Ct(ct) = &mut phantom.formation.acquisition;
    ct.sigma_hu = 0.0;
    let ct = *ct;
    let matrix = phantom.formation.matrix;
    // A half plane whose edge leans by 1 in 16.
    let edge =
        Polygon { contours: vec![vec![[-3.0, -48.0], [3.0, 48.0], [60.0, 48.0], [60.0, -48.0]]] };
    let scene = Scene { layers: vec![(edge, 2000.0)], regions: Vec::new() };
    let image = Imager::new(&phantom).acquire(&scene, 1, 0);
    // Oversampled edge spread function: distance from the edge in quarter pixels.
    const FINE: f64 = 4.0;
    let half = 64_i64;
    let mut sum = vec![0.0; (2 * half) as usize * FINE as usize];
    let mut count = vec![0_u32; sum.len()];
    let slope = 6.0 / 96.0_f64;
    let normal = 1.0 / (1.0 + slope * slope).sqrt();
    for row in 192..320 {
        for column in 128..384 {
            let y = row as f64 + 0.5 - 256.0;
            let x = column as f64 + 0.5 - 256.0;
            let distance = (x - slope * y) * normal;
            let bin = ((distance + half as f64) * FINE).floor();
            if bin >= 0.0 && (bin as usize) < sum.len() {
                sum[bin as usize] += matrix.rescale.physical(image.at(row, column));
                count[bin as usize] += 1;
            }
        }
    }
    let esf: Vec<f64> = sum.iter().zip(&count).map(|(s, &n)| s / f64::from(n.max(1))).collect();
    let lsf: Vec<f64> = esf.windows(2).map(|w| w[1] - w[0]).collect();
    let mtf = |per_mm: f64| {
        let omega = std::f64::consts::TAU * per_mm * matrix.pixel_spacing.0 / FINE;
        let (mut re, mut im) = (0.0, 0.0);
        for (k, value) in lsf.iter().enumerate() {
            let (s, c) = libm::sincos(omega * k as f64);
            re += value * c;
            im += value * s;
        }
        // Differencing and binning over a quarter pixel each have a sinc of their own.
        let x = std::f64::consts::PI * per_mm * matrix.pixel_spacing.0 / FINE;
        let sinc = libm::sin(x) / x;
        (re * re + im * im).sqrt() / (sinc * sinc)
    };
    let zero = mtf(1e-6);
    let (mut low, mut high) = (0.05, 1.0);
    for _ in 0..40 {
        let middle = (low + high) / 2.0;
        if mtf(middle) / zero > 0.5 { low = middle } else { high = middle }
    }
    assert!((low / ct.mtf50_per_mm - 1.0).abs() < 0.05, "MTF50 {low}");
}

#[test]
fn noise_streams_are_standard_normal() {
    use rand_distr::{Distribution, StandardNormal};
    let stream = StreamKey { seed: 3, purpose: Purpose::Noise, case: 9, part: 0 }.open();
    let n = 200_000;
    let draws: Vec<f64> = StandardNormal.sample_iter(stream).take(n).collect();
    let mean = draws.iter().sum::<f64>() / n as f64;
    let variance = draws.iter().map(|x| x * x).sum::<f64>() / n as f64;
    let fourth = draws.iter().map(|x| x.powi(4)).sum::<f64>() / n as f64;
    // Five standard errors: 1/√n, √2/√n and √96/√n.
    let error = 5.0 / (n as f64).sqrt();
    assert!(mean.abs() < error && (variance - 1.0).abs() < 1.5 * error);
    assert!((fourth - 3.0).abs() < 10.0 * error);
}
