//! Every program of `examples/` does what its page says.

use std::fs;

use phantom_limit::image::SampleFormat;
use phantom_limit::scene::RegionKind;

use crate::pages::root;

#[path = "../../examples/calibrate_from_code.rs"]
mod calibrate_from_code;
#[path = "../../examples/compress_an_array.rs"]
mod compress_an_array;
#[path = "../../examples/draw_a_phantom.rs"]
mod draw_a_phantom;
#[path = "../../examples/phantom_of_your_own.rs"]
mod phantom_of_your_own;

const TESTED: [&str; 4] =
    ["calibrate_from_code", "compress_an_array", "draw_a_phantom", "phantom_of_your_own"];

#[test]
fn every_example_is_tested_and_short() {
    let mut found: Vec<String> = Vec::new();
    for file in fs::read_dir(root().join("examples")).unwrap() {
        let path = file.unwrap().path();
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines < 60, "{} has {lines} lines", path.display());
        found.push(path.file_stem().unwrap().to_str().unwrap().to_owned());
    }
    found.sort();
    assert_eq!(found, TESTED);
}

#[test]
fn a_phantom_is_drawn_and_saved() {
    let place = tempfile::tempdir().unwrap();
    draw_a_phantom::draw(place.path()).unwrap();
    let read = |name: &str| image::open(place.path().join(name)).unwrap();
    let (stored, shown) = (read("ct-head.png"), read("ct-head-window.png"));
    assert_eq!(stored.color(), image::ColorType::L16);
    assert_eq!(shown.color(), image::ColorType::L8);
    assert_eq!((stored.width(), stored.height()), (512, 512));
    // Brain stands at 38 HU, that is at 1062 stored, and near the middle of its window.
    let mean = |samples: Vec<f64>| samples.iter().sum::<f64>() / samples.len() as f64;
    let centre: Vec<f64> =
        stored.into_luma16().rows().skip(340).take(20).fold(Vec::new(), |mut kept, row| {
            kept.extend(row.skip(246).take(20).map(|pixel| f64::from(pixel.0[0])));
            kept
        });
    let centre = mean(centre);
    assert!((1024.0..1090.0).contains(&centre), "{centre}");
}

#[test]
fn an_array_is_compressed_and_measured() {
    let levels = compress_an_array::measure().unwrap();
    for (level, asked) in levels.iter().zip([5.0, 10.0, 20.0]) {
        assert!(level.ratio >= asked && level.ratio < 1.1 * asked, "{} for {asked}", level.ratio);
    }
    for pair in levels.windows(2) {
        assert!(pair[0].psnr_db > pair[1].psnr_db && pair[0].ssim > pair[1].ssim);
    }
    assert_eq!(levels.len(), 3);
}

#[test]
fn a_phantom_of_ones_own_is_drawn() {
    let (phantom, case) = phantom_of_your_own::draw().unwrap();
    assert_eq!(phantom.id, "ct-head-half-dose");
    let format = SampleFormat { bits_stored: 12, bits_allocated: 16 };
    assert_eq!(case.image.format(), format);
    let of_kind = case.scene.regions.iter().filter(|it| it.kind == RegionKind::Identify);
    let targets: Vec<_> = of_kind.filter_map(|it| it.target).collect();
    assert!(!targets.is_empty());
    for target in targets {
        assert!((20.0..=40.0).contains(&target.contrast), "{}", target.contrast);
    }
}

#[test]
fn a_small_phantom_is_calibrated() {
    let place = tempfile::tempdir().unwrap();
    let run = place.path().join("run");
    let phantom = root().join("tests/phantom/small.toml");
    let results = calibrate_from_code::calibrate(phantom.to_str().unwrap(), &run).unwrap();
    assert!(run.join("report.html").is_file());
    let lossless = results.arms.iter().filter(|arm| arm.codec.name() == "lossless");
    let losses: Vec<f64> = lossless.flat_map(|arm| &arm.levels).map(|level| level.loss).collect();
    assert!(!losses.is_empty() && losses.iter().all(|&loss| loss == 0.0), "{losses:?}");
}
