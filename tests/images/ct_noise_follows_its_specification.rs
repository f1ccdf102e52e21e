//! CT noise has the phantom's variance and a ramp-shaped spectrum with the peak of its kernel,
//! and the blur has the phantom's MTF.

use crate::fields;
use crate::slanted_edge;
use phantom_limit_engine::acquisition::fft;
use phantom_limit_engine::phantom::{Acquisition, Ct, Kernel, Phantom, library};
use phantom_limit_engine::rng::{Purpose, StreamKey};

const IMAGES: u64 = 24;
const KERNELS: [(Kernel, f64); 4] =
    [(Kernel::Soft, 0.40), (Kernel::Standard, 0.45), (Kernel::Bone, 0.55), (Kernel::Lung, 0.50)];

fn ct(phantom: &Phantom) -> Ct {
    match phantom.formation.acquisition {
        Acquisition::Ct(ct) => ct,
        _ => panic!("ct-head is a CT phantom"),
    }
}

/// ct-head with another kernel, on 256² pixels of 0.45 mm, stored in hundredths of a HU.
fn phantom(kernel: Kernel, mtf50_per_mm: f64, sigma_hu: f64) -> (Phantom, Ct) {
    let mut phantom = fields::fine("ct-head", 256, 0.01, -320.0);
    let ct = Ct { kernel, mtf50_per_mm, sigma_hu };
    phantom.formation.acquisition = Acquisition::Ct(ct);
    (phantom, ct)
}

#[test]
fn variance_and_spectral_peak_of_every_kernel() {
    for (kernel, mtf50_per_mm) in KERNELS {
        let (phantom, ct) = phantom(kernel, mtf50_per_mm, 4.0);
        let matrix = phantom.formation.matrix;
        let plan = fft::Fft2d::new(matrix.rows, matrix.columns);
        let (rows, columns) = (matrix.rows, matrix.columns);
        let step_per_mm = 1.0 / (rows as f64 * matrix.pixel_spacing.0);
        let mut power = vec![0.0; rows];
        let mut counts = vec![0_u32; rows];
        let mut variance = 0.0;
        for case in 0..IMAGES {
            let values = fields::values(&phantom, &fields::even(0.0), case);
            let (mean, deviation) = fields::moments(&values);
            variance += mean * mean + deviation * deviation;
            let mut spectrum = fft::Complex2d { im: vec![0.0; values.len()], re: values };
            plan.forward(&mut spectrum);
            for row in 0..rows {
                for column in 0..columns {
                    let signed = |k: usize, n: usize| {
                        if k <= n / 2 { k as f64 } else { n as f64 - k as f64 }
                    };
                    let radius =
                        (signed(row, rows).powi(2) + signed(column, columns).powi(2)).sqrt();
                    let at = row * columns + column;
                    let bin = (radius + 0.5) as usize;
                    if bin < rows {
                        power[bin] += spectrum.re[at].powi(2) + spectrum.im[at].powi(2);
                        counts[bin] += 1;
                    }
                }
            }
        }
        variance /= IMAGES as f64;
        let expected = ct.sigma_hu * ct.sigma_hu;
        assert!((variance / expected - 1.0).abs() < 0.02, "{kernel:?}: variance {variance}");

        let profile: Vec<f64> =
            power.iter().zip(&counts).map(|(p, &n)| p / f64::from(n.max(1))).collect();
        // Smoothed over five bins (0.04/mm): the peak is broad and the bins are noisy.
        let smooth: Vec<f64> = profile.windows(5).map(|w| w.iter().sum::<f64>() / 5.0).collect();
        let peak =
            (0..128).max_by(|&a, &b| smooth[a].total_cmp(&smooth[b])).expect("there are bins");
        let peak_per_mm = (peak + 2) as f64 * step_per_mm;
        let specified = ct.noise_peak_per_mm();
        assert!(
            (peak_per_mm / specified - 1.0).abs() < 0.10,
            "{kernel:?}: peak {peak_per_mm}, not {specified}"
        );
        // A ramp: little noise at low frequencies, but not none.
        assert!(profile[2] < 0.3 * smooth[peak] && profile[1] > 0.0, "{kernel:?}");
        // The whole shape, down to a tenth of the peak's height.
        let scale = smooth[peak] / ct.relative_noise_power(peak_per_mm);
        for bin in 5..120 {
            let model = scale * ct.relative_noise_power((bin + 2) as f64 * step_per_mm);
            // Each smoothed bin averages > 24·5·30 values of exponential spread: within 10 %.
            if model > 0.1 * smooth[peak] {
                let found = smooth[bin];
                assert!(
                    (found / model - 1.0).abs() < 0.10,
                    "{kernel:?} bin {bin}: {found} {model}"
                );
            }
        }
    }
}

#[test]
fn a_slanted_edge_has_the_mtf_of_every_kernel() {
    for (kernel, mtf50_per_mm) in KERNELS {
        let (phantom, _) = phantom(kernel, mtf50_per_mm, 0.0);
        let found = slanted_edge::mtf50_per_mm(&phantom, 0.0, 100.0);
        assert!((found / mtf50_per_mm - 1.0).abs() < 0.05, "{kernel:?}: MTF50 {found}");
    }
}

#[test]
fn kernels_peak_where_scanners_do() {
    // 0.15 to 0.35/mm for soft kernels, 0.5 to 0.7 for bone (textbook values).
    let peak = |id| ct(&library::find(id).expect("in the library")).noise_peak_per_mm();
    assert!((0.15..=0.35).contains(&peak("ct-head")));
    assert!((0.5..=0.7).contains(&peak("ct-skeleton")), "{}", peak("ct-skeleton"));
}

#[test]
fn dose_and_slice_thickness_scale_the_noise() {
    let source = include_str!("../phantom/head.toml");
    let sigma = |more: &str| {
        let source = source.replace("kernel = \"soft\"", &format!("kernel = \"soft\"\n{more}"));
        ct(&Phantom::parse(&source, "head.toml").expect("valid")).sigma_hu
    };
    assert_eq!(sigma(""), 4.0);
    // A quarter of the dose, and slices of a fifth of 5 mm: √4 and √5 times the noise.
    assert_eq!(sigma("dose_percent = 25.0"), 8.0);
    assert!((sigma("slice_thickness_mm = 1.0") - 4.0 * 5.0_f64.sqrt()).abs() < 1e-12);
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
