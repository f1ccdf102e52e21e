//! Images to be searched are other patients: half of those for testing hold no target and the others
//! one to three, all of the subtle kind; those to learn from hold many.

use phantom_limit_engine::dataset::{Dataset, Outlines, Source, Split};
use phantom_limit_engine::phantom::Phantom;

const WITHOUT: &str = include_str!("../phantom/small.toml");
const WITH: &str = include_str!("../phantom/small-detection.toml");
const SEARCH: &str =
    "\n[search]\ncontrast_hu = { uniform_magnitude = [9.0, 12.0], sign = \"negative\" }\n";
const IMAGES: u64 = 400;

fn dataset(source: &str) -> Dataset {
    Dataset::new(Phantom::parse(source, "small.toml").expect("valid phantom"), 1)
}

fn outlines(dataset: &Dataset, split: Split) -> Vec<Outlines> {
    let searched = dataset.searched().expect("detection");
    (0..IMAGES).map(|index| searched.outlines(split, index).expect("room")).collect()
}

#[test]
fn half_of_the_test_images_hold_one_to_three_targets() {
    let found = outlines(&dataset(WITH), Split::Test);
    let mut counts = [0.0; 4];
    for image in &found {
        counts[image.targets.len()] += 1.0;
        for target in &image.targets {
            let drawn = target.drawn.expect("drawn");
            assert!((5.0..8.0).contains(&drawn.contrast), "{drawn:?}");
            // Every pixel of it lies in the area that is searched.
            assert!(target.pixels.iter().all(|[row, column]| image.area.contains(row, column)));
            // Pixels of 0.9 mm, each half covered at least: as many as the area of the disk, to a tenth
            // or three pixels.
            let area = std::f64::consts::PI * drawn.equivalent_radius_mm.powi(2);
            let pixels = area / dataset(WITH).phantom().formation.matrix.pixel_spacing.0.powi(2);
            assert!((target.pixels.count() as f64 - pixels).abs() < 3.0 + 0.1 * pixels);
        }
    }
    // Four standard errors of a share of 400 images.
    for (share, expected) in
        counts.map(|it| it / IMAGES as f64).iter().zip([0.5, 1.0 / 6.0, 1.0 / 6.0, 1.0 / 6.0])
    {
        let error: f64 = expected * (1.0 - expected) / IMAGES as f64;
        assert!((share - expected).abs() < 4.0 * error.sqrt(), "{counts:?}");
    }
    // Anywhere in their tissue: some in every quarter of it.
    let middles: Vec<[f64; 2]> = found
        .iter()
        .flat_map(|image| image.targets.iter().filter_map(|it| it.drawn))
        .map(|it| [it.x_mm, it.y_mm])
        .collect();
    for quarter in [[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]] {
        let there = |it: &&[f64; 2]| it[0] * quarter[0] > 0.0 && it[1] * quarter[1] > 0.0;
        let share = middles.iter().filter(there).count() as f64 / middles.len() as f64;
        assert!(share > 0.1, "{share}");
    }
}

#[test]
fn lessons_hold_many_targets_in_half_of_their_regions() {
    let dataset = dataset(WITH);
    let searched = dataset.searched().expect("detection");
    let (mut held, mut all) = (0, 0);
    for index in 0..100 {
        let scene = searched.scene(Split::Train, index).expect("room");
        held += scene.regions.iter().filter(|it| it.target.is_some()).count();
        all += scene.regions.len();
    }
    let share = held as f64 / all as f64;
    assert!(all > 300 && (share - 0.5).abs() < 4.0 * 0.5 / (all as f64).sqrt(), "{share} of {all}");
}

#[test]
fn they_are_other_patients_and_change_no_other_image() {
    let dataset = dataset(WITH);
    let searched = dataset.searched().expect("detection");
    let (usual, other) = (dataset.case(Split::Test, 0), searched.case(Split::Test, 0));
    let (usual, other) = (usual.expect("room"), other.expect("room"));
    assert_ne!(usual.image, other.image);
    assert_ne!(searched.case(Split::Test, 1).expect("room").image, other.image);
    // A table for them changes no other image, and no place or size of theirs.
    let with = self::dataset(&format!("{WITH}{SEARCH}"));
    assert_eq!(with.case(Split::Test, 0).expect("room"), usual);
    let places = |dataset: &Dataset| -> Vec<[f64; 3]> {
        let all = outlines(dataset, Split::Test).into_iter().flat_map(|image| image.targets);
        all.filter_map(|it| it.drawn)
            .map(|it| [it.x_mm, it.y_mm, it.equivalent_radius_mm])
            .collect()
    };
    assert_eq!(places(&with), places(&dataset));
    let contrasts = outlines(&with, Split::Test).into_iter().flat_map(|image| image.targets);
    assert!(contrasts.filter_map(|it| it.drawn).all(|it| (-12.0..-9.0).contains(&it.contrast)));
}

#[test]
fn without_detection_there_is_nothing_to_search_for() {
    let dataset = dataset(WITHOUT);
    assert!(dataset.searched().is_none() && Source::search(&dataset).is_none());
    let error = Phantom::parse(&format!("{WITHOUT}{SEARCH}"), "small.toml").expect_err("fault");
    assert!(error.to_string().contains("a [search] table says"), "{error}");
}
