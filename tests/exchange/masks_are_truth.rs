//! Masks beside images and DICOM Segmentation objects say where targets are, of which class, and which
//! pixels are theirs.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use phantom_limit::collection::{Collection, Item, Options, Truth};
use phantom_limit::dataset::{Dataset, Split};
use phantom_limit::export::{self, Format, Request};
use phantom_limit::phantom::Phantom;

use crate::labelled::{grey, put};

const SOURCE: &str = include_str!("../phantom/small-detection.toml");

fn open(data: &Path, labels: Option<&Path>) -> Result<Collection, String> {
    let options = Options { testing: true, ..Options::default() };
    Collection::open(data, labels, &options).map_err(|error| error.to_string())
}

fn areas(found: &Collection, item: &Item) -> Vec<(String, [f64; 4])> {
    let Truth::Boxes(boxes) = &item.truth else { panic!("no boxes") };
    let name = |class: Option<u8>| found.classes()[usize::from(class.unwrap())].clone();
    boxes.iter().map(|it| (name(it.class), it.area)).collect()
}

/// 4 x 6 pixels with a value at each of some places.
fn mask(marked: &[(usize, u8)]) -> Vec<u8> {
    let mut samples = [0; 24];
    marked.iter().for_each(|&(at, value)| samples[at] = value);
    grey(6, &samples)
}

#[test]
fn masks_beside_images_mark_targets() {
    let folder = tempfile::tempdir().unwrap();
    let image = |number: u8| grey(6, &[number; 24]);
    for split in ["train", "test"] {
        put(folder.path(), &format!("{split}/a.pgm"), image(1));
        put(folder.path(), &format!("{split}/b.pgm"), image(2));
        // Rows 0 to 1, columns 1 to 2, touching at a corner; another target; nothing.
        put(folder.path(), &format!("{split}/a.mask.pgm"), mask(&[(1, 255), (8, 255), (23, 255)]));
        put(folder.path(), &format!("{split}/b_mask.pgm"), mask(&[]));
        put(folder.path(), &format!("{split}/a.window.pgm"), image(9));
    }
    let found = open(folder.path(), None).unwrap();
    assert!(found.has_boxes() && found.states_splits());
    let names: Vec<&str> = found.items().iter().map(|it| &*it.name).collect();
    assert_eq!(names, ["test/a.pgm", "test/b.pgm", "train/a.pgm", "train/b.pgm"]);
    let target = |area| ("target".to_owned(), area);
    let expected = [target([0.0, 1.0, 2.0, 2.0]), target([3.0, 5.0, 1.0, 1.0])];
    assert_eq!(areas(&found, &found.items()[0]), expected);
    assert_eq!(areas(&found, &found.items()[1]), []);
    let inside = found.mask(&found.items()[0]).unwrap().unwrap().inside;
    let marked: Vec<usize> = (0..24).filter(|&at| inside[at]).collect();
    assert_eq!(marked, [1, 8, 23]);

    put(folder.path(), "train/c.pgm", image(3));
    let said = open(folder.path(), None).unwrap_err();
    assert!(said.contains("c.pgm`: there is no mask `c.mask.png` beside it"), "{said}");
    fs::rename(folder.path().join("train/c.pgm"), folder.path().join("train/c.mask.pgm")).unwrap();
    let said = open(folder.path(), None).unwrap_err();
    assert!(said.contains("c.mask.pgm`: is a mask, and there is no image"), "{said}");
}

#[test]
fn folders_of_images_and_masks_name_classes_by_values() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "images/a.pgm", grey(6, &[1; 24]));
    put(folder.path(), "masks/a.pgm", mask(&[(0, 2), (1, 10)]));
    let found = open(folder.path(), None).unwrap();
    assert_eq!(found.classes(), ["2", "10"]);
    let sides = [("2", [0.0, 0.0, 1.0, 1.0]), ("10", [0.0, 1.0, 1.0, 1.0])];
    assert_eq!(areas(&found, &found.items()[0]), sides.map(|(name, area)| (name.to_owned(), area)));
    let before = found.survey().unwrap().sha256;
    put(folder.path(), "masks/a.pgm", mask(&[(0, 2), (1, 10), (7, 10)]));
    assert_ne!(open(folder.path(), None).unwrap().survey().unwrap().sha256, before);

    let every: Vec<u8> = (0..=255).collect();
    put(folder.path(), "masks/a.pgm", grey(16, &every));
    let said = open(folder.path(), None).unwrap_err();
    assert!(said.contains("masks/a.pgm`: the mask has 255 values: is it an image?"), "{said}");
}

#[test]
fn folders_of_classes_with_masks_keep_their_classes() {
    let folder = tempfile::tempdir().unwrap();
    for (number, class) in (0..).zip(["covid", "normal", "covid"]) {
        let image = grey(6, &[number; 24]);
        put(folder.path(), &format!("{class}/images/{number}.pgm"), image);
        put(folder.path(), &format!("{class}/masks/{number}.pgm"), mask(&[(4, 1)]));
    }
    let found = open(folder.path(), None).unwrap();
    assert_eq!(
        (found.classes(), found.has_boxes()),
        (&["covid".into(), "normal".into()][..], false)
    );
    let names: Vec<(&str, &Truth)> =
        found.items().iter().map(|it| (&*it.name, &it.truth)).collect();
    let expected = [
        ("covid/images/0.pgm", &Truth::Class(0)),
        ("covid/images/2.pgm", &Truth::Class(0)),
        ("normal/images/1.pgm", &Truth::Class(1)),
    ];
    assert_eq!(names, expected);
    assert!(found.mask(&found.items()[1]).unwrap().unwrap().inside[4]);

    // Below folders of splits as well; of one folder alone, masks are what is known.
    for split in ["train", "test"] {
        for class in ["covid", "normal"] {
            put(folder.path(), &format!("x/{split}/{class}/images/a.pgm"), grey(6, &[7; 24]));
            put(folder.path(), &format!("x/{split}/{class}/masks/a.pgm"), mask(&[]));
        }
    }
    let split = open(&folder.path().join("x"), None).unwrap();
    assert!(split.states_splits() && !split.has_boxes());
    assert_eq!(split.classes(), ["covid", "normal"]);
    let alone = open(&folder.path().join("covid"), None).unwrap();
    assert!(alone.has_boxes() && alone.has_outlines());
    let inside = tempfile::tempdir().unwrap();
    put(inside.path(), "scans/images/a.pgm", grey(6, &[7; 24]));
    put(inside.path(), "scans/masks/a.pgm", mask(&[(1, 1)]));
    assert!(open(inside.path(), None).unwrap().has_boxes());
}

#[test]
fn segmentation_objects_mark_the_images_that_they_refer_to() {
    let folder = tempfile::tempdir().unwrap();
    let phantom = Phantom::parse(SOURCE, "small-detection.toml").unwrap();
    let request = Request {
        version: "test".into(),
        images: [(Split::Train, 3), (Split::Test, 2)].into(),
        formats: Format::complete(&[Format::Dicom, Format::Npy]),
        ..Request::of(&phantom, SOURCE.into(), 1)
    };
    let dataset = Dataset::new(phantom, 1);
    let stopped = AtomicBool::new(false);
    export::write(&dataset, &request, folder.path(), 2, &|_| {}, &stopped).unwrap();
    // What is not DICOM would be images without truth.
    let slices = tempfile::tempdir().unwrap();
    for split in ["train", "test"] {
        fs::create_dir(slices.path().join(split)).unwrap();
        for number in 0..request.images[&named(split)] {
            for ending in ["dcm", "seg.dcm"] {
                let name = format!("{split}/{number:06}.{ending}");
                fs::copy(folder.path().join(&name), slices.path().join(&name)).unwrap();
            }
        }
    }
    let found = open(slices.path(), None).unwrap();
    assert_eq!((found.items().len(), found.patients().len()), (5, 5));
    assert!(found.has_boxes() && found.states_splits() && found.names_patients());
    for item in found.items() {
        let (split, file) = item.name.split_once('/').unwrap();
        let index = &file[..6];
        let said = found.mask(item).unwrap();
        let drawn = fs::read(folder.path().join(format!("{split}/{index}.mask.npy"))).unwrap();
        let pixels = said.as_ref().map_or(0, |mask| mask.inside.len());
        let drawn: Vec<bool> = drawn[drawn.len() - pixels..].iter().map(|&it| it > 0).collect();
        assert_eq!(said.map_or_else(Vec::new, |mask| mask.inside), drawn, "{}", item.name);
        assert_eq!(areas(&found, item).is_empty(), !drawn.contains(&true), "{}", item.name);
    }

    // Segmentations in a folder of their own.
    let apart = tempfile::tempdir().unwrap();
    for number in 0..3 {
        let name = format!("{number:06}.seg.dcm");
        let from = slices.path().join("train").join(&name);
        fs::rename(from, apart.path().join(&name)).unwrap();
    }
    let train = slices.path().join("train");
    let again = open(&train, Some(apart.path())).unwrap();
    assert_eq!(again.items().len(), 3);
    assert_eq!(areas(&again, &again.items()[0]), areas(&found, &found.items()[2]));
    // One of another image, and an image that none refers to.
    fs::copy(slices.path().join("test/000000.seg.dcm"), apart.path().join("x.dcm")).unwrap();
    let said = open(&train, Some(apart.path())).unwrap_err();
    assert!(
        said.contains("x.dcm`: frame 1 marks the image") && said.contains("put it there"),
        "{said}"
    );
    fs::remove_file(apart.path().join("x.dcm")).unwrap();
    fs::remove_file(apart.path().join("000001.seg.dcm")).unwrap();
    let said = open(&train, Some(apart.path())).unwrap_err();
    assert!(said.contains("refers to the series of `000001.dcm`"), "{said}");
    let said = open(&train, Some(&train.join("000000.dcm"))).unwrap_err();
    assert!(said.contains("000000.dcm`: holds no DICOM Segmentation object"), "{said}");
}

#[test]
fn classes_of_segments_are_their_types_and_labels_where_there_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let phantom = Phantom::parse(SOURCE, "small-detection.toml").unwrap();
    let request = Request {
        version: "test".into(),
        images: [(Split::Test, 1)].into(),
        formats: Format::complete(&[Format::Dicom]),
        ..Request::of(&phantom, SOURCE.into(), 1)
    };
    let stopped = AtomicBool::new(false);
    export::write(&Dataset::new(phantom, 1), &request, folder.path(), 1, &|_| {}, &stopped)
        .unwrap();
    // Alone: the mask beside an image would come before.
    let test = folder.path().join("alone");
    fs::create_dir(&test).unwrap();
    fs::copy(folder.path().join("test/000000.dcm"), test.join("000000.dcm")).unwrap();
    let path = test.join("000000.seg.dcm");
    let file = fs::read(folder.path().join("test/000000.seg.dcm")).unwrap();
    let classes = |change: &dyn Fn(&[u8]) -> Vec<u8>| -> Vec<String> {
        fs::write(&path, change(&file)).unwrap();
        open(&test, None).unwrap().classes().to_vec()
    };
    let replaced = |bytes: &[u8], from: &[u8], to: &[u8]| -> Vec<u8> {
        let mut found = bytes.to_vec();
        let places = 0..=bytes.len() - from.len();
        for at in places.filter(|&at| bytes[at..].starts_with(from)) {
            found[at..at + to.len()].copy_from_slice(to);
        }
        assert_ne!(found, bytes);
        found
    };
    let drawn = classes(&<[u8]>::to_vec);
    // SegmentLabel (0062,0005): the type says which class it is. Text of an odd length ends in a space
    // (PS3.5 6.2).
    let label = |name: &[u8]| [b"\x62\0\x05\0LO", &[name.len() as u8, 0][..], name].concat();
    let padded = |name: &String| {
        let mut text = name.clone().into_bytes();
        text.resize(text.len().next_multiple_of(2), b' ');
        text
    };
    let is_labelled = |name: &Vec<u8>| {
        let sought = label(name);
        file.windows(sought.len()).any(|bytes| bytes == sought)
    };
    let first = drawn.iter().map(padded).find(is_labelled).unwrap();
    let numbered = vec![b'x'; first.len()];
    assert_eq!(classes(&|it| replaced(it, &label(&first), &label(&numbered))), drawn);
    // Without SegmentedPropertyTypeCodeSequence (0062,000F) the label does.
    let untyped = |it: &[u8]| replaced(it, b"\x62\0\x0F\0SQ", b"\x63\0\x0F\0SQ");
    assert_eq!(classes(&untyped), drawn);
    let labelled = classes(&|it| replaced(&untyped(it), &label(&first), &label(&numbered)));
    assert!(labelled.contains(&String::from_utf8(numbered).unwrap()), "{labelled:?}");
}

fn named(split: &str) -> Split {
    if split == "train" { Split::Train } else { Split::Test }
}
