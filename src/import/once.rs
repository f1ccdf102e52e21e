//! Finds the images of a dataset that `generate` wrote, where each may lie in several formats, with masks,
//! renditions and regions beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Folder, ImportError, images_in};
use crate::dataset::Split;

/// Formats of an image, the one that says most of it first.
const FORMATS: [&str; 5] = ["dcm", "png", "tiff", "npy", "npz"];

/// A request with its phantom is shorter; a pipe of that name is none.
const REQUEST_BYTES: u64 = 1 << 24;

/// As [`images_in`], but of a dataset that `generate` wrote the images alone, each once. Masks, regions
/// and what is compressed already are passed over; a dataset without image files of its own, such as one
/// of regions alone, is a directory like any other.
///
/// # Errors
/// As [`images_in`].
pub fn images_once(directory: &Path) -> Result<Folder, ImportError> {
    let Folder { images, mut others } = images_in(directory)?;
    let mut known = BTreeMap::new();
    let mut once: BTreeMap<PathBuf, (usize, PathBuf)> = BTreeMap::new();
    let mut datasets = BTreeSet::new();
    let placed: Vec<(PathBuf, Option<PathBuf>)> = images
        .into_iter()
        .map(|image| {
            // The dataset may begin above the directory that was named.
            let whole = image.canonicalize().unwrap_or_else(|_| image.clone());
            let dataset = dataset_of(&whole, &mut known);
            if let Some(dataset) = &dataset
                && let Some(format) = format_of(&whole, dataset)
            {
                datasets.insert(dataset.clone());
                let held = once.entry(whole.with_extension("")).or_insert((format, image.clone()));
                if format < held.0 {
                    *held = (format, image.clone());
                }
            }
            (image, dataset)
        })
        .collect();
    let mut images: Vec<PathBuf> = once.into_values().map(|(_, image)| image).collect();
    let chosen: BTreeSet<PathBuf> = images.iter().cloned().collect();
    for (image, dataset) in placed {
        if dataset.is_none_or(|dataset| !datasets.contains(&dataset)) {
            images.push(image);
        } else if !chosen.contains(&image) {
            others.push(image);
        }
    }
    images.sort();
    others.sort();
    Ok(Folder { images, others })
}

/// The directory of the dataset in which a file lies.
fn dataset_of(image: &Path, known: &mut BTreeMap<PathBuf, bool>) -> Option<PathBuf> {
    let is_dataset = |directory: &Path| {
        let path = directory.join("dataset.json");
        let is_short = path.metadata().is_ok_and(|it| it.is_file() && it.len() < REQUEST_BYTES);
        let text = if is_short { fs::read(path).unwrap_or_default() } else { Vec::new() };
        let request: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
        ["phantom_hash", "phantom_source", "format"].iter().all(|key| request.get(key).is_some())
    };
    let mut above = image.ancestors().skip(1);
    above
        .find(|directory| {
            *known.entry(directory.to_path_buf()).or_insert_with(|| is_dataset(directory))
        })
        .map(Path::to_owned)
}

/// The place in [`FORMATS`] of an image of a split, which no codec has changed; `None` for all else in the
/// dataset.
fn format_of(image: &Path, dataset: &Path) -> Option<usize> {
    let split = image.parent()?;
    let is_split = Split::ALL.iter().any(|it| split == dataset.join(it.name()));
    let number = image.file_stem()?.to_str()?;
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    let format = FORMATS.iter().position(|format| image.extension() == Some(OsStr::new(format)))?;
    (is_split && is_number).then_some(format)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(root: &Path, name: &str, content: &[u8]) {
        let path = root.join(name);
        fs::create_dir_all(path.parent().expect("a directory")).expect("made");
        fs::write(path, content).expect("written");
    }

    fn names(root: &Path, below: &str) -> Vec<String> {
        let folder = images_once(&root.join(below)).expect("images");
        let name = |path: &PathBuf| path.strip_prefix(root).expect("below").display().to_string();
        folder.images.iter().map(name).collect()
    }

    #[test]
    fn images_of_a_dataset_come_once_and_others_as_they_are() {
        let place = tempfile::tempdir().expect("a directory");
        let root = place.path();
        let pgm = b"P5 1 1 255\n\0";
        let request = br#"{"format":4,"phantom_hash":"0","phantom_source":""}"#;
        put(root, "set/dataset.json", request);
        // The content decides what is an image, the name which one.
        for name in [
            "set/train/000000.npy",
            "set/train/000000.mask.npy",
            "set/train/000000.dcm",
            "set/train/000000.seg.dcm",
            "set/train/000000.window.png",
            "set/test/000001.npy",
            "set/test/000001.npz",
            "set/jpeg-10/test/000001.png",
            "set/yolo/images/test/000001.png",
            "own/000001.npy",
            "own/000001.png",
            "regions/imagefolder/train/0-disk/000000-001.png",
        ] {
            put(root, name, pgm);
        }
        put(root, "regions/dataset.json", request);
        let of_train = ["set/train/000000.dcm"];
        let regions = ["regions/imagefolder/train/0-disk/000000-001.png"];
        let own = ["own/000001.npy", "own/000001.png"];
        assert_eq!(names(root, "set"), ["set/test/000001.npy", of_train[0]]);
        assert_eq!(names(root, "set/train"), of_train);
        assert_eq!(names(root, "own"), own);
        assert_eq!(names(root, "regions"), regions);
        let all = [&own[..], &regions, &["set/test/000001.npy"], &of_train].concat();
        assert_eq!(names(root, ""), all);
        let folder = images_once(&root.join("set/train")).expect("images");
        assert_eq!(folder.others.len(), 4);
    }
}
