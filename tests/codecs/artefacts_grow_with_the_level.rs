//! The four artefact indices are near 0 on originals and rise with the level, each on images made
//! to show its artefact.

use crate::synthetic::{TWELVE, ellipses, windowed};
use phantom_limit_engine::codec::{CodecName, Target, codec};
use phantom_limit_engine::dataset::{Dataset, Split};
use phantom_limit_engine::image::{Image, WINDOWED};
use phantom_limit_engine::metric::{ArtefactReference, Artefacts, block_grid, blocking};
use phantom_limit_engine::phantom::library;
use phantom_limit_engine::units::CompressionRatio;

/// Blocking of images without a grid, by chance: 4 standard deviations of the difference of two
/// means of 32 768 absolute differences of white noise (0.75/√32768 each), halved twice, and
/// room for the outlines of objects.
const NO_GRID: f64 = 0.02;

fn head() -> [Image; 2] {
    let phantom = library::find("ct-head").expect("in the library");
    let matrix = phantom.formation.matrix;
    let native = Dataset::new(phantom, 1).case(Split::Test, 0).expect("room").image;
    let eight = matrix.window.apply(&native, matrix.rescale);
    [native, eight]
}

fn ladder(name: CodecName, image: &Image, ratios: &[f64]) -> Vec<Artefacts> {
    let reference = ArtefactReference::new(image);
    let codec = codec(name);
    let targets: Vec<Target> =
        ratios.iter().map(|&ratio| Target::Ratio(CompressionRatio::stored(ratio))).collect();
    let levels = codec.encode_ladder(image, TWELVE, &targets).expect("the ladder is possible");
    levels
        .iter()
        .map(|level| codec.decode(&level.bytes, image.format()).expect("our own file"))
        .map(|decoded| reference.artefacts(&decoded).expect("the same size"))
        .collect()
}

/// Rises by at least `step` from level to level.
fn rises(name: &str, step: f64, values: impl IntoIterator<Item = f64>) {
    let values: Vec<f64> = values.into_iter().collect();
    assert!(values.windows(2).all(|pair| pair[1] > pair[0] + step), "{name}: {values:?}");
}

#[test]
fn originals_have_no_artefacts() {
    for image in head().iter().chain(&[ellipses(256, 6.0, 1), windowed(&ellipses(256, 6.0, 1))]) {
        let found = ArtefactReference::new(image).artefacts(image).expect("the same size");
        assert_eq!([found.ringing, found.ripple, found.blur], [0.0; 3]);
        assert!(found.blocking.abs() < NO_GRID, "{}", found.blocking);
        assert_eq!(block_grid(image), None);
    }
}

#[test]
fn blocking_rises_with_jpeg_and_not_with_jpeg_2000() {
    let [_, eight] = head();
    let ratios = [8.0, 12.0, 20.0, 30.0, 50.0, 80.0];
    let of = |name| ladder(name, &eight, &ratios).into_iter().map(|found| found.blocking);
    rises("JPEG", 0.01, of(CodecName::Jpeg));
    assert!(of(CodecName::Jpeg).next_back() > Some(0.3));
    assert!(of(CodecName::Jpeg2000).all(|blocking| blocking.abs() < 0.05));
}

#[test]
fn a_jpeg_past_is_found_where_the_grid_lies() {
    let [_, eight] = head();
    let codec = codec(CodecName::Jpeg);
    let levels =
        codec.encode_ladder(&eight, WINDOWED, &[Target::Quality(50.0)]).expect("a quality of JPEG");
    let decoded = codec.decode(&levels[0].bytes, WINDOWED).expect("our own file");
    assert_eq!(block_grid(&decoded), Some([0, 0]));
    // Cut out from row 3, column 5: blocks begin at row 5, column 3.
    let mut samples = Vec::new();
    decoded.copy_region(3, 5, 400, &mut samples);
    let cut = Image::new(400, 400, WINDOWED, samples).expect("valid image");
    assert_eq!(block_grid(&cut), Some([5, 3]));
    assert!(blocking(&cut) < blocking(&decoded));
}

#[test]
fn ringing_rises_around_edges() {
    // Noiseless ellipses behind a window: nothing but edges.
    let edges = windowed(&ellipses(256, 0.0, 1));
    let ratios = [12.0, 20.0, 30.0, 50.0, 80.0];
    for name in [CodecName::Jpeg, CodecName::Jpeg2000] {
        rises(name.name(), 0.01, ladder(name, &edges, &ratios).iter().map(|found| found.ringing));
    }
}

#[test]
fn ringing_is_not_the_noise_that_is_lost() {
    // At mild levels JPEG 2000 takes noise away and leaves the edges: the error is large and
    // everywhere the same.
    let [native, _] = head();
    let mild = ladder(CodecName::Jpeg2000, &native, &[5.0, 8.0, 12.0]);
    assert!(mild.iter().all(|found| found.ringing < 0.002), "{mild:?}");
    assert!(mild[2].ripple > 0.3, "{mild:?}");
}

#[test]
fn ripple_rises_with_jpeg_2000() {
    let [native, eight] = head();
    let ratios = [5.0, 8.0, 12.0, 20.0, 30.0, 50.0, 80.0];
    let of = |name, image| {
        let levels: Vec<f64> =
            ladder(name, image, &ratios).into_iter().map(|found| found.ripple).collect();
        levels
    };
    rises("native", 0.02, of(CodecName::Jpeg2000, &native));
    let wavelet = of(CodecName::Jpeg2000, &eight);
    // JPEG's blocks leave less of it at the same bytes.
    let blocks = of(CodecName::Jpeg, &eight);
    assert!(
        wavelet.iter().zip(&blocks).skip(2).all(|(w, b)| *w > b + 0.1),
        "{wavelet:?} {blocks:?}"
    );
}

#[test]
fn blur_rises_with_both() {
    let [_, eight] = head();
    let ratios = [12.0, 20.0, 30.0, 50.0, 80.0, 120.0];
    for name in [CodecName::Jpeg, CodecName::Jpeg2000] {
        rises(name.name(), 0.005, ladder(name, &eight, &ratios).iter().map(|found| found.blur));
    }
}
