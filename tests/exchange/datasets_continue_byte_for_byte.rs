//! A dataset of every format that is stopped anywhere and continued ends with the bytes of one
//! that was not; what was lost in between is written again; others' directories are left alone.
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use phantom_limit::dataset::{Dataset, Split};
use phantom_limit::export::{self, Compression, ExportError, Format, Request};
use phantom_limit::files::{self, Lock};
use phantom_limit::phantom::Phantom;

const SOURCE: &str = include_str!("../phantom/small.toml");
const FORMATS: [Format; 9] = [
    Format::Npy,
    Format::Npz,
    Format::Png,
    Format::Tiff,
    Format::Dicom,
    Format::Codestream,
    Format::ImageFolder,
    Format::WebDataset,
    Format::Coco,
];
/// More than one part of 50 images, and one split that is empty.
const IMAGES: [(Split, u64); 3] = [(Split::Train, 53), (Split::Tune, 0), (Split::Test, 7)];

fn dataset() -> Dataset {
    Dataset::new(Phantom::parse(SOURCE, "small.toml").unwrap(), 1)
}

fn request(formats: &[Format], compress: &[&str]) -> Request {
    let phantom = Phantom::parse(SOURCE, "small.toml").unwrap();
    let format = phantom.formation.matrix.format;
    let ways = compress.iter().map(|way| way.parse::<Compression>().unwrap());
    Request {
        version: "test".into(),
        images: IMAGES.into(),
        formats: Format::complete(formats),
        compress: ways.map(|way| way.possible_for(format)).collect(),
        ..Request::of(&phantom, SOURCE.into(), 1)
    }
}

/// Writes on `workers` threads and asks to stop after `limit` images.
fn write(
    request: &Request,
    directory: &Path,
    workers: usize,
    limit: u64,
) -> Result<(), ExportError> {
    let (done, stopped) = (AtomicU64::new(0), AtomicBool::new(false));
    let count = |images| {
        if done.fetch_add(images, Ordering::Relaxed) + images >= limit {
            stopped.store(true, Ordering::Relaxed);
        }
    };
    export::write(&dataset(), request, directory, workers, &count, &stopped)
}

fn contents(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let read = |file: String| (file.clone(), fs::read(directory.join(&file)).unwrap());
    files::listing(directory).unwrap().into_iter().map(read).collect()
}

#[test]
fn stopped_anywhere_and_continued() {
    let request = request(&FORMATS, &["jpeg2000@10", "jpeg@8", "lossless"]);
    let whole = tempfile::tempdir().unwrap();
    write(&request, whole.path(), 2, u64::MAX).unwrap();
    let expected = contents(whole.path());
    for file in [
        "README.md",
        "croissant.json",
        "manifest.json",
        "train/000052.npz",
        "test/000006.dcm",
        "jpeg-windowed-8/test/000000.jpg",
        "lossless/webdataset/train-000001.tar",
        "jpeg2000-10/annotations/instances_test.json",
    ] {
        assert!(expected.contains_key(file), "no {file}");
    }
    assert!(!expected.keys().any(|file| file.contains("parts/") || file.contains("tune")));
    assert_eq!(export::verify(whole.path()).unwrap(), []);

    let directory = tempfile::tempdir().unwrap();
    for limit in [3, 51, 58] {
        let error = write(&request, directory.path(), 1, limit).unwrap_err();
        assert!(matches!(error, ExportError::Stopped), "{error}");
        // No file has its name before it is whole.
        for (file, bytes) in contents(directory.path()) {
            if !file.starts_with("parts/") {
                assert!(expected[&file] == bytes, "{file} was half-written");
            }
        }
    }
    // What a power cut may lose of a finished part, and what a killed process leaves.
    fs::write(directory.path().join("train/000007.npy"), "").unwrap();
    fs::remove_file(directory.path().join("lossless/train/000009.dcm")).unwrap();
    fs::write(directory.path().join("train/000001.npy.1-2.partial"), "half").unwrap();
    write(&request, directory.path(), 2, u64::MAX).unwrap();
    let found = contents(directory.path());
    for (file, bytes) in &expected {
        assert!(found.get(file) == Some(bytes), "{file} differs");
    }
    assert_eq!(found.len(), expected.len());
    assert!(!directory.path().join("train/000001.npy.1-2.partial").exists());
}

#[test]
fn a_finished_dataset_is_left_as_it_is() {
    let request = request(&[Format::WebDataset], &[]);
    let directory = tempfile::tempdir().unwrap();
    write(&request, directory.path(), 1, u64::MAX).unwrap();
    let before = contents(directory.path());
    // Killed after the manifest and before the parts were removed.
    fs::create_dir_all(directory.path().join("parts")).unwrap();
    fs::write(directory.path().join("parts/train-000000.json"), "{}").unwrap();
    write(&request, directory.path(), 1, u64::MAX).unwrap();
    assert_eq!(contents(directory.path()), before);
    assert_eq!(export::verify(directory.path()).unwrap(), []);
    // Only shards: metadata names no image.
    let lines = String::from_utf8(before["train/metadata.jsonl"].clone()).unwrap();
    assert_eq!(lines.lines().count(), 53);
    assert!(!lines.contains("file_name"));
    assert!(!before.contains_key("train/000000.mask.png"));
}

#[test]
fn two_processes_do_not_write_one_dataset() {
    let request = request(&[Format::Npy], &[]);
    let directory = tempfile::tempdir().unwrap();
    let stopped = write(&request, directory.path(), 1, 2);
    assert!(matches!(stopped, Err(ExportError::Stopped)));
    let held = Lock::take(&directory.path().join("parts/writer.lock")).unwrap();
    assert!(held.is_some());
    let error = write(&request, directory.path(), 1, u64::MAX).unwrap_err();
    assert!(matches!(error, ExportError::Busy { .. }), "{error}");
    drop(held);
    write(&request, directory.path(), 1, u64::MAX).unwrap();
}

#[test]
fn other_options_and_others_directories_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let first = request(&[Format::Npy], &[]);
    write(&first, directory.path(), 1, 2).unwrap_err();
    for (other, what) in [
        (request(&[Format::Tiff], &[]), "--format"),
        (request(&[Format::Npy], &["jpeg@8"]), "--compress"),
        (Request { seed: 2, ..first.clone() }, "--seed"),
    ] {
        let error = write(&other, directory.path(), 1, u64::MAX).unwrap_err().to_string();
        assert!(error.contains(what), "{error}");
    }
    let foreign = tempfile::tempdir().unwrap();
    fs::write(foreign.path().join("thesis.tex"), "years of work").unwrap();
    write(&first, foreign.path(), 1, u64::MAX).unwrap_err();
    assert_eq!(contents(foreign.path()).len(), 1);
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let request = request(&[Format::Npz, Format::WebDataset, Format::Coco], &["jpeg2000@20"]);
    let [one, three] = [1, 3].map(|workers| {
        let directory = tempfile::tempdir().unwrap();
        write(&request, directory.path(), workers, u64::MAX).unwrap();
        contents(directory.path())
    });
    assert!(one == three);
}
