//! DICOM objects as on a medium: names that file identifiers allow, and the DICOMDIR that lists them.
//! Compressed images and those of planes without a place have no mask.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use super::Request;
use super::dicom::directory::{self, Listed};
use super::objects;
use crate::dataset::Split;

/// Directory of the medium; what is in it can be written to a disc as it is.
pub(super) const DIRECTORY: &str = "dicomdir";

/// Files of an image and of its mask below the directory: two components of at most 8 characters (PS3.10
/// 8.2), enough for ten million images.
pub(super) fn paths(split: Split, index: u64) -> [String; 2] {
    let split = split.name().to_uppercase();
    ["I", "S"].map(|kind| format!("{split}/{kind}{index:07}"))
}

/// Writes the DICOMDIR of a rendition, whose files lie in `root`.
pub(super) fn list(
    request: &Request,
    rendition: &str,
    root: &Path,
    out: &mut dyn Write,
) -> io::Result<()> {
    let of_image = |split: Split, index: u64| -> io::Result<Vec<Listed>> {
        let mut files = Vec::new();
        let [of_image, of_mask] = paths(split, index);
        for (path, needed) in [(of_image, true), (of_mask, false)] {
            let place = root.join(&path);
            if needed || place.exists() {
                files.push(Listed::read(path.replace('/', "\\"), File::open(place)?)?);
            }
        }
        Ok(files)
    };
    let patients = || {
        request
            .splits()
            .flat_map(|(split, images)| (0..images).map(move |index| (split, index)))
            .map(|(split, index)| of_image(split, index))
    };
    directory::write(&[&objects::identity(request), rendition], patients, out)
}
