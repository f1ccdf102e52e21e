//! MR magnitudes are Rician with the phantom's noise at every signal, the blur has the phantom's
//! MTF, and truncated k-space rings without changing the noise.

use crate::fields;
use crate::slanted_edge;
use phantom_limit_engine::phantom::{Acquisition, Mr, Phantom};

const SIGMA: f64 = 100.0;

fn phantom(change: impl Fn(&mut Mr)) -> Phantom {
    let mut phantom = fields::fine("mr-brain", 256, 0.03, 0.0);
    let Acquisition::Mr(mr) = &mut phantom.formation.acquisition else {
        panic!("mr-brain is an MR phantom")
    };
    mr.sigma_au = SIGMA;
    change(mr);
    phantom
}

#[test]
fn mean_and_deviation_from_no_signal_to_five_sigma() {
    // scipy.stats.rice.mean(b) and .std(b), b the signal over σ. At b = 0 they are those of
    // Rayleigh, √(π/2) and √(2 − π/2).
    let expected = [
        (0.0, 1.253_314_137_315_500_1, 0.655_136_377_562_033_6),
        (1.0, 1.548_572_460_551_146, 0.775_837_182_933_745),
        (2.0, 2.272_383_428_068_742, 0.914_479_937_362_517_1),
        (3.0, 3.172_577_287_900_718, 0.966_826_433_387_36),
        (4.0, 4.127_193_542_536_759, 0.982_992_096_825_437),
        (5.0, 5.101_069_639_492_125, 0.989_489_026_241_162_3),
    ];
    let phantom = phantom(|_| {});
    for (signal, mean, deviation) in expected {
        let (found_mean, found_deviation) =
            fields::moments(&fields::values(&phantom, &fields::even(signal * SIGMA), 3));
        // Six standard errors of 65536 independent pixels: 6/256 of the deviation and 1/√2 of
        // that.
        let error = 6.0 / 256.0 * deviation;
        assert!((found_mean / SIGMA - mean).abs() < error, "{signal} σ: mean {found_mean}");
        assert!(
            (found_deviation / SIGMA - deviation).abs() < error,
            "{signal} σ: deviation {found_deviation}"
        );
    }
}

#[test]
fn truncated_k_space_keeps_the_noise_and_rings() {
    let phantom_of = |share: f64, sigma: f64| {
        phantom(move |mr| {
            mr.kspace_share = share;
            mr.sigma_au = sigma;
            mr.mtf50_per_mm = 1.1;
        })
    };
    let even = fields::values(&phantom_of(0.5, SIGMA), &fields::even(1000.0), 1);
    let (_, deviation) = fields::moments(&even);
    // A quarter of the places remains: 12 standard errors of as many independent values; and
    // at 10 σ Rician deviation is 0.9975 of σ.
    assert!((deviation / (0.9975 * SIGMA) - 1.0).abs() < 12.0 / (2.0 * 128.0 * 128.0_f64).sqrt());

    // The overshoot of a cut spectrum is 8.95 % of the step (Wilbraham–Gibbs constant); the
    // blur takes some of it off.
    let overshoot = |share: f64| {
        let mut scene = fields::even(500.0);
        let step = phantom_limit_engine::scene::Polygon {
            contours: vec![vec![[0.0, -100.0], [28.8, -100.0], [28.8, 100.0], [0.0, 100.0]]],
        };
        scene.layers.push(phantom_limit_engine::scene::Painted::flat(step, 1500.0));
        let values = fields::values(&phantom_of(share, 0.0), &scene, 0);
        values.iter().fold(0.0_f64, |most, &value| most.max(value)) / 1000.0 - 1.5
    };
    let cut = overshoot(0.3);
    assert!((0.05..0.09).contains(&cut), "{cut}");
}

#[test]
fn a_slanted_edge_has_the_mtf_of_the_phantom() {
    let phantom = phantom(|mr| {
        mr.sigma_au = 0.0;
        mr.mtf50_per_mm = 0.45;
    });
    let found = slanted_edge::mtf50_per_mm(&phantom, 500.0, 1500.0);
    assert!((found / 0.45 - 1.0).abs() < 0.05, "MTF50 {found}");
}

#[test]
fn the_coil_weighs_smoothly_within_its_bounds() {
    let phantom = phantom(|mr| {
        mr.sigma_au = 0.0;
        mr.bias = 0.2;
    });
    let values = fields::values(&phantom, &fields::even(1000.0), 5);
    let (low, high) =
        values.iter().fold((f64::MAX, 0.0_f64), |(low, high), &v| (low.min(v), high.max(v)));
    // Stored in steps of 0.03, blurred by a pixel.
    assert!(low > 799.0 && high < 1201.0 && high - low > 50.0, "{low} to {high}");
    let other = fields::values(&phantom, &fields::even(1000.0), 6);
    assert_ne!(values, other, "drawn anew for each image");
}
