//! What a dataset says of subtle targets: their task, their class, and their value in masks,
//! annotations and directories.

use std::fs;
use std::sync::atomic::AtomicBool;

use phantom_limit::dataset::{Dataset, Split};
use phantom_limit::export::{self, Format, ImageTruth, Request};
use phantom_limit::phantom::Phantom;
use phantom_limit::scene::RegionKind;

const SOURCE: &str = include_str!("../phantom/small-detection.toml");

#[test]
fn subtle_targets_have_a_task_and_a_class_of_their_own() {
    let phantom = Phantom::parse(SOURCE, "small-detection.toml").unwrap();
    let request = Request {
        version: "test".into(),
        images: [(Split::Train, 8)].into(),
        formats: Format::complete(&[Format::ImageFolder, Format::Coco]),
        ..Request::of(&phantom, SOURCE.into(), 1)
    };
    assert_eq!(request.classes[5..], ["absent", "lesion"]);
    let directory = tempfile::tempdir().unwrap();
    let dataset = Dataset::new(phantom, 1);
    let stopped = AtomicBool::new(false);
    export::write(&dataset, &request, directory.path(), 1, &|_| {}, &stopped).unwrap();
    let read = |file: &str| fs::read_to_string(directory.path().join(file)).unwrap();
    let (mut lesions, mut empty) = (0, 0);
    for line in read("train/metadata.jsonl").lines() {
        let truth: ImageTruth = serde_json::from_str(line).unwrap();
        let mask = image::open(directory.path().join("train").join(truth.mask_file_name.unwrap()));
        let mask = mask.unwrap().into_luma8();
        for target in truth.targets {
            match (target.task, target.contrast) {
                (RegionKind::Identify, _) => assert!(target.class_index < 6, "{target:?}"),
                (RegionKind::Detect, None) => {
                    assert_eq!((target.class.as_str(), target.class_index), ("absent", 5));
                    empty += 1;
                }
                (RegionKind::Detect, Some(contrast)) => {
                    assert_eq!((target.class.as_str(), target.class_index), ("lesion", 6));
                    assert!((5.0..8.0).contains(&contrast));
                    // The ideal observer that knows place and shape: subtle, not invisible.
                    assert!(target.detectability.unwrap() > 1.0, "{target:?}");
                    let [row, column] = target.center_pixels.unwrap().map(|it| it as u32);
                    assert_eq!(mask.get_pixel(column, row).0, [7]);
                    lesions += 1;
                }
            }
        }
    }
    assert!(lesions > 3 && empty > 3, "{lesions} {empty}");
    let annotations: serde_json::Value =
        serde_json::from_str(&read("annotations/instances_train.json")).unwrap();
    let category = &annotations["categories"][5];
    assert_eq!((&category["id"], &category["name"]), (&7.into(), &"lesion".into()));
    let annotated = annotations["annotations"].as_array().unwrap();
    assert_eq!(annotated.iter().filter(|one| one["category_id"] == 7).count(), lesions);
    let folder = directory.path().join("imagefolder/train/6-lesion");
    assert_eq!(fs::read_dir(folder).unwrap().count(), lesions);
}

/// The masks of datasets are what networks that outline are asked for.
#[test]
fn masks_are_what_networks_outline() {
    let dataset = Dataset::new(Phantom::parse(SOURCE, "small-detection.toml").unwrap(), 1);
    let formation = &dataset.phantom().formation;
    for index in 0..8 {
        let scene = dataset.scene(Split::Test, index).unwrap();
        let outlines = dataset.outlines(Split::Test, index).unwrap();
        let [rows, columns] = outlines.size;
        let mut asked = vec![0; rows * columns];
        for target in &outlines.targets {
            for [row, column] in target.pixels.iter() {
                asked[row * columns + column] = match target.kind {
                    RegionKind::Identify => target.class + 1,
                    RegionKind::Detect => 7,
                };
            }
        }
        assert!(asked.iter().any(|&label| label > 0));
        assert!(export::mask(&scene, formation) == asked, "image {index}");
    }
}
