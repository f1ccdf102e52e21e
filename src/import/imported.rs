//! A user's image with what its file states of it.

use super::kind::FileKind;
use crate::image::{Image, Rescale, Window};

/// A user's image and what its file states of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// Stored values; those of signed files with [`offset`](Self::offset) added.
    pub image: Image,
    /// Kind of the file.
    pub kind: FileKind,
    /// True if the file itself states the bits stored; false if they are the requested ones, or
    /// all that its samples have room for.
    pub states_bits_stored: bool,
    /// From the values of `image` to physical ones; the identity where the file has none.
    pub rescale: Rescale,
    /// Display window in physical units, the first of the file.
    pub window: Option<Window>,
    /// True if the smallest value is shown white (DICOM MONOCHROME1).
    pub inverted: bool,
    /// Added to every value of a file with signed samples: 2^(bits stored − 1). 0 otherwise.
    pub offset: u16,
    /// Distance of pixel centres down the columns and along the rows.
    pub pixel_spacing_mm: Option<[f64; 2]>,
    /// What the file states of earlier lossy compression.
    pub lossy: Option<LossyPast>,
}

impl Imported {
    /// An image of a file that states nothing but its samples.
    pub(super) fn plain(image: Image, kind: FileKind, states_bits_stored: bool) -> Self {
        Self {
            image,
            kind,
            states_bits_stored,
            rescale: Rescale { slope: 1.0, intercept: 0.0 },
            window: None,
            inverted: false,
            offset: 0,
            pixel_spacing_mm: None,
            lossy: None,
        }
    }
}

/// Irreversible compression that an image went through before.
#[derive(Debug, Clone, PartialEq)]
pub struct LossyPast {
    /// DICOM (0028,2112), one for each step; empty where not stated.
    pub ratios: Vec<f64>,
    /// DICOM (0028,2114), in the same order.
    pub methods: Vec<String>,
}
