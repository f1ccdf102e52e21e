//! What a file beside an image is, by its name; reads no file.

use std::path::Path;

/// What goes with an image and is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// The pixels of its targets: `scan.mask.png`, `scan_mask.png`.
    Mask,
    /// The image as it is displayed, `scan.window.png`, or its truth as DICOM, `scan.seg.dcm`.
    Other,
}

impl Beside {
    /// What the name of a file says; `None` of an image.
    ///
    /// ```
    /// use std::path::Path;
    /// use phantom_limit::import::Beside;
    /// assert_eq!(Beside::of(Path::new("a/scan_mask.png")), Some(Beside::Mask));
    /// assert_eq!(Beside::of(Path::new("scan.window.png")), Some(Beside::Other));
    /// assert_eq!(Beside::of(Path::new("rose_window.png")), None);
    /// assert_eq!(Beside::of(Path::new("mask.png")), None);
    /// ```
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let stem = path.file_stem()?.to_str()?;
        let ends = |ending: &str| stem.len() > ending.len() && stem.ends_with(ending);
        if ends(".mask") || ends("_mask") {
            Some(Self::Mask)
        } else if ends(".window") || ends(".seg") {
            Some(Self::Other)
        } else {
            None
        }
    }
}
