//! Regions never overlap and hold their targets; classes, sizes and positions are spread as the
//! phantom says.

use phantom_limit_engine::dataset::{Dataset, Split};
use phantom_limit_engine::phantom::Phantom;

const SOURCE: &str = include_str!("../phantom/head.toml");
const IMAGES: u64 = 200;

#[test]
fn regions_targets_and_their_spread() {
    let phantom = Phantom::parse(SOURCE, "head.toml").expect("valid phantom");
    let spacing = phantom.formation.matrix.pixel_spacing.0;
    let inside = phantom.formation.background[phantom.formation.targets.inside].clone();
    let [a, b] = inside.outline.ellipse().expect("the brain is one").semi_axes_mm;
    let side = phantom.formation.targets.region_pixels;
    let dataset = Dataset::new(phantom, 1);
    let mut classes = [0_u32; 6];
    let mut phases = [[0_u32; 8]; 5];
    let mut regions = 0;
    let mut fewest = usize::MAX;
    for index in 0..IMAGES {
        let scene = dataset.scene(Split::Test, index).expect("room");
        fewest = fewest.min(scene.regions.len());
        for (number, region) in scene.regions.iter().enumerate() {
            regions += 1;
            classes[usize::from(region.class)] += 1;
            for other in &scene.regions[number + 1..] {
                let apart = region.row.abs_diff(other.row) >= side
                    || region.column.abs_diff(other.column) >= side;
                assert!(apart, "regions {region:?} and {other:?} overlap");
            }
            assert_eq!(region.target.is_none(), region.class == 5);
            let Some(target) = region.target else { continue };
            for [x, y] in target.outline().contours.concat() {
                let column = x / spacing + 256.0 - region.column as f64;
                let row = y / spacing + 256.0 - region.row as f64;
                let within = 0.0..=side as f64;
                assert!(within.contains(&column) && within.contains(&row), "{target:?}");
                assert!((x / a).powi(2) + (y / b).powi(2) <= 1.0, "outside the brain: {target:?}");
            }
            let phase = (target.x_mm / spacing + 256.0) as usize % 8;
            phases[usize::from(region.class)][phase] += 1;
        }
    }
    assert!(fewest >= 45, "only {fewest} regions in an image");
    // Chi-square, 5 degrees of freedom: 99.9 % quantile 20.5 (scipy.stats.chi2.ppf).
    let expected = f64::from(regions) / 6.0;
    let spread: f64 = classes.iter().map(|&n| (f64::from(n) - expected).powi(2) / expected).sum();
    assert!(spread < 20.5, "classes {classes:?}");

    // The position against the 8×8 grid says nothing about the class: independence in the
    // 5×8 table, 28 degrees of freedom, 99.9 % quantile 56.9.
    let of_class = phases.map(|row| f64::from(row.iter().sum::<u32>()));
    let of_phase: Vec<f64> =
        (0..8).map(|phase| phases.iter().map(|row| f64::from(row[phase])).sum()).collect();
    let total: f64 = of_phase.iter().sum();
    let mut spread = 0.0;
    for (row, class) in phases.iter().zip(of_class) {
        for (&found, phase) in row.iter().zip(&of_phase) {
            let expected = class * phase / total;
            spread += (f64::from(found) - expected).powi(2) / expected;
        }
    }
    assert!(spread < 56.9, "{spread}: classes by position against the 8×8 grid {phases:?}");
    // Every position is common. Regions near the outline's poles have little room to move, so
    // the positions are not quite uniform.
    for share in of_phase.iter().map(|phase| 8.0 * phase / total) {
        assert!((0.8..1.25).contains(&share), "positions against the 8×8 grid {of_phase:?}");
    }
}
