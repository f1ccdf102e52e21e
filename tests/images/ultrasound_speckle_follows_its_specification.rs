//! Ultrasound speckle is fully developed, contrasts are levels of its mean power, the beam is
//! narrowest at its focus, and a sector's corners are black.

use crate::fields;
use phantom_limit_engine::phantom::{Acquisition, Field, Phantom, Ultrasound, power};

fn phantom(change: impl Fn(&mut Ultrasound)) -> Phantom {
    let mut phantom = fields::fine("us", 256, 0.003, -130.0);
    let Acquisition::Ultrasound(ultrasound) = &mut phantom.formation.acquisition else {
        panic!("us is an ultrasound phantom")
    };
    *ultrasound = Ultrasound {
        axial_fwhm_mm: 0.3,
        lateral_fwhm_mm: 0.45,
        focus_mm: 20.0,
        focal_zone_mm: 1000.0,
        attenuation_db_per_cm: 0.0,
        noise_db: None,
        dynamic_range_db: 120.0,
        white_db: 40.0,
        field: Field::Linear,
    };
    change(ultrasound);
    phantom
}

/// Levels of several images of one echogenicity.
fn levels(phantom: &Phantom, level_db: f64) -> Vec<f64> {
    let scene = fields::even(power(level_db));
    (0..6).flat_map(|case| fields::values(phantom, &scene, case)).collect()
}

#[test]
fn envelope_and_level_have_the_moments_of_rayleigh() {
    let levels = levels(&phantom(|_| {}), 0.0);
    let amplitudes: Vec<f64> = levels.iter().map(|&level| power(level).sqrt()).collect();
    let (mean, deviation) = fields::moments(&amplitudes);
    // √(π/(4 − π)) = 1.9131.
    assert!((mean / deviation - 1.913).abs() < 0.03, "SNR {}", mean / deviation);
    let (mean, deviation) = fields::moments(&levels);
    // 10/ln 10 · π/√6 = 5.570 dB and −10/ln 10 · γ = −2.507 dB of the mean power.
    assert!((deviation - 5.570).abs() < 0.1, "deviation of the level {deviation}");
    assert!((mean + 2.507).abs() < 0.1, "mean level {mean}");
}

#[test]
fn levels_follow_the_echogenicity_and_attenuation() {
    let (mean, _) = fields::moments(&levels(&phantom(|_| {}), -9.0));
    assert!((mean + 9.0 + 2.507).abs() < 0.1, "mean level {mean}");
    // 1 dB/cm over 256 rows of 0.15 mm: 1.92 dB in the mean.
    let (mean, _) = fields::moments(&levels(&phantom(|us| us.attenuation_db_per_cm = 1.0), 0.0));
    assert!((mean + 1.92 + 2.507).abs() < 0.1, "mean level {mean}");
    // Noise at the level of the echo doubles the power.
    let (mean, _) = fields::moments(&levels(&phantom(|us| us.noise_db = Some(0.0)), 0.0));
    assert!((mean - 3.010 + 2.507).abs() < 0.1, "mean level {mean}");
}

#[test]
fn the_beam_is_narrowest_at_its_focus() {
    let phantom = phantom(|us| us.focal_zone_mm = 6.0);
    let values = levels(&phantom, 0.0);
    let amplitude: Vec<f64> = values.iter().map(|&level| power(level).sqrt()).collect();
    // Correlation of neighbours three beams apart, around a depth.
    let correlation = |depth_mm: f64| {
        let row = (depth_mm / 0.15) as usize;
        let mut pairs = Vec::new();
        for image in amplitude.chunks_exact(256 * 256) {
            for line in image[(row - 8) * 256..(row + 8) * 256].chunks_exact(256) {
                pairs.extend(line.iter().zip(&line[3..]).map(|(a, b)| [*a, *b]));
            }
        }
        let n = pairs.len() as f64;
        let mean = pairs.iter().map(|p| p[0] + p[1]).sum::<f64>() / (2.0 * n);
        pairs.iter().map(|p| (p[0] - mean) * (p[1] - mean)).sum::<f64>()
            / pairs.iter().map(|p| (p[0] - mean).powi(2)).sum::<f64>()
    };
    let (near, focus, far) = (correlation(4.0), correlation(20.0), correlation(36.0));
    assert!(near > focus + 0.2 && far > focus + 0.2, "{near} {focus} {far}");
}

#[test]
fn a_sector_has_black_corners_and_the_same_speckle() {
    let phantom = phantom(|us| us.field = Field::Sector { apex_mm: 10.0, opening_deg: 60.0 });
    let values = fields::values(&phantom, &fields::even(1.0), 2);
    let black = -80.0;
    assert!((values[0] - black).abs() < 0.01 && (values[255] - black).abs() < 0.01);
    let middle: Vec<f64> =
        (40..200).flat_map(|row| values[row * 256 + 108..row * 256 + 148].to_vec()).collect();
    let (mean, deviation) = fields::moments(&middle);
    // 160 × 40 pixels hold some hundred speckles; interpolation smooths a little.
    assert!((mean + 2.5).abs() < 0.5 && (deviation - 5.57).abs() < 0.5, "{mean} {deviation}");
    let share = values.iter().filter(|&&value| (value - black).abs() < 0.01).count() as f64
        / values.len() as f64;
    // Geometry: the half-width at depth y is (y + 10 mm) tan 30°, at most half of 38.4 mm; the
    // arc cuts the bottom.
    assert!((0.1..0.5).contains(&share), "{share} of the matrix is black");
}
