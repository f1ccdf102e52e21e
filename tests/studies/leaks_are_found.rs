//! The audit finds planted leaks of the class and none in phantoms as they are.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use phantom_limit::acquisition::Imager;
use phantom_limit::campaign::{AuditedImage, audit};
use phantom_limit::codec::CodecName;
use phantom_limit::dataset::{Case, Dataset, Split};
use phantom_limit::phantom::{Formation, Phantom, library};
use phantom_limit::record::{
    CaseRecord, Condition, Cue, Finding, InputPath, LeakAudit, LevelBase, Question, Rendition,
};
use phantom_limit::scene::RegionKind;
use phantom_limit::task::{Labels, Truth};

const SMALL: &str = include_str!("../phantom/small.toml");

/// Test images of a phantom with the values that networks are shown, and files of 1000 bytes and
/// some noise at one level.
fn images(phantom: &Phantom, count: u64) -> Vec<AuditedImage> {
    let dataset = Dataset::new(phantom.clone(), 1);
    (0..count)
        .map(|index| image(dataset.case(Split::Test, index).unwrap(), phantom, index))
        .collect()
}

fn image(case: Case, phantom: &Phantom, index: u64) -> AuditedImage {
    let record = CaseRecord {
        index,
        sha256: String::new(),
        origin: None,
        truth: Truth::of(&Labels {
            regions: &case.scene.labels(),
            outlines: None,
            seed: 1,
            case: Split::Test.case(index),
        }),
        renditions: vec![file(1000 + index * 7919 % 64)],
    };
    AuditedImage::of(&phantom.formation, case, &InputPath::ALL, record)
}

/// Test images of a phantom whose targets of the first shape have a contrast `factor` times as
/// large as that of the others.
fn images_of_contrasts(phantom: &Phantom, count: u64, factor: f64) -> Vec<AuditedImage> {
    let dataset = Dataset::new(phantom.clone(), 1);
    let imager = Imager::new(phantom);
    (0..count)
        .map(|index| {
            let mut scene = dataset.scene(Split::Test, index).unwrap();
            for region in scene.regions.iter_mut().filter(|region| region.class == 0) {
                if let Some(target) = &mut region.target {
                    target.contrast *= factor;
                }
            }
            let image = imager.acquire(&scene, 1, Split::Test.case(index));
            self::image(Case { image, scene }, phantom, index)
        })
        .collect()
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

/// The small phantom with another `value` and `window`, and with bright targets that hardly differ
/// in size and contrast, so that few regions show what differs from shape to shape.
fn alike(value: &str, window: &str) -> Phantom {
    let changes = [
        ("value_hu = 35.0", value),
        ("window = { center_hu = 40.0, width_hu = 120.0 }", window),
        ("uniform = [1.35, 2.7]", "uniform = [1.95, 2.05]"),
        ("uniform_magnitude = [20.0, 40.0]", "uniform_magnitude = [39.0, 40.0]"),
        (r#"sign = "either""#, r#"sign = "positive""#),
    ];
    let text = changes.iter().fold(SMALL.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    Phantom::parse(&text, "alike.toml").unwrap()
}

/// A phantom whose regions differ more in their anatomy than by their targets.
fn textured() -> Phantom {
    let texture = "texture = { sd_hu = 20.0, exponent = 4.0, longest_mm = 60.0 }";
    alike(&format!("value_hu = 35.0\n{texture}"), "window = { center_hu = 40.0, width_hu = 400.0 }")
}

/// A phantom with a window that ends 15 HU above the brain, where targets are 40 HU brighter.
fn clipped() -> Phantom {
    alike("value_hu = 35.0", "window = { center_hu = -9.0, width_hu = 120.0 }")
}

fn found(formation: &Formation, images: &[AuditedImage]) -> Vec<(Cue, Question)> {
    let audit: LeakAudit = audit(formation, images, 1).unwrap();
    audit.leaks().map(|leak| (leak.cue, leak.question)).collect()
}

#[test]
fn phantoms_of_every_physics_leak_nothing() {
    for id in ["ct-head", "mr-brain", "cr-chest", "mammography", "us", "nm"] {
        let phantom = library::find(id).unwrap();
        assert_eq!(found(&phantom.formation, &images(&phantom, 6)), [], "{id}");
    }
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
            (Cue::LocalContrast, Question::Shape),
            (Cue::MeanValue, Question::Shape),
            (Cue::LocalContrast, Question::Shape),
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
        for (region, mean) in image.scene.regions.iter().zip(&mut image.values[0].means) {
            *mean += if region.class == 0 { 3.0 } else { 0.0 };
        }
    }
    assert_eq!(found(&phantom.formation, &images), [(Cue::MeanValue, Question::Shape)]);
}

#[test]
fn a_shape_of_more_contrast_is_found_by_its_surround() {
    let phantom = textured();
    assert_eq!(found(&phantom.formation, &images(&phantom, 240)), []);
    // On both paths, since nothing is clipped; the mean of the region does not show it.
    let cue = (Cue::LocalContrast, Question::Shape);
    assert_eq!(found(&phantom.formation, &images_of_contrasts(&phantom, 240, 3.0)), [cue; 2]);
}

#[test]
fn what_a_window_clips_is_clipping_and_no_leak() {
    let phantom = clipped();
    let audit = audit(&phantom.formation, &images(&phantom, 120), 1).unwrap();
    assert_eq!(audit.leaks().count(), 0, "{:?}", audit.leaks().collect::<Vec<_>>());
    let clipping: Vec<_> =
        audit.with(Finding::Clipping).map(|cue| (cue.cue, cue.question, cue.path)).collect();
    let windowed = Some(InputPath::Windowed);
    assert_eq!(
        clipping,
        [
            (Cue::MeanValue, Question::Shape, windowed),
            (Cue::LocalContrast, Question::Shape, windowed)
        ]
    );
    assert!(audit.clipping.unwrap().of_pixels > 0.1, "{:?}", audit.clipping);
}

#[test]
fn what_the_acquired_values_reveal_is_a_leak_though_a_window_clips() {
    let phantom = clipped();
    let images = images_of_contrasts(&phantom, 120, 1.5);
    let audit = audit(&phantom.formation, &images, 1).unwrap();
    assert!(audit.clipping.unwrap().of_pixels > 0.1, "{:?}", audit.clipping);
    assert_eq!(audit.with(Finding::Clipping).count(), 0);
    for path in InputPath::ALL {
        let leak = (Cue::LocalContrast, Some(path));
        assert!(audit.leaks().any(|cue| (cue.cue, cue.path) == leak), "{path:?}");
    }
}

#[test]
fn values_are_asked_as_acquired_though_the_study_has_windowed_images_alone() {
    let phantom = small();
    let case = Dataset::new(phantom.clone(), 1).case(Split::Test, 0).unwrap();
    let record = image(case.clone(), &phantom, 0).record;
    let paths = |asked: &[InputPath]| -> Vec<InputPath> {
        let image = AuditedImage::of(&phantom.formation, case.clone(), asked, record.clone());
        image.values.iter().map(|values| values.path).collect()
    };
    assert_eq!(paths(&[InputPath::Windowed]), InputPath::ALL);
    assert_eq!(paths(&[InputPath::Native]), [InputPath::Native]);
}

#[test]
fn the_audit_of_every_codec_still_finds_a_leak() {
    let phantom = Phantom::parse(crate::study_fakes::DETECTION, "detection.toml").unwrap();
    let mut images = images(&phantom, 360);
    for (number, image) in images.iter_mut().enumerate() {
        let identified =
            image.scene.regions.iter().filter(|region| region.kind == RegionKind::Identify);
        for (region, mean) in identified.zip(&mut image.values[0].means) {
            *mean += if region.class == 0 { 1000.0 } else { 0.0 };
        }
        let codecs = [CodecName::Jpeg, CodecName::Jpeg12, CodecName::Jpeg2000, CodecName::Lossless];
        let arms = InputPath::ALL.into_iter().flat_map(|path| codecs.map(|codec| (path, codec)));
        image.record.renditions = arms
            .map(|(path, codec)| {
                let mut file = file(1000 + number as u64 * 7919 % 64);
                (file.path, file.condition.codec) = (path, Some(codec));
                let jpeg = matches!(codec, CodecName::Jpeg | CodecName::Jpeg12);
                file.quality = jpeg.then_some((number * 31 % 64) as f64);
                file
            })
            .collect();
    }
    let audit = audit(&phantom.formation, &images, 1).unwrap();
    // Places 5, values 4, sizes 8, tables 4.
    assert_eq!(audit.cues.len(), 21);
    assert_eq!(audit.threshold, 1e-3 / 21.0);
    let leaks: Vec<Cue> = audit.leaks().map(|cue| cue.cue).collect();
    assert_eq!(leaks, [Cue::MeanValue]);
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
