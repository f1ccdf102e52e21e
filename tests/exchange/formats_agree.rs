//! What one image is in every format: the same mask, the same class numbers, and as DICOM a patient of
//! its own whose truth refers to it.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::{InMemDicomObject, open_file};
use phantom_limit::dataset::{Dataset, Split};
use phantom_limit::export::{self, Format, ImageTruth, Request};
use phantom_limit::phantom::Phantom;

const SOURCE: &str = include_str!("../phantom/small-detection.toml");
const FORMATS: [Format; 9] = [
    Format::Npy,
    Format::Png,
    Format::Tiff,
    Format::Dicom,
    Format::DicomDir,
    Format::ImageFolder,
    Format::Nifti,
    Format::NnUnet,
    Format::Yolo,
];

/// 2 images for training and 1 for testing, with one rendition.
fn written(directory: &Path) -> Request {
    let phantom = Phantom::parse(SOURCE, "small-detection.toml").unwrap();
    let request = Request {
        version: "test".into(),
        images: [(Split::Train, 2), (Split::Test, 1)].into(),
        formats: Format::complete(&FORMATS),
        compress: vec!["jpeg2000@10".parse().unwrap()],
        ..Request::of(&phantom, SOURCE.into(), 1)
    };
    let stopped = AtomicBool::new(false);
    export::write(&Dataset::new(phantom, 1), &request, directory, 2, &|_| {}, &stopped).unwrap();
    request
}

fn images(directory: &Path) -> Vec<(String, ImageTruth)> {
    let of = |split: &str| -> Vec<(String, ImageTruth)> {
        let lines = fs::read_to_string(directory.join(split).join("metadata.jsonl")).unwrap();
        let truths = lines.lines().map(|line| serde_json::from_str(line).unwrap());
        truths.map(|truth: ImageTruth| (format!("{split}/{:06}", truth.index), truth)).collect()
    };
    [of("train"), of("test")].concat()
}

fn object(path: &Path) -> InMemDicomObject {
    open_file(path).unwrap().into_inner()
}

fn text(object: &InMemDicomObject, tag: Tag) -> String {
    object.element(tag).unwrap().to_str().unwrap().trim_end_matches(['\0', ' ']).to_owned()
}

fn item(object: &InMemDicomObject, tag: Tag) -> &InMemDicomObject {
    &object.element(tag).unwrap().items().unwrap()[0]
}

fn gunzipped(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(fs::File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn masks_are_the_same_in_every_kind_of_file() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    written(root);
    for (stem, truth) in images(root) {
        let path = |ending: &str| root.join(format!("{stem}{ending}"));
        let mask = image::open(path(".mask.png")).unwrap().into_luma8().into_raw();
        assert!(mask.iter().any(|&value| value > 0));
        let array = fs::read(path(".mask.npy")).unwrap();
        assert!(array.ends_with(&mask), "{stem}");
        // One strip: the values as they are.
        let tiff = fs::read(path(".mask.tiff")).unwrap();
        assert!(tiff.windows(mask.len()).any(|part| part == mask), "{stem}");
        assert_eq!(gunzipped(&path(".mask.nii.gz"))[352..], mask);
        let part = if stem.starts_with("test") { "Ts" } else { "Tr" };
        let case = stem.replace('/', "-");
        let raw = root.join("nnunet/Dataset001_small-detection");
        assert_eq!(gunzipped(&raw.join(format!("labels{part}/{case}.nii.gz")))[352..], mask);
        let values = gunzipped(&raw.join(format!("images{part}/{case}_0000.nii.gz")));
        assert_eq!(values, gunzipped(&path(".nii.gz")));
        // 8 bits to be seen, beside 16.
        let visible = image::open(path(".window.png")).unwrap();
        assert_eq!(visible.color(), image::ColorType::L8);
        // One line for each target, by class.
        let boxes = fs::read_to_string(root.join(format!("yolo/labels/{stem}.txt"))).unwrap();
        let classes: Vec<&str> = boxes.lines().map(|it| it.split(' ').next().unwrap()).collect();
        let present = truth.targets.iter().filter(|target| target.contrast.is_some());
        let expected: Vec<String> = present.map(|target| target.class_index.to_string()).collect();
        assert_eq!(classes, expected);
        assert_eq!(truth.mask_file_name.unwrap(), format!("{}.mask.png", &stem[stem.len() - 6..]));
    }
}

#[test]
fn classes_have_the_same_numbers_everywhere() {
    let directory = tempfile::tempdir().unwrap();
    let request = written(directory.path());
    let read = |file: &str| fs::read_to_string(directory.path().join(file)).unwrap();
    let described: serde_json::Value =
        serde_json::from_str(&read("nnunet/Dataset001_small-detection/dataset.json")).unwrap();
    // nnU-Net tells datasets apart by their numbers alone.
    let compressed = read("jpeg2000-10/nnunet/Dataset002_small-detection/dataset.json");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&compressed).unwrap(), described);
    let yolo = read("yolo/data.yaml");
    for (index, class) in request.classes.iter().enumerate() {
        assert_eq!(described["labels"][class], index + 1, "{class}");
        assert!(yolo.contains(&format!("  {index}: {class}\n")), "{yolo}");
    }
    assert_eq!(
        (&described["numTraining"], &described["labels"]["background"]),
        (&2.into(), &0.into())
    );
    // Loaders number directories in the order of their names.
    let mut folders: Vec<String> = fs::read_dir(directory.path().join("imagefolder/train"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.sort();
    for folder in &folders {
        let (index, class) = folder.split_once('-').unwrap();
        assert_eq!(request.classes[index.parse::<usize>().unwrap()], class);
    }
    let card = read("README.md");
    assert!(card.contains("license: cc0-1.0") && card.contains(export::DATE), "{card}");
    let croissant: serde_json::Value = serde_json::from_str(&read("croissant.json")).unwrap();
    assert_eq!(croissant["datePublished"], export::DATE);
    assert_eq!(croissant["license"], "https://spdx.org/licenses/CC0-1.0.html");
}

#[test]
fn every_image_is_a_patient_whose_truth_refers_to_it() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let request = written(root);
    let mut seen = BTreeSet::new();
    for (stem, _) in images(root) {
        let original = object(&root.join(format!("{stem}.dcm")));
        let compressed = object(&root.join(format!("jpeg2000-10/{stem}.dcm")));
        let truth = object(&root.join(format!("{stem}.seg.dcm")));
        assert!(!root.join(format!("jpeg2000-10/{stem}.seg.dcm")).exists());
        let space = [
            tags::PATIENT_ID,
            tags::STUDY_INSTANCE_UID,
            tags::FRAME_OF_REFERENCE_UID,
            tags::STUDY_DATE,
            tags::STUDY_TIME,
        ];
        for tag in space {
            assert_eq!(text(&original, tag), text(&compressed, tag), "{tag}");
            assert_eq!(text(&original, tag), text(&truth, tag), "{tag}");
        }
        // No other image is of the same patient, study or space.
        for tag in &space[..3] {
            assert!(seen.insert(text(&original, *tag)), "{stem}: {tag}");
        }
        let series = |object| text(object, tags::SERIES_INSTANCE_UID);
        assert_ne!(series(&original), series(&compressed));
        let numbers = [&original, &compressed, &truth].map(|it| text(it, tags::SERIES_NUMBER));
        assert_eq!(numbers, ["1", "2", "1000"]);
        assert_eq!(text(&original, tags::SLICE_THICKNESS), "5");
        assert!(text(&original, tags::STUDY_DATE).starts_with("20"));

        let instance = text(&original, tags::SOP_INSTANCE_UID);
        let referenced = item(
            item(&truth, tags::REFERENCED_SERIES_SEQUENCE),
            tags::REFERENCED_INSTANCE_SEQUENCE,
        );
        assert_eq!(text(referenced, tags::REFERENCED_SOP_INSTANCE_UID), instance);
        let segments = truth.element(tags::SEGMENT_SEQUENCE).unwrap().items().unwrap();
        let named: Vec<String> = segments.iter().map(|it| text(it, tags::SEGMENT_LABEL)).collect();
        let expected: Vec<&String> = request.classes.iter().filter(|it| *it != "absent").collect();
        assert_eq!(named.iter().collect::<Vec<_>>(), expected);
        // Frame by frame, a bit for each pixel, the first in the lowest.
        let mask =
            image::open(root.join(format!("{stem}.mask.png"))).unwrap().into_luma8().into_raw();
        let bits = truth.element(tags::PIXEL_DATA).unwrap().to_bytes().unwrap().into_owned();
        let frames =
            truth.element(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).unwrap().items().unwrap();
        let mut again = vec![0; mask.len()];
        for (number, frame) in frames.iter().enumerate() {
            let identified = item(frame, tags::SEGMENT_IDENTIFICATION_SEQUENCE);
            let segment: usize =
                identified.element(tags::REFERENCED_SEGMENT_NUMBER).unwrap().to_int().unwrap();
            let class =
                request.classes.iter().position(|class| *class == named[segment - 1]).unwrap();
            for (at, value) in again.iter_mut().enumerate() {
                let bit = number * mask.len() + at;
                if bits[bit / 8] >> (bit % 8) & 1 == 1 {
                    *value = class as u8 + 1;
                }
            }
        }
        assert!(again == mask, "{stem}");
    }
}

/// Follows the offsets of a DICOMDIR's records, which count bytes from the beginning of the file.
#[test]
fn a_directory_of_a_medium_leads_to_every_object() {
    let directory = tempfile::tempdir().unwrap();
    written(directory.path());
    for (prefix, files) in [("", ["I", "S"].as_slice()), ("jpeg2000-10/", &["I"])] {
        let medium = directory.path().join(format!("{prefix}dicomdir"));
        let bytes = fs::read(medium.join("DICOMDIR")).unwrap();
        let list = open_file(medium.join("DICOMDIR")).unwrap();
        let records = list.element(tags::DIRECTORY_RECORD_SEQUENCE).unwrap().items().unwrap();
        // Where each item begins: the offsets that anything may lead to.
        let begins: Vec<usize> = (0..bytes.len() - 24)
            .filter(|&at| bytes[at..].starts_with(&[0xFE, 0xFF, 0x00, 0xE0]))
            .filter(|&at| bytes[at + 8..].starts_with(&[0x04, 0x00, 0x00, 0x14]))
            .collect();
        assert_eq!(begins.len(), records.len());
        let number = |object: &InMemDicomObject, tag: Tag| -> usize {
            object.element(tag).unwrap().to_int::<u32>().unwrap() as usize
        };
        let next = tags::OFFSET_OF_THE_NEXT_DIRECTORY_RECORD;
        let lower = tags::OFFSET_OF_REFERENCED_LOWER_LEVEL_DIRECTORY_ENTITY;
        let text = |object: &InMemDicomObject, tag: Tag| {
            object.element(tag).unwrap().to_str().unwrap().trim_end_matches(['\0', ' ']).to_owned()
        };
        let chain = |mut at: usize, kind: &str| -> Vec<&InMemDicomObject> {
            let mut found = Vec::new();
            while at > 0 {
                let place = begins.iter().position(|&begin| begin == at).unwrap();
                assert_eq!(text(&records[place], tags::DIRECTORY_RECORD_TYPE), kind);
                found.push(&records[place]);
                at = number(&records[place], next);
            }
            found
        };
        let [first, last] = [
            tags::OFFSET_OF_THE_FIRST_DIRECTORY_RECORD_OF_THE_ROOT_DIRECTORY_ENTITY,
            tags::OFFSET_OF_THE_LAST_DIRECTORY_RECORD_OF_THE_ROOT_DIRECTORY_ENTITY,
        ]
        .map(|tag| number(&list, tag));
        let patients = chain(first, "PATIENT");
        assert_eq!(patients.len(), 3);
        assert_eq!(chain(last, "PATIENT").len(), 1);
        let mut listed = Vec::new();
        for patient in patients {
            let [study] = chain(number(patient, lower), "STUDY")[..] else { panic!() };
            for series in chain(number(study, lower), "SERIES") {
                let [image] = chain(number(series, lower), "IMAGE")[..] else { panic!() };
                let id = text(image, tags::REFERENCED_FILE_ID).replace('\\', "/");
                let object = open_file(medium.join(&id)).unwrap();
                for (record, tag) in [
                    (patient, tags::PATIENT_ID),
                    (study, tags::STUDY_INSTANCE_UID),
                    (series, tags::SERIES_INSTANCE_UID),
                    (series, tags::MODALITY),
                ] {
                    assert_eq!(text(record, tag), text(&object, tag), "{id}");
                }
                let uid = tags::REFERENCED_SOP_INSTANCE_UID_IN_FILE;
                assert_eq!(text(image, uid), text(&object, tags::SOP_INSTANCE_UID));
                listed.push(id);
            }
        }
        let expected: Vec<String> = ["TRAIN/#0000000", "TRAIN/#0000001", "TEST/#0000000"]
            .iter()
            .flat_map(|path| files.iter().map(move |kind| path.replace('#', kind)))
            .collect();
        assert_eq!(listed, expected);
    }
}
