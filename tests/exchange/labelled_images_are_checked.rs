//! Labelled images in every form are read with their classes, patients and splits, and what does not
//! fit together is refused with its place.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use phantom_limit::collection::{Collection, Options, Truth};
use phantom_limit::dataset::Split;

use crate::image_files::png;
use crate::labelled::{NpyArray, dicom, grey, npz, put};

fn open(data: &Path, labels: Option<&Path>) -> Result<Collection, String> {
    Collection::open(data, labels, &Options::default()).map_err(|error| error.to_string())
}

/// A small image that is like no other of another number.
fn small(number: usize) -> Vec<u8> {
    let samples: Vec<u8> = (0..64).map(|at| ((at * 7 + number * 31) % 256) as u8).collect();
    grey(8, &[&samples[..], &[number as u8; 8]].concat())
}

/// Names of images by split and class.
fn by_class(found: &Collection) -> BTreeMap<(Split, String), usize> {
    let mut counts = BTreeMap::new();
    for item in found.items() {
        let Truth::Class(class) = item.truth else { panic!("no class") };
        let split = found.patients()[item.patient].split;
        *counts.entry((split, found.classes()[usize::from(class)].clone())).or_insert(0) += 1;
    }
    counts
}

#[test]
fn folders_of_classes_are_read_with_and_without_splits() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..60 {
        let class = if number % 3 == 0 { "nodule" } else { "none" };
        put(folder.path(), &format!("{class}/{number}.pgm"), small(number));
    }
    put(folder.path(), "none/notes.txt", "no image");
    let found = open(folder.path(), None).unwrap();
    assert_eq!(found.classes(), ["nodule", "none"]);
    assert_eq!((found.items().len(), found.patients().len()), (60, 60));
    assert!(!found.states_splits() && !found.names_patients() && !found.has_boxes());
    assert_eq!(by_class(&found).values().sum::<usize>(), 60);
    let image = found.read(&found.items()[0]).unwrap().image;
    assert_eq!((image.rows(), image.columns()), (9, 8));

    let folder = tempfile::tempdir().unwrap();
    for (split, count) in [("train", 12), ("val", 4), ("test", 8)] {
        for number in 0..count {
            let class = if number % 2 == 0 { "10" } else { "9" };
            put(folder.path(), &format!("{split}/{class}/{split}{number}.pgm"), small(number));
        }
    }
    let found = open(folder.path(), None).unwrap();
    // Numbers are in their order.
    assert_eq!(found.classes(), ["9", "10"]);
    let expected = [(Split::Train, 6), (Split::Tune, 2), (Split::Test, 4)];
    let expected = expected
        .into_iter()
        .flat_map(|(split, count)| ["10", "9"].map(|class| ((split, class.to_owned()), count)));
    assert_eq!(by_class(&found), expected.collect());
    // The same image for training and for testing.
    let said = found.survey().unwrap_err().to_string();
    assert!(said.contains("are the same image in two splits"), "{said}");

    put(folder.path(), "train/stray.pgm", small(1));
    let said = open(folder.path(), None).unwrap_err();
    assert!(said.contains("stray.pgm`: the image lies in no folder of a class"), "{said}");
}

#[test]
fn tables_name_patients_and_splits() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = "Path, label ,patient,split,age\n".to_owned();
    for number in 0..30 {
        put(folder.path(), &format!("scans/{number}.pgm"), small(number));
        let split = ["train", "Validation", "testing"][number / 2 % 3];
        let class = if number % 4 < 2 { "sick" } else { "well" };
        table += &format!("{number}.pgm,{class},p{},{split},50\n", number / 2);
    }
    put(folder.path(), "labels.csv", &table);
    let (scans, labels) = (folder.path().join("scans"), folder.path().join("labels.csv"));
    let found = open(&scans, Some(&labels)).unwrap();
    assert_eq!((found.items().len(), found.patients().len()), (30, 15));
    assert!(found.names_patients() && found.states_splits());
    assert_eq!(found.patients()[7].items, [14, 15]);
    assert_eq!(found.patients()[7].split, Split::Tune);
    let survey = found.survey().unwrap();
    assert_eq!((survey.format.bits_stored, survey.facts[3].size), (8, [9, 8]));
    assert_eq!(survey.facts[3].bytes, Some(small(3).len() as u64));
    // 72 samples: (3·31 + 7 i) mod 256 of i from 0 to 63, and eight times 3.
    let sum: usize = (0..64).map(|at| (at * 7 + 93) % 256).sum::<usize>() + 24;
    assert!((survey.facts[3].mean - sum as f64 / 72.0).abs() < 1e-12);

    // A list beside its images, with another label: another identity.
    put(folder.path(), "scans/list.csv", table.replacen("sick", "well", 1));
    let other = open(&scans.join("list.csv"), None).unwrap().survey().unwrap();
    assert_ne!(other.sha256, survey.sha256);
    assert_eq!(other.facts, survey.facts);
}

#[test]
fn patients_are_dealt_by_their_names_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = Vec::new();
    for number in 0..80 {
        put(folder.path(), &format!("{number}.pgm"), small(number));
        rows.push(format!("{number}.pgm,{},p{}", number / 2 % 2, number / 2));
    }
    let splits = |rows: &[String]| -> BTreeMap<String, Split> {
        let table = format!("path,label,patient\n{}\n", rows.join("\n"));
        put(folder.path(), "labels.csv", table);
        let found = open(&folder.path().join("labels.csv"), None).unwrap();
        found.patients().iter().map(|it| (it.name.clone(), it.split)).collect()
    };
    let all = splits(&rows);
    assert_eq!(all.len(), 40);
    rows.reverse();
    assert_eq!(splits(&rows), all);
    // Fewer patients: those that are left stay where they are.
    rows.truncate(60);
    assert!(splits(&rows).iter().all(|(name, split)| all[name] == *split));
    let test = all.values().filter(|split| **split == Split::Test).count();
    // Binomial, 40 patients with a chance of 0.4: 16 ± 3 √9.6.
    assert!((7..=25).contains(&test), "{test}");

    let seed = Options { seed: 5, ..Options::default() };
    let found = Collection::open(&folder.path().join("labels.csv"), None, &seed).unwrap();
    assert!(found.patients().iter().any(|it| it.split != all[&it.name]));
}

#[test]
fn dicom_names_its_patients_and_scanners() {
    let folder = tempfile::tempdir().unwrap();
    let samples: Vec<u16> = (0..64).collect();
    for number in 0..12_u16 {
        // Of some the identity was removed.
        let patient = if number < 8 { format!("P{}", number / 4) } else { String::new() };
        let study = format!("1.2.{}", number / 2);
        let texts = [
            ([0x0008, 0x0070], "LO", "Maker"),
            ([0x0008, 0x1090], "LO", if number < 6 { "One" } else { "Two" }),
            ([0x0010, 0x0020], "LO", &*patient),
            ([0x0020, 0x000D], "UI", &*study),
        ];
        let mut samples = samples.clone();
        samples[0] = number;
        put(folder.path(), &format!("{number}.dcm"), dicom(8, &texts, &samples));
    }
    let splits = ["train", "test", "", "", "val", "test"];
    let mut table = "path,label,split\n".to_owned();
    for number in 0..12 {
        // Four images each of P0 and P1, then two of each study.
        let split = if number < 8 { splits[number / 4] } else { splits[number / 2] };
        table += &format!("{number}.dcm,{},{split}\n", number % 2);
    }
    put(folder.path(), "labels.csv", &table);
    let found = open(folder.path(), Some(&folder.path().join("labels.csv"))).unwrap();
    let names: Vec<&str> = found.patients().iter().map(|it| &*it.name).collect();
    assert_eq!(names, ["P0", "P1", "1.2.4", "1.2.5"]);
    assert!(found.names_patients());
    let survey = found.survey().unwrap();
    assert_eq!(survey.format.bits_stored, 12);
    assert_eq!(survey.facts[5].scanner.as_deref(), Some("Maker One"));
    assert_eq!(survey.facts[6].scanner.as_deref(), Some("Maker Two"));
}

/// Arrays as MedMNIST has them: `images` of each split, of `side` pixels.
fn medical(images: [usize; 3], side: usize) -> Vec<(&'static str, NpyArray)> {
    let mut arrays = Vec::new();
    let names = [
        ("train_images", "train_labels"),
        ("val_images", "val_labels"),
        ("test_images", "test_labels"),
    ];
    let mut value = 0_u32;
    for ((images_name, labels_name), count) in names.into_iter().zip(images) {
        let bytes = (0..count * side * side).map(|_| {
            value = value.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (value >> 24) as u8
        });
        arrays.push((images_name, NpyArray::bytes(&[count, side, side], bytes.collect())));
        let labels = (0..count).map(|it| (it % 2) as u8).collect();
        arrays.push((labels_name, NpyArray::bytes(&[count, 1], labels)));
    }
    arrays
}

#[test]
fn arrays_are_read_one_image_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let arrays = medical([10, 4, 6], 28);
    let images = arrays[0].1.bytes.clone();
    for (name, deflated) in [("stored.npz", false), ("deflated.npz", true)] {
        put(folder.path(), name, npz(&arrays, deflated));
        let found = open(&folder.path().join(name), None).unwrap();
        assert_eq!((found.items().len(), found.classes()), (20, &["0".into(), "1".into()][..]));
        let third = found.items().iter().find(|it| it.name == "train_images[3]").unwrap();
        assert_eq!(third.truth, Truth::Class(1));
        let read = found.read(third).unwrap().image;
        let expected: Vec<u16> = images[3 * 784..4 * 784].iter().map(|&it| it.into()).collect();
        assert_eq!((read.rows(), read.samples()), (28, &expected[..]));
        let survey = found.survey().unwrap();
        assert_eq!((survey.facts.len(), survey.facts[0].bytes), (20, None));
    }
}

#[test]
fn wrong_arrays_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |arrays: &[(&str, NpyArray)]| {
        put(folder.path(), "wrong.npz", npz(arrays, false));
        open(&folder.path().join("wrong.npz"), None).unwrap_err()
    };
    let with = |name: &'static str, array: NpyArray| {
        let mut arrays = medical([10, 4, 6], 28);
        arrays.retain(|(other, _)| *other != name);
        arrays.push((name, array));
        arrays
    };
    let several = with("test_labels", NpyArray::bytes(&[6, 14], vec![0; 84]));
    assert!(refused(&several).contains("an image has one label"), "{}", refused(&several));
    let fewer = with("test_labels", NpyArray::bytes(&[5, 1], vec![0; 5]));
    assert!(refused(&fewer).contains("5 numbers for 6 images of `test_images`"));
    let colours = with("test_images", NpyArray::bytes(&[6, 4, 4, 3], vec![0; 288]));
    assert!(refused(&colours).contains("have colours; save grey ones"));
    let claimed = with("test_images", NpyArray::bytes(&[6, 99_999, 99_999], vec![0; 8]));
    assert!(refused(&claimed).contains("has 8 bytes"), "{}", refused(&claimed));
    let none = [("volume", NpyArray::bytes(&[2, 2], vec![0; 4]))];
    assert!(refused(&none).contains("it must hold train_images"));
    let mut without = medical([10, 4, 6], 28);
    without.retain(|(name, _)| *name != "train_labels");
    assert!(refused(&without).contains("there is no array `train_labels`"));
    let mut untested = medical([10, 4, 6], 28);
    untested.retain(|(name, _)| !name.starts_with("test"));
    assert!(refused(&untested).contains("no image is in split test"));
}

/// A COCO file of 12 images of 6 patients with a box or none.
fn coco(folder: &Path) -> serde_json::Value {
    let (mut images, mut annotations) = (Vec::new(), Vec::new());
    for number in 0..12 {
        let name = format!("{number}.png");
        let samples: Vec<u16> = (0..40 * 30).map(|at| ((at * number + at) % 251) as u16).collect();
        put(folder, &name, png(40, &samples, 8));
        let split = ["train", "val", "test"][number / 4];
        images.push(serde_json::json!({
            "id": number, "file_name": name, "width": 40, "height": 30,
            "patient": number / 2, "split": split
        }));
        if number % 3 > 0 {
            annotations.push(serde_json::json!({
                "id": number, "image_id": number, "category_id": number % 2 + 5,
                "bbox": [number, 3.5, 8, 6], "iscrowd": 0, "segmentation": [[1, 2, 3]]
            }));
        }
    }
    serde_json::json!({
        "images": images, "annotations": annotations,
        "categories": [{"id": 5, "name": "mass"}, {"id": 6, "name": "cyst"}]
    })
}

#[test]
fn coco_boxes_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let labels = folder.path().join("boxes.json");
    let whole = coco(folder.path());
    put(folder.path(), "boxes.json", whole.to_string());
    let found = open(folder.path(), Some(&labels)).unwrap();
    assert!(found.has_boxes() && found.names_patients() && found.states_splits());
    assert_eq!((found.classes(), found.patients().len()), (&["cyst".into(), "mass".into()][..], 6));
    let Truth::Boxes(boxes) = &found.items()[4].truth else { panic!("no boxes") };
    assert_eq!((boxes[0].class, boxes[0].area), (Some(1), [3.5, 4.0, 6.0, 8.0]));
    assert_eq!(found.items()[3].truth, Truth::Boxes(Vec::new()));

    let changed = |change: &dyn Fn(&mut serde_json::Value), phrase: &str| {
        let mut changed = whole.clone();
        change(&mut changed);
        put(folder.path(), "boxes.json", changed.to_string());
        let said = open(folder.path(), Some(&labels)).unwrap_err();
        assert!(said.contains("boxes.json`") && said.contains(phrase), "{said}");
    };
    changed(
        &|it| it["annotations"][0]["bbox"] = [35, 0, 10, 5].into(),
        "is not inside the 40 x 30",
    );
    changed(&|it| it["annotations"][0]["image_id"] = 99.into(), "no image with the id 99");
    changed(&|it| it["annotations"][0]["category_id"] = 9.into(), "no category with the id 9");
    changed(&|it| it["images"][1]["id"] = 0.into(), "two images have the id 0");
    changed(&|it| it["images"][1]["file_name"] = "no.png".into(), "no file `no.png` of image 1");
    changed(&|it| it["images"][1]["split"] = "test".into(), "patient `0` is in split test here");
    changed(&|it| it["categories"][1]["name"] = "mass".into(), "is there twice");
    changed(&|it| it["categories"][1]["name"] = "absent".into(), "cannot be called `absent`");
    changed(&|it| it["images"][1]["width"] = "wide".into(), "is it a COCO file of boxes?");
    changed(&|it| it["annotations"] = serde_json::Value::Null, "line 1: column");
}

#[test]
fn boxes_are_of_the_images_that_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let whole = coco(folder.path());
    put(folder.path(), "boxes.json", whole.to_string());
    // Image 10, whose box ends at column 18, was made smaller after it was labelled.
    let samples: Vec<u16> = (0..20 * 15).map(|at| at % 250).collect();
    put(folder.path(), "10.png", png(20, &samples, 8));
    let labels = folder.path().join("boxes.json");
    open(folder.path(), Some(&labels)).unwrap().survey().unwrap();
    put(folder.path(), "10.png", png(10, &samples, 8));
    let said = open(folder.path(), Some(&labels)).unwrap().survey().unwrap_err().to_string();
    assert!(said.contains("`10.png` ends at row 9.5 and column 18, but"), "{said}");
    assert!(said.contains("30 rows and 10 columns"), "{said}");

    // Splits of COCO's own layout may number their images alike; patients are of all or of none.
    let apart = tempfile::tempdir().unwrap();
    for (split, value) in [("train", 1), ("val", 2), ("test", 3)] {
        let samples: Vec<u16> = (0..40 * 30).map(|at| at * value % 251).collect();
        put(apart.path(), &format!("{split}/1.png"), png(40, &samples, 8));
        let (box_of, text) = ([3, 3, 8, 6], format!("annotations/instances_{split}.json"));
        let of_split = serde_json::json!({
            "images": [{"id": 1, "file_name": "1.png", "width": 40, "height": 30}],
            "annotations": [{"id": 1, "image_id": 1, "category_id": 5, "bbox": box_of, "iscrowd": 0}],
            "categories": [{"id": 5, "name": "mass"}]
        });
        put(apart.path(), &text, of_split.to_string());
    }
    let found = open(apart.path(), None).unwrap();
    assert_eq!((found.patients().len(), found.names_patients()), (3, false));
    let mut partly = whole;
    partly["images"][3].as_object_mut().unwrap().remove("patient");
    put(folder.path(), "boxes.json", partly.to_string());
    let said = open(folder.path(), Some(&labels)).unwrap_err();
    assert!(said.contains("no patient is stated for `3.png`"), "{said}");
}

#[test]
fn frames_of_a_file_are_of_one_patient_and_copies_are_found_by_frame() {
    let folder = tempfile::tempdir().unwrap();
    let stack: Vec<u16> = (0..3 * 64).map(|at| at * 7 % 251).collect();
    let array = || {
        let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
        let header = "{'descr': '<u2', 'fortran_order': False, 'shape': (3, 8, 8), }";
        bytes.extend(format!("{header:<117}\n").bytes());
        bytes.extend(stack.iter().flat_map(|value| value.to_le_bytes()));
        bytes
    };
    for name in ["a", "b", "c"] {
        put(folder.path(), &format!("{name}.npy"), array());
    }
    let labels = folder.path().join("labels.csv");
    let mut table = "path,label,frame,split\n".to_owned();
    for (name, split) in ["a", "b", "c"].into_iter().zip(["train", "val", "test"]) {
        for frame in 1..=3 {
            table += &format!("{name}.npy,{},{frame},{split}\n", frame % 2);
        }
    }
    put(folder.path(), "labels.csv", table);
    let found = open(folder.path(), Some(&labels)).unwrap();
    let names: Vec<&str> = found.patients().iter().map(|it| &*it.name).collect();
    assert_eq!(names, ["a.npy", "b.npy", "c.npy"]);
    assert_eq!(found.patients()[1].items, [3, 4, 5]);
    let said = found.survey().unwrap_err().to_string();
    assert!(said.contains("are the same image in two splits"), "{said}");
}

#[test]
fn values_of_one_study_have_one_scale_and_the_window_is_that_of_all() {
    let folder = tempfile::tempdir().unwrap();
    let scanned = |scale: [&str; 2], windows: [&str; 6]| {
        let mut table = "path,label,split\n".to_owned();
        for (number, window) in windows.into_iter().enumerate() {
            let mut samples: Vec<u16> = (0..64).collect();
            samples[0] = number as u16;
            let texts = [
                ([0x0028, 0x1050], "DS", window),
                ([0x0028, 0x1051], "DS", "80"),
                ([0x0028, 0x1052], "DS", scale[usize::from(number == 5)]),
                ([0x0028, 0x1053], "DS", "1"),
            ];
            put(folder.path(), &format!("{number}.dcm"), dicom(8, &texts, &samples));
            table +=
                &format!("{number}.dcm,{},{}\n", number % 2, ["train", "val", "test"][number / 2]);
        }
        put(folder.path(), "labels.csv", table);
        let labels = folder.path().join("labels.csv");
        open(folder.path(), Some(&labels)).unwrap().survey().map_err(|error| error.to_string())
    };
    let one = scanned(["-1024"; 2], ["40"; 6]).unwrap().grey;
    assert_eq!((one.rescale.intercept, one.window.is_some()), (-1024.0, true));
    // Other windows: none is that of all, and values are what they were.
    let mixed = scanned(["-1024"; 2], ["40", "35", "40", "40", "40", "40"]).unwrap().grey;
    assert_eq!((mixed.rescale.intercept, mixed.window), (-1024.0, None));
    let said = scanned(["-1024", "0"], ["40"; 6]).unwrap_err();
    assert!(said.contains("`0.dcm` has slope 1 and intercept -1024"), "{said}");
    assert!(said.contains("`5.dcm` has slope 1 and intercept 0"), "{said}");
}

#[test]
fn what_is_wrong_in_a_table_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..4 {
        put(folder.path(), &format!("{number}.pgm"), small(number));
    }
    let labels = folder.path().join("labels.csv");
    for (table, phrase) in [
        ("path;label\n0.pgm;1\n", "line 1: values are apart by semicolons"),
        ("filename,label\n0.pgm,1\n", "column `filename` and no column `path`"),
        ("path,class\n0.pgm,1\n", "column `class` and no column `label`"),
        ("path,label,PatientID\n0.pgm,1,p\n", "column `PatientID`"),
        ("path,label,fold\n0.pgm,1,1\n", "column `fold` and no column `split`"),
        ("path,split\n0.pgm,train\n", "no column `label`: its class"),
        ("path,label,label\n0.pgm,1,1\n", "two columns `label`"),
        ("path,label\n", "a header and no row"),
        ("", "no column `path`"),
        ("path,label\n0.pgm,1\n9.pgm,0\n", "line 3: there is no file `9.pgm`"),
        ("path,label\n0.pgm,1\n1.pgm,\n", "line 3: column `label` is empty"),
        ("path,label\n0.pgm,1\n1.pgm\n", "line 3: "),
        ("path,label\n0.pgm,1\n0.pgm,0\n", "line 3: image `0.pgm` is there twice, first in line 2"),
        ("path,label\n0.pgm,1\n1.pgm,1\n", "all images are of class `1`"),
        ("path,label,patient\n0.pgm,1,\n", "line 2: column `patient` is empty"),
        ("path,label,split\n0.pgm,1,maybe\n", "line 2: column `split`: `maybe` is not train, val"),
        ("path,label,split\n0.pgm,1,train\n1.pgm,0,\n", "line 3: image `1.pgm` has no split"),
        (
            "path,label,patient,split\n0.pgm,1,a,train\n1.pgm,0,a,test\n",
            "line 3: patient `a` is in split test here and in train before in line 2",
        ),
        ("path,label,frame\n0.pgm,1,0\n", "line 2: column `frame`: `0` is no number"),
        ("path,label,split\n0.pgm,1,train\n1.pgm,0,train\n", "no image is in split test"),
        ("path,label\n0.pgm,1\n1.pgm,0\n", "was dealt to split"),
    ] {
        put(folder.path(), "labels.csv", table);
        let said = open(folder.path(), Some(&labels)).unwrap_err();
        assert!(said.contains(phrase), "{table}\n{said}");
        assert!(said.contains(&*folder.path().to_string_lossy()), "{said}");
    }
    let said = open(&folder.path().join("nowhere"), None).unwrap_err();
    assert!(said.contains("no such file or folder"), "{said}");
    let said = open(folder.path(), Some(&folder.path().join("0.pgm"))).unwrap_err();
    assert!(said.contains("labels are a CSV file"), "{said}");
    let said = open(&folder.path().join("0.pgm"), None).unwrap_err();
    assert!(said.contains("labelled images are a folder"), "{said}");
}

#[test]
fn images_that_do_not_belong_together_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let samples: Vec<u16> = (0..64).collect();
    let mut table = "path,label,split\n".to_owned();
    for number in 0..6 {
        let bits = if number == 4 { 16 } else { 8 };
        let mut samples = samples.clone();
        samples[1] = number;
        put(folder.path(), &format!("{number}.png"), png(8, &samples, bits));
        let split = ["train", "val", "test"][usize::from(number) / 2];
        table += &format!("{number}.png,{},{split}\n", number % 2);
    }
    put(folder.path(), "labels.csv", &table);
    let labels = folder.path().join("labels.csv");
    let said = open(folder.path(), Some(&labels)).unwrap().survey().unwrap_err().to_string();
    assert!(said.contains("`4.png` is of 16 bits stored in 16"), "{said}");
}

/// Files of labels that were made to harm: each is refused, soon, without a panic.
#[test]
fn hostile_labels_are_refused_soon() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "0.pgm", small(0));
    let many = "0.pgm,1\n".repeat(2_000_000);
    let wide = format!("path,label\n0.pgm,{}\n", "x".repeat(50_000_000));
    let deep = "[".repeat(1_000_000);
    let images = r#"{"id":1,"file_name":"0.pgm","width":1,"height":1},"#.repeat(2_000_000);
    let bomb = NpyArray::bytes(&[4, 30_000, 30_000], vec![0; 1 << 20]);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("many.csv", format!("path,label\n{many}").into_bytes()),
        ("wide.csv", wide.into_bytes()),
        ("binary.csv", (0..100_000_u32).map(|it| (it * 7919 % 256) as u8).collect()),
        ("quote.csv", b"path,label\n\"0.pgm,1\n".repeat(3)),
        ("nul.csv", b"path,label\n\0\0\0,1\n".to_vec()),
        ("deep.json", deep.into_bytes()),
        ("many.json", format!("{{\"images\":[{images}").into_bytes()),
        ("number.json", br#"{"images":[{"id":1e999,"file_name":"a"}]}"#.to_vec()),
        ("empty.json", Vec::new()),
        ("bomb.npz", npz(&[("train_images", bomb)], true)),
        ("short.npz", npz(&medical([4, 4, 4], 28), false)[..900].to_vec()),
    ];
    for (name, bytes) in cases {
        put(folder.path(), name, bytes);
        let path = folder.path().join(name);
        let began = Instant::now();
        let said = if name.ends_with("npz") || name.ends_with("csv") {
            open(&path, None).unwrap_err()
        } else {
            open(folder.path(), Some(&path)).unwrap_err()
        };
        assert!(said.contains(name) && said.len() < 600, "{name}: {said}");
        assert!(began.elapsed() < Duration::from_secs(2), "{name}: {:?}", began.elapsed());
        fs::remove_file(path).unwrap();
    }
}
