//! What lies at one edge of the matrix is not seen at the opposite one, in any physics, and beyond
//! the matrix the scene goes on as at its edge.

use crate::fields;
use phantom_limit_engine::phantom::{
    Acquisition, Ct, Field, Kernel, Mr, Nuclear, Phantom, Ultrasound, Xray, power,
};
use phantom_limit_engine::scene::{Painted, Polygon, Scene};

const SIDE: usize = 256;

/// A phantom of each way to form an image, with the painted values of ground and object.
fn physics() -> Vec<(&'static str, Phantom, f64, f64)> {
    let of = |id, slope, intercept, acquisition| {
        let mut phantom = fields::fine(id, SIDE, slope, intercept);
        phantom.formation.acquisition = acquisition;
        phantom
    };
    let ct = |kernel, mtf50_per_mm| {
        let ct = Ct { kernel, mtf50_per_mm, sigma_hu: 1.0 };
        of("ct-head", 0.01, -320.0, Acquisition::Ct(ct))
    };
    let mr = |kspace_share| {
        of(
            "mr-brain",
            0.03,
            0.0,
            Acquisition::Mr(Mr {
                tr_ms: 500.0,
                te_ms: 15.0,
                field_t: 1.5,
                gain_au: 1000.0,
                sigma_au: 1.0,
                mtf50_per_mm: 0.45,
                kspace_share,
                bias: 0.0,
            }),
        )
    };
    // Scatter of 25 pixels' standard deviation: all of it within half of the matrix.
    let xray = Xray {
        mtf50_per_mm: 3.0,
        quanta_per_pixel: 1e6,
        electronic_quanta: 0.0,
        scatter_ratio: 1.0,
        scatter_fwhm_mm: 6.0,
        structure: 0.0,
        structure_exponent: 3.0,
        gain_au: 400.0,
        offset_au: 400.0,
    };
    let nuclear = |fwhm_mm| Acquisition::Nuclear(Nuclear { fwhm_mm, counts_per_pixel: 2000.0 });
    let ultrasound = |field| {
        let ultrasound = Ultrasound {
            axial_fwhm_mm: 0.3,
            lateral_fwhm_mm: 0.45,
            focus_mm: 20.0,
            focal_zone_mm: 20.0,
            attenuation_db_per_cm: 0.0,
            noise_db: None,
            dynamic_range_db: 120.0,
            white_db: 40.0,
            field,
        };
        of("us", 0.003, -130.0, Acquisition::Ultrasound(ultrasound))
    };
    vec![
        ("soft CT", ct(Kernel::Soft, 0.4), 0.0, 250.0),
        ("CT of bone", ct(Kernel::Bone, 0.55), 0.0, 250.0),
        ("CT of lung", ct(Kernel::Lung, 0.5), 0.0, 250.0),
        ("MR", mr(1.0), 300.0, 1500.0),
        ("MR of truncated k-space", mr(0.6), 300.0, 1500.0),
        ("X-ray", of("mammography", 0.04, -1000.0, Acquisition::Xray(xray)), 2.0, 0.0),
        ("narrow nuclear", of("nm", 1.0, 0.0, nuclear(8.0)), 0.5, 10.0),
        // 19 pixels' standard deviation: by the coarse grid.
        ("wide nuclear", of("nm", 1.0, 0.0, nuclear(85.0)), 0.5, 10.0),
        ("linear ultrasound", ultrasound(Field::Linear), 1.0, power(25.0)),
        (
            "sector ultrasound",
            ultrasound(Field::Sector { apex_mm: 5.0, opening_deg: 90.0 }),
            1.0,
            power(25.0),
        ),
    ]
}

/// The ground, and an object over a box of the matrix given in shares of its side.
fn scene(phantom: &Phantom, ground: f64, object: f64, [x0, y0, x1, y1]: [f64; 4]) -> Scene {
    let width = SIDE as f64 * phantom.formation.matrix.pixel_spacing.0;
    let [x0, y0, x1, y1] = [x0, y0, x1, y1].map(|share| (share - 0.5) * width);
    let contours = vec![vec![[x0, y0], [x1, y0], [x1, y1], [x0, y1]]];
    let mut scene = fields::even(ground);
    scene.layers.push(Painted::flat(Polygon { contours }, object));
    scene
}

#[test]
fn an_object_at_one_edge_is_not_seen_at_the_other() {
    // An eighth of the matrix at each edge in turn. Images of a pair share their noise, so the
    // quarter at the opposite edge is the same to the last bit: all point spreads end before it.
    let boxes = [
        [0.0, 0.0, 0.125, 1.0],
        [0.875, 0.0, 1.0, 1.0],
        [0.0, 0.0, 1.0, 0.125],
        [0.0, 0.875, 1.0, 1.0],
    ];
    for (name, phantom, ground, object) in physics() {
        let without = fields::values(&phantom, &fields::even(ground), 3);
        for (edge, place) in boxes.into_iter().enumerate() {
            let with = fields::values(&phantom, &scene(&phantom, ground, object, place), 3);
            let distance = |at: usize| match edge {
                0 => at % SIDE,
                1 => SIDE - 1 - at % SIDE,
                2 => at / SIDE,
                _ => SIDE - 1 - at / SIDE,
            };
            let (mut seen, mut changed) = (0, 0);
            for at in 0..SIDE * SIDE {
                if distance(at) >= 3 * SIDE / 4 {
                    seen += usize::from(with[at] != without[at]);
                } else if distance(at) < SIDE / 16 {
                    changed += usize::from(with[at] != without[at]);
                }
            }
            assert_eq!(seen, 0, "{name}, edge {edge}: {seen} pixels see the opposite edge");
            // The object is there: most of its pixels, but for the corners that a sector leaves.
            assert!(changed > SIDE * SIDE / 100, "{name}, edge {edge}: {changed} pixels differ");
        }
    }
}

#[test]
fn the_scene_goes_on_beyond_the_matrix_as_at_its_edge() {
    // A bar across the whole scene is the same in a matrix and in the middle of one of twice its
    // side, where the scene does go on, without noise or with as little as possible.
    for (name, mut phantom, ground, object) in physics() {
        match &mut phantom.formation.acquisition {
            Acquisition::Ct(ct) => ct.sigma_hu = 0.0,
            Acquisition::Mr(mr) => mr.sigma_au = 0.0,
            Acquisition::Xray(xray) => xray.quanta_per_pixel = 1e12,
            // Speckle and counts are drawn anew for another matrix.
            Acquisition::Nuclear(_) | Acquisition::Ultrasound(_) => continue,
        }
        let matrix = phantom.formation.matrix;
        let mut larger = phantom.clone();
        (larger.formation.matrix.rows, larger.formation.matrix.columns) = (2 * SIDE, 2 * SIDE);
        for place in [[-2.0, 0.3, 3.0, 0.4], [0.94, -2.0, 0.97, 3.0]] {
            let scene = scene(&phantom, ground, object, place);
            let own = fields::values(&phantom, &scene, 0);
            let whole = fields::values(&larger, &scene, 0);
            // Both bars end inside the matrix across their direction, so both scenes are even
            // beyond it. Rounding may differ by a step.
            let steps = 2.0 * matrix.rescale.slope;
            for row in 0..SIDE {
                for column in 0..SIDE {
                    let found = own[row * SIDE + column];
                    let expected = whole[(row + SIDE / 2) * 2 * SIDE + column + SIDE / 2];
                    assert!(
                        (found - expected).abs() <= steps,
                        "{name}, {place:?}, row {row}, column {column}: {found}, {expected}"
                    );
                }
            }
        }
    }
}
