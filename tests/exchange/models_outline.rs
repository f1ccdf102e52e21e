//! A model that outlines: its maps come back to the image, whatever it takes, and its outlines are
//! judged against the masks beside the images.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use phantom_limit::appraisal::{Appraisal, Request, check_file};
use phantom_limit::codec::CodecName;
use phantom_limit::files;
use phantom_limit::image::{Image, SampleFormat};
use phantom_limit::import::{self, Reading};
use phantom_limit::model::{Answer, CheckRecord, Comparison, ModelFile, Network, Picture};
use phantom_limit::record::{Margin, Readers};

use super::networks::{graph, model, node};

const EIGHT: SampleFormat = SampleFormat { bits_stored: 8, bits_allocated: 8 };

/// A network that gives what it is given.
fn identity() -> Vec<u8> {
    model(&graph(&[node("Identity", &["image"], &["logits"], None)], &[]))
}

/// A model file of it: pixels above 125 are the target.
fn text(layout: &str, more: &str) -> String {
    format!(
        "format = 1\nfile = \"net.onnx\"\ntask = \"segmentation\"\n[input]\nlayout = \"{layout}\"\n\
         channels = 1\nvalues = \"stored\"\nmean = 125.0\n{more}\n[output]\n\
         activation = \"sigmoid\"\nclasses = [\"target\"]\npresent = [\"target\"]\n"
    )
}

/// A grey PNG file.
fn png(path: &Path, [rows, columns]: [usize; 2], value: impl Fn(usize, usize) -> u8) {
    let samples: Vec<u8> =
        (0..rows * columns).map(|at| value(at / columns, at % columns)).collect();
    let file = fs::File::create(path).unwrap();
    let mut encoder = png::Encoder::new(file, columns as u32, rows as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header().unwrap().write_image_data(&samples).unwrap();
}

#[test]
fn maps_come_back_to_the_image() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("x.png");
    let value = |row: usize, column: usize| (row * 37 + column * 61) as u8;
    png(&path, [5, 7], value);
    let file = import::read(&path, Reading::default()).unwrap();
    let expected: Vec<bool> = (0..35).map(|at| value(at / 7, at % 7) > 125).collect();
    for (layout, more) in [
        ("NCHW", ""),
        ("NHWC", ""),
        ("NCHW", "multiple = 16"),
        ("NHWC", "multiple = 4\npadding = \"edge\""),
        // Twice the size, and back by bilinear resampling: the mean of four equal pixels.
        ("NCHW", "size = [10, 14]\nkernel = \"nearest\""),
    ] {
        let described = ModelFile::parse(&text(layout, more), "m.toml").unwrap();
        let network = Network::read(&identity(), &described).unwrap();
        let picture = Picture { image: &file.image, file: &file, windowed: false };
        let prepared = described.input.prepare(&picture).unwrap();
        let output = network.run(&prepared.tensor).unwrap();
        let Answer::Pixels(mask) = described.answer(&output, &prepared).unwrap() else {
            panic!("a model that outlines gives pixels")
        };
        assert_eq!([mask.rows, mask.columns], [5, 7]);
        assert_eq!(mask.inside, expected, "{layout} {more}");
    }
}

#[test]
fn padding_is_zero_behind_the_normalisation_and_half_before_the_image() {
    let image = Image::new(1, 3, EIGHT, vec![225, 25, 125]).unwrap();
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("x.png");
    png(&path, [1, 3], |_, column| [225, 25, 125][column]);
    let file = import::read(&path, Reading::default()).unwrap();
    let picture = Picture { image: &image, file: &file, windowed: false };
    let values = |more: &str| {
        let described = ModelFile::parse(&text("NCHW", more), "m.toml").unwrap();
        described.input.prepare(&picture).unwrap().tensor.values
    };
    assert_eq!(values("deviation = 100.0"), [1.0, -1.0, 0.0]);
    let row = [0.0, 1.0, -1.0, 0.0, 0.0, 0.0];
    let filled = values("deviation = 100.0\nmultiple = 6");
    // Five rows more: two before the image, three behind.
    assert_eq!(filled[12..18], row);
    assert!(filled[..12].iter().chain(&filled[18..]).all(|&value| value == 0.0));
    let edge = values("deviation = 100.0\nmultiple = 6\npadding = \"edge\"");
    assert_eq!(edge[..6], [1.0, 1.0, -1.0, 0.0, 0.0, 0.0]);
    assert_eq!(edge[30..], edge[..6]);
}

/// 24 patients, each with a bright square at a place of its own and the mask of it; and models of the
/// identity that have passed a check.
fn study(place: &Path, models: usize) -> Request {
    fs::create_dir(place.join("scans")).unwrap();
    let mut table = "path,label,patient\n".to_owned();
    for patient in 0..24_usize {
        let inside = move |row: usize, column: usize| {
            (20..40).contains(&(row + patient / 6)) && (18..38).contains(&(column + patient % 6))
        };
        let texture = |row: usize, column: usize| ((row * 7 + column * 13 + patient) % 40) as u8;
        let path = place.join(format!("scans/p{patient:02}.png"));
        png(&path, [64, 64], |row, column| {
            texture(row, column) + if inside(row, column) { 150 } else { 60 }
        });
        png(&path.with_extension("mask.png"), [64, 64], |row, column| {
            u8::from(inside(row, column))
        });
        table += &format!("p{patient:02}.png,square,p{patient:02}\n");
    }
    fs::write(place.join("labels.csv"), table).unwrap();
    fs::write(place.join("net.onnx"), identity()).unwrap();
    let mut files: Vec<PathBuf> = Vec::new();
    for number in 0..models {
        let path = place.join(format!("fold{number}.toml"));
        let text = text("NCHW", &format!("# fold {number}"));
        fs::write(&path, &text).unwrap();
        let hashes = [files::sha256(text.as_bytes()), files::sha256(&identity()), String::new()];
        let described = ModelFile::parse(&text, "fold.toml").unwrap();
        let network = Network::read(&identity(), &described).unwrap();
        let record = CheckRecord::of(&Comparison { stages: Vec::new() }, &network, hashes);
        fs::write(check_file(&path), files::json(&record)).unwrap();
        files.push(path);
    }
    Request {
        data: place.join("scans"),
        labels: Some(place.join("labels.csv")),
        models: files,
        codecs: vec![CodecName::Jpeg2000, CodecName::Jpeg],
        ratios: vec![4.0, 2.0],
        paths: Vec::new(),
        bits_stored: None,
        readers: None,
        margin: Margin::Score(0.05),
        alpha: 0.025,
        seed: 1,
    }
}

#[test]
fn outlines_are_judged_against_the_masks_beside_the_images() {
    let place = tempfile::tempdir().unwrap();
    let request = study(place.path(), 5);
    let out = place.path().join("run");
    let appraisal = Appraisal::begin(&request, &out).unwrap();
    assert_eq!(appraisal.images(), 24);
    let stopped = Arc::new(AtomicBool::new(false));
    let done = appraisal.run(&stopped, &|| {}).unwrap();
    let data = done.results.data.as_ref().unwrap();
    // Five folds are a sample of models trained like them.
    assert_eq!((data.readers, data.images), (Readers::Sampled, 24));
    assert_eq!(done.results.arms.len(), 2);
    for arm in &done.results.arms {
        assert_eq!((arm.task.as_str(), arm.images, arm.levels.len()), ("segmentation", 24, 2));
        assert_eq!(arm.original_score, 1.0);
    }
    assert_eq!(done.spent.images, 24);
    // One for each model and rendition: originals, and two codecs at two levels.
    assert_eq!(done.spent.answers, 24 * 5 * 5);
    let mask = place.path().join("scans/p07.mask.png");
    fs::remove_file(&mask).unwrap();
    let again = Appraisal::begin(&request, &place.path().join("other")).unwrap();
    let error = again.run(&stopped, &|| {}).unwrap_err().to_string();
    assert!(error.contains("p07.png") && error.contains("no mask"), "{error}");
}

#[test]
fn masks_of_annotations_are_truth_like_files() {
    let place = tempfile::tempdir().unwrap();
    let usual = study(place.path(), 1);
    let (mut images, mut annotations) = (Vec::new(), Vec::new());
    for patient in 0..24_usize {
        fs::remove_file(place.path().join(format!("scans/p{patient:02}.mask.png"))).unwrap();
        let [top, left] = [20 - patient / 6, 18 - patient % 6];
        let [bottom, right] = [top + 20, left + 20];
        images.push(serde_json::json!({
            "id": patient, "file_name": format!("p{patient:02}.png"), "width": 64, "height": 64
        }));
        annotations.push(serde_json::json!({
            "image_id": patient, "category_id": 1,
            "segmentation": [[left, top, right, top, right, bottom, left, bottom]]
        }));
    }
    let coco = serde_json::json!({
        "images": images, "annotations": annotations, "categories": [{"id": 1, "name": "square"}]
    });
    let labels = place.path().join("masks.json");
    fs::write(&labels, coco.to_string()).unwrap();
    let request = Request { labels: Some(labels), ..usual };
    let appraisal = Appraisal::begin(&request, &place.path().join("run")).unwrap();
    let stopped = Arc::new(AtomicBool::new(false));
    let done = appraisal.run(&stopped, &|| {}).unwrap();
    for arm in &done.results.arms {
        assert_eq!((arm.task.as_str(), arm.images, arm.original_score), ("segmentation", 24, 1.0));
    }
}

#[test]
fn a_stopped_call_keeps_what_is_done() {
    let place = tempfile::tempdir().unwrap();
    let request = Request { codecs: vec![CodecName::Jpeg], ..study(place.path(), 1) };
    let out = place.path().join("run");
    let appraisal = Appraisal::begin(&request, &out).unwrap();
    let stopped = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&stopped);
    let after_one = move || stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let error = appraisal.run(&stopped, &after_one).unwrap_err();
    assert_eq!(error.to_string(), "stopped");
    let kept = fs::read_dir(out.join("images")).unwrap().count();
    assert!((1..24).contains(&kept), "{kept}");
    let go = Arc::new(AtomicBool::new(false));
    let done = Appraisal::begin(&request, &out).unwrap().run(&go, &|| {}).unwrap();
    assert_eq!(done.spent.images as usize, 24 - kept);
    assert_eq!(done.results.data.unwrap().readers, Readers::Fixed);
}
