//! The audit finds planted leaks of the class and none in phantoms as they are.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use phantom_limit::campaign::{AuditedImage, audit};
use phantom_limit::codec::CodecName;
use phantom_limit::dataset::{Case, Dataset, RegionSet, Split};
use phantom_limit::phantom::{Formation, Phantom, library};
use phantom_limit::record::{
    CaseRecord, Condition, Cue, InputPath, LeakAudit, LevelBase, Question, Rendition,
};
use phantom_limit::scene::RegionKind;
use phantom_limit::task::Truth;

const SMALL: &str = include_str!("../phantom/small.toml");

/// Test images of a phantom with the values that networks are shown, and files of 1000 bytes and
/// some noise at one level.
fn images(phantom: &Phantom, count: u64) -> Vec<AuditedImage> {
    let dataset = Dataset::new(phantom.clone(), 1);
    (0..count)
        .map(|index| image(&dataset.case(Split::Test, index).unwrap(), phantom, index))
        .collect()
}

fn image(case: &Case, phantom: &Phantom, index: u64) -> AuditedImage {
    let matrix = &phantom.formation.matrix;
    let windowed = matrix.window.apply(&case.image, matrix.rescale);
    let means = [(InputPath::Native, &case.image), (InputPath::Windowed, &windowed)];
    let means = means.map(|(path, image)| {
        let mut set = RegionSet::new(phantom.formation.targets.region_pixels);
        let mut labels = case.scene.labels();
        labels.retain(|region| region.kind == RegionKind::Identify);
        set.cut(image, &labels);
        let mean = |at| {
            let values = set.region(at);
            values.iter().map(|&value| f64::from(value)).sum::<f64>() / values.len() as f64
        };
        (path, (0..set.len()).map(mean).collect())
    });
    let record = CaseRecord {
        index,
        sha256: String::new(),
        truth: Truth::of(&case.scene.labels()),
        renditions: vec![file(1000 + index * 7919 % 64)],
    };
    AuditedImage { scene: case.scene.clone(), means: means.into(), record }
}

fn file(bytes: u64) -> Rendition {
    Rendition {
        path: InputPath::Native,
        condition: Condition {
            codec: Some(CodecName::Jpeg2000),
            base: LevelBase::Ratio,
            target: Some(10.0),
        },
        bytes,
        quality: None,
        reached: true,
        mse: 1.0,
        max_error: 1,
        sha256: String::new(),
    }
}

fn small() -> Phantom {
    Phantom::parse(SMALL, "small.toml").unwrap()
}

fn found(formation: &Formation, images: &[AuditedImage]) -> Vec<(Cue, Question)> {
    let audit: LeakAudit = audit(formation, images, 1).unwrap();
    audit.leaks().map(|leak| (leak.cue, leak.question)).collect()
}

#[test]
fn the_ct_head_leaks_nothing() {
    let phantom = library::find("ct-head").unwrap();
    assert_eq!(found(&phantom.formation, &images(&phantom, 6)), []);
}

#[test]
fn phantoms_as_they_are_leak_nothing() {
    let phantom = small();
    let images = images(&phantom, 120);
    let audit = audit(&phantom.formation, &images, 1).unwrap();
    assert_eq!(audit.leaks().count(), 0, "{:?}", audit.leaks().collect::<Vec<_>>());
    let asked: Vec<(Cue, Question)> =
        audit.cues.iter().map(|cue| (cue.cue, cue.question)).collect();
    assert_eq!(
        asked,
        [
            (Cue::Area, Question::Shape),
            (Cue::TargetOnGrid, Question::Shape),
            (Cue::RegionOnGrid, Question::Shape),
            (Cue::RegionOnGrid, Question::Presence),
            (Cue::MeanValue, Question::Shape),
            (Cue::MeanValue, Question::Shape),
            (Cue::FileSize, Question::Shape),
        ]
    );
}

#[test]
fn unequal_areas_are_found() {
    let phantom = small();
    let mut images = images(&phantom, 120);
    for region in images.iter_mut().flat_map(|image| &mut image.scene.regions) {
        if let Some(target) = &mut region.target {
            // Areas that differ by 30 % from shape to shape overlap, for radii are drawn.
            target.equivalent_radius_mm *= 1.14_f64.powi(region.class.into());
        }
    }
    assert_eq!(found(&phantom.formation, &images), [(Cue::Area, Question::Shape)]);
}

#[test]
fn a_shape_that_is_locked_to_the_grid_is_found() {
    let phantom = small();
    let spacing = phantom.formation.matrix.pixel_spacing.0;
    let mut images = images(&phantom, 120);
    for region in images.iter_mut().flat_map(|image| &mut image.scene.regions) {
        if let Some(target) = region.target.as_mut().filter(|_| region.class == 1) {
            // The left edge of a block; its row stays free.
            target.x_mm = (target.x_mm / (8.0 * spacing)).floor() * 8.0 * spacing;
        }
    }
    assert_eq!(found(&phantom.formation, &images), [(Cue::TargetOnGrid, Question::Shape)]);
}

#[test]
fn regions_that_are_empty_where_a_block_begins_are_found() {
    let phantom = small();
    let mut images = images(&phantom, 120);
    for region in images.iter_mut().flat_map(|image| &mut image.scene.regions) {
        if region.target.is_none() {
            region.row -= region.row % 8;
        }
    }
    assert_eq!(found(&phantom.formation, &images), [(Cue::RegionOnGrid, Question::Presence)]);
}

#[test]
fn a_shape_that_is_brighter_is_found() {
    let phantom = small();
    let mut images = images(&phantom, 120);
    for image in &mut images {
        for (region, mean) in image.scene.regions.iter().zip(&mut image.means[0].1) {
            *mean += if region.class == 0 { 3.0 } else { 0.0 };
        }
    }
    assert_eq!(found(&phantom.formation, &images), [(Cue::MeanValue, Question::Shape)]);
}

#[test]
fn files_that_tell_the_shape_are_found() {
    let phantom = small();
    let mut images = images(&phantom, 120);
    for (number, image) in images.iter_mut().enumerate() {
        // Half of the images hold other shapes and have larger files.
        let other = number / 2 % 2;
        for region in &mut image.scene.regions {
            if region.target.is_some() {
                region.class = region.class % 2 + 2 * other as u8;
            }
        }
        image.record.renditions = vec![file(1000 + 500 * other as u64 + number as u64)];
    }
    assert_eq!(found(&phantom.formation, &images), [(Cue::FileSize, Question::Shape)]);
}

#[test]
fn places_that_tell_whether_there_is_a_subtle_target_are_found() {
    let phantom = Phantom::parse(crate::study_fakes::DETECTION, "detection.toml").unwrap();
    let mut images = images(&phantom, 120);
    let asked = audit(&phantom.formation, &images, 1).unwrap();
    assert_eq!(asked.leaks().count(), 0, "{:?}", asked.leaks().collect::<Vec<_>>());
    assert_eq!(asked.cues.last().unwrap().question, Question::Detection);
    for region in images.iter_mut().flat_map(|image| &mut image.scene.regions) {
        if region.kind == RegionKind::Detect && region.target.is_none() {
            region.row -= region.row % 8;
        }
    }
    assert_eq!(found(&phantom.formation, &images), [(Cue::RegionOnGrid, Question::Detection)]);
}
