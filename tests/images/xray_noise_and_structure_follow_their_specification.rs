//! Projections have Poisson noise, a logarithm, the phantom's MTF, scatter, and anatomical
//! structure with the power law asked for.

use crate::fields;
use crate::slanted_edge;
use phantom_limit_engine::acquisition::{fft, noise};
use phantom_limit_engine::phantom::{Acquisition, Phantom, Xray};
use phantom_limit_engine::rng::{Purpose, StreamKey};

fn phantom(side: usize, change: impl Fn(&mut Xray)) -> Phantom {
    let mut phantom = fields::fine("mammography", side, 0.02, -100.0);
    let Acquisition::Xray(xray) = &mut phantom.formation.acquisition else {
        panic!("mammography is a projection")
    };
    *xray = Xray {
        mtf50_per_mm: 3.0,
        quanta_per_pixel: 10_000.0,
        electronic_quanta: 0.0,
        scatter_ratio: 0.0,
        scatter_fwhm_mm: 20.0,
        structure: 0.0,
        structure_exponent: 3.0,
        gain_au: 400.0,
        offset_au: 0.0,
    };
    change(xray);
    phantom
}

#[test]
fn counts_are_poisson_at_every_mean() {
    const DRAWS: u32 = 400_000;
    for (part, mean) in [0.3, 2.0, 11.0, 23.9, 24.1, 60.0, 500.0, 30_000.0].into_iter().enumerate()
    {
        let key = StreamKey { seed: 4, purpose: Purpose::Simulation, case: 0, part: part as u64 };
        let mut stream = key.open();
        let counts: Vec<f64> = (0..DRAWS).map(|_| noise::poisson(mean, stream.uniform())).collect();
        let (found, deviation) = fields::moments(&counts);
        // Five standard errors of the mean.
        assert!((found - mean).abs() < 5.0 * (mean / f64::from(DRAWS)).sqrt(), "{mean}: {found}");
        let ratio = deviation * deviation / found;
        assert!((ratio - 1.0).abs() < 0.01, "mean {mean}: variance over mean {ratio}");
    }
}

#[test]
fn signal_and_noise_of_a_slab() {
    let attenuation = 1.2;
    let slab = fields::even(attenuation);
    let quanta = 10_000.0 * libm::exp(-attenuation);
    let (mean, deviation) = fields::moments(&fields::values(&phantom(256, |_| {}), &slab, 1));
    // The logarithm of a count is below that of its mean by 1/(2N).
    assert!((mean - 400.0 * (attenuation + 0.5 / quanta)).abs() < 0.2, "mean {mean}");
    let expected = 400.0 / quanta.sqrt();
    // Five standard errors of 65536 pixels, and the logarithm's curvature of order 1/N.
    assert!((deviation / expected - 1.0).abs() < 0.015, "{deviation}, not {expected}");

    // Scatter adds quanta, electronic noise variance.
    let phantom = phantom(256, |xray| {
        xray.scatter_ratio = 0.5;
        xray.electronic_quanta = 60.0;
    });
    let (mean, deviation) = fields::moments(&fields::values(&phantom, &slab, 1));
    let total = 1.5 * quanta;
    let expected = 400.0 * (total + 3600.0).sqrt() / total;
    assert!((mean - 400.0 * libm::log(10_000.0 / total)).abs() < 0.5, "mean {mean}");
    assert!((deviation / expected - 1.0).abs() < 0.015, "{deviation}, not {expected}");
}

#[test]
fn structure_has_its_power_law() {
    for exponent in [2.0, 2.8, 3.3] {
        let side = 256;
        let attenuation = 2.0;
        let phantom = phantom(side, |xray| {
            xray.quanta_per_pixel = 1e9;
            xray.structure = 0.02;
            xray.structure_exponent = exponent;
        });
        let plan = fft::Fft2d::new(side, side);
        let bins = side / 8;
        let (mut power, mut counts) = (vec![0.0; bins], vec![0_u32; bins]);
        let mut variance = 0.0;
        const IMAGES: u64 = 40;
        for case in 0..IMAGES {
            let values = fields::values(&phantom, &fields::even(attenuation), case);
            let field: Vec<f64> =
                values.iter().map(|value| value / 400.0 / attenuation - 1.0).collect();
            variance += field.iter().map(|v| v * v).sum::<f64>() / field.len() as f64;
            let mut spectrum = fft::Complex2d { im: vec![0.0; field.len()], re: field };
            plan.forward(&mut spectrum);
            for at in 1..side * side {
                let signed = |k: usize| if k <= side / 2 { k as f64 } else { (side - k) as f64 };
                let (row, column) = (signed(at / side), signed(at % side));
                let bin = ((row * row + column * column).sqrt() + 0.5) as usize;
                if bin < bins {
                    power[bin] += spectrum.re[at].powi(2) + spectrum.im[at].powi(2);
                    counts[bin] += 1;
                }
            }
        }
        // The field's own deviation: the blur takes off what lies at high frequencies, a fifth of
        // the variance at an exponent of 2; few low frequencies carry most, so it scatters.
        let deviation = (variance / IMAGES as f64).sqrt() / 0.02;
        assert!((0.85..1.1).contains(&deviation), "{exponent}: deviation {deviation}");
        // Slope of the logarithms by least squares, from the fourth bin on, where bins are
        // narrow against their frequency. The blur, exp2(−2(f/3)²), is taken off.
        let points: Vec<[f64; 2]> = (4..bins)
            .map(|bin| {
                let per_mm = bin as f64 / (side as f64 * 0.1);
                let blur = libm::exp2(-2.0 * (per_mm / 3.0).powi(2));
                [libm::log(per_mm), libm::log(power[bin] / f64::from(counts[bin]) / blur)]
            })
            .collect();
        let n = points.len() as f64;
        let mean = [0, 1].map(|axis| points.iter().map(|p| p[axis]).sum::<f64>() / n);
        let slope = points.iter().map(|p| (p[0] - mean[0]) * (p[1] - mean[1])).sum::<f64>()
            / points.iter().map(|p| (p[0] - mean[0]).powi(2)).sum::<f64>();
        assert!((slope + exponent).abs() < 0.1, "1/f^{exponent}: slope {slope}");
    }
}

#[test]
fn a_slanted_edge_has_the_mtf_of_the_phantom() {
    // A step so faint that the logarithm is straight, and so many quanta that they do not count.
    let mut phantom = phantom(256, |xray| {
        xray.quanta_per_pixel = 1e9;
        xray.gain_au = 40_000.0;
    });
    phantom.formation.matrix.rescale.intercept = 39_000.0;
    let found = slanted_edge::mtf50_per_mm(&phantom, 1.0, 1.002);
    assert!((found / 3.0 - 1.0).abs() < 0.05, "MTF50 {found}");
}
