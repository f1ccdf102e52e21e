//! Factorial designs show every combination once, pairs share background and noise, contrast and
//! detail fall along columns and rows, and grid phases can be fixed.

use std::collections::BTreeSet;

use phantom_limit_engine::dataset::{Dataset, Split};
use phantom_limit_engine::phantom::Phantom;
use phantom_limit_engine::scene::Factorial;

const HEAD: &str = include_str!("../phantom/head.toml");

fn dataset(targets: &str) -> Dataset {
    let source = HEAD.replace("offset_mm = 2.25", targets);
    Dataset::new(Phantom::parse(&source, "head.toml").unwrap_or_else(|e| panic!("{e}")), 1)
}

#[test]
fn every_combination_is_drawn_once() {
    let dataset = dataset(
        "offset_mm = 0.0\ndesign = \"factorial\"\n\
         levels = { sizes = 2, contrasts = 2, angles = 3, positions = 7 }",
    );
    let targets = &dataset.phantom().formation.targets;
    let design = Factorial::of(targets).expect("a factorial design");
    // Five shapes and none, two sizes, two contrasts of either sign, three angles.
    assert_eq!(design.images(), 6 * 2 * 4 * 3);
    let mut seen = BTreeSet::new();
    for index in 0..design.images() {
        let scene = dataset.scene(Split::Test, index).expect("room");
        assert_eq!(scene.regions.len(), 7);
        for (position, region) in scene.regions.iter().enumerate() {
            let Some(target) = region.target else { continue };
            let key = (
                region.class,
                (region.row, region.column),
                format!("{} {}", target.equivalent_radius_mm, target.contrast),
                target.angle_deg as u32,
            );
            assert!(seen.insert(key), "drawn twice: {target:?}");
            let combination = design.combination(index, position as u64);
            assert_eq!(combination.shape, u64::from(region.class));
            assert_eq!(design.image(combination), index);
        }
    }
    assert_eq!(seen.len(), 5 * 2 * 4 * 3 * 7);
    // Beyond the last combination they come again with other noise.
    let (first, again) = (0, design.images());
    let scenes = [first, again].map(|index| dataset.scene(Split::Test, index).expect("room"));
    assert_eq!(scenes[0].regions, scenes[1].regions);
    let images = [first, again].map(|index| dataset.case(Split::Test, index).expect("room").image);
    assert_ne!(images[0], images[1]);
}

#[test]
fn too_many_positions_are_refused() {
    let dataset = dataset(
        "offset_mm = 0.0\ndesign = \"factorial\"\n\
         levels = { sizes = 1, contrasts = 1, angles = 1, positions = 1000 }",
    );
    let error = dataset.scene(Split::Test, 0).expect_err("no room").to_string();
    assert!(error.contains("not for 1000 positions") && error.contains("`brain`"), "{error}");
}

#[test]
fn pairs_differ_in_their_targets_alone() {
    let dataset = dataset("offset_mm = 2.25\ndesign = \"paired\"");
    let matrix = dataset.phantom().formation.matrix;
    let side = dataset.phantom().formation.targets.region_pixels;
    for pair in 0..2 {
        let present = dataset.case(Split::Train, 2 * pair).expect("room");
        let absent = dataset.case(Split::Train, 2 * pair + 1).expect("room");
        assert_eq!(present.scene.layers, absent.scene.layers);
        assert_eq!(present.scene.regions.len(), absent.scene.regions.len());
        let mut differs = vec![false; matrix.rows * matrix.columns];
        for (with, without) in present.scene.regions.iter().zip(&absent.scene.regions) {
            assert_eq!((with.row, with.column), (without.row, without.column));
            assert!(with.target.is_some() && without.target.is_none());
            assert_eq!(usize::from(without.class), 5);
            // The blur of a target reaches a few pixels beyond its region.
            for row in with.row.saturating_sub(4)..with.row + side + 4 {
                for column in with.column.saturating_sub(4)..with.column + side + 4 {
                    differs[row * matrix.columns + column] = true;
                }
            }
        }
        let outside = (0..differs.len()).filter(|&at| !differs[at]);
        let changed =
            outside.filter(|&at| present.image.samples()[at] != absent.image.samples()[at]).count();
        // The transforms round at 1e-13 of the values: hardly a pixel lies so near to an edge
        // between two stored values.
        assert!(changed <= 3, "{changed} pixels far from every target differ");
        assert_ne!(present.image, absent.image);
    }
    let other = dataset.case(Split::Train, 3).expect("room");
    assert_ne!(dataset.case(Split::Train, 1).expect("room").image, other.image);
}

#[test]
fn contrast_falls_along_rows_and_size_down_columns() {
    let dataset = dataset("offset_mm = 0.0\ndesign = \"contrast-detail\"");
    let scene = dataset.scene(Split::Test, 0).expect("room");
    let found: Vec<_> = scene.regions.iter().filter(|region| region.target.is_some()).collect();
    for one in &found {
        for other in &found {
            let (a, b) = (one.target.expect("present"), other.target.expect("present"));
            if one.row == other.row {
                assert_eq!(a.equivalent_radius_mm, b.equivalent_radius_mm);
            } else if one.row < other.row {
                assert!(a.equivalent_radius_mm > b.equivalent_radius_mm);
            }
            if one.column < other.column {
                assert!(a.contrast.abs() > b.contrast.abs());
            }
        }
    }
}

#[test]
fn a_fixed_phase_holds_for_every_target() {
    let dataset = dataset("offset_mm = 0.0\ngrid_phase_pixels = [1.5, 4.0]");
    for index in 0..3 {
        for region in dataset.scene(Split::Test, index).expect("room").regions {
            let Some(target) = region.target else { continue };
            let phase = |mm: f64, size: f64| (mm / 0.45 + size / 2.0).rem_euclid(8.0);
            assert!((phase(target.y_mm, 512.0) - 1.5).abs() < 1e-9);
            assert!((phase(target.x_mm, 512.0) - 4.0).abs() < 1e-9);
        }
    }
}

#[test]
fn vessels_hold_their_targets() {
    for id in ["xa", "ct-angiography"] {
        let phantom = phantom_limit_engine::phantom::library::find(id).expect("in the library");
        let low = phantom.formation.targets.equivalent_radius_mm;
        let dataset = Dataset::new(phantom, 1);
        let mut regions = 0;
        for index in 0..3 {
            let scene = dataset.scene(Split::Test, index).expect("room");
            regions += scene.regions.len();
            for target in scene.regions.iter().filter_map(|region| region.target) {
                let vessel = target.vessel_radius_mm.expect("a vessel");
                assert!(vessel >= low.high && vessel <= 3.0 * low.low, "{target:?}");
            }
        }
        assert!(regions > 60, "{id}: only {regions} regions in three images");
    }
}
