//! Scintigrams count as Poisson processes do and blur as their point spread says.

use crate::fields;
use crate::slanted_edge;
use phantom_limit_engine::phantom::{Acquisition, Nuclear, Phantom};

fn phantom(counts_per_pixel: f64, fwhm_mm: f64, slope: f64) -> Phantom {
    let mut phantom = fields::fine("nm", 256, slope, 0.0);
    phantom.formation.acquisition = Acquisition::Nuclear(Nuclear { fwhm_mm, counts_per_pixel });
    phantom
}

#[test]
fn variance_equals_the_mean() {
    for counts in [5.0, 20.0, 50.0, 400.0] {
        let phantom = phantom(counts, 8.0, 1.0);
        let scene = fields::even(1.0);
        let values: Vec<f64> =
            (0..6).flat_map(|case| fields::values(&phantom, &scene, case)).collect();
        let (mean, deviation) = fields::moments(&values);
        // Five standard errors of 6 · 65536 pixels.
        assert!((mean - counts).abs() < 5.0 * (counts / 393_216.0).sqrt(), "{counts}: {mean}");
        let ratio = deviation * deviation / mean;
        // The variance's standard error is √(2/n) = 0.23 %.
        assert!((ratio - 1.0).abs() < 0.0115, "{counts}: variance over mean {ratio}");
    }
}

#[test]
fn a_slanted_edge_has_the_point_spread_of_the_phantom() {
    // So many counts that their noise does not matter.
    let phantom = phantom(60_000.0, 8.0, 2.0);
    let found = slanted_edge::mtf50_per_mm(&phantom, 0.5, 1.5);
    // A Gaussian of this width: 2 ln 2/(π FWHM).
    let expected = 2.0 * std::f64::consts::LN_2 / (std::f64::consts::PI * 8.0);
    assert!((found / expected - 1.0).abs() < 0.05, "MTF50 {found}, not {expected}");
}
